"""How long each unit takes to one place: the cost function that a suggestion is given.

A way is what is left of the turnout, then legs: drive, launch, sail, fly, walk. For a casualty at sea (or on
an island without land units) a boat sails there, a vehicle with a boat drives to the pier from which it is
there soonest, and every other vehicle drives to the rendezvous.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from citypack.city import SEA_STATION_KINDS, City
from domain.units import Station, Unit, UnitState
from domain.weather import Weather
from domain.words import Mode, UnitStatus
from geo.errors import BeyondEndurance, DifferentIslands, NotOnLand, Unreachable
from geo.points import LonLat
from geo.reach import Leg, Reach, air_leg, launch_leg, leg, rough_drive, sea_leg, walk_leg
from geo.reach import Mode as LegMode
from geo.roads import Vehicle
from geo.water import SNAP_LIMIT_M, WaterPath
from services.evacuation import Crew, Evacuation, Rendezvous, best_pier
from services.ways import Drive, Ways


@dataclass(frozen=True, slots=True)
class Scene:
    """Where units are wanted. `over_water`: land units get there only with a boat."""

    place: LonLat
    at_sea: bool
    over_water: bool


def scene(here: Ways, place: LonLat, *, at_sea: bool, posts: Sequence[LonLat]) -> Scene:
    """Return the scene at a place; `posts` are the stations of the land units."""
    return Scene(place, at_sea, at_sea or not _shares_island(here, place, posts))


def _shares_island(here: Ways, place: LonLat, posts: Sequence[LonLat]) -> bool:
    try:
        wanted = here.land.island(place)
    except NotOnLand:
        return False
    for post in dict.fromkeys(posts):
        try:
            if here.land.island(post) == wanted:
                return True
        except NotOnLand:
            continue
    return False


class Journeys:
    """The ways of many units to one scene, worked out together; call it with a unit's state.

    Calling raises `geo.errors.Unreachable` for a unit that has no way there.
    """

    def __init__(
        self,
        here: Ways,
        city: City,
        at: Scene,
        stations: dict[str, Station],
        now: datetime,
        weather: Weather | None = None,
    ) -> None:
        """Ask about the scene; `now` decides on the turnout by day or by night."""
        self.scene = at
        self.meeting: Rendezvous | None = None
        self.evacuation: Evacuation | None = None
        self._here, self._city, self._stations = here, city, stations
        self._wind = weather.wind if weather is not None else (None, 0.0)
        self._is_day = city.is_day(now.astimezone(city.timezone).hour)
        self._water: dict[LonLat, WaterPath | Unreachable] = {}
        self._drives: dict[tuple[LonLat, Vehicle], Drive | Unreachable] = {}
        self._to_pier: dict[tuple[str, LonLat, Vehicle], Drive | Unreachable] = {}
        self._launches: list[Rendezvous] = []
        self._landing = at.place
        self._no_boat: Unreachable = DifferentIslands()

    def prepare(
        self, states: Sequence[UnitState], boats: Sequence[UnitState], teams: Sequence[UnitState]
    ) -> None:
        """Work out the ways of `states` together, and over which pier a casualty at sea comes to hospital.

        boats, teams: those of them that could bring a casualty to a pier, and on to a hospital.
        """
        piers = []
        if self.scene.over_water:
            piers = sorted(
                (s for s in self._stations.values() if s.kind in SEA_STATION_KINDS), key=lambda s: s.code
            )
        sailing = [s.position for s in states if s.unit.mode is Mode.SEA]
        self._water = self._by_water(list(dict.fromkeys([*(pier.position for pier in piers), *sailing])))
        for pier in piers:
            path = self._water[pier.position]
            if isinstance(path, WaterPath):
                self._launches.append(Rendezvous(pier, path.reversed()))
            elif not self._launches:
                self._no_boat = path
        vehicles = [s for s in states if s.unit.mode is Mode.LAND]
        if not self.scene.over_water:
            self._drives = self._ask(self.scene.place, vehicles)
            return
        carriers = [s for s in vehicles if s.unit.sail_kmh is not None]
        for meeting in self._launches:
            self._learn(meeting, [*carriers, *teams])
        chosen = best_pier(
            self._here,
            self._city,
            self._launches,
            self._crews(boats, self),
            {m.pier.code: self._crews(teams, partial(self._to, m)) for m in self._launches},
            sorted((s for s in self._stations.values() if s.receives), key=lambda s: s.code),
        )
        if chosen is not None:
            self.meeting, self.evacuation = chosen
            self._learn(self.meeting, vehicles)

    def __call__(self, state: UnitState) -> Reach:
        """Return the way of a unit. Raises Unreachable."""
        unit = state.unit
        if state.status is UnitStatus.ON_SCENE:
            here = (self.scene.place, self.scene.place)
            return Reach((leg(_MODES[unit.mode], 0.0, 0.0, "geodesic", here),), 0.0, self._here.spread)
        if unit.mode is Mode.AIR:
            return self._reach(state, self._flight(state))
        if unit.mode is Mode.SEA:
            return self._reach(state, self._sail(state))
        if unit.mode is Mode.FOOT:
            self._here.land.require_dry_line(state.position, self.scene.place)
            way = rough_drive(
                state.position, self.scene.place, unit.cruise_kmh, detour=self._here.detour,
                spread=self._here.spread,
            )  # fmt: skip
            return self._reach(state, (replace(way, mode="foot"),))
        if not self.scene.over_water:
            return self._reach(state, _require(self._drives[state.position, _vehicle(unit)]))
        if unit.sail_kmh is not None:
            return self._with_boat(state)
        if self.meeting is None:
            raise self._no_boat
        return self._to(self.meeting, state)

    # --- kinds of ways --------------------------------------------------------------------------

    def _flight(self, state: UnitState) -> Drive:
        unit, base = state.unit, self._stations[state.unit.station].position
        spread = self._here.spread
        out = air_leg(state.position, self.scene.place, unit.cruise_kn, *self._wind, spread=spread)
        if unit.endurance_s is not None:
            home = air_leg(self.scene.place, base, unit.cruise_kn, *self._wind, spread=spread)
            # Late is what must not happen in the air: the far end of the range decides.
            self._require_endurance(unit, out.high_s + home.high_s)
        return (out,)

    def _sail(self, state: UnitState) -> Drive:
        unit, path = state.unit, self._water[state.position]
        if isinstance(path, Unreachable):
            raise path
        sail = sea_leg(path.reversed(), unit.cruise_kn, spread=self._here.spread)
        if unit.endurance_s is not None:
            self._require_endurance(unit, 2 * sail.high_s)
        return (sail, *self._ashore())

    def _ashore(self) -> Drive:
        """Return the walk from the boat to a place on land; none at sea."""
        if self.scene.at_sea or self._landing == self.scene.place:
            return ()
        return (walk_leg(self._landing, self.scene.place, self._city.walk_kmh, spread=self._here.spread),)

    def _with_boat(self, state: UnitState) -> Reach:
        """Return the way over the pier from which the carried boat is there soonest."""
        unit, options = state.unit, []
        spread = self._here.spread
        for meeting in self._launches:
            drive = self._to_pier[meeting.pier.code, state.position, _vehicle(unit)]
            if isinstance(drive, Unreachable):
                continue
            out = meeting.path
            launch = launch_leg(meeting.pier.position, out.coords[0], float(unit.launch_s), spread=spread)
            sail = sea_leg(out, unit.sail_kn or unit.cruise_kn, spread=spread)
            way = self._reach(state, (*drive, launch, sail, *self._ashore()))
            options.append((way.eta_s, meeting.pier.code, way))
        if not options:
            raise self._no_boat
        return min(options, key=lambda option: option[:2])[2]

    def _to(self, meeting: Rendezvous, state: UnitState) -> Reach:
        return self._reach(
            state, _require(self._to_pier[meeting.pier.code, state.position, _vehicle(state.unit)])
        )

    def _require_endurance(self, unit: Unit, under_way_s: float) -> None:
        needed_s = under_way_s + self._city.scene_reserve_s
        if unit.endurance_s is not None and needed_s > unit.endurance_s:
            raise BeyondEndurance(needed_min=round(needed_s / 60), endurance_min=round(unit.endurance_s / 60))

    def _by_water(self, places: Sequence[LonLat]) -> dict[LonLat, WaterPath | Unreachable]:
        """Return the ways from the scene to each place, as seen from the scene.

        On another island people walk from where a boat can land, as far as they walk from a road.
        """
        limit_m = SNAP_LIMIT_M
        if self.scene.over_water and not self.scene.at_sea:
            limit_m = max(SNAP_LIMIT_M, self._city.walk_limit_m)
        try:
            self._landing = self._here.water.landing(self.scene.place, limit_m)
        except Unreachable as refused:
            return dict.fromkeys(places, refused)
        return dict(zip(places, self._here.water.from_one(self._landing, places), strict=True))

    # --- asking together ------------------------------------------------------------------------

    def _ask(
        self, target: LonLat, vehicles: Sequence[UnitState]
    ) -> dict[tuple[LonLat, Vehicle], Drive | Unreachable]:
        asked = list(dict.fromkeys((s.position, _vehicle(s.unit)) for s in vehicles))
        return dict(zip(asked, self._here.drives(target, asked), strict=True))

    def _learn(self, meeting: Rendezvous, vehicles: Sequence[UnitState]) -> None:
        code = meeting.pier.code
        unknown = [s for s in vehicles if (code, s.position, _vehicle(s.unit)) not in self._to_pier]
        for (position, vehicle), drive in self._ask(meeting.pier.position, unknown).items():
            self._to_pier[code, position, vehicle] = drive

    def _crews(self, states: Sequence[UnitState], cost: Callable[[UnitState], Reach]) -> list[Crew]:
        crews = []
        for state in states:
            try:
                crews.append(Crew(state.unit, cost(state)))
            except Unreachable:
                continue
        return crews

    def _reach(self, state: UnitState, legs: tuple[Leg, ...]) -> Reach:
        turnout_s = state.turnout_left_s(is_day=self._is_day)
        return Reach(legs, turnout_s, self._here.spread, _is_somewhere_else(state))


_MODES: dict[Mode, LegMode] = {
    Mode.LAND: "land",
    Mode.SEA: "sea",
    Mode.AIR: "air",
    Mode.FOOT: "foot",
}


def _is_somewhere_else(state: UnitState) -> bool:
    """Whether a unit is under way without a position: counting from its station is then a guess."""
    return state.fix_age_s is None and state.status in (UnitStatus.RETURNING, UnitStatus.EN_ROUTE)


def _vehicle(unit: Unit) -> Vehicle:
    return Vehicle(unit.kind, unit.cruise_kmh)


def _require(drive: Drive | Unreachable) -> Drive:
    if isinstance(drive, Unreachable):
        raise drive
    return drive
