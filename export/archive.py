"""The bulk archive: every case as one row in GeoParquet 1.1, one file a month, for DuckDB, Spark and QGIS.

`city=65.71/year=2026/month=01/part-0.parquet`: the month in which the call came in, by the city's own clock.
A month is one file, so that one rename replaces it: whoever reads finds the old month or the new one, whole,
also after a crash. `_manifest.json` beside them counts and digests (names that begin with an underscore or
a dot are no data to Hive, Spark and Arrow).
"""

import hashlib
import json
import os
import re
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from analytics.facts import COLUMNS as FACTS
from domain.errors import Need, SigapError
from domain.words import N_
from export.archive_rows import ARCHIVE_COLUMNS, FACT_COLUMNS, PARTITIONS, RECORD_COLUMNS, Row
from export.drop import keep_names
from export.files import COLUMNS, CRS
from export.record import SCHEMA

ARCHIVE_SCHEMA = "sigap.archive.v2"
"""Version 2 added the case facts to the columns of version 1, which kept their names, types and order."""
MANIFEST = "_manifest.json"

_TYPES = {
    "string": pa.string(),
    "Int64": pa.int64(),
    "Float64": pa.float64(),
    "datetime64[us, UTC]": pa.timestamp("us", "UTC"),
}
_TIMES = frozenset(name for name in RECORD_COLUMNS if COLUMNS[name].startswith("datetime64"))
_OLDER = ("sigap.archive.v1",)
_PART = "part-0.parquet"
_WRITING = "_writing"

_one_writer = threading.Lock()


class ArchiveFailed(SigapError):
    """The archive's folder cannot be read or written."""

    template = N_(
        "Arsip {path} tidak dapat ditulis: {reason}. Bulan yang belum selesai tetap seperti semula. "
        "Periksa izin dan ruang kosong folder itu, lalu ulangi."
    )


class BadManifest(SigapError):
    """The folder's manifest is not one of ours."""

    template = N_(
        "Berkas {path} bukan manifes arsip Sigap kota {city}, sehingga folder itu tidak diubah. "
        "Pilih folder kosong, atau pindahkan berkas itu lalu ulangi."
    )


