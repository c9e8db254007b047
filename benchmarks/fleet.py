"""A registry of many invented stations and units, in the mix of the city pack's own; for measuring only."""

from dataclasses import replace
from itertools import count, cycle
from random import Random

import shapely
from shapely.geometry.base import BaseGeometry

from citypack import CityPack
from citypack.city import AIR_STATION_KINDS, SEA_STATION_KINDS
from citypack.rows import station_to_row, unit_to_row
from database import registry as store
from domain.units import Station, Unit
from domain.words import Mode
from geo.points import LonLat
from services.center import Center


def enlarge(center: Center, units: int, stations: int, seed: int = 4) -> str:
    """Add to a center that has the pack's registry until it has that many of each; return what it has.

    Stations are copies of the pack's in other places: posts and hospitals anywhere on the city's land, piers
    and beaches anywhere along its shore. Units are copies of the pack's, spread over the stations of their
    mode. Written as the first start writes the pack's, because 2,000 changes by hand would take minutes.
    """
    draw, pack = Random(seed), center.pack
    places = dict(pack.stations)
    numbers, patterns = count(1), cycle(pack.stations.values())
    while len(places) < stations:
        pattern = next(patterns)
        if pattern.kind == "command_center":
            continue
        code = f"UKUR-{next(numbers)}"
        at = on_shore(pack, draw) if pattern.kind in SEA_STATION_KINDS else on_land(pack, draw)
        places[code] = replace(pattern, code=code, name=f"[UKUR] {code}", position=at)
    fleet = dict(pack.units)
    posts = {mode: cycle([s for s in places.values() if _takes(s, mode)]) for mode in Mode}
    numbers, models = count(1), cycle(pack.units.values())
    while len(fleet) < units:
        model = next(models)
        code = f"UKUR-{next(numbers)}"
        fleet[code] = replace(model, unit_code=code, station=next(posts[model.mode]).code)
    with center.registry_box.changing(), center.db.write() as writer:
        for station in places.values():
            if station.code not in pack.stations:
                writer_row = station_to_row(station)
                store.put(writer, store.Entry("station", station.code, 1, None, writer_row))
        for unit in fleet.values():
            if unit.unit_code not in pack.units:
                store.put(writer, store.Entry("unit", unit.unit_code, 1, None, unit_to_row(unit)))
    return f"{len(fleet)} units, {len(places)} stations ({_piers(places)} of them piers): {_kinds(fleet)}"


def on_land(pack: CityPack, draw: Random) -> LonLat:
    """Return a place on the city's land, anywhere alike."""
    city = shapely.union_all([one.geometry for one in pack.zones.kelurahan])
    return inside(city, draw)


def on_shore(pack: CityPack, draw: Random) -> LonLat:
    """Return a place on the city's shore, anywhere along it alike."""
    shore = shapely.union_all([one.geometry for one in pack.zones.kelurahan]).boundary
    place = shore.interpolate(draw.random(), normalized=True)
    return LonLat(place.x, place.y)


def inside(shape: BaseGeometry, draw: Random) -> LonLat:
    """Return a place inside a shape in degrees."""
    west, south, east, north = shape.bounds
    while True:
        lon, lat = draw.uniform(west, east), draw.uniform(south, north)
        if shapely.contains_xy(shape, lon, lat):
            return LonLat(lon, lat)


def _takes(station: Station, mode: Mode) -> bool:
    """Whether units of a mode can start from a station."""
    if mode is Mode.SEA:
        return station.kind in SEA_STATION_KINDS
    if mode is Mode.AIR:
        return station.kind in AIR_STATION_KINDS
    return station.kind in ("station", "hospital")


def _piers(places: dict[str, Station]) -> int:
    return sum(station.kind in SEA_STATION_KINDS for station in places.values())


def _kinds(fleet: dict[str, Unit]) -> str:
    modes = [unit.mode for unit in fleet.values()]
    return ", ".join(f"{modes.count(mode)} by {mode.value}" for mode in Mode)
