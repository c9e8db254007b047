"""The outbox for DKISP: each revision's bytes once, and beside them where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from database.connection import Reader, Row, Writer
from domain.outbox import LONGEST_ASKED_S, Outgoing, Receipt, SendState, Trouble
from domain.words import CaseStatus

_COLUMNS = (
    "o.record_id::VARCHAR, o.revision, o.digest, o.size_bytes, o.day, o.path, s.state, o.queued_at, "
    "s.next_at, s.attempts, s.last_at, s.trouble, s.detail, s.receipt_id, s.receipt_digest, s.receipt_at"
)
_BOTH = "outbox AS o JOIN outbox_state AS s USING (record_id, revision)"


_STATE = (
    "state",
    "next_at",
    "attempts",
    "last_at",
    "trouble",
    "detail",
    "receipt_id",
    "receipt_digest",
    "receipt_at",
)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many revisions stand where, and how many of them wait longer than they may."""

    queued: int
    dropped: int
    trouble: int
    receipted: int
    late: int


def add(writer: Writer, one: Outgoing, body: bytes) -> None:
    """Put a revision into the outbox; it must be new."""
    writer.execute(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        one.record_id,
        one.revision,
        one.digest,
        one.size_bytes,
        one.day,
        one.path,
        body,
        one.queued_at,
    )
    writer.execute(
        "INSERT INTO outbox_state (record_id, revision, state, next_at, attempts) VALUES (?, ?, ?, ?, 0)",
        one.record_id,
        one.revision,
        one.state.value,
        one.next_at,
    )


def update(writer: Writer, one: Outgoing) -> None:
    """Store where a revision stands now."""
    update_many(writer, (one,))


def update_many(writer: Writer, ones: Sequence[Outgoing]) -> None:
    """Store where many revisions stand now, in one statement."""
    rows = [(one.record_id, one.revision, *_state(one)) for one in ones]
    writer.update_rows("outbox_state", {"record_id": "UUID", "revision": "INTEGER"}, _STATE, rows)


def _state(one: Outgoing) -> tuple[Any, ...]:
    receipt = one.receipt
    return (
        one.state.value,
        one.next_at,
        one.attempts,
        one.last_at,
        one.trouble.value if one.trouble else None,
        one.detail,
        receipt.receipt_id if receipt else None,
        receipt.digest if receipt else None,
        receipt.received_at if receipt else None,
    )


def standing(reader: Reader, ones: Sequence[Outgoing]) -> dict[tuple[str, int], Outgoing]:
    """Return these revisions as they stand now, by id and revision; what no longer exists is left out."""
    rows = reader.rows(
        f"SELECT record_id::VARCHAR, revision, {', '.join(_STATE)} FROM outbox_state "
        "WHERE record_id IN (SELECT unnest(?::UUID[]))",
        sorted({one.record_id for one in ones}),
    )
    now = {(row[0], row[1]): row[2:] for row in rows}
    return {key: _stands(one, *now[key]) for one in ones if (key := (one.record_id, one.revision)) in now}


def find(reader: Reader, record_id: str, revision: int) -> Outgoing | None:
    """Return one revision, or None."""
    row = reader.row(
        f"SELECT {_COLUMNS} FROM {_BOTH} WHERE o.record_id = TRY_CAST(? AS UUID) AND o.revision = ?",
        record_id,
        revision,
    )
    return _outgoing(row) if row else None


def body(reader: Reader, record_id: str, revision: int) -> bytes | None:
    """Return the exact bytes of a revision, or None."""
    row = reader.row(
        "SELECT body FROM outbox WHERE record_id = TRY_CAST(? AS UUID) AND revision = ?", record_id, revision
    )
    return bytes(row[0]) if row else None


def due(
    reader: Reader, states: Sequence[SendState], now: datetime, limit: int
) -> list[tuple[Outgoing, bytes]]:
    """Return what may be sent now with its bytes, the longest waiting first."""
    marks = ", ".join("?" * len(states))
    rows = reader.rows(
        f"SELECT {_COLUMNS}, o.body FROM {_BOTH} WHERE s.state IN ({marks}) "
        "AND (s.next_at <= ? OR s.next_at > ?) "
        "ORDER BY s.next_at, o.queued_at, o.record_id, o.revision LIMIT ?",
        *(state.value for state in states),
        now,
        # So long nobody waits: our clock was set back, and the time to try again came from before that.
        now + timedelta(seconds=LONGEST_ASKED_S),
        limit,
    )
    return [(_outgoing(row[:-1]), bytes(row[-1])) for row in rows]


