"""The archive's rows beside those of the record, and one month as a file, also when its writer is killed."""

import io
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import geopandas
import pandas.testing
import pyarrow.parquet
import pytest
import strategies_records as world
from hypothesis import HealthCheck, given
from hypothesis import settings as drawing
from hypothesis import strategies as st
from strategies_records import CONTEXT, NUMBER, PRIVATE, REPORTER

from domain.case import Private, Reasons
from domain.facts import facts
from export.archive import (
    ArchiveFailed,
    one_writer,
    partition,
    write_month,
)
from export.archive_rows import ARCHIVE_COLUMNS, FACT_COLUMNS, RECORD_COLUMNS, archive_row
from export.files import flat_row, to_geoparquet
from export.record import case_record

ROOT = Path(__file__).parents[2]
SENT = world.after(100_000)
MADE = CONTEXT.stamp(SENT)
slow_to_draw = drawing(
    max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def row_of(case, private=PRIVATE):
    return archive_row(case, private, CONTEXT, MADE, late_entries=2, is_example=True)


def of_record(row):
    return {name: row[name] for name in RECORD_COLUMNS}


def duck(folder, what="*", more=""):
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
    return duckdb.sql(f"SELECT {what} FROM {files} {more}").fetchall()


def written(folder, place, rows):
    with one_writer(folder):
        return write_month(folder, place, [rows], MADE)


# --- the rows ------------------------------------------------------------------------------------


def expected_row(case, private):
    row = flat_row(case_record(case, private, CONTEXT, sent_at=SENT))
    assert row.pop("place_text") is None, "what is left out is empty in the minimal record"
    return row


@slow_to_draw
@given(world.cases())
def test_a_row_is_that_of_the_record(found):
    case, private = found
    row = row_of(case, private)
    assert set(row) == set(ARCHIVE_COLUMNS)
    assert of_record(row) == expected_row(case, private)
    bare = world.letters_and_digits(str(row))
    assert not [word for word in world.PLANTED if word in bare]


@pytest.mark.parametrize("case", [world.opened(), world.verified_rescue(), world.closed_rescue()])
def test_the_rows_of_the_known_cases_are_those_of_their_records(case):
    assert of_record(row_of(case)) == expected_row(case, PRIVATE)


@slow_to_draw
@given(world.cases())
def test_the_reasons_of_overruns_are_masked_as_those_of_the_record(found):
    case, private = found
    judged = {reason.step for reason in facts(case).overrun_reasons}
    steps = case_record(case, private, CONTEXT, sent_at=SENT)["steps"]
    assert row_of(case, private)["overrun_reasons"] == [
        {"step": step["no"], "reason": step["overrun_reason"]}
        for step in steps
        if step["no"] in judged and step["overrun_reason"]
    ]


def test_a_reason_of_which_masking_leaves_no_word_is_none():
    case = world.closed_rescue()
    words = ("\u200b hubungi Zulkarnaen", "\u200b", *[None] * 7)
    steps = tuple(
        replace(step, finished_at=step.started_at + timedelta(hours=9), overrun_reason=word)
        for step, word in zip(case.steps, words, strict=True)
    )
    case = replace(case, steps=steps, reasons=Reasons())
    assert [reason.step for reason in facts(case).overrun_reasons] == [1, 2], "both were judged late"
    assert row_of(case)["overrun_reasons"] == [{"step": 1, "reason": "hubungi •••"}]


def test_the_time_on_the_citys_clock_has_no_zone_and_is_that_of_the_record():
    row = row_of(world.opened())
    assert row["received_local"].isoformat() == row["received_at"].removesuffix("+08:00")


NAMES = st.sampled_from(
    (
        None,
        "",
        REPORTER,
        "Budi, (H.)",
        "Al",
        "Şükrü Öz",
        "ſiti K.",
        "Zul\u200bkarnaen",
        "B. A.",
        "straße",
        "_a_",
    )
)
NUMBERS = st.sampled_from((None, "", NUMBER, "+62 812 7345 9678", "12345", "0", "nihil", "٠٨١٢٧٣٤٥"))
PIECES = st.sampled_from(
    (
        "Zulkarnaen", "WIRATMAJA", "zulkar", "naen", "budi", "H", "Al Azhar", "alat", "ŞÜKRÜ", "öz", "siti",
        "SITI k", "strasse", "STRASSE", "_a_", "b a", "0812", "7345", "9678", "812-7345", "12345", "1-2_3.45",
        "a@b.cc", "x@y.id@9", " ", "\n", "\x00", "\u200b", "•••", ",", "+62", "Pak Sulaiman", "bernama siti",
    )
)  # fmt: skip
ASCII = PIECES.filter(lambda piece: piece.isascii())
TEXTS = st.one_of(
    st.lists(ASCII, max_size=8), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12)
).map("".join)


