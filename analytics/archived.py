"""The bulk archives of many cities as the table of case facts: what both engines over them have in common.

A folder holds `city=65.71/year=2026/month=01/*.parquet` (docs/formats.md). Months are written whole and
renamed into place, so what was read before stays true until a file is another one.
"""

import threading
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Table

from analytics.engine import EngineUnavailable
from analytics.facts import ARCHIVED_AS, COLUMNS
from domain.errors import Need
from domain.words import N_

PATTERN = "city=*/year=*/month=*/*.parquet"
PARTITIONS = {"city": "string", "year": "int32", "month": "int32"}
"""What the folders tell; a city's code is no number, though it looks like one."""

ARCHIVE = "archive"
_ROWS = ibis.table(
    {
        # Whole numbers are wider there; a cast says nothing where they are not.
        ARCHIVED_AS.get(name, name): "int64" if kind.startswith("int") else kind
        for name, kind in COLUMNS.items()
    },
    name=ARCHIVE,
)
FACTS_OF_ARCHIVE: Table = _ROWS.select(
    **{name: _ROWS[ARCHIVED_AS.get(name, name)].cast(kind) for name, kind in COLUMNS.items()}
)
"""The case facts made of a table `archive` that holds the folder's rows."""

_Seen = tuple[tuple[str, int, int], ...]


class ArchiveFolder:
    """What lies in an archive's folder, looked at again before every question; safe from any thread."""

    def __init__(self, path: Path, engine: str) -> None:
        """Look into `path` for an engine that people call `engine`."""
        self.path = path
        self._engine = engine
        self._seen: _Seen = ()
        self._good: set[tuple[str, int, int]] = set()
        self._lock = threading.Lock()

    def changed(self) -> bool:
        """Return whether other files lie there than when last asked.

        Raises EngineUnavailable where there is none, or one that does not hold the case facts.
        """
        with self._lock:
            now = self._look()
            for file in now:
                if file not in self._good:
                    self._check(self.path / file[0])
            changed = now != self._seen
            self._seen, self._good = now, set(now)
        return changed

    def forget(self) -> None:
        """Let the next question count the folder as changed."""
        with self._lock:
            self._seen = ()

    def _look(self) -> _Seen:
        try:
            found = []
            for path in sorted(self.path.glob(PATTERN)):
                known = path.stat()
                place = path.relative_to(self.path).as_posix()
                found.append((place, known.st_mtime_ns, known.st_size))
        except OSError as error:
            reason = Need(
                N_("folder arsip {path} tidak dapat dibaca ({reason})"),
                path=str(self.path),
                reason=error.strerror or type(error).__name__,
            )
            raise EngineUnavailable(
                engine=self._engine, reason=reason, todo=Need(N_("Periksa izin folder itu."))
            ) from error
        if not found:
            raise EngineUnavailable(
                engine=self._engine,
                reason=Need(N_("folder arsip {path} tidak memuat kasus"), path=str(self.path)),
                todo=Need(
                    N_(
                        "Tulis arsip ke sana dengan python -m services.archive, atau tunjuk folder lain "
                        "dengan SIGAP_ARCHIVE_DIR."
                    )
                ),
            )
        return tuple(found)

    def _check(self, path: Path) -> None:
        place = path.relative_to(self.path).as_posix()
        try:
            names = set(pq.read_schema(path).names)
        except (OSError, pa.ArrowInvalid) as error:
            raise self._unusable(place, Need(N_("bukan berkas Parquet yang utuh"))) from error
        lacking = [
            ARCHIVED_AS.get(name, name)
            for name in COLUMNS
            if name not in PARTITIONS and ARCHIVED_AS.get(name, name) not in names
        ]
        if lacking:
            raise self._unusable(place, Need(N_("tidak memuat kolom {column}"), column=lacking[0]))

    def _unusable(self, place: str, reason: Need) -> EngineUnavailable:
        return EngineUnavailable(
            engine=self._engine,
            reason=Need(N_("berkas arsip {place} {reason}"), place=place, reason=reason),
            todo=Need(N_("Tulis arsip kota itu lagi dengan Sigap versi ini.")),
        )
