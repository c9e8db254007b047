"""How much memory all graphs take, and how soon Sigap suggests after a start with warm caches.

Each is measured in a process of its own. `python -m benchmarks.start FOLDER graphs|suggest` is that process.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter

from benchmarks import fleet
from benchmarks.suggestions import draw_roads
from domain.words import Mode
from geo.roads import Vehicle
from services import registry
from services.center import Center, Settings, close_center, open_center
from services.coverage import coverage
from services.suggestion import suggest_at
from services.ways import ways

MEMORY_LIMIT_MB = 500.0
START_LIMIT_S = 5.0
ROOT = Path(__file__).resolve().parent.parent


def run(folder: Path) -> bool:
    """Fill the caches once, then measure fresh processes; return whether the limits were held."""
    center = open_center(_settings(folder))
    draw_roads(center)
    ways(center)
    close_center()
    print("\nStart with warm caches, SYNTHETIC roads")
    graphs_mb = float(_process(folder, "graphs"))
    started, processor = perf_counter(), os.times()
    ready_s = float(_process(folder, "suggest"))
    whole_s, after = perf_counter() - started, os.times()
    busy_s = after.children_user + after.children_system - processor.children_user - processor.children_system
    small, quick = graphs_mb <= MEMORY_LIMIT_MB, whole_s <= START_LIMIT_S
    print(
        "  memory of all graphs (growth of the process: water, roads with every vehicle of the city, "
        f"coverage) {graphs_mb:.0f} MB (limit {MEMORY_LIMIT_MB:.0f} MB: {'held' if small else 'MISSED'})"
    )
    print(
        f"  from starting Python to the first suggestion {whole_s:.1f} s, of it {ready_s:.1f} s after the "
        f"imports, {busy_s:.1f} s of processor time (limit {START_LIMIT_S:.0f} s: "
        f"{'held' if quick else 'MISSED'})"
    )
    return small and quick


def _settings(folder: Path) -> Settings:
    return Settings(folder, folder / "sigap.duckdb")


def _process(folder: Path, what: str) -> str:
    command = [sys.executable, "-m", "benchmarks.start", str(folder), what]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-1]


def _graphs_mb(center: Center) -> float:
    """Load everything that is kept, and return by how much the process has grown."""
    before = _resident_mb()
    here, now = ways(center), datetime.now(UTC)
    states = registry.unit_states(center, now)
    coverage(center, now, states)
    place = fleet.on_land(center.pack, Random(3))
    kinds = {(s.unit.kind, s.unit.cruise_kmh) for s in states if s.unit.mode is Mode.LAND}
    for kind, cruise_kmh in kinds:
        here.drives(place, [(state.position, Vehicle(kind, cruise_kmh)) for state in states])
    return _resident_mb() - before


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Be the process that is measured, and print its figure."""
    started = perf_counter()
    center = open_center(_settings(Path(sys.argv[1])))
    if sys.argv[2] == "graphs":
        print(_graphs_mb(center))
    else:
        suggest_at(center, datetime.now(UTC), fleet.on_land(center.pack, Random(5)), "L-FIR2", alarm=2)
        print(perf_counter() - started)
    close_center()
    return 0


if __name__ == "__main__":
    sys.exit(main())
