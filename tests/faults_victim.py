"""A process that is killed again and again while it stores, and what must hold of its file afterwards."""

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from database import cases, reads, units
from database import trail as chain
from database.codec import fold, to_json
from database.connection import Database
from database.reads import Filter

ROOT = Path(__file__).parents[1]
CHILD = ROOT / "tests" / "integration" / "crash_child.py"
PATIENCE_S = 60
Ack = tuple[str, int, str]
"""Case, version, and the digest of the case as it was acknowledged."""


Count = TypeVar("Count", int, Sequence[int])


def tries(few: Count, many: Count) -> Count:
    """Return how often, or at which numbers, a fault is tried: `few`, in `make faults` up to `many`.

    SIGAP_FAULTS is the share of `many`: 1 in `make faults` unless told.
    """
    share = float(os.environ.get("SIGAP_FAULTS") or 0)
    if not share:
        return few
    if isinstance(many, int):
        return max(1, round(many * share))
    return many[:: max(1, round(1 / share))]


def tell(fault: str, tried: int, acknowledged: int, lost: int, back: str) -> None:
    """Write a line of the table that `make faults` prints, where SIGAP_FAULTS_LOG names its file."""
    log = os.environ.get("SIGAP_FAULTS_LOG")
    if log:
        row = {"fault": fault, "tries": tried, "acknowledged": acknowledged, "lost": lost, "back": back}
        with Path(log).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


class Victim:
    """The process that forks children to be killed, and its pipe; `wrap` is a command to run it under."""

    def __init__(self, wrap: Sequence[str] = ()) -> None:
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        self.process = subprocess.Popen(
            [*wrap, sys.executable, str(CHILD)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._rest = b""

    def lines(self, seconds: float) -> Iterator[list[str]]:
        """Give the lines that come within so many seconds."""
        end, pipe = time.monotonic() + seconds, self.process.stdout.fileno()
        while True:
            while b"\n" in self._rest:
                line, self._rest = self._rest.split(b"\n", 1)
                yield line.decode().split()
            ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return
            chunk = os.read(pipe, 65_536)
            if not chunk:
                raise AssertionError("the child ended by itself; its error is in the captured output")
            self._rest += chunk

    def start(self, folder: Path, run: int, **options: object) -> int:
        """Let a child work; return its process number."""
        told = " ".join(f"{name}={value}" for name, value in options.items())
        self.process.stdin.write(f"{folder}\t{run}\t{told}\n".encode())
        self.process.stdin.flush()
        return int(next(self.lines(PATIENCE_S))[1])

    def crash(self, folder: Path, run: int, first_ack: bool, after_s: float, **options: object) -> list[Ack]:
        """Let a child work and kill it; return what it acknowledged.

        The moment is `after_s` seconds after its start, or after its first acknowledgement.
        """
        pid = self.start(folder, run, **options)
        heard = []
        if first_ack:
            heard.append(next(self.lines(PATIENCE_S)))
        heard.extend(self.lines(after_s))
        os.kill(pid, signal.SIGKILL)
        return acks(heard + self.until_dead()[0])

    def falls(self, folder: Path, run: int, **options: object) -> tuple[list[Ack], int]:
        """Let a child work until its fault kills it; return what it acknowledged and the killing signal."""
        self.start(folder, run, **options)
        heard, status = self.until_dead()
        return acks(heard), os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def until_dead(self) -> tuple[list[list[str]], int]:
        """Return what is still said until the child is dead, and its wait status."""
        heard = []
        for line in self.lines(PATIENCE_S):
            if line[0] == "dead":
                return heard, int(line[1])
            heard.append(line)
        raise AssertionError("the child lives on; its fault never came")

    def end(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


def acks(heard: Sequence[Sequence[str]]) -> list[Ack]:
    """Return the acknowledgements among lines; there must be nothing else."""
    assert {line[0] for line in heard} <= {"ack"}, heard
    return [(line[1], int(line[2]), line[3]) for line in heard]


def lost(db: Database, acknowledged: Sequence[Ack]) -> list[Ack]:
    """Return the acknowledged versions that the trail does not fold to exactly as they were acknowledged."""
    reader = db.read()
    trails = {case_id: cases.events(reader, case_id) for case_id, _, _ in acknowledged}
    gone = []
    for case_id, version, digest in acknowledged:
        trail = trails[case_id][:version]
        then = fold((event.before, event.after) for event in trail) if len(trail) == version else None
        if then is None or hashlib.sha256(to_json(then)).hexdigest() != digest:
            gone.append((case_id, version, digest))
    return gone


def check_whole(db: Database) -> None:
    """The file agrees with itself: trail and state, numbers, holds."""
    reader = db.read()
    count, newest = reader.row("SELECT count(*), coalesce(max(seq), 0) FROM event")
    assert count == newest
    every = [case for case, _ in reads.cases_of(reader, Filter(), 1_000_000)]
    for case in every:
        assert cases.rebuilt(reader, case.case_id) == case
    assert len({case.call_no for case in every}) == len(every)
    counted = reader.row("SELECT coalesce(sum(value), 0) FROM counter WHERE name LIKE 'call-%'")
    assert counted == (len(every),)
    with db.moment() as moment:
        found = chain.check(moment)
    assert (found.broken, found.events, found.newest_hash) == (None, count, db.newest_event().hash)
    held = {(hold.unit_code, hold.case_id) for hold in units.holds(reader).values()}
    at_work = {(unit.unit_code, case.case_id) for case in every if case.is_open for unit in case.active_units}
    assert held == at_work


def check(folder: Path, acknowledged: Sequence[Ack]) -> int:
    """Open the file of a crash, require that it is whole; return how many acknowledged changes it lost."""
    db = Database.open(folder / "sigap.duckdb")
    try:
        gone = lost(db, acknowledged)
        check_whole(db)
    finally:
        db.close()
    return len(gone)
