"""What was suggested beside what was chosen, the alarm level, and what a choice leaves uncovered: stored."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import center_builders
import numpy as np
import pytest
from builders import ANI, DEDI, PUTRI
from test_unit_journeys import changed
from test_ways_by_road import an_invented_road

from database import cases
from domain.case import Case, Incident
from domain.errors import BadInput, NotPermitted
from domain.suggest import Candidate
from domain.units import UnitState
from domain.words import CallClass, Channel, UnitStatus
from geo.points import LonLat
from services import assignment, coverage, intake, places, registry
from services.assignment import promise, suggested_unit
from services.center import Center, Settings, close_center, open_center
from services.change import CaseRef
from services.intake import Report
from services.roads import network_path
from services.suggestion import Suggested, suggest_for

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
TOWN = LonLat(117.59, 3.307)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


def opened(center: Center, kind: str = "L-FIR1", place: LonLat = TOWN, now: datetime = DAY) -> Case:
    report = Report(
        narrative="Api besar",
        no_number_reason="radio",
        anonymous_reason="radio",
        incident=Incident(type_code=kind, victims_unknown=True),
        location=places.place_at(center, place, "di rumah"),
    )
    case = intake.take_call(center, now, ANI, Channel.RADIO, report)
    return intake.classify(center, now, DEDI, seen(case), CallClass.NORMAL)


def seen(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)


def ask(center: Center, case: Case, minute: float = 0) -> Suggested:
    return suggest_for(center, DAY + timedelta(minutes=minute), case)


def propose(
    center: Center, case: Case, found: Suggested, picked: list[Candidate], reason: str = "", minute: float = 0
) -> Case:
    """Propose as the screen does: promises of the ticked, and all that is recommended beside them."""
    return assignment.propose(
        center,
        DAY + timedelta(minutes=minute),
        PUTRI,
        seen(case),
        tuple(promise(c) for c in picked),
        tuple(suggested_unit(c) for c in found.suggestion.recommended),
        reason,
    )


def codes(candidates: tuple[Candidate, ...] | list[Candidate]) -> list[str]:
    return [c.state.unit.unit_code for c in candidates]


def of_kind(found: Suggested, capability: str, *, recommended: bool) -> list[Candidate]:
    return [c for c in found.suggestion.candidates if capability in c.fills and c.recommended is recommended]


def kept(center: Center, case: Case) -> Case:
    """Return the case as it is stored, after making sure that its trail alone gives the same."""
    stored = cases.get(center.db.read(), case.case_id)
    assert cases.rebuilt(center.db.read(), case.case_id) == stored
    return stored


# --- another choice -------------------------------------------------------------------------------


def test_another_engine_than_suggested_needs_a_reason_and_no_unit_is_held_without_it(center: Center) -> None:
    case = opened(center)
    found = ask(center, case)
    passed = of_kind(found, "fire_engine", recommended=True)[-1]
    instead = of_kind(found, "fire_engine", recommended=False)[0]
    picked = [c for c in found.suggestion.recommended if c is not passed] + [instead]
    with pytest.raises(BadInput) as refused:
        propose(center, case, found, picked)
    assert codes([passed])[0] in refused.value.sentence()
    assert codes([instead])[0] in refused.value.sentence()
    assert kept(center, case) == case
    states = registry.unit_states(center, DAY)
    assert {s.status for s in states} <= {UnitStatus.AVAILABLE, UnitStatus.OUT_OF_SERVICE}

    case = propose(center, case, found, picked, "Regu sedang latihan di dekat lokasi")
    (choice,) = kept(center, case).proposals
    assert (choice.at, choice.by, choice.alarm_level) == (DAY, PUTRI.name, 1)
    assert choice.reason == "Regu sedang latihan di dekat lokasi"
    assert choice.suggested == tuple(suggested_unit(c) for c in found.suggestion.recommended)
    assert sorted(choice.chosen) == sorted(codes(picked))
    assert (choice.passed_over, choice.added) == (tuple(codes([passed])), tuple(codes([instead])))
    promised = {c.state.unit.unit_code: (c.reach.eta_s, c.reach.method) for c in found.suggestion.recommended}
    assert {u.unit_code: (u.eta_s, u.method) for u in choice.suggested} == promised


@pytest.mark.parametrize("change", ["as suggested", "one fewer", "one more"])
def test_as_suggested_more_or_fewer_needs_no_reason(center: Center, change: str) -> None:
    case = opened(center)
    found = ask(center, case)
    picked = list(found.suggestion.recommended)
    if change == "one fewer":
        picked.pop()
    if change == "one more":
        picked.append(of_kind(found, "ambulance", recommended=False)[0])
    case = propose(center, case, found, picked)
    (choice,) = kept(center, case).proposals
    assert choice.reason is None
    assert sorted(choice.chosen) == sorted(codes(picked))


def test_a_second_proposal_says_nothing_of_what_the_first_one_brought(center: Center) -> None:
    case = opened(center)
    found = ask(center, case)
    first, *rest = found.suggestion.recommended
    case = propose(center, case, found, [first])
    again = ask(center, case, 1)
    assert set(codes([first])) <= set(codes(again.suggestion.recommended)), "its own units fill its plan"
    others = [c for c in again.suggestion.recommended if c.state.case_id is None]
    case = propose(center, case, again, others, minute=1)
    choices = kept(center, case).proposals
    assert [choice.passed_over for choice in choices] == [tuple(codes(rest)), ()]
    assert choices[1].chosen == tuple(codes(others))


# --- alarm level ----------------------------------------------------------------------------------


def wanted(found: Suggested) -> int:
    return len(found.suggestion.recommended) + sum(s.missing for s in found.suggestion.shortfalls)


def test_a_higher_alarm_asks_for_more_units_and_agencies_and_lasts_through_corrections(
    center: Center,
) -> None:
    case = opened(center)
    plan = registry.incident_type(center, "L-FIR1")
    first = wanted(ask(center, case))
    assert case.notice("SATPOLPP") is not None and not case.notice("SATPOLPP").required  # type: ignore[union-attr]
    case = assignment.set_alarm(center, DAY, PUTRI, seen(case), plan.top_alarm)
    assert kept(center, case).alarm_level == plan.top_alarm == 3
    for agency in ("SATPOLPP", "BPBD"):
        notice = case.notice(agency)
        assert notice is not None and notice.required, agency
    found = ask(center, case)
    assert found.alarm == 3
    assert wanted(found) == first + sum(need.count for level in plan.alarms for need in level)

    moved = places.place_at(center, LonLat(117.6, 3.31), "pindah")
    case = intake.update_details(
        center,
        DAY,
        DEDI,
        seen(case),
        incident=Incident(type_code="L-FIR1", victims_estimate=2),
        location=moved,
    )
    assert kept(center, case).alarm_level == 3
    assert case.notice("BPBD").required  # type: ignore[union-attr]
    case = assignment.set_alarm(center, DAY, PUTRI, seen(case), 1)
    assert wanted(ask(center, case)) == first
    assert not case.notice("BPBD").required  # type: ignore[union-attr]


def test_the_alarm_is_refused_to_others_out_of_range_and_without_a_type(center: Center) -> None:
    case = opened(center)
    with pytest.raises(NotPermitted):
        assignment.set_alarm(center, DAY, DEDI, seen(case), 2)
    for level in (0, 4):
        with pytest.raises(BadInput, match="1 sampai 3"):
            assignment.set_alarm(center, DAY, PUTRI, seen(case), level)
    unknown = intake.take_call(
        center,
        DAY,
        ANI,
        Channel.RADIO,
        Report("Ada asap", no_number_reason="radio", anonymous_reason="radio"),
    )
    unknown = intake.classify(center, DAY, DEDI, seen(unknown), CallClass.NORMAL)
    with pytest.raises(BadInput, match="belum diketahui"):
        assignment.set_alarm(center, DAY, PUTRI, seen(unknown), 2)
    assert kept(center, case).alarm_level == 1


def test_the_alarm_is_an_event_of_its_own(center: Center) -> None:
    case = opened(center)
    assignment.set_alarm(center, DAY, PUTRI, seen(case), 2)
    last = cases.events(center.db.read(), case.case_id)[-1]
    assert (last.action, last.actor, last.after["alarm_level"]) == ("raise_alarm", "Putri", 2)
    assert last.before["alarm_level"] == 1


# --- what a choice leaves uncovered ---------------------------------------------------------------


def covered(center: Center, states: tuple[UnitState, ...], now: datetime = DAY) -> dict[str, float]:
    """Return the covered share of the city by capability."""
    found = coverage.coverage(center, now, states)
    assert found is not None
    return {left.standard.capability: left.after for left in found.whole()}


def zone_shares(center: Center, now: datetime = DAY) -> dict[str, float]:
    """Return the covered share of each kelurahan for fires."""
    found = coverage.coverage(center, now, registry.unit_states(center, now))
    assert found is not None
    fires = next(left for left in found.whole() if left.standard.capability == "fire_engine")
    return {zone.zone: zone.after for zone in fires.zones}


def test_a_unit_that_is_away_covers_nothing(center: Center) -> None:
    before = covered(center, registry.unit_states(center, DAY))
    shares = zone_shares(center)
    registry.set_service(center, DAY, PUTRI, "PMK-UTR-01", "ban bocor")
    after = covered(center, registry.unit_states(center, DAY))
    assert after["fire_engine"] < before["fire_engine"]
    assert after["ambulance"] == before["ambulance"]
    lost = {code for code, share in zone_shares(center).items() if share < shares[code]}
    assert lost
    assert all(center.pack.kelurahan[code].kecamatan == "Tarakan Utara" for code in lost)


@pytest.mark.parametrize(
    ("change", "covers"),
    [
        ({}, True),
        ({"status": UnitStatus.RETURNING, "fix_age_s": 60}, True),
        ({"status": UnitStatus.RETURNING}, False),
        ({"status": UnitStatus.PROPOSED}, False),
        ({"status": UnitStatus.EN_ROUTE, "fix_age_s": 60}, False),
        ({"fix_age_s": 601}, False),
        ({"fix_age_s": 600}, True),
    ],
)
def test_only_who_stands_ready_and_is_known_to_be_there_covers(
    center: Center, change: dict[str, object], covers: bool
) -> None:
    states = {s.unit.unit_code: s for s in registry.unit_states(center, DAY)}
    one = states["PMK-UTR-01"]
    alone = covered(center, (replace(one, **change),))  # type: ignore[arg-type]
    assert (alone["fire_engine"] > 0) == covers
    assert alone["ambulance"] == 0


def test_a_crew_too_small_covers_nothing(center: Center) -> None:
    before = covered(center, registry.unit_states(center, DAY))["fire_engine"]
    with changed(center, "unit", "PMK-UTR-01", personnel=3):
        assert covered(center, registry.unit_states(center, DAY))["fire_engine"] < before


def test_by_night_a_longer_turnout_covers_less(center: Center) -> None:
    night = datetime(2026, 1, 14, 18, 0, tzinfo=UTC)
    states = registry.unit_states(center, DAY)
    assert covered(center, states, night)["fire_engine"] < covered(center, states)["fire_engine"]


def test_a_kelurahan_weighs_one_more_than_its_normal_calls_of_the_year(center: Center) -> None:
    busy = center.pack.kelurahan["65.71.01.1001"]
    for _ in range(4):
        opened(center, place=busy.point)
    prank = intake.take_call(
        center,
        DAY,
        ANI,
        Channel.RADIO,
        Report(
            "iseng", no_number_reason="x", anonymous_reason="x", location=places.place_at(center, busy.point)
        ),
    )
    prank = intake.propose_class(center, DAY, ANI, seen(prank), CallClass.PRANK)
    intake.classify(center, DAY, DEDI, seen(prank), CallClass.PRANK)
    opened(center, place=busy.point, now=DAY - timedelta(days=center.pack.city.demand_days + 2))
    weights = coverage.demand(center, DAY)
    assert weights.pop(busy.code) == 5
    assert set(weights.values()) == {1}
    assert len(weights) == len(center.pack.kelurahan) - 1


def test_demand_is_read_once_a_day(center: Center) -> None:
    busy = center.pack.kelurahan["65.71.01.1001"]
    assert coverage.demand(center, DAY)[busy.code] == 1
    opened(center, place=busy.point)
    assert coverage.demand(center, DAY + timedelta(hours=1))[busy.code] == 1
    assert coverage.demand(center, DAY + timedelta(days=1))[busy.code] == 2


def test_what_is_in_demand_weighs_more_in_what_stays_covered(center: Center) -> None:
    """The share of the city is that of its kelurahan, each by its weight."""
    shares = zone_shares(center)
    worst = min(shares, key=lambda code: (shares[code], code))
    before = covered(center, registry.unit_states(center, DAY))["fire_engine"]
    assert before == pytest.approx(np.mean(list(shares.values())))
    assert shares[worst] < before
    for _ in range(30):
        opened(center, place=center.pack.kelurahan[worst].point)
    tomorrow = DAY + timedelta(days=1)
    weights = coverage.demand(center, tomorrow)
    assert weights[worst] == 31
    after = covered(center, registry.unit_states(center, tomorrow), tomorrow)["fire_engine"]
    assert after < before
    expected = sum(weights[code] * share for code, share in shares.items()) / sum(weights.values())
    assert after == pytest.approx(expected)


def test_coverage_says_whether_it_is_an_estimate(center: Center) -> None:
    found = coverage.coverage(center, DAY, registry.unit_states(center, DAY))
    assert found is not None and found.is_estimate
    an_invented_road(center)
    assert network_path(center.settings).exists()
    found = coverage.coverage(center, DAY, registry.unit_states(center, DAY))
    assert found is not None and found.is_estimate, "one road does not reach every place"


def test_a_city_watches_what_its_pack_says(tmp_path: Path) -> None:
    center = open_center(center_builders.settings(tmp_path))
    try:
        found = coverage.coverage(center, DAY, registry.unit_states(center, DAY))
        assert found is not None
        (left,) = found.whole()
        assert (left.standard.capability, left.standard.standard_s) == ("pump", 600)
        assert [zone.zone for zone in left.zones] == ["99.01.01.1001", "99.01.01.1002"]
        assert left.after == pytest.approx(1)
    finally:
        close_center()


def test_the_suggestion_carries_the_coverage_that_it_was_checked_against(center: Center) -> None:
    case = opened(center, kind="L-TRP")
    found = ask(center, case)
    assert found.suggestion.coverage is not None
    assert suggest_for(center, DAY, case, with_coverage=False).suggestion.coverage is None
    (left,) = found.suggestion.coverage.leaves(["PMK-UTR-01"])
    assert left.loss > 0
