"""Published statistics give no small count back: an attacker with integer programming finds none."""

import csv
import io
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from domain.statistics import (
    ALL,
    DIMENSIONS,
    JOINED,
    LEAST,
    TOTALS,
    Line,
    Protected,
    Told,
    recoding,
    told_totals,
)
from domain.suppression import protect, protect_days, recoding_by_day
from export.statistics import FEW, UNTOLD, to_csv

CLASSES = ("normal", "prank", "ghost", "information")
SUMS = ("n_units", "n_response_le_900", "n_steps_on_time")
MOST_UNITS = 3


# --- a table as the services publish it ----------------------------------------------------------------


def recoded(counts, names=None):
    names = names or recoding(counts)
    told = Counter()
    for key, n in counts.items():
        told[names.of(key)] += n
    return dict(told)


def both_files(raw):
    """The counts by day as they are told, and both files of the same cases."""
    names = recoding_by_day(raw, CLASSES)
    counts, months = recoded(raw, names), recoded(by_month(raw))
    daily = published(counts, lambda counts: protect_days(counts, CLASSES, names.months)[0])
    return counts, daily, published(months)


def line_of(key, cells):
    """Figures that any cases could have: they depend on the detail and its number alone."""
    n, units, within, steps, responses, times = 0, 0, 0, 0, 0, []
    for cell, number in cells:
        draw = random.Random(repr(cell))
        n += number
        for _ in range(number):
            units += draw.randrange(MOST_UNITS + 1)
            steps += draw.randrange(10)
            if draw.random() < 0.8:
                responses += 1
                times.append(draw.randrange(100, 3000))
                within += times[-1] <= 900
    median, p90 = (float(np.quantile(times, q)) if times else None for q in (0.5, 0.9))
    return Line(key, n, units, responses, median, p90, within, steps, (n, 0, 0, 0, 0))


def lines(counts):
    details = [line_of(key, [(key, n)]) for key, n in counts.items()]
    groups = {}
    for key, n in counts.items():
        groups.setdefault((ALL,) * 5, []).append((key, n))
        for place in range(len(TOTALS)):
            total = tuple(name if at == place else ALL for at, name in enumerate(key))
            groups.setdefault(total, []).append((key, n))
    return details, [line_of(key, cells) for key, cells in groups.items()]


def published(counts, guard=lambda counts: protect(counts, CLASSES)):
    protected = guard(counts)
    return to_csv(*lines(counts), protected, told_totals(counts, protected)).decode()


# --- the attacker: knows the file and the method, nothing else ------------------------------------------


class Attack:
    """All whole-numbered tables that fit everything in a file; which values a detail has in them.

    `by_month`: the file by month of the same days, used too; its untold details are then looked for as well.
    """

    def __init__(self, text, by_month=""):
        rows = read(text)
        details = {key: row for key, row in rows.items() if ALL not in key}
        self.keys = [key for key, row in details.items() if row["n_cases"] in (FEW, UNTOLD)]
        size = len(self.keys)
        # `<3` is 0, 1 or 2; whoever knows the method knows that `x` is three at least.
        low, high = (
            zip(*(reach(details[key]["n_cases"]) for key in self.keys), strict=True) if size else ((), ())
        )
        # Sums told by day and by month speak of the same cases; here each file's are used with its counts.
        unknowns = ("n_cases",) if by_month else ("n_cases", *SUMS)
        entries, left, right = [], [], []

        def bind(parts, at_least, at_most):
            entries.extend((len(left), column, factor) for column, factor in parts)
            left.append(at_least)
            right.append(at_most)

        for of, row in rows.items():
            if ALL not in of:
                continue
            within = [n for n, cell in enumerate(self.keys) if fits(cell, of)]
            for place, name in enumerate(unknowns):
                if row[name] in (FEW, UNTOLD):
                    continue
                known = sum(int(r[name]) for key, r in details.items() if r[name].isdigit() and fits(key, of))
                rest = int(row[name]) - known
                bind([(place * size + n, 1) for n in within], rest, rest)
        for place, most in ((1, MOST_UNITS), (2, 1), (3, 9)):
            for n in range(size if place < len(unknowns) else 0):
                bind([(place * size + n, 1), (n, -most)], -np.inf, 0)
        self.groups = [[n] for n in range(size)]
        self.names = list(self.keys)
        for of, row in read(by_month).items():
            if ALL in of:
                continue
            within = [n for n, cell in enumerate(self.keys) if in_month(cell, of)]
            known = sum(
                int(r["n_cases"])
                for key, r in details.items()
                if r["n_cases"].isdigit() and in_month(key, of)
            )
            at_least, at_most = reach(row["n_cases"])
            bind([(n, 1) for n in within], at_least - known, at_most - known)
            if at_least != at_most:
                self.groups.append(within)
                self.names.append(of)
        self._width = size * len(unknowns)
        down, across, factors = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = coo_array((factors, (down, across)), shape=(len(left), self._width)).tocsr()
        self._constraints = LinearConstraint(matrix, left, right)
        rest = self._width - size
        self._bounds = Bounds([*low, *[0] * rest], [*high, *[np.inf] * rest])

    def solve(self, costs):
        goal = np.zeros(self._width)
        goal[: len(costs)] = costs
        found = milp(
            goal, constraints=self._constraints, bounds=self._bounds, integrality=np.ones(self._width)
        )
        return None if found.x is None else np.rint(found.x[: len(self.keys)]).astype(int)

    def pinned(self, truth):
        """Return the details that have one value only in all tables that fit."""
        if not self.keys:
            return []
        true = np.array([truth.get(key, 0) for key in self.keys])
        seen = [{int(true[group].sum())} for group in self.groups]
        chance = np.random.default_rng(1)
        for _ in range(6):
            table = self.solve(chance.integers(-9, 10, len(self.keys)))
            for values, group in zip(seen, self.groups if table is not None else (), strict=False):
                values.add(int(table[group].sum()))
        for values, group in zip(seen, self.groups, strict=True):
            for sign in (1, -1):
                if len(values) == 1:
                    table = self.solve([sign * (at in group) for at in range(len(self.keys))])
                    values.add(int(table[group].sum()))
        return [name for name, values in zip(self.names, seen, strict=True) if len(values) == 1]


