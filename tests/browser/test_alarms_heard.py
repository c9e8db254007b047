"""A clock turns red before the reader's eyes, an alarm comes by itself, and a person ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from api_builders import token_of_demo
from desk import Desk
from harness import ROOT, Server, start, stop
from playwright.sync_api import Page, expect

from domain.case import Actor, Incident
from domain.words import Channel, Role
from services import intake
from services.center import Settings, close_center, open_center
from services.change import CaseRef
from services.intake import Report

ANI = Actor("Ani", Role.CALL_TAKER)


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Sigap with one call that nobody has classified for half an hour."""
    folder = tmp_path_factory.mktemp("late")
    center = open_center(Settings(folder / "var", folder / "var" / "demo" / "sigap.duckdb", demo=True))
    rang = datetime.now(UTC) - timedelta(minutes=30)
    case = intake.open_call(center, rang, ANI, Channel.CALL_112)
    report = Report("Laporan lama", "081200000789", incident=Incident(type_code="L-RTA"))
    intake.record_report(center, rang + timedelta(minutes=1), ANI, CaseRef(case.case_id), report)
    close_center()
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env={"SIGAP_DEMO": "1"})
    yield running
    stop(running)


def test_a_clock_turns_yellow_and_red_by_itself_with_the_words_for_it(server: Server, page: Page) -> None:
    token = token_of_demo(server.var)
    httpx.post(
        f"{server.url}/api/v1/calls",
        headers={"Authorization": f"Bearer {token}"},
        json={"channel": "radio", "narrative": "uji", "place_text": "Jam Merah Uji"},
        timeout=10,
    ).raise_for_status()
    page.clock.install()
    page.goto(server.url)
    card = page.get_by_role("button", name="Jam Merah Uji").first
    expect(card).to_contain_text("Sisa waktu", ignore_case=True)
    page.clock.fast_forward("01:45")
    expect(card).to_contain_text("Segera habis", ignore_case=True)
    page.clock.fast_forward("00:30")
    expect(card).to_contain_text("Terlambat", ignore_case=True)


def test_an_alarm_is_acknowledged_from_the_keyboard_and_is_gone(late: Server, page: Page) -> None:
    desk = Desk(page, late.url)
    desk.open("", "dispatcher")
    alarms = page.locator(".st-key-watch_alarms .sigap-alarm")
    expect(alarms).to_have_count(3)  # 80, 100 and 150 % of step 2
    first = alarms.first.locator("b").inner_text()
    page.keyboard.press("F8")
    expect(alarms).to_have_count(2)
    desk.sees("ditanggapi")
    assert first not in alarms.locator("b").all_inner_texts()
