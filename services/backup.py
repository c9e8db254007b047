"""Keeping backups: a whole one every so often, segments of changes between, old ones rotated, one tried.

A worker does it beside the screens (`run`); a screen or `make backup` asks for one now. The command:

    python -m services.backup keys FOLDER               make a key pair, once
    python -m services.backup now                       make a backup now, Sigap running or not
    python -m services.backup check FILE --identity KEY restore it aside and compare
"""

import argparse
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

import pyrage

from database import backup as store
from database.connection import Database
from domain.backup import is_late, kept
from domain.case import Actor
from domain.errors import Need, SigapError, StoreUnavailable
from domain.permissions import Action, require
from domain.words import N_, Role
from services import backup_copy, backup_files, backup_segments, backup_settings, primary
from services.backup_files import SEALED, BackupFailed, BadBackup, Checked, Identities, Label
from services.backup_segments import Place
from services.backup_settings import BackupSettings
from services.center import Center, Settings, close_center, open_center

MACHINE = Actor("Sigap", Role.ADMIN)
REQUEST, ANSWER = "backup-request.json", "backup-answer.json"
LOOK_S = 0.5
RETRY = timedelta(minutes=2)
"""A backup that failed is tried again after so long."""
SAY_AGAIN = timedelta(days=1)
REST_SHARE = 0.5
"""After each part the copying pauses for this share of the time it took: duty has the processor first."""
_WAIT_S = 1800.0
_LOCKED = N_("berkas sedang dipakai proses lain")
_log = logging.getLogger(__name__)


class NoBackup(SigapError):
    """There is no `backup.toml`."""

    template = N_(
        "TIDAK ADA CADANGAN: {file} tidak ada di folder data Sigap. Buat kunci dengan python -m "
        "services.backup keys FOLDER, lalu tulis berkas itu (docs/operations.md)."
    )


class NoFolder(SigapError):
    """The backup folder is not there; it is not made, for it may be a disk that is not mounted."""

    template = N_(
        "Folder cadangan {folder} tidak ada. Pasang penyimpanannya, atau buat foldernya; Sigap melanjutkan "
        "sendiri."
    )


@dataclass(slots=True)
class _State:
    """What the worker of one open database knows beside what lies in the folder; read from any thread."""

    since: datetime
    trouble: SigapError | None = None
    working: bool = False
    shipped_at: datetime | None = None
    shipped_seq: int = 0
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """How backups stand. `trouble`: what failed last, or that none are made; `late`: longer than they may.

    `shipped_at`: until when every change is in a segment; `behind_events`: so many events are not yet.
    """

    settings: BackupSettings | None
    trouble: SigapError | None
    newest: Label | None
    age_s: float | None
    late: bool
    count: int
    checked: Checked | None
    shipped_at: datetime | None
    behind_events: int
    working: bool


_states: WeakKeyDictionary[Database, _State] = WeakKeyDictionary()


def status(center: Center, now: datetime | None = None) -> Status:
    """Return how backups stand now; asks the backup folder. Never raises for what is wrong with it."""
    at = now or datetime.now(UTC)
    state = _states.get(center.db) or _State(center.started_at)
    try:
        found = backup_settings.load(center.settings.data_dir)
    except backup_settings.BadBackupSettings as error:
        return Status(None, error, None, None, True, 0, None, None, 0, state.working)
    if found is None:
        none = NoBackup(file=backup_settings.FILE)
        return Status(None, none, None, None, True, 0, None, None, 0, state.working)
    try:
        labels, checks = backup_files.labels(found.folder), backup_files.checks(found.folder)
    except OSError as error:
        trouble = state.trouble or backup_files.failed(found.folder, error)
        return Status(found, trouble, None, None, True, 0, None, None, 0, state.working)
    newest = labels[0] if labels else None
    age_s = (at - newest.made_at).total_seconds() if newest else None
    late = is_late(newest.made_at if newest else None, state.since, found.every, at)
    shipped_seq = max(state.shipped_seq, newest.seq if newest else 0)
    behind = max(0, center.db.newest_event_seq() - shipped_seq)
    return Status(
        found,
        state.trouble,
        newest,
        age_s,
        late,
        len(labels),
        checks[-1] if checks else None,
        state.shipped_at,
        behind,
        state.working,
    )


