"""Step 4: telling the agencies together and keeping their answers."""

from datetime import datetime

from database.connection import Writer
from domain.case import Actor, Case
from domain.moves import coordination as moves
from domain.notices import NoticeKind
from domain.permissions import Action
from domain.words import NoticeMethod, NoticeResult
from services import notify as outbox
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
    """Tell the agencies `codes` at once; None means every required one not told yet.

    By `SCREEN` Sigap tells them itself: a message to each is queued in the same transaction
    (`services.notify`). Any other method, and any entry made afterwards, says that a person did.
    """

    def move(case: Case, at: datetime) -> Case:
        required = tuple(line.code for line in case.agencies if line.required and not line.waived_reason)
        return moves.notify(case, actor, at, required if codes is None else codes, method)

    def queue(writer: Writer, old: Case, new: Case) -> None:
        if method is NoticeMethod.SCREEN and occurred_at is None:
            outbox.queue_new(center, writer, now, NoticeKind.NOTIFY, old, new)

    return change(center, now, actor, ref, Action.NOTIFY, move, occurred_at=occurred_at, also=queue)


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
