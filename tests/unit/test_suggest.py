"""Eligible first, then the nearest; what is missing is named with its reason."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import Coverage, CoverageStandard
from domain.response_plan import IncidentType, Requirement
from domain.suggest import Limits, Obstacle, suggest
from domain.units import Unit, UnitState
from domain.words import Domain, Mode, UnitStatus
from geo.errors import BeyondEndurance, DifferentIslands
from geo.points import LonLat
from geo.reach import Reach, leg

HERE, THERE = LonLat(117.6, 3.3), LonLat(117.66, 3.31)
S = UnitStatus


def unit(
    code,
    agency="PMK",
    capabilities=("engine",),
    status=S.AVAILABLE,
    fix_age_s=None,
    case_id=None,
    mode=Mode.LAND,
    **more,
):
    made = Unit(code, agency, "x", mode, frozenset(capabilities), "P", 30, 60, 90, 4, **more)
    return UnitState(made, status, HERE, fix_age_s, case_id)


def plan(*needs, optional=()):
    required = tuple(Requirement(agency, capability, count) for agency, capability, count in needs)
    return IncidentType("L-X", "x", Domain.LAND, 1, needs[0][0], required, tuple(optional))


def ways(**minutes):
    """A cost function from minutes by unit code (dashes as underscores); None is unreachable."""

    def cost(state):
        found = minutes[state.unit.unit_code.replace("-", "_")]
        if found is None:
            raise DifferentIslands()
        if found == "fuel":
            raise BeyondEndurance(needed_min=90, endurance_min=60)
        return Reach((leg("land", 1000, found * 60, "estimate", (HERE, THERE)),))

    return cost


def order(found):
    return [(c.state.unit.unit_code, c.recommended) for c in found.candidates]


def test_the_nearest_units_fill_the_plan_and_the_others_follow_by_time():
    units = (unit("A"), unit("B"), unit("C"))
    found = suggest(plan(("PMK", "engine", 2)), Domain.LAND, units, ways(A=9, B=3, C=5))
    assert order(found) == [("B", True), ("C", True), ("A", False)]
    assert [c.rank for c in found.candidates] == [1, 2, 3]
    assert not found.shortfalls


def test_ties_break_by_unit_code():
    units = (unit("B"), unit("A"))
    assert order(suggest(plan(("PMK", "engine", 1)), Domain.LAND, units, ways(A=4, B=4)))[0] == ("A", True)


def test_a_versatile_unit_is_not_spent_where_a_plain_one_would_do():
    units = (unit("A", capabilities=("engine", "cutting")), unit("B"))
    needs = plan(("PMK", "engine", 1), ("PMK", "cutting", 1))
    found = suggest(needs, Domain.LAND, units, ways(A=2, B=8))
    assert order(found) == [("A", True), ("B", True)]
    assert not found.shortfalls


def test_a_unit_on_its_way_back_without_a_position_comes_after_all_that_stand_ready():
    units = (unit("A", status=S.RETURNING), unit("B"), unit("C", status=S.RETURNING, fix_age_s=20))
    found = suggest(plan(("PMK", "engine", 1)), Domain.LAND, units, ways(A=1, B=9, C=5))
    assert [code for code, _ in order(found)] == ["C", "B", "A"]


@pytest.mark.parametrize(
    ("units", "reason"),
    [
        ((), Obstacle.NO_UNIT),
        ((unit("A", "POLRI"),), Obstacle.NO_UNIT),
        ((unit("A", status=S.ON_SCENE),), Obstacle.HELD),
        ((unit("A", status=S.PROPOSED),), Obstacle.HELD),
        ((unit("A", status=S.OUT_OF_SERVICE),), Obstacle.OUT_OF_SERVICE),
        ((unit("X"),), Obstacle.UNREACHABLE),
        ((unit("F"),), Obstacle.ENDURANCE),
        ((unit("A", crew_min=5),), Obstacle.NOT_CREWED),
        ((unit("A", fix_age_s=601),), Obstacle.STALE_POSITION),
        ((unit("A", mode=Mode.SEA, sea_limit_m=1.5),), Obstacle.SEA_STATE),
        ((unit("X"), unit("A", status=S.OUT_OF_SERVICE), unit("B", crew_min=9)), Obstacle.NOT_CREWED),
    ],
)
def test_a_shortfall_says_why(units, reason):
    limits = Limits(wave_m=1.6, position_max_age_s=600)
    cost = ways(A=1, X=None, F="fuel")
    found = suggest(plan(("PMK", "engine", 2)), Domain.LAND, units, cost, limits=limits)
    (missing,) = found.shortfalls
    assert {item.state for item in missing.blocked} == {u for u in units if u.unit.agency == "PMK"}
    assert (missing.agency, missing.capability, missing.missing, missing.reason) == (
        "PMK",
        "engine",
        2,
        reason,
    )
    assert not found.recommended


def test_units_left_out_are_listed_with_what_keeps_them():
    units = (unit("A", status=S.ON_SCENE), unit("X"))
    found = suggest(plan(("PMK", "engine", 1)), Domain.LAND, units, ways(A=1, X=None))
    assert [(u.state.unit.unit_code, type(u.why)) for u in found.left_out] == [
        ("A", type(None)),
        ("X", DifferentIslands),
    ]


def test_units_that_the_case_holds_already_fill_its_plan_first():
    units = (unit("A"), unit("B", status=S.PROPOSED, case_id="k"))
    found = suggest(plan(("PMK", "engine", 1)), Domain.LAND, units, ways(A=1, B=9), keep=frozenset({"B"}))
    assert order(found) == [("A", False), ("B", True)]


def test_a_unit_that_is_only_wanted_under_a_condition_is_listed_and_never_recommended():
    optional = (Requirement("PMI", "first_aid", 1, "korban banyak"),)
    units = (unit("A"), unit("P", "PMI", ("first_aid",)))
    found = suggest(plan(("PMK", "engine", 1), optional=optional), Domain.LAND, units, ways(A=5, P=1))
    assert order(found) == [("P", False), ("A", True)]


@given(
    times=st.dictionaries(st.sampled_from("ABCDEFGH"), st.integers(1, 90), min_size=1),
    count=st.integers(1, 5),
)
def test_the_recommended_ones_are_the_earliest_and_none_counts_twice(times, count):
    units = tuple(unit(code) for code in sorted(times))
    found = suggest(plan(("PMK", "engine", count)), Domain.LAND, units, ways(**times))
    chosen = [c.state.unit.unit_code for c in found.recommended]
    assert chosen == sorted(times, key=lambda code: (times[code], code))[:count]
    assert sum(s.missing for s in found.shortfalls) == max(0, count - len(times))


# --- eligible first -------------------------------------------------------------------------------


def test_limits_are_reached_only_beyond_them_and_never_by_what_was_not_told():
    able = (
        unit("A", fix_age_s=600),
        unit("B", mode=Mode.SEA, sea_limit_m=1.6),
        unit("C", mode=Mode.SEA),
        unit("D", crew_min=4),
    )
    limits = Limits(wave_m=1.6, position_max_age_s=600)
    cost = ways(A=1, B=2, C=3, D=4)
    assert len(suggest(plan(("PMK", "engine", 9)), Domain.LAND, able, cost, limits=limits).candidates) == 4
    rough = (unit("B", mode=Mode.SEA, sea_limit_m=0.5),)
    assert suggest(plan(("PMK", "engine", 1)), Domain.LAND, rough, cost).candidates


def test_a_vehicle_that_carries_a_boat_is_kept_back_by_the_waves_only_where_it_would_sail():
    carrier = (unit("A", sea_limit_m=1.0, sail_kmh=15.0),)
    needs, limits = plan(("PMK", "engine", 1)), Limits(wave_m=2.0)
    assert suggest(needs, Domain.LAND, carrier, ways(A=5), limits=limits).candidates

    def sails(state):
        legs = (
            leg("land", 1000, 60, "estimate", (HERE, THERE)),
            leg("sea", 900, 90, "water_route", (HERE, THERE)),
        )
        return Reach(legs)

    found = suggest(needs, Domain.SEA, carrier, sails, limits=limits)
    assert [item.obstacle for item in found.left_out] == [Obstacle.SEA_STATE]
    assert "2.0" in found.left_out[0].why.sentence()


def test_what_the_case_holds_already_is_not_asked_again_whether_it_may_go():
    own = (unit("A", status=S.EN_ROUTE, case_id="k", fix_age_s=9999, crew_min=9),)
    limits = Limits(wave_m=9.0, position_max_age_s=1)
    found = suggest(plan(("PMK", "engine", 1)), Domain.LAND, own, ways(A=9), frozenset({"A"}), limits=limits)
    assert order(found) == [("A", True)]
    assert not found.shortfalls


# --- filled as a set ------------------------------------------------------------------------------


def test_the_set_is_chosen_so_that_the_last_one_is_there_soonest():
    """One by one, the versatile A would go as engine and the cutter be there after 30 minutes."""
    units = (unit("A", capabilities=("engine", "cutting")), unit("B"), unit("C", capabilities=("cutting",)))
    needs = plan(("PMK", "engine", 1), ("PMK", "cutting", 1))
    found = suggest(needs, Domain.LAND, units, ways(A=2, B=8, C=30))
    assert [code for code, chosen in order(found) if chosen] == ["A", "B"]


def test_levels_of_alarm_add_up():
    base = plan(("PMK", "engine", 1), ("SAR", None, 1))
    kind = IncidentType(
        base.code,
        base.label,
        base.domain,
        1,
        "PMK",
        base.required,
        alarms=(
            (Requirement("PMK", "engine", 2), Requirement("MEDIS", "ambulance", 1)),
            (Requirement("SAR", None), Requirement("PMK", "tanker", 1)),
        ),
    )
    wanted = {
        level: [(n.agency, n.capability, n.count) for n in kind.at_alarm(level).required]
        for level in (1, 2, 3)
    }
    assert wanted[1] == [("PMK", "engine", 1), ("SAR", None, 1)]
    assert wanted[2] == [("PMK", "engine", 3), ("SAR", None, 1), ("MEDIS", "ambulance", 1)]
    assert wanted[3] == [*wanted[2], ("PMK", "tanker", 1)]
    assert kind.top_alarm == 3
    assert kind.at_alarm(9).required == kind.at_alarm(3).required
    with pytest.raises(ValueError, match="alarm"):
        kind.at_alarm(0)


# --- coverage decides between equals only ---------------------------------------------------------


def watched(codes, *rows):
    standard = CoverageStandard("engine", 900, "Kebakaran")
    times = np.array(rows, dtype=float)
    return Coverage(("K",) * times.shape[1], {"K": 1}, [(standard, codes, times)], is_estimate=True)


def of_priority(priority):
    return dataclasses.replace(plan(("PMK", "engine", 1)), priority=priority)


def test_among_units_a_minute_apart_the_one_that_leaves_less_uncovered_goes():
    units = (unit("A"), unit("B"))
    alone = watched(("A", "B"), [0, 0], [9999, 9999])  # only A covers anything
    cost = ways(A=5, B=6)
    found = suggest(of_priority(2), Domain.LAND, units, cost, coverage=alone)
    assert order(found) == [("A", False), ("B", True)]
    assert [c.instead_of for c in found.candidates] == [None, "A"]
    assert found.coverage is alone


@pytest.mark.parametrize(
    ("priority", "minutes", "capabilities"),
    [(1, 6, ("engine",)), (2, 6.02, ("engine",)), (2, 6, ("tanker",))],
)
def test_coverage_never_decides_at_priority_one_beyond_a_minute_or_for_less_able_units(
    priority, minutes, capabilities
):
    units = (unit("A"), unit("B", capabilities=capabilities))
    alone = watched(("A", "B"), [0, 0], [9999, 9999])
    found = suggest(of_priority(priority), Domain.LAND, units, ways(A=5, B=minutes), coverage=alone)
    assert next(code for code, chosen in order(found) if chosen) == "A"


def test_the_priority_of_the_case_counts_before_that_of_the_plan():
    units = (unit("A"), unit("B"))
    alone = watched(("A", "B"), [0, 0], [9999, 9999])
    found = suggest(of_priority(3), Domain.LAND, units, ways(A=5, B=6), coverage=alone, priority=1)
    assert order(found)[0] == ("A", True)


def test_a_unit_that_was_sent_counts_for_the_plan_though_its_way_cannot_be_worked_out():
    """Storm or an empty tank on the way: it is still on its way, and nobody must be sent in its place."""
    own = unit("X", status=S.EN_ROUTE, case_id="k")
    needs = plan(("PMK", "engine", 1))
    for lost in (None, "fuel"):
        found = suggest(needs, Domain.LAND, (own, unit("A")), ways(X=lost, A=5), frozenset({"X"}))
        assert not found.shortfalls
        assert not found.left_out
        assert [c.state.unit.unit_code for c in found.recommended] == ["X"]
        assert not next(c for c in found.candidates if c.state is own).reach.is_known
