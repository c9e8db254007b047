"""Piket: who is on duty this week and now, and the watch handed from one to the next."""

import streamlit as st

from ui import parts, session, shift_handover, shift_history, shift_now, shift_roster
from ui.i18n import _
from ui.state import DUTY_SECTION


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    st.html(shift_roster.CSS)
    shift_now.strip()
    sections: parts.Sections = {
        "jadwal": (_("Jadwal"), shift_roster.draw),
        "serah": (_("Serah terima"), shift_handover.draw),
        "riwayat": (_("Riwayat"), shift_history.draw),
    }
    parts.section(sections, DUTY_SECTION)(actor)


main()
