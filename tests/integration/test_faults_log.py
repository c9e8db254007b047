"""A log that the disk cut short or spoilt, and the image of a power cut: whole up to somewhere, or said."""

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest
from builders import ANI
from center_builders import REPORT, at, ref, settings
from faults_victim import PATIENCE_S, Victim, acks, check, check_whole, tell, tries

from database.connection import Database
from domain.errors import StoreUnavailable
from domain.words import Channel
from services import anchors, intake
from services.anchors import EventsLost
from services.center import close_center, open_center

FILE, LOG = "sigap.duckdb", "sigap.duckdb.wal"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A file with its log, and the newest event by each length of the log at which a change was stored."""
    folder = tmp_path_factory.mktemp("written")
    center = open_center(settings(folder))
    marks = {}

    def mark():
        marks[(folder / LOG).stat().st_size] = center.db.newest_event_seq()

    for n in range(12):
        case = intake.open_call(center, at(n), ANI, Channel.CALL_112)
        mark()
        if n == 6:
            anchors.drop(center.db, folder, at(n))
        intake.record_report(center, at(n), ANI, ref(case), REPORT)
        mark()
    kept = tmp_path_factory.mktemp("kept")
    for file in folder.iterdir():
        if file.is_file():
            shutil.copy(file, kept)
    close_center()
    return kept, marks, (kept / LOG).read_bytes()


def stored_by(marks, length):
    """Return the number of the newest event that a log of this length holds whole."""
    return max((seq for end, seq in marks.items() if end <= length), default=0)


def image(written, folder, log):
    """Lay out the file with another log."""
    kept, _, _ = written
    shutil.copytree(kept, folder)
    (folder / LOG).write_bytes(log)
    return folder / FILE


def test_a_log_that_is_cut_anywhere_gives_exactly_the_changes_before_the_cut(tmp_path, written):
    _, marks, log = written
    chance, runs = random.Random(9), tries(12, 400)
    for run in range(runs):
        length = chance.choice(
            (chance.randrange(len(log)), chance.choice(list(marks)) + chance.choice((-1, 0)))
        )
        db = Database.open(image(written, tmp_path / str(run), log[:length]))
        assert db.newest_event_seq() == stored_by(marks, length)
        check_whole(db)
        db.close()
        shutil.rmtree(tmp_path / str(run))
    tell(
        "log cut short at any byte (the disk lied about a sync)",
        runs,
        0,
        0,
        "opens with every change before the cut, whole",
    )


def test_a_log_with_a_spoilt_byte_is_refused_or_gives_exactly_the_changes_before_it(tmp_path, written):
    _, marks, log = written
    chance, runs, refused = random.Random(10), tries(12, 400), 0
    for run in range(runs):
        place, spoilt = chance.randrange(len(log)), bytearray(log)
        spoilt[place] ^= 1 << chance.randrange(8)
        path = image(written, tmp_path / str(run), bytes(spoilt))
        try:
            db = Database.open(path)
        except StoreUnavailable as error:
            refused += 1
            assert "rusak di tengah" in str(error) or "terpotong" in str(error), str(error)
            assert "pulihkan cadangan terakhir" in str(error)
            assert (path.parent / LOG).read_bytes() == bytes(spoilt)
        else:
            assert db.newest_event_seq() in (stored_by(marks, place), stored_by(marks, len(log)))
            check_whole(db)
            db.close()
        shutil.rmtree(tmp_path / str(run))
    tell(
        "one bit of the log flipped",
        runs,
        0,
        0,
        f"{refused} times refused with what to do; else opens whole up to there",
    )
    assert refused > runs // 2


def test_what_a_cut_log_lost_of_anchored_changes_is_noticed_at_the_start(tmp_path, written):
    kept, marks, log = written
    anchored = anchors.newest(kept, FILE).seq
    chance, runs, noticed, below = random.Random(11), tries(6, 100), 0, 0
    for run in range(runs):
        length = chance.randrange(len(log))
        holds = stored_by(marks, length)
        image(written, tmp_path / str(run), log[:length])
        below += holds < anchored
        try:
            open_center(settings(tmp_path / str(run)))
        except EventsLost as error:
            noticed += 1
            assert f"sampai nomor {anchored}" in str(error)
            assert holds < anchored
        else:
            close_center()
            assert holds >= anchored
        shutil.rmtree(tmp_path / str(run))
    assert noticed == below > 0
    tell(
        "acknowledged changes lost with a cut log, behind the newest anchor",
        below,
        0,
        0,
        "each time refused with what to do",
    )


def test_the_image_of_a_power_cut_holds_everything_acknowledged_before_it(tmp_path):
    """The process stands still while its files are copied, as all stands still when the power goes."""
    chance, runs, total, gone = random.Random(12), tries(2, 150), 0, 0
    victim = Victim()
    folder = tmp_path / "var"
    folder.mkdir()
    try:
        pid = victim.start(folder, 1, log=300_000)
        heard = [next(victim.lines(PATIENCE_S))]
        for run in range(runs):
            heard.extend(victim.lines(chance.uniform(0.0, 0.2)))
            os.kill(pid, signal.SIGSTOP)
            wait_until_stopped(pid)
            heard.extend(victim.lines(0.0))
            copy = tmp_path / f"copy-{run}"
            copy.mkdir()
            for file in folder.glob(f"{FILE}*"):
                shutil.copy(file, copy)
            os.kill(pid, signal.SIGCONT)
            recent = acks(heard)[-400:]
            gone += check(copy, recent)
            total += len(recent)
            shutil.rmtree(copy)
        os.kill(pid, signal.SIGKILL)
        victim.until_dead()
    finally:
        victim.end()
    tell("image of file and log at a random moment (power cut)", runs, total, gone, "by itself")
    assert gone == 0


def wait_until_stopped(pid):
    """Wait until every thread of a process stands still."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        states = [stat.read_text().rpartition(")")[2].split()[0] for stat in threads(pid)]
        if set(states) == {"T"}:
            return
    raise AssertionError("the process does not stand still")


def threads(pid):
    """Return where each thread of a process tells its state."""
    return Path(f"/proc/{pid}/task").glob("*/stat")
