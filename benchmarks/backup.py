"""Backups measured: `python -m benchmarks.backup [--cases 100000] [--kills 5]`.

What a whole backup costs and what duty feels of it; how long a check and a restore take; how much a
standby lacks when the primary is killed under load (RPO), and how long until it answers (RTO).
"""

import argparse
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks import many
from benchmarks.machine import Figure, describe, free_port
from database.connection import Database
from domain.words import CaseStatus
from services import alarms, backup, backup_files, delivery, live, notify, restore, standby, workers
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import rehearse

ROOT = Path(__file__).resolve().parent.parent
QUIET_S = 20.0
START_LIMIT_S = 120.0


def configure(data: Path, folder: Path, public: str, every_s: int = 5) -> None:
    """Write `backup.toml` and make the folder."""
    data.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (data / "backup.toml").write_text(
        f'folder = "{folder}"\nrecipients = ["{public}"]\nsegments_every_s = {every_s}\n'
    )


def duty(center: Center, until: Callable[[], bool], told: Callable[[int], None] | None = None) -> list[float]:
    """Take reports, classify and verify them, one after the other; return the milliseconds of each."""
    took: list[float] = []
    while not until():
        start = perf_counter()
        rehearse(center, many.script(center, datetime.now(UTC) - timedelta(minutes=4), CaseStatus.VERIFIED))
        took.append((perf_counter() - start) * 1000)
        if told is not None:
            told(center.db.newest_event_seq())
        time.sleep(0.05)
    return took


def beside(center: Center, work: Callable[[], object] | None) -> Figure:
    """Return how long it takes to store a verified call while `work` runs; without it for `QUIET_S`."""
    done = threading.Event()
    found: list[float] = []
    writer = threading.Thread(target=lambda: found.extend(duty(center, done.is_set)))
    writer.start()
    if work is None:
        time.sleep(QUIET_S)
    else:
        work()
    done.set()
    writer.join()
    return Figure("a call taken, classified, verified ", found)


def whole(root: Path, closed: int, public: str, key: Path) -> list[str]:
    """Measure a whole backup, its check and its restore on a file with so many cases."""
    var, folder = root / "var", root / "folder"
    settings = Settings(var, var / "demo" / "sigap.duckdb", demo=True)
    configure(settings.data_dir, folder, public)
    counts = many.fill(open_center(settings), closed, 20)
    close_center()
    center = open_center(settings)
    lines = [f"file: {settings.db_path.stat().st_size / 1e6:.0f} MB, {counts}"]
    try:
        quiet = beside(center, None)
        keeper = backup.Keeper(center, lambda: datetime.now(UTC))

        def copy() -> None:
            keeper.look()
            keeper.settle()

        busy = beside(center, copy)
        keeper.look()
        now = backup.status(center)
        if now.trouble is not None:
            raise now.trouble
        label = now.newest
        if label is None:
            raise RuntimeError("no backup was made")
        lines += [
            f"whole backup                     {label.took_s:.1f} s, {label.size / 1e6:.1f} MB",
            f"call to VERIFIED, quiet          p50 {quiet.at(0.5):.0f} ms, p99 {quiet.at(0.99):.0f} ms, "
            f"max {max(quiet.times_ms):.0f} ms (n={len(quiet.times_ms)})",
            f"call to VERIFIED, beside backup  p50 {busy.at(0.5):.0f} ms, p99 {busy.at(0.99):.0f} ms, "
            f"max {max(busy.times_ms):.0f} ms (n={len(busy.times_ms)})",
        ]
        keeper.end()
    finally:
        close_center()
    identities = backup_files.read_identities(key)
    checked = backup.check(
        folder / f"{label.name}{backup_files.SEALED}", identities, lambda: datetime.now(UTC), root
    )
    lines.append(f"check by restoring               {checked.took_s:.1f} s, sound: {checked.sound}")
    start = perf_counter()
    other = root / "other"
    done = restore.restore(folder, identities, Settings(other, other / "sigap.duckdb"))
    lines.append(f"restore with segments            {perf_counter() - start:.1f} s, to event {done.seq}")
    return lines


