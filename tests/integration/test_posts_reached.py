"""What a post would add in the real city: by the registered units at their stations, in counted seconds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import center_builders
import numpy as np
import pytest
from builders import ADE, DEDI
from road_builders import DETOUR, an_invented_road

from analytics.selection import Selection
from domain.coverage import CoverageStandard
from geo.errors import AcrossWater, OutsideArea, Unreachable
from geo.points import LonLat, geodesic_m
from geo.reach import straight_land_estimate
from services import coverage, posts, registry
from services.center import Center, Settings, close_center, open_center
from services.posts import NoPostThere, Past, Processing, Question
from services.ways import ways

NOW = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
EVERY = Selection(since=NOW - timedelta(days=30), until=NOW)
SEA, BUNYU, FAR = LonLat(117.70, 3.33), LonLat(117.85, 3.47), LonLat(110.0, 3.3)
INLAND = LonLat(117.5578, 3.3476)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


@pytest.fixture
def uji(tmp_path: Path) -> Iterator[Center]:
    yield open_center(center_builders.settings(tmp_path))
    close_center()


def fire(center: Center, **other: bool) -> Question:
    (standard,) = (one for one in center.pack.city.coverage if one.capability == "fire_engine")
    return Question(standard, **other)


def nothing_yet(center: Center) -> Past:
    return posts.past(center, EVERY)


def seconds(center: Center, origin: LonLat, target: LonLat, cruise_kmh: float) -> float:
    """The straight estimate of `geo.reach`; a bay, for which `geo.coverage` does not look, is crossed."""
    here = ways(center)
    try:
        leg = straight_land_estimate(origin, target, cruise_kmh, here.land, detour=here.detour)
    except AcrossWater:
        return geodesic_m(origin, target) * here.detour / (cruise_kmh / 3.6)
    except Unreachable:
        return float("inf")
    return leg.duration_s


@pytest.mark.parametrize(("since_report", "is_day"), [(True, True), (False, False)])
def test_every_share_is_that_of_each_unit_to_each_place_one_by_one(
    center: Center, since_report: bool, is_day: bool
) -> None:
    question = fire(center, since_report=since_report, is_day=is_day)
    (crew,) = posts.crews(center, question.standard)
    past = Past({"65.71.01.1001": 7}, Processing(300.0, 9, is_measured=True))
    found = posts.reached(center, NOW, past, question, (posts.site(center, INLAND), crew))

    places, stations = coverage.coverage_map(center).places, registry.stations(center)
    engines = [unit for unit in registry.units(center).values() if "fire_engine" in unit.capabilities]
    assert len(engines) == crew.n == 5
    starts = [
        (stations[u.station].position, u.cruise_kmh, u.turnout_day_s if is_day else u.turnout_night_s)
        for u in engines
    ]
    new = (INLAND, 35.0, 90.0 if is_day else 150.0)
    head_s = 300.0 if since_report else 0.0

    def within(which: list[tuple[LonLat, float, float]], place: LonLat) -> bool:
        return any(head_s + ready + seconds(center, at, place, kmh) <= 900 for at, kmh, ready in which)

    now = np.array([within(starts, place) for place in places.points])
    after = np.array([within([*starts, new], place) for place in places.points])
    zone = np.array(places.zone)
    for one in found.reach.zones:
        assert one.now == pytest.approx(now[zone == one.zone].mean())
        assert one.after == pytest.approx(after[zone == one.zone].mean())
    weight = {code: 8 if code == "65.71.01.1001" else 1 for code in set(zone)}
    for city, reached in ((found.reach.now, now), (found.reach.after, after)):
        shares = {code: reached[zone == code].mean() for code in weight}
        assert city == pytest.approx(sum(weight[c] * shares[c] for c in weight) / sum(weight.values()))
    assert 0 < found.reach.now < found.reach.after < 1
    assert found.reach.is_estimate, "no roads are imported"


def test_a_unit_out_of_service_counts_and_is_told_for_it_is_no_plan_for_this_minute(center: Center) -> None:
    question, past = fire(center), nothing_yet(center)
    before = posts.reached(center, NOW, past, question)
    for code in ("PMK-UTR-01", "PMK-BRT-01"):
        registry.set_service(center, NOW, DEDI, code, "servis")
    after = posts.reached(center, NOW, past, question)

    assert after.reach == before.reach
    assert {one.station.code: (one.units, one.out) for one in before.stations} == {
        "PMK-BRT": (1, 0),
        "PMK-HQ": (3, 0),
        "PMK-UTR": (1, 0),
    }
    assert {one.station.code: one.out for one in after.stations} == {"PMK-BRT": 1, "PMK-HQ": 0, "PMK-UTR": 1}


def test_without_cases_the_processing_is_the_citys_standard_and_takes_from_the_way(center: Center) -> None:
    past = nothing_yet(center)
    assert past.processing == Processing(480, 0, is_measured=False)
    assert past.n == 0
    from_report = posts.reached(center, NOW, past, fire(center))
    from_order = posts.reached(center, NOW, past, fire(center, since_report=False))
    assert from_report.reach.now < from_order.reach.now
    nearest = {one.zone: one.nearest_s for one in from_order.reach.zones}
    assert all(one.nearest_s == pytest.approx(nearest[one.zone] + 480) for one in from_report.reach.zones)


def test_a_post_stands_on_the_citys_own_land_only(center: Center) -> None:
    site = posts.site(center, LonLat(117.557801234, 3.347601234))
    assert (site.place, site.kelurahan) == (LonLat(117.5578, 3.3476), "Karang Harapan")
    with pytest.raises(
        NoPostThere, match=r"laut, \d+ m dari pantai .*Pilih titik di darat wilayah Kota Tarakan"
    ):
        posts.site(center, SEA)
    with pytest.raises(NoPostThere, match="darat di luar kota"):
        posts.site(center, BUNYU)
    with pytest.raises(OutsideArea):
        posts.site(center, FAR)


def test_the_proposal_is_at_least_as_good_as_any_place_that_is_tried(center: Center) -> None:
    past, question = nothing_yet(center), fire(center)
    crew = posts.crews(center, question.standard)[0]
    found = posts.proposal(center, past, question, crew)
    assert found is not None
    assert found.tried >= 1000
    again = posts.reached(center, NOW, past, question, (found.site, crew))
    assert again.reach == found.reach
    assert found.reach.after > found.reach.now
    for place in posts.candidates(center)[::15]:
        other = posts.reached(center, NOW, past, question, (posts.site(center, place), crew))
        assert other.reach.after <= found.reach.after + 1e-9


def test_the_proposal_goes_to_where_the_cases_are(center: Center) -> None:
    question = fire(center)
    crew = posts.crews(center, question.standard)[0]
    processing = Processing(480, 0, is_measured=False)
    for code in ("65.71.03.1004", "65.71.04.1001"):
        found = posts.proposal(center, Past({code: 10_000}, processing), question, crew)
        assert found is not None
        assert found.reach.zones[0].zone == code


def test_where_every_place_is_reached_in_time_nothing_is_proposed(center: Center) -> None:
    question = fire(center)
    crew = posts.crews(center, question.standard)[0]
    patient = Question(CoverageStandard("fire_engine", 100_000, "Kebakaran"))
    assert posts.reached(center, NOW, nothing_yet(center), patient).reach.now > 0.99
    assert posts.proposal(center, nothing_yet(center), patient, crew) is None


def test_an_imported_road_is_driven_and_only_what_it_does_not_reach_is_an_estimate(center: Center) -> None:
    question, past = fire(center, since_report=False), nothing_yet(center)
    crew = posts.crews(center, question.standard)[0]
    west, east = posts.site(center, LonLat(*DETOUR[0])), posts.site(center, LonLat(*DETOUR[-1]))
    straight = {one.zone: one for one in posts.reached(center, NOW, past, question, (east, crew)).reach.zones}
    assert not posts.knows_roads(center)
    an_invented_road(center)
    assert posts.knows_roads(center)
    found = posts.reached(center, NOW, past, question, (east, crew)).reach
    estimates = {one.zone: one.is_estimate for one in found.zones}
    assert not estimates[west.adm_code], "its places lie on the road, and so does a station"
    assert estimates["65.71.04.1001"], "Juata Laut is on no road"
    assert found.is_estimate
    assert set(straight) == set(estimates)
    proposed = posts.proposal(center, past, question, crew)
    assert proposed is not None


def test_a_city_without_a_unit_for_a_standard_has_nobody_and_no_crew_for_a_post(uji: Center) -> None:
    (standard, *_rest) = uji.pack.city.coverage
    for unit in [u for u in registry.units(uji).values() if standard.capability in u.capabilities]:
        entry = next(e for e in registry.entries(uji, "unit") if e.code == unit.unit_code)
        registry.retire(uji, NOW, ADE, "unit", unit.unit_code, entry.version)
    found = posts.reached(uji, NOW, posts.past(uji, EVERY), Question(standard))
    assert posts.crews(uji, standard) == ()
    assert (found.reach.now, found.stations, found.turnouts_s) == (0, (), None)


def test_a_unit_without_its_crew_counts_for_nothing(center: Center) -> None:
    question, past = fire(center), nothing_yet(center)
    (entry,) = (one for one in registry.entries(center, "unit") if one.code == "PMK-UTR-01")
    before = posts.reached(center, NOW, past, question)
    registry.put(
        center, NOW, ADE, "unit", {**entry.row, "personnel": entry.row["crew_min"] - 1}, entry.version
    )
    after = posts.reached(center, NOW, past, question)

    assert [one.station.code for one in after.stations] == ["PMK-BRT", "PMK-HQ"]
    assert after.reach.now < before.reach.now
    (crew,) = posts.crews(center, question.standard)
    assert crew.n == 4
