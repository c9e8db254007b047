"""When one interval took how long: by hour and weekday, and over the months against chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import streamlit as st

from analytics import chance, chart_data, charts, measures
from analytics.charts import Cell
from analytics.facts import CASE_FACTS
from analytics.selection import By
from analytics.selection import chosen as rows_of
from domain.words import N_
from services import analysis
from services.analysis import INTERVAL_MEANS, Spread
from ui import charts as drawn
from ui import parts, review_groups
from ui.charts import Picture, amount, standard
from ui.i18n import _, format_number, timezone
from ui.review_figures import share
from ui.review_filter import Selection
from ui.state import TIMES_MATRIX

TREND_MONTHS = 12
"""A trend is drawn over at least so many months, also where the period is shorter."""
_MATRICES = {"laporan": N_("Jumlah laporan"), "median": N_("Median"), "bagian": N_("Dalam standar")}
_BOTH = (By.WEEKDAY, By.HOUR)
_HOURS = tuple(f"{hour:02d}" for hour in range(24))


@st.fragment
def matrix(chosen: Selection, name: str, spread: Spread) -> None:
    """Draw reports, median or share in the standard by hour and weekday."""
    kind = st.segmented_control(
        _("Jam dan hari"),
        list(_MATRICES),
        format_func=lambda one: _(_MATRICES[one]),
        default="laporan",
        required=True,
        key=TIMES_MATRIX,
        bind="query-params",
    )
    if kind == "bagian" and spread.standard_s is None:
        st.info(_("Selang ini tidak punya standar, sehingga tidak ada bagian yang memenuhinya."))
        return
    drawn.draw(matrix_picture(kind, name, chosen, spread), chosen)
    if kind != "laporan":
        st.caption(
            _("Kotak kecil: kurang dari {least} kasus, terlalu sedikit untuk disimpulkan.").format(
                least=chance.LEAST
            )
        )


def matrix_picture(kind: str, name: str, chosen: Selection, spread: Spread) -> Picture:
    """Return the matrix of hours and weekdays: `laporan` counts, `median`, or `bagian` in the standard."""
    here, wanted = parts.here(), chosen.measured(timezone())
    if kind == "laporan":
        return _reports(analysis.rows(here, measures.counts(rows_of(CASE_FACTS, wanted, merged=True), _BOTH)))
    found = [(*key, one) for key, one in analysis.interval_by(here, wanted, name, _BOTH)]
    unit = drawn.unit_of(spread)
    rows: list[dict[str, object]] = [
        {"weekday": day, "hour": hour, "n": one.n, "median_s": one.median_s, "share_within": one.share}
        for day, hour, one in found
    ]
    if kind == "median":
        cells = [
            _cell(day, hour, one.n, one.median_s / unit.size_s, amount(one.median_s, unit))
            for day, hour, one in found
            if one.median_s is not None
        ]
        title, scale = _("median menurut jam dan hari"), _("Median ({unit})").format(unit=unit.sign)
    else:
        cells = [
            _cell(day, hour, one.n, 100 * one.share, share(one.within or 0, one.n))
            for day, hour, one in found
            if one.share is not None
        ]
        title, scale = _("dalam standar menurut jam dan hari"), _("Dalam standar (%)")
    return _matrix_picture(
        f"matriks-{kind}",
        drawn.interval_title(name, title),
        _(INTERVAL_MEANS[name]),
        cells,
        charts.MatrixWords(scale, _("Jam"), "n"),
        rows,
    )


def _reports(counted: Sequence[Mapping[str, int]]) -> Picture:
    cells = [_cell(r["weekday"], r["hour"], r["n"], r["n"], format_number(r["n"])) for r in counted]
    return _matrix_picture(
        "matriks-laporan",
        _("Laporan menurut jam dan hari"),
        _("Semua laporan yang diterima, menurut jam kota."),
        cells,
        charts.MatrixWords(_("Jumlah laporan"), _("Jam"), "n", count=True),
        [{"weekday": r["weekday"], "hour": r["hour"], "reports": r["n"]} for r in counted],
    )


def _matrix_picture(
    name: str,
    title: str,
    definition: str,
    cells: Sequence[Cell],
    words: charts.MatrixWords,
    rows: Sequence[Mapping[str, object]],
) -> Picture:
    most = max(cells, key=lambda cell: cell.n)
    days = [drawn.weekday(number, short=True) for number in range(1, 8)]
    return Picture(
        name,
        title,
        drawn.n_words(sum(cell.n for cell in cells)),
        definition,
        _("paling banyak {day} jam {hour}, n = {n}").format(day=most.row, hour=most.column, n=most.n),
        partial(charts.matrix, cells, days, _HOURS, words),
        rows,
    )


def _cell(day: int, hour: int, n: int, value: float, told: str) -> Cell:
    return Cell(drawn.weekday(day, short=True), _HOURS[hour], n, value, told)


@dataclass(frozen=True, slots=True)
class Monthly:
    """An interval by month of the city's calendar: first day of the month, its times."""

    first: date
    spread: Spread


