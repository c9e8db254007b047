"""Opening the file, reading from it, and the one way to write.

DuckDB's rule is one process a file; threads share the connection through a cursor each. Concurrent
updates of one row raise, so all writing goes through one lock and one transaction.

After an error that DuckDB does not go on from (a checkpoint on a full disk) the file is opened anew by
whoever reads or writes next; nothing stored is lost and nobody restarts anything.
"""

import logging
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

from database.chain import Newest, Tip
from database.journal import Journal, Statement
from database.migrations import migrate
from database.timing import WRITES
from domain.errors import Need, SigapError, StoreNotWritten, StoreUnavailable
from domain.words import N_

Row = tuple[Any, ...]
T = TypeVar("T")
Failed = Callable[[Exception], StoreUnavailable]
_LOCKED = "Could not set lock on file"
_FULL = ("no space left", "disk quota exceeded", "file too large")
_DURABLE = "COMMIT succeeded and is durable"
"""What DuckDB says when a change is on disk and only the checkpoint after it failed."""
_STORE_ERRORS = (duckdb.IOException, duckdb.FatalException, duckdb.ConnectionException)
_WRITE_ERRORS = (
    "could not write",
    "could not read",
    "could not fsync",
    "could not sync",
    "input/output error",
)
_CHECKPOINT, _NO_CHECKPOINT = "4MB", "1TB"
_SETTINGS = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL threads = 2",
    # What only the log has lies in memory uncompressed, 7 MB a minute of a thousand units: let it go into the
    # file before that is much.
    f"SET GLOBAL checkpoint_threshold = '{_CHECKPOINT}'",
    # Else the working memory of a checkpoint, 40 MB, is given back to the system only by chance.
    "SET GLOBAL allocator_background_threads = true",
)
_ROOM_BYTES, _ROOM_SHARE = 64 * 2**20, 0.25
"""With less than this free (or this share of a small disk) changes stay in the log: it needs least room."""
_HEADER_BYTES = 3 * 4096
"""What DuckDB writes first; a file that is shorter was never finished."""
_PATIENCE_S = 10.0
_LEAST_MEMORY_MB, _MOST_MEMORY_MB = 512, 4096
_log = logging.getLogger(__name__)


def marks(rows: int, columns: int) -> str:
    """Return the parameter marks of so many rows, as VALUES takes them."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


class Reader:
    """A cursor for reading: a consistent snapshot as of each query."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, failed: Failed | None = None) -> None:
        """Wrap a cursor of its own; `failed` says what an error of the store means."""
        self._cursor = cursor
        self._failed = failed

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """Return all rows of a query. Raises StoreUnavailable when the file cannot be read."""
        try:
            return self._cursor.execute(sql, list(params)).fetchall()
        except _STORE_ERRORS as error:
            if self._failed is None:
                raise
            raise self._failed(error) from error

    def row(self, sql: str, *params: Any) -> Row | None:
        """Return the first row of a query, or None. Raises StoreUnavailable when the file cannot be read."""
        # All of it: a result that is not read to its end keeps its transaction open.
        found = self.rows(sql, *params)
        return found[0] if found else None

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()


