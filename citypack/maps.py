"""The maps of a pack held against its tables: zones, piers on the shore, kelurahan in table and map alike."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import shapely

from citypack.checks import ONCE_EACH, TWICE, position_faults, repeated
from citypack.city import SEA_STATION_KINDS
from citypack.files import bad_file, read_text
from citypack.models import CityFile, KelurahanRow, PopulationRow, StationRow
from citypack.problems import Fault, Phrase, one_of, shown
from domain.errors import BadCityPack, Need
from domain.words import N_
from geo.errors import BadLayer
from geo.layers import load_land
from geo.points import Area, LonLat, Projector, geodesic_m
from geo.zones import NAUTICAL_MILE_M, Kelurahan, ZoneIndex, load_kelurahan

RowFaults = Iterator[tuple[int, Fault]]
"""Faults of a table, each with its row counted from 0."""

COASTLINE, KELURAHAN_MAP, KELURAHAN = "coastline.geojson", "kelurahan.geojson", "kelurahan.csv"
CODE = ("kemendagri_code",)

PIER_REACH_M = 1000
"""[P] A pier, beach or naval base lies at most this far from the shore line, besides its own accuracy."""


def load_villages(folder: Path, area: Area) -> tuple[Kelurahan, ...]:
    """Read the map of kelurahan: each once, all inside the area. Raises: BadCityPack."""
    read_text(folder, KELURAHAN_MAP)  # a missing file or a wrong encoding is refused in the pack's own words
    try:
        villages = load_kelurahan(folder / KELURAHAN_MAP)
    except BadLayer as error:
        raise _bad_layer(folder, KELURAHAN_MAP, error) from error
    for place in repeated([village.code for village in villages]):
        problem = Need(TWICE, value=shown(villages[place].code))
        raise bad_file(folder, KELURAHAN_MAP, CODE[0], problem, Need(ONCE_EACH))
    for village in villages:
        west, south, east, north = village.geometry.bounds
        if not (area.contains(LonLat(west, south)) and area.contains(LonLat(east, north))):
            problem = Need(N_("kelurahan {name} keluar dari [area] dalam city.toml"), name=village.name)
            allowed = Need(N_("peta WGS 84, bujur lebih dahulu, seluruhnya di dalam [area]"))
            raise bad_file(folder, KELURAHAN_MAP, village.code, problem, allowed)
    return villages


def load_zones(folder: Path, file: CityFile, area: Area, villages: Sequence[Kelurahan]) -> ZoneIndex:
    """Build the index of land and waters from the kelurahan and the coast. Raises: BadCityPack."""
    read_text(folder, COASTLINE)
    try:
        coast = load_land(folder / COASTLINE)
    except BadLayer as error:
        raise _bad_layer(folder, COASTLINE, error) from error
    limit_m = file.waters.own_waters_nm * NAUTICAL_MILE_M
    projector = Projector(file.area.epsg)
    return ZoneIndex(villages, coast, projector, area, file.city.adm_code, waters_limit_m=limit_m)


def _bad_layer(folder: Path, name: str, error: BadLayer) -> BadCityPack:
    index = error.params.get("index")
    key = Need(N_("seluruh berkas")) if index is None else Need(N_("objek ke-{index}"), index=index)
    allowed = Need(
        N_("GeoJSON FeatureCollection berisi poligon WGS 84, bujur lebih dahulu, dengan semua atributnya")
    )
    return bad_file(folder, name, key, Phrase(error.template, **error.params), allowed)


def pier_faults(rows: Sequence[StationRow], zones: ZoneIndex) -> RowFaults:
    """Find each place of departure by sea that lies inland or far out (WGS 84)."""
    shore = zones.land.boundary
    for place, row in enumerate(rows):
        if row.kind not in SEA_STATION_KINDS:
            continue
        foot = shapely.get_coordinates(shapely.shortest_line(shapely.Point(row.lon, row.lat), shore))[1]
        away_m = geodesic_m(LonLat(row.lon, row.lat), LonLat(float(foot[0]), float(foot[1])))
        if away_m > PIER_REACH_M + row.accuracy_m:
            problem = Need(
                N_("{code} berjarak {away} m dari garis pantai"), code=row.code, away=round(away_m)
            )
            allowed = Need(N_("paling jauh {reach} m ditambah accuracy_m"), reach=PIER_REACH_M)
            yield place, Fault(("lon",), problem, allowed)


def kelurahan_faults(
    rows: Sequence[KelurahanRow], villages: Sequence[Kelurahan], city_code: str, zones: ZoneIndex
) -> RowFaults:
    """Find each row of the table whose code or point (WGS 84) does not agree with the map."""
    drawn = {village.code for village in villages}
    for place, row in enumerate(rows):
        code = row.kemendagri_code
        if not code.startswith(f"{city_code}."):
            problem = Need(N_("{value} bukan kelurahan kota ini"), value=shown(code))
            yield place, Fault(CODE, problem, Need(N_("kode yang diawali “{code}.”"), code=city_code))
        elif code not in drawn:
            problem = Need(N_("{value} tidak ada di kelurahan.geojson"), value=shown(code))
            yield place, Fault(CODE, problem, one_of(drawn))
        elif faults := list(position_faults(row.lon, row.lat, zones.area)):
            yield place, faults[0]
        elif zones.locate(LonLat(row.lon, row.lat)).adm_code != code:
            problem = Need(N_("titik ini tidak berada di dalam kelurahan {name}"), name=row.kelurahan)
            yield place, Fault(("lon",), problem, Need(N_("titik di dalam poligon kelurahan itu")))


def refuse_unlisted(folder: Path, villages: Sequence[Kelurahan], listed: Collection[str]) -> None:
    """Raise BadCityPack for a kelurahan of the map that is missing from `kelurahan.csv`."""
    for village in villages:
        if village.code not in listed:
            problem = Need(N_("{value} tidak ada di kelurahan.csv"), value=shown(village.code))
            raise bad_file(folder, KELURAHAN_MAP, village.code, problem, one_of(listed))


def population_faults(rows: Sequence[PopulationRow], listed: Collection[str]) -> RowFaults:
    """Find each row that counts the inhabitants of what is no kelurahan of `kelurahan.csv`."""
    for place, row in enumerate(rows):
        if row.adm_code not in listed:
            problem = Need(N_("{value} tidak ada di kelurahan.csv"), value=shown(row.adm_code))
            yield place, Fault(("adm_code",), problem, one_of(listed))


def refuse_uncounted(folder: Path, name: str, listed: Collection[str], counted: Collection[str]) -> None:
    """Raise BadCityPack for a kelurahan whose inhabitants the file `name` does not give."""
    for code in sorted(set(listed) - set(counted)):
        problem = Need(N_("penduduk kelurahan ini belum diisi"))
        raise bad_file(folder, name, code, problem, Need(N_("satu baris untuk setiap kelurahan")))
