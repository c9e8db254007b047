"""Opening the file, reading from it, and the one way to write.

DuckDB's rule is one process a file; threads share the connection through a cursor each. Concurrent
updates of one row raise, so all writing goes through one lock and one transaction.
"""

import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypeVar

import duckdb
import pyarrow as pa

from database.migrations import migrate
from domain.errors import Need, StoreUnavailable
from domain.words import N_

Row = tuple[Any, ...]
T = TypeVar("T")
_LOCKED = "Could not set lock on file"
_SETTINGS = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL threads = 2",
    # What only the log has lies in memory uncompressed, 7 MB a minute of a thousand units: let it go into the
    # file before that is much.
    "SET GLOBAL checkpoint_threshold = '4MB'",
    # Else the working memory of a checkpoint, 40 MB, is given back to the system only by chance.
    "SET GLOBAL allocator_background_threads = true",
)
_LEAST_MEMORY_MB, _MOST_MEMORY_MB = 512, 4096


def marks(rows: int, columns: int) -> str:
    """Return the parameter marks of so many rows, as VALUES takes them."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


class Reader:
    """A cursor for reading: a consistent snapshot as of each query."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Wrap a cursor of its own."""
        self._cursor = cursor

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """Return all rows of a query."""
        return self._cursor.execute(sql, list(params)).fetchall()

    def row(self, sql: str, *params: Any) -> Row | None:
        """Return the first row of a query, or None."""
        # All of it: a result that is not read to its end keeps its transaction open.
        found = self._cursor.execute(sql, list(params)).fetchall()
        return found[0] if found else None

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()


class Writer(Reader):
    """A cursor inside the one write transaction; `event_seq` is the number of the newest event."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, event_seq: int) -> None:
        """Wrap the transaction's cursor."""
        super().__init__(cursor)
        self.event_seq = event_seq

    def next_event_seq(self) -> int:
        """Return the next number of the trail; a rolled-back transaction gives it back, so no gaps."""
        self.event_seq += 1
        return self.event_seq

    def execute(self, sql: str, *params: Any) -> None:
        """Run one statement."""
        self._cursor.execute(sql, list(params))

    def update_rows(
        self, table: str, keys: Mapping[str, str], names: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Set the columns `names` of many rows in one statement; each row gives its keys, then its values.

        keys: the key's columns, each with its type.
        """
        if not rows:
            return
        assigned = ", ".join(f"{name} = b.{name}" for name in names)
        found = " AND ".join(f"{table}.{name} = b.{name}::{kind}" for name, kind in keys.items())
        given = f"(VALUES {marks(len(rows), len(keys) + len(names))}) AS b({', '.join((*keys, *names))})"
        self.execute(f"UPDATE {table} SET {assigned} FROM {given} WHERE {found}", *chain(*rows))

    def append_table(self, name: str, rows: pa.Table) -> None:
        """Append an Arrow table whose columns are those of the table `name`, in order."""
        # The cursor is closed with its transaction, and the name with it.
        self._cursor.register("_appended", rows)
        self._cursor.execute(f"INSERT INTO {name} SELECT * FROM _appended")


class Database:
    """An open Sigap database."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection; use `Database.open`."""
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._local = threading.local()
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._event_seq = 0
        self._kept: dict[str, tuple[int, Any]] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, creating it and its folder where missing, and bring the schema up to date.

        Raises StoreUnavailable with the reason: locked by another process, not writable, damaged.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = duckdb.connect(str(path))
        except (duckdb.Error, OSError) as error:
            raise StoreUnavailable(path=path.name, reason=_reason(error), todo=_todo(error)) from error
        for setting in _SETTINGS:
            connection.execute(setting)
        database = cls(path, connection)
        try:
            migrate(connection)
            # Only now: a migration may rewrite the whole file in one transaction.
            connection.execute(f"SET GLOBAL memory_limit = '{_memory_mb()}MB'")
        except duckdb.Error as error:
            connection.close()
            raise StoreUnavailable(path=path.name, reason=_reason(error), todo=_todo(error)) from error
        row = database.read().row("SELECT max(seq) FROM event")
        database._event_seq = int(row[0]) if row and row[0] is not None else 0
        return database

    def newest_event_seq(self) -> int:
        """Return the number of the newest stored event; 0 in an empty file. Asks memory only.

        A number that is returned is on disk. A change that is just being stored counts a moment later.
        """
        return self._event_seq

    def close(self) -> None:
        """Write everything into the file and close it, readers of other threads included."""
        with self._lock:
            for reader in list(self._readers):
                reader.close()
            self._connection.execute("CHECKPOINT")
            self._connection.close()

    def read(self) -> Reader:
        """Return this thread's reader."""
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = Reader(self._connection.cursor())
            self._readers.add(reader)
        return reader

    def kept(self, name: str, read: Callable[[Reader], T]) -> T:
        """Return what `read` gives, read again only once an event was stored; nobody may change it.

        For what never changes without an event. What was stored before this call is always in it.
        """
        seq = self._event_seq
        found = self._kept.get(name)
        if found is not None and found[0] == seq:
            value: T = found[1]
            return value
        value = read(self.read())
        self._kept[name] = seq, value
        return value

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Hold the writer lock and one transaction: all of it is stored, or nothing.

        When the block ends without an error the change is on disk (DuckDB syncs its log on commit).
        """
        with self._lock:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN")
            try:
                writer = Writer(cursor, self._event_seq)
                yield writer
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            else:
                self._commit(cursor)
                self._event_seq = writer.event_seq
            finally:
                cursor.close()

    def _commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Put the transaction on disk. Raises StoreUnavailable (disk full, file gone): nothing is stored."""
        try:
            cursor.execute("COMMIT")
        except (duckdb.IOException, duckdb.FatalException) as error:
            raise StoreUnavailable(path=self.path.name, reason=_reason(error), todo=_todo(error)) from error


def _memory_mb() -> int:
    """Return how much of the file and of its answers is kept: a quarter of the memory, within bounds.

    By itself DuckDB keeps every part of the file that it wrote or read, up to 80 % of the machine's memory.
    """
    machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(_LEAST_MEMORY_MB, min(_MOST_MEMORY_MB, machine_mb // 4))


def _reason(error: Exception) -> Need:
    text = str(error)
    if _LOCKED in text:
        return Need(N_("berkas sedang dipakai proses lain"))
    if isinstance(error, PermissionError) or "permission" in text.lower() or "read-only" in text.lower():
        return Need(N_("berkas atau foldernya tidak dapat ditulis"))
    return Need("{text}", text=text.splitlines()[0][:200] if text else type(error).__name__)


def _todo(error: Exception) -> Need:
    text = str(error).lower()
    if _LOCKED in str(error):
        return Need(N_("Hentikan Sigap yang lain, atau pilih berkas lain dengan SIGAP_DB."))
    if "permission" in text or "read-only" in text:
        return Need(N_("Beri izin tulis, atau pilih tempat lain dengan SIGAP_DB atau SIGAP_VAR."))
    return Need(N_("Pulihkan cadangan terakhir, atau hubungi pengelola sistem. Berkas tidak diubah."))
