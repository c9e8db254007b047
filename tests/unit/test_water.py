import itertools
import logging
import math
from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from strategies_geo import (
    AREA,
    JUATA_LAUT,
    MALUNDUNG,
    OFF_AMAL,
    OFF_BUNYU,
    SHEET,
    SHEET_M,
    TENGKAYU,
    UTM,
    drawn,
    land,
    on_sheet,
    sea_places,
    sheet_graph,
    water,
)

from geo.errors import NoNavigableWater, NoWaterRoute, OutsideWaterMap, TooFarFromWater, Unreachable
from geo.points import LonLat, geodesic_m
from geo.water import CLEARANCE_M, SNAP_LIMIT_M, WaterGraph, WaterPath

SAME_M = 0.01
"""Lengths of the same way found twice may differ by this much."""


def line_of(path: WaterPath) -> shapely.LineString:
    return shapely.LineString([(point.lon, point.lat) for point in path.coords])


def length_of(path: WaterPath) -> float:
    return sum(geodesic_m(a, b) for a, b in itertools.pairwise(path.coords))


def route(a: LonLat, b: LonLat) -> WaterPath:
    """The way on Tarakan's map, or, where the map has none for these two, another example."""
    try:
        return water().path(a, b)
    except Unreachable:
        assume(False)
        raise


# --- the real map ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "low_km", "high_km"),
    [
        # Round the southern cape: twice the 8.3 km that a bird flies.
        (MALUNDUNG, OFF_AMAL, 16.9, 17.4),
        # Along the north coast, between Tarakan and the delta.
        (JUATA_LAUT, LonLat(117.68, 3.40), 16.7, 17.3),
        # Past the north of Sadau.
        (TENGKAYU, LonLat(117.5225, 3.352), 9.7, 10.1),
        (TENGKAYU, OFF_BUNYU, 38.0, 39.0),
    ],
    ids=["Malundung to Pantai Amal", "north channel", "Sadau", "Bunyu"],
)
def test_known_ways_have_the_length_measured_on_the_map(a, b, low_km, high_km):
    path = water().path(a, b)
    assert low_km <= path.distance_m / 1000 <= high_km
    assert not line_of(path).intersects(land())


def test_the_way_from_malundung_to_pantai_amal_goes_round_the_south():
    lats = [point.lat for point in water().path(MALUNDUNG, OFF_AMAL).coords]
    assert min(lats) < 3.245


@given(sea_places(), st.lists(sea_places(), min_size=10, max_size=10))
@settings(max_examples=60, deadline=None)
def test_no_way_touches_land_or_leaves_the_area_and_each_has_the_length_of_its_line(origin, targets):
    for path in water().from_one(origin, targets):
        if isinstance(path, WaterPath):
            assert not line_of(path).intersects(land())
            assert all(AREA.contains(point) for point in path.coords)
            assert path.distance_m == pytest.approx(length_of(path), abs=SAME_M)


@given(sea_places(), sea_places())
@settings(max_examples=100, deadline=None)
def test_no_way_is_shorter_than_the_geodesic_and_its_ends_are_where_they_were_asked_for(a, b):
    path = route(a, b)
    assert path.distance_m >= geodesic_m(path.coords[0], path.coords[-1]) - SAME_M
    assert geodesic_m(path.coords[0], a) == pytest.approx(path.moved_from_m, abs=1e-6)
    assert geodesic_m(path.coords[-1], b) == pytest.approx(path.moved_to_m, abs=1e-6)


@given(sea_places(), sea_places())
@settings(max_examples=100, deadline=None)
def test_the_way_back_is_as_long_as_the_way_there(a, b):
    there, back = route(a, b), route(b, a)
    assert back.distance_m == pytest.approx(there.distance_m, abs=SAME_M)
    assert back.moved_from_m == pytest.approx(there.moved_to_m, abs=1e-6)


@given(sea_places(), sea_places(), sea_places())
@settings(max_examples=100, deadline=None)
def test_calling_somewhere_on_the_way_is_never_shorter(a, b, c):
    assert route(a, c).distance_m <= route(a, b).distance_m + route(b, c).distance_m + 1.0


