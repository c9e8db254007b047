import itertools
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies_geo import AREA, UTM, anywhere, places

from geo import errors
from geo.errors import (
    AmbiguousCoordinates,
    BadCoordinate,
    CoordinateNotANumber,
    CoordinateOutOfRange,
    GeoError,
    OutsideArea,
    SwappedCoordinate,
    UnreadableCoordinates,
)
from geo.points import (
    Area,
    LonLat,
    along,
    bearing_deg,
    destination,
    format_dm,
    geodesic_m,
    parse_coordinates,
)

OFF_AMAL = LonLat(117.66, 3.315)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, "117.6", None, 1 + 2j])
def test_lonlat_refuses_what_is_not_a_finite_number(bad):
    with pytest.raises(CoordinateNotANumber, match="lon"):
        LonLat(bad, 3.3)
    with pytest.raises(CoordinateNotANumber, match="lat"):
        LonLat(117.6, bad)


@pytest.mark.parametrize(("lon", "lat"), [(180.001, 0), (-181, 0), (0, 180.5), (120, 91), (-120, -90.1)])
def test_lonlat_refuses_what_is_not_on_earth(lon, lat):
    with pytest.raises(CoordinateOutOfRange):
        LonLat(lon, lat)


def test_lonlat_says_when_latitude_and_longitude_are_exchanged():
    with pytest.raises(SwappedCoordinate, match="tertukar"):
        LonLat(3.3, 117.6)


def test_lonlat_takes_the_numbers_of_numpy_and_keeps_plain_floats():
    point = LonLat(np.float64(117.5), np.int64(3))
    assert (type(point.lon), type(point.lat)) == (float, float)
    assert point == LonLat(117.5, 3.0)


@given(places())
def test_projecting_forth_and_back_gives_the_same_place(point):
    assert geodesic_m(point, UTM.inverse(UTM.forward(point))) < 1e-4


@given(st.lists(places(), min_size=1, max_size=5))
def test_projecting_arrays_agrees_with_projecting_points(points):
    array = UTM.forward_array(np.array([(p.lon, p.lat) for p in points]))
    assert np.allclose(array, [UTM.forward(p) for p in points], rtol=0, atol=1e-9)
    back = UTM.inverse_array(array)
    assert np.allclose(back, [(p.lon, p.lat) for p in points], rtol=0, atol=1e-9)


def test_projection_puts_the_central_meridian_at_500_km_east():
    assert UTM.forward(LonLat(117.0, 0.0)) == pytest.approx((500_000.0, 0.0), abs=1e-6)


def test_geodesic_distance_is_that_of_the_published_example():
    # GeographicLib's GeodSolve manual: JFK to LHR is 5551759.400 m, leaving at azimuth 51.19882845579824.
    jfk, lhr = LonLat(-73.8, 40.6), LonLat(-0.5, 51.6)
    assert geodesic_m(jfk, lhr) == pytest.approx(5_551_759.400, abs=0.001)
    assert bearing_deg(jfk, lhr) == pytest.approx(51.198882845579824, abs=1e-4)


@given(anywhere(), anywhere())
def test_bearing_is_a_compass_bearing(a, b):
    assert 0 <= bearing_deg(a, b) < 360


@given(places(), st.floats(0, 359.9), st.floats(1, 50_000))
def test_destination_lies_at_the_bearing_and_distance_asked_for(start, bearing, distance):
    there = destination(start, bearing, distance)
    assert geodesic_m(start, there) == pytest.approx(distance, abs=1e-3)
    assert math.cos(math.radians(bearing_deg(start, there) - bearing)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "3.315, 117.66",
        "117.66,3.315",
        "3.315 117.66",
        "(3.315; 117.66)",
        "117,66 ; 3,315",
        "3,315, 117,66",
        "3,315 117,66",
        "3°18'54\"N 117°39'36\"E",
        "3°18′54″N, 117°39′36″E",
        "117°39'36\"E 3°18'54\"N",
        "3°18'54''LU 117°39'36''BT",
        "3 18 54 N 117 39 36 E",
        "3 18 54 117 39 36",
        "3 18.9 N, 117 39.6 E",
        "3 18,9 LU 117 39,6 BT",
        "3°18,9′ LU 117°39,6′ BT",
        "3°18.9' 117°39.6'",
        "N3.315 E117.66",
        "LU 3°18,9' BT 117°39,6'",
        "3.315n 117.66e",
        "3.315N, 117.66",
        "  3.315 ,\t117.66\n",
    ],
)
def test_parse_reads_every_notation_people_use(text):
    assert geodesic_m(parse_coordinates(text, AREA), OFF_AMAL) < 0.01


