"""Steps 1 to 3: taking a call, its class, its verification; history of a number; incidents nearby."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from database import cases, reads
from database.connection import Writer
from domain.case import Actor, Case, Incident, Location, Private
from domain.errors import BadInput, Need
from domain.identity import mask_phone, normal_phone, reporter_ref, uuid7
from domain.moves import call as moves
from domain.moves.coordination import seed_checklist
from domain.permissions import Action
from domain.words import N_, CallClass, Channel, Domain
from geo.points import LonLat, geodesic_m
from services import registry
from services.center import Center
from services.change import CaseRef, change, change_in, happened

_SHORTEST_LOOKUP = 6


@dataclass(frozen=True, slots=True)
class Report:
    """What a call taker writes down while talking. Empty texts mean: not given."""

    narrative: str
    callback_number: str = ""
    no_number_reason: str = ""
    reporter_name: str = ""
    anonymous_reason: str = ""
    incident: Incident = Incident()
    location: Location = Location()


@dataclass(frozen=True, slots=True)
class Nearby:
    """An open case near a place: `distance_m` geodesic metres, `age_s` seconds since it was received."""

    case: Case
    distance_m: float
    age_s: int


def open_call(
    center: Center, now: datetime, actor: Actor, channel: Channel, received_at: datetime | None = None
) -> Case:
    """Start a case at the ringing phone; the clock of step 1 runs."""
    with center.db.write() as writer:
        return _open(center, writer, now, actor, channel, received_at)


def record_report(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    report: Report,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Store what the caller said: the facts in the case, name, number and words apart from it."""
    with center.db.write() as writer:
        return _record(center, writer, now, actor, ref, report, occurred_at)


def take_call(
    center: Center,
    now: datetime,
    actor: Actor,
    channel: Channel,
    report: Report,
    *,
    received_at: datetime | None = None,
    answered_at: datetime | None = None,
) -> Case:
    """Open and record a report that arrives complete (from another system), all or nothing.

    `answered_at`: when the call was answered, for a system that tells when it rang as `received_at`.
    """
    with center.db.write() as writer:
        opened = _open(center, writer, now, actor, channel, received_at, answered_at)
        return _record(center, writer, now, actor, CaseRef(opened.case_id, opened.version), report, None)


def _open(
    center: Center,
    writer: Writer,
    now: datetime,
    actor: Actor,
    channel: Channel,
    received_at: datetime | None,
    answered_at: datetime | None = None,
) -> Case:
    at = happened(now, received_at)
    answered_at = None if answered_at is None else happened(now, answered_at)
    year = at.astimezone(center.pack.city.timezone).year
    call_no = center.pack.city.call_no(year, cases.next_number(writer, f"call-{year}"))
    case = moves.open_call(
        uuid7(at, os.urandom(10)), call_no, channel, actor, at, center.pack.sop, answered_at
    )
    return cases.save(
        writer, None, case, actor=actor, action=Action.TAKE_CALL, occurred_at=at, entered_at=now
    ).case


def _record(
    center: Center,
    writer: Writer,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    report: Report,
    occurred_at: datetime | None,
) -> Case:
    number = checked_number(report.callback_number)

    def move(case: Case, at: datetime) -> Case:
        new = moves.record_report(
            case,
            actor,
            at,
            narrative=report.narrative,
            reporter_ref=reporter_ref(center.key, number) if number else None,
            reporter_phone_masked=mask_phone(number) if number else None,
            no_number_reason=None if number else report.no_number_reason.strip() or None,
            reporter_named=bool(report.reporter_name.strip()),
            anonymous_reason=None
            if report.reporter_name.strip()
            else report.anonymous_reason.strip() or None,
            incident=_known_type(center, report.incident),
            location=report.location,
        )
        return _seeded(center, new)

    def also(writer: Writer, _old: Case, new: Case) -> None:
        private = Private(report.narrative.strip(), report.reporter_name.strip() or None, number or None)
        cases.save_private(writer, new.case_id, private)

    return change_in(writer, now, actor, ref, Action.TAKE_CALL, move, occurred_at=occurred_at, also=also)


def propose_class(center: Center, now: datetime, actor: Actor, ref: CaseRef, call_class: CallClass) -> Case:
    """Say what kind of call it seems (call taker)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.PROPOSE_CLASS,
        lambda case, at: moves.propose_class(case, actor, at, call_class),
    )


def classify(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    call_class: CallClass,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Decide the class of the call (dispatcher, SOP step 2)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.CLASSIFY,
        lambda case, at: moves.classify(case, actor, at, call_class, center.pack.sop, overrun_reason or None),
        occurred_at=occurred_at,
    )


def log_callback(center: Center, now: datetime, actor: Actor, ref: CaseRef) -> Case:
    """Log an attempt to call back."""
    return change(
        center, now, actor, ref, Action.LOG_CALLBACK, lambda case, at: moves.log_callback(case, actor, at)
    )


def close_call(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    note: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Close a prank, ghost or information call."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.CLOSE_CALL,
        lambda case, at: moves.close_call(case, actor, at, note, center.pack.sop),
        occurred_at=occurred_at,
    )


def reclassify(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, call_class: CallClass, reason: str
) -> Case:
    """Reopen a wrongly closed call under another class."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.RECLASSIFY,
        lambda case, at: moves.reclassify(case, actor, at, call_class, reason),
    )


