"""Pimpinan, response times: every interval against its standard, its spread, when, over the months, where."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

import streamlit as st

from analytics import charts, measures
from analytics.chance import Interval, Verdict
from analytics.chart_data import Unit
from analytics.selection import Selection as Wanted
from domain.words import N_
from services import analysis
from services.analysis import INTERVAL_MEANS, INTERVAL_WORDS, Spread
from ui import charts as drawn
from ui import parts, review_groups, review_spread, review_when
from ui.charts import Picture, amount, standard
from ui.i18n import _, format_number, timezone
from ui.review_figures import NOTHING, VERDICTS, share
from ui.review_filter import Selection
from ui.state import TIMES_INTERVAL

_NO_RING = N_(
    "Belum ada waktu dering yang diketahui dari sistem telepon, sehingga tidak ada yang dapat diukur."
)
_NOTHING = {
    "alarm_answering_s": _NO_RING,
    "alarm_processing_s": N_("Belum ada unit yang dikerahkan dalam rentang ini; perpanjang rentangnya."),
    "alarm_handling_s": _NO_RING,
    "turnout_s": N_("Belum ada unit yang berangkat dalam rentang ini; perpanjang rentangnya."),
    "travel_s": N_("Belum ada unit yang tiba di lokasi dalam rentang ini; perpanjang rentangnya."),
    "response_s": N_("Belum ada unit yang tiba di lokasi dalam rentang ini; perpanjang rentangnya."),
    "on_scene_s": N_("Belum ada unit yang selesai di lokasi dalam rentang ini; perpanjang rentangnya."),
}
"""Why an interval has no time."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One interval in a period: its times, the interval of its P90, and the period before."""

    name: str
    now: Spread
    median: Interval | None
    p90: Interval | None
    then: Spread

    @property
    def unit(self) -> Unit:
        """What its times are told in."""
        return drawn.unit_of(self.now)

    @property
    def median_change(self) -> Verdict:
        """Whether the median before lies outside what chance would make of this one."""
        return analysis.median_change(self.now, self.median, self.then)


def show(chosen: Selection) -> None:
    """Draw the response times of a selection that holds cases."""
    _all_intervals(chosen)
    _one_interval(chosen)


def timed(wanted: Wanted) -> tuple[Timed, ...]:
    """Return every interval of a selection, beside the period of the same length before it."""
    here = parts.here()
    now, then = analysis.intervals(here, wanted), analysis.intervals(here, analysis.before(wanted))
    raw = {name: analysis.distribution(here, wanted, name) for name, spread in now.items() if spread.n}
    return tuple(
        Timed(
            name,
            spread,
            raw[name].interval(measures.MEDIAN) if spread.n else None,
            raw[name].interval(measures.P90) if spread.n else None,
            then[name],
        )
        for name, spread in now.items()
    )


