"""Penerimaan when a call went on without its form: why, and what was typed, to read and to copy."""

import streamlit as st

from domain.case import Case
from domain.permissions import Action
from domain.words import CaseStatus, StepState
from services import monitoring
from ui import drafts, parts
from ui.i18n import _
from ui.incident_inputs import TYPE
from ui.intake_form import (
    ANONYMOUS,
    NARRATIVE,
    NO_NUMBER,
    NUMBER,
    REPORTER,
    leave_form,
    scope_of,
)
from ui.links import case_link
from ui.location_picker import COORDINATES, TEXT, forget
from ui.state import field
from ui.words import plain, type_label


def kept_form(case: Case) -> None:
    """Draw the reason, the way to the case that goes on, and every text that was typed here."""
    onward = monitoring.get(parts.here(), case.merged_into) if case.merged_into else case
    st.warning(_reason(case, onward))
    case_link(onward.case_id, _("Buka kasus {call_no}").format(call_no=onward.call_no), name="-kept")
    typed = _typed(scope_of(case))
    st.caption(_("Isian Anda di bawah ini tidak disimpan; salin yang masih perlu.") if typed else "")
    for label, text in typed.items():
        st.caption(label)
        st.code(text, language=None, wrap_lines=True)
    st.button(_("Hapus isian ini, ke daftar panggilan"), key="drop_kept", on_click=_drop, args=(case,))


def _reason(case: Case, onward: Case) -> str:
    if case.merged_into:
        events = monitoring.view(parts.here(), parts.now(), case.case_id).events
        who = next((event.actor for event in reversed(events) if event.action == Action.MERGE.value), "")
        return _("Panggilan {call_no} sudah digabung dengan {primary} oleh {user}.").format(
            call_no=case.call_no, primary=onward.call_no, user=plain(who)
        )
    if case.step(1).state is StepState.DONE:
        return _("Laporan panggilan {call_no} sudah dicatat oleh {user}.").format(
            call_no=case.call_no, user=plain(case.step(1).user or "")
        )
    return _("Panggilan {call_no} berstatus {status}; laporannya tidak dicatat lagi.").format(
        call_no=case.call_no, status=_(CaseStatus(case.status).label)
    )


def _typed(scope: str) -> dict[str, str]:
    """Return what stands in the inputs of this call, by their labels, empty ones left out."""
    labels = {
        NUMBER: _("Nomor panggil balik"),
        NO_NUMBER: _("Alasan bila tidak ada nomor"),
        REPORTER: _("Nama pelapor"),
        ANONYMOUS: _("Alasan bila anonim"),
        NARRATIVE: _("Kronologi"),
        TYPE: _("Jenis kejadian"),
        TEXT: _("Nama tempat"),
        COORDINATES: _("Koordinat"),
    }
    found = {name: st.session_state.get(field(scope, name)) for name in labels}
    if found[TYPE]:
        found[TYPE] = type_label(found[TYPE])
    return {labels[name]: str(value) for name, value in found.items() if value}


def _drop(case: Case) -> None:
    forget(scope_of(case))
    drafts.drop(scope_of(case))
    leave_form()
