"""Steps of the machine's clock, as events of the trail."""

from dataclasses import dataclass
from datetime import datetime

from database import cases
from database.connection import Reader, Writer
from domain.case import Actor

ENTITY = "system"
STEPPED = "clock_stepped"
_ID = "clock"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the clock: by how many seconds (back: below 0), noticed when by the new clock."""

    at: datetime
    seconds: float


def append(writer: Writer, actor: Actor, now: datetime, seconds: float) -> None:
    """Store a step."""
    told = {"seconds": round(seconds, 1)}
    cases.append_event(writer, actor, ENTITY, _ID, STEPPED, {}, told, occurred_at=now, entered_at=now)


def newest_step(reader: Reader) -> Step | None:
    """Return the last step of the trail, or None."""
    row = reader.row(
        "SELECT entered_at, (after->>'$.seconds')::DOUBLE FROM event "
        "WHERE entity = ? AND action = ? ORDER BY seq DESC LIMIT 1",
        ENTITY,
        STEPPED,
    )
    return Step(*row) if row else None


def newest_entry(reader: Reader) -> datetime | None:
    """Return when the newest event was entered, or None in an empty file."""
    row = reader.row("SELECT entered_at FROM event WHERE seq = (SELECT max(seq) FROM event)")
    found: datetime | None = row[0] if row else None
    return found
