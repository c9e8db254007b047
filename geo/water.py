"""The shortest way by boat, never across land.

Method: visibility graph over the corners of the shore (Lozano-Pérez & Wesley 1979), reduced to the lines
that touch the land like a taut rope at both ends (de Berg et al., Computational Geometry, ch. 15), and
Dijkstra from the origin. See docs/decisions/0003-water-routing.md.

The land is widened by `CLEARANCE_M`, so that a returned line stays in the water when it is drawn straight
in degrees, and when the map is a few metres off. Geometry is worked out in metres of the city's projected
CRS; every distance is geodesic, along the returned WGS 84 line.
"""

import hashlib
import logging
import os
import threading
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from geo.errors import NoNavigableWater, NoWaterRoute, OutsideWaterMap, TooFarFromWater, Unreachable
from geo.points import GEOD, Area, Floats, LonLat, Projector

CLEARANCE_M = 10.0
"""How far routes stay off the shore; channels narrower than twice this are closed."""
SNAP_LIMIT_M = 600.0
"""How far a pier or a misplaced point is moved to the water at most."""
SMALLEST_WATER_M2 = 1_000_000.0
"""Ponds and river stumps smaller than this, cut off from the rest, are not navigable."""

_SLACK_M = 0.01  # sight lines are tested against land this much smaller, so touching a corner is no crossing
_MITRE_LIMIT = 2.0
_LONGEST_EDGE_DEG = 0.05  # straight in degrees is not straight in metres; 5 km bends by less than 5 cm
_CELL_M = 100.0
_SAMPLES = (7, 31, 127)
_TOUCH_M = 0.001  # a line passing a shore edge's extension by this little still counts as touching
_TARGETS = 500  # looked at together: beside some thousand corners, tens of megabytes
_FLAT = 1e-9  # sine of a bend too small to be a corner
_FORMAT = 1  # raise when the method changes, so that old caches are not read

_BROKEN_CACHE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, shapely.GEOSException)
_log = logging.getLogger(__name__)

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WaterPath:
    """One way by boat.

    `coords` runs from the origin to the target, both already moved to the water where that was needed;
    `distance_m` is its geodesic length. `moved_from_m`, `moved_to_m`: how far the ends were moved (0 = not).
    """

    distance_m: float
    coords: tuple[LonLat, ...]
    moved_from_m: float
    moved_to_m: float

    def reversed(self) -> "WaterPath":
        """The same way in the other direction."""
        return replace(
            self, coords=self.coords[::-1], moved_from_m=self.moved_to_m, moved_to_m=self.moved_from_m
        )


@dataclass(frozen=True, slots=True)
class WaterSpread:
    """How far `n` places are from one origin by water, inf where there is no way within the limit.

    The last part of each way is straight: from `pivot` (n, 2), metres of the projected CRS, which is the
    origin or a corner of the shore, `pivot_m` (n,) from the origin. `moved_m`: how far the origin was moved.
    """

    distance_m: Floats
    pivot: Floats
    pivot_m: Floats
    moved_m: float


@dataclass(frozen=True, slots=True)
class _Ends:
    """Points moved to the water: metres (n, 2), degrees (n, 2), how far, in which water, what went wrong."""

    xy: Floats
    lonlat: Floats
    moved_m: Floats
    water: Ints
    errors: list[Unreachable | None]


