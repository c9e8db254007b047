"""What crews told from their phones: each action once by the id that the phone gave it."""

from dataclasses import dataclass
from datetime import datetime

from database.connection import Reader, Writer


@dataclass(frozen=True, slots=True)
class CrewEntry:
    """An action that was applied; `case_id` None: it was about the unit alone. `result`: what came of it."""

    entry_id: str
    device_id: str
    unit_code: str
    case_id: str | None
    action: str
    at: datetime
    received_at: datetime
    result: str


_COLUMNS = "id, device_id, unit_code, case_id::VARCHAR, action, happened_at, received_at, result"


def find(reader: Reader, entry_id: str) -> CrewEntry | None:
    """Return the action with this id, or None."""
    row = reader.row(f"SELECT {_COLUMNS} FROM crew_action WHERE id = ?", entry_id)
    return CrewEntry(*row) if row else None


def add(writer: Writer, entry: CrewEntry) -> None:
    """Store an action that was applied; its id must be new."""
    writer.execute(
        "INSERT INTO crew_action VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        entry.entry_id,
        entry.device_id,
        entry.unit_code,
        entry.case_id,
        entry.action,
        entry.at,
        entry.received_at,
        entry.result,
    )


def newest_of_case(reader: Reader, case_id: str, action: str) -> dict[str, datetime]:
    """Return when each unit of a case did an action last, by unit code."""
    rows = reader.rows(
        "SELECT unit_code, max(happened_at) FROM crew_action WHERE case_id::VARCHAR = ? AND action = ? "
        "GROUP BY unit_code",
        case_id,
        action,
    )
    return {str(code): at for code, at in rows}
