"""Where it happened: a click on the map, coordinates in any notation, a kelurahan, or words.

The last of the three ways that was used sets the place; the words go with it. A place without a point on
the map is known by its name and by whose territory it lies in. What is chosen is kept
under the form's own keys, so that another page or a refused save loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import folium
import streamlit as st

from domain.case import Location
from domain.errors import BadInput, SigapError
from domain.words import Domain, Urgency
from geo.errors import GeoError
from geo.points import LonLat
from services import places, suggestion
from ui import maps, parts
from ui.i18n import _
from ui.state import CLICK, field, is_forgotten
from ui.words import coordinate_example, plain, zone_sentence

PLACE, LOOK, CLICKED, SHOWN, REFUSED = "place", "look", "clicked", "coordinates_shown", "place_refused"
TEXT, COORDINATES, KELURAHAN = "place_text", "coordinates", "kelurahan"
HELD = (PLACE, LOOK, TEXT, COORDINATES, KELURAHAN)
"""The names under which what is chosen stands in its scope."""
CLOSE_ZOOM = 14


def place_inputs(scope: str, start: Location) -> Location:
    """Draw the inputs in words and figures; return the place as it stands now.

    `start` is where the form begins; it counts only the first time this `scope` is drawn.
    """
    state = st.session_state
    if field(scope, PLACE) not in state:
        state[field(scope, PLACE)] = start
        state[field(scope, LOOK)] = start.point
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
        placeholder=coordinate_example(),
        persist_state="session",
    )
    area.selectbox(
        _("Kelurahan atau wilayah"),
        [*sorted(parts.here().pack.kelurahan, key=_area_name), *_regions()],
        index=None,
        format_func=_area_name,
        key=field(scope, KELURAHAN),
        on_change=_picked,
        args=(scope,),
        placeholder=_("pilih bila titik tidak diketahui"),
        persist_state="session",
    )
    refused = state.get(field(scope, REFUSED))
    if refused is not None:
        parts.say_refusal(refused)
        st.caption(_still_used(state[field(scope, PLACE)]))
    place: Location = state[field(scope, PLACE)]
    return _in_words(place, text.strip()) if _region_of(place) else replace(place, place_text=text.strip())


def reset(scope: str, start: Location) -> None:
    """Let the inputs begin anew with the place `start`."""
    _take(scope, start)
    st.session_state[field(scope, LOOK)] = start.point
    st.session_state[field(scope, TEXT)] = start.place_text


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
    group = folium.FeatureGroup(name=_("Kejadian"))
    for marker in others:
        marker.add_to(group)
    point = place.point
    if point is not None:
        label = place.place_text[:24] or _("Lokasi kejadian")
        maps.incident_marker(point, label, domain or zone_domain(point), Urgency.SAFE).add_to(group)
    look: LonLat | None = st.session_state.get(field(scope, LOOK))
    answer = maps.show(
        maps.city_map(),
        key=field(scope, "map"),
        height=height,
        groups=[group],
        returned=["last_clicked"] if editable else [],
        center=look,
        zoom=CLOSE_ZOOM if look else None,
    )
    if editable and _take_click(scope, answer):
        st.rerun()


def zone_line(place: Location) -> None:
    """Say what the place belongs to, or how to set it."""
    region = _region_of(place)
    if region is not None:
        st.markdown(plain(_regions()[region]))
    elif place.point is None:
        st.caption(_("Klik peta, tulis koordinat, atau pilih kelurahan; zona dihitung sendiri."))
    elif place.accuracy_m:
        radius = _("perkiraan, radius {metres} m").format(metres=f"{place.accuracy_m:.0f}")
        st.markdown(f"{plain(zone_sentence(place))} · {radius}")
    else:
        st.markdown(plain(zone_sentence(place)))


def coordinates_of(place: Location) -> str:
    """Return a place's coordinates as the input shows them, "" for a place without a point."""
    return "" if place.lon is None or place.lat is None else f"{place.lat:.5f}, {place.lon:.5f}"


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
    if is_forgotten(scope, COORDINATES):
        return
    text = st.session_state[field(scope, COORDINATES)]
    if text.strip():
        _set(scope, lambda: places.place_from_text(parts.here(), text), look=True)
    else:
        _take(scope, Location())


def _picked(scope: str) -> None:
    if is_forgotten(scope, KELURAHAN):
        return
    code = st.session_state[field(scope, KELURAHAN)]
    if code in parts.here().pack.kelurahan:
        _set(scope, lambda: places.place_in_kelurahan(parts.here(), code), look=True)
    else:
        _take(scope, Location(jurisdiction=code))


def _set(scope: str, find: Callable[[], Location], *, look: bool = False) -> None:
    """Take the place that `find` gives; a refused one leaves the old place and says why."""
    state = st.session_state
    try:
        place = find()
    except (SigapError, GeoError) as error:
        state[field(scope, REFUSED)] = error
        return
    _take(scope, place)
    if look:
        state[field(scope, LOOK)] = place.point


def _take(scope: str, place: Location) -> None:
    """Make this the place; coordinates and kelurahan say so from now on."""
    state = st.session_state
    state.pop(field(scope, REFUSED), None)
    state[field(scope, PLACE)] = place
    state[field(scope, SHOWN)] = _shown(place)


def _in_words(place: Location, text: str) -> Location:
    """Return a place without a point; while it has no name it says that one is needed."""
    try:
        return places.place_in_words(parts.here(), text, place.jurisdiction or "")
    except BadInput as error:
        parts.say_refusal(error)
        return replace(place, place_text=text)


def _still_used(place: Location) -> str:
    """Return which place counts after another one was refused."""
    coordinates, area = _shown(place)
    used = coordinates or (_area_name(area) if area else "")
    if not used:
        return _("Belum ada tempat yang dipakai.")
    return plain(_("Tempat yang masih dipakai: {place}").format(place=used))


def _regions() -> dict[str, str]:
    """Return whose territory a place without a point may lie in: code and words."""
    city = parts.here().pack.city
    named = {code: _("{region}, di luar peta").format(region=name) for code, name in city.neighbours.items()}
    own = _("{region}, titik tidak diketahui").format(region=city.name)
    return {city.adm_code: own, **named, places.OUTSIDE: _("Wilayah lain, di luar peta")}


def _region_of(place: Location) -> str | None:
    """Return the territory of a place that is known by nothing else, or None."""
    known = place.lon is not None or place.adm_code or place.water_area
    return None if known or place.jurisdiction not in _regions() else place.jurisdiction


def _shown(place: Location) -> tuple[str, str | None]:
    """Return what the inputs of coordinates and kelurahan say of a place, however it was set."""
    known = place.adm_code in parts.here().pack.kelurahan
    return coordinates_of(place), place.adm_code if known else _region_of(place)


def _area_name(code: str) -> str:
    known = parts.here().pack.kelurahan.get(code)
    return known.name if known else _regions()[code]
