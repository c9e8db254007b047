"""*Serah Terima Piket*: what one shift leaves to the next, on paper to be signed by both.

Open cases with their clocks and what falls due next, units out of service, alarms that nobody answered,
agencies that did not answer, the weather as it was told, and the numbers that called as a prank.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.case import Case
from domain.clock import StepClock, most_pressing
from domain.response_plan import ResponsePlan
from domain.weather import Weather
from domain.words import PRIORITIES, Urgency
from export.paper import lines, press
from export.paper.words import NOTHING, House, duration, label, sign_box
from export.redact import plain

TEMPLATE = "serah_terima.typ"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case: its nine clocks, and what falls due next (words and when; None: nothing)."""

    case: Case
    clocks: tuple[StepClock, ...]
    next_due: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alarm that nobody acknowledged: kind and words, whose case, since when."""

    kind: str
    words: str
    call_no: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An agency that was told and did not answer, or must still be telephoned (`task`)."""

    call_no: str
    agency: str
    told_at: datetime
    task: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """Everything that is handed over. `calls`: of the shift, by class in words; `pranks`: its calls.

    `out_of_service`: unit, agency and reason. `weather` None: nothing valid was told.
    """

    since: datetime
    until: datetime
    calls: Sequence[tuple[str, int]]
    open_cases: Sequence[OpenCase]
    out_of_service: Sequence[tuple[str, str, str]]
    alarms: Sequence[Ringing]
    unanswered: Sequence[Unanswered]
    weather: Weather | None
    pranks: Sequence[Case]
    outgoing: str = ""
    incoming: str = ""


def shift_handover(house: House, shift: Shift, plan: ResponsePlan) -> bytes:
    """Return the paper as PDF."""
    return press.pdf(TEMPLATE, handover_words(house, shift, plan), house.pictures)


def handover_words(house: House, shift: Shift, plan: ResponsePlan) -> dict[str, Any]:
    """Return every word of the paper, as the template takes them."""
    known = lines.callers(shift.pranks)
    told = ", ".join(f"{name.lower()} {n}" for name, n in shift.calls if n)
    total = sum(n for _, n in shift.calls)
    return {
        "head": house.head,
        "title": "Serah Terima Piket",
        "period": f"{house.moment(shift.since)} sampai {house.moment(shift.until)}",
        "zone": house.zone(shift.until),
        "summary": [
            ("Panggilan selama piket", f"{total} ({told})" if told else str(total)),
            ("Kasus terbuka", str(len(shift.open_cases))),
            ("Cuaca", _weather(house, shift.weather)),
        ],
        "open_cases": [_case(house, one, plan, shift.until) for one in shift.open_cases],
        "units": [[code, agency, plain(reason)] for code, agency, reason in shift.out_of_service],
        "alarms": [[one.kind, one.words, one.call_no, house.minute(one.raised_at)] for one in shift.alarms],
        "unanswered": [
            [
                one.call_no,
                one.agency,
                house.minute(one.told_at),
                "harus ditelepon" if one.task else "belum menjawab",
            ]
            for one in shift.unanswered
        ],
        "pranks": [
            [
                case.call_no,
                house.minute(case.call.received_at),
                label(case.call.call_class),
                case.call.reporter_phone_masked or "tanpa nomor",
                known[case.call.reporter_ref].code if case.call.reporter_ref in known else NOTHING,
            ]
            for case in shift.pranks
        ],
        "signatures": [
            sign_box("Yang menyerahkan", "Perwira Piket lama", plain(shift.outgoing)),
            sign_box("Yang menerima", "Perwira Piket baru", plain(shift.incoming)),
        ],
    }


def _case(house: House, one: OpenCase, plan: ResponsePlan, now: datetime) -> list[str]:
    case = one.case
    priority = case.incident.priority
    active = sorted(unit.unit_code for unit in case.committed_units)
    return [
        case.call_no,
        house.minute(case.call.received_at),
        lines.kind_of(case, plan) + (f", {PRIORITIES[priority].lower()}" if priority else ""),
        lines.place_of(case),
        case.status.label,
        _clock(one.clocks),
        ", ".join(active) or NOTHING,
        f"{one.next_due[0]} ({house.minute(one.next_due[1])})" if one.next_due else NOTHING,
    ]


def _clock(clocks: tuple[StepClock, ...]) -> str:
    """Return the running clock that presses most, and the steps that owe nothing but are late too."""
    first = most_pressing(clocks)
    if first is None or first.remaining_s is None:
        return NOTHING
    if first.remaining_s < 0:
        return f"langkah {first.no}: TERLAMBAT {duration(-first.remaining_s)}"
    word = "segera habis" if first.urgency is Urgency.SOON else "sisa"
    return f"langkah {first.no}: {word} {duration(first.remaining_s)}"


def _weather(house: House, told: Weather | None) -> str:
    if told is None:
        return "tidak ada yang berlaku; tanyakan BMKG"
    parts = []
    if told.wave_m is not None:
        parts.append(f"gelombang {told.wave_m:g} m".replace(".", ","))
    if told.wind_kn is not None:
        wind = f"angin {told.wind_kn:g} knot".replace(".", ",")
        parts.append(wind if told.wind_from_deg is None else f"{wind} dari {told.wind_from_deg:g}°")
    return f"{', '.join(parts)} ({plain(told.observed_by)}, {house.minute(told.observed_at)})"
