"""No file for a spreadsheet runs what a person wrote, whichever sign divides its lines."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from builders import ANI
from center_builders import REPORT, T0, at, ref, settings
from hypothesis import given
from hypothesis import strategies as st

from analytics.chart_data import to_csv
from database.reads import Filter
from domain.case import Location
from domain.formula import STARTS, row, shown
from domain.words import Channel
from services import intake, records
from services.center import Center, close_center, open_center

HARM = '=HYPERLINK("http://evil.example";"klik")'
WITHIN = f"dekat pasar;{HARM};+1+1"
TEXTS = st.text(st.sampled_from("=+-@;,\t\n\r\"' aA1＝＠"), max_size=12).filter(lambda text: text != "-")


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def cells(content: str, sign: str) -> list[str]:
    """Return a spreadsheet's cells: by the standard, or divided by another sign whatever is quoted."""
    if sign == ",":
        return [cell for line in csv.reader(io.StringIO(content, newline="")) for cell in line]
    return [cell for line in content.splitlines() for cell in line.split(sign)]


def running(content: str) -> list[str]:
    """Return the cells of a CSV that would run: blanks and a sign before something that is no number."""
    runs = re.compile(r'[\s"]*[=+\-@＝＋－＠]+(?![\d.]*"?$)[^"]')
    return [cell for sign in (",", ";", "\t") for cell in cells(content, sign) if runs.match(cell)]


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_whatever_is_written_no_cell_of_it_runs(texts: list[str]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(row(texts))
    assert running(out.getvalue()) == []


@pytest.mark.parametrize("value", [-3, 2.5, None, True, T0, "-", "Jalan Mawar 3", "a-b", "1;2", "A;B"])
def test_what_cannot_run_stays_as_it_is(value: object) -> None:
    assert shown(value) == value


@pytest.mark.parametrize("start", STARTS)
def test_each_start_is_quieted(start: str) -> None:
    assert str(shown(f"{start}1+1")).startswith("'")


def test_the_rule_of_this_test_finds_what_it_looks_for() -> None:
    assert running(f"a,{HARM}\n") and running(f'1,"x;{HARM}"\n') and running(f"a\tb\t{HARM}\n")


def test_every_file_of_a_case_shows_its_texts_and_runs_none(center: Center) -> None:
    case = intake.open_call(center, at(0), ANI, Channel.CALL_112)
    place = Location(place_text=WITHIN, lon=131.0, lat=-5.9, water_area="Perairan Uji")
    said = REPORT.__class__(
        HARM, "0812", reporter_name="Siti Aminah", incident=REPORT.incident, location=place
    )
    intake.record_report(center, at(1), ANI, ref(case), said)
    wanted = Filter(since=T0 - timedelta(days=1), until=T0 + timedelta(days=1))
    found = records.export(center, at(2), wanted, "csv").decode()
    assert "HYPERLINK" in found
    assert running(found) == []
    book = openpyxl.load_workbook(io.BytesIO(records.export(center, at(2), wanted, "xlsx")))
    kinds = {
        (cell.data_type, str(cell.value).startswith("="))
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if cell.value is not None
    }
    assert ("f", True) not in kinds
    assert all(kind != "f" for kind, _ in kinds)


def test_the_csv_of_a_chart_runs_nothing() -> None:
    found = to_csv([{"unit": HARM, "n": -3}, {"unit": WITHIN, "n": 4}]).decode()
    assert running(found) == []
    assert ",-3" in found
