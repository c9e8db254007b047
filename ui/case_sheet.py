"""One case as it is being worked on here: what was read, who acts, and the version that was on screen.

Every change goes through `CaseSheet.act` with the version that this browser last drew, so that whoever
comes second is told who was first instead of overwriting it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from domain.case import Actor, Case
from domain.errors import SigapError, StaleCase
from domain.permissions import Action, may
from geo.errors import GeoError
from services import monitoring
from services.change import CaseRef
from services.monitoring import CaseView
from ui import parts
from ui.duty import who_may
from ui.i18n import _, sentence, timezone
from ui.state import DRAWN, NOTICE, field


@dataclass(frozen=True)
class CaseSheet:
    """A case on screen. `ref` carries the version drawn before this run, which is what a person saw."""

    view: CaseView
    actor: Actor
    now: datetime
    ref: CaseRef

    @property
    def case(self) -> Case:
        """The case as stored now."""
        return self.view.case

    def key(self, name: str) -> str:
        """Return the key of an input on this case's screen."""
        return field(f"case-{self.case.case_id}", name)

    def may(self, action: Action) -> bool:
        """Whether the one on duty may do this."""
        return may(self.actor.role, action)

    def button(self, label: str, action: Action, name: str, *, main: bool = False, told: bool = True) -> bool:
        """Draw a button for those who may press it; the others read who may (unless `told` is False)."""
        if self.may(action):
            return st.button(
                label,
                key=self.key(name),
                type="primary" if main else "secondary",
                width="stretch" if main else "content",
            )
        if told:
            st.caption(who_may(action))
        return False

    def act(self, service: Callable[..., object], *args: object, done: str, **options: object) -> None:
        """Call `service(center, now, actor, ref, …)`; draw the page anew, or say why it was refused."""
        try:
            service(parts.here(), parts.now(), self.actor, self.ref, *args, **options)
        except StaleCase as error:
            st.error(sentence(error))
            st.button(_("Muat ulang"), key=self.key("stale_reload"))
        except (SigapError, GeoError) as error:
            st.error(sentence(error))
        else:
            st.session_state[NOTICE] = done
            st.rerun()


def open_sheet(case_id: str, actor: Actor) -> CaseSheet:
    """Read the case and note that this version is on screen now. Raises NotFound."""
    now = parts.now()
    view = monitoring.view(parts.here(), now, case_id)
    drawn_id, drawn_version = st.session_state.get(DRAWN, (None, None))
    seen = drawn_version if drawn_id == case_id else view.case.version
    st.session_state[DRAWN] = (case_id, view.case.version)
    return CaseSheet(view, actor, now, CaseRef(case_id, seen))


@st.fragment(run_every="5s")
def watch(case_id: str, version: int) -> None:
    """Say that somebody else changed the case since it was drawn, without touching what is being typed."""
    if monitoring.get(parts.here(), case_id).version != version:
        with st.container(horizontal=True, vertical_alignment="center", key="case_changed"):
            words = _("Ada perubahan baru pada kasus ini.")
            st.markdown(f":orange[**▲ {words}**]")
            if st.button(_("Muat ulang"), key="case_changed_reload"):
                st.rerun()


def late_time(sheet: CaseSheet, name: str) -> datetime | None:
    """Ask when it happened, for entries made afterwards; None means now."""
    local = st.datetime_input(
        _("Waktu kejadian (kosong = sekarang; diisi = entri susulan)"),
        value=None,
        step=60,
        format="DD/MM/YYYY",
        key=sheet.key(name),
        width=380,
    )
    return None if local is None else local.replace(tzinfo=timezone()).astimezone(UTC)
