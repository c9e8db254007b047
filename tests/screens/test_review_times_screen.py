"""Pimpinan's response times: every choice changes what is shown, and every figure is that of the cases."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from many_cases import a_unit_of, handled, prank, reported
from streamlit.testing.v1 import AppTest

from domain.words import Domain
from geo.points import LonLat
from services import analysis
from services.center import Center, Settings, close_center, open_center
from ui import charts as drawn
from ui import review_charts, review_groups, review_spread, review_times, review_when
from ui.review_filter import Selection
from ui.words import type_label

NOW = datetime.now(UTC)
PLACES = (LonLat(117.592, 3.318), LonLat(117.58, 3.33))
SEA = LonLat(117.69, 3.31)
MINUTES = (8, 10, 12, 14, 16, 20)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """Six land fires of 8 to 20 minutes at two places, one boat of 60, a prank, an animal nobody was sent to.

    Five fires of 30 minutes lie in the period before. All tests here only read.
    """
    folder = tmp_path_factory.mktemp("times")
    st.cache_resource.clear()
    opened = open_center(Settings(folder, folder / "sigap.duckdb"))
    fire, boat = a_unit_of(opened, "PMK"), a_unit_of(opened, "SAR")
    for i, minutes in enumerate(MINUTES):
        at = NOW - timedelta(days=2 + i, hours=i)
        handled(opened, at, "L-FIR1", Domain.LAND, PLACES[i % 2], fire, arrives_min=minutes)
    handled(opened, NOW - timedelta(days=9), "S-MOB", Domain.SEA, SEA, boat, arrives_min=60)
    for i in range(5):
        handled(opened, NOW - timedelta(days=40 + i), "L-FIR1", Domain.LAND, PLACES[0], fire, arrives_min=30)
    prank(opened, NOW - timedelta(days=2))
    reported(opened, NOW - timedelta(hours=1), "L-ANI", Domain.LAND, None)
    yield opened
    close_center()
    st.cache_resource.clear()


def opened(page, **query: str) -> AppTest:
    test = page("pimpinan")
    test.query_params["bagian"] = "waktu"
    for key, value in query.items():
        test.query_params[key] = [value]
    test.run()
    assert not test.exception
    return test


def charts_of(test: AppTest) -> list[str]:
    return [chart.proto.alt for chart in test.get("vega_lite_chart")]


def told(test: AppTest) -> str:
    return " ".join(element.value for element in (*test.markdown, *test.caption, *test.info))


def table(test: AppTest) -> str:
    (found,) = [html.value for html in test.get("html") if 'class="sigap-intervals"' in html.value]
    return found


def row(test: AppTest, name: str) -> str:
    return next(part for part in table(test).split("<tr>") if f">{name}</th>" in part)


def chosen(first_days: int = 29) -> Selection:
    today = NOW.astimezone(drawn.timezone()).date()
    return Selection(today - timedelta(days=first_days), today)


def rows_of(picture: drawn.Picture, of: Selection) -> list[dict[str, str]]:
    made = drawn.file_makers(picture, of)["csv"]()
    return list(csv.DictReader(io.StringIO(made.decode("utf-8"))))


def test_the_section_shows_every_interval_and_says_why_one_is_missing(center: Center, page) -> None:
    test = opened(page)

    response = row(test, "Waktu tanggap")
    for words in ("<td>7</td>", "14,0 mnt", "36,0 mnt", "15 mnt", "57 %", "4 dari 7"):
        assert words in response
    assert "median 30,0 mnt (n = 5): " in response
    assert "dalam standar 0 %: " in response
    for silent in ("Menjawab panggilan", "Menangani alarm"):
        assert "Belum ada waktu dering yang diketahui" in row(test, silent)
    assert "tanpa standar" in row(test, "Perjalanan")
    assert "<td></td>" not in table(test)
    assert table(test).count('title="') == 7


def test_the_charts_say_their_figures_in_words(center: Center, page) -> None:
    found = charts_of(opened(page))

    assert "Waktu tanggap: sebaran: median 14,0 mnt, P90 36,0 mnt, 7 kasus" in found
    assert any(
        f.startswith("Waktu tanggap: bagian yang sudah tercapai: rentang ini (n = 7); ") for f in found
    )
    assert any("30 hari sebelumnya (n = 5)" in f for f in found)
    assert any(f.startswith("Laporan menurut jam dan hari: paling banyak ") for f in found)
    assert any(f.startswith("Waktu tanggap: median dan P90 tiap bulan: ") for f in found)
    assert any(f.startswith("Waktu tanggap: dalam 15 mnt tiap bulan: ") for f in found)


def test_another_interval_is_drawn_and_stands_in_the_address(center: Center, page) -> None:
    test = opened(page)
    test.button_group(key="selang").set_value("travel_s").run()

    found = charts_of(test)
    assert any(f.startswith("Perjalanan: sebaran: median 8,0 mnt") for f in found)
    assert not any("Waktu tanggap" in f for f in found)
    assert "Selang ini tidak punya standar" in told(test)
    assert charts_of(opened(page, selang="Perjalanan")) == found


def test_an_interval_without_a_time_is_a_sentence_and_no_axis(center: Center, page) -> None:
    test = opened(page)
    test.button_group(key="selang").set_value("alarm_answering_s").run()

    assert "Belum ada waktu dering yang diketahui dari sistem telepon" in told(test)
    assert not charts_of(test)


def test_the_curve_compares_the_period_before_or_each_domain(center: Center, page) -> None:
    test = opened(page)
    test.button_group(key="banding").set_value("matra").run()

    (curve,) = [f for f in charts_of(test) if "bagian yang sudah tercapai" in f]
    assert "■ Darat (n = 6); ◆ Laut (n = 1)" in curve
    assert "Tidak ada waktu yang diketahui: ▲ Udara." in told(test)


def test_the_matrix_shows_reports_median_or_share(center: Center, page) -> None:
    test = opened(page)
    assert "**Laporan menurut jam dan hari** · n = 9" in told(test)
    test.button_group(key="matriks").set_value("median").run()
    assert "**Waktu tanggap: median menurut jam dan hari** · n = 7" in told(test)
    assert "Kotak kecil: kurang dari 5 kasus" in told(test)
    test.button_group(key="matriks").set_value("bagian").run()
    assert "**Waktu tanggap: dalam standar menurut jam dan hari** · n = 7" in told(test)


def test_a_matrix_of_shares_needs_a_standard(center: Center, page) -> None:
    test = opened(page, matriks="Dalam standar", selang="Perjalanan")

    assert "Selang ini tidak punya standar" in told(test)
    assert not any("menurut jam dan hari" in f for f in charts_of(test))


@pytest.mark.parametrize("kind", review_groups.GROUPINGS)
def test_every_breakdown_holds_every_case_once(center: Center, kind: str) -> None:
    groups = review_groups.grouped(review_groups.GROUPINGS[kind], chosen(), "response_s")

    assert sum(spread.n for _name, spread in groups) == 7
    assert len({name for name, _spread in groups}) == len(groups)
    assert "None" not in "".join(name for name, _spread in groups)


def test_the_breakdown_is_told_apart_by_what_was_chosen(center: Center, page) -> None:
    test = opened(page)
    assert test.dataframe[0].value.columns[0] == "Kelurahan"
    test.button_group(key="menurut").set_value("jenis").run()

    shown = test.dataframe[0].value
    assert (shown.columns[0], shown.iloc[0, 0], shown["n"].iloc[0]) == ("Jenis", "Kebakaran rumah", 6)


def test_few_cases_are_told_as_few_and_are_no_verdict(center: Center, page) -> None:
    shown = opened(page, menurut="Matra").dataframe[0].value

    assert list(shown["Penilaian"]) == ["dalam batas kebetulan", "terlalu sedikit kasus"]
    assert list(shown["Dalam standar"]) == ["67 %", "0 %"]


def test_one_month_is_no_trend_and_one_group_no_funnel(center: Center, page) -> None:
    test = opened(page, jenis=type_label("S-MOB"))

    assert "arah dari bulan ke bulan tampak mulai dua bulan" in told(test)
    assert "Hanya ada satu kelompok" in told(test)


def test_calls_that_nobody_was_sent_to_leave_sentences(center: Center, page) -> None:
    test = opened(page, jenis=type_label("L-ANI"))

    assert "Belum ada unit yang tiba di lokasi dalam rentang ini" in told(test)
    assert table(test).count('class="why"') == 7
    assert not charts_of(test)


def test_every_picture_can_be_taken_in_three_forms_made_when_asked(center: Center, page) -> None:
    test = opened(page)

    buttons = [button.proto for button in test.get("download_button")]
    names = {proto.id.split("file_")[1].rsplit("_", 1)[0] for proto in buttons}
    assert {"selang-waktu", "sebaran", "kurva", "matriks-laporan", "bulanan", "bulanan-bagian"} <= names
    assert len(buttons) == 3 * len(names)
    assert all(proto.deferred_file_id and not proto.url for proto in buttons)


def test_the_files_hold_the_figures_that_are_shown(center: Center) -> None:
    of = chosen()
    wanted = of.measured(drawn.timezone())
    found = review_times.timed(wanted)
    lines = {line["interval"]: line for line in rows_of(review_times.intervals_picture(found, of), of)}

    response = lines["response_s"]
    assert (response["n"], response["within"], response["before_n"]) == ("7", "4", "5")
    assert float(response["median_s"]) == 14 * 60
    assert float(response["p90_low_s"]) <= 36 * 60 <= float(response["p90_high_s"])
    assert lines["alarm_answering_s"]["median_s"] == ""
    assert {line["first_day"] for line in lines.values()} == {of.first.isoformat()}


def test_the_bins_of_the_file_hold_every_case(center: Center) -> None:
    of = chosen()
    raw = analysis.distribution(center, of.measured(drawn.timezone()), "response_s")
    spread = analysis.interval(center, of.measured(drawn.timezone()), "response_s")
    lines = rows_of(review_spread.histogram_picture("response_s", raw, spread), of)

    assert sum(int(line["n"]) for line in lines) == 7
    assert sum(int(line["n"]) for line in lines if line["up_to_s"] and int(line["up_to_s"]) <= 900) == 4


def test_months_without_a_case_are_told_as_none(center: Center) -> None:
    months, longer = review_when.monthly(chosen(), "response_s")

    assert sum(one.spread.n for one in months) == 12
    assert longer.last == chosen().last
    assert (
        len(months)
        == (longer.last.year - months[0].first.year) * 12 + longer.last.month - months[0].first.month + 1
    )


def test_pictures_are_made_away_from_the_page_with_period_and_source(center: Center) -> None:
    of = chosen()
    groups = review_groups.grouped(review_groups.GROUPINGS["matra"], of, "response_s")
    spread = groups[0][1]
    picture = review_groups.funnel_picture(
        "matra", review_groups.GROUPINGS["matra"], groups, "response_s", spread
    )
    makers = drawn.file_makers(picture, of)
    svg = makers["svg"]().decode()

    assert makers["png"]().startswith(b"\x89PNG")
    for words in ("30 hari, ", "n = 7", "Sumber: kasus tercatat di Sigap", "semuanya 57,1 %"):
        assert words in svg


def test_the_steps_are_a_picture_of_the_figures(center: Center) -> None:
    of = chosen()
    found = analysis.steps(center, of.measured(drawn.timezone()))
    picture = review_charts.steps_picture(found)
    lines = rows_of(picture, of)

    assert [int(line["n"]) for line in lines] == [step.n for step in found]
    assert [float(line["standard_s"]) for line in lines] == [step.target_s for step in found]
    assert "1. Terima laporan (2 mnt)" in picture.told
    assert "belum ada yang selesai" in picture.told


def test_counts_keep_every_row_in_the_file_where_the_picture_takes_them_together(center: Center) -> None:
    rows = [(f"Jenis {i:02d}", 20 - i) for i in range(14)]
    picture = review_charts.bars_picture("laporan-jenis", "Laporan menurut jenis", rows)

    assert picture.told.endswith("; 4 lainnya 34")
    assert [(line["label"], int(line["n"])) for line in rows_of(picture, chosen())] == rows