def next_due(reader: Reader, states: Sequence[SendState]) -> datetime | None:
    """Return when the next revision may be sent, or None when none waits."""
    marks = ", ".join("?" * len(states))
    row = reader.row(
        f"SELECT min(next_at) FROM outbox_state WHERE state IN ({marks})", *(one.value for one in states)
    )
    return row[0] if row else None


def unqueued(reader: Reader) -> list[str]:
    """Return the ids of the registered cases whose present revision is not in the outbox."""
    rows = reader.rows(
        "SELECT case_id::VARCHAR FROM case_open WHERE status = ? AND NOT EXISTS (SELECT 1 FROM outbox AS o "
        "WHERE o.record_id = case_id AND o.revision = (state->>'$.revision')::INTEGER) ORDER BY received_at",
        CaseStatus.REGISTERED.value,
    )
    return [str(row[0]) for row in rows]


def dropped_days(reader: Reader) -> set[str]:
    """Return the days on which revisions were dropped that still wait for their receipt."""
    rows = reader.rows(f"SELECT DISTINCT o.day FROM {_BOTH} WHERE s.state = ?", SendState.DROPPED.value)
    return {row[0] for row in rows}


def has_laid(reader: Reader) -> bool:
    """Return whether a receipt may be laid beside a dropped file."""
    row = reader.row(
        "SELECT 1 FROM outbox_state WHERE state = ? OR trouble = ? LIMIT 1",
        SendState.DROPPED.value,
        Trouble.BAD_RECEIPT.value,
    )
    return row is not None


def of_day(reader: Reader, day: str) -> list[Outgoing]:
    """Return every revision of a calendar day (`YYYY-MM-DD`), in the order in which they were queued."""
    rows = reader.rows(f"SELECT {_COLUMNS} FROM {_BOTH} WHERE o.day = ? {_IN_ORDER}", day)
    return [_outgoing(row) for row in rows]


def of_record(reader: Reader, record_id: str) -> list[Outgoing]:
    """Return every revision of a record, oldest first."""
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM {_BOTH} WHERE o.record_id = TRY_CAST(? AS UUID) ORDER BY o.revision",
        record_id,
    )
    return [_outgoing(row) for row in rows]


def in_state(reader: Reader, state: SendState, limit: int) -> list[Outgoing]:
    """Return revisions in a state: the oldest first, of the receipted ones the newest first."""
    order = "ORDER BY s.receipt_at DESC, o.record_id" if state is SendState.RECEIPTED else _IN_ORDER
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM {_BOTH} WHERE s.state = ? AND {_PRESENT} {order} LIMIT ?", state.value, limit
    )
    return [_outgoing(row) for row in rows]


def counts(reader: Reader, late_before: datetime) -> Counts:
    """Return how many stand where; late are those without a receipt that were queued before a time."""
    by_state: dict[str, int] = dict(
        reader.rows(f"SELECT s.state, count(*) FROM outbox_state AS s WHERE {_PRESENT} GROUP BY s.state")
    )
    late = reader.row(
        f"SELECT count(*) FROM {_BOTH} WHERE s.state <> ? AND o.queued_at < ? AND {_PRESENT}",
        SendState.RECEIPTED.value,
        late_before,
    )
    stand = {state.value: by_state.get(state.value, 0) for state in SendState}
    return Counts(**stand, late=int(late[0]) if late else 0)


# A revision that a newer, receipted one has replaced is nobody's business any more.
_PRESENT = (
    "(s.state = 'receipted' OR NOT EXISTS (SELECT 1 FROM outbox_state AS n WHERE n.record_id = s.record_id "
    "AND n.revision > s.revision AND n.state = 'receipted'))"
)
_IN_ORDER = "ORDER BY o.queued_at, o.record_id, o.revision"


def _outgoing(row: Row) -> Outgoing:
    record_id, revision, digest, size_bytes, day, path, state, queued_at, next_at, *rest = row
    one = Outgoing(record_id, revision, digest, size_bytes, day, path, SendState(state), queued_at, next_at)
    return _stands(one, state, next_at, *rest)


def _stands(
    one: Outgoing,
    state: str,
    next_at: datetime,
    attempts: int,
    last_at: datetime | None,
    trouble: str | None,
    detail: str | None,
    receipt_id: str | None,
    receipt_digest: str | None,
    receipt_at: datetime | None,
) -> Outgoing:
    receipt = None
    if receipt_id is not None and receipt_digest is not None and receipt_at is not None:
        receipt = Receipt(receipt_id, one.record_id, one.revision, receipt_digest, receipt_at, "accepted")
    return replace(
        one,
        state=SendState(state),
        next_at=next_at,
        attempts=attempts,
        last_at=last_at,
        trouble=Trouble(trouble) if trouble else None,
        detail=detail,
        receipt=receipt,
    )
