"""Filling a plan as a set: which unit goes to which place of the plan, so that the last one is there soonest.

Order of what counts: as many places filled as can be; the latest arrival as early as can be (the bottleneck
assignment problem); the sum of arrivals as small as can be; the earlier row. Exact, by thresholds over a
bipartite matching and one linear assignment (Burkard, Dell'Amico & Martello, Assignment Problems, ch. 6).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_TIE_S = 1e-6  # how much a row further down costs: decides between equal times, and nothing else


def best_set(times_s: Floats, able: Bools) -> list[int | None]:
    """Return for each place of the plan the row of its unit, or None where none is left for it.

    times_s: seconds to arrival by unit (n,), rows in the order in which ties are decided. able (n, places):
    which unit can fill which place, the more important places first. A unit fills one place at most.
    """
    units, places = able.shape
    if times_s.shape != (units,):
        raise ValueError("one time for each row of units")
    if not np.isfinite(times_s).all() or (times_s < 0).any():
        raise ValueError("times must be finite and not negative")
    if not units or not places:
        return [None] * places
    kept = _enough(times_s, able)
    if not len(kept):
        return [None] * places
    times_s, able = times_s[kept], able[kept]
    able &= (times_s <= _latest(times_s, able))[:, None]
    # Leaving a place empty costs more than any set of arrivals; the more important, the more.
    span_s = float(times_s.max()) + 1.0
    empty = span_s * (places + 1) ** 2 + span_s * np.arange(places, 0, -1)
    cost = np.full((places, len(kept) + places), np.inf)
    cost[:, : len(kept)] = np.where(able.T, times_s + _TIE_S * np.arange(len(kept)), np.inf)
    cost[np.arange(places), len(kept) + np.arange(places)] = empty
    row, column = linear_sum_assignment(cost)
    chosen: list[int | None] = [None] * places
    for place, unit in zip(row.tolist(), column.tolist(), strict=True):
        if unit < len(kept):
            chosen[place] = int(kept[unit])
    return chosen


def _enough(times_s: Floats, able: Bools) -> NDArray[np.int64]:
    """Return the rows that can matter, in order: for each place its earliest ones, as many as places.

    Whatever the other places take, one of these is left, and no later one would be better.
    """
    order = np.argsort(times_s, kind="stable")
    wanted: set[int] = set()
    for column in {able[:, place].tobytes(): place for place in range(able.shape[1])}.values():
        wanted.update(order[able[order, column]][: able.shape[1]].tolist())
    return np.array(sorted(wanted), dtype=np.int64)


def _latest(times_s: Floats, able: Bools) -> float:
    """Return the smallest limit on arrivals with which as many places are filled as with none."""
    steps = np.unique(times_s)
    most = _filled(able)
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if _filled(able & (times_s <= steps[middle])[:, None]) == most:
            high = middle
        else:
            low = middle + 1
    return float(steps[low])


def _filled(able: Bools) -> int:
    return int((maximum_bipartite_matching(csr_array(able), perm_type="row") >= 0).sum())
