"""The workbook, opened by openpyxl, pandas and an XML parser: values, dates, no formula, nobody named."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import openpyxl
import pandas
import pytest
import strategies_records as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_selection import FRESH, RESCUE, SELECTION, UNPLACED, recorded
from strategies_records import CONTEXT, PLANTED, after

from domain.case import Handover, Private
from export.sheets import Book, Column
from export.workbook import CASES, NOT_JUDGED, NOTES, STEPS, UNITS, Occasion, to_workbook

OCCASION = Occasion(after(200), after(-60 * 24), after(60 * 24))
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def made(records=SELECTION, occasion=OCCASION):
    return to_workbook(records, CONTEXT, occasion)


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def rows(content, name):
    head, *body = opened(content)[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def xml_cells(content):
    """Every cell of every sheet as it lies in the file, without openpyxl."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                yield from ElementTree.fromstring(package.read(name)).iter(f"{MAIN}c")


def test_the_sheets_and_their_order():
    assert opened(made()).sheetnames == [CASES, STEPS, UNITS, NOTES]


def test_a_case_is_a_row_with_the_words_of_the_trade():
    rescue, unplaced, fresh = rows(made(), CASES)
    assert rescue["Nomor Register"] == "2026/000123"
    assert rescue["ID Rekaman"] == RESCUE["record_id"]
    assert rescue["Status"] == "Selesai"
    assert rescue["Hasil"] == "Diselamatkan"
    assert rescue["Kanal"] == "Telepon 112"
    assert rescue["Klasifikasi"] == "Terbatas"
    assert rescue["Matra"] == "Laut"
    assert rescue["Jenis Kejadian"] == "Orang jatuh atau tenggelam"
    assert rescue["Prioritas"] == "1 Mengancam jiwa"
    assert (rescue["Bujur (°)"], rescue["Lintang (°)"]) == (117.680013, 3.300027)
    assert rescue["Waktu Tanggap (dtk)"] == 3588
    assert rescue["Personel"] == 9
    assert (rescue["Korban"], rescue["Selamat"], rescue["Meninggal Dunia"]) == (1, 1, 0)
    assert (unplaced["Bujur (°)"], unplaced["Lintang (°)"]) == (None, None)
    assert fresh["Nomor Register"] is None
    assert fresh["Korban"] is None, "unknown is an empty cell, not zero"


def test_dates_are_real_dates_of_the_city_without_a_zone():
    sheet = opened(made())[CASES]
    column = [cell.value for cell in sheet[1]].index("Waktu Diterima") + 1
    cell = sheet.cell(2, column)
    assert cell.is_date
    assert cell.value == datetime(2026, 1, 14, 7, 58, 10)  # noqa: DTZ001
    frame = pandas.read_excel(io.BytesIO(made()), sheet_name=CASES)
    assert frame["Waktu Diterima"].dtype.kind == "M"
    assert frame["Waktu Diterima"].iloc[0] == pandas.Timestamp("2026-01-14 07:58:10")


def test_every_step_is_a_row_with_its_standard_and_whether_it_was_late():
    steps = rows(made([RESCUE]), STEPS)
    assert [step["Langkah"] for step in steps] == list(range(1, 10))
    for step, told in zip(steps, RESCUE["steps"], strict=True):
        assert step["Standar (dtk)"] == told["target_s"]
        assert step["Durasi (dtk)"] == told["elapsed_s"]
        if told["no"] != 6:
            late = told["elapsed_s"] is not None and told["elapsed_s"] > told["target_s"]
            assert step["Terlambat"] == ("Ya" if late else "Tidak")
    assert {step["Terlambat"] for step in steps} == {"Ya", "Tidak", NOT_JUDGED}
    assert steps[5]["Terlambat"] == NOT_JUDGED, "its duration is not what its standard is about"
    assert steps[0]["Kegiatan"] == "Kegiatan ke-1"
    assert steps[0]["Petugas"] == "Call Taker"
    assert steps[0]["Selesai"] == datetime(2026, 1, 14, 7, 59, 40)  # noqa: DTZ001
    assert {step["Terlambat"] for step in rows(made([FRESH]), STEPS)} == {None}


