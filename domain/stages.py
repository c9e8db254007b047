"""Status transitions and step records: the only two setters of a case's progress (domain.md 1.4)."""

from dataclasses import replace
from datetime import datetime

from domain.case import Actor, Case, StepRecord
from domain.errors import IllegalMove, Need, TimeRunsBackwards
from domain.guards import latest_evidence
from domain.permissions import Action
from domain.words import N_, CaseStatus, StepState

S = CaseStatus

TRANSITIONS: dict[CaseStatus, frozenset[CaseStatus]] = {
    S.RECEIVED: frozenset({S.CLASSIFIED, S.MERGED}),
    S.CLASSIFIED: frozenset({S.VERIFIED, S.CLOSED, S.MERGED}),
    S.VERIFIED: frozenset({S.COORDINATED, S.MERGED, S.UPDATING, S.REGISTERED}),
    S.COORDINATED: frozenset({S.RESPONDING, S.MERGED, S.UPDATING, S.REGISTERED}),
    S.RESPONDING: frozenset({S.MONITORING, S.MERGED, S.UPDATING, S.REGISTERED}),
    S.MONITORING: frozenset({S.RESPONDING, S.MERGED, S.UPDATING, S.REGISTERED}),
    S.UPDATING: frozenset({S.REGISTERED}),
    S.REGISTERED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset({S.CLASSIFIED, S.MONITORING}),
    S.MERGED: frozenset(),
}

HINTS: dict[CaseStatus, str] = {
    S.RECEIVED: N_("Tetapkan jenis panggilan lebih dahulu (langkah 2)."),
    S.CLASSIFIED: N_("Selesaikan verifikasi lebih dahulu (langkah 3)."),
    S.VERIFIED: N_("Selesaikan koordinasi instansi lebih dahulu (langkah 4)."),
    S.COORDINATED: N_("Setujui dan kerahkan unit lebih dahulu (langkah 5)."),
    S.RESPONDING: N_("Tunggu unit pertama berangkat (langkah 5)."),
    S.MONITORING: N_("Akhiri pemantauan lebih dahulu (langkah 6)."),
    S.UPDATING: N_("Lengkapi kondisi terkini dan nomor register lebih dahulu (langkah 7)."),
    S.REGISTERED: N_("Kirim data dan nyatakan selesai (langkah 8 dan 9)."),
    S.CLOSED: N_("Kasus sudah selesai; Penyelia dapat membukanya kembali."),
    S.MERGED: N_("Kasus sudah digabung; lanjutkan pada kasus utamanya."),
}

ORDER = tuple(S)


def refuse(case: Case, action: Action) -> IllegalMove:
    """Return the error for a move that the case's status does not allow."""
    return IllegalMove(action=action, status=case.status, hint=Need(HINTS[case.status]))


def require_status(case: Case, action: Action, *allowed: CaseStatus) -> None:
    """Raise IllegalMove unless the case stands at one of `allowed`."""
    if case.status not in allowed:
        raise refuse(case, action)


def between(first: CaseStatus, last: CaseStatus) -> tuple[CaseStatus, ...]:
    """Return the statuses from `first` to `last`, both included, in the order of work."""
    return ORDER[ORDER.index(first) : ORDER.index(last) + 1]


def set_status(case: Case, to: CaseStatus, at: datetime, action: Action) -> Case:
    """Move the case to status `to`, the only setter.

    Raises IllegalMove when the table does not allow it, TimeRunsBackwards when `at` lies before the
    time of the present status.
    """
    if to not in TRANSITIONS[case.status]:
        raise refuse(case, action)
    if at < case.status_at:
        raise TimeRunsBackwards(
            what=Need(N_("perubahan status")),
            at=at,
            before=Need(N_("perubahan status sebelumnya")),
            limit=case.status_at,
        )
    return replace(case, status=to, status_at=at)


def require_after(what: str, at: datetime, before: str, limit: datetime | None) -> None:
    """Raise TimeRunsBackwards when `at` lies before `limit`; both names are marked words."""
    if limit is not None and at < limit:
        raise TimeRunsBackwards(what=Need(what), at=at, before=Need(before), limit=limit)


def start_step(case: Case, no: int, at: datetime) -> Case:
    """Start the clock of step `no` unless it already runs or is over."""
    step = case.step(no)
    if step.state is not StepState.PENDING:
        return case
    return case.with_step(replace(step, state=StepState.IN_PROGRESS, started_at=at))


def finish_step(case: Case, no: int, at: datetime, actor: Actor, overrun_reason: str | None = None) -> Case:
    """Stop the clock of step `no`. An overrun never blocks; its reason may come now or later."""
    step = case.step(no)
    if step.state in (StepState.DONE, StepState.SKIPPED):
        return case
    started_at = step.started_at or at
    require_after(N_("selesai langkah"), at, N_("mulai langkah"), started_at)
    require_after(N_("selesai langkah"), at, N_("catatan terakhir langkah itu"), latest_evidence(case, no))
    return case.with_step(
        replace(
            step,
            state=StepState.DONE,
            started_at=started_at,
            finished_at=at,
            role=actor.role,
            user=actor.name,
            overrun_reason=overrun_reason or step.overrun_reason,
        )
    )


def skip_steps(case: Case, numbers: range, reason: str) -> Case:
    """Mark the unfinished ones among `numbers` as skipped, keeping when they started."""
    for no in numbers:
        step = case.step(no)
        if step.state in (StepState.PENDING, StepState.IN_PROGRESS):
            case = case.with_step(replace(step, state=StepState.SKIPPED, skip_reason=reason))
    return case


def reset_steps(case: Case, numbers: range) -> Case:
    """Make steps pending again after a reopening; what they were stays in the events."""
    for no in numbers:
        case = case.with_step(StepRecord(no, case.step(no).target_s))
    return case
