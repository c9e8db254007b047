"""What the three registers have in common: the list, opening an entry, saving, retiring.

An entry is kept as it was when it was opened; a change is checked against that version, so that what
somebody else saved meanwhile is never overwritten unseen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from domain.case import Actor
from domain.errors import SigapError
from geo.errors import GeoError
from services import registry
from services.registry import Entry, Kind
from ui import parts, state
from ui.i18n import _, format_datetime
from ui.state import NOTICE, REGISTRY_LIST, REGISTRY_OPEN
from ui.style import palette
from ui.words import plain

Row = dict[str, Any]
Refuse = Callable[[SigapError | GeoError], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """The entry in the form: `entry` as it was when opened (None: a new one), `form` numbers its inputs."""

    kind: Kind
    form: int
    entry: Entry | None

    @property
    def row(self) -> Mapping[str, Any]:
        """The stored row, or an empty one."""
        return self.entry.row if self.entry else {}

    def key(self, name: str) -> str:
        """Return the key of one input; it changes when the entry is opened anew."""
        return state.field(f"{self.kind}-{self.form}", name)


def listing(
    kind: Kind, entries: Sequence[Entry], row_of: Callable[[Entry], Row], *, add: str | None, height: int
) -> None:
    """Draw the list with its search; a chosen row is opened. `add` labels the button for a new entry."""
    search, button = st.columns([3, 1], vertical_alignment="bottom")
    text = search.text_input(
        _("Cari"),
        key=state.field(kind, "search"),
        type="search",
        live=True,
        placeholder=_("kode, nama, instansi …"),
    )
    rows = [(entry, row_of(entry) | _standing(entry)) for entry in entries]
    shown = [(entry, row) for entry, row in rows if _fits(row, text)]
    if add and button.button(add, icon=":material/add:", width="stretch"):
        open_entry(kind, None)
        _forget_row(kind)
    if not shown:
        st.info(_("Tidak ada yang cocok dengan “{text}”. Kosongkan pencarian.").format(text=plain(text)))
        return
    # The number of the row is only worth something for exactly this list.
    codes = crc32("\n".join(entry.code for entry, _row in shown).encode())
    with st.container(key="registry_list"):
        picked = st.dataframe(
            _greyed(shown),
            key=state.field(kind, f"list-{st.session_state.get(REGISTRY_LIST, {}).get(kind, 0)}-{codes}"),
            hide_index=True,
            height=height,
            on_select="rerun",
            selection_mode="single-row",
        )
    for index in picked["selection"]["rows"]:
        entry, opened = shown[index][0], opened_entry(kind)
        if opened is None or opened.entry is None or opened.entry.code != entry.code:
            open_entry(kind, entry)


def opened_entry(kind: Kind) -> Opened | None:
    """Return what is open in this register, or None."""
    found = st.session_state.get(REGISTRY_OPEN, {}).get(kind)
    return None if found is None else Opened(kind, *found)


def open_entry(kind: Kind, entry: Entry | None) -> None:
    """Open an entry (None: a new one) with a fresh form."""
    before = opened_entry(kind)
    all_open = st.session_state.setdefault(REGISTRY_OPEN, {})
    all_open[kind] = ((before.form if before else 0) + 1, entry)


def headline(opened: Opened, entries: Sequence[Entry], new: str) -> None:
    """Say what is open, whether it is retired, and whether somebody changed it meanwhile."""
    if opened.entry is None:
        st.markdown(f"#### {new}")
        return
    code = opened.entry.code
    st.markdown(f"#### {plain(code)}")
    if opened.entry.retired_at:
        at = format_datetime(opened.entry.retired_at)
        st.caption(_("Dipensiunkan {at}. Bila disimpan, dipakai kembali.").format(at=at))
    latest = next((e for e in entries if e.code == code), None)
    if latest is not None and latest.version != opened.entry.version:
        st.warning(_("Data {code} sudah diubah orang lain sejak Anda membukanya.").format(code=plain(code)))
        if st.button(_("Muat ulang"), key=opened.key("reload")):
            open_entry(opened.kind, latest)
            st.rerun()


def save(opened: Opened, actor: Actor, make_row: Callable[[], Row], refuse: Refuse) -> None:
    """Store the row that `make_row` reads from the form; `refuse` says what is wrong with it."""
    version = opened.entry.version if opened.entry else None
    try:
        saved = registry.put(parts.here(), parts.now(), actor, opened.kind, make_row(), version)
    except (SigapError, GeoError) as error:
        refuse(error)
        return
    _done(opened.kind, saved, _("{code} tersimpan.").format(code=saved.code))


def retire(opened: Opened, actor: Actor, words: str) -> None:
    """Offer to take the open entry out of use; `words` say what that means."""
    entry = opened.entry
    if entry is None or entry.retired_at:
        return
    with st.popover(_("Pensiunkan …")):
        st.markdown(words)
        if not st.button(_("Pensiunkan {code}").format(code=plain(entry.code)), key=opened.key("retire")):
            return
        with parts.refusals():
            registry.retire(parts.here(), parts.now(), actor, opened.kind, entry.code, entry.version)
            found = registry.entries(parts.here(), opened.kind)
            latest = next(e for e in found if e.code == entry.code)
            _done(opened.kind, latest, _("{code} dipensiunkan.").format(code=entry.code))


def _done(kind: Kind, entry: Entry, text: str) -> None:
    open_entry(kind, entry)
    _forget_row(kind)
    st.session_state[NOTICE] = text
    st.rerun()


def _forget_row(kind: Kind) -> None:
    numbers = st.session_state.setdefault(REGISTRY_LIST, {})
    numbers[kind] = numbers.get(kind, 0) + 1


def _standing(entry: Entry) -> Row:
    return {_("Registri"): _("dipensiunkan") if entry.retired_at else _("dipakai")}


def _fits(row: Row, text: str) -> bool:
    told = " ".join(str(value) for value in row.values()).casefold()
    return all(word in told for word in text.casefold().split())


def _greyed(shown: Sequence[tuple[Entry, Row]]) -> Any:
    """Return the list as a table whose retired rows are faint (the last column says it in a word)."""
    retired = [entry.retired_at is not None for entry, _row in shown]
    table = pd.DataFrame([row for _entry, row in shown])
    if not any(retired):
        return table
    faint = f"color: {palette().faint}"
    return table.style.apply(
        lambda row: [faint if retired[int(str(row.name))] else ""] * len(row), axis="columns"
    )
