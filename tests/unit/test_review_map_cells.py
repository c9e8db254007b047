"""What the map of incidents sends to the browser: frames, classes with their words, cells, and no more."""

import json
import math
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from h3.api import basic_int as h3
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.selection import Selection as Wanted
from domain.case import Actor, Incident
from domain.words import Channel, Domain, Role
from geo.cells import cell_middle, cell_polygon
from services import intake, places
from services.analysis import CellFigures
from services.center import Center, Settings, close_center, open_center
from services.change import CaseRef
from services.intake import Report
from ui import review_cells
from ui.review_cells import LEAST_PEOPLE, Cells, Frame, Frames, Picture
from ui.review_filter import Selection
from ui.review_map import full_heat

ANI = Actor("Ani", Role.CALL_TAKER)
LAND, SHORE, SEA = (
    int(h3.latlng_to_cell(lat, lon, 8)) for lat, lon in ((3.318, 117.592), (3.30, 117.58), (3.31, 117.75))
)
NEAR, FAR = (
    [int(cell) for cell in h3.cell_to_children(int(h3.latlng_to_cell(lat, lon, 8)), 9)]
    for lat, lon in ((3.318, 117.592), (3.35, 117.62))
)
PEOPLE = {LAND: 2000.0, SHORE: LEAST_PEOPLE - 1.0}
PERIOD = Selection(date(2026, 1, 15), date(2026, 3, 10))


def cells(*frames: dict[int, CellFigures], years: float = 0.5) -> Cells:
    known = sorted({cell for frame in frames for cell in frame})
    return Cells(8, tuple(known), tuple(Frame(str(no), years, frame) for no, frame in enumerate(frames)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """Four reports of March 2026, each in a cell of its own at resolution 9, two and two together at 8."""
    folder = tmp_path_factory.mktemp("made")
    center = open_center(Settings(folder, folder / "sigap.duckdb"))
    for hour, cell in enumerate((*NEAR[:2], *FAR[:2])):
        at = datetime(2026, 3, 11, hour, tzinfo=UTC)
        case = intake.open_call(center, at, ANI, Channel.CALL_112)
        report = Report(
            narrative="Contoh",
            callback_number="081200000789",
            reporter_name="Pelapor",
            incident=Incident(type_code="L-ANI", domain=Domain.LAND, priority=2, victims_estimate=1),
            location=places.place_at(center, cell_middle(cell), "Contoh"),
        )
        intake.record_report(center, at, ANI, CaseRef(case.case_id, case.version), report)
    yield center
    close_center()


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.review_cells.language", lambda: "id")


def test_months_are_those_the_period_touches_with_their_days_in_it() -> None:
    assert review_cells.months(PERIOD) == [
        (date(2026, 1, 1), 17),
        (date(2026, 2, 1), 28),
        (date(2026, 3, 1), 10),
    ]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900))
def test_the_days_of_the_months_are_those_of_the_period(first: date, days: int) -> None:
    period = Selection(first, first + timedelta(days=days))

    found = review_cells.months(period)

    assert sum(days for _month, days in found) == period.days
    assert [month for month, _days in found] == sorted({month for month, _days in found})


def test_frames_have_names() -> None:
    assert review_cells.month_name(date(2026, 3, 1)) == "Maret 2026"
    assert review_cells.hour_name(14) == "Pukul 14–15"
    assert review_cells.hour_name(23) == "Pukul 23–00"


def test_counts_that_are_few_have_a_class_each() -> None:
    scale = review_cells.count_scale([1, 1, 1, 2, 5, 1])

    assert scale.lows == (1, 2, 5)
    assert scale.labels == ("1 laporan", "2–4 laporan", "5 laporan")


@settings(max_examples=50)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=80))
def test_every_count_has_its_class_and_no_class_is_empty(counts: list[int]) -> None:
    scale = review_cells.count_scale(counts)

    places = {bisect_right(scale.lows, count) - 1 for count in counts}
    assert places == set(range(len(scale.lows)))
    assert len(scale.lows) == len(scale.labels) <= 5
    assert list(scale.lows) == sorted(set(scale.lows))


@settings(max_examples=50)
@given(st.lists(st.floats(0.01, 5000), min_size=1, max_size=60))
def test_rates_have_round_bounds(rates: list[float]) -> None:
    scale = review_cells.rate_scale(rates)

    assert scale.lows[0] == 0
    for low in scale.lows[1:]:
        assert round(low / 10 ** math.floor(math.log10(low) + 1e-9), 6) in (1, 2, 5)
    assert len(scale.lows) == len(scale.labels) <= 5


def test_bounds_of_rates_and_shares_are_words() -> None:
    assert review_cells.rate_scale([0.5, 1, 2, 4, 9, 20]).labels[0] == "di bawah 1"
    assert review_cells.late_scale().labels == (
        "di bawah 10 %",
        "10 % sampai di bawah 25 %",
        "25 % sampai di bawah 50 %",
        "50 % sampai di bawah 75 %",
        "75 % atau lebih",
    )


def test_frames_share_classes_of_their_own() -> None:
    found = review_cells.scales(
        Picture.COUNT,
        cells(
            {LAND: CellFigures(40, 0, 0), SEA: CellFigures(3, 0, 0)},
            {LAND: CellFigures(20, 0, 0), SEA: CellFigures(2, 0, 0)},
            {LAND: CellFigures(20, 0, 0), SEA: CellFigures(1, 0, 0)},
        ),
        {},
    )

    assert found is not None
    assert found["whole"].lows == (3, 40)
    assert found["frame"].lows == (1, 2, 20)


