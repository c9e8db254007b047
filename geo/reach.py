"""How long until somebody is there: legs by land, sea, air or on foot, and their sum.

A time is a range: low and high are 30 % below and above the calculated one (domain.md 2, "Draw ETA as a
range ±30 %").
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, STRtree

from geo.air import KNOT_M_S, flight
from geo.errors import AcrossWater, DifferentIslands, NotOnLand, Unreachable
from geo.points import GEOD, Floats, LonLat, Projector, geodesic_m
from geo.roads import RoadPath
from geo.water import WaterPath

Mode = Literal["land", "sea", "air", "foot"]
Method = Literal["water_route", "geodesic", "estimate", "road_route", "launch"]
Line = tuple[LonLat, ...] | Callable[[], tuple[LonLat, ...]]
"""Points in WGS 84 from start to end, or what puts them together when they are first asked for."""

SPREAD = 0.30
"""Half-width of the shown range, as a share of the calculated time, unless the city pack says another."""
DETOUR = 1.4
"""How much longer the road is than the straight line where no road network is installed, unless the city
pack says another."""
OPEN_WATER_LIMIT_M = 500.0
"""How much water a straight land estimate may cross: creeks, stilt houses, map error; not a strait."""


@dataclass(frozen=True)
class Leg:
    """One part of the way in one mode; times in seconds. Method ``launch`` is a boat put into the water.

    `moved_m`: how far both ends together were moved to the water; that part is in neither distance nor time.
    """

    mode: Mode
    distance_m: float
    duration_s: float
    low_s: float
    high_s: float
    method: Method
    line: Line = field(repr=False, compare=False)
    moved_m: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.distance_m, self.low_s, self.duration_s, self.high_s)
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise ValueError(f"a leg needs finite numbers from zero up, not {numbers}")
        if not self.low_s <= self.duration_s <= self.high_s:
            raise ValueError(f"low_s ≤ duration_s ≤ high_s does not hold: {numbers[1:]}")
        if isinstance(self.line, tuple):
            _require_line(self.line)

    @cached_property
    def geometry(self) -> tuple[LonLat, ...]:
        """The line in WGS 84, from start to end, at least two points."""
        line = self.line if isinstance(self.line, tuple) else self.line()
        _require_line(line)
        return line


def _require_line(line: tuple[LonLat, ...]) -> None:
    if len(line) < 2:
        raise ValueError("a leg needs at least a start and an end")


@dataclass(frozen=True, slots=True)
class Reach:
    """The whole way of one unit: turnout still to come, then the legs one after the other.

    `rough`: where the unit starts from is not known but assumed, so that the whole is an estimate.
    """

    legs: tuple[Leg, ...]
    turnout_s: float = 0.0
    spread: float = SPREAD
    rough: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.turnout_s) and self.turnout_s >= 0):
            raise ValueError(f"turnout_s must be zero or a positive number, not {self.turnout_s}")

    @property
    def is_known(self) -> bool:
        """Whether there is a way at all; a unit that is under way already may have none to be worked out."""
        return bool(self.legs)

    @property
    def distance_m(self) -> float:
        """Metres of all legs."""
        return sum(leg.distance_m for leg in self.legs)

    @property
    def eta_s(self) -> float:
        """Seconds from now to arrival."""
        return self.turnout_s + sum(leg.duration_s for leg in self.legs)

    @property
    def eta_low_s(self) -> float:
        """The early end of the range; the turnout has the same spread as the legs."""
        return self.turnout_s * (1 - self.spread) + sum(leg.low_s for leg in self.legs)

    @property
    def eta_high_s(self) -> float:
        """The late end of the range."""
        return self.turnout_s * (1 + self.spread) + sum(leg.high_s for leg in self.legs)

    @property
    def is_estimate(self) -> bool:
        """Whether any leg is a rough estimate rather than a worked-out way; the screen must say so."""
        return self.rough or any(leg.method == "estimate" for leg in self.legs)

    @property
    def method(self) -> Method:
        """How the way was worked out: ``estimate`` when any part of it is one, else the last leg's method."""
        return "estimate" if self.is_estimate else self.legs[-1].method


