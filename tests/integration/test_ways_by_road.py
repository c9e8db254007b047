"""With an imported road network vehicles go by it; where it does not reach, the estimate says so."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from geo.errors import BadRoads
from geo.points import LonLat, geodesic_m
from geo.reach import Reach
from geo.road_network import ROAD_CLASSES, RoadEdges, write_roads
from services.center import Center, Settings, close_center, open_center
from services.roads import network_path
from services.suggestion import suggest_at
from services.ways import ways

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
STATION = LonLat(117.5885, 3.307)  # Pos PMK Sektor Barat
PLACE = LonLat(117.6000, 3.307)
FAR = LonLat(117.5479, 3.4205)  # Juata Laut: the invented road does not come here
DETOUR = [(117.5885, 3.307), (117.5885, 3.320), (117.6000, 3.320), (117.6000, 3.307)]


@pytest.fixture
def center(tmp_path: object) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))  # type: ignore[operator,arg-type]
    close_center()


def an_invented_road(center: Center) -> None:
    write_roads(
        network_path(center.settings),
        RoadEdges(
            lonlat=np.array(DETOUR),
            first=np.array([0, len(DETOUR)]),
            road_class=np.array([ROAD_CLASSES.index("secondary")]),
            oneway=np.array([False]),
            maxspeed_kmh=np.array([np.nan]),
            name=(None,),
            way_id=np.array([1]),
            from_node=np.array([1]),
            to_node=np.array([2]),
        ),
        "rekaan untuk uji",
    )


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


def test_a_place_far_from_every_road_is_an_estimate_and_says_so(center: Center) -> None:
    an_invented_road(center)
    assert engine(center, FAR).method == "estimate"


def test_a_broken_network_is_refused_in_words_not_used_and_not_overlooked(center: Center) -> None:
    network_path(center.settings).write_bytes(b"PAR1 bukan jalan")
    with pytest.raises(BadRoads, match="make roads"):
        ways(center)
