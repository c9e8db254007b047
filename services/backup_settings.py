"""`backup.toml` in Sigap's data folder: where backups go, for whose key, how often, and how many stay.

Read again whenever the file changes. Without the file no backup is made, and that is said every day: a key
that Sigap made itself would lie beside the data that it protects, and a backup without a key would leak.
`identity_file` lets Sigap try its backups by itself; it should then be a key of its own, added as a second
recipient, on a disk of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

import pyrage

from citypack.models import Row, text
from citypack.problems import Fault
from domain.backup import Keep
from domain.errors import Need, SigapError
from domain.words import N_
from services.settings_file import Stamp, checked, stamp

FILE = "backup.toml"
_COUNT = N_("bilangan bulat, 0 sampai 1000")
_RECIPIENT = N_("kunci publik age, diawali age1; dibuat dengan python -m services.backup keys FOLDER")


class BadBackupSettings(SigapError):
    """`backup.toml` cannot be used; key and remedy."""

    template = N_(
        "Pengaturan cadangan {file} tidak dipakai, {key}: {problem}. Yang diperbolehkan: {allowed}. Sampai "
        "diperbaiki, TIDAK ADA cadangan yang dibuat; Sigap membaca berkas itu lagi sendiri."
    )


class BackupFile(Row):
    """The whole file."""

    folder: str = text(
        N_("Folder cadangan"),
        N_("jalur lengkap sebuah folder, sebaiknya di penyimpanan lain"),
        min_length=1,
        max_length=1000,
    )
    recipients: list[str] = text(N_("Kunci penerima"), _RECIPIENT, min_length=1, max_length=5)
    every_minutes: int = text(
        N_("Jarak cadangan"), N_("bilangan bulat menit, 5 sampai 10080"), default=60, ge=5, le=10_080
    )
    segments_every_s: int = text(
        N_("Jarak segmen"), N_("bilangan bulat detik, 1 sampai 3600"), default=5, ge=1, le=3600
    )
    keep_hourly: int = text(N_("Cadangan per jam"), _COUNT, default=24, ge=0, le=1000)
    keep_daily: int = text(N_("Cadangan per hari"), _COUNT, default=7, ge=0, le=1000)
    keep_weekly: int = text(N_("Cadangan per minggu"), _COUNT, default=5, ge=0, le=1000)
    keep_monthly: int = text(N_("Cadangan per bulan"), _COUNT, default=3, ge=0, le=1000)
    check_every_days: int = text(
        N_("Jarak uji pulih"), N_("bilangan bulat hari, 1 sampai 366"), default=7, ge=1, le=366
    )
    identity_file: str | None = text(
        N_("Berkas kunci rahasia untuk uji pulih"), N_("jalur lengkap"), default=None, max_length=1000
    )


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """How backups are made. `identity_file`: whoever has it can read them; None: no tries by itself."""

    folder: Path
    recipients: tuple[str, ...]
    every: timedelta
    segments_every: timedelta
    keep: Keep
    check_every: timedelta
    identity_file: Path | None

    @property
    def keys(self) -> list[pyrage.x25519.Recipient]:
        """The recipients as age knows them."""
        return [pyrage.x25519.Recipient.from_str(one) for one in self.recipients]


def load(data_dir: Path) -> BackupSettings | None:
    """Return the settings as the file stands now; None without one. Raises BadBackupSettings."""
    now = stamp(data_dir / FILE)
    return None if now is None else _read(data_dir, now)


@lru_cache(maxsize=8)
def _read(data_dir: Path, _stamp: Stamp) -> BackupSettings:
    told = checked(data_dir, FILE, BackupFile, BadBackupSettings, faults=_faults)
    return BackupSettings(
        folder=Path(told.folder),
        recipients=tuple(told.recipients),
        every=timedelta(minutes=told.every_minutes),
        segments_every=timedelta(seconds=told.segments_every_s),
        keep=Keep(told.keep_hourly, told.keep_daily, told.keep_weekly, told.keep_monthly),
        check_every=timedelta(days=told.check_every_days),
        identity_file=Path(told.identity_file) if told.identity_file else None,
    )


def _faults(told: BackupFile) -> Iterator[Fault]:
    for name in ("folder", "identity_file"):
        value: str | None = getattr(told, name)
        if value is not None and not Path(value).is_absolute():
            yield Fault((name,), Need(N_("bukan jalur lengkap")), Need(N_("jalur yang diawali /")))
    for place, one in enumerate(told.recipients):
        try:
            pyrage.x25519.Recipient.from_str(one)
        except pyrage.RecipientError:
            # The value is not told: it may be the secret key, put here by mistake.
            yield Fault(("recipients", place), Need(N_("bukan kunci publik age")), Need(_RECIPIENT))
