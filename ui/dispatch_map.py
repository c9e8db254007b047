"""What Pengerahan's map shows: incident, stations, piers, units, and the ways of the first suggestions."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
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
from geo.points import LonLat, along
from services import registry
from services.evacuation import Evacuation, Rendezvous
from services.monitoring import BoardRow
from services.suggestion import Suggested
from ui import fit, maps, spread
from ui.dispatch_picks import NEAREST, TICK, Choice, focused, is_picked
from ui.dispatch_words import eta_range, eta_words, is_there, leg_method, position_age, way, zone_name
from ui.i18n import _, format_distance, format_percent
from ui.parts import here
from ui.state import DISPATCH_LAYERS, DISPATCH_VIEW
from ui.watch_map import places_of, short_label, where

ROUTES = 5
HEIGHT = 625
_HALF_PX = 295
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


def show(row: BoardRow, found: Suggested, choice: Choice, rows: Sequence[BoardRow]) -> dict[str, Any]:
    """Draw the map of a case and return what was clicked; only marks, lines and areas change between runs.

    `rows` are all open cases, at which units may be.
    """
    case = row.case
    center, zoom = _view(case, found)
    return maps.show(
        _with_stations(maps.city_map()),
        key="dispatch_map",
        height=HEIGHT,
        center=center,
        zoom=zoom,
        groups=[
            *_areas(case, found),
            _routes(case, found, choice),
            _places(case, row.urgency, found),
            _units(case, found, choice, places_of(rows)),
        ],
        returned=["last_object_clicked_tooltip", "last_object_clicked_count"],
    )


class Layer(StrEnum):
    """An area that the map can show besides."""

    LAND = "land"
    SEA = "sea"
    HOLES = "holes"


def layers() -> None:
    """Show the switches of the map's areas."""
    labels = {
        Layer.LAND: _("Jangkauan darat"),
        Layer.SEA: _("Jangkauan laut"),
        Layer.HOLES: _("Celah cakupan"),
    }
    st.pills(
        _("Lapisan peta"),
        list(Layer),
        selection_mode="multi",
        format_func=lambda layer: labels[layer],
        key=DISPATCH_LAYERS,
        label_visibility="collapsed",
    )


def _shown() -> list[Layer]:
    return list(st.session_state.get(DISPATCH_LAYERS) or ())


def _areas(case: Case, found: Suggested) -> list[folium.FeatureGroup]:
    """Return the areas that are switched on: reach of the stations, holes left by what is chosen."""
    groups = [maps.reach_areas(Mode(layer)) for layer in _shown() if layer is not Layer.HOLES]
    if Layer.HOLES in _shown():
        groups.append(maps.holes(_holes(case, found)))
    return groups


def _holes(case: Case, found: Suggested) -> list[maps.Hole]:
    """Return the kelurahan that are not whole within every standard once what is chosen has gone."""
    coverage = found.suggestion.coverage
    if coverage is None:
        return []
    gone = [c.state.unit.unit_code for c in found.suggestion.candidates if is_picked(case.case_id, c)]
    said: dict[str, list[tuple[float, str]]] = {}
    for left in coverage.whole(gone):
        minutes = round(left.standard.standard_s / 60)
        for zone in left.zones:
            words = _("{label} {share} dalam {minutes} mnt").format(
                label=_(left.standard.label), share=format_percent(zone.after), minutes=minutes
            )
            said.setdefault(zone.zone, []).append((zone.after, words))
    estimate = _("perkiraan") if coverage.is_estimate else ""
    return [
        maps.Hole(
            code,
            min(share for share, _words in shares),
            " · ".join(part for part in (zone_name(code), *(w for _s, w in shares), estimate) if part),
        )
        for code, shares in sorted(said.items())
        if min(share for share, _words in shares) < 1
    ]


def legend(chosen: Candidate | None, found: Suggested) -> None:
    """Say what shapes, colours and dashes mean, and the way of the unit that was clicked."""
    parts = (
        ("land", "■", _("darat")),
        ("sea", "◆", _("laut")),
        ("air", "▲", _("udara")),
    )
    shown = " ".join(
        f'<span style="color:var(--sigap-route_{name})">{sign} {escape(word)}</span>'
        for name, sign, word in parts
    )
    rest = [_("putus-putus = perkiraan · terisi = bertugas · klik unit = lihat jalur, klik lagi = pilih")]
    if any(layer is not Layer.HOLES for layer in _shown()):
        rest.append(_("jangkauan 5, 10, 15 mnt tempuh dari pos, tanpa waktu siap"))
    if Layer.HOLES in _shown():
        rest.append(_("arsir = kelurahan di luar standar bila yang dipilih berangkat"))
    st.html(f'<div class="sigap-legend">{shown} <span>{escape(" · ".join(rest))}</span></div>')
    if chosen is not None:
        code, arrival, words = chosen.state.unit.unit_code, eta_words(chosen.reach), way(chosen, found)
        if is_there(chosen):
            arrival, words = _(chosen.state.status.label), ""
        st.html(
            f'<div class="sigap-focus"><b>{escape(code)}</b> <b>{escape(arrival)}</b> '
            f"<span>{escape(words)}</span></div>"
        )


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
        maps.meeting_marker(pier.position, pier.name).add_to(group)
    return group


