"""Ways off the straight path: merge, cancel, false report, handover to another agency, reopen."""

from datetime import datetime

from database import cases
from database.connection import Writer
from domain.case import Actor, Case
from domain.moves import exits as moves
from domain.permissions import Action
from domain.words import Outcome
from services import outbox
from services.assignment import move_holds, release_ended
from services.center import Center
from services.change import CaseRef, change, happened, load_as_seen, present


def merge(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    primary_ref: CaseRef,
    *,
    occurred_at: datetime | None = None,
) -> tuple[Case, Case]:
    """Join a repeated report to its primary case, in one transaction; return (merged, primary)."""
    with center.db.write() as writer:
        stored, primary = load_as_seen(writer, ref), load_as_seen(writer, primary_ref)
        now = present(now, stored, primary)
        at = happened(now, occurred_at)
        merged, kept = moves.merge(stored.case, primary.case, actor, at)
        move_holds(writer, stored.case, kept)

        def save(before: cases.Stored, after: Case) -> Case:
            return cases.save(
                writer, before, after, actor=actor, action=Action.MERGE, occurred_at=at, entered_at=now
            ).case

        if kept != primary.case:
            kept = save(primary, outbox.follow(writer, center, primary.case, kept, now))
        return save(stored, merged), kept


def call_off(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    outcome: Outcome,
    reason: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Cancel a case or declare the report false; units are recalled."""
    with center.db.write() as writer:
        stored = load_as_seen(writer, ref)
        now = present(now, stored)
        at = happened(now, occurred_at)
        departed = any(unit.departed_at for unit in stored.case.assignments)
        number = "" if departed else new_register_no(center, writer, stored.case, at)
        new = moves.call_off(stored.case, actor, at, outcome, reason, number)
        release_ended(writer, stored.case, new, now)
        new = outbox.follow(writer, center, stored.case, new, now)
        return cases.save(
            writer, stored, new, actor=actor, action=Action.CANCEL, occurred_at=at, entered_at=now
        ).case


def hand_over(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    agency: str,
    reference: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Flag the case as handed to another agency; it stays open."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.HAND_OVER,
        lambda case, at: moves.hand_over(case, actor, at, agency, reference),
        occurred_at=occurred_at,
    )


def reopen(center: Center, now: datetime, actor: Actor, ref: CaseRef, reason: str) -> Case:
    """Reopen a closed case into monitoring; its record is delivered again as revision + 1."""
    return change(
        center, now, actor, ref, Action.REOPEN, lambda case, at: moves.reopen(case, actor, at, reason)
    )


def new_register_no(center: Center, writer: Writer, case: Case, at: datetime) -> str:
    """Return the case's register number, or the next one of the year."""
    if case.register_no is not None:
        return case.register_no
    year = at.astimezone(center.pack.city.timezone).year
    return center.pack.city.register_no(year, cases.next_number(writer, f"register-{year}"))
