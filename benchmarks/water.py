"""How long the shortest ways by boat take, beside extremitypathfinder on the same water."""

import random
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import shapely
from extremitypathfinder import PolygonEnvironment

from benchmarks.fleet import inside
from benchmarks.machine import timed
from citypack import load_city_pack
from geo.points import LonLat, Projector
from geo.water import WaterGraph, WaterPath
from services.center import Settings

BOATS = 50
RUNS = 100
LIMIT_MS = 15.0
BUILD_LIMIT_S = 60.0
PEER_INCIDENTS = 4
SIMPLER_DEG = 0.002
LONGER = 1.01


def run(folder: Path) -> bool:
    """Measure the city's water, then a simpler one with the peer; return whether the limits were held."""
    pack = load_city_pack(Settings.from_environment().city_dir)
    projector = Projector(pack.city.epsg)
    print(f"\nWater: the sea around {pack.city.short_name}")
    started = perf_counter()
    graph = WaterGraph.build(pack.zones.land, projector, pack.area, folder / "cache")
    cold_s = perf_counter() - started
    started = perf_counter()
    WaterGraph.build(pack.zones.land, projector, pack.area, folder / "cache")
    good = cold_s <= BUILD_LIMIT_S
    print(
        f"  cold build {cold_s:.2f} s (limit {BUILD_LIMIT_S:.0f} s: {'held' if good else 'MISSED'}), from "
        f"its cache {perf_counter() - started:.2f} s"
    )
    incidents, boats = places(graph, projector, RUNS + 2, 2), places(graph, projector, BOATS, 3)
    ranked = timed(
        f"  one incident, {BOATS} boats: times and lines", RUNS,
        lambda n: graph.from_one(incidents[n], boats), LIMIT_MS,
    )  # fmt: skip
    print(ranked)
    simple = shapely.make_valid(shapely.simplify(pack.zones.land, SIMPLER_DEG))
    same = _beside_peer(WaterGraph.build(simple, projector, pack.area), projector)
    return good and ranked.held and same


def places(graph: WaterGraph, projector: Projector, count: int, seed: int) -> list[LonLat]:
    """Return places in the navigable water, anywhere alike."""
    water = shapely.transform(graph.water, projector.inverse_array)
    shapely.prepare(water)
    draw = random.Random(seed)
    return [inside(water, draw) for _ in range(count)]


def _beside_peer(graph: WaterGraph, projector: Projector) -> bool:
    """Ask both on the same water in the same run; return whether no way of ours is longer by 1 %.

    The peer is exact too (A* over a visibility graph, pure Python and numpy), but plane, for one pair at a
    time; on the city's full shore its preparation takes minutes, hence the simpler shore.
    """
    water = max(graph.water.geoms, key=lambda part: part.area)
    started = perf_counter()
    peer = PolygonEnvironment()
    rings = [shapely.get_coordinates(ring)[:-1] for ring in (water.exterior, *water.interiors)]
    peer.store(rings[0], rings[1:], validate=False)
    print(
        f"  extremitypathfinder on a shore simplified to {SIMPLER_DEG}° ("
        f"{shapely.get_num_coordinates(water)} points): preparation {perf_counter() - started:.1f} s"
    )
    incidents, boats = places(graph, projector, PEER_INCIDENTS + 2, 5), places(graph, projector, BOATS, 6)
    ours: dict[int, list[float]] = {}
    theirs: dict[int, list[float]] = {}

    def ask_ours(n: int) -> None:
        ours[n] = [
            _plane_m(path, projector) if isinstance(path, WaterPath) else np.nan
            for path in graph.from_one(incidents[n], boats)
        ]

    def ask_peer(n: int) -> None:
        start = tuple(projector.forward(incidents[n]))
        found = (peer.find_shortest_path(start, tuple(projector.forward(at)), verify=False) for at in boats)
        theirs[n] = [length if length is not None else np.nan for _, length in found]

    mine = timed(f"  Sigap on that shore: one incident, {BOATS} boats", PEER_INCIDENTS, ask_ours)
    other = timed("  extremitypathfinder: the same, a search for each boat", PEER_INCIDENTS, ask_peer)
    print(mine)
    print(other)
    ratio = np.array([a / b for n in ours for a, b in zip(ours[n], theirs[n], strict=True)])
    ratio = ratio[np.isfinite(ratio)]
    good = len(ratio) > 0 and float(ratio.max()) <= LONGER
    print(
        f"  by medians Sigap is {other.at(0.5) / mine.at(0.5):.0f} times as fast; {len(ratio)} lengths "
        f"compared in the plane, ours / peer: median {median(ratio):.5f}, from {ratio.min():.5f} to "
        f"{ratio.max():.5f} (limit {LONGER}: {'held' if good else 'MISSED'})"
    )
    return good


def _plane_m(path: WaterPath, projector: Projector) -> float:
    """Return the length in metres of the projected CRS, as the peer measures it."""
    xy = projector.forward_array(np.array([(at.lon, at.lat) for at in path.coords]))
    return float(np.hypot(*np.diff(xy, axis=0).T).sum())