def test_every_unit_that_was_sent_is_a_row():
    units = rows(made([RESCUE]), UNITS)
    assert [unit["Kode Unit"] for unit in units] == ["SAR-RIB-02", "AMB-112-03"]
    assert units[0]["Instansi"] == "Kantor Pencarian dan Pertolongan"
    assert units[0]["Jenis Unit"] == "Perahu RIB"
    assert units[0]["Jarak Tempuh (km)"] == 21.4
    assert units[1]["Tiba di Lokasi"] is None


def test_the_notes_say_what_it_is_and_what_it_is_not():
    notes = {row["Hal"]: row["Penjelasan"] for row in rows(made(), NOTES)}
    assert notes["Jumlah baris Kasus"] == 3
    assert notes["Jumlah baris Langkah SOP"] == 27
    assert notes["Jumlah baris Unit"] == len(RESCUE["units"]) + len(UNPLACED["units"])
    assert notes["Dibuat"] == datetime(2026, 1, 14, 11, 18, 10)  # noqa: DTZ001
    assert notes["Waktu diterima sejak"] == datetime(2026, 1, 13, 7, 58, 10)  # noqa: DTZ001
    assert notes["Klasifikasi tertinggi"] == "Terbatas"
    assert "tidak memuat data pribadi" in notes["Data pribadi"].lower()
    assert "CONTOH" not in notes["Isi"]
    example = {
        row["Hal"]: row["Penjelasan"] for row in rows(made((), replace(OCCASION, is_example=True)), NOTES)
    }
    assert "CONTOH" in example["Isi"]
    assert example["Klasifikasi tertinggi"] == "tidak ada kasus"


def test_the_highest_classification_is_told():
    secret = recorded(replace(world.opened(), incident=replace(world.opened().incident, type_code="L-SUI")))
    notes = {row["Hal"]: row["Penjelasan"] for row in rows(made([RESCUE, secret, FRESH]), NOTES)}
    assert notes["Klasifikasi tertinggi"] == "Rahasia"


def test_the_head_is_frozen_and_filtered_over_all_rows():
    for name, last in ((CASES, 4), (STEPS, 28)):
        sheet = opened(made())[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.max_row == last
        assert all(sheet.column_dimensions[cell.column_letter].width >= 8 for cell in sheet[1])


@pytest.mark.parametrize(
    "said", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "  =1+1", "=HYPERLINK(0)", "#N/A", "＝1"]
)
def test_a_text_is_never_a_formula(said):
    record = recorded(world.registered_rescue(), Private(said, "X", None))
    assert record["incident"]["summary"]
    content = made([record])
    assert rows(content, CASES)[0]["Ringkasan (disamarkan)"] == record["incident"]["summary"]
    column = "Ringkasan (disamarkan)"
    sheet = opened(content)[CASES]
    cell = sheet.cell(2, [head.value for head in sheet[1]].index(column) + 1)
    assert cell.data_type == "s"
    assert bool(cell.style_id) == (not said.startswith("#")), "edited, it stays a text"


