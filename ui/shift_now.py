"""Piket, at its top: the watch that runs, who is there, who is missing, what was not handed over."""

from html import escape

import streamlit as st

from services import duty
from ui import parts, shift_words
from ui.i18n import _, format_datetime, format_time, timezone

EVERY_S = 30


@st.fragment(run_every=EVERY_S)
def strip() -> None:
    """Draw it; it looks again by itself."""
    center, now = parts.here(), parts.now()
    watch = duty.watch_now(center, now)
    title = shift_words.watch_title(duty.label(center, watch), watch)
    rows = ["<b>" + escape(_("Sekarang")) + "</b> " + escape(title)]
    if not duty.is_planned(center):
        rows.append(
            _warn(_("Jadwal piket belum diisi. Siapa pun yang punya akun tetap dapat masuk dan bekerja."))
        )
    taken = duty.taken_over(center, now)
    if taken is not None and taken.taker is not None and taken.answered_at is not None:
        words = _("{watch} diserahterimakan kepada {name}, {at}")
        told = words.format(
            watch=taken.document.label,
            name=shift_words.signer(taken.taker),
            at=format_datetime(taken.answered_at),
        )
        rows.append("✓ " + escape(told))
    found = duty.presence(center, now)
    here = ", ".join(f"{one.name} ({_(one.role.label)})" for one in found.present)
    away = ", ".join(f"{one.name} ({_(one.role.label)})" for one in found.absent)
    more = ", ".join(f"{one.account.name} ({_(one.session.role.label)})" for one in found.unplanned)
    if here:
        rows.append("● " + escape(_("Bertugas dan masuk: {names}").format(names=here)))
    if away:
        rows.append(_warn(_("Terjadwal, belum masuk: {names}").format(names=away)))
    if more:
        rows.append("○ " + escape(_("Masuk, di luar jadwal: {names}").format(names=more)))
    for desk in duty.overdue(center, now):
        names = ", ".join(dict.fromkeys(one.name for one in desk.people))
        words = _("{watch} berakhir {time} dan belum diserahterimakan. Masih bertanggung jawab: {names}.")
        end = desk.watch.ends_at.astimezone(timezone())
        told = words.format(
            watch=desk.label, time=f"{end:%d/%m} {format_time(desk.watch.ends_at)}", names=names
        )
        if desk.handover is not None and desk.handover.settles:
            told += " " + _("Serah terimanya sudah ditulis; menunggu diterima.")
        rows.append(_warn(told))
    lines = "".join(f"<li>{row}</li>" for row in rows)
    st.html(f'<ul class="sigap-watch-now">{lines}</ul>')


def _warn(words: str) -> str:
    return f"<em>▲ {escape(words)}</em>"
