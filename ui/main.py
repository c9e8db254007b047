"""The frame of every screen: navigation, who is on duty, language, and whether the data is an example."""

from html import escape

import streamlit as st

from services import center
from ui import session, style
from ui.alarm_bar import alarm_bar
from ui.assets import PACKAGES
from ui.i18n import LANGUAGES, _, language
from ui.screens import SCREENS
from ui.state import LANGUAGE


def _bar(screen: str) -> None:
    with st.container(key="sigap_bar", horizontal=True, vertical_alignment="center"):
        if center.current().is_demo:
            banner = _("DATA CONTOH — bukan kejadian nyata")
            st.html(f'<span class="sigap-demo">{escape(banner)}</span>')
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


def main() -> None:
    """Draw the frame, then the chosen screen."""
    st.session_state.setdefault(LANGUAGE, language())
    st.set_page_config(page_title="Sigap", page_icon=str(PACKAGES["sigap"] / "favicon.png"), layout="wide")
    style.apply()
    pages = [
        st.Page(screen.file, title=_(screen.title), url_path=screen.name, default=screen is SCREENS[0])
        for screen in SCREENS
    ]
    chosen = st.navigation(pages, position="top")
    # Streamlit knows the first screen by an empty name.
    _bar(chosen.url_path or SCREENS[0].name)
    chosen.run()


main()
