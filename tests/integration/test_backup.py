"""Backups are made while others work, restored whole or not at all, and followed to the last change.

The keystone: whatever the services do, a whole backup and its segments give the same tables.
`SIGAP_BACKUP_EXAMPLES` random sequences are tried, 2 unless told.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyrage
import pytest
from builders import ADE, ANI, DEDI, SARI
from center_builders import REPORT, Clock, a_stored_case, at, ref, settings
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from database import backup as store
from database import journal, migrations, positions
from database.connection import Database
from database.journal import Statement
from domain.errors import NotPermitted, SigapError
from domain.positions import Fix, Source
from domain.words import CallClass, CaseStatus, Channel, Role
from geo.points import LonLat
from services import (
    accounts,
    alarms,
    backup,
    backup_files,
    backup_segments,
    devices,
    exits,
    intake,
    primary,
    registry,
    restore,
    retention,
    sessions,
    standby,
    weather,
)
from services.backup import Keeper, NoBackup
from services.backup_files import BackupFailed, BadBackup
from services.center import Center, close_center, open_center

S = CaseStatus
DAY = datetime(2031, 3, 20, tzinfo=UTC)
IDENTITY = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()


def configure(var: Path, folder: Path, more: str = "") -> None:
    """Let the Sigap of `var` back up into `folder`, a segment each second."""
    var.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    (var / "backup.toml").write_text(
        f'folder = "{folder}"\nrecipients = ["{IDENTITY.to_public()}"]\nsegments_every_s = 1\n{more}'
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cadangan"


@pytest.fixture
def center(tmp_path: Path, folder: Path) -> Iterator[Center]:
    configure(tmp_path / "var", folder)
    yield open_center(settings(tmp_path / "var"))
    close_center()


@pytest.fixture
def clock() -> Clock:
    return Clock(DAY)


@pytest.fixture
def keeper(center: Center, clock: Clock) -> Keeper:
    return Keeper(center, clock)


def whole(keeper: Keeper, center: Center, clock: Clock) -> Path:
    """Make a whole backup now; return its file."""
    clock.forward(3600)
    keeper.look()
    keeper.settle()
    found = backup.status(center, clock())
    assert found.trouble is None and found.newest is not None and found.settings is not None
    return found.settings.folder / f"{found.newest.name}.tar.age"


def ship(keeper: Keeper, clock: Clock) -> None:
    """Write a segment of what was changed."""
    clock.forward(2)
    keeper.look()


def standing(db: Database) -> store.Standing:
    with store.snapshot(db) as snapshot:
        return snapshot.standing()


def standing_of(path: Path) -> store.Standing:
    copy = store.Copy.open(path)
    try:
        return copy.standing()
    finally:
        copy.close()


# --- what follows is what was ---------------------------------------------------------------------------


def a_prank(center: Center, minute: float) -> None:
    case = intake.take_call(center, at(minute), ANI, Channel.CALL_112, REPORT)
    case = intake.propose_class(center, at(minute + 1), ANI, ref(case), CallClass.PRANK)
    case = intake.classify(center, at(minute + 2), DEDI, ref(case), CallClass.PRANK)
    intake.close_call(center, at(minute + 3), DEDI, ref(case), "iseng")


def merged(center: Center, minute: float) -> None:
    first = a_stored_case(center, S.VERIFIED, minute)
    second = a_stored_case(center, S.CLASSIFIED, minute + 5)
    exits.merge(center, at(minute + 10), DEDI, ref(second), ref(first))


def alarmed(center: Center, minute: float) -> None:
    a_stored_case(center, S.CLASSIFIED, minute)
    alarms.raise_due(center, at(minute + 30))
    for one in alarms.listed(center, at(minute + 30)):
        alarms.acknowledge(center, at(minute + 30), SARI, one.alarm.key, "sudah")


def a_unit(center: Center, minute: float) -> None:
    like = registry.entries(center, "unit")[0].row
    new = registry.put(center, at(minute), ADE, "unit", like | {"unit_code": f"UJI-9{minute:.0f}"}, None)
    registry.set_service(center, at(minute), DEDI, new.code, "rusak")
    registry.retire(center, at(minute), ADE, "unit", new.code, new.version)


def a_device(center: Center, minute: float) -> None:
    made = devices.make(center, at(minute), ADE, "UJI-1", f"HP {minute}")
    devices.revoke(center, at(minute + 1), ADE, made.device.device_id)


def moved(center: Center, minute: float) -> None:
    fixes = [
        Fix(
            "UJI-1", f"d{n}", Source.GEOJSON, LonLat(131 + n / 7, -5.9), at(minute), at(minute), battery=n / 3
        )
        for n in range(50)
    ]
    with center.db.write() as writer:
        positions.append(writer, fixes)
        positions.forget(writer, at(minute - 500))


def refused(center: Center, minute: float) -> None:
    """Change something and take it back: a transaction that never was."""
    with pytest.raises(RuntimeError), center.db.write() as writer:
        writer.execute("DELETE FROM registry")
        raise RuntimeError


def held(center: Center, minute: float) -> None:
    case = a_stored_case(center, S.CLASSIFIED, minute)
    retention.hold(center, at(minute + 9), SARI, case.case_id, "penyidikan")
    retention.release(center, at(minute + 9), SARI, case.case_id, "selesai")


DUTY: dict[str, Callable[[Center, float], object]] = {
    "closed": lambda center, minute: a_stored_case(center, S.CLOSED, minute),
    "verified": lambda center, minute: a_stored_case(center, S.VERIFIED, minute),
    "monitoring": lambda center, minute: a_stored_case(center, S.MONITORING, minute),
    "prank": a_prank,
    "merged": merged,
    "alarmed": alarmed,
    "unit": a_unit,
    "device": a_device,
    "account": lambda center, minute: accounts.make(
        center, at(minute), ADE, f"akun{minute:.0f}", "Budi Baru", [Role.DISPATCHER]
    ),
    "weather": lambda center, minute: weather.tell(
        center, at(minute), DEDI, wave_m=minute / 3, wind_from_deg=None, wind_kn=12.0
    ),
    "moved": moved,
    "held": held,
    "refused": refused,
    "erased": lambda center, minute: retention.run(center, at(minute) + timedelta(days=900), SARI),
}
STEPS = st.lists(st.sampled_from([*DUTY, "whole", "segment", "follow", "restart"]), min_size=5, max_size=10)
EXAMPLES = int(os.environ.get("SIGAP_BACKUP_EXAMPLES", "2"))


@examples(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_the_services_do_backup_and_segments_give_the_same_tables(tmp_path, steps) -> None:
    root = tmp_path / f"{len(list(tmp_path.iterdir()))}"
    root.mkdir()
    _same_after(root, ["closed", *steps, "moved", "verified", "erased", "segment"])


def test_every_kind_of_duty_is_followed(tmp_path: Path) -> None:
    _same_after(tmp_path, [*DUTY, "segment", "follow", "closed", "whole", "merged", "moved", "segment"])


def _same_after(root: Path, steps: list[str]) -> None:
    folder, clock = root / "cadangan", Clock(DAY)
    configure(root / "var", folder)
    center = open_center(settings(root / "var"))
    keeper = Keeper(center, clock)
    follower = standby.Follower(folder, [IDENTITY], root / "standby")
    try:
        whole(keeper, center, clock)
        for n, step in enumerate(steps):
            if step == "whole":
                whole(keeper, center, clock)
            elif step == "segment":
                ship(keeper, clock)
            elif step == "follow":
                follower.look()
            elif step == "restart":
                keeper.end()
                close_center()
                center = open_center(settings(root / "var"))
                keeper = Keeper(center, clock)
                whole(keeper, center, clock)
            else:
                try:
                    DUTY[step](center, 100.0 * n)
                except SigapError:
                    # Refused by the rules; what it did before stays, and that too must be followed.
                    continue
        ship(keeper, clock)
        seen = follower.look()
        assert not seen.gap
        here, there = standing(center.db), follower.contents()
        assert store.differences(here, there) == ()
        assert here.tables["event"].rows > 0
        restored = restore.restore(folder, [IDENTITY], settings(root / "lain"))
        assert store.differences(here, standing_of(root / "lain" / "sigap.duckdb")) == ()
        assert restored.seq == here.seq and not restored.gap
    finally:
        follower.close()
        close_center()


def test_no_statement_of_the_store_depends_on_the_moment_or_on_chance() -> None:
    own = Path(store.__file__).parent
    for path in sorted(own.glob("*.py")):
        if path.name in ("migrations.py", "backup.py", "journal.py"):
            continue
        sql = re.findall(r'"([^"\n]*)"', path.read_text())
        writes = [text for text in sql if not text.startswith("SELECT ")]
        bad = [text for text in writes if re.search(r"\b(now|random|uuid|gen_random_uuid|nextval)\(", text)]
        assert bad == [], path.name


def test_what_the_journal_cannot_see_ends_it(center: Center, keeper: Keeper, clock: Clock) -> None:
    whole(keeper, center, clock)
    with center.db.write() as writer:
        writer.cursor.execute("INSERT INTO setting VALUES ('diam', 'x')")
    assert not center.db.journal.is_on
    clock.forward(1)
    keeper.look()
    keeper.settle()
    assert len(backup_files.labels(keeper_folder(center))) == 2
    assert center.db.journal.is_on


def keeper_folder(center: Center) -> Path:
    found = backup.status(center).settings
    assert found is not None
    return found.folder


def test_too_much_for_memory_ends_the_journal_and_a_whole_backup_follows(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", 10_000)
    whole(keeper, center, clock)
    for n in range(5):
        with center.db.write() as writer:
            writer.execute("INSERT INTO setting VALUES (?, ?)", f"besar{n}", "x" * 3000)
    assert not center.db.journal.is_on
    assert center.db.journal.take() == []
    clock.forward(1)
    keeper.look()
    keeper.settle()
    follower = standby.Follower(keeper_folder(center), [IDENTITY], tmp_path / "standby")
    follower.look()
    assert store.differences(standing(center.db), follower.contents()) == ()
    follower.close()


# --- a whole backup -------------------------------------------------------------------------------------


def test_a_backup_holds_settings_secrets_photos_and_city_and_restores_them(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path, folder: Path
) -> None:
    var = tmp_path / "var"
    (var / "channels.toml").write_text("[sigap]\n")
    case = a_stored_case(center, S.CLOSED)
    sealed = whole(keeper, center, clock)
    done = restore.restore(sealed, [IDENTITY], settings(tmp_path / "lain"))
    other = tmp_path / "lain"
    assert (other / "secret-key").read_bytes() == (var / "secret-key").read_bytes()
    assert (other / "secret-key").stat().st_mode & 0o077 == 0
    (photo,) = case.attachments
    kept = (var / "attachments" / photo.sha256).read_bytes()
    assert (other / "attachments" / photo.sha256).read_bytes() == kept
    assert (other / "city" / "city.toml").read_bytes() == (
        center.settings.city_dir / "city.toml"
    ).read_bytes()
    assert (other / "channels.toml.disisihkan").is_file() and not (other / "channels.toml").exists()
    assert (other / "backup.toml.disisihkan").is_file()
    assert (done.seq, done.lost, done.gap) == (center.db.newest_event_seq(), (), False)
    sealed_bytes = sealed.read_bytes() + b"".join(p.read_bytes() for p in folder.rglob("*.age"))
    assert sealed_bytes.startswith(b"age-encryption.org/v1")
    for secret in (b"Siti", b"PAR1", (var / "secret-key").read_bytes().strip(), kept):
        assert secret not in sealed_bytes


def test_a_restored_backup_signs_everybody_out(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path
) -> None:
    account = accounts.make(center, at(0), ADE, "dewi", "Dewi Lestari", [Role.DISPATCHER]).account
    cookie = accounts.vouched(center, clock(), account, "10.0.0.7", "uji").cookie
    assert sessions.find(center, clock(), cookie)
    sealed = whole(keeper, center, clock)
    restore.restore(sealed, [IDENTITY], settings(tmp_path / "lain"))
    with duckdb.connect(str(tmp_path / "lain" / "sigap.duckdb"), read_only=True) as file:
        assert file.execute("SELECT count(*) FROM session").fetchone() == (0,)
        assert file.execute("SELECT login FROM account").fetchall() == [("dewi",)]


def test_a_lone_file_restores_and_names_the_photos_that_it_lacks(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path
) -> None:
    case = a_stored_case(center, S.CLOSED)
    alone = tmp_path / "usb"
    alone.mkdir()
    shutil.copy(whole(keeper, center, clock), alone)
    into = settings(tmp_path / "lain")
    done = restore.restore(next(alone.iterdir()), [IDENTITY], into)
    assert done.lost == (case.attachments[0].sha256,)
    assert case.attachments[0].sha256 in restore.report(done, into, clock())


def test_restore_touches_no_folder_that_holds_something(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path
) -> None:
    sealed = whole(keeper, center, clock)
    other = tmp_path / "lain"
    other.mkdir()
    (other / "catatan.txt").write_text("milik orang lain")
    with pytest.raises(restore.NotEmpty):
        restore.restore(sealed, [IDENTITY], settings(other))
    assert [path.name for path in other.iterdir()] == ["catatan.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cadangan", "lain", "var"]


@pytest.mark.parametrize("harm", ["cut", "flipped", "key"])
def test_a_harmed_backup_is_refused_and_leaves_nothing(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path, harm: str
) -> None:
    sealed = whole(keeper, center, clock)
    content = bytearray(sealed.read_bytes())
    if harm == "cut":
        del content[-20:]
    elif harm == "flipped":
        content[len(content) // 2] ^= 1
    sealed.write_bytes(content)
    keys = [OTHER] if harm == "key" else [IDENTITY]
    with pytest.raises(BadBackup):
        restore.restore(sealed, keys, settings(tmp_path / "lain"))
    assert not (tmp_path / "lain").exists() and not list(tmp_path.glob("lain*"))
    checked = backup.check(sealed, keys, clock, tmp_path)
    assert not checked.sound and not list(tmp_path.glob("backup-check-*"))


def test_a_backup_whose_rows_are_not_what_it_says_is_found_out(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path
) -> None:
    a_stored_case(center, S.VERIFIED)
    sealed = whole(keeper, center, clock)
    members = dict(backup_files.open_members(sealed, [IDENTITY]))
    told = json.loads(members["manifest.json"])
    told["standing"]["tables"]["case_open"]["digest"] = "1"
    members["manifest.json"] = json.dumps(told).encode()
    backup_files.seal_members(sealed, members.items(), [IDENTITY.to_public()])
    checked = backup.check(sealed, [IDENTITY], clock, tmp_path)
    assert not checked.sound and "case_open" in checked.told
    del members["files/secret-key"]
    backup_files.seal_members(sealed, members.items(), [IDENTITY.to_public()])
    assert not backup.check(sealed, [IDENTITY], clock, tmp_path).sound


def test_a_folder_with_a_broken_newest_backup_gives_the_one_before_with_its_segments(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path, folder: Path
) -> None:
    whole(keeper, center, clock)
    a_stored_case(center, S.VERIFIED)
    ship(keeper, clock)
    newest = whole(keeper, center, clock)
    a_stored_case(center, S.CLOSED, 50)
    ship(keeper, clock)
    newest.write_bytes(newest.read_bytes()[:-9])
    done = restore.restore(folder, [IDENTITY], settings(tmp_path / "lain"))
    assert len(done.skipped) == 1 and newest.name in done.skipped[0]
    assert store.differences(standing(center.db), standing_of(tmp_path / "lain" / "sigap.duckdb")) == ()


def test_a_check_is_made_by_itself_kept_and_shown(
    center: Center, clock: Clock, tmp_path: Path, folder: Path
) -> None:
    key = tmp_path / "kunci.txt"
    key.write_text(f"# rahasia\n{IDENTITY}\n")
    configure(tmp_path / "var", folder, f'identity_file = "{key}"\ncheck_every_days = 1\n')
    keeper = Keeper(center, clock)
    sealed = whole(keeper, center, clock)
    checked = backup.status(center, clock()).checked
    assert checked is not None and checked.sound and sealed.name.startswith(checked.name)
    assert f"peristiwa {center.db.newest_event_seq()}" in checked.told
    whole(keeper, center, clock)
    assert len(backup_files.checks(folder)) == 1
    clock.forward(86_400)
    whole(keeper, center, clock)
    assert [one.sound for one in backup_files.checks(folder)] == [True, True]


def test_an_older_schema_restores_and_migrates_forward(tmp_path: Path, folder: Path, clock: Clock) -> None:
    """A file as the first release wrote it: only its first migrations, one case in it."""
    old = tmp_path / "lama.duckdb"
    with duckdb.connect(str(old)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE migration (name VARCHAR PRIMARY KEY, applied_at TIMESTAMPTZ DEFAULT now())"
        )
        for one in migrations.MIGRATIONS[:9]:
            one(connection)
            connection.execute("INSERT INTO migration (name) VALUES (?)", [one.__name__.lstrip("_")])
        connection.execute("INSERT INTO setting VALUES ('lama', 'tetap ada')")
        snapshot = store.Snapshot(connection, 0)
        copy = store.Copy.open(tmp_path / "baru" / "sigap.duckdb")
        copy.make(snapshot.schema())
        for table in snapshot.tables():
            for part in snapshot.parts(table):
                copy.load(table, part)
        assert store.differences(snapshot.standing(), copy.standing()) == ()
        copy.close()
    center = open_center(settings(tmp_path / "baru"))
    try:
        assert center.db.read().row("SELECT value FROM setting WHERE name = 'lama'") == ("tetap ada",)
        assert len(center.db.read().rows("SELECT * FROM migration")) == len(migrations.MIGRATIONS)
    finally:
        close_center()


# --- when something is wrong ----------------------------------------------------------------------------


def test_without_settings_none_is_made_and_that_is_said_once_a_day(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    center = open_center(settings(tmp_path / "var"))
    try:
        keeper = Keeper(center, clock)
        for _ in range(30):
            keeper.look()
            clock.forward(3600)
        assert sum("TIDAK ADA CADANGAN" in line for line in caplog.messages) == 2
        found = backup.status(center, clock())
        assert isinstance(found.trouble, NoBackup) and found.late
        with pytest.raises(NoBackup):
            backup.ask(center, ADE)
        with pytest.raises(NotPermitted):
            backup.ask(center, DEDI)
    finally:
        close_center()


def test_a_secret_key_in_place_of_the_public_one_is_refused_and_not_repeated(
    center: Center, keeper: Keeper, tmp_path: Path, folder: Path
) -> None:
    text = (tmp_path / "var" / "backup.toml").read_text().replace(str(IDENTITY.to_public()), str(IDENTITY))
    (tmp_path / "var" / "backup.toml").write_text(text)
    keeper.look()
    trouble = str(backup.status(center).trouble)
    assert "recipients" in trouble and "AGE-SECRET" not in trouble
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_mounted_is_not_made_and_its_return_is_noticed(
    center: Center, keeper: Keeper, clock: Clock, folder: Path
) -> None:
    folder.rmdir()
    keeper.look()
    assert str(folder) in str(backup.status(center, clock()).trouble) and not folder.exists()
    folder.mkdir()
    whole(keeper, center, clock)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "kecil"
    place.mkdir()
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {tried.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_no_half_file_and_duty_goes_on(
    center: Center, clock: Clock, tmp_path: Path, small_disk: Path
) -> None:
    configure(tmp_path / "var", small_disk)
    (small_disk / "isi").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 16_384))
    keeper = Keeper(center, clock)
    keeper.look()
    keeper.settle()
    trouble = backup.status(center, clock()).trouble
    assert isinstance(trouble, BackupFailed) and "penuh" in str(trouble)
    left = {path.name for path in small_disk.rglob("*") if path.is_file()}
    assert not [name for name in left if name.startswith("sigap-") or name.endswith(".part")]
    case = a_stored_case(center, S.VERIFIED)
    (small_disk / "isi").unlink()
    clock.forward(backup.RETRY.total_seconds() + 1)
    sealed = whole(keeper, center, clock)
    assert backup.check(sealed, [IDENTITY], clock, tmp_path).sound
    (small_disk / "isi").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 4096))
    a_stored_case(center, S.CLOSED, 40)
    ship(keeper, clock)
    assert isinstance(backup.status(center, clock()).trouble, BackupFailed)
    (small_disk / "isi").unlink()
    ship(keeper, clock)
    found = backup.status(center, clock())
    assert found.trouble is None and found.behind_events == 0
    done = restore.restore(small_disk, [IDENTITY], settings(tmp_path / "lain"))
    assert done.seq == center.db.newest_event_seq() and case.call_no


def test_a_late_backup_is_told(center: Center, keeper: Keeper, clock: Clock, folder: Path, caplog) -> None:
    whole(keeper, center, clock)
    assert not backup.status(center, clock() + timedelta(hours=1.9)).late
    assert backup.status(center, clock() + timedelta(hours=2.1)).late
    shutil.rmtree(folder / "segments", ignore_errors=True)
    folder.rename(folder.with_name("lepas"))
    folder.write_text("bukan folder")
    clock.forward(3 * 3600)
    keeper.look()
    assert backup.status(center, clock()).late


# --- rotation on disk -----------------------------------------------------------------------------------


def test_old_backups_segments_and_deleted_photos_go(
    center: Center, clock: Clock, tmp_path: Path, folder: Path
) -> None:
    configure(
        tmp_path / "var", folder, "keep_hourly = 2\nkeep_daily = 0\nkeep_weekly = 0\nkeep_monthly = 0\n"
    )
    keeper = Keeper(center, clock)
    case = a_stored_case(center, S.CLOSED)
    for n in range(4):
        whole(keeper, center, clock)
        a_stored_case(center, S.VERIFIED, 100 + 10 * n)
        ship(keeper, clock)
    labels = backup_files.labels(folder)
    assert len(labels) == 2
    assert len(backup_segments.places(folder)) == 2
    digest = case.attachments[0].sha256
    (tmp_path / "var" / "attachments" / digest).unlink()
    whole(keeper, center, clock)
    assert (folder / "attachments" / f"{digest}.age").is_file()
    # The next backups are made years after the file's time on this machine's clock.
    whole(keeper, center, clock)
    assert not (folder / "attachments" / f"{digest}.age").is_file()


# --- a standby ------------------------------------------------------------------------------------------


@pytest.fixture
def follower(folder: Path, tmp_path: Path) -> Iterator[standby.Follower]:
    made = standby.Follower(folder, [IDENTITY], tmp_path / "standby")
    yield made
    made.close()


def test_a_missing_segment_is_a_gap_until_the_next_whole_backup(
    center: Center, keeper: Keeper, clock: Clock, folder: Path, follower: standby.Follower
) -> None:
    whole(keeper, center, clock)
    follower.look()
    for minute in (0, 20, 40):
        a_stored_case(center, S.VERIFIED, minute)
        ship(keeper, clock)
    first, second, _ = backup_segments.places(folder)
    (folder / second.name).unlink()
    seen = follower.look()
    assert (seen.position, seen.gap) == (first.end, True)
    done = restore.restore(folder, [IDENTITY], settings(folder.with_name("lain")))
    assert done.gap and done.position == first.end
    whole(keeper, center, clock)
    seen = follower.look()
    assert seen.rebuilt and not seen.gap
    assert store.differences(standing(center.db), follower.contents()) == ()


def test_a_segment_in_anothers_place_is_refused(
    center: Center, keeper: Keeper, clock: Clock, folder: Path, follower: standby.Follower
) -> None:
    whole(keeper, center, clock)
    a_stored_case(center, S.VERIFIED)
    ship(keeper, clock)
    follower.look()
    (first,) = backup_segments.places(folder)
    a_stored_case(center, S.VERIFIED, 30)
    ship(keeper, clock)
    second = backup_segments.places(folder)[1]
    told = backup_segments.read(folder, second, [IDENTITY])
    backup_segments.write(
        folder, second, (first.name, "0" * 64), told.changes, [IDENTITY.to_public()], clock()
    )
    seen = follower.look()
    assert seen.gap and seen.position == first.end


def test_a_standby_that_is_closed_at_any_moment_goes_on_where_it_was(
    center: Center, keeper: Keeper, clock: Clock, folder: Path, tmp_path: Path
) -> None:
    whole(keeper, center, clock)
    for minute in (0, 30, 60):
        a_stored_case(center, S.VERIFIED, minute)
        ship(keeper, clock)
        one = standby.Follower(folder, [IDENTITY], tmp_path / "standby")
        assert one.look().seq == center.db.newest_event_seq()
        one.close()
    assert standby.compare(folder, [IDENTITY], tmp_path / "standby") == ()


def test_a_standby_starts_only_when_promoted_and_the_old_primary_then_refuses(
    center: Center, keeper: Keeper, clock: Clock, folder: Path, follower: standby.Follower, tmp_path: Path
) -> None:
    a_stored_case(center, S.VERIFIED)
    whole(keeper, center, clock)
    follower.look()
    a_stored_case(center, S.CLOSED, 50)
    ship(keeper, clock)
    follower.close()
    here = standing(center.db)
    with pytest.raises(primary.StillStandby):
        open_center(settings(tmp_path / "standby"))
    done = standby.promote(folder, [IDENTITY], tmp_path / "standby", clock())
    assert (done.seq, done.marked) == (here.seq, True)
    # The old one runs on, until its next look at the folder.
    keeper.look()
    with pytest.raises(primary.NotPrimary):
        intake.open_call(center, at(200), ANI, Channel.CALL_112)
    assert isinstance(backup.status(center, clock()).trouble, primary.NotPrimary)
    assert center.db.newest_event_seq() == here.seq
    before = len(backup_files.labels(folder))
    keeper.end()
    close_center()
    with pytest.raises(primary.NotPrimary):
        open_center(settings(tmp_path / "var"))
    new = open_center(settings(tmp_path / "standby"))
    try:
        assert (tmp_path / "standby" / "backup.toml").is_file()
        a_stored_case(new, S.VERIFIED, 300)
        again = Keeper(new, clock)
        whole(again, new, clock)
        assert len(backup_files.labels(folder)) == before + 1
    finally:
        close_center()
    with pytest.raises(standby.NoStandby):
        standby.promote(folder, [IDENTITY], tmp_path / "standby", clock())


def test_a_second_sigap_does_not_write_into_the_folder_of_the_first(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path, folder: Path
) -> None:
    whole(keeper, center, clock)
    close_center()
    configure(tmp_path / "dua", folder)
    with pytest.raises(primary.NotPrimary):
        open_center(settings(tmp_path / "dua"))


# --- the commands ---------------------------------------------------------------------------------------


def test_the_commands_make_keys_a_backup_a_check_and_a_restore(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    var = tmp_path / "var"
    monkeypatch.setenv("SIGAP_VAR", str(var))
    monkeypatch.setenv("SIGAP_CITY", str(settings(var).city_dir))
    monkeypatch.setenv("SIGAP_DEMO", "0")
    monkeypatch.delenv("SIGAP_DB", raising=False)
    assert backup.main(["now"]) == 1
    assert "TIDAK ADA CADANGAN" in capsys.readouterr().err
    assert backup.main(["keys", str(tmp_path / "kunci")]) == 0
    assert backup.main(["keys", str(tmp_path / "kunci")]) == 1
    told = capsys.readouterr().out
    (recipients,) = re.findall(r"recipients = .*", told)
    key = tmp_path / "kunci" / "sigap-backup-identity.txt"
    assert key.stat().st_mode & 0o077 == 0 and str(key) in told
    var.mkdir(exist_ok=True)
    folder.mkdir()
    (var / "backup.toml").write_text(f'folder = "{folder}"\n{recipients}\n')
    assert backup.main(["now"]) == 0
    (label,) = backup_files.labels(folder)
    assert label.name in capsys.readouterr().out
    assert backup.main(["check", str(folder / f"{label.name}.tar.age"), "--identity", str(key)]) == 0
    monkeypatch.setenv("SIGAP_VAR", str(tmp_path / "lain"))
    assert restore.main([str(folder), "--identity", str(key)]) == 0
    told = capsys.readouterr().out
    assert label.name in told and f"peristiwa {label.seq}" in told
    assert restore.main([str(folder), "--identity", str(key)]) == 1
    assert "tidak kosong" in capsys.readouterr().err
    assert restore.main([str(folder), "--identity", str(folder / "primary.json")]) == 1
    assert standby.main(["--promote", "--var", str(tmp_path / "lain")]) == 0
    assert "bertugas" in capsys.readouterr().out
    center = open_center(replace(settings(tmp_path / "lain"), db_path=tmp_path / "lain" / "sigap.duckdb"))
    close_center()
    assert center.settings.var_dir == tmp_path / "lain"


def test_a_request_in_the_data_folder_is_answered_by_the_running_sigap(
    center: Center, keeper: Keeper, clock: Clock, tmp_path: Path
) -> None:
    whole(keeper, center, clock)
    (tmp_path / "var" / backup.REQUEST).write_text('{"id": "abc"}')
    clock.forward(5)
    keeper.look()
    keeper.settle()
    told = json.loads((tmp_path / "var" / backup.ANSWER).read_text())
    assert told["id"] == "abc" and read_exists(center, told["name"])
    assert not (tmp_path / "var" / backup.REQUEST).exists()


def read_exists(center: Center, name: str) -> bool:
    return (keeper_folder(center) / f"{name}.tar.age").is_file()


def test_a_change_that_cannot_be_run_again_waits_for_a_whole_backup(
    center: Center, keeper: Keeper, clock: Clock, folder: Path, follower: standby.Follower
) -> None:
    whole(keeper, center, clock)
    follower.look()
    a_stored_case(center, S.VERIFIED)
    ship(keeper, clock)
    (first,) = backup_segments.places(folder)
    told = backup_segments.read(folder, first, [IDENTITY])
    wrong = replace(told.changes[-1], statements=(Statement("INSERT INTO tidak_ada VALUES (1)"),))
    backup_segments.write(
        folder, first, told.previous, [*told.changes[:-1], wrong], [IDENTITY.to_public()], clock()
    )
    for _ in range(2):
        with pytest.raises(store.NotApplied, match="tidak_ada"):
            follower.look()
    whole(keeper, center, clock)
    assert follower.look().rebuilt
    assert store.differences(standing(center.db), follower.contents()) == ()
