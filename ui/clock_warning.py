"""What every screen says for half a day after the machine's clock was set."""

import streamlit as st

from services import wall_clock
from ui import parts
from ui.i18n import _, format_datetime, format_duration


def draw() -> None:
    """Say that the clock was set, by how much, and what that means; nothing while it was not."""
    step = wall_clock.warning(parts.here(), parts.now())
    if step is None:
        return
    words = (
        _("Jam komputer mundur {span} ({time}).")
        if step.seconds < 0
        else _("Jam komputer maju {span} ({time}).")
    ).format(span=format_duration(round(abs(step.seconds))), time=format_datetime(step.at))
    todo = _(
        "Hitungan langkah, alarm dan umur posisi kasus yang sedang berjalan tidak dapat dipercaya: pakai jam "
        "lain, tulis waktu dengan entri susulan, dan beri tahu pengelola."
    )
    st.warning(f"{words} {todo}", icon=":material/schedule:")
