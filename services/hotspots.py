"""Where incidents cluster more, or less, than chance would have it: Getis-Ord Gi* on H3 cells.

The study area is every cell that has land of the city or its own waters, whether or not anything happened
there. A cell without a report is an observation too: over the cells with reports alone, the question would be
which of the busy places are busiest, and a city's quiet parts could never make its centre a hotspot. Reports
farther out are told, not tested, because nobody knows what would have been reported there.

Gi* of a cell compares the reports in it and the cells that touch it with what the same number of cells would
hold anywhere in the area (J. K. Ord and A. Getis, Geographical Analysis 27, 1995; computed by PySAL's esda).
Its chance is counted, not taken from the normal curve, which counts of few reports do not follow: the same
counts are dealt out over the area 99,999 times. Both tails are counted with their ties: on a map with many
empty cells esda's own `p_sim` calls each of them cold, because it counts ties at zero for one tail only.
Every cell is a test, so what is called hot is held to the false discovery rate (Y. Benjamini and Y. Hochberg,
Journal of the Royal Statistical Society B 57, 1995).
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analytics.selection import Selection
from domain.words import N_, Label
from geo.cells import RESOLUTIONS, covering, neighbours, own_area
from geo.points import Projector
from services import analysis
from services.center import Center

LEAST_REPORTS = 30
"""With fewer reports in the area nothing is tested."""
MOST_CELLS = 1_500
DEALS = 99_999
"""How often the counts are dealt out: fine enough for the false discovery rate of 1,500 tests."""
_SEED = 1067


class Heat(Label):
    """What the test says of a cell."""

    HOT_99 = "hot_99", N_("panas 99 persen")
    HOT_95 = "hot_95", N_("panas 95 persen")
    CHANCE = "chance", N_("tak berbeda dari kebetulan")
    COLD_95 = "cold_95", N_("dingin 95 persen")
    COLD_99 = "cold_99", N_("dingin 99 persen")


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One cell: its reports, those `around` (its own and its neighbours'), Gi* as `z`, and its chance.

    `p`: two-sided permutation chance. `q`: the same held to the false discovery rate over all cells.
    """

    cell: int
    n: int
    around: int
    z: float
    p: float
    q: float
    heat: Heat


@dataclass(frozen=True, slots=True)
class Hotspots:
    """What was tested: `n` reports over `cells`; `outside`: reports beyond the study area.

    `cells` is empty where there were too few reports to test (`LEAST_REPORTS`).
    """

    resolution: int
    n: int
    outside: int
    cells: tuple[Hotspot, ...]


_lock = threading.Lock()
_areas: dict[tuple[str, int], tuple[int, ...]] = {}


def study_area(center: Center, resolution: int) -> tuple[int, ...]:
    """Return the cells that have land of the city or its own waters, in order."""
    pack = center.pack
    wanted = pack.digest, resolution
    with _lock:
        if wanted not in _areas:
            for old in [key for key in _areas if key[0] != pack.digest]:
                del _areas[old]
            _areas[wanted] = covering(own_area(pack.zones, Projector(pack.city.epsg)), resolution)
        return _areas[wanted]


def finest(center: Center) -> int:
    """Return the finest resolution at which the study area has at most `MOST_CELLS` cells."""
    fitting = (r for r in reversed(RESOLUTIONS) if len(study_area(center, r)) <= MOST_CELLS)
    return next(fitting, RESOLUTIONS[0])


def hotspots(center: Center, wanted: Selection, resolution: int | None = None) -> Hotspots:
    """Return what the reports of a selection come to, at the finest resolution unless one is given."""
    resolution = finest(center) if resolution is None else resolution
    area = study_area(center, resolution)
    everywhere = replace(wanted, cell=None, resolution=None)
    found = {cell: one.n for cell, _frame, one in analysis.cells(center, everywhere, resolution)}
    counts = tuple(found.get(cell, 0) for cell in area)
    n = sum(counts)
    tested = _tested(area, counts) if n >= LEAST_REPORTS and len(set(counts)) > 1 else ()
    return Hotspots(resolution, n, sum(found.values()) - n, tested)


