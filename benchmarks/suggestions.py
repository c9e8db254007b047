"""How long a whole suggestion takes, coverage included, in a city of 200 and of 2,000 units."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event

import shapely

from benchmarks import filling, fleet
from benchmarks.machine import timed
from benchmarks.roads import JUNCTIONS, synthetic
from domain.words import Domain
from geo.layers import POLYGONS, load_features
from geo.points import LonLat, Projector
from geo.road_network import write_roads
from services import registry, warm
from services.center import Center, Settings, close_center, open_center
from services.roads import network_path
from services.suggestion import Suggested, suggest_at
from services.ways import Ways, ways

SIZES = ((200, 60, 50.0), (2_000, 300, 150.0))
"""Units, stations, limit of the 95th percentile in ms."""
INCIDENTS = (("L-FIR2", Domain.LAND), ("S-CAP", Domain.SEA), ("A-OFF", Domain.AIR))
RUNS = 60


def run(folder: Path) -> bool:
    """Measure every size without and with a road network; return whether the limits were held."""
    held = []
    for units, stations, limit_ms in SIZES:
        with _opened(folder / str(units)) as center:
            print(f"\nSuggestion: {fleet.enlarge(center, units, stations)}")
            for roads in (False, True):
                if roads:
                    draw_roads(center)
                print("  with the SYNTHETIC roads" if roads else "  without a road network (estimates)")
                held += _measure(center, limit_ms)
            held.append(filling.beside_milp(_asked(center, 20)))
    return all(held)


@contextmanager
def _opened(folder: Path) -> Iterator[Center]:
    center = open_center(Settings(folder, folder / "sigap.duckdb"))
    try:
        yield center
    finally:
        close_center()


def draw_roads(center: Center) -> None:
    """Give a center the synthetic network of 20,000 junctions, as if it had been imported."""
    pack = center.pack
    city = shapely.union_all([one.geometry for one in load_features(pack.kelurahan_path, POLYGONS)])
    edges = synthetic(city, Projector(pack.city.epsg), JUNCTIONS)
    write_roads(network_path(center.settings), edges, "synthetic")


def places(center: Center, count: int, domain: Domain, draw: Random) -> list[LonLat]:
    """Return places of incidents: on land anywhere in the city, else anywhere at sea on the map."""
    if domain is Domain.LAND:
        return [fleet.on_land(center.pack, draw) for _ in range(count)]
    return at_sea(ways(center), count, draw)


def at_sea(here: Ways, count: int, draw: Random) -> list[LonLat]:
    """Return places in the navigable water, anywhere alike."""
    water = shapely.transform(here.water.water, here.projector.inverse_array)
    shapely.prepare(water)
    return [fleet.inside(water, draw) for _ in range(count)]


def _measure(center: Center, limit_ms: float) -> Iterator[bool]:
    warm.run(center, Event())  # as a server does after its start
    for code, domain in INCIDENTS:
        figure = timed(
            f"  {_name(center, code)}", RUNS, _suggesting(center, code, domain, RUNS + 2), limit_ms
        )
        print(figure)
        yield figure.held


def _name(center: Center, code: str) -> str:
    kind = registry.incident_type(center, code)
    plan = kind.at_alarm(kind.top_alarm)
    asked = sum(need.count for need in plan.required if need.capability is not None)
    return f"whole suggestion, {code} at alarm {kind.top_alarm}: {asked} places to fill"


def _suggesting(center: Center, code: str, domain: Domain, runs: int) -> Callable[[int], Suggested]:
    """Return what suggests for the n-th incident, each at a place of its own."""
    where = places(center, runs, domain, Random(7))
    alarm = registry.incident_type(center, code).top_alarm
    now = datetime.now(UTC)
    return lambda n: suggest_at(center, now, where[n], code, domain, alarm=alarm)


def _asked(center: Center, count: int) -> list[filling.Problem]:
    """Return the plans of the measured kinds and who could go, as the suggestion had them."""
    problems = []
    for code, domain in INCIDENTS:
        kind = registry.incident_type(center, code)
        suggesting = _suggesting(center, code, domain, count // len(INCIDENTS) + 1)
        for n in range(count // len(INCIDENTS) + 1):
            problems.append(filling.problem(kind.at_alarm(kind.top_alarm), suggesting(n).suggestion))
    return problems
