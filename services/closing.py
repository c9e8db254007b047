"""Steps 7 to 9: register number and the record for DKISP, printed form, closing."""

from datetime import datetime

from database import cases
from domain.case import Actor, Case
from domain.moves import record as moves
from domain.permissions import Action
from services import outbox
from services.center import Center
from services.change import CaseRef, change, happened, load_as_seen, present
from services.exits import new_register_no


def register(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Finish step 7, issue the register number and queue the record for DKISP: all of it, or nothing.

    Raises BadRecord when the record does not fit its schema, and what the move raises.
    """
    with center.db.write() as writer:
        stored = load_as_seen(writer, ref)
        now = present(now, stored)
        at = happened(now, occurred_at)
        number = new_register_no(center, writer, stored.case, at)
        new = moves.register(stored.case, actor, at, number, center.pack.sop, overrun_reason or None)
        new = outbox.follow(writer, center, stored.case, new, now)
        return cases.save(
            writer, stored, new, actor=actor, action=Action.REGISTER, occurred_at=at, entered_at=now
        ).case


def print_form(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, *, occurred_at: datetime | None = None
) -> Case:
    """Note that the report was printed (guard 8); `papers.case_report` gives its PDF."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.PRINT_FORM,
        lambda case, at: moves.print_form(case, actor, at, center.pack.sop),
        occurred_at=occurred_at,
    )


def override_receipt(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    reason: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Let the case be closed without a receipt (supervisor)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.OVERRIDE_RECEIPT,
        lambda case, at: moves.override_receipt(case, actor, at, reason, center.pack.sop),
        occurred_at=occurred_at,
    )


def close(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    archive_location: str,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Finish step 9."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.CLOSE,
        lambda case, at: moves.close(
            case, actor, at, archive_location, center.pack.sop, overrun_reason or None
        ),
        occurred_at=occurred_at,
    )
