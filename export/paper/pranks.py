"""*Daftar Panggilan Prank/Ghost* of a period: masked numbers, repeated callers by a letter, no names."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from domain.case import Case
from domain.words import CallClass
from export.paper import lines, press
from export.paper.words import NOTHING, House, label, percent, sign_box

TEMPLATE = "prank.typ"


def prank_list(
    house: House, now: datetime, first: date, last: date, cases: Sequence[Case], all_calls: int
) -> bytes:
    """Return the list as PDF, as its calls stand at `now`.

    `cases`: the prank and ghost calls received from `first` to `last`, both included, in order;
    `all_calls`: every call of that time.
    """
    return press.pdf(TEMPLATE, prank_words(house, now, first, last, cases, all_calls), house.pictures)


def prank_words(
    house: House, now: datetime, first: date, last: date, cases: Sequence[Case], all_calls: int
) -> dict[str, Any]:
    """Return every word of the list, as the template takes them."""
    known = lines.callers(cases)
    by_class = Counter(case.call.call_class for case in cases)
    return {
        "head": house.head,
        "title": "Daftar Panggilan Prank dan Ghost",
        "period": f"{first:%d-%m-%Y} sampai {last:%d-%m-%Y}",
        "as_of": house.moment(now),
        "summary": [
            ("Semua panggilan", str(all_calls)),
            ("Prank", f"{by_class[CallClass.PRANK]} ({percent(by_class[CallClass.PRANK], all_calls)})"),
            ("Ghost", f"{by_class[CallClass.GHOST]} ({percent(by_class[CallClass.GHOST], all_calls)})"),
            ("Nomor berulang", str(len(known))),
        ],
        "callers": [
            [
                one.code,
                one.masked,
                str(one.calls),
                str(one.prank),
                str(one.ghost),
                house.minute(one.first_at),
                house.minute(one.last_at),
            ]
            for one in sorted(known.values(), key=lambda one: (-one.calls, len(one.code), one.code))
        ],
        "rows": [
            [
                str(number),
                case.call_no,
                house.moment(case.call.received_at).rpartition(" ")[0],
                label(case.call.channel),
                case.call.reporter_phone_masked or "tanpa nomor",
                known[case.call.reporter_ref].code if case.call.reporter_ref in known else NOTHING,
                label(case.call.call_class),
                str(len(case.call.callback_attempts)) if case.call.callback_attempts else NOTHING,
                ", ".join(one.label for one in case.call.previous_classes) or NOTHING,
            ]
            for number, case in enumerate(cases, start=1)
        ],
        "signatures": [
            sign_box("Dibuat oleh", "Call Taker"),
            sign_box("Diperiksa", "Dispatcher"),
            sign_box("Mengetahui", "Kepala UPTD", stamp=True),
        ],
    }