def child(var: Path) -> None:
    """Be a primary under load: tell each newest event once it is stored."""
    center = open_center(Settings(var, var / "sigap.duckdb"))
    with workers.running(center, (live.run, alarms.run, notify.run, delivery.run, backup.run)):
        duty(center, lambda: False, lambda seq: _say(f"{seq} {time.time()}"))


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def kill(root: Path, n: int, public: str, key: Path) -> tuple[int, float, int, float, float]:
    """Kill a primary under load while a standby follows; promote it and start Sigap on it.

    Return events missing on the standby, seconds of work missing, acknowledged events missing on the
    primary's own disk, seconds of the promotion, and from the kill to the first answer of /api/v1/health.
    """
    var, folder, other = root / f"p{n}", root / f"f{n}", root / f"s{n}"
    configure(var, folder, public)
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.backup", "--child", str(var)], cwd=ROOT, stdout=subprocess.PIPE
    )
    identities = backup_files.read_identities(key)
    while not backup_files.labels(folder):
        time.sleep(0.2)
    follower, stop = standby.Follower(folder, identities, other), threading.Event()
    follower.look()
    following = threading.Thread(target=standby.follow, args=(follower, stop))
    following.start()
    acked: list[tuple[int, float]] = []
    until = time.time() + 17 + 1.7 * n
    rest = b""
    if process.stdout is None:
        raise RuntimeError("the primary says nothing")
    while time.time() < until:
        if select.select([process.stdout], [], [], 0.2)[0]:
            rest += os.read(process.stdout.fileno(), 65_536)
            *lines, rest = rest.split(b"\n")
            acked += [(int(one.split()[0]), float(one.split()[1])) for one in lines]
    os.kill(process.pid, signal.SIGKILL)
    killed_at = time.time()
    process.wait()
    process.stdout.close()
    stop.set()
    following.join()
    follower.close()
    promoted = standby.promote(folder, identities, other, datetime.now(UTC))
    answered_s = _start(other, killed_at)
    own = Database.open(var / "sigap.duckdb")
    lost = max(0, acked[-1][0] - own.newest_event_seq())
    own.close()
    reached = [at for seq, at in acked if seq <= promoted.seq]
    missing_s = killed_at - (reached[-1] if reached else acked[0][1])
    return max(0, acked[-1][0] - promoted.seq), missing_s, lost, promoted.took_s, answered_s


def _start(var: Path, since: float) -> float:
    """Start Sigap on a promoted folder; return the seconds since `since` until health answers; end it."""
    port = free_port()
    environment = {**os.environ, "SIGAP_VAR": str(var), "SIGAP_DEMO": "0", "SIGAP_DB": ""}
    command = [str(Path(sys.executable).parent / "streamlit"), "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while time.time() - since < START_LIMIT_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/health", timeout=2) as answer:
                    if answer.status == 200:
                        return time.time() - since
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError("the promoted standby does not answer")
    finally:
        server.terminate()
        server.wait(30)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backup", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child is not None:
        child(asked.child)
        return 0
    print(describe(), flush=True)
    with tempfile.TemporaryDirectory(prefix="sigap-bench-") as folder:
        root = Path(folder)
        key, public = backup.make_keys(root / "key")
        if asked.cases:
            print("\n".join(whole(root, asked.cases, public, key)), flush=True)
        if asked.kills:
            print("kill -9 under load, standby promoted (segments every 5 s):")
            print("  n | events missing | work missing | acked lost on own disk | promote | kill to health")
        for n in range(asked.kills):
            events, missing_s, lost, promote_s, answered_s = kill(root, n, public, key)
            print(
                f"  {n + 1} | {events:14d} | {missing_s:10.1f} s | {lost:22d} | {promote_s:5.1f} s | "
                f"{answered_s:8.1f} s   load {os.getloadavg()[0]:.1f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
