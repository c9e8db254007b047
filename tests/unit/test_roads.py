"""Quickest ways over small drawn networks, against a plain search written for the test."""

import heapq
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from citypack import load_city_pack
from citypack.roads_file import load_road_speeds
from domain.errors import BadCityPack
from geo.errors import (
    BeyondRoadLimit,
    NoRoadRoute,
    RoadNetworkBroken,
    RoadsNotWritten,
    TooFarFromRoad,
    Unreachable,
)
from geo.points import GEOD, LonLat, Projector, geodesic_m
from geo.road_network import ROAD_CLASSES, RoadEdges, read_roads, write_roads
from geo.roads import SNAP_LIMIT_M, RoadGraph, RoadPath, RoadSpeeds, Vehicle

UTM = Projector(32650)
CORNER = UTM.forward(LonLat(117.55, 3.30))
SPEEDS = RoadSpeeds(
    {name: 80.0 - 4 * rank for rank, name in enumerate(ROAD_CLASSES)}, {"truck": {"residential": 10.0}}
)
CAR = Vehicle("car", 60.0)


@dataclass(frozen=True)
class Road:
    """A straight or bent line between two junctions, points in metres of a sheet."""

    start: int
    end: int
    points: tuple[tuple[float, float], ...]
    name: str = "residential"
    oneway: bool = False
    limit: float = math.nan


def at(x_m: float, y_m: float) -> LonLat:
    return LonLat(*UTM.inverse_array(np.array([[CORNER.x + x_m, CORNER.y + y_m]]))[0])


def edges(roads: list[Road]) -> RoadEdges:
    points = np.array([point for road in roads for point in road.points])
    return RoadEdges(
        lonlat=UTM.inverse_array(points + np.array(CORNER)),
        first=np.cumsum([0, *(len(road.points) for road in roads)]),
        road_class=np.array([ROAD_CLASSES.index(road.name) for road in roads]),
        oneway=np.array([road.oneway for road in roads]),
        maxspeed_kmh=np.array([road.limit for road in roads]),
        name=(None,) * len(roads),
        way_id=np.arange(len(roads)),
        from_node=np.array([road.start for road in roads]),
        to_node=np.array([road.end for road in roads]),
    )


def graph(roads: list[Road]) -> RoadGraph:
    return RoadGraph(edges(roads), UTM, SPEEDS)


def seconds(road: Road, vehicle: Vehicle, metres: float) -> float:
    kmh = SPEEDS.kinds.get(vehicle.kind, {}).get(road.name, SPEEDS.general[road.name])
    kmh = min(kmh, vehicle.cruise_kmh, math.inf if math.isnan(road.limit) else road.limit)
    return metres / (kmh / 3.6)


@dataclass(frozen=True)
class Place:
    """A place on a road of the drawing: which, and at what share of its length."""

    road: int
    share: float


def metres(road: Road) -> float:
    places = [at(*point) for point in road.points]
    return sum(geodesic_m(a, b) for a, b in zip(places, places[1:], strict=False))


def lonlat(roads: list[Road], place: Place) -> LonLat:
    line = shapely.LineString(roads[place.road].points)
    point = line.interpolate(place.share, normalized=True)
    return at(point.x, point.y)


def plain_search(roads: list[Road], origin: Place, target: Place, vehicle: Vehicle) -> float:
    """Seconds by a textbook Dijkstra over a graph in which both places are nodes."""
    arcs: dict[object, list[tuple[object, float]]] = {}

    def arc(a: object, b: object, cost: float) -> None:
        arcs.setdefault(a, []).append((b, cost))

    for number, road in enumerate(roads):
        stops = [(0.0, road.start), (1.0, road.end)]
        stops += [(p.share, name) for p, name in ((origin, "o"), (target, "t")) if p.road == number]
        stops.sort(key=lambda stop: stop[0])
        for (share, a), (next_share, b) in zip(stops, stops[1:], strict=False):
            cost = seconds(road, vehicle, metres(road) * (next_share - share))
            arc(a, b, cost)
            if not road.oneway:
                arc(b, a, cost)
    best: dict[object, float] = {}
    heap: list[tuple[float, int, object]] = [(0.0, 0, "o")]
    turn = 0
    while heap:
        cost, _, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = cost
        for following, more in arcs.get(node, []):
            turn += 1
            heapq.heappush(heap, (cost + more, turn, following))
    return best.get("t", math.inf)


SIDE = 4
STEP_M = 400.0


