"""How each unit comes to a place: turnout, legs, limits; and how a casualty at sea comes to a hospital."""

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import center_builders
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from citypack.city import SEA_STATION_KINDS
from domain.case import Actor
from domain.suggest import Obstacle, is_assumed_at_station
from domain.units import Unit, UnitState
from domain.words import CaseStatus, Mode, Role, UnitStatus
from geo.errors import BeyondEndurance, DifferentIslands, TooFarFromWater, Unreachable, WindTooStrong
from geo.points import LonLat, bearing_deg, destination, geodesic_m
from geo.reach import Reach
from geo.road_network import ROAD_CLASSES, RoadEdges, write_roads
from geo.roads import Vehicle
from geo.water import SNAP_LIMIT_M
from services import registry, weather
from services.center import Center, Settings, close_center, open_center
from services.evacuation import Crew, Rendezvous, Span, best_pier
from services.journeys import Journeys, Scene, scene
from services.roads import network_path
from services.suggestion import Suggested, suggest_at, suggest_for
from services.ways import duration_s, ways

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)  # 10.00 in the city
NIGHT = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)  # 02.00 in the city
AMAL = LonLat(117.66, 3.315)
EAST = LonLat(117.72, 3.28)  # open sea
TOWN = LonLat(117.59, 3.307)
BUNYU = LonLat(117.85, 3.47)  # on another island, 925 m from the water
INLAND = LonLat(117.42, 3.50)  # on the mainland, 3.7 km from the water
MAINLAND = LonLat(117.40, 3.50)  # 2.7 km from the water
AIRPORT = LonLat(117.566, 3.32669)
AT_SEA = (AMAL, EAST, LonLat(117.50, 3.42), LonLat(117.57, 3.25), LonLat(117.66, 3.42), LonLat(117.75, 3.60))
ADMIN, OFFICER = Actor("Ade", Role.ADMIN), Actor("Dewi", Role.DUTY_OFFICER)
KN = 1852 / 3600
SLACK_M = 1.0


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("journeys")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


@contextmanager
def changed(center: Center, kind: registry.Kind, code: str, **fields: Any) -> Iterator[None]:
    """Change an entry of the registry as long as the block lasts."""
    before = entry(center, kind, code)
    registry.put(center, DAY, ADMIN, kind, {**before.row, **fields}, before.version)
    try:
        yield
    finally:
        registry.put(center, DAY, ADMIN, kind, before.row, entry(center, kind, code).version)


def entry(center: Center, kind: registry.Kind, code: str) -> registry.Entry:
    return next(one for one in registry.entries(center, kind) if one.code == code)


@contextmanager
def told(center: Center, **values: float) -> Iterator[None]:
    """Tell the weather as long as the block lasts."""
    known = {"wave_m": None, "wind_from_deg": None, "wind_kn": None}
    weather.tell(center, DAY, OFFICER, **(known | values))
    try:
        yield
    finally:
        weather.tell(center, DAY, OFFICER, wave_m=None, wind_from_deg=None, wind_kn=0.0)


def ask(center: Center, place: LonLat, kind: str, now: datetime = DAY) -> Suggested:
    return suggest_at(center, now, place, kind, with_coverage=False)


def reaches(found: Suggested) -> dict[str, Reach]:
    return {c.state.unit.unit_code: c.reach for c in found.suggestion.candidates}


def left_out(found: Suggested) -> dict[str, tuple[Obstacle, object]]:
    return {u.state.unit.unit_code: (u.obstacle, u.why) for u in found.suggestion.left_out}


def missing(found: Suggested) -> dict[tuple[str, str], Obstacle]:
    return {(s.agency, s.capability): s.reason for s in found.suggestion.shortfalls}


def standing(center: Center, code: str, **changes: Any) -> UnitState:
    """Return a unit at its station, ready, but for the changes."""
    unit = registry.units(center)[code]
    at = registry.stations(center)[unit.station].position
    return replace(UnitState(unit, UnitStatus.AVAILABLE, at, None), **changes)


def way_of(center: Center, state: UnitState, at: Scene, now: datetime = DAY) -> Reach:
    found = Journeys(ways(center), center.pack.city, at, registry.stations(center), now)
    found.prepare([state], [], [])
    return found(state)


def scene_at(center: Center, place: LonLat, *, at_sea: bool = False) -> Scene:
    posts = [standing(center, code).position for code in ("PMK-HQ-01", "PMK-UTR-01")]
    return scene(ways(center), place, at_sea=at_sea, posts=posts)


def piers(center: Center) -> list[Any]:
    return [s for s in registry.stations(center).values() if s.kind in SEA_STATION_KINDS]


def straight_drive_s(center: Center, unit: Unit, a: LonLat, b: LonLat) -> float:
    """What a drive takes where no road network is installed, by hand; inf where it would cross water."""
    if ways(center).land.wet_lines([a], b)[0] is not None:
        return math.inf
    return geodesic_m(a, b) * center.pack.city.land_detour_factor / (unit.cruise_kmh / 3.6)


