"""The duty roster and the handovers: rows of `roster` and `handover`.

A handover's document is kept as the very text that was signed; its SHA-256 is of those bytes.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from pydantic import TypeAdapter

from database.connection import Reader, Row, Writer
from domain.duty import Entry, HandoverState, Signer
from domain.errors import NotFound
from domain.handover import Document, Handover
from domain.words import N_, Role

_ENTRY = "day, shift, role, login, name"
_HANDOVER = "document, sha256, state, taker, answered_at, reason"
_DOCUMENT, _SIGNER = TypeAdapter(Document), TypeAdapter(Signer)


def document_text(document: Document) -> str:
    """Return a document as the text that is stored and hashed: JSON, keys in order, UTF-8."""
    told = _DOCUMENT.dump_python(document, mode="json")
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a document's text, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def entries(reader: Reader, first: date, last: date) -> list[Entry]:
    """Return everybody planned into the watches of the days `first` to `last`, both included."""
    rows = reader.rows(
        f"SELECT {_ENTRY} FROM roster WHERE day BETWEEN ? AND ? ORDER BY day, shift, name, login", first, last
    )
    return [Entry(day, shift, Role(role), login, name) for day, shift, role, login, name in rows]


def has_entries(reader: Reader) -> bool:
    """Return whether anybody was ever planned."""
    return reader.row("SELECT 1 FROM roster LIMIT 1") is not None


def set_entries(writer: Writer, day: date, shift: str, people: Sequence[Entry]) -> None:
    """Let exactly these people be planned into a watch."""
    writer.execute("DELETE FROM roster WHERE day = ? AND shift = ?", day, shift)
    for one in people:
        writer.execute(
            f"INSERT INTO roster ({_ENTRY}) VALUES (?, ?, ?, ?, ?)",
            one.day,
            one.shift,
            one.role.value,
            one.login,
            one.name,
        )


def handovers(reader: Reader, since: datetime) -> list[Handover]:
    """Return the handovers of watches that began at `since` or later, the one written last first."""
    rows = reader.rows(
        f"SELECT {_HANDOVER} FROM handover WHERE starts_at >= ? ORDER BY written_at DESC, handover_id DESC",
        since,
    )
    return [_handover(row) for row in rows]


def latest(reader: Reader, limit: int) -> list[Handover]:
    """Return the handovers written last, newest first."""
    rows = reader.rows(
        f"SELECT {_HANDOVER} FROM handover ORDER BY written_at DESC, handover_id DESC LIMIT ?", limit
    )
    return [_handover(row) for row in rows]


def handover(reader: Reader, handover_id: str) -> Handover:
    """Return one handover. Raises NotFound."""
    row = reader.row(f"SELECT {_HANDOVER} FROM handover WHERE handover_id = ?", handover_id)
    if row is None:
        raise NotFound(N_("Serah terima"), handover_id)
    return _handover(row)


def stored_text(reader: Reader, handover_id: str) -> str:
    """Return a handover's document as the text that was signed. Raises NotFound."""
    row = reader.row("SELECT document FROM handover WHERE handover_id = ?", handover_id)
    if row is None:
        raise NotFound(N_("Serah terima"), handover_id)
    return str(row[0])


def add_handover(writer: Writer, document: Document) -> Handover:
    """Store a signed document that waits for its taker; return it with its digest."""
    text = document_text(document)
    new = Handover(document, digest(text), HandoverState.WAITING)
    writer.execute(
        "INSERT INTO handover (handover_id, starts_at, written_at, document, sha256, state, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, '')",
        document.handover_id,
        document.watch.starts_at,
        document.written_at,
        text,
        new.sha256,
        new.state.value,
    )
    return new


def set_answer(
    writer: Writer, known: Handover, state: HandoverState, taker: Signer, at: datetime, reason: str
) -> Handover:
    """Store what became of a handover."""
    writer.execute(
        "UPDATE handover SET state = ?, taker = ?, answered_at = ?, reason = ? WHERE handover_id = ?",
        state.value,
        _SIGNER.dump_json(taker).decode(),
        at,
        reason,
        known.document.handover_id,
    )
    return replace(known, state=state, taker=taker, answered_at=at, reason=reason)


def _handover(row: Row) -> Handover:
    document, sha256, state, taker, answered_at, reason = row
    return Handover(
        _DOCUMENT.validate_json(document),
        sha256,
        HandoverState(state),
        None if taker is None else _SIGNER.validate_json(taker),
        answered_at,
        reason,
    )
