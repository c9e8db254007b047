"""A thousand units that each report once a second, while many read: what is lost, how late, at what cost.

The server is the real one, started as `streamlit run app.py`. Units drive along real ways of the suggestion
engine. The simulator runs in a process of its own, so that its own work is not counted as the server's.
"""

import asyncio
import itertools
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import duckdb
import httpx

from benchmarks.machine import Figure, free_port
from benchmarks.sessions import Watched, screens
from domain.case import Actor
from domain.scopes import Scope
from domain.words import Role
from geo.points import LonLat, along
from services import registry, tokens
from services.center import Center, Settings, close_center, open_center
from services.suggestion import suggest_at

ROOT = Path(__file__).resolve().parents[1]
UNITS = 1000
READERS = 30
READ_EVERY_S = 2.0
SCREENS = 20
CONNECTIONS = 50
STEPS, STEP_M = 400, 8.0
"""Points of a way and metres between them: a unit that reports each second moves at 16 knots."""
PLACES = (LonLat(117.69, 3.335), LonLat(117.587, 3.317), LonLat(117.66, 3.27), LonLat(117.54, 3.44))


@dataclass(frozen=True)
class Number:
    """One figure and the most that it may be."""

    name: str
    value: float
    unit: str
    limit: float | None

    @property
    def held(self) -> bool:
        """Whether the figure is within its limit."""
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"  limit {self.limit:g} {self.unit}: "
        verdict = "" if self.limit is None else ("held" if self.held else "MISSED")
        return f"{self.name:<58} {self.value:10.3f} {self.unit}{limit}{verdict}"


@dataclass
class Seen:
    """What the simulator measured."""

    sent: int = 0
    refused: int = 0
    failed: int = 0
    late_s: list[float] = field(default_factory=list)
    read_s: list[float] = field(default_factory=list)
    unchanged: int = 0
    watched: Watched = field(default_factory=Watched)


def run(folder: Path, seconds: int) -> bool:
    """Measure for so many seconds; return whether the limits held."""
    print(f"\nLive: {UNITS} units, one position a second each, {seconds} s, {READERS} readers every 2 s")
    settings = Settings(folder / "var", folder / "var" / "demo" / "sigap.duckdb", demo=True)
    units, ways, token = _prepare(settings)
    port = free_port()
    environment = {
        **os.environ,
        "SIGAP_VAR": str(settings.var_dir),
        "SIGAP_DEMO": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(port)
        quiet = _answered(port, token, units)
        answers: multiprocessing.Queue[Seen] = multiprocessing.Queue()
        work = multiprocessing.Process(target=_simulate, args=(port, token, units, ways, seconds, answers))
        work.start()
        cpu, memory = _watch(server.pid, seconds)
        seen = answers.get(timeout=seconds + 120)
        work.join()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
    stored = _stored(settings.db_path)
    return _report(seen, stored - quiet.stored, cpu, memory, seconds) and quiet.figure.held


@dataclass
class Quiet:
    """The live map asked for by one reader while nobody else asks: its figure, and what was stored for it."""

    figure: Figure
    stored: int


def _answered(port: int, token: str, units: list[str]) -> Quiet:
    """Time `live.geojson` with every unit in it, each time after one has moved; and see that 304 comes."""
    headers = {"Authorization": f"Bearer {token}"}
    rounds = 30
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:

        def report(codes: list[str], step: int) -> None:
            at = datetime.now(UTC).isoformat()
            told = [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [117.6 + 1e-5 * step, 3.26]},
                    "properties": {"unit_code": code, "reported_at": at},
                }
                for code in codes
            ]
            answer = client.post("/api/v1/positions", json={"type": "FeatureCollection", "features": told})
            answer.raise_for_status()

        report(units, 0)
        times = []
        for step in range(1, rounds + 1):
            report(units[step : step + 1], step)
            time.sleep(0.6)  # until the picture that is kept for half a second is over
            started = time.perf_counter()
            answer = client.get("/api/v1/live.geojson")
            times.append(1000 * (time.perf_counter() - started))
            if step == rounds:
                again = client.get("/api/v1/live.geojson", headers={"If-None-Match": answer.headers["etag"]})
                print(f"  the same picture asked for again: {again.status_code}")
    figure = Figure(f"live.geojson with {len(units)} units, one moved", times, 25.0)
    print(f"  {figure}")
    return Quiet(figure, len(units) + rounds)


