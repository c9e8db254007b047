"""The outbox against DKISP's reference receiver: how fast it drains, and what every kind of harm leaves.

The receiver is the real one in a process of its own, Sigap's sender too. Between them stands a proxy that
refuses, hangs, cuts, answers 500, loses answers and sends twice, at random. The sender is killed with -9
again and again. At the end DKISP must hold what we sent: nothing missing, nothing twice, nothing else.
"""

import asyncio
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.many import script
from database import cases
from database import outbox as store
from domain.case import Actor, Case
from domain.outbox import SendState
from domain.permissions import Action
from domain.words import CaseStatus, Role
from services import dkisp, outbox
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import rehearse

ROOT = Path(__file__).resolve().parents[1]
KEY = "kunci-ukur-" + "0" * 30
BATCH = 250
_MAKER = Actor("UKUR", Role.ADMIN)
_ANSWERS = ("well", "refuse", "hang", "cut", "500", "lost", "twice")
_WEIGHTS = (55, 10, 4, 10, 8, 7, 6)
_CHILD = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path
from domain import outbox as rules
from export import dkisp as client
from services import delivery, outbox
from services.center import Settings, open_center
client.TOTAL_S, rules.FIRST_WAIT_S, rules.LONGEST_WAIT_S = (float(one) for one in sys.argv[3:6])
center = open_center(Settings(Path(sys.argv[1]), Path(sys.argv[2])))
stop = threading.Event()

def watch():
    while not stop.wait(0.25):
        counts = outbox.counts(center, datetime.now(UTC))
        if not counts.queued and not counts.dropped:
            Path(sys.argv[1], "done").write_text(str(counts.receipted))
            return

threading.Thread(target=watch, daemon=True).start()
print("ready", flush=True)
delivery.run(center, stop)
"""


def records(center: Center, count: int) -> int:
    """Queue so many registered cases: one carried by the services, the others its copies; return how many.

    Each copy has an id, numbers, one event and an outbox entry of its own.
    """
    now = datetime.now(UTC) - timedelta(hours=3)
    first = rehearse(center, script(center, now, CaseStatus.REGISTERED)).case
    made = 1
    while made < count:
        with center.db.write() as writer:
            for n in range(made, min(made + BATCH, count)):
                copy = _copy(first, n)
                at = first.status_at + timedelta(seconds=n / 10)
                queued = outbox.enqueue(writer, center, replace(copy, delivery=None), at)
                cases.save(
                    writer,
                    None,
                    queued,
                    actor=_MAKER,
                    action=Action.REGISTER,
                    occurred_at=at,
                    entered_at=at,
                )
        made = min(made + BATCH, count)
    return made


def _copy(case: Case, n: int) -> Case:
    head, tail = case.case_id[:24], f"{n:012x}"
    return replace(
        case,
        case_id=head + tail,
        call_no=f"{case.call_no}-{n}",
        register_no=f"{case.register_no}-{n}",
        version=0,
    )


@contextmanager
def receiver(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the reference receiver; give its address and its database file."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = folder / "keys.toml"
    keys.write_text(f'sigap = "{KEY}"\n')
    command = [
        sys.executable,
        "-m",
        "export.receiver",
        "--port",
        "0",
        "--data",
        str(folder),
        "--keys",
        str(keys),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise RuntimeError("the receiver has no output")
        address = process.stdout.readline().strip()
        yield address, next(folder.glob("*.duckdb"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@dataclass
class Harm:
    """What the proxy did, by kind."""

    done: dict[str, int] = field(default_factory=dict)


@contextmanager
def proxy(target: str, seed: int, hang_s: float) -> Iterator[tuple[str, Harm]]:
    """Stand between sender and receiver and do harm at random; give the address to send to."""
    host, _, port = target.removeprefix("http://").partition(":")
    chance, harm, ready, loop = random.Random(seed), Harm(), threading.Event(), asyncio.new_event_loop()
    over = asyncio.Event()
    found: list[int] = []

    async def exchange(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()
            await writer.wait_closed()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _message(reader):
                manner = chance.choices(_ANSWERS, _WEIGHTS)[0]
                harm.done[manner] = harm.done.get(manner, 0) + 1
                if manner == "refuse":
                    return
                if manner == "hang":
                    await asyncio.sleep(hang_s)
                    return
                if manner == "500":
                    writer.write(b"HTTP/1.1 500 Uji\r\nContent-Length: 0\r\n\r\n")
                    continue
                answer = await exchange(request)
                if manner == "lost":
                    return
                if manner == "cut":
                    writer.write(answer[: len(answer) - 60])
                    await writer.drain()
                    return
                if manner == "twice":
                    answer = await exchange(request)
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()
        await over.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield f"http://127.0.0.1:{found[0]}", harm
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Return one HTTP message whole, or b"" when the other side is gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + (await reader.readexactly(length) if length else b"")


def point(settings: Settings, url: str) -> None:
    """Tell Sigap where DKISP receives."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / dkisp.FILE).write_text(f'url = "{url}"\nkey_id = "sigap"\nkey = "{KEY}"\n')


@dataclass(frozen=True)
class Pace:
    """How patient the sender is: an attempt, the first wait, the longest wait (s)."""

    total_s: float = 20.0
    first_s: float = 5.0
    longest_s: float = 900.0