class WaterGraph:
    """Shortest paths over one map of water. Build it with `WaterGraph.build`; shareable between threads."""

    def __init__(
        self,
        water: MultiPolygon,
        corners: Floats,
        edges: csr_array,
        solid: Bools,
        projector: Projector,
        area: Area,
    ) -> None:
        self.area = area
        self._projector = projector
        self._water = water
        self._parts = tuple(water.geoms)
        self._obstacle = _obstacle(water)
        # GEOS keeps scratch state inside a prepared geometry, and shapely lets go of the GIL.
        self._lock = threading.Lock()
        shapely.prepare(self._obstacle)
        for part in self._parts:
            shapely.prepare(part)
        self._shore, self._shore_water = _shore_segments(water)
        self._shore_tree = STRtree(self._shore)
        self._solid = solid
        self._grid_origin = _grid_origin(water)
        # A corner: where it is, and the unit vectors along the shore to the vertices before and after it.
        self._corner, self._to_before, self._to_after = corners[:, 0:2], corners[:, 2:4], corners[:, 4:6]
        self._corner_lonlat = projector.inverse_array(self._corner) if len(corners) else np.empty((0, 2))
        self._corner_points = tuple(LonLat(lon, lat) for lon, lat in self._corner_lonlat.tolist())
        self._edges = edges

    # --- building -------------------------------------------------------------------------------

    @classmethod
    def build(
        cls, land: BaseGeometry, projector: Projector, area: Area, cache_dir: Path | None = None
    ) -> "WaterGraph":
        """The graph for `land` (Polygon or MultiPolygon, WGS 84) in `area`, read from `cache_dir` if there.

        `area` must be the box in which `land` is complete: nothing is known outside, so no route leaves it.

        Raises: NoNavigableWater when land fills the area.
        """
        cache = None if cache_dir is None else cache_dir / f"water-{_input_hash(land, projector, area)}.npz"
        if cache is not None and cache.exists():
            try:
                return cls._load(cache, projector, area)
            except _BROKEN_CACHE as problem:
                _log.warning("water graph cache %s is unusable (%s); building it again", cache, problem)
        water = _navigable_water(land, projector, area)
        graph = cls(water, _corners(water), csr_array((0, 0)), _solid_cells(water), projector, area)
        graph._edges = graph._see_each_other()
        if cache is not None:
            try:
                graph._save(cache)
            except OSError as problem:  # without its cache Sigap starts a few seconds later, that is all
                _log.warning("water graph cache %s cannot be written (%s)", cache, problem)
        return graph

    def _see_each_other(self) -> csr_array:
        """Edges between corners that see each other along a line taut at both; weights in geodesic metres."""
        count = len(self._corner)
        starts, ends = [], []
        for i in range(count - 1):
            j = np.arange(i + 1, count)
            j = j[_touches(self._corner[j] - self._corner[i], self._to_before[j], self._to_after[j])]
            j = j[_touches(self._corner[j] - self._corner[i], self._to_before[i], self._to_after[i])]
            j = j[~self._hits_solid(np.broadcast_to(self._corner[i], (len(j), 2)), self._corner[j])]
            starts.append(np.full(len(j), i))
            ends.append(j)
        a, b = _joined(starts), _joined(ends)
        clear = self._clear(self._corner[a], self._corner[b])
        a, b = a[clear], b[clear]
        weight = _geodesic_m(self._corner_lonlat[a], self._corner_lonlat[b])
        both_ways = (np.concatenate([a, b]), np.concatenate([b, a]))
        return csr_array((np.concatenate([weight, weight]), both_ways), shape=(count, count))

    # --- cache ----------------------------------------------------------------------------------

    def _save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed, so that a killed process never leaves half a cache.
        beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        with beside.open("wb") as file:
            np.savez_compressed(
                file,
                water=np.frombuffer(shapely.to_wkb(self._water), dtype=np.uint8),
                corners=np.hstack([self._corner, self._to_before, self._to_after]),
                weight=self._edges.data,
                column=self._edges.indices,
                row_start=self._edges.indptr,
                solid=self._solid,
            )
        beside.replace(path)

    @classmethod
    def _load(cls, path: Path, projector: Projector, area: Area) -> "WaterGraph":
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            water = shapely.from_wkb(stored["water"].tobytes())
            corners = stored["corners"]
            edges = csr_array(
                (stored["weight"], stored["column"], stored["row_start"]), shape=(len(corners), len(corners))
            )
            return cls(water, corners, edges, stored["solid"], projector, area)

    # --- asking ---------------------------------------------------------------------------------

    def path(self, origin: LonLat, target: LonLat) -> WaterPath:
        """The shortest way from `origin` to `target`. Raises: Unreachable (one of its children)."""
        answer = self.from_one(origin, [target])[0]
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    def from_one(self, origin: LonLat, targets: Sequence[LonLat]) -> list[WaterPath | Unreachable]:
        """The shortest way from `origin` to each target, in order; an Unreachable where there is none."""
        if not targets:
            return []
        start = self._to_water([origin])
        if start.errors[0] is not None:
            return [start.errors[0]] * len(targets)
        ends = self._to_water(targets)
        good = np.array([error is None for error in ends.errors])
        reachable = np.flatnonzero(good & (ends.water == start.water[0]))
        routes = dict(zip(reachable.tolist(), self._routes(start, ends, reachable), strict=True))
        answers: list[WaterPath | Unreachable] = []
        for k, target in enumerate(targets):
            error = ends.errors[k]
            route = routes.get(k)
            if error is not None:
                answers.append(error)
            elif route is None:
                answers.append(_no_route(origin, target))
            else:
                answers.append(WaterPath(route[0], route[1], float(start.moved_m[0]), float(ends.moved_m[k])))
        return answers

    @property
    def water(self) -> MultiPolygon:
        """Where boats may go: metres of the projected CRS, `CLEARANCE_M` off every shore."""
        return self._water

    def spread(self, origin: LonLat, places: Floats, limit_m: float) -> WaterSpread:
        """How far places in the water (n, 2), metres of the projected CRS, are from `origin`: no lines.

        For thousands of places: what areas of 5, 10, 15 minutes are drawn from. Raises: TooFarFromWater,
        OutsideWaterMap.
        """
        start = self._to_water([origin])
        if start.errors[0] is not None:
            raise start.errors[0]
        hub, count = start.xy[0], len(places)
        lonlat = self._projector.inverse_array(places)
        straight_m = _geodesic_m(np.broadcast_to(start.lonlat[0], lonlat.shape), lonlat)
        distance_m, pivot = np.full(count, np.inf), np.tile(hub, (count, 1))
        pivot_m = np.zeros(count)
        near = np.flatnonzero(straight_m <= limit_m)
        seen = self._clear(np.broadcast_to(hub, (len(near), 2)), places[near])
        distance_m[near[seen]] = straight_m[near[seen]]
        turning = near[~seen]
        if len(turning) and len(self._corner):
            corner_m, before = self._from_origin(hub, start.lonlat[0])
            # Corners beyond the limit lead nowhere within it; without them this is six times faster.
            corner_m = np.where(corner_m <= limit_m, corner_m, np.inf)
            for some in (turning[at : at + _TARGETS] for at in range(0, len(turning), _TARGETS)):
                best_m, last = self._last_corners(hub, corner_m, before, places[some], lonlat[some])
                found = best_m <= limit_m
                some, last = some[found], last[found]
                distance_m[some], pivot[some], pivot_m[some] = (
                    best_m[found],
                    self._corner[last],
                    corner_m[last],
                )
        return WaterSpread(distance_m, pivot, pivot_m, float(start.moved_m[0]))

    def landing(self, point: LonLat, limit_m: float = SNAP_LIMIT_M) -> LonLat:
        """Where a boat comes nearest to a place: the place itself in the water, else the shore by it.

        Raises: OutsideWaterMap, TooFarFromWater beyond `limit_m`.
        """
        ends = self._to_water([point], limit_m)
        if ends.errors[0] is not None:
            raise ends.errors[0]
        return point if not ends.moved_m[0] else LonLat(*ends.lonlat[0].tolist())

    def _to_water(self, points: Sequence[LonLat], limit_m: float = SNAP_LIMIT_M) -> _Ends:
        lonlat = np.array([(point.lon, point.lat) for point in points])
        errors: list[Unreachable | None] = [
            None if self.area.contains(point) else _outside(point, self.area) for point in points
        ]
        xy = self._projector.forward_array(lonlat)
        water = np.full(len(points), -1)
        with self._lock:
            for number, part in enumerate(self._parts):
                water[shapely.intersects_xy(part, xy[:, 0], xy[:, 1])] = number
        moved_m = np.zeros(len(points))
        dry = np.flatnonzero((water < 0) & np.array([error is None for error in errors]))
        if len(dry):
            shore = self._shore_tree.nearest(shapely.points(xy[dry]))
            foot = shapely.get_coordinates(
                shapely.line_interpolate_point(
                    self._shore[shore], shapely.line_locate_point(self._shore[shore], shapely.points(xy[dry]))
                )
            )
            foot_lonlat = self._projector.inverse_array(foot)
            moved_m[dry] = _geodesic_m(lonlat[dry], foot_lonlat)
            xy[dry], lonlat[dry], water[dry] = foot, foot_lonlat, self._shore_water[shore]
            for k in dry[moved_m[dry] > limit_m]:
                errors[k] = TooFarFromWater(
                    lon=points[k].lon, lat=points[k].lat, distance_m=float(moved_m[k]), limit_m=limit_m
                )
        return _Ends(xy, lonlat, moved_m, water, errors)

    def _routes(
        self, start: _Ends, ends: _Ends, wanted: Ints
    ) -> list[tuple[float, tuple[LonLat, ...]] | None]:
        """Length and line for each of the `wanted` ends, all in the same water as the start."""
        origin, targets = start.xy[0], ends.xy[wanted]
        best_m = np.full(len(wanted), np.inf)
        last = np.full(len(wanted), -1)  # corner before the target; -1 = straight from the origin
        straight = self._clear(np.broadcast_to(origin, targets.shape), targets)
        best_m[straight] = _geodesic_m(
            np.broadcast_to(start.lonlat[0], (int(straight.sum()), 2)), ends.lonlat[wanted[straight]]
        )
        turning = np.flatnonzero(~straight)
        before: Ints = np.empty(0, dtype=np.int64)
        if len(turning) and len(self._corner):
            corner_m, before = self._from_origin(origin, start.lonlat[0])
            best_m[turning], last[turning] = self._last_corners(
                origin, corner_m, before, targets[turning], ends.lonlat[wanted[turning]]
            )
        routes: list[tuple[float, tuple[LonLat, ...]] | None] = []
        for k, length in enumerate(best_m):
            if not np.isfinite(length):
                routes.append(None)
                continue
            corners = []
            corner = int(last[k])
            while corner >= 0:
                corners.append(self._corner_points[corner])
                corner = int(before[corner])
            line = (LonLat(*start.lonlat[0]), *reversed(corners), LonLat(*ends.lonlat[wanted[k]]))
            routes.append((float(length), line))
        return routes

    def _from_origin(self, origin: Floats, origin_lonlat: Floats) -> tuple[Floats, Ints]:
        """Length of the shortest taut way to each corner (inf = none); the corner before it (-1 = origin)."""
        seen = np.flatnonzero(_touches(self._corner - origin, self._to_before, self._to_after))
        starts = np.broadcast_to(origin, (len(seen), 2))
        seen = seen[~self._hits_solid(starts, self._corner[seen])]
        seen = seen[self._clear(np.broadcast_to(origin, (len(seen), 2)), self._corner[seen])]
        first_m = _geodesic_m(np.broadcast_to(origin_lonlat, (len(seen), 2)), self._corner_lonlat[seen])
        count = len(self._corner)
        graph = csr_array(
            (
                np.concatenate([self._edges.data, first_m]),
                np.concatenate([self._edges.indices, seen]),
                np.append(self._edges.indptr, self._edges.indptr[-1] + len(seen)),
            ),
            shape=(count + 1, count + 1),
        )
        lengths, before = dijkstra(graph, indices=count, return_predecessors=True)
        before = before[:count].astype(np.int64)
        before[before == count] = -1
        return lengths[:count], before

    def _last_corners(
        self, origin: Floats, corner_m: Floats, before: Ints, targets: Floats, targets_lonlat: Floats
    ) -> tuple[Floats, Ints]:
        """For each target not seen from the origin: the shortest length, and the last corner on the way.

        Only corners around which the rope from the corner before would bend on to the target come into
        question; of these the first that sees the target, shortest first, is the answer.
        """
        reached = np.flatnonzero(np.isfinite(corner_m))
        place, to_before, to_after = self._corner[reached], self._to_before[reached], self._to_after[reached]
        arriving = place - np.where((before[reached] < 0)[:, None], origin, self._corner[before[reached]])
        arriving = _unit(arriving)
        land_side = np.sign(_cross(arriving, to_before) + _cross(arriving, to_after))[:, None]
        bends = _offset(arriving * land_side, place, targets) >= -_TOUCH_M
        bends &= _offset(to_before * -land_side, place, targets) >= -_TOUCH_M
        bends &= _offset(to_after * -land_side, place, targets) >= -_TOUCH_M
        target, corner = np.nonzero(bends)
        corner = reached[corner]
        length = corner_m[corner] + _nearly_geodesic_m(self._corner_lonlat[corner], targets_lonlat[target])
        order = np.lexsort((corner, length, target))
        target, corner, length = target[order], corner[order], length[order]
        keep = ~self._hits_solid(self._corner[corner], targets[target])
        target, corner, length = target[keep], corner[keep], length[keep]
        best_m = np.full(len(targets), np.inf)
        last = np.full(len(targets), -1)
        while len(target):
            _, first = np.unique(target, return_index=True)
            clear = first[self._clear(self._corner[corner[first]], targets[target[first]])]
            last[target[clear]] = corner[clear]
            best_m[target[clear]] = corner_m[corner[clear]] + _geodesic_m(
                self._corner_lonlat[corner[clear]], targets_lonlat[target[clear]]
            )
            rest = ~np.isin(target, target[clear])
            rest[first] = False
            target, corner, length = target[rest], corner[rest], length[rest]
        return best_m, last

    # --- seeing ---------------------------------------------------------------------------------

    def _hits_solid(self, starts: Floats, ends: Floats) -> Bools:
        """Whether the line surely crosses land: quick refusal by sampling cells that are land throughout."""
        hit = np.zeros(len(starts), dtype=bool)
        open_ = np.arange(len(starts))
        a = (starts - self._grid_origin) / _CELL_M
        step = (ends - starts) / _CELL_M
        for samples in _SAMPLES:
            share = (np.arange(samples) + 0.5) / samples
            column = (a[open_, 0:1] + step[open_, 0:1] * share).astype(np.int64)
            row = (a[open_, 1:2] + step[open_, 1:2] * share).astype(np.int64)
            refused = self._solid[row, column].any(axis=1)
            hit[open_[refused]] = True
            open_ = open_[~refused]
        return hit

    def _clear(self, starts: Floats, ends: Floats) -> Bools:
        """Whether the straight line in metres stays in the water; exact."""
        if not len(starts):
            return np.zeros(0, dtype=bool)
        lines = shapely.linestrings(np.stack([starts, ends], axis=1))
        with self._lock:
            return ~np.asarray(shapely.intersects(self._obstacle, lines))


