"""How long units take, by the numbers of the city pack."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citypack import load_city_pack
from domain.words import Mode
from geo.points import LonLat
from services import registry
from services.center import Center, Settings, close_center, open_center
from services.suggestion import suggest_at
from services.ways import rendezvous

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)  # 10.00 in the city
NIGHT = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)  # 02.00 in the city
AMAL = LonLat(117.66, 3.315)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("ways")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


def by_code(center: Center, now: datetime, place: LonLat, kind: str) -> dict[str, object]:
    found = suggest_at(center, now, place, kind).suggestion
    return {candidate.state.unit.unit_code: candidate.reach for candidate in found.candidates}


def test_a_boat_goes_round_the_island_and_a_car_is_an_estimate(center: Center) -> None:
    reaches = by_code(center, DAY, AMAL, "S-MOB")
    boat, ambulance = reaches["SAR-RIB-02"], reaches["AMB-112-01"]
    assert (boat.legs[0].method, ambulance.legs[0].method) == ("water_route", "estimate")
    assert boat.distance_m > 1.7 * 8250, "the straight line is 8.25 km"
    assert ambulance.is_estimate
    assert not boat.is_estimate


def test_the_reported_hour_round_the_island_lies_in_the_shown_range(center: Center) -> None:
    """Pantai Amal, 6.4 NM straight, took about an hour by RIB (domain.md 2, calibration; D7)."""
    boat = by_code(center, DAY, AMAL, "S-MOB")["SAR-RIB-02"]
    assert boat.eta_low_s <= 3600 <= boat.eta_high_s


def test_turnout_by_night_is_longer_where_the_pack_says_so(center: Center) -> None:
    place = LonLat(117.59, 3.307)
    day, night = (by_code(center, now, place, "L-FIR1")["PMK-BRT-01"] for now in (DAY, NIGHT))
    unit = registry.units(center)["PMK-BRT-01"]
    assert (day.turnout_s, night.turnout_s) == (unit.turnout_day_s, unit.turnout_night_s)
    assert night.eta_s - day.eta_s == pytest.approx(unit.turnout_night_s - unit.turnout_day_s)
    assert night.eta_s > day.eta_s


def test_land_teams_go_to_the_pier_that_is_nearest_by_water(center: Center) -> None:
    meeting = rendezvous(center, AMAL)
    assert meeting is not None
    ambulance = by_code(center, DAY, AMAL, "S-MOB")["AMB-112-01"]
    assert ambulance.legs[-1].geometry[-1] == meeting.pier.position
    others = [s for s in registry.stations(center).values() if s.kind == "pier"]
    assert all(meeting.path.distance_m <= found.distance_m for found in _by_water(center, others))


def _by_water(center: Center, piers: list) -> list:
    from geo.errors import Unreachable
    from services.ways import ways

    found = ways(center).water.from_one(AMAL, [pier.position for pier in piers])
    return [path for path in found if not isinstance(path, Unreachable)]


def test_factor_and_spread_come_from_the_city_pack(tmp_path: Path) -> None:
    pack = load_city_pack(Path(__file__).parents[1] / "packs" / "kota_uji")
    settings = Settings(tmp_path, tmp_path / "sigap.duckdb", pack.folder)
    center = open_center(settings)
    try:
        unit = next(u for u in registry.units(center).values() if u.mode is Mode.LAND)
        kinds = [
            k for k in registry.plan(center).types.values() for n in k.required if n.agency == unit.agency
        ]
        station = registry.stations(center)[unit.station]
        place = LonLat(station.position.lon + 0.002, station.position.lat)
        reach = by_code(center, DAY, place, kinds[0].code)[unit.unit_code]
    finally:
        close_center()
    from geo.points import geodesic_m

    straight = geodesic_m(station.position, place)
    assert reach.distance_m == pytest.approx(straight * pack.city.land_detour_factor)
    assert reach.eta_low_s == pytest.approx(reach.eta_s * (1 - pack.city.eta_spread))
