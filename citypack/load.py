"""From a folder to a checked CityPack: whole, or not at all."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from citypack.checks import (
    agencies_faults,
    city_code_faults,
    city_faults,
    documented_faults,
    plan_faults,
    sop_faults,
    stations_faults,
    twice_faults,
    units_faults,
)
from citypack.city import (
    City,
    CityPack,
    DocumentedIncident,
    KelurahanEntry,
    KnownShortfall,
    Nearby,
    Population,
    References,
    ReplayFacts,
    Shift,
    Statistic,
)
from citypack.files import CsvFile, TomlFile, bad_file, folder_digest, read_csv, read_text, read_toml
from citypack.maps import (
    COASTLINE,
    KELURAHAN,
    KELURAHAN_MAP,
    kelurahan_faults,
    load_villages,
    load_zones,
    pier_faults,
    population_faults,
    refuse_uncounted,
    refuse_unlisted,
)
from citypack.models import (
    AgenciesFile,
    AgencyRow,
    CityFile,
    DocumentedRow,
    KelurahanRow,
    PlanFile,
    PopulationRow,
    ReplayFile,
    Row,
    SopFile,
    StationRow,
    StatisticRow,
    UnitsFile,
)
from citypack.problems import Fault
from citypack.roads_file import ROADS, load_road_speeds
from citypack.rows import to_incident_type, to_station, to_unit
from domain.coverage import CoverageStandard
from domain.duty import DutyRules
from domain.errors import Need
from domain.response_plan import ResponsePlan
from domain.sop import Sop, SopStep
from domain.units import Agency
from domain.words import N_
from geo.points import Area, LonLat

CITY, SOP, AGENCIES = "city.toml", "sop.toml", "agencies.toml"
FACILITIES, UNITS, PLAN = "facilities.csv", "units.toml", "response_plan.toml"
DOCUMENTED, STATISTICS = "documented_incidents.csv", "incident_statistics.csv"
REPLAY, POPULATION = "replay.toml", "population.csv"


def load_city_pack(folder: Path) -> CityPack:
    """Read and check a whole city pack.

    Every file but `documented_incidents.csv`, `replay.toml`, `incident_statistics.csv`, `population.csv` and
    `roads.toml` must be there. Positions are WGS 84, longitude first.

    Raises: BadCityPack naming the file, the key (with its line where one can be told), what is wrong
    and what is allowed. Nothing is returned of a pack that is not whole.
    """
    if not folder.is_dir():
        raise bad_file(
            folder,
            "",
            Need(N_("seluruh folder")),
            Need(N_("folder paket kota tidak ada")),
            Need(N_("folder yang berisi city.toml dan berkas lainnya")),
        )
    city = read_toml(folder, CITY, CityFile)
    _refuse(city, city_faults(city.content))
    area = _area(city.content)

    agencies = read_toml(folder, AGENCIES, AgenciesFile)
    _refuse(agencies, agencies_faults(agencies.content))
    sop = read_toml(folder, SOP, SopFile)
    refs = References(
        agencies={row.code for row in agencies.content.agencies},
        capabilities=agencies.content.capabilities,
        kinds=agencies.content.kinds,
        area=area,
        related_sops=sop.content.related,
    )
    _refuse(sop, sop_faults(sop.content, refs))
    _refuse(city, city_code_faults(city.content, refs))

    facilities = read_csv(folder, FACILITIES, StationRow, may_lack={"receives"})
    _refuse_rows(facilities, twice_faults("code", [row.code for row in facilities.rows]))
    _refuse_rows(facilities, stations_faults(facilities.rows, refs))
    stations = {row.code: to_station(row) for row in facilities.rows}
    refs = References(refs.agencies, refs.capabilities, refs.kinds, area, stations, refs.related_sops)

    units = read_toml(folder, UNITS, UnitsFile)
    _refuse(units, units_faults(units.content, refs))
    plan = read_toml(folder, PLAN, PlanFile)
    _refuse(plan, plan_faults(plan.content, units.content, refs))

    villages = load_villages(folder, area)
    zones = load_zones(folder, city.content, area, villages)
    _refuse_rows(facilities, pier_faults(facilities.rows, zones))
    kelurahan = read_csv(folder, KELURAHAN, KelurahanRow)
    codes = [row.kemendagri_code for row in kelurahan.rows]
    _refuse_rows(kelurahan, twice_faults("kemendagri_code", codes))
    _refuse_rows(kelurahan, kelurahan_faults(kelurahan.rows, villages, zones.city_code, zones))
    refuse_unlisted(folder, villages, codes)
    return CityPack(
        folder=folder,
        city=_city(city.content),
        area=area,
        sop=_sop(sop.content),
        related_sops=tuple(sop.content.related),
        agencies={row.code: _agency(row) for row in agencies.content.agencies},
        capabilities=dict(agencies.content.capabilities),
        kinds=dict(agencies.content.kinds),
        stations=stations,
        units={row.unit_code: to_unit(row) for row in units.content.units},
        out_of_service={
            row.unit_code: row.out_of_service for row in units.content.units if row.out_of_service
        },
        plan=ResponsePlan({row.code: to_incident_type(row) for row in plan.content.types}),
        known_shortfalls=tuple(
            KnownShortfall(row.agency, row.capability, row.reason) for row in plan.content.known_shortfalls
        ),
        kelurahan={row.kemendagri_code: _kelurahan(row) for row in kelurahan.rows},
        coastline_path=folder / COASTLINE,
        kelurahan_path=folder / KELURAHAN_MAP,
        coastline=json.loads(read_text(folder, COASTLINE)),
        kelurahan_map=json.loads(read_text(folder, KELURAHAN_MAP)),
        zones=zones,
        documented=_load_documented(folder, plan.content, area),
        road_speeds=load_road_speeds(folder, agencies.content.kinds) if (folder / ROADS).exists() else None,
        replay=_load_replay(folder),
        statistics=_load_statistics(folder),
        population=_load_population(folder, codes),
        digest=folder_digest(folder),
    )


def _load_replay(folder: Path) -> dict[str, ReplayFacts]:
    if not (folder / REPLAY).exists():
        return {}
    file = read_toml(folder, REPLAY, ReplayFile)
    rows = file.content.incidents
    _refuse(file, (fault for _, fault in twice_faults("id", [row.id for row in rows])))
    return {row.id: ReplayFacts(**_fields(row, "id")) for row in rows}


def _refuse(file: TomlFile[Any], faults: Iterable[Fault]) -> None:
    for fault in faults:
        raise file.bad(fault)


def _refuse_rows(file: CsvFile[Any], faults: Iterable[tuple[int, Fault]]) -> None:
    for place, fault in faults:
        raise file.bad(place, fault)


def _load_documented(folder: Path, plan: PlanFile, area: Area) -> tuple[DocumentedIncident, ...]:
    if not (folder / DOCUMENTED).exists():
        return ()
    table = read_csv(folder, DOCUMENTED, DocumentedRow)
    _refuse_rows(table, twice_faults("id", [row.id for row in table.rows]))
    _refuse_rows(table, documented_faults(table.rows, plan, area))
    return tuple(
        DocumentedIncident(
            incident_id=row.id,
            date=row.date,
            incident_type=row.incident_type,
            domain=row.domain,
            place=row.place,
            point=None if row.lon is None or row.lat is None else LonLat(row.lon, row.lat),
            facts=row.facts,
            source=row.source,
        )
        for row in table.rows
    )


def _load_statistics(folder: Path) -> tuple[Statistic, ...]:
    if not (folder / STATISTICS).exists():
        return ()
    return tuple(Statistic(**row.model_dump()) for row in read_csv(folder, STATISTICS, StatisticRow).rows)


def _load_population(folder: Path, codes: Collection[str]) -> Population | None:
    if not (folder / POPULATION).exists():
        return None
    table = read_csv(folder, POPULATION, PopulationRow, may_lack={"estimate"})
    _refuse_rows(table, twice_faults("adm_code", [row.adm_code for row in table.rows]))
    _refuse_rows(table, population_faults(table.rows, codes))
    by_kelurahan = {row.adm_code: row.population for row in table.rows}
    refuse_uncounted(folder, POPULATION, codes, by_kelurahan)
    return Population(
        by_kelurahan=by_kelurahan,
        year=min(row.year for row in table.rows),
        is_estimate=any(row.estimate for row in table.rows),
        sources=tuple(dict.fromkeys(row.source for row in table.rows)),
    )


# --- rows to domain objects -----------------------------------------------------------------------


def _area(file: CityFile) -> Area:
    return Area(file.area.lon_min, file.area.lat_min, file.area.lon_max, file.area.lat_max)


def _kelurahan(row: KelurahanRow) -> KelurahanEntry:
    return KelurahanEntry(
        code=row.kemendagri_code,
        bps_code=row.bps_code,
        name=row.kelurahan,
        kecamatan=row.kecamatan,
        point=LonLat(row.lon, row.lat),
        area_km2=row.area_km2,
    )


def _agency(row: AgencyRow) -> Agency:
    return Agency(row.code, row.name, row.parent, row.phone, row.channel, row.support, row.welfare_s)


def _sop(file: SopFile) -> Sop:
    return Sop(
        number=file.number,
        name=file.name,
        made=file.made,
        revised=file.revised,
        effective=file.effective,
        note=file.note,
        forward_to=tuple(file.forward_to),
        sitrep_interval_s=file.sitrep_interval_s,
        soon_share=file.soon_share,
        steps=tuple(
            SopStep(
                row.no,
                row.activity,
                row.inputs,
                row.output,
                round(row.minutes * 60),
                tuple(row.lead),
                tuple(row.support),
            )
            for row in file.steps
        ),
    )


def _city(file: CityFile) -> City:
    return City(
        **_fields(file.city, "timezone"),
        timezone=ZoneInfo(file.city.timezone),
        neighbours=dict(file.neighbours),
        **_fields(file.organisation, "letterhead"),
        letterhead=tuple(file.organisation.letterhead),
        epsg=file.area.epsg,
        map_center=LonLat(file.map.center_lon, file.map.center_lat),
        map_zoom=file.map.zoom,
        map_min_zoom=file.map.min_zoom,
        map_attribution=file.map.attribution,
        own_waters_nm=file.waters.own_waters_nm,
        **_fields(file.numbers),
        hold_s=file.proposal.hold_s,
        nearby_land=Nearby(file.nearby.land_m, file.nearby.land_s),
        nearby_sea=Nearby(file.nearby.sea_m, file.nearby.sea_s),
        prank_history_days=file.prank.history_days,
        **_fields(file.standards),
        **_fields(file.travel),
        **_fields(file.positions),
        **_fields(file.handover),
        alarm_repeat_s=file.alarms.repeat_s,
        welfare_s=file.welfare.default_s,
        weather_valid_s=file.weather.valid_s,
        coverage=tuple(CoverageStandard(**_fields(row)) for row in file.coverage),
        demand_days=file.demand.days,
        shifts=tuple(Shift(**_fields(row)) for row in file.shifts),
        duty=DutyRules(**_fields(file.duty)),
        **_fields(file.retention),
        default_classification=file.classification.default,
        sensitive_classification=file.classification.sensitive,
    )


def _fields(table: Row, *left_out: str) -> dict[str, Any]:
    """Return a table's fields under their own names, which `City` shares."""
    return table.model_dump(exclude=set(left_out))
