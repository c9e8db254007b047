import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from strategies_geo import (
    BUNYU,
    MALUNDUNG,
    OFF_AMAL,
    UTM,
    drawn,
    kelurahan_rows,
    land,
    on_sheet,
    places,
    sea_places,
    water,
)

from geo.errors import AcrossWater, DifferentIslands, NotOnLand, Unreachable, WindTooStrong
from geo.points import LonLat, destination, geodesic_m
from geo.reach import LandIndex, Leg, Reach, air_leg, leg, sea_leg, straight_land_estimate
from geo.water import WaterPath

NM_M = 1852.0
TARAKAN = LandIndex(land(), UTM)
JUSUF_SK = LonLat(117.60491, 3.317973)
POST_WEST = LonLat(117.5885, 3.307)
HERE, THERE = LonLat(117.6, 3.3), LonLat(117.61, 3.3)


def sailed(distance_m: float) -> WaterPath:
    return WaterPath(distance_m, (HERE, THERE), 0, 0)


# --- legs and their sum ---------------------------------------------------------------------------


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_every_leg_has_a_range_of_thirty_percent(distance_m, duration_s):
    one = leg("foot", distance_m, duration_s, "estimate", (HERE, THERE))
    assert one.low_s == pytest.approx(0.7 * duration_s)
    assert one.high_s == pytest.approx(1.3 * duration_s)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_a_leg_refuses_numbers_that_are_no_distance_or_time(bad):
    for numbers in ((bad, 1, 1, 1), (1, bad, 1, 1), (1, 1, bad, 1), (1, 1, 1, bad)):
        with pytest.raises(ValueError, match="finite"):
            Leg("land", *numbers, "estimate", (HERE, THERE))


def test_a_leg_refuses_a_range_without_its_middle_and_a_line_without_an_end():
    with pytest.raises(ValueError, match="low_s"):
        Leg("land", 1, 10, 11, 12, "estimate", (HERE, THERE))
    with pytest.raises(ValueError, match="start and an end"):
        Leg("land", 1, 10, 9, 12, "estimate", (HERE,))


def test_a_reach_adds_turnout_and_legs():
    drive = leg("land", 1_000, 100, "road_route", (HERE, THERE))
    sail = leg("sea", 5_000, 600, "water_route", (THERE, HERE))
    reach = Reach((drive, sail), turnout_s=90)
    assert (reach.distance_m, reach.eta_s) == (6_000, 790)
    assert reach.eta_low_s == pytest.approx(0.7 * 790)
    assert reach.eta_high_s == pytest.approx(1.3 * 790)
    assert not reach.is_estimate


def test_a_reach_with_one_estimated_leg_is_an_estimate():
    legs = (leg("sea", 1, 1, "water_route", (HERE, THERE)), leg("land", 1, 1, "estimate", (HERE, THERE)))
    assert Reach(legs).is_estimate


@pytest.mark.parametrize("turnout_s", [-1, math.nan, math.inf])
def test_a_reach_refuses_a_turnout_that_is_no_time(turnout_s):
    with pytest.raises(ValueError, match="turnout_s"):
        Reach((), turnout_s)


# --- by sea and by air ----------------------------------------------------------------------------


@pytest.mark.parametrize(("miles", "hours"), [(25.3, 1.5), (30, 2), (59, 4)])
def test_reported_rib_legs_fall_into_the_shown_range_at_sixteen_knots(miles, hours):
    one = sea_leg(sailed(miles * NM_M), 16)  # domain.md 2, calibration [K19, K23-K25]
    assert one.low_s <= hours * 3600 <= one.high_s


@pytest.mark.parametrize("minutes", [60, 68])
def test_the_reported_bell_412_flight_falls_into_the_shown_range(minutes):
    start = LonLat(117.566, 3.32669)
    one = air_leg(start, destination(start, 250, 101 * NM_M), 95)  # domain.md 2, computed from [K20]
    assert one.low_s <= minutes * 60 <= one.high_s


def test_a_sea_leg_keeps_the_line_of_its_route():
    path = water().path(MALUNDUNG, OFF_AMAL)
    one = sea_leg(path, 16)
    assert (one.mode, one.method, one.geometry) == ("sea", "water_route", path.coords)
    assert one.duration_s == pytest.approx(path.distance_m / 1852 / 16 * 3600)


@given(sea_places(), sea_places(), st.floats(5, 40))
@settings(max_examples=40, deadline=None)
def test_no_boat_is_there_before_the_geodesic_at_its_speed(a, b, speed_kn):
    answer = water().from_one(a, [b])[0]
    if isinstance(answer, WaterPath):
        straight_m = geodesic_m(a, b) - answer.moved_from_m - answer.moved_to_m
        assert sea_leg(answer, speed_kn).duration_s >= straight_m / (speed_kn * 1852 / 3600) - 0.01


