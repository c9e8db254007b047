"""Who is on duty at this screen.

Until accounts exist a person writes the name and picks the role; every change is stored under it. In a
demonstration the rehearsal's example person of each role is offered, so that all roles can be tried.
"""

import streamlit as st

from domain.case import Actor
from domain.words import N_, Role
from services import center
from services.rehearsal import CAST
from ui.i18n import _
from ui.state import ACTOR_NAME, ACTOR_ROLE

ROLE_QUERY = "tugas"
_SIGN_ON = N_(
    "Isi nama dan tugas Anda di kanan atas sebelum bekerja; setiap perubahan dicatat atas nama itu."
)


def _start() -> None:
    """Set the role (asked by `?tugas=`, else dispatcher) and, in a demonstration, its example name."""
    if ACTOR_ROLE not in st.session_state:
        asked = st.query_params.get(ROLE_QUERY, "")
        st.session_state[ACTOR_ROLE] = Role(asked) if asked in set(Role) else Role.DISPATCHER
    if ACTOR_NAME not in st.session_state:
        st.session_state[ACTOR_NAME] = _example_name()


def _example_name() -> str:
    return CAST[Role(st.session_state[ACTOR_ROLE])].name if center.current().is_demo else ""


def _role_changed() -> None:
    """Take the example person of the new role, unless a real name was written."""
    if st.session_state[ACTOR_NAME] in ("", *(person.name for person in CAST.values())):
        st.session_state[ACTOR_NAME] = _example_name()


def actor() -> Actor | None:
    """Return who is on duty, or None while no name is written."""
    _start()
    name = str(st.session_state[ACTOR_NAME]).strip()
    return Actor(name, Role(st.session_state[ACTOR_ROLE])) if name else None


def require_actor() -> Actor:
    """Return who is on duty; otherwise say that a name is needed, and end the page's run there."""
    found = actor()
    if found is None:
        st.warning(_(_SIGN_ON))
        st.stop()
    return found


def duty_bar() -> None:
    """Show who is on duty and let it be changed."""
    found = actor()
    for key in (ACTOR_NAME, ACTOR_ROLE):
        # The inputs live in a popover that mounts late; Streamlit forgets a widget's value until then.
        st.session_state[key] = st.session_state[key]
    label = f"{found.name} · {_(found.role.label)}" if found else _("Belum ada nama petugas")
    with st.popover(label):
        st.selectbox(
            _("Tugas"), list(Role), format_func=lambda r: _(r.label), key=ACTOR_ROLE, on_change=_role_changed
        )
        st.text_input(_("Nama petugas"), key=ACTOR_NAME, max_chars=60)
        st.caption(_("Akun dan kata sandi belum ada; nama ini dicatat pada setiap perubahan."))