# --- what holds for every way ---------------------------------------------------------------------


KINDS = ["S-MOB", "S-CAP", "L-FIR1", "L-DRN", "L-FLD", "L-MIS", "A-OFF", "A-LOS"]


def test_no_way_is_quicker_than_straight_at_top_speed_and_its_legs_hang_together(center: Center) -> None:
    @given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(KINDS), st.booleans())
    @hypothesis_settings(max_examples=120)
    def holds(x: float, y: float, kind: str, is_day: bool) -> None:
        require_possible_ways(center, x, y, kind, is_day=is_day)

    holds()  # inside, for a center among the arguments makes hypothesis print all of it


def require_possible_ways(center: Center, x: float, y: float, kind: str, *, is_day: bool) -> None:
    area, spread = center.pack.area, center.pack.city.eta_spread
    place = LonLat(
        area.min_lon + x * (area.max_lon - area.min_lon), area.min_lat + y * (area.max_lat - area.min_lat)
    )
    found = ask(center, place, kind, DAY if is_day else NIGHT)
    land = center.pack.zones.land
    shapely.prepare(land)
    for candidate in found.suggestion.candidates:
        unit, reach = candidate.state.unit, candidate.reach
        assert reach.legs and reach.turnout_s >= 0
        assert reach.turnout_s == (unit.turnout_day_s if is_day else unit.turnout_night_s)
        ends_at_pier = found.meeting is not None and reach.legs[-1].mode == "land"
        assert ends_at_pier == (found.meeting is not None and unit.mode is Mode.LAND and not unit.sail_kmh)
        goal = found.meeting.pier.position if ends_at_pier and found.meeting else place
        ends = [
            candidate.state.position,
            *(end for leg in reach.legs for end in (leg.geometry[0], leg.geometry[-1])),
            goal,
        ]
        gaps = [geodesic_m(a, b) for a, b in zip(ends[::2], ends[1::2], strict=True)]
        assert max(gaps) <= SNAP_LIMIT_M + SLACK_M, (unit.unit_code, gaps)
        if unit.mode is not Mode.SEA and unit.sail_kmh is None:
            assert max(gaps) <= SLACK_M, "without roads only boats are moved: to the water"
        top_m_s = max(unit.cruise_kmh, unit.sail_kmh or 0.0) / 3.6
        straight_s = (geodesic_m(candidate.state.position, goal) - sum(gaps)) / top_m_s
        assert reach.eta_s >= straight_s - SLACK_M / top_m_s
        assert reach.eta_low_s / (1 - spread) >= straight_s - SLACK_M / top_m_s
        for leg in reach.legs:
            length_m = sum(geodesic_m(a, b) for a, b in itertools.pairwise(leg.geometry))
            assert leg.distance_m >= length_m * 0.99 - SLACK_M
            if leg.method == "water_route":
                line = shapely.LineString([(p.lon, p.lat) for p in leg.geometry])
                assert not line.intersects(land), unit.unit_code
    order = [(is_assumed_at_station(c.state), c.reach.eta_s) for c in found.suggestion.candidates]
    assert order == sorted(order)
    assert [c.rank for c in found.suggestion.candidates] == list(range(1, len(order) + 1))


# --- turnout --------------------------------------------------------------------------------------

S = UnitStatus


@pytest.mark.parametrize(
    ("status", "more", "by_day", "by_night"),
    [
        (S.AVAILABLE, {}, 90, 150),
        (S.PROPOSED, {}, 90, 150),
        (S.DISPATCHED, {"since_s": 30}, 60, 120),
        (S.DISPATCHED, {"since_s": 100}, 0, 50),
        (S.EN_ROUTE, {"since_s": 30}, 0, 0),
        (S.ON_SCENE, {}, 0, 0),
        (S.RETURNING, {}, 90, 150),
        (S.RETURNING, {"fix_age_s": 20}, 0, 0),
    ],
)
def test_the_turnout_is_what_is_left_of_it(
    center: Center, status: UnitStatus, more: dict[str, int], by_day: int, by_night: int
) -> None:
    state = standing(center, "PMK-BRT-01", status=status, **more)
    whole = way_of(center, standing(center, "PMK-BRT-01"), scene_at(center, TOWN))
    for now, turnout_s in ((DAY, by_day), (NIGHT, by_night)):
        reach = way_of(center, state, scene_at(center, TOWN), now)
        assert reach.turnout_s == turnout_s
        under_way_s = 0 if status is S.ON_SCENE else whole.eta_s - whole.turnout_s
        assert reach.eta_s == pytest.approx(turnout_s + under_way_s)


@pytest.mark.parametrize("code", ["PMK-BRT-01", "SAR-RIB-02", "TNI-H-01"])
def test_a_unit_on_scene_is_there_whatever_it_moves_by(center: Center, code: str) -> None:
    reach = way_of(center, standing(center, code, status=S.ON_SCENE), scene_at(center, AMAL, at_sea=True))
    assert (reach.eta_s, reach.distance_m, reach.is_estimate) == (0, 0, False)


