"""Rows of the trail: the one place where an event gets its number, salt, digest and hash (`domain.trail`)."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from domain.case import Actor
from domain.trail import GENESIS, SALT_BYTES, content_digest, encode, link, microseconds

TOLD = (
    "seq",
    "occurred_at",
    "entered_at",
    "actor",
    "account",
    "on_behalf_of",
    "role",
    "entity",
    "entity_id",
    "action",
    "before",
    "after",
)
CHAIN = ("salt", "digest", "prev_hash", "hash")
COLUMNS = (*TOLD, *CHAIN)
SCHEMA = """(
    seq BIGINT NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    entered_at TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    on_behalf_of VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    entity VARCHAR NOT NULL,
    entity_id VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    before JSON NOT NULL,
    after JSON NOT NULL,
    salt BLOB NOT NULL,
    digest BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
)"""
_BATCH = 20_000
Row = tuple[Any, ...]


class Newest(NamedTuple):
    """Number and hash of the newest event; of none: 0 and `GENESIS`."""

    seq: int = 0
    hash: bytes = GENESIS


def text(side: dict[str, Any]) -> str:
    """Return one side of a change as the JSON text that is stored and hashed."""
    return json.dumps(side, ensure_ascii=False)


@dataclass(slots=True)
class Tip:
    """The end of the chain as a transaction moves it on."""

    seq: int
    hash: bytes

    def row(
        self,
        actor: Actor,
        entity: str,
        entity_id: str,
        action: str,
        before: dict[str, Any],
        after: dict[str, Any],
        occurred_at: datetime,
        entered_at: datetime,
    ) -> Row:
        """Return the next event as a row of `COLUMNS`, and move on to it."""
        told = (actor.name, actor.account, actor.on_behalf_of, actor.role.value, entity, entity_id, action)
        content = (text(before), text(after))
        times = (microseconds(occurred_at), microseconds(entered_at))
        links = self.link(os.urandom(SALT_BYTES), times, told, content)
        return (self.seq, occurred_at, entered_at, *told, *content, *links)

    def link(
        self, salt: bytes, times: tuple[int, int], told: tuple[str, ...], content: tuple[str, str]
    ) -> tuple[bytes, bytes, bytes, bytes]:
        """Move on by one event and return its `CHAIN`.

        times: of happening and entry, in microseconds; told: actor to action, as in `COLUMNS`.
        """
        digest = content_digest(salt, *content)
        prev_hash, self.seq = self.hash, self.seq + 1
        actor, account, on_behalf_of, role, entity, entity_id, action = told
        self.hash = link(
            prev_hash,
            encode(self.seq, *times, actor, account, on_behalf_of, role, entity, entity_id, action, digest),
        )
        return salt, digest, prev_hash, self.hash


def append_table(connection: duckdb.DuckDBPyConnection, source: str, tip: Tip) -> None:
    """Chain every event of the table `source` (columns `TOLD`) onto the trail, by number, in batches.

    An event that is missing in an old file stays missing: the chain leaves its number out.
    """
    names = ", ".join(COLUMNS)
    for batch in _batches(connection, source):
        # Not the times themselves: as objects they cost as much as the hashes.
        columns = batch.drop_columns(["occurred_at", "entered_at"]).to_pydict()
        seqs, salts = columns["seq"], os.urandom(SALT_BYTES * len(batch))
        times = zip(columns["occurred_us"], columns["entered_us"], strict=True)
        told = zip(*(columns[name] for name in TOLD[3:10]), strict=True)
        content = zip(columns["before"], columns["after"], strict=True)
        links = []
        for n, (seq, *one) in enumerate(zip(seqs, times, told, content, strict=True)):
            tip.seq = seq - 1
            links.append(tip.link(salts[n * SALT_BYTES : (n + 1) * SALT_BYTES], *one))
        whole = batch.drop_columns(["occurred_us", "entered_us"])
        for name, values in zip(CHAIN, zip(*links, strict=True), strict=True):
            whole = whole.append_column(name, pa.array(values, pa.binary()))
        connection.register("_chained", whole)
        connection.execute(f"INSERT INTO event ({names}) SELECT {names} FROM _chained")
        connection.unregister("_chained")


def _batches(connection: duckdb.DuckDBPyConnection, source: str) -> Iterator[pa.Table]:
    ((first, last),) = connection.execute(f"SELECT min(seq), max(seq) FROM {source}").fetchall()
    if first is None:
        return
    told = ", ".join(f"{name}::VARCHAR AS {name}" if name in ("before", "after") else name for name in TOLD)
    for start in range(first, last + 1, _BATCH):
        found = connection.sql(
            f"SELECT {told}, epoch_us(occurred_at) AS occurred_us, epoch_us(entered_at) AS entered_us "
            f"FROM {source} WHERE seq BETWEEN ? AND ? ORDER BY seq",
            params=[start, start + _BATCH - 1],
        ).to_arrow_table()
        if len(found):
            yield found


def chain_old(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a file from before the chain its chained `event`, in the caller's transaction."""
    connection.execute("ALTER TABLE event RENAME TO event_unchained")
    connection.execute(f"CREATE TABLE event {SCHEMA}")
    connection.execute(
        "CREATE TEMP VIEW _unchained AS SELECT *, '' AS account, '' AS on_behalf_of FROM event_unchained"
    )
    append_table(connection, "_unchained", Tip(*Newest()))
    connection.execute("DROP VIEW _unchained")
    connection.execute("DROP TABLE event_unchained")
