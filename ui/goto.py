"""Going to another screen from a button or a card, without losing who is on duty."""

from typing import NoReturn

import streamlit as st

from ui.parts import CASE_QUERY, choose_case
from ui.screens import SCREENS

_FILES = {screen.name: screen.file for screen in SCREENS}


def screen(name: str) -> NoReturn:
    """Open the screen called `name` in `ui.screens`."""
    st.switch_page(_FILES[name])


def case(case_id: str, name: str = "kasus") -> NoReturn:
    """Open a case on the screen `name`, with its id in the address."""
    choose_case(case_id)
    st.switch_page(_FILES[name], query_params={CASE_QUERY: case_id})