def read(text):
    rows = csv.DictReader(io.StringIO(text))
    return {tuple(row[name] for name in DIMENSIONS): row for row in rows}


def reach(told):
    """The least and the most that a told count may be."""
    return {FEW: (0, LEAST - 1), UNTOLD: (LEAST, np.inf)}.get(told) or (int(told), int(told))


def in_month(day, month):
    first, _, last = month[0].partition("/")
    return first <= day[0][:7] <= (last or first) and day[1:] == month[1:]


def fits(cell, total):
    return all(name in (ALL, own) for own, name in zip(cell, total, strict=True))


# --- tables ---------------------------------------------------------------------------------------------

TYPES = {"L-RTA": "land", "L-ANI": "land", "L-FIR": "land", "S-MOB": "sea", "S-CAP": "sea", "A-OFF": "air"}
details = st.tuples(
    st.sampled_from(("2026-01", "2026-02", "2026-03")),
    st.sampled_from(("65.71.01", "65.71.02", "laut")),
    st.sampled_from(sorted(TYPES)),
    st.sampled_from(CLASSES),
).map(lambda drawn: (drawn[0], drawn[1], TYPES[drawn[2]], drawn[2], drawn[3]))
tables = st.dictionaries(details, st.integers(1, 2) | st.integers(1, 7), min_size=1, max_size=14).filter(
    lambda counts: sum(counts.values()) >= LEAST
)


days = st.builds("2026-{:02}-{:02}".format, st.integers(1, 2), st.integers(1, 4) | st.sampled_from((1, 28)))
tables_by_day = st.dictionaries(
    st.tuples(days, details).map(lambda drawn: (drawn[0], *drawn[1][1:])),
    st.integers(1, 2) | st.integers(1, 5),
    min_size=1,
    max_size=16,
).filter(lambda counts: sum(counts.values()) >= LEAST)


def by_month(raw):
    counts = Counter()
    for key, n in raw.items():
        counts[key[0][:7], *key[1:]] += n
    return counts