# --- the map of water ----------------------------------------------------------------------------


def _navigable_water(land: BaseGeometry, projector: Projector, area: Area) -> MultiPolygon:
    """Where boats may go, in metres: the area without the widened land and without cut-off puddles."""
    fine = shapely.segmentize(land, _LONGEST_EDGE_DEG)
    wide = shapely.make_valid(shapely.transform(fine, projector.forward_array)).buffer(
        CLEARANCE_M, join_style="mitre", mitre_limit=_MITRE_LIMIT
    )
    corners = np.array([
        (area.min_lon, area.min_lat), (area.max_lon, area.min_lat),
        (area.max_lon, area.max_lat), (area.min_lon, area.max_lat),
    ])  # fmt: skip
    # Straight edges in metres bulge out of the box in degrees by a few metres; hence the smaller box.
    box = Polygon(projector.forward_array(corners)).buffer(-CLEARANCE_M, join_style="mitre")
    parts = shapely.get_parts(box.difference(wide))
    # An edge of a millimetre has no direction worth the name; taut lines are judged by such directions.
    parts = shapely.simplify(parts[shapely.area(parts) >= SMALLEST_WATER_M2], _SLACK_M)
    if not len(parts):
        raise NoNavigableWater()
    return MultiPolygon(list(shapely.orient_polygons(parts)))


