"""The bulk archive of a running center, read by others' programs: DuckDB, geopandas, pyarrow."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import geopandas
import openpyxl
import pyarrow.dataset
import pyarrow.parquet
import pytest
from builders import DEDI, a_case_at
from center_builders import REPORT, S, a_stored_case, at, settings

from analytics.facts import CASE_FACTS
from database import cases as case_store
from database import reads
from database.facts import ArchiveEngine, EmbeddedEngine
from database.reads import Filter
from domain.case import Private
from domain.identity import uuid7
from domain.permissions import Action
from export.archive import BadManifest, OlderArchive, read_manifest
from export.archive_rows import ARCHIVE_COLUMNS
from export.files import COLUMNS, flat_row
from export.record import case_record
from services import archive, records
from services.archive import write_archive
from services.center import close_center, open_center
from services.records import record_context

ROOT = Path(__file__).parents[2]
PLANTED = ("aminah", "081234567890", "81234567890", "34567890")
PRIVATE = Private(
    "Saya Siti Aminah, hubungi 0812-3456-7890, dua orang di air", REPORT.reporter_name, REPORT.callback_number
)


@pytest.fixture
def center(tmp_path):
    opened = open_center(settings(tmp_path / "var"))
    yield opened
    close_center()


def duck(folder, what="*", more=""):
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    return duckdb.sql(f"SELECT {what} FROM {files} {more}").fetchall()


def keep(center, case, private=PRIVATE, late=timedelta()):
    """Store a case of `builders` as if the center had handled it, entered so much after it happened."""
    with center.db.write() as writer:
        case_store.save(
            writer,
            None,
            case,
            actor=DEDI,
            action=Action.UPDATE_DETAILS,
            occurred_at=case.status_at,
            entered_at=case.status_at + late,
        )
        case_store.save_private(writer, case.case_id, private)


def copy_of(case, no, received_at):
    """The same case under an id of its own, its phone ringing at another time."""
    return replace(
        case,
        case_id=uuid7(received_at, no.to_bytes(10, "big")),
        call_no=f"P-{no:07d}",
        call=replace(case.call, received_at=received_at),
        register_no=f"2026/{no:06d}" if case.register_no else None,
    )


def fill(center, number):
    """Closed, open and prank-like cases over three months of the city, one every few hours."""
    kinds = (a_case_at(S.CLOSED), a_case_at(S.VERIFIED), a_case_at(S.RECEIVED))
    kept = []
    for no in range(number):
        received_at = datetime(2026, 1, 20, 14, tzinfo=UTC) + timedelta(hours=no * 1440 / number, seconds=no)
        case = copy_of(kinds[no % 3], no, received_at)
        keep(center, case)
        kept.append(case)
    return kept


def test_the_archive_holds_every_record_once_in_the_month_of_the_city(center, tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "BATCH", 7)  # several parts a month
    kept = fill(center, 60)
    now = datetime(2026, 4, 1, tzinfo=UTC)
    done = write_archive(center, now, tmp_path / "arsip")
    found = reads.cases_of(center.db.read(), Filter(), 1000)
    context = record_context(center)
    expected = {}
    for case, private in found:
        row = flat_row(case_record(case, private, context, sent_at=now))
        expected[row["record_id"]] = row
    assert done.cases == len(expected) == len(kept) == 60
    zone = center.pack.city.timezone
    what = "record_id, register_no, status, response_s, lon, lat, summary, unit_codes, epoch(received_at)"
    rows = duck(tmp_path / "arsip", f"city::VARCHAR, year, month, {what}")
    assert {row[3] for row in rows} == set(expected)
    assert len(rows) == len(expected)
    for city, year, month, record_id, *values, received_s in rows:
        row = expected[record_id]
        received = datetime.fromisoformat(row["received_at"])
        assert values == [row[name] for name in what.replace(" ", "").split(",")[1:-1]]
        assert received_s == received.timestamp()
        local = received.astimezone(zone)
        assert (city, int(year), int(month)) == (center.pack.city.adm_code, local.year, local.month)
    assert len({month for _, _, month, *_ in rows}) >= 3


def test_geopandas_and_arrow_read_the_whole_folder(center, tmp_path):
    fill(center, 12)
    write_archive(center, datetime(2026, 4, 1, tzinfo=UTC), tmp_path / "arsip")
    frame = geopandas.read_parquet(tmp_path / "arsip")
    assert len(frame) == 12
    assert frame.crs.to_epsg() == 4326
    assert {(point.x, point.y) for point in frame.geometry if point} == {(117.68, 3.3)}
    assert frame.geometry.isna().sum() == 4
    assert {"city", "year", "month"} <= set(frame.columns)
    assert not {"city", "year", "month"} & set(COLUMNS), "the partition is in the path only"
    table = pyarrow.dataset.dataset(tmp_path / "arsip", partitioning="hive").to_table()
    assert table.num_rows == 12


def test_the_manifest_counts_and_digests_what_lies_there(center, tmp_path):
    fill(center, 12)
    folder = tmp_path / "arsip"
    now = datetime(2026, 4, 1, tzinfo=UTC)
    done = write_archive(center, now, folder)
    told = json.loads((folder / "_manifest.json").read_text(encoding="utf-8"))
    assert (told["schema"], told["record_schema"]) == ("sigap.archive.v2", "tcc.case.v1")
    assert told["cases"] == 12 == done.manifest.cases
    assert datetime.fromisoformat(told["made_at"]) == now
    on_disk = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.parquet")}
    assert {file["path"] for file in told["files"]} == set(on_disk)
    for file in told["files"]:
        content = on_disk[file["path"]].read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["size_bytes"] == len(content)
        assert file["cases"] == pyarrow.parquet.read_metadata(on_disk[file["path"]]).num_rows
    assert list(told["columns"]) == [*ARCHIVE_COLUMNS, "geometry"]


def test_a_period_writes_its_months_whole_and_leaves_the_others(center, tmp_path):
    fill(center, 30)
    folder = tmp_path / "arsip"
    write_archive(center, datetime(2026, 4, 1, tzinfo=UTC), folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    counted = duck(folder, "year, month, count(*)", "GROUP BY ALL ORDER BY ALL")
    keep(center, copy_of(a_case_at(S.CLOSED), 900, datetime(2026, 2, 3, tzinfo=UTC)))
    keep(center, copy_of(a_case_at(S.CLOSED), 901, datetime(2026, 3, 3, tzinfo=UTC)))
    day = datetime(2026, 2, 10, tzinfo=UTC)
    done = write_archive(center, datetime(2026, 4, 2, tzinfo=UTC), folder, day, day + timedelta(days=1))
    assert done.months == 1
    changed = [path for path, content in before.items() if path.read_bytes() != content]
    assert [path.parent.name for path in changed] == ["month=02"]
    now_counted = duck(folder, "year, month, count(*)", "GROUP BY ALL ORDER BY ALL")
    assert [(y, m, n + (int(m) == 2)) for y, m, n in counted] == now_counted
    assert {file.made_at[:10] for file in done.manifest.files} == {"2026-04-01", "2026-04-02"}
    assert read_manifest(folder, center.pack.city.adm_code) == tuple(
        sorted(done.manifest.files, key=lambda file: file.path)
    )


def test_a_case_that_went_on_replaces_its_row(center, tmp_path):
    folder = tmp_path / "arsip"
    case = a_stored_case(center, S.VERIFIED)
    write_archive(center, at(60), folder)
    assert duck(folder, "record_id, status") == [(case.case_id, "verified")]
    other = a_stored_case(center, S.CLOSED, start=60)
    write_archive(center, at(200), folder)
    assert set(duck(folder, "record_id, status")) == {(case.case_id, "verified"), (other.case_id, "closed")}


def test_the_last_hours_of_a_month_in_utc_are_the_next_month_of_the_city(center, tmp_path):
    keep(center, copy_of(a_case_at(S.CLOSED), 1, datetime(2026, 1, 31, 20, tzinfo=UTC)))
    write_archive(center, datetime(2026, 4, 1, tzinfo=UTC), tmp_path / "arsip")
    assert [(int(y), int(m)) for y, m in duck(tmp_path / "arsip", "year, month")] == [(2026, 2)]


def test_a_period_without_cases_writes_nothing(center, tmp_path):
    fill(center, 6)
    for since, until in (
        (datetime(2026, 6, 1, tzinfo=UTC), None),
        (None, datetime(2025, 6, 1, tzinfo=UTC)),
        (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)),
        (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    ):
        done = write_archive(center, datetime(2026, 7, 1, tzinfo=UTC), tmp_path / "arsip", since, until)
        assert (done.months, done.cases) == (0, 0)
    assert not list((tmp_path / "arsip").rglob("*.parquet"))


def test_the_end_of_a_period_is_not_in_it(center, tmp_path):
    fill(center, 30)
    february = datetime(2026, 2, 1, tzinfo=center.pack.city.timezone)
    march = datetime(2026, 3, 1, tzinfo=center.pack.city.timezone)
    write_archive(center, datetime(2026, 7, 1, tzinfo=UTC), tmp_path / "arsip", february, march)
    assert {(int(y), int(m)) for y, m in duck(tmp_path / "arsip", "year, month")} == {(2026, 2)}


def test_an_empty_center_gives_an_empty_archive(center, tmp_path):
    done = write_archive(center, at(0), tmp_path / "arsip")
    assert (done.cases, done.months, done.manifest.files) == (0, 0, ())
    assert json.loads((tmp_path / "arsip" / "_manifest.json").read_text())["files"] == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"schema": "x"}',
        '{"schema":"sigap.archive.v2","city":"99"}',
        '{"schema":"sigap.archive.v1"}',
    ],
)
def test_a_folder_of_somebody_else_is_not_touched(center, tmp_path, content):
    (tmp_path / "_manifest.json").write_text(content)
    a_stored_case(center, S.VERIFIED)
    with pytest.raises(BadManifest, match="Pilih folder kosong"):
        write_archive(center, at(60), tmp_path)
    assert (tmp_path / "_manifest.json").read_text() == content
    assert not list(tmp_path.rglob("*.parquet"))


def test_an_archive_without_the_case_facts_is_not_mixed_with_new_months(center, tmp_path):
    told = json.dumps({"schema": "sigap.archive.v1", "city": center.pack.city.adm_code, "files": []})
    (tmp_path / "_manifest.json").write_text(told)
    a_stored_case(center, S.VERIFIED)
    with pytest.raises(OlderArchive, match="Tulis arsip lengkap ke folder baru"):
        write_archive(center, at(60), tmp_path)
    assert (tmp_path / "_manifest.json").read_text() == told
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_archive_holds_the_case_facts_of_the_database(center, tmp_path):
    fill(center, 30)
    a_stored_case(center, S.CLOSED)
    keep(center, copy_of(a_case_at(S.CLOSED), 99, at(0)), late=timedelta(minutes=5))
    write_archive(center, datetime(2031, 4, 1, tzinfo=UTC), tmp_path / "arsip")
    every = CASE_FACTS.order_by("case_id")
    kept = EmbeddedEngine(center.db).rows(every)
    archived = ArchiveEngine(tmp_path / "arsip").rows(every)
    assert len(archived) == 32
    for of_archive, of_database in zip(archived, kept, strict=True):
        for name in ("received_at", "received_local"):
            of_database[name] = of_database[name].replace(microsecond=0)
        for name in ("lon", "lat"):
            of_database[name] = of_database[name] and round(of_database[name], 6)
        assert of_archive == of_database
    assert any(row["units"] and row["units"][0]["first_response_s"] for row in archived)
    assert {row["late_entries"] for row in archived} == {0, 1}
    assert any(row["h3_9"] for row in archived)
    assert {row["is_example"] for row in archived} == {False}


def test_nobody_is_named_in_any_byte_of_the_archive(center, tmp_path):
    case = a_stored_case(center, S.CLOSED)
    keep(center, copy_of(a_case_at(S.CLOSED), 1, datetime(2026, 1, 20, tzinfo=UTC)))
    write_archive(center, datetime(2031, 4, 1, tzinfo=UTC), tmp_path / "arsip")
    rows = duck(tmp_path / "arsip")
    assert len(rows) == 2
    assert any("•••" in str(row) for row in rows), "the words of the report are there, masked"
    manifest = (tmp_path / "arsip" / "_manifest.json").read_text(encoding="utf-8")
    for text in (*map(str, rows), manifest):
        bare = "".join(sign for sign in text.casefold() if sign.isalnum())
        assert not [word for word in PLANTED if word in bare]
        assert case.call.reporter_ref not in text
        assert case.call.reporter_phone_masked not in text


def test_every_download_of_a_running_center_is_opened_and_names_nobody(center, tmp_path):
    closed, opened = a_stored_case(center, S.CLOSED), a_stored_case(center, S.VERIFIED, start=60)
    expected = {closed.case_id, opened.case_id}

    def made(kind):
        path = tmp_path / f"kasus.{kind}"
        path.write_bytes(records.export(center, at(300), Filter(since=at(-1)), kind))
        return path

    for kind in ("geojson", "kml"):
        assert set(geopandas.read_file(made(kind))["record_id"]) == expected
    assert set(geopandas.read_parquet(made("geoparquet"))["record_id"]) == expected
    assert {row["$id"].removeprefix("urn:uuid:") for row in json.loads(made("eido").read_bytes())} == expected
    one = json.loads(records.eido_file(center, at(300), closed.case_id))
    assert one in json.loads(made("eido").read_bytes())
    book = openpyxl.load_workbook(made("xlsx"))
    assert {row[1] for row in book["Kasus"].iter_rows(min_row=2, values_only=True)} == expected
    words = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    words += [made(kind).read_text(encoding="utf-8") for kind in ("geojson", "csv", "kml", "eido")]
    bare = "".join(sign for sign in " ".join(words).casefold() if sign.isalnum())
    assert closed.case_id.replace("-", "") in bare
    assert not [word for word in PLANTED if word in bare]


def test_progress_is_told_month_by_month(center, tmp_path):
    fill(center, 12)
    told = []
    done = write_archive(
        center, datetime(2026, 4, 1, tzinfo=UTC), tmp_path / "arsip", progress=lambda *what: told.append(what)
    )
    assert [(year, month) for year, month, _ in told] == sorted((year, month) for year, month, _ in told)
    assert len(told) == done.months
    assert sum(cases for _, _, cases in told) == done.cases == 12


def test_the_command_writes_the_months_it_is_told(tmp_path):
    folder = settings(tmp_path / "var")
    center = open_center(folder)
    for no, month in enumerate((1, 2, 3)):
        keep(center, copy_of(a_case_at(S.CLOSED), no, datetime(2026, month, 10, tzinfo=UTC)))
    close_center()
    environment = {
        "SIGAP_VAR": str(folder.var_dir),
        "SIGAP_DB": str(folder.db_path),
        "SIGAP_CITY": str(folder.city_dir),
        "PATH": "",
    }

    def run(*words):
        command = [sys.executable, "-m", "services.archive", str(tmp_path / "arsip"), *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert run("2026-02").returncode == 0
    assert [int(month) for (month,) in duck(tmp_path / "arsip", "month")] == [2]
    everything = run()
    assert everything.returncode == 0, everything.stderr
    assert "3 kasus, 3 bulan" in everything.stdout
    assert sorted(int(month) for (month,) in duck(tmp_path / "arsip", "month")) == [1, 2, 3]
    refused = run("Februari")
    assert (refused.returncode, refused.stderr) == (1, "Bulan: ditulis YYYY-MM, misalnya 2026-01\n")
    assert run("2026-03", "2026-02").returncode == 1
