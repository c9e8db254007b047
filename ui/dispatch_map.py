"""What Pengerahan's map shows: incident, stations, piers, units, and the ways of the first suggestions."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, cast

import folium
import streamlit as st
from branca.element import MacroElement
from folium.template import Template

from domain.case import Case
from domain.suggest import Candidate
from domain.units import UnitState
from domain.words import Mode, Urgency
from geo.points import LonLat
from services import registry
from services.monitoring import BoardRow
from services.suggestion import Suggested
from services.ways import Rendezvous
from ui import fit, maps, spread
from ui.dispatch_picks import TICK, is_picked
from ui.dispatch_words import eta_range, eta_words, leg_method, position_age
from ui.i18n import _, format_distance
from ui.parts import here
from ui.state import DISPATCH_VIEW
from ui.watch_map import places_of, short_label, where

ROUTES = 5
HEIGHT = 690
_HALF_PX = 330
_PIERS = ("pier", "landing_beach")


class _KeysToPage(MacroElement):
    """Passes keys pressed on the map on to the page: after a click on a unit U and K must still work."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        document.addEventListener("keydown", function (event) {
            const {key, code, ctrlKey, altKey, shiftKey, metaKey} = event;
            const copy = {key, code, ctrlKey, altKey, shiftKey, metaKey, bubbles: true, cancelable: true};
            window.parent.document.body.dispatchEvent(new KeyboardEvent("keydown", copy));
        });
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "KeysToPage"


def show(
    row: BoardRow, found: Suggested, candidates: Sequence[Candidate], rows: Sequence[BoardRow]
) -> dict[str, Any]:
    """Draw the map of a case and return what was clicked; only marks and lines change between runs.

    `candidates` are the units that can be chosen; `rows` all open cases, at which units may be.
    """
    case = row.case
    center, zoom = _view(case, found)
    count = cast(maps.Returned, "last_object_clicked_count")
    return maps.show(
        _with_stations(maps.city_map()),
        key="dispatch_map",
        height=HEIGHT,
        center=center,
        zoom=zoom,
        groups=[
            _routes(case, found, candidates),
            _places(case, row.urgency, found),
            _units(case, found, candidates, places_of(rows)),
        ],
        returned=["last_object_clicked_tooltip", count],
    )


def legend() -> None:
    """Say what shapes, colours and dashes mean."""
    parts = (
        ("land", "■", _("darat")),
        ("sea", "◆", _("laut")),
        ("air", "▲", _("udara")),
    )
    shown = " ".join(
        f'<span style="color:var(--sigap-route_{name})">{sign} {escape(word)}</span>'
        for name, sign, word in parts
    )
    rest = _("garis putus-putus = perkiraan · bentuk kosong = siaga, terisi = bertugas · klik unit = pilih")
    st.html(f'<div class="sigap-legend">{shown} <span>{escape(rest)}</span></div>')


def _with_stations(city_map: folium.Map) -> folium.Map:
    for code, station in sorted(registry.stations(here()).items()):
        draw = maps.pier_marker if station.kind in _PIERS else maps.station_marker
        draw(station.position, station.name, detail=code).add_to(city_map)
    city_map.add_child(_KeysToPage())
    return city_map


def _places(case: Case, urgency: Urgency, found: Suggested) -> folium.FeatureGroup:
    group = folium.FeatureGroup("places")
    domain = found.suggestion.domain
    maps.incident_marker(found.place, short_label(case), domain, urgency, detail=case.call_no).add_to(group)
    if found.meeting is not None:
        pier = found.meeting.pier
        label = _("Titik temu: {pier}").format(pier=pier.name)
        maps.pier_marker(pier.position, label).add_to(group)
    return group


def _routes(case: Case, found: Suggested, candidates: Sequence[Candidate]) -> folium.FeatureGroup:
    group = folium.FeatureGroup("routes")
    if found.meeting is not None:
        _boat_line(found.meeting).add_to(group)
    for candidate in reversed(candidates):
        if candidate.rank <= ROUTES or is_picked(case.case_id, candidate):
            for line in _lines(candidate):
                line.add_to(group)
    return group


def _lines(candidate: Candidate) -> Iterator[folium.PolyLine]:
    """Yield the legs of a candidate's way; all are drawn as estimates where the start is only assumed."""
    reach = candidate.reach
    for leg in reach.legs:
        estimate = reach.rough or leg.method == "estimate"
        arrival = eta_range(reach) if estimate else eta_words(reach)
        label = f"{candidate.state.unit.unit_code} · {arrival} · {leg_method(leg)}"
        yield maps.route_line(leg.geometry, Mode(leg.mode), label, estimate=estimate)


def _boat_line(meeting: Rendezvous) -> folium.PolyLine:
    label = _("Titik temu ke kejadian, {distance}").format(distance=format_distance(meeting.path.distance_m))
    return maps.route_line(meeting.path.coords, Mode.SEA, label, estimate=False)


def _units(
    case: Case, found: Suggested, candidates: Sequence[Candidate], incidents: dict[str, LonLat | None]
) -> folium.FeatureGroup:
    """Return every capable unit; first those that may be chosen, so that they lie nearest their place."""
    group = folium.FeatureGroup("units")
    open_to_choice = {c.state.unit.unit_code for c in candidates}
    own = [c.state for c in found.suggestion.candidates if c.state.unit.unit_code not in open_to_choice]
    drawn: list[tuple[UnitState, str, str]] = [(c.state, *_label(case, c)) for c in candidates]
    drawn += [(state, state.unit.unit_code, _("kasus ini")) for state in own]
    drawn += [(item.state, "", item.state.unit.unit_code) for item in found.suggestion.left_out]
    spots = [where(state, incidents) for state, _label, _detail in drawn]
    rows = spread.rows((at for at, _word in spots), (found.place,))
    for (state, label, detail), (at, word), row in zip(drawn, spots, rows, strict=True):
        age = position_age(state) if word or state.fix_age_s is not None else ""
        words = " · ".join(part for part in (detail, age) if part)
        marker = maps.unit_marker(at, label, state.unit.mode, state.status, detail=words)
        spread.below(marker, row, indent_px=8).add_to(group)
    return group


def _label(case: Case, candidate: Candidate) -> tuple[str, str]:
    """Return the label beside a candidate's mark and the words of its tooltip."""
    code = candidate.state.unit.unit_code
    if is_picked(case.case_id, candidate):
        return f"{TICK}{code}", eta_words(candidate.reach)
    if candidate.rank <= ROUTES:
        return code, eta_words(candidate.reach)
    return "", f"{code} · {eta_words(candidate.reach)}"


def _view(case: Case, found: Suggested) -> tuple[LonLat, int]:
    """Return where the map was put when this case was opened here; it never jumps afterwards."""
    remembered = st.session_state.get(DISPATCH_VIEW)
    if remembered is not None and remembered[0] == (case.case_id, found.place):
        return cast(LonLat, remembered[1]), int(remembered[2])
    nearest = found.suggestion.recommended or found.suggestion.candidates[:ROUTES]
    points = [point for candidate in nearest for leg in candidate.reach.legs for point in leg.geometry]
    view = fit.fitted([found.place, *points], _HALF_PX)
    st.session_state[DISPATCH_VIEW] = ((case.case_id, found.place), *view)
    return view