def test_parse_reads_the_southern_and_western_hemispheres():
    assert parse_coordinates("3°30' LS 117°30' BB") == LonLat(-117.5, -3.5)
    assert parse_coordinates("-3.5, -117.5") == LonLat(-117.5, -3.5)
    assert parse_coordinates("3.5 S 60.25 W") == LonLat(-60.25, -3.5)


def test_parse_without_letters_or_area_reads_latitude_first_unless_only_the_other_fits():
    assert parse_coordinates("3.5, 60.25") == LonLat(60.25, 3.5)
    assert parse_coordinates("117.5, 3.5") == LonLat(117.5, 3.5)


@pytest.mark.parametrize(
    "text",
    [
        "", "Pantai Amal", "3.315", "3,117", "3.3, 117.6, 5", "3,315,117,66", "3 N 117 N", "3 E 117 E",
        "3 61 N 117 20 E", "3 18 60 N 117 20 10 E", "-3 N 117 E", "3.5 20.3, 117", "1e3, 4", "200, 300",
        "3 18 117 39 36", "12', 117", "3°18\" N 117°39\" E", "N 3 N 117 E", "nan, nan", ";", "3;", "9" * 5000,
    ],
)  # fmt: skip
def test_parse_refuses_other_texts_and_names_the_accepted_notations(text):
    with pytest.raises(UnreadableCoordinates, match="derajat desimal .*derajat menit .*derajat menit detik"):
        parse_coordinates(text, AREA)


@given(st.text(alphabet="0123456789.,;°'\" NSEWLUBT+-", max_size=30))
def test_parse_answers_any_text_with_a_place_in_the_area_or_with_a_known_error(text):
    try:
        point = parse_coordinates(text, AREA)
    except GeoError:
        return
    assert AREA.contains(point)


@given(places())
def test_parse_reads_what_format_writes_to_within_half_a_tenth_of_a_minute(point):
    read = parse_coordinates(format_dm(point))
    assert abs(read.lon - point.lon) <= 0.05 / 60 + 1e-9
    assert abs(read.lat - point.lat) <= 0.05 / 60 + 1e-9


@given(anywhere())
def test_parse_reads_decimal_degrees_exactly_in_point_and_comma(point):
    letters = ("N" if point.lat >= 0 else "S", "E" if point.lon >= 0 else "W")
    text = f"{abs(point.lat):.7f} {letters[0]}, {abs(point.lon):.7f} {letters[1]}"
    for written in (text, text.replace(",", ";").replace(".", ",")):
        read = parse_coordinates(written)
        assert abs(read.lon - point.lon) < 1e-7
        assert abs(read.lat - point.lat) < 1e-7


def test_parse_asks_for_letters_where_both_orders_lie_in_the_area():
    area = Area(3, 3, 6, 6)
    with pytest.raises(AmbiguousCoordinates, match="huruf arah"):
        parse_coordinates("3.5, 5.5", area)
    assert parse_coordinates("3.5 N, 5.5 E", area) == LonLat(5.5, 3.5)
    assert parse_coordinates("4, 4", area) == LonLat(4, 4)


def test_parse_refuses_a_place_outside_the_area():
    with pytest.raises(OutsideArea):
        parse_coordinates("-6.2, 106.8", AREA)


