"""The theme that every run tells a browser: the same words as Streamlit's own, looked up once."""

from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from ui import light_messages

SECTIONS = ("light", "dark", "sidebar", "light.sidebar", "dark.sidebar")


@pytest.fixture
def own_way() -> Iterator[None]:
    before = app_session._populate_theme_msg
    yield
    app_session._populate_theme_msg = before


def told() -> CustomThemeConfig:
    """Return the theme as `AppSession._create_new_session_message` puts it together."""
    msg = CustomThemeConfig()
    app_session._populate_theme_msg(msg)
    for section in SECTIONS:
        part = msg
        for name in section.split("."):
            part = getattr(part, name)
        app_session._populate_theme_msg(part, f"theme.{section}")
    return msg


def test_the_theme_is_told_as_by_streamlit_and_looked_up_once(
    own_way: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = told()
    assert expected.ByteSize()
    light_messages.install()
    first = told()
    assert first == expected
    asked = []
    monkeypatch.setattr(config, "get_options_for_section", asked.append)
    assert told() == expected
    assert asked == []
    second = app_session._populate_theme_msg
    light_messages.install()
    assert app_session._populate_theme_msg is second