def test_a_returning_unit_counts_from_where_it_is_and_without_a_position_it_is_a_guess(
    center: Center,
) -> None:
    near = destination(TOWN, 45, 300)
    here = way_of(
        center,
        standing(center, "SAR-RSC-01", status=S.RETURNING, position=near, fix_age_s=5),
        scene_at(center, TOWN),
    )
    assert here.legs[0].geometry[0] == near
    boat = standing(center, "SAR-RIB-02", status=S.RETURNING)
    assert way_of(center, boat, scene_at(center, AMAL, at_sea=True)).is_estimate
    assert not way_of(center, replace(boat, fix_age_s=5), scene_at(center, AMAL, at_sea=True)).is_estimate


def test_a_dispatched_crew_of_the_registry_has_only_the_rest_of_its_turnout_to_come(tmp_path: Path) -> None:
    center = open_center(center_builders.settings(tmp_path))
    try:
        case = center_builders.a_stored_case(center, CaseStatus.RESPONDING)  # sent at minute 7
        case = replace(case, location=replace(case.location, lon=131.0, lat=-5.93))
        left = {
            minutes: reaches(suggest_for(center, center_builders.at(minutes), case))[center_builders.BOAT]
            for minutes in (7, 8.5, 20)
        }
        gone = center_builders.way(unit=center_builders.BOAT)[5][1][0](center, case)
        under_way = reaches(suggest_for(center, center_builders.at(8), case))[center_builders.BOAT]
    finally:
        close_center()
    assert {minutes: reach.turnout_s for minutes, reach in left.items()} == {7: 300, 8.5: 210, 20: 0}
    assert gone.status is CaseStatus.MONITORING
    assert under_way.turnout_s == 0
    assert under_way.is_estimate, "under way, and nobody knows where"


# --- a vehicle with a boat ------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["BPBD-PK-01", "SAR-PK-01"])
@pytest.mark.parametrize(
    "place", [*AT_SEA, LonLat(117.66, 3.25), LonLat(117.66, 3.262), LonLat(117.655, 3.24), BUNYU]
)
def test_a_carried_boat_is_launched_at_the_pier_from_which_it_is_there_soonest(
    center: Center, code: str, place: LonLat
) -> None:
    here, city, state = ways(center), center.pack.city, standing(center, code)
    unit = state.unit
    assert unit.sail_kmh is not None
    landing = here.water.landing(place, city.walk_limit_m)
    walk_s = geodesic_m(landing, place) / (city.walk_kmh / 3.6)
    totals = {}
    for pier in piers(center):
        try:
            sail_m = here.water.path(pier.position, landing).distance_m
        except Unreachable:
            continue
        drive_s = straight_drive_s(center, unit, state.position, pier.position)
        sail_s = sail_m / (unit.sail_kmh / 3.6)
        totals[pier.code] = unit.turnout_day_s + drive_s + unit.launch_s + sail_s + walk_s
    assert len(totals) > 3
    reach = way_of(center, state, scene_at(center, place, at_sea=place != BUNYU))
    modes = [(leg.mode, leg.method) for leg in reach.legs]
    assert modes[:3] == [("land", "estimate"), ("sea", "launch"), ("sea", "water_route")]
    assert [mode for mode, _ in modes[3:]] == (["foot"] if place == BUNYU else [])
    code_of = {pier.position: pier.code for pier in piers(center)}
    best = min(totals, key=lambda pier: totals[pier])
    assert code_of[reach.legs[1].geometry[0]] == best
    assert reach.eta_s == pytest.approx(totals[best], abs=1)
    assert reach.legs[1].duration_s == unit.launch_s


def test_on_the_same_island_a_vehicle_with_a_boat_drives(center: Center) -> None:
    for code in ("BPBD-PK-01", "SAR-PK-01"):
        reach = way_of(center, standing(center, code), scene_at(center, TOWN))
        assert [leg.mode for leg in reach.legs] == ["land"]
    found = reaches(ask(center, TOWN, "L-FLD"))
    assert [leg.mode for leg in found["BPBD-PK-01"].legs] == ["land"]


# --- another island -------------------------------------------------------------------------------


def test_to_another_island_boats_sail_and_walk_and_vehicles_go_to_the_rendezvous(center: Center) -> None:
    city = center.pack.city
    found = ask(center, BUNYU, "S-CAP")
    assert found.zone.domain == "land" and found.meeting is not None
    for candidate in found.suggestion.candidates:
        unit, legs = candidate.state.unit, candidate.reach.legs
        if unit.mode is Mode.SEA:
            sail, walk = legs
            assert (sail.method, walk.mode) == ("water_route", "foot")
            assert walk.distance_m == pytest.approx(925, abs=15)
            assert walk.duration_s == pytest.approx(walk.distance_m / (city.walk_kmh / 3.6))
            assert sail.geometry[-1] == walk.geometry[0]
            assert candidate.reach.is_estimate, "whether one can walk there is not known"
        elif unit.sail_kmh is not None:
            assert [leg.mode for leg in legs] == ["land", "sea", "sea", "foot"]
        else:
            assert [leg.mode for leg in legs] == ["land"]
            assert legs[-1].geometry[-1] == found.meeting.pier.position


