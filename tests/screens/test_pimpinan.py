"""Pimpinan: what leadership reads is counted from the cases that were chosen, and from nothing else."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import geopandas
import pytest
from many_cases import a_unit_of, handled, prank, reported
from streamlit.testing.v1 import AppTest

from domain.words import Domain, Role
from geo.points import LonLat
from services.center import Center
from services.review import Filter
from ui import review_list
from ui.review_filter import Selection

WITA = ZoneInfo("Asia/Makassar")
LAND, SEA = LonLat(117.592, 3.318), LonLat(117.69, 3.31)
NOW = datetime.now(UTC)


@pytest.fixture
def past(center: Center) -> Center:
    """Two handled land fires (12 and 20 minutes), one at sea (60 minutes), a prank and an open call."""
    fire, boat = a_unit_of(center, "PMK"), a_unit_of(center, "SAR")
    handled(center, NOW - timedelta(days=5), "L-FIR1", Domain.LAND, LAND, fire, arrives_min=12)
    handled(center, NOW - timedelta(days=4), "L-FIR1", Domain.LAND, LAND, fire, arrives_min=20)
    handled(center, NOW - timedelta(days=3), "S-MOB", Domain.SEA, SEA, boat, arrives_min=60)
    prank(center, NOW - timedelta(days=2))
    reported(center, NOW - timedelta(days=1), "L-ANI", Domain.LAND, LAND)
    return center


def figures(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def told(test: AppTest) -> str:
    texts = [*test.markdown, *test.caption, *test.info]
    return " ".join(element.value for element in texts)


def test_the_period_is_told_in_one_sentence_and_six_figures(past: Center, page) -> None:
    test = page("pimpinan", Role.AUDITOR).run()

    assert not test.exception
    assert figures(test) == {
        "Laporan masuk": "5",
        "Prank dan ghost": "20 %",
        "Waktu tanggap median · P90": "20,0 · 52,0 mnt",
        "Tiba dalam 15 menit": "33 %",
        "Langkah SOP tepat waktu": "96 %",
        "Rerata tanggap kebakaran": "16,0 mnt",
    }
    assert "5 laporan masuk, 4 di antaranya permintaan penyelamatan" in told(test)
    assert "unit pertama tiba dalam 20,0 menit (median), 33 % dalam 15 menit" in told(test)


def test_every_figure_has_its_n_and_its_definition(past: Center, page) -> None:
    test = page("pimpinan").run()

    assert all(len(metric.help) > 60 and "30 hari, " in metric.help for metric in test.metric)
    for basis in (
        "4 normal, 0 belum ditetapkan",
        "1 prank, 0 ghost dari n = 5",
        "n = 3 · standar 15 mnt: median melebihi, P90 melebihi",
        "1 dari n = 3 kasus",
        "dari n = 5",
        "1 laporan tanpa koordinat tidak tergambar",
    ):
        assert basis in told(test)


def test_step_6_is_judged_by_the_longest_silence_and_says_so(past: Center, page) -> None:
    test = page("pimpinan").run()

    assert "jeda terlama antara dua laporan situasi" in told(test)
    (table,) = [html.value for html in test.get("html") if "sigap-steps" in html.value]
    row = table[table.index("6. Pemantauan") :]
    row = row[: row.index("</tr>")]
    # Departure to first report: 7, 15 and 55 minutes; report to clearing: 13 minutes.
    assert "<td>15 mnt 00 dtk</td><td>15 mnt 00 dtk</td><td>67 %</td><td>3</td>" in row
    assert "mendekati standar" in row
    assert "belum ada yang selesai" in table[table.index("8. ") :]


def test_the_matra_filter_changes_the_numbers(past: Center, page) -> None:
    test = page("pimpinan").run()
    test.button_group(key="matra").set_value([Domain.SEA]).run()

    assert figures(test)["Laporan masuk"] == "1"
    assert figures(test)["Waktu tanggap median · P90"] == "60,0 · 60,0 mnt"
    assert "hanya Laut" in told(test)


def test_the_type_filter_changes_the_numbers(past: Center, page) -> None:
    test = page("pimpinan").run()
    test.multiselect(key="jenis").set_value(["L-FIR1"]).run()

    assert figures(test)["Laporan masuk"] == "3"
    assert figures(test)["Tiba dalam 15 menit"] == "50 %"


def test_the_days_are_those_of_the_city_and_both_are_included(past: Center, page) -> None:
    day = (NOW - timedelta(days=4)).astimezone(WITA).date()
    test = page("pimpinan").run()
    test.date_input(key="periode").set_value((day, day)).run()

    assert figures(test)["Laporan masuk"] == "1"
    assert "1 hari" in told(test)


def test_a_day_begins_at_midnight_in_the_city() -> None:
    wanted = Selection(date(2026, 1, 14), date(2026, 1, 14)).wanted(WITA)

    assert wanted == Filter(
        since=datetime(2026, 1, 13, 16, tzinfo=UTC), until=datetime(2026, 1, 14, 16, tzinfo=UTC)
    )


def test_the_filters_stand_in_the_address(past: Center, page) -> None:
    test = page("pimpinan")
    test.query_params["matra"] = ["Laut"]
    test.run()

    assert figures(test)["Laporan masuk"] == "1"


def test_without_a_last_day_the_page_asks_for_it(past: Center, page) -> None:
    test = page("pimpinan").run()
    test.date_input(key="periode").set_value((NOW.date(),)).run()

    assert not test.exception
    assert "Pilih juga tanggal akhir" in told(test)
    assert not test.metric


def test_nothing_found_is_a_sentence_and_no_empty_chart(center: Center, page) -> None:
    test = page("pimpinan").run()

    assert not test.exception
    assert "Tidak ada laporan dalam 30 hari ini" in told(test)
    assert not test.metric
    assert not test.get("vega_lite_chart")
    assert not test.get("download_button")


def test_only_open_calls_give_dashes_instead_of_times(center: Center, page) -> None:
    reported(center, NOW - timedelta(hours=1), "L-ANI", Domain.LAND, None)
    test = page("pimpinan").run()

    assert not test.exception
    assert figures(test)["Waktu tanggap median · P90"] == "–"
    assert figures(test)["Tiba dalam 15 menit"] == "–"
    assert "belum ada unit yang tiba di lokasi" in told(test)
    assert "Tidak ada laporan dengan koordinat" in told(test)


def test_the_newest_case_is_first_in_the_list_and_can_be_opened(past: Center, page) -> None:
    test = page("pimpinan").run()
    table = test.dataframe[0].value
    assert list(table["Jenis"])[:2] == ["Ular/tawon", "Kebakaran rumah"]
    assert list(table["Hasil"])[:3] == ["–", "Prank", "Diselamatkan"]

    test.session_state["review_list"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    test.run()
    assert any(button.label.startswith("Buka P") for button in test.button)


def test_counts_are_charts_with_their_numbers_in_words(past: Center, page) -> None:
    test = page("pimpinan").run()

    alts = [chart.proto.alt for chart in test.get("vega_lite_chart")]
    assert alts[0] == "Laporan menurut matra: ■ Darat 4; ◆ Laut 1"
    assert "Kebakaran rumah 3" in alts[1]
    assert "Belum ada hasil 1" in alts[2]


def test_a_file_is_made_only_when_it_is_asked_for(past: Center, page) -> None:
    test = page("pimpinan").run()

    buttons = {button.label: button.proto for button in test.get("download_button")}
    assert list(buttons)[:6] == ["Excel", "CSV", "GeoJSON", "GeoParquet", "KML", "EIDO (dipetakan)"]
    assert all(proto.deferred_file_id and not proto.url for proto in buttons.values())


def test_the_files_hold_the_selection(past: Center, tmp_path) -> None:
    wanted = Selection(
        (NOW - timedelta(days=10)).date(), NOW.date() + timedelta(days=1), (Domain.LAND,), ("L-FIR1",)
    ).wanted(WITA)

    features = json.loads(review_list.file_of(wanted, "geojson"))["features"]
    rows = list(csv.reader(io.StringIO(review_list.file_of(wanted, "csv").decode("utf-8-sig"))))
    parquet = tmp_path / "cases.parquet"
    parquet.write_bytes(review_list.file_of(wanted, "geoparquet"))
    table = geopandas.read_parquet(parquet)

    assert len(features) == 3
    assert len(rows) == 4
    assert len(table) == 3
    assert table.crs.to_epsg() == 4326
    assert sorted(f["geometry"]["coordinates"][0] for f in features if f["geometry"]) == [LAND.lon, LAND.lon]
