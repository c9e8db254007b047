"""Coverage: what share of the city is within its standard, what a unit leaves open, what a post would add.

A place of the city is covered by a capability when some unit with it would be there within the standard
(maximal covering location, Church & ReVelle 1974). `Coverage` is that of this moment, by who stands ready;
`Planning` that of the registered units at their stations. The travel times come from geography; nothing here
knows a map.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


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
    count: Ints


@dataclass(frozen=True)
class _Weighed:
    """The codes in order; for each place its zone's number and its weight; for each zone how many places."""

    codes: tuple[str, ...]
    zone: Ints
    places: Ints
    weight: Floats

    def shares(self, within: Bools) -> list[float]:
        """Return for each zone the share of its places that are within."""
        share: list[float] = (np.bincount(self.zone, within, len(self.codes)) / self.places).tolist()
        return share


def _weighed(zone: Sequence[str], weights: Mapping[str, float]) -> _Weighed:
    """Spread the zones' weights over their places, to sum to 1. Raises ValueError without any weight."""
    codes = tuple(sorted(set(zone)))
    number = {code: k for k, code in enumerate(codes)}
    numbers = np.array([number[code] for code in zone], dtype=np.int64)
    places = np.bincount(numbers, minlength=len(codes))
    weight = np.array([weights.get(code, 0.0) for code in codes]) / np.maximum(places, 1)
    total = float((weight * places).sum())
    if not total > 0:
        raise ValueError("no place of the city has any weight")
    return _Weighed(codes, numbers, places, weight[numbers] / total)


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
        self._weighed = _weighed(zone, weights)
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
            share = (watch.within & (watch.count == 1)) @ self._weighed.weight
            for code in units:
                if code in watch.row:
                    lost[code] = max(lost[code], float(share[watch.row[code]]))
        return lost

    def _compare(self, watch: _Watched, units: Collection[str], *, every_zone: bool) -> Leaves:
        here = self._weighed
        rows = sorted({watch.row[code] for code in units if code in watch.row})
        before = watch.count > 0
        after = watch.count > watch.within[rows].sum(axis=0)
        zones = [
            ZoneShare(code, was_here, stays_here)
            for code, was_here, stays_here in zip(
                here.codes, here.shares(before), here.shares(after), strict=True
            )
            if every_zone or stays_here < was_here
        ]
        zones.sort(key=lambda one: (one.after - one.before, one.zone))
        total_before, total_after = float(here.weight @ before), float(here.weight @ after)
        return Leaves(watch.standard, total_before, total_after, tuple(zones))


@dataclass(frozen=True, slots=True)
class ZoneReach:
    """One zone by the registered units, and with one more post: shares of its places (0 to 1), seconds.

    `nearest_s`: the median over its places of the first arrival, inf where nobody comes. `is_estimate`:
    whether some first arrival is one.
    """

    zone: str
    now: float
    after: float
    nearest_s: float
    nearest_after_s: float
    is_estimate: bool

    @property
    def gain(self) -> float:
        """The share of the zone that comes within the standard by the post."""
        return self.after - self.now


@dataclass(frozen=True, slots=True)
class CityReach:
    """Weighted shares of the whole city, now and with one more post; zones: most gain first, then worst."""

    now: float
    after: float
    zones: tuple[ZoneReach, ...]

    @property
    def is_estimate(self) -> bool:
        """Whether some first arrival is an estimate."""
        return any(zone.is_estimate for zone in self.zones)


class Planning:
    """What the registered units reach from their stations within a standard, and what one post would add."""

    def __init__(
        self,
        zone: Sequence[str],
        weights: Mapping[str, float],
        arrival_s: Floats,
        is_estimate: Bools,
        standard_s: float,
    ) -> None:
        """Take the places (their zones), the zones' weights, and when each unit comes (n, places).

        arrival_s: all that the standard counts, inf where a unit cannot go; no unit at all is (0, places).
        Weights as in `Coverage`. Raises ValueError when no place has any weight.
        """
        self._weighed = _weighed(zone, weights)
        self._standard_s = standard_s
        nobody = np.full((1, len(zone)), np.inf)
        self._first_s, self._estimate = _first(
            np.vstack([nobody, arrival_s]), np.vstack([np.zeros_like(nobody, dtype=bool), is_estimate])
        )
        self._within = self._first_s <= standard_s

    def now(self) -> CityReach:
        """Return every zone as it is, before and after alike."""
        return self._compare(self._first_s, self._estimate)

    def with_post(self, arrival_s: Floats, is_estimate: Bools) -> CityReach:
        """Return every zone now and with a post from which its unit comes so (places,)."""
        return self._compare(
            *_first(np.vstack([self._first_s, arrival_s]), np.vstack([self._estimate, is_estimate]))
        )

    def best(self, arrival_s: Floats) -> int | None:
        """Return which of the posts (n, places) brings most of the city within the standard; None: none does.

        Exact for one post. Of equals the one from which the city is reached soonest on average.
        """
        if not len(arrival_s):
            return None
        gain = ((arrival_s <= self._standard_s) & ~self._within) @ self._weighed.weight
        if not gain.max() > 0:
            return None
        # Sums of the same weights in another order differ in their last digits.
        equal = np.flatnonzero(gain >= gain.max() - 1e-12)
        first_s = np.minimum(arrival_s[equal], self._first_s)
        open_ = np.isfinite(first_s)
        late = np.where(open_, 0.0, 1.0) @ self._weighed.weight
        mean_s = np.where(open_, first_s, 0.0) @ self._weighed.weight
        return int(equal[np.lexsort((mean_s, late))[0]])

    def _compare(self, after_s: Floats, is_estimate: Bools) -> CityReach:
        here = self._weighed
        after = after_s <= self._standard_s
        rough = np.bincount(here.zone, is_estimate | self._estimate, len(here.codes)) > 0
        rows = zip(
            here.codes,
            here.shares(self._within),
            here.shares(after),
            self._medians(self._first_s),
            self._medians(after_s),
            rough.tolist(),
            strict=True,
        )
        zones = sorted(
            (ZoneReach(*row) for row in rows), key=lambda one: (-round(one.gain, 9), one.after, one.zone)
        )
        return CityReach(float(here.weight @ self._within), float(here.weight @ after), tuple(zones))

    def _medians(self, first_s: Floats) -> list[float]:
        here = self._weighed
        return [float(np.median(first_s[here.zone == number])) for number in range(len(here.codes))]


def _first(arrival_s: Floats, is_estimate: Bools) -> tuple[Floats, Bools]:
    """Return for each place the first arrival of the rows, and whether that one is an estimate."""
    row = arrival_s.argmin(axis=0)
    place = np.arange(arrival_s.shape[1])
    return arrival_s[row, place], is_estimate[row, place]
