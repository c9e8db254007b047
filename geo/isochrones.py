"""Areas within some minutes of travel of a place, by road, by water, by air, or estimated; turnout apart.

For drawing and for people: the ways themselves are exact (`geo.roads`, `geo.water`, `geo.air`), their areas
are good to about a cell, which each function says. Areas of more minutes hold those of fewer. Worked out in
metres of the city's projected CRS, given in WGS 84 degrees with 5 digits (1 m). See
docs/decisions/0007-isochrones-and-coverage.md.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.air import KNOT_M_S, flight
from geo.points import GEOD, Floats, LonLat, Projector
from geo.reach import LandIndex, Method
from geo.road_network import Bools, Ints
from geo.roads import RoadGraph, Vehicle
from geo.water import SNAP_LIMIT_M, WaterGraph

BESIDE_ROAD_M = 60.0
"""How far from a reached place on the road still counts as reached: a house and its yard. [P]"""
_ROAD_CELL = 1 / 3  # of that; cells and simplification together are less, so a reached place stays inside
_ROAD_CELLS_ACROSS = 1_500  # an area of more than 30 km is drawn more coarsely: memory
_BLOCK_CELLS = 10  # a hole smaller than a block of 200 m by 200 m is the inside of a block

_WATER_CELL_M = 100.0
_CELLS_TO_RIM = 60  # larger areas have larger cells: 15 minutes at 20 kn are 9.3 km, so 154 m
_SHORE_M = 25.0  # areas stay so far off the water's own edge, so that a simpler shore is never on land;
_SHORE_OF_CELL = 0.1  # so much of a cell where cells are large
_SHORE_SIMPLIFY, _RIM_SIMPLIFY = 0.6, 0.2  # of that distance, and together less than it
_GAP_M = 0.01

_ESTIMATE_SIMPLIFY_M = 15.0
_BEARINGS = 120  # corners of a circle; its edges lie 0.03 % of the radius inside
_CLOSE_ENOUGH = 1e-6
_GRID_DEG = 1e-5


@dataclass(frozen=True, slots=True)
class Isochrone:
    """Where one is within `minutes` of travel from `origin`; `area` is WGS 84.

    Empty where nothing that can be drawn is reached: a minute by boat inside a narrow creek.
    """

    minutes: int
    area: MultiPolygon
    method: Method
    origin: LonLat


def by_road(
    roads: RoadGraph, projector: Projector, origin: LonLat, vehicle: Vehicle, minutes: Sequence[int]
) -> tuple[Isochrone, ...]:
    """Return the areas that a vehicle reaches by road, from where `origin` meets the road, ascending.

    What is within `BESIDE_ROAD_M` of a reached place on the road, to about 50 m, with the insides of blocks;
    coarser in proportion where the reached roads spread over more than 30 km. How far the origin is from the
    road is not counted, as in `RoadPath`. Raises: TooFarFromRoad.
    """
    asked = _ascending(minutes)
    places, seconds = roads.reach(origin, vehicle, asked[-1] * 60.0)
    foot = roads.put_on_road([origin]).lonlat
    xy = projector.forward_array(np.concatenate([foot, places]))
    seconds = np.concatenate([[0.0], seconds])
    step = max(BESIDE_ROAD_M * _ROAD_CELL, float(np.ptp(xy, axis=0).max()) / _ROAD_CELLS_ACROSS)
    frame = math.ceil(1 / _ROAD_CELL) + 1
    corner = xy.min(axis=0) - frame * step
    cell = ((xy - corner) // step).astype(np.int64)
    size = cell.max(axis=0) + frame + 1
    shapes = []
    for limit in asked:
        away = np.ones(size, dtype=bool)
        away[tuple(cell[seconds <= limit * 60.0].T)] = False
        near = distance_transform_edt(away) * _ROAD_CELL <= 1
        whole = shapely.union_all(_runs(near.T, corner, step))
        block_m2 = (_BLOCK_CELLS * step) ** 2
        solid = [_without_small_holes(part, block_m2) for part in shapely.get_parts(whole)]
        shapes.append(shapely.union_all(solid).simplify(step))
    return _nested(asked, shapes, projector, "road_route", origin)


def by_estimate(
    land: LandIndex,
    projector: Projector,
    origin: LonLat,
    speed_kmh: float,
    detour: float,
    minutes: Sequence[int],
) -> tuple[Isochrone, ...]:
    """Return the discs of speed × time / `detour` on the origin's own island, ascending.

    As `geo.reach.straight_land_estimate`, but a bay of the island that the straight line crosses is not
    looked for. Raises: NotOnLand when the origin is more than 500 m off any land.
    """
    if not (_is_positive(speed_kmh) and _is_positive(detour)):
        raise ValueError(f"speed_kmh and detour must be positive numbers, not {speed_kmh}, {detour}")
    asked = _ascending(minutes)
    island = land.shape(land.island(origin)).simplify(_ESTIMATE_SIMPLIFY_M)
    shapes = []
    for limit in asked:
        disc = _circle(origin, [speed_kmh / 3.6 * limit * 60.0 / detour] * _BEARINGS)
        shapes.append(shapely.intersection(shapely.transform(disc, projector.forward_array), island))
    return _nested(asked, shapes, projector, "estimate", origin)


def by_water(
    water: WaterGraph, projector: Projector, origin: LonLat, speed_kn: float, minutes: Sequence[int]
) -> tuple[Isochrone, ...]:
    """Return the areas that a boat reaches, never on land, from where `origin` meets the water, ascending.

    The water is cut into cells of 100 m, or a sixtieth of the radius if that is more; where land cuts a cell,
    each side of it is asked for by itself. A cell on the rim is cut by the circle around the last corner of
    the shore on the way there, so that the rim is exact but for cells in which that corner changes. Drawn
    25 m, or a tenth of a cell, off the navigable water's edge: creeks narrower than about 70 m are not shown,
    what lies behind them is.

    Raises: TooFarFromWater, OutsideWaterMap.
    """
    if not _is_positive(speed_kn):
        raise ValueError(f"speed_kn must be a positive number, not {speed_kn}")
    asked = _ascending(minutes)
    speed_m_s = speed_kn * KNOT_M_S
    far_m = speed_m_s * asked[-1] * 60.0
    step = max(_WATER_CELL_M, far_m / _CELLS_TO_RIM)
    hub = np.array(projector.forward(origin))
    box_m = far_m + SNAP_LIMIT_M  # a pier is moved to the water by so much at most
    low = np.floor((hub - box_m) / step).astype(np.int64)
    high = np.ceil((hub + box_m) / step).astype(np.int64)
    shore_m = max(_SHORE_M, step * _SHORE_OF_CELL)
    drawn = water.water.buffer(-shore_m, join_style="mitre").simplify(shore_m * _SHORE_SIMPLIFY)
    pieces = _Pieces(step)
    pieces.cut(drawn, *low.tolist(), *high.tolist())
    shape, centre = pieces.shapes_and_centres()
    spread = water.spread(origin, centre, far_m + 2 * step)
    shapes = []
    for limit in asked:
        limit_m = speed_m_s * limit * 60.0
        inside = spread.distance_m + step <= limit_m
        rim = np.flatnonzero(np.abs(spread.distance_m - limit_m) < step)
        found = [shapely.union_all(shape[inside])]
        pivots, which = np.unique(spread.pivot[rim], axis=0, return_inverse=True)
        for number, pivot in enumerate(pivots):
            mine = rim[which == number]
            left_m = limit_m - spread.pivot_m[mine[0]]
            disc = shapely.Point(pivot).buffer(left_m, quad_segs=32) if left_m > 0 else Polygon()
            found.append(_solid(shapely.union_all(shape[mine]).intersection(disc)))
        # Pieces that meet on the grid may leave gaps of a nanometre between them without one to snap to.
        shapes.append(shapely.union_all(found, grid_size=_GAP_M).simplify(shore_m * _RIM_SIMPLIFY))
    return _nested(asked, shapes, projector, "water_route", origin)


def by_air(
    origin: LonLat,
    speed_kn: float,
    minutes: Sequence[int],
    wind_from_deg: float | None = None,
    wind_kn: float = 0.0,
) -> tuple[Isochrone, ...]:
    """Return the areas that an aircraft reaches flying straight, with the wind as in `geo.air`, ascending.

    Raises: WindTooStrong; ValueError for a speed that is no speed or a wind without its direction.
    """
    if not _is_positive(speed_kn):
        raise ValueError(f"speed_kn must be a positive number, not {speed_kn}")
    asked = _ascending(minutes)
    bearings = [k * 360.0 / _BEARINGS for k in range(_BEARINGS)]
    shapes = []
    for limit in asked:
        reach_m = [
            _flown_m(origin, bearing, limit * 60.0, speed_kn, wind_from_deg, wind_kn) for bearing in bearings
        ]
        shapes.append(_circle(origin, reach_m))
    return _nested(asked, shapes, None, "geodesic", origin)


# --- by air ---------------------------------------------------------------------------------------


def _flown_m(
    origin: LonLat,
    bearing_deg: float,
    seconds: float,
    speed_kn: float,
    wind_from_deg: float | None,
    wind_kn: float,
) -> float:
    """How far one comes in a direction: the distance whose flight takes so long."""
    distance_m = seconds * speed_kn * KNOT_M_S
    while True:
        lon, lat, _ = GEOD.fwd(origin.lon, origin.lat, bearing_deg, distance_m)
        took_s = flight(origin, LonLat(lon, lat), speed_kn, wind_from_deg, wind_kn).duration_s
        if abs(took_s / seconds - 1) < _CLOSE_ENOUGH:
            return distance_m
        distance_m *= seconds / took_s


def _circle(origin: LonLat, radius_m: Sequence[float]) -> Polygon:
    """The places in evenly spread directions so many geodesic metres away, WGS 84."""
    count = len(radius_m)
    bearing = np.arange(count) * 360.0 / count
    lon, lat, _ = GEOD.fwd(np.full(count, origin.lon), np.full(count, origin.lat), bearing, radius_m)
    return Polygon(np.column_stack([lon, lat]))


# --- by road --------------------------------------------------------------------------------------


def _runs(mask: Bools, corner: Floats, step: float) -> NDArray[np.object_]:
    """The true cells of a mask (rows northwards, columns eastwards from `corner`) as one box for each run."""
    edge = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, first = np.nonzero(edge == 1)
    _, end = np.nonzero(edge == -1)
    west, south = corner[0] + first * step, corner[1] + row * step
    return np.asarray(shapely.box(west, south, corner[0] + end * step, south + step))


def _without_small_holes(polygon: Polygon, least_m2: float) -> Polygon:
    return Polygon(polygon.exterior, [hole for hole in polygon.interiors if Polygon(hole).area >= least_m2])


# --- by water -------------------------------------------------------------------------------------


class _Pieces:
    """Water cut along a grid of `step` metres; a cell that land divides becomes a piece for each side."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._whole: list[Ints] = []  # south-western corners of cells that are water throughout
        self._cut: list[Polygon] = []

    def cut(self, water: BaseGeometry, left: int, bottom: int, right: int, top: int) -> None:
        """Take up the water in the cells from (left, bottom) up to but not (right, top)."""
        box = shapely.box(*(edge * self._step for edge in (left, bottom, right, top)))
        part = shapely.intersection(water, box)
        if part.is_empty:
            return
        if part.area >= box.area * (1 - 1e-9):
            column, row = np.meshgrid(np.arange(left, right), np.arange(bottom, top))
            self._whole.append(np.column_stack([column.ravel(), row.ravel()]))
        elif (right - left, top - bottom) == (1, 1):
            self._cut += [one for one in shapely.get_parts(part) if isinstance(one, Polygon)]
        elif right - left >= top - bottom:
            middle = (left + right) // 2
            self.cut(part, left, bottom, middle, top)
            self.cut(part, middle, bottom, right, top)
        else:
            middle = (bottom + top) // 2
            self.cut(part, left, bottom, right, middle)
            self.cut(part, left, middle, right, top)

    def shapes_and_centres(self) -> tuple[NDArray[np.object_], Floats]:
        """Return the pieces, and a place (n, 2) inside each; metres."""
        corner = np.concatenate([np.empty((0, 2)), *self._whole]) * self._step
        boxes = shapely.box(*corner.T, *(corner + self._step).T)
        cut = np.array(self._cut, dtype=object)
        inside = shapely.get_coordinates(shapely.point_on_surface(cut))
        shapes = np.concatenate([boxes, cut])
        return shapes, np.concatenate([corner + self._step / 2, inside])


