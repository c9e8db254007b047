"""Carries an incident through the whole procedure by the real services, in told time.

Used by the replay of documented incidents and by the demonstration data. Whatever the script does not
state (who acted, how long each step took) is an example, and names say so.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.case import Actor, Case, Incident, Location, Reasons, Victims
from domain.units import UnitState
from domain.words import (
    CallClass,
    CaseStatus,
    Channel,
    Domain,
    NoticeMethod,
    NoticeResult,
    Outcome,
    Role,
    UnitStatus,
)
from services import (
    assignment,
    closing,
    coordination,
    exits,
    handling,
    intake,
    monitoring,
    outbox,
    registry,
)
from services.assignment import Progress, Promise
from services.center import Center
from services.change import CaseRef
from services.suggestion import Suggested, suggest_for

CAST = {
    Role.CALL_TAKER: Actor("Ani (contoh)", Role.CALL_TAKER),
    Role.DISPATCHER: Actor("Budi (contoh)", Role.DISPATCHER),
    Role.DUTY_OFFICER: Actor("Citra (contoh)", Role.DUTY_OFFICER),
    Role.FIELD_OFFICER: Actor("Dedi (contoh)", Role.FIELD_OFFICER),
    Role.SUPERVISOR: Actor("Eka (contoh)", Role.SUPERVISOR),
    Role.ADMIN: Actor("Fajar (contoh)", Role.ADMIN),
    Role.AUDITOR: Actor("Gita (contoh)", Role.AUDITOR),
}
"""One example person a role."""

SITREP_EVERY_S = 720
MOST_SITREPS = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each step takes, seconds. The defaults are within every standard."""

    record_s: int = 75
    classify_s: int = 30
    verify_s: int = 60
    notify_s: int = 15
    answer_s: int = 45
    propose_s: int = 60
    approve_s: int = 30
    update_s: int = 60
    register_s: int = 30
    deliver_s: int = 60
    close_s: int = 60


@dataclass(frozen=True, slots=True)
class Script:
    """What is known of an incident, and how far to play it.

    `arrive_after_s` and `scene_s` count from received and from arrival; None arrival: by the suggestion.
    `stop_at` leaves the case open at that status.
    """

    received_at: datetime
    narrative: str
    location: Location
    type_code: str | None
    domain: Domain | None
    channel: Channel = Channel.CALL_112
    call_class: CallClass = CallClass.NORMAL
    callback_number: str = ""
    victims: int | None = None
    outcome: Outcome = Outcome.RESCUED
    final: Victims = field(default_factory=Victims)
    casualty_destination: str = ""
    condition: str = "Penanganan selesai (contoh)"
    arrive_after_s: int | None = None
    scene_s: int = 1800
    pace: Pace = Pace()
    stop_at: CaseStatus | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """The case as it ended, and what was suggested for it (None without coordinates)."""

    case: Case
    suggested: Suggested | None


class _Stage:
    """The clock of the story and the case as it stands in it."""

    def __init__(self, center: Center, script: Script) -> None:
        self.center = center
        self.script = script
        self.now = script.received_at
        self.case = intake.open_call(center, self.now, CAST[Role.CALL_TAKER], script.channel)

    def wait(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=round(seconds))
        return self.now

    @property
    def ref(self) -> CaseRef:
        return CaseRef(self.case.case_id, self.case.version)

    @property
    def is_over(self) -> bool:
        return self.case.status is self.script.stop_at or not self.case.is_open


def rehearse(center: Center, script: Script) -> Played:
    """Play a script through the services; return the case and the suggestion it was given."""
    stage = _Stage(center, script)
    suggested: Suggested | None = None
    _call(stage)
    if not stage.is_over:
        _coordination(stage)
    if not stage.is_over:
        suggested = _response(stage)
    if not stage.is_over:
        _operation(stage)
    if not stage.is_over:
        _record(stage)
    return Played(stage.case, suggested)


