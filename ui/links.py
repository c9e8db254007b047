"""Ways from one screen to another, with the case that is meant."""

import streamlit as st

from ui.parts import CASE_QUERY
from ui.screens import SCREENS

_FILES = {screen.name: screen.file for screen in SCREENS}


def case_link(case_id: str, label: str, screen: str = "kasus") -> None:
    """Draw a link to a screen with this case open there."""
    st.page_link(_FILES[screen], label=label, query_params={CASE_QUERY: case_id})