def _obstacle(water: MultiPolygon) -> BaseGeometry:
    """Everything that is not water, the outside of the area included, smaller by the slack."""
    frame = shapely.box(*water.bounds).buffer(10 * CLEARANCE_M, join_style="mitre")
    return frame.difference(water.buffer(_SLACK_M, join_style="mitre"))


def _shore_segments(water: MultiPolygon) -> tuple[NDArray[np.object_], Ints]:
    """The edges of the water as lines, and which water each belongs to."""
    lines, belongs = [], []
    for number, part in enumerate(water.geoms):
        for ring in (part.exterior, *part.interiors):
            vertices = shapely.get_coordinates(ring)
            lines.append(shapely.linestrings(np.stack([vertices[:-1], vertices[1:]], axis=1)))
            belongs.append(np.full(len(vertices) - 1, number))
    return np.concatenate(lines), np.concatenate(belongs)


def _corners(water: MultiPolygon) -> Floats:
    """The corners around which a rope can bend (land convex there): place, unit vectors along the shore."""
    found = [np.empty((0, 6))]
    for part in water.geoms:
        for ring in (part.exterior, *part.interiors):
            place = shapely.get_coordinates(ring)[:-1]
            to_before = _unit(np.roll(place, 1, axis=0) - place)
            to_after = _unit(np.roll(place, -1, axis=0) - place)
            # Water lies to the left of every ring, so the shore turns right where the land juts out.
            juts = _cross(to_before, to_after) > _FLAT
            found.append(np.hstack([place, to_before, to_after])[juts])
    return np.concatenate(found)


