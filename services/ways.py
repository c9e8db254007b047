"""The geography of movement of one city, and travel over land with it: by road, on foot, or estimated.

Boats go by the shortest water route, aircraft straight, vehicles by the imported road network. Where there is
no network, or a place is too far from its roads, land travel is an estimate that says so.
"""

import gc
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from citypack import CityPack
from citypack.roads_file import load_road_speeds
from geo.errors import Unreachable
from geo.points import Floats, LonLat, Projector
from geo.reach import LandIndex, Leg, road_leg, rough_drive, walk_leg
from geo.roads import RoadGraph, RoadPath, Vehicle
from geo.water import WaterGraph
from services.center import Center
from services.roads import network_path

Drive = tuple[Leg, ...]
"""The legs of a way over land, one after the other."""

_KEPT = 120_000  # ways to piers that are kept, about 70 MB
_LEAST_SCALE = 0.99  # a metre of the city's projected CRS is more than that on the ground


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
    _kept: dict[LonLat, dict[tuple[LonLat, Vehicle], Drive | Unreachable]] = field(
        default_factory=dict, repr=False, compare=False
    )

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
            last: Drive | Unreachable | None = None
            for mover, path in zip(asked, by_road, strict=True):
                if isinstance(path, RoadPath):
                    if last is None:  # every way comes to the target from the same place on the road
                        last = self._from_road(path, target)
                    answers[mover] = self._by_road(mover, path, last)
        rough = [mover for mover in asked if mover not in answers]
        refusals = self.land.wet_lines([at for at, _ in rough], target)
        for (at, vehicle), refused in zip(rough, refusals, strict=True):
            answers[at, vehicle] = refused or (
                rough_drive(at, target, vehicle.cruise_kmh, detour=self.detour, spread=self.spread),
            )
        return [answers[mover] for mover in movers]

    def drives_kept(
        self, target: LonLat, movers: Sequence[tuple[LonLat, Vehicle]]
    ) -> list[Drive | Unreachable]:
        """Return what `drives` does, kept for the next incident: for a target that stands still, a pier."""
        known = self._kept.get(target, {})
        unknown = list(dict.fromkeys(mover for mover in movers if mover not in known))
        if unknown:
            found = zip(unknown, self.drives(target, unknown), strict=True)
            known = {**known, **{mover: self._lightened(drive, target, mover) for mover, drive in found}}
            if sum(len(drives) for drives in self._kept.copy().values()) > _KEPT:
                self._kept.clear()
            # A new dictionary in place of the old one: other threads read either of them whole.
            self._kept[target] = known
        return [known[mover] for mover in movers]

    def _lightened(
        self, drive: Drive | Unreachable, target: LonLat, mover: tuple[LonLat, Vehicle]
    ) -> Drive | Unreachable:
        """Return a way whose line is looked up again when it is drawn: it would keep a whole search tree."""
        roads = self.roads
        if roads is None or isinstance(drive, Unreachable):
            return drive
        again = partial(_road_line, roads, mover, target)
        return tuple(replace(leg, line=again) if leg.method == "road_route" else leg for leg in drive)

    def least_s(self, origins: Sequence[LonLat], targets: Sequence[LonLat], cruise_kmh: Floats) -> Floats:
        """Return seconds (origins, targets) that no way over land can take less than; quick, for leaving out.

        cruise_kmh: planning speeds that fit that shape. Straight, and without what `drives` does not count:
        the way to a road that is near.
        """
        here, there = (
            self.projector.forward_array(np.array([(at.lon, at.lat) for at in places]).reshape(-1, 2))
            for places in (origins, targets)
        )
        apart_m = _LEAST_SCALE * np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
        longer, fastest_kmh = self.detour, cruise_kmh
        if self.roads is not None:
            apart_m -= (
                self._beside_m(self.roads, origins)[:, None] + self._beside_m(self.roads, targets)[None]
            )
            # What lies before the road is driven with the detour, if it is one; what lies after it is walked.
            longer, fastest_kmh = min(1.0, self.detour), np.maximum(cruise_kmh, self.walk_kmh)
        seconds: Floats = np.maximum(apart_m, 0.0) * longer / (fastest_kmh / 3.6)
        return seconds

    def _beside_m(self, roads: RoadGraph, places: Sequence[LonLat]) -> Floats:
        """Return how far each place is from the road, zero where that way counts."""
        unique = list(dict.fromkeys(places))
        off_m = zip(unique, roads.off_road_m(unique), strict=True)
        beside_m = {at: metres if metres <= self.road_snap_m else 0.0 for at, metres in off_m}
        return np.array([beside_m[at] for at in places])

    def _from_road(self, path: RoadPath, target: LonLat) -> Drive | Unreachable:
        """Return the walk from the road's end to the target, where that is far; else nothing."""
        if path.moved_to_m <= self.road_snap_m:
            return ()
        end = path.coords[-1]
        try:
            self.land.require_dry_line(end, target)
        except Unreachable as refused:
            return refused
        return (walk_leg(end, target, self.walk_kmh, spread=self.spread),)

    def _by_road(
        self, mover: tuple[LonLat, Vehicle], path: RoadPath, last: Drive | Unreachable
    ) -> Drive | Unreachable:
        """Return a way by road with what lies before it, where that is far, and the last part after it."""
        at, vehicle = mover
        legs = [road_leg(path, spread=self.spread)]
        if path.moved_from_m > self.road_snap_m:
            start = path.coords[0]
            try:
                self.land.require_dry_line(at, start)
            except Unreachable as refused:
                return refused
            rough = rough_drive(at, start, vehicle.cruise_kmh, detour=self.detour, spread=self.spread)
            legs.insert(0, rough)
        return last if isinstance(last, Unreachable) else (*legs, *last)


def _road_line(roads: RoadGraph, mover: tuple[LonLat, Vehicle], target: LonLat) -> tuple[LonLat, ...]:
    at, vehicle = mover
    path = roads.to_one(target, [at], vehicle)[0]
    if isinstance(path, Unreachable):
        raise path
    return path.coords


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
            made = _build(center.pack, center.cache_dir, network)
            # The graphs of the city's old network go, or every import would cost their memory again.
            for old in [known for known in _built if known[0] == wanted[0]]:
                del _built[old]
            _built[wanted] = made
            # Hundreds of thousands of objects that stay: without this every full collection looks through
            # them all, a tenth of a second in the middle of somebody's question.
            gc.collect()
            gc.freeze()
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
