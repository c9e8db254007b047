"""Counts that leave the house: what a reader can work out from a list and its total."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.paper.few import WITHHELD, exact, told
from export.paper.words import FEW


def named(counts):
    return [(f"baris {place}", n) for place, n in enumerate(counts)]


def worlds(lines, total):
    """Every list of counts that fits what was printed: the lines, and the total above them."""
    choices = [
        range(1, 3) if one.words == FEW else range(3, total + 1) if one.words == WITHHELD else (one.n,)
        for one in lines
    ]
    return [found for found in product(*choices) if sum(found) == total]


def small_counts_are_open(counts):
    """Whether each `<3` may be 1 and may be 2 by all that is printed."""
    lines = told(named(counts))
    if lines is None:
        return True
    fitting = worlds(lines, sum(counts))
    assert tuple(counts) in fitting
    return all(
        {found[place] for found in fitting} >= {1, 2} for place, one in enumerate(lines) if one.words == FEW
    )


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_no_list_of_small_numbers_gives_a_small_count_back_by_subtraction(length):
    for counts in product(range(7), repeat=length):
        assert small_counts_are_open(counts), counts


@given(st.lists(st.integers(0, 25), min_size=1, max_size=6))
def test_no_list_gives_a_small_count_back_by_subtraction(counts):
    assert small_counts_are_open(counts)


def test_a_single_small_count_takes_the_smallest_larger_one_with_it():
    lines = told(named([40, 5, 1, 9]))
    assert [one.words for one in lines] == ["40", WITHHELD, FEW, "9"]
    assert [one.n for one in lines] == [40, None, None, 9]


def test_small_counts_that_hide_each_other_take_nothing_else():
    assert [one.words for one in told(named([40, 1, 2, 0]))] == ["40", FEW, FEW, "0"]


def test_without_a_small_count_everything_is_told():
    assert [one.n for one in told(named([3, 0, 12]))] == [3, 0, 12]


def test_a_list_of_small_counts_alone_tells_nothing():
    assert told(named([1, 3, 1])) is None
    assert told(named([2])) is None


def test_inside_the_house_every_count_is_exact():
    assert [(one.words, one.n) for one in exact(named([1, 2, 30]))] == [("1", 1), ("2", 2), ("30", 30)]
