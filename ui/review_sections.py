"""The parts of Pimpinan, one shown at a time, so that a page costs only what is looked at."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from domain.words import N_
from ui import (
    review_coverage,
    review_map,
    review_overview,
    review_replay,
    review_times,
    review_work,
)
from ui.i18n import _
from ui.review_filter import Selection
from ui.state import REVIEW_SECTION


@dataclass(frozen=True, slots=True)
class Section:
    """One part: its name in the address, its label, what draws it, whether it needs cases to say a thing."""

    name: str
    label: str
    show: Callable[[Selection], None]
    needs_cases: bool = True


SECTIONS = (
    Section("ringkas", N_("Ringkasan"), review_overview.show),
    Section("peta", N_("Peta kejadian"), review_map.show),
    Section("waktu", N_("Waktu tanggap"), review_times.show),
    Section("kerja", N_("Langkah dan unit"), review_work.show),
    Section("cakupan", N_("Keterjangkauan"), review_coverage.show, needs_cases=False),
    Section("ulang", N_("Putar ulang"), review_replay.show, needs_cases=False),
)


def choose() -> Section:
    """Draw the switch between the parts and return the one to show; it stands in the address."""
    by_name = {section.name: section for section in SECTIONS}
    # Not bound by Streamlit, which writes the translated label: a link must work in either language.
    if REVIEW_SECTION not in st.session_state:
        asked = st.query_params.get(REVIEW_SECTION)
        st.session_state[REVIEW_SECTION] = asked if asked in by_name else SECTIONS[0].name
    chosen = st.segmented_control(
        _("Bagian"),
        list(by_name),
        format_func=lambda name: _(by_name[name].label),
        required=True,
        key=REVIEW_SECTION,
        label_visibility="collapsed",
    )
    name = chosen or SECTIONS[0].name
    if name == SECTIONS[0].name:
        st.query_params.pop(REVIEW_SECTION, None)
    elif st.query_params.get(REVIEW_SECTION) != name:
        st.query_params[REVIEW_SECTION] = name
    return by_name[name]


def nothing(chosen: Selection) -> None:
    """Say that the selection holds no case, and what to do."""
    st.info(
        _("Tidak ada laporan dalam {days} hari ini dengan saringan tersebut.").format(days=chosen.days)
        + " "
        + _("Perpanjang rentang tanggal, atau kosongkan matra, jenis, wilayah, dan instansi.")
    )
