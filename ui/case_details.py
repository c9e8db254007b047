"""Data & lokasi: type, matra, priority, victims and place, corrected with the same inputs as at intake."""

import streamlit as st

from domain.permissions import Action
from domain.words import CaseStatus
from services import intake
from ui import incident_inputs, parts
from ui.case_sheet import CaseSheet
from ui.dispatch_words import plain
from ui.duty import who_may
from ui.i18n import _
from ui.intake_nearby import nearby_markers
from ui.location_picker import place_inputs, place_map, point_of, zone_line
from ui.words import place_label, type_label

MAP_HEIGHT = 330
_FIXED = (CaseStatus.REGISTERED, CaseStatus.CLOSED, CaseStatus.MERGED)


def details_tab(sheet: CaseSheet) -> None:
    """Draw the incident and its place; inputs for those who may correct them, as long as it is possible."""
    case = sheet.case
    editable = sheet.may(Action.UPDATE_DETAILS) and case.status not in _FIXED
    if not editable:
        st.markdown(f"**{plain(type_label(case.incident.type_code))}** · {plain(place_label(case.location))}")
        place_map(_scope(sheet), case.location, case.incident.domain, height=MAP_HEIGHT, editable=False)
        zone_line(case.location, case.incident.domain)
        if not sheet.may(Action.UPDATE_DETAILS):
            st.caption(who_may(Action.UPDATE_DETAILS))
        return
    scope = _scope(sheet)
    incident_inputs.begin(scope, case.incident)
    left, right = st.columns(2)
    with left:
        incident_inputs.type_input(scope)
    with right:
        incident_inputs.victims_and_priority(scope)
    place = place_inputs(scope, case.location)
    with st.container(horizontal=True, vertical_alignment="center"):
        domain = incident_inputs.domain_input(scope, place)
        save = st.button(_("Simpan data kejadian"), key=sheet.key("save_details"), type="primary")
    if save:
        incident = incident_inputs.incident(scope)
        sheet.act(intake.update_details, incident=incident, location=place, done=_("Data kejadian disimpan."))
    zone_line(place, domain)
    point = point_of(place)
    near = (
        intake.nearby_cases(parts.here(), sheet.now, point, domain, case.case_id) if point and domain else []
    )
    place_map(scope, place, domain, height=MAP_HEIGHT, others=nearby_markers(near))


def _scope(sheet: CaseSheet) -> str:
    """Return the name of the inputs: a new one whenever somebody stored other details.

    So nobody's save carries old values of what another person has corrected meanwhile.
    """
    case = sheet.case
    return f"details-{case.case_id}-{hash((case.incident, case.location)):x}"
