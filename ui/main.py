"""The frame of every screen: navigation, who is on duty, language, and whether the data is an example."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import escape

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check

from domain.case import Actor
from domain.permissions import Action, may
from services import center, counters
from ui import clock_warning, session, style, turns
from ui.alarm_bar import alarm_bar
from ui.assets import PACKAGES
from ui.duty import who_may
from ui.i18n import LANGUAGES, _, language, speaking
from ui.screens import SCREENS, Screen
from ui.state import BY_ITSELF, LANGUAGE


def _bar(screen: str, actor: Actor) -> None:
    with st.container(key="sigap_bar", horizontal=True, vertical_alignment="center"):
        if center.current().is_demo:
            banner = _("DATA CONTOH — bukan kejadian nyata")
            st.html(f'<span class="sigap-demo">{escape(banner)}</span>')
        if may(actor.role, Action.OPEN_CASES):
            alarm_bar(screen)
        session.duty_bar()
        st.segmented_control(
            _("Bahasa"),
            list(LANGUAGES),
            format_func=str.upper,
            required=True,
            key=LANGUAGE,
            label_visibility="collapsed",
        )


def _refused(screen: Screen, actor: Actor) -> Callable[[], None]:
    """Return what stands in the place of a screen that this role may not open: who may, and where to go."""

    def draw() -> None:
        st.markdown("### " + _(screen.title))
        st.info(_("Layar ini bukan untuk tugas Anda. {who}").format(who=who_may(screen.needs)))
        for other in SCREENS:
            if may(actor.role, other.needs):
                st.page_link(other.file, label=_(other.title))

    return draw


def _page(screen: Screen, actor: Actor) -> st.Page:
    allowed = may(actor.role, screen.needs)
    return st.Page(
        screen.file if allowed else _refused(screen, actor),
        title=_(screen.title),
        url_path=screen.name,
        default=screen is SCREENS[0],
        visibility="visible" if allowed else "hidden",
    )


def main() -> None:
    """Draw the frame, then the chosen screen."""
    # The language is asked for with every word: looked up once.
    with speaking(language()):
        _draw()


def _draw() -> None:
    st.session_state.setdefault(LANGUAGE, language())
    st.set_page_config(page_title="Sigap", page_icon=str(PACKAGES["sigap"] / "favicon.png"), layout="wide")
    style.apply()
    actor = session.require_actor()
    chosen = st.navigation([_page(screen, actor) for screen in SCREENS], position="top")
    # Streamlit knows the first screen by an empty name.
    name = chosen.url_path or SCREENS[0].name
    with _turn():
        _bar(name, actor)
        clock_warning.draw()
        with counters.SCREENS.labels(name).time():
            chosen.run()


def _turn() -> AbstractContextManager[None]:
    """Return the turn of a screen that is drawn anew by itself; whoever pressed something waits for none."""
    if not st.session_state.pop(BY_ITSELF, False):
        return turns.shared.at_work()
    return turns.shared.turn(get_run_yield_check() or (lambda: None))


main()