def update_details(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    *,
    incident: Incident | None = None,
    location: Location | None = None,
    reporter_name: str | None = None,
    anonymous_reason: str = "",
) -> Case:
    """Correct or complete the incident, the place or the reporter's name."""
    named = None if reporter_name is None else bool(reporter_name.strip())

    def move(case: Case, at: datetime) -> Case:
        new = moves.update_details(
            case,
            actor,
            at,
            incident=_known_type(center, incident) if incident else None,
            location=location,
            reporter_named=named,
            anonymous_reason=anonymous_reason.strip() or None,
        )
        return _seeded(center, new)

    def also(writer: Writer, _old: Case, new: Case) -> None:
        if reporter_name is not None:
            private = cases.get_private(writer, new.case_id)
            corrected = replace(private, reporter_name=reporter_name.strip() or None)
            if corrected != private:
                cases.save_private(writer, new.case_id, corrected)
                _note_name(writer, now, actor, new.case_id)

    return change(center, now, actor, ref, Action.UPDATE_DETAILS, move, also=also)


def forward(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    agency: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Note that the report was passed to a leading officer (step 3)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.FORWARD,
        lambda case, at: moves.forward(case, actor, at, agency),
        occurred_at=occurred_at,
    )


def verify(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Finish step 3."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.VERIFY,
        lambda case, at: moves.verify(case, actor, at, center.pack.sop, overrun_reason or None),
        occurred_at=occurred_at,
    )


def history_of_number(center: Center, now: datetime, number: str) -> Mapping[str, int] | None:
    """Return how many calls of each class this number made in the city's history window.

    None for a number too short to be looked up: then nothing is known, good or bad.
    """
    digits = normal_phone(number)
    if len(digits) < _SHORTEST_LOOKUP:
        return None
    since = now - timedelta(days=center.pack.city.prank_history_days)
    return reads.calls_by_reporter(center.db.read(), reporter_ref(center.key, digits), since)


def nearby_cases(
    center: Center, now: datetime, place: LonLat, domain: Domain, besides: str | None = None
) -> list[Nearby]:
    """Return open cases near in space and time that this call may repeat, nearest first."""
    near = center.pack.city.nearby(domain)
    found = []
    for case in reads.open_cases(center.db.read()):
        age_s = int((now - case.call.received_at).total_seconds())
        point = case.location.point
        if case.case_id == besides or point is None:
            continue
        distance_m = geodesic_m(place, point)
        if distance_m <= near.distance_m and age_s <= near.window_s:
            found.append(Nearby(case, distance_m, age_s))
    return sorted(found, key=lambda item: (item.distance_m, item.case.call_no))


def checked_number(text: str) -> str:
    """Return a call-back number in its normal form, or "" when none was given. Raises BadInput."""
    if not text.strip():
        return ""
    digits = normal_phone(text)
    strange = [c for c in text if not (c.isdigit() or c in "+()-. ")]
    if strange or not 3 <= len(digits) <= 15:
        raise BadInput(
            "callback_number",
            N_("Nomor Panggil Balik"),
            Need(
                N_("“{text}” bukan nomor telepon. Tulis 3 sampai 15 angka, misalnya 0812 3456 7890."),
                text=text,
            ),
        )
    return digits


def _note_name(writer: Writer, now: datetime, actor: Actor, case_id: str) -> None:
    """Note that the reporter's name was changed; the name itself never enters the trail."""
    cases.append_event(
        writer,
        actor,
        "identity",
        case_id,
        Action.UPDATE_DETAILS.value,
        {},
        {"changed": "reporter_name"},
        occurred_at=now,
        entered_at=now,
    )


def _known_type(center: Center, incident: Incident) -> Incident:
    """Return the incident if its type is in the plan (priority from the plan where not given)."""
    if incident.type_code is None:
        return incident
    plan = registry.incident_type(center, incident.type_code)
    return incident if incident.priority is not None else replace(incident, priority=plan.priority)


def _seeded(center: Center, case: Case) -> Case:
    """Return the case with the checklist of its type's agencies."""
    if case.incident.type_code is None:
        return case
    plan = registry.incident_type(center, case.incident.type_code)
    return seed_checklist(case, plan.at_alarm(case.alarm_level))
