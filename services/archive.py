"""The bulk archive of all cases, month by month: `python -m services.archive FOLDER [YYYY-MM [YYYY-MM]]`.

One process owns the database file, so the command runs while Sigap is stopped, or on a copy of the file
(`SIGAP_DB=`). How the folder is laid out: `export.archive` and docs/formats.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from database import reads
from database.connection import Reader
from database.reads import Filter, Whole
from domain.case import Actor
from domain.errors import BadInput, Need, SigapError
from domain.words import N_, Role
from export import archive
from export.archive import ArchivedFile, Manifest
from export.archive_rows import archive_row
from services import access_log
from services.access_log import Seen, Way
from services.center import Center, Settings, close_center, open_center
from services.records import record_context

BATCH = 5_000
"""Most cases in memory at once, where their times of receipt let them be told apart."""

MACHINE = Actor("Sigap", Role.ADMIN)
"""Under whose name the command stands in the access log: the program itself."""
_MONTH = N_("Bulan")
_ALL = 1_000_000_000
_SHORTEST = timedelta(seconds=1)

Progress = Callable[[int, int, int], None]
"""Told after each month: year, month, and how many cases it holds."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What a run did: months and cases written, and the manifest of the whole folder."""

    months: int
    cases: int
    manifest: Manifest


def write_archive(
    center: Center,
    now: datetime,
    folder: Path,
    since: datetime | None = None,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> Archived:
    """Write every month that holds a moment from `since` (included) to `until` (excluded), whole.

    Without them: from the oldest case to the newest. Open cases are there as they stand; a later run of
    their month replaces them. Months outside are left alone. The folder must hold nothing or an archive of
    this city. Raises ArchiveFailed, BadManifest, OlderArchive; months already written stay and are in the
    manifest.
    """
    city, zone = center.pack.city.adm_code, center.pack.city.timezone
    context = record_context(center)
    made_at = context.stamp(now) or ""
    reader = center.db.read()
    written = cases = 0
    with archive.one_writer(folder):
        held = {file.path: file for file in archive.read_manifest(folder, city)}
        for year, month in _months(reader, since, until, zone):
            place = archive.partition(city, year, month)
            wanted = Filter(_started((year, month), zone), _started(_after(year, month), zone))
            batches = (
                [
                    archive_row(
                        one.case,
                        one.private,
                        context,
                        made_at,
                        late_entries=one.late_entries,
                        is_example=center.is_demo,
                    )
                    for one in found
                ]
                for found in _batches(reader, wanted)
            )
            file = archive.write_month(folder, place, batches, made_at)
            held.pop(place, None)
            if file is not None:
                held[place] = file
                written, cases = written + 1, cases + file.cases
            # After every month, so that a stop leaves a manifest that fits what lies there.
            archive.write_manifest(folder, _manifest(center, made_at, held))
            if progress is not None and file is not None:
                progress(year, month, file.cases)
        manifest = _manifest(center, made_at, held)
        archive.write_manifest(folder, manifest)
    return Archived(written, cases, manifest)


def _manifest(center: Center, made_at: str, held: dict[str, ArchivedFile]) -> Manifest:
    return Manifest(center.pack.city.adm_code, made_at, center.is_demo, tuple(held.values()))


def _months(
    reader: Reader, since: datetime | None, until: datetime | None, zone: tzinfo
) -> list[tuple[int, int]]:
    """Return the city's calendar months of the period, oldest first; none where no case can be."""
    newest = reads.lines(reader, Filter(until=until), 1)
    if not newest:
        return []
    month = _month_of(newest[0].received_at, zone)
    if since is not None and month < _month_of(since, zone):
        return []
    months = [month]
    while since is None or _started(month, zone) > since:
        if not reads.total(reader, Filter(until=_started(month, zone))):
            break
        month = _before(*month)
        months.append(month)
    return months[::-1]


def _batches(reader: Reader, wanted: Filter) -> Iterator[list[Whole]]:
    """Return the cases that fit, oldest first, in parts of at most `BATCH`.

    A part is a stretch of time, halved until it is small enough: the store keeps its cases in that order,
    so that each part reads its own stretch only.
    """
    since, until = wanted.since, wanted.until
    if since is None or until is None:
        raise ValueError("a stretch of time has two ends")
    number = reads.total(reader, wanted)
    if number > BATCH and until - since > _SHORTEST:
        middle = since + (until - since) / 2
        yield from _batches(reader, Filter(since, middle))
        yield from _batches(reader, Filter(middle, until))
    elif number:
        yield reads.whole_cases(reader, wanted, _ALL)


def _month_of(at: datetime, zone: tzinfo) -> tuple[int, int]:
    local = at.astimezone(zone)
    return local.year, local.month


def _started(month: tuple[int, int], zone: tzinfo) -> datetime:
    return datetime(*month, 1, tzinfo=zone)


def _after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _before(year: int, month: int) -> tuple[int, int]:
    return (year - 1, 12) if month == 1 else (year, month - 1)


def main() -> int:
    """Write the archive of the configured database into the folder given."""
    parser = argparse.ArgumentParser(prog="python -m services.archive", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the archive, made where missing")
    parser.add_argument("first", nargs="?", help="first month, YYYY-MM; without it the oldest")
    parser.add_argument("last", nargs="?", help="last month, YYYY-MM; without it the first one")
    asked = parser.parse_args()
    try:
        center = open_center(Settings.from_environment())
        try:
            zone = center.pack.city.timezone
            since = until = None
            if asked.first:
                first, last = _read_month(asked.first), _read_month(asked.last or asked.first)
                if last < first:
                    raise BadInput("last", _MONTH, Need(N_("bulan terakhir mendahului bulan pertama")))
                since, until = _started(first, zone), _started(_after(*last), zone)
            now = datetime.now(UTC)
            done = write_archive(center, now, asked.folder, since, until, _tell)
            access_log.note(
                center,
                now,
                MACHINE,
                Seen.ARCHIVE,
                Way.COMMAND,
                cases=done.cases,
                period=(since, until),
            )
        finally:
            close_center()
    except SigapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{done.cases} kasus, {done.months} bulan: {asked.folder}\n")
    return 0


def _read_month(text: str) -> tuple[int, int]:
    """Return year and month of `YYYY-MM`. Raises BadInput."""
    try:
        at = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput("month", _MONTH, Need(N_("ditulis YYYY-MM, misalnya 2026-01"))) from error
    return at.year, at.month


def _tell(year: int, month: int, cases: int) -> None:
    sys.stdout.write(f"{year:04d}-{month:02d}: {cases} kasus\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
