"""Penerimaan between two calls: what was saved last, and every call that still waits for somebody."""

import streamlit as st

from domain.case import Case
from domain.words import StepState
from services import monitoring
from ui import parts
from ui.i18n import _, format_time
from ui.intake_form import open_form, received_cases
from ui.links import case_link
from ui.state import SAVED
from ui.words import case_title, plain


def saved_line() -> None:
    """Say what was saved last, with its number and the way to it."""
    if SAVED not in st.session_state:
        return
    case_id, call_no, words, refused = st.session_state[SAVED]
    text = _("**{call_no} tersimpan.** {words}").format(call_no=call_no, words=words)
    (st.warning if refused else st.success)(text)
    case_link(case_id, _("Buka kasus {call_no}").format(call_no=call_no), name="-saved")


def waiting_calls() -> None:
    """List calls that nobody has written down yet, and reports whose class nobody has decided yet."""
    received = received_cases()
    unwritten = [case for case in received if case.step(1).state is not StepState.DONE]
    undecided = [case for case in received if case.step(1).state is StepState.DONE]
    left, right = st.columns(2)
    with left, parts.panel("unwritten", _("Panggilan belum dicatat")):
        for case in unwritten:
            _unwritten(case)
        if not unwritten:
            st.caption(_("Tidak ada. Tekan T saat telepon berdering; jam langkah 1 berjalan sejak itu."))
    with right, parts.panel("undecided", _("Menunggu penetapan jenis panggilan")):
        for case in undecided:
            _undecided(case)
        if not undecided:
            st.caption(_("Tidak ada laporan yang menunggu Dispatcher."))


def _unwritten(case: Case) -> None:
    words, action = st.columns([6, 2], vertical_alignment="center")
    opener = monitoring.view(parts.here(), parts.now(), case.case_id).events[0].actor
    words.markdown(
        _("**{call_no}** · {channel} · {time} · diterima {name}").format(
            call_no=case.call_no,
            channel=_(case.call.channel.label),
            time=format_time(case.call.received_at),
            name=plain(opener),
        )
    )
    if action.button(_("Lanjutkan"), key=f"resume-{case.case_id}", width="stretch"):
        open_form(case.case_id)
        st.rerun()


def _undecided(case: Case) -> None:
    words, action = st.columns([6, 2], vertical_alignment="center")
    proposal = case.call.proposed_class
    words.markdown(
        _("**{call_no}** · {title} · usulan {kind}").format(
            call_no=case.call_no, title=plain(case_title(case)), kind=_(proposal.label) if proposal else "–"
        )
    )
    with action:
        case_link(case.case_id, _("Buka kasus"))
