"""The shape of every file of a city pack: which fields, of what kind, in which range.

Strict and closed: a text is never taken for a number, an unknown field is refused. `title` is the
field's label, `description` says what is allowed; both are gettext msgids read by `citypack.problems`.
What spans fields or files is in `citypack.checks`.
"""

import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.words import N_, Channel, Domain, Mode, NoticeMethod, Outcome, Role, SarClass

ANY_TEXT = N_("teks yang tidak kosong")
AGENCY_CODES = N_("kode instansi dari agencies.toml")
CAPABILITY_CODES = N_("kode kemampuan dari agencies.toml")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=24)]
WordCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]

CODE = N_("huruf besar dan angka, boleh dipisah tanda hubung, paling panjang 24 (mis. POS-01)")
CODE_LABELS = N_('kode = "label"; kode dari huruf kecil, angka dan garis bawah, diawali huruf')
SECONDS = N_("bilangan bulat detik, 0 sampai 86400")
CADENCE = N_("bilangan bulat detik, 60 sampai 86400; kosong bila tidak diatur sendiri")
DAYS = N_("bilangan bulat hari, 1 sampai 36500")
DEGREES_LON = N_("derajat desimal WGS 84, -180 sampai 180; bujur")
DEGREES_LAT = N_("derajat desimal WGS 84, -90 sampai 90; lintang")
CLASSIFICATIONS = N_("biasa, terbatas, rahasia, sangat_rahasia")

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description=DEGREES_LON)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description=DEGREES_LAT)]
Seconds = Annotated[int, Field(ge=0, le=86_400, description=SECONDS)]
Days = Annotated[int, Field(ge=1, le=36_500, description=DAYS)]
Classification = Annotated[
    Literal["biasa", "terbatas", "rahasia", "sangat_rahasia"], Field(description=CLASSIFICATIONS)
]


def text(title: str, allowed: str = ANY_TEXT, **more: Any) -> Any:
    """Return a pydantic field with its label and what it allows."""
    return Field(title=title, description=allowed, **more)


