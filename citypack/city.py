"""The city as values: who runs the command center, what its folder holds, the numbers it may change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.coverage import CoverageStandard
from domain.duty import DutyRules
from domain.response_plan import ResponsePlan
from domain.sop import Sop
from domain.units import Agency, Station, Unit
from domain.words import N_, Channel, Domain, Outcome
from geo.points import Area, LonLat
from geo.roads import RoadSpeeds
from geo.zones import ZoneIndex

STATION_KINDS = {
    "command_center": N_("Command center"),
    "station": N_("Pos"),
    "hospital": N_("Rumah sakit"),
    "pier": N_("Dermaga"),
    "landing_beach": N_("Pantai pendaratan"),
    "naval_base": N_("Pangkalan laut"),
    "air_base": N_("Pangkalan udara"),
    "airport": N_("Bandara"),
    "helipad": N_("Helipad"),
}
"""What a station can be: code and label."""

SEA_STATION_KINDS = ("pier", "landing_beach", "naval_base")
"""Where a unit that moves by sea can start, and where people on land board it."""

AIR_STATION_KINDS = ("air_base", "airport", "helipad")
"""Where a unit that moves by air can start."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """How near an open incident must be, in space (m) and time (s), to be offered for merging."""

    distance_m: float
    window_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A watch of the command center: from `start_hour` (local, 0 to 23) until the next one begins."""

    code: str
    label: str
    start_hour: int


@dataclass(frozen=True, slots=True)
class City:
    """Who the command center is and every number it may change; from `city.toml`.

    Degrees are WGS 84; `epsg` is the metric CRS of the city. Hours are local (`timezone`). Contact
    fields are None until the center supplies them: the letterhead then leaves them blank.

    On the way: `walk_kmh` is the pace of a team with gear, and further than `walk_limit_m` from any road
    is not walked; a position older than `position_max_age_s` no longer tells where a unit is; an aircraft
    must have `scene_reserve_s` left at the scene; `pickup_s` brings a casualty aboard, `transfer_s` from
    boat to ambulance at the pier. Weather counts for `weather_valid_s` after it was told. `coverage` is
    what is watched, weighed by the cases of the last `demand_days`.

    What `fire_agency` leads is held to `fire_response_s`, from report to its first arrival. An alarm rings
    every `alarm_repeat_s` until somebody acknowledges it. A crew is heard from every `welfare_s` where
    neither its case, incident type nor agency says otherwise. `alarm_answering_s`: from ring to answer;
    `alarm_processing_s`: from answer to the first dispatch.
    """

    name: str
    short_name: str
    province: str
    adm_code: str
    timezone: ZoneInfo
    timezone_label: str
    language: str
    neighbours: dict[str, str]
    org_code: str
    letterhead: tuple[str, ...]
    address: str | None
    phone: str | None
    website: str | None
    email: str | None
    postal_code: str | None
    epsg: int
    map_center: LonLat
    map_zoom: int
    map_min_zoom: int
    map_attribution: str
    own_waters_nm: float
    register_format: str
    call_format: str
    hold_s: int
    nearby_land: Nearby
    nearby_sea: Nearby
    prank_history_days: int
    fire_response_s: int
    medical_response_s: int
    sar_ready_s: int
    receipt_alarm_s: int
    sar_limit_days: int
    fire_agency: str
    alarm_answering_s: int
    alarm_processing_s: int
    land_detour_factor: float
    road_snap_m: float
    eta_spread: float
    day_start_hour: int
    day_end_hour: int
    walk_kmh: float
    walk_limit_m: float
    position_max_age_s: int
    scene_reserve_s: int
    position_days: int
    device_max_age_s: int
    fade_s: int
    top_land_kn: float
    top_sea_kn: float
    top_air_kn: float
    left_m: int
    arrived_land_m: int
    arrived_sea_m: int
    pickup_s: int
    transfer_s: int
    transport_capability: str
    alarm_repeat_s: int
    welfare_s: int
    weather_valid_s: int
    coverage: tuple[CoverageStandard, ...]
    demand_days: int
    shifts: tuple[Shift, ...]
    duty: DutyRules
    prank_identity_days: int
    recording_days: int
    identity_days: int
    access_log_days: int
    default_classification: str
    sensitive_classification: str

    def register_no(self, year: int, number: int) -> str:
        """Return the register number of the year's `number`-th registered case (SOP steps 7 and 8)."""
        return self.register_format.format(year=year, number=number)

    def call_no(self, year: int, number: int) -> str:
        """Return the call-log number of the year's `number`-th call, prank and ghost calls included."""
        return self.call_format.format(year=year, number=number)

    def is_day(self, hour: int) -> bool:
        """Return whether turnout by day applies at a local `hour` (0 to 23)."""
        return self.day_start_hour <= hour < self.day_end_hour

    def nearby(self, domain: Domain) -> Nearby:
        """Return how far to look for open incidents: on land, or farther at sea and in the air."""
        return self.nearby_land if domain is Domain.LAND else self.nearby_sea


