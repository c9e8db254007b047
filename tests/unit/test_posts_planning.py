"""What the registered units reach within a standard, and what one more post adds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import Planning

ZONES = ("A", "A", "B", "B")
SECONDS = st.one_of(st.integers(0, 1800), st.just(math.inf))
ROW = st.lists(SECONDS, min_size=6, max_size=6)
SIX = ("A", "B", "B", "C", "C", "C")
WEIGHTS = st.fixed_dictionaries({code: st.integers(0, 9) for code in "AB"} | {"C": st.integers(1, 9)})


def planning(*rows, zone=ZONES, weights=None, standard_s=900, estimate=False):
    times = np.array(rows, dtype=float).reshape(-1, len(zone))
    return Planning(zone, weights or {"A": 1, "B": 3}, times, np.full(times.shape, estimate), standard_s)


def post(times, estimate=False):
    return np.array(times, dtype=float), np.full(len(times), estimate)


def test_shares_and_first_arrivals_worked_by_hand():
    here = planning([100, 900, 901, math.inf], [700, 1000, 2000, math.inf])
    found = here.with_post(*post([2000, 2000, 900, 901]))

    assert (found.now, found.after) == (pytest.approx(0.25), pytest.approx(0.25 + 0.75 / 2))
    first, second = found.zones
    assert (first.zone, first.now, first.after, first.gain) == ("B", 0, 0.5, 0.5)
    assert (first.nearest_s, first.nearest_after_s) == (math.inf, 900.5)
    assert (second.zone, second.now, second.after) == ("A", 1, 1)
    assert (second.nearest_s, second.nearest_after_s) == (500, 500)
    assert [(one.zone, one.now, one.after) for one in here.now().zones] == [("B", 0, 0), ("A", 1, 1)]


def test_the_zones_that_gain_most_stand_first_then_the_worst_then_by_code():
    here = planning([0, 0, 0, 2000, 2000, 2000], zone=("A", "B", "C", "C", "D", "E"), weights={"A": 1})
    found = here.with_post(*post([2000, 2000, 2000, 0, 2000, 0]))
    assert [one.zone for one in found.zones] == ["E", "C", "D", "A", "B"]


def test_only_the_first_arrival_says_whether_it_is_an_estimate():
    here = planning([100, 100, 800, 800])
    late, soon = (
        here.with_post(*post([500, 500, 900, 900], True)),
        here.with_post(*post([500, 500, 1, 900], True)),
    )
    assert not late.is_estimate
    assert soon.is_estimate
    assert {one.zone: one.is_estimate for one in soon.zones} == {"A": False, "B": True}
    assert planning([1, 1, 1, 1], estimate=True).now().is_estimate


def test_a_city_without_units_is_reached_by_the_post_alone():
    found = planning().with_post(*post([0, 0, 0, 2000]))
    assert (found.now, found.after) == (0, pytest.approx(0.25 + 0.375))
    assert planning().now().zones[0].nearest_s == math.inf


@given(st.lists(ROW, max_size=4), ROW, WEIGHTS, st.integers(1, 1800))
def test_a_post_never_lowers_a_share_and_the_city_is_the_weighted_mean(rows, added, weights, standard_s):
    here = planning(*rows, zone=SIX, weights=weights, standard_s=standard_s)
    found = here.with_post(*post(added))
    assert found.after >= found.now - 1e-12
    assert all(0 <= one.now <= one.after <= 1 for one in found.zones)
    assert all(one.nearest_after_s <= one.nearest_s for one in found.zones)
    total = sum(weights.values())
    for city, shares in (
        (found.now, {one.zone: one.now for one in found.zones}),
        (found.after, {one.zone: one.after for one in found.zones}),
    ):
        assert city == pytest.approx(sum(weights[code] * share for code, share in shares.items()) / total)


@given(st.lists(ROW, max_size=3), st.lists(ROW, min_size=1, max_size=6), WEIGHTS)
def test_the_best_post_is_at_least_as_good_as_every_other(rows, posts, weights):
    here = planning(*rows, zone=SIX, weights=weights)
    reached = [here.with_post(*post(times)).after for times in posts]
    best = here.best(np.array(posts, dtype=float))
    if best is None:
        assert max(reached) == pytest.approx(here.now().now)
    else:
        assert reached[best] == pytest.approx(max(reached))
        assert reached[best] > here.now().now


def test_of_posts_that_reach_as_many_the_sooner_one_and_none_where_none_helps():
    here = planning([0, 2000, 2000, 2000])
    assert here.best(np.array([[0, 0, 0, 0], [2000, 2000, 2000, 2000]])) == 0
    assert here.best(np.array([[2000, 2000, 800, 2000], [2000, 2000, 100, 2000]])) == 1
    assert here.best(np.array([[0, 901, 901, 901]])) is None
    assert here.best(np.empty((0, 4))) is None


def test_a_city_without_any_weight_is_refused():
    with pytest.raises(ValueError, match="no place"):
        planning([1, 1, 1, 1], weights={"X": 1})
