"""The quickest way by road, one-way streets kept, from many vehicles to one place or from one to many.

Method: Dijkstra (1959) over the junctions, weights in seconds, once from the one place: backwards along the
roads when it is the target. Places are put on the nearest edge, not the nearest junction, and the part of
the edge on each side of them counts. See docs/decisions/0006-roads.md.

Geometry is worked out in metres of the city's projected CRS; every distance is geodesic, along the returned
WGS 84 line.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from geo.errors import BeyondRoadLimit, NoRoadRoute, RoadNetworkBroken, TooFarFromRoad, Unreachable
from geo.points import GEOD, Floats, LonLat, Projector
from geo.road_network import (
    ROAD_CLASSES,
    Bools,
    Ints,
    RoadEdges,
    point_distances_m,
    read_roads,
    usable_edges,
)

SNAP_LIMIT_M = 300.0
"""How far a place may lie from the road, unless the city pack says another."""

_AT_END_M = 1.0  # this near the end of a one-way edge, a place is at the junction
_PIECE_M = 25.0  # for finding the nearest edge, segments are cut into pieces no longer than this
_NEAR_DEG = 0.1  # further off the network than this, no projection is needed to say it is too far
_TREES = 96  # places whose trees are kept: every station and pier, and the incidents of the day
_TREES_BYTES = 64_000_000
_CHUNK = 32  # searches at once: 5 MB for each 20,000 junctions

Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RoadSpeeds:
    """Planning speeds in km/h: `general` for each of `ROAD_CLASSES`, `kinds` where a vehicle differs."""

    general: Mapping[str, float]
    kinds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a class without speed, an unknown class, or a speed that is none."""
        if set(self.general) != set(ROAD_CLASSES):
            raise ValueError("the general speeds must name every road class, and no other")
        for table in (self.general, *self.kinds.values()):
            if not set(table) <= set(ROAD_CLASSES):
                raise ValueError(f"unknown road class: {sorted(set(table) - set(ROAD_CLASSES))}")
            if not all(np.isfinite(speed) and speed > 0 for speed in table.values()):
                raise ValueError("a speed must be a positive number")

    def by_class_kmh(self, kind: str) -> Floats:
        """Return the speeds of a kind of vehicle in the order of `ROAD_CLASSES`."""
        own = self.kinds.get(kind, {})
        return np.array([own.get(name, self.general[name]) for name in ROAD_CLASSES], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """What drives: its kind as in the city pack, and its own planning speed, which it never exceeds."""

    kind: str
    cruise_kmh: float

    def __post_init__(self) -> None:
        """Raise ValueError for a speed that is none."""
        if not (np.isfinite(self.cruise_kmh) and self.cruise_kmh > 0):
            raise ValueError(f"cruise_kmh must be a positive number, not {self.cruise_kmh}")


@dataclass(frozen=True)
class RoadPath:
    """One way by road: the quickest for its vehicle.

    `distance_m` is the geodesic length of `coords`, which run from the origin to the target, both moved
    to the road; `moved_from_m`, `moved_to_m` say how far: that part is not in distance and duration.
    """

    distance_m: float
    duration_s: float
    moved_from_m: float
    moved_to_m: float
    _line: Callable[[], list[LonLat]] = field(repr=False, compare=False)

    @cached_property
    def coords(self) -> tuple[LonLat, ...]:
        """The line, at least two points; put together when first asked for."""
        line = self._line()
        return tuple(line) if len(line) > 1 else (line[0], line[0])


@dataclass(frozen=True, slots=True)
class OnRoad:
    """Places put on the road: edge, metres from its first point, there (n, 2) in degrees, how far moved.

    `errors`: why a place is on no road (TooFarFromRoad), else None; its other values mean nothing then.
    """

    edge: Ints
    along_m: Floats
    lonlat: Floats
    moved_m: Floats
    errors: list[Unreachable | None]

    @property
    def usable(self) -> Bools:
        """Which places are on a road."""
        return np.array([error is None for error in self.errors], dtype=bool)


@dataclass(frozen=True, slots=True)
class _Search:
    """Junctions joined in one direction, for Dijkstra; which edge joins a junction to the one before it."""

    matrix: csr_array
    key: Ints  # junction · count + the one before it, ascending
    edge: Ints


@dataclass(frozen=True, slots=True)
class _Profile:
    """The network for one set of speeds. `away` follows the roads, `towards` goes against them."""

    key: tuple[float, ...]
    seconds_per_m: Floats
    away: _Search
    towards: _Search


@dataclass(frozen=True)
class _Tree:
    """Quickest ways between one place and every junction.

    `seconds` (inf = none), `metres`; `before`: the junction nearer to the place, or the count of junctions
    where the place's own edge is next; `edge`: what leads there; `by_end`: for those, at which end of the
    place's edge they are (True = the last). 24 bytes for each junction.
    """

    seconds: Floats
    metres: Floats
    before: NDArray[np.int32]
    edge: NDArray[np.int32]
    by_end: Mapping[int, bool]

    @property
    def steps(self) -> tuple[memoryview, memoryview]:
        """`before` and `edge` as what is quick to walk and costs no memory of its own."""
        return self.before.data, self.edge.data


@dataclass(frozen=True, slots=True)
class _Times:
    """Seconds and metres between places and a hub, and how: straight along its edge, or by which end."""

    duration_s: Floats
    distance_m: Floats
    straight: Bools
    by_last: Bools


@dataclass(frozen=True, slots=True)
class RoadTable:
    """Seconds from every junction to fixed places, for one set of speeds (`RoadGraph.table`).

    `junction_s` is (junctions, places), inf where there is no way: 19 MB for 20,000 junctions and 240 places.
    """

    places: OnRoad
    seconds_per_m: Floats
    junction_s: Floats32


class RoadGraph:
    """Quickest paths over one network of roads; build once, ask often, shareable between threads.

    The trees grown from the last 96 places are kept, so that asking again from a station or a pier is a
    lookup; one costs 24 bytes a junction (0.5 MB in a city of 20,000), all together at most 64 MB.
    """

    def __init__(
        self, edges: RoadEdges, projector: Projector, speeds: RoadSpeeds, snap_limit_m: float = SNAP_LIMIT_M
    ) -> None:
        """Raises ValueError where no piece of road is long enough to be used."""
        self.speeds = speeds
        self.snap_limit_m = snap_limit_m
        self._projector = projector
        kept, node, component = usable_edges(edges)
        if not len(kept):
            raise ValueError("no usable road")
        self._from, self._to = node[0], node[1]
        self._component = component
        self._road_class = edges.road_class[kept]
        self._oneway = edges.oneway[kept]
        self._maxspeed_kmh = edges.maxspeed_kmh[kept]
        counts = np.diff(edges.first)[kept]
        self._first = np.concatenate([[0], np.cumsum(counts)])
        of_point = np.repeat(np.arange(len(kept)), counts)
        points = np.repeat(edges.first[:-1][kept] - self._first[:-1], counts) + np.arange(len(of_point))
        self._lonlat = edges.lonlat[points]
        self._walk = self._first.tolist(), self._from.tolist()  # lists are quicker to walk than arrays
        self._place = tuple(LonLat(lon, lat) for lon, lat in self._lonlat.tolist())
        total = np.cumsum(point_distances_m(edges)[points])
        self._along_m = total - total[self._first[:-1]][of_point]
        self._length_m = self._along_m[self._first[1:] - 1]
        xy = projector.forward_array(self._lonlat)
        # Every point but the last of an edge begins a segment.
        self._start = np.flatnonzero(of_point[:-1] == of_point[1:])
        self._edge_of = of_point[self._start]
        self._start_xy, self._run_xy = xy[self._start], xy[self._start + 1] - xy[self._start]
        self._cuts = cuts = np.maximum(np.ceil(np.hypot(*self._run_xy.T) / _PIECE_M), 1).astype(np.int64)
        self._piece_of = np.repeat(np.arange(len(cuts)), cuts)
        number = np.arange(len(self._piece_of)) - np.repeat(np.cumsum(cuts) - cuts, cuts)
        self._middle = (number + 0.5) / cuts[self._piece_of]
        self._middles = KDTree(
            self._start_xy[self._piece_of] + self._middle[:, None] * self._run_xy[self._piece_of]
        )
        self._low, self._high = self._lonlat.min(axis=0) - _NEAR_DEG, self._lonlat.max(axis=0) + _NEAR_DEG
        self._profiles: dict[tuple[float, ...], _Profile] = {}
        self._trees: OrderedDict[tuple[object, ...], _Tree] = OrderedDict()
        self._trees_kept = max(1, min(_TREES, _TREES_BYTES // (24 * self.junctions)))
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls, path: Path, projector: Projector, speeds: RoadSpeeds, snap_limit_m: float = SNAP_LIMIT_M
    ) -> "RoadGraph":
        """The graph of an imported network (`geo.road_import`). Raises: RoadNetworkBroken."""
        edges = read_roads(path)
        try:
            return cls(edges, projector, speeds, snap_limit_m)
        except ValueError as problem:
            raise RoadNetworkBroken(file=path.name, detail=str(problem)) from problem

    @property
    def junctions(self) -> int:
        """How many junctions and dead ends there are."""
        return len(self._component)

    @property
    def points(self) -> tuple[LonLat, ...]:
        """Every point of every usable road."""
        return self._place

    @property
    def length_m(self) -> float:
        """Metres of usable road."""
        return float(self._length_m.sum())

    # --- asking ---------------------------------------------------------------------------------

    def path(self, origin: LonLat, target: LonLat, vehicle: Vehicle) -> RoadPath:
        """The quickest way from `origin` to `target`. Raises: Unreachable (one of its children)."""
        answer = self.from_one(origin, [target], vehicle)[0]
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    def to_one(
        self,
        target: LonLat,
        origins: Sequence[LonLat],
        vehicles: Vehicle | Sequence[Vehicle],
        limit_s: float = np.inf,
    ) -> list[RoadPath | Unreachable]:
        """The quickest way from each origin to the target, in order; an Unreachable where there is none.

        `vehicles`: one for all, or one for each origin. Ways longer than `limit_s` are not looked for:
        BeyondRoadLimit.
        """
        return self._ask(target, origins, vehicles, limit_s, towards=True)

    def from_one(
        self,
        origin: LonLat,
        targets: Sequence[LonLat],
        vehicles: Vehicle | Sequence[Vehicle],
        limit_s: float = np.inf,
    ) -> list[RoadPath | Unreachable]:
        """The quickest way from the origin to each target, in order; as `to_one` otherwise."""
        return self._ask(origin, targets, vehicles, limit_s, towards=False)

    def seconds(
        self, origins: Sequence[LonLat], targets: Sequence[LonLat], vehicle: Vehicle
    ) -> tuple[Floats, Floats]:
        """Seconds and metres from each origin to each target, both (origins, targets); inf where no way.

        One search for each place of the shorter side. `put_on_road` says why a place is on no road.
        """
        duration_s = np.full((len(origins), len(targets)), np.inf)
        distance_m = duration_s.copy()
        if not duration_s.size:
            return duration_s, distance_m
        start, end = self.put_on_road(origins), self.put_on_road(targets)
        profile = self._profile(self.key(vehicle))
        towards = len(targets) < len(origins)
        hubs, others = (end, start) if towards else (start, end)
        members = np.flatnonzero(others.usable)
        by_hub_s, by_hub_m = (duration_s.T, distance_m.T) if towards else (duration_s, distance_m)
        for k in np.flatnonzero(hubs.usable).tolist():
            hub = int(hubs.edge[k]), float(hubs.along_m[k])
            # A question of hundreds of places must not push the stations' trees out.
            tree = self._tree(profile, *hub, np.inf, towards=towards, keep=False)
            times = self._times(
                profile, tree, hub, others.edge[members], others.along_m[members], towards=towards
            )
            by_hub_s[k, members] = times.duration_s
            by_hub_m[k, members] = np.where(np.isfinite(times.duration_s), times.distance_m, np.inf)
        return duration_s, distance_m

    def table(self, targets: Sequence[LonLat], vehicle: Vehicle) -> RoadTable:
        """Work out the seconds from every junction to every target, once, for `table_seconds`.

        One search for each target. Targets on no road have inf. float32: exact to a millisecond for hours.
        """
        on = self.put_on_road(targets)
        profile = self._profile(self.key(vehicle))
        count = self.junctions
        first_m, last_m = self._ends_m(on.edge, on.along_m, leaving=False)
        pace = profile.seconds_per_m[on.edge]
        junction_s = np.full((count, len(targets)), np.inf, dtype=np.float32)
        usable = np.flatnonzero(on.usable)
        matrix = profile.towards.matrix
        for chunk in (usable[at : at + _CHUNK] for at in range(0, len(usable), _CHUNK)):
            # Each target becomes a junction of its own, joined to the ends of its edge.
            first, last = self._from[on.edge[chunk]], self._to[on.edge[chunk]]
            node = np.column_stack([first, last])
            weight = np.column_stack([first_m[chunk], last_m[chunk]]) * pace[chunk, None]
            # A cul-de-sac loop has both ends at one junction: the nearer one counts.
            weight[first == last, 0] = weight[first == last].min(axis=1)
            weight[first == last, 1] = np.inf
            open_ = np.isfinite(weight)
            starts = matrix.indptr[-1] + np.cumsum(open_.sum(axis=1))
            joined = csr_array(
                (
                    np.concatenate([matrix.data, weight[open_]]),
                    np.concatenate([matrix.indices, node[open_].astype(np.int32)]),
                    np.concatenate([matrix.indptr, starts.astype(np.int32)]),
                ),
                shape=(count + len(chunk), count + len(chunk)),
            )
            found = dijkstra(joined, indices=np.arange(count, count + len(chunk)))
            junction_s[:, chunk] = found[:, :count].T
        return RoadTable(on, profile.seconds_per_m, junction_s)

    def table_seconds(self, table: RoadTable, origins: OnRoad) -> Floats32:
        """Seconds from each origin to each place of the table (origins, places); inf where no way."""
        edge, along_m, usable = origins.edge, origins.along_m, origins.usable
        pace = table.seconds_per_m[edge]
        first_m, last_m = self._ends_m(edge, along_m, leaving=True)
        first_s, last_s = np.where(usable, first_m * pace, np.inf), np.where(usable, last_m * pace, np.inf)
        seconds = np.minimum(
            table.junction_s[self._from[edge]] + first_s[:, None].astype(np.float32),
            table.junction_s[self._to[edge]] + last_s[:, None].astype(np.float32),
        )
        # On the very edge of a target one may drive straight there, if the direction is right.
        order = np.argsort(table.places.edge, kind="stable")
        ordered = table.places.edge[order]
        low, high = np.searchsorted(ordered, edge, "left"), np.searchsorted(ordered, edge, "right")
        for k in np.flatnonzero((high > low) & usable).tolist():
            same = order[low[k] : high[k]]
            same = same[table.places.usable[same]]
            ahead_m = table.places.along_m[same] - along_m[k]
            allowed = (ahead_m >= 0) | (not self._oneway[edge[k]])
            straight_s = np.where(allowed, np.abs(ahead_m) * pace[k], np.inf)
            seconds[k, same] = np.minimum(seconds[k, same], straight_s)
        return seconds

    def off_road_m(self, points: Sequence[LonLat]) -> list[float]:
        """How far each place is from the nearest usable road, in metres."""
        return self.put_on_road(points).moved_m.tolist() if points else []

    def along_roads(self) -> tuple[Floats, Floats]:
        """Places along every usable road, at most 25 m apart: degrees (n, 2), and the metres each is for."""
        start = self._start[self._piece_of]
        share = self._middle[:, None]
        length_m = (self._along_m[start + 1] - self._along_m[start]) / self._cuts[self._piece_of]
        return self._lonlat[start] * (1 - share) + self._lonlat[start + 1] * share, length_m

    def forget(self) -> None:
        """Drop the trees that are kept, as a measurement must."""
        with self._lock:
            self._trees.clear()

    def reach(self, origin: LonLat, vehicle: Vehicle, limit_s: float) -> tuple[Floats, Floats]:
        """Places on the road, every 25 m or closer, that a vehicle from `origin` reaches within `limit_s`.

        Returns degrees (n, 2), longitude first, and seconds (n,): what areas of 5, 10, 15 minutes are drawn
        from. Raises: TooFarFromRoad.
        """
        on = self.put_on_road([origin])
        if on.errors[0] is not None:
            raise on.errors[0]
        profile = self._profile(self.key(vehicle))
        hub, hub_m = int(on.edge[0]), float(on.along_m[0])
        seconds = self._tree(profile, hub, hub_m, limit_s, towards=False).seconds
        edge, start = self._edge_of[self._piece_of], self._start[self._piece_of]
        along_m = self._along_m[start] * (1 - self._middle) + self._along_m[start + 1] * self._middle
        pace, oneway = profile.seconds_per_m[edge], self._oneway[edge]
        back_s = seconds[self._to[edge]] + (self._length_m[edge] - along_m) * pace
        there_s = np.minimum(seconds[self._from[edge]] + along_m * pace, np.where(oneway, np.inf, back_s))
        straight = (edge == hub) & ((along_m >= hub_m) | ~oneway)
        there_s = np.where(straight, np.minimum(there_s, np.abs(along_m - hub_m) * pace), there_s)
        kept = np.flatnonzero(there_s <= limit_s)
        share = self._middle[kept, None]
        place = self._lonlat[start[kept]] * (1 - share) + self._lonlat[start[kept] + 1] * share
        return place, there_s[kept]

    def _ask(
        self,
        centre: LonLat,
        others: Sequence[LonLat],
        vehicles: Vehicle | Sequence[Vehicle],
        limit_s: float,
        *,
        towards: bool,
    ) -> list[RoadPath | Unreachable]:
        if not others:
            return []
        keys = self._keys(vehicles, len(others))
        on = self.put_on_road([centre, *others])
        if on.errors[0] is not None:
            return [on.errors[0]] * len(others)
        answers: list[RoadPath | Unreachable | None] = list(on.errors)
        piece = self._component[self._from[on.edge]]
        connected = (piece == piece[0]).tolist()
        groups: dict[tuple[float, ...], list[int]] = {}
        for k, (other, key) in enumerate(zip(others, keys, strict=True), start=1):
            if answers[k] is None and not connected[k]:
                answers[k] = _no_route(other, centre) if towards else _no_route(centre, other)
            elif answers[k] is None:
                groups.setdefault(key, []).append(k)
        for key, members in groups.items():
            profile = self._profile(key)
            tree = self._tree(profile, int(on.edge[0]), float(on.along_m[0]), limit_s, towards=towards)
            paths = self._paths(profile, tree, on, np.array(members), limit_s, towards=towards)
            for k, path in zip(members, paths, strict=True):
                answers[k] = path
        return [answer for answer in answers[1:] if answer is not None]

    # --- putting places on the road -------------------------------------------------------------

    def put_on_road(self, points: Sequence[LonLat]) -> OnRoad:
        """Put each place on the nearest usable road, at most the snap limit away."""
        lonlat = np.array([(point.lon, point.lat) for point in points]).reshape(-1, 2)
        near = ((lonlat >= self._low) & (lonlat <= self._high)).all(axis=1)
        segment = np.zeros(len(points), dtype=np.int64)
        share = np.zeros(len(points))
        if near.any():
            segment[near], share[near] = self._nearest(self._projector.forward_array(lonlat[near]))
        start = self._start[segment]
        foot = self._lonlat[start] * (1 - share)[:, None] + self._lonlat[start + 1] * share[:, None]
        moved_m = np.asarray(GEOD.inv(lonlat[:, 0], lonlat[:, 1], foot[:, 0], foot[:, 1])[2])
        for k in np.flatnonzero(~near).tolist():
            moved_m[k] = self._far_m(points[k])
        errors: list[Unreachable | None] = [None] * len(points)
        for k in np.flatnonzero(moved_m > self.snap_limit_m).tolist():
            errors[k] = TooFarFromRoad(
                lon=points[k].lon, lat=points[k].lat, distance_m=float(moved_m[k]), limit_m=self.snap_limit_m
            )
        along_m = self._along_m[start] * (1 - share) + self._along_m[start + 1] * share
        return OnRoad(self._edge_of[segment], along_m, foot, moved_m, errors)

    def _nearest(self, xy: Floats) -> tuple[Ints, Floats]:
        """For each place in metres the nearest segment, and where on it (share of its length); exact.

        A piece's nearest point is at most half a piece from its middle. So the nearest segment has a middle
        within the distance of the nearest middle plus that half.
        """
        reach_m = self._middles.query(xy)[0] + _PIECE_M / 2
        found = self._middles.query_ball_point(xy, reach_m, return_sorted=False)
        counts = np.array([len(pieces) for pieces in found])
        place = np.repeat(np.arange(len(xy)), counts)
        segment = self._piece_of[np.concatenate(found).astype(np.int64)]
        run, offset = self._run_xy[segment], xy[place] - self._start_xy[segment]
        square = np.maximum((run**2).sum(axis=1), 1e-12)  # two nodes may lie in one place
        share = np.clip((offset * run).sum(axis=1) / square, 0.0, 1.0)
        away = offset - share[:, None] * run
        order = np.lexsort((segment, (away**2).sum(axis=1), place))
        best = order[np.cumsum(counts) - counts]
        return segment[best], share[best]

    def _far_m(self, point: LonLat) -> float:
        """Metres to the nearest point of any road line; for places so far off that nothing finer is asked."""
        count = len(self._lonlat)
        lon, lat = np.full(count, point.lon), np.full(count, point.lat)
        return float(np.min(GEOD.inv(lon, lat, self._lonlat[:, 0], self._lonlat[:, 1])[2]))

    # --- speeds ---------------------------------------------------------------------------------

    def _keys(self, vehicles: Vehicle | Sequence[Vehicle], count: int) -> list[tuple[float, ...]]:
        """Name the speeds of each vehicle: those that drive alike share one name."""
        if isinstance(vehicles, Vehicle):
            return [self.key(vehicles)] * count
        if len(vehicles) != count:
            raise ValueError("one vehicle for all, or one for each place")
        known = {vehicle: self.key(vehicle) for vehicle in set(vehicles)}
        return [known[vehicle] for vehicle in vehicles]

    def key(self, vehicle: Vehicle) -> tuple[float, ...]:
        """Name the speeds of a vehicle: those that drive alike have the same key."""
        capped = np.minimum(self.speeds.by_class_kmh(vehicle.kind), vehicle.cruise_kmh)
        return tuple(capped.tolist())

    def _profile(self, by_class_kmh: tuple[float, ...]) -> _Profile:
        with self._lock:
            found = self._profiles.get(by_class_kmh)
            if found is None:
                found = self._profiles[by_class_kmh] = self._make_profile(by_class_kmh)
            return found

    def _make_profile(self, by_class_kmh: tuple[float, ...]) -> _Profile:
        # A posted limit tells of a narrow or busy street, so it slows down; it never speeds up.
        seconds_per_m = 3.6 / np.fmin(np.array(by_class_kmh)[self._road_class], self._maxspeed_kmh)
        seconds = self._length_m * seconds_per_m
        both_ways = np.flatnonzero(~self._oneway)
        edge = np.concatenate([np.arange(len(seconds)), both_ways])
        a = np.concatenate([self._from, self._to[both_ways]])
        b = np.concatenate([self._to, self._from[both_ways]])
        proper = a != b
        a, b, edge = a[proper], b[proper], edge[proper]
        # Where several edges join two junctions, the quickest is enough: the others lead nowhere else.
        order = np.lexsort((seconds[edge], b, a))
        a, b, edge = a[order], b[order], edge[order]
        quickest = np.ones(len(a), dtype=bool)
        quickest[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        a, b, edge = a[quickest], b[quickest], edge[quickest]
        count = self.junctions
        back = np.lexsort((a, b))
        return _Profile(
            by_class_kmh,
            seconds_per_m,
            away=_Search(_matrix(a, b, seconds[edge], count), b[back] * count + a[back], edge[back]),
            towards=_Search(_matrix(b[back], a[back], seconds[edge[back]], count), a * count + b, edge),
        )

    # --- searching ------------------------------------------------------------------------------

    def _ends_m(self, edge: Ints, along_m: Floats, *, leaving: bool) -> tuple[Floats, Floats]:
        """Metres between places on edges and the first and last junction; inf where one may not drive."""
        to_first, to_last = along_m.copy(), self._length_m[edge] - along_m
        against = to_first if leaving else to_last
        against[self._oneway[edge] & (against > _AT_END_M)] = np.inf
        return to_first, to_last

    def _tree(
        self,
        profile: _Profile,
        edge: int,
        along_m: float,
        limit_s: float,
        *,
        towards: bool,
        keep: bool = True,
    ) -> _Tree:
        """The tree of a place, grown or as it was kept."""
        name = (profile.key, edge, along_m, limit_s, towards)
        with self._lock:
            tree = self._trees.get(name)
            if tree is not None:
                self._trees.move_to_end(name)
                return tree
        # Grown outside the lock: two threads may do the same work once, and get the same tree.
        tree = self._grow(profile, edge, along_m, limit_s, towards=towards)
        if keep:
            with self._lock:
                self._trees[name] = tree
                while len(self._trees) > self._trees_kept:
                    self._trees.popitem(last=False)
        return tree

    def _grow(self, profile: _Profile, edge: int, along_m: float, limit_s: float, *, towards: bool) -> _Tree:
        count = self.junctions
        search = profile.towards if towards else profile.away
        first, last = self._ends_m(np.array([edge]), np.array([along_m]), leaving=not towards)
        starts: dict[int, tuple[float, bool]] = {}
        for node, metres, is_last in (
            (int(self._from[edge]), float(first[0]), False),
            (int(self._to[edge]), float(last[0]), True),
        ):
            if np.isfinite(metres) and (node not in starts or metres < starts[node][0]):
                starts[node] = (metres, is_last)
        weights = np.array([metres for metres, _ in starts.values()]) * profile.seconds_per_m[edge]
        matrix = search.matrix
        joined = csr_array(
            (
                np.concatenate([matrix.data, weights]),
                np.concatenate([matrix.indices, np.array(list(starts), dtype=np.int32)]),
                np.append(matrix.indptr, matrix.indptr[-1] + np.int32(len(starts))),
            ),
            shape=(count + 1, count + 1),
        )
        seconds, found = dijkstra(joined, indices=count, return_predecessors=True, limit=limit_s)
        reached = np.flatnonzero(found[:count] >= 0)
        before = np.full(count + 1, count)
        before[reached] = found[reached]
        inner = reached[before[reached] < count]
        by = np.full(count, -1)
        by[inner] = search.edge[np.searchsorted(search.key, inner * count + before[inner])]
        length_m = np.zeros(count + 1)
        length_m[inner] = self._length_m[by[inner]]
        for node, (start_m, _) in starts.items():
            if before[node] == count:
                length_m[node] = start_m
        # Each round doubles how many steps of the way are summed up.
        ahead = before
        while (ahead != count).any():
            length_m = length_m + length_m[ahead]
            ahead = ahead[ahead]
        by_end = {node: is_last for node, (_, is_last) in starts.items()}
        return _Tree(seconds, length_m, before.astype(np.int32), by.astype(np.int32), by_end)

    def _times(
        self,
        profile: _Profile,
        tree: _Tree,
        hub: tuple[int, float],
        edge: Ints,
        along_m: Floats,
        *,
        towards: bool,
    ) -> _Times:
        """Seconds and metres between places on edges and the hub (its edge, metres along it)."""
        pace = profile.seconds_per_m[edge]
        first_m, last_m = self._ends_m(edge, along_m, leaving=towards)
        by_first_s = first_m * pace + tree.seconds[self._from[edge]]
        by_last_s = last_m * pace + tree.seconds[self._to[edge]]
        by_last = by_last_s < by_first_s
        duration_s = np.where(by_last, by_last_s, by_first_s)
        distance_m = np.where(
            by_last, last_m + tree.metres[self._to[edge]], first_m + tree.metres[self._from[edge]]
        )
        # On the very edge of the hub one may drive straight there, if the direction is right.
        hub_edge, hub_m = hub
        ahead_m = hub_m - along_m if towards else along_m - hub_m
        allowed = (ahead_m >= 0) | ~self._oneway[edge]
        straight_s = np.where((edge == hub_edge) & allowed, np.abs(ahead_m) * pace, np.inf)
        straight = straight_s <= duration_s
        return _Times(
            np.where(straight, straight_s, duration_s),
            np.where(straight, np.abs(ahead_m), distance_m),
            straight,
            by_last,
        )

    def _paths(
        self,
        profile: _Profile,
        tree: _Tree,
        on: OnRoad,
        members: Ints,
        limit_s: float,
        *,
        towards: bool,
    ) -> list[RoadPath | Unreachable]:
        """The ways between the `members` of `on` and the hub, which is its place 0."""
        hub = int(on.edge[0]), float(on.along_m[0])
        times = self._times(profile, tree, hub, on.edge[members], on.along_m[members], towards=towards)
        hub_moved_m = float(on.moved_m[0])
        answers: list[RoadPath | Unreachable] = []
        for k, metres, seconds, is_straight, is_last, moved_m in zip(
            members.tolist(), times.distance_m.tolist(), times.duration_s.tolist(), times.straight.tolist(),
            times.by_last.tolist(), on.moved_m[members].tolist(), strict=True,
        ):  # fmt: skip
            # Within one component everything is reached, so only the limit can have stopped the search.
            if not seconds <= limit_s:
                answers.append(BeyondRoadLimit(limit_s=limit_s))
                continue
            line = partial(self._line, tree, on, k, None if is_straight else is_last, towards)
            from_m, to_m = (moved_m, hub_moved_m) if towards else (hub_moved_m, moved_m)
            answers.append(RoadPath(metres, seconds, from_m, to_m, line))
        return answers

    # --- lines ----------------------------------------------------------------------------------

    def _line(self, tree: _Tree, on: OnRoad, k: int, by_end: bool | None, towards: bool) -> list[LonLat]:
        """The points between place `k` and the hub, in the order of driving.

        `by_end`: by which end of its own edge it goes (True = the last), None = straight along it.
        """
        edge, hub_edge = int(on.edge[k]), int(on.edge[0])
        start_m, hub_m = float(on.along_m[k]), float(on.along_m[0])
        points = [LonLat(*on.lonlat[k])]
        if by_end is None:
            _extend(points, self._between(edge, start_m, hub_m))
        else:
            _extend(points, self._to_end(edge, start_m, last=by_end))
            node = int(self._to[edge] if by_end else self._from[edge])
            before, by = tree.steps
            place, span, start = self._place, *self._walk
            while before[node] < self.junctions:
                edge = by[node]
                # Only what follows the junction: the line is there already.
                begin, end = span[edge], span[edge + 1]
                points += place[begin + 1 : end] if start[edge] == node else place[begin : end - 1][::-1]
                node = before[node]
            _extend(points, self._to_end(hub_edge, hub_m, last=tree.by_end[node])[::-1])
        _extend(points, (LonLat(*on.lonlat[0]),))
        return points if towards else points[::-1]

    def _to_end(self, edge: int, along_m: float, *, last: bool) -> tuple[LonLat, ...]:
        """The points of an edge passed from `along_m` to one of its ends."""
        begin, end = int(self._first[edge]), int(self._first[edge + 1])
        if last:
            passed = int(np.searchsorted(self._along_m[begin:end], along_m, side="right"))
            return self._place[begin + passed : end]
        passed = int(np.searchsorted(self._along_m[begin:end], along_m, side="left"))
        return self._place[begin : begin + passed][::-1]

    def _between(self, edge: int, start_m: float, end_m: float) -> tuple[LonLat, ...]:
        """The points of an edge strictly between two places on it, in the order of driving."""
        begin, end = int(self._first[edge]), int(self._first[edge + 1])
        low = int(np.searchsorted(self._along_m[begin:end], min(start_m, end_m), side="right"))
        high = int(np.searchsorted(self._along_m[begin:end], max(start_m, end_m), side="left"))
        points = self._place[begin + low : begin + high]
        return points if start_m <= end_m else points[::-1]


def _matrix(rows: Ints, columns: Ints, seconds: Floats, count: int) -> csr_array:
    """Rows ascending, no pair twice. Explicit zeros are edges to scipy, as they should be."""
    row_start = np.searchsorted(rows, np.arange(count + 1))
    return csr_array((seconds, columns.astype(np.int32), row_start.astype(np.int32)), shape=(count, count))


def _extend(points: list[LonLat], more: tuple[LonLat, ...]) -> None:
    """Add to a line, without saying a junction twice."""
    points += more[1:] if more and more[0] == points[-1] else more


def _no_route(origin: LonLat, target: LonLat) -> NoRoadRoute:
    return NoRoadRoute(from_lon=origin.lon, from_lat=origin.lat, to_lon=target.lon, to_lat=target.lat)