class Writer(Reader):
    """A cursor inside the one write transaction; `tip` is the end of the trail, which new events move on."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, newest: Newest, failed: Failed | None = None
    ) -> None:
        """Wrap the transaction's cursor."""
        super().__init__(cursor, failed)
        self.tip = Tip(*newest)
        self.told: list[Statement] = []
        self.is_told = True

    def rows(self, sql: str, *params: Any) -> list[Row]:
        """Do what a reader does, and keep for the journal what may have changed something."""
        found = super().rows(sql, *params)
        if sql.lstrip()[:6].upper() != "SELECT":
            kept = (list(value) if isinstance(value, list) else value for value in params)
            self.told.append(Statement(sql, tuple(kept)))
        return found

    @property
    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The transaction's cursor, for the other modules of this package; it ends the journal.

        What is done with it the journal does not see: who follows needs a whole backup again.
        """
        self.is_told = False
        return self._cursor

    def next_event_seq(self) -> int:
        """Use up the next number of the trail without an event, which leaves a gap: for tests and benches."""
        self.tip.seq += 1
        return self.tip.seq

    def execute(self, sql: str, *params: Any) -> None:
        """Run one statement. Raises StoreUnavailable when the file cannot be read or written."""
        self.rows(sql, *params)

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
        self.told.append(Statement(name, rows=rows))


class Database:
    """An open Sigap database."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection; use `Database.open`."""
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._local = threading.local()
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._newest = Newest()
        self._kept: dict[str, tuple[int, Any]] = {}
        self._broken = False
        self._checkpoint = _CHECKPOINT
        self._file = _file_of(path)
        self._refusal: SigapError | None = None
        self.journal = Journal()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file, creating it and its folder where missing, and bring the schema up to date.

        Raises StoreUnavailable with the reason: locked by another process, not writable, damaged.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except FileNotFoundError as error:
            # A folder that cannot be there at all, as under /proc: nothing has vanished.
            reason = Need(N_("foldernya {folder} tidak dapat dibuat"), folder=str(path.parent))
            todo = Need(N_("Pilih tempat lain dengan SIGAP_DB atau SIGAP_VAR."))
            raise StoreUnavailable(path=path.name, reason=reason, todo=todo) from error
        except OSError as error:
            raise _unavailable(StoreUnavailable, path, error) from error
        try:
            connection = _connect(path)
        except (duckdb.Error, OSError) as error:
            raise _unavailable(StoreUnavailable, path, error) from error
        database = cls(path, connection)
        try:
            migrate(connection, path.name)
            # Only now: a migration may rewrite the whole file in one transaction.
            connection.execute(f"SET GLOBAL memory_limit = '{_memory_mb()}MB'")
        except StoreUnavailable:
            connection.close()
            raise
        except duckdb.Error as error:
            connection.close()
            raise _unavailable(StoreUnavailable, path, error) from error
        database._newest = _newest_event(connection)
        return database

    def newest_event_seq(self) -> int:
        """Return the number of the newest stored event; 0 in an empty file. Asks memory only.

        A number that is returned is on disk. A change that is just being stored counts a moment later.
        """
        return self._newest.seq

    def newest_event(self) -> Newest:
        """Return number and hash of the newest stored event. Asks memory only."""
        return self._newest

    def close(self) -> None:
        """Write everything into the file and close it, readers of other threads included."""
        with self._lock:
            for reader in list(self._readers):
                reader.close()
            try:
                self._connection.execute("CHECKPOINT")
            except duckdb.Error as error:
                _log.warning("the log stays beside the file until the next start: %s", error)
            self._connection.close()

    def read(self) -> Reader:
        """Return this thread's reader. Raises StoreUnavailable when the file cannot be opened anew."""
        if self._broken:
            # Not for ever: it may be this very thread that writes.
            if not self._lock.acquire(timeout=_PATIENCE_S):
                raise _unavailable(StoreUnavailable, self.path, TimeoutError("the file is being opened anew"))
            try:
                self._mend()
            finally:
                self._lock.release()
        known: tuple[duckdb.DuckDBPyConnection, Reader] | None = getattr(self._local, "reader", None)
        connection = self._connection
        if known is not None and known[0] is connection:
            return known[1]
        reader = Reader(connection.cursor(), self._failed)
        self._local.reader = connection, reader
        self._readers.add(reader)
        return reader

    def _failed(self, error: Exception) -> StoreUnavailable:
        """Return what an error of the store means to a person; after a fatal one the file is opened anew."""
        if isinstance(error, duckdb.FatalException) or "invalidated" in str(error):
            self._broken = True
        return _unavailable(StoreUnavailable, self.path, error)

    def _mend(self) -> None:
        """Open the file anew after a fatal error; the caller holds the lock. Raises StoreUnavailable."""
        if not self._broken:
            return
        for reader in list(self._readers):
            reader.close()
        self._connection.close()
        try:
            connection = _connect(self.path)
            connection.execute(f"SET GLOBAL memory_limit = '{_memory_mb()}MB'")
            self._newest = _newest_event(connection)
        except (duckdb.Error, OSError) as error:
            raise _unavailable(StoreUnavailable, self.path, error) from error
        self._checkpoint = _CHECKPOINT
        self._file = _file_of(self.path)
        self._connection = connection
        self._kept.clear()
        self._broken = False
        # What the error left of the last change is known to the file alone.
        self.journal.stop()
        _log.warning("the database was opened anew; newest event: %d", self._newest.seq)

    def _spare_room(self) -> None:
        """Let changes stay in the log while the disk is nearly full: a checkpoint that fails is fatal.

        Raises FileNotFoundError when the file is no longer where it was opened: what was written into it
        would be found by nobody.
        """
        if _file_of(self.path) != self._file:
            raise FileNotFoundError(self.path)
        disk = os.statvfs(self.path.parent)
        free, all_of_it = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        wanted = _NO_CHECKPOINT if free < min(_ROOM_BYTES, _ROOM_SHARE * all_of_it) else _CHECKPOINT
        if wanted != self._checkpoint:
            self._connection.execute(f"SET GLOBAL checkpoint_threshold = '{wanted}'")
            self._checkpoint = wanted
            _log.warning("free on the database's disk: %d MB; the log is kept to %s", free // 2**20, wanted)

    def kept(self, name: str, read: Callable[[Reader], T]) -> T:
        """Return what `read` gives, read again only once an event was stored; nobody may change it.

        For what never changes without an event. What was stored before this call is always in it.
        """
        seq = self._newest.seq
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
        Raises StoreUnavailable when the file cannot be written: nothing is stored then.
        """
        with self._lock, WRITES.time():
            if self._refusal is not None:
                raise self._refusal
            self._mend()
            cursor = self._begun()
            try:
                writer = Writer(cursor, self._newest, self._failed)
                yield writer
            except BaseException:
                self._roll_back(cursor)
                raise
            else:
                self._commit(cursor)
                self._newest = Newest(writer.tip.seq, writer.tip.hash)
                if writer.is_told:
                    self.journal.add(writer.told, writer.tip.seq)
                else:
                    self.journal.stop()
            finally:
                cursor.close()

    @contextmanager
    def snapshot(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, int]]:
        """Return a cursor that sees the database as it is now, and the journal's position now.

        Whoever writes waits for no more than its beginning. From here on the journal keeps what is changed.
        """
        with self._lock:
            self._mend()
            cursor = self._connection.cursor()
            try:
                cursor.execute("BEGIN")
                # A transaction sees the state at its first question.
                cursor.execute("SELECT 1 FROM event LIMIT 1").fetchall()
            except BaseException:
                cursor.close()
                raise
            position = self.journal.start()
        try:
            yield cursor, position
        finally:
            cursor.close()

    @contextmanager
    def moment(self) -> Iterator[Reader]:
        """Give a reader that sees the file as it is at its first question, however long it reads."""
        reader = Reader(self._connection.cursor(), self._failed)
        self._readers.add(reader)
        try:
            reader.rows("BEGIN")
            yield reader
        finally:
            reader.close()

    def refuse(self, why: SigapError) -> None:
        """Take no change from now on: each raises `why`. What is stored can be read on."""
        with self._lock:
            self._refusal = why

    def _begun(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor in a transaction. Raises StoreUnavailable."""
        try:
            self._spare_room()
            cursor = self._connection.cursor()
            cursor.execute("BEGIN")
        except OSError as error:
            raise _unavailable(StoreNotWritten, self.path, error) from error
        except _STORE_ERRORS as error:
            self._failed(error)
            raise _unavailable(StoreNotWritten, self.path, error) from error
        return cursor

    def _roll_back(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Undo the transaction; after a fatal error there is none any more."""
        try:
            cursor.execute("ROLLBACK")
        except duckdb.Error as error:
            self._failed(error)
            _log.warning("a transaction ended without its rollback: %s", error)

    def _commit(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Put the transaction on disk. Raises StoreUnavailable (disk full, file gone): nothing is stored."""
        try:
            cursor.execute("COMMIT")
        except (*_STORE_ERRORS, duckdb.TransactionException) as error:
            self._failed(error)
            if _DURABLE in str(error):
                _log.warning("stored, but the log could not be taken into the file: %s", error)
                return
            if isinstance(error, duckdb.TransactionException) and not _says(error, _FULL + _WRITE_ERRORS):
                raise
            raise _unavailable(StoreNotWritten, self.path, error) from error


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path))
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
    except duckdb.Error:
        connection.close()
        raise
    return connection


