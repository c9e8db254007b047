"""Inputs that begin with what is stored, and begin anew when somebody else stores something else.

A keyed input keeps its own value whatever is stored meanwhile; saving it would then undo another
person's work with a fresh version. So the keys carry a print of the stored values. What was typed before
they changed is shown as text: nothing is lost, and nothing is saved by accident.
"""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import streamlit as st

from domain.words import Label
from ui import drafts
from ui.case_sheet import CaseSheet
from ui.i18n import _
from ui.state import field
from ui.words import plain


class StoredForm:
    """The inputs of one form of a case; `stored` holds each one's stored value by its name."""

    def __init__(
        self, sheet: CaseSheet, name: str, stored: Mapping[str, Any], *, fill: bool = True, hold: bool = True
    ) -> None:
        """Take note of what was typed before, where what is stored has just changed.

        fill: the inputs begin with what is stored, else empty. hold: what is typed survives a reload.
        """
        whole = f"{name}-{sheet.case.case_id}"
        # Not `hash`: another process would find other keys, and no draft of this one.
        began_print = f"{crc32(repr(sorted(stored.items())).encode()):x}"
        self.scope = f"{whole}-{began_print}"
        self._lost_key = field(whole, "lost")
        began_key = field(whole, "began")
        old_scope, began = st.session_state.get(began_key, (self.scope, stored))
        if old_scope != self.scope:
            typed = {item: st.session_state.get(field(old_scope, item)) for item in stored}
            st.session_state[self._lost_key] = {
                item: value
                for item, value in typed.items()
                if value not in (began[item], stored[item], None, "")
            }
        st.session_state[began_key] = (self.scope, dict(stored))
        self._whole = whole
        self._begins: Mapping[str, Any] = stored if fill else dict.fromkeys(stored, "")
        if hold:
            typed_before = drafts.hold_changes(whole, self.scope, self._begins, began_print)
            if typed_before:
                st.session_state[self._lost_key] = typed_before
        if fill:
            for item, value in stored.items():
                st.session_state.setdefault(self.key(item), value)

    def key(self, item: str) -> str:
        """Return the key of one input."""
        return field(self.scope, item)

    def tell_lost(self, labels: Mapping[str, str]) -> None:
        """Show what was typed and not stored, under the inputs' labels, until something is stored here."""
        drafts.tell(self._whole, self._discard)
        lost = st.session_state.get(self._lost_key)
        if lost:
            words = " · ".join(f"{labels[item]}: {plain(_word(value))}" for item, value in lost.items())
            told = _("Yang disimpan berubah sejak Anda mengisi. Isian Anda, belum disimpan: {words}")
            st.info(told.format(words=words))

    def _discard(self) -> None:
        # Not deleted: the browser would send what it shows once more.
        for item, value in self._begins.items():
            st.session_state[self.key(item)] = value
        st.session_state.pop(self._lost_key, None)


def _word(value: object) -> str:
    return _(value.label) if isinstance(value, Label) else str(value)