def ring() -> list[Road]:
    """The outer streets of the grid, two-way, so that all of it hangs together."""
    corner = (SIDE - 1) * SIDE
    around = [*range(SIDE), *range(2 * SIDE - 1, SIDE * SIDE, SIDE)]
    around += [*range(SIDE * SIDE - 2, corner - 1, -1), *range(corner - SIDE, -1, -SIDE)]
    return [Road(a, b, (spot(a), spot(b)), "tertiary") for a, b in zip(around, around[1:], strict=False)]


def spot(junction: int) -> tuple[float, float]:
    # A little uneven, so that few ways are equally long.
    row, column = divmod(junction, SIDE)
    return column * STEP_M + 13.0 * ((3 * junction) % 7), row * STEP_M + 11.0 * ((5 * junction) % 7)


@st.composite
def grids(draw: st.DrawFn) -> list[Road]:
    """A grid town: a two-way ring, and inner streets one-way, two-way, bent, or not there."""
    roads = ring()
    ringed = {frozenset((road.start, road.end)) for road in roads}
    for a in range(SIDE * SIDE):
        for b in (a + 1, a + SIDE):
            if b >= SIDE * SIDE or (b == a + 1 and b % SIDE == 0) or frozenset((a, b)) in ringed:
                continue
            kind = draw(st.sampled_from(["none", "both", "there", "back"]))
            if kind == "none":
                continue
            start, end = (b, a) if kind == "back" else (a, b)
            (x0, y0), (x1, y1) = spot(start), spot(end)
            bend = draw(st.floats(-60, 60))
            middle = ((x0 + x1) / 2 + bend, (y0 + y1) / 2 - bend)
            name = draw(st.sampled_from(["primary", "residential", "service"]))
            limit = draw(st.sampled_from([math.nan, 20.0, 90.0]))
            roads.append(Road(start, end, ((x0, y0), middle, (x1, y1)), name, kind != "both", limit))
    return roads


def leading_somewhere(roads: list[Road]) -> list[Road]:
    """The streets from which one can drive out and back: without one-way traps."""
    arcs = nx.DiGraph([(road.start, road.end) for road in roads])
    arcs.add_edges_from([(road.end, road.start) for road in roads if not road.oneway])
    town = max(nx.strongly_connected_components(arcs), key=len)
    return [road for road in roads if road.start in town and road.end in town]


@st.composite
def towns(draw: st.DrawFn, count: int = 3) -> tuple[list[Road], list[Place]]:
    """A grid town and places on its streets that are not at junctions, where the nearest edge is clear."""
    roads = leading_somewhere(draw(grids()))
    place = st.builds(Place, st.integers(0, len(roads) - 1), st.floats(0.1, 0.9))
    return roads, draw(st.lists(place, min_size=count, max_size=count))


vehicles = st.sampled_from([CAR, Vehicle("truck", 60.0), Vehicle("truck", 15.0)])


def found(answer: RoadPath | Unreachable) -> RoadPath:
    assert isinstance(answer, RoadPath), answer
    return answer


@settings(max_examples=60)
@given(towns(), vehicles)
def test_times_are_those_of_a_plain_search_on_the_drawing(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle
) -> None:
    roads, (a, b, c) = town
    where = [lonlat(roads, place) for place in (a, b, c)]
    answers = graph(roads).to_one(where[0], where, vehicle)
    for place, answer in zip((a, b, c), answers, strict=True):
        expected = plain_search(roads, place, a, vehicle)
        assert found(answer).duration_s == pytest.approx(expected, rel=1e-3, abs=0.05)


@settings(max_examples=60)
@given(towns(), vehicles)
def test_no_detour_is_quicker_than_the_way_and_both_directions_of_asking_agree(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle
) -> None:
    roads, places = town
    town_graph = graph(roads)
    where = [lonlat(roads, place) for place in places]
    to_each = [[found(x).duration_s for x in town_graph.to_one(one, where, vehicle)] for one in where]
    from_each = [[found(x).duration_s for x in town_graph.from_one(one, where, vehicle)] for one in where]
    assert np.allclose(to_each, np.transpose(from_each), rtol=1e-9, atol=1e-6)
    cost = np.array(from_each)
    for middle in range(3):
        assert (cost <= cost[:, [middle]] + cost[[middle], :] + 1e-6).all()


