"""From an OpenStreetMap extract to the roads of one city.

Kept are ways that a rescue vehicle drives on (docs/decisions/0006-roads.md): ``private`` ways stay, because
that is where the fire may be; ``no`` is left out unless ``emergency`` opens it; rough tracks, areas and
ferries are left out; bridges and tunnels stay, and meet other roads only where OpenStreetMap joins them.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import osmium

from geo.errors import NoRoadsInArea, RoadFileBroken, RoadFileEmpty, RoadFileNotOsm, RoadFileUnreadable
from geo.points import Area
from geo.road_network import ROAD_CLASSES, RoadEdges, point_distances_m, usable_edges, write_roads

_PROGRESS_EVERY = 20_000
_SUFFIX = re.compile(r"\.(pbf|osm(\.(gz|bz2))?)$", re.IGNORECASE)
_CLASS_NUMBER = {name: number for number, name in enumerate(ROAD_CLASSES)}
_CLOSED = {"no", "agricultural", "forestry", "agricultural;forestry"}
_OPENED = {"yes", "designated", "official"}
_ROUGH_TRACKS = {"grade4", "grade5"}
_ONE_WAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}
_CIRCULAR = {"roundabout", "circular"}
_MPH_KMH = 1.609344
_SPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(mph)?")


@dataclass(frozen=True, slots=True)
class RoadSummary:
    """What an import kept: edges, junctions and dead ends, metres of road.

    `ways_read` counts every way of the extract that is a highway of any kind.
    """

    ways_read: int
    edges: int
    nodes: int
    length_m: float


class _Run(NamedTuple):
    """Consecutive points of one way that lie in the area, in driving direction where it is one-way."""

    way_id: int
    road_class: int
    oneway: bool
    maxspeed_kmh: float
    name: str | None
    points: list[tuple[int, float, float]]  # OpenStreetMap node, longitude, latitude


def import_roads(osm: Path, out: Path, area: Area, progress: Callable[[str], None]) -> RoadSummary:
    """Read the roads of `area` from the extract `osm` and write them to `out` as GeoParquet.

    Segments that leave the area are cut off. `progress` is given Indonesian sentences now and then. The
    file at `out` is replaced only when everything went well.

    Raises: RoadFileUnreadable, RoadFileNotOsm, RoadFileEmpty, RoadFileBroken, NoRoadsInArea,
    RoadsNotWritten (all BadRoads).
    """
    _require_file(osm)
    progress(f"Membaca {osm.name} ({osm.stat().st_size / 1e6:.1f} MB): titik lalu jalan …")
    runs, ways_read = _read_runs(osm, area, progress)
    progress(f"{ways_read} jalan dibaca; menyusun jaringan dari {len(runs)} jalan di wilayah kota …")
    edges = _edges(runs) if runs else None
    if edges is None or not len(usable_edges(edges)[0]):
        raise NoRoadsInArea(
            file=osm.name, min_lon=area.min_lon, min_lat=area.min_lat, max_lon=area.max_lon,
            max_lat=area.max_lat,
        )  # fmt: skip
    nodes = len(np.union1d(edges.from_node, edges.to_node))
    length_m = float(point_distances_m(edges).sum())
    write_roads(out, edges, osm.name)
    progress(f"Tersimpan: {len(edges)} ruas, {nodes} simpang, {length_m / 1000:.1f} km.")
    return RoadSummary(ways_read, len(edges), nodes, length_m)


def _require_file(osm: Path) -> None:
    """Say plainly what osmium would put into English or crash on."""
    try:
        with osm.open("rb") as file:
            empty = not file.read(1)
    except OSError as problem:
        raise RoadFileUnreadable(file=osm.name, detail=problem.strerror or str(problem)) from problem
    if not _SUFFIX.search(osm.name):
        raise RoadFileNotOsm(file=osm.name)
    if empty:
        raise RoadFileEmpty(file=osm.name)


def _read_runs(osm: Path, area: Area, progress: Callable[[str], None]) -> tuple[list[_Run], int]:
    runs: list[_Run] = []
    ways_read = 0
    reader = (
        osmium.FileProcessor(osm, osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    try:
        for way in reader:
            if not isinstance(way, osmium.osm.Way):  # nodes have highway tags too: crossings, stops
                continue
            ways_read += 1
            if ways_read % _PROGRESS_EVERY == 0:
                progress(f"  {ways_read} jalan dibaca, {len(runs)} di wilayah kota")
            tags = {tag.k: tag.v for tag in way.tags}
            if _is_drivable(tags):
                runs += _runs_of(way, tags, area)
    except RuntimeError as problem:  # the only class that osmium raises for a bad file
        raise RoadFileBroken(file=osm.name, detail=str(problem)) from problem
    return runs, ways_read


def _is_drivable(tags: Mapping[str, str]) -> bool:
    """Whether a rescue vehicle may drive here."""
    if tags["highway"] not in _CLASS_NUMBER or tags.get("area") == "yes" or tags.get("route") == "ferry":
        return False
    if tags["highway"] == "track" and (
        tags.get("tracktype") in _ROUGH_TRACKS
        or tags.get("4wd_only") == "yes"
        or tags.get("smoothness") == "impassable"
    ):
        return False
    if tags.get("emergency") in _OPENED:
        return True
    # The most particular key decides, as OpenStreetMap has it.
    for key in ("motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key] not in _CLOSED
    return True


def _runs_of(way: osmium.osm.Way, tags: Mapping[str, str], area: Area) -> list[_Run]:
    points: list[list[tuple[int, float, float]]] = [[]]
    for node in way.nodes:
        location = node.location
        # A node that the extract left out has no place: the way is cut there.
        if location.valid() and _covers(area, location.lon, location.lat):
            if not points[-1] or points[-1][-1][0] != node.ref:
                points[-1].append((node.ref, location.lon, location.lat))
        elif points[-1]:
            points.append([])
    direction = _direction(tags)
    return [
        _Run(
            way.id,
            _CLASS_NUMBER[tags["highway"]],
            direction != 0,
            _maxspeed_kmh(tags.get("maxspeed")),
            tags.get("name"),
            run[::-1] if direction < 0 else run,
        )
        for run in points
        if len(run) > 1
    ]


def _covers(area: Area, lon: float, lat: float) -> bool:
    """As `Area.contains`, without making a checked LonLat of each of a country's points."""
    return area.min_lon <= lon <= area.max_lon and area.min_lat <= lat <= area.max_lat