@dataclass(frozen=True, slots=True)
class KnownShortfall:
    """A need of the plan that this pack's units cannot meet, admitted with its reason."""

    agency: str
    capability: str
    reason: str


@dataclass(frozen=True, slots=True)
class KelurahanEntry:
    """One kelurahan of the list: Kemendagri and BPS codes, an inside point (WGS 84), area in km²."""

    code: str
    bps_code: str
    name: str
    kecamatan: str
    point: LonLat
    area_km2: float


@dataclass(frozen=True, slots=True)
class DocumentedIncident:
    """A real incident from the press; `point` is None where the place is unknown (WGS 84)."""

    incident_id: str
    date: date
    incident_type: str
    domain: Domain
    place: str
    point: LonLat | None
    facts: str
    source: str


@dataclass(frozen=True, slots=True)
class ReplayFacts:
    """How a documented incident is played: local time, outcome, victims, seconds; what is documented."""

    at: time
    outcome: Outcome
    at_documented: bool = False
    outcome_documented: bool = False
    channel: Channel = Channel.CALL_112
    dead: int = 0
    missing: int = 0
    condition: str = ""
    arrive_after_s: int | None = None
    scene_s: int = 3600
    jurisdiction: str | None = None


@dataclass(frozen=True, slots=True)
class Statistic:
    """One published figure, its words as printed; no source where the figure was not found."""

    topic: str
    period: str
    metric: str
    value: str
    detail: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Population:
    """The inhabitants of every kelurahan by code, as of `year` (the oldest of the rows), and who says so."""

    by_kelurahan: Mapping[str, int]
    year: int
    is_estimate: bool
    sources: tuple[str, ...]

    @property
    def total(self) -> int:
        """The inhabitants of the city."""
        return sum(self.by_kelurahan.values())


@dataclass(frozen=True, slots=True)
class References:
    """Everything that a unit, station or incident type may refer to.

    The registry screen gives the stations of its database in place of the pack's, with
    `dataclasses.replace(pack.references, stations=…)`.
    """

    agencies: Collection[str]
    capabilities: Collection[str]
    kinds: Collection[str]
    area: Area
    stations: Mapping[str, Station] = field(default_factory=dict)
    related_sops: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class CityPack:
    """Everything of one city, checked as a whole; from `citypack.load_city_pack`.

    `coastline` and `kelurahan_map` are GeoJSON FeatureCollections in WGS 84, longitude first.
    `out_of_service` gives the reason of each unit that starts as Tidak Siap. `digest` is the SHA-256
    of all files of the folder.
    """

    folder: Path
    city: City
    area: Area
    sop: Sop
    related_sops: tuple[str, ...]
    agencies: dict[str, Agency]
    capabilities: dict[str, str]
    kinds: dict[str, str]
    stations: dict[str, Station]
    units: dict[str, Unit]
    out_of_service: dict[str, str]
    plan: ResponsePlan
    known_shortfalls: tuple[KnownShortfall, ...]
    kelurahan: dict[str, KelurahanEntry]
    coastline_path: Path
    kelurahan_path: Path
    coastline: dict[str, Any]
    kelurahan_map: dict[str, Any]
    zones: ZoneIndex
    documented: tuple[DocumentedIncident, ...]
    road_speeds: RoadSpeeds | None
    replay: dict[str, ReplayFacts]
    statistics: tuple[Statistic, ...]
    population: Population | None
    digest: str

    @property
    def references(self) -> References:
        """What a unit, station or incident type of this city may refer to."""
        return References(
            self.agencies, self.capabilities, self.kinds, self.area, self.stations, self.related_sops
        )