def _prepare(settings: Settings) -> tuple[list[str], list[list[tuple[float, float]]], str]:
    """Make a registry of `UNITS` units and a token; return their codes, their ways (WGS 84), the token."""
    _more_units(open_center(settings))
    close_center()
    center = open_center(settings)
    codes = sorted(registry.units(center))
    lines = []
    for place, kind in itertools.product(PLACES, ("S-MOB", "L-RTA", "A-OFF")):
        found = suggest_at(center, datetime.now(UTC), place, kind).suggestion
        for candidate in found.candidates:
            leg = max(candidate.reach.legs, key=lambda one: one.distance_m)
            steps = [along(leg.geometry, min(1.0, STEP_M * k / leg.distance_m)) for k in range(STEPS)]
            lines.append([(point.lon, point.lat) for point in steps])
    admin = Actor("Bench", Role.ADMIN)
    token = tokens.make(center, datetime.now(UTC), admin, "bench", frozenset(Scope)).text
    close_center()
    return codes, lines, token


def _more_units(center: Center) -> None:
    from database import registry as store

    rows = {entry.code: entry.row for entry in registry.entries(center, "unit")}
    with center.db.write() as writer:
        for n in range(UNITS - len(rows)):
            row = rows[sorted(rows)[n % len(rows)]]
            code = f"{row['unit_code']}-{n:04d}"
            store.put(writer, store.Entry("unit", code, 1, None, {**row, "unit_code": code}))


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _simulate(
    port: int,
    token: str,
    units: list[str],
    ways: list[list[tuple[float, float]]],
    seconds: int,
    answers: "multiprocessing.Queue[Seen]",
) -> None:
    seen = Seen()
    asyncio.run(_fleet(port, token, units, ways, seconds, seen))
    answers.put(seen)


async def _fleet(
    port: int,
    token: str,
    units: list[str],
    ways: list[list[tuple[float, float]]],
    seconds: int,
    seen: Seen,
    *,
    with_screens: bool = True,
) -> None:
    """Send each unit's positions at its own moment of every second; read live map and boards meanwhile."""
    end = time.monotonic() + seconds
    last: dict[str, tuple[float, int]] = {}
    spots = asyncio.Semaphore(CONNECTIONS)
    pool = [_Line(port, token) for _ in range(CONNECTIONS)]
    free: asyncio.Queue[_Line] = asyncio.Queue()
    for line in pool:
        free.put_nowait(line)

    async def unit(n: int, code: str) -> None:
        way, step = ways[n % len(ways)], random.randrange(STEPS)
        await asyncio.sleep(n / len(units))
        due = time.monotonic()
        while time.monotonic() < end:
            lon, lat = way[_there_and_back(step)]
            step += 1
            at = datetime.now(UTC)
            body = json.dumps(
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [lon, lat]},
                    "properties": {
                        "unit_code": code,
                        "reported_at": at.isoformat(),
                        "speed_kn": 16,
                        "accuracy_m": 8,
                    },
                }
            ).encode()
            async with spots:
                line = await free.get()
                status = await line.post(body)
                free.put_nowait(line)
            seen.sent += 1
            seen.refused += status == 422
            seen.failed += status not in (200, 422)
            last[code] = time.monotonic(), int(at.timestamp() * 1000)
            due += 1
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def reader(n: int) -> None:
        tag = ""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await asyncio.sleep(2 + n * READ_EVERY_S / READERS)
            while time.monotonic() < end:
                before = dict(last) if n == 0 else {}
                started = time.monotonic()
                answer = await client.get(
                    "/api/v1/live.geojson",
                    headers={"Authorization": f"Bearer {token}", **({"If-None-Match": tag} if tag else {})},
                )
                seen.read_s.append(time.monotonic() - started)
                seen.unchanged += answer.status_code == 304
                tag = answer.headers.get("etag", "")
                if n == 0 and answer.status_code == 200:
                    _lateness(seen, answer.json(), before, started)
                await asyncio.sleep(max(0.0, READ_EVERY_S - (time.monotonic() - started)))

    await asyncio.gather(
        *(unit(n, code) for n, code in enumerate(units)),
        *(reader(n) for n in range(READERS if with_screens else 0)),
        *([screens(port, SCREENS, end, token, seen.watched)] if with_screens else []),
    )