def ask(center: Center, actor: Actor) -> None:
    """Let the worker make a backup now. Raises NotPermitted, NoBackup, BadBackupSettings."""
    require(actor, Action.BACK_UP)
    if backup_settings.load(center.settings.data_dir) is None:
        raise NoBackup(file=backup_settings.FILE)
    _states.setdefault(center.db, _State(center.started_at)).wanted = True


def run(center: Center, stop: threading.Event) -> None:
    """Keep backups until `stop` is set; whatever fails is said, tried again, and disturbs nothing else."""
    keeper = Keeper(center, lambda: datetime.now(UTC))
    try:
        while not stop.wait(LOOK_S):
            try:
                keeper.look()
            except (SigapError, OSError):
                _log.exception("backups could not be looked after; tried again")
    finally:
        keeper.end()


class Keeper:
    """Makes the backups of one open center; `look` is called again and again by one thread."""

    def __init__(self, center: Center, clock: Callable[[], datetime]) -> None:
        """Begin without a backup of this run; `clock` tells the time."""
        self._center, self._clock = center, clock
        self._ending = threading.Event()
        now = clock()
        self._state = _states.setdefault(center.db, _State(now))
        self._folder = center.settings.data_dir
        self._said: dict[str, datetime] = {}
        self._copying: threading.Thread | None = None
        self._run = ""
        self._position = 0
        self._previous = ("", "")
        self._segment_at = now
        self._made_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._refused = False

    def look(self) -> None:
        """Do what is due: a segment here, a whole backup in a thread of its own."""
        now = self._clock()
        try:
            found = backup_settings.load(self._folder)
        except backup_settings.BadBackupSettings as error:
            self._trouble(error, now)
            return
        if found is None:
            self._center.db.journal.stop()
            self._run = ""
            if not self._center.is_demo:
                self._say(str(NoBackup(file=backup_settings.FILE)), now)
            self._answer_request(None)
            return
        if self._refused or self._must_refuse(found):
            return
        if not found.folder.is_dir():
            self._trouble(NoFolder(folder=str(found.folder)), now)
            self._answer_request(None)
            return
        self._ship(found, now)
        if self._copying is not None and not self._copying.is_alive():
            self._copying.join()
            self._copying = None
        if self._copying is None and self._is_due(found, now):
            self._state.wanted = False
            if not self._center.db.journal.is_on:
                self._run = ""
            self._copying = threading.Thread(target=self._copy, args=(found, now), name="backup-copy")
            self._copying.start()
        self._warn_when_late(found, now)

    def settle(self) -> None:
        """Wait for a whole backup that is being made."""
        if self._copying is not None:
            self._copying.join()
            self._copying = None

    def end(self) -> None:
        """Leave off what is being made, and ship what is still there."""
        self._ending.set()
        self.settle()
        try:
            found = backup_settings.load(self._folder)
        except backup_settings.BadBackupSettings:
            return
        if found is not None and not self._refused:
            self._ship(found, self._clock(), at_once=True)

    # --- whole backups ---

    def _is_due(self, found: BackupSettings, now: datetime) -> bool:
        asked = self._state.wanted or (self._folder / REQUEST).is_file()
        if asked:
            return True
        if self._failed_at is not None and timedelta() <= now - self._failed_at < RETRY:
            return False
        # Each run of the program begins with one: what was changed before is in no segment of this run.
        chain_ended = not self._run or not self._center.db.journal.is_on
        if self._made_at is None or chain_ended:
            return True
        return not timedelta() <= now - self._made_at < found.every

    def _copy(self, found: BackupSettings, now: datetime) -> None:
        self._state.working = True
        label: Label | None = None
        # Until it is done: whatever ends it, it is not begun again at once.
        self._failed_at = now
        try:
            if not self._run:
                _sweep(found.folder, self._folder)
            on = bool(self._run)
            run = self._run or f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
            if primary.marked(found.folder) is None:
                primary.mark(found.folder, primary.instance_id(self._folder), now)
            label = backup_copy.make(self._center, now, found.folder, found.keys, run, self._rest)
            if not on:
                self._position, self._previous, self._run = label.position, ("", ""), run
            self._made_at, self._failed_at, self._state.trouble = now, None, None
            self._rotate(found)
            _log.info("backup %s: %d bytes in %.1f s", label.name, label.size, label.took_s)
            self._check_when_due(found)
        except (SigapError, OSError, *store.STORE_ERRORS) as error:
            told = error if isinstance(error, SigapError) else backup_files.failed(found.folder, error)
            if not self._ending.is_set():
                self._trouble(told, now)
        finally:
            self._state.working = False
            self._answer_request(label)

    def _rest(self, took_s: float) -> None:
        if self._ending.wait(took_s * REST_SHARE):
            raise BackupFailed(
                place="", reason=Need(N_("Sigap sedang berhenti")), todo=Need(N_("Jalankan Sigap lagi."))
            )

    def _rotate(self, found: BackupSettings) -> None:
        rotate(found)
        oldest = backup_files.labels(found.folder)[-1].made_at
        backup_copy.forget_attachments(self._center, found.folder, oldest)

    def _check_when_due(self, found: BackupSettings) -> None:
        if found.identity_file is None:
            return
        checks = backup_files.checks(found.folder)
        if checks and self._clock() - checks[-1].checked_at < found.check_every:
            return
        newest = backup_files.labels(found.folder)[0]
        keys = backup_files.read_identities(found.identity_file)
        checked = check(found.folder / f"{newest.name}{SEALED}", keys, self._clock, aside=self._folder)
        backup_files.add_check(found.folder, checked)
        if not checked.sound:
            _log.error("backup %s is NOT sound: %s", checked.name, checked.told)

    # --- segments ---

    def _ship(self, found: BackupSettings, now: datetime, *, at_once: bool = False) -> None:
        """Write what was changed since the last segment, if it is time and there is a backup to follow."""
        if not self._run or not found.folder.is_dir():
            return
        if not (at_once or not timedelta() <= now - self._segment_at < found.segments_every):
            return
        self._segment_at = now
        journal = self._center.db.journal
        if not journal.is_on:
            return
        changes = [one for one in journal.take() if one.position > self._position]
        if not changes:
            self._state.shipped_at = now
            if self._failed_at is None:
                self._state.trouble = None
            return
        if changes[0].position != self._position + 1:
            # The journal ended and began again in between: only a whole backup tells what is missing.
            self._run = ""
            return
        place = Place(self._run, self._position, changes[-1].position)
        try:
            backup_copy.mirror(self._center, found.folder, found.keys)
            self._previous = backup_segments.write(
                found.folder, place, self._previous, changes, found.keys, now
            )
        except TypeError:
            _log.exception("a change cannot be told in a segment; a whole backup takes its place")
            self._run = ""
            return
        except (OSError, BackupFailed) as error:
            told = error if isinstance(error, BackupFailed) else backup_files.failed(found.folder, error)
            if not journal.give_back(changes):
                self._run = ""
            self._trouble(told, now)
            return
        if self._failed_at is None:
            self._state.trouble = None
        self._position = place.end
        self._state.shipped_at, self._state.shipped_seq = now, changes[-1].seq

    # --- what is said ---

    def _must_refuse(self, found: BackupSettings) -> bool:
        """Return whether another Sigap has the duty; then this one takes no more changes."""
        why = primary.refusal(found.folder, self._folder)
        if why is None:
            return False
        self._refused = True
        self._center.db.refuse(why)
        self._state.trouble = why
        _log.error("%s", why)
        return True

    def _warn_when_late(self, found: BackupSettings, now: datetime) -> None:
        if is_late(self._made_at, self._state.since, found.every, now):
            hours = (now - (self._made_at or self._state.since)).total_seconds() / 3600
            self._say("late", now, f"the newest backup is late: {hours:.1f} hours")

    def _trouble(self, error: SigapError, now: datetime) -> None:
        self._state.trouble = error
        self._say(str(error), now)

    def _say(self, what: str, now: datetime, text: str = "") -> None:
        """Log a trouble when it is new, and then once a day."""
        said = self._said.get(what)
        if said is None or not timedelta() <= now - said < SAY_AGAIN:
            self._said[what] = now
            _log.error("%s", text or what)

    def _answer_request(self, label: Label | None) -> None:
        """Tell whoever laid a request into the data folder what came of it."""
        path = self._folder / REQUEST
        try:
            asked = json.loads(path.read_bytes())["id"]
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError):
            asked = ""
        path.unlink(missing_ok=True)
        trouble = self._state.trouble or NoBackup(file=backup_settings.FILE)
        told = {"id": asked, "name": label.name} if label else {"id": asked, "error": str(trouble)}
        backup_files.write_whole(self._folder / ANSWER, json.dumps(told, ensure_ascii=False).encode())


