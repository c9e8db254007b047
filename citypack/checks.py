"""What spans fields and files: every code refers to something, every need can be met or is admitted."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyproj import CRS
from pyproj.exceptions import CRSError

from citypack.city import AIR_STATION_KINDS, SEA_STATION_KINDS, References
from citypack.models import (
    AgenciesFile,
    CityFile,
    DocumentedRow,
    IncidentTypeRow,
    PlanFile,
    RequirementRow,
    Row,
    SopFile,
    StationRow,
    UnitRow,
    UnitsFile,
)
from citypack.problems import Fault, Phrase, one_of, shown
from citypack.toml_lines import KeyPath
from domain.errors import Need
from domain.words import N_, Mode
from geo.errors import GeoError
from geo.points import Area, LonLat

Faults = Iterator[Fault]
RowFaults = Iterator[tuple[int, Fault]]
"""Faults of a table, each with its row counted from 0."""

R = TypeVar("R", bound=Row)

ADM_CODE = re.compile(r"\d{2}\.\d{2}")

UNKNOWN = N_("{value} tidak dikenal")
TWICE = N_("{value} ditulis lebih dari sekali")
ONCE_EACH = N_("setiap kode satu kali")


# --- one row, as a file or the registry screen gives it --------------------------------------------


def station_faults(row: StationRow, refs: References) -> Faults:
    """Check a station: its agency exists, it lies on the map (WGS 84), only a hospital takes casualties."""
    if row.agency is not None and row.agency not in refs.agencies:
        yield _unknown(("agency",), row.agency, refs.agencies)
    yield from position_faults(row.lon, row.lat, refs.area)
    if row.receives and row.kind != "hospital":
        yield Fault(
            ("receives",),
            Need(N_("hanya rumah sakit yang menerima korban; jenis pos ini {kind}"), kind=row.kind),
            Need(N_("false, atau kind = hospital")),
        )


def position_faults(lon: float, lat: float, area: Area) -> Faults:
    """Check that a place lies in the area of the map; says so when lon and lat are swapped."""
    try:
        area.require(LonLat(lon, lat))
    except GeoError as error:
        yield Fault(("lon",), Phrase(error.template, **error.params), _box(area))


def unit_faults(row: UnitRow, refs: References) -> Faults:
    """Check a unit: its codes exist, it has one speed, and it can start from its station.

    Only what goes by land carries a boat, and only a carried boat is launched.
    """
    if row.agency not in refs.agencies:
        yield _unknown(("agency",), row.agency, refs.agencies)
    if row.kind not in refs.kinds:
        yield _unknown(("kind",), row.kind, refs.kinds)
    yield from _unknown_items("capabilities", row.capabilities, refs.capabilities)
    one_speed = Need(N_("salah satu dari speed_kmh atau speed_kn"))
    if row.speed_kmh is None and row.speed_kn is None:
        yield Fault(("speed_kmh",), Need(N_("kecepatan belum diisi")), one_speed)
    if row.speed_kmh is not None and row.speed_kn is not None:
        yield Fault(("speed_kn",), Need(N_("speed_kmh dan speed_kn sama-sama diisi")), one_speed)
    if row.sail_kn is not None and row.mode is not Mode.LAND:
        yield Fault(
            ("sail_kn",),
            Need(N_("unit {mode} tidak membawa perahu untuk diturunkan"), mode=row.mode),
            Need(N_("kosong, atau mode = land")),
        )
    if row.launch_s and row.sail_kn is None:
        yield Fault(
            ("launch_s",),
            Need(N_("tidak ada perahu yang dibawa: sail_kn belum diisi")),
            Need(N_("0, atau isi sail_kn")),
        )
    station = refs.stations.get(row.station)
    if station is None:
        yield _unknown(("station",), row.station, refs.stations)
        return
    for mode, kinds in ((Mode.SEA, SEA_STATION_KINDS), (Mode.AIR, AIR_STATION_KINDS)):
        if row.mode is mode and station.kind not in kinds:
            fitting = [code for code, place in refs.stations.items() if place.kind in kinds]
            yield Fault(
                ("station",),
                Need(
                    N_("unit {mode} tidak dapat berangkat dari {station} (jenis pos: {kind})"),
                    mode=row.mode,
                    station=row.station,
                    kind=station.kind,
                ),
                one_of(fitting),
            )


def incident_type_faults(row: IncidentTypeRow, refs: References) -> Faults:
    """Check an incident type: codes exist, the lead comes first, conditions stand where they belong."""
    if row.lead not in refs.agencies:
        yield _unknown(("lead",), row.lead, refs.agencies)
    elif row.required[0].agency != row.lead:
        yield Fault(
            ("required", 0, "agency"),
            Need(N_("{agency} bukan instansi pemimpin"), agency=row.required[0].agency),
            Need(N_("{lead} lebih dahulu"), lead=row.lead),
        )
    for place, need in enumerate(row.required):
        yield from _requirement_faults(need, ("required", place), refs)
        if need.condition is not None:
            yield Fault(
                ("required", place, "condition"),
                Need(N_("kebutuhan wajib tidak bersyarat")),
                Need(N_("pindahkan ke optional, atau hapus condition")),
            )
    for place, need in enumerate(row.optional):
        yield from _requirement_faults(need, ("optional", place), refs)
        if need.condition is None:
            yield Fault(
                ("optional", place, "condition"), Need(N_("belum diisi")), Need(N_("teks: kapan diperlukan"))
            )
    for level, added in enumerate(row.alarms):
        for place, need in enumerate(added):
            yield from _requirement_faults(need, ("alarms", level, place), refs)
            if need.condition is not None:
                yield Fault(
                    ("alarms", level, place, "condition"),
                    Need(N_("kebutuhan tingkat alarm tidak bersyarat")),
                    Need(N_("pindahkan ke optional, atau hapus condition")),
                )
    if row.linked_sop is not None and row.linked_sop not in refs.related_sops:
        yield _unknown(("linked_sop",), row.linked_sop, refs.related_sops)


def _requirement_faults(need: RequirementRow, path: KeyPath, refs: References) -> Faults:
    if need.agency not in refs.agencies:
        yield _unknown((*path, "agency"), need.agency, refs.agencies)
    if need.capability is not None and need.capability not in refs.capabilities:
        yield _unknown((*path, "capability"), need.capability, refs.capabilities)
    if need.capability is None and need.count != 1:
        yield Fault(
            (*path, "count"),
            Need(N_("jumlah tanpa kemampuan: instansi ini hanya diberi tahu")),
            Need(N_("hapus count, atau isi capability")),
        )


# --- whole files ----------------------------------------------------------------------------------


def city_faults(file: CityFile) -> Faults:
    """Check `city.toml`: ranges in order, CRS in metres and fitting, number forms that can be filled."""
    try:
        ZoneInfo(file.city.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Fault(
            ("city", "timezone"),
            Need(UNKNOWN, value=shown(file.city.timezone)),
            Need(N_("nama zona waktu IANA: Asia/Jakarta, Asia/Makassar, Asia/Jayapura, …")),
        )
    for code in file.neighbours:
        if not ADM_CODE.fullmatch(code) or code == file.city.adm_code:
            yield Fault(
                ("neighbours", code),
                Need(N_("{value} bukan kode wilayah tetangga"), value=shown(code)),
                Need(N_("kode Kemendagri kabupaten atau kota lain: dua angka, titik, dua angka")),
            )
    box = file.area
    for low, high in (("lon_min", "lon_max"), ("lat_min", "lat_max")):
        if getattr(box, low) >= getattr(box, high):
            yield Fault(
                ("area", high),
                Need(N_("{value} tidak lebih besar daripada {low}"), value=getattr(box, high), low=low),
                Need(N_("lebih besar daripada {low} = {value}"), low=low, value=getattr(box, low)),
            )
            return
    if not (box.lon_min <= file.map.center_lon <= box.lon_max):
        yield _off_map("center_lon", file.map.center_lon, box.lon_min, box.lon_max)
    if not (box.lat_min <= file.map.center_lat <= box.lat_max):
        yield _off_map("center_lat", file.map.center_lat, box.lat_min, box.lat_max)
    yield from _crs_faults(file)
    yield from _order_faults("map", "min_zoom", file.map.min_zoom, "zoom", file.map.zoom)
    yield from _order_faults(
        "travel", "day_start_hour", file.travel.day_start_hour, "day_end_hour", file.travel.day_end_hour
    )
    for name in ("register_format", "call_format"):
        yield from _number_form_faults(name, getattr(file.numbers, name))


def _crs_faults(file: CityFile) -> Faults:
    allowed = Need(N_("kode EPSG sistem koordinat proyeksi bersatuan meter yang mencakup kota, mis. 32650"))
    try:
        crs = CRS.from_epsg(file.area.epsg)
    except CRSError:
        yield Fault(("area", "epsg"), Need(UNKNOWN, value=file.area.epsg), allowed)
        return
    if not crs.is_projected or {axis.unit_name for axis in crs.axis_info} != {"metre"}:
        yield Fault(
            ("area", "epsg"), Need(N_("EPSG {epsg} tidak bersatuan meter"), epsg=file.area.epsg), allowed
        )
        return
    use = crs.area_of_use
    lon, lat = file.map.center_lon, file.map.center_lat
    if use is not None and not (use.west <= lon <= use.east and use.south <= lat <= use.north):
        yield Fault(
            ("area", "epsg"),
            Need(
                N_("EPSG {epsg} tidak mencakup pusat peta (lon {lon}, lat {lat})"),
                epsg=file.area.epsg,
                lon=lon,
                lat=lat,
            ),
            allowed,
        )


def _order_faults(table: str, low: str, low_value: float, high: str, high_value: float) -> Faults:
    if low_value > high_value or (table == "travel" and low_value == high_value):
        yield Fault(
            (table, low),
            Need(N_("{value} melebihi {high} = {limit}"), value=low_value, high=high, limit=high_value),
            Need(N_("lebih kecil daripada {high}"), high=high),
        )


def _number_form_faults(name: str, form: str) -> Faults:
    """Check that two numbers of a year, and the same number of two years, never come out alike."""
    allowed = Need(N_("teks dengan {{year}} dan {{number}}, mis. {{year}}/{{number:06d}}"))
    try:
        made = {form.format(year=year, number=number) for year in (2026, 2027) for number in (1, 2)}
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        yield Fault(("numbers", name), Need(N_("{value} tidak dapat diisi"), value=shown(form)), allowed)
        return
    if len(made) != 4:
        yield Fault(
            ("numbers", name),
            Need(N_("{value} memberi nomor yang sama dua kali"), value=shown(form)),
            allowed,
        )


def city_code_faults(file: CityFile, refs: References) -> Faults:
    """Check the codes that `city.toml` names: they exist; each capability is watched once."""
    if file.standards.fire_agency not in refs.agencies:
        yield _unknown(("standards", "fire_agency"), file.standards.fire_agency, refs.agencies)
    transport = file.handover.transport_capability
    if transport not in refs.capabilities:
        yield _unknown(("handover", "transport_capability"), transport, refs.capabilities)
    for place, row in enumerate(file.coverage):
        if row.capability not in refs.capabilities:
            yield _unknown(("coverage", place, "capability"), row.capability, refs.capabilities)
    yield from _inside("coverage", twice_faults("capability", [row.capability for row in file.coverage]))
    yield from _inside("shifts", twice_faults("code", [row.code for row in file.shifts]))
    yield from _inside("shifts", twice_faults("start_hour", [str(row.start_hour) for row in file.shifts]))


def agencies_faults(file: AgenciesFile) -> Faults:
    """Check `agencies.toml`: each agency once."""
    yield from _inside("agencies", twice_faults("code", [row.code for row in file.agencies]))


def sop_faults(file: SopFile, refs: References) -> Faults:
    """Check `sop.toml`: steps 1 to 9 in order, forwarded to agencies that exist."""
    numbers = [step.no for step in file.steps]
    if numbers != list(range(1, 10)):
        wrong = next((i for i, no in enumerate(numbers) if no != i + 1), None)
        yield Fault(
            ("steps",) if wrong is None else ("steps", wrong, "no"),
            Need(N_("langkah yang ada: {numbers}"), numbers=", ".join(map(str, numbers))),
            Need(N_("sembilan langkah, bernomor 1 sampai 9 berurutan")),
        )
    yield from _unknown_items("forward_to", file.forward_to, refs.agencies)


def stations_faults(rows: Sequence[StationRow], refs: References) -> RowFaults:
    """Check `facilities.csv`: each station as `station_faults` does."""
    return _row_by_row(rows, refs, station_faults)


def documented_faults(rows: Sequence[DocumentedRow], plan: PlanFile, area: Area) -> RowFaults:
    """Check `documented_incidents.csv`: types of the plan, places (WGS 84) whole and on the map."""
    domains = {row.code: row.domain for row in plan.types}
    for place, row in enumerate(rows):
        if row.incident_type not in domains:
            yield place, _unknown(("incident_type",), row.incident_type, domains)
        elif row.domain is not domains[row.incident_type]:
            problem = Need(
                N_("{domain} tidak cocok dengan {code}"), domain=row.domain, code=row.incident_type
            )
            yield place, Fault(("domain",), problem, Need(N_("matra jenis itu menurut response_plan.toml")))
        if row.lon is not None and row.lat is not None:
            for fault in position_faults(row.lon, row.lat, area):
                yield place, fault
        elif row.lon is not None or row.lat is not None:
            empty = "lon" if row.lon is None else "lat"
            allowed = Need(N_("lon dan lat keduanya, atau keduanya kosong"))
            yield place, Fault((empty,), Need(N_("belum diisi")), allowed)


def units_faults(file: UnitsFile, refs: References) -> Faults:
    """Check `units.toml`: each unit once, and each unit as `unit_faults` does."""
    yield from _inside("units", twice_faults("unit_code", [row.unit_code for row in file.units]))
    yield from _inside("units", _row_by_row(file.units, refs, unit_faults))


def plan_faults(plan: PlanFile, units: UnitsFile, refs: References) -> Faults:
    """Check `response_plan.toml`: each type once and right; each need can be met by the ready units of
    this pack, or stands under `known_shortfalls`, which may not admit what is not so.

    A higher alarm may ask for more than there is: that shortfall is honest. What no unit has at all must
    be admitted there too.
    """
    yield from _inside("types", twice_faults("code", [row.code for row in plan.types]))
    yield from _inside("types", _row_by_row(plan.types, refs, incident_type_faults))
    ready = Counter(
        (unit.agency, capability)
        for unit in units.units
        if unit.out_of_service is None
        for capability in set(unit.capabilities)
    )
    admitted = [(row.agency, row.capability) for row in plan.known_shortfalls]
    lacking = set()
    for path, need, wanted in _needs(plan):
        if need.capability is None:
            continue
        pair = (need.agency, need.capability)
        if ready[pair] >= wanted:
            continue
        lacking.add(pair)
        if pair not in admitted:
            yield Fault(
                (*path, "capability"),
                Need(
                    N_("{agency} hanya mempunyai {have} unit siap dengan {capability}; diperlukan {count}"),
                    agency=need.agency,
                    have=ready[pair],
                    capability=need.capability,
                    count=wanted,
                ),
                Need(N_("tambahkan unit di units.toml, atau akui di [[known_shortfalls]]")),
            )
    for place, pair in enumerate(admitted):
        if pair not in lacking:
            yield Fault(
                ("known_shortfalls", place, "capability"),
                Need(
                    N_("tidak ada kekurangan {capability} pada {agency}"), agency=pair[0], capability=pair[1]
                ),
                Need(N_("hapus [[known_shortfalls]] ini, atau perbaiki kodenya")),
            )


def _needs(plan: PlanFile) -> Iterator[tuple[KeyPath, RequirementRow, int]]:
    """Yield every need with its place and how many units the pack must have for it."""
    for place, row in enumerate(plan.types):
        for part, needs in (("required", row.required), ("optional", row.optional)):
            for nth, need in enumerate(needs):
                yield ("types", place, part, nth), need, need.count
        for level, added in enumerate(row.alarms):
            for nth, need in enumerate(added):
                yield ("types", place, "alarms", level, nth), need, 1


# --- small parts ----------------------------------------------------------------------------------


def twice_faults(key: str, codes: Sequence[str]) -> RowFaults:
    """Find each code that stood before, with its row; the second one is the fault."""
    for place in repeated(codes):
        yield place, Fault((key,), Need(TWICE, value=shown(codes[place])), Need(ONCE_EACH))


def _row_by_row(rows: Sequence[R], refs: References, faults: Callable[[R, References], Faults]) -> RowFaults:
    for place, row in enumerate(rows):
        for fault in faults(row, refs):
            yield place, fault


def _inside(table: str, faults: RowFaults) -> Faults:
    """Return the faults of an array of tables under their full key."""
    for place, fault in faults:
        yield Fault((table, place, *fault.path), fault.problem, fault.allowed)


def repeated(codes: Sequence[str]) -> Iterator[int]:
    """Yield the place of every code that already stood before."""
    seen = set()
    for place, code in enumerate(codes):
        if code in seen:
            yield place
        seen.add(code)


def _unknown_items(key: str, codes: Sequence[str], allowed: Collection[str]) -> Faults:
    for place, code in enumerate(codes):
        if code not in allowed:
            yield _unknown((key, place), code, allowed)
    for place in repeated(codes):
        yield Fault((key, place), Need(TWICE, value=shown(codes[place])), Need(ONCE_EACH))


def _unknown(path: KeyPath, value: str, allowed: Collection[str]) -> Fault:
    return Fault(path, Need(UNKNOWN, value=shown(value)), one_of(allowed))


def _box(area: Area) -> Need:
    return Need(
        N_("bujur {lon_min} sampai {lon_max}, lintang {lat_min} sampai {lat_max} (bujur lebih dahulu)"),
        lon_min=area.min_lon,
        lon_max=area.max_lon,
        lat_min=area.min_lat,
        lat_max=area.max_lat,
    )


def _off_map(key: str, value: float, low: float, high: float) -> Fault:
    return Fault(
        ("map", key),
        Need(N_("{value} di luar [area]"), value=value),
        Need(N_("{low} sampai {high}"), low=low, high=high),
    )
