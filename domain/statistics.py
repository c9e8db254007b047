"""What the statistics tell: their lines, how rare categories are joined, what may stand beside a count.

A count of one or two cases is told as `<3` (domain.md 3.3). Categories that all together have fewer than
three cases are joined with others first (global recoding), so that every total can be told exactly. Which
details are not told so that none can be worked out: `domain.suppression`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

LEAST = 3
"""Counts from 1 up to below this one are not told."""

DIMENSIONS = ("period", "adm3", "domain", "type", "call_class")
TOTALS = ("period", "adm3", "domain", "type")
"""The dimensions whose totals are told, besides the grand total."""
ALL = "semua"
"""Stands in a total for every category of a dimension."""
NONE = "-"
"""The category of cases for which something is not known."""
JOINED = "gabungan"
"""All categories of a dimension in one, where even together they are too few to be named."""

Key = tuple[str, str, str, str, str]
Counts = Mapping[Key, int]

_MONTH = len("YYYY-MM")
PERIOD, ADM3, DOMAIN, TYPE, CLASS = range(5)
"""Where each dimension stands in a key."""

RESPONSE_STANDARD_S = 900
"""15 minutes from report to first arrival (domain.md 1.3); `n_response_le_900`."""
VICTIMS = ("safe", "injured_minor", "injured_severe", "dead", "missing")


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of the cases of one detail or total; a total has `ALL` for what it does not tell apart.

    Seconds; `median_s` and `p90_s` are None without a response time, of which there are `n_responses`.
    `within_standard`: responses within `RESPONSE_STANDARD_S`. `victims`: in the order of `VICTIMS`.
    """

    key: Key
    n_cases: int
    n_units: int
    n_responses: int
    median_s: float | None
    p90_s: float | None
    within_standard: int
    steps_on_time: int
    victims: tuple[int, ...]


# --- joining categories -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recoding:
    """For each dimension of `TOTALS`, the name that each of its categories is told under."""

    names: tuple[Mapping[str, str], ...]
    months: Mapping[str, str]
    """The name of the month, or joined months, of each told period."""

    def together(self, months: Collection[str]) -> "Recoding":
        """Return a recoding in which all days of each of these months are told as one period."""
        parts: dict[str, list[str]] = {}
        for period, month in self.months.items():
            parts.setdefault(month, []).extend(period.split("/"))
        whole = {month: _interval(sorted(parts[month])) for month in months}
        told = {period: whole.get(month, period) for period, month in self.months.items()}
        names = {day: told[name] for day, name in self.names[PERIOD].items()}
        return Recoding(
            (names, *self.names[ADM3:]), {told[period]: month for period, month in self.months.items()}
        )

    def of(self, key: Key) -> Key:
        """Return the key under which a case of `key` is told."""
        period, adm3, domain, kind = (self.names[n].get(key[n], key[n]) for n in range(len(TOTALS)))
        return period, adm3, domain, kind, key[CLASS]


def recoding(counts: Counts) -> Recoding:
    """Return how categories are joined so that every total has at least `LEAST` cases.

    Periods are joined with the next one, days within their month (or within months that are joined), others
    with the smallest other one; a type with one of the same domain, and where there is none the two domains
    are joined too. A joined category also has more cases than members, for otherwise each member would be
    known to have one.
    """
    types = totals(counts, TYPE)
    domains_of: dict[str, set[str]] = {name: set() for name in types}
    for key in counts:
        domains_of[key[TYPE]].add(key[DOMAIN])
    kinds = _Groups(types)
    domains = _Groups(totals(counts, DOMAIN))

    def domains_in(group: tuple[str, ...]) -> set[tuple[str, ...]]:
        return {domains.group_of(domain) for name in group for domain in domains_of[name]}

    while (weak := kinds.weakest()) is not None:
        others = kinds.others(weak)
        alike = [group for group in others if domains_in(group) == domains_in(weak)]
        partner = (alike or others)[0]
        if not alike:
            domains.join(*domains_in(weak), *domains_in(partner))
        kinds.join(weak, partner)
    while (weak := domains.weakest()) is not None:
        domains.join(weak, domains.others(weak)[0])
    places = _Groups(totals(counts, ADM3))
    while (weak := places.weakest()) is not None:
        places.join(weak, places.others(weak)[0])
    periods, months = _periods(totals(counts, PERIOD))
    return Recoding((periods, places.names(), domains.names(), kinds.names()), months)