def leg(
    mode: Mode,
    distance_m: float,
    duration_s: float,
    method: Method,
    line: Line,
    *,
    spread: float = SPREAD,
) -> Leg:
    """A leg whose range is `spread` (a share) around its duration."""
    low_s, high_s = duration_s * (1 - spread), duration_s * (1 + spread)
    return Leg(mode, distance_m, duration_s, low_s, high_s, method, line)


def sea_leg(path: WaterPath, speed_kn: float, *, spread: float = SPREAD) -> Leg:
    """By boat along a water route. `speed_kn` is the observed planning speed, not the brochure's."""
    duration_s = path.distance_m / _m_s(speed_kn * KNOT_M_S)
    sailed = leg("sea", path.distance_m, duration_s, "water_route", path.coords, spread=spread)
    moved_m = path.moved_from_m + path.moved_to_m
    return replace(sailed, moved_m=moved_m) if moved_m else sailed


def road_leg(path: RoadPath, *, spread: float = SPREAD) -> Leg:
    """By road along an imported network; its time already knows the vehicle and the classes of road."""
    return leg("land", path.distance_m, path.duration_s, "road_route", lambda: path.coords, spread=spread)


def walk_leg(origin: LonLat, target: LonLat, speed_kmh: float, *, spread: float = SPREAD) -> Leg:
    """Straight on foot, an estimate: where no road leads. Whether one can walk there is not checked."""
    distance_m = geodesic_m(origin, target)
    duration_s = distance_m / _m_s(speed_kmh / 3.6)
    return leg("foot", distance_m, duration_s, "estimate", (origin, target), spread=spread)


def launch_leg(pier: LonLat, water: LonLat, launch_s: float, *, spread: float = SPREAD) -> Leg:
    """A carried boat put into the water at a pier; `launch_s` is the unit's own time for it."""
    return leg("sea", geodesic_m(pier, water), launch_s, "launch", (pier, water), spread=spread)


def air_leg(
    origin: LonLat,
    target: LonLat,
    cruise_kn: float,
    wind_from_deg: float | None = None,
    wind_kn: float = 0.0,
    *,
    spread: float = SPREAD,
) -> Leg:
    """Flying straight. Raises: WindTooStrong (an Unreachable)."""
    flown = flight(origin, target, cruise_kn, wind_from_deg, wind_kn)
    return leg("air", flown.distance_m, flown.duration_s, "geodesic", (origin, target), spread=spread)