def _call(stage: _Stage) -> None:
    center, script, pace = stage.center, stage.script, stage.script.pace
    taker, dispatcher = CAST[Role.CALL_TAKER], CAST[Role.DISPATCHER]
    report = intake.Report(
        narrative=script.narrative,
        callback_number=script.callback_number,
        no_number_reason="nomor tidak tercatat (contoh)",
        anonymous_reason="nama tidak tercatat (contoh)",
        incident=Incident(script.type_code, script.domain, None, script.victims, script.victims is None),
        location=script.location,
    )
    stage.case = intake.record_report(center, stage.wait(pace.record_s), taker, stage.ref, report)
    stage.case = intake.propose_class(center, stage.now, taker, stage.ref, script.call_class)
    if script.stop_at is CaseStatus.RECEIVED:
        return
    stage.case = intake.classify(
        center, stage.wait(pace.classify_s), dispatcher, stage.ref, script.call_class
    )
    if script.call_class is CallClass.GHOST:
        stage.case = intake.log_callback(center, stage.wait(20), dispatcher, stage.ref)
    if script.call_class is not CallClass.NORMAL:
        stage.case = intake.close_call(center, stage.wait(10), dispatcher, stage.ref, "Dicatat (contoh)")
        return
    if script.stop_at is CaseStatus.CLASSIFIED:
        return
    for agency in center.pack.sop.forward_to:
        stage.case = intake.forward(center, stage.wait(pace.verify_s / 4), taker, stage.ref, agency)
    stage.case = intake.verify(center, stage.wait(pace.verify_s / 2), taker, stage.ref)


def _coordination(stage: _Stage) -> None:
    center, pace, dispatcher = stage.center, stage.script.pace, CAST[Role.DISPATCHER]
    stage.case = coordination.notify(
        center, stage.wait(pace.notify_s), dispatcher, stage.ref, method=NoticeMethod.PHONE
    )
    waiting = [line.code for line in stage.case.agencies if line.required]
    for code in waiting:
        stage.case = coordination.answer(
            center,
            stage.wait(pace.answer_s / len(waiting)),
            dispatcher,
            stage.ref,
            code,
            NoticeResult.ACKNOWLEDGED,
        )
    if stage.script.stop_at is not CaseStatus.VERIFIED:
        stage.case = coordination.coordinate(center, stage.wait(5), dispatcher, stage.ref)


def _response(stage: _Stage) -> Suggested | None:
    center, pace, officer = stage.center, stage.script.pace, CAST[Role.DUTY_OFFICER]
    stage.wait(pace.propose_s)
    has_place = stage.case.location.lon is not None
    suggested = suggest_for(center, stage.now, stage.case) if has_place else None
    promises = _promises(stage, suggested)
    told = tuple(assignment.suggested_unit(c) for c in suggested.suggestion.recommended) if suggested else ()
    stage.case = assignment.propose(center, stage.now, officer, stage.ref, promises, told)
    stage.case = assignment.name_commander(
        center, stage.now, officer, stage.ref, CAST[Role.FIELD_OFFICER].name
    )
    if stage.script.stop_at is not CaseStatus.COORDINATED:
        stage.case = assignment.approve(center, stage.wait(pace.approve_s), officer, stage.ref)
    return suggested


def _promises(stage: _Stage, suggested: Suggested | None) -> tuple[Promise, ...]:
    """Return the recommended units, or (without coordinates) free ones by capability, without distances."""
    if suggested is not None:
        return tuple(assignment.promise(c) for c in suggested.suggestion.recommended)
    plan = registry.incident_type(stage.center, stage.case.incident.type_code or "")
    free = [u for u in registry.unit_states(stage.center, stage.now) if u.status is UnitStatus.AVAILABLE]
    chosen: list[UnitState] = []
    for need in plan.required:
        able = [
            u
            for u in free
            if u not in chosen and u.unit.agency == need.agency and need.capability in u.unit.capabilities
        ]
        chosen.extend(able[: need.count])
    return tuple(Promise(u.unit.unit_code) for u in chosen)


def _operation(stage: _Stage) -> None:
    """Every unit departs after its turnout and arrives by its promise; then the scene is worked."""
    center, script, crew = stage.center, stage.script, CAST[Role.FIELD_OFFICER]
    order = list(Progress)
    for code, at, step in sorted(_moves(stage, stage.now), key=lambda m: (m[1], m[0], order.index(m[2]))):
        _advance(stage, at)
        stage.case = assignment.record_progress(center, at, crew, stage.ref, code, step)
        if script.stop_at is CaseStatus.MONITORING and stage.case.status is CaseStatus.MONITORING:
            return
    _advance(stage, stage.now + timedelta(seconds=script.scene_s))
    sent = [unit.unit_code for unit in stage.case.committed_units]
    if script.outcome in (Outcome.FALSE_REPORT, Outcome.CANCELLED):
        stage.case = exits.call_off(
            center, stage.now, CAST[Role.DUTY_OFFICER], stage.ref, script.outcome, script.condition
        )
        _back_at_station(stage, sent)
        return
    for unit in stage.case.committed_units:
        stage.case = assignment.record_progress(
            center, stage.now, crew, stage.ref, unit.unit_code, Progress.CLEAR
        )
    _back_at_station(stage, sent)
    dispatcher = CAST[Role.DISPATCHER]
    reasons = Reasons(
        no_arrival="tidak tercatat (contoh)",
        late_sitrep="laporan berkala tidak tercatat (contoh)",
        no_documentation="foto tidak tersedia (contoh)",
    )
    stage.case = handling.give_reasons(center, stage.now, dispatcher, stage.ref, reasons)
    stage.case = handling.finish_monitoring(center, stage.wait(30), dispatcher, stage.ref)