@settings(max_examples=60)
@given(towns(count=2), vehicles)
def test_the_line_has_the_length_said_and_never_goes_against_a_one_way_street(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle
) -> None:
    roads, (a, b) = town
    path = graph(roads).path(lonlat(roads, a), lonlat(roads, b), vehicle)
    lon, lat = [p.lon for p in path.coords], [p.lat for p in path.coords]
    assert GEOD.line_length(lon, lat) == pytest.approx(path.distance_m, abs=0.01)
    xy = UTM.forward_array(np.column_stack([lon, lat])) - np.array(CORNER)
    streets = [shapely.LineString(road.points) for road in roads]
    for start, end in zip(xy, xy[1:], strict=False):
        if math.dist(start, end) < 1.0:
            continue
        middle = shapely.Point((start + end) / 2)
        number = int(np.argmin(shapely.distance(streets, middle)))
        assert streets[number].distance(middle) < 0.5, "the line must follow a street"
        forward = streets[number].project(shapely.Point(end)) >= streets[number].project(shapely.Point(start))
        assert forward or not roads[number].oneway


@settings(max_examples=60)
@given(towns(count=2), vehicles)
def test_nobody_is_quicker_than_straight_at_top_speed(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle
) -> None:
    roads, (a, b) = town
    path = graph(roads).path(lonlat(roads, a), lonlat(roads, b), vehicle)
    straight_m = geodesic_m(path.coords[0], path.coords[-1])
    # A place is put on the street straight in degrees, which over a block is some micrometres off.
    assert path.distance_m >= straight_m - 1e-3
    assert path.duration_s >= (straight_m - 1e-3) / (vehicle.cruise_kmh / 3.6)


@settings(max_examples=60)
@given(grids(), st.floats(-800, 2000), st.floats(-800, 2000))
def test_a_place_goes_to_the_nearest_street_and_never_farther_than_the_limit(
    roads: list[Road], x: float, y: float
) -> None:
    useful = [shapely.LineString(road.points) for road in leading_somewhere(roads)]
    away_m = float(shapely.distance(useful, shapely.Point(x, y)).min())
    assume(abs(away_m - SNAP_LIMIT_M) > 1)
    town = graph(roads)
    usable_m = town.off_road_m([at(x, y)])[0]
    assert usable_m == pytest.approx(away_m, rel=1e-3, abs=0.01)
    answer = town.to_one(at(*spot(0)), [at(x, y)], CAR)[0]
    if away_m > SNAP_LIMIT_M:
        assert isinstance(answer, TooFarFromRoad)
        assert answer.params["distance_m"] == pytest.approx(usable_m)
    else:
        assert found(answer).moved_from_m == pytest.approx(usable_m)
        assert geodesic_m(found(answer).coords[0], at(x, y)) == pytest.approx(usable_m, abs=0.01)


def square(*, oneway: bool = False, junction: int = 0, x: float = 0.0, y: float = 0.0) -> list[Road]:
    """Four streets of 400 m around a block, anticlockwise."""
    corners = [(x, y), (x + 400, y), (x + 400, y + 400), (x, y + 400)]
    return [
        Road(junction + k, junction + (k + 1) % 4, (corners[k], corners[(k + 1) % 4]), oneway=oneway)
        for k in range(4)
    ]


def test_on_one_street_one_drives_straight_or_if_it_is_one_way_round_the_block() -> None:
    a, b = at(100, 0), at(300, 0)
    both, oneway = graph(square()), graph(square(oneway=True))
    for town, there_m, back_m in ((both, 200, 200), (oneway, 200, 1400)):
        assert town.path(a, b, CAR).distance_m == pytest.approx(there_m, rel=2e-3)
        assert town.path(b, a, CAR).distance_m == pytest.approx(back_m, rel=2e-3)
    assert len(oneway.path(b, a, CAR).coords) == 6, "foot, four corners, foot"
    assert len(oneway.path(a, b, CAR).coords) == 2


def test_a_way_to_where_one_already_is_has_no_length_but_two_points() -> None:
    path = graph(square()).path(at(100, 5), at(100, 5), CAR)
    assert (path.distance_m, path.duration_s) == (0, 0)
    assert len(path.coords) == 2
    assert path.moved_from_m == pytest.approx(5, rel=1e-2)


def test_at_the_corner_of_one_way_streets_nobody_drives_round_the_block() -> None:
    town = graph(square(oneway=True))
    assert town.path(at(200, 0), at(400, 0), CAR).distance_m == pytest.approx(200, rel=2e-3)
    assert town.path(at(400, 0), at(400, 200), CAR).distance_m == pytest.approx(200, rel=2e-3)


