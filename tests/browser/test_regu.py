"""The page of a crew on a phone of 360 × 740: a job to its end, without network too, each action once."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from api_builders import a_token, bearer
from crew_builders import AMBULANCE, AT_SEA, BOAT, CAR, ON_LAND, ordered, token_of, utc
from harness import ROOT, Server, start, stop
from PIL import Image
from playwright.sync_api import ConsoleMessage, Page, expect

from domain.case import Case
from services.center import Settings, close_center, open_center

PHONE = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
    "geolocation": {"longitude": AT_SEA.lon, "latitude": AT_SEA.lat, "accuracy": 8},
    "permissions": ["geolocation"],
}


KEPT = """async () => {
    const worker = navigator.serviceWorker;
    const taken = new Promise((done) => worker.addEventListener("controllerchange", done));
    if (!worker.controller) await taken;
}"""
"""Resolves when the service worker has every file and looks after the page."""


@dataclass(frozen=True)
class Crews:
    """A running Sigap where four crews have an order each; `tokens` and `cases` by unit."""

    server: Server
    tokens: dict[str, str]
    api_token: str
    cases: dict[str, Case]

    def link(self, unit: str) -> str:
        return f"{self.server.url}/regu#{self.tokens[unit]}"


IDLE, PATROL = "PMI-REL-01", "POL-KP-02"


@pytest.fixture(scope="module")
def crews(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crews]:
    folder = tmp_path_factory.mktemp("regu")
    settings = Settings(folder / "var", folder / "var" / "sigap.duckdb")
    center = open_center(settings)
    found = {
        BOAT: ordered(center, BOAT, sent_s=120),
        CAR: ordered(center, CAR, place=ON_LAND, type_code="L-RTA", sent_s=120),
        AMBULANCE: ordered(center, AMBULANCE, place=ON_LAND, type_code="L-RTA", sent_s=120),
        PATROL: ordered(center, PATROL, sent_s=120),
    }
    tokens = {unit: token_of(center, unit) for unit in (*found, IDLE)}
    api_token = a_token(center)
    close_center()
    server = start(ROOT / "app.py", folder, ready="/api/v1/health", env={"SIGAP_DEMO": "0"})
    yield Crews(server, tokens, api_token, found)
    stop(server)


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the page on a phone; whatever the console says besides a lost network and `expected` fails."""
    said: list[str] = []

    def open_page(link: str, expected: str = "net::ERR_", **options: object) -> Page:
        def note(message: ConsoleMessage) -> None:
            fine = "net::ERR_" in message.text or expected in message.text
            if message.type in ("error", "warning") and not fine:
                said.append(message.text)

        page = new_page(**{**PHONE, **options})
        page.on("console", note)
        page.goto(link)
        return page

    yield open_page
    assert not said, f"the console says: {said}"


def button(page: Page, action: str):
    return page.locator(f"[data-action={action}]")


def press(page: Page, action: str) -> None:
    """Press a step and wait until the page shows its time."""
    button(page, action).click()
    expect(button(page, action)).to_contain_text("✓")


def all_sent(page: Page) -> None:
    expect(page.locator("#queue")).to_have_text("✓ semua terkirim")


def ask(crews: Crews, path: str) -> dict[str, Any]:
    """Ask the API as another system does."""
    headers = bearer(crews.api_token)
    answer = httpx.get(f"{crews.server.url}/api/v1/{path}", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def state(crews: Crews, unit: str) -> str:
    return next(one["status"] for one in ask(crews, "units")["units"] if one["unit_code"] == unit)


def run(crews: Crews, unit: str) -> dict[str, Any]:
    """Return the unit's run as the record of its case tells it."""
    units = ask(crews, f"cases/{crews.cases[unit].case_id}/record")["units"]
    return next(one for one in units if one["unit_code"] == unit)


def version(crews: Crews, unit: str) -> int:
    """Return how many changes the case of a unit has."""
    return int(ask(crews, f"cases/{crews.cases[unit].case_id}")["version"])


def test_the_link_opens_the_page_and_leaves_the_address_bar(crews: Crews, phone) -> None:
    page = phone(crews.link(IDLE))
    expect(page.locator("#unit")).to_have_text(IDLE)
    expect(page.get_by_role("heading", name="Belum ada perintah tugas")).to_be_visible()
    assert page.url == f"{crews.server.url}/regu/"
    page.reload()
    expect(page.locator("#unit")).to_have_text(IDLE)
    page.get_by_role("button", name="Show in English").click()
    expect(page.get_by_role("heading", name="No order")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="No order")).to_be_visible()


