"""Where it happened: a click on the map, coordinates in any notation, a kelurahan, or words.

The last of the three ways that was used sets the place; the words go with it. What is chosen is kept
under the form's own keys, so that another page or a refused save loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import folium
import streamlit as st

from domain.case import Location
from domain.errors import SigapError
from domain.words import Domain, Urgency
from geo.errors import GeoError
from geo.points import LonLat
from services import places, suggestion
from ui import maps, parts
from ui.i18n import _, sentence
from ui.state import CLICK, field
from ui.words import zone_sentence

PLACE, LOOK, CLICKED, SHOWN, REFUSED = "place", "look", "clicked", "coordinates_shown", "place_refused"
TEXT, COORDINATES, KELURAHAN = "place_text", "coordinates", "kelurahan"
CLOSE_ZOOM = 14


def place_inputs(scope: str, start: Location) -> Location:
    """Draw the inputs in words and figures; return the place as it stands now.

    `start` is where the form begins; it counts only the first time this `scope` is drawn.
    """
    state = st.session_state
    if field(scope, PLACE) not in state:
        state[field(scope, PLACE)] = start
        state[field(scope, LOOK)] = point_of(start)
        state.setdefault(field(scope, TEXT), start.place_text)
        state.setdefault(field(scope, SHOWN), _shown(start))
    if field(scope, SHOWN) in state:
        state[field(scope, COORDINATES)], state[field(scope, KELURAHAN)] = state.pop(field(scope, SHOWN))
    words, figures, area = st.columns([4, 3, 3])
    text = words.text_input(
        _("Nama tempat"),
        key=field(scope, TEXT),
        max_chars=160,
        placeholder=_("jalan, RT, patokan"),
        persist_state="session",
    )
    figures.text_input(
        _("Koordinat"),
        key=field(scope, COORDINATES),
        on_change=_written,
        args=(scope,),
        placeholder="3,315; 117,66",
        persist_state="session",
    )
    area.selectbox(
        _("Kelurahan"),
        sorted(parts.here().pack.kelurahan, key=_kelurahan_name),
        index=None,
        format_func=_kelurahan_name,
        key=field(scope, KELURAHAN),
        on_change=_picked,
        args=(scope,),
        placeholder=_("pilih bila titik tidak diketahui"),
        persist_state="session",
    )
    refused = state.get(field(scope, REFUSED))
    if refused is not None:
        st.error(sentence(refused))
    place: Location = state[field(scope, PLACE)]
    return replace(place, place_text=text.strip())


def place_map(
    scope: str,
    place: Location,
    domain: Domain | None,
    *,
    height: int,
    others: Sequence[folium.Marker] = (),
    editable: bool = True,
) -> None:
    """Draw the map with the incident and `others`; a click places the incident and draws anew."""
    center = parts.here()
    group = folium.FeatureGroup(name=_("Kejadian"))
    for marker in others:
        marker.add_to(group)
    point = point_of(place)
    if point is not None:
        label = place.place_text[:24] or _("Lokasi kejadian")
        maps.incident_marker(point, label, domain or zone_domain(point), Urgency.SAFE).add_to(group)
    look: LonLat | None = st.session_state.get(field(scope, LOOK))
    city_map = maps.base_map(center.pack.city.map_center, center.pack.city.map_zoom)
    answer = maps.show(
        city_map,
        key=field(scope, "map"),
        height=height,
        groups=[group],
        returned=["last_clicked"] if editable else [],
        center=look,
        zoom=CLOSE_ZOOM if look else None,
    )
    if editable and _take_click(scope, answer):
        st.rerun()


def zone_line(place: Location, domain: Domain | None) -> None:
    """Say what the place belongs to, or how to set it."""
    if point_of(place) is None:
        st.caption(_("Klik peta, tulis koordinat, atau pilih kelurahan; zona dihitung sendiri."))
    elif place.accuracy_m:
        radius = _("perkiraan, radius {metres} m").format(metres=f"{place.accuracy_m:.0f}")
        st.markdown(f"{zone_sentence(place, domain)} · {radius}")
    else:
        st.markdown(zone_sentence(place, domain))


def point_of(place: Location) -> LonLat | None:
    """Return the point of a place, or None while it is known only in words."""
    return None if place.lon is None or place.lat is None else LonLat(place.lon, place.lat)


def zone_domain(point: LonLat) -> Domain:
    """Return whether land or sea lies at a point."""
    return Domain(suggestion.locate(parts.here(), point).domain)


def forget(scope: str) -> None:
    """Forget everything that was typed and chosen under `scope`."""
    for key in [key for key in st.session_state if str(key).startswith(f"{scope}:")]:
        del st.session_state[key]


def _take_click(scope: str, answer: dict[str, Any]) -> bool:
    """Set the place to a new click on the map; return whether there was one."""
    state = st.session_state
    click = answer.get("last_clicked")
    at = (click["lng"], click["lat"]) if click else None
    if CLICK in state:
        at = state.pop(CLICK)
    if at is None or at == state.get(field(scope, CLICKED)):
        return False
    state[field(scope, CLICKED)] = at
    _set(scope, lambda: places.place_at(parts.here(), LonLat(*at)))
    return True


def _written(scope: str) -> None:
    text = st.session_state[field(scope, COORDINATES)]
    if text.strip():
        _set(scope, lambda: places.place_from_text(parts.here(), text), look=True)
    else:
        st.session_state[field(scope, PLACE)] = Location()
        st.session_state.pop(field(scope, REFUSED), None)


def _picked(scope: str) -> None:
    code = st.session_state[field(scope, KELURAHAN)]
    if code is not None:
        _set(scope, lambda: places.place_in_kelurahan(parts.here(), code), look=True)


def _set(scope: str, find: Callable[[], Location], *, look: bool = False) -> None:
    """Take the place that `find` gives; a refused one leaves the old place and says why."""
    state = st.session_state
    try:
        place = find()
    except (SigapError, GeoError) as error:
        state[field(scope, REFUSED)] = error
        return
    state.pop(field(scope, REFUSED), None)
    state[field(scope, PLACE)] = place
    state[field(scope, SHOWN)] = _shown(place)
    if look:
        state[field(scope, LOOK)] = point_of(place)


def _shown(place: Location) -> tuple[str, str | None]:
    """Return what the inputs of coordinates and kelurahan say of a place, however it was set."""
    text = "" if place.lon is None or place.lat is None else f"{place.lat:.5f}, {place.lon:.5f}"
    return text, place.adm_code if place.adm_code in parts.here().pack.kelurahan else None


def _kelurahan_name(code: str) -> str:
    return parts.here().pack.kelurahan[code].name
