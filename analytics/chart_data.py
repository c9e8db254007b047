"""What charts are drawn from, without drawing: bins, fractile curves, shares against chance, lines of a file.

Everything is made from exact figures (`services.analysis`): durations in seconds, shares 0 to 1.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log

import numpy as np
from numpy.typing import NDArray

from analytics import chance
from analytics.chance import Limits, Verdict
from domain.formula import shown

MOST_BINS, LEAST_BINS = 24, 6
CURVE_POINTS = 240
FUNNEL_POINTS = 80
_WIDTHS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_NEARLY_ALL = 0.95


@dataclass(frozen=True, slots=True)
class Unit:
    """What times are drawn in: a unit of `size_s` seconds and its sign, “mnt” or “dtk”."""

    size_s: int
    sign: str


@dataclass(frozen=True, slots=True)
class Bins:
    """How often a time lay in each bin of `width_s`: the i-th holds i·width < t ≤ (i + 1)·width.

    The first holds 0 too. `over`: how many were longer than the last bin's end.
    """

    width_s: int
    counts: tuple[int, ...]
    over: int

    @property
    def end_s(self) -> int:
        """Where the last bin ends."""
        return self.width_s * len(self.counts)

    @property
    def n(self) -> int:
        """How many times there are."""
        return sum(self.counts) + self.over

    @property
    def rows(self) -> tuple[tuple[int, int, int], ...]:
        """(over, up to, n) of each bin, seconds."""
        edges = range(0, self.end_s + 1, self.width_s)
        return tuple((low, high, n) for (low, high), n in zip(pairwise(edges), self.counts, strict=True))


def binned(values_s: NDArray[np.int64], counts: NDArray[np.int64], standard_s: int | None) -> Bins:
    """Return the bins of times: as many as n allows (2·∛n, Rice's rule), of a round width.

    One bin ends at the standard, or every bin is whole times as wide. They reach to 95 % of the times and
    beyond the standard; what took longer is counted together. values_s (k,): distinct, ascending;
    counts (k,): how often each occurred. Raises ValueError for no time.
    """
    if not len(values_s):
        raise ValueError("no time, no bins")
    n = int(counts.sum())
    upto = np.cumsum(counts)
    reach = int(values_s[np.searchsorted(upto, ceil(_NEARLY_ALL * n))])
    reach = max(reach, 1, ceil(1.2 * standard_s) if standard_s else 0)
    wished = min(MOST_BINS, max(LEAST_BINS, ceil(2 * n ** (1 / 3))))
    width = _width(reach / wished, reach, standard_s)
    edges = np.arange(1, ceil(reach / width) + 1) * width
    ended = np.searchsorted(values_s, edges, side="right")
    total = np.concatenate(([0], upto))[ended]
    within = np.diff(total, prepend=0)
    return Bins(width, tuple(int(k) for k in within), n - int(total[-1]))


def _width(wished_s: float, reach_s: int, standard_s: int | None) -> int:
    """Return the round width nearest to what is wished of which the standard is a multiple."""
    whole = standard_s or _WIDTHS_S[-1]
    fitting = [
        width
        for width in _WIDTHS_S
        if reach_s <= MOST_BINS * width and (not standard_s or standard_s % width == 0)
    ]
    # Where a standard is so short that its parts are too many: multiples of it.
    fitting = fitting or [whole * ceil(reach_s / (MOST_BINS * whole))]
    return min(fitting, key=lambda width: abs(log(width / wished_s)))


def fractiles(values_s: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[tuple[int, float], ...]:
    """Return (time, share that took at most so long): 0 at the start, 1 at the longest, exact where told.

    At most `CURVE_POINTS` and three more, evenly by rank. Empty for no time.
    """
    if not len(values_s):
        return ()
    shares = np.cumsum(counts) / counts.sum()
    told = np.linspace(0, 1, min(CURVE_POINTS, len(values_s)) + 1)[1:]
    kept = sorted({0, *np.searchsorted(shares, told - 1e-12).tolist(), len(values_s) - 1})
    points = [(int(values_s[i]), float(shares[i])) for i in kept]
    return ((0, 0.0), *points) if points[0][0] > 0 else tuple(points)


@dataclass(frozen=True, slots=True)
class Judged:
    """A group's share against the share of all: `within` of `n`, the limits at this n, what they say."""

    name: str
    n: int
    within: int
    limits: Limits
    verdict: Verdict

    @property
    def share(self) -> float:
        """The group's own share."""
        return self.within / self.n

    @property
    def outside(self) -> bool:
        """Whether chance alone would hardly make it."""
        return self.verdict not in (Verdict.FEW, Verdict.USUAL)


def pooled(groups: Sequence[tuple[str, int, int]]) -> float | None:
    """Return the share of all groups (name, n, within) together; None for no case."""
    n = sum(n for _name, n, _within in groups)
    return sum(within for _name, _n, within in groups) / n if n else None


def judged(groups: Sequence[tuple[str, int, int]]) -> tuple[Judged, ...]:
    """Return the groups (name, n, within) that have cases, each against the share of all together."""
    share = pooled(groups)
    if share is None:
        return ()
    return tuple(
        Judged(name, n, within, chance.share_limits(share, n), chance.share_verdict(within, n, share))
        for name, n, within in groups
        if n
    )


def funnel_limits(share: float, n_most: int) -> tuple[tuple[int, Limits], ...]:
    """Return (n, limits) from one case to `n_most`: closer where the funnel is wide."""
    numbers = sorted({round(n) for n in np.geomspace(1, max(2, n_most), FUNNEL_POINTS)})
    return tuple((n, chance.share_limits(share, n)) for n in numbers)


def to_csv(rows: Sequence[Mapping[str, object]]) -> bytes:
    """Return rows of the same keys as CSV (RFC 4180, UTF-8) with a header; an empty field is null.

    A text that a spreadsheet would run as a formula gets an apostrophe in front. Empty for no row.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    if rows:
        writer.writeheader()
    writer.writerows({name: shown(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8")


def month_range(first: tuple[int, int], last: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """Return the (year, month) from the first to the last, both included."""
    months = range(12 * first[0] + first[1] - 1, 12 * last[0] + last[1])
    return tuple((index // 12, index % 12 + 1) for index in months)
