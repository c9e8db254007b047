"""What all screens do alike: read the clock, act and say what came of it, open a case."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from domain.case import Actor
from domain.errors import SigapError
from geo.errors import GeoError
from services import center
from services.center import Center
from ui.i18n import _, sentence
from ui.state import NOTICE, OPEN_CASE
from ui.words import plain

CASE_QUERY = "kasus"
Sections = dict[str, tuple[str, Callable[[Actor], None]]]
"""The sections of a screen in order: name, its title in the reader's language, what draws it."""


def now() -> datetime:
    """Return the present: the only place where screens read the clock."""
    return datetime.now(UTC)


def here() -> Center:
    """Return the open command center."""
    return center.current()


@contextmanager
def refusals() -> Iterator[None]:
    """Show a refusal as its sentence; the page goes on and nothing that was typed is lost."""
    try:
        yield
    except (SigapError, GeoError) as error:
        say_refusal(error)


def say_refusal(error: SigapError | GeoError, place: DeltaGenerator | None = None) -> None:
    """Say why something was refused, here or in its `place`; the words in it stay words."""
    (place.error if place else st.error)(plain(sentence(error)))


def act(action: Callable[[], object], done: str) -> None:
    """Do one thing: on success say `done` once and draw the page anew, on refusal say why."""
    with refusals():
        action()
        st.session_state[NOTICE] = done
        st.rerun()


def notice() -> None:
    """Say what the last action did."""
    text = st.session_state.pop(NOTICE, None)
    if text:
        st.toast(plain(text))


def chosen_case() -> str | None:
    """Return the id of the case that is open here (`?kasus=` in the address wins)."""
    asked = st.query_params.get(CASE_QUERY)
    if asked:
        st.session_state[OPEN_CASE] = asked
    chosen: str | None = st.session_state.get(OPEN_CASE)
    return chosen


def choose_case(case_id: str) -> None:
    """Open a case here, and put it into the address so that the view can be sent and reloaded."""
    st.session_state[OPEN_CASE] = case_id
    st.query_params[CASE_QUERY] = case_id


def section(sections: Sections, key: str) -> Callable[[Actor], None]:
    """Let one section of a screen be chosen, the first unless `key` says otherwise; return what draws it."""
    chosen: str = st.segmented_control(
        _("Bagian"),
        list(sections),
        format_func=lambda name: sections[name][0],
        default=next(iter(sections)),
        required=True,
        key=key,
        label_visibility="collapsed",
    )
    return sections[chosen][1]


def panel(key: str, title: str, *, stretch: bool = False) -> AbstractContextManager[object]:
    """Return a bordered block with a heading; `stretch`: as high as what stands beside it."""
    block = st.container(border=True, key=key, height="stretch" if stretch else "content")
    with block:
        st.markdown(f"**{title}**")
    return block
