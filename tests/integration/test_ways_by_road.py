"""With an imported road network vehicles go by it; where it does not reach, the estimate says so."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from road_builders import DETOUR, an_invented_road

from geo.errors import BadRoads
from geo.points import LonLat, destination, geodesic_m
from geo.reach import Reach
from services.center import Center, Settings, close_center, open_center
from services.roads import network_path
from services.suggestion import suggest_at
from services.ways import ways

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
STATION = LonLat(117.5885, 3.307)  # Pos PMK Sektor Barat
PLACE = LonLat(117.6000, 3.307)
FAR = LonLat(117.5479, 3.4205)  # Juata Laut: the invented road does not come here


@pytest.fixture
def center(tmp_path: object) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))  # type: ignore[operator,arg-type]
    close_center()


def engine(center: Center, place: LonLat, code: str = "PMK-BRT-01") -> Reach:
    found = suggest_at(center, DAY, place, "L-FIR1").suggestion
    return next(c.reach for c in found.candidates if c.state.unit.unit_code == code)


def test_a_vehicle_follows_the_road_and_is_no_longer_an_estimate(center: Center) -> None:
    before = engine(center, PLACE)
    assert (before.method, before.is_estimate) == ("estimate", True)
    an_invented_road(center)
    after = engine(center, PLACE)
    assert (after.method, after.is_estimate) == ("road_route", False)
    along = sum(geodesic_m(LonLat(*a), LonLat(*b)) for a, b in zip(DETOUR, DETOUR[1:], strict=False))
    assert after.distance_m == pytest.approx(along, rel=0.001)
    assert after.distance_m > 3 * geodesic_m(STATION, PLACE)
    assert after.legs[0].low_s < after.legs[0].duration_s < after.legs[0].high_s
    assert len(after.legs[0].geometry) >= len(DETOUR)


@pytest.mark.parametrize(
    ("beside_m", "modes"),
    [
        (0, ["land"]),
        (295, ["land"]),
        (305, ["land", "foot"]),
        (2990, ["land", "foot"]),
    ],
)
def test_far_beside_the_road_the_rest_is_walked(center: Center, beside_m: float, modes: list[str]) -> None:
    """East of the road's end, where the end is the nearest point of the road."""
    an_invented_road(center)
    city = center.pack.city
    assert (city.road_snap_m, city.walk_limit_m) == (300, 3000)
    place = destination(PLACE, 90, beside_m)
    found, to_the_end = engine(center, place), engine(center, PLACE)
    assert [leg.mode for leg in found.legs] == modes
    assert found.legs[0].distance_m == pytest.approx(to_the_end.distance_m, abs=1)
    assert found.is_estimate == (len(modes) > 1), "whether one can walk there is not known"
    if len(modes) > 1:
        walk = found.legs[-1]
        assert walk.distance_m == pytest.approx(beside_m, abs=1)
        assert walk.duration_s == pytest.approx(beside_m / (city.walk_kmh / 3.6), rel=1e-3)
        assert walk.geometry[0] == found.legs[0].geometry[-1]
        assert walk.geometry[-1] == place
        assert found.eta_s == pytest.approx(to_the_end.eta_s + walk.duration_s, abs=1)


def test_further_than_people_walk_it_is_a_drive_estimated_straight(center: Center) -> None:
    an_invented_road(center)
    place = destination(PLACE, 90, 3010)
    found = engine(center, place)
    assert [(leg.mode, leg.method) for leg in found.legs] == [("land", "estimate")]
    assert found.distance_m == pytest.approx(geodesic_m(STATION, place) * center.pack.city.land_detour_factor)


def test_a_vehicle_that_stands_far_from_the_road_drives_there_first_and_that_is_an_estimate(
    center: Center,
) -> None:
    an_invented_road(center)
    found = engine(center, PLACE, "PMK-HQ-01")  # headquarters, some 580 m beside the invented road
    to_road, by_road = found.legs
    assert (to_road.method, by_road.method) == ("estimate", "road_route")
    assert to_road.geometry[-1] == by_road.geometry[0]
    straight = geodesic_m(*to_road.geometry)
    assert straight > center.pack.city.road_snap_m
    assert to_road.distance_m == pytest.approx(straight * center.pack.city.land_detour_factor)
    assert found.is_estimate


def test_a_vehicle_of_another_class_has_its_own_time_on_the_same_road(center: Center) -> None:
    an_invented_road(center)
    engine_, tanker = engine(center, PLACE), engine(center, PLACE, "PMK-BRT-02")
    assert tanker.distance_m == pytest.approx(engine_.distance_m)
    assert tanker.legs[0].duration_s > engine_.legs[0].duration_s


def test_a_place_far_from_every_road_is_an_estimate_and_says_so(center: Center) -> None:
    an_invented_road(center)
    assert engine(center, FAR).method == "estimate"


def test_a_broken_network_is_refused_in_words_not_used_and_not_overlooked(center: Center) -> None:
    network_path(center.settings).write_bytes(b"PAR1 bukan jalan")
    with pytest.raises(BadRoads, match="make roads"):
        ways(center)