def _all_intervals(chosen: Selection) -> None:
    found = timed(chosen.measured(timezone()))
    picture = intervals_picture(found, chosen)
    with st.container(border=True, key="times_intervals"):
        drawn.head(picture, chosen)
        heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in _table_head(chosen))
        body = "".join(_table_row(one) for one in found)
        st.html(
            f'<table class="sigap-intervals"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        )
        st.caption(
            _(
                "Median dan P90 dihitung dari setiap kasus; rentang di bawah P90 adalah selang kepercayaan "
                "95 persen (bootstrap). Arahkan penunjuk ke nama selang untuk definisinya."
            )
        )


def intervals_picture(found: Sequence[Timed], chosen: Selection) -> Picture:
    """Return the table of all intervals."""
    lines = [[text.replace("\n", "; ") for text in _table_texts(one)] for one in found]
    counted = _("{n} selang").format(n=len(found))
    return Picture(
        "selang-waktu",
        _("Semua selang waktu"),
        counted,
        _("n = kasus penyelamatan yang kedua cap waktunya diketahui."),
        "; ".join(f"{line[0]} {line[1]}" for line in lines),
        partial(charts.table, _table_head(chosen), lines),
        [_csv_row(one) for one in found],
        wide=True,
    )


def _table_head(chosen: Selection) -> tuple[str, ...]:
    return (
        _("Selang"),
        "n",
        _("Rata-rata"),
        _("Median"),
        "P90",
        _("Standar"),
        _("Dalam standar"),
        _("{days} hari sebelumnya").format(days=chosen.days),
    )


def _table_texts(one: Timed) -> list[str]:
    """Return the cells of an interval; what stands after a line break is the smaller print."""
    now, then, unit = one.now, one.then, one.unit
    name = _(INTERVAL_WORDS[one.name])
    if not now.n:
        return [name, "0", _(_NOTHING[one.name]), "", "", "", "", ""]
    p90 = amount(now.p90_s, unit)
    if one.p90:
        low, high = (format_number(value / unit.size_s, 1) for value in (one.p90.low, one.p90.high))
        p90 += "\n" + _("95 %: {low}–{high}").format(low=low, high=high)
    within = NOTHING
    if now.within is not None:
        within = f"{share(now.within, now.n)}\n" + _("{within} dari {n}").format(
            within=format_number(now.within), n=format_number(now.n)
        )
    return [
        name,
        format_number(now.n),
        amount(now.mean_s, unit),
        amount(now.median_s, unit),
        p90,
        standard(now.standard_s, unit),
        within,
        _before(one, then, unit),
    ]


def _before(one: Timed, then: Spread, unit: Unit) -> str:
    if not then.n:
        return _("belum ada yang diukur")
    told = _("median {median} (n = {n}): {verdict}").format(
        median=amount(then.median_s, unit), n=format_number(then.n), verdict=_(VERDICTS[one.median_change])
    )
    if then.within is None:
        return told
    verdict = _(VERDICTS[analysis.share_change(one.now, then)])
    return f"{told}\n" + _("dalam standar {share}: {verdict}").format(
        share=share(then.within, then.n), verdict=verdict
    )


def _table_row(one: Timed) -> str:
    name, n, *cells = _table_texts(one)
    head = f'<th scope="row" title="{escape(_(INTERVAL_MEANS[one.name]))}">{escape(name)}</th><td>{n}</td>'
    if not one.now.n:
        return f'<tr>{head}<td class="why" colspan="{len(cells)}">{escape(cells[0])}</td></tr>'
    return f"<tr>{head}{''.join(map(_cell, cells))}</tr>"


def _cell(text: str) -> str:
    main, *small = text.split("\n")
    return f"<td>{escape(main)}{''.join(f'<small>{escape(line)}</small>' for line in small)}</td>"


def _csv_row(one: Timed) -> dict[str, object]:
    now, then = one.now, one.then
    return {
        "interval": one.name,
        "name": _(INTERVAL_WORDS[one.name]),
        "n": now.n,
        "mean_s": now.mean_s,
        "median_s": now.median_s,
        "p90_s": now.p90_s,
        "p90_low_s": one.p90.low if one.p90 else None,
        "p90_high_s": one.p90.high if one.p90 else None,
        "standard_s": now.standard_s,
        "within": now.within,
        "share_within": now.share,
        "before_n": then.n,
        "before_median_s": then.median_s,
        "before_share_within": then.share,
        "median_change": one.median_change.value,
        "share_change": analysis.share_change(now, then).value if now.within is not None else None,
    }


@st.fragment
def _one_interval(chosen: Selection) -> None:
    """Draw the parts on one interval; another choice draws only these anew."""
    name = st.segmented_control(
        _("Selang waktu"),
        list(INTERVAL_WORDS),
        format_func=lambda name: _(INTERVAL_WORDS[name]),
        default="response_s",
        required=True,
        key=TIMES_INTERVAL,
        bind="query-params",
    )
    here, wanted = parts.here(), chosen.measured(timezone())
    raw = analysis.distribution(here, wanted, name)
    if not raw.n:
        st.info(_(_NOTHING[name]))
        return
    spread = analysis.interval(here, wanted, name)
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch", key="times_spread"):
        drawn.draw(review_spread.histogram_picture(name, raw, spread), chosen)
    with right, st.container(border=True, height="stretch", key="times_curve"):
        review_spread.curve(chosen, name, raw, spread)
    with st.container(border=True, key="times_matrix"):
        review_when.matrix(chosen, name, spread)
    review_when.over_months(chosen, name, spread)
    review_groups.show(chosen, name, spread)
