import hashlib
import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest
import strategies_records as world
from strategies_records import CONTEXT, PRIVATE, after

from domain.errors import SigapError
from export import drop as drop_module
from export.drop import drop_path, write_drop
from export.errors import DropConflict, DropFailed
from export.record import case_record, record_bytes

ID = "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"
DAY = date(2026, 1, 4)
RELATIVE = f"2026/01/04/{ID}_r1.json"


def files_under(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_record_is_written_under_its_day_with_its_checksum(tmp_path):
    content = record_bytes(case_record(world.registered_rescue(), PRIVATE, CONTEXT, sent_at=after(94)))
    drop = write_drop(tmp_path / "outbox", content, ID, 1, DAY)
    assert drop.relative == RELATIVE
    assert drop.path == tmp_path / "outbox" / RELATIVE
    assert drop.path.read_bytes() == content
    assert drop.digest == hashlib.sha256(content).hexdigest()
    assert files_under(tmp_path / "outbox") == [RELATIVE, RELATIVE + ".sha256"]


def test_sha256sum_accepts_the_checksum_file(tmp_path):
    drop = write_drop(tmp_path, b'{"schema":"tcc.case.v1"}', ID, 1, DAY)
    check = ["sha256sum", "--check", "--strict", drop.path.name + ".sha256"]
    assert subprocess.run(check, cwd=drop.path.parent, capture_output=True, check=False).returncode == 0
    drop.path.write_bytes(b"{}")
    assert subprocess.run(check, cwd=drop.path.parent, capture_output=True, check=False).returncode == 1


def test_the_same_content_again_changes_nothing(tmp_path):
    first = write_drop(tmp_path, b"{}", ID, 1, DAY)
    before = first.path.stat()
    assert write_drop(tmp_path, b"{}", ID, 1, DAY) == first
    assert first.path.stat().st_mtime_ns == before.st_mtime_ns
    assert first.path.stat().st_ino == before.st_ino


def test_another_content_for_the_same_revision_is_refused_and_the_first_stays(tmp_path):
    first = write_drop(tmp_path, b"{}", ID, 1, DAY)
    with pytest.raises(DropConflict) as refusal:
        write_drop(tmp_path, b"[]", ID, 1, DAY)
    assert RELATIVE in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)
    assert isinstance(refusal.value, SigapError)
    assert first.path.read_bytes() == b"{}"
    assert files_under(tmp_path) == [RELATIVE, RELATIVE + ".sha256"]


def test_the_next_revision_gets_its_own_file(tmp_path):
    write_drop(tmp_path, b"{}", ID, 1, DAY)
    assert write_drop(tmp_path, b"[]", ID, 2, DAY).relative == f"2026/01/04/{ID}_r2.json"


def test_a_checksum_that_a_crash_left_out_is_written_the_next_time(tmp_path):
    drop = write_drop(tmp_path, b"{}", ID, 1, DAY)
    checksum = drop.path.with_name(drop.path.name + ".sha256")
    checksum.unlink()
    write_drop(tmp_path, b"{}", ID, 1, DAY)
    assert checksum.read_text() == f"{drop.digest}  {drop.path.name}\n"
    checksum.write_text("half of a li")
    write_drop(tmp_path, b"{}", ID, 1, DAY)
    assert checksum.read_text() == f"{drop.digest}  {drop.path.name}\n"


def test_what_was_written_stands_where_its_path_says_and_nothing_else_does(tmp_path):
    assert not (tmp_path / drop_path(ID, 1, DAY)).exists()
    write_drop(tmp_path, b"{}", ID, 1, DAY)
    assert (tmp_path / drop_path(ID, 1, DAY)).read_bytes() == b"{}"
    assert not (tmp_path / drop_path(ID, 2, DAY)).exists()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    blocked = tmp_path / "outbox"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(DropFailed) as refusal:
        write_drop(blocked, b"{}", ID, 1, DAY)
    assert "Periksa izin dan ruang kosong" in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


def test_a_full_disk_leaves_neither_half_a_record_nor_a_temporary_file(tmp_path):
    """/dev/full is a real device that is always full; the temporary file is made to be it."""
    folder = tmp_path / "2026" / "01" / "04"
    folder.mkdir(parents=True)
    temporary = folder / f".{ID}_r1.json.{os.getpid()}.part"
    temporary.symlink_to("/dev/full")
    with pytest.raises(DropFailed) as refusal:
        write_drop(tmp_path, b"{}" * 10_000, ID, 1, DAY)
    assert "No space left" in str(refusal.value)
    assert files_under(tmp_path) == []
    assert not list(folder.iterdir())


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path):
    checksum = tmp_path / f"{RELATIVE}.sha256"
    (checksum / "in the way").mkdir(parents=True)
    with pytest.raises(DropFailed):
        write_drop(tmp_path, b"{}", ID, 1, DAY)
    assert [name for name in files_under(tmp_path) if name.endswith(".part")] == []


def test_two_writers_at_once_agree_on_one_content(tmp_path):
    contents = [b'{"n":%d}' % number for number in range(8)]
    refused, written = [], []
    start = threading.Barrier(len(contents))

    def write(content):
        start.wait()
        try:
            written.append(write_drop(tmp_path, content, ID, 1, DAY).digest)
        except DropConflict:
            refused.append(content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 1
    assert len(refused) == 7
    assert hashlib.sha256((tmp_path / RELATIVE).read_bytes()).hexdigest() == written[0]


def test_a_killed_writer_leaves_a_whole_file_or_none(tmp_path):
    """A child writes one revision after another and is killed with -9 in the middle of it."""
    code = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from export.drop import write_drop\n"
        "for n in range(1, 10**6):\n"
        f"    write_drop(Path(sys.argv[1]), b'x' * 200_000, '{ID}', n, date(2026, 1, 4))\n"
        "    print(n, flush=True)\n"
    )
    root = Path(drop_module.__file__).parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    with child:
        for line in child.stdout:
            if int(line) == 25:
                child.kill()
    told = 25
    for number in range(1, told + 1):
        name = f"2026/01/04/{ID}_r{number}.json"
        assert (tmp_path / name).stat().st_size == 200_000
        assert (tmp_path / f"{name}.sha256").stat().st_size > 64
    for path in tmp_path.rglob("*.json"):
        assert path.stat().st_size == 200_000


@pytest.mark.parametrize("bad", ["../../etc/passwd", "a/b", "a\\b", "", "..", "a b", "a\x00"])
def test_an_id_that_could_leave_the_folder_is_refused(bad, tmp_path):
    with pytest.raises(ValueError, match="record_id"):
        write_drop(tmp_path, b"{}", bad, 1, DAY)
    assert files_under(tmp_path) == []


def test_revisions_count_from_one():
    with pytest.raises(ValueError, match="from 1"):
        drop_path(ID, 0, DAY)