def test_format_writes_degrees_and_minutes_as_charts_do():
    assert format_dm(OFF_AMAL) == "3°18,9′ LU 117°39,6′ BT"
    assert format_dm(LonLat(-60.25, -3.5)) == "3°30,0′ LS 60°15,0′ BB"


def test_format_never_writes_sixty_minutes():
    assert format_dm(LonLat(117 + 59.96 / 60, 2 + 59.99 / 60)) == "3°0,0′ LU 118°0,0′ BT"
    assert format_dm(LonLat(-1e-9, -1e-9)) == "0°0,0′ LU 0°0,0′ BT"


def test_area_hands_back_a_place_inside_and_its_edges():
    for point in (OFF_AMAL, LonLat(117.3, 3.0), LonLat(117.95, 3.65)):
        assert AREA.require(point) is point


def test_area_refuses_a_place_outside_with_its_limits():
    with pytest.raises(OutsideArea, match=r"117\.3 sampai 117\.95") as refused:
        AREA.require(LonLat(106.8, -6.2))
    assert refused.value.params["lon"] == 106.8


def test_area_says_when_the_exchanged_place_would_lie_inside():
    with pytest.raises(SwappedCoordinate, match="tertukar"):
        Area(10, 50, 20, 60).require(LonLat(55, 15))


@pytest.mark.parametrize("box", [(5, 1, 4, 2), (4, 2, 5, 2), (4, 1, math.nan, 2)])
def test_area_refuses_a_box_without_inside(box):
    with pytest.raises(BadCoordinate):
        Area(*box)


def test_errors_survive_pickling_with_their_params():
    error = OutsideArea(lon=1.0, lat=2.0, min_lon=3.0, min_lat=4.0, max_lon=5.0, max_lat=6.0)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.params) == (OutsideArea, str(error), error.params)


def test_every_error_is_a_geo_error_with_a_sentence_of_its_own():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(issubclass(kind, GeoError) for kind in kinds)
    templates = [kind.template for kind in kinds]
    assert len(set(templates)) == len(templates)
    assert all(template.endswith(".") for template in templates)


def test_the_tree_in_the_docstring_names_every_error():
    kinds = [name for name, kind in vars(errors).items() if isinstance(kind, type)]
    named = errors.__doc__.replace("─", " ").split()
    assert [kind for kind in kinds if kind not in named and kind not in ("ClassVar",)] == []


def walked_m(line, point):
    """Metres along a line to where a point on it is first met."""
    so_far = 0.0
    for a, b in itertools.pairwise(line):
        beside = geodesic_m(a, point) + geodesic_m(point, b) - geodesic_m(a, b)
        if beside < 1e-3:
            return so_far + geodesic_m(a, point)
        so_far += geodesic_m(a, b)
    raise AssertionError(f"{point} is not on the line")


@given(st.lists(places(), min_size=2, max_size=6, unique=True), st.floats(0, 1))
def test_a_place_along_a_line_lies_on_it_after_that_share_of_its_length(line, share):
    total = sum(geodesic_m(a, b) for a, b in itertools.pairwise(line))
    point = along(line, share)
    # A line that comes back over itself meets the place earlier; it is never met later.
    assert walked_m(line, point) <= total * share + 0.01
    back = walked_m(line[::-1], point)
    assert back <= total * (1 - share) + 0.01


@given(st.lists(places(), min_size=2, max_size=6))
def test_a_line_begins_at_nothing_and_ends_at_the_whole_of_itself(line):
    assert geodesic_m(along(line, 0.0), line[0]) < 1e-3
    assert geodesic_m(along(line, 1.0), line[-1]) < 1e-3


def test_the_middle_of_a_bent_line_counts_both_parts():
    east, north = destination(OFF_AMAL, 90, 3_000), destination(OFF_AMAL, 0, 1_000)
    middle = along([north, OFF_AMAL, east], 0.5)
    assert geodesic_m(middle, destination(OFF_AMAL, 90, 1_000)) < 0.01


def test_a_line_without_length_is_one_place_all_along():
    assert along([OFF_AMAL, OFF_AMAL], 0.5) == OFF_AMAL
