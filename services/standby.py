"""A warm standby: follows a backup folder, and takes the duty over when told.

    python -m services.standby FOLDER --identity KEY --var DIR             follow until stopped
    python -m services.standby FOLDER --identity KEY --var DIR --once      follow what is there, and end
    python -m services.standby FOLDER --identity KEY --var DIR --compare   make a second one and compare
    python -m services.standby FOLDER --identity KEY --var DIR --promote   take over

The folder may be shared, or copied here by rsync (names that end in `.part` left out).
How far it came stands in the database, in the transaction of each change: it may be killed at any moment.
"""

import argparse
import json
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from database import backup as store
from domain.errors import Need, SigapError
from domain.words import N_
from services import backup_copy, backup_files, primary, restore
from services.backup_copy import DATABASE
from services.backup_files import Identities
from services.restore import Chain

LOOK_S = 1.0
PROMOTE = "backup-promote-request"
_PATIENCE_S = 60.0
_LEFT = re.compile(r"\.(bangun|lama)-[0-9a-f]{8}$")
"""What a standby that was killed while it built itself leaves behind."""
_log = logging.getLogger(__name__)


class NoStandby(SigapError):
    """The folder is no standby and no restored copy."""

    template = N_("Folder {folder} bukan standby dan bukan hasil pemulihan: {why}")


