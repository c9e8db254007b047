"""Ekspor: what goes to DKISP and what came back, files and statistics, papers, personal data (SOP step 8)."""

import streamlit as st

from ui import export_day, export_files, export_outbox, export_papers, export_retention, parts, session
from ui.i18n import _
from ui.state import EXPORT_TAB


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    names = [_("Kirim DKISP"), _("Cocokkan hari"), _("Berkas & statistik"), _("Cetak"), _("Data pribadi")]
    tabs = st.tabs(names, key=EXPORT_TAB, on_change="rerun")
    draws = (export_outbox.tab, export_day.tab, export_files.tab, export_papers.tab, export_retention.tab)
    for tab, draw in zip(tabs, draws, strict=True):
        if tab.open:
            with tab:
                draw(actor)


main()