@given(sea_places(), sea_places(), st.integers(0, 50))
@settings(max_examples=100, deadline=None)
def test_a_boat_standing_at_a_bend_of_the_way_has_the_rest_of_the_way_left(a, b, which):
    whole = route(a, b)
    bend = which % len(whole.coords)
    rest = water().path(whole.coords[bend], b)
    sailed = sum(geodesic_m(p, q) for p, q in itertools.pairwise(whole.coords[: bend + 1]))
    assert sailed + rest.distance_m == pytest.approx(whole.distance_m, abs=0.1)


@given(sea_places(), st.lists(sea_places(), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_one_to_many_answers_as_one_by_one(origin, targets):
    for target, together in zip(targets, water().from_one(origin, targets), strict=True):
        try:
            alone = water().path(origin, target)
        except Unreachable as error:
            assert str(together) == str(error)
        else:
            assert isinstance(together, WaterPath)
            assert together.distance_m == pytest.approx(alone.distance_m, abs=SAME_M)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_places_hugging_the_shore_are_served_too(data):
    shore = shapely.get_coordinates(land())
    places = []
    for _ in range(6):
        lon, lat = shore[data.draw(st.integers(0, len(shore) - 1))]
        lon += data.draw(st.floats(-0.001, 0.001))
        lat += data.draw(st.floats(-0.001, 0.001))
        places.append(LonLat(lon, lat))
    assume(all(AREA.contains(place) for place in places))
    for path in water().from_one(places[0], places[1:]):
        if isinstance(path, WaterPath):
            assert not line_of(path).intersects(land())


def test_threads_asking_at_once_get_the_answers_that_one_gets_alone():
    rng = np.random.default_rng(7)
    east = [LonLat(117.7 + 0.2 * x, 3.1 + 0.4 * y) for x, y in rng.random((40, 2))]
    alone = [[str(answer) for answer in water().from_one(origin, east)] for origin in east]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda origin: [str(a) for a in water().from_one(origin, east)], east))
    assert together == alone


# --- against an independent way of finding the shortest path --------------------------------------


def shortest_by_networkx(
    shapes: list[shapely.Polygon], a: tuple[float, float], b: tuple[float, float]
) -> float:
    """Every vertex of the land sees every other or not; Dijkstra of networkx over all of them. Metres."""
    whole = shapely.union_all(shapes)
    inside = whole.buffer(-1e-6)
    shapely.prepare(inside)
    nodes = [a, b, *map(tuple, shapely.get_coordinates(whole).tolist())]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(nodes)))
    for i, j in itertools.combinations(range(len(nodes)), 2):
        if not inside.intersects(shapely.LineString([nodes[i], nodes[j]])):
            graph.add_edge(i, j, weight=math.dist(nodes[i], nodes[j]))
    try:
        return nx.dijkstra_path_length(graph, 0, 1)
    except nx.NetworkXNoPath:
        return math.inf


def box_in_the_middle(draw_corner, draw_size):
    return st.builds(
        lambda x, y, w, h: shapely.box(x, y, x + w, y + h), draw_corner, draw_corner, draw_size, draw_size
    )


islands = st.lists(
    st.one_of(
        box_in_the_middle(st.floats(2_000, 12_000), st.floats(300, 5_000)),
        st.lists(st.tuples(st.floats(2_000, 17_000), st.floats(2_000, 17_000)), min_size=3, max_size=5)
        .map(lambda corners: shapely.MultiPoint(corners).convex_hull)
        .filter(lambda hull: hull.geom_type == "Polygon" and hull.area > 50_000),
    ),
    min_size=1,
    max_size=6,
)
sheet_places = st.tuples(st.floats(500, SHEET_M - 500), st.floats(500, SHEET_M - 500))