def test_separate_towns_have_no_road_between_them_and_each_is_used() -> None:
    town = graph([*square(), *square(junction=10, x=5000)])
    answers = town.to_one(at(100, 0), [at(300, 0), at(5100, 0)], CAR)
    assert isinstance(answers[0], RoadPath)
    assert isinstance(answers[1], NoRoadRoute)
    assert isinstance(town.path(at(5100, 0), at(5300, 0), CAR), RoadPath)


def test_loose_ends_and_one_way_traps_are_not_used() -> None:
    trap = Road(0, 50, ((0, 0), (-400, 0)), oneway=True)
    loose = Road(60, 61, ((2000, 0), (2400, 0)))
    town = graph([*square(), trap, loose])
    assert town.length_m == pytest.approx(1600, rel=2e-3)
    path = town.path(at(-100, 0), at(200, 0), CAR)
    assert path.moved_from_m == pytest.approx(100, rel=2e-3), "to the nearest street that leads somewhere"
    assert isinstance(town.to_one(at(200, 0), [at(2200, 0)], CAR)[0], TooFarFromRoad)


def test_the_quicker_of_two_streets_between_the_same_corners_is_taken_and_drawn() -> None:
    quick = Road(0, 1, ((0, 0), (200, 150), (400, 0)), "primary")
    town = graph([*square(), quick])
    path = town.path(at(0, 100), at(400, 100), CAR)
    assert path.distance_m == pytest.approx(100 + 500 + 100, rel=2e-3)
    assert at(200, 150).rounded() in [point.rounded() for point in path.coords]
    assert town.path(at(0, 100), at(400, 100), Vehicle("car", 20.0)).distance_m == pytest.approx(
        600, rel=2e-3
    )


def test_a_cul_de_sac_loop_and_two_nodes_in_one_place_are_driven_through() -> None:
    loop = Road(1, 1, ((400, 0), (600, -100), (600, 100), (400, 0)))
    stitch = [Road(2, 70, ((400, 400), (400, 400))), Road(70, 71, ((400, 400), (400, 800)))]
    town = graph([*square(), loop, *stitch])
    there = town.path(at(300, 0), at(600, 0), CAR)
    assert there.distance_m == pytest.approx(100 + math.hypot(200, 100) + 100, rel=2e-3)
    assert town.path(at(400, 300), at(400, 500), CAR).distance_m == pytest.approx(200, rel=2e-3)


def test_each_vehicle_has_its_own_time_and_the_order_is_kept() -> None:
    town = graph(square())
    a, b = at(100, 0), at(300, 0)
    fleet = [CAR, Vehicle("truck", 60.0), Vehicle("car", 18.0)]
    paths = [found(answer) for answer in town.to_one(b, [a, a, a], fleet)]
    kmh = [path.distance_m / path.duration_s * 3.6 for path in paths]
    assert kmh == pytest.approx([SPEEDS.general["residential"], 10.0, 18.0])
    with pytest.raises(ValueError, match="one vehicle"):
        town.to_one(b, [a], fleet)


def test_a_posted_limit_slows_down_and_never_speeds_up() -> None:
    def kmh(limit: float) -> float:
        street = Road(0, 1, ((0, 0), (400, 0)), limit=limit)
        path = graph([street, *square()[1:]]).path(at(100, 0), at(300, 0), CAR)
        return path.distance_m / path.duration_s * 3.6

    assert kmh(15.0) == pytest.approx(15.0)
    assert kmh(90.0) == kmh(math.nan) == pytest.approx(SPEEDS.general["residential"])


def test_beyond_the_time_limit_is_said_so() -> None:
    town = graph(square())
    near, far = town.to_one(at(200, 0), [at(210, 0), at(200, 400)], CAR, limit_s=10)
    assert isinstance(near, RoadPath)
    assert isinstance(far, BeyondRoadLimit)
    assert "10 detik" in str(far)


