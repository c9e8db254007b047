"""What charts are drawn from: nothing is lost in bins, curves end at all, limits and verdicts agree."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import chance, chart_data
from analytics.chance import Verdict

TIMES = st.lists(st.integers(0, 40_000), min_size=1, max_size=200)
STANDARDS = st.sampled_from([None, 15, 480, 900, 127])
GROUPS = st.lists(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1, max_size=12
)


def counted(times: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return np.unique(np.array(times, dtype=np.int64), return_counts=True)


@settings(max_examples=80, deadline=None)
@given(TIMES, STANDARDS)
def test_every_time_lies_in_one_bin(times: list[int], standard: int | None) -> None:
    bins = chart_data.binned(*counted(times), standard)

    assert bins.n == len(times)
    assert bins.over == sum(1 for time in times if time > bins.end_s)
    for i, (low, high, n) in enumerate(bins.rows):
        assert n == sum(1 for time in times if (low < time <= high) or (i == 0 and time == 0))


@settings(max_examples=80, deadline=None)
@given(TIMES, st.sampled_from([15, 480, 900]))
def test_the_bins_up_to_the_standard_hold_those_within_it(times: list[int], standard: int) -> None:
    bins = chart_data.binned(*counted(times), standard)

    if bins.width_s > standard:
        assert bins.width_s % standard == 0
        assert np.quantile(times, 0.95, method="inverted_cdf") > chart_data.MOST_BINS * standard
        return
    assert standard in [high for _low, high, _n in bins.rows]
    assert sum(n for _low, high, n in bins.rows if high <= standard) == sum(
        1 for time in times if time <= standard
    )


@settings(max_examples=80, deadline=None)
@given(TIMES, STANDARDS)
def test_there_are_few_bins_and_few_beyond_them(times: list[int], standard: int | None) -> None:
    bins = chart_data.binned(*counted(times), standard)

    assert 1 <= len(bins.counts) <= chart_data.MOST_BINS + 1
    assert bins.over <= 0.05 * len(times)


def test_bins_are_as_wide_as_n_allows() -> None:
    spread = list(range(0, 3600, 9))

    assert chart_data.binned(*counted(spread[::40]), None).width_s == 600
    assert chart_data.binned(*counted(spread), None).width_s == 240


def test_without_a_time_there_are_no_bins_and_no_curve() -> None:
    nothing = np.array([], dtype=np.int64)

    with pytest.raises(ValueError, match="no time"):
        chart_data.binned(nothing, nothing, 900)
    assert chart_data.fractiles(nothing, nothing) == ()


@settings(max_examples=80, deadline=None)
@given(TIMES)
def test_a_curve_rises_from_nothing_to_all_and_is_exact_where_told(times: list[int]) -> None:
    points = chart_data.fractiles(*counted(times))

    assert points[-1] == (max(times), 1.0)
    assert list(points) == sorted(points)
    assert all(a[0] < b[0] for a, b in zip(points, points[1:], strict=False))
    for at, share in points:
        assert share == pytest.approx(sum(1 for time in times if time <= at) / len(times))


def test_a_long_curve_is_thinned_evenly_by_rank() -> None:
    points = chart_data.fractiles(*counted(list(range(1, 5001))))

    assert len(points) <= chart_data.CURVE_POINTS + 3
    steps = np.diff([share for _at, share in points])
    assert steps.max() < 1.5 / chart_data.CURVE_POINTS


@settings(max_examples=60, deadline=None)
@given(GROUPS)
def test_a_verdict_is_outside_exactly_where_its_mark_is_drawn_outside(groups: list[tuple[int, int]]) -> None:
    named = [(str(i), n, within) for i, (n, within) in enumerate(groups)]

    for one in chart_data.judged(named):
        outside_95 = one.share < one.limits.low - 1e-9 or one.share > one.limits.high + 1e-9
        outside_998 = one.share < one.limits.outer_low - 1e-9 or one.share > one.limits.outer_high + 1e-9
        if one.n < chance.LEAST:
            assert one.verdict is Verdict.FEW
        else:
            assert one.outside == outside_95
            assert (one.verdict in (Verdict.VERY_LOW, Verdict.VERY_HIGH)) == outside_998


def test_the_groups_are_judged_by_the_share_of_all() -> None:
    judged = chart_data.judged([("A", 100, 90), ("B", 100, 50), ("C", 3, 0), ("D", 0, 0)])

    assert [one.name for one in judged] == ["A", "B", "C"]
    assert {one.limits.center for one in judged} == {140 / 203}
    assert [one.verdict for one in judged] == [Verdict.VERY_HIGH, Verdict.VERY_LOW, Verdict.FEW]
    assert chart_data.judged([("D", 0, 0)]) == ()


def test_a_funnel_is_wide_at_small_n_and_reaches_the_largest() -> None:
    limits = chart_data.funnel_limits(0.6, 500)

    assert (limits[0][0], limits[-1][0]) == (1, 500)
    widths = {n: around.outer_high - around.outer_low for n, around in limits}
    assert widths[1] == 1
    assert widths[500] < 0.15


def test_a_file_holds_the_figures_and_runs_nothing() -> None:
    rows = [
        {"name": "=1+1", "n": 3, "share": -0.25, "none": None},
        {"name": "ä", "n": 0, "share": 1e-9, "none": None},
    ]
    found = list(csv.DictReader(io.StringIO(chart_data.to_csv(rows).decode("utf-8"))))

    assert [row["name"] for row in found] == ["'=1+1", "ä"]
    assert [float(row["share"]) for row in found] == [-0.25, 1e-9]
    assert {row["none"] for row in found} == {""}
    assert chart_data.to_csv([]) == b""


def test_months_run_over_the_turn_of_the_year() -> None:
    assert chart_data.month_range((2025, 11), (2026, 2)) == ((2025, 11), (2025, 12), (2026, 1), (2026, 2))
