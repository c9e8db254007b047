"""Which engine runs the measures: SIGAP_ARCHIVE, made when first needed and ended with the center.

A rescue does not wait for statistics: only a value that cannot be read stops the start. What is missing for
it (Java, PySpark, an archive, a cluster that answers) is said where a figure is asked for, and tried again
there.
"""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from analytics.engine import Engine, EngineUnavailable
from analytics.spark import SparkEngine
from database.facts import ArchiveEngine, EmbeddedEngine
from domain.errors import SigapError
from domain.words import N_

if TYPE_CHECKING:
    from services.center import Center

SLOW_S, AGAIN_S = 5.0, 60.0
_DUCKDB = "duckdb"
_MASTER = re.compile(r"local(\[(\*|[1-9][0-9]*)\])?|spark://[^\s/:,]+:[0-9]+(,[^\s/:,]+:[0-9]+)*")


class BadArchiveSetting(SigapError):
    """SIGAP_ARCHIVE names nothing that could run the measures."""

    template = N_(
        "SIGAP_ARCHIVE berisi “{value}”, yang bukan mesin statistik. Isi dengan duckdb, local[*], atau "
        "spark://nama:7077; kosongkan agar dipakai basis data tertanam."
    )


def require_known(setting: str) -> None:
    """Raise BadArchiveSetting for what is neither empty, `duckdb` nor a Spark master."""
    if setting and setting != _DUCKDB and not _MASTER.fullmatch(setting):
        raise BadArchiveSetting(value=setting)


class EngineBox:
    """Keeps a center's engine; safe from any thread.

    Spark gives a cluster that does not answer a minute. What failed so slowly is not tried again at once,
    else every screen would wait for its own minute, one after the other.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Start empty; `clock` tells seconds."""
        self._lock = threading.Lock()
        self._clock = clock
        self._engine: Engine | None = None
        self._failed: tuple[float, EngineUnavailable] | None = None

    def get(self, center: "Center") -> Engine:
        """Return the engine, made where there is none yet. Raises EngineUnavailable."""
        with self._lock:
            if self._engine is None:
                self._engine = self._make(center)
            return self._engine

    def _make(self, center: "Center") -> Engine:
        began = self._clock()
        if self._failed is not None and began - self._failed[0] < AGAIN_S:
            raise EngineUnavailable(**self._failed[1].params)
        self._failed = None
        try:
            return _made(center, center.settings.archive, center.settings.archive_folder)
        except EngineUnavailable as error:
            ended = self._clock()
            if ended - began >= SLOW_S:
                self._failed = ended, error
            raise

    def close(self) -> None:
        """End the engine, if one was made."""
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


def _made(center: "Center", setting: str, folder: Path) -> Engine:
    if not setting:
        return EmbeddedEngine(center.db)
    return ArchiveEngine(folder) if setting == _DUCKDB else SparkEngine(setting, folder)