def _sweep(folder: Path, data_dir: Path) -> None:
    """Delete what a kill in the middle of a copy or a try left; nobody else writes at these places."""
    for part in folder.rglob("*.part"):
        part.unlink(missing_ok=True)
    for aside in data_dir.glob("backup-check-*"):
        shutil.rmtree(aside, ignore_errors=True)


def rotate(found: BackupSettings) -> tuple[str, ...]:
    """Delete what the rule lets go, and segments that follow none of the two newest; return the names."""
    made = backup_files.made(found.folder)
    stay = kept(made, found.keep)
    gone = tuple(one.name for one in made if one.name not in stay)
    for name in gone:
        backup_files.remove(found.folder, name)
    needed: dict[str, int] = {}
    for label in backup_files.labels(found.folder)[:2]:
        needed[label.run] = min(label.position, needed.get(label.run, label.position))
    backup_segments.remove_before(found.folder, needed)
    return gone


def check(
    sealed: Path, identities: Identities, clock: Callable[[], datetime], aside: Path | None = None
) -> Checked:
    """Restore a backup beside everything else, compare, delete it again; return what was found.

    aside: the folder on whose disk it is unpacked; without it the system's. Raises BackupFailed without room.
    """
    name, began, at = sealed.name.removesuffix(SEALED), time.monotonic(), clock()

    def found(sound: bool, told: str) -> Checked:
        return Checked(name, at.astimezone(UTC).isoformat(), sound, told, round(time.monotonic() - began, 2))

    if not sealed.is_file():
        raise backup_files.broken(name, FileNotFoundError())
    place = Path(tempfile.mkdtemp(prefix="backup-check-", dir=aside))
    try:
        # A sealed file unpacks to some ten times its size.
        backup_copy.room_for(place, 10 * sealed.stat().st_size)
        manifest = backup_copy.unpack(sealed, identities, place / "var")
        missing = set(manifest.attachments) - set(backup_copy.mirrored(sealed.parent))
        if missing:
            words = N_("{n} berkas dokumentasi tidak ada di folder cadangan")
            return found(False, str(Need(words, n=len(missing))))
        tables, rows = len(manifest.standing.tables), sum(t.rows for t in manifest.standing.tables.values())
        words = N_("dipulihkan dan sama: peristiwa {seq}, {tables} tabel, {rows} baris")
        return found(True, str(Need(words, seq=manifest.standing.seq, tables=tables, rows=rows)))
    except BadBackup as error:
        return found(False, str(error))
    finally:
        shutil.rmtree(place, ignore_errors=True)


