"""Places that stand for where people are, and how long every unit takes to each of them.

Travel alone, by road or estimated; who stands ready, within which standard, and how many people live in a
zone is `domain.coverage`'s. See docs/decisions/0007-isochrones-and-coverage.md.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree
from shapely import MultiPolygon, Polygon

from geo.points import GEOD, Floats, LonLat, Projector
from geo.reach import OPEN_WATER_LIMIT_M, LandIndex
from geo.road_network import Bools, Ints
from geo.roads import SNAP_LIMIT_M, RoadGraph, RoadTable, Vehicle

_FINE = 40  # places of the fine grid for each one that is taken
_FINEST = 500  # steps from one end of a zone to the other: a zone like a thread must not fill the memory
_CURVE_BITS = 16
_ROUNDS = 8
_TABLES_BYTES = 256_000_000
_STEP_DEG = 1e-4  # about 10 m, over which the scale of the projection is measured


@dataclass(frozen=True, slots=True)
class DemandPoints:
    """Places in WGS 84, and for each the code of its zone; zones in order of their codes."""

    points: tuple[LonLat, ...]
    zone: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ValueError where the two do not belong together."""
        if len(self.points) != len(self.zone):
            raise ValueError("every place needs its zone")


def demand_points(
    zones: Mapping[str, Polygon | MultiPolygon], per_zone: int, projector: Projector, roads: RoadGraph | None
) -> DemandPoints:
    """Return `per_zone` places in each zone (WGS 84, by code), always inside it; the same every time.

    Along its roads where it has any, one for each equal length of road, because people live along roads;
    else on a regular grid over its ground. Of these the places are taken that stand in the middle of about
    equal shares of them. A zone with few places along its roads gives those; one too thin for the grid one.

    Raises: ValueError for `per_zone` below one or a zone without ground.
    """
    if per_zone < 1:
        raise ValueError(f"per_zone must be at least one, not {per_zone}")
    along, length_m = roads.along_roads() if roads is not None else (np.empty((0, 2)), np.empty(0))
    points: list[LonLat] = []
    codes: list[str] = []
    for code in sorted(zones):
        zone = zones[code]
        if not zone.area > 0:
            raise ValueError(f"zone {code} has no ground")
        west, south, east, north = zone.bounds
        near = np.flatnonzero(((along >= (west, south)) & (along <= (east, north))).all(axis=1))
        near = near[shapely.contains_xy(zone, *along[near].T)]
        if len(near):
            chosen = along[near][_evenly(projector.forward_array(along[near]), length_m[near], per_zone)]
        else:
            chosen = _on_ground(zone, per_zone, projector)
        points += [LonLat(lon, lat) for lon, lat in chosen.tolist()]
        codes += [code] * len(chosen)
    return DemandPoints(tuple(points), tuple(codes))