def monthly(chosen: Selection, name: str) -> tuple[tuple[Monthly, ...], Selection]:
    """Return an interval by month, and the selection it is of: twelve months or more, to the same last day.

    Months without a time are there with n = 0; those before the first that was measured are not.
    """
    index = 12 * chosen.last.year + chosen.last.month - TREND_MONTHS
    first = min(date(index // 12, index % 12 + 1, 1), chosen.first.replace(day=1))
    longer = replace(chosen, first=first)
    found = {
        key[0]: spread
        for key, spread in analysis.interval_by(parts.here(), longer.measured(timezone()), name, (By.MONTH,))
        if spread.n
    }
    known = [date(key.year, key.month, 1) for key in found]
    if not known:
        return (), longer
    by_month = {(key.year, key.month): spread for key, spread in found.items()}
    limit = next(iter(found.values())).standard_s
    nothing = Spread(0, None, None, None, None if limit is None else 0, limit)
    months = chart_data.month_range(
        (min(known).year, min(known).month), (chosen.last.year, chosen.last.month)
    )
    return tuple(Monthly(date(*one, 1), by_month.get(one, nothing)) for one in months), longer


def over_months(chosen: Selection, name: str, spread: Spread) -> None:
    """Draw median and P90 by month, and the share within the standard against chance."""
    months, longer = monthly(chosen, name)
    if sum(1 for one in months if one.spread.n) < 2:
        st.info(_("Baru satu bulan yang mempunyai data; arah dari bulan ke bulan tampak mulai dua bulan."))
        return
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch", key="times_trend"):
        drawn.draw(trend_picture(name, months, spread), longer)
    with right, st.container(border=True, height="stretch", key="times_shares"):
        if spread.standard_s is None:
            st.info(_("Selang ini tidak punya standar, sehingga tidak ada bagian yang memenuhinya."))
        else:
            drawn.draw(shares_picture(name, months, spread), longer)
    if months[0].first < chosen.first.replace(day=1):
        st.caption(
            _("Arah digambar {months} bulan sampai {last} dengan saringan yang sama.").format(
                months=len(months), last=drawn.day(chosen.last)
            )
        )


def _month_label(one: Monthly) -> str:
    return f"{drawn.month(one.first)}\nn {format_number(one.spread.n)}"


def _month_row(one: Monthly) -> dict[str, object]:
    spread = one.spread
    return {
        "month": f"{one.first:%Y-%m}",
        "n": spread.n,
        "median_s": spread.median_s,
        "p90_s": spread.p90_s,
        "within": spread.within,
        "share_within": spread.share,
    }


def trend_picture(name: str, months: Sequence[Monthly], spread: Spread) -> Picture:
    """Return median and P90 by month."""
    unit = drawn.unit_of(spread)
    points = [
        charts.Month(_month_label(one), one.spread.n, one.spread.median_s, one.spread.p90_s) for one in months
    ]
    words = charts.TrendWords(_("Bulan"), drawn.axis_title(name, unit), _("median"), "P90", "n")
    mark = next(iter(drawn.standard_mark(spread, unit)), None)
    return Picture(
        "bulanan",
        drawn.interval_title(name, _("median dan P90 tiap bulan")),
        drawn.n_words(sum(one.spread.n for one in months)),
        _(INTERVAL_MEANS[name]),
        "; ".join(
            f"{drawn.month(one.first)} {amount(one.spread.median_s, unit)}, {amount(one.spread.p90_s, unit)}"
            for one in months
        ),
        partial(charts.trend, points, mark, unit, words),
        [_month_row(one) for one in months],
    )


def shares_picture(name: str, months: Sequence[Monthly], spread: Spread) -> Picture:
    """Return the share within the standard by month, between the limits of chance."""
    judged = chart_data.judged(
        [(drawn.month(one.first), one.spread.n, one.spread.within or 0) for one in months]
    )
    by_name = {one.name: one for one in judged}
    points = [(_month_label(one), by_name.get(drawn.month(one.first))) for one in months]
    whole = judged[0].limits.center
    words = review_groups.judged_words(_("Bulan"), whole)
    unit = drawn.unit_of(spread)
    title = _("dalam {standard} tiap bulan").format(standard=standard(spread.standard_s, unit))
    return Picture(
        "bulanan-bagian",
        drawn.interval_title(name, title),
        drawn.n_words(sum(one.n for one in judged)),
        _(INTERVAL_MEANS[name])
        + " "
        + _(
            "Kotak: batas 95 dan 99,8 persen (binomial eksak) di sekitar bagian seluruh rentang; di dalamnya "
            "bulan berbeda karena kebetulan saja."
        ),
        "; ".join(f"{one.name} {share(one.within, one.n)}, {words.verdicts[one.verdict]}" for one in judged),
        partial(charts.months_of_shares, points, words),
        [
            {**_month_row(month), **review_groups.limits_row(by_name.get(drawn.month(month.first)))}
            for month in months
        ],
    )
