"""Step 4: telling the agencies together and keeping their answers."""

from datetime import datetime

from domain.case import Actor, Case
from domain.moves import coordination as moves
from domain.permissions import Action
from domain.words import NoticeMethod, NoticeResult
from services.center import Center
from services.change import CaseRef, change


def notify(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    codes: tuple[str, ...] | None = None,
    method: NoticeMethod = NoticeMethod.SCREEN,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Tell the agencies `codes` at once; None means every required one not told yet."""

    def move(case: Case, at: datetime) -> Case:
        required = tuple(line.code for line in case.agencies if line.required and not line.waived_reason)
        return moves.notify(case, actor, at, required if codes is None else codes, method)

    return change(center, now, actor, ref, Action.NOTIFY, move, occurred_at=occurred_at)


def answer(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    code: str,
    result: NoticeResult,
    note: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Record an agency's answer."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.ANSWER_NOTICE,
        lambda case, at: moves.answer_notice(case, actor, at, code, result, note),
        occurred_at=occurred_at,
    )


def waive(center: Center, now: datetime, actor: Actor, ref: CaseRef, code: str, reason: str) -> Case:
    """Leave a required agency out, with a reason."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.WAIVE_AGENCY,
        lambda case, at: moves.waive_agency(case, actor, at, code, reason),
    )


def coordinate(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Finish step 4."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.COORDINATE,
        lambda case, at: moves.coordinate(case, actor, at, center.pack.sop, overrun_reason or None),
        occurred_at=occurred_at,
    )