def _periods(found: Mapping[str, int]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the told name of each period, and of each told period the name of its month.

    What is told by day never goes across what is told by month (`YYYY-MM`, the first seven signs).
    """
    by_month: dict[str, int] = {}
    for period, n in found.items():
        by_month[period[:_MONTH]] = by_month.get(period[:_MONTH], 0) + n
    month_of = _joined_periods(by_month)
    groups: dict[str, dict[str, int]] = {}
    for period, n in found.items():
        groups.setdefault(month_of[period[:_MONTH]], {})[period] = n
    names: dict[str, str] = {}
    months: dict[str, str] = {}
    for month, group in groups.items():
        by_month_only = all(len(period) == _MONTH for period in group)
        told = dict.fromkeys(group, month) if by_month_only else _joined_periods(group)
        names |= told
        months |= dict.fromkeys(told.values(), month)
    return names, months


class _Groups:
    """Categories of a dimension as groups, each a sorted tuple of its members."""

    def __init__(self, totals: Mapping[str, int]) -> None:
        self._totals = totals
        self._groups: set[tuple[str, ...]] = {(name,) for name in totals}

    def weakest(self) -> tuple[str, ...] | None:
        """Return the smallest group that must be joined, None when all are large enough or one is left."""
        if len(self._groups) < 2:
            return None
        return min(
            (group for group in self._groups if _too_few(self._n(group), len(group))),
            key=self._order,
            default=None,
        )

    def others(self, group: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the other groups, smallest first."""
        return sorted(self._groups - {group}, key=self._order)

    def group_of(self, name: str) -> tuple[str, ...]:
        """Return the group of a category."""
        return next(group for group in self._groups if name in group)

    def join(self, *groups: tuple[str, ...]) -> None:
        """Make one group of several."""
        self._groups -= set(groups)
        self._groups.add(tuple(sorted(name for group in set(groups) for name in group)))

    def names(self) -> dict[str, str]:
        """Return the told name of each category."""
        return {name: self._name(group) for group in self._groups for name in group}

    def _name(self, group: tuple[str, ...]) -> str:
        return JOINED if len(group) > 1 and _too_few(self._n(group), len(group)) else "+".join(group)

    def _n(self, group: tuple[str, ...]) -> int:
        return sum(self._totals[name] for name in group)

    def _order(self, group: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        return self._n(group), group


def _too_few(n: int, members: int) -> bool:
    return n < LEAST or (members > 1 and n <= members)


def _joined_periods(found: Mapping[str, int]) -> dict[str, str]:
    """Join each quiet period with those after it; what is left over at the end with the last group."""
    groups: list[list[str]] = []
    open_group: list[str] = []
    for period in sorted(found):
        open_group.append(period)
        if not _too_few(sum(found[name] for name in open_group), len(open_group)):
            groups.append(open_group)
            open_group = []
    if open_group and groups:
        groups[-1] += open_group
    elif open_group:
        groups.append(open_group)
    return {name: _interval(group) for group in groups for name in group}


def _interval(periods: Sequence[str]) -> str:
    """Return sorted periods as an interval in ISO 8601: the first and the last, both included."""
    return periods[0] if len(periods) == 1 else f"{periods[0]}/{periods[-1]}"


def totals(counts: Counts, dimension: int) -> dict[str, int]:
    """Return how many cases each category of a dimension has."""
    found: dict[str, int] = {}
    for key, n in counts.items():
        found[key[dimension]] = found.get(key[dimension], 0) + n
    return found


Cycle = list[tuple[Key, int]]
"""Details of which one case more (+1) or fewer (−1) gives another table with the same totals."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Details that are not told: `small` as `<3` (empty ones among them), `hidden` as `x`.

    `cycles`: the other tables that prove it; every untold detail is in one.
    """

    small: frozenset[Key]
    hidden: frozenset[Key]
    cycles: tuple[Cycle, ...] = ()

    @property
    def untold(self) -> frozenset[Key]:
        """All details whose number is not told."""
        return self.small | self.hidden


# --- what may be told beside the counts ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """Which totals, as (dimension, category), may tell what is beside the count; `None` is the grand total.

    `sums`: units, victims and other sums. `times`: median and 90th percentile.
    """

    sums: frozenset[tuple[str, str] | None]
    times: frozenset[tuple[str, str] | None]


def told_totals(counts: Counts, protected: Protected) -> Told:
    """Return which totals may tell sums and times without telling those of an untold detail.

    A total less its told details gives what the untold ones have together: that must be nothing, or of at
    least `LEAST` cases. Sums are told by period and for all; by district, domain and type only where every
    detail is told, because the cases of a cycle take their units and victims with them.
    """
    rest: dict[tuple[str, str], int] = {}
    touched: set[tuple[str, str]] = set()
    every = {(name, key[n]) for key in counts for n, name in enumerate(TOTALS)}
    for key in protected.untold:
        for n, name in enumerate(TOTALS):
            total = (name, key[n])
            touched.add(total)
            rest[total] = rest.get(total, 0) + counts.get(key, 0)
    left = sum(counts.get(key, 0) for key in protected.untold)
    times = {total for total in every if not 0 < rest.get(total, 0) < LEAST}
    sums = {total for total in times if total not in touched or total[0] == "period"}
    grand = not 0 < left < LEAST
    if grand:
        sums -= set(_also_untold(rest, {total for total in every if total[0] == "period"}, sums))
    whole: set[tuple[str, str] | None] = {None} if grand else set()
    return Told(frozenset(sums | whole), frozenset(times | whole))


def _also_untold(
    rest: Mapping[tuple[str, str], int], periods: set[tuple[str, str]], sums: set[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the periods that must be silent too, so that all less the told ones is never of 1 or 2 cases."""
    silent = sorted(periods - sums)
    missing = sum(rest[period] for period in silent)
    also: list[tuple[str, str]] = []
    for period in sorted(periods & sums, key=lambda one: (rest.get(one, 0), one)):
        if not 0 < missing < LEAST:
            break
        if rest.get(period, 0):
            also.append(period)
            missing += rest[period]
    return also
