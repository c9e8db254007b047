"""How fast and in how much memory all cases become the bulk archive, read back by DuckDB.

The run is measured in a process of its own. `python -m benchmarks.archive FOLDER` is that process.
"""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from benchmarks import many
from services.archive import write_archive
from services.center import Center, Settings, close_center, open_center

LIMIT_S = 60.0
LIMIT_PER_S = 2_000
LIMIT_MB = 1_000.0
ROOT = Path(__file__).resolve().parent.parent

_PRIVATE = """
    INSERT OR REPLACE INTO case_private
    SELECT case_id,
        'Api besar dan asap tebal di rumah dekat pasar, dua orang masih di dalam, gang sempit nomor '
            || (hash(case_id) % 90) || '. ' || CASE WHEN hash(case_id) % 10 = 0
                THEN 'Saya ' || name || ', hubungi ' || number || '.' ELSE 'Tolong cepat.' END,
        name, number
    FROM (
        SELECT case_id, '0812' || lpad((hash(case_id) % 100000000)::VARCHAR, 8, '0') AS number,
            upper(translate(substr(md5(case_id::VARCHAR), 1, 9), '0123456789', 'ghijklmnop')) || ' '
            || upper(translate(substr(md5(case_id::VARCHAR), 20, 9), '0123456789', 'ghijklmnop')) AS name
        FROM case_archive
    )
"""
"""A caller of their own for every copy, named in every tenth report: masking costs what it costs at work."""


def run(folder: Path, closed: int) -> bool:
    """Fill a database, archive it in a fresh process; return whether the limits were held."""
    center = open_center(_settings(folder))
    many.fill(center, closed, 0)
    with center.db.write() as writer:
        writer.execute(_PRIVATE)
    close_center()
    command = [sys.executable, "-m", "benchmarks.archive", str(folder)]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    told = json.loads(answer.splitlines()[-1])
    cases, took_s, memory_mb = int(told["cases"]), float(told["seconds"]), float(told["memory_mb"])
    files = folder / "archive" / "**" / "*.parquet"
    rows = duckdb.sql(f"SELECT count(*), count(DISTINCT record_id) FROM read_parquet('{files}')").fetchall()
    size_mb = sum(path.stat().st_size for path in (folder / "archive").rglob("*.parquet")) / 1e6
    fast = cases / took_s >= LIMIT_PER_S
    soon = took_s <= LIMIT_S * cases / 100_000
    small = memory_mb <= LIMIT_MB
    whole = rows == [(cases, cases)]
    print(
        f"\nBulk archive, {cases:,} cases in {told['months']} months, {size_mb:.1f} MB of GeoParquet\n"
        f"  {cases / took_s:,.0f} cases/s (limit {LIMIT_PER_S:,}: {_verdict(fast)}), "
        f"{took_s:.1f} s (limit {LIMIT_S:.0f} s for 100,000: {_verdict(soon)}), "
        f"processor {told['processor_s']:.1f} s\n"
        f"  peak memory of the process {memory_mb:.0f} MB (limit {LIMIT_MB:.0f} MB: {_verdict(small)}), "
        f"before it began {told['before_mb']:.0f} MB\n"
        f"  DuckDB reads every case back once: {'yes' if whole else 'NO'}"
    )
    return fast and soon and small and whole


def _verdict(held: bool) -> str:
    return "held" if held else "MISSED"


def _settings(folder: Path) -> Settings:
    return Settings(folder, folder / "sigap.duckdb", demo=True)


def _measured(center: Center, folder: Path) -> dict[str, float]:
    before_mb = _peak_mb()
    started, worked = perf_counter(), _processor_s()
    done = write_archive(center, datetime.now(UTC), folder)
    return {
        "cases": done.cases,
        "months": done.months,
        "seconds": perf_counter() - started,
        "processor_s": _processor_s() - worked,
        "memory_mb": _peak_mb(),
        "before_mb": before_mb,
    }


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak_mb() -> float:
    """Return the highest resident size of this program; `ru_maxrss` would keep that of whoever started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def main() -> int:
    """Be the process that is measured, and print its figures."""
    folder = Path(sys.argv[1])
    center = open_center(_settings(folder))
    figures = _measured(center, folder / "archive")
    close_center()
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
