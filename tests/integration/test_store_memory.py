"""A server that runs for months: what the store holds in memory stays small, whatever units report."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from database import positions as store
from database.connection import Database
from domain.positions import Fix, Source
from geo.points import LonLat

T0 = datetime(2026, 3, 1, 8, tzinfo=UTC)
UNITS = 1000
MOST_LOG = 5_000_000
SECONDS = 80
"""So many that the log would be well above `MOST_LOG` if nothing put it into the file."""


@pytest.fixture
def db(tmp_path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "sigap.duckdb")
    yield opened
    opened.close()


def second(n: int) -> list[Fix]:
    at = T0 + timedelta(seconds=n)
    places = [LonLat(117.5 + k * 1e-4, 3.2 + n * 1e-4) for k in range(UNITS)]
    return [
        Fix(
            f"U-{k:04d}",
            f"API U-{k:04d}",
            Source.GEOJSON,
            place,
            at + timedelta(milliseconds=k),
            at,
            8.0,
            16.0,
        )
        for k, place in enumerate(places)
    ]


def log_bytes(db: Database) -> int:
    log = Path(f"{db.path}.wal")
    return log.stat().st_size if log.exists() else 0


def held_bytes(db: Database, *tags: str) -> int:
    marks = ", ".join("?" * len(tags))
    row = db.read().row(f"SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag IN ({marks})", *tags)
    return int(row[0])


def test_positions_leave_the_log_for_the_file_while_screens_read(db):
    most_log, most_held = 0, 0
    for n in range(SECONDS):
        with db.write() as writer:
            store.append(writer, second(n))
        assert len(store.track(db.read(), "U-0007", T0, T0 + timedelta(seconds=n + 1))) == n + 1
        most_log = max(most_log, log_bytes(db))
        most_held = max(most_held, held_bytes(db, "IN_MEMORY_TABLE"))
    assert 1_000_000 < most_log < MOST_LOG
    assert most_held < 2 * MOST_LOG
    assert db.read().row("SELECT count(*) FROM position") == (SECONDS * UNITS,)


def test_what_was_put_into_the_file_while_running_survives_a_crash(db, tmp_path):
    for n in range(SECONDS):
        with db.write() as writer:
            store.append(writer, second(n))
    crashed = tmp_path / "crashed.duckdb"
    crashed.write_bytes(db.path.read_bytes())
    Path(f"{crashed}.wal").write_bytes(Path(f"{db.path}.wal").read_bytes())
    again = Database.open(crashed)
    assert again.read().row("SELECT count(*), max(reported_at) FROM position") == (
        SECONDS * UNITS,
        T0 + timedelta(seconds=SECONDS - 1, milliseconds=UNITS - 1),
    )
    again.close()
