"""The command center at run time: its settings, city pack, database and secrets, opened once a process."""

import os
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from citypack import load_city_pack
from citypack.city import CityPack
from database import facts
from database.connection import Database
from domain.errors import Need, SigapError, StoreUnavailable
from domain.words import N_
from services import access_log, anchors, devices, engines, primary, registry, sessions, tokens
from services.access_log import LookBox
from services.accounts import Addresses
from services.live import Live
from services.sessions import SessionBox

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parent.parent
DEFAULT_CITY = ROOT / "data" / "tarakan"


class CenterClosed(SigapError):
    """A service was asked before the center was opened, or after it was closed."""

    template = N_("Sigap belum siap atau sedang berhenti. Tunggu sebentar lalu muat ulang.")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are: the folder for data that changes, the database file, the city pack.

    A demonstration keeps its database, records and files in a folder of its own, `var/demo`, so that no
    example ever lies among real cases. `archive`: what runs the measures over the archives in `archive_dir`
    (`services.engines`); empty for the embedded database. `accept_loss`: up to which event the trail may have
    lost events (`services.anchors`).
    """

    var_dir: Path
    db_path: Path
    city_dir: Path = DEFAULT_CITY
    demo: bool = False
    archive: str = ""
    archive_dir: Path | None = None
    accept_loss: str = ""

    @classmethod
    def from_environment(cls) -> Self:
        """Read SIGAP_VAR, _DB, _CITY, _DEMO, _ARCHIVE, _ARCHIVE_DIR and SIGAP_ACCEPT_LOSS."""
        var_dir = Path(os.environ.get("SIGAP_VAR") or ROOT / "var")
        demo = os.environ.get("SIGAP_DEMO", "") not in ("", "0")
        folder = var_dir / "demo" if demo else var_dir
        return cls(
            var_dir=var_dir,
            db_path=Path(os.environ.get("SIGAP_DB") or folder / "sigap.duckdb"),
            city_dir=Path(os.environ.get("SIGAP_CITY") or DEFAULT_CITY),
            demo=demo,
            archive=os.environ.get("SIGAP_ARCHIVE", "").strip(),
            archive_dir=Path(os.environ["SIGAP_ARCHIVE_DIR"])
            if os.environ.get("SIGAP_ARCHIVE_DIR")
            else None,
            accept_loss=os.environ.get(anchors.ACCEPT, ""),
        )

    @property
    def data_dir(self) -> Path:
        """Where records and files of this database lie."""
        return self.var_dir / "demo" if self.demo else self.var_dir

    @property
    def archive_folder(self) -> Path:
        """Where the archives lie that measures are taken of."""
        return self.archive_dir or self.data_dir / "archive"


@dataclass(frozen=True, slots=True)
class Center:
    """An open command center. `key` is the secret of the keyed hashes.

    `send_now` is set when somebody wants a record sent at once: DKISP's courier does not pause any longer.
    `is_demo`: the data is an example, by the settings or by the database's own mark, and screens say so.
    """

    settings: Settings
    pack: CityPack
    db: Database
    key: bytes = field(repr=False)
    started_at: datetime
    live: Live = field(repr=False)
    is_demo: bool = False
    send_now: threading.Event = field(default_factory=threading.Event, repr=False)
    registry_box: registry.SnapshotBox = field(default_factory=registry.SnapshotBox, repr=False)
    engine_box: engines.EngineBox = field(default_factory=engines.EngineBox, repr=False)
    token_box: tokens.TokenBox = field(default_factory=tokens.TokenBox, repr=False)
    session_box: SessionBox = field(default_factory=SessionBox, repr=False)
    addresses: Addresses = field(default_factory=Addresses, repr=False)
    looks: LookBox = field(default_factory=LookBox, repr=False)

    @property
    def outbox_dir(self) -> Path:
        """Where records for DKISP are written."""
        return self.settings.data_dir / "outbox"

    @property
    def attachments_dir(self) -> Path:
        """Where documentation files lie, by SHA-256."""
        return self.settings.data_dir / "attachments"

    @property
    def cache_dir(self) -> Path:
        """What can be made again: the water graph."""
        return self.settings.var_dir / "cache"


_current: Center | None = None
_guard = threading.Lock()


def open_center(settings: Settings) -> Center:
    """Load the city pack, open the database, make the secrets, and make this the current center.

    Raises BadCityPack, BadArchiveSetting, NotPrimary, StillStandby, StoreUnavailable or EventsLost; nothing
    is left half open then.
    """
    global _current
    engines.require_known(settings.archive)
    pack = load_city_pack(settings.city_dir)
    primary.require(settings.data_dir)
    db = Database.open(settings.db_path)
    try:
        anchors.require_whole(db, settings.data_dir, datetime.now(UTC), settings.accept_loss)
        key = _secret(settings.data_dir / "secret-key")
        registry.seed(db, pack, datetime.now(UTC))
        if settings.demo:
            _require_examples(db, settings.db_path)
        is_demo = settings.demo or registry.is_demo(db)
        facts.install(db, pack.city.adm_code, pack.city.timezone, is_example=is_demo)
    except BaseException:
        db.close()
        raise
    started_at = datetime.now(UTC)
    center = Center(settings, pack, db, key.encode(), started_at, Live(pack.area), is_demo)
    try:
        registry.require_usable(center)
        devices.start(center, started_at)
        sessions.refresh(center)
        tokens.refresh(center)
    except BaseException:
        db.close()
        raise
    with _guard:
        _current = center
    return center


def close_center() -> None:
    """End the current center's engine and close its database cleanly."""
    global _current
    with _guard:
        center, _current = _current, None
    if center is not None:
        try:
            center.live.flush(center.db)
            access_log.flush(center)
            anchors.drop_quietly(center.db, center.settings.data_dir)
        finally:
            center.db.close()
            center.engine_box.close()


def current() -> Center:
    """Return the open center. Raises CenterClosed."""
    if _current is None:
        raise CenterClosed()
    return _current


def _require_examples(db: Database, path: Path) -> None:
    """Mark an empty database as one of examples. Raises StoreUnavailable for one with real cases."""
    if registry.is_demo(db):
        return
    if db.newest_event_seq() > 0:
        raise StoreUnavailable(
            path=path.name,
            reason=Need(N_("berisi kasus sungguhan, sedangkan data contoh diminta")),
            todo=Need(N_("Jalankan dengan SIGAP_DEMO=0, atau pilih berkas lain.")),
        )
    registry.mark_demo(db, datetime.now(UTC))


def _secret(path: Path) -> str:
    """Return the secret kept in `path` (mode 0600), made at first start."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            text = path.read_text(encoding="ascii").strip()
            if len(text) < 32:
                raise StoreUnavailable(
                    path=path.name,
                    reason=Need(N_("isinya terlalu pendek untuk sebuah rahasia")),
                    todo=Need(N_("Hapus berkas itu; Sigap membuat yang baru saat mulai.")),
                ) from None
            return text
        with os.fdopen(handle, "w", encoding="ascii") as file:
            secret = secrets.token_urlsafe(32)
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        return secret
    except OSError as error:
        raise StoreUnavailable(
            path=path.name,
            reason=Need("{text}", text=error.strerror or str(error)),
            todo=Need(N_("Beri izin tulis, atau pilih tempat lain dengan SIGAP_DB atau SIGAP_VAR.")),
        ) from error
