"""Response times told apart: where, what, who and when, as a table and as a funnel against chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from analytics import chart_data, charts, measures
from analytics.chance import Verdict
from analytics.chart_data import Judged
from analytics.charts import JudgedWords
from analytics.selection import By
from domain.words import N_
from geo.cells import cell_middle, cell_text
from geo.errors import GeoError
from services import analysis, places
from services.analysis import INTERVAL_MEANS, Spread
from ui import charts as drawn
from ui import parts
from ui.charts import Picture, amount, standard
from ui.i18n import _, format_number, timezone
from ui.review_charts import domain_label
from ui.review_figures import share
from ui.review_filter import Selection, area_label
from ui.state import TIMES_GROUPS
from ui.words import agency_name, type_label

TABLE_HEIGHT = 440

VERDICT_WORDS = {
    Verdict.USUAL: N_("dalam batas kebetulan"),
    Verdict.FEW: N_("terlalu sedikit kasus"),
    Verdict.HIGH: N_("lebih baik, di luar 95 persen"),
    Verdict.VERY_HIGH: N_("lebih baik, di luar 99,8 persen"),
    Verdict.LOW: N_("lebih buruk, di luar 95 persen"),
    Verdict.VERY_LOW: N_("lebih buruk, di luar 99,8 persen"),
}
"""What a share within the standard says against the share of all."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What times are told apart by: its label, and how one of it is called."""

    by: By
    label: str
    name: Callable[[Any], str]
    nameless: str = N_("tidak diketahui")


def _cell_name(cell: int) -> str:
    code = cell_text(cell)
    try:
        place = places.place_at(parts.here(), cell_middle(cell))
    except GeoError:
        return code
    named = place.kelurahan or place.water_area
    return f"{named} ({code})" if named else code


def _shift_name(code: str) -> str:
    return next(one.label for one in parts.here().pack.city.shifts if one.code == code)


_ELSEWHERE = N_("di laut atau di luar kota")
GROUPINGS = {
    "kecamatan": Grouping(By.KECAMATAN, N_("Kecamatan"), area_label, _ELSEWHERE),
    "kelurahan": Grouping(By.KELURAHAN, N_("Kelurahan"), area_label, _ELSEWHERE),
    "jenis": Grouping(By.TYPE, N_("Jenis"), type_label),
    "matra": Grouping(By.DOMAIN, N_("Matra"), domain_label),
    "giliran": Grouping(By.SHIFT, N_("Giliran jaga"), _shift_name),
    "instansi": Grouping(By.AGENCY, N_("Instansi"), agency_name),
    "hari": Grouping(By.WEEKDAY, N_("Hari"), drawn.weekday),
    "jam": Grouping(By.HOUR, N_("Jam"), lambda hour: f"{hour:02d}"),
    "sel": Grouping(By.H3_8, N_("Sel peta (H3 8)"), _cell_name, N_("tanpa koordinat")),
}


@st.fragment
def show(chosen: Selection, name: str, spread: Spread) -> None:
    """Draw an interval told apart by what is chosen: a table, and the funnel where there is a standard."""
    # Units have no processing and no time on scene of their own.
    kinds = [kind for kind in GROUPINGS if kind != "instansi" or name in measures.UNIT_INTERVALS]
    kind = st.segmented_control(
        _("Dirinci menurut"),
        kinds,
        format_func=lambda one: _(GROUPINGS[one].label),
        default="kelurahan",
        required=True,
        key=TIMES_GROUPS,
        bind="query-params",
    )
    grouping = GROUPINGS[kind]
    groups = grouped(grouping, chosen, name)
    if not groups:
        st.info(_("Tidak ada waktu yang diketahui untuk rincian ini; perpanjang rentangnya."))
        return
    left, right = st.columns([6, 5])
    with left, st.container(border=True, height="stretch", key="times_groups"):
        _table(table_picture(kind, grouping, groups, name, spread), chosen, groups, grouping, spread)
    with right, st.container(border=True, height="stretch", key="times_funnel"):
        if spread.standard_s is None:
            st.info(_("Selang ini tidak punya standar, sehingga tidak ada bagian yang memenuhinya."))
        elif len(groups) < 2:
            st.info(_("Hanya ada satu kelompok; tidak ada yang dapat dibandingkan."))
        else:
            drawn.draw(funnel_picture(kind, grouping, groups, name, spread), chosen)
    if grouping.by is By.AGENCY:
        st.caption(
            _(
                "Menurut instansi dihitung waktu setiap unitnya sendiri; waktu tanggap adalah milik unit "
                "pertama instansi itu yang tiba."
            )
        )


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def grouped(grouping: Grouping, chosen: Selection, name: str) -> tuple[tuple[str, Spread], ...]:
    """Return (name, times) of the groups that have any, most cases first."""
    found = analysis.interval_by(parts.here(), chosen.measured(timezone()), name, (grouping.by,))
    named = [
        (_(grouping.nameless) if key is None else grouping.name(key), spread)
        for (key,), spread in found
        if spread.n
    ]
    if grouping.by in (By.WEEKDAY, By.HOUR):
        return tuple(named)
    return tuple(sorted(named, key=lambda one: (-one[1].n, one[0])))


