"""How long units take, by the numbers of the city pack, beside what was reported from real operations."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from citypack import load_city_pack
from domain.words import Mode
from geo.points import LonLat, destination, geodesic_m
from geo.reach import Reach, air_leg, sea_leg
from geo.water import WaterPath
from services import registry
from services.center import Center, Settings, close_center, open_center
from services.suggestion import suggest_at

NM_M = 1852
DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)  # 10.00 in the city
NIGHT = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)  # 02.00 in the city
AMAL = LonLat(117.66, 3.315)
KIOSK = LonLat(117.5321, 3.3806)  # Juata Permai, D6


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("ways")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


def by_code(center: Center, now: datetime, place: LonLat, kind: str) -> dict[str, Reach]:
    found = suggest_at(center, now, place, kind).suggestion
    return {candidate.state.unit.unit_code: candidate.reach for candidate in found.candidates}


def first(center: Center, now: datetime, place: LonLat, kind: str, capability: str) -> Reach:
    """Return the way of the earliest unit with a capability."""
    found = suggest_at(center, now, place, kind).suggestion
    return next(c.reach for c in found.candidates if capability in c.fills)


def test_a_boat_goes_round_the_island_and_a_car_is_an_estimate(center: Center) -> None:
    reaches = by_code(center, DAY, AMAL, "S-MOB")
    boat, ambulance = reaches["SAR-RIB-02"], reaches["AMB-112-01"]
    assert (boat.legs[0].method, ambulance.legs[0].method) == ("water_route", "estimate")
    assert boat.distance_m > 1.7 * 8250, "the straight line is 8.25 km"
    assert ambulance.is_estimate
    assert not boat.is_estimate


# --- calibration: domain.md 2 ---------------------------------------------------------------------


@pytest.mark.parametrize(("miles", "hours"), [(25.3, 1.5), (30, 2), (59, 4)])
@pytest.mark.parametrize("code", ["SAR-RIB-02", "SAR-RBB-01"])
def test_reported_legs_lie_in_the_range_of_the_pack_s_rib(
    center: Center, code: str, miles: float, hours: float
) -> None:
    """25.3 NM in 1.5 h, 30 NM in 2 h, 59 NM in 4 h [K19, K23-K25]: under way, without the turnout."""
    path = WaterPath(miles * NM_M, (AMAL, destination(AMAL, 90, miles * NM_M)), 0, 0)
    boat, spread = registry.units(center)[code], center.pack.city.eta_spread
    sail = sea_leg(path, boat.cruise_kn, spread=spread)
    assert sail.low_s <= hours * 3600 <= sail.high_s


def test_the_reported_hour_round_the_island_lies_in_the_shown_range(center: Center) -> None:
    """Pantai Amal, 6.4 NM straight, took about an hour by RIB (domain.md 2, calibration; D7)."""
    boat = by_code(center, DAY, AMAL, "S-MOB")["SAR-RIB-02"]
    assert boat.turnout_s == registry.units(center)["SAR-RIB-02"].turnout_day_s
    assert boat.eta_low_s <= 3600 <= boat.eta_high_s


@pytest.mark.parametrize("minutes", [60, 68])
def test_the_reported_flight_lies_in_the_range_of_the_pack_s_bell_412(center: Center, minutes: int) -> None:
    """About 101 NM in 60 to 68 minutes (computed from [K20]; D4), without the turnout."""
    unit = registry.units(center)["TNI-H-01"]
    base = registry.stations(center)[unit.station].position
    place = destination(base, 250, 101 * NM_M)
    flown = air_leg(base, place, unit.cruise_kn, spread=center.pack.city.eta_spread)
    assert flown.low_s <= minutes * 60 <= flown.high_s


@pytest.mark.parametrize("minutes", [15, 20])
def test_the_reported_readiness_of_sar_lies_in_the_range_of_its_turnout(center: Center, minutes: int) -> None:
    """Ready to move 15 to 20 minutes after the call, in three operations [K58]."""
    spread = center.pack.city.eta_spread
    own = [unit for unit in registry.units(center).values() if unit.agency == "SAR"]
    assert own
    for unit in own:
        for turnout_s in (unit.turnout_day_s, unit.turnout_night_s):
            assert turnout_s * (1 - spread) <= minutes * 60 <= turnout_s * (1 + spread), unit.unit_code


def test_the_first_unit_at_the_documented_kiosk_fire_came_within_the_shown_range(center: Center) -> None:
    """D6, Juata Permai: reported 19:26, arrived 19:38. Which unit came first was not reported."""
    evening = datetime(2025, 9, 9, 11, 26, tzinfo=UTC)
    fire = first(center, evening, KIOSK, "L-FIR1", "fire_engine")
    assert fire.eta_low_s <= 12 * 60 <= fire.eta_high_s


def test_every_reported_time_to_a_fire_is_shown_somewhere_in_the_city(center: Center) -> None:
    """6, 13 and 15 minutes [K11, K22, K26]. Of the first only Pantai Amal is published as a place, and not
    which of the times is its own: so all that can be said is that each is in some kelurahan's range, that
    Pantai Amal shows one of them, and that none is beyond what the city shows at all.
    """
    shown = {
        one.name: first(center, DAY, one.point, "L-FIR1", "fire_engine")
        for one in center.pack.kelurahan.values()
    }

    def holds(reach: Reach, minutes: int) -> bool:
        return reach.eta_low_s <= minutes * 60 <= reach.eta_high_s

    for minutes in (6, 13, 15):
        assert any(holds(reach, minutes) for reach in shown.values()), minutes
    assert any(holds(shown["Pantai Amal"], minutes) for minutes in (6, 13, 15))
    assert len(shown) == 20


# --- turnout, rendezvous, pack --------------------------------------------------------------------


def test_turnout_by_night_is_longer_where_the_pack_says_so(center: Center) -> None:
    place = LonLat(117.59, 3.307)
    day, night = (by_code(center, now, place, "L-FIR1")["PMK-BRT-01"] for now in (DAY, NIGHT))
    unit = registry.units(center)["PMK-BRT-01"]
    assert (day.turnout_s, night.turnout_s) == (unit.turnout_day_s, unit.turnout_night_s)
    assert night.eta_s - day.eta_s == pytest.approx(unit.turnout_night_s - unit.turnout_day_s)
    assert night.eta_s > day.eta_s


def test_land_teams_go_to_the_pier_over_which_the_casualty_is_soonest_in_hospital(center: Center) -> None:
    found = suggest_at(center, DAY, AMAL, "S-MOB")
    assert found.meeting is not None and found.evacuation is not None
    assert found.meeting.pier == found.evacuation.pier
    assert found.evacuation.hospital is not None
    on_land = [c.reach for c in found.suggestion.candidates if c.reach.legs[-1].mode == "land"]
    assert on_land
    assert {reach.legs[-1].geometry[-1] for reach in on_land} == {found.meeting.pier.position}
    line = [found.meeting.pier.position, *found.meeting.path.coords, AMAL]
    assert sum(geodesic_m(*pair) for pair in itertools.pairwise(line)) < 2000, "Amal's own beach"


def test_for_a_casualty_on_land_there_is_no_rendezvous(center: Center) -> None:
    found = suggest_at(center, DAY, LonLat(117.59, 3.307), "L-DRN")
    assert (found.meeting, found.evacuation) == (None, None)


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
    straight = geodesic_m(station.position, place)
    assert reach.distance_m == pytest.approx(straight * pack.city.land_detour_factor)
    assert reach.eta_low_s == pytest.approx(reach.eta_s * (1 - pack.city.eta_spread))
