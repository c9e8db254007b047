"""Making a data folder of a backup, on any machine: `python -m services.restore FROM --identity KEY`.

FROM is one backup, or a backup folder: then its newest sound backup with every segment that follows it. The
data folder (SIGAP_VAR) must be empty; it gets its name only when all of it was compared. What would
act on the outside world (sending to DKISP and agencies, making backups) is put aside, and Sigap does not
start on it, until `make promote` puts it on duty.
"""

import argparse
import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from database import backup as store
from domain.errors import SigapError
from domain.words import N_
from services import backup_copy, backup_files, backup_segments, backup_settings, channels, dkisp, primary
from services.backup_copy import DATABASE, Manifest
from services.backup_files import SEALED, BadBackup, Identities, write_whole
from services.backup_segments import Segment
from services.center import DEFAULT_CITY, Settings

ASIDE = ".disisihkan"
OUTWARD = (backup_settings.FILE, dkisp.FILE, channels.FILE)
"""Settings that make a Sigap act on others; a copy must not."""
CITY = "city"


class NotEmpty(SigapError):
    """The data folder holds something already."""

    template = N_(
        "Folder data {folder} tidak kosong dan tidak disentuh. Pilih folder lain dengan SIGAP_VAR, atau "
        "pindahkan isinya lebih dahulu."
    )


class OutsideDatabase(SigapError):
    """The database file would not lie in the data folder."""

    template = N_("Basis data harus berada di dalam folder data saat memulihkan: jalankan tanpa SIGAP_DB.")


class NothingThere(SigapError):
    """No backup can be found at that place."""

    template = N_("Di {place} tidak ada cadangan Sigap. Periksa jalurnya.")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a data folder was made of: `at`: the moment it shows; `lost`: documentation files not there.

    `skipped`: newer backups that could not be used, and why. `gap`: whether segments are missing after it.
    """

    manifest: Manifest
    at: datetime
    seq: int
    position: int
    lost: tuple[str, ...]
    skipped: tuple[str, ...]
    gap: bool
    own_city: bool


def restore(source: Path, identities: Identities, into: Settings) -> Restored:
    """Make the data folder of a backup; it is there whole, or not at all.

    Raises NotEmpty, OutsideDatabase, NothingThere, BadBackup, BackupFailed.
    """
    target = into.var_dir
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NotEmpty(folder=str(target))
    if into.db_path.parent != into.data_dir:
        raise OutsideDatabase()
    target.parent.mkdir(parents=True, exist_ok=True)
    place = target.with_name(f"{target.name}.pulih-{uuid.uuid4().hex[:8]}")
    try:
        done = build(source, identities, place)
        # A backup also brings sessions back that were ended since it was made.
        with closing(store.Copy.open(_data(place, done.manifest) / DATABASE)) as copy:
            copy.end_sessions()
        stay_out_of_duty(place, done.manifest, source if source.is_dir() else source.parent, done.seq)
        os.sync()
        if target.exists():
            target.rmdir()
        place.rename(target)
        backup_files.sync_folder(target.parent)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return done


def build(source: Path, identities: Identities, place: Path, *, follow: bool = False) -> Restored:
    """Make `place` (new) of a backup or of a backup folder. follow: note in the file how far it came."""
    skipped: list[str] = []
    for sealed in candidates(source):
        try:
            backup_copy.room_for(place.parent, 10 * sealed.stat().st_size)
            manifest = backup_copy.unpack(sealed, identities, place)
        except BadBackup as error:
            shutil.rmtree(place, ignore_errors=True)
            skipped.append(str(error))
            last = error
            continue
        folder = sealed.parent
        data = _data(place, manifest)
        position, seq, at, gap = manifest.position, manifest.standing.seq, manifest.at, False
        wanted = manifest.attachments
        copy = store.Copy.open(data / DATABASE)
        try:
            if follow:
                copy.follow(manifest.run, position)
            if source.is_dir():
                chain = Chain(folder, identities, manifest.run, position)
                for segment in chain.segments():
                    for change in segment.changes:
                        copy.apply(change)
                    position, seq, at = segment.place.end, segment.seq, segment.made_at
                gap = chain.gap
                wanted = backup_copy.mirrored(folder)
        finally:
            copy.close()
        lost = backup_copy.unpack_attachments(folder, wanted, identities, data)
        return Restored(manifest, at, seq, position, lost, tuple(skipped), gap, _own_city(place))
    if skipped:
        raise last
    raise NothingThere(place=str(source))


def _data(place: Path, manifest: Manifest) -> Path:
    """Return where the database lies below a data folder: a demonstration's apart from real cases."""
    return place / "demo" if manifest.demo else place


def candidates(source: Path) -> list[Path]:
    """Return the backup itself, or those of a folder, newest first."""
    if source.is_file():
        return [source]
    return [source / f"{label.name}{SEALED}" for label in backup_files.labels(source)]


