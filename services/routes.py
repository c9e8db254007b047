"""Ways, times and areas for whoever asks: one way, many at once, and how far one comes in some minutes.

All of it is travel alone: no turnout, no crew, no readiness. Who should go is `services.suggestion`.

A kind of unit travels at the planning speed of its slowest unit in use: a promise made for "an ambulance"
must hold whichever ambulance goes. Where nobody names a kind, the slowest kind of that mode travels.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely import MultiPolygon

from domain.errors import BadInput, Need, SigapError
from domain.units import KNOT_KMH, Unit
from domain.words import N_, Mode
from geo.errors import BadCoordinate, OutsideArea, Unreachable
from geo.isochrones import Isochrone, by_air, by_estimate, by_road, by_water
from geo.points import LonLat
from geo.reach import Method, Reach, air_leg, road_leg, sea_leg
from geo.roads import RoadPath, Vehicle
from geo.water import WaterPath
from services import registry, weather
from services.center import Center
from services.ways import Drive, Ways, ways

STATION_MINUTES = (5, 10, 15)
"""Minutes of travel that the map's areas around the stations are drawn for."""


class NothingReachable(SigapError):
    """Not one of the asked pairs has a way; `first` is what stands in the way of the first pair."""

    template = N_("Tidak satu pun tujuan terjangkau. Pasangan pertama: {reason}")

    def __init__(self, first: Unreachable) -> None:
        """Keep the first pair's refusal."""
        self.first = first
        super().__init__(reason=Need(first.template, **first.params))


@dataclass(frozen=True, slots=True)
class Craft:
    """What travels: by what, as which kind of unit of the city pack, at which planning speed."""

    mode: Mode
    kind: str
    cruise_kmh: float

    @property
    def cruise_kn(self) -> float:
        """Planning speed in knots, for boats and aircraft."""
        return self.cruise_kmh / KNOT_KMH

    @property
    def vehicle(self) -> Vehicle:
        """The same as a road network knows it."""
        return Vehicle(self.kind, self.cruise_kmh)


@dataclass(frozen=True, slots=True)
class Route:
    """One way, without turnout; over land it may begin and end off the road.

    `moved_from_m`, `moved_to_m`: how far its ends were moved to the water or the road; that part is in
    neither distance nor duration.
    """

    craft: Craft
    reach: Reach
    moved_from_m: float = 0.0
    moved_to_m: float = 0.0

    @property
    def moved_m(self) -> float:
        """Metres that both ends together were moved."""
        return self.moved_from_m + self.moved_to_m

    @property
    def geometry(self) -> tuple[LonLat, ...]:
        """The whole line in WGS 84, at least two points; where legs meet is said once."""
        first, *others = (leg.geometry for leg in self.reach.legs)
        line = list(first)
        for more in others:
            line += more[1:] if more[0] == line[-1] else more
        return tuple(line)


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair of a matrix: the numbers of a `Route` without its line."""

    distance_m: float
    duration_s: float
    method: Method
    moved_m: float


@dataclass(frozen=True, slots=True)
class Matrix:
    """`cells[origin][destination]`: the way there, or why there is none."""

    craft: Craft
    cells: tuple[tuple[Cell | Unreachable, ...], ...]

    @property
    def method(self) -> Method:
        """``estimate`` when any way is one, else the method that all ways share."""
        found = {cell.method for row in self.cells for cell in row if isinstance(cell, Cell)}
        return "estimate" if "estimate" in found else found.pop()


@dataclass(frozen=True, slots=True)
class Isochrones:
    """The areas that a craft reaches from a place, the longest time first, as they are drawn."""

    craft: Craft
    areas: tuple[Isochrone, ...]


@dataclass(frozen=True, slots=True)
class StationArea:
    """Where somebody comes within `minutes` of travel from any station; MultiPolygon in WGS 84."""

    minutes: int
    area: MultiPolygon
    method: Method


@dataclass(frozen=True, slots=True, eq=False)
class StationAreas:
    """Areas around all stations of one mode, the longest time first; kept until something moves or changes.

    `stations`: the codes of those that count. `left_out`: station code → why nothing can start there.
    """

    areas: tuple[StationArea, ...]
    stations: tuple[str, ...]
    left_out: dict[str, Unreachable]


@dataclass(frozen=True, slots=True)
class _Base:
    station: str
    position: LonLat
    craft: Craft


def place(center: Center, field: str, label: str, lon: float, lat: float) -> LonLat:
    """Return a usable place of the city's area (WGS 84). Raises BadInput naming `field` (label marked)."""
    try:
        return center.pack.area.require(LonLat(lon, lat))
    except (BadCoordinate, OutsideArea) as error:
        raise BadInput(field, label, Need(error.template, **error.params)) from error