def test_a_place_on_another_island_further_from_water_than_people_walk_is_refused_in_words(
    center: Center,
) -> None:
    found = ask(center, INLAND, "S-MOB")
    assert (found.meeting, found.evacuation, found.suggestion.candidates) == (None, None, ())
    why = left_out(found)
    for code in ("SAR-RIB-02", "BPBD-PK-01", "AMB-112-01"):
        obstacle, error = why[code]
        assert obstacle is Obstacle.UNREACHABLE
        assert isinstance(error, TooFarFromWater)
        assert "3000" in str(error) and "3703" in str(error)
    assert set(missing(found).values()) == {Obstacle.UNREACHABLE}


def test_on_the_island_of_the_vehicles_a_boat_is_not_walked_from_further_than_a_place_is_misplaced(
    center: Center,
) -> None:
    """Malundung's shore is 1.3 km from the town: who can drive there does not sail and walk."""
    boat = standing(center, "SAR-PK-02")
    with pytest.raises(TooFarFromWater):
        way_of(center, boat, scene_at(center, TOWN))


def test_without_any_pier_land_units_cannot_come_over_water(center: Center) -> None:
    stations = {c: s for c, s in registry.stations(center).items() if s.kind not in SEA_STATION_KINDS}
    found = Journeys(ways(center), center.pack.city, scene_at(center, AMAL, at_sea=True), stations, DAY)
    car, carrier = standing(center, "AMB-112-01"), standing(center, "BPBD-PK-01")
    found.prepare([car, carrier], [carrier], [car])
    assert (found.meeting, found.evacuation) == (None, None)
    for state in (car, carrier):
        with pytest.raises(DifferentIslands):
            found(state)


# --- air ------------------------------------------------------------------------------------------


