"""Thirty signed-in people at work for half an hour, beside a thousand units: `make soak`.

Real websockets into the real server (`streamlit run app.py`, with example people of a demonstration); each
session is signed in and does its role's work by the words on the screen (`benchmarks.desk`). Calls are taken,
decided, coordinated, sent out, reported and ended, as the procedure has it. Afterwards the trail is verified,
and every call that a screen acknowledged must be in it.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import duckdb

from benchmarks import machine
from benchmarks.desk import Actions, Desk, NotThere, ScreenFailed, at
from benchmarks.live import ROOT, UNITS, Number, Seen, _fleet, _prepare, _wait, _watch
from benchmarks.machine import free_port
from benchmarks.sessions import cookie
from services.center import Settings

SESSIONS = {"ani": 6, "budi": 12, "citra": 6, "eka": 4, "gita": 2}
"""Example person -> how many sessions: call takers, dispatchers, duty officers, supervisors, auditors."""
CALL_EVERY_S = 60.0
"""Fifty times what Tarakan takes on a busy day (30 calls, domain.md 2)."""
THINK_S = (2.0, 8.0)
LIMIT_S = 1.0
GROWTH = 1.15
PLACES = ("3.29008, 117.59081", "3.31700, 117.58700", "3.40000, 117.56000", "3.30500, 117.63000")
"""Latitude and longitude in the city, degrees."""


@dataclass
class Work:
    """What is handed from one role to the next, and what was acknowledged."""

    actions: Actions = field(default_factory=Actions)
    to_decide: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    to_send: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    to_watch: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    taken: set[str] = field(default_factory=set)
    finished: int = 0


async def _think() -> None:
    await asyncio.sleep(random.uniform(*THINK_S))


async def call_taker(desk: Desk, work: Work, n: int) -> None:
    """Take a call, write it down, propose its class; again and again."""
    await asyncio.sleep(n * CALL_EVERY_S)
    await desk.open("Penerimaan: buka", "penerimaan")
    started = time.monotonic()
    await desk.press("Penerimaan: terima panggilan", "Terima panggilan")
    case_id = desk.query.get("panggilan")
    if case_id is None:
        raise ScreenFailed(f"{desk.who}: no call in the address after one was taken")
    work.taken.add(case_id)
    for label, words in (
        ("Kronologi", "Uji beban: asap dari rumah"),
        ("Nomor panggil balik", f"08130000{random.randrange(10_000):04d}"),
        ("Nama pelapor", "Pelapor Uji"),
        ("Perkiraan korban", "1"),
        ("Koordinat", random.choice(PLACES)),
    ):
        await _think()
        await desk.fill(label, words)
    await desk.choose("Jenis kejadian", "L-RTA")
    await desk.press("Penerimaan: usulkan jenis", "Normal")
    work.to_decide.put_nowait(case_id)
    await asyncio.sleep(max(1.0, SESSIONS["ani"] * CALL_EVERY_S - (time.monotonic() - started)))


async def dispatcher(desk: Desk, work: Work, n: int) -> None:
    """Watch the board; the first few also decide and coordinate, and end what is done."""
    await desk.open("Pemantauan: buka", "")
    if n >= 4:
        await asyncio.sleep(random.uniform(60, 120))
        return
    queue = work.to_decide if n < 2 else work.to_watch
    try:
        case_id = await asyncio.wait_for(queue.get(), 120)
    except TimeoutError:
        return
    await desk.open("Kasus: buka", "kasus", f"kasus={case_id}")
    if n < 2:
        await _steps(
            desk,
            ("Kasus: tetapkan jenis", "Normal"),
            ("Kasus: teruskan", "Teruskan ke BPBD"),
            ("Kasus: teruskan", "Teruskan ke SAR"),
            ("Kasus: selesaikan verifikasi", "Selesaikan verifikasi"),
            ("Kasus: hubungi instansi", "Hubungi semua yang wajib"),
        )
        while desk.has("Menyanggupi"):
            await _think()
            await desk.press("Kasus: jawaban instansi", "Menyanggupi")
        await _steps(desk, ("Kasus: selesaikan koordinasi", "Selesaikan koordinasi"))
        work.to_send.put_nowait(case_id)
        return
    await desk.choose("Bagian kasus", "Unit")
    for verb in ("Berangkat", "Tiba"):
        await _each(desk, "Kasus: gerak unit", verb)
    await desk.choose("Bagian kasus", "Perkembangan")
    await desk.fill("Laporan situasi", "Uji beban: api dikuasai")
    await _steps(desk, ("Kasus: laporan situasi", "Catat laporan situasi"))
    await desk.choose("Bagian kasus", "Unit")
    await _each(desk, "Kasus: gerak unit", "Selesai bertugas")
    work.finished += 1


async def _each(desk: Desk, name: str, verb: str) -> None:
    for _ in range(20):
        if not desk.has(verb):
            return
        await _think()
        await desk.press(name, verb)


async def _steps(desk: Desk, *steps: tuple[str, str]) -> None:
    for name, label in steps:
        await _think()
        await desk.press(name, label)


async def duty_officer(desk: Desk, work: Work, n: int) -> None:
    """Choose units for a coordinated case and send them; the others look at Pengerahan."""
    await desk.open("Pengerahan: buka", "pengerahan")
    if n >= 2:
        await asyncio.sleep(random.uniform(60, 120))
        return
    try:
        case_id = await asyncio.wait_for(work.to_send.get(), 120)
    except TimeoutError:
        return
    await desk.open("Pengerahan: buka kasus", "pengerahan", f"kasus={case_id}")
    await _steps(desk, ("Pengerahan: usulkan", "Usulkan"))
    await _think()
    await desk.fill("Komandan Lapangan", "Kapten Uji")
    await _steps(desk, ("Pengerahan: komandan", "Tunjuk"), ("Pengerahan: kerahkan", "Setujui & kerahkan"))
    work.to_watch.put_nowait(case_id)


async def supervisor(desk: Desk, _work: Work, _n: int) -> None:
    """Read the figures, section by section."""
    for section in ("", "bagian=peta", "bagian=waktu", "bagian=langkah"):
        await desk.open("Pimpinan: buka bagian", "pimpinan", section)
        await asyncio.sleep(random.uniform(20, 40))


async def auditor(desk: Desk, _work: Work, _n: int) -> None:
    """Look at who may come in, and at what was sent."""
    for page in ("akses", "ekspor", "registri"):
        await desk.open(f"{page.capitalize()}: buka", page)
        await asyncio.sleep(random.uniform(20, 40))


ROLES: dict[str, Callable[[Desk, Work, int], Awaitable[None]]] = {
    "ani": call_taker,
    "budi": dispatcher,
    "citra": duty_officer,
    "eka": supervisor,
    "gita": auditor,
}


async def _seat(port: int, login: str, n: int, end: float, work: Work) -> None:
    """One person at one desk until the end; what goes wrong is kept, and the person begins again."""
    who = f"{login} {n}"
    # People come to their desks one after the other.
    await asyncio.sleep(random.uniform(0, min(60.0, max(0.0, (end - time.monotonic()) / 10))))
    while time.monotonic() < end:
        try:
            async with at(port, cookie(port, login), work.actions, who) as desk:
                while time.monotonic() < end:
                    await asyncio.wait_for(ROLES[login](desk, work, n), max(1.0, end - time.monotonic()))
        except TimeoutError:
            if time.monotonic() < end:
                work.actions.errors.append(f"{who}: no connection")
        except (ScreenFailed, NotThere, OSError) as failed:
            work.actions.errors.append(f"{who}: {type(failed).__name__}: {failed}")
            await asyncio.sleep(2)


async def _people(port: int, seconds: int, work: Work) -> None:
    end = time.monotonic() + seconds
    await asyncio.gather(
        *(_seat(port, login, n, end, work) for login, count in SESSIONS.items() for n in range(count))
    )


def _units(
    port: int, token: str, units: list[str], ways: list[list[tuple[float, float]]], seconds: int
) -> None:
    """Let the thousand units report, in a process of their own."""
    asyncio.run(_fleet(port, token, units, ways, seconds, Seen(), with_screens=False))


def run(folder: Path, seconds: int) -> bool:
    """Work for so many seconds; print the table; return whether every limit was held."""
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
    answers: multiprocessing.Queue[Work] = multiprocessing.Queue()
    try:
        _wait(port)
        fleet = multiprocessing.Process(target=_units, args=(port, token, units, ways, seconds))
        people = multiprocessing.Process(target=_work, args=(port, seconds, answers))
        fleet.start()
        people.start()
        cpu, memory = _watch(server.pid, seconds)
        work = answers.get(timeout=300)
        fleet.join()
        people.join()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=120)
    return _report(settings, work, cpu, memory, folder / "server.log")


def _work(port: int, seconds: int, answers: "multiprocessing.Queue[Work]") -> None:
    work = Work()
    asyncio.run(_people(port, seconds, work))
    # Queues of a loop do not travel.
    told = Work(work.actions, None, None, None, work.taken, work.finished)  # type: ignore[arg-type]
    answers.put(told)


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else float("nan")


def _report(settings: Settings, work: Work, cpu: float, memory: list[int], log: Path) -> bool:
    failed = [line for line in log.read_text(errors="replace").splitlines() if '"level": "ERROR"' in line]
    with duckdb.connect(str(settings.db_path), read_only=True) as file:
        stored = {
            row[0]
            for row in file.execute(
                "SELECT case_id::VARCHAR FROM case_open UNION ALL SELECT case_id::VARCHAR FROM case_archive"
            ).fetchall()
        }
        count, newest = file.execute("SELECT count(*), max(seq) FROM event").fetchone() or (0, 0)
    verified = subprocess.run(
        [sys.executable, "-m", "services.verify", "--from", str(settings.db_path)], cwd=ROOT, check=False
    ).returncode
    print(f"{'action':<40} {'n':>6} {'median':>9} {'p95':>9} {'worst':>9}   limit {LIMIT_S:.0f} s (p95)")
    held = True
    for name, took in sorted(work.actions.took_s.items()):
        good = _p95(took) <= LIMIT_S
        held &= good
        print(
            f"{name:<40} {len(took):>6} {median(took):>7.3f} s {_p95(took):>7.3f} s {max(took):>7.3f} s   "
            f"{'held' if good else 'MISSED'}"
        )
    fifth = memory[240:300] or memory[len(memory) // 3 : len(memory) // 2]
    last = memory[-300:] if len(memory) > 600 else memory[-len(memory) // 4 :]
    figures = [
        Number("errors on screens", len(work.actions.errors), "", 0),
        Number("errors in the server's log", len(failed), "", 0),
        Number("calls acknowledged", len(work.taken), "", None),
        Number("acknowledged calls that are not stored", len(work.taken - stored), "", 0),
        Number("events without a gap (newest number - how many)", newest - count, "", 0),
        Number("the trail does not verify", verified, "", 0),
        Number("incidents carried to the end of their operation", work.finished, "", None),
        Number("memory, last five minutes : fifth minute", median(last) / median(fifth), "", GROWTH),
        Number("memory at the end", memory[-1] / 1e6, "MB", None),
        Number("server, share of one core", cpu, "", None),
    ]
    for figure in figures:
        print(figure)
    for words in [*dict.fromkeys(work.actions.errors)][:20]:
        print("  !", words)
    for line in failed[:5]:
        print("  !", line[:400])
    return held and all(figure.held for figure in figures)


def main() -> int:
    """Run `python -m benchmarks.soak [--seconds N]`; return 1 when a limit was missed."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=1800)
    options = parser.parse_args()
    print(machine.describe())
    sessions = sum(SESSIONS.values())
    print(f"{sessions} signed-in sessions, {UNITS} units reporting each second, {options.seconds} s")
    folder = Path(tempfile.mkdtemp(prefix="sigap-soak-"))
    try:
        return 0 if run(folder, options.seconds) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
