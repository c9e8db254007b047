"""One whole backup: what goes into it, and a folder made of it again, compared before anybody uses it.

In: the database as of one moment, the small files of the data folder (settings, secrets, roads), the city
pack. Documentation files lie beside it, each once. Not in: what can be made again (cache, archives, records
that were dropped as files: their bytes are in the database).
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pyrage

from database import backup as store
from database.backup import Standing, TableSum
from domain.backup import name_of
from domain.errors import Need
from domain.words import N_
from services import backup_files, primary
from services.backup_files import (
    MANIFEST,
    SEALED,
    BackupFailed,
    BadBackup,
    Identities,
    Label,
    Member,
    Recipients,
    broken,
    failed,
    write_whole,
)
from services.center import VERSION, Center

ATTACHMENTS = "attachments"
DATABASE = "sigap.duckdb"
FORMAT = 1
MOST_FILE_BYTES = 256 * 2**20
_TABLES, _FILES, _CITY = "tables/", "files/", "city/"
_SCHEMA = "schema.json"
_DIGEST = re.compile(r"^[0-9a-f]{64}$")
_NOT_FILES = re.compile(r"^\.|\.(part|tmp|wal|duckdb|lock|baru)$|^backup-|^sigap\.duckdb")
_GONE = ".gone"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `members` by name: SHA-256 and size. `db`: where the file lay."""

    name: str
    at: datetime
    city: str
    demo: bool
    version: str
    run: str
    position: int
    standing: Standing
    engine: str
    members: dict[str, tuple[str, int]]
    attachments: tuple[str, ...]

    def as_json(self) -> bytes:
        """Return it as the last member of the backup."""
        told = asdict(self) | {"format": FORMAT, "at": self.at.isoformat()}
        return json.dumps(told).encode()


def read_manifest(content: bytes) -> Manifest:
    """Return a manifest. Raises ValueError, KeyError, TypeError for anything else."""
    told: dict[str, Any] = json.loads(content)
    if told.pop("format") != FORMAT:
        raise ValueError("another format")
    standing = told["standing"]
    tables = {name: TableSum(**one) for name, one in standing["tables"].items()}
    members = {name: (one[0], one[1]) for name, one in told["members"].items()}
    return Manifest(
        **told
        | {
            "at": datetime.fromisoformat(told["at"]),
            "standing": Standing(**standing | {"tables": tables}),
            "members": members,
            "attachments": tuple(told["attachments"]),
        }
    )


# --- making ---------------------------------------------------------------------------------------------


def make(
    center: Center, now: datetime, folder: Path, keys: Recipients, run: str, rest: Callable[[float], None]
) -> Label:
    """Write a whole backup into `folder` while others work; return its label, which lies beside it.

    run: the name under which changes since then will follow. rest: told how long each part took, and
    returns when the next one may begin. Raises BackupFailed, NotCopied.
    """
    began = monotonic()
    # Before the snapshot: what they tell of the trail is then never ahead of it.
    files = [(name, path.read_bytes()) for name, path in _files(center)]
    with store.snapshot(center.db) as snapshot:
        seq = snapshot.seq()
        name = name_of(now, seq)
        mirror(center, folder, keys)
        told: dict[str, tuple[str, int]] = {}
        standing: list[Standing] = []

        def members() -> Iterator[Member]:
            for member in _members(snapshot, files):
                told[member[0]] = hashlib.sha256(member[1]).hexdigest(), len(member[1])
                started = monotonic()
                yield member
                rest(monotonic() - started)
            standing.append(snapshot.standing())
            manifest = Manifest(
                name,
                now.astimezone(UTC),
                center.pack.city.adm_code,
                center.settings.demo,
                VERSION,
                run,
                snapshot.position,
                standing[0],
                store.ENGINE,
                told,
                tuple(sorted(_digests(center.attachments_dir))),
            )
            yield MANIFEST, manifest.as_json()

        sha256, size = backup_files.seal_members(folder / f"{name}{SEALED}", members(), keys)
    label = Label(
        name,
        now.astimezone(UTC).isoformat(),
        seq,
        standing[0].trail_hash,
        standing[0].schema,
        VERSION,
        run,
        snapshot.position,
        sha256,
        size,
        round(monotonic() - began, 2),
    )
    try:
        backup_files.write_label(folder, label)
    except OSError as error:
        backup_files.remove(folder, name)
        raise failed(folder, error) from error
    return label


def _members(snapshot: store.Snapshot, files: list[Member]) -> Iterator[Member]:
    yield _SCHEMA, json.dumps(snapshot.schema()).encode()
    yield from files
    for table in snapshot.tables():
        for number, part in enumerate(snapshot.parts(table), 1):
            yield f"{_TABLES}{table}/{number:06d}.parquet", part


def _files(center: Center) -> Iterator[tuple[str, Path]]:
    """Return the small files of the data folder by their path in it, and the city pack's."""
    found = center.settings
    for folder in sorted({found.var_dir, found.data_dir}):
        for path in sorted(folder.iterdir()):
            own = path.name in (primary.INSTANCE, primary.STANDBY)
            if path.is_file() and not own and not _NOT_FILES.search(path.name) and path != found.db_path:
                if path.stat().st_size > MOST_FILE_BYTES:
                    raise BackupFailed(
                        place=path.name,
                        reason=Need(N_("berkas pengaturan terlalu besar")),
                        todo=Need(N_("Pindahkan berkas itu dari folder data Sigap.")),
                    )
                yield f"{_FILES}{path.relative_to(found.var_dir)}", path
    for path in sorted(found.city_dir.rglob("*")):
        if path.is_file():
            yield f"{_CITY}{path.relative_to(found.city_dir)}", path