@settings(max_examples=20)
@given(towns(count=1), vehicles, st.floats(20, 300))
def test_what_is_within_reach_is_what_the_ways_say(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle, limit_s: float
) -> None:
    roads, (hub,) = town
    town_graph, origin = graph(roads), lonlat(roads, hub)
    reached, seconds = town_graph.reach(origin, vehicle, limit_s)
    everywhere, _ = town_graph.reach(origin, vehicle, math.inf)
    chosen = slice(None, None, max(1, len(everywhere) // 50))
    places = [LonLat(*place) for place in everywhere[chosen]]
    times = [found(answer).duration_s for answer in town_graph.from_one(origin, places, vehicle)]
    said = {tuple(place): second for place, second in zip(reached.tolist(), seconds.tolist(), strict=True)}
    for place, time_s in zip(everywhere[chosen].tolist(), times, strict=True):
        if tuple(place) in said:
            assert said[tuple(place)] == pytest.approx(time_s, abs=1e-3)
        else:
            assert time_s > limit_s - 1e-3
    with pytest.raises(TooFarFromRoad):
        town_graph.reach(at(-5000, 0), vehicle, limit_s)


def told(answers: list[RoadPath | Unreachable]) -> list[object]:
    """All that an answer says, its line too."""
    return [(a, a.coords) if isinstance(a, RoadPath) else (type(a), a.params) for a in answers]


@settings(max_examples=30)
@given(towns(), vehicles, st.sampled_from([math.inf, 60.0]))
def test_asking_again_from_the_same_place_gives_the_same_answers_as_a_graph_that_never_heard_it(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle, limit_s: float
) -> None:
    roads, places = town
    where = [*(lonlat(roads, place) for place in places), at(-5000, 0)]
    asked = graph(roads)
    for one in where:
        for limit in (math.inf, limit_s):
            first = told(asked.to_one(one, where, vehicle, limit))
            assert told(asked.to_one(one, where, vehicle, limit)) == first
            assert told(graph(roads).to_one(one, where, vehicle, limit)) == first
            other_way = told(asked.from_one(one, where, vehicle, limit))
            assert told(graph(roads).from_one(one, where, vehicle, limit)) == other_way
            asked.forget()
            assert told(asked.to_one(one, where, vehicle, limit)) == first


def test_the_kept_searches_are_few_however_many_places_ask_and_threads_do_not_mix_them_up() -> None:
    town = graph(square(oneway=True))
    places = [at(3 * k, 0) for k in range(120)]
    alone = [[found(x).duration_s for x in graph(square(oneway=True)).to_one(p, places, CAR)] for p in places]
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda place: town.to_one(place, places, CAR), places * 2))
    assert [[found(x).duration_s for x in answers] for answers in asked] == alone * 2
    assert len(town._trees) == 96


@settings(max_examples=30)
@given(towns(count=5), vehicles, st.integers(1, 4))
def test_many_to_many_says_what_each_way_alone_says(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle, split: int
) -> None:
    roads, places = town
    where = [lonlat(roads, place) for place in places]
    town_graph = graph(roads)
    duration_s, distance_m = town_graph.seconds(where[:split], where[split:], vehicle)
    for row, origin in enumerate(where[:split]):
        alone = [found(answer) for answer in town_graph.from_one(origin, where[split:], vehicle)]
        assert duration_s[row] == pytest.approx([path.duration_s for path in alone], rel=1e-9, abs=1e-6)
        # Of two ways that are equally quick either may be told, so only that its pace is a road's.
        assert (distance_m[row] <= duration_s[row] * vehicle.cruise_kmh / 3.6 + 1e-6).all()
        straight_m = [geodesic_m(origin, target) for target in where[split:]]
        assert (distance_m[row] >= np.array(straight_m) - 0.01).all()


def test_many_to_many_is_infinite_where_there_is_no_way_and_honours_one_way_streets() -> None:
    town = graph([*square(oneway=True), *square(junction=10, x=5000)])
    here = [at(100, 0), at(300, 0), at(5100, 0), at(9000, 0)]
    for origins, targets in ((here, here[:2]), (here[:2], here)):
        duration_s, distance_m = town.seconds(origins, targets, CAR)
        assert duration_s.shape == distance_m.shape == (len(origins), len(targets))
        assert (np.isinf(duration_s) == np.isinf(distance_m)).all()
        assert distance_m[0, 1] == pytest.approx(200, rel=2e-3)
        assert distance_m[1, 0] == pytest.approx(1400, rel=2e-3)
        assert np.isfinite(duration_s[:2, :2]).all()
        assert np.isinf(duration_s[2:]).all()
        assert np.isinf(duration_s[:, 2:]).all()
    assert town.seconds([], here, CAR)[0].shape == (0, 4)


