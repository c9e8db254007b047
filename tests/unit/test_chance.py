"""What chance would do: the bootstrap beside samples really drawn, limits beside sums of all outcomes."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analytics import chance
from analytics.chance import Interval, Limits, Verdict

V = Verdict
TAIL, OUTER = 0.025, 0.001
"""What lies on each side of 95 % and of 99.8 %."""


def interval(raw: np.ndarray, q: float, level: float = 0.95) -> Interval | None:
    values, counts = np.unique(raw, return_counts=True)
    return chance.percentile_interval(values.astype(np.int64), counts.astype(np.int64), q, level)


def sample(n: int, ties: bool) -> np.ndarray:
    """Response times in seconds; with ties, told in whole quarters of an hour."""
    raw = np.random.default_rng(n).lognormal(6.6, 0.6, n).astype(np.int64)
    return raw // 900 * 900 if ties else raw


# --- the interval of a percentile --------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 30, 1000])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_the_interval_is_that_of_samples_that_were_drawn(n: int, ties: bool, q: float) -> None:
    raw = sample(n, ties)
    random = np.random.default_rng(7)
    drawn = np.quantile(raw[random.integers(0, n, (10_000, n))], q, axis=1, method="linear")
    found = interval(raw, q)
    assert found is not None
    # Each end is a percentile of replicates: within what 4,000 and 10,000 of them scatter, five deviations.
    slack = 5 * math.sqrt(TAIL * (1 - TAIL) * (1 / chance.REPLICATES + 1 / 10_000))
    for end, share in ((found.low, TAIL), (found.high, 1 - TAIL)):
        least, most = np.quantile(drawn, [max(0, share - slack), min(1, share + slack)])
        assert least - 1e-6 <= end <= most + 1e-6


@pytest.mark.parametrize("n", [30, 1000])
@pytest.mark.parametrize("q", [0.5, 0.9])
def test_the_interval_is_that_of_scipys_bootstrap(n: int, q: float) -> None:
    raw = sample(n, ties=False)
    found = interval(raw, q)
    peer = stats.bootstrap(
        (raw,),
        lambda values, axis: np.quantile(values, q, axis=axis),
        n_resamples=9_999,
        batch=500,
        method="percentile",
        rng=np.random.default_rng(3),
    )
    assert found is not None
    slack = 5 * math.sqrt(TAIL * (1 - TAIL) * (1 / chance.REPLICATES + 1 / 9_999))
    for end, share in ((found.low, TAIL), (found.high, 1 - TAIL)):
        least, most = np.quantile(peer.bootstrap_distribution, [share - slack, share + slack])
        assert least - 1e-6 <= end <= most + 1e-6
    assert found.low <= peer.confidence_interval.high and found.high >= peer.confidence_interval.low


@pytest.mark.parametrize("q", [0.0, 1.0])
def test_the_least_and_the_most_have_an_interval_too(q: float) -> None:
    raw = sample(30, ties=False)
    found = interval(raw, q)
    drawn = np.quantile(raw[np.random.default_rng(7).integers(0, 30, (20_000, 30))], q, axis=1)
    assert found is not None
    low, high = np.quantile(drawn, [TAIL, 1 - TAIL])
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.1)
    assert (found.low if q == 0 else found.high) == (raw.min() if q == 0 else raw.max())


def test_the_true_percentile_lies_in_about_ninety_five_of_a_hundred_intervals() -> None:
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(300):
        found = interval(random.integers(0, 1_000_000, 100), 0.5)
        assert found is not None
        hits += found.low <= 500_000 <= found.high
    assert 0.90 <= hits / 300 <= 0.99


def test_more_cases_make_it_narrower_and_a_higher_level_wider() -> None:
    few, many = interval(sample(50, False), 0.5), interval(sample(5_000, False), 0.5)
    sure = interval(sample(50, False), 0.5, level=0.99)
    assert few and many and sure
    assert many.high - many.low < (few.high - few.low) / 5
    assert sure.low < few.low and few.high < sure.high


@given(
    st.lists(st.integers(0, 5_000), min_size=2, max_size=40),
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
    st.integers(1, 1_000),
)
@settings(max_examples=60)
def test_it_lies_among_the_values_holds_still_and_moves_with_them(
    raw: list[int], q: float, further: int
) -> None:
    values = np.array(raw)
    found = interval(values, q)
    assert found is not None
    assert min(raw) <= found.low <= found.high <= max(raw)
    assert found == interval(values[::-1], q)
    moved = interval(values + further, q)
    assert moved is not None
    assert (moved.low, moved.high) == pytest.approx((found.low + further, found.high + further))


def test_a_million_cases_cost_no_million_numbers() -> None:
    values = np.arange(1, 2_001, dtype=np.int64)
    found = chance.percentile_interval(values, np.full(2_000, 500, dtype=np.int64), 0.5)
    # By the normal law: median ± 1.96 √(n / 4) places of 1,000,000, 500 to a second.
    assert found is not None
    assert (found.low, found.high) == pytest.approx((1000.5 - 1.96, 1000.5 + 1.96), abs=1.1)


def test_equal_values_leave_nothing_to_chance_and_one_value_gives_no_interval() -> None:
    assert interval(np.full(40, 600), 0.9) == Interval(600.0, 600.0)
    assert interval(np.array([600]), 0.9) is None
    empty = np.array([], dtype=np.int64)
    assert chance.percentile_interval(empty, empty, 0.5) is None


@pytest.mark.parametrize(
    ("values", "counts", "q", "told"),
    [
        ([1, 2], [1, 1], 1.01, "between 0 and 1"),
        ([1, 2], [1, 1], -0.1, "between 0 and 1"),
        ([2, 1], [1, 1], 0.5, "ascend"),
        ([1, 1], [1, 1], 0.5, "ascend"),
        ([1, 2], [1, 0], 0.5, "ascend"),
        ([1, 2], [1], 0.5, "ascend"),
    ],
)
def test_wrong_values_are_refused(values: list[int], counts: list[int], q: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        chance.percentile_interval(np.array(values), np.array(counts), q)


# --- limits of shares --------------------------------------------------------------------------------------


def binomial(n: int, share: Fraction) -> list[Fraction]:
    """The chances of 0 to n, exactly."""
    return [math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]


@pytest.mark.parametrize("n", [1, 5, 12, 40])
@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(1, 2), Fraction(17, 20)])
def test_limits_are_where_the_sum_of_all_outcomes_says(n: int, share: Fraction) -> None:
    found = chance.share_limits(float(share), n)
    upto = np.cumsum([float(one) for one in binomial(n, share)])
    quantiles = [next(k for k in range(n + 1) if upto[k] >= tail - 1e-12) / n for tail in (0.001, 0.025)]
    quantiles += [next(k for k in range(n + 1) if upto[k] >= tail - 1e-12) / n for tail in (0.975, 0.999)]
    assert found == Limits(float(share), *quantiles)


@given(st.integers(1, 500), st.integers(0, 100))
@settings(max_examples=60)
def test_limits_are_ordered_and_never_leave_zero_to_one(n: int, percent: int) -> None:
    found = chance.share_limits(percent / 100, n)
    assert 0 <= found.outer_low <= found.low <= found.high <= found.outer_high <= 1
    # A mean of a binomial lies between its outer limits, whatever n.
    assert found.outer_low - 1e-9 <= found.center + 1 / n and found.center - 1 / n <= found.outer_high


def test_nothing_moves_where_all_or_none_are_in_time() -> None:
    assert chance.share_limits(1.0, 20) == Limits(1.0, 1.0, 1.0, 1.0, 1.0)
    assert chance.share_limits(0.0, 20) == Limits(0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(("share", "n"), [(-0.1, 5), (1.1, 5), (0.5, 0)])
def test_limits_of_nothing_are_refused(share: float, n: int) -> None:
    with pytest.raises(ValueError, match="share"):
        chance.share_limits(share, n)


def judged(below: Fraction | float, above: Fraction | float) -> Verdict:
    if below < OUTER:
        return V.VERY_LOW
    if above < OUTER:
        return V.VERY_HIGH
    if below < TAIL:
        return V.LOW
    return V.HIGH if above < TAIL else V.USUAL


@pytest.mark.parametrize("n", [5, 11, 40])
@pytest.mark.parametrize("share", [Fraction(1, 10), Fraction(1, 2), Fraction(17, 20)])
def test_a_share_is_judged_by_the_sum_of_all_outcomes_beyond_it(n: int, share: Fraction) -> None:
    chances = binomial(n, share)
    for k in range(n + 1):
        expected = judged(sum(chances[: k + 1]), sum(chances[k:]))
        assert chance.share_verdict(k, n, float(share)) is expected


@given(st.integers(5, 300), st.integers(0, 300), st.sampled_from([0.1, 0.3, 0.5, 0.8]))
@settings(max_examples=80)
def test_a_share_and_what_is_left_over_are_judged_as_mirrors(n: int, k: int, share: float) -> None:
    k = min(k, n)
    mirror = {V.LOW: V.HIGH, V.HIGH: V.LOW, V.VERY_LOW: V.VERY_HIGH, V.VERY_HIGH: V.VERY_LOW}
    found = chance.share_verdict(k, n, share)
    assert chance.share_verdict(n - k, n, 1 - share) is mirror.get(found, found)


def test_chance_alone_is_called_unusual_no_oftener_than_said() -> None:
    for n in (10, 100, 1_000):
        chances = stats.binom.pmf(np.arange(n + 1), n, 0.8)
        verdicts = [chance.share_verdict(k, n, 0.8) for k in range(n + 1)]
        odd = sum(p for p, v in zip(chances, verdicts, strict=True) if v is not V.USUAL)
        very = sum(p for p, v in zip(chances, verdicts, strict=True) if v in (V.VERY_LOW, V.VERY_HIGH))
        assert odd <= 0.05 + 1e-12 and very <= 0.002 + 1e-12


# --- two periods -------------------------------------------------------------------------------------------


@given(st.integers(5, 400), st.integers(5, 400), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=120)
def test_a_change_of_share_is_fishers_exact_test_of_each_side(
    n: int, n_before: int, a: float, b: float
) -> None:
    k, k_before = round(a * n), round(b * n_before)
    square = [[k, n - k], [k_before, n_before - k_before]]
    below = stats.fisher_exact(square, alternative="less").pvalue
    above = stats.fisher_exact(square, alternative="greater").pvalue
    near = any(abs(p - limit) < 1e-9 for p in (below, above) for limit in (TAIL, OUTER))
    assert near or chance.change_of_share(k, n, k_before, n_before) is judged(below, above)


@given(st.integers(5, 200), st.integers(5, 200), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60)
def test_what_rose_from_then_to_now_fell_from_now_to_then(n: int, n_before: int, a: float, b: float) -> None:
    k, k_before = round(a * n), round(b * n_before)
    mirror = {V.LOW: V.HIGH, V.HIGH: V.LOW, V.VERY_LOW: V.VERY_HIGH, V.VERY_HIGH: V.VERY_LOW}
    found = chance.change_of_share(k, n, k_before, n_before)
    assert chance.change_of_share(k_before, n_before, k, n) is mirror.get(found, found)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 365), st.integers(1, 365))
@settings(max_examples=80)
def test_a_change_of_count_is_the_sum_of_how_both_could_have_fallen(
    k: int, k_before: int, days: int, days_before: int
) -> None:
    found = chance.change_of_count(k, k_before, days, days_before)
    if k + k_before < chance.LEAST:
        assert found is V.FEW
        return
    chances = binomial(k + k_before, Fraction(days, days + days_before))
    below, above = float(sum(chances[: k + 1])), float(sum(chances[k:]))
    near = any(abs(p - limit) < 1e-9 for p in (below, above) for limit in (TAIL, OUTER))
    assert near or found is judged(below, above)


def test_a_period_has_a_length_and_few_are_called_few() -> None:
    for days, before in ((0, 30), (30, 0), (-1, 30)):
        with pytest.raises(ValueError, match="length"):
            chance.change_of_count(5, 5, days, before)
    assert chance.change_of_count(0, 4, 30, 30) is V.FEW
    assert chance.change_of_count(0, 5, 30, 30) is V.USUAL
    assert chance.share_verdict(0, 4, 0.9) is V.FEW
    assert chance.change_of_share(0, 4, 90, 100) is V.FEW
    assert chance.change_of_share(0, 50, 4, 4) is V.FEW
    assert chance.change_of_count(60, 20, 30, 30) is V.VERY_HIGH
    assert chance.change_of_count(20, 60, 30, 30) is V.VERY_LOW
    assert chance.change_of_count(60, 20, 90, 30) is V.USUAL, "three times as many in three times the days"
