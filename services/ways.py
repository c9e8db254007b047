"""How long each unit takes to a place: the cost function that a suggestion is given.

Boats go by the shortest water route, aircraft straight, vehicles by the imported road network; where
there is none, or a place is too far from its roads, by an estimate that says so. A land team reaches a
casualty at sea by road to the pier nearest by water; from there a boat takes over, so its ETA is that of
the rendezvous.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from citypack import CityPack
from citypack.city import SEA_STATION_KINDS
from citypack.roads_file import load_road_speeds
from domain.suggest import Cost, is_assumed_at_station
from domain.units import Station, Unit, UnitState
from domain.words import Mode
from geo.errors import Unreachable
from geo.points import LonLat, Projector
from geo.reach import LandIndex, Leg, Reach, air_leg, road_leg, sea_leg, straight_land_estimate
from geo.roads import RoadGraph, RoadPath, Vehicle
from geo.water import WaterGraph, WaterPath
from services import registry
from services.center import Center
from services.roads import network_path


@dataclass(frozen=True, slots=True)
class Ways:
    """The geography of movement of one city: built once, shared by all threads.

    `roads` is None where no network was imported. `detour`: how much longer a road is than the straight
    line; `spread`: half-width of shown times.
    """

    land: LandIndex
    water: WaterGraph
    roads: RoadGraph | None
    detour: float
    spread: float


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Where a land team meets the boat: the pier, and the water route from there to the casualty."""

    pier: Station
    path: WaterPath


_lock = threading.Lock()
_built: dict[tuple[str, int], Ways] = {}


def ways(center: Center) -> Ways:
    """Return the city's ways; the water graph comes from its cache, or is built (seconds) and cached.

    A newly imported road network is taken up at the next question. Raises BadRoads for a broken one.
    """
    network = network_path(center.settings)
    key = center.pack.digest, network.stat().st_mtime_ns if network.exists() else 0
    with _lock:
        if key not in _built:
            _built[key] = _build(center.pack, center.cache_dir, network if network.exists() else None)
        return _built[key]


def costs(
    center: Center, now: datetime, place: LonLat, states: tuple[UnitState, ...], meeting: Rendezvous | None
) -> Cost:
    """Return the cost function to `place` for these units; water routes are found all at once.

    With a `meeting` (a casualty at sea) land units go to its pier. The cost function raises
    `geo.errors.Unreachable` for a unit that has no way there.
    """
    here = ways(center)
    boats = [s for s in states if s.unit.mode is Mode.SEA]
    found = here.water.from_one(place, [s.position for s in boats])
    by_water = {s.unit.unit_code: path for s, path in zip(boats, found, strict=True)}
    target = meeting.pier.position if meeting is not None else place
    by_road = _by_road(here, target, states)
    is_day = center.pack.city.is_day(now.astimezone(center.pack.city.timezone).hour)

    def cost(state: UnitState) -> Reach:
        unit = state.unit
        leg = _leg(here, state, place, target, by_water, by_road)
        return Reach((leg,), _turnout_s(unit, is_day), here.spread, is_assumed_at_station(state))

    return cost


def rendezvous(center: Center, place: LonLat) -> Rendezvous | None:
    """Return the pier or beach nearest to `place` by water, or None where no pier reaches it."""
    piers = sorted(
        (s for s in registry.stations(center).values() if s.kind in SEA_STATION_KINDS), key=lambda s: s.code
    )
    found = ways(center).water.from_one(place, [pier.position for pier in piers])
    options = [
        (path.distance_m, pier.code, Rendezvous(pier, path.reversed()))
        for pier, path in zip(piers, found, strict=True)
        if isinstance(path, WaterPath)
    ]
    return min(options, key=lambda option: option[:2])[2] if options else None


def _leg(
    here: Ways,
    state: UnitState,
    place: LonLat,
    target: LonLat,
    by_water: dict[str, WaterPath | Unreachable],
    by_road: dict[str, RoadPath],
) -> Leg:
    unit = state.unit
    if unit.mode is Mode.AIR:
        return air_leg(state.position, place, unit.cruise_kn, spread=here.spread)
    if unit.mode is Mode.SEA:
        path = by_water[unit.unit_code]
        if isinstance(path, Unreachable):
            raise path
        return sea_leg(path.reversed(), unit.cruise_kn, spread=here.spread)
    driven = by_road.get(unit.unit_code)
    if driven is not None:
        return road_leg(driven, spread=here.spread)
    return straight_land_estimate(
        state.position, target, unit.cruise_kmh, here.land, detour=here.detour, spread=here.spread
    )


def _by_road(here: Ways, target: LonLat, states: tuple[UnitState, ...]) -> dict[str, RoadPath]:
    """Return the ways by road to `target`, by unit code; a unit without one is left to the estimate."""
    drivers = [s for s in states if s.unit.mode is Mode.LAND]
    if here.roads is None or not drivers:
        return {}
    vehicles = [Vehicle(s.unit.kind, s.unit.cruise_kmh) for s in drivers]
    found = here.roads.to_one(target, [s.position for s in drivers], vehicles)
    return {
        s.unit.unit_code: path for s, path in zip(drivers, found, strict=True) if isinstance(path, RoadPath)
    }


def _turnout_s(unit: Unit, is_day: bool) -> float:
    return float(unit.turnout_day_s if is_day else unit.turnout_night_s)


def _build(pack: CityPack, cache_dir: Path, network: Path | None) -> Ways:
    projector = Projector(pack.city.epsg)
    land = pack.zones.land
    water = WaterGraph.build(land, projector, pack.area, cache_dir)
    roads = None
    if network is not None:
        # A pack without speeds is fine until somebody imports roads: then the loader names the missing file.
        speeds = pack.road_speeds or load_road_speeds(pack.folder, pack.kinds)
        roads = RoadGraph.load(network, projector, speeds, snap_limit_m=pack.city.road_snap_m)
    return Ways(LandIndex(land, projector), water, roads, pack.city.land_detour_factor, pack.city.eta_spread)