class Row(BaseModel):
    """Base of every model: strict types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# --- city.toml ------------------------------------------------------------------------------------


class CityName(Row):
    """`[city]`."""

    name: Text = text(N_("Nama kota"))
    short_name: Text = text(N_("Nama pendek"))
    province: Text = text(N_("Provinsi"))
    adm_code: str = text(
        N_("Kode wilayah"), N_("kode Kemendagri kota: dua angka, titik, dua angka"), pattern=r"^\d{2}\.\d{2}$"
    )
    timezone: Text = text(N_("Zona waktu"), N_("nama zona waktu IANA, mis. Asia/Makassar"))
    timezone_label: Text = text(N_("Singkatan zona waktu"), N_("mis. WIB, WITA, WIT"))
    language: Literal["id", "en"] = text(N_("Bahasa"), N_("id atau en"))


class Organisation(Row):
    """`[organisation]`: producer code and letterhead (domain.md 4)."""

    org_code: Code = text(N_("Kode organisasi"), CODE)
    letterhead: list[Text] = text(N_("Kop surat"), N_("1 sampai 5 baris teks"), min_length=1, max_length=5)
    address: Text | None = text(N_("Alamat"), default=None)
    phone: Text | None = text(N_("Telepon"), default=None)
    website: Text | None = text(N_("Laman"), default=None)
    email: Text | None = text(N_("Pos-el"), default=None)
    postal_code: Text | None = text(N_("Kode pos"), default=None)


class AreaBox(Row):
    """`[area]`: what the map covers, WGS 84 degrees, and the metric CRS."""

    lon_min: Lon
    lat_min: Lat
    lon_max: Lon
    lat_max: Lat
    epsg: int = text(
        N_("EPSG"),
        N_("kode EPSG sistem koordinat proyeksi bersatuan meter yang mencakup kota, mis. 32650"),
        ge=1024,
        le=32_767,
    )


class MapView(Row):
    """`[map]`: where a fresh map opens."""

    center_lon: Lon
    center_lat: Lat
    zoom: int = text(N_("Zum"), N_("bilangan bulat 1 sampai 19"), ge=1, le=19)
    min_zoom: int = text(N_("Zum terkecil"), N_("bilangan bulat 1 sampai 19"), ge=1, le=19)
    attribution: Text = text(N_("Sumber peta"))


class Waters(Row):
    """`[waters]`."""

    own_waters_nm: float = text(
        N_("Lebar perairan sendiri"), N_("mil laut, 0 sampai 12"), ge=0, le=12, allow_inf_nan=False
    )


class Numbers(Row):
    """`[numbers]`: forms of register and call numbers."""

    register_format: Text = text(
        N_("Bentuk nomor register"), N_("teks dengan {{year}} dan {{number}}, mis. {{year}}/{{number:06d}}")
    )
    call_format: Text = text(
        N_("Bentuk nomor panggilan"), N_("teks dengan {{year}} dan {{number}}, mis. P{{year}}-{{number:06d}}")
    )


class Proposal(Row):
    """`[proposal]`."""

    hold_s: int = text(N_("Lama unit ditahan"), N_("bilangan bulat detik, 10 sampai 3600"), ge=10, le=3600)


class NearbySearch(Row):
    """`[nearby]`: metres and seconds, on land and at sea."""

    land_m: float = text(N_("Jarak di darat"), N_("meter, di atas 0 sampai 100000"), gt=0, le=100_000)
    land_s: Seconds
    sea_m: float = text(N_("Jarak di laut"), N_("meter, di atas 0 sampai 100000"), gt=0, le=100_000)
    sea_s: Seconds


class Prank(Row):
    """`[prank]`."""

    history_days: Days


class Standards(Row):
    """`[standards]`."""

    fire_response_s: int = text(
        N_("Standar waktu kebakaran"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )
    medical_response_s: Seconds
    sar_ready_s: Seconds
    receipt_alarm_s: Seconds
    sar_limit_days: Days
    fire_agency: str = text(N_("Instansi pemadam"), AGENCY_CODES)
    alarm_answering_s: Seconds
    alarm_processing_s: Seconds


class Travel(Row):
    """`[travel]`."""

    land_detour_factor: float = text(N_("Faktor jarak darat"), N_("1 sampai 5"), ge=1, le=5)
    road_snap_m: float = text(N_("Jarak terjauh ke jalan"), N_("meter, di atas 0 sampai 5000"), gt=0, le=5000)
    eta_spread: float = text(N_("Rentang ETA"), N_("bagian dari ETA, 0 sampai kurang dari 1"), ge=0, lt=1)
    day_start_hour: int = text(N_("Jam mulai siang"), N_("jam 0 sampai 23"), ge=0, le=23)
    day_end_hour: int = text(N_("Jam akhir siang"), N_("jam 1 sampai 24"), ge=1, le=24)
    walk_kmh: float = text(N_("Kecepatan berjalan kaki"), N_("km/jam, di atas 0 sampai 10"), gt=0, le=10)
    walk_limit_m: float = text(
        N_("Jarak terjauh berjalan kaki"), N_("meter, 0 sampai 50000"), ge=0, le=50_000
    )
    position_max_age_s: int = text(
        N_("Umur terjauh posisi"), N_("bilangan bulat detik, 10 sampai 86400"), ge=10, le=86_400
    )
    scene_reserve_s: Seconds


class Handover(Row):
    """`[handover]`: from a boat at the scene to an ambulance at the pier."""

    pickup_s: Seconds
    transfer_s: Seconds
    transport_capability: str = text(N_("Kemampuan angkut korban"), CAPABILITY_CODES)


class Positions(Row):
    """`[positions]`: what is believed of devices that report where units are."""

    position_days: int = text(N_("Masa simpan posisi"), N_("hari, 1 sampai 3650"), ge=1, le=3650)
    device_max_age_s: int = text(
        N_("Umur posisi alat"), N_("bilangan bulat detik, 5 sampai 86400"), ge=5, le=86_400
    )
    fade_s: int = text(N_("Mulai pudar"), N_("bilangan bulat detik, 5 sampai 86400"), ge=5, le=86_400)
    top_land_kn: float = text(N_("Tercepat di darat (knot)"), N_("di atas 0 sampai 300"), gt=0, le=300)
    top_sea_kn: float = text(N_("Tercepat di laut (knot)"), N_("di atas 0 sampai 150"), gt=0, le=150)
    top_air_kn: float = text(N_("Tercepat di udara (knot)"), N_("di atas 0 sampai 1000"), gt=0, le=1000)
    left_m: int = text(N_("Sudah meninggalkan pos"), N_("meter, 10 sampai 10000"), ge=10, le=10_000)
    arrived_land_m: int = text(N_("Sudah tiba di darat"), N_("meter, 10 sampai 10000"), ge=10, le=10_000)
    arrived_sea_m: int = text(N_("Sudah tiba di laut"), N_("meter, 10 sampai 20000"), ge=10, le=20_000)


class Alarms(Row):
    """`[alarms]`."""

    repeat_s: int = text(N_("Jarak ulang alarm"), N_("bilangan bulat detik, 10 sampai 3600"), ge=10, le=3600)


class WelfareRules(Row):
    """`[welfare]`: how often a crew under way or on scene must be heard from."""

    default_s: int = text(
        N_("Jarak kabar regu"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )


class WeatherRules(Row):
    """`[weather]`."""

    valid_s: int = text(
        N_("Masa berlaku cuaca"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )


class CoverageRow(Row):
    """One of `[[coverage]]`: a capability that is watched against a response standard."""

    capability: str = text(N_("Kemampuan"), CAPABILITY_CODES)
    standard_s: int = text(
        N_("Standar waktu respons"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )
    label: Text = text(N_("Nama"))


class ShiftRow(Row):
    """One of `[[shifts]]`: a watch of the command center, until the next one begins."""

    code: WordCode = text(N_("Kode giliran"), N_("huruf kecil, angka dan garis bawah, diawali huruf"))
    label: Text = text(N_("Nama"))
    start_hour: int = text(N_("Jam mulai"), N_("jam 0 sampai 23"), ge=0, le=23)


class Duty(Row):
    """`[duty]`: the fewest people of each role in a watch, their rest, patience with a handover."""

    call_takers: int = text(N_("Call Taker tiap giliran"), N_("bilangan 0 sampai 50"), ge=0, le=50)
    dispatchers: int = text(N_("Dispatcher tiap giliran"), N_("bilangan 0 sampai 50"), ge=0, le=50)
    duty_officers: int = text(N_("Perwira Piket tiap giliran"), N_("bilangan 0 sampai 50"), ge=0, le=50)
    rest_h: int = text(N_("Istirahat antara dua giliran"), N_("jam, 0 sampai 48"), ge=0, le=48)
    handover_s: int = text(
        N_("Batas serah terima"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )


class Demand(Row):
    """`[demand]`."""

    days: Days


class Retention(Row):
    """`[retention]`."""

    prank_identity_days: Days
    recording_days: Days
    identity_days: Days
    access_log_days: Days


class Classifications(Row):
    """`[classification]`."""

    default: Classification
    sensitive: Classification


class CityFile(Row):
    """`city.toml`."""

    city: CityName = text("[city]", N_("sebuah tabel"))
    neighbours: dict[str, Text] = text(
        N_("Wilayah tetangga"), N_('"kode Kemendagri" = "nama kabupaten atau kota"'), default={}
    )
    organisation: Organisation = text("[organisation]", N_("sebuah tabel"))
    area: AreaBox = text("[area]", N_("sebuah tabel"))
    map: MapView = text("[map]", N_("sebuah tabel"))
    waters: Waters = text("[waters]", N_("sebuah tabel"))
    numbers: Numbers = text("[numbers]", N_("sebuah tabel"))
    proposal: Proposal = text("[proposal]", N_("sebuah tabel"))
    nearby: NearbySearch = text("[nearby]", N_("sebuah tabel"))
    prank: Prank = text("[prank]", N_("sebuah tabel"))
    standards: Standards = text("[standards]", N_("sebuah tabel"))
    travel: Travel = text("[travel]", N_("sebuah tabel"))
    positions: Positions = text("[positions]", N_("sebuah tabel"))
    handover: Handover = text("[handover]", N_("sebuah tabel"))
    alarms: Alarms = text("[alarms]", N_("sebuah tabel"))
    welfare: WelfareRules = text("[welfare]", N_("sebuah tabel"))
    weather: WeatherRules = text("[weather]", N_("sebuah tabel"))
    coverage: list[CoverageRow] = text(N_("Keterjangkauan"), N_("sedikitnya satu [[coverage]]"), min_length=1)
    demand: Demand = text("[demand]", N_("sebuah tabel"))
    shifts: list[ShiftRow] = text(N_("Giliran jaga"), N_("sedikitnya satu [[shifts]]"), min_length=1)
    duty: Duty = text("[duty]", N_("sebuah tabel"))
    retention: Retention = text("[retention]", N_("sebuah tabel"))
    classification: Classifications = text("[classification]", N_("sebuah tabel"))


# --- sop.toml -------------------------------------------------------------------------------------

LaxRole = Annotated[Role, Field(strict=False)]


class StepRow(Row):
    """One of `[[steps]]`."""

    no: int = text(N_("Nomor langkah"), N_("1 sampai 9, berurutan"), ge=1, le=9)
    activity: Text = text(N_("Kegiatan"))
    inputs: Text = text(N_("Kelengkapan"))
    output: Text = text(N_("Hasil"))
    minutes: float = text(
        N_("Waktu standar"), N_("menit, di atas 0 sampai 1440"), gt=0, le=1440, allow_inf_nan=False
    )
    lead: list[LaxRole] = text(
        N_("Pelaksana"),
        N_(
            "sedikitnya satu dari call_taker, dispatcher, duty_officer, field_officer, supervisor, "
            "admin, auditor"
        ),
        min_length=1,
    )
    support: list[LaxRole] = text(
        N_("Pendukung"),
        N_("daftar dari call_taker, dispatcher, duty_officer, field_officer, supervisor, admin, auditor"),
        default=[],
    )


class SopFile(Row):
    """`sop.toml`: header as printed and the nine steps."""

    number: Text = text(N_("Nomor SOP"))
    name: Text = text(N_("Nama SOP"))
    made: Text = text(N_("Tanggal pembuatan"), N_('teks seperti tercetak, mis. "6 September 2021"'))
    revised: Text = text(N_("Tanggal revisi"), N_('teks seperti tercetak, mis. "3 November 2021"'))
    effective: Text = text(N_("Tanggal efektif"), N_('teks seperti tercetak, mis. "8 Maret 2019"'))
    note: str = text(N_("Catatan"), N_("teks, boleh kosong"), default="")
    forward_to: list[str] = text(N_("Diteruskan kepada"), AGENCY_CODES, min_length=1)
    sitrep_interval_s: int = text(
        N_("Jarak laporan situasi"), N_("bilangan bulat detik, 60 sampai 86400"), ge=60, le=86_400
    )
    soon_share: float = text(
        N_("Batas kuning"), N_("bagian dari waktu standar, lebih dari 0 dan kurang dari 1"), gt=0, lt=1
    )
    related: list[Text] = text(N_("SOP terkait"), N_("daftar nama SOP"), default=[])
    steps: list[StepRow] = text(N_("Langkah"), N_("sembilan langkah, bernomor 1 sampai 9 berurutan"))


# --- agencies.toml --------------------------------------------------------------------------------


class AgencyRow(Row):
    """One of `[[agencies]]`."""

    code: Code = text(N_("Kode instansi"), CODE)
    name: Text = text(N_("Nama instansi"))
    parent: Text | None = text(N_("Dinas induk"), default=None)
    phone: Text | None = text(N_("Telepon"), default=None)
    channel: Annotated[NoticeMethod, Field(strict=False)] | None = text(
        N_("Cara dihubungi"), N_("salah satu dari screen, phone, radio, whatsapp, in_person"), default=None
    )
    support: bool = text(N_("Instansi pendukung"), N_("true atau false"), default=False)
    welfare_s: int | None = text(N_("Jarak kabar regu"), CADENCE, ge=60, le=86_400, default=None)


class AgenciesFile(Row):
    """`agencies.toml`: agencies, and the words for capabilities and kinds of units."""

    agencies: list[AgencyRow] = text(N_("Instansi"), N_("sedikitnya satu [[agencies]]"), min_length=1)
    capabilities: dict[WordCode, Text] = text(N_("Kemampuan"), CODE_LABELS, min_length=1)
    kinds: dict[WordCode, Text] = text(N_("Jenis unit"), CODE_LABELS, min_length=1)


# --- facilities.csv -------------------------------------------------------------------------------


class StationRow(Row):
    """One row of `facilities.csv`, or one station on the registry screen."""

    code: Code = text(N_("Kode pos"), CODE)
    name: Text = text(N_("Nama pos"))
    kind: Literal[
        "command_center",
        "station",
        "hospital",
        "pier",
        "landing_beach",
        "naval_base",
        "air_base",
        "airport",
        "helipad",
    ] = text(
        N_("Jenis pos"),
        N_(
            "salah satu dari command_center, station, hospital, pier, landing_beach, naval_base, air_base, "
            "airport, helipad"
        ),
    )
    agency: str | None = text(N_("Instansi"), AGENCY_CODES, default=None)
    lon: Lon = text(N_("Bujur"), DEGREES_LON)
    lat: Lat = text(N_("Lintang"), DEGREES_LAT)
    accuracy_m: int = text(
        N_("Ketelitian posisi"), N_("bilangan bulat meter, 0 sampai 20000"), ge=0, le=20_000
    )
    address: str = text(N_("Alamat"), N_("teks, boleh kosong"), default="")
    source: Text = text(N_("Sumber posisi"))
    receives: bool = text(
        N_("Menerima korban setiap saat"), N_("true atau false; true hanya untuk hospital"), default=False
    )


# --- units.toml -----------------------------------------------------------------------------------


class UnitRow(Row):
    """One of `[[units]]`, or one unit on the registry screen; exactly one of the two speeds is given.

    What has a default may be missing: rows that were stored before it existed lack it.
    """

    unit_code: Code = text(N_("Kode unit"), CODE)
    agency: str = text(N_("Instansi"), AGENCY_CODES)
    kind: str = text(N_("Jenis unit"), N_("kode jenis dari agencies.toml"))
    mode: Annotated[Mode, Field(strict=False)] = text(N_("Matra gerak"), N_("land, sea, air atau foot"))
    capabilities: list[str] = text(N_("Kemampuan"), CAPABILITY_CODES, min_length=1)
    station: str = text(N_("Pos"), N_("kode pos dari facilities.csv"))
    speed_kmh: float | None = text(
        N_("Kecepatan (km/jam)"),
        N_("km/jam, di atas 0 sampai 400; isi salah satu dari speed_kmh atau speed_kn"),
        gt=0,
        le=400,
        allow_inf_nan=False,
        default=None,
    )
    speed_kn: float | None = text(
        N_("Kecepatan (knot)"),
        N_("knot, di atas 0 sampai 200; isi salah satu dari speed_kmh atau speed_kn"),
        gt=0,
        le=200,
        allow_inf_nan=False,
        default=None,
    )
    turnout_day_s: int = text(
        N_("Waktu siap siang"), N_("bilangan bulat detik, 0 sampai 7200"), ge=0, le=7200
    )
    turnout_night_s: int = text(
        N_("Waktu siap malam"), N_("bilangan bulat detik, 0 sampai 7200"), ge=0, le=7200
    )
    personnel: int = text(N_("Personel"), N_("bilangan bulat 0 sampai 200"), ge=0, le=200)
    example: bool = text(N_("Contoh"), N_("true (contoh) atau false (data resmi)"))
    crew_min: int = text(
        N_("Awak paling sedikit"), N_("bilangan bulat 0 sampai 200"), ge=0, le=200, default=1
    )
    endurance_min: int | None = text(
        N_("Daya jelajah"),
        N_("bilangan bulat menit, 1 sampai 10000; kosong bila tidak membatasi"),
        ge=1,
        le=10_000,
        default=None,
    )
    sea_limit_m: float | None = text(
        N_("Batas gelombang"),
        N_("meter, di atas 0 sampai 20; kosong bila tidak diketahui"),
        gt=0,
        le=20,
        allow_inf_nan=False,
        default=None,
    )
    sail_kn: float | None = text(
        N_("Kecepatan perahu yang dibawa"),
        N_("knot, di atas 0 sampai 100; hanya untuk kendaraan darat yang membawa perahu"),
        gt=0,
        le=100,
        allow_inf_nan=False,
        default=None,
    )
    launch_s: int = text(
        N_("Waktu menurunkan perahu"),
        N_("bilangan bulat detik, 0 sampai 7200; hanya bersama sail_kn"),
        ge=0,
        le=7200,
        default=0,
    )


class SeedUnitRow(UnitRow):
    """A unit of the file, which may start as Tidak Siap."""

    out_of_service: Text | None = text(
        N_("Alasan tidak siap"), N_("teks alasan; hapus kunci ini bila unit siap"), default=None
    )


class UnitsFile(Row):
    """`units.toml`."""

    units: list[SeedUnitRow] = text(N_("Unit"), N_("sedikitnya satu [[units]]"), min_length=1)


# --- response_plan.toml ---------------------------------------------------------------------------


class RequirementRow(Row):
    """One need of an incident type; without capability the agency is only notified."""

    agency: str = text(N_("Instansi"), AGENCY_CODES)
    capability: str | None = text(N_("Kemampuan"), CAPABILITY_CODES, default=None)
    count: int = text(N_("Jumlah"), N_("bilangan bulat 1 sampai 50"), ge=1, le=50, default=1)
    condition: Text | None = text(N_("Syarat"), N_("teks; hanya dan harus pada optional"), default=None)


class IncidentTypeRow(Row):
    """One of `[[types]]`, or one incident type on the registry screen."""

    code: Code = text(N_("Kode jenis kejadian"), CODE)
    label: Text = text(N_("Nama kejadian"))
    domain: Annotated[Domain, Field(strict=False)] = text(N_("Matra"), N_("land, sea atau air"))
    priority: int = text(N_("Prioritas"), N_("1, 2, 3 atau 4"), ge=1, le=4)
    lead: str = text(N_("Instansi pemimpin"), AGENCY_CODES)
    required: list[RequirementRow] = text(
        N_("Wajib"), N_("sedikitnya satu kebutuhan, instansi pemimpin lebih dahulu"), min_length=1
    )
    optional: list[RequirementRow] = text(N_("Bila perlu"), N_("daftar kebutuhan dengan syarat"), default=[])
    alarms: list[Annotated[list[RequirementRow], Field(min_length=1)]] = text(
        N_("Tambahan per tingkat alarm"),
        N_("daftar tingkat mulai alarm 2, masing-masing sedikitnya satu kebutuhan tanpa syarat"),
        default=[],
    )
    sar_class: Annotated[SarClass, Field(strict=False)] | None = text(
        N_("Jenis operasi SAR"),
        N_("ship, aircraft, special, disaster atau kmm; kosong bila bukan operasi SAR"),
        default=None,
    )
    search: list[Text] = text(N_("Kata cari"), N_("daftar teks"), default=[])
    linked_sop: Text | None = text(N_("SOP terkait"), N_("nama dari “related” dalam sop.toml"), default=None)
    sensitive: bool = text(N_("Sensitif"), N_("true atau false"), default=False)
    note: Text | None = text(N_("Catatan"), default=None)
    welfare_s: int | None = text(N_("Jarak kabar regu"), CADENCE, ge=60, le=86_400, default=None)


class ShortfallRow(Row):
    """One of `[[known_shortfalls]]`."""

    agency: str = text(N_("Instansi"), AGENCY_CODES)
    capability: str = text(N_("Kemampuan"), CAPABILITY_CODES)
    reason: Text = text(N_("Alasan"))


class PlanFile(Row):
    """`response_plan.toml`."""

    known_shortfalls: list[ShortfallRow] = text(
        N_("Kekurangan yang diketahui"), N_("daftar [[known_shortfalls]]"), default=[]
    )
    types: list[IncidentTypeRow] = text(N_("Jenis kejadian"), N_("sedikitnya satu [[types]]"), min_length=1)


# --- the other csv files --------------------------------------------------------------------------


class KelurahanRow(Row):
    """One row of `kelurahan.csv`."""

    kemendagri_code: str = text(
        N_("Kode Kemendagri"),
        N_("kode Kemendagri kelurahan: dua angka tiga kali dan empat angka, dipisah titik"),
        pattern=r"^\d{2}\.\d{2}\.\d{2}\.\d{4}$",
    )
    bps_code: str = text(N_("Kode BPS"), N_("sepuluh angka"), pattern=r"^\d{10}$")
    kelurahan: Text = text(N_("Kelurahan"))
    kecamatan: Text = text(N_("Kecamatan"))
    lat: Lat = text(N_("Lintang"), DEGREES_LAT)
    lon: Lon = text(N_("Bujur"), DEGREES_LON)
    area_km2: float = text(N_("Luas"), N_("km², di atas 0"), gt=0, allow_inf_nan=False)


class PopulationRow(Row):
    """One row of `population.csv`: the inhabitants of a kelurahan."""

    adm_code: str = text(N_("Kode Kemendagri"), N_("kode kelurahan dari kelurahan.csv"))
    population: int = text(N_("Jumlah penduduk"), N_("bilangan bulat dari 0, tanpa titik ribuan"), ge=0)
    year: int = text(N_("Tahun"), N_("tahun 1900 sampai 2100"), ge=1900, le=2100)
    estimate: bool = text(N_("Perkiraan"), N_("true atau false"), default=False)
    source: Text = text(N_("Sumber"))


class DocumentedRow(Row):
    """One row of `documented_incidents.csv`; lon and lat both or neither."""

    id: Text = text(N_("Nomor"))
    date: datetime.date = text(N_("Tanggal"), N_("tahun-bulan-hari, mis. 2025-08-24"))
    incident_type: str = text(N_("Jenis kejadian"), N_("kode dari response_plan.toml"))
    domain: Annotated[Domain, Field(strict=False)] = text(N_("Matra"), N_("land, sea atau air"))
    place: Text = text(N_("Tempat"))
    lon: Lon | None = text(N_("Bujur"), DEGREES_LON, default=None)
    lat: Lat | None = text(N_("Lintang"), DEGREES_LAT, default=None)
    facts: Text = text(N_("Fakta"))
    source: Text = text(N_("Sumber"))


class ReplayRow(Row):
    """One of `[[incidents]]` of `replay.toml`: how a documented incident is played."""

    id: Text = text(N_("Nomor"))
    at: datetime.time = text(N_("Jam"), N_("jam:menit:detik setempat, mis. 19:26:00"))
    at_documented: bool = text(N_("Jam ada di sumber"), N_("true atau false"), default=False)
    channel: Annotated[Channel, Field(strict=False)] = text(
        N_("Kanal"), N_("112, panic_button, radio, walk_in, whatsapp, agency, cctv"), default=Channel.CALL_112
    )
    outcome: Annotated[Outcome, Field(strict=False)] = text(N_("Hasil"), N_("kode hasil, mis. rescued"))
    outcome_documented: bool = text(N_("Hasil ada di sumber"), N_("true atau false"), default=False)
    dead: int = text(N_("Meninggal"), N_("bilangan bulat dari 0"), ge=0, default=0)
    missing: int = text(N_("Hilang"), N_("bilangan bulat dari 0"), ge=0, default=0)
    condition: Text = text(N_("Kondisi"), default="Selesai; rincian tidak tercatat (contoh)")
    arrive_after_s: Seconds | None = text(N_("Tiba setelah"), SECONDS, default=None)
    scene_s: int = text(N_("Lama di lokasi"), N_("bilangan bulat detik dari 0"), ge=0, default=3600)
    jurisdiction: Text | None = text(N_("Wilayah kewenangan"), N_("kode wilayah, atau luar"), default=None)


class ReplayFile(Row):
    """`replay.toml`."""

    incidents: list[ReplayRow] = text(N_("Kejadian"), N_("daftar [[incidents]]"))


class StatisticRow(Row):
    """One row of `incident_statistics.csv`."""

    topic: Text = text(N_("Topik"))
    period: Text = text(N_("Periode"))
    metric: Text = text(N_("Ukuran"))
    value: Text = text(N_("Nilai"))
    detail: str = text(N_("Rincian"), N_("teks, boleh kosong"), default="")
    source_url: str = text(N_("Sumber"), N_("alamat sumber; kosong bila angka tidak ditemukan"), default="")
