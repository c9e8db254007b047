"""The files of a backup folder: sealed for the operators' keys, written whole or not at all.

sigap-<UTC>Z-<seq>.tar.age       a whole backup; sigap-….json beside it says what it is, without a key
attachments/<SHA-256>.age        each documentation file once, as long as a backup may need it
segments/<run>/<from>-<to>.age   what was changed since (services.backup_segments)
checked.jsonl                    what came of restoring them
primary.json                     which Sigap may run with this folder (services.primary)
"""

import errno
import hashlib
import io
import json
import os
import tarfile
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pyrage

from domain.backup import Made, read_name
from domain.errors import Need, SigapError
from domain.words import N_

SEALED = ".tar.age"
CHECKED = "checked.jsonl"
MANIFEST = "manifest.json"
_CHUNK = 2**16
Recipients = list[pyrage.x25519.Recipient]
Identities = list[pyrage.x25519.Identity]
Member = tuple[str, bytes]


class BackupFailed(SigapError):
    """A backup could not be written; nothing half is left."""

    template = N_("Cadangan gagal ditulis ke {place}: {reason}. {todo}")


class BadBackup(SigapError):
    """A backup cannot be used."""

    template = N_("Cadangan {name} tidak dapat dipakai: {reason}. {todo}")


class BadKey(SigapError):
    """The file holds no age identity."""

    template = N_("Berkas kunci {name} tidak dapat dipakai: {reason}. Pakai berkas berisi AGE-SECRET-KEY-1….")


_OTHER_KEY = N_("dikunci untuk kunci lain")
_BROKEN = N_("isinya rusak atau terpotong")
_USE_OTHER_KEY = N_("Pakai kunci rahasia milik penerima cadangan ini.")
_USE_OTHER = N_("Pakai cadangan lain, dan periksa penyimpanannya.")


@dataclass(frozen=True, slots=True)
class Label:
    """What is known of a whole backup without a key; nothing of it is personal.

    `run`, `position`: where changes since then follow on. `sha256`, `size` are the sealed file's.
    """

    name: str
    at: str
    seq: int
    trail_hash: str
    schema: str
    version: str
    run: str
    position: int
    sha256: str
    size: int
    took_s: float

    @property
    def made_at(self) -> datetime:
        """When it was begun."""
        return datetime.fromisoformat(self.at)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of restoring a backup: `sound`, and in words what was found."""

    name: str
    at: str
    sound: bool
    told: str
    took_s: float

    @property
    def checked_at(self) -> datetime:
        """When it was restored."""
        return datetime.fromisoformat(self.at)


def failed(place: Path, error: Exception) -> BackupFailed:
    """Return what an error while writing means to a person."""
    text = str(error)
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT) or "No space left" in text or "quota exceeded" in text:
        reason: Need = Need(N_("penyimpanannya penuh"))
        todo = Need(N_("Kosongkan ruang; berkas setengah jadi sudah dihapus dan tugas berjalan terus."))
    else:
        reason = Need("{text}", text=(text.splitlines() or [type(error).__name__])[0][:200])
        todo = Need(N_("Periksa folder itu; tugas berjalan terus dan Sigap mencoba lagi sendiri."))
    return BackupFailed(place=place.name, reason=reason, todo=todo)


def read_identities(path: Path) -> Identities:
    """Return the age identities of a key file. Raises BadKey, never with what the file holds."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        text = error.strerror if isinstance(error, OSError) else None
        raise BadKey(name=path.name, reason=text or Need(N_("bukan teks"))) from error
    try:
        found = [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except pyrage.IdentityError:
        raise BadKey(name=path.name, reason=Need(N_("isinya bukan kunci rahasia age"))) from None
    if not found:
        raise BadKey(name=path.name, reason=Need(N_("kosong")))
    return found


# --- writing --------------------------------------------------------------------------------------------


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file, on disk before it has its name. Raises OSError; nothing half is left."""
    # A name of its own: two threads may seal the same photo at the same moment.
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's new names on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Counted:
    """A file that is written and hashed at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


def seal_members(path: Path, members: Iterable[Member], keys: Recipients) -> tuple[str, int]:
    """Write members as a tar sealed for `keys`, one in memory at a time; return its SHA-256 and size.

    Raises BackupFailed, and what `members` raises; nothing half is left.
    """
    part = path.with_name(path.name + ".part")
    trouble: list[Exception] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            counted = _Counted(file)
            into, out = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))

            def seal() -> None:
                with into:
                    try:
                        pyrage.encrypt_io(into, counted, keys)
                    except (pyrage.EncryptError, OSError) as error:
                        trouble.append(error)

            sealing = threading.Thread(target=seal, name="backup-seal")
            sealing.start()
            try:
                with out, tarfile.open(fileobj=out, mode="w|", bufsize=_CHUNK) as tar:
                    for name, content in members:
                        info = tarfile.TarInfo(name)
                        info.size, info.mode = len(content), 0o600
                        tar.addfile(info, io.BytesIO(content))
            except BrokenPipeError as error:
                trouble.append(error)
            finally:
                sealing.join()
            if trouble:
                raise trouble[0]
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except (OSError, pyrage.EncryptError) as error:
        part.unlink(missing_ok=True)
        raise failed(path.parent, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return counted.sha256.hexdigest(), counted.size


# --- reading --------------------------------------------------------------------------------------------


def open_members(path: Path, identities: Identities) -> Iterator[Member]:
    """Return the members of a sealed tar, one after the other. Raises BadBackup at whatever is broken."""
    trouble: list[Exception] = []
    with _opened(path) as file:
        into, out = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))

        def unseal() -> None:
            with out:
                try:
                    pyrage.decrypt_io(file, out, identities)
                except BrokenPipeError:
                    return
                except (pyrage.DecryptError, OSError) as error:
                    trouble.append(error)

        unsealing = threading.Thread(target=unseal, name="backup-unseal")
        unsealing.start()
        try:
            with into, tarfile.open(fileobj=into, mode="r|", bufsize=_CHUNK) as tar:
                for info in tar:
                    found = tar.extractfile(info)
                    if found is None:
                        raise tarfile.ReadError(info.name)
                    yield info.name, found.read()
                # The rest belongs to the seal: what is cut off there was cut off by somebody.
                while into.read(_CHUNK):
                    pass
        except tarfile.TarError as error:
            trouble.append(error)
        finally:
            unsealing.join()
    if trouble:
        raise broken(path.name, trouble[0]) from trouble[0]


