"""Akses, sessions: which browsers are signed in now, and ending one at once."""

import streamlit as st

from domain.accounts import SignedIn
from domain.case import Actor
from domain.permissions import Action
from services import sessions
from ui import parts
from ui.duty import allowed
from ui.i18n import _, format_datetime, plural
from ui.words import plain


def draw(actor: Actor) -> None:
    """Draw the list of sessions."""
    if not allowed(actor, Action.EDIT_ACCOUNTS):
        return
    every = parts.here().session_box.every()
    st.markdown(
        plural("**{n} peramban** sedang masuk.", "**{n} peramban** sedang masuk.", len(every)).format(
            n=len(every)
        )
    )
    for one in every:
        with st.container(border=True, key=f"session_{one.session.session_id}"):
            _row(actor, one)


def _row(actor: Actor, one: SignedIn) -> None:
    account, session = one.account, one.session
    words, button = st.columns([5, 1], vertical_alignment="center")
    in_place = (
        " · " + _("a.n. {name}").format(name=plain(session.on_behalf_of)) if session.on_behalf_of else ""
    )
    words.markdown(f"**{plain(account.name)}** · {_(session.role.label)}{in_place}")
    words.caption(
        _("{login} · masuk {start} · dipakai {seen} · dari {address} · {agent}").format(
            login=plain(account.login),
            start=format_datetime(session.started_at),
            seen=format_datetime(session.seen_at),
            address=plain(session.address),
            agent=plain(session.agent),
        )
    )
    if button.button(_("Akhiri"), key=f"end_{session.session_id}"):
        parts.act(
            lambda: sessions.end(parts.here(), parts.now(), actor, session.session_id),
            _("Sesi {name} diakhiri.").format(name=account.name),
        )
