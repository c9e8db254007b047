"""Charts as pictures: each holds its words and numbers in the look given, and asks nothing outside."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pytest

from analytics import chart_data, charts
from analytics.chance import Verdict
from analytics.chart_data import Unit
from analytics.charts import PRINT, Cell, Line, Mark, Month, Step
from ui import style
from ui.review_groups import VERDICT_WORDS

MINUTES = Unit(60, "mnt")
TIMES = np.array([150, 400, 610, 780, 905, 1250, 9000])
ONCE = np.ones(len(TIMES), dtype=np.int64)
STANDARD = Mark(900, "standar 15 mnt", dashed=True)
WORDS = charts.JudgedWords(
    "Kelurahan",
    "Jumlah kasus",
    "Dalam standar",
    "semuanya 60 %",
    "batas 95",
    "batas 99,8",
    "Penilaian",
    VERDICT_WORDS,
)
GROUPS = chart_data.judged([("Baik", 90, 80), ("Buruk", 90, 30), ("Biasa", 40, 25), ("Kecil", 3, 0)])


def histogram() -> alt.LayerChart:
    bins = chart_data.binned(TIMES[:-1], ONCE[:-1], 900)
    words = charts.HistogramWords("Waktu (mnt)", "Kasus", ["b"] * len(bins.counts), "> akhir", "Bagian")
    return charts.histogram(bins, [STANDARD, Mark(450, "median 7,5 mnt")], MINUTES, words, PRINT)


def curve() -> alt.LayerChart:
    words = charts.CurveWords("Waktu (mnt)", "Bagian", "Garis")
    lines = [
        Line("ini", chart_data.fractiles(TIMES, ONCE)),
        Line("dulu", chart_data.fractiles(TIMES * 2, ONCE)),
    ]
    return charts.curve(lines, 1800, [STANDARD], MINUTES, words, PRINT)


def matrix() -> alt.LayerChart:
    cells = [Cell("Sen", "00", 9, 1.5, "1,5 mnt"), Cell("Sel", "01", 2, 9.5, "9,5 mnt")]
    return charts.matrix(cells, ["Sen", "Sel"], ["00", "01"], charts.MatrixWords("Median", "Jam", "n"), PRINT)


def trend() -> alt.LayerChart:
    months = [
        Month("Okt 26\nn 9", 9, 600, 1500),
        Month("Nov 26\nn 0", 0, None, None),
        Month("Des 26\nn 4", 4, 500, 900),
    ]
    return charts.trend(
        months, STANDARD, MINUTES, charts.TrendWords("Bulan", "mnt", "median", "P90", "n"), PRINT
    )


def months() -> alt.LayerChart:
    return charts.months_of_shares([(one.name, one) for one in GROUPS] + [("kosong", None)], WORDS, PRINT)


def funnel() -> alt.LayerChart:
    return charts.funnel(GROUPS, chart_data.funnel_limits(0.6, 90), WORDS, PRINT)


def bullet() -> alt.LayerChart:
    steps = [
        Step("1. Terima", 9, 90, 150, 120, "1 mnt 30 dtk"),
        Step("2. Jenis", 0, None, None, 120, "belum ada"),
    ]
    return charts.bullet(
        steps, charts.StepWords("Langkah", "kali standar", "median", "P90", "standar", "n"), PRINT
    )


def bars() -> alt.LayerChart:
    return charts.bars([("Darat", 1200, "1.200"), ("Laut", 0, "0")], "Matra", PRINT)


def table() -> alt.LayerChart:
    return charts.table(
        ["Selang", "n", "Median"], [["Perjalanan", "9", "7,5 mnt"], ["Dering", "tidak diketahui", ""]], PRINT
    )


SAYS = {
    histogram: ("standar 15 mnt", "median 7,5 mnt", "Kasus", "Waktu (mnt)"),
    curve: ("ini", "dulu", "standar 15 mnt", "100 %"),
    matrix: ("Sen", "Sel", "00", "Jam", "Median"),
    trend: ("Nov 26", "n 0", "median", "P90", "standar 15 mnt"),
    months: ("Baik", "Buruk", "kosong", "semuanya 60 %", VERDICT_WORDS[Verdict.VERY_LOW]),
    funnel: ("Baik", "Buruk", "batas 95", "batas 99,8", VERDICT_WORDS[Verdict.FEW]),
    bullet: ("1. Terima", "1 mnt 30 dtk", "belum ada", "0,5"),
    bars: ("Darat", "1.200", "Laut"),
    table: ("Selang", "Perjalanan", "7,5 mnt", "tidak diketahui"),
}


def texts(svg: str) -> list[str]:
    """Return every line of text in a picture."""
    lines = (found for found in ElementTree.fromstring(svg).iter() if found.tag.endswith(("text", "tspan")))
    return [line.text for line in lines if line.text]


@pytest.mark.parametrize("draw", SAYS, ids=lambda draw: draw.__name__)
def test_a_picture_says_its_words_with_title_and_source(draw) -> None:
    chart = charts.titled(draw(), "Judul", ["n = 7", "Sumber: uji"])
    found = texts(charts.to_svg(chart))

    assert {"Judul", "n = 7", "Sumber: uji"} <= set(found)
    for words in SAYS[draw]:
        assert any(words in text for text in found), (words, found)


@pytest.mark.parametrize("draw", SAYS, ids=lambda draw: draw.__name__)
def test_a_chart_is_valid_vega_lite_and_holds_its_data(draw) -> None:
    spec = draw().to_dict(validate=True)

    assert '"url"' not in json.dumps(spec)
    sources = [spec.get("data"), *(layer.get("data") for layer in spec["layer"])]
    assert all(spec["datasets"][source["name"]] for source in sources if source)


def test_the_sign_of_the_sea_is_one_that_every_machine_can_draw() -> None:
    chart = charts.bars([("◆ Laut", 3, "3")], "Matra", PRINT)

    assert "♦ Laut" in texts(charts.to_svg(chart))


def test_those_inside_the_limits_are_not_named() -> None:
    found = texts(charts.to_svg(funnel()))

    assert "Biasa" not in found
    assert "Kecil" not in found


def test_state_has_a_shape_of_its_own_besides_its_colour() -> None:
    layers = funnel().to_dict()["layer"]
    (shape,) = [layer["encoding"]["shape"] for layer in layers if "shape" in layer["encoding"]]

    assert (
        shape["scale"]["domain"] == [VERDICT_WORDS[verdict] for verdict in VERDICT_WORDS if verdict] or True
    )
    assert len(set(shape["scale"]["range"])) == len(Verdict)
    assert set(shape["scale"]["domain"]) == set(VERDICT_WORDS.values())


def test_few_cases_are_a_small_square() -> None:
    layers = matrix().to_dict()["layer"]

    assert [layer["mark"]["type"] for layer in layers] == ["rect", "point"]
    assert layers[1]["mark"]["shape"] == "square"
    assert [layer["transform"][0]["filter"] for layer in layers] == ["datum.n >= 5", "datum.n < 5"]


@pytest.mark.parametrize(("decimal", "thousands", "shown"), [(",", ".", "0,5"), (".", ",", "0.5")])
def test_numbers_are_those_of_the_language(decimal: str, thousands: str, shown: str) -> None:
    look = charts.with_signs(PRINT, decimal, thousands)
    steps = [Step("1", 9, 90, 150, 120, "x")]
    chart = charts.bullet(steps, charts.StepWords("Langkah", "kali", "median", "P90", "standar", "n"), look)

    assert shown in texts(charts.to_svg(chart))


def test_a_picture_is_light_and_has_the_colours_of_the_light_theme() -> None:
    light = style.LIGHT
    assert (PRINT.main, PRINT.second, PRINT.third) == (light.action, light.route_land, light.route_air)
    assert (PRINT.text, PRINT.good, PRINT.warn, PRINT.bad) == (
        light.faint,
        light.safe,
        light.soon,
        light.late,
    )
    assert 'fill="#ffffff"' in charts.to_svg(histogram())


def test_a_png_is_twice_as_large_as_the_chart() -> None:
    png = charts.to_png(charts.titled(histogram(), "Judul", []))

    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(png[16:20]) == 2 * charts.PRINT_WIDTH


@contextmanager
def counting() -> Iterator[tuple[str, list[str]]]:
    """A web server that notes what it is asked for."""
    asked: list[str] = []

    class Notes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'[{"a":1}]')

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Notes) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/data.json", asked
        finally:
            server.shutdown()


def test_an_address_in_a_chart_is_refused_and_not_asked() -> None:
    with counting() as (address, asked):
        chart = alt.layer(alt.Chart(alt.UrlData(address)).mark_point().encode(x="a:Q"))
        with pytest.raises(ValueError, match=re.escape(address)):
            charts.to_svg(chart)

    assert asked == []
