import re
import tomllib
from pathlib import Path

import pytest

from ui.style import DARK, LIGHT, Palette, variables

ROOT = Path(__file__).resolve().parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_text_and_states_are_readable_on_page_and_panel(colours: Palette):
    for ink in (colours.text, colours.faint, colours.action, colours.safe, colours.soon, colours.late):
        for ground in (colours.background, colours.panel):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(colours.on_action, colours.action) >= 4.5


@pytest.mark.parametrize(("colours", "theme"), [(DARK, "dark"), (LIGHT, "light")])
def test_streamlit_is_told_the_same_colours(colours: Palette, theme: str):
    told = CONFIG["theme"][theme]
    assert told["primaryColor"] == colours.action
    assert told["backgroundColor"] == colours.background
    assert told["secondaryBackgroundColor"] == colours.panel
    assert told["textColor"] == colours.text
    assert told["borderColor"] == colours.line
    assert (told["greenColor"], told["yellowColor"], told["redColor"]) == (
        colours.safe,
        colours.soon,
        colours.late,
    )


def test_every_colour_that_the_css_names_exists():
    known = set(re.findall(r"--sigap-\w+", variables())) | {"--sigap-font"}
    for file in (ROOT / "ui" / "static").glob("*.css"):
        named = set(re.findall(r"var\((--sigap-\w+)", file.read_text()))
        assert named <= known, file.name


def test_nothing_is_reported_or_fetched_from_outside():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["logger"]["hideWelcomeMessage"] is True
    assert CONFIG["client"] == {"toolbarMode": "viewer", "showErrorDetails": "none", "showErrorLinks": False}
    assert "http" not in (ROOT / ".streamlit" / "config.toml").read_text()