def _file_of(path: Path) -> tuple[int, int]:
    """Return what makes a file this one and no other, whatever it is called. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_dev, found.st_ino


def _newest_event(connection: duckdb.DuckDBPyConnection) -> Newest:
    rows = connection.execute(
        "SELECT seq, hash FROM event WHERE seq = (SELECT max(seq) FROM event) LIMIT 1"
    ).fetchall()
    return Newest(*rows[0]) if rows else Newest()


def is_in_use(error: Exception) -> bool:
    """Return whether a file cannot be opened because another process has it."""
    return _LOCKED in str(error)


def unavailable(path: Path, error: Exception) -> StoreUnavailable:
    """Return why a database file cannot be opened, and what to do."""
    return _unavailable(StoreUnavailable, path, error)


def _unavailable(kind: type[StoreUnavailable], path: Path, error: Exception) -> StoreUnavailable:
    reason, todo = _told(path, error)
    return kind(path=path.name, reason=reason, todo=todo)


def _says(error: Exception, words: Sequence[str]) -> bool:
    text = str(error).lower()
    return any(word in text for word in words)


def _memory_mb() -> int:
    """Return how much of the file and of its answers is kept: a quarter of the memory, within bounds.

    By itself DuckDB keeps every part of the file that it wrote or read, up to 80 % of the machine's memory.
    """
    machine_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return max(_LEAST_MEMORY_MB, min(_MOST_MEMORY_MB, machine_mb // 4))


def _told(path: Path, error: Exception) -> tuple[Need, Need]:
    """Return why the store refuses, and what to do."""
    text = str(error)
    if _LOCKED in text:
        return (
            Need(N_("berkas sedang dipakai proses lain")),
            Need(N_("Hentikan Sigap yang lain, atau pilih berkas lain dengan SIGAP_DB.")),
        )
    if _says(error, _FULL):
        return (
            Need(N_("penyimpanan penuh, tidak ada ruang tersisa")),
            Need(N_("Kosongkan ruang di penyimpanan itu, lalu ulangi; Sigap tidak perlu dimulai ulang.")),
        )
    if isinstance(error, TimeoutError):
        return (
            Need(N_("sedang dibuka kembali")),
            Need(N_("Tunggu sebentar lalu muat ulang.")),
        )
    if isinstance(error, FileNotFoundError):
        return (
            Need(N_("berkas itu tidak ada lagi di tempatnya")),
            Need(N_("Kembalikan berkas dan foldernya (penyimpanan terlepas atau dipindahkan), lalu ulangi.")),
        )
    if isinstance(error, PermissionError) or _says(error, ("permission", "read-only")):
        return (
            Need(N_("berkas atau foldernya tidak dapat ditulis")),
            Need(N_("Beri izin tulis, atau pilih tempat lain dengan SIGAP_DB atau SIGAP_VAR.")),
        )
    if _says(error, ("corrupt wal", "replaying wal")):
        return (
            Need(N_("catatan perubahan {name}.wal rusak di tengah"), name=path.name),
            Need(N_("Simpan kedua berkas itu dan pulihkan cadangan terakhir; jangan hapus berkas .wal.")),
        )
    if path.is_file() and path.stat().st_size < _HEADER_BYTES:
        return (
            Need(N_("berkasnya terpotong, baru {n} byte"), n=path.stat().st_size),
            Need(
                N_(
                    "Bila Sigap belum pernah selesai dimulai di sini, hapus berkas itu dan mulai lagi; "
                    "bila sudah, pulihkan cadangan terakhir."
                )
            ),
        )
    return (
        Need("{text}", text=text.splitlines()[0][:200] if text else type(error).__name__),
        Need(N_("Pulihkan cadangan terakhir, atau hubungi pengelola sistem. Berkas tidak diubah.")),
    )