def test_places_along_the_roads_stand_for_all_of_their_length() -> None:
    town = graph(square())
    lonlats, length_m = town.along_roads()
    assert length_m.max() <= 25.1
    assert length_m.sum() == pytest.approx(town.length_m)
    assert max(town.off_road_m([LonLat(*place) for place in lonlats.tolist()])) < 0.01


def test_a_place_on_the_other_side_of_the_world_is_too_far_from_a_road() -> None:
    town = graph(square())
    answers = town.to_one(LonLat(-60.0, 10.0), [at(0, 0)] * 2, CAR)
    assert all(isinstance(answer, TooFarFromRoad) for answer in answers)
    answer = town.to_one(at(0, 0), [LonLat(117.55, 40.0)], CAR)[0]
    assert isinstance(answer, TooFarFromRoad)
    assert answer.params["distance_m"] > 4_000_000
    assert pickle.loads(pickle.dumps(answer)).params == answer.params


def test_nobody_asked_for_nothing() -> None:
    assert graph(square()).to_one(at(0, 0), [], CAR) == []


def test_a_network_comes_back_from_its_file_as_it_was_written(tmp_path: Path) -> None:
    roads = [*square(oneway=True), Road(0, 2, ((0, 0), (150, 250), (400, 400)), "primary", False, 30.0)]
    path = tmp_path / "roads.parquet"
    write_roads(path, edges(roads), "drawn")
    back, drawn = read_roads(path), edges(roads)
    for name in ("lonlat", "first", "road_class", "oneway", "maxspeed_kmh", "way_id", "from_node", "to_node"):
        assert np.array_equal(getattr(back, name), getattr(drawn, name), equal_nan=True), name
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_a_file_that_is_no_network_is_refused_with_its_name_and_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "roads.parquet"
    for content in (None, b"", b"PAR1 nonsense PAR1"):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(RoadNetworkBroken, match=r"roads\.parquet.*make roads"):
            RoadGraph.load(path, UTM, SPEEDS)
    write_roads(path, edges([Road(0, 1, ((0, 0), (10, 0)))]), "drawn")
    with pytest.raises(RoadNetworkBroken, match="no usable road"):
        RoadGraph.load(path, UTM, SPEEDS)


def test_a_failed_write_leaves_the_old_network(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RoadsNotWritten):
        write_roads(tmp_path / "file" / "roads.parquet", edges(square()), "drawn")


def test_speeds_must_be_whole_and_positive() -> None:
    whole = dict(SPEEDS.general)
    for general, kinds in (
        ({}, {}),
        ({**whole, "canal": 5.0}, {}),
        ({**whole, "track": 0.0}, {}),
        (whole, {"car": {"canal": 5.0}}),
        (whole, {"car": {"track": math.inf}}),
    ):
        with pytest.raises(ValueError, match="road class|speed"):
            RoadSpeeds(general, kinds)
    with pytest.raises(ValueError, match="cruise"):
        Vehicle("car", 0.0)


# --- roads.toml -----------------------------------------------------------------------------------


def test_the_speeds_of_the_citys_pack_are_whole_and_heavy_vehicles_are_not_quicker() -> None:
    folder = Path(__file__).parents[2] / "data" / "tarakan"
    speeds = load_road_speeds(folder, load_city_pack(folder).kinds)
    assert set(speeds.general) == set(ROAD_CLASSES)
    assert (speeds.by_class_kmh("tanker") <= speeds.by_class_kmh("ambulance")).all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("track = 5.0", "", "track belum diisi"),
        ("track = 5.0", "canal = 5.0", "speeds.canal"),
        ("track = 5.0", "track = 0", "speeds.track"),
        ("track = 5.0", 'track = "slow"', "bukan angka"),
        ("[kinds.car]", "[kinds.rocket]", "rocket.*salah satu dari car"),
        ("primary = 7.0", "canal = 7.0", r"kinds\.car\.canal"),
    ],
)
def test_a_wrong_speed_is_refused_with_its_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    lines = ["[speeds]", *(f"{name} = 5.0" for name in ROAD_CLASSES), "[kinds.car]", "primary = 7.0"]
    whole = "\n".join(lines)
    (tmp_path / "roads.toml").write_text(whole)
    assert load_road_speeds(tmp_path, {"car"}).by_class_kmh("car")[ROAD_CLASSES.index("primary")] == 7.0
    (tmp_path / "roads.toml").write_text(whole.replace(old, new))
    with pytest.raises(BadCityPack, match=words) as caught:
        load_road_speeds(tmp_path, {"car"})
    assert "roads.toml" in str(caught.value)
