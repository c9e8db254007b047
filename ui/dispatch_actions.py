"""What the duty officer does on Pengerahan, each as a callback bound to the case as it was on screen.

A callback runs before the page is drawn anew: the refusal of a lost race and the refreshed list appear
together, and the version that goes along is the one that the officer saw.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape

import streamlit as st

from domain.case import Actor, Assignment, Case, SuggestedUnit
from domain.errors import SigapError
from domain.moves.response import ProposedUnit, replacements
from domain.permissions import Action, may
from domain.response_plan import IncidentType
from domain.suggest import Candidate
from domain.units import UnitState
from domain.words import N_, CaseStatus, UnitStatus
from geo.errors import GeoError
from services import assignment
from services.assignment import Promise, promise, suggested_unit
from services.change import CaseRef
from ui.dispatch_picks import keep, picks
from ui.duty import allowed
from ui.i18n import _, format_time
from ui.live import hold_ends
from ui.parts import here, now, say_refusal
from ui.state import DISPATCH_REFUSAL, NOTICE, field
from ui.words import plain

COMMANDER, WITHDRAW_UNIT, WITHDRAW_REASON = "commander", "withdraw_unit", "withdraw_reason"
CHOICE, CHOICE_WORDS, ALARM = "choice", "choice_words", "alarm"
CHOICES = (
    N_("Regu lebih siap."),
    N_("Jalan atau alur tidak dapat dilalui."),
    N_("Diminta instansi."),
    N_("Unit yang disarankan disisakan untuk kejadian lain."),
    N_("Perlu alat atau awak yang lain."),
)
"""Reasons for another choice that take one click; anything else is typed."""
_BEFORE_COORDINATION = (CaseStatus.CLASSIFIED, CaseStatus.VERIFIED)


def input_key(case_id: str, name: str) -> str:
    """Return the key of one input here: each case has its own, so that no words go to another case."""
    return field(f"dispatch-{case_id}", name)


def attempt(case_id: str, action: Callable[[], object], done: str) -> bool:
    """Do one thing; say `done` once, or keep the refusal on screen until the next attempt."""
    st.session_state.pop(DISPATCH_REFUSAL, None)
    try:
        action()
    except (SigapError, GeoError) as error:
        st.session_state[DISPATCH_REFUSAL] = (case_id, error)
        return False
    st.session_state[NOTICE] = done
    return True


def refusal(case_id: str) -> None:
    """Show why the last action on this case was refused."""
    kept = st.session_state.get(DISPATCH_REFUSAL)
    if kept is not None and kept[0] == case_id:
        say_refusal(kept[1])


def _propose(
    actor: Actor,
    ref: CaseRef,
    promises: tuple[Promise, ...],
    suggested: tuple[SuggestedUnit, ...],
    done: str,
) -> None:
    reason = " ".join(
        str(st.session_state.get(input_key(ref.case_id, name)) or "") for name in (CHOICE, CHOICE_WORDS)
    ).strip()
    if attempt(
        ref.case_id,
        lambda: assignment.propose(here(), now(), actor, ref, promises, suggested, reason),
        done,
    ):
        for name in (CHOICE, CHOICE_WORDS):
            st.session_state.pop(input_key(ref.case_id, name), None)
        # What the officer refused stays refused: a second press must not send it.
        own = picks(ref.case_id)
        for promise in promises:
            own.pop(promise.unit_code, None)
        keep(ref.case_id)


def _approve(actor: Actor, ref: CaseRef, done: str) -> None:
    attempt(ref.case_id, lambda: assignment.approve(here(), now(), actor, ref), done)


def _withdraw(actor: Actor, ref: CaseRef, done: str) -> None:
    code = st.session_state[input_key(ref.case_id, WITHDRAW_UNIT)]
    reason_key = input_key(ref.case_id, WITHDRAW_REASON)
    reason = st.session_state[reason_key]
    if attempt(
        ref.case_id,
        lambda: assignment.withdraw(here(), now(), actor, ref, code, reason),
        done.format(unit=code),
    ):
        st.session_state[reason_key] = ""


def _name_commander(actor: Actor, ref: CaseRef, done: str) -> None:
    key = input_key(ref.case_id, COMMANDER)
    name = st.session_state[key]
    if attempt(ref.case_id, lambda: assignment.name_commander(here(), now(), actor, ref, name), done):
        st.session_state[key] = ""


def buttons(case: Case, actor: Actor, ticked: Sequence[Candidate], recommended: Sequence[Candidate]) -> None:
    """Show proposing, approving, taking back and the commander to those who may; to others, who may.

    `ticked` are to be proposed; `recommended` is what Sigap suggests, the case's own units included.
    """
    if not allowed(actor, Action.PROPOSE_UNITS):
        return
    ref = CaseRef(case.case_id, case.version)
    waiting = [u for u in case.active_units if u.dispatched_at is None]
    suggested = tuple(suggested_unit(c) for c in recommended)
    _other_choice(case, ticked, suggested)
    with st.container(horizontal=True, key="dispatch_buttons"):
        st.button(
            _("Usulkan {n} unit").format(n=len(ticked)),
            key="dispatch_propose",
            shortcut="U",
            type="primary" if ticked else "secondary",
            on_click=_propose,
            args=(
                actor,
                ref,
                tuple(promise(c) for c in ticked),
                suggested,
                _("Unit diusulkan dan ditahan"),
            ),
        )
        st.button(
            _("Setujui & kerahkan {n} unit").format(n=len(waiting)),
            key="dispatch_approve",
            shortcut="K",
            type="primary" if waiting and not ticked else "secondary",
            on_click=_approve,
            args=(actor, ref, _("Unit dikerahkan")),
        )
        _withdrawing(case, actor, ref)
    if case.status in _BEFORE_COORDINATION:
        st.caption(
            _(
                "Kasus berstatus {status}: unit dapat diusulkan; dikerahkan setelah koordinasi (langkah 4)."
            ).format(status=_(case.status.label))
        )
    _commander(case, actor, ref)


def _other_choice(case: Case, ticked: Sequence[Candidate], suggested: Sequence[SuggestedUnit]) -> None:
    """Ask why a unit was chosen in the place of a suggested one; it is stored with the case."""
    lines = [ProposedUnit(c.state.unit, None, None, None) for c in ticked]
    replaced = replacements(case, lines, suggested)
    if not replaced:
        return
    passed, instead = replaced[0]
    with st.container(horizontal=True, vertical_alignment="bottom", key="dispatch_choice"):
        st.selectbox(
            _("Mengapa {instead}, bukan {passed}?").format(instead=instead, passed=passed),
            CHOICES,
            index=None,
            format_func=_,
            key=input_key(case.case_id, CHOICE),
            placeholder=_("Pilih alasan"),
        )
        st.text_input(
            _("atau tulis"),
            key=input_key(case.case_id, CHOICE_WORDS),
            max_chars=160,
            placeholder=_("Alasan lain"),
        )


def alarm(case: Case, actor: Actor | None, plan: IncidentType) -> None:
    """Show the alarm level and let the duty officer set it: levels of the plan add up."""
    levels = list(range(1, plan.top_alarm + 1))
    key = input_key(case.case_id, ALARM)
    st.session_state[key] = min(case.alarm_level, plan.top_alarm)
    may_set = actor is not None and may(actor.role, Action.RAISE_ALARM)
    st.segmented_control(
        _("Tingkat alarm"),
        levels,
        format_func=lambda level: _("Alarm {level}").format(level=level),
        key=key,
        disabled=not may_set or len(levels) == 1,
        label_visibility="collapsed",
        on_change=_set_alarm,
        args=(actor, CaseRef(case.case_id, case.version), key),
    )


def _set_alarm(actor: Actor, ref: CaseRef, key: str) -> None:
    level = st.session_state[key]
    if level is not None:
        done = _("Alarm {level} ditetapkan").format(level=level)
        attempt(ref.case_id, lambda: assignment.set_alarm(here(), now(), actor, ref, level), done)


def _withdrawing(case: Case, actor: Actor, ref: CaseRef) -> None:
    waiting = [u.unit_code for u in case.active_units if u.departed_at is None]
    if not waiting:
        return
    with st.popover(_("Tarik unit"), key="dispatch_withdraw"):
        st.selectbox(_("Unit yang belum berangkat"), waiting, key=input_key(case.case_id, WITHDRAW_UNIT))
        st.text_input(
            _("Alasan (wajib bila sudah dikerahkan)"),
            key=input_key(case.case_id, WITHDRAW_REASON),
            max_chars=120,
        )
        st.button(
            _("Tarik"),
            key="dispatch_withdraw_go",
            on_click=_withdraw,
            args=(actor, ref, _("{unit} ditarik")),
        )


def _commander(case: Case, actor: Actor, ref: CaseRef) -> None:
    name = case.on_scene_commander
    with st.container(horizontal=True, vertical_alignment="bottom", key="dispatch_commander_row"):
        st.text_input(
            _("Komandan Lapangan: {name}").format(name=plain(name) if name else _("belum ditunjuk")),
            key=input_key(case.case_id, COMMANDER),
            max_chars=60,
            placeholder=_("Nama komandan"),
        )
        st.button(
            _("Tunjuk"),
            key="dispatch_commander_go",
            on_click=_name_commander,
            args=(actor, ref, _("Komandan Lapangan ditunjuk")),
        )


def own_units(case: Case, states: dict[str, UnitState], numbers: dict[str, str], at: datetime) -> None:
    """Show the units that this case has: proposed (held until when), sent, on the way, there.

    `states` are all units by code, `numbers` the call numbers of open cases by id.
    """
    if not case.active_units:
        return
    ends = hold_ends(here(), case)
    lines = []
    for unit in case.active_units:
        kind, words = _way_so_far(unit) or _held(
            unit, states.get(unit.unit_code), ends[unit.unit_code], case, numbers, at
        )
        lines.append(f'<li class="{kind}"><b>{escape(unit.unit_code)}</b> <span>{escape(words)}</span></li>')
    st.html(f'<ul class="sigap-own">{"".join(lines)}</ul>')


def _way_so_far(unit: Assignment) -> tuple[str, str] | None:
    """Return where a sent unit stands, or None for one that is only proposed."""
    for kind, status, time in (
        ("there", UnitStatus.ON_SCENE, unit.arrived_at),
        ("moving", UnitStatus.EN_ROUTE, unit.departed_at),
        ("sent", UnitStatus.DISPATCHED, unit.dispatched_at),
    ):
        if time is not None:
            return kind, f"{_(status.label)} {format_time(time)}"
    return None


def _held(
    unit: Assignment,
    state: UnitState | None,
    ends: datetime,
    case: Case,
    numbers: dict[str, str],
    at: datetime,
) -> tuple[str, str]:
    """Return until when a proposed unit is held, or that its time ran out and who has it now."""
    until = format_time(ends, seconds=True)
    if ends > at:
        by, time = unit.proposed_by, format_time(unit.proposed_at)
        return "held", _("diusulkan {by} {time}, ditahan sampai {until}").format(
            by=by, time=time, until=until
        )
    if state is not None and state.case_id is not None and state.case_id != case.case_id:
        return "lost", _("waktu tahan habis {until}; kini dipegang {holder} untuk {call_no}").format(
            until=until, holder=state.held_by or "–", call_no=numbers.get(state.case_id, "–")
        )
    return "over", _("waktu tahan habis {until}; kasus lain dapat mengambilnya").format(until=until)