class LandIndex:
    """The islands of a map, for rough land times. Build once, ask often; shareable between threads.

    `land`: the map's MultiPolygon in WGS 84 (`ZoneIndex.land`).
    """

    def __init__(self, land: MultiPolygon, projector: Projector) -> None:
        self._projector = projector
        self._islands = STRtree(shapely.transform(shapely.get_parts(land), projector.forward_array))
        # GEOS keeps scratch state inside a prepared geometry, and shapely lets go of the GIL.
        self._lock = threading.Lock()
        shapely.prepare(self._islands.geometries)

    def island(self, point: LonLat) -> int:
        """Return the number of the island that a place is on or at. Raises NotOnLand beyond 500 m."""
        number, off_m = self.at_islands([point])
        if off_m[0] > OPEN_WATER_LIMIT_M:
            raise _not_on_land(point, float(off_m[0]))
        return int(number[0])

    def shape(self, number: int) -> Polygon:
        """Return an island by its number, in metres of the city's projected CRS."""
        return self._islands.geometries[number]

    def require_dry_line(self, origin: LonLat, target: LonLat) -> None:
        """Refuse a straight line that no land unit could take.

        Raises: NotOnLand when an end is too far off any land, DifferentIslands, AcrossWater when the line
        crosses more than 500 m of water (all Unreachable).
        """
        refused = self.wet_lines([origin], target)[0]
        if refused is not None:
            raise refused

    def wet_lines(self, origins: Sequence[LonLat], target: LonLat) -> list[Unreachable | None]:
        """Return for each origin why no land unit could take the straight line to `target`, or None."""
        if not origins:
            return []
        number, off_m = self.at_islands([*origins, target])
        if off_m[-1] > OPEN_WATER_LIMIT_M:
            return [_not_on_land(target, float(off_m[-1]))] * len(origins)
        answers: list[Unreachable | None] = [
            _not_on_land(origin, float(away)) if away > OPEN_WATER_LIMIT_M else None
            for origin, away in zip(origins, off_m[:-1], strict=True)
        ]
        for k in np.flatnonzero(number[:-1] != number[-1]).tolist():
            answers[k] = answers[k] or DifferentIslands()
        open_ = [k for k, answer in enumerate(answers) if answer is None]
        xy = self._metres([*(origins[k] for k in open_), target])
        lines = shapely.linestrings(np.stack([xy[:-1], np.broadcast_to(xy[-1], xy[:-1].shape)], axis=1))
        with self._lock:
            dry = shapely.covers(self._islands.geometries[number[-1]], lines)
        for k, line, is_dry in zip(open_, lines, dry, strict=True):
            water_m = 0.0 if is_dry else self._water_m(line)
            if water_m > OPEN_WATER_LIMIT_M:
                answers[k] = AcrossWater(water_m=water_m, limit_m=OPEN_WATER_LIMIT_M)
        return answers

    def _metres(self, points: Sequence[LonLat]) -> Floats:
        return self._projector.forward_array(np.array([(point.lon, point.lat) for point in points]))

    def at_islands(self, points: Sequence[LonLat]) -> tuple[NDArray[np.int64], Floats]:
        """Return the number of the nearest island of each place, and how far it is in metres."""
        places = shapely.points(self._metres(points))
        number = np.full(len(points), -1, dtype=np.int64)
        away = np.zeros(len(points))
        # Most places lie on an island; finding that out is far quicker than finding the nearest.
        on, island = self._islands.query(places, predicate="intersects")
        number[on[::-1]] = island[::-1]
        off = np.flatnonzero(number < 0)
        if len(off):
            pairs, off_m = self._islands.query_nearest(places[off], return_distance=True, all_matches=False)
            number[off[pairs[0]]], away[off[pairs[0]]] = pairs[1], off_m
        return number, away

    def _water_m(self, line: shapely.LineString) -> float:
        """Geodesic metres of the line that are over no land."""
        with self._lock:
            near = self._islands.query(line, predicate="intersects")
        wet = line.difference(shapely.union_all(self._islands.geometries[near]))
        total = 0.0
        for part in shapely.get_parts(wet):
            degrees = self._projector.inverse_array(shapely.get_coordinates(part))
            total += float(GEOD.line_length(degrees[:, 0], degrees[:, 1]))
        return total


def _not_on_land(point: LonLat, distance_m: float) -> NotOnLand:
    return NotOnLand(lon=point.lon, lat=point.lat, distance_m=distance_m, limit_m=OPEN_WATER_LIMIT_M)


def straight_land_estimate(
    origin: LonLat,
    target: LonLat,
    speed_kmh: float,
    land: LandIndex,
    *,
    detour: float = DETOUR,
    spread: float = SPREAD,
) -> Leg:
    """A drive where no road network is installed: straight line × `detour`, method ``estimate``.

    Raises: NotOnLand, DifferentIslands, AcrossWater (all Unreachable).
    """
    land.require_dry_line(origin, target)
    return rough_drive(origin, target, speed_kmh, detour=detour, spread=spread)


def rough_drive(
    origin: LonLat, target: LonLat, speed_kmh: float, *, detour: float = DETOUR, spread: float = SPREAD
) -> Leg:
    """The estimate of `straight_land_estimate` for a line that was found dry already."""
    distance_m = geodesic_m(origin, target) * detour
    duration_s = distance_m / _m_s(speed_kmh / 3.6)
    return leg("land", distance_m, duration_s, "estimate", (origin, target), spread=spread)


def _m_s(speed: float) -> float:
    if not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"a speed must be a positive number, not {speed}")
    return speed
