"""Segments: what was changed after a whole backup, as files that follow each other.

A segment holds stored transactions in their order (`database.journal`), from a position (excluded) to a
position (included) of one run of Sigap, and names the segment before it with its SHA-256. One that is
missing is therefore seen, and so is one that was put in another's place.
"""

import base64
import gzip
import io
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyrage

from database.journal import Change, Statement
from services.backup_files import Identities, Recipients, broken, sha256_of, unseal, write_whole

FOLDER = "segments"
FORMAT = 1
_SUFFIX = ".age"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment lies in its run: after `start`, up to `end`."""

    run: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """Its path inside a backup folder."""
        return f"{FOLDER}/{self.run}/{self.start:012d}-{self.end:012d}{_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment that was read. `previous`: name and SHA-256 of the one before; empty for a run's first."""

    place: Place
    previous: tuple[str, str]
    seq: int
    made_at: datetime
    changes: tuple[Change, ...]


def write(
    folder: Path,
    place: Place,
    previous: tuple[str, str],
    changes: Sequence[Change],
    keys: Recipients,
    at: datetime,
) -> tuple[str, str]:
    """Write a segment; return its name and SHA-256, which the next one tells.

    Raises OSError, and TypeError for a parameter that has no form here.
    """
    told = {
        "format": FORMAT,
        "run": place.run,
        "from": place.start,
        "to": place.end,
        "previous": list(previous),
        "seq": changes[-1].seq,
        "made_at": at.isoformat(),
        "changes": [
            {"position": one.position, "seq": one.seq, "run": [_statement(s) for s in one.statements]}
            for one in changes
        ],
    }
    packed = gzip.compress(json.dumps(told, ensure_ascii=False).encode(), 3)
    path = folder / place.name
    write_whole(path, pyrage.encrypt(packed, keys))
    return place.name, sha256_of(path)


def read(folder: Path, place: Place, identities: Identities) -> Segment:
    """Return a segment. Raises BadBackup for one that is broken or does not hold what its name says."""
    name = place.name
    try:
        told = json.loads(gzip.decompress(unseal(folder / name, identities)))
        found = Segment(
            Place(told["run"], told["from"], told["to"]),
            (told["previous"][0], told["previous"][1]),
            told["seq"],
            datetime.fromisoformat(told["made_at"]),
            tuple(
                Change(one["position"], one["seq"], tuple(_read_statement(s) for s in one["run"]))
                for one in told["changes"]
            ),
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError, pa.ArrowInvalid) as error:
        raise broken(name, error) from error
    positions = [one.position for one in found.changes]
    if found.place != place or positions != list(range(place.start + 1, place.end + 1)):
        raise broken(name)
    return found


def places(folder: Path) -> list[Place]:
    """Return where every segment of a backup folder lies, run by run in order."""
    return [place for run in sorted(_runs(folder)) for place in of_run(folder, run)]


def of_run(folder: Path, run: str) -> list[Place]:
    """Return where the segments of one run lie, in order; names that are none are left out."""
    found = []
    for path in (folder / FOLDER / run).glob(f"*{_SUFFIX}"):
        start, dash, end = path.name.removesuffix(_SUFFIX).partition("-")
        if dash and start.isdecimal() and end.isdecimal():
            found.append(Place(run, int(start), int(end)))
    return sorted(found, key=lambda one: one.start)


def _runs(folder: Path) -> list[str]:
    root = folder / FOLDER
    return [path.name for path in root.iterdir() if path.is_dir()] if root.is_dir() else []


def remove_before(folder: Path, needed: dict[str, int]) -> None:
    """Delete the segments that no kept backup is followed by. needed: by run, the first position needed."""
    for place in places(folder):
        if place.run not in needed or place.end <= needed[place.run]:
            (folder / place.name).unlink(missing_ok=True)
    for run in _runs(folder):
        if run not in needed and not any((folder / FOLDER / run).iterdir()):
            (folder / FOLDER / run).rmdir()


# --- values as JSON -------------------------------------------------------------------------------------


def _statement(one: Statement) -> dict[str, Any]:
    told: dict[str, Any] = {"sql": one.sql}
    if one.params:
        told["params"] = [_packed(value) for value in one.params]
    if one.rows is not None:
        made = io.BytesIO()
        with pa.ipc.new_stream(made, one.rows.schema) as stream:
            stream.write_table(one.rows)
        told["rows"] = base64.b64encode(made.getvalue()).decode()
    return told


def _read_statement(told: dict[str, Any]) -> Statement:
    rows = None
    if "rows" in told:
        rows = pa.ipc.open_stream(base64.b64decode(told["rows"])).read_all()
    return Statement(told["sql"], tuple(_unpacked(value) for value in told.get("params", ())), rows)


def _packed(value: Any) -> Any:
    """Return a parameter as JSON keeps it; what JSON lacks stands in an object of one key."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return {"float": value.hex()}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case uuid.UUID():
            return {"uuid": str(value)}
        case Decimal():
            return {"decimal": str(value)}
        case list() | tuple():
            return [_packed(item) for item in value]
        case dict():
            return {"struct": {str(name): _packed(item) for name, item in value.items()}}
        case _:
            raise TypeError(f"a statement's parameter of type {type(value).__name__} cannot be told")


def _unpacked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, text),) = value.items()
    if kind == "struct":
        return {name: _unpacked(item) for name, item in text.items()}
    if kind == "float":
        return float.fromhex(text)
    if kind == "datetime":
        return datetime.fromisoformat(text)
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "bytes":
        return base64.b64decode(text)
    if kind == "uuid":
        return uuid.UUID(text)
    if kind == "decimal":
        return Decimal(text)
    raise ValueError(f"unknown kind {kind}")
