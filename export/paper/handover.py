"""*Serah Terima Piket*: what one watch leaves to the next, on paper to be signed by both.

Open cases with their clocks, what they lack and what falls due next, units held and out of service, alarms
that nobody answered, agencies that did not answer, records that DKISP has not got, the weather as it was
told, and the prank calls. The paper says what a `domain.handover.Summary` says: one that was signed on the
screen is printed with both names, their times and its SHA-256; one made for the moment is signed by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.case import Case
from domain.clock import StepClock, most_pressing
from domain.duty import HandoverState, Signer
from domain.handover import (
    AlarmLine,
    DeliveryLine,
    Handover,
    OpenLine,
    PrankLine,
    Summary,
    UnansweredLine,
    UnitLine,
    WeatherLine,
)
from domain.response_plan import ResponsePlan
from domain.weather import Weather
from domain.words import PRIORITIES, StepState, UnitStatus, Urgency
from export.paper import lines, press
from export.paper.words import NOTHING, House, duration, label, qr, sign_box
from export.redact import plain

TEMPLATE = "serah_terima.typ"
DIGEST_PREFIX = 16
"""Digits of the SHA-256 under the QR code's picture."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case: its nine clocks, what falls due next (words and when; None: nothing), what is lacking."""

    case: Case
    clocks: tuple[StepClock, ...]
    next_due: tuple[str, datetime] | None
    needs: tuple[str, ...] = ()


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

    `out_of_service`: unit, agency and reason; `held`: unit, agency, state and call number; `deliveries`:
    register or call number, what is wrong, since when. `weather` None: nothing valid was told.
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
    held: Sequence[tuple[str, str, str, str]] = ()
    deliveries: Sequence[tuple[str, str, datetime]] = ()


def shift_handover(house: House, shift: Shift, plan: ResponsePlan) -> bytes:
    """Return the paper of this moment as PDF, to be signed by hand."""
    return press.pdf(TEMPLATE, handover_words(house, shift, plan), house.pictures)


def handover_words(house: House, shift: Shift, plan: ResponsePlan) -> dict[str, Any]:
    """Return every word of that paper, as the template takes them."""
    words = _words(house, summarised(shift, plan))
    words["signatures"] = [
        sign_box("Yang menyerahkan", "Perwira Piket lama", plain(shift.outgoing)),
        sign_box("Yang menerima", "Perwira Piket baru", plain(shift.incoming)),
    ]
    return words


def signed_handover(house: House, signed: Handover) -> bytes:
    """Return the paper of a handover that was signed on the screen as PDF."""
    return press.pdf(TEMPLATE, signed_words(house, signed), house.pictures)


def signed_words(house: House, signed: Handover) -> dict[str, Any]:
    """Return every word of that paper: its document as stored, who signed and answered, when, its digest."""
    document, taker = signed.document, signed.taker
    words = _words(house, document.summary)
    accepted = taker if signed.state is HandoverState.ACCEPTED else None
    words["summary"] = [
        (
            "Piket",
            f"{plain(document.label)}, {_hours(house, document.watch.starts_at, document.watch.ends_at)}",
        ),
        ("Diserahkan oleh", f"{_who(document.leaver)}, {house.moment(document.written_at)}"),
        ("Keadaan", _answer(house, signed)),
        *words["summary"],
    ]
    words["notes"] = [plain(line) for line in document.notes.splitlines() if line.strip()]
    words["digest"] = signed.sha256
    words["signed_by"] = (
        "Ditandatangani pada layar Piket oleh yang menyerahkan, dibaca dan diterima oleh yang menerima."
        if accepted
        else "Ditandatangani pada layar Piket oleh yang menyerahkan saja."
    )
    words["qr_text"] = f"{document.schema} {document.handover_id} sha256:{signed.sha256[:DIGEST_PREFIX]}"
    words["qr_svg"] = qr(words["qr_text"])
    words["signatures"] = [
        sign_box(
            "Yang menyerahkan",
            label(document.leaver.role),
            plain(document.leaver.name),
            house.moment(document.written_at),
        ),
        sign_box(
            "Yang menerima",
            label(accepted.role) if accepted else "Petugas baru",
            plain(accepted.name if accepted else document.to_name),
            house.moment(signed.answered_at) if accepted else "",
        ),
    ]
    return words


def summarised(shift: Shift, plan: ResponsePlan) -> Summary:
    """Return what is handed over as plain facts."""
    known = lines.callers(shift.pranks)
    told = shift.weather
    return Summary(
        since=shift.since,
        until=shift.until,
        calls=tuple((name, n) for name, n in shift.calls),
        open_cases=tuple(_open_line(one, plan) for one in shift.open_cases),
        units=(
            *(
                UnitLine(code, agency, UnitStatus.OUT_OF_SERVICE.label, reason=plain(reason))
                for code, agency, reason in shift.out_of_service
            ),
            *(UnitLine(code, agency, state, call_no) for code, agency, state, call_no in shift.held),
        ),
        alarms=tuple(AlarmLine(one.kind, one.words, one.call_no, one.raised_at) for one in shift.alarms),
        unanswered=tuple(
            UnansweredLine(one.call_no, one.agency, one.told_at, one.task) for one in shift.unanswered
        ),
        deliveries=tuple(DeliveryLine(number, words, since) for number, words, since in shift.deliveries),
        weather=None
        if told is None
        else WeatherLine(
            told.observed_at, plain(told.observed_by), told.wave_m, told.wind_from_deg, told.wind_kn
        ),
        pranks=tuple(
            PrankLine(
                case.call_no,
                case.call.received_at,
                label(case.call.call_class),
                case.call.reporter_phone_masked or "tanpa nomor",
                known[case.call.reporter_ref].code if case.call.reporter_ref in known else "",
            )
            for case in shift.pranks
        ),
    )


