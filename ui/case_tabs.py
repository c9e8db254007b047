"""The details of a case, one tab at a time; the tab of the running step opens by itself.

It opens when the case is opened, and when whoever sits here takes the step. A tab in use stays: the first
of four units to leave starts step 6, and the second one's button must not be gone when it is pressed.
"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from domain.words import N_
from ui.case_agencies import agencies_tab
from ui.case_details import details_tab
from ui.case_outcome import outcome_tab
from ui.case_progress import progress_tab
from ui.case_record import record_tab
from ui.case_report import report_tab
from ui.case_sheet import CaseSheet
from ui.case_trail import trail_tab
from ui.case_units import units_tab
from ui.i18n import _
from ui.state import STEP_BEFORE

TABS: dict[str, tuple[str, Callable[[CaseSheet], None]]] = {
    "report": (N_("Laporan"), report_tab),
    "details": (N_("Data & lokasi"), details_tab),
    "agencies": (N_("Koordinasi"), agencies_tab),
    "units": (N_("Unit"), units_tab),
    "progress": (N_("Perkembangan"), progress_tab),
    "outcome": (N_("Hasil & korban"), outcome_tab),
    "record": (N_("Penutupan"), record_tab),
    "trail": (N_("Riwayat"), trail_tab),
}
_OF_STEP = {
    1: "report",
    2: "report",
    3: "details",
    4: "agencies",
    5: "units",
    6: "progress",
    7: "outcome",
    8: "record",
    9: "record",
}


def tabs(sheet: CaseSheet) -> None:
    """Draw the row of tabs and the open one. Only that one is drawn: a hidden map would have no size."""
    key, step = sheet.key("tab"), sheet.view.next_step
    if key not in st.session_state or st.session_state.pop(sheet.key(STEP_BEFORE), step) != step:
        st.session_state[key] = _OF_STEP[step] if step else "trail"
    chosen = st.segmented_control(
        _("Bagian kasus"),
        list(TABS),
        format_func=lambda name: _(TABS[name][0]),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    TABS[str(chosen)][1](replace(sheet, in_tab=True))
