"""Pimpinan: where incidents were, how many, how fast, how often a step was in time."""

import streamlit as st

from services import review
from ui import parts, review_charts, review_figures, review_filter, review_list, review_map
from ui.i18n import _, timezone
from ui.review_filter import Selection
from ui.words import plain


def main() -> None:
    parts.notice()
    chosen = review_filter.choose()
    if chosen is None:
        return
    found = review.review(parts.here(), chosen.wanted(timezone()))
    if found.total:
        _show(found, chosen)
    else:
        _nothing(chosen)


def _show(found: review.Review, chosen: Selection) -> None:
    words, files = st.columns([7, 1], vertical_alignment="center")
    words.markdown(f"#### {plain(review_figures.sentence(found, chosen))}")
    with files:
        review_list.downloads(chosen, found.total)
    review_figures.cards(found)
    where, steps = st.columns([11, 10])
    with where, parts.panel("review_where", _("Kepadatan kejadian")):
        review_map.heat(found)
    with steps, parts.panel("review_steps", _("Sembilan langkah SOP")):
        review_charts.steps(found)
    review_charts.counts(found)
    review_list.cases(chosen, found.total)


def _nothing(chosen: Selection) -> None:
    st.info(
        _("Tidak ada laporan dalam {days} hari ini dengan saringan tersebut.").format(days=chosen.days)
        + " "
        + _("Perpanjang rentang tanggal, atau kosongkan matra dan jenis kejadian.")
    )


main()
