"""The wall mode of Pemantauan: the same board for a whole room, without controls, readable from five metres.

`?dinding=1` in the address turns it on, so that a screen on the wall shows it again after a restart.
"""

from html import escape

import folium
import streamlit as st
from branca.element import MacroElement
from folium.template import Template

from services import alarms
from services.alarms import Listed
from services.monitoring import Board
from ui import clocks, watch_alarms, watch_feed
from ui.i18n import _, format_datetime, format_time
from ui.parts import here, now

PARAMETER = "dinding"
MAP_HEIGHT = 930
_SHOWN_CASES = 4
_SHOWN_ALARMS = 3


class _Large(MacroElement):
    """Makes the marks and labels of a map large."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        document.documentElement.classList.add("sigap-wall");
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Large"


def is_on() -> bool:
    """Return whether this browser shows the wall."""
    return st.query_params.get(PARAMETER) == "1"


def enter_button() -> None:
    """Offer the wall mode."""
    st.button(_("Mode dinding"), key="wall_on", on_click=_turn, args=("1",), help=_("Untuk layar besar"))


def _turn(value: str) -> None:
    if value:
        st.query_params[PARAMETER] = value
    else:
        del st.query_params[PARAMETER]


def large(city_map: folium.Map) -> folium.Map:
    """Make a map's marks and labels large; return it."""
    city_map.add_child(_Large())
    return city_map


def board(rows: Board) -> None:
    """Draw the right side of the wall: figures, alarms in words, the most urgent cases."""
    at = now()
    with st.container(key="wall_right"):
        watch_feed.figures(rows, at)
        _alarms()
        if rows.rows:
            clocks.board(rows.rows[:_SHOWN_CASES], at, key="wall_cases")
        else:
            words = escape(_("Tidak ada kasus terbuka"))
            st.html(f'<div class="sigap-wall-empty">{words}</div>')
        if len(rows.rows) > _SHOWN_CASES:
            st.caption(_("dan {n} kasus lain").format(n=len(rows.rows) - _SHOWN_CASES))
        watch_alarms.fire_standard(rows, at)
    with st.container(key="wall_foot", horizontal=True, vertical_alignment="center"):
        st.caption(format_datetime(at))
        st.button(_("Keluar"), key="wall_off", shortcut="Escape", on_click=_turn, args=("",))


@st.fragment(run_every=watch_alarms.LOOK_EVERY)
def _alarms() -> None:
    """Show the worst alarms in words; they are acknowledged at a desk."""
    found = alarms.listed(here(), now())
    if not found:
        return
    lines = "".join(_line(one) for one in found[:_SHOWN_ALARMS])
    rest = len(found) - _SHOWN_ALARMS
    more = escape(_("dan {n} alarm lain").format(n=rest)) if rest > 0 else ""
    st.html(f'<ul class="sigap-wall-alarms">{lines}</ul><span class="sigap-wall-more">{more}</span>')


def _line(one: Listed) -> str:
    label = escape(_(one.alarm.kind.label))
    since = escape(_("sejak {time}").format(time=format_time(one.alarm.due_at)))
    return f"<li><b>{label}</b> <i>{escape(one.alarm.call_no)}</i> <span>{since}</span></li>"


def style() -> None:
    """Hide what is worked with, and make the rest large."""
    st.html("<style>" + _CSS + "</style>")


_CSS = """
[data-testid="stHeader"] :is([data-testid="stTopNavLinkContainer"], nav, .rc-overflow),
.st-key-sigap_bar > :not(:has(.sigap-demo)) { display: none !important; }
.stMainBlockContainer { padding: 3.6rem 0.8rem 0 !important; }
.st-key-wall_right { zoom: 1.4; }
.st-key-wall_foot { opacity: 0.55; }
.sigap-wall-empty { font-size: 1.4rem; color: var(--sigap-faint); padding: 1rem 0; }
.stApp .sigap-wall-alarms { list-style: none; margin: 0; padding: 0; }
.sigap-wall-alarms li {
  margin: 0 0 0.2rem; padding: 0.15rem 0.5rem; font-size: 1rem; border-left: 5px solid var(--sigap-late);
}
.sigap-wall-alarms b { color: var(--sigap-late); }
.sigap-wall-alarms :is(i, span) { font-style: normal; color: var(--sigap-faint); }
.sigap-wall-more { color: var(--sigap-faint); font-size: 0.9rem; }
"""