def unseal(path: Path, identities: Identities) -> bytes:
    """Return what a small sealed file holds. Raises BadBackup."""
    try:
        return bytes(pyrage.decrypt(path.read_bytes(), identities))
    except (pyrage.DecryptError, OSError) as error:
        raise broken(path.name, error) from error


def broken(name: str, error: Exception | None = None) -> BadBackup:
    """Return why a backup cannot be used."""
    if "No matching keys" in str(error):
        return BadBackup(name=name, reason=Need(_OTHER_KEY), todo=Need(_USE_OTHER_KEY))
    if isinstance(error, FileNotFoundError):
        return BadBackup(name=name, reason=Need(N_("berkasnya tidak ada")), todo=Need(_USE_OTHER))
    return BadBackup(name=name, reason=Need(_BROKEN), todo=Need(_USE_OTHER))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise broken(path.name, error) from error
    with file:
        yield file


# --- what lies in the folder ----------------------------------------------------------------------------


def label_path(folder: Path, name: str) -> Path:
    """Return where a backup's label lies."""
    return folder / f"{name}.json"


def write_label(folder: Path, label: Label) -> None:
    """Write what is known of a backup without a key."""
    write_whole(label_path(folder, label.name), json.dumps(asdict(label), indent=1).encode())


def labels(folder: Path) -> list[Label]:
    """Return the labels of the whole backups that lie in a folder, newest first; none without the folder."""
    found = []
    for path in folder.glob(f"sigap-*{SEALED}"):
        name = path.name.removesuffix(SEALED)
        if read_name(name) is None:
            continue
        label = _read_label(label_path(folder, name))
        if label is not None:
            found.append(label)
    return sorted(found, key=lambda one: (one.made_at, one.seq), reverse=True)


def _read_label(path: Path) -> Label | None:
    """Return a label; None for one that is missing or cannot be read: its backup is then told by nobody."""
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        return Label(**told)
    except (OSError, ValueError, TypeError):
        return None


def checks(folder: Path) -> list[Checked]:
    """Return every try of a restore, oldest first."""
    try:
        lines = (folder / CHECKED).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Checked(**json.loads(line)))
        except (ValueError, TypeError):
            # A line that a crash cut off says nothing.
            continue
    return found


def add_check(folder: Path, checked: Checked) -> None:
    """Append the outcome of a try."""
    with (folder / CHECKED).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(checked), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def made(folder: Path) -> list[Made]:
    """Return the folder's backups as the rule of rotation takes them."""
    outcome = {one.name: one.sound for one in checks(folder)}
    return [Made(one.name, one.made_at, outcome.get(one.name)) for one in labels(folder)]


def remove(folder: Path, name: str) -> None:
    """Delete a backup and its label."""
    (folder / f"{name}{SEALED}").unlink(missing_ok=True)
    label_path(folder, name).unlink(missing_ok=True)


def sha256_of(path: Path, tell: Callable[[bytes], None] | None = None) -> str:
    """Return a file's SHA-256, reading it piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
            if tell is not None:
                tell(piece)
    return digest.hexdigest()
