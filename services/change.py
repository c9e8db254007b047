"""The one way a case changes: load, check that nobody was first, move, store.

A case's own time never goes back: what is done now counts as no earlier than its last change (`present`), be
it that the machine's clock was set back or that two threads read it in one order and store in the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from database import cases
from database.connection import Reader, Writer
from domain.case import Actor, Case
from domain.errors import Need, StaleCase, TimeInFuture
from domain.permissions import Action
from domain.words import N_
from services.center import Center

CLOCK_TOLERANCE = timedelta(seconds=5)

Move = Callable[[Case, datetime], Case]
Also = Callable[[Writer, Case, Case], None]


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case as somebody saw it; `version` None acts on whatever it is now (devices, replays)."""

    case_id: str
    version: int | None = None


def change(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    action: Action,
    move: Move,
    *,
    occurred_at: datetime | None = None,
    also: Also | None = None,
) -> Case:
    """Apply `move(case, at)` to the case in one transaction; return the case as stored.

    `occurred_at` is when it happened (entri susulan), now by default. `also(writer, old, new)` stores
    what must change together with the case, such as unit holds. An unchanged case stores nothing.
    Raises StaleCase when the case is no longer the one seen, TimeInFuture, and whatever the move raises.
    """
    with center.db.write() as writer:
        return change_in(writer, now, actor, ref, action, move, occurred_at=occurred_at, also=also)


def change_in(
    writer: Writer,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    action: Action,
    move: Move,
    *,
    occurred_at: datetime | None = None,
    also: Also | None = None,
) -> Case:
    """Do what `change` does inside a transaction that is already open."""
    stored = load_as_seen(writer, ref)
    now = present(now, stored)
    at = happened(now, occurred_at)
    new = move(stored.case, at)
    if also is not None:
        also(writer, stored.case, new)
    if new == stored.case:
        return new
    return cases.save(writer, stored, new, actor=actor, action=action, occurred_at=at, entered_at=now).case


def load_as_seen(reader: Reader, ref: CaseRef) -> cases.Stored:
    """Return the stored case. Raises StaleCase when its version is not the one seen."""
    stored = cases.load(reader, ref.case_id)
    if ref.version is not None and ref.version != stored.case.version:
        raise StaleCase(call_no=stored.case.call_no, actor=stored.changed_by, at=stored.changed_at)
    return stored


def present(now: datetime, *stored: cases.Stored) -> datetime:
    """Return the time that it is for these cases: now, or their last change where that is later."""
    return max((now, *(max(one.changed_at, one.case.status_at) for one in stored)))


def happened(now: datetime, occurred_at: datetime | None) -> datetime:
    """Return when something happened. Raises TimeInFuture for a time that lies ahead."""
    at = occurred_at or now
    if at > now + CLOCK_TOLERANCE:
        raise TimeInFuture(what=Need(N_("kejadian")), at=at, now=now)
    return at
