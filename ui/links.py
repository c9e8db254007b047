"""Ways from one screen to another, as quiet buttons in a text."""

import streamlit as st

from ui import goto
from ui.state import CALL

CALL_QUERY = "panggilan"


def case_link(case_id: str, label: str, screen: str = "kasus", *, name: str = "") -> None:
    """Draw a way to a screen with this case open there; `name` tells two ways on one screen apart."""
    if st.button(f"{label} →", key=f"go-{screen}-{case_id}{name}", type="tertiary"):
        goto.case(case_id, screen)


def call_link(case_id: str, label: str) -> None:
    """Draw a way to the intake form of a call that nobody has written down yet."""
    if st.button(f"{label} →", key=f"go-call-{case_id}", type="tertiary"):
        st.session_state[CALL] = case_id
        goto.screen("penerimaan")
