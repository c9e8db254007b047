"""What is typed and not stored yet survives a reload, a lost connection, a crash of browser or server.

A screen calls one of these once a run. What the browser sent meanwhile is kept (`services.drafts`); a browser
session that begins anew finds it in its inputs again, and is told so.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from services import drafts
from services.drafts import can_be_kept
from ui import parts, session
from ui.i18n import _, format_datetime
from ui.state import field

Values = dict[str, Any]
_SEEN, _TOLD, _USED, _BEGUN = "draft_seen", "draft_told", "draft_used", "draft_begun"
_LATE = "_late"
"""In the names of fields whose time serves one entry only."""
_TAB = "tab"
"""The choice of a tab, which nobody typed."""


def recall(form: str, scope: str) -> None:
    """Put back what was kept of a form, before its inputs are drawn the first time in this session."""
    seen, fresh = _recalled(form)
    if fresh:
        _put_back(scope, seen)


def hold(form: str, scope: str, names: Iterable[str]) -> None:
    """Hold what stands under these names, once it is not as the form began; call it behind the inputs."""
    present = {
        name: st.session_state[key] for name in names if (key := field(scope, name)) in st.session_state
    }
    values = {name: value for name, value in present.items() if can_be_kept(value)}
    seen, _fresh = _recalled(form)
    begun = st.session_state.setdefault(field(form, _BEGUN), {} if seen else values)
    if values != begun:
        _keep(form, seen, values)


def hold_texts(scope: str) -> None:
    """Hold every text that is typed under a scope, also while another tab of it is open."""
    seen, fresh = _recalled(scope)
    used: Values = st.session_state.get(field(scope, _USED), {})
    present, prefix = {}, field(scope, "")
    for key, value in st.session_state.items():
        name = str(key).removeprefix(prefix)
        if str(key).startswith(prefix) and type(value) is str and _is_text(name) and used.get(name) != value:
            present[name] = value
    texts = seen if fresh else {name: value for name, value in (seen | present).items() if value.strip()}
    _put_back(scope, texts)
    if not fresh:
        _keep(scope, seen, texts)


def used(scope: str, values: Iterable[object]) -> None:
    """Forget those texts of a scope that were just stored: what a service was given."""
    seen: Values = st.session_state.get(field(scope, _SEEN), {})
    stored = {value.strip() for value in values if isinstance(value, str)}
    gone = {name: value for name, value in seen.items() if value.strip() in stored}
    if gone:
        st.session_state[field(scope, _USED)] = st.session_state.get(field(scope, _USED), {}) | gone
        _keep(scope, seen, {name: value for name, value in seen.items() if name not in gone})
        st.session_state.pop(field(scope, _TOLD), None)


def hold_changes(form: str, scope: str, stored: Mapping[str, Any], begun: str) -> Values:
    """Hold what differs from what is stored, under `begun`, a print of it.

    Returns what was typed on other stored values than these: to be shown, not to be put into the inputs.
    """
    seen, fresh = _recalled(form)
    if fresh:
        typed = {name: seen[name] for name in stored if name in seen and seen[name] != stored[name]}
        if seen and not typed:
            drop(form)
        elif seen.get("") == begun:
            _put_back(scope, typed)
            return {}
        return typed
    present = {
        name: st.session_state[key] for name in stored if (key := field(scope, name)) in st.session_state
    }
    if present:
        typed = {name: value for name, value in present.items() if _differs(value, stored[name])}
        _keep(form, seen, typed | {"": begun} if typed else {})
    return {}


def remembered(form: str) -> Values:
    """Return what was kept of something that stands in no input, to begin with it."""
    return dict(_recalled(form)[0])


def remember(form: str, values: Values) -> None:
    """Keep what stands in no input; nothing when it is empty."""
    _keep(form, _recalled(form)[0], dict(values))


def drop(form: str) -> None:
    """Forget a form's draft: it is stored, or nobody wants it."""
    for name in (_TOLD, _BEGUN):
        st.session_state.pop(field(form, name), None)
    st.session_state[field(form, _SEEN)] = {}
    owner = session.actor()
    if owner is not None:
        drafts.drop(parts.here(), owner, form)


def tell(form: str, discard: Callable[[], None]) -> None:
    """Say that a draft was put back, and since when it lay there; `discard` empties the inputs."""
    # Always there, so that the inputs below it keep their places.
    place = st.empty()
    at = st.session_state.get(field(form, _TOLD))
    if at is None:
        return

    def throw_away() -> None:
        drop(form)
        discard()

    with place.container(horizontal=True, vertical_alignment="center", key=field(form, "draft_line")):
        words = _("Isian yang belum disimpan dipulihkan, {time}.").format(time=format_datetime(at))
        st.markdown(f":blue[{words}]")
        st.button(_("Buang isian itu"), key=field(form, "draft_discard"), on_click=throw_away)


def discard_texts(scope: str) -> None:
    """Empty every text that was put back under a scope."""
    prefix = field(scope, "")
    for key, value in list(st.session_state.items()):
        if str(key).startswith(prefix) and type(value) is str and _is_text(str(key).removeprefix(prefix)):
            st.session_state[key] = ""


def _recalled(form: str) -> tuple[Values, bool]:
    """Return what is kept of a form, and whether this browser session asks for it the first time."""
    key = field(form, _SEEN)
    if key in st.session_state:
        seen: Values = st.session_state[key]
        return seen, False
    owner = session.actor()
    found = drafts.find(parts.here(), parts.now(), owner, form) if owner is not None else None
    st.session_state[key] = dict(found.values) if found else {}
    if found:
        st.session_state[field(form, _TOLD)] = found.at
    return st.session_state[key], True


def _keep(form: str, seen: Values, values: Values) -> None:
    owner = session.actor()
    if values == seen or owner is None:
        return
    st.session_state[field(form, _SEEN)] = values
    if values:
        drafts.keep(parts.here(), parts.now(), owner, form, values)
    else:
        drafts.drop(parts.here(), owner, form)


def _put_back(scope: str, values: Values) -> None:
    for name, value in values.items():
        if name:
            st.session_state.setdefault(field(scope, name), value)


def _is_text(name: str) -> bool:
    return _LATE not in name and name != _TAB


def _differs(value: Any, stored: Any) -> bool:
    return value != stored and not (value in (None, "") and stored in (None, ""))
