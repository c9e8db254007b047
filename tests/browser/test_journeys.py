"""From the ringing phone to the closed case and its record, through the screens and nothing else."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from desk import Desk
from harness import ROOT, Server, start, stop
from PIL import Image
from playwright.sync_api import Page, expect

from export.schema import validate_record

CALL_TAKER = ("Ani (contoh)", "Call Taker")
DISPATCHER = ("Budi (contoh)", "Dispatcher")
DUTY_OFFICER = ("Citra (contoh)", "Perwira Piket")
SUPERVISOR = ("Eka (contoh)", "Penyelia")

OFF_PANTAI_AMAL = (117.68, 3.30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap of its own, without any case: what these tests find they have made themselves."""
    running = start(
        ROOT / "app.py", tmp_path_factory.mktemp("journey"), ready="/api/v1/health", env={"SIGAP_DEMO": "1"}
    )
    yield running
    stop(running)


@pytest.fixture
def desk(server: Server, new_page: Callable[..., Page]) -> Callable[[str], Desk]:
    """A function that opens one more screen in a browser session of its own."""

    def open_desk(path: str) -> Desk:
        opened = Desk(new_page(accept_downloads=True), server.url)
        opened.open(path)
        return opened

    return open_desk


def photo() -> bytes:
    """A small picture as a phone would send it."""
    content = BytesIO()
    Image.new("RGB", (320, 240), (11, 34, 51)).save(content, "PNG")
    return content.getvalue()


def record_of(server: Server, case_id: str) -> dict[str, Any]:
    """Read a case's record as DKISP finds it: whole, untouched, in the schema."""
    (file,) = (server.var / "demo" / "outbox").rglob(f"{case_id}_r1.json")
    date(*map(int, file.relative_to(server.var / "demo" / "outbox").parts[:3]))
    content = file.read_bytes()
    digest, name = Path(f"{file}.sha256").read_text().split()
    assert digest == hashlib.sha256(content).hexdigest()
    assert name == file.name
    record: dict[str, Any] = json.loads(content)
    validate_record(record)
    return record


def test_probe(server: Server, desk) -> None:
    d = desk("penerimaan?tugas=call_taker")
    wall = desk("")
    d.page.keyboard.press("t")
    d.write("Nomor panggil balik", "0813 5555 0142")
    d.write("Nama pelapor", "Rahmat Nelayanto")
    d.write("Kronologi", "Rahmat Nelayanto (081355550142): adiknya terseret arus di depan Pantai Amal, tampak 300 m.")
    d.choose("Jenis kejadian", "S-MOB", search="tenggelam")
    d.write("Perkiraan korban", "1")
    d.write("Nama tempat", "Depan Pantai Amal")
    d.click_map(*OFF_PANTAI_AMAL)
    d.sees(re.compile(r"Laut, .* dari pantai, .*kewenangan Kota Tarakan"))
    d.settled()
    d.press("Normal", "Usulan jenis: Normal. Menunggu penetapan Dispatcher.")
    d.becomes(*DISPATCHER)
    d.press("Buka kasus P2026-000001")
    d.page.wait_for_url("**/kasus?kasus=*")
    case_id = d.page.url.split("kasus=")[1]
    expect(d.duty(*DISPATCHER)).to_be_visible()
    d.press("Normal", "Langkah 3 · Verifikasi")
    d.press("Teruskan ke BPBD", "Perwira BPBD diberi tahu")
    d.press("Teruskan ke SAR", "Perwira SAR diberi tahu")
    d.press("Selesaikan verifikasi", "Langkah 4 · Koordinasi")
    d.press("Hubungi semua yang wajib", "menunggu jawaban")
    n = d.button("Diterima").count()
    print("answers", n)
    for left in range(n - 1, -1, -1):
        d.button("Diterima").first.click()
        expect(d.button("Diterima")).to_have_count(left)
        d.settled()
    d.press("Selesaikan koordinasi", "Langkah 5 · Pengerahan")
    print(d.page.locator("body").aria_snapshot())
    d.becomes(*DUTY_OFFICER)
    d.press("Usulkan dan setujui unit pada halaman Pengerahan")
    d.sees("Komandan Lapangan: belum ditunjuk")
    print(d.page.locator("body").aria_snapshot())
    d.page.screenshot(path="/tmp/journey/q.png")
