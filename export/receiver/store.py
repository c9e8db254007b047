"""What was received, in a DuckDB file of the receiver's own: one row a revision, never changed.

What `keep` returned is on disk: DuckDB syncs its log before a commit is done.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from domain.identity import uuid7
from export.receiver.errors import StoreFailed

FILE = "receiver.duckdb"

_TABLE = """
CREATE TABLE IF NOT EXISTS receipt (
    record_id VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    digest VARCHAR NOT NULL,
    receipt_id VARCHAR NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    sent_at VARCHAR NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (record_id, revision)
)
"""
_HELD = "SELECT record_id, revision, digest, receipt_id, received_at FROM receipt"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A revision that was checked. `digest`: SHA-256 (hex) of `body`; `sent_at`: as the record says it."""

    record_id: str
    revision: int
    digest: str
    sent_at: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """A revision that is on disk; `is_new`: this attempt put it there."""

    record_id: str
    revision: int
    digest: str
    receipt_id: str
    received_at: datetime
    is_new: bool = False


Key = tuple[str, int]
"""A record's id and revision."""


class Store:
    """The open file. `keep` from one thread at a time is quickest; all methods may be called from any."""

    def __init__(self, folder: Path) -> None:
        """Open the file in `folder`, both made where missing. Raises StoreFailed."""
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._open: duckdb.DuckDBPyConnection | None = None
        self._trouble: StoreFailed | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed(error) from error
        with self._lock:
            self._connection()

    def keep(self, arrived: Sequence[Arrived], now: datetime) -> list[Held]:
        """Store what is not there yet in one transaction; return what is held for each, in their order.

        A revision that was already stored stays as it was, whatever its digest. Raises StoreFailed: then
        nothing of `arrived` is stored.
        """
        at = now.astimezone(UTC).replace(microsecond=0)
        wanted: dict[Key, tuple[Arrived, Held]] = {}
        for one in arrived:
            made = Held(one.record_id, one.revision, one.digest, uuid7(now, os.urandom(10)), at, is_new=True)
            wanted.setdefault(_key(one), (one, made))
        with self._lock:
            try:
                held = self._insert(wanted)
            except duckdb.Error as error:
                self._give_up()
                self._trouble = self._failed(error)
                raise self._trouble from error
            self._trouble = None
        answers = []
        for one in arrived:
            key = _key(one)
            answers.append(held[key])
            # Only the first of the same that came together is new.
            held[key] = replace(held[key], is_new=False)
        return answers

    def of_day(self, day: str) -> list[Held]:
        """Return what is stored of records that were sent on a local day, `YYYY-MM-DD` as they say it."""
        with self._lock:
            cursor = self._connection().cursor()
        try:
            sql = f"{_HELD} WHERE starts_with(sent_at, ?) ORDER BY received_at, record_id, revision"
            return [Held(*row) for row in cursor.execute(sql, [f"{day}T"]).fetchall()]
        except duckdb.Error as error:
            raise self._failed(error) from error
        finally:
            cursor.close()

    def check(self) -> None:
        """Raise StoreFailed when the last attempt to store failed, or the file cannot be read now."""
        with self._lock:
            if self._trouble is not None:
                raise StoreFailed(**self._trouble.params)
            cursor = self._connection().cursor()
        try:
            cursor.execute("SELECT 1 FROM receipt LIMIT 1").fetchall()
        except duckdb.Error as error:
            raise self._failed(error) from error
        finally:
            cursor.close()

    def close(self) -> None:
        """Write everything into the file and close it."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _insert(self, wanted: Mapping[Key, tuple[Arrived, Held]]) -> dict[Key, Held]:
        """Put in what is not there yet; return what is on disk for each."""
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(wanted))
        values: list[Any] = []
        for one, made in wanted.values():
            values += (*_key(made), made.digest, made.receipt_id, made.received_at, one.sent_at, one.body)
        cursor = self._connection().cursor()
        try:
            cursor.execute("BEGIN")
            sql = f"INSERT INTO receipt VALUES {places} ON CONFLICT DO NOTHING RETURNING record_id, revision"
            new = set(cursor.execute(sql, values).fetchall())
            held = {}
            for key, (_, made) in wanted.items():
                if key in new:
                    held[key] = made
                else:
                    found = cursor.execute(f"{_HELD} WHERE record_id = ? AND revision = ?", key).fetchall()
                    held[key] = Held(*found[0])
            cursor.execute("COMMIT")
            return held
        finally:
            # Closed without COMMIT, it takes everything back.
            cursor.close()

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """Return the open file; after a failure it is opened anew. Raises StoreFailed."""
        if self._open is None:
            try:
                opened = duckdb.connect(str(self._path))
                opened.execute("SET GLOBAL TimeZone = 'UTC'")
                opened.execute("SET threads = 2")
                opened.execute(_TABLE)
            except (duckdb.Error, OSError) as error:
                raise self._failed(error) from error
            self._open = opened
        return self._open

    def _give_up(self) -> None:
        """Close a file that could not be written: DuckDB may refuse everything until it is opened anew."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _failed(self, error: Exception) -> StoreFailed:
        lines = str(error).splitlines() or [type(error).__name__]
        return StoreFailed(path=self._path.name, reason=lines[0][:200])


def _key(one: Arrived | Held) -> Key:
    return one.record_id, one.revision
