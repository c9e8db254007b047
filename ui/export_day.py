"""Ekspor, reconciling: a day of ours beside DKISP's own list of it."""

from collections.abc import Iterable
from datetime import timedelta
from html import escape

import streamlit as st

from domain.case import Actor
from domain.outbox import Outgoing, Reconciled
from domain.permissions import Action
from services import outbox
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_number, timezone

SCOPE = "reconcile"


def tab(actor: Actor | None) -> None:
    """Draw the day, the two ways to its list, and the comparison."""
    if not allowed(actor, Action.DELIVER):
        return
    today = parts.now().astimezone(timezone()).date()
    left, right = st.columns([1, 2])
    with left:
        day = st.date_input(
            _("Hari"),
            today - timedelta(days=1),
            max_value=today,
            format="DD/MM/YYYY",
            key=state.field(SCOPE, "day"),
        )
        st.caption(_("Hari pendataan (nomor register terbit), waktu setempat."))
        asked = st.button(_("Minta daftar DKISP"), type="primary", key=state.field(SCOPE, "ask"))
        given = st.file_uploader(
            _("atau berkas daftar dari DKISP (JSON per baris)"),
            type=["jsonl", "json", "txt"],
            key=state.field(SCOPE, "file"),
        )
        read = given is not None and st.button(_("Bandingkan berkas"), key=state.field(SCOPE, "read"))
    with right, parts.refusals():
        if asked:
            _show(outbox.reconciled(parts.here(), parts.now(), actor, day), actor)
        elif read and given is not None:
            _show(outbox.reconciled_with(parts.here(), actor, day, given.getvalue()), actor)
        else:
            ours = outbox.of_day(parts.here(), day)
            done = sum(one.receipt is not None for one in ours)
            st.info(
                _("{n} berkas pada hari itu, {done} berbukti terima. Bandingkan dengan daftar DKISP.").format(
                    n=format_number(len(ours)), done=format_number(done)
                )
            )


def _show(found: Reconciled, actor: Actor) -> None:
    if found.agrees:
        st.success(_("● Sama: {n} berkas, tidak ada selisih.").format(n=format_number(len(found.same))))
        return
    words = _("▲ Berbeda: {same} sama, {missing} tidak ada di DKISP, {different} lain isi, {unknown} asing.")
    st.warning(
        words.format(
            same=format_number(len(found.same)),
            missing=format_number(len(found.missing)),
            different=format_number(len(found.different)),
            unknown=format_number(len(found.unknown)),
        )
    )
    _list(_("Tidak ada di DKISP"), (_words(one) for one in found.missing))
    _list(_("Isi lain di DKISP"), (f"{_words(one)} ≠ {there.digest[:16]}" for one, there in found.different))
    _list(
        _("Hanya ada di DKISP"),
        (f"{one.record_id} r{one.revision} {one.receipt_id}" for one in found.unknown),
    )
    lost = [one for one in found.missing if one.receipt is None]
    if lost:
        st.caption(_("Yang belum berbukti terima dikirim lagi dari tab Kirim DKISP."))


def _list(title: str, lines: Iterable[str]) -> None:
    told = "".join(f"<li>{escape(line)}</li>" for line in lines)
    if told:
        st.html(f'<div class="sigap-differ"><b>{escape(title)}</b><ul>{told}</ul></div>')


def _words(one: Outgoing) -> str:
    return f"{one.record_id} r{one.revision} {one.digest[:16]}"
