"""Disk full, read-only, gone; a second server: each is said, and nothing acknowledged is lost."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import httpx
import pytest
from builders import ANI, FAJAR, a_photo
from center_builders import REPORT, a_stored_case, at, ref, settings
from faults_victim import ROOT, Victim, check, check_whole, tell, tries

from database import cases, connection
from database.connection import Database
from domain.errors import SigapError, StoreNotWritten, StoreUnavailable
from domain.words import CaseStatus, Channel
from export.drop import DropFailed, write_drop
from services import handling, intake, monitoring
from services.center import close_center, open_center
from services.handling import FileNotKept

FULL = "penyimpanan penuh"


@contextmanager
def disk(folder: Path, size_kb: int):
    """A disk of its own of so many KB."""
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", str(folder)], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"no small disk can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        # Lazily: a test that failed may have left the file open.
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up every byte of a disk."""
    ballast = folder / f"ballast-{len(list(folder.glob('ballast*')))}"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast


def store_until_refused(center, start: float, most: int = 20_000):
    """Store calls until one is refused; return what was acknowledged, and the refusal."""
    stored = []
    for n in range(most):
        try:
            case = intake.open_call(center, at(start + n / 10), ANI, Channel.CALL_112)
            stored.append(case)
            stored.append(intake.record_report(center, at(start + n / 10), ANI, ref(case), REPORT))
        except StoreUnavailable as error:
            return stored, error
    raise AssertionError("the disk never was full")


def missing(center, stored) -> int:
    """Return how many acknowledged versions the file does not hold."""
    reader = center.db.read()
    return sum(len(cases.events(reader, case.case_id)) < case.version for case in stored)


def test_a_full_disk_is_said_reading_goes_on_and_with_room_storing_does_without_a_restart(tmp_path):
    chance, runs, acknowledged, lost = random.Random(4), tries(1, 25), 0, 0
    for run in range(runs):
        with disk(tmp_path / str(run), chance.randrange(1_800, 9_000 if tries(0, 1) else 3_000)) as folder:
            ballast = folder / "ballast"
            ballast.write_bytes(b"\0" * 900_000)
            center = open_center(settings(folder))
            stored, error = store_until_refused(center, 1_000)
            assert isinstance(error, StoreNotWritten)
            assert FULL in str(error)
            assert "tidak perlu dimulai ulang" in str(error)
            assert monitoring.board(center, at(5_000)).rows
            assert missing(center, stored) == 0
            seq = center.db.newest_event_seq()
            ballast.unlink()
            stored.append(intake.open_call(center, at(9_001), ANI, Channel.CALL_112))
            assert center.db.newest_event_seq() > seq
            close_center()
            center = open_center(settings(folder))
            acknowledged += len(stored)
            lost += missing(center, stored)
            check_whole(center.db)
            close_center()
    tell("disk full (tmpfs), then room again", runs, acknowledged, lost, "by itself, without a restart")
    assert lost == 0


def test_a_checkpoint_that_fails_on_a_full_disk_is_got_over_without_a_restart(tmp_path, monkeypatch):
    """Somebody else fills the disk at the wrong moment: DuckDB gives up its database, Sigap opens it anew."""
    monkeypatch.setattr(connection, "_ROOM_SHARE", 0.0)
    chance, runs, acknowledged, lost, fatal = random.Random(6), tries(1, 25), 0, 0, 0
    for run in range(runs):
        with disk(tmp_path / str(run), 16_000) as folder:
            center = open_center(settings(folder))
            center.db._connection.execute("CHECKPOINT")
            center.db._connection.execute("SET GLOBAL checkpoint_threshold = '1500KB'")
            ballast, free = folder / "ballast", os.statvfs(folder)
            left = chance.randrange(1_200_000, 2_800_000)
            ballast.write_bytes(b"\0" * (free.f_bavail * free.f_frsize - left))
            before = center.db.read()
            stored, error = store_until_refused(center, 1_000)
            # A fatal error closes what readers there were; the next one asks the file that was opened anew.
            assert FULL in str(error)
            assert monitoring.board(center, at(5_000)).rows
            fatal += center.db.read() is not before
            seq = center.db.newest_event_seq()
            ballast.unlink()
            stored.append(intake.open_call(center, at(9_001), ANI, Channel.CALL_112))
            assert center.db.newest_event_seq() == seq + 1
            close_center()
            center = open_center(settings(folder))
            acknowledged += len(stored)
            lost += missing(center, stored)
            check_whole(center.db)
            close_center()
    tell(
        f"checkpoint fails on a full disk ({fatal} times fatal to DuckDB)",
        runs,
        acknowledged,
        lost,
        "by itself, without a restart",
    )
    assert lost == 0
    assert fatal > 0


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults")
def test_killed_on_a_full_disk_nothing_acknowledged_is_lost(tmp_path):
    chance, runs, total, gone, said = random.Random(8), tries(1, 25), 0, 0, 0
    victim = Victim()
    try:
        for run in range(1, runs + 1):
            with disk(tmp_path / str(run), chance.randrange(2_000, 8_000)) as folder:
                ballast = folder / "ballast"
                ballast.write_bytes(b"\0" * 900_000)
                acknowledged = victim.crash(folder, run, True, chance.uniform(0.5, 2.5), hold=1)
                try:
                    Database.open(folder / "sigap.duckdb").close()
                except StoreUnavailable as error:
                    said += 1
                    assert FULL in str(error)
                ballast.unlink()
                total += len(acknowledged)
                gone += check(folder, acknowledged)
    finally:
        victim.end()
    back = f"by itself; {said} times it says to make room first"
    tell("kill -9 on a full disk", runs, total, gone, back)
    assert gone == 0


