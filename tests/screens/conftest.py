"""What the tests of screens share: an open command center, and a page with somebody on duty."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from domain.case import Actor
from domain.words import Role
from services.center import Center, Settings, close_center, open_center
from ui.screens import SCREENS
from ui.state import ACTOR

Page = Callable[..., AppTest]


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    """A command center with Tarakan's data and an empty database."""
    st.cache_resource.clear()
    opened = open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    yield opened
    close_center()
    st.cache_resource.clear()


@pytest.fixture
def page(center: Center) -> Page:
    """Make a page ready to run: `page("registri", Role.ADMIN, key=value …)`; the person is called Uji."""

    def make(name: str, role: Role = Role.DISPATCHER, **state: Any) -> AppTest:
        file = next(screen.file for screen in SCREENS if screen.name == name)
        test = AppTest.from_file(str(file), default_timeout=30)
        test.session_state[ACTOR] = Actor("Uji", role)
        for key, value in state.items():
            test.session_state[key] = value
        return test

    return make
