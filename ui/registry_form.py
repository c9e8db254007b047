"""The inputs of a registry form: each begins with what is stored and has a place for its own refusal."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from domain.errors import BadInput, SigapError
from geo.errors import GeoError
from ui.i18n import _
from ui.parts import say_refusal
from ui.registry_entry import Opened
from ui.words import agency_name

T = TypeVar("T")
N = TypeVar("N", int, float)
POSITION = "lon"
"""The field under which a place that cannot be read is refused."""


class Form:
    """Draws inputs named like the fields of the stored row; nothing can be typed when `can_edit` is not."""

    def __init__(self, opened: Opened, *, can_edit: bool) -> None:
        self.opened = opened
        self.row = opened.row
        self.off = not can_edit
        self._places: dict[str, DeltaGenerator] = {}

    def text(self, name: str, label: str, *, limit: int = 160, fixed: bool = False, hint: str = "") -> str:
        """Draw a line of text; `fixed`: it is the code of a stored entry and stays."""
        value = st.text_input(
            label,
            self.row.get(name) or "",
            key=self.opened.key(name),
            disabled=self.off or (fixed and self.opened.entry is not None),
            max_chars=limit,
            placeholder=hint,
        )
        self.place(name)
        return value.strip()

    def choice(
        self, name: str, label: str, options: Sequence[T], show: Callable[[T], str], default: Any = None
    ) -> T | None:
        """Draw a choice of one; a stored value that is no longer offered is offered here."""
        stored = self.row.get(name, default)
        known = [*options, stored] if stored and stored not in options else list(options)
        value = st.selectbox(
            label,
            known,
            known.index(stored) if stored in known else None,
            format_func=show,
            key=self.opened.key(name),
            disabled=self.off,
            placeholder=_("pilih"),
        )
        self.place(name)
        return value

    def whole(self, name: str, label: str, default: int, *, step: int = 1, hint: str | None = None) -> int:
        """Draw a whole number from 0."""
        value = st.number_input(
            label,
            0,
            value=self.row.get(name, default),
            step=step,
            key=self.opened.key(name),
            disabled=self.off,
            help=hint,
        )
        return int(value)

    def maybe(self, name: str, label: str, step: N, *, hint: str) -> N | None:
        """Draw a number from 0 that may stay empty, whole or with one decimal as `step` is."""
        key = self.opened.key(name)
        # Not as `value`: an input that begins with a value cannot be emptied.
        st.session_state.setdefault(key, self.row.get(name))
        value: N | None = st.number_input(
            label,
            type(step)(0),
            value=None,
            step=step,
            format="%d" if isinstance(step, int) else "%.1f",
            key=key,
            disabled=self.off,
            placeholder="–",
            help=hint,
        )
        return value

    def tick(self, name: str, label: str, default: bool, *, hint: str | None = None) -> bool:
        """Draw a tick box."""
        start = self.row.get(name, default)
        return st.checkbox(label, start, key=self.opened.key(name), disabled=self.off, help=hint)

    def place(self, *names: str) -> None:
        """Keep a place here for what is wrong with the fields `names`."""
        place = st.empty()
        self._places.update(dict.fromkeys(names, place))

    def submit(self) -> bool:
        """Draw the form's button; return whether it was pressed."""
        if self.opened.entry is None:
            label = _("Tambahkan")
        else:
            label = _("Simpan dan pakai kembali") if self.opened.entry.retired_at else _("Simpan perubahan")
        return st.form_submit_button(label, type="primary", disabled=self.off)

    def refuse(self, error: SigapError | GeoError) -> None:
        """Say what is wrong under its field, or at the end where no field is meant."""
        name = error.field if isinstance(error, BadInput) else POSITION if isinstance(error, GeoError) else ""
        place = self._places.get(re.split(r"[.\[]", name, maxsplit=1)[0])
        say_refusal(error, place)


def agency_label(code: object) -> str:
    """Return an agency's code and name, or that there is none."""
    return f"{code} · {agency_name(str(code))}" if code else _("tanpa instansi")
