"""The whole database as parts that can be stored anywhere, taken while others write; and the way back.

A snapshot is a schema (the statements that make it) and each table's rows as Parquet parts, all as of one
moment. Which tables there are is asked of the file itself, so that a new one is never forgotten. Changes
since then are the statements of `database.journal`, run again in their order.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from database.connection import Database
from database.journal import Change
from database.migrations import schema_version
from domain.errors import Need, SigapError
from domain.words import N_

FOLLOWED = "followed"
"""The one table that a standby has more than what it follows: how far it came."""
PART_BYTES = 16 * 2**20
ENGINE = f"DuckDB {duckdb.__version__}"
"""Whose hashes a table's digest is made of."""
STORE_ERRORS = (duckdb.Error, pa.ArrowException)
"""What reading or making a copy can raise."""
_BATCH_ROWS = 4096
_AS_THEY_ARE = ("BOOLEAN", "INT", "DOUBLE", "FLOAT", "VARCHAR", "BLOB", "TIMESTAMP", "DATE")
_NOT_COPIED = {
    "duckdb_sequences()": "TRUE",
    "duckdb_types()": "NOT internal",
    "duckdb_functions()": "NOT internal",
    "duckdb_schemas()": "NOT internal AND schema_name <> 'main'",
}


class NotCopied(SigapError):
    """The database holds something that a backup of this program would leave out."""

    template = N_("Cadangan tidak dibuat: basis data memuat {what} yang tidak ikut dicadangkan.")


class NotApplied(SigapError):
    """A change could not be run again."""

    template = N_(
        "Perubahan {position} tidak dapat dijalankan ulang: {reason}. Standby memerlukan cadangan utuh baru."
    )


@dataclass(frozen=True, slots=True)
class TableSum:
    """A table's rows counted, and their hashes added (of this DuckDB; any order of rows gives the same)."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database holds: newest event and its hash (empty without a chain), schema, every table's sum."""

    seq: int
    trail_hash: str
    schema: str
    tables: dict[str, TableSum]


class Snapshot:
    """The database as it was at one moment; `position` is the journal's then."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, position: int) -> None:
        """Wrap a cursor inside its transaction."""
        self._cursor = cursor
        self.position = position
        for place, which in _NOT_COPIED.items():
            if _one(cursor, f"SELECT count(*) FROM {place} WHERE {_here(place)} AND {which}")[0]:
                raise NotCopied(what=place.removeprefix("duckdb_").removesuffix("()"))

    def tables(self) -> tuple[str, ...]:
        """Return every table, by name."""
        return _tables(self._cursor)

    def schema(self) -> tuple[str, ...]:
        """Return the statements that make the empty schema: tables, their indexes, then views."""
        asked = (
            "SELECT sql FROM duckdb_tables() WHERE NOT internal AND database_name = current_database() "
            f"AND table_name <> '{FOLLOWED}' ORDER BY table_name",
            "SELECT sql FROM duckdb_indexes() WHERE database_name = current_database() ORDER BY index_name",
            "SELECT sql FROM duckdb_views() WHERE NOT internal AND database_name = current_database() "
            "ORDER BY view_oid",
        )
        return tuple(row[0] for sql in asked for row in self._cursor.execute(sql).fetchall())

    def parts(self, table: str) -> Iterator[bytes]:
        """Return a table's rows as Parquet files of some `PART_BYTES` of values each, one after the other."""
        columns = self._cursor.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = current_database() "
            "AND table_name = ? ORDER BY column_index",
            [table],
        ).fetchall()
        chosen = ", ".join(_selected(name, kind) for name, kind in columns)
        # Not by `execute`, which would hold the whole result in memory.
        found: pa.RecordBatchReader = self._cursor.sql(f'SELECT {chosen} FROM "{table}"').to_arrow_reader(
            _BATCH_ROWS
        )
        batches: list[pa.RecordBatch] = []
        size = 0
        for batch in found:
            batches.append(batch)
            size += batch.nbytes
            if size >= PART_BYTES:
                yield _parquet(pa.Table.from_batches(batches))
                batches, size = [], 0
        if batches:
            yield _parquet(pa.Table.from_batches(batches))

    def seq(self) -> int:
        """Return the number of the newest event."""
        return int(_one(self._cursor, "SELECT coalesce(max(seq), 0) FROM event")[0])

    def standing(self) -> Standing:
        """Return what the database holds; reads all of it."""
        return _standing(self._cursor)


@contextmanager
def snapshot(db: Database) -> Iterator[Snapshot]:
    """Return the database as it is now, while others go on writing; from now on its journal is kept."""
    with db.snapshot() as (cursor, position):
        yield Snapshot(cursor, position)


