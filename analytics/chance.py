"""What chance alone would do: intervals of percentiles, control limits of shares and counts.

Small numbers move by themselves. A difference is worth a word only where it lies outside of what chance would
do at that n: 95 % limits ask for attention, 99.8 % limits (three standard deviations) for an explanation, as
on Shewhart's p-chart and Spiegelhalter's funnel plot (Statistics in Medicine 24, 2005).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

REPLICATES = 4_000
LEAST = 5
"""With fewer cases than this a share or a percentile is told with the word that they are few."""
_SEED = 1067
WARNING, ACTION = 0.95, 0.998


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, in the unit of the values."""

    low: float
    high: float


def percentile_interval(
    values: NDArray[np.int64], counts: NDArray[np.int64], q: float, level: float = WARNING
) -> Interval | None:
    """Return the percentile bootstrap interval of a quantile (type 7) of raw values; None for fewer than two.

    values (k,): distinct, ascending; counts (k,): how often each occurred. What a bootstrap sample's order
    statistics are is known without drawing the sample: the j-th of n uniform numbers is Beta(j, n + 1 - j),
    the next one the smallest of those above it (B. Efron and R. Tibshirani, An Introduction to the Bootstrap,
    1993, chapter 13; H. A. David and H. N. Nagaraja, Order Statistics, 2003, 2.1). So a replicate costs two
    numbers and not n, and a million cases the same as fifty. The same input gives the same interval.

    Raises ValueError for a quantile outside 0 to 1, or values that do not ascend.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
    if len(values) != len(counts) or (np.diff(values) <= 0).any() or (counts < 1).any():
        raise ValueError("values must ascend, each with how often it occurred")
    n = int(counts.sum())
    if n < 2:
        return None
    position = q * (n - 1)
    below = int(np.floor(position))
    part = position - below
    random = np.random.default_rng(_SEED)
    first = random.beta(below + 1, n - below, REPLICATES)
    left = n - below - 1
    second = 1 - (1 - first) * random.random(REPLICATES) ** (1 / left) if left else first
    upto = np.cumsum(counts)
    low_ones, high_ones = _at(values, upto, n, first), _at(values, upto, n, second)
    # In this order no rounding leads beyond the values.
    found = low_ones + part * (high_ones - low_ones)
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _at(
    values: NDArray[np.int64], upto: NDArray[np.int64], n: int, share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the raw values at shares of all of them: the inverse of what was observed."""
    rank = np.minimum((share * n).astype(np.int64), n - 1)
    return values[np.searchsorted(upto, rank, side="right")].astype(np.float64)


class Verdict(StrEnum):
    """How a figure stands to what chance would do."""

    FEW = "few"
    USUAL = "usual"
    LOW = "low"
    HIGH = "high"
    VERY_LOW = "very_low"
    VERY_HIGH = "very_high"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a share or a count would lie by chance: inner 95 %, outer 99.8 % limits around `center`."""

    center: float
    outer_low: float
    low: float
    high: float
    outer_high: float


def share_limits(share: float, n: int) -> Limits:
    """Return the limits of the share seen in `n` cases when the true one is `share` (exact binomial).

    Raises ValueError for a share outside 0 to 1 or no case at all.
    """
    if not 0 <= share <= 1 or n < 1:
        raise ValueError("limits of a share need a share from 0 to 1 and at least one case")
    tails = [(1 - ACTION) / 2, (1 - WARNING) / 2, (1 + WARNING) / 2, (1 + ACTION) / 2]
    outer_low, low, high, outer_high = (float(stats.binom.ppf(tail, n, share)) / n for tail in tails)
    return Limits(share, max(0.0, outer_low), max(0.0, low), high, outer_high)


def share_verdict(k: int, n: int, share: float) -> Verdict:
    """Return how `k` of `n` stands to a true share: exact binomial tails, each half of what is left over."""
    if n < LEAST:
        return Verdict.FEW
    below = float(stats.binom.cdf(k, n, share))
    above = float(stats.binom.sf(k - 1, n, share))
    return _verdict(below, above)


def change_of_share(k: int, n: int, k_before: int, n_before: int) -> Verdict:
    """Return whether a share differs from the one before by more than chance (exact conditional test).

    Given how many there were in both periods together, `k` is hypergeometric when nothing changed (Fisher):
    both periods' chance counts, not only this one's.
    """
    if n < LEAST or n_before < LEAST:
        return Verdict.FEW
    null = stats.hypergeom(n + n_before, k + k_before, n)
    return _verdict(float(null.cdf(k)), float(null.sf(k - 1)))


def change_of_count(k: int, k_before: int, days: float, days_before: float) -> Verdict:
    """Return whether a number of events differs from the one before by more than chance.

    Given both together, `k` is binomial by the lengths of the periods when the rate stayed (Poisson counts;
    J. Przyborowski and H. Wilenski, Biometrika 31, 1940). Raises ValueError for a period without length.
    """
    if days <= 0 or days_before <= 0:
        raise ValueError("a period has a length")
    if k + k_before < LEAST:
        return Verdict.FEW
    null = stats.binom(k + k_before, days / (days + days_before))
    return _verdict(float(null.cdf(k)), float(null.sf(k - 1)))


def _verdict(below: float, above: float) -> Verdict:
    """Return the verdict from the chances of so few or fewer, and of so many or more."""
    if below < (1 - ACTION) / 2:
        return Verdict.VERY_LOW
    if above < (1 - ACTION) / 2:
        return Verdict.VERY_HIGH
    if below < (1 - WARNING) / 2:
        return Verdict.LOW
    if above < (1 - WARNING) / 2:
        return Verdict.HIGH
    return Verdict.USUAL
