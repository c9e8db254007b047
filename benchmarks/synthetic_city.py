"""What made cases are drawn from: how often what happens, where it can happen, which units there are.

Numbers are Tarakan's of data/tarakan/incident_statistics.csv, named here by topic, period and metric:

| kind | a year | row |
|---|---|---|
| fires | 59, peaks May 9, Jul 7, Oct 7 | fire_pmk, 2025, fires; 25 of them buildings |
| ODNK rescues | 545, peak Jul 65, low Dec 32 | fire_pmk, 2025, non-fire rescues (ODNK) |
| SAR | 20, almost all at sea, mostly vessels | sar_basarnas, 2025; one aircraft in the 93 of 2022 to 2025 |
| disasters | 329: 114 weather, 64 landslides, 15 land fires, 3 floods | disaster_bpbd, 2025 |
| their months | January to May 69: 41 landslides, 20 weather, 2 floods | disaster_bpbd, 2025-01..05 |
| their days | 20 in one day of rain | disaster_bpbd, 2024-10-08 |
| traffic | 73 | traffic_police, 2025, accidents |
| of calls | rescues 6.7 %, invalid 24 % | call112_other, 2026-01, Kendari (289 tickets of 4,336 calls) |
| of invalid | 1,147 prank to 1,170 ghost | call112_other, 2022..2024-07, Purworejo |

The rest of the calls is information. Jakarta's 23 % prank (call112_other, 2024) is near; Sidoarjo's 91 % and
Purworejo's 1 % real are not taken. A plan without a type of its own for what the source counts takes the
nearest: vehicle and land fires are L-FIR1, weather, floods and what BPBD did not itemise are L-FLD.

No source gives these; they are assumptions: the split of ODNK, of building fires and of SAR into types;
hours and weekdays; that four in a hundred reports are of an incident already known; every duration, how
often a stamp is missing, a step overruns or a unit is withdrawn, and how many victims there are. Durations
are lognormal around the standards of the city, so that both sides of a standard are filled. Calls of every
class follow the months of the rescues.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from h3.api import basic_int as h3
from numpy.typing import NDArray

from citypack.city import CityPack
from domain.response_plan import IncidentType
from domain.units import Unit
from geo.cells import RESOLUTIONS
from geo.points import LonLat

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LAND_PLACES, SEA_PLACES = 6_000, 1_000
SLOTS = 8
"""Most units of one case."""
_POOL_SEED = 6571
_FLAT = (1.0,) * 12
_LANDSLIDES = (41 / 5,) * 5 + (23 / 7,) * 7
_WATER_AND_WIND = (22 / 5,) * 5 + (228 / 7,) * 7
_RESCUES = (44.8,) * 6 + (65.0,) + (44.8,) * 4 + (32.0,)
_FIRES = (4.0,) * 4 + (9.0, 4.0, 7.0, 4.0, 4.0, 7.0, 4.0, 4.0)


@dataclass(frozen=True, slots=True)
class Kind:
    """An incident type: how many a year, how the months share them, whether a day of rain brings many."""

    code: str
    a_year: float
    months: tuple[float, ...] = _FLAT
    by_rain: bool = False


KINDS = (
    Kind("L-FIR1", 51 + 15, _FIRES),
    Kind("L-FIR2", 8, _FIRES),
    Kind("L-ANI", 381, _RESCUES),
    Kind("L-TRP", 120, _RESCUES),
    Kind("L-CRO", 44, _RESCUES),
    Kind("L-LND", 64, _LANDSLIDES, by_rain=True),
    Kind("L-FLD", 3 + 114 + 133, _WATER_AND_WIND, by_rain=True),
    Kind("L-RTA", 73),
    Kind("L-MIS", 0.4),
    Kind("L-DRN", 0.4, by_rain=True),
    Kind("S-CAP", 7),
    Kind("S-OVD", 4),
    Kind("S-COL", 2),
    Kind("S-FIR", 1),
    Kind("S-MOB", 3),
    Kind("S-CRA", 1),
    Kind("S-MED", 1),
    Kind("A-OFF", 0.2),
)
RESCUES_A_YEAR = sum(kind.a_year for kind in KINDS)
RESCUES_OF_CALLS = 289 / 4336
"""Share of calls that are rescues (Kendari)."""
_INVALID = 0.24
_PRANK_OF_INVALID = 1147 / (1147 + 1170)
UNDECIDED = 0.002


def class_shares(rescues: float = RESCUES_OF_CALLS) -> Floats:
    """Return the shares of normal, prank, ghost, information and undecided calls.

    Where another share of rescues is asked for, the other classes keep their proportions.
    """
    others = np.array(
        [
            _INVALID * _PRANK_OF_INVALID,
            _INVALID * (1 - _PRANK_OF_INVALID),
            1 - _INVALID - RESCUES_OF_CALLS - UNDECIDED,
            UNDECIDED,
        ]
    )
    return np.concatenate([[rescues], others / others.sum() * (1 - rescues)])


RAINY_DAYS = 0.12
RAIN_BRINGS = 1.3
"""How many times the calls of another day come on a day of rain."""
_TILT = 12.0


def month_weights() -> Floats:
    """Return how the months share a year's rescues (12,)."""
    return _by_month().sum(axis=0)


