"""Who holds which unit, and which units are out of service or on the way back."""

from dataclasses import dataclass
from datetime import datetime

from database.connection import Reader, Writer
from domain.errors import UnitHeld


@dataclass(frozen=True, slots=True)
class Hold:
    """A unit held by a case; `expires_at` is set while it is only proposed."""

    unit_code: str
    case_id: str
    call_no: str
    held_by: str
    held_at: datetime
    expires_at: datetime | None
    status: str

    def is_over(self, now: datetime) -> bool:
        """Whether the hold was a proposal whose time has run out."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Readiness:
    """A unit out of service (with its reason) or returning since a time."""

    unit_code: str
    out_of_service_reason: str | None
    returning_since: datetime | None


_HOLD = "SELECT unit_code, case_id::VARCHAR, call_no, held_by, held_at, expires_at, status FROM unit_hold"


def holds(reader: Reader) -> dict[str, Hold]:
    """Return every hold by unit code; as many rows as units at work."""
    return {row[0]: Hold(*row) for row in reader.rows(_HOLD)}


def hold(writer: Writer, wanted: Hold, now: datetime) -> None:
    """Hold a unit for a case. The primary key lets one win.

    A run-out proposal gives way; the same case renews its own hold. Raises UnitHeld naming the holder.
    """
    row = writer.row(f"{_HOLD} WHERE unit_code = ?", wanted.unit_code)
    present = Hold(*row) if row else None
    if present is None:
        writer.execute(
            "INSERT INTO unit_hold VALUES (?, ?, ?, ?, ?, ?, ?)",
            wanted.unit_code,
            wanted.case_id,
            wanted.call_no,
            wanted.held_by,
            wanted.held_at,
            wanted.expires_at,
            wanted.status,
        )
        return
    if present.case_id != wanted.case_id and not present.is_over(now):
        raise UnitHeld(
            unit_code=present.unit_code, holder=present.held_by, call_no=present.call_no, at=present.held_at
        )
    writer.execute(
        "UPDATE unit_hold SET case_id = ?, call_no = ?, held_by = ?, held_at = ?, expires_at = ?, status = ? "
        "WHERE unit_code = ?",
        wanted.case_id,
        wanted.call_no,
        wanted.held_by,
        wanted.held_at,
        wanted.expires_at,
        wanted.status,
        wanted.unit_code,
    )


def set_status(writer: Writer, unit_code: str, case_id: str, status: str) -> None:
    """Note what a held unit does now; who holds it, and since when, stays."""
    writer.execute(
        "UPDATE unit_hold SET status = ? WHERE unit_code = ? AND case_id = ?", status, unit_code, case_id
    )


def release(writer: Writer, unit_code: str, case_id: str) -> None:
    """Let go of a unit, if this case still holds it."""
    writer.execute("DELETE FROM unit_hold WHERE unit_code = ? AND case_id = ?", unit_code, case_id)


def pass_on(writer: Writer, unit_code: str, case_id: str, to_case_id: str, to_call_no: str) -> None:
    """Pass a hold of one case on to another (merge)."""
    writer.execute(
        "UPDATE unit_hold SET case_id = ?, call_no = ? WHERE unit_code = ? AND case_id = ?",
        to_case_id,
        to_call_no,
        unit_code,
        case_id,
    )


def readiness(reader: Reader) -> dict[str, Readiness]:
    """Return the units that are not simply available, by unit code."""
    rows = reader.rows("SELECT unit_code, out_of_service_reason, returning_since FROM unit_state")
    return {row[0]: Readiness(*row) for row in rows}


def ready_since(reader: Reader) -> dict[str, datetime]:
    """Return since when each unit that is neither out of service nor on its way back was said to be ready."""
    rows = reader.rows(
        "SELECT unit_code, changed_at FROM unit_state "
        "WHERE out_of_service_reason IS NULL AND returning_since IS NULL"
    )
    return {str(code): at for code, at in rows}


def set_readiness(writer: Writer, state: Readiness, now: datetime) -> None:
    """Store a unit's readiness."""
    known = writer.row("SELECT 1 FROM unit_state WHERE unit_code = ?", state.unit_code)
    if known:
        writer.execute(
            "UPDATE unit_state SET out_of_service_reason = ?, returning_since = ?, changed_at = ? "
            "WHERE unit_code = ?",
            state.out_of_service_reason,
            state.returning_since,
            now,
            state.unit_code,
        )
    else:
        writer.execute(
            "INSERT INTO unit_state VALUES (?, ?, ?, ?)",
            state.unit_code,
            state.out_of_service_reason,
            state.returning_since,
            now,
        )
