"""Two incidents at once: said when the nearest unit for one costs the other more than it saves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.joint import Standing, Want, open_places, trade
from domain.response_plan import IncidentType, Requirement
from domain.units import Unit, UnitState
from domain.words import Domain, Mode, UnitStatus
from geo.points import LonLat

ENGINE = Requirement("PMK", "engine")
MIN = 60.0


def unit(code, *capabilities):
    made = Unit(code, "PMK", "x", Mode.LAND, frozenset(capabilities or ("engine",)), "P", 30, 60, 90, 4)
    return UnitState(made, UnitStatus.AVAILABLE, LonLat(117.6, 3.3), None)


UNITS = {code: unit(code) for code in "ABCD"}


def want(case_id, priority=1, count=1, need=ENGINE, **minutes):
    return Want(case_id, priority, (need,) * count, {code: m * MIN for code, m in minutes.items()})


def test_the_nearest_is_left_to_the_other_where_it_saves_more_there():
    found = trade(want("here", A=5, B=7), [want("there", A=6, B=40)], UNITS)
    assert found.leave == (("A", "there"),)
    assert found.take == ("B",)
    assert found.here == (Standing(0, 300, 300), Standing(0, 420, 420))
    assert found.there == (("there", Standing(0, 2400, 2400), Standing(0, 360, 360)),)


def test_nothing_is_said_where_it_saves_less_than_it_costs_or_less_than_a_minute():
    assert trade(want("here", A=5, B=30), [want("there", A=6, B=20)], UNITS) is None
    assert trade(want("here", A=5, B=7), [want("there", A=6, B=8.9)], UNITS) is None
    assert trade(want("here", A=5), [], UNITS) is None


def test_a_higher_priority_never_waits_for_a_lower_one_and_the_lower_one_does():
    here, there = {"A": 5, "B": 7}, {"A": 6, "B": 90}
    assert trade(want("here", 1, **here), [want("there", 2, **there)], UNITS) is None
    found = trade(want("here", 2, **here), [want("there", 1, **there)], UNITS)
    assert found.leave == (("A", "there"),)


def test_a_unit_is_left_where_the_other_would_otherwise_have_none():
    found = trade(want("here", A=5, B=10), [want("there", A=6)], UNITS)
    (_, before, after) = found.there[0]
    assert (before.empty, after.empty) == (1, 0)


@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 60), min_size=1),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 60), min_size=1),
    st.integers(1, 2),
    st.integers(1, 2),
)
def test_what_is_said_saves_a_minute_over_both_and_names_only_who_changes(here, there, some, more):
    found = trade(want("here", 1, some, **here), [want("there", 1, more, **there)], UNITS)
    if found is None:
        return

    def total(standing):
        return standing.total_s + 4 * 3600 * standing.empty

    ((_, before, after),) = found.there
    assert total(before) - total(after) - (total(found.here[1]) - total(found.here[0])) >= MIN
    assert not {code for code, _ in found.leave} & set(found.take)
    assert all(case == "there" for _, case in found.leave)


def test_open_places_are_those_that_own_units_do_not_fill():
    plan = IncidentType(
        "L", "L", Domain.LAND, 1, "PMK",
        (Requirement("PMK", "engine", 2), Requirement("PMK", "tanker", 1), Requirement("PLN")),
    )  # fmt: skip
    assert [need.capability for need in open_places(plan, [])] == ["engine", "engine", "tanker"]
    both = unit("X", "engine", "tanker")
    assert [need.capability for need in open_places(plan, [both])] == ["engine", "tanker"]
    assert [need.capability for need in open_places(plan, [both, unit("Y")])] == ["tanker"]


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")])
def test_the_answer_does_not_depend_on_the_order_of_units(order):
    here = {code: {"A": 5, "B": 7}[code] for code in order}
    there = {code: {"A": 6, "B": 40}[code] for code in order}
    assert trade(want("here", **here), [want("there", **there)], UNITS).take == ("B",)
