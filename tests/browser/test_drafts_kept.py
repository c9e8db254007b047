"""What is typed survives a reload and a server that is killed, and is gone once it is stored."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import pytest
from desk import Desk
from harness import ROOT, Server, start, stop
from playwright.sync_api import Page, expect

STORY = "Perahu kandas di muara, dua orang minta tolong"
RESTORED = "Isian yang belum disimpan dipulihkan"


def value(page: Page, label: str):
    return page.get_by_label(label, exact=True)


def draft_of(server: Server, count: int) -> None:
    """Wait until so many drafts are kept."""
    give_up = time.monotonic() + 15
    while len(list((server.var / "demo" / "drafts").glob("*.draft"))) != count:
        assert time.monotonic() < give_up
        time.sleep(0.1)


def test_a_report_survives_reloads_until_it_is_stored(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(role="dispatcher")
    desk = Desk(page, server.url)
    desk.open("penerimaan")
    desk.press("Terima panggilan", "Kronologi")
    desk.write("Nomor panggil balik", "0812 7777 1234")
    desk.write("Nama pelapor", "Uji Draf")
    desk.write("Kronologi", STORY)
    desk.choose("Jenis kejadian", "S-MOB", search="tenggelam")
    desk.write("Nama tempat", "Muara Draf")
    desk.write("Koordinat", "3.31, 117.62")
    desk.sees(re.compile("Kota Tarakan"))
    expect(value(page, "Koordinat")).to_have_value("3.31000, 117.62000")
    desk.map()
    page.reload()
    desk.settled()
    desk.sees(RESTORED)
    expect(value(page, "Kronologi")).to_have_value(STORY)
    expect(value(page, "Nama pelapor")).to_have_value("Uji Draf")
    expect(value(page, "Nama tempat")).to_have_value("Muara Draf")
    expect(value(page, "Koordinat")).to_have_value("3.31000, 117.62000")
    expect(page.get_by_role("combobox", name="Jenis kejadian")).to_have_value(re.compile("S-MOB"))
    desk.map()
    address = page.url
    desk.press("Normal", "tersimpan.")
    page.goto(address)
    desk.settled()
    expect(page.get_by_text(RESTORED)).to_have_count(0)
    draft_of(server, 0)


def test_a_draft_that_is_not_wanted_is_thrown_away(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(role="call_taker")
    desk = Desk(page, server.url)
    desk.open("penerimaan")
    desk.press("Terima panggilan", "Kronologi")
    desk.write("Kronologi", "salah ketik")
    draft_of(server, 1)
    desk.map()
    page.reload()
    desk.settled()
    desk.sees(RESTORED)
    desk.press("Buang isian itu")
    expect(value(page, "Kronologi")).to_have_value("")
    draft_of(server, 0)
    desk.map()
    page.reload()
    desk.settled()
    expect(value(page, "Kronologi")).to_have_value("")
    expect(page.get_by_text(RESTORED)).to_have_count(0)


@pytest.mark.skipif("SIGAP_FAULTS" not in os.environ, reason="only with SIGAP_FAULTS=1: two more servers")
def test_a_report_survives_a_killed_server(tmp_path, new_page: Callable[..., Page]) -> None:
    running = start(ROOT / "app.py", tmp_path, ready="/api/v1/health", env={"SIGAP_DEMO": "1"})
    again = None
    try:
        page = new_page(role=None)
        desk = Desk(page, running.url)
        desk.open("penerimaan", "dispatcher")
        desk.press("Terima panggilan", "Kronologi")
        desk.write("Kronologi", STORY)
        draft_of(running, 1)
        desk.map()
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        again = started_again(running)
        page.reload()
        desk.settled()
        desk.sees(RESTORED)
        expect(value(page, "Kronologi")).to_have_value(STORY)
    finally:
        stop(running)
        if again is not None:
            again.terminate()
            again.wait()


def started_again(server: Server) -> subprocess.Popen:
    """Start Sigap on the data and at the address of a server that died."""
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", port]
    environment = {**os.environ, "SIGAP_VAR": str(server.var), "SIGAP_DEMO": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("SIGAP_DB", None)
    with server.log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        try:
            if httpx.get(f"{server.url}/api/v1/health", timeout=5).status_code == 200:
                return process
        except httpx.TransportError:
            assert process.poll() is None
        time.sleep(0.2)
    raise AssertionError("Sigap did not start again")