def _there_and_back(step: int) -> int:
    """Return the point of a way after so many seconds, to its end and back again."""
    last = STEPS - 1
    return step % last if (step // last) % 2 == 0 else last - step % last


def _lateness(
    seen: Seen,
    picture: dict[str, list[dict[str, dict[str, object]]]],
    sent: dict[str, tuple[float, int]],
    at: float,
) -> None:
    """Note for each unit how old the newest position was that it had sent and the picture did not show."""
    shown = {
        str(one["properties"]["unit_code"]): one["properties"]["reported_ms"]
        for one in picture["features"]
        if one["properties"]["kind"] == "unit"
    }
    for code, (when, reported_ms) in sent.items():
        if shown.get(code) is None or int(str(shown[code])) < reported_ms:
            seen.late_s.append(at - when)
        else:
            seen.late_s.append(0.0)


class _Line:
    """One kept HTTP connection, written by hand: the simulator must cost less than what it measures."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = (
            f"POST /api/v1/positions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        try:
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in answer.split("\r\n")
                if line.lower().startswith("content-length")
            )
            await reader.readexactly(length)
        except (asyncio.IncompleteReadError, StopIteration, ConnectionError):
            self._streams = None
            return 0
        return int(answer.split(" ", 2)[1])


def _watch(pid: int, seconds: int) -> tuple[float, list[int]]:
    """Return the share of one core that the server took, and its memory (bytes) each second."""
    tick = os.sysconf("SC_CLK_TCK")

    def used() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / tick

    started, first = time.monotonic(), used()
    memory = []
    while time.monotonic() - started < seconds:
        time.sleep(1)
        memory.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    return (used() - first) / (time.monotonic() - started), memory


def _stored(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as file:
        row = file.execute("SELECT count(*) FROM position").fetchone()
    return int(row[0]) if row else 0


def _p99(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] if ordered else float("nan")


def _report(seen: Seen, stored: int, cpu: float, memory: list[int], seconds: int) -> bool:
    taken = seen.sent - seen.refused - seen.failed
    minute = 60 if seconds >= 240 else max(1, seconds // 5)
    second, last = memory[minute : 2 * minute] or memory, memory[-minute:]
    growth = median(last) / median(second)
    figures = [
        Number("positions sent", seen.sent, "", None),
        Number("lost (taken, not in the history)", taken - stored, "", 0),
        Number("failed requests", seen.failed, "", 0),
        Number("POST to live.geojson, p99", _p99(seen.late_s), "s", 1.0),
        Number(f"a call to {SCREENS} open boards, p99", _p99(seen.watched.delays_s), "s", 3.0),
        Number("boards that never had a call", seen.watched.missing, "", 0),
        Number("live.geojson answered, p99", 1000 * _p99(seen.read_s), "ms", None),
        Number("live.geojson answered, median", 1000 * median(seen.read_s), "ms", None),
        Number("server, share of one core", cpu, "", 1.0),
        Number("memory, last minute : second minute", growth, "", 1.1),
        Number("memory at the end", memory[-1] / 1e6, "MB", None),
    ]
    for figure in figures:
        print(figure)
    return all(figure.held for figure in figures)