def _grid_origin(water: MultiPolygon) -> Floats:
    return np.array(water.bounds[:2]) - _CELL_M


def _solid_cells(water: MultiPolygon) -> Bools:
    """Raster over the water's bounds: True where the whole cell is land. Row = northing, column = easting."""
    x0, y0 = _grid_origin(water)
    columns = int((water.bounds[2] - x0) / _CELL_M) + 2
    rows = int((water.bounds[3] - y0) / _CELL_M) + 2
    obstacle = _obstacle(water)
    shapely.prepare(obstacle)
    west = x0 + np.arange(columns) * _CELL_M
    solid = np.empty((rows, columns), dtype=bool)
    for row in range(rows):
        south = y0 + row * _CELL_M
        cells = shapely.box(west, south, west + _CELL_M, south + _CELL_M)
        solid[row] = shapely.contains_properly(obstacle, cells)
    return solid


def _input_hash(land: BaseGeometry, projector: Projector, area: Area) -> str:
    """Names everything that a built graph depends on."""
    digest = hashlib.sha256(shapely.to_wkb(shapely.normalize(land)))
    settings = (
        projector.epsg, area, CLEARANCE_M, SMALLEST_WATER_M2, _SLACK_M, _MITRE_LIMIT, _CELL_M, _FORMAT,
        shapely.geos_version_string,
    )  # fmt: skip
    digest.update(repr(settings).encode())
    return digest.hexdigest()[:20]