def _open_line(one: OpenCase, plan: ResponsePlan) -> OpenLine:
    case = one.case
    priority = case.incident.priority
    running = [step.no for step in case.steps if step.state is StepState.IN_PROGRESS]
    clock, late = _clock(one.clocks)
    return OpenLine(
        call_no=case.call_no,
        register_no=case.register_no or "",
        received_at=case.call.received_at,
        kind=lines.kind_of(case, plan),
        priority=PRIORITIES[priority].lower() if priority else "",
        place=lines.place_of(case),
        status=case.status.label,
        step=min(running) if running else None,
        clock=clock,
        late=late,
        needs=one.needs,
        units=tuple(sorted(unit.unit_code for unit in case.committed_units)),
        next_due=one.next_due[0] if one.next_due else "",
        next_due_at=one.next_due[1] if one.next_due else None,
    )


def _clock(clocks: tuple[StepClock, ...]) -> tuple[str, bool]:
    """Return the running clock that presses most, in words, and whether it has run out."""
    first = most_pressing(clocks)
    if first is None or first.remaining_s is None:
        return "", False
    if first.remaining_s < 0:
        return f"langkah {first.no}: TERLAMBAT {duration(-first.remaining_s)}", True
    word = "segera habis" if first.urgency is Urgency.SOON else "sisa"
    return f"langkah {first.no}: {word} {duration(first.remaining_s)}", False


def _words(house: House, told: Summary) -> dict[str, Any]:
    """Return what both papers say alike."""
    calls = ", ".join(f"{name.lower()} {n}" for name, n in told.calls if n)
    total = sum(n for _, n in told.calls)
    return {
        "head": house.head,
        "title": "Serah Terima Piket",
        "period": f"{house.moment(told.since)} sampai {house.moment(told.until)}",
        "zone": house.zone(told.until),
        "summary": [
            ("Panggilan selama piket", f"{total} ({calls})" if calls else str(total)),
            ("Kasus terbuka", str(len(told.open_cases))),
            ("Cuaca", _weather(house, told.weather)),
        ],
        "open_cases": [_case(house, one) for one in told.open_cases],
        "units": [
            [one.unit_code, one.agency, one.state, one.call_no or one.reason or NOTHING] for one in told.units
        ],
        "alarms": [[one.kind, one.words, one.call_no, house.minute(one.raised_at)] for one in told.alarms],
        "unanswered": [
            [
                one.call_no,
                one.agency,
                house.minute(one.told_at),
                "harus ditelepon" if one.task else "belum menjawab",
            ]
            for one in told.unanswered
        ],
        "deliveries": [[one.number, one.words, house.minute(one.since)] for one in told.deliveries],
        "pranks": [
            [
                one.call_no,
                house.minute(one.received_at),
                one.call_class,
                one.number or NOTHING,
                one.code or NOTHING,
            ]
            for one in told.pranks
        ],
        "notes": [],
        "digest": "",
        "signed_by": "",
        "qr_text": "",
        "qr_svg": "",
        "signatures": [],
    }


def _case(house: House, one: OpenLine) -> list[str]:
    due = f"{one.next_due} ({house.minute(one.next_due_at)})" if one.next_due else ""
    lacking = f"Kurang: {'; '.join(one.needs)}" if one.needs else ""
    return [
        one.call_no + (f" {one.register_no}" if one.register_no else ""),
        house.minute(one.received_at),
        one.kind + (f", {one.priority}" if one.priority else ""),
        one.place,
        one.status,
        one.clock or NOTHING,
        ", ".join(one.units) or NOTHING,
        " · ".join(part for part in (due, lacking) if part) or NOTHING,
    ]


def _weather(house: House, told: WeatherLine | None) -> str:
    if told is None:
        return "tidak ada yang berlaku; tanyakan BMKG"
    parts = []
    if told.wave_m is not None:
        parts.append(f"gelombang {told.wave_m:g} m".replace(".", ","))
    if told.wind_kn is not None:
        wind = f"angin {told.wind_kn:g} knot".replace(".", ",")
        parts.append(wind if told.wind_from_deg is None else f"{wind} dari {told.wind_from_deg:g}°")
    return f"{', '.join(parts)} ({told.observed_by}, {house.minute(told.observed_at)})"


def _hours(house: House, since: datetime, until: datetime) -> str:
    return f"{house.minute(since)} sampai {house.minute(until)}"


def _who(signer: Signer) -> str:
    stands_in = f", atas nama {plain(signer.on_behalf_of)}" if signer.on_behalf_of else ""
    return f"{plain(signer.name)} ({label(signer.role)}{stands_in})"


def _answer(house: House, signed: Handover) -> str:
    """Return what became of a handover: who, when, and why."""
    if signed.taker is None:
        meant = f"; ditujukan kepada {plain(signed.document.to_name)}" if signed.document.to_name else ""
        return f"belum diterima siapa pun{meant}; yang menyerahkan tetap bertanggung jawab"
    told = f"{signed.state.label} oleh {_who(signed.taker)}, {house.moment(signed.answered_at)}"
    return f"{told}: {plain(signed.reason)}" if signed.reason else told