@lru_cache(maxsize=16)
def _tested(cells: tuple[int, ...], counts: tuple[int, ...]) -> tuple[Hotspot, ...]:
    return gi_star(cells, counts)


def gi_star(cells: Sequence[int], counts: Sequence[int], deals: int = DEALS) -> tuple[Hotspot, ...]:
    """Return Gi* of every cell with its chance; the same input gives the same answer.

    Raises ValueError where every cell has the same count, which leaves nothing to compare.
    """
    y = np.asarray(counts, dtype=np.float64)
    if len(y) < 2 or np.ptp(y) == 0:
        raise ValueError("Gi* needs cells whose counts differ")
    touching = neighbours(cells)
    place = {cell: row for row, cell in enumerate(cells)}
    z = _z(touching, list(cells), y)
    around = np.array([y[place[cell]] + sum(y[place[one]] for one in touching[cell]) for cell in cells])
    sizes = np.array([1 + len(touching[cell]) for cell in cells])
    p = _chance(y, around, sizes, deals)
    q = stats.false_discovery_control(p)
    return tuple(
        Hotspot(cell, int(y[row]), int(around[row]), float(z[row]), float(p[row]), float(q[row]), heat)
        for row, cell in enumerate(cells)
        for heat in (_heat(float(z[row]), float(q[row])),)
    )


def _z(
    touching: Mapping[int, tuple[int, ...]], order: list[int], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    # PySAL brings half a second of imports, which only who asks for hotspots should wait for.
    from esda.getisord import G_Local
    from libpysal.weights import W, fill_diagonal

    weights = W({cell: list(near) for cell, near in touching.items()}, id_order=order, silence_warnings=True)
    with np.errstate(invalid="ignore"):
        found = G_Local(y, fill_diagonal(weights, 1.0), transform="B", permutations=0, star=None)
    # A cell that touches every other one is the whole area: its sum cannot differ.
    return np.nan_to_num(np.asarray(found.Zs, dtype=np.float64))


def _chance(
    y: NDArray[np.float64], around: NDArray[np.float64], sizes: NDArray[np.int64], deals: int
) -> NDArray[np.float64]:
    """Return the two-sided chance of each sum, were the counts dealt out over the cells at random.

    That sum depends on how many cells it is of and on nothing else, so one deal serves all of that size.
    """
    random = np.random.default_rng(_SEED)
    p = np.ones(len(around))
    for size in np.unique(sizes):
        dealt = np.sort(y[_subsets(random, len(y), int(size), deals)].sum(axis=1))
        here = sizes == size
        at_most = np.searchsorted(dealt, around[here], side="right")
        at_least = deals - np.searchsorted(dealt, around[here], side="left")
        p[here] = np.minimum(1.0, 2 * (np.minimum(at_most, at_least) + 1) / (deals + 1))
    return p


def _subsets(random: np.random.Generator, n: int, size: int, deals: int) -> NDArray[np.int64]:
    """Return random subsets of 0 … n - 1 (deals, size), no number twice in one (R. W. Floyd, 1987)."""
    drawn = np.empty((deals, size), dtype=np.int64)
    for column, last in enumerate(range(n - size, n)):
        one = random.integers(0, last + 1, deals)
        taken = (drawn[:, :column] == one[:, None]).any(axis=1)
        drawn[:, column] = np.where(taken, last, one)
    return drawn


def _heat(z: float, q: float) -> Heat:
    if q <= 0.01:
        return Heat.HOT_99 if z > 0 else Heat.COLD_99
    if q <= 0.05:
        return Heat.HOT_95 if z > 0 else Heat.COLD_95
    return Heat.CHANCE
