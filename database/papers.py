"""What the papers read, always between two times; and the serials of the emergency forms."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from database.codec import parsed
from database.connection import Reader, Row, Writer
from domain.case import Case


@dataclass(frozen=True, slots=True)
class EmergencyForm:
    """A serial that was printed on a blank form; `case_id` is None until the form was entered."""

    serial: str
    issued_at: datetime
    issued_by: str
    case_id: str | None = None
    entered_at: datetime | None = None
    entered_by: str | None = None


_FORM = "serial, issued_at, issued_by, case_id::VARCHAR, entered_at, entered_by"


def calls(reader: Reader, since: datetime, until: datetime, classes: Collection[str] = ()) -> list[Case]:
    """Return the calls received from `since` (included) to `until` (excluded), in order.

    `classes`: only those of these classes; any where it is empty.
    """
    only = f"AND call_class IN ({', '.join('?' * len(classes))})" if classes else ""
    rows = reader.rows(
        f"SELECT state FROM case_all WHERE received_at >= ? AND received_at < ? {only} "
        "ORDER BY received_at, call_no",
        since,
        until,
        *classes,
    )
    return [parsed(row[0]) for row in rows]


def call_numbers(reader: Reader, case_ids: Collection[str]) -> dict[str, str]:
    """Return the call numbers of these cases, by id."""
    if not case_ids:
        return {}
    marks = ", ".join("TRY_CAST(? AS UUID)" for _ in case_ids)
    rows = reader.rows(
        f"SELECT case_id::VARCHAR, call_no FROM case_all WHERE case_id IN ({marks})", *case_ids
    )
    return {str(case_id): str(call_no) for case_id, call_no in rows}


def add_forms(writer: Writer, serials: Sequence[str], at: datetime, by: str) -> None:
    """Store that serials were issued; each must be new."""
    for serial in serials:
        writer.execute(
            "INSERT INTO emergency_form (serial, issued_at, issued_by) VALUES (?, ?, ?)", serial, at, by
        )


def form(reader: Reader, serial: str) -> EmergencyForm | None:
    """Return an issued serial, or None."""
    row = reader.row(f"SELECT {_FORM} FROM emergency_form WHERE serial = ?", serial)
    return _form(row) if row else None


def forms(reader: Reader, limit: int) -> list[EmergencyForm]:
    """Return the serials issued last, newest first, at most `limit`."""
    rows = reader.rows(
        f"SELECT {_FORM} FROM emergency_form ORDER BY issued_at DESC, serial DESC LIMIT ?", limit
    )
    return [_form(row) for row in rows]


def set_entered(writer: Writer, serial: str, case_id: str, at: datetime, by: str) -> None:
    """Store which case a form was entered as."""
    writer.execute(
        "UPDATE emergency_form SET case_id = ?, entered_at = ?, entered_by = ? WHERE serial = ?",
        case_id,
        at,
        by,
        serial,
    )


def _form(row: Row) -> EmergencyForm:
    return EmergencyForm(*row)
