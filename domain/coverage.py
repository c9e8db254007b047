"""Coverage: what share of the city stays within its response standard, and what a unit leaves uncovered.

A place of the city is covered by a capability when some unit that stands ready with it would be there within
the standard (maximal covering location, Church & ReVelle 1974). The travel times come from geography; nothing
here knows a map.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CoverageStandard:
    """Units with `capability` should be anywhere in the city within `standard_s` of being told to go."""

    capability: str
    standard_s: int
    label: str


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """One zone: the share of its places within the standard, before and after (0 to 1)."""

    zone: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Leaves:
    """What going leaves behind for one standard: weighted shares of the whole city, and the zones that lose.

    `zones`: worst loss first, then by code. Shares are 0 to 1.
    """

    standard: CoverageStandard
    before: float
    after: float
    zones: tuple[ZoneShare, ...] = ()

    @property
    def loss(self) -> float:
        """The share of the city that falls out of the standard."""
        return self.before - self.after


@dataclass(frozen=True)
class _Watched:
    standard: CoverageStandard
    row: Mapping[str, int]
    within: Bools
    count: NDArray[np.int64]


class Coverage:
    """The coverage of one moment: who stands ready, and what is within whose standard."""

    def __init__(
        self,
        zone: Sequence[str],
        weights: Mapping[str, float],
        watched: Sequence[tuple[CoverageStandard, Sequence[str], Floats]],
        *,
        is_estimate: bool,
    ) -> None:
        """Take the places (their zones), the zones' weights, and for each standard who is ready and when.

        watched: standard, unit codes (n), seconds from now until each would be at each place (n, places),
        turnout included, inf where it cannot go. Weights are made to sum to 1 over the zones that have a
        place; the places of a zone share its weight. Raises ValueError when no place has any weight.
        """
        self.is_estimate = is_estimate
        self._codes = tuple(sorted(set(zone)))
        number = {code: k for k, code in enumerate(self._codes)}
        self._zone = np.array([number[code] for code in zone], dtype=np.int64)
        self._places = np.bincount(self._zone, minlength=len(self._codes))
        weight = np.array([weights.get(code, 0.0) for code in self._codes]) / np.maximum(self._places, 1)
        total = float((weight * self._places).sum())
        if not total > 0:
            raise ValueError("no place of the city has any weight")
        self._weight = weight[self._zone] / total
        self._watched = tuple(
            _Watched(standard, {code: row for row, code in enumerate(codes)}, within, within.sum(axis=0))
            for standard, codes, times in watched
            for within in (times <= standard.standard_s,)
        )

    def leaves(self, units: Collection[str]) -> tuple[Leaves, ...]:
        """Return what stays when these units go, for each standard that any of them serves.

        Only zones that lose are named.
        """
        return tuple(
            self._compare(watch, units, every_zone=False)
            for watch in self._watched
            if any(code in watch.row for code in units)
        )

    def whole(self, units: Collection[str] = ()) -> tuple[Leaves, ...]:
        """Return every standard and every zone, now and when these units go."""
        return tuple(self._compare(watch, units, every_zone=True) for watch in self._watched)

    def losses(self, units: Collection[str]) -> dict[str, float]:
        """Return for each unit the largest share of the city that would fall out if it went alone."""
        lost = dict.fromkeys(units, 0.0)
        for watch in self._watched:
            share = (watch.within & (watch.count == 1)) @ self._weight
            for code in units:
                if code in watch.row:
                    lost[code] = max(lost[code], float(share[watch.row[code]]))
        return lost

    def _compare(self, watch: _Watched, units: Collection[str], *, every_zone: bool) -> Leaves:
        rows = sorted({watch.row[code] for code in units if code in watch.row})
        before = watch.count > 0
        after = watch.count > watch.within[rows].sum(axis=0)
        was, stays = (
            np.bincount(self._zone, within, len(self._codes)) / self._places for within in (before, after)
        )
        zones = [
            ZoneShare(code, was_here, stays_here)
            for code, was_here, stays_here in zip(self._codes, was.tolist(), stays.tolist(), strict=True)
            if every_zone or stays_here < was_here
        ]
        zones.sort(key=lambda one: (one.after - one.before, one.zone))
        total_before, total_after = float(self._weight @ before), float(self._weight @ after)
        return Leaves(watch.standard, total_before, total_after, tuple(zones))