# --- all ------------------------------------------------------------------------------------------


def _ascending(minutes: Sequence[int]) -> list[int]:
    asked = sorted(set(minutes))
    if not asked or asked[0] <= 0:
        raise ValueError(f"minutes must be numbers above zero, not {list(minutes)}")
    return asked


def _is_positive(number: float) -> bool:
    return math.isfinite(number) and number > 0


def _solid(geometry: BaseGeometry) -> MultiPolygon:
    """What of a shape is area: where two shapes only touch, their intersection has lines and points too."""
    return MultiPolygon([part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)])


def _nested(
    minutes: Sequence[int],
    shapes: Sequence[BaseGeometry],
    projector: Projector | None,
    method: Method,
    origin: LonLat,
) -> tuple[Isochrone, ...]:
    """The shapes (ascending; metres, or degrees without a projector) rounded, each in the next."""

    def areas() -> Iterator[MultiPolygon]:
        whole = MultiPolygon()
        for shape in shapes:
            degrees = shape if projector is None else shapely.transform(shape, projector.inverse_array)
            # Simplifying and rounding may move the border of the smaller area out of the larger one's.
            rounded = _solid(shapely.set_precision(degrees, _GRID_DEG))
            whole = _solid(shapely.union(whole, rounded, grid_size=_GRID_DEG))
            yield whole

    return tuple(Isochrone(limit, area, method, origin) for limit, area in zip(minutes, areas(), strict=True))
