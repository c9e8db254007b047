"""Killed at chosen points of the write path: in the write of a record, at a sync, in a checkpoint, at start.

Within a write: the system itself kills the process at the byte that it may not pass (RLIMIT_FSIZE), so a
record of the log, or a block of the file, is left torn at any length. At a call: strace kills the process
as it enters its n-th sync, block write or removal of the log, before the call is done.
"""

import os
import random
import re
import shutil
import signal
import subprocess

import pytest
from center_builders import settings
from faults_victim import Victim, acks, check, tell, tries

from database.connection import Database
from database.migrations import MIGRATIONS
from domain.errors import StoreUnavailable
from services.center import close_center, open_center


@pytest.fixture(scope="module")
def victim():
    started = Victim()
    yield started
    started.end()


@pytest.fixture
def strace():
    """The tracer's command, with what it shall trace to come."""
    command = ["strace", "-f", "-qq", "-o"]
    if shutil.which("strace") is None or subprocess.run([*command, "/dev/null", "true"]).returncode:
        pytest.skip(
            "strace is not there or may not trace (apt-get install strace): these kills are NOT tried"
        )
    return command


def at_call(strace, name, number):
    """Return a victim whose children are killed as a thread of theirs enters its n-th call of that name."""
    inject = f"inject={name}:signal=KILL:when={number}"
    return Victim([*strace, "/dev/null", "-e", f"trace={name}", "-e", inject])


