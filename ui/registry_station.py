"""Registri, stations: list, map, and a form whose position is a click or coordinates in any notation."""

from collections.abc import Sequence

import folium
import streamlit as st

from citypack.city import SEA_STATION_KINDS, STATION_KINDS
from domain.case import Actor
from domain.permissions import Action
from geo.errors import GeoError
from geo.points import LonLat, parse_coordinates
from services import registry
from services.registry import Entry
from ui import maps, parts
from ui.duty import allowed
from ui.i18n import _
from ui.registry_entry import Opened, Row, headline, listing, opened_entry, retire, save
from ui.registry_form import POSITION, Form, agency_label
from ui.state import CLICK, REGISTRY_CLICK
from ui.style import palette
from ui.words import coordinate_example, plain

COORDINATES = "coordinates"


def tab(actor: Actor | None) -> None:
    """Draw the register of stations."""
    entries = registry.entries(parts.here(), "station")
    left, right = st.columns([11, 9])
    with right:
        can_edit = allowed(actor, Action.EDIT_REGISTRY)
    with left:
        listing("station", entries, _list_row, add=_("Pos baru") if can_edit else None, height=270)
    opened = opened_entry("station")
    with left:
        _map(entries, opened, can_edit)
    with right:
        if opened is None:
            st.info(_("Pilih satu baris untuk melihat atau mengubah pos."))
            return
        headline(opened, entries, _("Pos baru"))
        _form(actor, opened, can_edit)
        if actor is not None and can_edit:
            words = _("Pos yang dipensiunkan tidak lagi dipakai unit; ubah dahulu pos unit yang memakainya.")
            retire(opened, actor, words)


def _list_row(entry: Entry) -> Row:
    row = entry.row
    return {
        _("Kode"): entry.code,
        _("Nama"): row["name"],
        _("Jenis"): _(STATION_KINDS[row["kind"]]),
        _("Instansi"): row["agency"] or "–",
        _("Ketelitian"): f"±{row['accuracy_m']} m",
    }


def _map(entries: Sequence[Entry], opened: Opened | None, can_edit: bool) -> None:
    group = folium.FeatureGroup(name=_("Pos"))
    for entry in entries:
        if not entry.retired_at:
            _marker(entry).add_to(group)
    point = _written(opened) if opened else None
    if point is not None:
        ring = folium.CircleMarker(
            (point.lat, point.lon), radius=13, color=palette().action, weight=3, fill=False
        )
        ring.add_to(group)
    answer = maps.show(
        maps.city_map(),
        key="registry_map",
        height=330,
        groups=[group],
        returned=["last_clicked"] if can_edit else [],
    )
    if can_edit and opened is not None:
        st.caption(
            _("Klik peta untuk mengisi koordinat {code}.").format(
                code=plain(opened.entry.code) if opened.entry else _("pos baru")
            )
        )
        _take_click(opened, answer.get("last_clicked"))


def _marker(entry: Entry) -> folium.Marker:
    at, name = LonLat(entry.row["lon"], entry.row["lat"]), entry.row["name"]
    if entry.row["kind"] in SEA_STATION_KINDS:
        return maps.pier_marker(at, entry.code, detail=name)
    return maps.station_marker(at, entry.code, detail=name)


def _written(opened: Opened) -> LonLat | None:
    """Return the place that the form holds now, or None while it cannot be read."""
    text = st.session_state.get(opened.key(COORDINATES), _text_of(opened))
    try:
        return parse_coordinates(text, parts.here().pack.area)
    except GeoError:
        return None


def _text_of(opened: Opened) -> str:
    return f"{opened.row['lat']:.6f}, {opened.row['lon']:.6f}" if opened.entry else ""


def _take_click(opened: Opened, click: dict[str, float] | None) -> None:
    """Write a new click into the form's coordinates (the form is drawn after the map)."""
    at = (click["lng"], click["lat"]) if click else None
    at = st.session_state.pop(CLICK, at)
    if at is None or at == st.session_state.get(REGISTRY_CLICK):
        return
    st.session_state[REGISTRY_CLICK] = at
    with parts.refusals():
        point = parts.here().pack.area.require(LonLat(*at))
        st.session_state[opened.key(COORDINATES)] = f"{point.lat:.6f}, {point.lon:.6f}"
        st.rerun()


def _form(actor: Actor | None, opened: Opened, can_edit: bool) -> None:
    form = Form(opened, can_edit=can_edit)
    with st.form(opened.key("form")):
        named = _identity(form)
        one, two = st.columns([3, 2])
        with one:
            coordinates = _coordinates(form)
        with two:
            accuracy_m = form.whole("accuracy_m", _("Ketelitian (m)"), 50, step=10)
            form.place("accuracy_m")
        address = form.text("address", _("Alamat"))
        hint = _("mis. GPS di lapangan, 24 Nov 2026; tulis “contoh” bila belum diketahui")
        source = form.text("source", _("Sumber posisi"), hint=hint)
        receives = form.tick(
            "receives",
            _("Menerima korban setiap saat"),
            False,
            hint=_("Hanya untuk rumah sakit: korban dapat dibawa ke sini siang dan malam."),
        )
        form.place("receives")
        pressed = form.submit()

    def new() -> Row:
        point = parse_coordinates(coordinates, parts.here().pack.area).rounded()
        place = {"lon": point.lon, "lat": point.lat, "accuracy_m": accuracy_m}
        return named | place | {"address": address, "source": source, "receives": receives}

    if pressed and actor is not None:
        save(opened, actor, new, form.refuse)


def _identity(form: Form) -> Row:
    one, two = st.columns([2, 3])
    with one:
        code = form.text("code", _("Kode pos"), limit=40, fixed=True)
        kind = form.choice("kind", _("Jenis pos"), list(STATION_KINDS), lambda k: _(STATION_KINDS[k]))
    with two:
        name = form.text("name", _("Nama pos"))
        agency = form.choice("agency", _("Instansi"), [None, *parts.here().pack.agencies], agency_label)
    return {"code": code, "name": name, "kind": kind or "", "agency": agency}


def _coordinates(form: Form) -> str:
    key = form.opened.key(COORDINATES)
    st.session_state.setdefault(key, _text_of(form.opened))
    text = st.text_input(
        _("Koordinat"),
        key=key,
        disabled=form.off,
        placeholder=coordinate_example(),
        help=_("Klik peta, atau tulis derajat desimal, derajat-menit, atau derajat-menit-detik."),
    )
    form.place(POSITION, "lat")
    return text
