"""Ekspor, the outbox: where every record stands on its way to DKISP, and what a person does about it."""

from datetime import datetime
from html import escape
from pathlib import PurePosixPath

import streamlit as st

from domain.case import Actor
from domain.errors import SigapError
from domain.outbox import Outgoing, SendState
from domain.permissions import Action, may
from services import outbox
from services.outbox import Line
from ui import parts, state
from ui.case_sending import words
from ui.duty import who_may
from ui.i18n import _, format_datetime, format_duration, format_number
from ui.words import plain

SCOPE = "outbox"
LOOK_EVERY = "5s"
_HEIGHT = 460
_ORDER = (SendState.TROUBLE, SendState.QUEUED, SendState.DROPPED, SendState.RECEIPTED)
_SIGNS = {
    SendState.TROUBLE: "▲",
    SendState.QUEUED: "○",
    SendState.DROPPED: "◐",
    SendState.RECEIPTED: "●",
}


def tab(actor: Actor | None) -> None:
    """Draw the outbox: figures, the list, and the chosen revision with its bytes."""
    left, right = st.columns([11, 9])
    with left:
        _figures()
        shown = st.segmented_control(
            _("Tampilkan"),
            _ORDER,
            format_func=lambda one: f"{_SIGNS[one]} {_(one.label)}",
            key=state.field(SCOPE, "state"),
            default=_first_shown(),
            required=True,
            label_visibility="collapsed",
        )
        _list(shown)
    with right:
        _chosen(actor, outbox.lines(parts.here(), shown))
        _receipt(actor)


def _first_shown() -> SendState:
    counts = outbox.counts(parts.here(), parts.now())
    return next((one for one in _ORDER if getattr(counts, one.value)), SendState.QUEUED)


@st.fragment(run_every=LOOK_EVERY)
def _figures() -> None:
    """Show how many stand where and where they go; looks by itself, for sending changes them."""
    center, now = parts.here(), parts.now()
    counts = outbox.counts(center, now)
    with st.container(key="outbox_figures_late" if counts.late or counts.trouble else "outbox_figures"):
        columns = st.columns(5)
        for column, (label, n) in zip(
            columns,
            (
                (_("Perlu ditangani"), counts.trouble),
                (_("Menunggu dikirim"), counts.queued),
                (_("Berkas ditulis"), counts.dropped),
                (_("Berbukti terima"), counts.receipted),
                (_("Lewat 60 menit"), counts.late),
            ),
            strict=True,
        ):
            column.metric(label, format_number(n))
    try:
        url = outbox.destination(center)
    except SigapError as error:
        parts.say_refusal(error)
        return
    if url is None:
        folder = center.outbox_dir.name
        st.caption(
            _("Alamat DKISP belum diatur (dkisp.toml): berkas ditulis ke folder {folder}.").format(
                folder=folder
            )
        )
    else:
        st.caption(_("Tujuan: {url}").format(url=plain(url)))


@st.fragment(run_every=LOOK_EVERY)
def _list(shown: SendState) -> None:
    """Show the revisions in a state, with what the matter is and what happens next."""
    found, now = outbox.lines(parts.here(), shown), parts.now()
    if not found:
        st.info(_("Tidak ada berkas dengan keadaan ini."))
        return
    titles = (_("Register"), _("Panggilan"), _("Rev."), _("Antre sejak"), _("Keadaan"))
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(_row(line, now) for line in found)
    with st.container(height=_HEIGHT, border=False, key="outbox_list"):
        table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        st.html(f'<table class="sigap-outbox">{table}</table>')
    if len(found) == outbox.SHOWN:
        st.caption(_("Paling banyak {n} ditampilkan.").format(n=format_number(outbox.SHOWN)))


def _row(line: Line, now: datetime) -> str:
    one = line.outgoing
    waited = int((now - one.queued_at).total_seconds())
    since = format_datetime(one.queued_at)
    if one.receipt is None:
        since += f" · {format_duration(waited)}"
    kind = "late" if one.state is SendState.TROUBLE or one.late(now) else one.state.value
    cells = (line.register_no or "–", line.call_no, str(one.revision), since)
    told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr class="{kind}">{told}<td>{_SIGNS[one.state]} {escape(words(one))}</td></tr>'


def _chosen(actor: Actor | None, found: list[Line]) -> None:
    """Show one revision whole: what is sent, byte by byte, and the button to send it again."""
    lines = {(line.outgoing.record_id, line.outgoing.revision): line for line in found}
    key = st.selectbox(
        _("Lihat berkas"),
        list(lines),
        format_func=lambda one: f"{lines[one].register_no or lines[one].call_no} · r{one[1]}",
        key=state.field(SCOPE, "chosen"),
        index=None,
        placeholder=_("nomor register"),
    )
    if key is None or key not in lines:
        st.caption(_("Pilih satu berkas untuk melihat isinya persis seperti yang dikirim."))
        return
    one = lines[key].outgoing
    body = outbox.exact_bytes(parts.here(), one.record_id, one.revision)
    with st.container(border=True, key="outbox_one"):
        st.markdown(f"**{plain(words(one))}**")
        st.caption(
            _("{path} · {size} bita · SHA-256 {digest}").format(
                path=plain(one.path), size=format_number(one.size_bytes), digest=one.digest
            )
        )
        with st.container(horizontal=True):
            st.download_button(
                _("Unduh"),
                body,
                file_name=PurePosixPath(one.path).name,
                mime="application/json",
                on_click="ignore",
                key=state.field(SCOPE, "download"),
            )
            _resend(actor, one)
        st.code(body.decode("utf-8"), language="json", wrap_lines=True, height=300)


def _resend(actor: Actor | None, one: Outgoing) -> None:
    if one.receipt is not None:
        return
    if actor is None or not may(actor.role, Action.DELIVER):
        st.caption(who_may(Action.DELIVER))
        return
    if st.button(_("Kirim lagi sekarang"), key=state.field(SCOPE, "resend"), type="primary"):
        parts.act(
            lambda: outbox.resend(parts.here(), parts.now(), actor, one.record_id, one.revision),
            _("Dikirim lagi."),
        )


def _receipt(actor: Actor | None) -> None:
    """Take a receipt that DKISP gave as a file, on a USB stick for example."""
    with st.expander(_("Bukti terima dari berkas")):
        if actor is None or not may(actor.role, Action.RECORD_RECEIPT):
            st.caption(who_may(Action.RECORD_RECEIPT))
            return
        number = st.session_state.get(state.EXPORT_RECEIPTS, 0)
        given = st.file_uploader(
            _("Berkas .receipt.json"), type=["json"], key=state.field(SCOPE, f"receipt-{number}")
        )
        if given is not None and st.button(_("Periksa dan simpan"), key=state.field(SCOPE, "take")):
            content = given.getvalue()
            with parts.refusals():
                one = outbox.take_receipt(parts.here(), parts.now(), actor, content)
                # An empty uploader for the next one.
                st.session_state[state.EXPORT_RECEIPTS] = number + 1
                st.session_state[state.NOTICE] = _("Bukti terima {path} sah.").format(path=one.path)
                st.rerun()
