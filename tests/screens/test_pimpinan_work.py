"""Pimpinan: places, agencies and cells choose cases; the work's section tells reasons, units, waste, gaps."""

from datetime import UTC, datetime, timedelta

import pytest
from many_cases import CITRA, a_unit_of, handled, prank, reported
from open_cases import classified, coordinated, sent
from streamlit.testing.v1 import AppTest

from domain.words import Domain, Outcome
from geo.cells import cell_text, cells_of
from geo.points import LonLat
from services import exits
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef

KARANG_BALIK, PANTAI_AMAL = LonLat(117.59, 3.307), LonLat(117.6600, 3.3185)
SEA = LonLat(117.69, 3.31)
NOW = datetime.now(UTC)


@pytest.fixture
def past(center: Center) -> Center:
    """Three fires in one place and one elsewhere, a boat at sea, a prank, an open call."""
    fire, boat = a_unit_of(center, "PMK"), a_unit_of(center, "SAR")
    for day in (8, 6, 5):
        handled(center, NOW - timedelta(days=day), "L-FIR1", Domain.LAND, KARANG_BALIK, fire, arrives_min=12)
    handled(center, NOW - timedelta(days=3), "S-MOB", Domain.SEA, SEA, boat, arrives_min=60)
    prank(center, NOW - timedelta(days=2))
    reported(center, NOW - timedelta(days=1), "L-ANI", Domain.LAND, LonLat(117.57, 3.33))
    return center


def told(test: AppTest) -> str:
    texts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.success]
    return " ".join(element.value for element in texts)


def count(test: AppTest) -> str:
    return next(metric.value for metric in test.metric if metric.label == "Laporan masuk")


def table(test: AppTest, column: str) -> list[dict[str, object]]:
    frame = next(one.value for one in test.dataframe if column in one.value.columns)
    return frame.to_dict("records")


def test_a_district_and_a_kelurahan_choose_their_cases(past: Center, page) -> None:
    test = page("pimpinan").run()
    test.multiselect(key="wilayah").set_value(["65.71.01"]).run()
    assert count(test) == "4"
    assert "Kec. Tarakan Barat" in told(test)
    test.multiselect(key="wilayah").set_value(["65.71.01.1004"]).run()
    assert count(test) == "3"


def test_an_agency_chooses_the_cases_that_its_units_were_sent_to(past: Center, page) -> None:
    test = page("pimpinan").run()
    test.multiselect(key="instansi").set_value(["SAR"]).run()
    assert count(test) == "1"
    assert list(test.dataframe[-1].value["Jenis"]) == ["Orang jatuh/tenggelam"]


def test_a_cell_in_the_address_chooses_its_cases_and_can_be_left(past: Center, page) -> None:
    test = page("pimpinan")
    test.query_params["sel"] = cell_text(cells_of(KARANG_BALIK)[2])
    test.run()
    assert count(test) == "3"
    assert "resolusi 8" in told(test)
    test.button(key="review_cell_off").click().run()
    assert count(test) == "6"


def test_an_unknown_cell_is_said_and_not_used(past: Center, page) -> None:
    test = page("pimpinan")
    test.query_params["sel"] = "bukan-sel"
    test.run()
    assert count(test) == "6"
    assert "Sel peta bukan-sel pada alamat tidak dikenal" in told(test)


@pytest.fixture
def work(past: Center, page) -> AppTest:
    test = page("pimpinan").run()
    return test.button_group(key="bagian").set_value("kerja").run()


def test_units_of_an_agency_are_busy_from_dispatch_to_cleared(work: AppTest) -> None:
    assert not work.exception
    row = next(row for row in table(work, "Pemakaian") if "Pemadam" in str(row["Instansi"]))
    assert row["Dikerahkan"] == 3
    assert row["Belum selesai"] == 0
    assert float(str(row["Jam sibuk"]).replace(",", ".")) > 0


def test_pranks_are_shares_of_the_decided_reports(work: AppTest) -> None:
    rows = table(work, "Ghost")
    assert sum(int(row["n"]) for row in rows) == 6
    assert "Tidak ada laporan palsu" in told(work)


def test_a_false_report_tells_what_it_took(past: Center, page) -> None:
    case = coordinated(past, classified(past, minutes_ago=20), minutes_ago=15)
    case = sent(past, case, a_unit_of(past, "PMK"), progress=(Progress.DEPART,))
    now = datetime.now(UTC)
    exits.call_off(past, now, CITRA, CaseRef(case.case_id), Outcome.FALSE_REPORT, "tidak ada apa-apa")
    test = page("pimpinan").run()
    test.button_group(key="bagian").set_value("kerja").run()
    assert "**1 laporan palsu** menyita 1 unit" in told(test)


def test_a_place_that_calls_again_can_be_looked_at(work: AppTest) -> None:
    assert "**3×** Karang Balik" in told(work)
    button = next(b for b in work.button if b.key and b.key.startswith("repeat-"))
    button.click().run()
    assert "resolusi 9" in told(work)


def test_missing_rings_are_told_and_not_hidden(work: AppTest) -> None:
    (row,) = [
        row for row in table(work, "Yang tidak ada") if row["Yang tidak ada"] == "Waktu panggilan dijawab"
    ]
    assert row["Kasus"] >= 1


def test_steps_in_time_need_no_reason_and_late_ones_are_counted(work: AppTest) -> None:
    assert "langkah melewati standar" in told(work)
    assert "belum diberi alasan" in told(work)
