"""Akses, backups: the last one, how far behind, what came of trying it, and one made now."""

from datetime import UTC, datetime

import streamlit as st

from domain.case import Actor
from domain.permissions import Action, may
from services import backup
from services.backup import Status
from ui import parts, state
from ui.i18n import _, format_datetime, format_duration, format_number, sentence
from ui.words import plain

SCOPE = "backup"
_SEGMENTS_LATE = 6
"""Segments are late once the newest is older than so many of their intervals."""


def draw(actor: Actor) -> None:
    """Draw how backups stand, and for an admin the button that makes one now."""
    found = backup.status(parts.here())
    if found.trouble is not None:
        st.error("■ " + plain(sentence(found.trouble)))
    if found.settings is None:
        return
    for line in _lines(found):
        st.markdown(line)
    st.caption(_("Folder cadangan: {folder}").format(folder=plain(str(found.settings.folder))))
    if not may(actor.role, Action.BACK_UP):
        return
    if found.working:
        st.info(_("Cadangan sedang dibuat; layar lain tetap berjalan."))
    if st.button(
        _("Buat cadangan sekarang"), disabled=found.working, type="primary", key=state.field(SCOPE, "now")
    ):
        parts.act(
            lambda: backup.ask(parts.here(), actor),
            _("Cadangan diminta; hasilnya tampil di sini sesudah selesai."),
        )


def _lines(found: Status) -> tuple[str, ...]:
    """Return what is known, each line with a shape and words: ● as it should be, ▲ look at it, ■ not so."""
    return (_newest(found), _checked(found), _segments(found))


def _newest(found: Status) -> str:
    newest = found.newest
    if newest is None or found.age_s is None:
        return ("■ " if found.late else "○ ") + _("**Belum ada cadangan.**")
    told = _("**Cadangan terakhir** {at}, {age} yang lalu, {size} MB, {n} tersimpan").format(
        at=format_datetime(newest.made_at),
        age=format_duration(found.age_s),
        size=format_number(newest.size / 1e6, 1),
        n=format_number(found.count),
    )
    return f"■ {told} · " + _("TERLAMBAT") if found.late else f"● {told}"


def _checked(found: Status) -> str:
    one = found.checked
    if one is None:
        return "▲ " + _("**Uji pulih** belum pernah dilakukan.")
    told = _("**Uji pulih** {at}: {told}").format(at=format_datetime(one.checked_at), told=plain(one.told))
    return f"● {told}" if one.sound else f"■ {told}"


def _segments(found: Status) -> str:
    shipped = found.shipped_at
    if shipped is None or found.settings is None:
        return "▲ " + _("**Segmen perubahan** belum ada sejak Sigap mulai.")
    age_s = max(0.0, (datetime.now(UTC) - shipped).total_seconds())
    late = age_s > _SEGMENTS_LATE * found.settings.segments_every.total_seconds()
    told = _("**Segmen perubahan** sampai {at}; {n} peristiwa belum ikut").format(
        at=format_datetime(shipped), n=format_number(found.behind_events)
    )
    return f"■ {told} · " + _("TERLAMBAT") if late else f"● {told}"
