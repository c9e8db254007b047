"""Alarms as they rang: each once by its key, kept with who acknowledged it, when, after how many rings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from database.connection import Reader, Row, Writer
from domain.alarms import Alarm, AlarmKind
from domain.case import Actor
from domain.words import Role


@dataclass(frozen=True, slots=True)
class Stored:
    """An alarm that rang; who acknowledged it is None while it still rings."""

    alarm: Alarm
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    acknowledged_role: Role | None = None
    repeats: int | None = None
    note: str | None = None


_COLUMNS = (
    "kind, case_id::VARCHAR, call_no, roles, counts_from, limit_s, due_at, step, unit_code, raised_at, "
    "acknowledged_at, acknowledged_by, acknowledged_role, repeats, note"
)


def known(reader: Reader, keys: Collection[str]) -> set[str]:
    """Return those of these keys that already rang, acknowledged or not."""
    if not keys:
        return set()
    marks = ", ".join("?" * len(keys))
    return {str(row[0]) for row in reader.rows(f"SELECT key FROM alarm WHERE key IN ({marks})", *keys)}


def append(writer: Writer, alarm: Alarm, raised_at: datetime) -> None:
    """Store an alarm that begins to ring; its key must be new."""
    writer.execute(
        "INSERT INTO alarm (key, kind, case_id, call_no, roles, counts_from, limit_s, due_at, step, "
        "unit_code, raised_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        alarm.key,
        alarm.kind.value,
        alarm.case_id,
        alarm.call_no,
        [role.value for role in alarm.roles],
        alarm.counts_from,
        alarm.limit_s,
        alarm.due_at,
        alarm.step,
        alarm.unit_code,
        raised_at,
    )


def find(reader: Reader, key: str) -> Stored | None:
    """Return the alarm with this key, or None."""
    row = reader.row(f"SELECT {_COLUMNS} FROM alarm WHERE key = ?", key)
    return _stored(row) if row else None


def of_case(reader: Reader, case_id: str) -> list[Stored]:
    """Return every alarm of a case, acknowledged or not, in the order in which they rang."""
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM alarm WHERE case_id = TRY_CAST(? AS UUID) ORDER BY raised_at, key", case_id
    )
    return [_stored(row) for row in rows]


def unacknowledged(reader: Reader) -> list[Stored]:
    """Return every alarm that still rings."""
    return [
        _stored(row) for row in reader.rows(f"SELECT {_COLUMNS} FROM alarm WHERE acknowledged_at IS NULL")
    ]


def silence_answered(reader: Reader) -> dict[tuple[str, str], datetime]:
    """Return when somebody last acknowledged that a crew of an open case is silent, by case and unit."""
    rows = reader.rows(
        "SELECT case_id::VARCHAR, unit_code, max(acknowledged_at) FROM alarm JOIN case_open USING (case_id) "
        "WHERE kind = ? AND acknowledged_at IS NOT NULL GROUP BY ALL",
        AlarmKind.WELFARE.value,
    )
    return {(case_id, unit_code): at for case_id, unit_code, at in rows}


def acknowledge(writer: Writer, key: str, actor: Actor, at: datetime, repeats: int, note: str | None) -> None:
    """Store who acknowledged an alarm, in which role, when, after how many rings."""
    writer.execute(
        "UPDATE alarm SET acknowledged_at = ?, acknowledged_by = ?, acknowledged_role = ?, repeats = ?, "
        "note = ? WHERE key = ?",
        at,
        actor.name,
        actor.role.value,
        repeats,
        note,
        key,
    )


def _stored(row: Row) -> Stored:
    kind, case_id, call_no, roles, counts_from, limit_s, due_at, step, unit_code, raised_at, *answered = row
    at, by, role, repeats, note = answered
    alarm = Alarm(
        AlarmKind(kind),
        case_id,
        call_no,
        tuple(Role(code) for code in roles),
        counts_from,
        limit_s,
        due_at,
        step,
        unit_code,
    )
    return Stored(alarm, raised_at, at, by, Role(role) if role else None, repeats, note)
