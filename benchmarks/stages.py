"""How long one stage change takes: from asking for the writer until it is on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.machine import Figure
from benchmarks.many import script
from database.connection import Database, Writer
from services.center import Settings, close_center, open_center
from services.rehearsal import rehearse
from services.ways import ways

CASES = 12
LIMIT_MS = 10.0


class TimedDatabase(Database):
    """A database that notes how long each writing took, loading and rules included."""

    times_ms: list[float]

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Time the whole transaction."""
        start = perf_counter()
        with super().write() as writer:
            yield writer
        self.times_ms.append((perf_counter() - start) * 1000)


def run(folder: Path) -> bool:
    """Play whole cases and time every stored change; return whether the limit was held."""
    settings = Settings(folder, folder / "sigap.duckdb", demo=True)
    open_center(settings)
    close_center()
    center = open_center(replace(settings, db_path=folder / "unused.duckdb"))
    db = TimedDatabase.open(settings.db_path)
    db.times_ms = []
    timed = replace(center, db=db)
    try:
        ways(timed)
        start = datetime.now(UTC) - timedelta(days=2)
        for n in range(CASES):
            rehearse(timed, script(timed, start + timedelta(hours=n)))
    finally:
        db.close()
        close_center()
    figure = Figure("advance a stage (load, rule, event, state, on disk)", db.times_ms, LIMIT_MS)
    print(figure)
    return figure.held
