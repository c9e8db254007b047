"""The measures that are timed, and what one of them costs on an engine. Run as a program it is Spark's turn.

`.venv-spark/bin/python -m benchmarks.leadership_measures FOLDER FILE` runs every measure on Spark over an
archive and writes figures and times as JSON.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from ibis.expr.types import Table

from analytics import measures
from analytics.engine import Engine
from analytics.facts import CASE_FACTS
from analytics.selection import By, Selection, Shift, chosen
from domain.facts import INTERVALS

RUNS = 5
STANDARD_S = 900
SHIFTS = (Shift("pagi", 8), Shift("sore", 16), Shift("malam", 0))
_ALL, _CALLS = chosen(CASE_FACTS, Selection()), chosen(CASE_FACTS, Selection(), merged=True)
_NONE: tuple[By, ...] = ()

MEASURES: Mapping[str, Table] = {
    "counts": measures.counts(_CALLS),
    "counts by day": measures.counts(_CALLS, (By.DAY,)),
    "counts by kelurahan": measures.counts(_CALLS, (By.KELURAHAN,)),
    "counts by weekday and hour": measures.counts(_CALLS, (By.WEEKDAY, By.HOUR)),
    "response": measures.interval(_ALL, "response_s", STANDARD_S),
    "response by kelurahan": measures.interval(_ALL, "response_s", STANDARD_S, (By.KELURAHAN,)),
    "response by month": measures.interval(_ALL, "response_s", STANDARD_S, (By.MONTH,)),
    "response by shift": measures.interval(_ALL, "response_s", STANDARD_S, (By.SHIFT,), SHIFTS),
    "response by agency": measures.interval(_ALL, "response_s", STANDARD_S, (By.AGENCY,)),
    "response by cell (H3 8)": measures.interval(_ALL, "response_s", STANDARD_S, (By.H3_8,)),
    "all seven intervals": measures.intervals(_ALL, dict.fromkeys(INTERVALS, STANDARD_S)),
    "response of one agency": measures.agency_response(_ALL, "PMK", STANDARD_S),
    "distribution of response": measures.distribution(_ALL, "response_s"),
    "nine SOP steps": measures.steps(_ALL),
    "reasons of overruns": measures.overrun_reasons(_ALL),
    "work by agency": measures.unit_work(_ALL),
    "work by unit": measures.unit_work(_ALL, (By.UNIT,)),
    "false reports": measures.wasted(_ALL),
    "victims": measures.victims(_ALL),
    "places that repeat (H3 9)": measures.repeats(_ALL, 9, 3),
    "missing stamps": measures.missing_stamps(_ALL),
    "late entries": measures.late_entries(_ALL),
    "cells (H3 9)": measures.cells(_ALL, 9, STANDARD_S),
    "cells (H3 8) by hour": measures.cells(_ALL, 8, STANDARD_S, By.HOUR),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run, by the clock and of the processor, both the middle of `RUNS`; what it gave."""

    wall_s: float
    processor_s: float
    rows: list[dict[str, Any]]


def cost(engine: Engine, expression: Table, runs: int = RUNS) -> Cost:
    """Run a measure once to warm up, then so many times."""
    rows = engine.rows(expression)
    walls, busy = [], []
    for _ in range(runs):
        start, worked = perf_counter(), process_time()
        engine.rows(expression)
        walls.append(perf_counter() - start)
        busy.append(process_time() - worked)
    return Cost(median(walls), median(busy), rows)


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as JSON can hold them."""
    return [
        {
            name: value.isoformat() if isinstance(value, (date, datetime)) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def main() -> int:
    """Run every measure on Spark."""
    from analytics.spark import SparkEngine

    began = perf_counter()
    engine = SparkEngine("local[*]", Path(sys.argv[1]))
    engine.rows(MEASURES["counts"])
    ready_s = perf_counter() - began
    told = {}
    for name, expression in MEASURES.items():
        found = cost(engine, expression, runs=1)
        told[name] = {"wall_s": found.wall_s, "rows": plain(found.rows)}
    engine.close()
    Path(sys.argv[2]).write_text(json.dumps({"ready_s": ready_s, "measures": told}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