class StandbyBusy(SigapError):
    """Another process holds the standby's database."""

    template = N_("Basis data standby {path} sedang dipakai proses lain ({reason}). Hentikan proses itu.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a standby stands: position in its run, newest event, moment shown, and what is wrong."""

    run: str
    position: int
    seq: int
    at: datetime | None
    gap: bool
    rebuilt: bool = False


class Follower:
    """Keeps one data folder equal to what a backup folder tells; `look` is called again and again."""

    def __init__(self, folder: Path, identities: Identities, var: Path) -> None:
        """Follow `folder` into `var`, which is empty or follows already."""
        self._folder, self._identities, self._var = folder, identities, var
        self._copy: store.Copy | None = None
        self._chain: Chain | None = None
        self._run, self._position, self._seq = "", 0, 0
        self._at: datetime | None = None

    @property
    def data(self) -> Path:
        """The data folder; that of a demonstration lies one deeper."""
        demo = self._var / "demo"
        return demo if (demo / primary.STANDBY).is_file() else self._var

    def look(self) -> Standing:
        """Apply what has come; begin from the newest backup where there is a gap or nothing yet.

        Raises NothingThere, BadBackup, NotApplied, StandbyBusy, NoStandby.
        """
        rebuilt = False
        if self._copy is None:
            rebuilt = self._open()
        try:
            seen = self._apply()
        except store.NotApplied:
            # The chain went further than the file: begin again where the file stands.
            self._begin_where_it_stands()
            if not self._is_overtaken():
                raise
            seen = Standing(self._run, self._position, self._seq, self._at, gap=True)
        if (seen.gap or self._is_overtaken()) and self._rebuild_from_newer():
            rebuilt, seen = True, self._apply()
        return Standing(seen.run, seen.position, seen.seq, seen.at, seen.gap, rebuilt)

    def contents(self) -> store.Standing:
        """Return what the database holds; reads all of it."""
        if self._copy is None:
            raise ValueError("nothing is open")
        return self._copy.standing()

    def close(self) -> None:
        """Write everything into the file and close it."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None

    def _open(self) -> bool:
        """Open what is there, or build it; return whether it was built."""
        if not self._var.exists() or not any(self._var.iterdir()):
            self._build()
            return True
        if not (self.data / primary.STANDBY).is_file():
            raise NoStandby(folder=str(self._var), why=Need(N_("isinya milik Sigap yang bertugas.")))
        self._copy = opened(self.data / DATABASE)
        self._begin_where_it_stands()
        return False

    def _begin_where_it_stands(self) -> None:
        if self._copy is None:
            raise ValueError("nothing is open")
        followed = self._copy.followed()
        if followed is None:
            self.close()
            raise NoStandby(folder=str(self._var), why=Need(N_("hasil pemulihan tidak mengikuti siapa pun.")))
        self._run, self._position = followed
        self._seq = self._copy.newest_event()[0]
        self._chain = Chain(self._folder, self._identities, self._run, self._position)

    def _build(self) -> None:
        """Make the data folder from the newest sound backup; it takes the old one's place whole."""
        self.close()
        self._var.parent.mkdir(parents=True, exist_ok=True)
        for left in self._var.parent.glob(f"{self._var.name}.*"):
            if _LEFT.search(left.name):
                shutil.rmtree(left)
        place = self._var.with_name(f"{self._var.name}.bangun-{uuid.uuid4().hex[:8]}")
        try:
            done = restore.build(self._folder, self._identities, place, follow=True)
            restore.stay_out_of_duty(place, done.manifest, self._folder, done.seq)
            old = self._var.with_name(f"{self._var.name}.lama-{uuid.uuid4().hex[:8]}")
            if self._var.exists():
                self._var.rename(old)
            place.rename(self._var)
            shutil.rmtree(old, ignore_errors=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        self._run, self._position, self._seq = done.manifest.run, done.position, done.seq
        self._at = done.at
        self._copy = opened(self.data / DATABASE)
        self._chain = Chain(self._folder, self._identities, self._run, self._position)

    def _apply(self) -> Standing:
        if self._copy is None or self._chain is None:
            raise ValueError("nothing is open")
        before = self._position
        for segment in self._chain.segments():
            for change in segment.changes:
                self._copy.apply(change)
            self._position, self._seq, self._at = segment.place.end, segment.seq, segment.made_at
        if self._position != before:
            wanted = backup_copy.mirrored(self._folder)
            backup_copy.unpack_attachments(self._folder, wanted, self._identities, self.data)
        return Standing(self._run, self._position, self._seq, self._at, self._chain.gap)

    def _is_overtaken(self) -> bool:
        """Return whether a whole backup tells more than this standby can reach by segments."""
        newest = next(iter(backup_files.labels(self._folder)), None)
        return newest is not None and (
            (newest.run == self._run and newest.position > self._position)
            # A run is named by the time at which it began.
            or newest.run > self._run
        )

    def _rebuild_from_newer(self) -> bool:
        """Build anew, if there is a backup that reaches further; return whether it was."""
        if not self._is_overtaken():
            return False
        _log.warning("position %d of run %s: begins anew from a newer backup", self._position, self._run)
        self._build()
        return True


def opened(path: Path) -> store.Copy:
    """Return an existing database file opened. Raises StandbyBusy."""
    try:
        return store.Copy.open(path)
    except store.STORE_ERRORS as error:
        raise StandbyBusy(path=path.name, reason=str(error).splitlines()[0][:120]) from error


def compare(folder: Path, identities: Identities, var: Path) -> tuple[str, ...]:
    """Build a second standby, bring both to the same position, return the tables that differ."""
    with tempfile.TemporaryDirectory(prefix=f"{var.name}.banding-", dir=var.parent) as aside:
        one, other = Follower(folder, identities, var), Follower(folder, identities, Path(aside) / "var")
        try:
            first, second = one.look(), other.look()
            while (first.run, first.position) != (second.run, second.position):
                first, second = one.look(), other.look()
            here, there = one.contents(), other.contents()
        finally:
            one.close()
            other.close()
    return store.differences(here, there)


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a promotion ended with."""

    data: Path
    seq: int
    trail_hash: str
    at: datetime | None
    took_s: float
    marked: bool


def promote(folder: Path | None, identities: Identities | None, var: Path, now: datetime) -> Promoted:
    """Make a standby, or a restored copy, the Sigap on duty: apply the rest, look at it, mark, set free.

    A standby that runs is asked to end. The old primary refuses once it sees the folder's mark. Without
    `folder` the one that the copy came from is marked, where it can be reached.
    Raises NoStandby, StandbyBusy.
    """
    began = time.monotonic()
    data = var / "demo" if (var / "demo" / primary.STANDBY).is_file() else var
    try:
        told = json.loads((data / primary.STANDBY).read_bytes())
    except FileNotFoundError:
        raise NoStandby(folder=str(var), why=Need(N_("tidak ada standby.json di dalamnya."))) from None
    place = folder or Path(told["folder"])
    asked = data / PROMOTE
    asked.touch()
    try:
        copy = _wait_for(data / DATABASE)
        follows, at = copy.followed() is not None, None
        copy.close()
        if follows and identities is not None:
            follower = Follower(place, identities, var)
            try:
                at = follower.look().at
            finally:
                follower.close()
        copy = opened(data / DATABASE)
        seq, trail_hash = copy.newest_event()
        # First the mark: from here on the old primary takes nothing more.
        instance = primary.instance_id(data)
        marked = place.is_dir()
        if marked:
            primary.mark(place, instance, now)
        copy.stand_alone()
        copy.close()
        restore.back_on_duty(data)
        (data / primary.STANDBY).unlink()
    finally:
        asked.unlink(missing_ok=True)
    return Promoted(data, seq, trail_hash, at, round(time.monotonic() - began, 2), marked)


def _wait_for(path: Path) -> store.Copy:
    """Return the database once the follower let go of it. Raises StandbyBusy."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return opened(path)
        except StandbyBusy:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def follow(follower: Follower, stop: threading.Event) -> None:
    """Follow until `stop` is set or a promotion is asked for; troubles are told and tried again."""
    said = ""
    while not stop.is_set():
        try:
            seen = follower.look()
            text = f"sampai peristiwa {seen.seq}" + (", ADA CELAH" if seen.gap else "")
        except (SigapError, OSError) as error:
            text = str(error)
        if text != said:
            said = text
            _tell(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC {text}")
        if (follower.data / PROMOTE).exists():
            return
        stop.wait(LOOK_S)


def main(arguments: list[str] | None = None) -> int:
    """Follow, compare or take over."""
    parser = argparse.ArgumentParser(prog="python -m services.standby", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="folder cadangan")
    parser.add_argument("--identity", type=Path, help="berkas kunci rahasia age")
    parser.add_argument("--var", type=Path, default=os.environ.get("SIGAP_VAR"), help="folder data standby")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--once", action="store_true", help="ikuti yang ada, lalu selesai")
    chosen.add_argument("--compare", action="store_true", help="bangun yang kedua dan bandingkan")
    chosen.add_argument("--promote", action="store_true", help="ambil alih tugas")
    asked = parser.parse_args(arguments)
    if asked.var is None or (not asked.promote and (asked.folder is None or asked.identity is None)):
        parser.error("FOLDER, --identity dan --var perlu diisi")
    var = Path(asked.var)
    try:
        keys = backup_files.read_identities(asked.identity) if asked.identity else None
        if asked.promote:
            done = promote(asked.folder, keys, var, datetime.now(UTC))
            _tell(f"{done.data} sekarang bertugas, sampai peristiwa {done.seq} ({done.took_s} s).")
            if done.marked:
                _tell("Sigap yang lama menolak perubahan begitu melihat tanda di folder cadangan.")
            else:
                _tell("Folder cadangan tidak terjangkau: PASTIKAN SENDIRI Sigap yang lama sudah mati.")
            _tell(f"Jalankan: SIGAP_VAR={var} make run SIGAP_DEMO={int(done.data != var)}")
            return 0
        if keys is None:
            raise NoStandby(folder=str(var), why="--identity")
        if asked.compare:
            differ = compare(asked.folder, keys, var)
            _tell("Sama, tabel demi tabel." if not differ else f"BERBEDA: {', '.join(differ)}")
            return 1 if differ else 0
        follower = Follower(asked.folder, keys, var)
        stop = threading.Event()
        try:
            if asked.once:
                seen = follower.look()
                _tell(f"sampai peristiwa {seen.seq}" + (", ADA CELAH" if seen.gap else ""))
                return 1 if seen.gap else 0
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            follow(follower, stop)
        finally:
            follower.close()
    except SigapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