def a_year(pattern, days=365, seed=1):
    """Return the counts of a year as busy and as uneven as the city's."""
    draw = random.Random(seed)
    weights = {"L-FIR1": 5, "L-FIR2": 2, "L-LND": 3, "L-RTA": 20, "L-ANI": 18, "L-CRO": 1, "L-SUI": 0.5}
    weights |= {
        "S-CAP": 1,
        "S-COL": 0.3,
        "S-MOB": 1.5,
        "S-OVD": 2,
        "S-CRA": 0.1,
        "A-APT": 0.02,
        "A-OFF": 0.01,
    }
    domains = {"L": "land", "S": "sea", "A": "air"}
    counts = Counter()
    for day in range(days):
        for _ in range(draw.randint(20, 30)):
            period = pattern.format(month=day // 31 + 1, day=day)
            call_class = draw.choices(CLASSES, (60, 20, 12, 8))[0]
            if call_class != "normal" and draw.random() < 0.8:
                counts[period, "-", "-", "-", call_class] += 1
                continue
            kind = draw.choices(list(weights), list(weights.values()))[0]
            sea = kind.startswith("S")
            places = ("laut", "luar") if sea else ("65.71.01", "65.71.02", "65.71.03", "65.71.04")
            place = draw.choices(places, (8, 2) if sea else (35, 30, 20, 15))[0]
            counts[period, place, domains[kind[0]], kind, call_class] += 1
    return counts


# --- what must hold -------------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(tables)
def test_no_untold_count_can_be_worked_out_from_everything_that_is_told(counts):
    counts = recoded(counts)
    assert Attack(published(counts)).pinned(counts) == []


@pytest.mark.parametrize(
    ("pattern", "days"),
    [("2026-{month:02}", 365), ("hari {day:03}", 14), ("hari {day:03}", 1)],
    ids=["months of a year", "days of two weeks", "one day"],
)
def test_nothing_can_be_worked_out_from_a_busy_citys_files(pattern, days):
    counts = recoded(a_year(pattern, days))
    assert Attack(published(counts)).pinned(counts) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(tables_by_day)
def test_both_files_together_give_no_count_away(raw):
    counts, daily, monthly = both_files(raw)
    assert Attack(daily).pinned(counts) == []
    assert Attack(daily, monthly).pinned(counts) == []


def test_both_files_of_a_busy_city_together_give_no_count_away():
    counts, daily, monthly = both_files(a_year("2026-{month:02}-{day:03}", 50))
    assert Attack(daily, monthly).pinned(counts) == []


def test_two_files_that_do_not_know_of_each_other_would_give_counts_away():
    raw = a_year("2026-{month:02}-{day:03}", 50)
    counts, months = recoded(raw), recoded(by_month(raw))
    assert Attack(published(counts), published(months)).pinned(counts) != []


def test_the_attacker_does_find_what_simple_suppression_leaves_open():
    """Otherwise the tests above would prove nothing."""
    counts = {
        ("2026-01", "65.71.01", "land", "L-RTA", "normal"): 5,
        ("2026-01", "65.71.02", "land", "L-RTA", "normal"): 4,
        ("2026-01", "65.71.01", "land", "L-ANI", "normal"): 2,
        ("2026-01", "65.71.02", "land", "L-ANI", "normal"): 6,
    }
    alone = published(
        counts, lambda counts: Protected(frozenset(k for k, n in counts.items() if n < 3), frozenset())
    )
    assert Attack(alone).pinned(counts) == [("2026-01", "65.71.01", "land", "L-ANI", "normal")]
    assert Attack(published(counts)).pinned(counts) == []


def test_three_single_cases_are_not_told_by_their_sum():
    """Each of `<3` is at least one for a careless reader: three with a sum of three would be known."""
    counts = {("2026-01", "65.71.01", "land", "L-RTA", name): 1 for name in CLASSES[:3]}
    assert Attack(published(counts)).pinned(counts) == []


@given(tables)
def test_every_small_count_is_untold_and_every_figure_beside_it(counts):
    counts = recoded(counts)
    for row in csv.DictReader(io.StringIO(published(counts))):
        figures = [row[name] for name in row if name not in DIMENSIONS]
        if row["n_cases"].isdigit():
            assert int(row["n_cases"]) >= LEAST
        else:
            assert row["n_cases"] in (FEW, UNTOLD) and set(figures[1:]) == {UNTOLD}


@given(tables)
def test_every_total_is_told_exactly_and_is_the_sum_of_its_details(counts):
    counts = recoded(counts)
    found = {
        tuple(row[name] for name in DIMENSIONS): row["n_cases"]
        for row in csv.DictReader(io.StringIO(published(counts)))
    }
    for total, told in found.items():
        if ALL in total:
            assert int(told) == sum(n for key, n in counts.items() if fits(key, total))
    assert int(found[(ALL,) * 5]) == sum(counts.values())


@given(tables)
def test_sums_less_what_is_told_are_of_nobody_or_of_three_cases_at_least(counts):
    counts = recoded(counts)
    protected = protect(counts, CLASSES)
    told = told_totals(counts, protected)
    rest = {None: 0}
    for key in protected.untold:
        n = counts.get(key, 0)
        rest[None] += n
        for total in zip(TOTALS, key, strict=False):
            rest[total] = rest.get(total, 0) + n
    for total in (*told.sums, *told.times):
        assert rest.get(total, 0) == 0 or rest[total] >= LEAST
    if None in told.sums:
        silent = {key[0] for key in counts} - {total[1] for total in told.sums if total}
        left = sum(rest.get(("period", period), 0) for period in silent)
        assert left == 0 or left >= LEAST


@given(tables, st.randoms())
def test_the_same_table_gives_the_same_bytes_in_whatever_order_it_comes(counts, chance):
    counts = recoded(counts)
    shuffled = list(counts.items())
    chance.shuffle(shuffled)
    assert published(counts) == published(dict(shuffled))


@given(tables)
def test_after_joining_every_total_has_three_cases_and_nobody_is_lost(counts):
    told = recoded(counts)
    assert sum(told.values()) == sum(counts.values())
    for place in range(len(TOTALS)):
        totals = Counter()
        for key, n in told.items():
            totals[key[place]] += n
        assert min(totals.values()) >= LEAST
        for name, n in totals.items():
            assert name == JOINED or "+" not in name or n > name.count("+") + 1


def test_what_is_common_keeps_its_name():
    counts = recoded(a_year("2026-{month:02}"))
    kinds = {key[3] for key in counts}
    assert {"L-RTA", "L-ANI", "S-MOB"} <= kinds
    assert {key[0] for key in counts} == {f"2026-{month:02}" for month in range(1, 13)}
    assert {key[1] for key in counts} >= {"65.71.01", "laut", "luar", "-"}


def test_types_are_joined_within_their_domain_and_domains_where_there_is_no_other():
    def name(type_counts):
        names = recoding({("2026", "-", TYPES[kind], kind, "normal"): n for kind, n in type_counts.items()})
        return names.of(("2026", "-", "air", "A-OFF", "normal"))[2:4], names.of(
            ("2026", "-", "land", "L-FIR", "normal")
        )[2:4]

    assert name({"L-RTA": 9, "L-FIR": 1, "A-OFF": 5})[1] == ("land", "L-FIR+L-RTA")
    air, land = name({"L-RTA": 9, "L-FIR": 6, "A-OFF": 1})
    assert air == ("air+land", "A-OFF+L-FIR")
    assert land == ("air+land", "A-OFF+L-FIR")


def test_quiet_days_are_joined_with_the_next_and_the_last_with_the_one_before():
    days = {"2026-01-01": 1, "2026-01-02": 1, "2026-01-04": 4, "2026-01-05": 8, "2026-01-06": 2}
    names = recoding({(day, "-", "-", "-", "prank"): n for day, n in days.items()}).names[0]
    assert names == {
        "2026-01-01": "2026-01-01/2026-01-04",
        "2026-01-02": "2026-01-01/2026-01-04",
        "2026-01-04": "2026-01-01/2026-01-04",
        "2026-01-05": "2026-01-05/2026-01-06",
        "2026-01-06": "2026-01-05/2026-01-06",
    }


def test_little_is_given_up_beyond_what_must_be():
    counts = recoded(a_year("2026-{month:02}"))
    protected = protect(counts, CLASSES)
    must = {key for key, n in counts.items() if n < LEAST}
    cases = sum(counts.values())
    assert len(protected.hidden) + len(protected.small - must) <= 0.05 * len(must)
    assert sum(counts[key] for key in protected.hidden) <= 0.01 * cases


def test_little_is_given_up_by_day_too():
    raw = a_year("2026-{month:02}-{day:03}", 93)
    names = recoding_by_day(raw, CLASSES)
    counts = recoded(raw, names)
    protected = protect_days(counts, CLASSES, names.months)[0]
    must = {key for key, n in counts.items() if n < LEAST}
    assert protected.hidden == frozenset()
    assert len(protected.small - must) <= 0.15 * len(must)
    assert len(names.months) == 93, "no day had to be joined"


def test_days_of_a_month_are_told_together_where_nothing_else_helps():
    """7 and 3 of the month, 5 on each day: with two on the second day, only one table would fit."""
    where = ("65.71.01", "land", "L-RTA")
    raw = {
        ("2026-01-01", *where, "ghost"): 5,
        ("2026-01-02", *where, "ghost"): 2,
        ("2026-01-02", *where, "information"): 3,
    }
    counts, daily, monthly = both_files(raw)
    assert {key[0] for key in counts} == {"2026-01-01/2026-01-02"}
    assert Attack(daily, monthly).pinned(counts) == []


def test_a_table_that_was_not_recoded_is_refused():
    with pytest.raises(ValueError, match="recode first"):
        protect({("2026-01", "-", "-", "-", "prank"): 2}, CLASSES)
    with pytest.raises(ValueError, match="without a case"):
        protect({("2026-01", "-", "-", "-", "prank"): 0}, CLASSES)


def test_times_of_one_or_two_responses_are_not_told():
    def row(responses):
        line = Line(("2026-01", "-", "land", "L", "normal"), 5, 0, responses, 600.0, 712.25, 0, 0, (0,) * 5)
        text = to_csv(
            [line], [], Protected(frozenset(), frozenset()), Told(frozenset(), frozenset())
        ).decode()
        found = next(csv.DictReader(io.StringIO(text)))
        return found["median_response_s"], found["p90_response_s"]

    assert [row(n) for n in (0, 1, 2, 3)] == [("", ""), ("x", "x"), ("x", "x"), ("600", "712.2")]
