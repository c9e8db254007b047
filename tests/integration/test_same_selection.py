"""A list and a measure of the same selection are of the same cases, whatever is chosen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import measures
from analytics.facts import CASE_FACTS
from analytics.selection import Selection, chosen
from benchmarks import synthetic
from benchmarks.synthetic import Wanted
from database import reads
from database.facts import EmbeddedEngine
from database.reads import Filter
from services.center import Center, Settings, close_center, open_center
from ui.review_filter import Selection as Choice

MADE = Wanted(cities=1, cases=4_000, years=1, seed=21, until=date(2026, 3, 1), rescues=0.6)
FIRST = datetime(2025, 3, 1, tzinfo=UTC)
DOMAINS = ("land", "sea", "air", "moon")
TYPES = ("L-FIR1", "L-ANI", "L-FLD", "S-CAP", "X-NONE")
KECAMATAN = ("65.71.01", "65.71.02", "65.71.03", "65.71.04", "65.71.09")
AGENCIES = ("PMK", "SAR", "MEDIS", "BPBD", "NONE")
SOME = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("same")
    made = open_center(Settings(folder, folder / "sigap.duckdb", demo=True))
    synthetic.fill(made.db, synthetic.blocks(MADE, made.pack), made.pack)
    yield made
    close_center()


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    few = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.one_of(st.just(()), few)


def moments() -> st.SearchStrategy[datetime | None]:
    return st.one_of(st.none(), st.integers(-10, 375 * 24).map(lambda hours: FIRST + timedelta(hours=hours)))


@st.composite
def pairs(draw: st.DrawFn, center: Center) -> tuple[Filter, Selection]:
    """The same choice for lists and for measures."""
    kelurahan = tuple(center.pack.kelurahan)
    reader = center.db.read()
    resolution = draw(st.sampled_from((6, 7, 8, 9)))
    column = f"h3_{resolution}"
    found = reader.rows(f"SELECT DISTINCT {column} FROM case_all WHERE {column} IS NOT NULL ORDER BY 1")
    cell = draw(st.one_of(st.none(), st.sampled_from([row[0] for row in found])))
    since, until = draw(moments()), draw(moments())
    both: dict[str, Any] = {
        "since": since,
        "until": until,
        "domains": draw(some(DOMAINS)),
        "type_codes": draw(some(TYPES)),
        "call_classes": draw(some(("normal", "prank", "ghost", "information"))),
        "kecamatan": draw(some(KECAMATAN)),
        "kelurahan": draw(some(kelurahan)),
        "agencies": draw(some(AGENCIES)),
    }
    listed = Filter(**both, cell=None if cell is None else (cell, resolution))
    return listed, Selection(**both, cell=cell, resolution=None if cell is None else resolution)


@given(data=st.data())
@SOME
def test_lists_and_measures_choose_the_same_cases(center: Center, data: st.DataObject) -> None:
    listed, measured = data.draw(pairs(center))
    engine = EmbeddedEngine(center.db)
    lines = reads.lines(center.db.read(), listed, 5_000)
    rows = engine.rows(chosen(CASE_FACTS, measured, merged=True).select("case_id"))
    assert {line.case_id for line in lines} == {row["case_id"] for row in rows}
    assert len(lines) == len(rows) == reads.total(center.db.read(), listed)
    (counted,) = engine.rows(measures.counts(chosen(CASE_FACTS, measured, merged=True)))
    assert counted["n"] == len(lines)


@given(data=st.data())
@SOME
def test_what_was_chosen_on_the_screen_is_the_same_for_lists_and_measures(
    center: Center, data: st.DataObject
) -> None:
    areas = (*center.pack.kelurahan, *KECAMATAN)
    first = data.draw(st.dates(date(2025, 2, 20), date(2026, 3, 5)))
    choice = Choice(
        first,
        first + timedelta(days=data.draw(st.integers(0, 120))),
        agencies=data.draw(some(AGENCIES)),
        type_codes=data.draw(some(TYPES)),
        areas=data.draw(some(areas)),
    )
    zone = center.pack.city.timezone
    lines = reads.lines(center.db.read(), choice.wanted(zone), 5_000)
    rows = EmbeddedEngine(center.db).rows(
        chosen(CASE_FACTS, choice.measured(zone), merged=True).select("case_id", "received_local")
    )
    assert {line.case_id for line in lines} == {row["case_id"] for row in rows}
    assert all(choice.first <= row["received_local"].date() <= choice.last for row in rows)


def test_random_selections_hit_cases_and_miss_cases(center: Center) -> None:
    """The comparison above means something: both empty and full answers are among what it draws."""
    everything = reads.total(center.db.read(), Filter())
    assert everything == 4_000
    for part in (
        Filter(agencies=("PMK",)),
        Filter(kecamatan=("65.71.01",)),
        Filter(domains=("sea",)),
        Filter(until=FIRST + timedelta(days=90)),
    ):
        assert 20 < reads.total(center.db.read(), part) < everything