def craft(center: Center, mode: Mode, kind: str | None = None, speed_kmh: float | None = None) -> Craft:
    """Return what travels: a kind of unit at the speed of its slowest unit in use, or at `speed_kmh`.

    Without a kind: the one of the mode's slowest unit, ties by the kind's code. On a road network the
    speed is a ceiling: a vehicle goes no faster than its kind does on each class of road.

    Raises: BadInput (field `vehicle` or `mode`).
    """
    movers = [unit for unit in registry.units(center).values() if unit.mode is mode]
    if kind is not None:
        movers = _of_kind(center, mode, kind, movers)
    elif not movers:
        raise BadInput(
            "mode",
            N_("Moda"),
            Need(N_("Registri tidak memuat unit {mode}, jadi kecepatannya tidak diketahui."), mode=mode),
        )
    slowest = min(movers, key=lambda unit: (unit.cruise_kmh, unit.kind))
    return Craft(mode, slowest.kind, speed_kmh or slowest.cruise_kmh)


def route(center: Center, now: datetime, by: Craft, origin: LonLat, target: LonLat) -> Route:
    """Return the way between two places of the area (`place`), through the weather as it was told.

    Raises: Unreachable (one of its children).
    """
    here = ways(center)
    if by.mode is Mode.AIR:
        return _by_air(here, by, origin, target, _wind(center, now))
    if by.mode is Mode.SEA:
        return _by_water(here, by, here.water.path(origin, target))
    return _by_land(here, by, here.drive(origin, target, by.vehicle), *_off_road_m(here, [origin, target]))


def matrix(
    center: Center, now: datetime, by: Craft, origins: Sequence[LonLat], targets: Sequence[LonLat]
) -> Matrix:
    """Return the way from every origin to every target, each as `route` would.

    Searches once for each place of the shorter side, so that a refusal may be told from the target's end.
    Raises: NothingReachable when no pair at all has a way.
    """
    here = ways(center)
    if by.mode is Mode.AIR:
        rows = _flights(here, by, origins, targets, _wind(center, now))
    elif by.mode is Mode.SEA:
        rows = _sailings(here, by, origins, targets)
    else:
        rows = _drives(here, by, origins, targets)
    first = rows[0][0]
    if isinstance(first, Unreachable) and not any(isinstance(cell, Cell) for row in rows for cell in row):
        raise NothingReachable(first)
    return Matrix(by, tuple(tuple(row) for row in rows))


def isochrones(
    center: Center, now: datetime, by: Craft, origin: LonLat, minutes: Sequence[int]
) -> Isochrones:
    """Return the areas that a craft reaches from a place of the area within each of `minutes`.

    Raises: Unreachable when nothing of that mode can start there.
    """
    return Isochrones(by, _largest_first(_areas(center, by, origin, minutes, _wind(center, now))))


def station_areas(center: Center, mode: Mode) -> StationAreas:
    """Return where somebody comes within 5, 10 and 15 minutes of travel from any station in use.

    A station counts when it has units of `mode` (land or sea). From each travels its slowest unit of those
    that the city's response standards ask for, or of all there when none is: the map promises no more than
    every such unit keeps. Worked out once, and again when roads, stations or units change.
    """
    here, bases = ways(center), _bases(center, mode)
    with _lock:
        kept = _kept.get(mode)
        if kept is None or kept[0] is not here or kept[1] != bases:
            kept = here, bases, _around(center, bases)
            _kept[mode] = kept
        return kept[2]


