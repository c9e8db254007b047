"""The trail as a whole: walked as a chain, listed, and erased in; and reading one of another file.

A walk reads batches in one snapshot; what erasures say is laid out by event first, in a temporary table that
DuckDB moves to disk when it is long.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as flat
from os import urandom
from pathlib import Path
from typing import Any

import duckdb

from database import chain
from database.connection import Database, Reader, Row, Writer, is_in_use, marks, unavailable
from domain.case import Actor
from domain.errors import StoreUnavailable
from domain.trail import (
    ENTITY,
    ERASURE,
    SALT_BYTES,
    Anchor,
    Checked,
    Claim,
    Line,
    Walk,
    content_digest,
)

BATCH = 5_000


class InUse(StoreUnavailable):
    """Another process has the database file open."""


Progress = Callable[[int, int], None]
"""Told how many events are done, of how many."""
_LINE = (
    "e.seq, epoch_us(e.occurred_at), epoch_us(e.entered_at), e.actor, e.account, e.on_behalf_of, e.role, "
    "e.entity, e.entity_id, e.action, e.before::VARCHAR, e.after::VARCHAR, e.salt, e.digest, "
    "e.prev_hash, e.hash"
)


# --- appending ------------------------------------------------------------------------------------------


def insert(writer: Writer, rows: Sequence[Row]) -> None:
    """Store events that `Tip.row` made."""
    writer.execute(f"INSERT INTO event VALUES {marks(len(rows), len(chain.COLUMNS))}", *flat(*rows))


def append(
    writer: Writer,
    actor: Actor,
    entity: str,
    entity_id: str,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    occurred_at: datetime,
    entered_at: datetime,
) -> int:
    """Append one event to the trail; return its number. Numbers have no gaps."""
    row = writer.tip.row(actor, entity, entity_id, action, before, after, occurred_at, entered_at)
    insert(writer, [row])
    return int(row[0])


def append_table(writer: Writer, source: str) -> None:
    """Append the events of a table (columns `chain.TOLD`, numbered on from the newest), chained."""
    chain.append_table(writer.cursor, source, writer.tip)


# --- erasing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """What an event is to hold from now on instead."""

    seq: int
    before: dict[str, Any]
    after: dict[str, Any]


def erase(writer: Writer, contents: Sequence[Content], actor: Actor, action: str, now: datetime) -> None:
    """Replace the content of events by what holds no personal data, and put that on record in the chain.

    The only way in which an event may change. Its salt goes with what stood there; a new event names every
    number with the digest of its new content, so that `verify` knows an erasure from a forgery. `action`: by
    which right (`Action.RUN_RETENTION`, `Action.SUBJECT_REQUEST`).
    """
    if not contents:
        return
    seqs = [one.seq for one in contents]
    salts = [urandom(SALT_BYTES) for _ in contents]
    befores = [chain.text(one.before) for one in contents]
    afters = [chain.text(one.after) for one in contents]
    writer.execute(
        "UPDATE event SET before = new.before, after = new.after, salt = new.salt FROM (SELECT "
        "unnest(?::BIGINT[]) AS seq, unnest(?::VARCHAR[]) AS before, unnest(?::VARCHAR[]) AS after, "
        "unnest(?::BLOB[]) AS salt) AS new WHERE event.seq = new.seq AND event.entity <> ?",
        seqs,
        befores,
        afters,
        salts,
        ENTITY,
    )
    digests = [content_digest(*one).hex() for one in zip(salts, befores, afters, strict=True)]
    told = {"seqs": seqs, "digests": digests}
    append(writer, actor, ENTITY, ERASURE, action, {}, told, occurred_at=now, entered_at=now)


# --- walking --------------------------------------------------------------------------------------------


def claims(reader: Reader) -> None:
    """Lay out what the newest erasure says of each event, as the temporary table `claim`."""
    reader.rows("DROP TABLE IF EXISTS temp.claim")
    reader.rows(
        "CREATE TEMP TABLE claim AS SELECT seq, max(by_seq) AS by_seq, arg_max(digest, by_seq) AS digest "
        "FROM (SELECT seq AS by_seq, unnest(TRY_CAST(told->'$.seqs' AS BIGINT[])) AS seq, "
        "unnest(TRY_CAST(told->'$.digests' AS VARCHAR[])) AS digest FROM ("
        "SELECT seq, CASE WHEN json_valid(after) THEN after END AS told FROM event "
        "WHERE entity = ? AND entity_id = ?)) WHERE seq IS NOT NULL GROUP BY seq",
        ENTITY,
        ERASURE,
    )


def lines(reader: Reader, first: int, last: int) -> Iterator[list[tuple[Line, Claim | None]]]:
    """Give the events from `first` to `last` by number, in batches; `claims` must have been laid out.

    An empty batch means that none of its numbers exists.
    """
    for start in range(first, last + 1, BATCH):
        rows = reader.rows(
            f"SELECT {_LINE}, c.by_seq, c.digest FROM event AS e LEFT JOIN claim AS c USING (seq) "
            "WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq",
            start,
            min(last, start + BATCH - 1),
        )
        yield [(Line(*row[:16]), _claim(*row[16:])) for row in rows]


def _claim(by_seq: int | None, digest: str | None) -> Claim | None:
    return None if by_seq is None else Claim(by_seq, _bytes(digest))


def _bytes(text: str | None) -> bytes:
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        return b""


def span(reader: Reader) -> tuple[int, int]:
    """Return the first and the last number of the trail; (1, 0) for an empty one."""
    row = reader.row("SELECT min(seq), max(seq) FROM event")
    return (int(row[0]), int(row[1])) if row and row[0] is not None else (1, 0)


def check(reader: Reader, anchors: Iterable[Anchor] = (), progress: Progress | None = None) -> Checked:
    """Walk the whole trail; the reader must see one moment of the file (`Database.moment`, `reading`)."""
    claims(reader)
    first, last = span(reader)
    walk = Walk(anchors)
    for batch in lines(reader, min(first, 1), last):
        if not all(walk.take(line, claim, own_content(line)) for line, claim in batch):
            break
        if not batch:
            walk.missing()
            break
        if progress:
            progress(walk.seq - 1, last)
    return walk.found()


def own_content(line: Line) -> dict[str, Any] | None:
    """Return the parsed content of an event of the trail itself; None for others, {} where it is no JSON."""
    if line.entity != ENTITY or line.after is None:
        return None
    try:
        found = json.loads(line.after)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def hash_at(reader: Reader, seq: int) -> bytes | None:
    """Return the stored hash of an event; None without it."""
    row = reader.row("SELECT hash FROM event WHERE seq = ?", seq)
    return bytes(row[0]) if row else None


def has_chain(reader: Reader) -> bool:
    """Return whether the file's trail is chained: not one from before, or no file of Sigap at all."""
    names = {
        row[0] for row in reader.rows("SELECT column_name FROM duckdb_columns() WHERE table_name = 'event'")
    }
    return set(chain.COLUMNS) <= names


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open another database file for reading only, migrating nothing. Raises InUse, StoreUnavailable."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except (duckdb.Error, OSError) as error:
        why = unavailable(path, error)
        raise (InUse(**why.params) if is_in_use(error) else why) from error
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield Reader(connection)
    except duckdb.Error as error:
        raise unavailable(path, error) from error
    finally:
        connection.close()


