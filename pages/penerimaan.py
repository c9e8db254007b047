"""Penerimaan: the call taker takes a call and writes it down while talking (SOP steps 1 and 2)."""

import streamlit as st

from domain.case import Actor, Case
from domain.errors import NotFound
from domain.permissions import Action, may
from domain.words import Channel
from services import intake, monitoring
from ui import parts
from ui.duty import who_may
from ui.i18n import _
from ui.intake_form import call_form, is_writable, leave_form, open_form, was_begun
from ui.intake_kept import kept_form
from ui.intake_lists import saved_line, waiting_calls
from ui.links import CALL_QUERY
from ui.session import require_actor
from ui.state import CALL


def open_here() -> Case | None:
    """Return the call that is being written down here; one that went on without, if something was typed."""
    asked = st.query_params.get(CALL_QUERY) or st.session_state.get(CALL)
    if not asked:
        return None
    try:
        case = monitoring.get(parts.here(), asked)
    except NotFound:
        leave_form()
        return None
    if not is_writable(case) and not was_begun(case):
        leave_form()
        return None
    if is_writable(case):
        open_form(case.case_id)
    return case


def take_call(actor: Actor) -> None:
    if not may(actor.role, Action.TAKE_CALL):
        st.info(who_may(Action.TAKE_CALL))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channel = st.segmented_control(
            _("Kanal"),
            list(Channel),
            format_func=lambda c: _(c.label),
            default=Channel.CALL_112,
            required=True,
            key="channel",
        )
        taken = st.button(_("Terima panggilan"), type="primary", shortcut="T", key="take_call")
    if taken:
        with parts.refusals():
            open_form(intake.open_call(parts.here(), parts.now(), actor, Channel(channel)).case_id)
            st.rerun()


parts.notice()
on_duty = require_actor()
call = open_here()
if call is not None and is_writable(call):
    call_form(call, on_duty)
elif call is not None:
    kept_form(call)
else:
    take_call(on_duty)
    saved_line()
    waiting_calls()
