"""Akses: who may sign in, which programs may ask, and the proof of what was done."""

from collections.abc import Callable

import streamlit as st

from domain.case import Actor
from ui import (
    access_accounts,
    access_backup,
    access_personal,
    access_sessions,
    access_tokens,
    access_trail,
    parts,
    session,
)
from ui.i18n import _
from ui.state import ACCESS_SECTION


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    sections: dict[str, tuple[str, Callable[[Actor], None]]] = {
        "akun": (_("Akun"), access_accounts.draw),
        "sesi": (_("Sesi"), access_sessions.draw),
        "token": (_("Token API"), access_tokens.draw),
        "jejak": (_("Jejak"), access_trail.draw),
        "cadangan": (_("Cadangan"), access_backup.draw),
        "pribadi": (_("Data pribadi"), access_personal.draw),
    }
    chosen = st.segmented_control(
        _("Bagian"),
        list(sections),
        format_func=lambda name: sections[name][0],
        default="akun",
        required=True,
        key=ACCESS_SECTION,
        label_visibility="collapsed",
    )
    sections[chosen][1](actor)


main()