class Chain:
    """The segments that follow a position of a run, each once; `gap`: one is missing before the next."""

    def __init__(self, folder: Path, identities: Identities, run: str, position: int) -> None:
        """Begin after `position`."""
        self.gap = False
        self.trouble: BadBackup | None = None
        self._folder, self._identities = folder, identities
        self._run, self._position = run, position
        self._previous: tuple[str, str] | None = None

    def segments(self) -> Iterator[Segment]:
        """Give what has come since the last time, one segment in memory, without what was there already.

        Ends before the first segment that is missing, broken, or does not name the one before it.
        """
        self.gap, self.trouble = False, None
        for place in backup_segments.of_run(self._folder, self._run):
            if place.end <= self._position:
                continue
            if place.start > self._position:
                self.gap = True
                break
            try:
                segment = backup_segments.read(self._folder, place, self._identities)
                self._require_link(segment)
                sha256 = backup_files.sha256_of(self._folder / place.name)
            except OSError:
                break
            except BadBackup as error:
                self.gap, self.trouble = True, error
                break
            rest = tuple(one for one in segment.changes if one.position > self._position)
            yield Segment(place, segment.previous, segment.seq, segment.made_at, rest)
            self._position, self._previous = place.end, (place.name, sha256)

    def _require_link(self, segment: Segment) -> None:
        """Raise BadBackup unless the segment names the one before it, as far as that is here to be asked."""
        name, sha256 = segment.previous
        known = self._previous
        if known is None and name and (self._folder / name).is_file():
            known = name, backup_files.sha256_of(self._folder / name)
        if known is not None and known != (name, sha256):
            raise backup_files.broken(segment.place.name)


def stay_out_of_duty(place: Path, manifest: Manifest, folder: Path, seq: int) -> None:
    """Put aside what acts on others, and mark the data folder so that Sigap does not start on it."""
    data = _data(place, manifest)
    for name in OUTWARD:
        if (data / name).is_file():
            (data / name).replace(data / f"{name}{ASIDE}")
    told = {"folder": str(folder.absolute()), "from": manifest.name, "seq": seq}
    write_whole(data / primary.STANDBY, json.dumps(told).encode())


def back_on_duty(data: Path) -> None:
    """Put in place again what was put aside."""
    for name in OUTWARD:
        if (data / f"{name}{ASIDE}").is_file():
            (data / f"{name}{ASIDE}").replace(data / name)


def _own_city(place: Path) -> bool:
    """Return whether the restored city pack differs from the program's; one that does not is dropped."""
    folder = place / CITY

    def files(root: Path) -> dict[str, bytes]:
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}

    if folder.is_dir() and files(folder) == files(DEFAULT_CITY):
        shutil.rmtree(folder)
    return folder.is_dir()


def report(done: Restored, into: Settings, now: datetime) -> str:
    """Return what was restored, how old it is, and what comes next, as printed."""
    age_s = (now - done.at).total_seconds()
    lines = [f"TIDAK TERPAKAI: {why}" for why in done.skipped]
    lines += [
        f"Dipulihkan ke {into.var_dir}: {done.manifest.name}, sampai peristiwa {done.seq}, keadaan "
        f"{done.at:%Y-%m-%d %H:%M:%S} UTC, {_age(age_s)} yang lalu.",
        f"Diperiksa: {len(done.manifest.standing.tables)} tabel, {len(done.manifest.members)} bagian, "
        f"{done.manifest.standing.schema}, Sigap {done.manifest.version}.",
    ]
    if done.gap:
        lines.append("CELAH: sesudah keadaan itu ada segmen yang hilang atau rusak; isinya tidak ikut.")
    if done.lost:
        lines.append(f"HILANG: {len(done.lost)} berkas dokumentasi tidak ada di folder cadangan:")
        lines += [f"  {one}" for one in done.lost[:20]]
    if done.own_city:
        lines.append(f"Paket kota berbeda dari bawaan: jalankan dengan SIGAP_CITY={into.var_dir / CITY}")
    lines += [
        f"Pengaturan pengiriman disisihkan (*{ASIDE}); Sigap belum berjalan di folder ini.",
        "Yang sudah dihapus karena masa simpan dapat muncul lagi; sesudah make promote jalankan "
        "python -m services.retention --run.",
        "Semua sesi diakhiri: setiap orang masuk lagi. Akun, tugas dan kata sandi kembali seperti saat itu.",
        "Untuk bertugas dari sini: make promote.",
    ]
    return "\n".join(lines)


def _age(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} detik"
    if seconds < 7200:
        return f"{seconds / 60:.0f} menit"
    return f"{seconds / 3600:.1f} jam"


def main(arguments: list[str] | None = None) -> int:
    """Restore into the configured data folder."""
    parser = argparse.ArgumentParser(prog="python -m services.restore", description=__doc__)
    parser.add_argument("source", type=Path, metavar="FROM", help="berkas cadangan, atau folder cadangan")
    parser.add_argument("--identity", type=Path, required=True, help="berkas kunci rahasia age")
    asked = parser.parse_args(arguments)
    into = Settings.from_environment()
    try:
        keys = backup_files.read_identities(asked.identity)
        done = restore(asked.source, keys, into)
    except SigapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{backup_files.failed(into.var_dir, error)}\n")
        return 1
    sys.stdout.write(report(done, into, datetime.now(UTC)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
