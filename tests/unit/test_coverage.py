"""What a unit leaves uncovered: only what nobody else reaches in time, weighed by kelurahan."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import Coverage, CoverageStandard

FIRE = CoverageStandard("engine", 900, "Kebakaran")
SICK = CoverageStandard("ambulance", 600, "Medis")
ZONES = ("A", "A", "B", "B")


def fire(*rows, codes=("E1", "E2"), weights=None):
    times = np.array(rows, dtype=float)
    return Coverage(ZONES, weights or {"A": 1, "B": 3}, [(FIRE, codes, times)], is_estimate=True)


def test_only_what_nobody_else_reaches_in_time_is_lost():
    here = fire([100, 100, 100, 2000], [2000, 100, 900, 901])
    (left,) = here.leaves(["E1"])
    assert (left.before, left.after) == (pytest.approx(0.25 + 0.375), pytest.approx(0.125 + 0.375))
    assert [(zone.zone, zone.before, zone.after) for zone in left.zones] == [("A", 1.0, 0.5)]
    assert left.loss == pytest.approx(0.125)
    assert here.losses(["E1", "E2", "X"]) == {"E1": pytest.approx(0.125), "E2": 0.0, "X": 0.0}


def test_two_that_go_together_leave_what_each_alone_would_not():
    here = fire([100, 100, 100, 100], [100, 100, 100, 100])
    assert [left.loss for code in ("E1", "E2") for left in here.leaves([code])] == [0, 0]
    (both,) = here.leaves(["E1", "E2"])
    assert (both.before, both.after) == (1, 0)
    assert [zone.zone for zone in both.zones] == ["A", "B"]


def test_a_unit_that_serves_no_standard_leaves_nothing_and_the_whole_names_every_zone():
    here = Coverage(
        ZONES,
        {"A": 1, "B": 1},
        [(FIRE, ("E1",), np.array([[0, 0, 0, 1e4]])), (SICK, (), np.empty((0, 4)))],
        is_estimate=False,
    )
    assert here.leaves(["TRUCK"]) == ()
    fires, sick = here.whole()
    assert (fires.after, sick.after) == (0.75, 0)
    assert [zone.zone for zone in fires.zones] == ["A", "B"]
    assert here.whole(["E1"])[0].after == 0


@given(
    st.lists(st.lists(st.integers(0, 1800), min_size=4, max_size=4), min_size=1, max_size=5),
    st.data(),
)
def test_going_never_covers_more_and_more_going_never_leaves_more(rows, data):
    codes = tuple(f"E{k}" for k in range(len(rows)))
    here = fire(*rows, codes=codes)
    some = data.draw(st.sets(st.sampled_from(codes)))
    more = some | data.draw(st.sets(st.sampled_from(codes)))
    shares = [here.whole(group)[0] for group in ((), some, more)]
    assert 1 + 1e-9 >= shares[0].after >= shares[1].after >= shares[2].after >= 0
    assert shares[1].before == shares[0].after


def test_weights_without_any_weight_are_refused():
    with pytest.raises(ValueError, match="no place"):
        fire([1, 1, 1, 1], codes=("E1",), weights={"C": 1})