@given(islands, sheet_places, sheet_places)
@settings(max_examples=120, deadline=None)
def test_lengths_agree_to_one_percent_with_full_visibility_on_drawn_maps(shapes, a, b):
    keep_off = shapely.union_all(shapes).buffer(3 * CLEARANCE_M)
    assume(not keep_off.intersects(shapely.MultiPoint([a, b])))
    # Where the clearance closes a gap that the bare map leaves open, the two rightly differ.
    assume(keep_off.buffer(-3 * CLEARANCE_M, join_style="mitre").area < shapely.union_all(shapes).area * 1.02)
    expected = shortest_by_networkx(shapes, a, b)
    closed = [shape.buffer(CLEARANCE_M, join_style="mitre") for shape in shapes]
    longest = shortest_by_networkx(closed, a, b)
    assume(math.isfinite(longest))
    scale = geodesic_m(on_sheet(*a), on_sheet(*b)) / math.dist(a, b) if a != b else 1.0
    found = sheet_graph(*shapes).path(on_sheet(*a), on_sheet(*b)).distance_m / scale
    assert expected * (1 - 1e-4) - SAME_M <= found <= longest * (1 + 1e-4) + SAME_M
    if longest <= expected * 1.005:
        assert found == pytest.approx(expected, rel=0.01)


def grid_length_m(
    whole: shapely.Polygon, a: tuple[float, float], b: tuple[float, float], cell_m: float
) -> float:
    """Shortest way over a fine grid with steps of up to 4 cells any way (metric error below 0.5 %)."""
    shapely.prepare(whole)
    size = int(SHEET_M / cell_m)
    column, row = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    wet = ~shapely.intersects_xy(whole, column * cell_m, row * cell_m)
    steps = [(dx, dy) for dx in range(-4, 5) for dy in range(-4, 5) if math.gcd(dx, dy) == 1]
    starts, ends, weights = [], [], []
    for dx, dy in steps:
        x, y = np.nonzero(wet)
        good = (x + dx >= 0) & (x + dx < size) & (y + dy >= 0) & (y + dy < size)
        x, y = x[good], y[good]
        good = wet[x + dx, y + dy]
        x, y = x[good], y[good]
        lines = shapely.linestrings(
            np.stack([np.column_stack([x, y]), np.column_stack([x + dx, y + dy])], axis=1) * cell_m
        )
        good = ~shapely.intersects(whole, lines)
        starts.append(x[good] * size + y[good])
        ends.append((x[good] + dx) * size + y[good] + dy)
        weights.append(np.full(int(good.sum()), math.hypot(dx, dy) * cell_m))
    graph = csr_array(
        (np.concatenate(weights), (np.concatenate(starts), np.concatenate(ends))), shape=(size**2, size**2)
    )

    def node(place: tuple[float, float]) -> int:
        return round(place[0] / cell_m) * size + round(place[1] / cell_m)

    return float(dijkstra(graph, indices=node(a))[node(b)])


def test_length_through_a_labyrinth_agrees_to_one_percent_with_a_fine_grid():
    walls = [
        shapely.box(4_000, 3_000, 15_000, 3_400), shapely.box(14_600, 3_000, 15_000, 15_000),
        shapely.box(4_000, 14_600, 15_000, 15_000), shapely.box(4_000, 5_000, 4_400, 15_000),
        shapely.box(4_000, 5_000, 12_000, 5_400), shapely.box(11_600, 5_000, 12_000, 12_000),
        shapely.box(6_500, 11_600, 12_000, 12_000),
    ]  # fmt: skip
    a, b = (8_000.0, 10_000.0), (17_000.0, 9_000.0)
    # A hair smaller, so that the grid may walk along the walls as a rope does.
    expected = grid_length_m(shapely.union_all(walls).buffer(-0.01, join_style="mitre"), a, b, cell_m=100)
    found = sheet_graph(*walls).path(on_sheet(*a), on_sheet(*b)).distance_m
    assert found == pytest.approx(expected, rel=0.01)
    assert found > 2 * geodesic_m(on_sheet(*a), on_sheet(*b))


# --- hard places on drawn maps --------------------------------------------------------------------


