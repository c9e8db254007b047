"""Eligible first, then the nearest; what is missing is named with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.response_plan import IncidentType, Requirement
from domain.suggest import ShortfallReason, suggest
from domain.units import Unit, UnitState
from domain.words import Domain, Mode, UnitStatus
from geo.errors import DifferentIslands
from geo.points import LonLat
from geo.reach import Reach, leg

HERE, THERE = LonLat(117.6, 3.3), LonLat(117.66, 3.31)
S = UnitStatus


def unit(code, agency="PMK", capabilities=("engine",), status=S.AVAILABLE, fix_age_s=None, case_id=None):
    made = Unit(code, agency, "x", Mode.LAND, frozenset(capabilities), "P", 30, 60, 90, 4)
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
        ((), ShortfallReason.NO_UNIT),
        ((unit("A", "POLRI"),), ShortfallReason.NO_UNIT),
        ((unit("A", status=S.ON_SCENE),), ShortfallReason.BUSY),
        ((unit("A", status=S.PROPOSED),), ShortfallReason.BUSY),
        ((unit("A", status=S.OUT_OF_SERVICE),), ShortfallReason.OUT_OF_SERVICE),
        ((unit("X"),), ShortfallReason.UNREACHABLE),
    ],
)
def test_a_shortfall_says_why(units, reason):
    found = suggest(plan(("PMK", "engine", 2)), Domain.LAND, units, ways(A=1, X=None))
    (missing,) = found.shortfalls
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
    assert [(u.state.unit.unit_code, type(u.error)) for u in found.left_out] == [
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
