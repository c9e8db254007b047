"""Which Sigap may run with a backup folder, so that after a promotion there are never two.

Each data folder has an `instance-id`. The backup folder's `primary.json` names the one that may run; a start
that finds another name there refuses, and a running one takes no more changes. A folder that follows
another Sigap, or was restored and not yet put on duty, holds `standby.json` and does not start at all.
"""

import json
import socket
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import Need, SigapError
from domain.words import N_
from services import backup_settings
from services.backup_files import write_whole

INSTANCE = "instance-id"
MARK = "primary.json"
STANDBY = "standby.json"


class NotPrimary(SigapError):
    """Another Sigap has the duty."""

    template = N_(
        "Sigap ini bukan lagi yang bertugas: menurut folder cadangan {folder}, sejak {at} yang bertugas ada "
        "di {host}. Tidak ada perubahan yang diterima di sini, agar tidak ada dua Sigap yang berbeda. Untuk "
        "bertugas lagi dari mesin ini: hentikan yang di sana, make restore ke folder data baru, lalu make "
        "promote. Bila ini memang Sigap lain, pilih folder cadangan lain di backup.toml."
    )


class StillStandby(SigapError):
    """The folder follows another Sigap or was only restored."""

    template = N_(
        "Folder {folder} belum bertugas: isinya {what}. Untuk menjadikannya yang bertugas jalankan "
        "make promote."
    )


def instance_id(data_dir: Path) -> str:
    """Return the name of this data folder's Sigap, made where missing."""
    path = data_dir / INSTANCE
    if not path.is_file():
        write_whole(path, f"{uuid.uuid4()}\n".encode())
    return path.read_text(encoding="ascii").strip()


def mark(folder: Path, instance: str, at: datetime) -> None:
    """Write into a backup folder which Sigap may run with it."""
    told = {"instance": instance, "host": socket.gethostname(), "at": at.isoformat()}
    write_whole(folder / MARK, json.dumps(told).encode())


def marked(folder: Path) -> dict[str, str] | None:
    """Return what the folder's mark says; None where there is none, or one that cannot be read."""
    try:
        told: Any = json.loads((folder / MARK).read_bytes())
        return {key: str(told[key]) for key in ("instance", "host", "at")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def refusal(folder: Path, data_dir: Path) -> NotPrimary | None:
    """Return why this Sigap may not run with a backup folder; None: it may."""
    told = marked(folder)
    if told is None or told["instance"] == instance_id(data_dir):
        return None
    return NotPrimary(folder=str(folder), host=told["host"], at=datetime.fromisoformat(told["at"]))


def require(data_dir: Path) -> None:
    """Raise NotPrimary or StillStandby where this folder's Sigap has no duty.

    A `backup.toml` that cannot be used, or a folder out of reach, is no reason: duty comes first.
    """
    if (data_dir / STANDBY).is_file():
        what = N_("salinan Sigap lain atau hasil pemulihan")
        raise StillStandby(folder=str(data_dir), what=Need(what))
    try:
        found = backup_settings.load(data_dir)
    except backup_settings.BadBackupSettings:
        return
    why = refusal(found.folder, data_dir) if found is not None else None
    if why is not None:
        raise why