_lock = threading.Lock()
_kept: dict[Mode, tuple[Ways, tuple[_Base, ...], StationAreas]] = {}


# --- what travels ----------------------------------------------------------------------------------


def _of_kind(center: Center, mode: Mode, kind: str, movers: list[Unit]) -> list[Unit]:
    """Return the movers of a kind. Raises BadInput: unknown, of another mode, or without a unit."""
    found = [unit for unit in movers if unit.kind == kind]
    if found:
        return found
    others = {unit.mode for unit in registry.units(center).values() if unit.kind == kind}
    if kind not in center.pack.kinds:
        reason = Need(N_("“{kind}” bukan jenis unit yang dikenal."), kind=kind[:60])
    elif others:
        reason = Need(
            N_("“{kind}” bergerak lewat {others}, bukan {mode}."),
            kind=kind,
            others=sorted(others),
            mode=mode,
        )
    else:
        reason = Need(
            N_("Registri tidak memuat unit “{kind}”, jadi kecepatannya tidak diketahui."), kind=kind
        )
    known = ", ".join(sorted({unit.kind for unit in movers})) or "–"
    raise BadInput(
        "vehicle", N_("Kendaraan"), Need(N_("{reason} Pilih: {kinds}."), reason=reason, kinds=known)
    )


def _bases(center: Center, mode: Mode) -> tuple[_Base, ...]:
    """Return the stations with units of a mode, and what travels from each, by code."""
    asked_for = {standard.capability for standard in center.pack.city.coverage}
    here = registry.snapshot(center)
    there: dict[str, list[Unit]] = {}
    for unit in here.units.values():
        if unit.mode is mode:
            there.setdefault(unit.station, []).append(unit)
    bases = []
    for code, units in sorted(there.items()):
        counted = [unit for unit in units if unit.capabilities & asked_for] or units
        slowest = min(counted, key=lambda unit: (unit.cruise_kmh, unit.kind))
        position = here.stations[code].position
        bases.append(_Base(code, position, Craft(mode, slowest.kind, slowest.cruise_kmh)))
    return tuple(bases)


def _wind(center: Center, now: datetime) -> tuple[float | None, float]:
    told = weather.current(center, now)
    return told.wind if told is not None else (None, 0.0)


# --- one way ---------------------------------------------------------------------------------------


def _by_air(here: Ways, by: Craft, origin: LonLat, target: LonLat, wind: tuple[float | None, float]) -> Route:
    leg = air_leg(origin, target, by.cruise_kn, *wind, spread=here.spread)
    return Route(by, Reach((leg,), spread=here.spread))


def _by_water(here: Ways, by: Craft, path: WaterPath) -> Route:
    leg = sea_leg(path, by.cruise_kn, spread=here.spread)
    return Route(by, Reach((leg,), spread=here.spread), path.moved_from_m, path.moved_to_m)


def _by_land(here: Ways, by: Craft, legs: Drive, off_from_m: float, off_to_m: float) -> Route:
    """Return a drive as a route. An end is moved to the road where no leg of its own leads there."""
    return Route(
        by,
        Reach(legs, spread=here.spread),
        off_from_m if legs[0].method == "road_route" else 0.0,
        off_to_m if legs[-1].method == "road_route" else 0.0,
    )


def _off_road_m(here: Ways, points: Sequence[LonLat]) -> list[float]:
    return here.roads.off_road_m(points) if here.roads is not None else [0.0] * len(points)


# --- many ways -------------------------------------------------------------------------------------


def _cell(found: Route) -> Cell:
    # The numbers alone: a path by road keeps the whole search that its line is read from.
    return Cell(found.reach.distance_m, found.reach.eta_s, found.reach.method, found.moved_m)


def _flights(
    here: Ways,
    by: Craft,
    origins: Sequence[LonLat],
    targets: Sequence[LonLat],
    wind: tuple[float | None, float],
) -> list[list[Cell | Unreachable]]:
    def cell(origin: LonLat, target: LonLat) -> Cell | Unreachable:
        try:
            return _cell(_by_air(here, by, origin, target, wind))
        except Unreachable as error:
            return error

    return [[cell(origin, target) for target in targets] for origin in origins]