def _direction(tags: Mapping[str, str]) -> int:
    """1: only as drawn, -1: only against it, 0: both ways."""
    implied = tags.get("junction") in _CIRCULAR or tags["highway"] == "motorway"
    return _ONE_WAY.get(tags["oneway"], 0) if "oneway" in tags else int(implied)


def _maxspeed_kmh(text: str | None) -> float:
    """The posted limit, the lowest of several; NaN where none can be read (``none``, ``ID:urban``)."""
    found = [_SPEED.fullmatch(part.strip()) for part in (text or "").split(";")]
    limits = [float(m[1]) * (_MPH_KMH if m[2] else 1.0) for m in found if m and float(m[1]) > 0]
    return min(limits, default=float("nan"))


def _edges(runs: list[_Run]) -> RoadEdges:
    """Cut the runs where they meet each other, or themselves."""
    visits = Counter(node for run in runs for node, _, _ in run.points)
    pieces: list[tuple[_Run, list[tuple[int, float, float]]]] = []
    for run in runs:
        start = 0
        for k in range(1, len(run.points)):
            if k == len(run.points) - 1 or visits[run.points[k][0]] > 1:
                pieces.append((run, run.points[start : k + 1]))
                start = k
    return RoadEdges(
        lonlat=np.array([(lon, lat) for _, points in pieces for _, lon, lat in points]),
        first=np.cumsum([0, *(len(points) for _, points in pieces)]),
        road_class=np.array([run.road_class for run, _ in pieces]),
        oneway=np.array([run.oneway for run, _ in pieces]),
        maxspeed_kmh=np.array([run.maxspeed_kmh for run, _ in pieces]),
        name=tuple(run.name for run, _ in pieces),
        way_id=np.array([run.way_id for run, _ in pieces]),
        from_node=np.array([points[0][0] for _, points in pieces]),
        to_node=np.array([points[-1][0] for _, points in pieces]),
    )
