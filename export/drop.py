"""The file drop: a record as a file with its checksum, for DKISP to fetch or to carry on a USB stick.

`YYYY/MM/DD/{record_id}_r{revision}.json` and `….json.sha256` beside it (domain.md 3.3). A file appears
whole or not at all: it is written under another name, flushed to the disk and then renamed; the checksum
comes last, so that whoever sees it finds the record whole.
"""

import json
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from domain.errors import Need
from export.errors import DropConflict, DropFailed
from export.record import digest

_one_writer = threading.Lock()


@dataclass(frozen=True, slots=True)
class Drop:
    """A written record: its place, the same relative to the outbox with forward slashes, its SHA-256."""

    path: Path
    relative: str
    digest: str


def drop_path(record_id: str, revision: int, at_local_date: date) -> str:
    """Return the place of a revision's file in the outbox, with forward slashes.

    Raises ValueError for an id that could leave the folder, or a revision below 1.
    """
    if not record_id or any(not (sign.isascii() and (sign.isalnum() or sign == "-")) for sign in record_id):
        raise ValueError("record_id holds only letters, digits and hyphens")
    if revision < 1:
        raise ValueError("revisions count from 1")
    return f"{at_local_date:%Y/%m/%d}/{record_id}_r{revision}.json"


def write_drop(outbox_dir: Path, record: bytes, record_id: str, revision: int, at_local_date: date) -> Drop:
    """Write a record and its checksum; the same content again changes nothing.

    `at_local_date` is the city's calendar day: give the day of registration, so that a repeated attempt
    finds the first one. Raises DropConflict when the revision was written with another content, DropFailed
    when the folder cannot be written; no temporary file is left behind.
    """
    relative = drop_path(record_id, revision, at_local_date)
    path = outbox_dir / relative
    sha256 = digest(record)
    try:
        with _one_writer:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write_whole(path, record)
            elif path.read_bytes() != record:
                raise DropConflict(path=relative)
            _write_checksum(path, sha256)
            keep_names(outbox_dir, path.parent)
    except OSError as error:
        raise _failed(relative, error) from error
    return Drop(path, relative, sha256)


def manifest_path(day: date) -> str:
    """Return the place of a day's manifest in the outbox, with forward slashes."""
    return f"{day:%Y/%m/%d}/manifest.jsonl"


def write_manifest(outbox_dir: Path, day: date, lines: Sequence[Mapping[str, object]]) -> None:
    """Write what was dropped on a day: a line each, and a last one with the count, for reconciling.

    It replaces the day's earlier one whole. Raises DropFailed.
    """
    relative = manifest_path(day)
    path = outbox_dir / relative
    told = [*lines, {"day": day.isoformat(), "count": len(lines)}]
    content = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in told).encode("ascii")
    try:
        with _one_writer:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, content)
            keep_names(outbox_dir, path.parent)
    except OSError as error:
        raise _failed(relative, error) from error


def _write_checksum(path: Path, sha256: str) -> None:
    """Write the line that `sha256sum --check` reads, unless it is there already."""
    line = f"{sha256}  {path.name}\n".encode("ascii")
    beside = path.with_name(path.name + ".sha256")
    if not beside.exists() or beside.read_bytes() != line:
        _write_whole(beside, line)


def _write_whole(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def keep_names(top: Path, folder: Path) -> None:
    """Flush a folder and those above it up to `top`, so that new names survive a power cut too."""
    for part in (folder, *(parent for parent in folder.parents if parent.is_relative_to(top))):
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _failed(relative: str, error: OSError) -> DropFailed:
    return DropFailed(path=relative, reason=Need("{text}", text=error.strerror or type(error).__name__))