def _sailings(
    here: Ways, by: Craft, origins: Sequence[LonLat], targets: Sequence[LonLat]
) -> list[list[Cell | Unreachable]]:
    def cell(found: WaterPath | Unreachable) -> Cell | Unreachable:
        return found if isinstance(found, Unreachable) else _cell(_by_water(here, by, found))

    if len(origins) <= len(targets):
        return [[cell(found) for found in here.water.from_one(origin, targets)] for origin in origins]
    # Water has no one-way streets: a way back is as long.
    columns = [[cell(found) for found in here.water.from_one(target, origins)] for target in targets]
    return [list(row) for row in zip(*columns, strict=True)]


def _drives(
    here: Ways, by: Craft, origins: Sequence[LonLat], targets: Sequence[LonLat]
) -> list[list[Cell | Unreachable]]:
    off_from_m, off_to_m = _off_road_m(here, origins), _off_road_m(here, targets)
    rows: list[list[Cell | Unreachable | None]] = [[None] * len(targets) for _ in origins]
    if here.roads is not None and len(origins) < len(targets):
        # One search for each origin finds what lies on the road; the rest is asked for by target.
        for i, origin in enumerate(origins):
            for j, path in enumerate(here.roads.from_one(origin, targets, by.vehicle)):
                if isinstance(path, RoadPath) and max(off_from_m[i], off_to_m[j]) <= here.road_snap_m:
                    legs = (road_leg(path, spread=here.spread),)
                    rows[i][j] = _cell(_by_land(here, by, legs, off_from_m[i], off_to_m[j]))
    for j, target in enumerate(targets):
        rest = [i for i in range(len(origins)) if rows[i][j] is None]
        for i, found in zip(rest, here.drives(target, [(origins[i], by.vehicle) for i in rest]), strict=True):
            rows[i][j] = (
                found
                if isinstance(found, Unreachable)
                else _cell(_by_land(here, by, found, off_from_m[i], off_to_m[j]))
            )
    return [[cell for cell in row if cell is not None] for row in rows]


# --- areas -----------------------------------------------------------------------------------------


def _areas(
    center: Center, by: Craft, origin: LonLat, minutes: Sequence[int], wind: tuple[float | None, float]
) -> tuple[Isochrone, ...]:
    here = ways(center)
    if by.mode is Mode.AIR:
        return by_air(origin, by.cruise_kn, minutes, *wind)
    if by.mode is Mode.SEA:
        return by_water(here.water, here.projector, origin, by.cruise_kn, minutes)
    # Further off the road a single way begins with an estimate; so does the area, and its method says so.
    if here.roads is not None and here.roads.off_road_m([origin])[0] <= here.road_snap_m:
        return by_road(here.roads, here.projector, origin, by.vehicle, minutes)
    return by_estimate(here.land, here.projector, origin, by.cruise_kmh, here.detour, minutes)


def _largest_first(areas: Sequence[Isochrone]) -> tuple[Isochrone, ...]:
    return tuple(sorted(areas, key=lambda area: -area.minutes))


def _around(center: Center, bases: tuple[_Base, ...]) -> StationAreas:
    found: dict[int, list[Isochrone]] = {minutes: [] for minutes in STATION_MINUTES}
    left_out: dict[str, Unreachable] = {}
    for base in bases:
        try:
            areas = _areas(center, base.craft, base.position, STATION_MINUTES, (None, 0.0))
        except Unreachable as error:
            left_out[base.station] = error
            continue
        for area in areas:
            found[area.minutes].append(area)
    united = tuple(
        StationArea(minutes, _united([one.area for one in areas]), _method([one.method for one in areas]))
        for minutes, areas in sorted(found.items(), reverse=True)
        if areas
    )
    return StationAreas(united, tuple(b.station for b in bases if b.station not in left_out), left_out)


def _united(areas: Sequence[MultiPolygon]) -> MultiPolygon:
    whole = shapely.union_all(areas)
    return MultiPolygon([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])


def _method(methods: Sequence[Method]) -> Method:
    return "estimate" if "estimate" in methods else methods[0]