def test_a_tab_or_return_before_a_formula_does_not_wake_it():
    book = Book("uji", "uji", datetime(2026, 1, 1, tzinfo=UTC))
    texts = ["\t=1+1", "\r=1+1", "=A1", "a\x00b\x0bc", "x" * 40_000, "<a>&\"'", " spasi ", "a\nb"]
    assert book.add("Uji", [Column("Teks")], ([text] for text in texts)) == len(texts)
    content = book.content()
    cells = [cell for cell in xml_cells(content) if cell.get("r") != "A1"]
    assert {cell.get("t") for cell in cells} == {"inlineStr"}
    assert not [cell for cell in xml_cells(content) if cell.find(f"{MAIN}f") is not None]
    read = [row["Teks"] for row in rows(content, "Uji")]
    assert read == ["\t=1+1", "=1+1", "=A1", "abc", "x" * 32_767, "<a>&\"'", " spasi ", "a\nb"]


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=8))
def test_what_goes_in_comes_out(values):
    book = Book("uji", "uji", datetime(2026, 1, 1, tzinfo=UTC))
    book.add("Uji", [Column(f"K{no}") for no in range(len(values) + 1)], [[*values, "ujung"]])
    for value, read in zip([*values, "ujung"], rows(book.content(), "Uji")[0].values(), strict=True):
        if isinstance(value, str):
            clean = "".join(s for s in value if s >= " " and s not in "\ufffe\uffff" or s in "\t\n")
            assert (read or "") == clean
        else:
            assert read == value


def test_the_same_selection_gives_the_same_bytes_and_another_time_others():
    assert made() == made()
    assert made() != made(occasion=replace(OCCASION, made_at=after(201)))


def test_the_file_bears_the_time_it_is_told_in_utc():
    content = made()
    properties = opened(content).properties
    assert properties.created == properties.modified == datetime(2026, 1, 14, 3, 18, 10)  # noqa: DTZ001
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        assert {member.date_time for member in package.infolist()} == {(2026, 1, 14, 3, 18, 10)}
        assert package.testzip() is None


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="timezone-aware"):
        made(occasion=Occasion(datetime(2026, 1, 1)))  # noqa: DTZ001


def test_an_empty_selection_is_a_workbook_of_heads():
    content = made((), Occasion(datetime(2026, 1, 1, tzinfo=UTC)))
    assert [opened(content)[name].max_row for name in (CASES, STEPS, UNITS)] == [1, 1, 1]
    notes = {row["Hal"]: row["Penjelasan"] for row in rows(content, NOTES)}
    assert notes["Waktu diterima sejak"] == "kasus pertama"


def test_the_caller_cannot_be_followed():
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        everything = b"".join(package.read(name) for name in package.namelist())
    assert RESCUE["record_id"].encode() in everything
    assert RESCUE["call"]["reporter_ref"].encode() not in everything
    assert "•••678".encode() not in everything


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(world.cases(), max_size=3), st.sampled_from(("minimal", "full")))
def test_whatever_happened_every_case_is_there_and_nobody_is_named(found, profile):
    records = [recorded(case, private, profile) for case, private in found]
    content = made(records)
    cases = rows(content, CASES)
    assert [row["ID Rekaman"] for row in cases] == [record["record_id"] for record in records]
    for row, record in zip(cases, records, strict=True):
        assert row["Waktu Tanggap (dtk)"] == record["intervals"]["response_s"]
        assert row["Tempat (disamarkan)"] == record["location"]["place_text"]
        told = datetime.fromisoformat(record["call"]["received_at"])
        assert row["Waktu Diterima"] == told.replace(tzinfo=None)
    assert len(rows(content, STEPS)) == 9 * len(records)
    assert len(rows(content, UNITS)) == sum(len(record["units"]) for record in records)
    assert not [cell for cell in xml_cells(content) if cell.find(f"{MAIN}f") is not None]
    bare = world.letters_and_digits(" ".join("".join(cell.itertext()) for cell in xml_cells(content)))
    assert not [word for word in PLANTED if word in bare]


def test_a_handover_is_told_masked():
    handover = Handover("SAR, Pak Sulaiman", "Surat dari Zulkarnaen", after(80), "perwira-satu")
    row = rows(made([recorded(replace(world.registered_rescue(), handover=handover))]), CASES)[0]
    assert row["Dialihkan ke"] == "SAR, Pak •••"
    assert row["Waktu Dialihkan"] == datetime(2026, 1, 14, 9, 18, 10)  # noqa: DTZ001
