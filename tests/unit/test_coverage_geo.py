"""Places that stand for where people are, and the time from everywhere to each of them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_geo import BUNYU, MALUNDUNG, OFF_BUNYU, UTM, drawn, land, on_sheet, places, zones
from test_roads import CAR, CORNER, SPEEDS, Place, Road, at, edges, graph, lonlat, square, towns, vehicles

from geo.coverage import DemandPoints, TravelTimes, demand_points
from geo.errors import AcrossWater, DifferentIslands, NotOnLand
from geo.points import LonLat
from geo.reach import LandIndex, straight_land_estimate
from geo.roads import RoadGraph, RoadPath, Vehicle

TARAKAN = LandIndex(land(), UTM)
TOWN_GROUND = LandIndex(
    shapely.MultiPolygon(
        [
            shapely.transform(
                shapely.box(-8_000, -8_000, 8_000, 8_000), lambda xy: UTM.inverse_array(xy + np.array(CORNER))
            )
        ]
    ),
    UTM,
)
KELURAHAN = {one.code: one.geometry for one in zones().kelurahan}


def block(x: float, y: float, side_m: float) -> shapely.Polygon:
    corners = [(x, y), (x + side_m, y), (x + side_m, y + side_m), (x, y + side_m)]
    return shapely.Polygon([(place.lon, place.lat) for place in (at(*corner) for corner in corners)])


# --- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("per_zone", [1, 7, 12])
def test_every_zone_has_its_number_of_places_all_inside_and_always_the_same(per_zone: int) -> None:
    found = demand_points(KELURAHAN, per_zone, UTM, None)
    assert found == demand_points(dict(reversed(KELURAHAN.items())), per_zone, UTM, None)
    assert list(found.zone) == sorted(found.zone)
    for code, geometry in KELURAHAN.items():
        mine = [place for place, zone in zip(found.points, found.zone, strict=True) if zone == code]
        assert len(mine) == len(set(mine)) == per_zone
        assert all(geometry.contains(shapely.Point(place.lon, place.lat)) for place in mine)


def test_places_on_the_ground_are_evenly_spread() -> None:
    found = demand_points({"a": block(0, 0, 4_000)}, 16, UTM, None)
    xy = UTM.forward_array(np.array([(place.lon, place.lat) for place in found.points]))
    apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart_m, np.inf)
    # On a perfect grid 1,000 m; thrown at random about half of them would be nearer than 500 m.
    assert apart_m.min(axis=1).min() > 500
    assert np.abs(xy.mean(axis=0) - np.array(CORNER) - 2_000).max() < 150


def test_with_roads_the_places_lie_on_them_for_people_live_along_roads() -> None:
    zone = {"a": block(-50, -50, 3_000), "b": block(5_000, 5_000, 1_000), "c": block(-3_000, 0, 2_000)}
    lane = Road(0, 9, ((0, 0), (-2_500, 300)))
    town = graph([*square(), lane])
    found = demand_points(zone, 8, UTM, town)
    by_zone = {
        code: [place for place, zone in zip(found.points, found.zone, strict=True) if zone == code]
        for code in "abc"
    }
    assert max(town.off_road_m([*by_zone["a"], *by_zone["c"]])) < 0.01
    assert min(town.off_road_m(by_zone["b"])) > 4_000, "no road there: its ground"
    assert [len(by_zone[code]) for code in "abc"] == [8, 8, 8]
    for code, geometry in zone.items():
        assert all(geometry.contains(shapely.Point(place.lon, place.lat)) for place in by_zone[code])
    east_m = sorted(UTM.forward(place).x - CORNER.x for place in by_zone["c"])
    # 1,514 m of the lane, one place for each eighth of it.
    assert np.diff(east_m) == pytest.approx([190] * 7, abs=45)


def test_a_zone_thinner_than_any_grid_and_one_in_two_parts_have_their_place_inside() -> None:
    a, b = at(0, 0), at(3_000, 4_000)
    sliver = shapely.Polygon([(a.lon, a.lat), (b.lon, b.lat), (b.lon, b.lat + 1e-9)])
    two = shapely.MultiPolygon([block(0, 0, 300), block(5_000, 0, 300)])
    found = demand_points({"sliver": sliver, "two": two}, 4, UTM, None)
    assert found.zone.count("two") == 4
    assert 1 <= found.zone.count("sliver") <= 4
    lons = [place.lon for place, zone in zip(found.points, found.zone, strict=True) if zone == "two"]
    assert sum(lon > at(2_000, 0).lon for lon in lons) == 2, "each part has its half"


def test_places_without_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="per_zone"):
        demand_points(KELURAHAN, 0, UTM, None)
    with pytest.raises(ValueError, match="no ground"):
        demand_points({"a": shapely.Polygon()}, 3, UTM, None)
    with pytest.raises(ValueError, match="zone"):
        DemandPoints((MALUNDUNG,), ())
    with pytest.raises(ValueError, match="no place"):
        TravelTimes([], UTM, TARAKAN, None, 1.4)
    with pytest.raises(ValueError, match="detour"):
        TravelTimes([MALUNDUNG], UTM, TARAKAN, None, 0.0)


# --- times by road --------------------------------------------------------------------------------


@settings(max_examples=60)
@given(towns(count=9), vehicles, st.integers(1, 8))
def test_times_by_road_are_those_of_the_ways(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle, split: int
) -> None:
    roads, spots = town
    town_graph = graph(roads)
    where = [lonlat(roads, spot) for spot in spots]
    positions, points = where[:split], where[split:]
    times = TravelTimes(points, UTM, TOWN_GROUND, town_graph, 1.4)
    assert not times.is_estimate
    found = times.seconds(positions, vehicle)
    assert found.shape == (len(positions), len(points))
    for column, point in enumerate(points):
        for row, path in enumerate(town_graph.to_one(point, positions, vehicle)):
            assert isinstance(path, RoadPath)
            assert found[row, column] == pytest.approx(path.duration_s, abs=0.01)
    assert (times.seconds(positions, vehicle) == found).all()
    assert (
        TravelTimes(points, UTM, TOWN_GROUND, graph(roads), 1.4).seconds(positions, vehicle) == found
    ).all()


def test_on_the_same_one_way_street_the_place_behind_is_round_the_block() -> None:
    times = TravelTimes([at(100, 0), at(300, 0)], UTM, TOWN_GROUND, graph(square(oneway=True)), 1.4)
    found = times.seconds([at(200, 0)], CAR)[0] * SPEEDS.general["residential"] / 3.6
    assert found == pytest.approx([1_500, 100], rel=2e-3)


def test_a_cul_de_sac_loop_is_left_by_its_shorter_end() -> None:
    loop = Road(1, 1, ((400, 0), (600, -100), (600, 100), (400, 0)))
    town = graph([*square(), loop])
    times = TravelTimes([at(600, 60), at(600, -60)], UTM, TOWN_GROUND, town, 1.4)
    found = times.seconds([at(300, 0), at(600, 0)], CAR)
    for column, point in enumerate(times.points):
        for row, path in enumerate(town.to_one(point, [at(300, 0), at(600, 0)], CAR)):
            assert isinstance(path, RoadPath)
            assert found[row, column] == pytest.approx(path.duration_s, abs=0.01)


def test_each_kind_of_vehicle_has_its_own_times_and_places_asked_twice_the_same() -> None:
    times = TravelTimes([at(0, 100)], UTM, TOWN_GROUND, graph(square()), 1.4)
    here, there = at(100, 0), at(400, 300)
    car, truck = times.seconds([here, there, here], CAR), times.seconds([here], Vehicle("truck", 60.0))
    assert car[0] == car[2] != car[1]
    assert truck[0, 0] == pytest.approx(car[0, 0] * SPEEDS.general["residential"] / 10.0, rel=1e-4)
    assert times.seconds([], CAR).shape == (0, 1)


def test_threads_asking_at_once_get_the_times_that_one_gets_alone() -> None:
    points, positions = [at(20 * k, 0) for k in range(20)], [at(0, 20 * k) for k in range(20)]
    fleet = [Vehicle("car", 10.0 + k) for k in range(8)] * 3
    alone = TravelTimes(points, UTM, TOWN_GROUND, graph(square()), 1.4)
    expected = [alone.seconds(positions, vehicle) for vehicle in fleet]
    shared = TravelTimes(points, UTM, TOWN_GROUND, graph(square()), 1.4)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda vehicle: shared.seconds(positions, vehicle), fleet))
    assert all((a == b).all() for a, b in zip(found, expected, strict=True))


def test_where_there_is_no_road_or_none_between_the_time_is_the_estimate() -> None:
    town = graph([*square(), *square(junction=10, x=5_000)])
    points = [at(100, 0), at(5_100, 0), at(2_500, 2_500)]
    times = TravelTimes(points, UTM, TOWN_GROUND, town, 1.4)
    assert times.is_estimate, "one of the places lies on no road"
    off, on = at(-3_000, 0), at(200, 0)
    found = times.seconds([off, on], CAR)
    expected = [
        [straight_land_estimate(a, b, CAR.cruise_kmh, TOWN_GROUND, detour=1.4).duration_s for b in points]
        for a in (off, on)
    ]
    by_road = town.path(on, points[0], CAR).duration_s
    assert found[0] == pytest.approx(expected[0], rel=1e-3)
    assert found[1] == pytest.approx([by_road, *expected[1][1:]], rel=1e-3)


def test_a_long_way_to_the_road_counts_and_a_short_one_does_not() -> None:
    town = RoadGraph(edges(square()), UTM, SPEEDS, snap_limit_m=3_000.0)
    times = TravelTimes([at(200, 0)], UTM, TOWN_GROUND, town, 1.4, beside_limit_m=300.0)
    on, near, far = (float(times.seconds([at(100, y)], CAR)[0, 0]) for y in (0, -290, -1_000))
    assert near == pytest.approx(on, abs=0.1)
    assert far == pytest.approx(on + 1_000 * 1.4 / (CAR.cruise_kmh / 3.6), rel=1e-2)


# --- times estimated ------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(places(), min_size=1, max_size=8), places(), st.floats(5, 80), st.sampled_from([1.0, 1.4]))
def test_estimated_times_are_those_of_the_straight_estimate(
    positions: list[LonLat], point: LonLat, cruise_kmh: float, detour: float
) -> None:
    times = TravelTimes([point, MALUNDUNG], UTM, TARAKAN, None, detour)
    assert times.is_estimate
    found = times.seconds(positions, Vehicle("car", cruise_kmh))
    for row, position in enumerate(positions):
        for column, target in enumerate((point, MALUNDUNG)):
            try:
                leg = straight_land_estimate(position, target, cruise_kmh, TARAKAN, detour=detour)
            except (DifferentIslands, NotOnLand):
                assert np.isinf(found[row, column])
            except AcrossWater:
                assert np.isfinite(found[row, column]), "a bay of the same island is not looked for"
            else:
                assert found[row, column] == pytest.approx(leg.duration_s, rel=1e-4, abs=0.01)


def test_another_island_and_the_sea_are_not_reached() -> None:
    times = TravelTimes([MALUNDUNG, BUNYU], UTM, TARAKAN, None, 1.4)
    found = times.seconds([LonLat(117.5885, 3.307), BUNYU, OFF_BUNYU], CAR)
    assert np.isfinite(found).tolist() == [[True, False], [False, True], [False, False]]


def test_the_estimate_is_geodesic_at_the_edge_of_the_projections_zone_too() -> None:
    ground = drawn(shapely.box(100, 100, 19_000, 19_000))
    east = shapely.transform(ground, lambda lonlat: lonlat + (2.8, 0))
    aside = LandIndex(shapely.MultiPolygon(shapely.get_parts(east).tolist()), UTM)
    a, b = (LonLat(place.lon + 2.8, place.lat) for place in (on_sheet(1_000, 1_000), on_sheet(17_000, 9_000)))
    times = TravelTimes([b], UTM, aside, None, 1.4)
    expected = straight_land_estimate(a, b, 40.0, aside, detour=1.4).duration_s
    assert times.seconds([a], Vehicle("car", 40.0))[0, 0] == pytest.approx(expected, rel=1e-5)
