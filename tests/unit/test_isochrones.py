"""Areas of so many minutes: a place inside is reached in time, a place well outside is not."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_geo import (
    BUNYU,
    JUATA_LAUT,
    MALUNDUNG,
    OFF_AMAL,
    OFF_BUNYU,
    TENGKAYU,
    UTM,
    drawn,
    land,
    on_sheet,
    places,
    sea_places,
    sheet_graph,
    water,
)
from test_roads import CAR, Place, Road, at, graph, lonlat, square, towns, vehicles

from geo.air import KNOT_M_S, flight
from geo.errors import NotOnLand, OutsideWaterMap, TooFarFromRoad, TooFarFromWater, WindTooStrong
from geo.isochrones import BESIDE_ROAD_M, Isochrone, by_air, by_estimate, by_road, by_water
from geo.points import LonLat, destination, geodesic_m
from geo.reach import LandIndex, straight_land_estimate
from geo.roads import Vehicle
from geo.water import SNAP_LIMIT_M, WaterPath

MINUTES = (5, 10, 15)
TARAKAN = LandIndex(land(), UTM)
WALL_M = 40.0


def holds(one: Isochrone, place: LonLat) -> bool:
    return bool(shapely.intersects_xy(one.area, place.lon, place.lat))


def require_sound(areas: Sequence[Isochrone], minutes: Sequence[int] = MINUTES) -> None:
    """Valid, not empty, in order, each within the next but for the grid of their coordinates."""
    assert [one.minutes for one in areas] == sorted(minutes)
    for one in areas:
        assert one.area.is_valid
        assert one.area.area > 0
    for smaller, larger in zip(areas, areas[1:], strict=False):
        assert larger.area.buffer(2e-5).covers(smaller.area), "within two metres: coordinates are rounded"
        assert smaller.area.area < larger.area.area


def kilobytes(areas: Sequence[Isochrone]) -> float:
    """As GeoJSON with six digits, as the API writes it."""
    rounded = [shapely.transform(one.area, lambda xy: xy.round(6)) for one in areas]
    return (
        sum(len(json.dumps(shapely.geometry.mapping(area), separators=(",", ":"))) for area in rounded) / 1e3
    )


def around(origin: LonLat, seed: int, radius_m: float, count: int = 60) -> list[LonLat]:
    rng = np.random.default_rng(seed)
    return [
        destination(origin, *both)
        for both in zip(rng.uniform(0, 360, count), radius_m * rng.random(count) ** 0.5, strict=True)
    ]


# --- by road --------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(towns(count=1), vehicles, st.integers(0, 2**32 - 1))
def test_reached_roads_are_inside_and_nothing_far_from_them_is(
    town: tuple[list[Road], list[Place]], vehicle: Vehicle, seed: int
) -> None:
    roads, (hub,) = town
    town_graph, origin = graph(roads), lonlat(roads, hub)
    (area,) = by_road(town_graph, UTM, origin, vehicle, (1,))
    assert area.method == "road_route"
    assert area.area.is_valid
    reached, _ = town_graph.reach(origin, vehicle, 60.0)
    assert holds(area, origin)
    assert shapely.intersects_xy(area.area, reached[:, 0], reached[:, 1]).all()
    every = UTM.forward_array(np.vstack([[(origin.lon, origin.lat)], reached]))
    # The buffer, two cells, the simplified outline; and the middle of the largest block that is filled.
    limit_m = BESIDE_ROAD_M + 50.0 + math.sqrt(40_000.0 / math.pi)
    for place in around(origin, seed, 1_500.0):
        away_m = float(np.hypot(*(every - np.array(UTM.forward(place))).T).min())
        if away_m > limit_m:
            assert not holds(area, place)
        elif away_m < 10.0:
            assert holds(area, place)


@pytest.mark.parametrize(("side_m", "is_inside"), [(400, False), (180, True)])
def test_the_inside_of_a_block_belongs_to_it_but_not_that_of_a_large_one(
    side_m: int, is_inside: bool
) -> None:
    corners = [(0, 0), (side_m, 0), (side_m, side_m), (0, side_m)]
    block = [Road(k, (k + 1) % 4, (corners[k], corners[(k + 1) % 4])) for k in range(4)]
    # A network shorter than a kilometre is not used.
    town = graph([*block, Road(0, 9, ((0, 0), (-800, 0)))])
    areas = by_road(town, UTM, at(0, 0), CAR, (5, 3))
    assert holds(areas[0], at(side_m / 2, side_m / 2)) is is_inside
    assert [one.minutes for one in areas] == [3, 5]


def test_against_one_way_streets_one_comes_less_far() -> None:
    far = Road(0, 30, ((0, 0), (-3_000, 0)))
    ring = square(oneway=True)
    slow = Vehicle("car", 12.0)  # 200 m a minute
    (area,) = by_road(graph([*ring, far]), UTM, at(200, 0), slow, (1,))
    assert holds(area, at(390, 0))
    assert not holds(area, at(50, 0)), "behind it lies a one-way street"


def test_road_areas_nest_and_are_the_same_every_time() -> None:
    streets = [Road(k, k + 1, ((700 * k, 0), (700 * k + 700, 0))) for k in range(30)]
    town = graph([*streets, *(Road(k, 100 + k, ((700 * k, 0), (700 * k, 900))) for k in range(30))])
    areas = by_road(town, UTM, at(100, 40), CAR, MINUTES)
    require_sound(areas)
    assert areas == by_road(town, UTM, at(100, 40), CAR, MINUTES[::-1])
    assert holds(areas[0], at(100, 40))
    assert kilobytes(areas) < 60
    with pytest.raises(TooFarFromRoad):
        by_road(town, UTM, at(0, -5_000), CAR, MINUTES)


# --- estimated ------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(st.floats(2.0, 60.0), st.sampled_from([1.0, 1.4]), st.integers(0, 2**32 - 1))
def test_an_estimated_area_is_what_the_estimate_says(speed_kmh: float, detour: float, seed: int) -> None:
    whole = LandIndex(drawn(shapely.box(1_000, 1_000, 18_000, 18_000)), UTM)
    origin = on_sheet(9_500, 9_500)
    (area,) = by_estimate(whole, UTM, origin, speed_kmh, detour, (5,))
    assert area.method == "estimate"
    for place in around(origin, seed, 5_000.0):
        took_s = straight_land_estimate(origin, place, speed_kmh, whole, detour=detour).duration_s
        if took_s < 300 * 0.998:
            assert holds(area, place)
        elif took_s > 300 * 1.002:
            assert not holds(area, place)


def test_an_estimated_area_ends_at_the_shore_of_its_own_island() -> None:
    origin = LonLat(117.5885, 3.307)
    areas = by_estimate(TARAKAN, UTM, origin, 40.0, 1.4, MINUTES)
    require_sound(areas)
    assert areas == by_estimate(TARAKAN, UTM, origin, 40.0, 1.4, MINUTES)
    assert all(holds(one, origin) for one in areas)
    assert kilobytes(areas) < 60
    island = next(part for part in land().geoms if part.intersects(shapely.Point(origin.lon, origin.lat)))
    for one in areas:
        assert one.area.difference(island.buffer(20 / 111_000)).area < 1e-9
    (whole,) = by_estimate(TARAKAN, UTM, origin, 200.0, 1.0, (60,))
    assert not holds(whole, BUNYU), "another island"
    with pytest.raises(NotOnLand):
        by_estimate(TARAKAN, UTM, OFF_BUNYU, 40.0, 1.4, MINUTES)


# --- by water -------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(sea_places(), st.sampled_from([8.0, 20.0, 30.0]), st.integers(0, 2**32 - 1))
def test_water_areas_are_what_the_ways_say_and_never_on_land(
    origin: LonLat, speed_kn: float, seed: int
) -> None:
    areas = by_water(water(), UTM, origin, speed_kn, MINUTES)
    assert [one.method for one in areas] == ["water_route"] * 3
    far_m = speed_kn * KNOT_M_S * 900
    cell_m = max(100.0, far_m / 60)
    shore_m = max(25.0, cell_m / 10) + 11.0  # with the clearance of the ways
    targets = [place for place in around(origin, seed, 1.1 * far_m, 120) if on_map(place)]
    for place, path in zip(targets, water().from_one(origin, targets), strict=True):
        if not isinstance(path, WaterPath) or path.moved_to_m > 0:
            assert not any(holds(one, place) for one in areas)
            continue
        ashore_m = shapely.distance(land_m(), shapely.Point(UTM.forward(place)))
        for one in areas:
            limit_m = speed_kn * KNOT_M_S * one.minutes * 60
            if path.distance_m > limit_m + 2 * cell_m:
                assert not holds(one, place)
            elif path.distance_m < limit_m - 2 * cell_m and ashore_m > 2 * shore_m and inner(place):
                assert holds(one, place)
    for one in areas:
        assert one.area.intersection(land()).area == 0
        assert one.area.is_valid


_LAND_M = shapely.transform(land(), UTM.forward_array)


def land_m() -> shapely.MultiPolygon:
    return _LAND_M


def on_map(place: LonLat) -> bool:
    return water().area.contains(place)


def inner(place: LonLat) -> bool:
    """Not at the very edge of the map, which areas keep off as they keep off the shore."""
    return all(on_map(destination(place, bearing, 300.0)) for bearing in (0, 90, 180, 270))


@pytest.mark.parametrize("origin", [TENGKAYU, MALUNDUNG, JUATA_LAUT, OFF_AMAL, OFF_BUNYU])
def test_water_areas_nest_hold_their_origin_are_small_and_the_same_every_time(origin: LonLat) -> None:
    areas = by_water(water(), UTM, origin, 20.0, MINUTES)
    require_sound(areas)
    assert areas == by_water(water(), UTM, origin, 20.0, MINUTES)
    assert kilobytes(areas) < 60
    path = water().path(origin, origin)
    near_m = shapely.distance(
        shapely.transform(areas[0].area, UTM.forward_array), shapely.Point(UTM.forward(path.coords[0]))
    )
    assert near_m < 60, "where the boat is moved to, but for the strip along the shore"


def test_behind_a_headland_one_comes_less_far_than_the_crow() -> None:
    spit = shapely.box(9_000, 100, 9_300, 9_000)
    graph_ = sheet_graph(spit)
    origin, behind = on_sheet(8_000, 4_000), on_sheet(10_300, 4_000)
    (area,) = by_water(graph_, UTM, origin, 20.0, (10,))
    limit_m = 20 * KNOT_M_S * 600
    assert geodesic_m(origin, behind) < 0.5 * limit_m
    assert not holds(area, behind)
    assert holds(area, on_sheet(5_700, 4_000))
    disc_m2 = math.pi * limit_m**2
    assert UTM_area(area) < 0.8 * disc_m2


@pytest.mark.parametrize("angle_deg", [0, -20, -40])
def test_the_rim_behind_a_headland_is_where_the_way_has_the_length_to_a_fraction_of_a_cell(
    angle_deg: int,
) -> None:
    graph_ = sheet_graph(shapely.box(9_000, 100, 9_300, 9_000))
    origin = on_sheet(8_700, 6_000)
    (area,) = by_water(graph_, UTM, origin, 20.0, (10,))

    def behind(metres: float) -> LonLat:
        angle = math.radians(angle_deg)
        return on_sheet(9_400 + metres * math.cos(angle), 9_050 + metres * math.sin(angle))

    low, high = 0.0, 6_000.0
    while high - low > 1:
        middle = (low + high) / 2
        is_reached = graph_.path(origin, behind(middle)).distance_m <= 20 * KNOT_M_S * 600
        low, high = (middle, high) if is_reached else (low, middle)
    assert holds(area, behind(low - 20))
    assert not holds(area, behind(low + 20))


def test_the_rim_in_open_water_is_a_circle() -> None:
    open_water = sheet_graph(shapely.box(100, 100, 300, 300))
    (area,) = by_water(open_water, UTM, on_sheet(9_500, 9_500), 20.0, (10,))
    assert UTM_area(area) == pytest.approx(math.pi * (20 * KNOT_M_S * 600) ** 2, rel=5e-3)


def UTM_area(one: Isochrone) -> float:  # noqa: N802 - the name of the projection
    return float(shapely.transform(one.area, UTM.forward_array).area)


@pytest.mark.parametrize("wall_x", [9_900, 9_960, 10_020, 10_080])
def test_the_other_side_of_a_thin_wall_is_not_reached_though_it_lies_in_the_same_cell(wall_x: int) -> None:
    wall = shapely.box(wall_x, 1_000, wall_x + WALL_M, 18_000)
    # 13.9 km: cells of 232 m, and too little to go round the end of the wall.
    (area,) = by_water(sheet_graph(wall), UTM, on_sheet(wall_x - 130, 9_500), 30.0, (15,))
    for y in np.linspace(8_500, 10_500, 31):
        assert not holds(area, on_sheet(wall_x + WALL_M + 60, y))
    assert holds(area, on_sheet(wall_x - 80, 9_500))


def test_a_boat_that_cannot_get_to_the_water_reaches_nothing() -> None:
    with pytest.raises(TooFarFromWater):
        by_water(water(), UTM, LonLat(117.62, 3.35), 20.0, MINUTES)
    with pytest.raises(OutsideWaterMap):
        by_water(water(), UTM, LonLat(119.0, 3.3), 20.0, MINUTES)


@settings(max_examples=25)
@given(sea_places(), st.lists(sea_places(), min_size=1, max_size=30), st.floats(1_000, 60_000))
def test_the_spread_over_many_places_says_what_each_way_says(
    origin: LonLat, targets: list[LonLat], limit_m: float
) -> None:
    inside = [
        place for place, path in zip(targets, water().from_one(origin, targets), strict=True)
        if isinstance(path, WaterPath) and path.moved_to_m == 0
    ]  # fmt: skip
    xy = UTM.forward_array(np.array([(place.lon, place.lat) for place in inside]).reshape(-1, 2))
    spread = water().spread(origin, xy, limit_m)
    for k, path in enumerate(water().from_one(origin, inside)):
        assert isinstance(path, WaterPath)
        assert path.moved_from_m == spread.moved_m <= SNAP_LIMIT_M
        if path.distance_m > limit_m:
            assert math.isinf(spread.distance_m[k])
            continue
        assert spread.distance_m[k] == pytest.approx(path.distance_m, abs=1e-3)
        pivot = LonLat(*UTM.inverse_array(spread.pivot[k : k + 1])[0])
        last_m = geodesic_m(pivot, path.coords[-1])
        assert spread.pivot_m[k] + last_m == pytest.approx(path.distance_m, abs=0.1)


# --- by air ---------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(places(), st.floats(60, 160), st.floats(0, 360), st.floats(0, 50), st.integers(0, 2**32 - 1))
def test_air_areas_are_what_flights_say(
    origin: LonLat, speed_kn: float, wind_from_deg: float, wind_kn: float, seed: int
) -> None:
    (area,) = by_air(origin, speed_kn, (10,), wind_from_deg, wind_kn)
    assert area.method == "geodesic"
    assert holds(area, origin)
    for place in around(origin, seed, 1.5 * speed_kn * KNOT_M_S * 600):
        took_s = flight(origin, place, speed_kn, wind_from_deg, wind_kn).duration_s
        if took_s < 597:
            assert holds(area, place)
        elif took_s > 600.5:
            assert not holds(area, place)


def test_air_areas_nest_and_are_blown_downwind() -> None:
    areas = by_air(TENGKAYU, 100.0, MINUTES, 90.0, 30.0)
    require_sound(areas)
    assert areas == by_air(TENGKAYU, 100.0, MINUTES, 90.0, 30.0)
    assert kilobytes(areas) < 60
    assert areas[0].area.centroid.x < TENGKAYU.lon - 0.02, "an east wind blows westwards"
    assert by_air(TENGKAYU, 100.0, MINUTES)[0].area.centroid.x == pytest.approx(TENGKAYU.lon, abs=1e-3)
    with pytest.raises(WindTooStrong):
        by_air(TENGKAYU, 60.0, MINUTES, 90.0, 70.0)


# --- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [(), (0,), (5, -1)])
def test_minutes_that_are_none_are_refused(minutes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="minutes"):
        by_air(TENGKAYU, 100.0, minutes)


@pytest.mark.parametrize("speed", [0.0, -1.0, math.nan, math.inf])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed_kn"):
        by_water(water(), UTM, TENGKAYU, speed, MINUTES)
    with pytest.raises(ValueError, match="speed_kmh"):
        by_estimate(TARAKAN, UTM, MALUNDUNG, speed, 1.4, MINUTES)
    with pytest.raises(ValueError, match="speed_kn"):
        by_air(TENGKAYU, speed, MINUTES)
