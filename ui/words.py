"""A case and its parts in words, the same on every screen."""

import re

from domain.case import Case, Location
from domain.words import N_, NoticeResult
from geo.points import LonLat
from services import center, registry, suggestion
from ui.i18n import _, format_distance, format_number

STEP_NAMES = (
    N_("Terima laporan"),
    N_("Jenis panggilan"),
    N_("Verifikasi"),
    N_("Koordinasi"),
    N_("Pengerahan"),
    N_("Pemantauan"),
    N_("Kondisi terkini"),
    N_("Kirim ke DKISP"),
    N_("Selesai"),
)
"""Short names of the nine SOP steps; the full activity is in the city pack."""

# A colon before a letter begins a directive of Streamlit's (`:red[…]`). Where a line begins, an indent, a
# number with its point and some signs mean something too. No other sign does once these are escaped.
_SIGN = re.compile(r"[\\`*_\[\]{}#$~<>&|]|:(?=[^\W\d_])")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_LINE_START = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))", re.MULTILINE)


def plain(text: str) -> str:
    """Return a person's words so that Streamlit's Markdown shows them as they are."""
    return _LINE_START.sub(r"\1\\", _INDENT.sub("", _SIGN.sub(r"\\\g<0>", text)))


def priority_code(priority: int | None) -> str:
    """Return a priority in two signs: “P1”; “P–” while it is not known."""
    return f"P{priority}" if priority else "P–"


def coordinate_example() -> str:
    """Return how coordinates may be written, at a place of this city: “3,315; 117,580”."""
    middle = center.current().pack.city.map_center
    return f"{format_number(middle.lat, 3)}; {format_number(middle.lon, 3)}"


def step_name(no: int) -> str:
    """Return the short name of step `no`."""
    return _(STEP_NAMES[no - 1])


def type_label(code: str | None) -> str:
    """Return the name of an incident type, retired ones included; its code where nothing is known of it."""
    if code is None:
        return _("Jenis belum diketahui")
    return registry.type_label(center.current(), code)


def place_label(place: Location) -> str:
    """Return where, in few words: place, kelurahan or waters."""
    parts = [place.place_text, place.kelurahan or place.water_area or ""]
    named = [part for part in parts if part]
    if named:
        return ", ".join(dict.fromkeys(named))
    return f"{place.lat:.4f}, {place.lon:.4f}" if place.lat is not None else _("lokasi belum diketahui")


def case_title(case: Case) -> str:
    """Return what and where: the line by which people know a case."""
    return f"{type_label(case.incident.type_code)} · {place_label(case.location)}"


def case_where(case: Case) -> str:
    """Return matra, status and what is being done, for a card's second line."""
    domain = _(case.incident.domain.label) if case.incident.domain else _("matra belum diketahui")
    parts = [case.call_no, domain, _(case.status.label)]
    settled = sum(
        1 for notice in case.agencies if notice.required and notice.result is NoticeResult.ACKNOWLEDGED
    )
    required = sum(1 for notice in case.agencies if notice.required)
    on_scene = [u.unit_code for u in case.committed_units if u.arrived_at]
    moving = [u.unit_code for u in case.committed_units if not u.arrived_at]
    if on_scene:
        parts.append(_("{n} unit di lokasi").format(n=len(on_scene)))
    if moving:
        parts.append(_("{units} dalam perjalanan").format(units=", ".join(moving[:3])))
    if required and not case.committed_units:
        parts.append(_("koordinasi {done} dari {all} instansi").format(done=settled, all=required))
    if case.handover:
        parts.append(_("dialihkan ke {agency}").format(agency=case.handover.agency))
    return " · ".join(parts)


def zone_sentence(place: Location) -> str:
    """Return what a place belongs to: “Laut, 1,2 km dari pantai, Perairan …, kewenangan Kota …”."""
    city = center.current().pack.city
    own = place.jurisdiction == city.adm_code
    authority = (
        _("kewenangan {city}").format(city=city.name)
        if own
        else _("di luar kewenangan {city}").format(city=city.name)
    )
    if place.adm_code and place.kelurahan:
        return _("Darat, kelurahan {kelurahan} ({code}), {authority}").format(
            kelurahan=place.kelurahan, code=place.adm_code, authority=authority
        )
    if place.lon is None or place.lat is None or place.shore_distance_m is None:
        return _("Zona belum diketahui")
    distance = format_distance(place.shore_distance_m)
    if place.water_area:
        return _("Laut, {distance} dari pantai, {waters}, {authority}").format(
            distance=distance, waters=place.water_area, authority=authority
        )
    # The land of others and the far sea are stored alike: neither has a name.
    if suggestion.locate(center.current(), LonLat(place.lon, place.lat)).domain == "land":
        return _("Darat di luar kota, {distance} dari pantai kota, {authority}").format(
            distance=distance, authority=authority
        )
    return _("Laut, {distance} dari pantai kota, {authority}").format(distance=distance, authority=authority)


def agency_name(code: str) -> str:
    """Return an agency's name; its code where the pack does not know it."""
    agency = center.current().pack.agencies.get(code)
    return agency.name if agency else code


def capability_name(code: str) -> str:
    """Return a capability's Indonesian name; its code where the pack does not know it."""
    return center.current().pack.capabilities.get(code, code)
