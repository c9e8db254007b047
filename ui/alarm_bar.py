"""What every screen says of alarms: how many wait, the way to them, and a sound that can be heard."""

from pathlib import Path

import streamlit as st

from services import alarms, monitoring
from ui.i18n import _, plural
from ui.parts import here
from ui.screens import SCREENS

LOOK_EVERY = "3s"
_WATCH = SCREENS[0]
_FOLDER = Path(__file__).parent / "static" / "components"
_sound = st.components.v2.component(
    "sigap_sound",
    html='<div class="sound"><button type="button" class="calls" hidden></button>'
    '<button type="button" class="power"></button></div>',
    css=(_FOLDER / "sound.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "sound.js").read_text(encoding="utf-8"),
)


def alarm_bar(screen: str) -> None:
    """Show the number of alarms that nobody acknowledged (on Pemantauan their list stands), and the sound.

    A new alarm or a new call sounds at once, and again at the city's interval until it is acknowledged.
    Pemantauan is drawn anew as a whole when either is stored; the bar of every other screen looks by itself.
    """
    (_draw if screen == _WATCH.name else _looking)(screen)


def _bar(screen: str) -> None:
    center = here()
    waiting = alarms.waiting(center)
    with st.container(horizontal=True, vertical_alignment="center", width="content", key="bar_alarms"):
        if waiting and screen != _WATCH.name:
            words = plural("{n} alarm", "{n} alarm", len(waiting)).format(n=len(waiting))
            st.page_link(_WATCH.file, label=words, icon=":material/notifications_active:")
        _sound(
            key="bar_sound",
            data={
                "alarms": list(waiting),
                "calls": list(monitoring.undecided(center)),
                "repeat_ms": center.pack.city.alarm_repeat_s * 1000,
                "words": {
                    "on": _("Suara menyala"),
                    "off": _("Nyalakan suara"),
                    "calls": _("{n} panggilan baru · Tanggapi"),
                },
            },
            width="content",
        )


_draw = st.fragment(_bar)
_looking = st.fragment(_bar, run_every=LOOK_EVERY)