class TravelTimes:
    """How long vehicles take from anywhere to fixed places; build once, ask often, from any thread.

    With roads, the first question of a kind of vehicle works out the time from every junction to every place
    and keeps it: 19 MB for 20,000 junctions and 240 places, for each set of speeds; of these tables the last
    used are kept, at most 256 MB. The line may cross a bay of the island, which `geo.reach` would refuse:
    looking at every line would take seconds.
    """

    def __init__(
        self,
        points: Sequence[LonLat],
        projector: Projector,
        land: LandIndex,
        roads: RoadGraph | None,
        detour: float,
        beside_limit_m: float = SNAP_LIMIT_M,
    ) -> None:
        """Take the places; `detour`: how much longer a road is than the straight line.

        beside_limit_m: the way to the road counts where it is longer, at the vehicle's speed and with detour
        (a network that takes places from far off says nothing of it). Raises ValueError without places.
        """
        if not points:
            raise ValueError("times to no place")
        if not (np.isfinite(detour) and detour > 0):
            raise ValueError(f"detour must be a positive number, not {detour}")
        self.points = tuple(points)
        self._projector = projector
        self._land = land
        self._roads = roads
        self._detour = detour
        self._beside_limit_m = beside_limit_m
        self._at = self._scaled(self.points)
        self._island = self._islands(self.points)
        on_road = roads.put_on_road(self.points) if roads is not None else None
        self._on_road = on_road.usable if on_road is not None else None
        self._beside = (
            on_road.moved_m > beside_limit_m
            if on_road is not None
            else np.zeros(len(self.points), dtype=bool)
        )
        self._tables: OrderedDict[tuple[float, ...], RoadTable] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def is_estimate(self) -> bool:
        """Whether some place is reached by estimate from wherever: no network, or it is off all roads."""
        return self._on_road is None or not bool(self._on_road.all())

    def seconds(self, positions: Sequence[LonLat], vehicle: Vehicle) -> Floats:
        """Return the travel time (positions, points) in seconds, turnout apart; inf where no way.

        By road where there is one; else straight × detour at the vehicle's speed on the same island.
        """
        return self.timed(positions, vehicle)[0]

    def timed(self, positions: Sequence[LonLat], vehicle: Vehicle) -> tuple[Floats, Bools]:
        """Return what `seconds` does, and whether each time is an estimate: not by road all the way.

        A place that lies further from its road than the limit is one too: that part is in no time.
        """
        unique = list(dict.fromkeys(positions))  # most units stand at a few stations
        if not unique:
            return np.empty((0, len(self.points))), np.empty((0, len(self.points)), dtype=bool)
        number = {place: k for k, place in enumerate(unique)}
        rows = np.array([number[place] for place in positions])
        times, is_estimate = self._driven(unique, vehicle)
        rough = np.flatnonzero(np.isinf(times).any(axis=1))
        if len(rough):
            estimate = self._straight([unique[k] for k in rough.tolist()], vehicle)
            times[rough] = np.where(np.isinf(times[rough]), estimate, times[rough])
        return times[rows], is_estimate[rows]

    def _driven(self, positions: Sequence[LonLat], vehicle: Vehicle) -> tuple[Floats, Bools]:
        """Return the times by road, inf where there is none, and which are not by road all the way."""
        if self._roads is None:
            shape = (len(positions), len(self.points))
            return np.full(shape, np.inf), np.ones(shape, dtype=bool)
        on = self._roads.put_on_road(positions)
        times = self._roads.table_seconds(self._table(self._roads, vehicle), on).astype(np.float64)
        is_beside = on.usable & (on.moved_m > self._beside_limit_m)
        beside_m = np.where(is_beside, on.moved_m, 0.0)
        times += (beside_m * self._detour / (vehicle.cruise_kmh / 3.6))[:, None]
        return times, np.isinf(times) | is_beside[:, None] | self._beside

    def _table(self, roads: RoadGraph, vehicle: Vehicle) -> RoadTable:
        key = roads.key(vehicle)
        # Made under the lock: half a second of work that nobody should do twice at once.
        with self._lock:
            if key not in self._tables:
                self._tables[key] = roads.table(self.points, vehicle)
            self._tables.move_to_end(key)
            table = self._tables[key]
            while len(self._tables) > max(1, _TABLES_BYTES // table.junction_s.nbytes):
                self._tables.popitem(last=False)
            return table

    def _straight(self, positions: Sequence[LonLat], vehicle: Vehicle) -> Floats:
        (here, here_scale), (there, there_scale) = self._scaled(positions), self._at
        grid_m = np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
        metres = grid_m / ((here_scale[:, None] + there_scale[None, :]) / 2)
        island = self._islands(positions)
        same = (island[:, None] == self._island[None, :]) & (island >= 0)[:, None]
        return np.where(same, metres * self._detour / (vehicle.cruise_kmh / 3.6), np.inf)

    def _scaled(self, places: Sequence[LonLat]) -> tuple[Floats, Floats]:
        """Metres (n, 2) of the projected CRS, and how long a geodesic metre is there (n,).

        Distances in a conformal projection (UTM) divided by the mean scale of both ends are geodesic to far
        better than a thousandth, and come quicker than a geodesic for each pair.
        """
        lonlat = np.array([(place.lon, place.lat) for place in places])
        aside = lonlat + (0.0, _STEP_DEG)
        xy = self._projector.forward_array(lonlat)
        step = self._projector.forward_array(aside) - xy
        true_m = np.asarray(GEOD.inv(*lonlat.T, *aside.T)[2], dtype=np.float64)
        return xy, np.hypot(*step.T) / true_m

    def _islands(self, places: Sequence[LonLat]) -> Ints:
        """The number of each place's island, -1 where it is too far off any land."""
        number, off_m = self._land.at_islands(places)
        return np.where(off_m <= OPEN_WATER_LIMIT_M, number, -1)


# --- spreading places -----------------------------------------------------------------------------


def _on_ground(zone: Polygon | MultiPolygon, count: int, projector: Projector) -> Floats:
    """`count` places (degrees) of a regular grid inside the zone, evenly spread."""
    ground = shapely.transform(zone, projector.forward_array)
    west, south, east, north = ground.bounds
    step = max((ground.area / (_FINE * count)) ** 0.5, max(east - west, north - south) / _FINEST)
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    xy = np.column_stack([x.ravel(), y.ravel()])
    degrees = projector.inverse_array(xy)
    # Inside as it was given: an edge straight in metres is not straight in degrees.
    inside = np.flatnonzero(shapely.contains_xy(zone, *degrees.T))
    if not len(inside):
        return np.asarray(shapely.get_coordinates(zone.representative_point()))
    return degrees[inside][_evenly(xy[inside], np.ones(len(inside)), count)]


def _evenly(xy: Floats, weight: Floats, count: int) -> Ints:
    """Which of the places (n, 2) to take: `count`, or fewer where one would be taken twice.

    Every n-th along a space-filling curve; then each is moved to the middle of what it is nearest to (Lloyd).
    """
    order = np.argsort(_curve(xy), kind="stable")
    end = np.cumsum(weight[order])
    middle = (np.arange(count) + 0.5) / count * end[-1]
    taken: Ints = np.unique(order[np.searchsorted(end, middle)])
    every = KDTree(xy)
    for _ in range(_ROUNDS):
        mine = KDTree(xy[taken]).query(xy)[1]
        total = np.bincount(mine, weight)
        sums = np.column_stack([np.bincount(mine, weight * axis) for axis in xy.T])
        # Of two places at one spot one is nearest to nothing.
        centre = sums[total > 0] / total[total > 0, None]
        taken = np.unique(every.query(centre)[1])
    return taken


def _curve(xy: Floats) -> NDArray[np.int64]:
    """The position of each place along Hilbert's curve over the square around all of them."""
    low = xy.min(axis=0)
    side = max(float((xy.max(axis=0) - low).max()), 1.0)
    x, y = np.minimum((xy - low) / side * 2**_CURVE_BITS, 2**_CURVE_BITS - 1).astype(np.int64).T
    along = np.zeros(len(xy), dtype=np.int64)
    for bit in (1 << k for k in reversed(range(_CURVE_BITS))):
        right, upper = (x & bit) > 0, (y & bit) > 0
        along += bit * bit * np.where(right, np.where(upper, 2, 3), np.where(upper, 1, 0))
        # Turn the quarter so that the curve within it begins and ends at its neighbours.
        flip = ~upper & right
        x, y = np.where(flip, ~x, x), np.where(flip, ~y, y)
        x, y = np.where(~upper, y, x), np.where(~upper, x, y)
    return along
