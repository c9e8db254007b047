"""Open incidents near the place of a new call: what it may repeat."""

from collections.abc import Callable, Sequence

import folium
import streamlit as st

from domain.case import Actor, Case
from domain.permissions import Action, may
from domain.words import Domain, Urgency
from services.intake import Nearby
from ui import maps
from ui.i18n import _, format_distance, format_duration
from ui.words import plain, type_label

SHOWN = 2


def nearby_markers(near: Sequence[Nearby]) -> list[folium.Marker]:
    """Return the open incidents nearby as marks for the map."""
    marks = []
    for item in near:
        point = item.case.location.point
        if point is not None:
            domain = item.case.incident.domain or Domain.LAND
            detail = type_label(item.case.incident.type_code)
            marks.append(maps.incident_marker(point, item.case.call_no, domain, Urgency.SOON, detail=detail))
    return marks


def nearby_block(near: Sequence[Nearby], actor: Actor, merge: Callable[[Case], None]) -> None:
    """List what is nearby, each with *Gabungkan* for a dispatcher, or the number to tell the dispatcher."""
    if not near:
        st.caption(_("Tidak ada kasus terbuka di dekat titik ini."))
        return
    for item in near[:SHOWN]:
        words, action = st.columns([5, 2], vertical_alignment="center")
        words.markdown(
            _("**{call_no}** · {kind} · {distance}, {age} lalu").format(
                call_no=item.case.call_no,
                kind=plain(type_label(item.case.incident.type_code)),
                distance=format_distance(item.distance_m),
                age=format_duration(item.age_s),
            )
        )
        if may(actor.role, Action.MERGE):
            if action.button(_("Gabungkan"), key=f"merge-{item.case.case_id}", width="stretch"):
                merge(item.case)
        else:
            action.caption(_("Kejadian sama? Sebut nomor ini ke Dispatcher."))
    if len(near) > SHOWN:
        st.caption(_("{n} kasus lain di dekat titik ini ada di peta.").format(n=len(near) - SHOWN))
