"""Unit: every unit of the case with its times, and the buttons that record its way (SOP step 5)."""

from datetime import datetime

import streamlit as st

from domain.alarms import Welfare, span
from domain.case import Assignment, Proposal
from domain.permissions import Action
from domain.words import CaseStatus
from services import alarms, assignment, crew, handling
from services.assignment import Progress
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _, format_distance, format_time
from ui.late_entry import LateEntry
from ui.links import case_link
from ui.parts import here
from ui.words import plain

_MOVING = (CaseStatus.RESPONDING, CaseStatus.MONITORING)
_APPROVABLE = (CaseStatus.COORDINATED, CaseStatus.RESPONDING, CaseStatus.MONITORING)


def units_tab(sheet: CaseSheet) -> None:
    """Draw the units, the ones still at work first."""
    case = sheet.case
    if not case.assignments:
        st.info(_("Belum ada unit. Perwira Piket mengusulkan unit pada halaman Pengerahan."))
    if case.on_scene_commander:
        st.markdown(_("Komandan Lapangan: **{name}**").format(name=plain(case.on_scene_commander)))
    read = crew.acknowledged(here(), case)
    late = sheet.late_entry("units") if _records(sheet) else None
    silences = alarms.welfare(here(), sheet.now, case)
    for unit in sorted(case.assignments, key=lambda a: not a.is_active):
        words, action = st.columns([7, 4], vertical_alignment="center")
        silence = silences.get(unit.unit_code) if unit.is_active else None
        words.markdown(
            _unit_words(unit, read.get(unit.unit_code))
            + (_silence_words(silence, sheet.now) if silence else "")
        )
        with action, st.container(horizontal=True):
            if unit.is_active:
                _progress(sheet, unit, late)
            if silence is not None and _records(sheet):
                _crew_word(sheet, unit, late)
    if silences:
        _cadence(sheet)
    for proposal in case.proposals:
        st.markdown(_proposal_words(proposal))
    waiting = [unit for unit in case.active_units if unit.dispatched_at is None]
    approvable = bool(waiting) and case.status in _APPROVABLE
    if approvable and sheet.button(_("Setujui & kerahkan semua usulan"), Action.APPROVE_UNITS, "approve"):
        sheet.act(assignment.approve, done=_("Unit dikerahkan."))
    case_link(case.case_id, _("Buka Pengerahan"), "pengerahan", name="-units")
    if case.status in _MOVING and not sheet.may(Action.UNIT_PROGRESS):
        st.caption(who_may(Action.UNIT_PROGRESS))


def _proposal_words(proposal: Proposal) -> str:
    """Return what was suggested and, where the officer chose otherwise, what and why."""
    estimate = _("perkiraan")
    units = ", ".join(
        _("{unit} {minutes} mnt").format(unit=unit.unit_code, minutes=round(unit.eta_s / 60))
        + (f" {estimate}" if unit.method == "estimate" else "")
        for unit in proposal.suggested
    )
    words = [
        _("Saran {time}, alarm {level}: {units}").format(
            time=format_time(proposal.at), level=proposal.alarm_level, units=units
        )
    ]
    if proposal.added:
        words.append(_("dipilih juga: {units}").format(units=", ".join(proposal.added)))
    if proposal.passed_over:
        words.append(_("tidak dipilih: {units}").format(units=", ".join(proposal.passed_over)))
    if proposal.reason:
        words.append(_("alasan: {reason}").format(reason=_(proposal.reason)))
    return f":small[{plain(' · '.join(words))}]"


def _silence_words(silence: Welfare, at: datetime) -> str:
    """Return when the crew was heard last, and a warning in words once it missed a word."""
    ago = int((at - silence.last_word).total_seconds()) // 60
    text = _("kabar terakhir {ago} mnt lalu ({time}), tiap {cadence}").format(
        ago=ago,
        time=format_time(silence.last_word),
        cadence=span(silence.cadence_s).sentence(_),
    )
    if silence.missed:
        text = ":orange[**▲ {late}**] · ".format(late=_("kabar terlambat")) + text
    return f"  \n:small[{text}]"