def test_an_island_with_needless_points_on_straight_shores_is_rounded_by_its_corners():
    island = shapely.segmentize(shapely.box(8_000, 8_000, 10_000, 10_000), 100)
    path = sheet_graph(island).path(on_sheet(7_000, 9_000), on_sheet(11_000, 9_000))
    assert len(path.coords) == 4
    assert path.distance_m == pytest.approx(2 * math.hypot(1_000, 1_000) + 2_000, rel=0.01)


def test_a_channel_wider_than_twice_the_clearance_is_sailed_and_a_narrower_one_is_not():
    def across(width_m: float) -> float:
        south, north = (
            shapely.box(9_000, 2_000, 10_000, 9_000),
            shapely.box(9_000, 9_000 + width_m, 10_000, 17_000),
        )
        return sheet_graph(south, north).path(on_sheet(8_000, 9_000), on_sheet(11_000, 9_000)).distance_m

    assert across(2 * CLEARANCE_M + 2) == pytest.approx(3_000, rel=0.01)
    assert across(2 * CLEARANCE_M - 2) > 14_000


def test_a_deep_bay_is_left_by_its_mouth():
    bay = shapely.box(5_000, 5_000, 15_000, 15_000).difference(shapely.box(9_000, 6_000, 9_500, 16_000))
    path = sheet_graph(bay).path(on_sheet(9_250, 6_500), on_sheet(9_250, 4_000))
    assert max(UTM.forward(p).y for p in path.coords) - UTM.forward(on_sheet(0, 15_000)).y == pytest.approx(
        10, abs=1
    )
    assert path.distance_m > 8_500 + 4_000 + 10_000


def test_places_in_waters_that_do_not_meet_have_no_way():
    bar = shapely.box(9_000, -1_000, 9_500, 25_000)
    graph = sheet_graph(bar)
    with pytest.raises(NoWaterRoute, match="terpisah"):
        graph.path(on_sheet(5_000, 5_000), on_sheet(15_000, 5_000))
    assert graph.path(on_sheet(5_000, 5_000), on_sheet(5_000, 8_000)).distance_m == pytest.approx(
        3_000, rel=0.001
    )


def test_the_edge_of_the_map_is_no_way_round_land_that_reaches_it():
    # As the mainland is clipped: it ends at the edge of the map, not of the world.
    spit = drawn(shapely.box(9_000, 3_000, 9_500, 25_000)).intersection(
        shapely.box(SHEET.min_lon, SHEET.min_lat, SHEET.max_lon, SHEET.max_lat)
    )
    path = WaterGraph.build(spit, UTM, SHEET).path(on_sheet(8_000, 19_700), on_sheet(10_500, 19_700))
    assert path.distance_m == pytest.approx(2 * math.hypot(1_000, 16_700) + 500, rel=0.01)
    assert min(UTM.forward(p).y for p in path.coords) < UTM.forward(on_sheet(0, 3_000)).y


def test_a_small_pond_is_not_navigable():
    island = shapely.box(8_000, 8_000, 11_000, 11_000).difference(shapely.box(9_300, 9_300, 9_700, 9_700))
    with pytest.raises(TooFarFromWater):
        sheet_graph(island).path(on_sheet(9_500, 9_500), on_sheet(2_000, 2_000))


def test_a_place_on_land_near_the_shore_is_moved_to_the_water_and_that_is_said():
    graph = sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000))
    path = graph.path(on_sheet(8_500, 10_000), on_sheet(7_000, 10_000))
    assert path.moved_from_m == pytest.approx(500 + CLEARANCE_M, rel=0.01)
    assert path.moved_to_m == 0
    assert path.distance_m == pytest.approx(1_000 - CLEARANCE_M, rel=0.01)
    back = graph.path(on_sheet(7_000, 10_000), on_sheet(8_500, 10_000))
    assert (back.moved_from_m, back.moved_to_m) == (0, pytest.approx(path.moved_from_m))
    assert path.reversed().coords == path.coords[::-1]
    assert path.reversed().moved_to_m == path.moved_from_m