@drawing(max_examples=500)
@given(TEXTS, NAMES, NUMBERS)
def test_masking_is_not_changed_by_being_quicker(text, name, number):
    """The archive tells `redact` only of what can be in a text; the outcome must be the same."""
    private = Private(text, name, number)
    case = world.opened()
    assert row_of(case, private)["summary"] == expected_row(case, private)["summary"]


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        # The masked address brings the digits around it together.
        (f"812{'9' + 'x' * 63}@b.{'c' * 63}345", None, "0812345"),
        ("siti di sini", "\uff33\uff49\uff54\uff49", None),
        ("siti di sini", "\u017fiti", None),
        ("\uff33\uff49\uff54\uff49 di sini", "Siti", None),
        ("nomor \uff11\uff12\uff13\uff14\uff15", None, "12345"),
        ("Si\x00ti di sini", "Siti", None),
        ("123\x0045", None, "12345"),
        ("SITI di sini", "Siti", None),
        ("Siti\nAminah", "Siti Aminah", None),
        ("1-2 3.4_5", None, "12345"),
    ],
)
def test_masking_is_not_changed_where_it_would_be_easiest_to_miss(text, name, number):
    private = Private(text, name, number)
    found = row_of(world.opened(), private)["summary"]
    assert found == expected_row(world.opened(), private)["summary"]
    assert "•••" in found


# --- one month as a file -------------------------------------------------------------------------


def test_a_month_holds_what_the_geoparquet_of_the_same_records_holds(tmp_path):
    cases = [world.closed_rescue(), world.opened(no=9), world.verified_rescue()]
    written(tmp_path, partition("65.71", 2026, 1), [row_of(case) for case in cases])
    records = [case_record(case, PRIVATE, CONTEXT, sent_at=SENT) for case in cases]
    ours = geopandas.read_parquet(tmp_path / partition("65.71", 2026, 1))
    theirs = geopandas.read_parquet(io.BytesIO(to_geoparquet(records))).drop(columns="place_text")
    assert list(ours.columns) == [*ARCHIVE_COLUMNS, "geometry"]
    ours = ours.drop(columns=list(FACT_COLUMNS))
    assert list(ours.columns) == list(theirs.columns) == [*RECORD_COLUMNS, "geometry"]
    assert ours.crs == theirs.crs
    # Parquet itself keeps no difference between pandas' two kinds of a number that may be missing.
    pandas.testing.assert_frame_equal(
        geopandas_free(ours), geopandas_free(theirs), check_dtype=False, check_column_type=False
    )
    assert ours.geometry.to_wkb().tolist() == theirs.geometry.to_wkb().tolist()


def geopandas_free(frame):
    return frame.drop(columns="geometry").astype(object).where(lambda known: known.notna(), None)