def _routes(case: Case, found: Suggested, choice: Choice) -> folium.FeatureGroup:
    """Return the ways: of what is chosen or the case's own in full, of the nearest others thin."""
    group = folium.FeatureGroup("routes")
    if found.evacuation is not None and found.meeting is not None:
        for line in _evacuation_lines(found.evacuation, found.meeting):
            line.add_to(group)
    ranked = sorted((*choice.own, *choice.shown), key=lambda one: one.rank)
    focus = focused(case.case_id, ranked)
    away = [c for c in ranked if not is_there(c)]
    whole = [c for c in away if c in choice.own or c is focus or is_picked(case.case_id, c)]
    labelled: set[LonLat] = set()
    for candidate in reversed(away):
        if candidate in whole or candidate.rank <= ROUTES:
            for line in _lines(candidate, full=candidate in whole):
                line.add_to(group)
    for candidate in whole:
        if candidate.reach.is_known:
            # Units of one station share their way: one label a start is enough, the focus's own comes too.
            start = candidate.state.position
            if start not in labelled or candidate is focus:
                labelled.add(start)
                _way_label(candidate).add_to(group)
    return group


def _lines(candidate: Candidate, *, full: bool) -> Iterator[folium.PolyLine]:
    """Yield the legs of a candidate's way; all are drawn as estimates where the start is only assumed."""
    reach = candidate.reach
    for leg in reach.legs:
        estimate = reach.rough or leg.method == "estimate"
        arrival = eta_range(reach) if estimate else eta_words(reach)
        label = f"{candidate.state.unit.unit_code} · {arrival} · {leg_method(leg)}"
        yield maps.route_line(leg.geometry, Mode(leg.mode), label, estimate=estimate, chosen=full)


def _way_label(candidate: Candidate) -> folium.Marker:
    """Return the label at the middle of the longest leg: who, when."""
    leg = max(candidate.reach.legs, key=lambda one: one.distance_m)
    text = f"{candidate.state.unit.unit_code} · {eta_words(candidate.reach)}"
    return maps.route_label(along(leg.geometry, 0.5), text, Mode(leg.mode))


def _evacuation_lines(way: Evacuation, meeting: Rendezvous) -> Iterator[folium.PolyLine]:
    """Yield the casualty's way: by boat to the pier, from there to the hospital."""
    label = _("Titik temu ke kejadian, {distance}").format(distance=format_distance(meeting.path.distance_m))
    yield maps.route_line(meeting.path.coords, Mode.SEA, label, estimate=False)
    for leg in way.drive:
        hospital = way.hospital.name if way.hospital else ""
        words = _("Korban ke {hospital} · {method}").format(hospital=hospital, method=leg_method(leg))
        yield maps.route_line(leg.geometry, Mode(leg.mode), words, estimate=leg.method == "estimate")


def _units(
    case: Case, found: Suggested, choice: Choice, incidents: dict[str, LonLat | None]
) -> folium.FeatureGroup:
    """Return the capable units; first those that may be chosen, so that they lie nearest their place."""
    group = folium.FeatureGroup("units")
    drawn: list[tuple[UnitState, str, str]] = [(c.state, *_label(case, c)) for c in choice.shown]
    drawn += [(c.state, c.state.unit.unit_code, _("kasus ini")) for c in choice.own]
    drawn += [(item.state, "", item.state.unit.unit_code) for item in found.suggestion.left_out[:NEAREST]]
    pier = found.meeting.pier.position if found.meeting is not None else None
    ours = case.case_id
    spots = [where(s, incidents, pier if s.case_id == ours else None) for s, _label, _detail in drawn]
    rows = spread.rows((at for at, _word in spots), (found.place, *([pier] if pier is not None else [])))
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
    if found.meeting is not None:
        points.extend(found.meeting.path.coords)
    view = fit.fitted([found.place, *points], _HALF_PX)
    st.session_state[DISPATCH_VIEW] = ((case.case_id, found.place), *view)
    return view
