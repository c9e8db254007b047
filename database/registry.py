"""Units, stations and incident types as the command center has edited them (seeded from the city pack)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from database.connection import Reader, Row, Writer


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the registry: its JSON-able form, version and retirement."""

    kind: str
    code: str
    version: int
    retired_at: datetime | None
    row: dict[str, Any]


def entries(reader: Reader, kind: str) -> list[Entry]:
    """Return all entries of a kind, by code, retired ones included."""
    rows = reader.rows(
        "SELECT kind, code, version, retired_at, row FROM registry WHERE kind = ? ORDER BY code", kind
    )
    return [_entry(row) for row in rows]


def entry(reader: Reader, kind: str, code: str) -> Entry | None:
    """Return one entry, or None."""
    row = reader.row(
        "SELECT kind, code, version, retired_at, row FROM registry WHERE kind = ? AND code = ?", kind, code
    )
    return _entry(row) if row else None


def put(writer: Writer, new: Entry) -> None:
    """Insert or replace an entry."""
    body = json.dumps(new.row, ensure_ascii=False)
    if entry(writer, new.kind, new.code) is None:
        writer.execute(
            "INSERT INTO registry VALUES (?, ?, ?, ?, ?)",
            new.kind,
            new.code,
            new.version,
            new.retired_at,
            body,
        )
    else:
        writer.execute(
            "UPDATE registry SET version = ?, retired_at = ?, row = ? WHERE kind = ? AND code = ?",
            new.version,
            new.retired_at,
            body,
            new.kind,
            new.code,
        )


def setting(reader: Reader, name: str) -> str | None:
    """Return a stored setting, or None."""
    row = reader.row("SELECT value FROM setting WHERE name = ?", name)
    return str(row[0]) if row else None


def put_setting(writer: Writer, name: str, value: str) -> None:
    """Store a setting."""
    if setting(writer, name) is None:
        writer.execute("INSERT INTO setting VALUES (?, ?)", name, value)
    else:
        writer.execute("UPDATE setting SET value = ? WHERE name = ?", value, name)


def _entry(row: Row) -> Entry:
    kind, code, version, retired_at, body = row
    return Entry(kind, code, version, retired_at, json.loads(body))
