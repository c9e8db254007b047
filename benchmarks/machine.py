"""What the figures were measured on, and how they are summed up."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from time import perf_counter, process_time

import duckdb
import streamlit

from services.center import VERSION


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Figure:
    """Milliseconds of many runs, and what the processor worked for them: without what others took away."""

    name: str
    times_ms: Sequence[float]
    limit_ms: float | None = None
    processor_ms: Sequence[float] = ()

    def at(self, share: float) -> float:
        """Return the time below which `share` of the runs lie."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]

    @property
    def held(self) -> bool:
        """Whether the 95th percentile lies within the limit."""
        return self.limit_ms is None or self.at(0.95) <= self.limit_ms

    def __str__(self) -> str:
        verdict = ""
        if self.processor_ms:
            ordered = sorted(self.processor_ms)
            last = ordered[round(0.95 * (len(ordered) - 1))]
            verdict = f"  (processor {ordered[len(ordered) // 2]:.2f}, {last:.2f})"
        if self.limit_ms is not None:
            verdict += f"  limit p95 {self.limit_ms:.0f} ms: {'held' if self.held else 'MISSED'}"
        return (
            f"{self.name:<58} n={len(self.times_ms):<5} median {self.at(0.5):8.2f} ms  "
            f"p95 {self.at(0.95):8.2f} ms  max {max(self.times_ms):8.2f} ms{verdict}"
        )


def timed(
    name: str,
    runs: int,
    action: Callable[[int], object],
    limit_ms: float | None = None,
    before: Callable[[int], object] = lambda _run: None,
) -> Figure:
    """Run `action(run number)` and return its times; `before` is run each time and not timed.

    The first two runs warm up and do not count.
    """
    times, busy = [], []
    for run in range(runs + 2):
        before(run)
        start, worked = perf_counter(), process_time()
        action(run)
        times.append((perf_counter() - start) * 1000)
        busy.append((process_time() - worked) * 1000)
    return Figure(name, times[2:], limit_ms, busy[2:])


def describe() -> str:
    """Return the machine, the versions and how busy it is."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else platform.processor() or model
    load = os.getloadavg()[0]
    return (
        f"Sigap {VERSION} · {platform.system()} {platform.machine()} · {os.cpu_count()} cores · {model} · "
        f"load {load:.1f}\nPython {platform.python_version()} · DuckDB {duckdb.__version__} · "
        f"Streamlit {streamlit.__version__}"
    )