def test_a_photo_that_does_not_fit_is_refused_whole_and_fits_once_there_is_room(tmp_path):
    center = open_center(settings(tmp_path))
    case = a_stored_case(center, CaseStatus.MONITORING)
    folder = center.attachments_dir
    with disk(folder, 300):
        ballast = fill(folder)
        with pytest.raises(FileNotKept, match="No space left"):
            handling.attach(center, at(13), FAJAR, ref(case), "foto.jpg", a_photo())
        assert [file.name for file in folder.iterdir()] == [ballast.name]
        assert monitoring.get(center, case.case_id) == case
        ballast.unlink()
        kept = handling.attach(center, at(13), FAJAR, ref(case), "foto.jpg", a_photo())
        _, content = handling.attachment(center, case.case_id, kept.attachments[-1].sha256)
        assert content == a_photo()
    with pytest.raises(SigapError, match="pulihkan dari cadangan"):
        handling.attachment(center, case.case_id, kept.attachments[-1].sha256)
    close_center()
    tell("photo folder on a full disk", 1, 1, 0, "by itself; the photo is refused whole")


def test_a_record_that_does_not_fit_the_outbox_is_refused_whole(tmp_path):
    with disk(tmp_path / "outbox", 200) as folder:
        ballast = fill(folder)
        with pytest.raises(DropFailed, match="No space left"):
            write_drop(folder, b"{}" * 4000, "id", 1, date(2031, 3, 5))
        assert not [file for file in folder.rglob("*") if file.is_file() and file != ballast]
        ballast.unlink()
        assert write_drop(folder, b"{}" * 4000, "id", 1, date(2031, 3, 5)).path.read_bytes() == b"{}" * 4000
    tell("outbox folder on a full disk", 1, 1, 0, "by itself; written once there is room")


def test_a_file_or_folder_that_is_read_only_is_said_at_the_start(tmp_path):
    with disk(tmp_path / "disk", 8_000) as folder:
        open_center(settings(folder))
        close_center()
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        with pytest.raises(StoreUnavailable, match=r"tidak dapat ditulis.*Beri izin tulis"):
            open_center(settings(folder))
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
        open_center(settings(folder))
        close_center()
    tell("read-only disk", 1, 0, 0, "says to give leave to write, or another place")


def test_a_database_that_was_removed_under_a_running_server_takes_no_change(tmp_path):
    folder = tmp_path / "var"
    center = open_center(settings(folder))
    intake.open_call(center, at(0), ANI, Channel.CALL_112)
    kept = folder.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreNotWritten, match="tidak ada lagi"):
        intake.open_call(center, at(1), ANI, Channel.CALL_112)
    assert len(monitoring.board(center, at(2)).rows) == 1
    kept.rename(folder)
    assert intake.open_call(center, at(3), ANI, Channel.CALL_112)
    close_center()
    tell("database folder removed or unmounted under a running server", 1, 2, 0, "goes on once it is back")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server(var: Path, port: int, out) -> subprocess.Popen:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "SIGAP_VAR": str(var), "SIGAP_DEMO": "0"}
    environment.pop("SIGAP_DB", None)
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults; see test_store, test_start_refused")
def test_a_second_server_on_the_same_file_refuses_and_disturbs_nobody(tmp_path):
    port, log = free_port(), tmp_path / "first.log"
    with log.open("wb") as out:
        first = server(tmp_path / "var", port, out)
        try:
            give_up = time.monotonic() + 60
            while not answers(port):
                assert first.poll() is None, log.read_text()
                assert time.monotonic() < give_up
                time.sleep(0.2)
            second = server(tmp_path / "var", free_port(), subprocess.PIPE)
            said, _ = second.communicate(timeout=60)
            assert second.returncode not in (0, None)
            assert "sedang dipakai proses lain" in said.decode()
            assert "Hentikan Sigap yang lain" in said.decode()
            assert "Traceback" not in said.decode()
            assert answers(port)
        finally:
            first.send_signal(signal.SIGKILL)
            first.wait()
    tell("second server on the same file", 1, 0, 0, "the second refuses with its sentence; the first goes on")
