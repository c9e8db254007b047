"""Pimpinan's map in a real browser: time moves in the browser alone, a click opens a cell, the map stays."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk import Desk
from harness import ROOT, Server, start, stop
from playwright.sync_api import Frame, Page, WebSocket, expect

TODAY = datetime.now(ZoneInfo("Asia/Makassar")).date()
ADDRESS = f"pimpinan?bagian=peta&periode={TODAY - timedelta(days=61)}&periode={TODAY}"

LOOKS = """() => [...document.querySelectorAll('path.sigap-cell')]
    .map((path) => [path.dataset.cell, path.dataset.look, path.getAttribute('fill')])"""

IN_REACH = """() => {
    for (const path of document.querySelectorAll('path.sigap-cell')) {
        if (!/^(c|few)/.test(path.dataset.look)) continue;
        const box = path.getBoundingClientRect();
        const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
        if (document.elementFromPoint(x, y) === path) return {cell: path.dataset.cell, x, y};
    }
}"""
"""A cell with reports whose middle can be clicked."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap of its own, with cases of the last 60 days."""
    folder = tmp_path_factory.mktemp("review_map")
    demo = {"SIGAP_DEMO": "1"}
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "screens")))
    environment = {**os.environ, **demo, "SIGAP_VAR": str(folder / "var"), "PYTHONPATH": paths}
    environment.pop("SIGAP_DB", None)
    cases = Path(__file__).parent / "review_cases.py"
    subprocess.run([sys.executable, cases], cwd=ROOT, env=environment, check=True)
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env=demo)
    yield running
    stop(running)


@pytest.fixture
def desk(server: Server, page: Page) -> Desk:
    return Desk(page, server.url)


def inside(desk: Desk) -> Frame:
    (frame,) = (frame for frame in desk.page.frames if "streamlit_folium" in frame.url)
    return frame


def opened(desk: Desk, more: str = "") -> Frame:
    desk.open(ADDRESS + more)
    expect(desk.map().locator(".sigap-cell-legend")).to_be_visible()
    return inside(desk)


def looks(frame: Frame) -> dict[str, tuple[str, str]]:
    return {cell: (look, fill) for cell, look, fill in frame.evaluate(LOOKS)}


def number(words: str) -> int:
    found = re.search(r": (\d+) laporan", words)
    assert found, words
    return int(found[1])


def test_the_slider_colours_the_same_cells_anew_without_asking_the_server(desk: Desk) -> None:
    asked: list[str] = []
    sent: list[object] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: sent.append(payload))

    desk.page.on("websocket", listen)
    frame = opened(desk, "&bingkai=Per+bulan")
    desk.page.on("request", lambda request: asked.append(request.url))
    bar = frame.locator(".sigap-frames")
    slider = bar.get_by_role("slider", name="Waktu pada peta")
    expect(bar.locator("output")).to_have_text(re.compile(r"^Semua: \d+ laporan$"))
    whole, total = looks(frame), number(bar.locator("output").inner_text())
    frame.evaluate("() => { window.paths = [...document.querySelectorAll('path.sigap-cell')]; }")
    desk.settled()
    asked.clear()
    sent.clear()

    months = []
    slider.focus()
    last = int(slider.get_attribute("max") or 0)
    for step in range(1, last + 1):
        slider.press("ArrowRight")
        expect(slider).to_have_value(str(step))
        words = bar.locator("output").inner_text()
        assert re.fullmatch(r"[A-Z][a-z]+ \d{4}: \d+ laporan", words)
        assert slider.get_attribute("aria-valuetext") == words
        months.append((number(words), looks(frame)))

    assert last >= 3
    assert sum(n for n, _looks in months) == total
    for n, drawn in months:
        assert drawn.keys() == whole.keys()
        coloured = [look for look, _fill in drawn.values() if look.startswith("c")]
        assert bool(coloured) is bool(n)
    assert len({str(drawn) for _n, drawn in months if drawn}) == last, "every month is drawn differently"
    assert frame.evaluate("() => window.paths.every((path) => path.isConnected)"), "no cell is built anew"
    slider.press("Home")
    expect(bar.locator("output")).to_have_text(f"Semua: {total} laporan")
    assert looks(frame) == whole
    assert asked == []
    assert len(sent) < last, "the page's own refreshing at most, nothing for each step"


