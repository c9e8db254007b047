"""Every measure that leadership reads, as an Ibis expression over the rows of `analytics.selection.chosen`.

An expression belongs to no engine: DuckDB and Spark run the very same. Quantiles are exact, from raw rows:
sorted values read at position 1 + q(n - 1) with linear interpolation (Hyndman and Fan, type 7); they are
taken anew for every group and never averaged. Intervals are those of NFORS; `analytics.facts` says what each
column holds. A group without a key (say, a case without a kelurahan) is a row with a null key.
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis.expr.types import IntegerValue, Table

from analytics.facts import STEPS
from analytics.selection import OF_UNITS, By, Shift, each_unit, rescues, told_apart
from domain.facts import INTERVALS
from domain.statistics import VICTIMS
from domain.words import CallClass, Outcome

MEDIAN, P90 = 0.5, 0.9
UNIT_INTERVALS = ("turnout_s", "travel_s", "response_s")
"""Intervals that every unit has of its own."""
_BOTH = [MEDIAN, P90]
"""Asked for together, so that an engine puts the values in order once."""


def counts(rows: Table, by: Sequence[By] = (), shifts: Sequence[Shift] = ()) -> Table:
    """Return by key: `n` reports, of them `n_normal`, `n_prank`, `n_ghost`, `n_information`, `n_undecided`.

    `n_placed`: with coordinates. Raises ValueError by agency or unit, of which a report has several.
    """
    if any(one in OF_UNITS for one in by):
        raise ValueError("reports are not told by agency or unit: `unit_work` is")
    rows, keys = told_apart(rows, by, shifts)
    named = {f"n_{kind.value}": _number(rows.call_class == kind.value) for kind in CallClass}
    return _by(
        rows,
        keys,
        n=rows.count(),
        **named,
        n_undecided=_number(rows.call_class.isnull()),
        n_placed=rows.lon.count(),
    )


def interval(
    rows: Table, name: str, standard_s: int | None, by: Sequence[By] = (), shifts: Sequence[Shift] = ()
) -> Table:
    """Return by key: `n` known times of an interval of rescues, `mean_s`, `median_s`, `p90_s`, `within`.

    `within`: how many took at most `standard_s`; null without a standard. By agency or unit the times are
    each unit's own, and `response_s` that of the agency's first arriving unit. Raises ValueError for an
    unknown interval, and by agency or unit for one that units do not have.
    """
    if name not in INTERVALS:
        raise ValueError(f"no interval is named {name}")
    if name not in UNIT_INTERVALS and any(one in OF_UNITS for one in by):
        raise ValueError(f"units have no {name} of their own")
    rows, keys = told_apart(rescues(rows), by, shifts)
    return _by(rows, keys, **_summary(rows[name], standard_s))


def intervals(rows: Table, standards_s: Mapping[str, int | None]) -> Table:
    """Return one row with the five figures of several intervals of rescues, each named `interval:figure`."""
    rows = rescues(rows)
    figures = {
        f"{name}:{figure}": value
        for name, standard_s in standards_s.items()
        for figure, value in _summary(rows[name], standard_s).items()
    }
    return rows.aggregate(**figures)


def agency_response(rows: Table, agency: str, standard_s: int) -> Table:
    """Return one row: the five figures of the time from report to the first arrival of an agency's unit."""
    units = each_unit(rescues(rows))
    units = units.filter(units.agency == agency)
    return units.aggregate(**_summary(units.response_s, standard_s))


def distribution(rows: Table, name: str) -> Table:
    """Return `value_s` and `n`, how many rescues had it: an interval's raw values, none lost."""
    if name not in INTERVALS:
        raise ValueError(f"no interval is named {name}")
    rows = rescues(rows)
    known = rows.filter(rows[name].notnull())
    return known.group_by(value_s=known[name]).aggregate(n=known.count()).order_by("value_s")


def steps(rows: Table) -> Table:
    """Return a row for each SOP step: `step`, `n` finished, `in_time`, `median_s`, `p90_s`.

    Nine questions put together: an engine answers them side by side, one big one of them in a row.
    """
    return ibis.union(*(_step(rows, no) for no in STEPS)).order_by("step")


def _step(rows: Table, no: int) -> Table:
    took, target = rows[f"step{no}_s"], rows[f"target{no}_s"]
    quantiles = took.quantile(_BOTH)
    found = rows.aggregate(
        n=took.count(), in_time=_number(took <= target), median_s=quantiles[0], p90_s=quantiles[1]
    )
    return found.mutate(step=ibis.literal(no, "int8"))


def overrun_reasons(rows: Table) -> Table:
    """Return `step`, `reason` and `n`: why steps overran, in people's own words, most first."""
    told = rows.select("overrun_reasons").mutate(told=rows.overrun_reasons.unnest())
    told = told.mutate(step=told.told.step, reason=told.told.reason)
    found = told.group_by("step", "reason").aggregate(n=told.count())
    return found.order_by(found.n.desc(), found.step, found.reason)


