"""Who is on duty at this screen: the signed-in person, and the role acted in.

The session's cookie decides, at every run; a test without a browser puts an Actor under `state.ACTOR`
instead.
"""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from domain.accounts import WATCH_ROLES, SignedIn
from domain.case import Actor
from domain.permissions import Action, may
from domain.words import N_, Role
from services import center, duty, sessions
from ui import parts
from ui.guard import COOKIE, SECURE_COOKIE, SIGN_IN
from ui.i18n import _
from ui.state import ACTOR, DUTY, field
from ui.words import plain

_SIGNED_OUT = N_("Sesi Anda sudah berakhir. Masuk lagi untuk melanjutkan.")
_FOLDER = Path(__file__).parent / "static" / "components"
_leave = st.components.v2.component(
    "sigap_leave",
    html='<div class="leave"><a class="account"></a><button type="button"></button></div>',
    css=(_FOLDER / "leave.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "leave.js").read_text(encoding="utf-8"),
)


def signed_in() -> SignedIn | None:
    """Return the signed-in person of this browser, or None."""
    cookies = st.context.cookies
    cookie = cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)
    return sessions.find(center.current(), datetime.now(UTC), cookie) if cookie else None


def actor() -> Actor | None:
    """Return who is on duty, or None once the session has ended."""
    found = signed_in()
    if found is not None:
        return None if found.account.must_change else found.actor
    alone: Actor | None = st.session_state.get(ACTOR)
    return alone


def require_actor() -> Actor:
    """Return who is on duty; otherwise say that one must sign in, and end the page's run there."""
    found = actor()
    if found is None:
        st.warning(_(_SIGNED_OUT))
        st.stop()
    return found


def duty_bar() -> None:
    """Show who is on duty and as what; let the role be changed, and the person leave."""
    found = signed_in()
    person = require_actor()
    label = f"{plain(person.name)} · {_(person.role.label)}"
    if person.on_behalf_of:
        label += " · " + _("a.n. {name}").format(name=plain(person.on_behalf_of))
    with st.popover(label, key="duty"):
        if found is not None:
            _roles(found)
        _leave(
            key="leave",
            data={"words": {"account": _("Akun saya"), "leave": _("Keluar")}, "sign_in": SIGN_IN},
        )


def _roles(found: SignedIn) -> None:
    """Let somebody act in another role: one of the account's own, or in the place of a named person."""
    account, session = found.account, found.session
    stands_in = any(may(role, Action.ACT_ON_BEHALF) for role in account.roles)
    if not stands_in and len(account.roles) == 1:
        return
    roles = [role for role in Role if role in account.roles or (stands_in and role in WATCH_ROLES)]

    def key(name: str) -> str:
        return field(DUTY, f"{name}-{session.role.value}-{session.on_behalf_of}")

    role = st.selectbox(
        _("Tugas"),
        roles,
        index=roles.index(session.role),
        format_func=lambda r: _(r.label),
        key=key("role"),
    )
    name = reason = ""
    if stands_in:
        name_key, planned_key = key("name"), key(f"planned-{role.value}")
        st.session_state.setdefault(name_key, session.on_behalf_of)

        def take_planned() -> None:
            st.session_state[name_key] = st.session_state[planned_key] or ""

        planned = [
            entry.name
            for entry in duty.on_duty(parts.here(), parts.now())
            if entry.role is role and entry.login != account.login
        ]
        if planned:
            label = _("Yang bertugas sekarang sebagai {role}").format(role=_(role.label))
            st.pills(label, planned, key=planned_key, on_change=take_planned, format_func=plain)
        name = st.text_input(
            _("Atas nama (bila menggantikan orang lain)"),
            key=name_key,
            max_chars=60,
            help=_("Nama ini dicatat pada setiap perubahan, di samping nama Anda."),
        )
        reason = st.text_input(_("Alasan menggantikan"), key=key("reason"), max_chars=300)
    if st.button(_("Bertindak sebagai ini"), key=key("act"), type="primary"):
        with parts.refusals():
            sessions.act_as(parts.here(), parts.now(), found, role, name, reason)
            st.rerun()
