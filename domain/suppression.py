"""Which counts of a statistic may be told, so that nobody is found in it (domain.md 3.3).

Statistical disclosure control for tables of counts, as in Hundepool et al., “Statistical Disclosure
Control” (Wiley 2012), and L. H. Cox, “Suppression Methodology and Statistical Disclosure
Control” (JASA 75, 1980):

1. Recoding. A category (period, district, domain, type) that all together has fewer than three cases is
   joined with another, so that every total is at least three and can be told exactly.
2. Primary suppression. A detail of one or two cases is told as `<3`.
3. Complementary suppression. What is told must also fit at least one other table. That table is made by
   moving single cases around a cycle of untold details, so that no total changes. Where no such cycle is
   there, the cheapest one is opened: a detail of no case is told as `<3` too (which is true), or a larger
   one is not told (`x`).

Every detail that is not told lies on such a cycle: its value cannot be worked out from all that is told,
whoever knows this method included. Cases of a cycle never leave their period, so that what else is told of
a whole period (units, victims, times) fits the other table too.

The file by day and the file by month of the same span stand side by side: a month's count less its days'
would else give days away, and days the month. `protect_days` therefore proves the counts of both together.
Files of spans that overlap otherwise (a year, and the same year less a day) still give their difference
away: publish by a fixed calendar.
"""

from collections.abc import Mapping, Sequence

from domain.cycles import WAYS, ZERO_COST, Table, Way, opened, unopened
from domain.statistics import (
    ADM3,
    CLASS,
    DIMENSIONS,
    DOMAIN,
    JOINED,
    LEAST,
    NONE,
    PERIOD,
    TOTALS,
    TYPE,
    Counts,
    Cycle,
    Key,
    Protected,
    Recoding,
    recoding,
    totals,
)


def protect(counts: Counts, classes: Sequence[str]) -> Protected:
    """Return which details of a recoded table must not be told. The same table gives the same answer.

    `counts`: cases by detail, none of them 0. `classes`: every call class there is. Raises ValueError for a
    count below 1, and for a table whose totals are not all at least `LEAST`.
    """
    if any(n < 1 for n in counts.values()):
        raise ValueError("a detail without a case is not part of the table")
    for dimension, _ in enumerate(TOTALS):
        if any(n < LEAST for n in totals(counts, dimension).values()):
            raise ValueError(f"recode first: a {DIMENSIONS[dimension]} has fewer than {LEAST} cases")
    table = Table(counts)
    cycles = _close(table, [way for way in WAYS if len({way.row(key) for key in counts}) > 1], classes)
    return Protected(frozenset(table.small), frozenset(table.hidden), tuple(cycles))


def recoding_by_day(counts: Counts, classes: Sequence[str]) -> Recoding:
    """Return how categories are joined for a file by day that stands beside one by month.

    A month that has too few cases for its days to be told apart is told as one period.
    """
    names = recoding(counts)
    while True:
        told: dict[Key, int] = {}
        for key, n in counts.items():
            told[names.of(key)] = told.get(names.of(key), 0) + n
        unsafe = protect_days(told, classes, names.months)[1]
        joined = names.together(unsafe)
        if joined == names:
            return names
        names = joined


def protect_days(
    counts: Counts, classes: Sequence[str], months: Mapping[str, str]
) -> tuple[Protected, frozenset[str]]:
    """Return which details by day must not be told, beside a file of the same cases by month.

    `months`: the month of each period. For every detail by month that is not told, its cycle is made possible
    by day too: each case of it moves within one day. For all else by day, cycles stay within a month and so
    change nothing that is told by month. Also returns the months in which there is no such cycle for some
    detail: their days must be told together. Raises ValueError as `protect` does.
    """
    by_month: dict[Key, int] = {}
    for key, n in counts.items():
        in_month = _at(months[key[PERIOD]], key)
        by_month[in_month] = by_month.get(in_month, 0) + n
    if sum(counts.values()) < LEAST:
        return Protected(frozenset(), frozenset()), frozenset()
    moves = [move for cycle in protect(by_month, classes).cycles for move in _moves(cycle)]
    small: set[Key] = set()
    hidden: set[Key] = set()
    unsafe: set[str] = set()
    for month in dict.fromkeys(months.values()):
        days = sorted(day for day, its in months.items() if its == month)
        table = Table({key: n for key, n in counts.items() if months[key[PERIOD]] == month}, counts)
        found = [_on_a_day(table, days, *move) for move in moves if move[0][PERIOD] == month]
        cycles = _close(table, WAYS[:1], ())
        proven = table.moved.union(cell for cycle in cycles for cell, _ in cycle)
        if not all(found) or table.small - proven:
            unsafe.add(month)
        small |= table.small
        hidden |= table.hidden
    return Protected(frozenset(small), frozenset(hidden)), frozenset(unsafe)


def _close(table: Table, ways: Sequence[Way], classes: Sequence[str]) -> list[Cycle]:
    """Open what must be so that every small detail lies on a cycle; return the cycles.

    Cases may change their class, as the last way out, to one of `classes`.
    """
    safe: set[Key] = set(table.moved)
    cycles: list[Cycle] = []
    for may_open in (False, True):
        # First all that need nothing more, so that what must be opened for the rest is as little as can be.
        for key in sorted(table.small):
            if key in safe:
                continue
            cycle = opened(table, ways, key) if may_open else unopened(table, ways, key)
            if not cycle and may_open and classes:
                cycle = _other_class(table, key, classes)
            table.open(cell for cell, _ in cycle)
            safe.update(cell for cell, _ in cycle)
            cycles += [cycle] if cycle else []
    return cycles


def _moves(cycle: Cycle) -> list[tuple[Key, Key]]:
    """Return the moves that a cycle is made of, each within a period: (from, to)."""
    fewer: dict[str, list[Key]] = {}
    for key, step in cycle:
        if step < 0:
            fewer.setdefault(key[PERIOD], []).append(key)
    return [(fewer[key[PERIOD]].pop(0), key) for key, step in cycle if step > 0]


def _on_a_day(table: Table, days: Sequence[str], taken: Key, given: Key) -> tuple[Key, ...]:
    """Open the details by day where a move of the month is the cheapest, and return them; () for none."""
    best: tuple[int, tuple[Key, Key]] | None = None
    for day in days:
        cells = _at(day, taken), _at(day, given)
        fewer, more = table.cost(cells[0], -1, may_open=True), table.cost(cells[1], 1, may_open=True)
        if fewer is not None and more is not None and (best is None or fewer + more < best[0]):
            best = fewer + more, cells
    if best is None:
        return ()
    table.moved.update(best[1])
    table.open(best[1])
    return best[1]


def _at(period: str, key: Key) -> Key:
    """Return the same detail of another period."""
    return period, key[ADM3], key[DOMAIN], key[TYPE], key[CLASS]


def _other_class(table: Table, key: Key, classes: Sequence[str]) -> Cycle:
    """Return the detail and one like it of another call class: totals by class are not told.

    The last way out, for tables of one period and district: one case of the two may be either's.
    """
    best: tuple[int, Cycle] | None = None
    for name in (*classes, NONE, JOINED):
        other: Key = (key[PERIOD], key[ADM3], key[DOMAIN], key[TYPE], name)
        for step in (-1, 1):
            own, its = table.cost(key, step, may_open=False), table.cost(other, -step, may_open=True)
            if its is None and step < 0 and other not in table.counts:
                # Of any class there could have been one.
                its = ZERO_COST if other not in table.small else None
            if name != key[CLASS] and own is not None and its is not None and (best is None or its < best[0]):
                best = its, [(key, step), (other, -step)]
    return best[1] if best else []