# --- the command ----------------------------------------------------------------------------------------


def make_keys(folder: Path) -> tuple[Path, str]:
    """Make an age key pair in a folder; return where the secret key lies and the public one.

    Raises FileExistsError rather than overwrite a key.
    """
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sigap-backup-identity.txt"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{identity}\n")
        file.flush()
        os.fsync(file.fileno())
    return path, public


def make_now(found: Settings) -> str:
    """Make a backup of the configured Sigap, running or not; return its name. Raises SigapError."""
    if backup_settings.load(found.data_dir) is None:
        raise NoBackup(file=backup_settings.FILE)
    try:
        center = open_center(found)
    except StoreUnavailable as error:
        reason = error.params["reason"]
        if not (isinstance(reason, Need) and reason.template == _LOCKED):
            raise
        return _ask_the_running(found.data_dir)
    try:
        keeper = Keeper(center, lambda: datetime.now(UTC))
        keeper.look()
        keeper.settle()
        now = status(center)
    finally:
        close_center()
    if now.trouble is not None:
        raise now.trouble
    return now.newest.name if now.newest else ""


def _ask_the_running(data_dir: Path) -> str:
    """Lay a request into the data folder, wait for the answer. Only who may write there can ask."""
    mine = uuid.uuid4().hex
    (data_dir / ANSWER).unlink(missing_ok=True)
    backup_files.write_whole(data_dir / REQUEST, json.dumps({"id": mine}).encode())
    until = time.monotonic() + _WAIT_S
    while time.monotonic() < until:
        try:
            told = json.loads((data_dir / ANSWER).read_bytes())
        except FileNotFoundError:
            time.sleep(0.2)
            continue
        if told.get("id") == mine:
            if "error" in told:
                raise BackupFailed(place=data_dir.name, reason=told["error"], todo="")
            return str(told["name"])
        time.sleep(0.2)
    (data_dir / REQUEST).unlink(missing_ok=True)
    raise BackupFailed(
        place=data_dir.name,
        reason=Need(N_("Sigap yang berjalan tidak menjawab")),
        todo=Need(N_("Periksa log Sigap itu.")),
    )


