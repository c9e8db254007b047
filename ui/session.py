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
from ui.state import ACTOR_NAME, ACTOR_ROLE, DUTY_NAME, DUTY_ROLE, field
from ui.words import plain

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
    """Take the chosen role, and its example person unless a real name was written."""
    st.session_state[ACTOR_ROLE] = st.session_state[DUTY_ROLE]
    if st.session_state[ACTOR_NAME] in ("", *(person.name for person in CAST.values())):
        st.session_state[ACTOR_NAME] = _example_name()


def _name_changed(role: Role) -> None:
    """Take the written name; one that a browser still sends for the role before is not news."""
    if role is Role(st.session_state[ACTOR_ROLE]):
        st.session_state[ACTOR_NAME] = st.session_state[field(DUTY_NAME, role)]


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
    """Show who is on duty and let it be changed.

    The inputs only report changes; who is on duty is kept apart from them. A browser draws them late and
    may send their old values again, and Streamlit forgets them when another screen opens.
    """
    found = actor()
    role = Role(st.session_state[ACTOR_ROLE])
    label = f"{plain(found.name)} · {_(found.role.label)}" if found else _("Belum ada nama petugas")
    with st.popover(label):
        st.selectbox(
            _("Tugas"),
            list(Role),
            index=list(Role).index(role),
            format_func=lambda r: _(r.label),
            key=DUTY_ROLE,
            on_change=_role_changed,
        )
        st.text_input(
            _("Nama petugas"),
            value=st.session_state[ACTOR_NAME],
            key=field(DUTY_NAME, role),
            on_change=_name_changed,
            args=(role,),
            max_chars=60,
        )
        st.caption(_("Akun dan kata sandi belum ada; nama ini dicatat pada setiap perubahan."))
