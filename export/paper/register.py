"""*Buku Register*: every call of one day in order, prank and ghost calls included, without names."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.case import Case
from domain.response_plan import ResponsePlan
from domain.words import CallClass
from export.paper import lines, press
from export.paper.words import NOTHING, House, label, long_date, sign_box

TEMPLATE = "register.typ"


def day_register(
    house: House,
    now: datetime,
    day: date,
    cases: Sequence[Case],
    plan: ResponsePlan,
    call_nos: Mapping[str, str],
) -> bytes:
    """Return the day's register as PDF, as its calls stand at `now`. `cases`: received on `day`, in order.

    `call_nos`: by case id, the numbers of the cases that others of the day were merged into.
    """
    return press.pdf(TEMPLATE, register_words(house, now, day, cases, plan, call_nos), house.pictures)


def register_words(
    house: House,
    now: datetime,
    day: date,
    cases: Sequence[Case],
    plan: ResponsePlan,
    call_nos: Mapping[str, str],
) -> dict[str, Any]:
    """Return every word of the register, as the template takes them."""
    counts = [
        (one.label, sum(case.call.call_class is one for case in cases)) for one in CallClass
    ]  # fmt: skip
    undecided = sum(case.call.call_class is None for case in cases)
    told = [f"{name} {n}" for name, n in counts if n] + (
        [f"belum ditetapkan {undecided}"] if undecided else []
    )
    return {
        "head": house.head,
        "title": "Buku Register Panggilan",
        "day": long_date(day),
        "running": f"{day:%d-%m-%Y}",
        "as_of": house.moment(now),
        "summary": f"{len(cases)} panggilan" + (f": {', '.join(told)}." if told else "."),
        "rows": [
            [
                str(number),
                case.call_no,
                case.register_no or NOTHING,
                house.time(case.call.received_at, day),
                lines.channel_of(case),
                label(case.call.call_class),
                lines.kind_of(case, plan),
                lines.place_of(case),
                lines.units_of(case),
                lines.outcome_of(case, call_nos),
                lines.response_of(case),
                lines.clocks_of(case),
            ]
            for number, case in enumerate(cases, start=1)
        ],
        "signatures": [
            sign_box("Dibuat oleh", "Call Taker"),
            sign_box("Diperiksa", "Dispatcher"),
            sign_box("Mengetahui", "Kepala UPTD", stamp=True),
        ],
    }
