"""The very same expressions on Apache Spark and on DuckDB, over one archive of two cities: the same figures.

Runs where PySpark is installed (`make test-spark`, in an environment of its own). SIGAP_SPARK=1 makes what is
missing a failure; without it this file is skipped and says so.
"""

import importlib.util
import os
import random
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics import measures
from analytics.facts import CASE_FACTS, COLUMNS
from analytics.selection import OF_UNITS, By, Selection, Shift, chosen
from analytics.spark import SparkEngine
from database.facts import ArchiveEngine
from domain.facts import INTERVALS
from domain.words import CallClass, CaseStatus, Channel, Domain, Mode, Outcome
from export.archive import ARROW_SCHEMA, partition
from geo.cells import RESOLUTIONS, cells_of
from geo.points import LonLat

if os.environ.get("SIGAP_SPARK") != "1" and importlib.util.find_spec("pyspark") is None:
    pytest.skip(
        "PySpark is not installed here; make test-spark compares both engines", allow_module_level=True
    )

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

WITA, WIB = ZoneInfo("Asia/Makassar"), ZoneInfo("Asia/Jakarta")
CITIES = (("65.71", WITA, LonLat(117.6, 3.3)), ("32.73", WIB, LonLat(107.6, -6.9)))
ROWS = 3_000
SHIFTS = (Shift("A", 7), Shift("B", 14), Shift("C", 21))
AGENCIES = ("PMK", "SAR", "MEDIS", "POLAIR")
WORDS = ("macet", "Macet", "ombak tinggi", "Ómbak", "•••, jalan putus", "zebra", "ß", "😀")


# --- the archive ---------------------------------------------------------------------------------