def _back_at_station(stage: _Stage, unit_codes: list[str]) -> None:
    """Make the units available again, as the dispatcher does when they report back."""
    for code in unit_codes:
        registry.set_service(stage.center, stage.now, CAST[Role.DISPATCHER], code, None)


def _moves(stage: _Stage, sent: datetime) -> list[tuple[str, datetime, Progress]]:
    """Return each unit's departure and arrival as (code, time, step)."""
    script = stage.script
    day = stage.center.pack.city.is_day(sent.astimezone(stage.center.pack.city.timezone).hour)
    known = registry.units(stage.center)
    moves: list[tuple[str, datetime, Progress]] = []
    for unit in stage.case.committed_units:
        turnout_s = known[unit.unit_code].turnout_day_s if day else known[unit.unit_code].turnout_night_s
        arrive = sent + timedelta(seconds=round(unit.eta_s if unit.eta_s is not None else turnout_s + 3600))
        depart = sent + timedelta(seconds=turnout_s)
        if script.arrive_after_s is not None:
            arrive = max(sent, script.received_at + timedelta(seconds=script.arrive_after_s))
            depart = min(depart, sent + (arrive - sent) / 4)
        moves += [(unit.unit_code, depart, Progress.DEPART), (unit.unit_code, arrive, Progress.ARRIVE)]
    return moves


def _advance(stage: _Stage, to: datetime) -> None:
    """Let the story's clock run to `to`, with a situation report every 12 minutes of the operation."""
    while (
        len(stage.case.sitreps) < MOST_SITREPS and (started_at := stage.case.step(6).started_at) is not None
    ):
        last = stage.case.sitreps[-1].at if stage.case.sitreps else started_at
        due = max(stage.now, last + timedelta(seconds=SITREP_EVERY_S))
        if due >= to:
            break
        stage.now = due
        stage.case = handling.add_sitrep(
            stage.center, due, CAST[Role.FIELD_OFFICER], stage.ref, "Laporan berkala (contoh)"
        )
    stage.now = max(stage.now, to)


def _receipt(stage: _Stage) -> None:
    """Take a receipt that says of itself that it is an example; no DKISP takes part in a rehearsal."""
    sent = stage.case.delivery
    if sent is None:
        raise ValueError("a registered case lies in the outbox")
    now = stage.wait(stage.script.pace.deliver_s / 2)
    told = {
        "receipt_id": f"CONTOH-{sent.digest[:8]}",
        "record_id": stage.case.case_id,
        "revision": sent.revision,
        "digest": sent.digest,
        "received_at": now.isoformat(),
        "status": "accepted",
        "errors": [],
    }
    outbox.take_receipt(stage.center, now, CAST[Role.CALL_TAKER], json.dumps(told).encode())
    stage.case = monitoring.get(stage.center, stage.case.case_id)


def _record(stage: _Stage) -> None:
    center, script, pace = stage.center, stage.script, stage.script.pace
    taker, dispatcher = CAST[Role.CALL_TAKER], CAST[Role.DISPATCHER]
    stage.case = handling.update_condition(
        center, stage.wait(pace.update_s / 2), dispatcher, stage.ref, script.condition
    )
    called_off = stage.case.outcome is not None
    stage.case = handling.record_outcome(
        center,
        stage.wait(pace.update_s / 2),
        dispatcher,
        stage.ref,
        None if called_off else script.outcome,
        script.final,
        script.casualty_destination,
    )
    stage.case = closing.register(center, stage.wait(pace.register_s), taker, stage.ref)
    if stage.is_over:
        return
    stage.case = closing.print_form(center, stage.wait(pace.deliver_s / 2), taker, stage.ref)
    _receipt(stage)
    stage.case = closing.close(
        center, stage.wait(pace.close_s), dispatcher, stage.ref, "Lemari arsip (contoh)"
    )
