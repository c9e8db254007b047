"""Piket: who is on duty this week and now, and the watch handed from one to the next."""

from collections.abc import Callable

import streamlit as st

from domain.case import Actor
from ui import parts, session, shift_handover, shift_history, shift_now, shift_roster
from ui.i18n import _
from ui.state import DUTY_SECTION


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    st.html(shift_roster.CSS)
    shift_now.strip()
    sections: dict[str, tuple[str, Callable[[Actor], None]]] = {
        "jadwal": (_("Jadwal"), shift_roster.draw),
        "serah": (_("Serah terima"), shift_handover.draw),
        "riwayat": (_("Riwayat"), shift_history.draw),
    }
    chosen = st.segmented_control(
        _("Bagian"),
        list(sections),
        format_func=lambda name: sections[name][0],
        default="jadwal",
        required=True,
        key=DUTY_SECTION,
        label_visibility="collapsed",
    )
    sections[chosen][1](actor)


main()