def test_without_a_token_a_link_can_be_pasted_and_a_wrong_one_is_said_so(crews: Crews, phone) -> None:
    page = phone(f"{crews.server.url}/regu")
    expect(page.get_by_role("heading", name="Halaman ini belum dipasangkan")).to_be_visible()
    page.get_by_label("Tautan atau token").fill("bukan tautan")
    page.get_by_role("button", name="Pasangkan").click()
    expect(page.get_by_text("Ini bukan tautan alat")).to_be_visible()
    page.get_by_label("Tautan atau token").fill(crews.link(IDLE))
    page.get_by_role("button", name="Pasangkan").click()
    expect(page.locator("#unit")).to_have_text(IDLE)


def test_a_crew_finishes_a_job_on_its_phone(crews: Crews, phone) -> None:
    page = phone(crews.link(BOAT))
    expect(page.locator("#order")).to_contain_text(crews.cases[BOAT].call_no)
    expect(page.locator("#order")).to_contain_text("terseret arus")
    expect(page.locator("#map path.way.sea")).to_be_attached()
    expect(page.locator("#map path.land").first).to_be_attached()
    expect(page.locator("#map .sign.incident")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for big in page.locator("nav button").all():
        assert big.bounding_box()["height"] >= 64
    expect(button(page, "arrive")).to_be_disabled()
    press(page, "acknowledge")
    press(page, "depart")
    press(page, "arrive")
    page.get_by_role("button", name="Kabar aman").click()
    page.get_by_role("button", name="Korban ditemukan").click()
    page.get_by_role("button", name="Kirim laporan").click()
    all_sent(page)
    assert state(crews, BOAT) == "on_scene"
    marker = next(one for one in ask(crews, "live.geojson")["features"] if one["id"] == f"unit:{BOAT}")
    assert marker["geometry"]["coordinates"] == [AT_SEA.lon, AT_SEA.lat]
    button(page, "return").click()
    expect(page.get_by_role("heading", name="Perjalanan kembali")).to_be_visible()
    button(page, "free").click()
    expect(page.get_by_role("heading", name="Belum ada perintah tugas")).to_be_visible()
    assert state(crews, BOAT) == "available"
    sent = run(crews, BOAT)
    assert sent["departed_at"] <= sent["arrived_at"] <= sent["cleared_at"]


def test_without_network_the_page_opens_keeps_and_sends_in_order_with_its_own_times(
    crews: Crews, phone
) -> None:
    page = phone(crews.link(CAR))
    expect(page.locator("#order")).to_contain_text(crews.cases[CAR].call_no)
    page.evaluate(KEPT)
    page.context.set_offline(True)
    expect(page.locator("#link")).to_have_text("▲ Tanpa jaringan")
    began, before = utc(), version(crews, CAR)
    press(page, "depart")
    press(page, "arrive")
    expect(page.locator("#queue")).to_have_text("▲ menunggu kirim (2)")
    page.reload()
    expect(page.locator("#order")).to_contain_text(crews.cases[CAR].call_no)
    expect(page.locator("#map path.land").first).to_be_attached()
    expect(button(page, "arrive")).to_contain_text("✓")
    expect(page.locator("#queue")).to_have_text("▲ menunggu kirim (2)")
    page.get_by_label("Keadaan di lokasi").fill("Jalan tertutup pohon")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("#queue")).to_have_text("▲ menunggu kirim (3)")
    assert state(crews, CAR) == "dispatched"
    ended = utc()
    page.context.set_offline(False)
    all_sent(page)
    expect(page.locator("#link")).to_have_text("● Terhubung")
    assert state(crews, CAR) == "on_scene"
    assert version(crews, CAR) == before + 3
    sent = run(crews, CAR)
    left, there = (datetime.fromisoformat(sent[name]) for name in ("departed_at", "arrived_at"))
    assert began.replace(microsecond=0) <= left <= there <= ended