def test_an_air_leg_is_the_geodesic():
    one = air_leg(HERE, BUNYU, 100, 0, 20)
    assert (one.mode, one.method, one.geometry) == ("air", "geodesic", (HERE, BUNYU))
    assert one.distance_m == geodesic_m(HERE, BUNYU)
    with pytest.raises(WindTooStrong):
        air_leg(HERE, BUNYU, 100, 20, 130)


@pytest.mark.parametrize("speed", [0, -1, math.nan, math.inf])
def test_a_speed_that_is_none_is_refused(speed):
    with pytest.raises(ValueError, match="speed"):
        sea_leg(sailed(1_000), speed)
    with pytest.raises(ValueError, match="speed"):
        straight_land_estimate(POST_WEST, JUSUF_SK, speed, TARAKAN)


# --- by land without roads ------------------------------------------------------------------------


def test_without_roads_a_drive_is_an_estimate_of_straight_line_times_1_4():
    one = straight_land_estimate(POST_WEST, JUSUF_SK, 35, TARAKAN)
    assert (one.mode, one.method) == ("land", "estimate")
    assert one.distance_m == pytest.approx(1.4 * geodesic_m(POST_WEST, JUSUF_SK))
    assert one.duration_s == pytest.approx(one.distance_m / 1000 / 35 * 3600)
    assert one.geometry == (POST_WEST, JUSUF_SK)


def test_from_every_kelurahan_the_hospital_can_be_reached_by_land():
    for row in kelurahan_rows():
        start = LonLat(float(row["lon"]), float(row["lat"]))
        assert straight_land_estimate(start, JUSUF_SK, 40, TARAKAN).duration_s > 0


@pytest.mark.parametrize(
    "other", [BUNYU, LonLat(117.5225, 3.3475), LonLat(117.4, 3.35)], ids=["Bunyu", "Sadau", "mainland"]
)
def test_another_island_is_out_of_reach_by_land_either_way(other):
    for a, b in ((JUSUF_SK, other), (other, JUSUF_SK)):
        with pytest.raises(DifferentIslands, match="pulau yang berbeda") as refused:
            straight_land_estimate(a, b, 40, TARAKAN)
        assert isinstance(refused.value, Unreachable)


def test_a_place_at_sea_is_out_of_reach_by_land():
    with pytest.raises(NotOnLand, match="di luar daratan") as refused:
        straight_land_estimate(JUSUF_SK, LonLat(117.70, 3.3), 40, TARAKAN)
    assert refused.value.params["distance_m"] > 4_000


def test_a_stilt_house_a_little_off_the_shore_is_reached_by_land():
    assert straight_land_estimate(POST_WEST, LonLat(117.585274, 3.289884), 35, TARAKAN).duration_s > 0


def bay(width_m: float) -> LandIndex:
    return LandIndex(
        drawn(box(5_000, 5_000, 15_000, 15_000).difference(box(9_000, 6_000, 9_000 + width_m, 16_000))), UTM
    )


def test_a_creek_is_tolerated_but_a_bay_is_not_crossed():
    a, b = on_sheet(8_000, 10_000), on_sheet(11_000, 10_000)
    assert straight_land_estimate(a, b, 40, bay(480)).distance_m == pytest.approx(1.4 * geodesic_m(a, b))
    with pytest.raises(AcrossWater, match="menyeberangi air") as refused:
        straight_land_estimate(a, b, 40, bay(520))
    assert refused.value.params["water_m"] == pytest.approx(520, rel=0.005)


@given(places(), places())
@settings(max_examples=100, deadline=None)
def test_a_drive_there_is_a_drive_back_and_never_shorter_than_the_geodesic(a, b):
    try:
        there = straight_land_estimate(a, b, 40, TARAKAN)
    except Unreachable as refused:
        with pytest.raises(type(refused)):
            straight_land_estimate(b, a, 40, TARAKAN)
    else:
        assert straight_land_estimate(b, a, 40, TARAKAN).duration_s == pytest.approx(there.duration_s)
        assert there.distance_m >= geodesic_m(a, b)


def test_a_sea_leg_says_how_far_its_ends_were_moved_to_the_water():
    assert sea_leg(WaterPath(1000, (HERE, THERE), 54.0, 6.0), 16).moved_m == 60
    assert sea_leg(sailed(1000), 16).moved_m == 0


def test_a_reach_without_legs_is_a_way_that_is_not_known():
    assert not Reach((), rough=True).is_known
    assert Reach((), rough=True).method == "estimate"
