"""Drafts: what somebody typed and has not stored yet, so that no reload and no restart loses it.

A draft belongs to one account and one form. It lies encrypted beside the database, never in it: no trail, no
backup and no other account ever holds it. It is gone with its form's saving, and after twelve hours.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from domain import words
from domain.case import Actor, Incident, Location
from domain.words import Label
from geo.points import LonLat
from services.center import Center

KEPT_FOR = timedelta(hours=12)
SWEEP_EVERY_S = 3600.0
LONGEST = 64 * 1024
"""A larger draft (bytes of JSON) is not kept."""
_SUFFIX = ".draft"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, by the names of the inputs, and when it was kept last."""

    at: datetime
    values: Mapping[str, Any]


def keep(center: Center, now: datetime, owner: Actor, form: str, values: Mapping[str, Any]) -> bool:
    """Keep what is typed in a form in the place of what was kept before; return whether it was possible.

    A disk that takes nothing is logged: it must not disturb who is typing.
    """
    content = json.dumps({"at": now.isoformat(), "form": form, "values": _told(dict(values))}).encode()
    if len(content) > LONGEST:
        _log.warning("a draft of %d bytes is too large to be kept", len(content))
        return False
    path = _path(center, owner, form)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, _box(center).encrypt(content))
    except OSError:
        _log.exception("a draft could not be kept")
        return False
    return True


def find(center: Center, now: datetime, owner: Actor, form: str) -> Draft | None:
    """Return what was kept of a form, or None: nothing, or older than twelve hours."""
    path = _path(center, owner, form)
    try:
        told = json.loads(_box(center).decrypt(path.read_bytes()))
        at = datetime.fromisoformat(told["at"])
        if told["form"] != form or abs(now - at) >= KEPT_FOR:
            return None
        return Draft(at, _made(told["values"]))
    except FileNotFoundError:
        return None
    except (OSError, InvalidToken, ValueError, KeyError, TypeError):
        # Of another key or another version of Sigap: of no use to anybody.
        _log.warning("a draft cannot be read; it is left out")
        return None


def drop(center: Center, owner: Actor, form: str) -> None:
    """Forget what was kept of a form: it is stored, or not wanted."""
    with suppress(OSError):
        _path(center, owner, form).unlink(missing_ok=True)


def sweep(center: Center, now: datetime) -> int:
    """Delete what is older than twelve hours; return how many."""
    gone = 0
    for path in _folder(center).glob(f"*{_SUFFIX}"):
        with suppress(OSError):
            if abs(now - datetime.fromtimestamp(path.stat().st_mtime, UTC)) >= KEPT_FOR:
                path.unlink()
                gone += 1
    return gone


def run(center: Center, stop: threading.Event) -> None:
    """Delete old drafts once an hour until `stop`."""
    while not stop.is_set():
        sweep(center, datetime.now(UTC))
        stop.wait(SWEEP_EVERY_S)


def _folder(center: Center) -> Path:
    return center.settings.data_dir / "drafts"


def _path(center: Center, owner: Actor, form: str) -> Path:
    who = owner.account or f"{owner.name}\0{owner.role.value}"
    name = hmac.new(center.key, f"{who}\0{form}".encode(), hashlib.sha256).hexdigest()
    return _folder(center) / f"{name[:40]}{_SUFFIX}"


def _box(center: Center) -> Fernet:
    """Return the cipher; its key is made of the center's secret and used for nothing else."""
    key = hmac.new(center.key, b"sigap drafts", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink(missing_ok=True)
            raise


def can_be_kept(value: object) -> bool:
    """Whether a draft can hold this value."""
    return isinstance(value, str | int | float | None | Location | Incident | LonLat) or (
        isinstance(value, tuple | list) and all(can_be_kept(one) for one in value)
    )


def _told(value: Any) -> Any:
    if isinstance(value, Label):
        return {"label": [type(value).__name__, value.value]}
    if isinstance(value, Location | Incident | LonLat):
        return {"part": [type(value).__name__, _told(asdict(value))]}
    if isinstance(value, tuple):
        return {"tuple": [_told(one) for one in value]}
    if isinstance(value, list):
        return [_told(one) for one in value]
    if isinstance(value, dict):
        return {"dict": {name: _told(one) for name, one in value.items()}}
    return value


_PARTS = {"Location": Location, "Incident": Incident, "LonLat": LonLat}


def _made(value: Any) -> Any:
    """Return what `_told` was given. Raises KeyError, TypeError or ValueError for anything else."""
    if isinstance(value, list):
        return [_made(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((kind, told),) = value.items()
    if kind == "label":
        found = getattr(words, told[0])
        if not (isinstance(found, type) and issubclass(found, Label)):
            raise ValueError(told[0])
        return found(told[1])
    if kind == "part":
        return _PARTS[told[0]](**_made(told[1]))
    if kind == "tuple":
        return tuple(_made(one) for one in told)
    return {name: _made(one) for name, one in told.items()}
