"""A case and its parts in words, the same on every screen."""

from domain.case import Case, Location
from domain.errors import BadInput
from domain.words import N_, Domain, NoticeResult
from services import center, registry
from ui.i18n import _, format_distance

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


def step_name(no: int) -> str:
    """Return the short name of step `no`."""
    return _(STEP_NAMES[no - 1])


def type_label(code: str | None) -> str:
    """Return the name of an incident type, retired ones included; its code where nothing is known of it."""
    if code is None:
        return _("Jenis belum diketahui")
    try:
        return registry.incident_type(center.current(), code).label
    except BadInput:
        return code


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


def zone_sentence(place: Location, domain: Domain | None = None) -> str:
    """Return what a place belongs to: “Laut, 1,2 km dari pantai Pantai Amal, kewenangan Kota …”."""
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
    if place.water_area and place.shore_distance_m is not None:
        return _("Laut, {distance} dari pantai, {waters}, {authority}").format(
            distance=format_distance(place.shore_distance_m), waters=place.water_area, authority=authority
        )
    if place.shore_distance_m is not None:
        return _("{distance} dari pantai kota, {authority}").format(
            distance=format_distance(place.shore_distance_m), authority=authority
        )
    return _("Zona belum diketahui")


def agency_name(code: str) -> str:
    """Return an agency's name; its code where the pack does not know it."""
    agency = center.current().pack.agencies.get(code)
    return agency.name if agency else code


def capability_name(code: str) -> str:
    """Return a capability's Indonesian name; its code where the pack does not know it."""
    return center.current().pack.capabilities.get(code, code)