def test_it_plays_about_once_a_second_and_can_be_paused(desk: Desk) -> None:
    desk.page.clock.install()
    frame = opened(desk, "&bingkai=Per+jam")
    output = frame.locator(".sigap-frames output")
    desk.settled()

    frame.get_by_role("button", name="Putar").click()
    expect(output).to_have_text(re.compile(r"^Pukul 00–01: "))
    desk.page.clock.run_for(1_000)
    expect(output).to_have_text(re.compile(r"^Pukul 0[12]–"))
    desk.page.clock.run_for(5_000)
    expect(output).to_have_text(re.compile(r"^Pukul 0[6-9]–"))
    frame.get_by_role("button", name="Jeda").click()
    stopped = output.inner_text()
    desk.page.clock.run_for(5_000)
    assert output.inner_text() == stopped
    expect(frame.get_by_role("button", name="Putar")).to_be_visible()


def test_who_wants_less_motion_gets_no_transitions_and_a_calmer_pace(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(reduced_motion="reduce")
    page.clock.install()
    desk = Desk(page, server.url)
    frame = opened(desk, "&bingkai=Per+jam")
    duration = "() => getComputedStyle(document.querySelector('path.sigap-cell')).transitionDuration"
    assert frame.evaluate(duration) == "0s"

    frame.get_by_role("button", name="Putar").click()
    page.clock.run_for(5_000)

    expect(frame.locator(".sigap-frames output")).to_have_text(re.compile(r"^Pukul 0[2-4]–"))


def test_a_cell_that_is_clicked_shows_its_cases_and_the_map_stays(desk: Desk) -> None:
    frame = opened(desk, "&bingkai=Per+bulan")
    frame.locator(".sigap-frames input").press("ArrowRight")
    month = frame.locator(".sigap-frames output").inner_text()
    frame.evaluate("() => { window.sameMap = map; map.getContainer().dataset.sign = 'same'; }")
    desk.settled()
    many = desk.page.get_by_text(re.compile(r"^(Semua )?\d+ laporan( terbaru)?"))
    expect(many).to_be_visible()
    before = many.inner_text()
    found: dict[str, Any] = frame.evaluate(IN_REACH)

    frame.locator(".leaflet-container").click(position={"x": found["x"], "y": found["y"]})

    expect(desk.page).to_have_url(re.compile(rf"[?&]sel={found['cell']}\b"))
    desk.sees(f"Hanya kasus di sel peta {found['cell']}")
    desk.settled()
    expect(many).not_to_have_text(before)
    expect(frame.locator("path.sigap-chosen-cell")).to_have_count(1)
    assert len(looks(frame)) > 1, "the other cells stay on the map"
    assert frame.locator(".sigap-frames output").inner_text() == month, "the month stays"
    same = "() => window.sameMap === map && map.getContainer().dataset.sign === 'same'"
    assert frame.evaluate(same)

    frame.locator(".leaflet-container").click(position={"x": found["x"], "y": found["y"]})

    expect(desk.page).not_to_have_url(re.compile(r"[?&]sel="))
    desk.settled()
    expect(many).to_have_text(before)
    expect(frame.locator("path.sigap-chosen-cell")).to_have_count(0)
    assert frame.evaluate(same)


def test_every_picture_is_drawn_on_the_same_map(desk: Desk) -> None:
    frame = opened(desk)
    frame.evaluate("() => { window.sameMap = map; }")
    drawn = desk.map()
    legend = drawn.locator(".sigap-cell-legend")
    for picture, title, sign in (
        ("Per penduduk", "Laporan per 1.000 penduduk dan tahun", "path.sigap-cell"),
        ("Tiba terlambat", "Tiba lebih dari 15 mnt", "path.sigap-cell"),
        ("Titik panas", "Dibanding kebetulan", "path.sigap-cell"),
        ("Kepadatan", "Kepadatan laporan", "canvas.leaflet-heatmap-layer"),
        ("Jumlah laporan", "Laporan per sel", "path.sigap-cell"),
    ):
        desk.page.get_by_role("radio", name=picture, exact=True).click()
        expect(legend).to_contain_text(title)
        desk.settled()
        expect(drawn.locator(sign).first).to_be_attached()
        expect(drawn.locator("canvas.leaflet-heatmap-layer")).to_have_count(int("canvas" in sign))
    assert frame.evaluate("() => window.sameMap === map")


def test_the_tooltip_says_number_period_and_definition(desk: Desk) -> None:
    frame = opened(desk, "&gambar=Tiba+terlambat")
    found: dict[str, Any] = frame.evaluate(IN_REACH)

    frame.locator(".leaflet-container").hover(position={"x": found["x"], "y": found["y"]})

    tip = frame.locator(".sigap-cell-tip")
    expect(tip).to_contain_text(re.compile(r"\d+ persen terlambat, n = \d+"))
    expect(tip).to_contain_text(str(TODAY.year))
    expect(tip).to_contain_text("tiba lebih dari 15 menit setelah laporan")
