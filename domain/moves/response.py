"""Steps 5 and 6: units are proposed, approved and sent; the operation is watched to its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.case import (
    Actor,
    Assignment,
    Attachment,
    Case,
    CrewWord,
    Proposal,
    Reasons,
    Sitrep,
    SuggestedUnit,
)
from domain.errors import BadInput, MissingForStep, Need, NotFound
from domain.guards import missing, require_complete, require_normal
from domain.moves.coordination import seed_checklist
from domain.permissions import Action, require
from domain.response_plan import IncidentType
from domain.sop import Sop
from domain.stages import (
    between,
    finish_step,
    require_after,
    require_status,
    set_status,
    start_step,
)
from domain.units import Unit
from domain.words import N_, CaseStatus, StepState

S = CaseStatus
MIN_WELFARE_S, MAX_WELFARE_S = 60, 86_400


@dataclass(frozen=True, slots=True)
class ProposedUnit:
    """A unit as proposed: with what was promised of its way (metres, seconds, method)."""

    unit: Unit
    distance_m: float | None
    eta_s: float | None
    method: str | None


def propose_units(
    case: Case,
    actor: Actor,
    at: datetime,
    proposed: tuple[ProposedUnit, ...],
    suggested: tuple[SuggestedUnit, ...] = (),
    reason: str = "",
) -> Case:
    """The duty officer proposes units (SOP step 5); may begin once the call is normal.

    suggested: what Sigap recommended at that moment, kept beside the choice. A unit chosen in the place of a
    suggested one needs a `reason`; choosing more or fewer than suggested does not.
    """
    require(actor, Action.PROPOSE_UNITS)
    require_status(case, Action.PROPOSE_UNITS, *between(S.CLASSIFIED, S.MONITORING))
    require_normal(case, Action.PROPOSE_UNITS)
    if not proposed:
        raise BadInput("units", N_("Unit"), Need(N_("belum dipilih. Pilih sekurangnya satu unit.")))
    require_after(N_("usulan unit"), at, N_("jenis panggilan ditetapkan"), case.call.decided_at)
    replaced = replacements(case, proposed, suggested)
    if replaced and not reason.strip():
        passed, instead = replaced[0]
        raise BadInput(
            "choice_reason",
            N_("Alasan pilihan"),
            Need(
                N_("belum ada: {passed} disarankan, {instead} yang dipilih. Pilih atau tulis mengapa."),
                passed=passed,
                instead=instead,
            ),
        )
    new = tuple(
        Assignment(
            unit_code=line.unit.unit_code,
            agency=line.unit.agency,
            kind=line.unit.kind,
            mode=line.unit.mode,
            personnel=line.unit.personnel,
            proposed_at=at,
            proposed_by=actor.name,
            distance_m=line.distance_m,
            eta_s=line.eta_s,
            method=line.method,
        )
        for line in {line.unit.unit_code: line for line in proposed}.values()
        if case.active_assignment(line.unit.unit_code) is None
    )
    proposals = case.proposals
    # What the case has already is suggested again with the rest; it was chosen before, not passed over now.
    fresh = tuple(unit for unit in suggested if case.active_assignment(unit.unit_code) is None)
    if fresh and new:
        chosen = tuple(unit.unit_code for unit in new)
        kept = Proposal(at, actor.name, case.alarm_level, fresh, chosen, reason.strip() or None)
        proposals = (*proposals, kept)
    return replace(case, assignments=(*case.assignments, *new), proposals=proposals)


def replacements(
    case: Case, proposed: Sequence[ProposedUnit], suggested: Sequence[SuggestedUnit]
) -> tuple[tuple[str, str], ...]:
    """Return each suggested unit that was passed over, with the unit that was chosen in its place.

    In its place: of the same agency, not suggested itself, and able to do something that was asked of it.
    """
    recommended = {unit.unit_code for unit in suggested}
    chosen = {line.unit.unit_code for line in proposed}
    extra = [line.unit for line in proposed if line.unit.unit_code not in recommended]
    return tuple(
        (passed.unit_code, unit.unit_code)
        for passed in suggested
        if passed.unit_code not in chosen and case.active_assignment(passed.unit_code) is None
        for unit in extra
        if unit.agency == passed.agency and unit.capabilities & set(passed.fills)
    )


def set_alarm(case: Case, actor: Actor, at: datetime, level: int, plan: IncidentType) -> Case:
    """Ask for more (or again for less) of the plan: alarm levels add up. New agencies join the checklist."""
    require(actor, Action.RAISE_ALARM)
    require_status(case, Action.RAISE_ALARM, *between(S.CLASSIFIED, S.MONITORING))
    require_normal(case, Action.RAISE_ALARM)
    require_after(N_("tingkat alarm"), at, N_("jenis panggilan ditetapkan"), case.call.decided_at)
    if not 1 <= level <= plan.top_alarm:
        raise BadInput(
            "alarm_level",
            N_("Tingkat alarm"),
            Need(N_("harus 1 sampai {top} untuk jenis kejadian ini."), top=plan.top_alarm),
        )
    return seed_checklist(replace(case, alarm_level=level), plan.at_alarm(level))


def withdraw_unit(case: Case, actor: Actor, at: datetime, unit_code: str, reason: str) -> Case:
    """Take back a proposed or a not yet departed unit, with a reason."""
    require(actor, Action.WITHDRAW_UNIT)
    require_status(case, Action.WITHDRAW_UNIT, *between(S.CLASSIFIED, S.MONITORING))
    unit = _active(case, unit_code)
    if unit.departed_at is not None:
        raise BadInput(
            "unit",
            N_("Unit"),
            Need(N_("{unit} sudah berangkat. Catat “selesai bertugas” bila ditarik."), unit=unit_code),
        )
    if unit.dispatched_at is not None and not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa unit ditarik.")))
    require_after(N_("penarikan unit"), at, N_("usulan unit"), unit.dispatched_at or unit.proposed_at)
    withdrawn = replace(unit, withdrawn_at=at, withdrawn_reason=reason.strip() or None)
    return settle(_with_unit(case, unit, withdrawn), at)


def approve_units(case: Case, actor: Actor, at: datetime, unit_codes: tuple[str, ...] | None = None) -> Case:
    """Approve the proposal and dispatch (SOP step 5); None means every proposed unit.

    Strict 2 → 5 and 4 → 5: the case must be coordinated. Approving more units while one operates
    brings the case from monitoring back to responding.
    """
    require(actor, Action.APPROVE_UNITS)
    require_status(case, Action.APPROVE_UNITS, S.COORDINATED, S.RESPONDING, S.MONITORING)
    waiting = [u for u in case.active_units if u.dispatched_at is None]
    chosen = [u for u in waiting if unit_codes is None or u.unit_code in unit_codes]
    unknown = sorted(set(unit_codes or ()) - {u.unit_code for u in waiting})
    if unknown:
        raise MissingForStep(5, tuple(Need(N_("usulan unit {unit}"), unit=code) for code in unknown))
    if not chosen:
        raise MissingForStep(5, (Need(N_("usulan unit oleh Perwira")),))
    for unit in chosen:
        require_after(N_("pengerahan"), at, N_("usulan unit"), unit.proposed_at)
        sent = replace(unit, approved_at=at, approved_by=actor.name, dispatched_at=at)
        case = _with_unit(case, unit, sent)
    if case.status is not S.RESPONDING:
        case = set_status(case, S.RESPONDING, max(at, case.status_at), Action.APPROVE_UNITS)
    return case


def name_commander(case: Case, actor: Actor, at: datetime, name: str, sop: Sop) -> Case:
    """Name the on-scene commander (guard 5)."""
    require(actor, Action.NAME_COMMANDER)
    require_status(case, Action.NAME_COMMANDER, *between(S.CLASSIFIED, S.MONITORING))
    if not name.strip():
        raise BadInput("commander", N_("Komandan Lapangan"), Need(N_("kosong. Tulis namanya.")))
    return _finish_response(replace(case, on_scene_commander=name.strip()), actor, at, sop)


def depart(case: Case, actor: Actor, at: datetime, unit_code: str, sop: Sop) -> Case:
    """A unit left for the place: the first one begins monitoring and the clock of step 6."""
    require(actor, Action.UNIT_PROGRESS)
    unit = _dispatched(case, unit_code)
    _require_unset(unit.departed_at, N_("berangkat"))
    require_after(N_("berangkat"), at, N_("dikerahkan"), unit.dispatched_at)
    case = _with_unit(case, unit, replace(unit, departed_at=at))
    case = start_step(case, 6, at)
    return _finish_response(settle(case, at), actor, at, sop)


def arrive(case: Case, actor: Actor, at: datetime, unit_code: str, *, heard: bool = True) -> Case:
    """A unit reached the place.

    heard: the crew said so itself, which is a word of it (step 6); False: its track shows it.
    """
    require(actor, Action.UNIT_PROGRESS)
    unit = _dispatched(case, unit_code)
    _require_unset(unit.arrived_at, N_("tiba"))
    if unit.departed_at is None:
        raise MissingForStep(5, (Need(N_("waktu berangkat {unit}"), unit=unit_code),))
    require_after(N_("tiba"), at, N_("berangkat"), unit.departed_at)
    case = _with_unit(case, unit, replace(unit, arrived_at=at))
    word = (CrewWord(unit_code, at, actor.name),) if heard else ()
    return replace(case, crew_words=(*case.crew_words, *word))


def clear(case: Case, actor: Actor, at: datetime, unit_code: str) -> Case:
    """A unit is done with this case, whether or not it arrived."""
    require(actor, Action.UNIT_PROGRESS)
    unit = _dispatched(case, unit_code)
    latest = unit.arrived_at or unit.departed_at or unit.dispatched_at
    require_after(N_("selesai bertugas"), at, N_("gerak unit sebelumnya"), latest)
    return settle(_with_unit(case, unit, replace(unit, cleared_at=at)), at)


def add_sitrep(case: Case, actor: Actor, at: datetime, text: str, unit_code: str | None = None) -> Case:
    """Add a situation report; at most `sop.sitrep_interval_s` may lie between two (SOP step 6)."""
    require(actor, Action.SITREP)
    require_status(case, Action.SITREP, *between(S.RESPONDING, S.UPDATING))
    if not text.strip():
        raise BadInput("text", N_("Laporan Situasi"), Need(N_("kosong. Tulis keadaan di lokasi.")))
    require_after(N_("laporan situasi"), at, N_("panggilan diterima"), case.call.received_at)
    report = Sitrep(len(case.sitreps) + 1, at, actor.name, text.strip(), unit_code)
    return replace(case, sitreps=(*case.sitreps, report))


def crew_word(case: Case, actor: Actor, at: datetime, unit_code: str) -> Case:
    """A crew under way or on scene was heard from and is well; its welfare clock starts again (step 6)."""
    require(actor, Action.CREW_WORD)
    require_status(case, Action.CREW_WORD, S.RESPONDING, S.MONITORING)
    unit = _active(case, unit_code)
    if unit.departed_at is None:
        raise MissingForStep(5, (Need(N_("waktu berangkat {unit}"), unit=unit_code),))
    require_after(N_("kabar regu"), at, N_("berangkat"), unit.departed_at)
    return replace(case, crew_words=(*case.crew_words, CrewWord(unit_code, at, actor.name)))


def set_welfare(case: Case, actor: Actor, at: datetime, welfare_s: int | None) -> Case:
    """Set how often each crew of this case must be heard from; None leaves it to type, agency and city."""
    require(actor, Action.SET_WELFARE)
    require_status(case, Action.SET_WELFARE, *between(S.CLASSIFIED, S.MONITORING))
    require_after(N_("jarak kabar regu"), at, N_("panggilan diterima"), case.call.received_at)
    if welfare_s is not None and not MIN_WELFARE_S <= welfare_s <= MAX_WELFARE_S:
        raise BadInput("welfare_s", N_("Jarak kabar regu"), Need(N_("harus 1 sampai 1440 menit.")))
    return replace(case, welfare_s=welfare_s)


def attach(case: Case, actor: Actor, at: datetime, attachment: Attachment) -> Case:
    """Add documentation; the same content twice is kept once (SOP step 6)."""
    require(actor, Action.ATTACH)
    require_status(case, Action.ATTACH, *between(S.CLASSIFIED, S.REGISTERED))
    require_after(N_("dokumentasi"), at, N_("panggilan diterima"), case.call.received_at)
    if any(old.sha256 == attachment.sha256 for old in case.attachments):
        return case
    return replace(case, attachments=(*case.attachments, attachment))


def give_reasons(case: Case, actor: Actor, at: datetime, reasons: Reasons) -> Case:
    """Give reasons for what guard 6 asks and cannot have; None leaves one as it is, "" takes it back."""
    require(actor, Action.GIVE_REASON)
    require_status(case, Action.GIVE_REASON, *between(S.RESPONDING, S.MONITORING))
    require_after(N_("alasan"), at, N_("panggilan diterima"), case.call.received_at)
    old = case.reasons
    return replace(
        case,
        reasons=Reasons(
            no_arrival=_told(reasons.no_arrival, old.no_arrival),
            late_sitrep=_told(reasons.late_sitrep, old.late_sitrep),
            no_documentation=_told(reasons.no_documentation, old.no_documentation),
        ),
    )


def _told(reason: str | None, before: str | None) -> str | None:
    return before if reason is None else reason.strip() or None


def give_overrun_reason(case: Case, actor: Actor, at: datetime, step: int, reason: str) -> Case:
    """Say why a step took longer than its standard, also after the case was closed.

    What stands in a record that was sent (steps 1 to 7) is changed until the case is closed, then by
    reopening only.
    """
    require(actor, Action.GIVE_REASON)
    delivered = case.delivery is not None and step < 8
    last = S.REGISTERED if delivered else S.CLOSED
    require_status(case, Action.GIVE_REASON, *between(S.RECEIVED, last))
    require_after(N_("alasan"), at, N_("panggilan diterima"), case.call.received_at)
    if step not in range(1, 10):
        raise BadInput("step", N_("Langkah"), Need(N_("harus 1 sampai 9.")))
    if not reason.strip():
        raise BadInput("overrun_reason", N_("Alasan Keterlambatan"), Need(N_("kosong. Tulis alasannya.")))
    return case.with_step(replace(case.step(step), overrun_reason=reason.strip()))


def update_condition(case: Case, actor: Actor, at: datetime, text: str) -> Case:
    """Update the current condition; starts step 7 while 5 and 6 may still run (they overlap)."""
    require(actor, Action.UPDATE_CONDITION)
    require_status(case, Action.UPDATE_CONDITION, *between(S.RESPONDING, S.UPDATING))
    if not text.strip():
        raise BadInput("current_condition", N_("Kondisi Terkini"), Need(N_("kosong. Tulis keadaannya.")))
    require_after(N_("kondisi terkini"), at, N_("panggilan diterima"), case.call.received_at)
    case = replace(case, current_condition=text.strip())
    return start_step(case, 7, at)


def finish_monitoring(
    case: Case, actor: Actor, at: datetime, sop: Sop, overrun_reason: str | None = None
) -> Case:
    """Finish step 6 (guards 5 and 6): every unit is cleared, also where the operation was handed over."""
    require(actor, Action.FINISH_MONITORING)
    require_status(case, Action.FINISH_MONITORING, S.MONITORING)
    if case.step(5).state is not StepState.SKIPPED:
        require_complete(case, 5, sop, at)
    require_complete(case, 6, sop, at)
    # A unit that came by a merge departed in another case, so nothing finished step 5 in this one.
    case = _finish_response(case, actor, case.step(5).started_at or at, sop)
    case = finish_step(case, 6, at, actor, overrun_reason)
    case = set_status(case, S.UPDATING, at, Action.FINISH_MONITORING)
    # Updates during the operation began step 7 early; its standard time counts from the operation's end.
    return case.with_step(replace(case.step(7), state=StepState.IN_PROGRESS, started_at=at))


def _finish_response(case: Case, actor: Actor, at: datetime, sop: Sop) -> Case:
    """Finish step 5 as soon as its guard holds: a unit departed and a commander is named."""
    step = case.step(5)
    if step.state is not StepState.IN_PROGRESS or missing(case, 5, sop, at):
        return case
    departed = [u.departed_at for u in case.assignments if u.departed_at is not None]
    return finish_step(case, 5, max(at, min(departed), step.started_at or at), actor)


def settle(case: Case, at: datetime) -> Case:
    """Bring the status from responding to monitoring once no sent unit still waits to depart."""
    if case.status is not S.RESPONDING or not any(u.departed_at for u in case.assignments):
        return case
    if any(u.departed_at is None for u in case.committed_units):
        return case
    return set_status(case, S.MONITORING, max(at, case.status_at), Action.UNIT_PROGRESS)


def _active(case: Case, unit_code: str) -> Assignment:
    unit = case.active_assignment(unit_code)
    if unit is None:
        raise NotFound(N_("Unit pada kasus ini"), unit_code)
    return unit


def _dispatched(case: Case, unit_code: str) -> Assignment:
    """Return the unit's active assignment; raise unless it was dispatched."""
    require_status(case, Action.UNIT_PROGRESS, S.RESPONDING, S.MONITORING)
    unit = _active(case, unit_code)
    if unit.dispatched_at is None:
        raise MissingForStep(5, (Need(N_("persetujuan dan pengerahan {unit}"), unit=unit_code),))
    return unit


def _require_unset(at: datetime | None, what: str) -> None:
    if at is not None:
        raise BadInput(
            "unit", N_("Unit"), Need(N_("{what} sudah dicatat pada {at}."), what=Need(what), at=at)
        )


def _with_unit(case: Case, old: Assignment, new: Assignment) -> Case:
    return replace(case, assignments=tuple(new if a is old else a for a in case.assignments))
