"""How long it takes to find the quickest ways by road, beside OSMnx and networkx on the same roads."""

import random
import tracemalloc
from itertools import groupby
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import networkx as nx
import numpy as np
import osmium
import osmnx
import shapely
from shapely.geometry.base import BaseGeometry

from benchmarks.machine import Figure, timed
from citypack import load_city_pack
from citypack.roads_file import load_road_speeds
from geo.layers import POLYGONS, load_features
from geo.points import Area, LonLat, Projector, destination
from geo.road_import import import_roads
from geo.road_network import ROAD_CLASSES, RoadEdges, read_roads, write_roads
from geo.roads import RoadGraph, RoadPath, RoadSpeeds, Vehicle
from services.center import Settings

UNITS = 200
RUNS = 100
JUNCTIONS = 20_000
TIMES_FASTER = 10
WHOLE_EARTH = Area(-180, -90, 180, 90)
AMBULANCE = Vehicle("ambulance", 40.0)
FLEET = (
    AMBULANCE,
    Vehicle("fire_engine", 35.0),
    Vehicle("tanker", 25.0),
    Vehicle("car", 45.0),
    Vehicle("truck", 35.0),
    Vehicle("rescue_car", 40.0),
)


def run(folder: Path, osm: Path | None) -> bool:
    """Measure the synthetic network, and the extract `osm` if one is given; return whether limits held."""
    pack = load_city_pack(Settings.from_environment().city_dir)
    speeds = load_road_speeds(pack.folder, pack.kinds)
    projector = Projector(pack.city.epsg)
    print(f"\nRoads: SYNTHETIC network on the land of {pack.city.short_name}, no real street")
    drawn = folder / "synthetic.parquet"
    city = shapely.union_all([one.geometry for one in load_features(pack.kelurahan_path, POLYGONS)])
    write_roads(drawn, synthetic(city, projector, JUNCTIONS), "synthetic")
    held = [_measure(_load(drawn, projector, speeds), 20.0)[1]]
    if osm is None:
        print("Roads: no extract given (make bench OSM=file.osm.pbf), so none was measured")
        return all(held)
    print(f"\nRoads: {osm.name}")
    kept = folder / "extract.parquet"
    started = perf_counter()
    import_roads(osm, kept, WHOLE_EARTH, lambda text: None)
    print(f"  import {perf_counter() - started:.2f} s, file {kept.stat().st_size / 1e6:.2f} MB")
    graph = _load(kept, _utm(read_roads(kept)), speeds)
    ours, within = _measure(graph, 5.0)
    held += [within, _beside_osmnx(folder, osm, read_roads(kept), graph, ours)]
    return all(held)


def synthetic(land: BaseGeometry, projector: Projector, junctions: int, seed: int = 4) -> RoadEdges:
    """Draw an invented network on `land` (WGS 84): a crooked grid with gaps, one-way and larger streets.

    For measuring only: no junction of it exists. About `junctions` of them lie on the land.
    """
    rng = np.random.default_rng(seed)
    ground = shapely.transform(land, projector.forward_array)
    shapely.prepare(ground)
    step = (ground.area / junctions) ** 0.5
    for _ in range(3):
        xy, cell, inside = _crooked_grid(ground, step, rng)
        step *= (inside.sum() / junctions) ** 0.5
    number = {tuple(place): k for k, place in enumerate(cell[inside].tolist())}
    xy = xy[inside]
    lines, ends, classes, oneway = [], [], [], []
    for (row, column), a in number.items():
        for neighbour, lane in (((row, column + 1), row), ((row + 1, column), column)):
            b = number.get(neighbour)
            large = lane % 12 == 0
            if b is None or (not large and rng.random() < 0.15):
                continue
            bend = (xy[a] + xy[b]) / 2 + rng.normal(0, step / 20, 2)
            lines.append(np.array([xy[a], (xy[a] + bend) / 2, bend, (bend + xy[b]) / 2, xy[b]]))
            ends.append((a, b))
            classes.append(ROAD_CLASSES.index("secondary" if large else "residential"))
            oneway.append(not large and rng.random() < 0.15)
    dry = shapely.covers(ground, shapely.linestrings(lines))
    kept = np.flatnonzero(dry)
    points = np.concatenate([lines[k] for k in kept])
    return RoadEdges(
        lonlat=projector.inverse_array(points),
        first=np.cumsum([0, *(len(lines[k]) for k in kept)]),
        road_class=np.array(classes)[kept],
        oneway=np.array(oneway)[kept],
        maxspeed_kmh=np.full(len(kept), np.nan),
        name=(None,) * len(kept),
        way_id=-kept - 1,
        from_node=np.array(ends)[kept, 0],
        to_node=np.array(ends)[kept, 1],
    )