def a_row(draw, no, city, zone, middle):
    """A row of a case as an archive may hold it, with everything that may be missing missing now and then."""

    def maybe(value, share=0.85):
        return value if draw.random() < share else None

    def seconds(most):
        return maybe(int(draw.triangular(0, most, most / 5)))

    # Whole days around the turns of months on both clocks, and single hours elsewhere.
    received_at = datetime(2025, 11, 30, 12, tzinfo=UTC) + timedelta(seconds=draw.randrange(150 * 86_400))
    if draw.random() < 0.2:
        received_at = datetime(2026, draw.randint(1, 4), 1, tzinfo=zone) + timedelta(
            seconds=draw.randint(-3, 3) * draw.choice((1, 3_600))
        )
    sea = draw.random() < 0.2
    place = LonLat(middle.lon + draw.gauss(0, 0.02), middle.lat + draw.gauss(0, 0.02))
    placed = draw.random() < 0.9
    known = cells_of(place) if placed else (None,) * 4
    units = [
        {
            "unit_code": f"U-{draw.randint(1, 6)}",
            "agency": draw.choice(AGENCIES),
            "kind": draw.choice(("pump", "boat")),
            "mode": draw.choice(list(Mode)).value,
            "turnout_s": seconds(600),
            "travel_s": seconds(2_000),
            "busy_s": seconds(20_000),
            "first_response_s": maybe(draw.randint(60, 3_000), 0.6),
        }
        for _ in range(draw.choice((0, 0, 1, 1, 2, 3)))
    ]
    total = maybe(draw.randint(0, 9), 0.4)
    row = dict.fromkeys(ARROW_SCHEMA.names)
    row |= {
        "record_id": f"{city}-{no:06d}",
        "is_example": True,
        "status": draw.choice([*CaseStatus, *[CaseStatus.CLOSED] * 20]).value,
        "received_at": received_at.astimezone(UTC),
        "received_local": received_at.astimezone(zone).replace(tzinfo=None),
        "channel": draw.choice(list(Channel)).value,
        "call_class": maybe(draw.choice([*CallClass, *[CallClass.NORMAL] * 6]).value, 0.95),
        "domain": maybe(draw.choice(list(Domain)).value),
        "type_code": maybe(draw.choice(("L-FIR", "S-MOB", "L-MED"))),
        "priority": maybe(draw.randint(1, 4)),
        "outcome": maybe(draw.choice(list(Outcome)).value),
        "adm_code": None if sea else f"{city}.0{draw.randint(1, 4)}.100{draw.randint(1, 5)}",
        "water_area": "Selat" if sea else None,
        "lon": round(place.lon, 6) if placed else None,
        "lat": round(place.lat, 6) if placed else None,
        **{f"h3_{resolution}": cell for resolution, cell in zip(RESOLUTIONS, known, strict=True)},
        **{name: seconds(3_000) for name in INTERVALS},
        "n_units": len(units),
        "unit_busy_s": sum(unit["busy_s"] or 0 for unit in units),
        "units": maybe(units, 0.98),
        "overrun_reasons": maybe(
            [
                {"step": draw.randint(1, 9), "reason": draw.choice(WORDS)}
                for _ in range(draw.choice((0, 0, 1, 2)))
            ],
            0.98,
        ),
        "victims_total": total,
        **{f"victims_{name}": None if total is None else draw.randint(0, 3) for name in measures.VICTIMS},
        "missing_stamps": draw.sample(
            ("answered", "placed", "arrived", "cleared"), draw.choice((0, 0, 1, 2))
        ),
        "late_entries": draw.choice((0, 0, 0, 1, 4)),
    }
    for step in measures.STEPS:
        row[f"step{step}_s"], row[f"target{step}_s"] = seconds(1_500), 120
    return row


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("arsip banyak kota")
    draw = random.Random(7)
    for city, zone, middle in CITIES:
        rows = sorted(
            (a_row(draw, no, city, zone, middle) for no in range(ROWS // len(CITIES))),
            key=lambda row: row["received_local"],
        )
        for (year, month), found in groupby(
            rows, key=lambda row: (row["received_local"].year, row["received_local"].month)
        ):
            path = made / partition(city, year, month)
            path.parent.mkdir(parents=True)
            pq.write_table(pa.Table.from_pylist(list(found), schema=ARROW_SCHEMA), path)
    return made


@pytest.fixture(scope="module")
def spark(folder):
    engine = SparkEngine("local[2]", folder)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def duck(folder):
    engine = ArchiveEngine(folder)
    yield engine
    engine.close()


# --- the same rows -------------------------------------------------------------------------------


def told(value):
    """A value as it is compared: its type too, for 1 and 1.0 and True are one in Python."""
    if isinstance(value, list):
        return [told(one) for one in value]
    if isinstance(value, dict):
        return {name: told(one) for name, one in value.items()}
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9)
    return type(value), value


def require_same(spark, duck, expression):
    ours, theirs = spark.rows(expression), duck.rows(expression)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert list(mine) == list(other)
        for name, value in other.items():
            if isinstance(value, float):
                assert isinstance(mine[name], float)
                assert mine[name] == pytest.approx(value, rel=1e-9), name
            else:
                assert told(mine[name]) == told(value), name
    return theirs


def test_both_hold_the_same_facts_of_the_same_types(spark, duck):
    found = require_same(spark, duck, CASE_FACTS.order_by("case_id"))
    assert len(found) == ROWS
    assert {row["city"] for row in found} == {"65.71", "32.73"}, "a code stays a word"
    assert list(found[0]) == list(COLUMNS)


ALL = chosen(CASE_FACTS, Selection())
OF_CASES = [by for by in By if by not in OF_UNITS]
EVERY = [(by,) for by in OF_CASES]
PAIRS = [(By.CITY, By.MONTH), (By.WEEKDAY, By.HOUR), (By.SHIFT, By.KECAMATAN)]
OF_UNITS_TOO = [(By.AGENCY,), (By.UNIT,), (By.AGENCY, By.MONTH)]


def named(keys):
    return "+".join(key.value for key in keys) or "all"


@pytest.mark.parametrize("keys", [(), (By.CITY,), (By.KECAMATAN,), (By.CLASS,), *PAIRS], ids=named)
def test_counts_are_the_same(spark, duck, keys):
    rows = chosen(CASE_FACTS, Selection(), merged=True)
    found = require_same(spark, duck, measures.counts(rows, keys, SHIFTS))
    assert sum(row["n"] for row in found) == ROWS


@pytest.mark.parametrize("keys", [(), *EVERY, *PAIRS, *OF_UNITS_TOO], ids=named)
def test_response_times_are_the_same(spark, duck, keys):
    require_same(spark, duck, measures.interval(ALL, "response_s", 900, keys, SHIFTS))


MEASURES = {
    "interval without a standard": measures.interval(ALL, "travel_s", None, (By.MONTH,)),
    "intervals": measures.intervals(ALL, {name: 600 if n % 2 else None for n, name in enumerate(INTERVALS)}),
    "turnout by agency": measures.interval(ALL, "turnout_s", 120, (By.AGENCY,)),
    "agency_response": measures.agency_response(ALL, "PMK", 900),
    "interval of nothing": measures.interval(
        chosen(CASE_FACTS, Selection(cities=("99.99",))), "response_s", 900
    ),
    "agency_response of none": measures.agency_response(ALL, "NONE", 900),
    "distribution": measures.distribution(ALL, "response_s"),
    "steps": measures.steps(ALL),
    "overrun_reasons": measures.overrun_reasons(ALL),
    "overrun_reasons, the first": measures.overrun_reasons(ALL).limit(5),
    "unit_work": measures.unit_work(ALL),
    "unit_work by unit": measures.unit_work(ALL, (By.AGENCY, By.UNIT)),
    "wasted": measures.wasted(ALL),
    "wasted by agency": measures.wasted(ALL, (By.AGENCY,)),
    "wasted by shift": measures.wasted(ALL, (By.SHIFT,), SHIFTS),
    "victims": measures.victims(ALL),
    "victims by month": measures.victims(ALL, (By.MONTH,)),
    "repeats": measures.repeats(ALL, 9, 2),
    "repeats, the first": measures.repeats(ALL, 8, 3).limit(7),
    "missing_stamps": measures.missing_stamps(ALL),
    "late_entries": measures.late_entries(ALL),
    "cells": measures.cells(ALL, 8, 900),
    "cells by hour": measures.cells(ALL, 7, 900, By.HOUR),
}


@pytest.mark.parametrize("name", MEASURES)
def test_measures_are_the_same(spark, duck, name):
    assert require_same(spark, duck, MEASURES[name])


A_CELL = cells_of(CITIES[0][2])[0]
SELECTIONS = {
    "period": Selection(datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 2, 28, 16, tzinfo=UTC)),
    "period of a city": Selection(
        datetime(2026, 2, 1, tzinfo=WITA), datetime(2026, 3, 1, tzinfo=WITA), cities=("65.71",)
    ),
    "kinds": Selection(domains=("sea", "air"), type_codes=("S-MOB",), call_classes=("normal", "prank")),
    "kecamatan": Selection(kecamatan=("65.71.01", "32.73.03")),
    "kelurahan": Selection(kelurahan=("65.71.01.1001",)),
    "agencies": Selection(agencies=("PMK", "SAR")),
    "hours": Selection(hours=(23, 0, 1)),
    "cell": Selection(resolution=6, cell=A_CELL),
    "nothing": Selection(cities=("99.99",)),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_selections_are_the_same(spark, duck, name):
    rows = chosen(CASE_FACTS, SELECTIONS[name])
    (found,) = require_same(spark, duck, measures.counts(rows))
    assert (0 < found["n"] < ROWS) or name == "nothing"


def test_what_is_chosen_by_agency_and_told_by_agency_is_the_same(spark, duck):
    rows = chosen(CASE_FACTS, Selection(agencies=("SAR",), hours=tuple(range(12))))
    require_same(spark, duck, measures.interval(rows, "response_s", 900, (By.AGENCY, By.SHIFT), SHIFTS))


def test_a_month_that_comes_later_is_in_the_next_answer(spark, duck, folder):
    rows = measures.counts(chosen(CASE_FACTS, Selection(), merged=True))
    before = require_same(spark, duck, rows)[0]["n"]
    path = folder / partition("65.71", 2027, 1)
    path.parent.mkdir(parents=True)
    row = a_row(random.Random(1), 999_999, *CITIES[0])
    pq.write_table(pa.Table.from_pylist([row], schema=ARROW_SCHEMA), path)
    try:
        assert require_same(spark, duck, rows)[0]["n"] == before + 1
    finally:
        path.unlink()
        path.parent.rmdir()
    assert require_same(spark, duck, rows)[0]["n"] == before
