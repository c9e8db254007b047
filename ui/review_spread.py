"""How long one interval took: its spread with the standard drawn in, and the share reached in time."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from analytics import chart_data, charts
from analytics.charts import Mark
from domain.words import N_, Domain
from services import analysis
from services.analysis import INTERVAL_MEANS, Distribution, Spread
from ui import charts as drawn
from ui import parts
from ui.charts import Picture, amount, standard
from ui.i18n import _, format_number, timezone
from ui.review_charts import domain_label
from ui.review_filter import Selection
from ui.state import TIMES_COMPARED

_COMPARED = {"sebelum": N_("Rentang sebelumnya"), "matra": N_("Tiap matra")}


def histogram_picture(name: str, raw: Distribution, spread: Spread) -> Picture:
    """Return how often an interval took how long, with standard, median and P90."""
    unit, bins = drawn.unit_of(spread), chart_data.binned(raw.values_s, raw.counts, spread.standard_s)
    median, p90 = amount(spread.median_s, unit), amount(spread.p90_s, unit)
    marks = [
        *drawn.standard_mark(spread, unit),
        Mark(spread.median_s or 0, _("median {time}").format(time=median)),
        Mark(spread.p90_s or 0, _("P90 {time}").format(time=p90)),
    ]

    def at(value_s: float) -> str:
        digits = 0 if value_s % unit.size_s == 0 else 1
        return format_number(value_s / unit.size_s, digits)

    words = charts.HistogramWords(
        drawn.axis_title(name, unit),
        _("Kasus"),
        [
            _("di atas {low} sampai {high} {unit}").format(low=at(low), high=at(high), unit=unit.sign)
            for low, high, _k in bins.rows
        ],
        _("> {end} {unit}: {n}").format(end=at(bins.end_s), unit=unit.sign, n=format_number(bins.over)),
        _("Bagian"),
    )
    told = _("median {median}, P90 {p90}, {n} kasus").format(
        median=median, p90=p90, n=format_number(spread.n)
    )
    rows: list[dict[str, object]] = [
        {"over_s": low, "up_to_s": high, "n": n, "share": n / bins.n} for low, high, n in bins.rows
    ]
    if bins.over:
        rows.append({"over_s": bins.end_s, "up_to_s": None, "n": bins.over, "share": bins.over / bins.n})
    return Picture(
        "sebaran",
        drawn.interval_title(name, _("sebaran")),
        drawn.n_words(spread.n),
        _(INTERVAL_MEANS[name]),
        told,
        partial(charts.histogram, bins, marks, unit, words),
        rows,
    )


@st.fragment
def curve(chosen: Selection, name: str, raw: Distribution, spread: Spread) -> None:
    """Draw the share reached in time, beside the period before or told apart by matra."""
    compared = st.segmented_control(
        _("Bandingkan dengan"),
        list(_COMPARED),
        format_func=lambda one: _(_COMPARED[one]),
        default="sebelum",
        required=True,
        key=TIMES_COMPARED,
        bind="query-params",
    )
    here, wanted = parts.here(), chosen.measured(timezone())
    if compared == "matra":
        domains = chosen.domains or tuple(Domain)
        found = [
            (
                domain_label(one.value),
                analysis.distribution(here, replace(wanted, domains=(one.value,)), name),
            )
            for one in domains
        ]
    else:
        before = analysis.distribution(here, analysis.before(wanted), name)
        found = [
            (_("rentang ini"), raw),
            (_("{days} hari sebelumnya").format(days=chosen.days), before),
        ]
    empty = [label for label, one in found if not one.n]
    drawn.draw(curve_picture(name, [line for line in found if line[1].n], raw, spread), chosen)
    if empty:
        st.caption(_("Tidak ada waktu yang diketahui: {lines}.").format(lines=", ".join(empty)))


def curve_picture(
    name: str, found: Sequence[tuple[str, Distribution]], whole: Distribution, spread: Spread
) -> Picture:
    """Return the share that took at most so long, a line for each of (name, times)."""
    unit = drawn.unit_of(spread)
    end_s = chart_data.binned(whole.values_s, whole.counts, spread.standard_s).end_s
    lines = [
        charts.Line(f"{label} ({drawn.n_words(one.n)})", chart_data.fractiles(one.values_s, one.counts))
        for label, one in found
    ]
    words = charts.CurveWords(drawn.axis_title(name, unit), _("Bagian yang tercapai"), _("Garis"))
    told = "; ".join(line.name for line in lines)
    longer = int(whole.counts[whole.values_s > end_s].sum())
    definition = _("Bagian kasus yang sudah tercapai dalam waktu itu.")
    if longer:
        definition += " " + _("{n} yang lebih lama dari {end} tidak tergambar.").format(
            n=format_number(longer), end=standard(end_s, unit)
        )
    return Picture(
        "kurva",
        drawn.interval_title(name, _("bagian yang sudah tercapai")),
        drawn.n_words(whole.n),
        f"{_(INTERVAL_MEANS[name])} {definition}",
        told,
        partial(charts.curve, lines, end_s, drawn.standard_mark(spread, unit), unit, words),
        [
            {"line": label, "n": one.n, "time_s": time_s, "share_up_to": part}
            for label, one in found
            for time_s, part in chart_data.fractiles(one.values_s, one.counts)
        ],
    )
