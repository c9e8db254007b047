"""The plan is filled as a set: most places, then the earliest last arrival, then the smallest sum."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from domain.fill import best_set


@st.composite
def problems(draw, most_units=5, most_places=4):
    units = draw(st.integers(0, most_units))
    places = draw(st.integers(1, most_places))
    times = draw(st.lists(st.integers(0, 8), min_size=units, max_size=units))
    able = draw(st.lists(st.booleans(), min_size=units * places, max_size=units * places))
    return np.array(times, dtype=float), np.array(able, dtype=bool).reshape(units, places)


def value(times, chosen):
    """Lower is better: empty places, last arrival, sum."""
    arrivals = [times[unit] for unit in chosen if unit is not None]
    return chosen.count(None), max(arrivals, default=0), sum(arrivals)


def every_set(able):
    units, places = able.shape
    for chosen in product([None, *range(units)], repeat=places):
        taken = [unit for unit in chosen if unit is not None]
        if len(set(taken)) == len(taken) and all(able[u, p] for p, u in enumerate(chosen) if u is not None):
            yield list(chosen)


@given(problems())
@settings(max_examples=300)
def test_no_other_set_is_better(problem):
    times, able = problem
    chosen = best_set(times, able)
    assert chosen in list(every_set(able))
    assert value(times, chosen) == min(value(times, other) for other in every_set(able))


@given(problems(most_units=25, most_places=8))
@settings(max_examples=60, deadline=None)
def test_an_integer_program_finds_nothing_better(problem):
    """The same three aims one after the other, by scipy's milp."""
    times, able = problem
    found = value(times, best_set(times, able))
    assert found == pytest.approx(by_milp(times, able))


def by_milp(times, able):
    units, places = able.shape
    if not units:
        return places, 0, 0
    count = units * places
    one_each = np.zeros((units, count + 1))
    one_unit = np.zeros((places, count + 1))
    late = np.zeros((count, count + 1))
    for unit in range(units):
        for place in range(places):
            k = unit * places + place
            one_each[unit, k] = one_unit[place, k] = 1
            late[k, k], late[k, count] = times[unit], -1
    rules = [
        LinearConstraint(np.vstack([one_each, one_unit]), -np.inf, 1),
        LinearConstraint(late, -np.inf, 0),
    ]
    high = np.append(able.ravel().astype(float), np.inf)
    bounds = Bounds(np.zeros(count + 1), high)
    whole = np.append(np.ones(count), 0)

    def solve(aim, extra):
        return milp(aim, constraints=[*rules, *extra], bounds=bounds, integrality=whole)

    filled_row = np.append(np.ones(count), 0)
    most = round(-solve(-filled_row, []).fun)
    filled = LinearConstraint(filled_row, most, most)
    latest = solve(np.append(np.zeros(count), 1), [filled]).fun
    last = LinearConstraint(np.append(np.zeros(count), 1), -np.inf, latest + 1e-6)
    total = solve(np.append(np.repeat(times, places), 0), [filled, last]).fun
    return places - most, latest, total


def test_equal_times_go_to_the_earlier_row_and_an_empty_place_is_the_least_important_one():
    able = np.array([[True, True], [True, True], [True, True]])
    assert sorted(best_set(np.array([4.0, 4.0, 4.0]), able)) == [0, 1]
    assert best_set(np.array([4.0]), np.array([[True, True]])) == [0, None]


def test_the_last_arrival_counts_before_the_sum():
    """Unit 0 could do both; spending it on the first place (sum 11) would make the second wait 10."""
    times = np.array([1.0, 7.0, 10.0])
    able = np.array([[True, True], [True, False], [False, True]])
    assert best_set(times, able) == [1, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_a_time_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        best_set(np.array([bad]), np.array([[True]]))
    with pytest.raises(ValueError, match="one time"):
        best_set(np.array([1.0, 2.0]), np.array([[True]]))


def test_nothing_to_fill_and_nobody_to_fill_it():
    assert best_set(np.empty(0), np.empty((0, 2), dtype=bool)) == [None, None]
    assert best_set(np.array([1.0]), np.empty((1, 0), dtype=bool)) == []