def _judged(groups: Sequence[tuple[str, Spread]]) -> tuple[Judged, ...]:
    if any(spread.within is None for _name, spread in groups):
        return ()
    return chart_data.judged([(name, spread.n, spread.within or 0) for name, spread in groups])


def judged_words(group: str, whole: float) -> JudgedWords:
    """Return what shares against chance are told with; `whole`: the share of all."""
    return JudgedWords(
        group,
        _("Jumlah kasus (n)"),
        _("Dalam standar"),
        _("semuanya {share}").format(share=share_text(whole)),
        _("batas 95 persen"),
        _("batas 99,8 persen"),
        _("Penilaian"),
        {verdict: _(text) for verdict, text in VERDICT_WORDS.items()},
    )


def share_text(part: float) -> str:
    """Return a share in percent with one decimal."""
    return f"{format_number(100 * part, 1)} %"


def limits_row(one: Judged | None) -> dict[str, object]:
    """Return limits and verdict for a line of a file; empty fields where nothing was measured."""
    if one is None:
        return dict.fromkeys(("low_99_8", "low_95", "high_95", "high_99_8", "verdict"))
    limits = one.limits
    return {
        "low_99_8": limits.outer_low,
        "low_95": limits.low,
        "high_95": limits.high,
        "high_99_8": limits.outer_high,
        "verdict": one.verdict.value,
    }


def _head(grouping: Grouping, spread: Spread) -> tuple[str, ...]:
    shown = (_(grouping.label), "n", _("Median"), "P90")
    return shown if spread.standard_s is None else (*shown, _("Dalam standar"), _("Penilaian"))


def _cells(groups: Sequence[tuple[str, Spread]], spread: Spread) -> list[list[str]]:
    unit = drawn.unit_of(spread)
    verdicts = {one.name: _(VERDICT_WORDS[one.verdict]) for one in _judged(groups)}
    rows = []
    for name, one in groups:
        row = [name, format_number(one.n), amount(one.median_s, unit), amount(one.p90_s, unit)]
        if spread.standard_s is not None:
            row += [share(one.within or 0, one.n), verdicts[name]]
        rows.append(row)
    return rows


def table_picture(
    kind: str, grouping: Grouping, groups: Sequence[tuple[str, Spread]], name: str, spread: Spread
) -> Picture:
    """Return the table of the groups."""
    judged = {one.name: one for one in _judged(groups)}
    head, cells = _head(grouping, spread), _cells(groups, spread)
    return Picture(
        f"rincian-{kind}",
        drawn.interval_title(name, _("menurut {label}").format(label=_lower(_(grouping.label)))),
        drawn.n_words(sum(one.n for _label, one in groups)),
        _(INTERVAL_MEANS[name]),
        "; ".join(f"{row[0]} {row[2]}" for row in cells),
        partial(charts.table, head, cells),
        [
            {
                kind: label,
                "n": one.n,
                "median_s": one.median_s,
                "p90_s": one.p90_s,
                "within": one.within,
                "share_within": one.share,
                "standard_s": one.standard_s,
                **limits_row(judged.get(label)),
            }
            for label, one in groups
        ],
        wide=True,
    )


def _table(
    picture: Picture,
    chosen: Selection,
    groups: Sequence[tuple[str, Spread]],
    grouping: Grouping,
    spread: Spread,
) -> None:
    drawn.head(picture, chosen)
    head = _head(grouping, spread)
    rows = [
        {**dict(zip(head, row, strict=True)), "n": one.n}
        for row, (_label, one) in zip(_cells(groups, spread), groups, strict=True)
    ]
    # As high as its rows, so that a short table leaves no empty lines.
    height = min(TABLE_HEIGHT, 38 + 35 * len(rows))
    st.dataframe(rows, hide_index=True, height=height, alt=f"{picture.title}: {picture.told}")


def funnel_picture(
    kind: str, grouping: Grouping, groups: Sequence[tuple[str, Spread]], name: str, spread: Spread
) -> Picture:
    """Return the share within the standard against n, between the limits of chance."""
    found = _judged(groups)
    whole = found[0].limits.center
    words = judged_words(_(grouping.label), whole)
    limits = chart_data.funnel_limits(whole, max(one.n for one in found))
    unit = drawn.unit_of(spread)
    outside = [f"{one.name}: {words.verdicts[one.verdict]}" for one in found if one.outside]
    return Picture(
        f"corong-{kind}",
        drawn.interval_title(
            name,
            _("dalam {standard}, menurut jumlah kasus").format(standard=standard(spread.standard_s, unit)),
        ),
        drawn.n_words(sum(one.n for one in found)),
        _(
            "Setiap tanda satu kelompok. Di dalam corong kelompok berbeda karena kebetulan saja (batas "
            "binomial eksak di sekitar bagian semuanya); makin sedikit kasus makin lebar."
        ),
        "; ".join(outside) if outside else _("semua kelompok dalam batas kebetulan"),
        partial(charts.funnel, found, limits, words),
        [
            {kind: one.name, "n": one.n, "within": one.within, "share_within": one.share, **limits_row(one)}
            for one in found
        ],
    )