def kind_shares() -> Floats:
    """Return the shares of the kinds (24, kinds): by month on days without rain, then on days of rain.

    Both together come to the month's own: what rain brings is missing on other days.
    """
    share = _by_month() / _by_month().sum(axis=0)
    tilted = share * np.where([kind.by_rain for kind in KINDS], _TILT, 1.0)[:, None]
    wet = tilted / tilted.sum(axis=0)
    of_calls = RAINY_DAYS * RAIN_BRINGS / (RAINY_DAYS * RAIN_BRINGS + 1 - RAINY_DAYS)
    dry = (share - of_calls * wet) / (1 - of_calls)
    return np.concatenate([dry, wet], axis=1).T


def _by_month() -> Floats:
    """Return cases of a year (kinds, 12)."""
    seasons = np.array([kind.months for kind in KINDS])
    return np.array([kind.a_year for kind in KINDS])[:, None] * seasons / seasons.sum(axis=1, keepdims=True)


@dataclass(frozen=True, slots=True)
class Places:
    """Where cases are put: land places first, then `SEA_PLACES` at sea.

    lon, lat: degrees; area: row of `codes`, `names`, `kecamatan`, -1 at sea; water: row of `waters`, -1 on
    land; cells: one array for each resolution.
    """

    lon: Floats
    lat: Floats
    area: Ints
    water: Ints
    cells: tuple[Ints, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    kecamatan: tuple[str, ...]
    waters: tuple[str, ...]

    @property
    def at_sea(self) -> int:
        """The first place at sea."""
        return int(np.argmax(self.area < 0))


@dataclass(frozen=True, slots=True)
class SentUnits:
    """Units that can be sent (u,), and for each kind and slot who may fill it.

    `candidates` (kinds, slots, most): rows of the units, of which the first `sizes` (kinds, slots) count;
    `turn` (kinds, slots): how far round its agency's units a slot begins, so that none is sent twice;
    `usual` (kinds,): how many units the plan asks for; `slots` (kinds,): how many can be sent at most.
    """

    codes: tuple[str, ...]
    agencies: tuple[str, ...]
    kinds: tuple[str, ...]
    modes: tuple[str, ...]
    candidates: Ints
    sizes: Ints
    turn: Ints
    usual: Ints
    slots: Ints


@dataclass(frozen=True, slots=True)
class City:
    """A city that cases are made for; `offset_s`: its clock before UTC, `timezone`: the clock's name."""

    number: int
    code: str
    timezone: str
    offset_s: int
    places: Places
    units: SentUnits
    types: tuple[IncidentType, ...]
    steps_s: tuple[int, ...]


_CLOCKS = (("Asia/Makassar", 8), ("Asia/Jakarta", 7), ("Asia/Jayapura", 9))
_MADE_PROVINCES = tuple(range(22, 31))
"""Of these no province of Indonesia has the code: whoever reads 22.01 sees that the city is made."""


def make_city(pack: CityPack, number: int) -> City:
    """Return city `number`: the pack's own for 0, else a shifted copy with a code that no city has.

    Raises ValueError for more cities than there are such codes.
    """
    province, place = divmod(number - 1, 99)
    if number and province >= len(_MADE_PROVINCES):
        raise ValueError(f"codes of made cities are enough for {99 * len(_MADE_PROVINCES) + 1} cities")
    code = pack.city.adm_code if not number else f"{_MADE_PROVINCES[province]}.{place + 1:02d}"
    zone, hours = _CLOCKS[number % len(_CLOCKS)]
    types = tuple(pack.plan.types[kind.code] for kind in KINDS)
    prefix = code.replace(".", "") + "-" if number else ""
    sop = pack.sop
    return City(
        number,
        code,
        zone,
        hours * 3600,
        _shifted(_own_places(pack), number, pack.city.adm_code, code) if number else _own_places(pack),
        _sent(tuple(pack.units.values()), types, prefix),
        types,
        tuple(sop.sitrep_interval_s if step.no == 6 else step.target_s for step in sop.steps),
    )


_places: dict[str, Places] = {}


def _own_places(pack: CityPack) -> Places:
    """Return places in the city's kelurahan, each with the same share, and in its named waters."""
    if pack.digest in _places:
        return _places[pack.digest]
    random = np.random.default_rng(_POOL_SEED)
    areas = pack.zones.kelurahan
    per_area = LAND_PLACES // len(areas)
    drawn = [_inside(random, one.geometry, per_area) for one in areas]
    area = np.repeat(np.arange(len(areas)), per_area)
    land = np.concatenate(drawn)
    mixed = random.permutation(len(land))
    sea, names = _at_sea(random, pack)
    waters = tuple(sorted(set(names)))
    points = np.round(np.concatenate([land[mixed], sea]), 6)
    found = Places(
        points[:, 0],
        points[:, 1],
        np.concatenate([area[mixed], np.full(len(sea), -1)]),
        np.concatenate([np.full(len(land), -1), [waters.index(name) for name in names]]).astype(np.int64),
        _cells(points),
        tuple(one.code for one in areas),
        tuple(one.name for one in areas),
        tuple(one.kecamatan for one in areas),
        waters,
    )
    _places[pack.digest] = found
    return found


def _inside(random: np.random.Generator, shape: shapely.Geometry, number: int) -> Floats:
    west, south, east, north = shape.bounds
    found = np.empty((0, 2))
    while len(found) < number:
        tried = random.uniform((west, south), (east, north), (number * 4, 2))
        found = np.concatenate([found, tried[shapely.contains_xy(shape, tried[:, 0], tried[:, 1])]])
    return found[:number]


def _at_sea(random: np.random.Generator, pack: CityPack) -> tuple[Floats, list[str]]:
    area = pack.area
    points: list[tuple[float, float]] = []
    names: list[str] = []
    while len(points) < SEA_PLACES:
        lon, lat = random.uniform((area.min_lon, area.min_lat), (area.max_lon, area.max_lat))
        zone = pack.zones.locate(LonLat(lon, lat))
        if zone.domain == "sea" and zone.water_area:
            points.append((lon, lat))
            names.append(zone.water_area)
    return np.array(points), names


def _shifted(own: Places, number: int, own_code: str, code: str) -> Places:
    """Return the places somewhere else: on a net of 1.5 by 1 degrees over the archipelago."""
    row, column = divmod(number - 1, 30)
    lon = np.round(own.lon - 117.6 + 96.0 + 1.5 * column, 6)
    lat = np.round(own.lat - 3.33 - 10.0 + 1.0 * row, 6)
    return Places(
        lon,
        lat,
        own.area,
        own.water,
        _cells(np.column_stack([lon, lat])),
        tuple(code + one[len(own_code) :] for one in own.codes),
        own.names,
        own.kecamatan,
        own.waters,
    )


def _cells(points: Floats) -> tuple[Ints, ...]:
    places = points.tolist()
    return tuple(
        np.array([h3.latlng_to_cell(lat, lon, resolution) for lon, lat in places], dtype=np.int64)
        for resolution in RESOLUTIONS
    )


@cache
def _sent(units: tuple[Unit, ...], types: Sequence[IncidentType], prefix: str) -> SentUnits:
    candidates = np.zeros((len(types), SLOTS, len(units)), dtype=np.int64)
    sizes = np.ones((len(types), SLOTS), dtype=np.int64)
    turn = np.zeros((len(types), SLOTS), dtype=np.int64)
    usual, slots = np.zeros(len(types), dtype=np.int64), np.zeros(len(types), dtype=np.int64)
    for row, kind in enumerate(types):
        asked, first = _slots(units, kind)
        usual[row], slots[row] = min(first, len(asked)), len(asked)
        for slot, (able, order) in enumerate(asked):
            candidates[row, slot, : len(able)] = able
            sizes[row, slot], turn[row, slot] = len(able), order
    return SentUnits(
        tuple(prefix + unit.unit_code for unit in units),
        tuple(unit.agency for unit in units),
        tuple(unit.kind for unit in units),
        tuple(unit.mode.value for unit in units),
        candidates,
        sizes,
        turn,
        usual,
        slots,
    )


def _slots(units: Sequence[Unit], kind: IncidentType) -> tuple[list[tuple[list[int], int]], int]:
    """Return who may fill each slot and its turn among its agency's; how many the first alarm asks for."""
    needs = [kind.required, *kind.alarms, kind.optional]
    wanted: dict[str, set[str]] = {}
    for need in (one for level in needs for one in level):
        if need.capability is not None:
            wanted.setdefault(need.agency, set()).add(need.capability)
    able = {
        agency: [n for n, unit in enumerate(units) if unit.agency == agency and unit.capabilities & asked]
        for agency, asked in wanted.items()
    }
    taken = dict.fromkeys(able, 0)
    asked: list[tuple[list[int], int]] = []
    first = 0
    for level, one_level in enumerate(needs):
        for need in one_level:
            for _ in range(need.count if need.capability is not None else 0):
                if taken[need.agency] < len(able[need.agency]) and len(asked) < SLOTS:
                    asked.append((able[need.agency], taken[need.agency]))
                    taken[need.agency] += 1
        if level == 0:
            first = len(asked)
    for agency in able:
        while taken[agency] < len(able[agency]) and len(asked) < SLOTS:
            asked.append((able[agency], taken[agency]))
            taken[agency] += 1
    return asked, first
