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


def test_nobody_is_left_without_help_for_another_of_the_same_priority():
    """A here saves an hour there, but then the only unit of this casualty is gone."""
    here, there = want("here", 1, A=5), want("there", 1, A=6, B=100)
    assert trade(here, [there], UNITS) is None
    third = want("third", 1, A=9, B=9)
    assert trade(want("here", 1, A=5, B=8), [there, third], UNITS) is None, "the third would have none"


def test_a_higher_priority_may_take_the_only_unit():
    found = trade(want("here", 2, A=5), [want("there", 1, A=6, B=100)], UNITS)
    assert found.leave == (("A", "there"),)
    assert (found.here[0].empty, found.here[1].empty) == (0, 1)


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


def test_a_third_incident_of_little_urgency_does_not_make_seconds_worth_saying():
    """The other saves 54 seconds; a snake elsewhere (priority 4) with a unit of its own changes nothing."""
    here, there = want("here", A=5, B=6), want("there", A=6, B=7.9)
    snake = want("snake", 4, need=Requirement("PMK", "animal"), C=3)
    units = UNITS | {"C": unit("C", "animal")}
    assert trade(here, [there], units) is None
    assert trade(here, [there, snake], units) is None


def test_seconds_for_the_more_urgent_do_not_cost_the_less_urgent_its_unit():
    found = want("here", 2, A=5, B=40), want("there", 1, A=6, B=6.5)
    assert trade(found[0], [found[1]], UNITS) is None
    found = want("here", 2, A=5, B=40), want("there", 1, A=6, B=7.1)
    assert trade(found[0], [found[1]], UNITS).leave == (("A", "there"),)


def test_a_unit_that_takes_five_hours_is_better_than_none():
    """Rubber boats to the far end of the area take that long; leaving the place empty saves nothing."""
    here, there = want("here", A=200, B=300), want("there", A=230)
    found = trade(here, [there], UNITS)
    assert found.take == ("B",)
    assert found.here[1].empty == 0
