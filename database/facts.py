"""The table of case facts over this file's cases, and running a measure on it (`analytics`)."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
from ibis.expr.operations import Node
from ibis.expr.types import Table

from analytics.archived import ARCHIVE, FACTS_OF_ARCHIVE, PARTITIONS, PATTERN, ArchiveFolder
from analytics.engine import EngineUnavailable
from analytics.facts import COLUMNS, TABLE
from database.connection import Database, Reader
from domain.errors import Need
from domain.words import N_

_CLOCKS_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_WEEKS = 130 * 52
_KINDS = {"string": "VARCHAR", "int32": "INTEGER"}


def install(db: Database, city: str, zone: ZoneInfo, *, is_example: bool) -> None:
    """Make the view `case_facts` for a city's code and clock, unless it is there already."""
    given = {
        "city": f"'{_quoted(city)}'",
        "is_example": str(is_example).upper(),
        "received_local": _local(zone),
    }
    columns = ", ".join(
        f"{given[name]} AS {name}"
        if name in given
        else ("case_id::VARCHAR AS case_id" if name == "case_id" else name)
        for name in COLUMNS
    )
    wanted = f"CREATE VIEW {TABLE} AS SELECT {columns} FROM case_all"
    known = db.read().row("SELECT value FROM setting WHERE name = 'case_facts'")
    if known and known[0] == wanted:
        return
    with db.write() as writer:
        writer.execute(f"DROP VIEW IF EXISTS {TABLE}")
        writer.execute(wanted)
        writer.execute("DELETE FROM setting WHERE name = 'case_facts'")
        writer.execute("INSERT INTO setting VALUES ('case_facts', ?)", wanted)


def _local(zone: ZoneInfo) -> str:
    """Return SQL for `received_at` on a zone's clock.

    A clock that is never put forward or back is an addition: a quarter of the time of asking the calendar.
    """
    weeks = (_CLOCKS_SINCE + timedelta(weeks=n) for n in range(_CLOCKS_WEEKS))
    offsets = {at.astimezone(zone).utcoffset() for at in weeks}
    known = offsets.pop()
    if offsets or known is None:
        return f"timezone('{_quoted(zone.key)}', received_at)"
    return f"make_timestamp(epoch_us(received_at) + {known // timedelta(microseconds=1)})"


class EmbeddedEngine:
    """Runs expressions over `case_facts` on the embedded database; safe from any thread."""

    name = "DuckDB"

    def __init__(self, db: Database) -> None:
        """Read from this database."""
        self._db = db

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """Return the rows of an expression, each by the names of its columns."""
        return run(self._db.read(), expression)

    def close(self) -> None:
        """Do nothing: the database is the center's."""


class ArchiveEngine:
    """Runs expressions over `case_facts` made of an archive's folder, in memory; safe from any thread."""

    name = "DuckDB, arsip"

    def __init__(self, folder: Path) -> None:
        """Read the folder. Raises EngineUnavailable where it holds no archive."""
        self._folder = ArchiveFolder(folder.absolute(), self.name)
        self._folder.changed()
        self._connection = duckdb.connect()
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        self._connection.execute("SET threads = 2")
        kinds = ", ".join(f"'{name}': {_KINDS[kind]}" for name, kind in PARTITIONS.items())
        files = _quoted(f"{folder.absolute()}/{PATTERN}")
        self._connection.execute(
            f"CREATE VIEW {ARCHIVE} AS SELECT * FROM read_parquet('{files}', "
            f"hive_partitioning = true, hive_types = {{{kinds}}})"
        )
        self._connection.execute(f"CREATE VIEW {TABLE} AS {ibis.to_sql(FACTS_OF_ARCHIVE, dialect='duckdb')}")

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """Return the rows of an expression, each by the names of its columns. Raises EngineUnavailable."""
        self._folder.changed()
        reader = Reader(self._connection.cursor())
        try:
            return run(reader, expression)
        except duckdb.IOException as error:
            raise EngineUnavailable(
                engine=self.name,
                reason=Need("{text}", text=str(error).splitlines()[0][:200]),
                todo=Need(N_("Periksa folder arsip, lalu ulangi.")),
            ) from error
        finally:
            reader.close()

    def close(self) -> None:
        """Let the memory go."""
        self._connection.close()


def run(reader: Reader, expression: Table) -> list[dict[str, Any]]:
    """Return the rows of an expression, each by the names of its columns."""
    names = expression.columns
    return [dict(zip(names, row, strict=True)) for row in reader.rows(_sql(expression.op()))]


@lru_cache(maxsize=128)
def _sql(operation: Node) -> str:
    """Return the SQL of an expression; kept, because making it takes longer than most answers."""
    return str(ibis.to_sql(operation.to_expr(), dialect="duckdb"))


def _quoted(text: str) -> str:
    return text.replace("'", "''")
