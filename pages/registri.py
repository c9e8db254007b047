"""Registri: units, stations, the response plan and position devices; view, add, change, retire."""

import streamlit as st

from ui import parts, registry_devices, registry_plan, registry_station, registry_unit, session
from ui.i18n import _
from ui.state import REGISTRY_TAB


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    names = [_("Unit"), _("Pos"), _("Rencana respons"), _("Alat posisi")]
    tabs = st.tabs(names, key=REGISTRY_TAB, on_change="rerun")
    draws = (registry_unit.tab, registry_station.tab, registry_plan.tab, registry_devices.tab)
    for tab, draw in zip(tabs, draws, strict=True):
        # A map that is drawn while its tab is hidden has no size; so only the open tab is drawn.
        if tab.open:
            with tab:
                draw(actor)


main()
