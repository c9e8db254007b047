"""Hotspots: Gi* is the published formula, planted clusters are found, and chance alone is left alone."""

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from esda.getisord import G_Local
from h3.api import basic_int as h3
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.weights import W, fill_diagonal

from geo.cells import cell_at, neighbours
from geo.points import LonLat
from services.center import Settings, close_center, open_center
from services.hotspots import MOST_CELLS, Heat, finest, gi_star, study_area

MIDDLE = int(h3.latlng_to_cell(3.31, 117.6, 8))


def disk(rings: int) -> list[int]:
    return sorted(int(cell) for cell in h3.grid_disk(MIDDLE, rings))


def gi_star_by_hand(cells: list[int], counts: list[int]) -> list[float]:
    """Gi* as Ord and Getis (1995) print it, weights one for the cell itself and each that touches it."""
    n = len(cells)
    mean = sum(counts) / n
    spread = (sum(count * count for count in counts) / n - mean * mean) ** 0.5
    of = dict(zip(cells, counts, strict=True))
    found = []
    for cell in cells:
        near = [cell, *(other for other in h3.grid_ring(cell, 1) if other in of)]
        sum_w = sum_w2 = len(near)
        above = sum(of[other] for other in near) - mean * sum_w
        found.append(above / (spread * ((n * sum_w2 - sum_w**2) / (n - 1)) ** 0.5))
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=37, max_size=37).filter(lambda counts: len(set(counts)) > 1))
def test_it_is_the_formula_that_ord_and_getis_print(counts: list[int]) -> None:
    cells = disk(3)

    found = gi_star(cells, counts, deals=99)

    assert [one.z for one in found] == pytest.approx(gi_star_by_hand(cells, counts))
    assert [one.cell for one in found] == cells
    assert [one.n for one in found] == counts


def test_a_planted_cluster_is_hot_and_the_rest_is_not() -> None:
    cells = disk(18)
    planted = {int(cell) for cell in h3.grid_disk(disk(12)[0], 1)}
    random = np.random.default_rng(5)
    counts = [int(random.poisson(6 if cell in planted else 0.3)) for cell in cells]

    found = gi_star(cells, counts)

    hot = {one.cell for one in found if one.heat in (Heat.HOT_95, Heat.HOT_99)}
    touching = {int(near) for cell in planted for near in h3.grid_disk(cell, 1)}
    assert planted <= hot
    assert hot <= touching
    assert all(one.heat is Heat.HOT_99 for one in found if one.cell in planted)


def test_a_planted_quiet_place_among_busy_ones_is_cold() -> None:
    cells = disk(18)
    planted = {int(cell) for cell in h3.grid_disk(MIDDLE, 3)}
    random = np.random.default_rng(6)
    counts = [int(random.poisson(0.2 if cell in planted else 5)) for cell in cells]

    found = gi_star(cells, counts)

    inner = {int(cell) for cell in h3.grid_disk(MIDDLE, 2)}
    assert all(one.heat is Heat.COLD_99 for one in found if one.cell in inner)
    assert not [one for one in found if one.heat in (Heat.HOT_95, Heat.HOT_99)]


def test_chance_alone_is_seldom_called_anything() -> None:
    cells = disk(18)
    maps = 40
    alarms = 0
    for seed in range(maps):
        counts = np.random.default_rng(seed).poisson(0.4, len(cells)).tolist()
        alarms += any(one.heat is not Heat.CHANCE for one in gi_star(cells, counts, deals=19_999))

    # At a false discovery rate of 5 % at most one map in twenty has an alarm; 6 of 40 is chance at that rate.
    assert alarms <= 6


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_empty_cells_of_an_almost_empty_map_are_not_cold_though_esda_counts_them_so() -> None:
    cells = disk(10)
    counts = [0] * len(cells)
    for row in (3, 50, 120, 200):
        counts[row] = 1

    found = gi_star(cells, counts)

    assert {one.heat for one in found if one.around == 0} == {Heat.CHANCE}
    assert all(one.p == 1 for one in found if one.around == 0)
    weights = W({cell: list(near) for cell, near in neighbours(cells).items()}, id_order=cells)
    theirs = G_Local(
        np.array(counts, dtype=float), fill_diagonal(weights, 1.0), transform="B", star=None, seed=1, n_jobs=1
    )
    assert min(p for p, one in zip(theirs.p_sim, found, strict=True) if one.around == 0) < 0.01


def test_the_chance_agrees_with_the_exact_one() -> None:
    cells = disk(10)
    counts = [0] * len(cells)
    for row in range(0, len(cells), 5):
        counts[row] = 1
    busy = sum(counts)

    found = gi_star(cells, counts)

    # Zeros and ones dealt out over the cells: the sum over seven of them is hypergeometric.
    inner = [one for one in found if len(h3.grid_disk(one.cell, 1)) == 7 and one.around == 3]
    draws = np.random.default_rng(0).hypergeometric(busy, len(cells) - busy, 7, 400_000)
    exact = 2 * min((draws >= 3).mean(), (draws <= 3).mean())
    whole = [one for one in inner if set(h3.grid_disk(one.cell, 1)) <= set(cells)]
    assert whole
    assert all(one.p == pytest.approx(exact, rel=0.03) for one in whole)


def test_the_same_counts_give_the_same_answer() -> None:
    cells = disk(6)
    counts = np.random.default_rng(3).poisson(1, len(cells)).tolist()

    assert gi_star(cells, counts) == gi_star(cells, counts)


def test_a_cell_that_touches_all_others_is_no_hotspot() -> None:
    found = gi_star(disk(1), [9, 0, 0, 0, 0, 0, 0], deals=99)

    (whole,) = (one for one in found if one.cell == MIDDLE)
    assert (whole.z, whole.p, whole.heat) == (0, 1, Heat.CHANCE)


def test_equal_counts_everywhere_leave_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="differ"):
        gi_star(disk(2), [4] * 19)


def test_1500_cells_take_less_than_a_second() -> None:
    cells = disk(22)
    counts = np.random.default_rng(1).poisson(0.5, len(cells)).tolist()
    gi_star(disk(1), [1, 0, 0, 0, 0, 0, 0], deals=9)  # PySAL's own imports are paid once

    began = perf_counter()
    gi_star(cells, counts)

    assert len(cells) > 1500
    assert perf_counter() - began < 1


def test_the_study_area_is_the_citys_land_and_own_waters_and_nothing_farther(tmp_path: Path) -> None:
    center = open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    try:
        resolution = finest(center)
        area = set(study_area(center, resolution))
        kelurahan = [one.point for one in center.pack.kelurahan.values()]
    finally:
        close_center()

    assert resolution == 8
    assert 1000 < len(area) <= MOST_CELLS
    assert all(cell_at(point, resolution) in area for point in kelurahan)
    assert cell_at(LonLat(117.70, 3.33), resolution) in area, "two miles off the shore"
    assert cell_at(LonLat(117.85, 3.33), resolution) not in area, "eleven miles off"
    assert cell_at(LonLat(117.40, 3.30), resolution) not in area, "the mainland"