def test_killed_within_the_write_of_a_record_nothing_acknowledged_is_lost(tmp_path, victim):
    chance, total, gone, torn = random.Random(1), 0, 0, 0
    runs = tries(3, 150)
    for run in range(1, runs + 1):
        folder = tmp_path / str(run // 20)
        folder.mkdir(exist_ok=True)
        acknowledged, died_of = victim.falls(folder, run, fsize=chance.randrange(30_000, 400_000))
        torn += died_of == signal.SIGXFSZ
        total += len(acknowledged)
        gone += check(folder, acknowledged)
    tell("killed within a write() of the log, at any byte", runs, total, gone, "by itself")
    assert (gone, torn) == (0, runs)
    assert total > 0


def test_killed_within_a_write_of_the_first_start_the_next_start_makes_the_file_whole(tmp_path, victim):
    chance, runs, gone, unborn = random.Random(2), tries(2, 60), 0, 0
    for run in range(1, runs + 1):
        folder = tmp_path / str(run)
        folder.mkdir()
        acknowledged, died_of = victim.falls(
            folder, run, fsize=chance.randrange(1, 28_000) if run % 3 else chance.randrange(1, 12_288)
        )
        assert (acknowledged, died_of) == ([], signal.SIGXFSZ)
        unborn += removed_as_told(folder)
        gone += opened_anew(folder)
    back = f"by itself; {unborn} times it says to delete the unfinished file"
    tell("killed within a write() of the first start (migrations)", runs, 0, gone, back)
    assert gone == 0


def removed_as_told(folder):
    """Do what Sigap says of a file that was never finished: delete it; return whether it was one."""
    file = folder / "sigap.duckdb"
    if file.stat().st_size >= 12_288:
        return False
    with pytest.raises(StoreUnavailable, match=r"terpotong, baru \d+ byte.*hapus berkas itu"):
        Database.open(file)
    file.unlink()
    return True


def opened_anew(folder):
    """Start on what a crash in the start left; return how many migrations are missing then."""
    center = open_center(settings(folder))
    names = center.db.read().rows("SELECT name FROM migration")
    close_center()
    return len({one.__name__.lstrip("_") for one in MIGRATIONS} - {name for (name,) in names})


def numbers(few, most):
    """Return which of its calls a thread is killed at."""
    return tries(few, (*range(1, most // 2), *range(most // 2, most, 3)))


@pytest.mark.parametrize(
    ("call", "few", "most", "point"),
    [
        ("fdatasync", (), 60, "as a sync begins: of the log before an acknowledgement, of the file"),
        ("pwrite64", (), 40, "as a block is written into the file (checkpoint)"),
        ("unlink", (), 6, "as the log is removed after a checkpoint"),
    ],
)
def test_killed_at_a_call_of_the_write_path(tmp_path, strace, call, few, most, point):
    runs = total = gone = unborn = 0
    if not numbers(few, most):
        pytest.skip("only in make faults")
    for number in numbers(few, most):
        victim = at_call(strace, call, number)
        try:
            for again in range(3):
                runs += 1
                folder = tmp_path / str(runs // 20)
                folder.mkdir(exist_ok=True)
                acknowledged, died_of = victim.falls(folder, runs, log=200_000)
                assert died_of == signal.SIGKILL, again
                was_unborn = removed_as_told(folder)
                assert not (was_unborn and acknowledged)
                unborn += was_unborn
                total += len(acknowledged)
                gone += check(folder, acknowledged)
        finally:
            victim.end()
    back = f"by itself; {unborn} times it says to delete the unfinished file" if unborn else "by itself"
    tell(f"kill -9 {point}", runs, total, gone, back)
    assert gone == 0


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults")
def test_killed_while_a_migration_commits_the_next_start_finishes_it(tmp_path, strace):
    runs = total = gone = 0
    for number in tries((), tuple(range(1, 31))):
        victim = at_call(strace, "fdatasync", number)
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            runs += 1
            acknowledged, died_of = victim.falls(folder, 1)
            assert died_of == signal.SIGKILL
        finally:
            victim.end()
        total += len(acknowledged)
        gone += check(folder, acknowledged) + opened_anew(folder)
    tell("kill -9 as a sync begins in the first start (between migrations)", runs, total, gone, "by itself")
    assert gone == 0


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults")
def test_killed_while_a_long_log_is_taken_into_the_file(tmp_path, victim):
    chance, total, gone, in_checkpoint = random.Random(3), 0, 0, 0
    runs = tries(1, 60)
    for run in range(1, runs + 1):
        folder = tmp_path / str(run // 25)
        folder.mkdir(exist_ok=True)
        pid, heard = victim.start(folder, run, big=30_000, log=10**12), []
        while not (folder / "taking").exists():
            heard.extend(victim.lines(0.001))
        heard.extend(victim.lines(chance.uniform(0.0, 0.06)))
        os.kill(pid, signal.SIGKILL)
        acknowledged = acks(heard + victim.until_dead()[0])
        in_checkpoint += (folder / "taking").exists()
        (folder / "taking").unlink(missing_ok=True)
        total += len(acknowledged)
        gone += check(folder, acknowledged)
    tell(
        f"kill -9 while a long log is taken into the file ({in_checkpoint} within it, others storing beside)",
        runs,
        total,
        gone,
        "by itself",
    )
    assert gone == 0


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults")
def test_nothing_is_acknowledged_before_its_log_is_synced(tmp_path, strace):
    """What a power cut takes is what was not synced: no acknowledgement may stand before its sync."""
    calls = tmp_path / "calls"
    folder = tmp_path / "var"
    folder.mkdir()
    victim = Victim([*strace, str(calls), "-y", "-s", "8", "-e", "trace=write,fdatasync"])
    try:
        acknowledged = victim.crash(folder, 1, first_ack=True, after_s=5.0)
    finally:
        victim.end()
    unsynced, checked = set(), 0
    for line in calls.read_text().splitlines():
        if re.search(r"write\(\d+<[^>]*\.wal", line):
            unsynced.add(line.split()[0])
        elif re.search(r"fdatasync\(\d+<[^>]*\.wal[^>]*>\)\s+= 0", line):
            unsynced.discard(line.split()[0])
        elif "write(1<" in line and '"ack ' in line:
            assert line.split()[0] not in unsynced, line
            checked += 1
    assert checked >= len(acknowledged) > 0
    tell("every acknowledgement comes after the sync of its log (power cut)", checked, checked, 0, "–")