# --- listing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events to list: entered in [since, until), by whom (part of name, account or principal), what."""

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    action: str = ""
    entity_id: str = ""

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition and its parameters."""
        parts, params = ["TRUE"], list[Any]()
        for condition, value in (
            ("e.entered_at >= ?", self.since),
            ("e.entered_at < ?", self.until),
            (
                "contains(lower(concat_ws(chr(10), e.actor, e.account, e.on_behalf_of)), lower(?))",
                self.person.strip(),
            ),
            ("e.action = ?", self.action),
            ("e.entity_id = ?", self.entity_id),
        ):
            if value:
                parts.append(condition)
                params.append(value)
        return " AND ".join(parts), params


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the trail's list shows it: who did what to what and when, and no content."""

    seq: int
    occurred_at: datetime
    entered_at: datetime
    actor: str
    account: str
    on_behalf_of: str
    role: str
    entity: str
    entity_id: str
    action: str
    call_no: str | None


def page(reader: Reader, wanted: Wanted, before: int | None, limit: int) -> list[Entry]:
    """Return the newest events that are wanted, with numbers below `before`, newest first."""
    where, params = wanted.where()
    rows = reader.rows(
        "SELECT e.seq, e.occurred_at, e.entered_at, e.actor, e.account, e.on_behalf_of, e.role, e.entity, "
        f"e.entity_id, e.action FROM event AS e WHERE {where} AND e.seq < ? ORDER BY e.seq DESC LIMIT ?",
        *params,
        before if before is not None else 2**62,
        limit,
    )
    ids = list({row[8] for row in rows})
    numbers: dict[str, str] = dict(
        reader.rows(
            "SELECT case_id::VARCHAR, call_no FROM case_all WHERE case_id IN "
            "(SELECT TRY_CAST(unnest(?::VARCHAR[]) AS UUID))",
            ids,
        )
    )
    return [Entry(*(*row, numbers.get(row[8]))) for row in rows]


def count(reader: Reader, wanted: Wanted) -> tuple[int, int, int]:
    """Return how many events are wanted, and the numbers of the first and the last; zeros for none."""
    where, params = wanted.where()
    row = reader.row(
        f"SELECT count(*), coalesce(min(e.seq), 0), coalesce(max(e.seq), 0) FROM event AS e WHERE {where}",
        *params,
    )
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


def stored_in(db: Database, first: int, last: int) -> Iterator[list[tuple[Line, Claim | None]]]:
    """Give the events of a stretch with what erasures say of them, all of one moment."""
    with db.moment() as reader:
        claims(reader)
        yield from lines(reader, first, last)


def wanted_lines(db: Database, wanted: Wanted, first: int, last: int) -> Iterator[Line]:
    """Give the events of a stretch that are wanted, by number, all of one moment."""
    where, params = wanted.where()
    with db.moment() as reader:
        for start in range(first, last + 1, BATCH):
            rows = reader.rows(
                f"SELECT {_LINE} FROM event AS e WHERE {where} AND e.seq BETWEEN ? AND ? ORDER BY e.seq",
                *params,
                start,
                min(last, start + BATCH - 1),
            )
            yield from (Line(*row) for row in rows)