def test_help_is_asked_twice_and_an_unsent_call_says_so(crews: Crews, phone) -> None:
    page = phone(crews.link(AMBULANCE))
    expect(page.locator("#order")).to_contain_text(crews.cases[AMBULANCE].call_no)
    before = version(crews, AMBULANCE)
    page.locator("#help").click()
    page.get_by_role("button", name="Batal").click()
    all_sent(page)
    expect(page.locator("#help_state")).to_be_hidden()
    page.context.set_offline(True)
    page.locator("#help").click()
    page.get_by_role("button", name="Ya, butuh bantuan").click()
    expect(page.locator("#help_state")).to_contain_text("BELUM TERKIRIM")
    page.context.set_offline(False)
    expect(page.locator("#help_state")).to_contain_text("diterima pusat kendali")
    all_sent(page)
    assert version(crews, AMBULANCE) == before + 1


def test_what_was_done_for_another_unit_is_not_done_to_this_one(crews: Crews, phone) -> None:
    page = phone(crews.link(PATROL))
    expect(page.locator("#order")).to_contain_text(crews.cases[PATROL].call_no)
    before = version(crews, PATROL)
    page.context.set_offline(True)
    page.get_by_label("Keadaan di lokasi").fill("Ombak besar")
    page.get_by_role("button", name="Kirim laporan").click()
    expect(page.locator("#queue")).to_have_text("▲ menunggu kirim (1)")
    page.evaluate("token => { location.hash = token; }", crews.tokens[IDLE])
    page.context.set_offline(False)
    expect(page.locator("#unit")).to_have_text(IDLE)
    expect(page.locator("#refused")).to_contain_text("dipakai unit lain")
    all_sent(page)
    assert version(crews, PATROL) == before


def test_a_refused_action_stays_on_the_screen_until_it_is_read(crews: Crews, phone) -> None:
    page = phone(crews.link(PATROL), expected="422")
    expect(page.locator("#order")).to_contain_text(crews.cases[PATROL].call_no)
    page.locator("#photo").set_input_files(
        {"name": "bukan.jpg", "mimeType": "image/jpeg", "buffer": b"bukan foto"}
    )
    expect(page.locator("#refused")).to_contain_text("bukan foto JPEG")
    page.get_by_role("button", name="Tutup").click()
    expect(page.locator("#refused")).to_be_hidden()


def test_a_photo_taken_without_network_is_kept_and_sent(crews: Crews, phone) -> None:
    page = phone(crews.link(PATROL))
    expect(page.locator("#order")).to_contain_text(crews.cases[PATROL].call_no)
    page.context.set_offline(True)
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "navy").save(out, "JPEG")
    page.locator("#photo").set_input_files(
        {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
    )
    expect(page.locator("#queue")).to_have_text("▲ menunggu kirim (1)")
    page.context.set_offline(False)
    all_sent(page)
    kept = [file.read_bytes() for file in (crews.server.var / "attachments").iterdir()]
    assert kept == [out.getvalue()]


def test_a_phone_that_gives_no_position_is_told_why(crews: Crews, phone) -> None:
    page = phone(crews.link(IDLE), permissions=[])
    expect(page.locator("#position")).to_contain_text("Izin lokasi ditolak")
    expect(page.locator("#position")).to_contain_text("OwnTracks")


def test_a_token_that_is_refused_is_said_so(crews: Crews, phone) -> None:
    page = phone(f"{crews.server.url}/regu/#{'x' * 32}", expected="401")
    expect(page.get_by_role("heading", name="Token ditolak")).to_be_visible()