def test_where_nobody_lives_or_too_few_there_is_no_rate() -> None:
    figures = {cell: CellFigures(10, 0, 0) for cell in (LAND, SHORE, SEA)}

    found = review_cells.scales(Picture.RATE, cells(figures), PEOPLE)

    # 10 reports of 2,000 inhabitants in half a year: 10 per 1,000 and year, and no other rate.
    assert found is not None
    assert found["whole"] == review_cells.rate_scale([10.0])


def test_the_browser_gets_every_number_once_and_cells_without_inhabitants_as_such() -> None:
    whole = {LAND: CellFigures(5, 4, 1), SEA: CellFigures(2, 0, 0)}
    months = {LAND: CellFigures(3, 2, 1)}, {LAND: CellFigures(2, 2, 0), SEA: CellFigures(2, 0, 0)}

    sent = review_cells.payload(
        Picture.RATE, Frames.MONTH, cells(whole, *months), PERIOD, people=PEOPLE, standard_s=900, chosen=SEA
    )

    json.dumps(sent)
    rows = {cell: row for row, cell in enumerate(sorted(whole))}
    assert [frame["n"] for frame in sent["frames"]] == [7, 3, 4]
    assert [frame["whole"] for frame in sent["frames"]] == [True, False, False]
    assert sent["frames"][1]["rows"] == [rows[LAND], 3, 2, 1]
    assert sent["people"][rows[LAND]] == 2000
    assert sent["people"][rows[SEA]] is None
    assert sent["chosen"] == review_cells.ring(SEA)


def test_a_ring_is_the_border_of_its_cell() -> None:
    lat, lon, *offsets = review_cells.ring(LAND)

    drawn = [
        ((lon + east) / 1e5, (lat + north) / 1e5)
        for north, east in zip(offsets[::2], offsets[1::2], strict=True)
    ]

    border = list(cell_polygon(LAND).exterior.coords)[:-1]
    assert len(drawn) == len(border) == 6
    for (x, y), (border_x, border_y) in zip(drawn, border, strict=True):
        assert (x, y) == pytest.approx((border_x, border_y), abs=1e-5)


def test_1500_cells_and_20_000_numbers_weigh_less_than_a_megabyte() -> None:
    many = sorted(int(cell) for cell in h3.grid_disk(LAND, 22))[:1500]
    figures = {cell: CellFigures(123, 100, 45) for cell in many}
    frames = [{cell: figures[cell] for cell in many[:830]} for _month in range(24)]

    sent = review_cells.payload(
        Picture.COUNT, Frames.MONTH, cells(figures, *frames), PERIOD, people={}, standard_s=900, chosen=None
    )

    assert len(json.dumps(sent, separators=(",", ":"))) < 1_000_000


@pytest.mark.parametrize(
    ("kind", "asked", "most_cells", "most_numbers", "least_each", "size"),
    [
        (Frames.WHOLE, None, 1500, 20_000, 0.0, 9),
        (Frames.WHOLE, None, 1500, 20_000, 2.0, 8),
        (Frames.WHOLE, None, 1500, 20_000, 99.0, 7),
        (Frames.WHOLE, 9, 1500, 20_000, 99.0, 9),
        (Frames.WHOLE, 9, 3, 20_000, 0.0, 8),
        (Frames.WHOLE, None, 0, 20_000, 0.0, 6),
        (Frames.MONTH, None, 1500, 3, 0.0, 8),
        (Frames.HOUR, 7, 1500, 20_000, 0.0, 7),
    ],
)
def test_the_finest_cells_that_fit_are_chosen(
    monkeypatch: pytest.MonkeyPatch,
    made: Center,
    kind: Frames,
    asked: int | None,
    most_cells: int,
    most_numbers: int,
    least_each: float,
    size: int,
) -> None:
    monkeypatch.setattr(review_cells, "MOST_CELLS", most_cells)
    monkeypatch.setattr(review_cells, "MOST_NUMBERS", most_numbers)
    period = Selection(date(2026, 3, 10), date(2026, 3, 15))

    found = review_cells.read(made, Wanted(), period, kind, asked, least_each)

    assert found.resolution == size
    assert found.frames[0].n == 4
    assert sum(frame.n for frame in found.frames[1:]) in (0, 4)
    assert set(found.cells) == set(found.frames[0].figures)
    assert len(found.frames) == 1 + {Frames.WHOLE: 0, Frames.MONTH: len(review_cells.months(period))}.get(
        kind, 24
    )


def test_a_chosen_cell_leaves_the_others_on_the_map(made: Center) -> None:
    period = Selection(date(2026, 3, 10), date(2026, 3, 15))
    whole = review_cells.read(made, Wanted(), period, Frames.WHOLE, 9)

    one = review_cells.read(made, Wanted(cell=whole.cells[0], resolution=9), period, Frames.WHOLE, 9)

    assert one == whole


def test_full_heat_is_reached_by_one_cell_of_ten_and_begins_at_four() -> None:
    assert full_heat([]) == full_heat([1, 2, 1]) == 4
    assert full_heat(list(range(1, 101))) == 91
