"""Ekspor, personal data: what its time is over for, what a hold keeps, and the run that erases."""

from html import escape

import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from domain.retention import Due, Hold
from services import monitoring, retention
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime, format_number
from ui.words import plain

SCOPE = "retention"
_SHOWN = 200


def tab(actor: Actor | None) -> None:
    """Draw the plan, the run, and the holds."""
    left, right = st.columns([11, 9])
    with left:
        _plan(actor)
    with right, parts.panel("holds", _("Penahanan hukum")):
        _holds(actor)


def _plan(actor: Actor | None) -> None:
    found = retention.plan(parts.here(), parts.now())
    st.markdown(
        _("**{n} kasus** lewat masa simpan; {held} ditahan. Fakta kasus tetap, identitas dihapus.").format(
            n=format_number(len(found.due)), held=format_number(len(found.held))
        )
    )
    if found.due:
        _table(found.due)
    for kept, n in found.kept.items():
        if n:
            st.caption(f"{_(kept.label)}: {format_number(n)}")
    if not found.due or not allowed(actor, Action.RUN_RETENTION):
        return
    sure = st.checkbox(
        _("Saya sudah membaca daftar di atas; penghapusan tidak dapat dibatalkan."),
        key=state.field(SCOPE, "sure"),
    )
    key = state.field(SCOPE, "run")
    if st.button(_("Hapus identitas sekarang"), type="primary", disabled=not sure, key=key):
        with parts.refusals():
            done = retention.run(parts.here(), parts.now(), actor)
            said = _("Identitas {n} kasus dihapus.").format(n=format_number(len(done.anonymised)))
            if done.unreadable:
                said += " " + _("Tidak terbaca: {cases}.").format(cases=", ".join(done.unreadable))
            st.session_state[state.NOTICE] = said
            st.rerun()


def _table(due: tuple[Due, ...]) -> None:
    titles = (_("Panggilan"), _("Aturan"), _("Selesai"), _("Lewat sejak"), _("Dihapus"))
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    rows = []
    for one in due[:_SHOWN]:
        cells = (
            one.call_no,
            _(one.rule.label),
            format_datetime(one.closed_at),
            format_datetime(one.due_at),
            ", ".join(_(field.label) for field in one.fields),
        )
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    with st.container(height=420, border=False):
        table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
        st.html(f'<table class="sigap-outbox">{table}</table>')
    if len(due) > _SHOWN:
        st.caption(_("dan {n} lagi").format(n=format_number(len(due) - _SHOWN)))


def _holds(actor: Actor | None) -> None:
    holds = retention.holds(parts.here())
    if not holds:
        st.caption(_("Tidak ada kasus yang ditahan."))
    may_hold = allowed(actor, Action.LEGAL_HOLD)
    for one in holds:
        st.markdown(f"**{plain(one.call_no)}** · {plain(one.reason)}")
        placed = _("ditahan {time} oleh {name}").format(
            time=format_datetime(one.placed_at), name=plain(one.placed_by)
        )
        st.caption(placed)
        if may_hold and actor is not None:
            _release(actor, one)
    if may_hold and actor is not None:
        _place(actor)


def _release(actor: Actor, one: Hold) -> None:
    with st.popover(_("Lepas …"), key=state.field(SCOPE, f"ask-{one.case_id}")):
        why = st.text_input(_("Alasan melepas"), key=state.field(SCOPE, f"why-{one.case_id}"), max_chars=300)
        if st.button(_("Lepas sekarang"), key=state.field(SCOPE, f"release-{one.case_id}")):
            parts.act(
                lambda: retention.release(parts.here(), parts.now(), actor, one.case_id, why),
                _("Penahanan {call_no} dilepas.").format(call_no=one.call_no),
            )


def _place(actor: Actor) -> None:
    number = st.text_input(_("Nomor panggilan atau register"), key=state.field(SCOPE, "number"), max_chars=40)
    why = st.text_input(_("Alasan menahan"), key=state.field(SCOPE, "reason"), max_chars=300)
    if not st.button(_("Tahan data kasus ini"), key=state.field(SCOPE, "hold")):
        return
    case_id = monitoring.find(parts.here(), number)
    if case_id is None:
        st.error(_("Kasus {number} tidak ditemukan. Periksa nomornya.").format(number=plain(number or "–")))
        return
    parts.act(
        lambda: retention.hold(parts.here(), parts.now(), actor, case_id, why),
        _("Data kasus {number} ditahan.").format(number=number),
    )