def _crew_word(sheet: CaseSheet, unit: Assignment, late: LateEntry | None) -> None:
    if sheet.button(_("Regu baik"), Action.CREW_WORD, f"crew_word_{unit.unit_code}"):
        done = _("{unit}: kabar dicatat.").format(unit=unit.unit_code)
        sheet.act(handling.crew_word, unit.unit_code, late=late, after=(unit.departed_at,), done=done)


def _cadence(sheet: CaseSheet) -> None:
    """Let the duty officer set how often each crew of this case must be heard from."""
    if not sheet.may(Action.SET_WELFARE):
        return
    with st.popover(_("Jarak kabar regu"), key=sheet.key("welfare_menu")):
        set_s = sheet.case.welfare_s
        minutes = st.number_input(
            _("Tiap berapa menit; kosong: menurut jenis kejadian, instansi, atau kota"),
            min_value=1,
            max_value=1440,
            value=None if set_s is None else set_s // 60,
            step=1,
            key=sheet.key(f"welfare_minutes_{set_s}"),
        )
        if st.button(_("Simpan jarak kabar"), key=sheet.key("welfare_save")):
            wanted = None if minutes is None else int(minutes) * 60
            sheet.act(handling.set_welfare, wanted, done=_("Jarak kabar regu disimpan."))


def _records(sheet: CaseSheet) -> bool:
    return sheet.case.status in _MOVING and sheet.may(Action.UNIT_PROGRESS)


def _unit_words(unit: Assignment, read_at: datetime | None) -> str:
    """Return a unit with its times; `read_at`: when its crew read the order on its phone."""
    stamps = [
        (_("diusulkan"), unit.proposed_at),
        (_("dikerahkan"), unit.dispatched_at),
        (_("perintah dibaca regu"), read_at),
        (_("berangkat"), unit.departed_at),
        (_("tiba"), unit.arrived_at),
        (_("selesai"), unit.cleared_at),
        (_("ditarik"), unit.withdrawn_at),
    ]
    times = " → ".join(f"{word} {format_time(at)}" for word, at in stamps if at)
    crew = _("{n} orang").format(n=unit.personnel)
    head = f"**{unit.unit_code}** · {unit.agency} · {crew}"
    if unit.distance_m is not None:
        head += f" · {format_distance(unit.distance_m)}"
        if unit.is_estimated:
            head += " " + _("perkiraan")
    reason = f" ({plain(unit.withdrawn_reason)})" if unit.withdrawn_reason else ""
    return f"{head}  \n:small[{times}{reason}]"


def _progress(sheet: CaseSheet, unit: Assignment, late: LateEntry | None) -> None:
    code = unit.unit_code
    if unit.dispatched_at is not None and _records(sheet):
        for step in _next(unit):
            if sheet.button(_(step.label), Action.UNIT_PROGRESS, f"{step.value}_{code}"):
                done = _("{unit}: {step}.").format(unit=code, step=_(step.label).lower())
                after = (unit.dispatched_at, unit.departed_at, unit.arrived_at)
                sheet.act(assignment.record_progress, code, step, late=late, after=after, done=done)
    if unit.departed_at is None and sheet.may(Action.WITHDRAW_UNIT):
        with st.popover(_("Tarik"), key=sheet.key(f"withdraw_menu_{code}")):
            reason = st.text_input(_("Alasan"), key=sheet.key(f"withdraw_reason_{code}"), max_chars=300)
            if st.button(_("Tarik {unit}").format(unit=code), key=sheet.key(f"withdraw_{code}")):
                sheet.act(assignment.withdraw, code, reason, done=_("Unit ditarik."))


def _next(unit: Assignment) -> tuple[Progress, ...]:
    """Return what can be recorded next; a unit may be done without having arrived."""
    if unit.departed_at is None:
        return (Progress.DEPART,)
    return (Progress.ARRIVE, Progress.CLEAR) if unit.arrived_at is None else (Progress.CLEAR,)
