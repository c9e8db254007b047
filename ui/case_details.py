"""Data & lokasi: type, matra, priority, victims and place, corrected with the same inputs as at intake."""

import streamlit as st

from domain.case import Case
from domain.permissions import Action
from domain.words import CaseStatus
from services import intake
from ui import drafts, incident_inputs, location_picker, parts
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _
from ui.intake_nearby import nearby_markers
from ui.location_picker import (
    COORDINATES,
    TEXT,
    coordinates_of,
    place_inputs,
    place_map,
    zone_line,
)
from ui.stored_form import StoredForm
from ui.words import place_label, plain, type_label

MAP_HEIGHT = 330
_FIXED = (CaseStatus.REGISTERED, CaseStatus.CLOSED, CaseStatus.MERGED)


def _begin_anew(scope: str, case: Case) -> None:
    incident_inputs.reset(scope, case.incident, case.location)
    location_picker.reset(scope, case.location)


def details_tab(sheet: CaseSheet) -> None:
    """Draw the incident and its place; inputs for those who may correct them, as long as it is possible."""
    case = sheet.case
    editable = sheet.may(Action.UPDATE_DETAILS) and case.status not in _FIXED
    if not editable:
        st.markdown(f"**{plain(type_label(case.incident.type_code))}** · {plain(place_label(case.location))}")
        place_map(
            f"shown-{case.case_id}", case.location, case.incident.domain, height=MAP_HEIGHT, editable=False
        )
        zone_line(case.location)
        if not sheet.may(Action.UPDATE_DETAILS):
            st.caption(who_may(Action.UPDATE_DETAILS))
        return
    form = StoredForm(sheet, "details", _stored(case), fill=False, hold=False)
    scope = form.scope
    drafts.recall(scope, scope)
    drafts.tell(scope, lambda: _begin_anew(scope, case))
    form.tell_lost(_labels())
    incident_inputs.begin(scope, case.incident, case.location)
    left, right = st.columns(2)
    with left:
        incident_inputs.type_input(scope)
    with right:
        incident_inputs.victims_and_priority(scope)
    place = place_inputs(scope, case.location)
    with st.container(horizontal=True, vertical_alignment="center"):
        domain = incident_inputs.domain_input(scope, place)
        save = st.button(_("Simpan data kejadian"), key=sheet.key("save_details"), type="primary")
    incident_inputs.side_line(scope, place)
    if save:
        incident = incident_inputs.incident(scope)
        sheet.act(intake.update_details, incident=incident, location=place, done=_("Data kejadian disimpan."))
    else:
        drafts.hold(scope, scope, (*incident_inputs.HELD, *location_picker.HELD))
    zone_line(place)
    point = place.point
    near = (
        intake.nearby_cases(parts.here(), sheet.now, point, domain, case.case_id) if point and domain else []
    )
    place_map(scope, place, domain, height=MAP_HEIGHT, others=nearby_markers(near))


def _labels() -> dict[str, str]:
    return {
        incident_inputs.TYPE: _("Jenis kejadian"),
        incident_inputs.VICTIMS: _("Perkiraan korban"),
        incident_inputs.PRIORITY: _("Prioritas"),
        TEXT: _("Nama tempat"),
        COORDINATES: _("Koordinat"),
    }


def _stored(case: Case) -> dict[str, object]:
    """Return what the inputs begin with, and the rest of the two values that a save writes."""
    incident = case.incident
    return {
        incident_inputs.TYPE: incident.type_code,
        incident_inputs.VICTIMS: incident.victims_estimate,
        incident_inputs.PRIORITY: incident.priority,
        TEXT: case.location.place_text,
        COORDINATES: coordinates_of(case.location),
        "whole": (incident, case.location),
    }
