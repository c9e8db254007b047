"""Ways off the straight path: merge, cancel, false report, handover, reopen (domain.md 1.3, 1.4)."""

from dataclasses import replace
from datetime import datetime

from domain.case import Actor, Assignment, Case, CrewWord, Handover, Reasons, Victims
from domain.errors import BadInput, MissingForStep, Need, NotPermitted
from domain.moves.call import CLOSING_OUTCOMES
from domain.moves.response import settle
from domain.permissions import Action, require
from domain.stages import (
    between,
    require_after,
    require_status,
    reset_steps,
    set_status,
    skip_steps,
    start_step,
)
from domain.words import N_, CallClass, CaseStatus, Outcome, Role

S = CaseStatus


def merge(case: Case, primary: Case, actor: Actor, at: datetime) -> tuple[Case, Case]:
    """Join a repeated report to its primary case; times are kept, units pass over to the primary.

    Returns (merged case, primary case).
    """
    require(actor, Action.MERGE)
    require_status(case, Action.MERGE, *between(S.RECEIVED, S.MONITORING))
    if case.case_id == primary.case_id:
        raise BadInput(
            "primary", N_("Kasus utama"), Need(N_("kasus tidak dapat digabung dengan dirinya sendiri."))
        )
    if case.committed_units:
        require_status(primary, Action.MERGE, S.RESPONDING, S.MONITORING)
    elif case.active_units:
        require_status(primary, Action.MERGE, *between(S.CLASSIFIED, S.MONITORING))
        if primary.call.call_class is not CallClass.NORMAL:
            raise MissingForStep(2, (Need(N_("jenis panggilan Normal pada kasus utama")),))
    elif not primary.is_open:
        require_status(primary, Action.MERGE, *between(S.RECEIVED, S.REGISTERED))
    reason = primary.call_no
    moving = case.active_units
    if moving:
        case = replace(
            case,
            assignments=tuple(
                replace(
                    a, withdrawn_at=max(at, _latest(a)), withdrawn_reason=reason, moved_to=primary.case_id
                )
                if a.is_active
                else a
                for a in case.assignments
            ),
        )
        already = {a.unit_code for a in primary.active_units}
        primary = replace(
            primary,
            assignments=(*primary.assignments, *(a for a in moving if a.unit_code not in already)),
            crew_words=(*primary.crew_words, *_words_of(case, {a.unit_code for a in moving})),
        )
        departed = [a.departed_at for a in moving if a.departed_at is not None]
        if departed:
            primary = settle(start_step(primary, 6, max(min(departed), primary.call.received_at)), at)
    case = replace(case, merged_into=primary.case_id)
    return set_status(skip_steps(case, range(1, 10), reason), S.MERGED, at, Action.MERGE), primary


def call_off(case: Case, actor: Actor, at: datetime, outcome: Outcome, reason: str, register_no: str) -> Case:
    """Cancel a case or declare the report false on scene (domain.md 1.3, item 7).

    Any unit departed: units are recalled and step 7 still reconciles; otherwise the case is
    registered at once. Steps left out are marked skipped. Before a unit departs the dispatcher may
    do it too; afterwards only the duty officer.
    """
    require(actor, Action.CANCEL)
    require_status(case, Action.CANCEL, *between(S.VERIFIED, S.MONITORING))
    departed = any(unit.departed_at for unit in case.assignments)
    if departed and actor.role is not Role.DUTY_OFFICER:
        raise NotPermitted(role=actor.role, action=Action.CANCEL, allowed=(Role.DUTY_OFFICER,))
    if outcome not in (Outcome.CANCELLED, Outcome.FALSE_REPORT):
        raise BadInput("outcome", N_("Hasil"), Need(N_("harus Dibatalkan atau Laporan Palsu.")))
    if not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa kasus dibatalkan.")))
    case = _recall(case, at, reason)
    case = replace(case, outcome=outcome, outcome_reason=reason.strip(), victims=case.victims or Victims())
    if departed:
        case = skip_steps(case, range(4, 7), reason)
        return start_step(set_status(case, S.UPDATING, at, Action.CANCEL), 7, at)
    case = skip_steps(case, range(4, 8), reason)
    case = replace(case, register_no=case.register_no or register_no, current_condition=reason.strip())
    return start_step(set_status(case, S.REGISTERED, at, Action.CANCEL), 8, at)


def hand_over(case: Case, actor: Actor, at: datetime, agency: str, reference: str) -> Case:
    """Hand the operation to another agency; the case stays open, flagged, with daily updates."""
    require(actor, Action.HAND_OVER)
    require_status(case, Action.HAND_OVER, *between(S.COORDINATED, S.MONITORING))
    if not agency.strip():
        raise BadInput("agency", N_("Instansi penerima"), Need(N_("kosong. Pilih instansi yang menerima.")))
    if not reference.strip():
        raise BadInput(
            "reference", N_("Nomor rujukan"), Need(N_("kosong. Tulis nomor atau nama penerimanya."))
        )
    require_after(N_("pengalihan"), at, N_("panggilan diterima"), case.call.received_at)
    return replace(case, handover=Handover(agency.strip(), reference.strip(), at, actor.name))


def reopen(case: Case, actor: Actor, at: datetime, reason: str) -> Case:
    """Reopen a closed case into monitoring: revision + 1, to be delivered again (supervisor).

    What guards 6 and 7 rest on is asked anew; the victims stay until the outcome is recorded again.
    """
    require(actor, Action.REOPEN)
    require_status(case, Action.REOPEN, S.CLOSED)
    if case.call.call_class in CLOSING_OUTCOMES:
        raise MissingForStep(2, (Need(N_("jenis panggilan Normal; ubah dahulu jenis panggilannya")),))
    if not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa kasus dibuka kembali.")))
    case = replace(
        reset_steps(case, range(6, 10)),
        outcome=None,
        outcome_reason=reason.strip(),
        current_condition=None,
        reasons=Reasons(),
        reopened_count=case.reopened_count + 1,
        revision=case.revision + 1,
        form_printed_at=None,
        delivery=None,
        archive_location=None,
        signed_off_by=None,
    )
    return start_step(set_status(case, S.MONITORING, at, Action.REOPEN), 6, at)


def _words_of(case: Case, units: set[str]) -> tuple[CrewWord, ...]:
    """Return when these crews were heard in a case, so that they do not seem silent in the next one."""
    reports = (CrewWord(s.unit_code, s.at, s.by) for s in case.sitreps if s.unit_code is not None)
    return tuple(word for word in (*case.crew_words, *reports) if word.unit_code in units)


def _latest(unit: Assignment) -> datetime:
    return unit.arrived_at or unit.departed_at or unit.dispatched_at or unit.proposed_at


def _recall(case: Case, at: datetime, reason: str) -> Case:
    """Recall every unit: departed ones are cleared, the others withdrawn."""
    recalled = []
    for unit in case.assignments:
        if unit.is_active:
            require_after(N_("penarikan unit"), at, N_("gerak unit sebelumnya"), _latest(unit))
            stamp = (
                {"cleared_at": at} if unit.departed_at else {"withdrawn_at": at, "withdrawn_reason": reason}
            )
            unit = replace(unit, **stamp)
        recalled.append(unit)
    return replace(case, assignments=tuple(recalled))
