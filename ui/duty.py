"""Who may do what, in words: for the place where a button would be."""

from typing import TypeGuard

import streamlit as st

from domain.case import Actor
from domain.permissions import PERMISSIONS, Action, may
from ui.i18n import _


def who_may(action: Action) -> str:
    """Return “Menetapkan jenis panggilan: oleh Dispatcher.”"""
    roles = ", ".join(_(role.label) for role in PERMISSIONS[action])
    return _("{action}: oleh {roles}.").format(action=_(action.label), roles=roles)


def allowed(actor: Actor | None, action: Action) -> TypeGuard[Actor]:
    """Return whether the person on duty may do `action`; otherwise say here who may."""
    if actor is not None and may(actor.role, action):
        return True
    st.caption(who_may(action))
    return False
