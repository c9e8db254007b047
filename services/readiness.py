"""Whether this process can do its work now: the store takes changes, the workers work, the disk has room."""

import os
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from database import probe
from domain.errors import StoreUnavailable
from services import workers
from services.center import Center

LEAST_FREE = 0.05
MOST_OVERDUE_S = 300.0
"""A worker that has not come back for longer than this hangs."""
PATIENCE_S = 5.0

_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Readiness:
    """Why it is not ready: short English reasons, none when it is. `schema` is the newest migration."""

    reasons: tuple[str, ...]
    schema: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def look(center: Center) -> Readiness:
    """Try what work needs; the store and its folder are written to, and nothing of it stays."""
    if not _one_at_a_time.acquire(timeout=PATIENCE_S):
        return Readiness((f"database: no answer for {PATIENCE_S:.0f} s",))
    try:
        reasons = [*_disk(center.settings.db_path.parent), *_workers()]
        try:
            probe.require_writable(center.db)
            schema = probe.schema(center.db.read())
        except StoreUnavailable as error:
            return Readiness((*reasons, f"database: {error}"))
        return Readiness(tuple(reasons), schema)
    finally:
        _one_at_a_time.release()


def _disk(folder: Path) -> list[str]:
    reasons = []
    try:
        usage = shutil.disk_usage(folder)
        if usage.free < LEAST_FREE * usage.total:
            reasons.append(f"disk: {usage.free / usage.total:.1%} free, less than {LEAST_FREE:.0%}")
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"ready")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reasons.append(f"disk: the data folder cannot be written ({error.strerror})")
    return reasons


def _workers() -> list[str]:
    states = [one for one in workers.states() if one.has_task]
    if not states:
        return ["workers: none runs"]
    dead = [f"worker {one.name}: ended" for one in states if not one.is_alive]
    stuck = [
        f"worker {one.name}: hangs for {one.overdue_s:.0f} s"
        for one in states
        if one.is_alive and one.overdue_s > MOST_OVERDUE_S
    ]
    return dead + stuck