class OlderArchive(SigapError):
    """The folder was written by a Sigap whose months lack columns that months now have."""

    template = N_(
        "Arsip di folder itu ({older}) ditulis Sigap yang lebih lama dan tidak memuat kolom yang sekarang "
        "ada ({now}), sehingga folder itu tidak diubah. Tulis arsip lengkap ke folder baru."
    )


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """One month: its place in the folder with forward slashes, number of cases, bytes, SHA-256, when made."""

    path: str
    cases: int
    size_bytes: int
    sha256: str
    made_at: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the folder holds after a run; `made_at` is the time of the last month written."""

    city: str
    made_at: str
    is_example: bool
    files: tuple[ArchivedFile, ...]

    @property
    def cases(self) -> int:
        """How many cases the whole folder holds."""
        return sum(file.cases for file in self.files)


def partition(city: str, year: int, month: int) -> str:
    """Return the place of a month's file in the archive, with forward slashes.

    Raises ValueError for a city code that could leave the folder.
    """
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.-]*", city):
        raise ValueError("a city code holds only letters, digits, dots and hyphens")
    return f"city={city}/year={year:04d}/month={month:02d}/{_PART}"


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Hold the archive's folder for writing in this process; what an earlier crash left unfinished goes.

    Raises ArchiveFailed when the folder cannot be made.
    """
    with _one_writer:
        with _telling(folder.name):
            folder.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(folder / _WRITING, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(folder / _WRITING, ignore_errors=True)


def write_month(
    folder: Path, place: str, batches: Iterable[Sequence[Row]], made_at: str
) -> ArchivedFile | None:
    """Write one month at `place` (from `partition`), a row group a batch, in place of the old one.

    The old file stays until the new one is whole and on disk. Without any row the old one is removed and
    None returned. Memory holds one batch. Raises ArchiveFailed.
    """
    target = folder / place
    # Another ending: DuckDB's `**/*.parquet` does not spare folders with an underscore.
    temporary = folder / _WRITING / (place.replace("/", "_") + ".part")
    with _telling(place):
        temporary.parent.mkdir(parents=True, exist_ok=True)
        cases = _write_rows(temporary, batches)
        if not cases:
            temporary.unlink()
            target.unlink(missing_ok=True)
            return None
        sha256 = _flushed_digest(temporary)
        size_bytes = temporary.stat().st_size
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(target)
        keep_names(folder, target.parent)
    return ArchivedFile(place, cases, size_bytes, sha256, made_at)


def read_manifest(folder: Path, city: str) -> tuple[ArchivedFile, ...]:
    """Return the months that the folder's manifest names; none where there is no manifest.

    Raises BadManifest for one that is not ours or of another city, OlderArchive for one of an older version,
    ArchiveFailed when it cannot be read.
    """
    path = folder / MANIFEST
    with _telling(MANIFEST):
        if not path.exists():
            return ()
        content = path.read_bytes()
    try:
        told = json.loads(content)
        if told["city"] == city and told["schema"] in _OLDER:
            raise OlderArchive(older=told["schema"], now=ARCHIVE_SCHEMA)
        if (told["schema"], told["city"]) != (ARCHIVE_SCHEMA, city):
            raise ValueError("another archive")
        return tuple(ArchivedFile(**file) for file in told["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadManifest(path=MANIFEST, city=city) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write what the folder holds, whole, in place of the old manifest. Raises ArchiveFailed."""
    told = {
        "schema": ARCHIVE_SCHEMA,
        "record_schema": SCHEMA,
        "city": manifest.city,
        "made_at": manifest.made_at,
        "contoh": manifest.is_example,
        "profile": "minimal",
        "crs": CRS,
        "partitions": list(PARTITIONS),
        "columns": {
            name: str(field.type) for name, field in zip(ARROW_SCHEMA.names, ARROW_SCHEMA, strict=True)
        },
        "cases": manifest.cases,
        "files": [asdict(file) for file in sorted(manifest.files, key=lambda file: file.path)],
    }
    with _telling(MANIFEST):
        temporary = folder / _WRITING / MANIFEST
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write((json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / MANIFEST)
        keep_names(folder, folder)


def _write_rows(path: Path, batches: Iterable[Sequence[Row]]) -> int:
    """Write the batches as one Parquet file; return how many rows there were."""
    cases = 0
    with pq.ParquetWriter(path, ARROW_SCHEMA, compression="zstd") as writer:
        for rows in batches:
            if rows:
                writer.write_table(_table(rows))
                cases += len(rows)
    return cases


def _table(rows: Sequence[Row]) -> pa.Table:
    arrays = [_array([row[name] for row in rows], name) for name in ARCHIVE_COLUMNS]
    return pa.Table.from_arrays([*arrays, _points(rows)], schema=ARROW_SCHEMA)


def _array(values: list[Any], name: str) -> pa.Array:
    if name in _TIMES:
        values = [None if value is None else datetime.fromisoformat(value) for value in values]
    return pa.array(values, ARROW_SCHEMA.field(name).type)


def _points(rows: Sequence[Row]) -> pa.Array:
    """Return the points as WKB, null where a case has no coordinates."""
    lon = np.array([row["lon"] for row in rows], dtype=np.float64)
    lat = np.array([row["lat"] for row in rows], dtype=np.float64)
    unknown = np.isnan(lon) | np.isnan(lat)
    points = shapely.points(lon, lat)
    points[unknown] = None
    return pa.array(shapely.to_wkb(points, byte_order=1), pa.binary())


def _schema() -> pa.Schema:
    """Return the columns with the `geo` metadata of GeoParquet 1.1; both never depend on the rows."""
    crs = pyproj.CRS(CRS).to_json_dict()
    for member in crs.get("datum_ensemble", {}).get("members", ()):
        # Older PROJ refuses ids of members that it does not know (opengeospatial/geoparquet discussion 110).
        member.pop("id", None)
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"], "crs": crs}},
    }
    fields = [pa.field(name, _TYPES[COLUMNS[name]]) for name in RECORD_COLUMNS]
    told = ibis.schema({name: FACTS[name] for name in FACT_COLUMNS}).to_pyarrow()
    return pa.schema(
        [*fields, *told, pa.field("geometry", pa.binary())],
        metadata={"geo": json.dumps(geo), "schema": ARCHIVE_SCHEMA},
    )


ARROW_SCHEMA = _schema()
"""The columns of every month in order, the points in `geometry` last, with the metadata of the file."""


def _flushed_digest(path: Path) -> str:
    """Put the file on disk; return its SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Turn what the operating system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        reason = Need("{text}", text=error.strerror or type(error).__name__)
        raise ArchiveFailed(path=path, reason=reason) from error