def sender(settings: Settings, pace: Pace) -> "subprocess.Popen[str]":
    """Start a sender on a database; it says when it is ready."""
    numbers = (str(one) for one in (pace.total_s, pace.first_s, pace.longest_s))
    command = [sys.executable, "-c", _CHILD, str(settings.var_dir), str(settings.db_path), *numbers]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if process.stdout is None or process.stdout.readline().strip() != "ready":
        raise RuntimeError("the sender did not start")
    return process


def held(path: Path) -> dict[tuple[str, int], str]:
    """Return the digests that the receiver's database holds, by record and revision."""
    for _ in range(100):
        try:
            with duckdb.connect(str(path), read_only=True) as file:
                rows = file.execute("SELECT record_id, revision, digest FROM receipt").fetchall()
            return {(str(record_id), int(revision)): str(digest) for record_id, revision, digest in rows}
        except duckdb.IOException:
            time.sleep(0.1)
    raise RuntimeError("the receiver's database stays locked")


def sent(center: Center) -> tuple[dict[tuple[str, int], str], int]:
    """Return the digests that we sent, and how many of them have no receipt."""
    ours, open_ones = {}, 0
    for state in SendState:
        for one in store.in_state(center.db.read(), state, 1_000_000):
            ours[one.record_id, one.revision] = one.digest
            open_ones += one.receipt is None
    return ours, open_ones


def noted(center: Center) -> int:
    """Return how many open cases have their receipt noted."""
    row = center.db.read().row(
        "SELECT count(*) FROM case_open WHERE state->>'$.delivery.receipt_id' IS NOT NULL"
    )
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    records: int
    seconds: float
    kills: int
    harm: dict[str, int]
    missing: int
    extra: int
    different: int
    unreceipted: int
    not_noted: int

    @property
    def whole(self) -> bool:
        """Whether both sides hold the same, every receipt is stored and noted in its case."""
        return not any((self.missing, self.extra, self.different, self.unreceipted, self.not_noted))

    def __str__(self) -> str:
        harm = ", ".join(f"{kind} {n}" for kind, n in sorted(self.harm.items()))
        return (
            f"{self.records} records in {self.seconds:.1f} s ({self.records / self.seconds:.0f} a second), "
            f"{self.kills} kills; missing {self.missing}, unknown {self.extra}, different {self.different}, "
            f"without receipt {self.unreceipted}, not noted {self.not_noted}" + (f"; {harm}" if harm else "")
        )


def drain(
    folder: Path,
    count: int,
    *,
    seed: int | None = None,
    kills: int = 0,
    pace: Pace = Pace(),
    outage_s: float = 0,
) -> Outcome:
    """Queue records, send them all, and compare both sides.

    seed: of the proxy's harm; None: no proxy. kills: how often the sender is killed with -9 on the way.
    outage_s: so long nobody listens at first.
    """
    settings = Settings(folder / "var", folder / "var" / "sigap.duckdb")
    center = open_center(settings)
    made = records(center, count)
    close_center()
    harm: dict[str, int] = {}
    with receiver(folder / "dkisp") as (address, file):
        if outage_s:
            point(settings, "http://127.0.0.1:9")
            process = sender(settings, pace)
            time.sleep(outage_s)
            _kill(process)
        if seed is None:
            point(settings, address)
            seconds = _until_done(settings, pace, kills, random.Random(1))
        else:
            with proxy(address, seed, pace.total_s * 1.5) as (between, done):
                point(settings, between)
                seconds = _until_done(settings, pace, kills, random.Random(seed))
                harm = done.done
    theirs = held(file)
    center = open_center(settings)
    ours, unreceipted = sent(center)
    outcome = Outcome(
        made,
        seconds,
        kills,
        harm,
        len(ours.keys() - theirs.keys()),
        len(theirs.keys() - ours.keys()),
        sum(theirs[key] != digest for key, digest in ours.items() if key in theirs),
        unreceipted,
        made - noted(center),
    )
    close_center()
    return outcome


def _until_done(settings: Settings, pace: Pace, kills: int, chance: random.Random) -> float:
    """Send until every record has its receipt; return the seconds that senders ran."""
    ran = 0.0
    for kill in range(kills + 1):
        process = sender(settings, pace)
        started = time.monotonic()
        until = started + (chance.uniform(0.1, 1.5) if kill < kills else 3600)
        done = settings.var_dir / "done"
        while time.monotonic() < until and not _is_done(process, done):
            time.sleep(0.02)
        ran += time.monotonic() - started
        _kill(process)
    return ran


def _is_done(process: "subprocess.Popen[str]", done: Path) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the sender ended with {process.returncode}")
    return done.exists()


def _kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate(timeout=30)


def run(folder: Path) -> bool:
    """Measure; return whether the limits held."""
    print("\nDKISP: the outbox against the reference receiver on loopback")
    plain = drain(folder / "plain", 2_000)
    rate = plain.records / plain.seconds
    print(f"  plain    {plain}")
    print(f"  {'records a second':<40} {rate:8.0f}  limit 200: {'held' if rate >= 200 else 'MISSED'}")
    backlog = drain(folder / "backlog", 10_000, pace=Pace(first_s=1.0, longest_s=5.0), outage_s=10)
    print(f"  backlog  {backlog}")
    harmed = drain(folder / "harm", 10_000, seed=7, kills=40, pace=Pace(1.0, 0.05, 0.5))
    print(f"  harm     {harmed}")
    whole = plain.whole and backlog.whole and harmed.whole
    print(f"  {'both sides equal, nothing twice':<40} {'held' if whole else 'MISSED'}")
    return rate >= 200 and whole
