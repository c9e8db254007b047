"""The geography of movement of one city, and travel over land with it: by road, on foot, or estimated.

Boats go by the shortest water route, aircraft straight, vehicles by the imported road network. Where there is
no network, or a place is too far from its roads, land travel is an estimate that says so.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citypack import CityPack
from citypack.roads_file import load_road_speeds
from geo.errors import Unreachable
from geo.points import LonLat, Projector
from geo.reach import LandIndex, Leg, road_leg, rough_drive, walk_leg
from geo.roads import RoadGraph, RoadPath, Vehicle
from geo.water import WaterGraph
from services.center import Center
from services.roads import network_path

Drive = tuple[Leg, ...]
"""The legs of a way over land, one after the other."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The geography of movement of one city: built once, shared by all threads.

    `roads` is None where no network was imported; it takes places up to `walk_limit_m` off the road, and
    beyond `road_snap_m` that part is walked. `detour`: how much longer a road is than the straight line;
    `spread`: half-width of shown times.
    """

    projector: Projector
    land: LandIndex
    water: WaterGraph
    roads: RoadGraph | None
    detour: float
    spread: float
    road_snap_m: float
    walk_kmh: float

    def drive(self, origin: LonLat, target: LonLat, vehicle: Vehicle) -> Drive:
        """Return the way of one vehicle. Raises Unreachable."""
        found = self.drives(target, [(origin, vehicle)])[0]
        if isinstance(found, Unreachable):
            raise found
        return found

    def drives(self, target: LonLat, movers: Sequence[tuple[LonLat, Vehicle]]) -> list[Drive | Unreachable]:
        """Return the way of each vehicle from its place to `target`, in order; an Unreachable where none.

        What stands at the same place and drives alike is worked out once.
        """
        asked = list(dict.fromkeys(movers))
        answers: dict[tuple[LonLat, Vehicle], Drive | Unreachable] = {}
        if self.roads is not None and asked:
            by_road = self.roads.to_one(target, [at for at, _ in asked], [vehicle for _, vehicle in asked])
            for mover, path in zip(asked, by_road, strict=True):
                if isinstance(path, RoadPath):
                    answers[mover] = self._by_road(mover, target, path)
        rough = [mover for mover in asked if mover not in answers]
        refusals = self.land.wet_lines([at for at, _ in rough], target)
        for (at, vehicle), refused in zip(rough, refusals, strict=True):
            answers[at, vehicle] = refused or (
                rough_drive(at, target, vehicle.cruise_kmh, detour=self.detour, spread=self.spread),
            )
        return [answers[mover] for mover in movers]

    def _by_road(self, mover: tuple[LonLat, Vehicle], target: LonLat, path: RoadPath) -> Drive | Unreachable:
        """Return a way by road with what lies beside the road at both ends, where that is far."""
        at, vehicle = mover
        legs = [road_leg(path, spread=self.spread)]
        try:
            if path.moved_from_m > self.road_snap_m:
                start = path.coords[0]
                self.land.require_dry_line(at, start)
                rough = rough_drive(at, start, vehicle.cruise_kmh, detour=self.detour, spread=self.spread)
                legs.insert(0, rough)
            if path.moved_to_m > self.road_snap_m:
                end = path.coords[-1]
                self.land.require_dry_line(end, target)
                legs.append(walk_leg(end, target, self.walk_kmh, spread=self.spread))
        except Unreachable as refused:
            return refused
        return tuple(legs)


def duration_s(legs: Iterable[Leg]) -> float:
    """Return the seconds of legs one after the other."""
    return sum(leg.duration_s for leg in legs)


_lock = threading.Lock()
_built: dict[tuple[str, int], Ways] = {}


def key(center: Center) -> tuple[str, int]:
    """Return what the ways depend on: the city pack, and when the road network was imported."""
    network = network_path(center.settings)
    return center.pack.digest, network.stat().st_mtime_ns if network.exists() else 0


def ways(center: Center) -> Ways:
    """Return the city's ways; the water graph comes from its cache, or is built (seconds) and cached.

    A newly imported road network is taken up at the next question. Raises BadRoads for a broken one.
    """
    wanted = key(center)
    with _lock:
        if wanted not in _built:
            network = network_path(center.settings) if wanted[1] else None
            _built[wanted] = _build(center.pack, center.cache_dir, network)
        return _built[wanted]


def _build(pack: CityPack, cache_dir: Path, network: Path | None) -> Ways:
    projector = Projector(pack.city.epsg)
    land = pack.zones.land
    water = WaterGraph.build(land, projector, pack.area, cache_dir)
    roads = None
    if network is not None:
        # A pack without speeds is fine until somebody imports roads: then the loader names the missing file.
        speeds = pack.road_speeds or load_road_speeds(pack.folder, pack.kinds)
        roads = RoadGraph.load(network, projector, speeds, snap_limit_m=pack.city.walk_limit_m)
    city = pack.city
    return Ways(
        projector,
        LandIndex(land, projector),
        water,
        roads,
        city.land_detour_factor,
        city.eta_spread,
        city.road_snap_m,
        city.walk_kmh,
    )
