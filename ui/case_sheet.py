"""One case as it is being worked on here: what was read, who acts, and the version that was on screen.

Every change goes through `CaseSheet.act` with the version that this browser last drew, so that whoever
comes second is told who was first instead of overwriting it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from domain.case import Actor, Case
from domain.errors import SigapError, StaleCase
from domain.permissions import Action, may
from geo.errors import GeoError
from services import monitoring
from services.change import CaseRef
from services.monitoring import CaseView
from ui import drafts, parts
from ui.duty import who_may
from ui.i18n import _
from ui.late_entry import LateEntry, late_entry
from ui.state import DRAWN, NOTICE, STEP_BEFORE, field

_READING = ("reveal", "reveal_callback", "pdf", "json", "stale_reload")
"""Buttons of a case that change nothing of it."""


@dataclass(frozen=True)
class CaseSheet:
    """A case on screen. `ref` carries the version drawn before this run, which is what a person saw."""

    view: CaseView
    actor: Actor
    now: datetime
    ref: CaseRef
    overtaken: bool = False
    """A button was pressed on a version that somebody has changed since; `tell_overtaken` says so."""
    in_tab: bool = False
    """Drawn within a tab of the details; what is done there leaves that tab open."""

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

    def late_entry(self, panel: str) -> LateEntry:
        """Ask when it happened, for entries made afterwards; the field belongs to one panel."""
        return late_entry(self.key(f"{panel}_late"), self.now)

    def act(
        self,
        service: Callable[..., object],
        *args: object,
        done: str,
        late: LateEntry | None = None,
        after: Sequence[datetime | None] = (),
        **options: object,
    ) -> None:
        """Call `service(center, now, actor, ref, …)`; draw the page anew, or say why it was refused.

        `late` gives the time of an entry made afterwards, `after` the times it cannot be before.
        """
        if self.overtaken:
            return
        try:
            if late is not None:
                options["occurred_at"] = late.time(after)
            service(parts.here(), parts.now(), self.actor, self.ref, *args, **options)
        except (SigapError, GeoError) as error:
            parts.say_refusal(error)
        else:
            if late is not None:
                late.clear()
            drafts.used(f"case-{self.case.case_id}", (*args, *options.values()))
            if not self.in_tab:
                st.session_state[self.key(STEP_BEFORE)] = self.view.next_step
            st.session_state[NOTICE] = done
            st.rerun()


def open_sheet(case_id: str, actor: Actor) -> CaseSheet:
    """Read the case and note that this version is on screen now. Raises NotFound."""
    now = parts.now()
    view = monitoring.view(parts.here(), now, case_id)
    drawn_id, drawn_version = st.session_state.get(DRAWN, (None, None))
    seen = drawn_version if drawn_id == case_id else view.case.version
    st.session_state[DRAWN] = (case_id, view.case.version)
    drafts.hold_texts(f"case-{case_id}")
    sheet = CaseSheet(view, actor, now, CaseRef(case_id, seen))
    return replace(sheet, overtaken=seen != view.case.version and _changing_press(sheet))


def _changing_press(sheet: CaseSheet) -> bool:
    """Whether a button of this case was pressed that changes it, be it drawn again in this run or not."""
    scope, state = sheet.key(""), st.session_state
    reading = {sheet.key(name) for name in _READING}
    return any(
        str(key).startswith(scope) and key not in reading and value is True for key, value in state.items()
    )


def tell_overtaken(sheet: CaseSheet) -> None:
    """Say who was first when a press came too late: its button may be gone from what is drawn now."""
    if sheet.overtaken:
        last = sheet.view.events[-1]
        error = StaleCase(call_no=sheet.case.call_no, actor=last.actor, at=last.entered_at)
        parts.say_refusal(error)
        st.button(_("Muat ulang"), key=sheet.key("stale_reload"))


def tell_draft(sheet: CaseSheet) -> None:
    """Say that texts typed earlier were put back into this case's inputs."""
    scope = f"case-{sheet.case.case_id}"
    drafts.tell(scope, lambda: drafts.discard_texts(scope))


@st.fragment(run_every="5s")
def watch(case_id: str, version: int) -> None:
    """Say that somebody else changed the case since it was drawn, without touching what is being typed."""
    if monitoring.get(parts.here(), case_id).version != version:
        with st.container(horizontal=True, vertical_alignment="center", key="case_changed"):
            words = _("Ada perubahan baru pada kasus ini.")
            st.markdown(f":orange[**▲ {words}**]")
            if st.button(_("Muat ulang"), key="case_changed_reload"):
                st.rerun()