class Copy:
    """A database file that is made from a snapshot, compared, and kept up by changes; no Sigap runs on it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Keep the connection; use `Copy.open`."""
        self._connection = connection

    @classmethod
    def open(cls, path: Path, memory_mb: int = 512) -> Self:
        """Open the file, made where missing. Raises duckdb.Error, OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(path))
        for setting in ("TimeZone = 'UTC'", "threads = 2", f"memory_limit = '{memory_mb}MB'"):
            connection.execute(f"SET GLOBAL {setting}")
        return cls(connection)

    def close(self) -> None:
        """Write everything into the file and close it."""
        self._connection.execute("CHECKPOINT")
        self._connection.close()

    def make(self, schema: Sequence[str]) -> None:
        """Make the empty schema."""
        self._connection.execute("BEGIN")
        for statement in schema:
            self._connection.execute(statement)
        self._connection.execute("COMMIT")

    def load(self, table: str, part: bytes) -> None:
        """Append one part to its table."""
        rows = pq.read_table(io.BytesIO(part))
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        self._connection.register("_loaded", rows)
        self._connection.execute(f'INSERT INTO "{table}" ({names}) SELECT * FROM _loaded')
        self._connection.unregister("_loaded")

    def standing(self) -> Standing:
        """Return what the file holds; reads all of it."""
        return _standing(self._connection)

    def newest_event(self) -> tuple[int, str]:
        """Return number and hash of the newest event; 0 and nothing in an empty trail."""
        return _newest_event(self._connection)

    def end_sessions(self) -> None:
        """Sign everybody out."""
        if _has(self._connection, "session"):
            self._connection.execute("DELETE FROM session")

    # --- a standby: how far it came, in the file itself, in the transaction of the change ----------------

    def followed(self) -> tuple[str, int] | None:
        """Return which run of the program this file follows, and to which position; None: it does not."""
        if not _has(self._connection, FOLLOWED):
            return None
        run, position = _one(self._connection, f"SELECT run, position FROM {FOLLOWED}")
        return str(run), int(position)

    def follow(self, run: str, position: int) -> None:
        """Note from where this file follows."""
        self._connection.execute(f"CREATE OR REPLACE TABLE {FOLLOWED} (run VARCHAR, position BIGINT)")
        self._connection.execute(f"INSERT INTO {FOLLOWED} VALUES (?, ?)", [run, position])

    def stand_alone(self) -> None:
        """Forget that this file ever followed another."""
        self._connection.execute(f"DROP TABLE IF EXISTS {FOLLOWED}")

    def apply(self, change: Change) -> None:
        """Run one transaction again, and with it how far this file came. Raises NotApplied."""
        run = self._connection
        try:
            run.execute("BEGIN")
            for one in change.statements:
                if one.rows is None:
                    run.execute(one.sql, list(one.params)).fetchall()
                else:
                    run.register("_appended", one.rows)
                    run.execute(f"INSERT INTO {one.sql} SELECT * FROM _appended")
                    run.unregister("_appended")
            if _has(run, FOLLOWED):
                run.execute(f"UPDATE {FOLLOWED} SET position = ?", [change.position])
            run.execute("COMMIT")
        except duckdb.Error as error:
            self._connection.execute("ROLLBACK")
            reason = Need("{text}", text=str(error).splitlines()[0][:200])
            raise NotApplied(position=change.position, reason=reason) from error


def differences(one: Standing, other: Standing) -> tuple[str, ...]:
    """Return the tables whose rows differ, and `event` when trails end differently."""
    names = sorted({*one.tables, *other.tables})
    found = {name for name in names if one.tables.get(name) != other.tables.get(name)}
    if (one.seq, one.trail_hash) != (other.seq, other.trail_hash):
        found.add("event")
    return tuple(sorted(found))


def without_digests(standing: Standing) -> Standing:
    """Return it with every table's count alone."""
    tables = {name: TableSum(one.rows, "") for name, one in standing.tables.items()}
    return replace(standing, tables=tables)


def _standing(cursor: duckdb.DuckDBPyConnection) -> Standing:
    sums = {}
    for table in _tables(cursor):
        rows, digest = _one(
            cursor, f'SELECT count(*), coalesce(sum(hash(t)), 0)::VARCHAR FROM "{table}" AS t'
        )
        sums[table] = TableSum(int(rows), str(digest))
    seq, trail_hash = _newest_event(cursor)
    return Standing(seq, trail_hash, schema_version(cursor), sums)


def _newest_event(cursor: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    chained = _one(
        cursor,
        "SELECT count(*) FROM duckdb_columns() WHERE database_name = current_database() "
        "AND table_name = 'event' AND column_name = 'hash'",
    )[0]
    told = "coalesce(lower(hex(hash)), '')" if chained else "''"
    row = cursor.execute(f"SELECT seq, {told} FROM event WHERE seq = (SELECT max(seq) FROM event)").fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _tables(cursor: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    rows = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary "
        "AND database_name = current_database() AND table_name <> ? ORDER BY table_name",
        [FOLLOWED],
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _has(cursor: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(
        _one(
            cursor,
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() "
            f"AND table_name = '{table}'",
        )[0]
    )


def _selected(name: str, kind: str) -> str:
    """Return a column as Parquet takes it without loss: what has no form there as text that reads back."""
    plain = kind.removesuffix("[]")
    known = any(word in plain for word in _AS_THEY_ARE) and plain not in ("HUGEINT", "UHUGEINT", "INTERVAL")
    return f'"{name}"' if known else f'"{name}"::VARCHAR{"[]" if kind.endswith("[]") else ""} AS "{name}"'


def _here(place: str) -> str:
    return "database_name = current_database()" if place != "duckdb_types()" else "TRUE"


def _parquet(rows: pa.Table) -> bytes:
    made = io.BytesIO()
    pq.write_table(rows, made, compression="zstd", compression_level=1)
    return made.getvalue()


def _one(cursor: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = cursor.execute(sql).fetchone()
    if row is None:
        raise ValueError(f"no row: {sql}")
    # All of it: a result that is not read to its end keeps its transaction open.
    cursor.fetchall()
    return row