def unit_work(rows: Table, by: Sequence[By] = (By.AGENCY,)) -> Table:
    """Return by agency or unit: `n` times sent, `busy_s` in all, `n_open`: still out or without a stamp.

    Unit hour utilisation is `busy_s` over the seconds that the units were in service.
    """
    if any(one not in OF_UNITS for one in by):
        raise ValueError("units' work is told by agency or unit")
    units, keys = told_apart(rows, by)
    return _by(units, keys, n=units.count(), busy_s=_sum(units.busy_s), n_open=_number(units.busy_s.isnull()))


def wasted(rows: Table, by: Sequence[By] = (), shifts: Sequence[Shift] = ()) -> Table:
    """Return by key: `n` false reports, `n_units` sent to them, `busy_s` that those were lost to others.

    By agency or unit: `n` false reports that one of theirs was sent to, their units and times.
    """
    false = rows.filter(rows.outcome == Outcome.FALSE_REPORT.value)
    false, keys = told_apart(false, by, shifts)
    if any(one in OF_UNITS for one in by):
        return _by(false, keys, n=false.case_id.nunique(), n_units=false.count(), busy_s=_sum(false.busy_s))
    return _by(false, keys, n=false.count(), n_units=_sum(false.n_units), busy_s=_sum(false.unit_busy_s))


def victims(rows: Table, by: Sequence[By] = (), shifts: Sequence[Shift] = ()) -> Table:
    """Return by key: `n` rescues with a count of victims, `total` persons, and how many by outcome."""
    rows, keys = told_apart(rescues(rows), by, shifts)
    named = {name: _sum(rows[f"victims_{name}"]) for name in VICTIMS}
    return _by(rows, keys, n=rows.victims_total.count(), total=_sum(rows.victims_total), **named)


def repeats(rows: Table, resolution: int, least: int) -> Table:
    """Return `cell`, `n`, `first_at`, `last_at` of H3 cells with at least so many rescues, most first."""
    rows = rescues(rows)
    placed = rows.mutate(cell=rows[f"h3_{resolution}"]).filter(lambda t: t.cell.notnull())
    found = placed.group_by("cell").aggregate(
        n=placed.count(), first_at=placed.received_at.min(), last_at=placed.received_at.max()
    )
    return found.filter(found.n >= least).order_by(found.n.desc(), found.cell)


def missing_stamps(rows: Table) -> Table:
    """Return `stamp` and `n`: how many registered rescues lack it."""
    told = rescues(rows).select("missing_stamps")
    told = told.mutate(stamp=told.missing_stamps.unnest())
    return told.group_by("stamp").aggregate(n=told.count()).order_by("stamp")


def late_entries(rows: Table) -> Table:
    """Return one row: `n` cases, `n_late` of them with a late entry, `entries` late in all."""
    return rows.aggregate(
        n=rows.count(), n_late=_number(rows.late_entries > 0), entries=_sum(rows.late_entries)
    )


def cells(rows: Table, resolution: int, standard_s: int, frame: By | None = None) -> Table:
    """Return by H3 cell, and by frame where given: `n` reports, `n_timed` with a response time, `n_late`.

    `n_late`: whose response took longer than `standard_s`. Rows are those given: chosen by class before.
    """
    rows = rows.mutate(cell=rows[f"h3_{resolution}"]).filter(lambda t: t.cell.notnull())
    rows, keys = told_apart(rows, () if frame is None else (frame,))
    return _by(
        rows,
        {"cell": rows.cell, **keys},
        n=rows.count(),
        n_timed=rows.response_s.count(),
        n_late=_number(rows.response_s > standard_s),
    )


def _summary(took: IntegerValue, standard_s: int | None) -> dict[str, ibis.Value]:
    quantiles = took.quantile(_BOTH)
    return {
        "n": took.count(),
        "mean_s": took.mean(),
        "median_s": quantiles[0],
        "p90_s": quantiles[1],
        "within": ibis.null("int64") if standard_s is None else _number(took <= standard_s),
    }


def _number(rule: ibis.Value) -> ibis.Value:
    """Return how many rows a rule holds for; 0 where there is none."""
    return rule.cast("int64").sum().fill_null(0)


def _sum(column: ibis.Value) -> ibis.Value:
    return column.cast("int64").sum().fill_null(0)


def _by(rows: Table, keys: Mapping[str, ibis.Value], **figures: ibis.Value) -> Table:
    """Return the figures of each group, in the order of their keys; of all rows where there is no key."""
    if not keys:
        return rows.aggregate(**figures)
    return rows.group_by(**keys).aggregate(**figures).order_by(*keys)
