"""Pimpinan, overview: the period in a sentence and six figures, where, the nine steps, counts."""

import streamlit as st

from analytics.selection import By
from services import analysis
from ui import parts, review_charts, review_figures, review_list, review_map
from ui.i18n import _, timezone
from ui.review_figures import Pair
from ui.review_filter import Selection
from ui.words import plain


def show(chosen: Selection) -> None:
    """Draw the overview of a selection that holds cases."""
    here, wanted = parts.here(), chosen.measured(timezone())
    now, then = analysis.period(here, wanted), analysis.period(here, analysis.before(wanted))
    words, files = st.columns([7, 1], vertical_alignment="center")
    words.markdown(f"#### {plain(review_figures.sentence(now, chosen))}")
    with files:
        review_list.downloads(chosen, now.counts.n)
    review_figures.cards(Pair(now, then, chosen.days), chosen)
    where, steps = st.columns([11, 10])
    with where, parts.panel("review_where", _("Kepadatan kejadian")):
        review_map.heat(chosen, now.counts)
    with steps, parts.panel("review_steps", _("Sembilan langkah SOP")):
        review_charts.steps(now.steps)
    counted = {by: analysis.counts_by(here, wanted, by) for by in (By.DOMAIN, By.TYPE, By.OUTCOME)}
    review_charts.counts(counted[By.DOMAIN], counted[By.TYPE], counted[By.OUTCOME], chosen)
