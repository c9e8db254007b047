"""Killed with -9 in the middle of a stream of changes, Sigap loses no change that it acknowledged.

The same database is crashed again and again: `SIGAP_CRASHES` times, 20 unless told.
"""

import hashlib
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import WAY

from database import cases, reads, units
from database.codec import fold, to_json
from database.connection import Database
from database.reads import Filter

CRASHES = int(os.environ.get("SIGAP_CRASHES", "20"))
ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


class Victim:
    """The process that forks children to be killed, and its pipe."""

    def __init__(self) -> None:
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crash_child.py"))],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._rest = b""

    def lines(self, seconds: float):
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

    def crash(self, folder: Path, run: int, first_ack: bool, after_s: float) -> list[tuple[str, int, str]]:
        """Let a child work and kill it; return what it acknowledged.

        The moment is `after_s` seconds after its start, or after its first acknowledgement.
        """
        self.process.stdin.write(f"{folder} {run}\n".encode())
        self.process.stdin.flush()
        said = self.lines(PATIENCE_S)
        pid = int(next(said)[1])
        heard = []
        if first_ack:
            heard.append(next(said))
        heard.extend(self.lines(after_s))
        os.kill(pid, signal.SIGKILL)
        for line in self.lines(PATIENCE_S):
            heard.append(line)
            if line == ["dead"]:
                break
        assert heard.pop() == ["dead"]
        assert {line[0] for line in heard} <= {"ack"}
        return [(case_id, int(version), digest) for _, case_id, version, digest in heard]


@pytest.fixture
def victim():
    started = Victim()
    yield started
    started.process.stdin.close()
    started.process.wait(PATIENCE_S)
    started.process.stdout.close()


def check_acknowledged(db: Database, acknowledged: list[tuple[str, int, str]]) -> None:
    """Every acknowledged version is in the trail and folds to exactly the case that was acknowledged."""
    reader = db.read()
    trails = {case_id: cases.events(reader, case_id) for case_id, _, _ in acknowledged}
    for case_id, version, digest in acknowledged:
        trail = trails[case_id]
        assert len(trail) >= version
        then = fold((event.before, event.after) for event in trail[:version])
        assert hashlib.sha256(to_json(then)).hexdigest() == digest


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
    held = {(hold.unit_code, hold.case_id) for hold in units.holds(reader).values()}
    at_work = {(unit.unit_code, case.case_id) for case in every if case.is_open for unit in case.active_units}
    assert held == at_work


def test_no_acknowledged_change_is_lost_however_often_the_process_is_killed(tmp_path, victim):
    chance = random.Random(WAY.sop.number)
    total = busy = 0
    for run in range(1, CRASHES + 1):
        during_start = run % 5 == 0
        acknowledged = victim.crash(
            tmp_path,
            run,
            first_ack=not during_start,
            after_s=chance.uniform(0.0, 0.15 if during_start else 0.5),
        )
        total += len(acknowledged)
        busy += len(acknowledged) > 3
        db = Database.open(tmp_path / "sigap.duckdb")
        try:
            check_acknowledged(db, acknowledged)
            check_whole(db)
        finally:
            db.close()
    assert total >= CRASHES
    assert busy >= CRASHES // 4
