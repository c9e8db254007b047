"""Counts on a paper that leaves the house: one or two people must not be found in it (domain.md 3.3).

A count of 1 or 2 is told as `<3`. Where the list's total would give it back by subtraction, one larger
count is not told either (complementary suppression; Hundepool et al., “Statistical Disclosure Control”,
Wiley 2012, chapter 4). The files of statistics have stricter rules for tables of many dimensions
(`domain.statistics`); a paper's lists have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from export.paper.words import FEW

LEAST = 3
WITHHELD = "x"


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a list: its name, the count as it is told, and the number itself (None: not told)."""

    name: str
    words: str
    n: int | None


def exact(counts: Sequence[tuple[str, int]]) -> list[Told]:
    """Return every count as it is, for a paper that stays in the house."""
    return [Told(name, str(n), n) for name, n in counts]


def told(counts: Sequence[tuple[str, int]]) -> list[Told] | None:
    """Return how each count of a list may be told beside the list's total.

    Counts of 0 are told. None where nothing of the list can be told without giving a small count back.
    Whoever knows this rule and the total still finds each `<3` to be possibly 1 and possibly 2.
    """
    small = {place for place, (_, n) in enumerate(counts) if 0 < n < LEAST}
    hidden: int | None = None
    if small and sum(counts[place][1] for place in small) in (len(small), (LEAST - 1) * len(small)):
        # All ones or all twos would follow from what is left of the total. One more that is not told keeps
        # both possible when it can itself be one less and still be no small count.
        larger = [(n, place) for place, (_, n) in enumerate(counts) if n > LEAST]
        if not larger:
            return None
        hidden = min(larger)[1]
    return [
        Told(name, FEW, None)
        if place in small
        else Told(name, WITHHELD, None)
        if place == hidden
        else Told(name, str(n), n)
        for place, (name, n) in enumerate(counts)
    ]