def test_the_file_is_geoparquet_1_1_with_zstd_and_wkb(tmp_path):
    place = partition("65.71", 2026, 1)
    written(tmp_path, place, [row_of(world.closed_rescue())])
    file = pyarrow.parquet.ParquetFile(tmp_path / place)
    geo = json.loads(file.metadata.metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    assert {file.metadata.row_group(0).column(n).compression for n in range(file.metadata.num_columns)} == {
        "ZSTD"
    }
    assert file.schema_arrow.field("received_at").type == pyarrow.timestamp("us", "UTC")


def test_the_columns_never_depend_on_the_rows(tmp_path):
    for month, case in ((1, world.opened()), (2, world.closed_rescue())):
        written(tmp_path, partition("65.71", 2026, month), [row_of(case)])
    one, two = (pyarrow.parquet.read_schema(tmp_path / partition("65.71", 2026, month)) for month in (1, 2))
    assert one.equals(two, check_metadata=True)


def test_the_same_rows_give_the_same_bytes(tmp_path):
    rows = [row_of(world.closed_rescue())]
    first = written(tmp_path / "a", partition("65.71", 2026, 1), rows)
    again = written(tmp_path / "b", partition("65.71", 2026, 1), rows)
    assert first == again


@pytest.mark.parametrize("city", ["", "../x", "65/71", "a b", ".", "65.71\n"])
def test_a_city_code_cannot_leave_the_folder(city):
    with pytest.raises(ValueError, match="city code"):
        partition(city, 2026, 1)


def test_a_month_that_stops_halfway_leaves_the_old_one_and_nothing_else(tmp_path):
    place = partition("65.71", 2026, 1)
    written(tmp_path, place, [row_of(world.closed_rescue())])
    before = (tmp_path / place).read_bytes()

    def halfway():
        yield [row_of(world.opened())]
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"), one_writer(tmp_path):
        write_month(tmp_path, place, halfway(), MADE)
    assert (tmp_path / place).read_bytes() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / place]


def test_who_reads_while_a_month_is_written_reads_the_old_one(tmp_path):
    place = partition("65.71", 2026, 1)
    written(tmp_path, place, [row_of(world.closed_rescue())])
    seen = []

    def watched():
        for _ in range(3):
            yield [row_of(world.opened())] * 100
            seen.extend(duck(tmp_path, "status"))

    with one_writer(tmp_path):
        write_month(tmp_path, place, watched(), MADE)
    assert seen == [("closed",)] * 3
    assert len(duck(tmp_path, "status")) == 300


def test_a_month_without_cases_is_no_file(tmp_path):
    place = partition("65.71", 2026, 1)
    written(tmp_path, place, [row_of(world.closed_rescue())])
    assert written(tmp_path, place, []) is None
    assert not (tmp_path / place).exists()


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "city=65.71").write_text("a file where a folder must be")
    with pytest.raises(ArchiveFailed, match=r"city=65\.71/year=2026/month=01"):
        written(tmp_path, partition("65.71", 2026, 1), [row_of(world.opened())])


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = ["tests", "tests/unit", "."]
import strategies_records as world
from export.archive import one_writer, partition, write_month
from export.archive_rows import archive_row
folder = Path(sys.argv[1])
row = archive_row(
    world.closed_rescue(), world.PRIVATE, world.CONTEXT, None, late_entries=0, is_example=False
)
for size in range(1, 100000):
    with one_writer(folder):
        write_month(folder, partition("65.71", 2026, 1), [[row] * 300] * (1 + size % 4), "")
    print(size, flush=True)
"""


def test_killed_at_any_moment_the_month_is_whole(tmp_path):
    place = partition("65.71", 2026, 1)
    for killed_after in (1, 2, 3, 5, 8):
        writing = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(killed_after):
            assert writing.stdout.readline()
        writing.send_signal(signal.SIGKILL)
        writing.communicate()
        table = pyarrow.parquet.read_table(tmp_path / place)
        assert table.num_rows in (300, 600, 900, 1200)
        assert len(duck(tmp_path, "record_id")) == table.num_rows, "no half file is taken for a part"
    with one_writer(tmp_path):
        assert not (tmp_path / "_writing").exists(), "the next run clears what was left"
