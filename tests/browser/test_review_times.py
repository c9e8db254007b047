"""Pimpinan's response times in a real browser: charts that are drawn, files that are what they say."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from harness import ROOT, Server, start, stop
from playwright.sync_api import Page, expect

SECTION = "pimpinan?bagian=waktu"
CHARTS = ("times_spread", "times_curve", "times_matrix", "times_trend", "times_shares", "times_funnel")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Sigap with two dozen finished example calls of the last two months."""
    folder, demo = tmp_path_factory.mktemp("times"), {"SIGAP_DEMO": "1"}
    seed = "from services import demo; demo.CLOSED = 24; raise SystemExit(demo.main())"
    environment = {**os.environ, **demo, "SIGAP_VAR": str(folder / "var")}
    environment.pop("SIGAP_DB", None)
    subprocess.run(
        [sys.executable, "-c", seed], cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
    )
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env=demo)
    yield running
    stop(running)


def drawn(page: Page, place: str) -> str:
    """Return every text of the chart in a block, once it is drawn."""
    chart = page.locator(f".st-key-{place} svg.marks").first
    expect(chart.locator("path, line").first).to_be_attached()
    return " | ".join(chart.locator("text").all_text_contents())


def taken(page: Page, name: str, extension: str) -> tuple[str, bytes]:
    page.locator(f".st-key-files_{name} button").first.click()
    with page.expect_download() as waiting:
        page.locator(f".st-key-file_{name}_{extension} button").click()
    page.keyboard.press("Escape")
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_every_chart_is_drawn_with_the_numbers_of_the_language(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/{SECTION}")

    for place in CHARTS:
        assert drawn(page, place), place
    spread = drawn(page, "times_spread")
    assert "standar 15 mnt" in spread
    assert "," in next(text for text in spread.split(" | ") if text.startswith("median "))
    assert page.get_by_role("table").filter(has_text="Menjawab panggilan").is_visible()


def test_in_english_the_decimal_sign_is_a_point(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/pimpinan?lang=en")
    page.locator(".st-key-bagian").get_by_role("radio").nth(2).click()

    median = next(text for text in drawn(page, "times_spread").split(" | ") if text.startswith("median "))
    assert "." in median
    assert "," not in median


def test_a_choice_draws_another_chart_and_stands_in_the_address(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/{SECTION}")
    drawn(page, "times_funnel")
    page.locator(".st-key-menurut").get_by_role("radio", name="Matra").click()

    expect(page.locator(".st-key-times_groups").get_by_text("menurut matra")).to_be_visible()
    page.wait_for_url("**menurut=Matra*")
    page.reload()
    expect(page.locator(".st-key-times_groups").get_by_text("menurut matra")).to_be_visible()


def test_no_chart_offers_to_leave_the_machine(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/{SECTION}")
    drawn(page, "times_spread")
    page.locator(".st-key-times_spread svg.marks").hover()

    assert page.locator(".vega-actions, .vega-embed details").count() == 0
    assert page.get_by_text("Vega Editor").count() == 0


@pytest.mark.parametrize("name", ["selang-waktu", "sebaran", "matriks-laporan", "rincian-kelurahan"])
def test_a_picture_is_taken_as_png_svg_and_csv(server: Server, page: Page, name: str) -> None:
    page.goto(f"{server.url}/{SECTION}")
    drawn(page, "times_funnel")

    file, png = taken(page, name, "png")
    assert file.startswith(f"sigap-{name}-")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(png) > 20_000
    _file, svg = taken(page, name, "svg")
    words = " ".join(ElementTree.fromstring(svg).itertext())
    assert "DATA CONTOH" in words
    assert "Sumber: kasus tercatat di Sigap" in words
    _file, text = taken(page, name, "csv")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8"))))
    assert rows
    assert all(row["first_day"] < row["last_day"] for row in rows)