def test_an_aircraft_must_come_home_with_what_it_has(center: Center) -> None:
    """Out and back at the far end of the range, and the time at the scene that the pack asks for."""
    city = center.pack.city
    out = reaches(ask(center, MAINLAND, "A-LOS"))["POL-H-01"].legs[0]
    needed_s = 2 * out.high_s + city.scene_reserve_s
    enough_min = int(needed_s // 60) + 1
    with changed(center, "unit", "POL-H-01", endurance_min=enough_min):
        assert "POL-H-01" in reaches(ask(center, MAINLAND, "A-LOS"))
        with told(center, wind_from_deg=0, wind_kn=40):
            obstacle, _ = left_out(ask(center, MAINLAND, "A-LOS"))["POL-H-01"]
            assert obstacle is Obstacle.ENDURANCE, "there and back in wind takes longer than without"
    with changed(center, "unit", "POL-H-01", endurance_min=enough_min - 1):
        obstacle, error = left_out(ask(center, MAINLAND, "A-LOS"))["POL-H-01"]
        assert obstacle is Obstacle.ENDURANCE
        assert isinstance(error, BeyondEndurance)
        assert f"{enough_min - 1} menit" in str(error)
    with changed(center, "unit", "TNI-H-01", endurance_min=20):
        assert missing(ask(center, MAINLAND, "A-LOS"))["TNI", "helicopter"] is Obstacle.ENDURANCE


def test_an_aircraft_flies_home_to_its_station_from_wherever_it_was(center: Center) -> None:
    far = destination(standing(center, "POL-H-01").position, 100, 40_000)
    near_scene = standing(center, "POL-H-01", position=destination(far, 0, 500), fix_age_s=1)
    tight = replace(near_scene, unit=replace(near_scene.unit, endurance_s=1500))
    at = Scene(far, at_sea=True, over_water=True)
    assert way_of(center, near_scene, at).legs[0].distance_m == pytest.approx(500, abs=1)
    with pytest.raises(BeyondEndurance):
        way_of(center, tight, at)


def test_a_boat_must_come_home_too(center: Center) -> None:
    sail = reaches(ask(center, AMAL, "S-MOB"))["POL-KP-01"].legs[0]
    enough_min = int((2 * sail.high_s + center.pack.city.scene_reserve_s) // 60) + 1
    with changed(center, "unit", "POL-KP-01", endurance_min=enough_min):
        assert "POL-KP-01" in reaches(ask(center, AMAL, "S-MOB"))
    with changed(center, "unit", "POL-KP-01", endurance_min=enough_min - 1):
        assert left_out(ask(center, AMAL, "S-MOB"))["POL-KP-01"][0] is Obstacle.ENDURANCE


def test_wind_lengthens_one_way_shortens_the_other_and_too_much_of_it_stops_all(center: Center) -> None:
    base = registry.stations(center)["APT-JUWATA"].position
    ahead = bearing_deg(base, MAINLAND)
    still = reaches(ask(center, MAINLAND, "A-LOS"))["POL-H-01"]
    cruise_kn = registry.units(center)["POL-H-01"].cruise_kn
    for from_deg, ground_kn in ((ahead, cruise_kn - 20), ((ahead + 180) % 360, cruise_kn + 20)):
        with told(center, wind_from_deg=from_deg, wind_kn=20):
            flown = reaches(ask(center, MAINLAND, "A-LOS"))["POL-H-01"]
        assert flown.turnout_s == still.turnout_s
        assert flown.legs[0].duration_s == pytest.approx(still.distance_m / (ground_kn * KN), rel=0.001)
    with told(center, wind_from_deg=ahead, wind_kn=cruise_kn + 5):
        found = ask(center, MAINLAND, "A-LOS")
        obstacle, error = left_out(found)["POL-H-01"]
        assert obstacle is Obstacle.UNREACHABLE
        assert isinstance(error, WindTooStrong)
        assert left_out(found)["TNI-H-01"][0] is Obstacle.ENDURANCE, "faster than that wind, but barely"
        assert reaches(found)["SAR-RSC-01"].eta_s > 0, "wind stops nobody on land"
    with told(center, wind_from_deg=ahead, wind_kn=110):
        assert missing(ask(center, MAINLAND, "A-LOS"))["TNI", "helicopter"] is Obstacle.UNREACHABLE


def test_an_air_incident_is_reached_over_what_lies_below(center: Center) -> None:
    off, field, lost = (
        ask(center, p, k) for p, k in ((EAST, "A-OFF"), (AIRPORT, "A-APT"), (MAINLAND, "A-LOS"))
    )
    by_unit = {
        code: [leg.mode for leg in reach.legs]
        for found in (off, lost)
        for code, reach in reaches(found).items()
    }
    assert by_unit["TNI-H-01"] == ["air"]
    assert by_unit["SAR-RIB-02"] == ["sea"]
    assert by_unit["AMB-112-01"] == ["land"]
    assert off.meeting is not None
    assert by_unit["SAR-RSC-01"] == ["land"] and lost.meeting is not None
    assert by_unit["SAR-PK-01"] == ["land", "sea", "sea", "foot"]
    assert field.meeting is None
    assert {leg.mode for reach in reaches(field).values() for leg in reach.legs} == {"land"}
    assert reaches(field)["PKP-APT-01"].distance_m < 1


# --- waves and crews ------------------------------------------------------------------------------


def test_boats_stay_in_above_their_waves_and_the_shortfall_says_so(center: Center) -> None:
    limits = {u.unit_code: u.sea_limit_m for u in registry.units(center).values()}
    with told(center, wave_m=1.5):
        found = ask(center, AMAL, "S-MOB")
        out = {code for code, (obstacle, _) in left_out(found).items() if obstacle is Obstacle.SEA_STATE}
        assert out == {"BPBD-PK-01", "BPBD-PK-02"}, "the trailer boat too, for here it would sail"
        assert missing(found) == {("BPBD", "rubber_boat"): Obstacle.SEA_STATE}
        assert limits["POL-KP-01"] == 1.5 and "POL-KP-01" in reaches(found)
        assert "SAR-PK-01" in reaches(ask(center, TOWN, "L-DRN")), "on land no wave keeps it"
    with told(center, wave_m=1.6):
        found = ask(center, AMAL, "S-MOB")
        assert missing(found)["POLRI", "sea_patrol"] is Obstacle.SEA_STATE
        _, why = left_out(found)["POL-KP-01"]
        assert "1.6" in why.sentence() and "1.5" in why.sentence()  # type: ignore[attr-defined]


def test_a_casualty_is_never_brought_ashore_by_a_boat_that_stays_in(center: Center) -> None:
    with told(center, wave_m=2.5):
        found = ask(center, AMAL, "S-MOB")
        assert not [c for c in found.suggestion.candidates if any(leg.mode == "sea" for leg in c.reach.legs)]
        assert found.evacuation is not None
        assert (found.evacuation.boat, found.evacuation.in_hospital) == (None, None)


def test_a_crew_too_small_stays_and_the_shortfall_says_so(center: Center) -> None:
    with changed(center, "unit", "SAR-PK-01", personnel=2):
        found = ask(center, TOWN, "L-DRN")
        obstacle, why = left_out(found)["SAR-PK-01"]
        assert obstacle is Obstacle.NOT_CREWED
        assert "2" in why.sentence() and "3" in why.sentence()  # type: ignore[attr-defined]
        assert missing(found)["SAR", "rubber_boat"] is Obstacle.NOT_CREWED, "sooner undone than no way"
    with changed(center, "unit", "SAR-PK-01", personnel=3):
        assert "SAR-PK-01" in reaches(ask(center, TOWN, "L-DRN"))


# --- to the hospital ------------------------------------------------------------------------------

DriveTime = Callable[[Center, Unit, LonLat, LonLat], float]


def by_road_s(center: Center, unit: Unit, a: LonLat, b: LonLat) -> float:
    """What a drive takes by the imported roads; inf where there is none."""
    try:
        return duration_s(ways(center).drive(a, b, Vehicle(unit.kind, unit.cruise_kmh)))
    except Unreachable:
        return math.inf


def by_hand(
    center: Center, found: Suggested, place: LonLat, drive_s: DriveTime = straight_drive_s
) -> list[tuple[float, str, str]]:
    """Every pier with its best hospital: seconds until the casualty is there, pier, hospital."""
    here, city = ways(center), center.pack.city
    plan = registry.incident_type(center, found.suggestion.incident_type)
    needed = {(need.agency, need.capability) for need in plan.required}
    boat = next(
        c
        for c in found.suggestion.candidates
        if any((c.state.unit.agency, able) in needed for able in c.state.unit.capabilities)
        and any(leg.mode == "sea" for leg in c.reach.legs)
    )
    teams = [
        unit
        for unit in registry.units(center).values()
        if (unit.agency, city.transport_capability) in needed and "ambulance" in unit.capabilities
    ]
    hospitals = [s for s in registry.stations(center).values() if s.receives]
    landing = here.water.landing(place, city.walk_limit_m)
    carried_s = geodesic_m(landing, place) / (city.walk_kmh / 3.6) if found.zone.domain == "land" else 0.0
    speed_m_s = (boat.state.unit.sail_kmh or boat.state.unit.cruise_kmh) / 3.6
    ways_out = []
    for pier in piers(center):
        try:
            back_s = here.water.path(landing, pier.position).distance_m / speed_m_s
        except Unreachable:
            continue  # a landing beach too far from the navigable water
        ashore_s = boat.reach.eta_s + city.pickup_s + carried_s + back_s
        waiting_s, _, team = min(
            (
                unit.turnout_day_s
                + drive_s(center, unit, standing(center, unit.unit_code).position, pier.position),
                unit.unit_code,
                unit,
            )
            for unit in teams
        )
        on_s, hospital = min((drive_s(center, team, pier.position, h.position), h.code) for h in hospitals)
        ways_out.append((max(ashore_s, waiting_s) + city.transfer_s + on_s, pier.code, hospital))
    return sorted(ways_out)


@pytest.mark.parametrize("place", [*AT_SEA, BUNYU])
@pytest.mark.parametrize("kind", ["S-MOB", "S-CAP", "S-MED"])
def test_no_other_pier_and_hospital_bring_the_casualty_in_sooner(
    center: Center, place: LonLat, kind: str
) -> None:
    found = ask(center, place, kind)
    way = found.evacuation
    assert way is not None and way.hospital is not None and way.in_hospital is not None
    best, *others = by_hand(center, found, place)
    assert len(others) >= 3
    assert (way.pier.code, way.hospital.code) == best[1:]
    assert way.in_hospital.middle_s == pytest.approx(best[0], abs=1)


@pytest.mark.parametrize("place", [*AT_SEA, BUNYU])
def test_the_times_to_the_hospital_add_up_and_their_ranges_too(center: Center, place: LonLat) -> None:
    city = center.pack.city
    found = ask(center, place, "S-MOB")
    way = found.evacuation
    assert way is not None and way.boat is not None and way.team is not None and way.back is not None
    assert way.boat_there and way.ashore and way.team_there and way.in_hospital
    out, team = (reaches(found)[unit.unit_code] for unit in (way.boat, way.team))
    assert way.boat_there == Span(out.eta_low_s, out.eta_s, out.eta_high_s)
    assert way.team_there == Span(team.eta_low_s, team.eta_s, team.eta_high_s)
    carried_s = duration_s(leg for leg in out.legs if leg.mode == "foot")
    spread = city.eta_spread
    for name, share in (("low_s", 1 - spread), ("middle_s", 1), ("high_s", 1 + spread)):
        there, ashore, waiting, inside = (
            getattr(span, name) for span in (way.boat_there, way.ashore, way.team_there, way.in_hospital)
        )
        brought_s = city.pickup_s + carried_s + way.back.duration_s
        assert ashore == pytest.approx(there + share * brought_s)
        moved_s = city.transfer_s + duration_s(way.drive)
        assert inside == pytest.approx(max(ashore, waiting) + share * moved_s)
    assert geodesic_m(way.back.geometry[-1], way.pier.position) <= SNAP_LIMIT_M
    assert way.drive[0].geometry[0] == way.pier.position
    assert way.drive[-1].geometry[-1] == way.hospital.position  # type: ignore[union-attr]
    assert way.is_estimate, "without roads the drive is an estimate"


@pytest.mark.parametrize("kind", ["S-MOB", "S-MED"])
def test_a_late_ambulance_is_waited_for(center: Center, kind: str) -> None:
    slow = [u.unit_code for u in registry.units(center).values() if u.kind == "ambulance"]
    assert len(slow) > 3
    states = [standing(center, code) for code in slow]
    late = [replace(s, unit=replace(s.unit, turnout_day_s=36_000)) for s in states]
    boat = standing(center, "SAR-RIB-02")
    found = Journeys(
        ways(center), center.pack.city, scene_at(center, AMAL, at_sea=True), registry.stations(center), DAY
    )
    found.prepare([boat, *late], [boat], late)
    way = found.evacuation
    assert way is not None and way.ashore and way.team_there and way.in_hospital
    assert way.team_there.middle_s > way.ashore.middle_s
    waited_s = way.team_there.middle_s + center.pack.city.transfer_s + duration_s(way.drive)
    assert way.in_hospital.middle_s == pytest.approx(waited_s)


def test_without_a_receiving_hospital_the_casualty_still_comes_ashore_and_none_is_named(
    center: Center,
) -> None:
    with changed(center, "station", "HOSP-JSK", receives=False):
        one = ask(center, AMAL, "S-MOB").evacuation
        assert one is not None and one.hospital is not None and one.hospital.code == "HOSP-ILYAS"
        with changed(center, "station", "HOSP-ILYAS", receives=False):
            way = ask(center, AMAL, "S-MOB").evacuation
    assert way is not None
    assert (way.hospital, way.drive, way.in_hospital) == (None, (), None)
    assert way.boat is not None and way.ashore is not None and way.team is not None


def test_without_a_boat_and_without_an_ambulance_their_parts_are_none(center: Center) -> None:
    at, here = scene_at(center, AMAL, at_sea=True), ways(center)
    boat, team = standing(center, "SAR-RIB-02"), standing(center, "AMB-112-01")
    on_water = [pier for pier in piers(center) if pier.code != "BEACH-AMAL"]  # too far from the water
    nearest = min(on_water, key=lambda pier: here.water.path(AMAL, pier.position).distance_m)

    def evacuation(boats: list[UnitState], teams: list[UnitState]) -> Any:
        found = Journeys(here, center.pack.city, at, registry.stations(center), DAY)
        found.prepare([boat, team], boats, teams)
        assert found.meeting is not None and found.meeting.pier == found.evacuation.pier  # type: ignore[union-attr]
        return found.evacuation

    no_boat = evacuation([], [team])
    assert (no_boat.boat, no_boat.back, no_boat.boat_there, no_boat.ashore) == (None,) * 4
    assert no_boat.in_hospital is None
    assert (no_boat.team, no_boat.hospital is None) == (team.unit, False)
    assert no_boat.pier == nearest, "nobody brings the casualty: land teams go as near as can be"
    no_team = evacuation([boat], [])
    assert (no_team.team, no_team.team_there, no_team.hospital, no_team.drive) == (None, None, None, ())
    assert no_team.in_hospital is None and no_team.ashore is not None
    neither = evacuation([], [])
    assert (neither.boat, neither.team, neither.hospital, neither.in_hospital) == (None,) * 4
    assert neither.pier == nearest


def test_a_type_that_asks_for_no_ambulance_has_nobody_to_bring_the_casualty_on(center: Center) -> None:
    way = ask(center, EAST, "S-OVD").evacuation
    assert way is not None and way.boat is not None and way.ashore is not None
    assert (way.team, way.in_hospital) == (None, None)


def test_what_the_plan_requires_brings_the_casualty_before_what_it_only_may_ask_for(center: Center) -> None:
    """S-CAP asks for a TNI boat only if needed: it is nearest at Lantamal, and still is not counted on."""
    place = LonLat(117.66, 3.25)
    way = ask(center, place, "S-CAP").evacuation
    assert way is not None and way.boat is not None
    assert way.boat.agency in ("SAR", "POLRI")
    with changed(center, "unit", "TNI-SR-01", turnout_day_s=0):
        found = ask(center, place, "S-CAP")
        first = next(c for c in found.suggestion.candidates if c.state.unit.mode is Mode.SEA)
        assert first.state.unit.unit_code == "TNI-SR-01"
        assert found.evacuation == way


def test_roads_are_asked_for_the_kind_of_vehicle_that_brings_the_casualty(center: Center) -> None:
    found = ask(center, AMAL, "S-MOB")
    way = found.evacuation
    assert way is not None and way.team is not None and way.hospital is not None
    vehicle = Vehicle(way.team.kind, way.team.cruise_kmh)
    assert way.drive == ways(center).drive(way.pier.position, way.hospital.position, vehicle)


# --- with roads -----------------------------------------------------------------------------------


@pytest.fixture
def winding(center: Center) -> Iterator[None]:
    """Roads by which what is near as the crow flies is far: some 90 km from the town to Binalatung."""
    hub, malundung, beach = LonLat(117.600, 3.309), LonLat(117.5915, 3.2862), LonLat(117.658, 3.3205)
    to_harbour = [(LonLat(117.585, 3.315)), hub, malundung, LonLat(117.5853, 3.2905)]
    north, south = 3.35, 3.31
    turns = [LonLat(117.610 + 0.002 * k, north if k % 2 else south) for k in range(22)]
    lines = [to_harbour, [hub, *turns, beach]]
    points = [(p.lon, p.lat) for line in lines for p in line]
    write_roads(
        network_path(center.settings),
        RoadEdges(
            # The first road is cut at the hub, where the second begins.
            lonlat=np.array([*points[:2], points[1], *points[2:]]),
            first=np.array([0, 2, 5, 5 + len(lines[1])]),
            road_class=np.full(3, ROAD_CLASSES.index("secondary")),
            oneway=np.array([False, False, False]),
            maxspeed_kmh=np.full(3, np.nan),
            name=(None, None, None),
            way_id=np.array([1, 2, 3]),
            from_node=np.array([1, 2, 2]),
            to_node=np.array([2, 3, 4]),
        ),
        "rekaan untuk uji",
    )
    yield
    network_path(center.settings).unlink()


@pytest.mark.usefixtures("winding")
@pytest.mark.parametrize("place", [*AT_SEA, BUNYU])
def test_by_road_too_no_other_pier_is_sooner_though_a_nearer_one_looks_so(
    center: Center, place: LonLat
) -> None:
    here, city, state = ways(center), center.pack.city, standing(center, "BPBD-PK-01")
    assert here.roads is not None
    unit, landing = state.unit, here.water.landing(place, city.walk_limit_m)
    assert unit.sail_kmh is not None
    walk_s = geodesic_m(landing, place) / (city.walk_kmh / 3.6) if place == BUNYU else 0.0
    totals = {}
    for pier in piers(center):
        try:
            sail_s = here.water.path(pier.position, landing).distance_m / (unit.sail_kmh / 3.6)
            drive = here.drive(state.position, pier.position, Vehicle(unit.kind, unit.cruise_kmh))
        except Unreachable:
            continue
        totals[pier.position] = unit.turnout_day_s + duration_s(drive) + unit.launch_s + sail_s + walk_s
    reach = way_of(center, state, scene_at(center, place, at_sea=place != BUNYU))
    assert reach.eta_s == pytest.approx(min(totals.values()), abs=1)
    assert next(leg for leg in reach.legs if leg.method == "launch").geometry[0] == min(
        totals, key=lambda pier: totals[pier]
    )
    found = ask(center, place, "S-MOB")
    way = found.evacuation
    assert way is not None and way.hospital is not None and way.in_hospital is not None
    best = by_hand(center, found, place, by_road_s)[0]
    assert (way.pier.code, way.hospital.code) == best[1:]
    assert way.in_hospital.middle_s == pytest.approx(best[0], abs=1)


@pytest.mark.usefixtures("winding")
@pytest.mark.parametrize("place", [*AT_SEA, BUNYU])
def test_asking_every_team_pier_and_hospital_gives_the_same_way_to_hospital(
    center: Center, place: LonLat
) -> None:
    """Journeys leave out what is surely later; the choice itself is `best_pier`."""
    here, city, stations = ways(center), center.pack.city, registry.stations(center)
    at = scene_at(center, place, at_sea=place != BUNYU)
    boat = standing(center, "SAR-RIB-02")
    teams = [standing(center, u.unit_code) for u in registry.units(center).values() if u.kind == "ambulance"]
    landing = here.water.landing(place, city.walk_limit_m)
    found = Journeys(here, city, at, stations, DAY)
    found.prepare([boat, *teams], [boat], teams)
    meetings, crews = [], {}
    for pier in piers(center):
        try:
            meetings.append(Rendezvous(pier, here.water.path(pier.position, landing)))
        except Unreachable:
            continue
        crews[pier.code] = []
        for team in teams:
            try:
                drive = here.drive(
                    team.position, pier.position, Vehicle(team.unit.kind, team.unit.cruise_kmh)
                )
            except Unreachable:
                continue
            crews[pier.code].append(Crew(team.unit, Reach(drive, team.unit.turnout_day_s, here.spread)))
    hospitals = [station for station in stations.values() if station.receives]
    chosen = best_pier(here, city, meetings, [Crew(boat.unit, found(boat))], crews, hospitals)
    assert chosen is not None and found.evacuation is not None
    meeting, way = chosen
    assert found.meeting is not None and meeting.pier == found.meeting.pier
    assert (way.team, way.hospital) == (found.evacuation.team, found.evacuation.hospital)
    assert way.in_hospital is not None and found.evacuation.in_hospital is not None
    assert way.in_hospital.middle_s == pytest.approx(found.evacuation.in_hospital.middle_s)


@pytest.mark.usefixtures("winding")
def test_the_winding_road_makes_the_far_pier_the_sooner_one(center: Center) -> None:
    """Otherwise the test above would show nothing."""
    state = standing(center, "BPBD-PK-01")
    launched = next(
        leg
        for leg in way_of(center, state, scene_at(center, AMAL, at_sea=True)).legs
        if leg.method == "launch"
    )
    assert launched.geometry[0] != registry.stations(center)["BEACH-BINALATUNG"].position
    way = ask(center, AMAL, "S-MOB").evacuation
    assert way is not None and way.pier.code != "BEACH-BINALATUNG"
