import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_geo import places

from geo.air import flight
from geo.errors import Unreachable, WindTooStrong
from geo.points import LonLat, destination, geodesic_m

JUWATA = LonLat(117.566, 3.32669)
NORTH = destination(JUWATA, 0, 185_200)  # 100 nautical miles

speeds = st.floats(40, 200)
bearings = st.floats(0, 359.99)


@given(places(), places(), speeds)
def test_without_wind_the_time_is_distance_over_cruise_speed(a, b, cruise_kn):
    flown = flight(a, b, cruise_kn)
    assert flown.distance_m == geodesic_m(a, b)
    assert flown.duration_s == pytest.approx(geodesic_m(a, b) / 1852 / cruise_kn * 3600)


def test_a_hundred_miles_at_a_hundred_knots_take_an_hour():
    assert flight(JUWATA, NORTH, 100).duration_s == pytest.approx(3600)


@pytest.mark.parametrize(
    ("wind_from_deg", "ground_kn"),
    [(0, 80), (180, 120), (90, math.sqrt(100**2 - 20**2)), (270, math.sqrt(100**2 - 20**2))],
    ids=["head", "tail", "from the right", "from the left"],
)
def test_wind_slows_and_hastens_by_the_wind_triangle(wind_from_deg, ground_kn):
    flown = flight(JUWATA, NORTH, 100, wind_from_deg, 20)
    assert flown.duration_s == pytest.approx(100 / ground_kn * 3600, rel=1e-6)


def test_a_navigators_example_of_the_wind_triangle():
    # Track 060, true airspeed 120 kn, wind 360/30: ground speed 102 kn by the calculator's face.
    start = LonLat(117.0, 0.0)
    flown = flight(start, destination(start, 60, 18_520), 120, wind_from_deg=0, wind_kn=30)
    assert 10 / (flown.duration_s / 3600) == pytest.approx(102.14, abs=0.05)


@given(places(), places(), speeds, bearings, st.floats(0, 39))
def test_there_and_back_in_wind_is_never_quicker_than_without(a, b, cruise_kn, wind_from_deg, wind_kn):
    there = flight(a, b, cruise_kn, wind_from_deg, wind_kn).duration_s
    back = flight(b, a, cruise_kn, wind_from_deg, wind_kn).duration_s
    assert there + back >= 2 * flight(a, b, cruise_kn).duration_s * (1 - 1e-9)


@given(places(), places(), speeds, bearings, st.floats(0, 39))
def test_no_flight_is_quicker_than_with_all_the_wind_behind(a, b, cruise_kn, wind_from_deg, wind_kn):
    flown = flight(a, b, cruise_kn, wind_from_deg, wind_kn)
    fastest_s = geodesic_m(a, b) / ((cruise_kn + wind_kn) * 1852 / 3600)
    assert flown.duration_s >= fastest_s * (1 - 1e-9)


@pytest.mark.parametrize(("wind_from_deg", "wind_kn"), [(0, 100), (0, 130), (90, 100), (45, 150)])
def test_a_wind_that_cannot_be_held_against_is_unreachable(wind_from_deg, wind_kn):
    with pytest.raises(WindTooStrong, match="terlalu kuat") as refused:
        flight(JUWATA, NORTH, 100, wind_from_deg, wind_kn)
    assert isinstance(refused.value, Unreachable)


def test_on_a_long_flight_the_wind_is_taken_along_the_turning_bearing():
    # Along 60° N from 0 to 90° E the geodesic starts north-east and ends south-east: a wind from the
    # north hinders the first half and helps the second.
    a, b = LonLat(0, 60), LonLat(90, 60)
    there, back = flight(a, b, 200, 0, 50).duration_s, flight(b, a, 200, 0, 50).duration_s
    assert there == pytest.approx(back, rel=1e-6)


def test_a_flight_to_the_same_place_takes_no_time():
    assert flight(JUWATA, JUWATA, 100, 30, 20).duration_s == 0


@pytest.mark.parametrize(
    ("cruise_kn", "wind_from_deg", "wind_kn"),
    [(0, None, 0), (-1, None, 0), (math.nan, None, 0), (100, None, 10), (100, 0, -1), (100, math.nan, 5)],
)
def test_speeds_that_are_none_are_refused(cruise_kn, wind_from_deg, wind_kn):
    with pytest.raises(ValueError, match="_kn|wind_from_deg"):
        flight(JUWATA, NORTH, cruise_kn, wind_from_deg, wind_kn)