def mirror(center: Center, folder: Path, keys: Recipients) -> int:
    """Seal each documentation file that the folder does not hold; return how many. Raises BackupFailed."""
    place = folder / ATTACHMENTS
    try:
        place.mkdir(parents=True, exist_ok=True)
        held = {path.name.removesuffix(".age") for path in place.glob("*.age")}
        new = sorted(_digests(center.attachments_dir) - held)
        for digest in new:
            content = (center.attachments_dir / digest).read_bytes()
            write_whole(place / f"{digest}.age", pyrage.encrypt(content, keys))
    except (OSError, pyrage.EncryptError) as error:
        raise failed(folder, error) from error
    return len(new)


def forget_attachments(center: Center, folder: Path, oldest: datetime) -> None:
    """Delete files of the mirror that were deleted here before the oldest kept backup was made."""
    here = _digests(center.attachments_dir)
    for path in (folder / ATTACHMENTS).glob("*.age"):
        digest = path.name.removesuffix(".age")
        gone = path.with_name(digest + _GONE)
        if digest in here:
            gone.unlink(missing_ok=True)
        elif not gone.exists():
            gone.touch()
        elif gone.stat().st_mtime < oldest.timestamp():
            path.unlink()
            gone.unlink()


def _digests(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if _DIGEST.match(path.name)}


# --- making a folder of it again ------------------------------------------------------------------------


def unpack(sealed: Path, identities: Identities, place: Path) -> Manifest:
    """Make `place` (new) a data folder of a backup, and compare it with what the backup says of itself.

    Every member's SHA-256, every table's rows and their hashes, the newest event and its hash must agree.
    Documentation files are not unpacked (`unpack_attachments`). Raises BadBackup; `place` is then rubbish.
    """
    place.mkdir(parents=True, mode=0o700)
    found: dict[str, tuple[str, int]] = {}
    manifest: Manifest | None = None
    path = place / DATABASE
    copy = store.Copy.open(path)
    try:
        for name, content in backup_files.open_members(sealed, identities):
            if name == MANIFEST:
                manifest = read_manifest(content)
                continue
            found[name] = hashlib.sha256(content).hexdigest(), len(content)
            _unpack_one(copy, place, name, content)
        if manifest is None or found != manifest.members:
            raise broken(sealed.name)
        _compare(sealed.name, copy, manifest)
    except (*store.STORE_ERRORS, OSError, ValueError, KeyError, TypeError) as error:
        raise broken(sealed.name, error) from error
    finally:
        copy.close()
    if manifest.demo:
        (place / "demo").mkdir(exist_ok=True)
        path.rename(place / "demo" / DATABASE)
    return manifest


def _unpack_one(copy: store.Copy, place: Path, name: str, content: bytes) -> None:
    if name == _SCHEMA:
        copy.make(json.loads(content))
    elif name.startswith(_TABLES):
        copy.load(name.removeprefix(_TABLES).rpartition("/")[0], content)
    else:
        into = (place / name.removeprefix(_FILES)).resolve()
        if not into.is_relative_to(place.resolve()):
            raise ValueError(name)
        into.parent.mkdir(parents=True, exist_ok=True)
        into.touch(0o600)
        into.write_bytes(content)


def _compare(name: str, copy: store.Copy, manifest: Manifest) -> None:
    """Raise BadBackup where the database that was made is not the one that was backed up."""
    here = copy.standing()
    if manifest.engine != store.ENGINE:
        # Another DuckDB may hash otherwise: only the counts can be compared.
        here, there = store.without_digests(here), store.without_digests(manifest.standing)
    else:
        there = manifest.standing
    differ = store.differences(here, there)
    if differ or here.schema != there.schema:
        raise BadBackup(
            name=name,
            reason=Need(
                N_("isinya berbeda dari catatannya pada {tables}"), tables=", ".join(differ) or "skema"
            ),
            todo=Need(N_("Pakai cadangan lain, dan periksa penyimpanannya.")),
        )


def unpack_attachments(
    folder: Path, wanted: tuple[str, ...], identities: Identities, place: Path
) -> tuple[str, ...]:
    """Put documentation files of a backup folder into a data folder; return those missing or broken there."""
    lost = []
    into = place / ATTACHMENTS
    for digest in wanted:
        target = into / digest
        if target.exists():
            continue
        try:
            content = backup_files.unseal(folder / ATTACHMENTS / f"{digest}.age", identities)
        except BadBackup:
            lost.append(digest)
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            lost.append(digest)
            continue
        write_whole(target, content)
    return tuple(lost)


def mirrored(folder: Path) -> tuple[str, ...]:
    """Return the digests of all documentation files in a backup folder."""
    return tuple(sorted(path.name.removesuffix(".age") for path in (folder / ATTACHMENTS).glob("*.age")))


def room_for(place: Path, size: int) -> None:
    """Raise BackupFailed unless `place`'s disk has so many bytes, and a tenth of the disk besides."""
    usage = shutil.disk_usage(place)
    if usage.free - size < usage.total // 10:
        raise BackupFailed(
            place=place.name,
            reason=Need(
                N_("perlu {need} MB, tersedia {free} MB"), need=size // 2**20 + 1, free=usage.free // 2**20
            ),
            todo=Need(N_("Kosongkan ruang di penyimpanan itu, lalu ulangi.")),
        )