def _crooked_grid(
    ground: BaseGeometry, step: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 2) in metres about `step` apart, their rows and columns, and which lie on the ground."""
    x0, y0, x1, y1 = ground.bounds
    cell = np.stack(np.meshgrid(np.arange((y1 - y0) / step), np.arange((x1 - x0) / step)), axis=-1)
    cell = cell.reshape(-1, 2).astype(np.int64)
    xy = np.array([x0, y0]) + (cell[:, ::-1] + 0.5) * step + rng.uniform(-step / 4, step / 4, cell.shape)
    return xy, cell, np.asarray(shapely.intersects_xy(ground, xy[:, 0], xy[:, 1]))


def _utm(edges: RoadEdges) -> Projector:
    lon, lat = edges.lonlat.mean(axis=0)
    return Projector((32600 if lat >= 0 else 32700) + int((lon + 180) // 6) + 1)


def _load(path: Path, projector: Projector, speeds: RoadSpeeds) -> RoadGraph:
    started = perf_counter()
    graph = RoadGraph.load(path, projector, speeds)
    took = perf_counter() - started
    tracemalloc.start()
    again = RoadGraph.load(path, projector, speeds)
    again.to_one(graph.points[0], graph.points[: len(FLEET)], FLEET)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(
        f"  {graph.junctions} junctions, {graph.length_m / 1000:.0f} km of usable road; load {took:.2f} s, "
        f"about {memory / 1e6:.0f} MB"
    )
    return graph


def _places(graph: RoadGraph, count: int, seed: int) -> list[LonLat]:
    """Places up to 100 m beside the road, anywhere in the network."""
    rng = random.Random(seed)
    points = rng.choices(graph.points, k=count)
    return [destination(point, rng.uniform(0, 360), rng.uniform(0, 100)) for point in points]


def _measure(graph: RoadGraph, limit_ms: float) -> tuple[Figure, bool]:
    incidents, units = _places(graph, RUNS + 2, 2), _places(graph, UNITS, 3)
    fleet = [FLEET[k % len(FLEET)] for k in range(UNITS)]

    def anew(_run: int) -> None:
        graph.forget()  # an incident is somewhere new: no search may be one that was kept

    def lines(n: int) -> int:
        paths = graph.to_one(incidents[n], units, AMBULANCE)
        return sum(len(path.coords) for path in paths if isinstance(path, RoadPath))

    ranked = timed(
        f"one incident, {UNITS} units: times and distances", RUNS,
        lambda n: graph.to_one(incidents[n], units, AMBULANCE), limit_ms, anew,
    )  # fmt: skip
    print(ranked)
    print(f"  processor time of one: {_processor_ms(graph, incidents, units):.2f} ms")
    print(
        timed(
            f"  the same, {len(FLEET)} kinds of vehicle",
            RUNS,
            lambda n: graph.to_one(incidents[n], units, fleet),
            before=anew,
        )
    )
    print(timed(f"  the same, one kind, all {UNITS} lines drawn", 20, lines, before=anew))
    return ranked, ranked.held


def _processor_ms(graph: RoadGraph, incidents: list[LonLat], units: list[LonLat]) -> float:
    """The mean without what other programs on a busy machine take away."""
    graph.forget()
    started = process_time()
    for incident in incidents:
        graph.to_one(incident, units, AMBULANCE)
    return (process_time() - started) * 1000 / len(incidents)


# --- beside OSMnx and networkx --------------------------------------------------------------------


def _beside_osmnx(folder: Path, osm: Path, edges: RoadEdges, graph: RoadGraph, ours: Figure) -> bool:
    peer = _osmnx_graph(folder, osm, edges, graph.speeds)
    rng = random.Random(5)
    nodes = rng.choices(sorted(peer.nodes), k=UNITS)
    hubs = rng.choices(sorted(peer.nodes), k=12)
    place = {node: LonLat(peer.nodes[node]["x"], peer.nodes[node]["y"]) for node in (*nodes, *hubs)}
    print(f"  OSMnx {osmnx.__version__}, networkx {nx.__version__}: {len(peer)} nodes of the same ways")

    def one_search(n: int) -> dict[int, float]:
        found: dict[int, float] = nx.single_source_dijkstra(
            peer.reverse(copy=False), hubs[n], weight="travel_time"
        )[0]
        return found

    def on_edges() -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = osmnx.nearest_edges(
            peer, [place[k].lon for k in nodes], [place[k].lat for k in nodes]
        )
        return found

    def at_best(n: int) -> list[float]:
        found = one_search(n)
        return [found[edge[0]] for edge in on_edges()]

    def as_osmnx_does(n: int) -> list[list[int] | None]:
        hub = place[hubs[n]]
        target = osmnx.nearest_edges(peer, hub.lon, hub.lat)[0]
        routes: list[list[int] | None] = osmnx.shortest_path(
            peer, [edge[0] for edge in on_edges()], [target] * UNITS, weight="travel_time", cpus=1
        )
        return routes

    off = []
    for hub in hubs:
        theirs = one_search(hubs.index(hub))
        mine = graph.to_one(place[hub], [place[node] for node in nodes], AMBULANCE)
        off += [
            abs(path.duration_s - theirs[node]) / max(theirs[node], 10.0)
            for node, path in zip(nodes, mine, strict=True)
            if isinstance(path, RoadPath) and path.moved_from_m + path.moved_to_m < 1
        ]
    print(f"  answers compared: {len(off)}, median difference {median(off):.2%}, largest {max(off):.2%}")
    bare = timed("networkx: one search between known junctions", 10, one_search)
    best = timed("OSMnx puts places on edges, networkx: one search", 4, at_best)
    usual = timed("OSMnx as documented: a search for each unit", 2, as_osmnx_does)
    for figure in (bare, best, usual):
        print(figure)
    faster = best.at(0.5) / ours.at(0.5)
    verdict = "held" if faster >= TIMES_FASTER else "MISSED"
    print(f"  by medians Sigap is {faster:.0f} times as fast as the two at their best (limit", end=" ")
    print(
        f"{TIMES_FASTER}: {verdict}), {usual.at(0.5) / ours.at(0.5):.0f} times as fast as documented, and",
        end=" ",
    )
    print(f"{bare.at(0.5) / ours.at(0.5):.1f} times as the bare search, which puts no place on the road")
    print("  pyvalhalla's matrix: not measured, there is no wheel of it for Python 3.11")
    return faster >= TIMES_FASTER


def _osmnx_graph(folder: Path, osm: Path, edges: RoadEdges, speeds: RoadSpeeds) -> nx.MultiDiGraph:
    """OSMnx's simplified graph of the ways that we kept, with our speeds."""
    xml, ways, known = folder / "peer.osm", set(edges.way_id.tolist()), set()
    with osmium.SimpleWriter(xml, overwrite=True) as writer:
        for thing in osmium.FileProcessor(osm, osmium.osm.NODE | osmium.osm.WAY):
            if thing.is_node():
                known.add(thing.id)
                writer.add(thing)
            elif thing.id in ways:
                # OSMnx refuses ways whose points were clipped off; what is left of them is ways of their own.
                runs = groupby((node.ref for node in thing.nodes), key=lambda ref: ref in known)
                for number, (inside, refs) in enumerate(runs):
                    if inside:
                        writer.add_way(thing.replace(id=thing.id * 100 + number, nodes=list(refs)))
    graph = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
    by_class = dict(zip(ROAD_CLASSES, speeds.by_class_kmh(AMBULANCE.kind).tolist(), strict=True))
    limit = dict(zip(edges.way_id.tolist(), edges.maxspeed_kmh.tolist(), strict=True))
    for _, _, way in graph.edges(data=True):
        posted = limit[way["osmid"] // 100]
        kmh = min(by_class[way["highway"]], AMBULANCE.cruise_kmh, posted if posted == posted else np.inf)
        way["travel_time"] = way["length"] / (kmh / 3.6)
    graph = osmnx.simplify_graph(graph, edge_attr_aggs={"length": sum, "travel_time": sum})
    return graph.subgraph(max(nx.strongly_connected_components(graph), key=len)).copy()
