"""Colours of the screens and the page's own CSS (shared/screens.md tokens; see .streamlit/config.toml)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

_CSS = Path(__file__).parent / "static" / "sigap.css"


@dataclass(frozen=True)
class Palette:
    """Hex colours of one theme; each text and state colour has a contrast of 4.5 : 1 or more on `panel`."""

    background: str
    panel: str
    line: str
    text: str
    faint: str
    action: str
    on_action: str
    sea: str
    land: str
    shore: str
    safe: str
    soon: str
    late: str
    route_land: str
    route_sea: str
    route_air: str


DARK = Palette(
    background="#0f1720",
    panel="#16212d",
    line="#2a3a4a",
    text="#e6edf3",
    faint="#9fb0c0",
    action="#4aa3ff",
    on_action="#0f1720",
    sea="#0b2233",
    land="#24323f",
    shore="#5b7083",
    safe="#4cc38a",
    soon="#f2c14e",
    late="#ff5d5d",
    route_land="#e0b27a",
    route_sea="#4aa3ff",
    route_air="#c39bff",
)
LIGHT = Palette(
    background="#ffffff",
    panel="#f3f6f9",
    line="#c5d0da",
    text="#16212d",
    faint="#50606f",
    action="#0b62c4",
    on_action="#ffffff",
    sea="#d6e6f0",
    land="#f6f4ee",
    shore="#7d8f9e",
    safe="#137547",
    soon="#7d5200",
    late="#b71c1c",
    route_land="#8a5a1e",
    route_sea="#0b62c4",
    route_air="#6b3fb5",
)


def variables() -> str:
    """Return the CSS rules that give each colour a name: `--sigap-late`, `--sigap-panel` …

    They follow the theme by themselves wherever the page says which one it shows (`color-scheme`), so a
    change of theme needs no run of the script. A browser that does not know `light-dark` stays dark.
    """
    light = asdict(LIGHT)
    dark = "".join(f"--sigap-{name}:{value};" for name, value in asdict(DARK).items())
    both = "".join(
        f"--sigap-{name}:light-dark({light[name]},{value});" for name, value in asdict(DARK).items()
    )
    return f":root{{{dark}}}@supports (color:light-dark(#000,#fff)){{:root{{{both}}}}}"


def palette() -> Palette:
    """Return the colours of the theme that the reader's browser showed when it last asked.

    Only for what is drawn from Python values (charts); everything else uses the CSS names.
    """
    return LIGHT if st.context.theme.type == "light" else DARK


def apply() -> None:
    """Put the page's own CSS in place: the colours by name, a dense page, tabular figures."""
    st.html(f"<style>{variables()}{_CSS.read_text(encoding='utf-8')}</style>")
