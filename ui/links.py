"""Ways from one screen to another, as quiet buttons in a text."""

import streamlit as st

from domain.permissions import may
from ui import goto, session
from ui.screens import SCREENS
from ui.state import CALL

CALL_QUERY = "panggilan"


def case_link(case_id: str, label: str, screen: str = "kasus", *, name: str = "") -> None:
    """Draw a way to a screen with this case open there, for those who may open it.

    `name` tells two ways on one screen apart.
    """
    needs = next(one.needs for one in SCREENS if one.name == screen)
    if may(session.require_actor().role, needs) and st.button(
        f"{label} →", key=f"go-{screen}-{case_id}{name}", type="tertiary"
    ):
        goto.case(case_id, screen)


def call_link(case_id: str, label: str) -> None:
    """Draw a way to the intake form of a call that nobody has written down yet."""
    if st.button(f"{label} →", key=f"go-call-{case_id}", type="tertiary"):
        st.session_state[CALL] = case_id
        goto.screen("penerimaan")
