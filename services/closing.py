"""Steps 7 to 9: register number, printed form, handing the record to DKISP, closing."""

import json
from datetime import datetime

from database import cases
from domain.case import Actor, Case
from domain.moves import record as moves
from domain.permissions import Action, require
from domain.stages import require_status
from domain.words import CaseStatus
from export.drop import read_drop, write_drop
from services import records
from services.center import Center
from services.change import CaseRef, change, happened, load_as_seen
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
    """Finish step 7 and issue the register number; a refused move issues none."""
    with center.db.write() as writer:
        stored = load_as_seen(writer, ref)
        at = happened(now, occurred_at)
        number = new_register_no(center, writer, stored.case, at)
        new = moves.register(stored.case, actor, at, number, center.pack.sop, overrun_reason or None)
        return cases.save(
            writer, stored, new, actor=actor, action=Action.REGISTER, occurred_at=at, entered_at=now
        ).case


def print_form(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, *, occurred_at: datetime | None = None
) -> Case:
    """Note that the report was printed (guard 8); `records.form` gives its PDF."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.PRINT_FORM,
        lambda case, at: moves.print_form(case, actor, at, center.pack.sop),
        occurred_at=occurred_at,
    )


def deliver(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, *, occurred_at: datetime | None = None
) -> Case:
    """Write the record for DKISP as a file drop and note it (step 8).

    The file is written before the note. After a crash between the two its time of sending is taken from
    the file that is there, so that the same bytes are written again. A revision that was delivered is
    not delivered twice. Raises BadRecord when the record does not fit its schema (nothing is written),
    and what `export.drop` raises.
    """
    require(actor, Action.DELIVER)
    case = load_as_seen(center.db.read(), ref).case
    require_status(case, Action.DELIVER, CaseStatus.REGISTERED)
    if case.delivery is not None and case.delivery.revision == case.revision:
        return case
    at = happened(now, occurred_at)
    day = case.status_at.astimezone(center.pack.city.timezone).date()
    written = read_drop(center.outbox_dir, case.case_id, case.revision, day)
    sent_at = datetime.fromisoformat(json.loads(written)["sent_at"]) if written else at
    body = records.checked_record(center, case, sent_at=sent_at)
    drop = write_drop(center.outbox_dir, body, case.case_id, case.revision, day)
    seen = CaseRef(case.case_id, ref.version if ref.version is not None else case.version)
    return change(
        center,
        now,
        actor,
        seen,
        Action.DELIVER,
        lambda current, _at: moves.deliver(current, actor, at, drop.relative, drop.digest, center.pack.sop),
        occurred_at=occurred_at,
    )


def record_receipt(center: Center, now: datetime, actor: Actor, ref: CaseRef, receipt_id: str) -> Case:
    """Note DKISP's receipt."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.RECORD_RECEIPT,
        lambda case, at: moves.record_receipt(case, actor, at, receipt_id),
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
        lambda case, at: moves.override_receipt(case, actor, at, reason),
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