def test_a_place_deep_inland_is_refused_with_distance_and_limit():
    graph = sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000))
    with pytest.raises(TooFarFromWater, match=r"batas 600 m") as refused:
        graph.path(on_sheet(9_000, 10_000), on_sheet(2_000, 2_000))
    assert refused.value.params["distance_m"] == pytest.approx(1_000 + CLEARANCE_M, rel=0.01)
    assert refused.value.params["limit_m"] == SNAP_LIMIT_M


def test_a_place_outside_the_map_is_refused_at_either_end():
    graph = sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000))
    jakarta, here = LonLat(106.8, -6.2), on_sheet(2_000, 2_000)
    for answers in (graph.from_one(jakarta, [here, here]), graph.from_one(here, [jakarta, jakarta])):
        assert [type(answer) for answer in answers] == [OutsideWaterMap, OutsideWaterMap]


def test_one_bad_target_does_not_spoil_the_others():
    graph = sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000))
    targets = [on_sheet(10_000, 10_000), on_sheet(2_000, 3_000), LonLat(0, 0)]
    kinds = [type(answer) for answer in graph.from_one(on_sheet(2_000, 2_000), targets)]
    assert kinds == [TooFarFromWater, WaterPath, OutsideWaterMap]


def test_no_targets_no_answers():
    assert sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000)).from_one(on_sheet(1_000, 1_000), []) == []


@pytest.mark.parametrize("place", [(2_000, 2_000), (7_990, 7_990), (8_100, 9_000)])
def test_the_way_to_the_same_place_is_zero(place):
    path = sheet_graph(shapely.box(8_000, 8_000, 12_000, 12_000)).path(on_sheet(*place), on_sheet(*place))
    assert path.distance_m == 0
    assert path.coords[0] == path.coords[-1]


def test_a_map_without_islands_is_sailed_straight():
    graph = WaterGraph.build(shapely.MultiPolygon(), UTM, SHEET)
    a, b = on_sheet(1_000, 1_000), on_sheet(15_000, 12_000)
    assert graph.path(a, b).coords == (a, b)
    assert graph.path(a, b).distance_m == pytest.approx(geodesic_m(a, b), abs=1e-6)


def test_a_map_without_water_is_refused():
    with pytest.raises(NoNavigableWater):
        sheet_graph(shapely.box(-5_000, -5_000, 30_000, 30_000))


# --- the cache ------------------------------------------------------------------------------------

ISLAND = shapely.box(8_000, 8_000, 12_000, 12_000)
ENDS = (on_sheet(7_000, 9_000), on_sheet(13_000, 9_500))


def test_a_graph_read_from_its_cache_answers_as_the_built_one(tmp_path):
    built = WaterGraph.build(drawn(ISLAND), UTM, SHEET, tmp_path)
    (file,) = tmp_path.iterdir()
    written_at = file.stat().st_mtime_ns
    read = WaterGraph.build(drawn(ISLAND), UTM, SHEET, tmp_path)
    assert read.path(*ENDS) == built.path(*ENDS)
    assert file.stat().st_mtime_ns == written_at


def test_another_map_is_another_cache(tmp_path):
    WaterGraph.build(drawn(ISLAND), UTM, SHEET, tmp_path)
    moved = WaterGraph.build(drawn(shapely.box(8_000, 8_000, 12_000, 12_001)), UTM, SHEET, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert moved.path(*ENDS).distance_m > 6_000


@pytest.mark.parametrize("damage", [lambda whole: whole[:200], lambda whole: b"", lambda whole: b"x" * 5_000])
def test_a_damaged_cache_is_reported_and_built_again(tmp_path, caplog, damage):
    built = WaterGraph.build(drawn(ISLAND), UTM, SHEET, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        again = WaterGraph.build(drawn(ISLAND), UTM, SHEET, tmp_path)
    assert "unusable" in caplog.text
    assert again.path(*ENDS) == built.path(*ENDS)
    assert len(file.read_bytes()) == len(whole)


def test_a_cache_that_cannot_be_written_is_reported_and_does_no_harm(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with caplog.at_level(logging.WARNING):
        graph = WaterGraph.build(drawn(ISLAND), UTM, SHEET, blocked)
    assert "cannot be written" in caplog.text
    assert graph.path(*ENDS).distance_m > 6_000