def main(arguments: list[str] | None = None) -> int:
    """Make keys, make a backup, or try one."""
    parser = argparse.ArgumentParser(prog="python -m services.backup", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="buat sepasang kunci age di FOLDER")
    keys.add_argument("folder", type=Path)
    commands.add_parser("now", help="buat cadangan sekarang")
    checking = commands.add_parser("check", help="pulihkan di samping dan bandingkan")
    checking.add_argument("file", type=Path)
    checking.add_argument("--identity", type=Path, required=True, help="berkas kunci rahasia age")
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "keys":
            path, public = make_keys(asked.folder)
            _tell(f"Kunci rahasia: {path}")
            _tell(
                "Simpan di luar server ini (dua salinan, mis. dua USB di dua lemari), lalu hapus dari sini."
            )
            _tell("Tanpa kunci itu tidak ada cadangan yang dapat dipulihkan oleh siapa pun.")
            _tell(f'Untuk {backup_settings.FILE}: recipients = ["{public}"]')
        elif asked.command == "now":
            _tell(make_now(Settings.from_environment()))
        else:
            checked = check(
                asked.file, backup_files.read_identities(asked.identity), lambda: datetime.now(UTC)
            )
            backup_files.add_check(asked.file.parent, checked)
            _tell(
                f"{'BAIK' if checked.sound else 'RUSAK'}: {checked.name}: {checked.told} ({checked.took_s} s)"
            )
            return 0 if checked.sound else 1
    except FileExistsError:
        sys.stderr.write("Kunci sudah ada di folder itu dan tidak ditimpa. Pilih folder lain.\n")
        return 1
    except SigapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