# --- small geometry ------------------------------------------------------------------------------


def _cross(a: Floats, b: Floats) -> Floats:
    """z of the cross product, row by row; positive where `b` points to the left of `a`."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _offset(direction: Floats, through: Floats, points: Floats) -> Floats:
    """Signed distance (points, lines) of each point to the left of each line with a unit direction."""
    left = np.column_stack([-direction[:, 1], direction[:, 0]])
    return points @ left.T - _cross(direction, through)


def _unit(vectors: Floats) -> Floats:
    """The vectors at length 1; one too short to have a direction becomes zero, which refuses no bend."""
    length = np.hypot(vectors[:, 0], vectors[:, 1])
    return vectors * np.divide(1.0, length, out=np.zeros_like(length), where=length > _TOUCH_M)[:, None]


def _touches(line: Floats, to_before: Floats, to_after: Floats) -> Bools:
    """Whether a line through a corner leaves both shore edges on one side, as a taut rope does."""
    before, after = _cross(line, to_before), _cross(line, to_after)
    return (np.minimum(before, after) >= -_TOUCH_M) | (np.maximum(before, after) <= _TOUCH_M)


def _geodesic_m(a: Floats, b: Floats) -> Floats:
    """Geodesic metres between rows of degrees (n, 2), longitude first."""
    return np.asarray(GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2], dtype=np.float64)


def _nearly_geodesic_m(a: Floats, b: Floats) -> Floats:
    """As `_geodesic_m`, ten times faster and good to a few millionths over a city: only to compare lengths.

    Radii of curvature at the middle latitude of the two points.
    """
    middle = np.radians((a[:, 1] + b[:, 1]) / 2)
    curve = 1 - GEOD.es * np.sin(middle) ** 2
    prime_vertical = GEOD.a / np.sqrt(curve)
    meridian = prime_vertical * (1 - GEOD.es) / curve
    d = np.radians(b - a)
    return np.hypot(meridian * d[:, 1], prime_vertical * np.cos(middle) * d[:, 0])


def _joined(pieces: Iterable[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *pieces])


def _outside(point: LonLat, area: Area) -> OutsideWaterMap:
    return OutsideWaterMap(
        lon=point.lon, lat=point.lat, min_lon=area.min_lon, min_lat=area.min_lat, max_lon=area.max_lon,
        max_lat=area.max_lat,
    )  # fmt: skip


def _no_route(origin: LonLat, target: LonLat) -> NoWaterRoute:
    return NoWaterRoute(from_lon=origin.lon, from_lat=origin.lat, to_lon=target.lon, to_lat=target.lat)
