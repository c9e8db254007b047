import re
from collections.abc import Callable

import httpx
import pytest
from api_builders import token_of_demo
from playwright.sync_api import Page, expect

SCREENS = ["Pemantauan", "Penerimaan", "Kasus", "Pengerahan", "Pimpinan", "Ekspor", "Registri", "Piket"]
ENGLISH = ["Monitoring", "Intake", "Cases", "Dispatch", "Leadership", "Export", "Registry", "Duty"]


def navigation(page: Page):
    return page.get_by_test_id("stTopNavLink")


def test_opening_sigap_shows_the_navigation_and_asks_nothing_outside(server, page: Page) -> None:
    page.goto(server.url)
    expect(navigation(page)).to_have_text(SCREENS)
    expect(page).to_have_title("Sigap")
    expect(page.get_by_text("DATA CONTOH — bukan kejadian nyata")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_control_room_is_dark_whatever_the_machine_prefers(
    server, new_page: Callable[..., Page], scheme
) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(server.url)
    expect(navigation(page).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(15, 23, 32)")
    sea = page.frame_locator('iframe[title="streamlit_folium.st_folium"]').locator(".leaflet-container")
    expect(sea).to_have_css("background-color", "rgb(11, 34, 51)")


def test_a_theme_chosen_in_the_menu_stays(server, page: Page) -> None:
    page.goto(server.url)
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    page.get_by_role("menuitemradio", name="Light").click()
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("html")).to_have_css("color-scheme", "light")
    expect(page.locator("html")).to_have_css("--sigap-late", "light-dark(#b71c1c,#ff5d5d)")
    page.goto(f"{server.url}/registri")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", "rgb(255, 255, 255)")


@pytest.mark.parametrize("name", [name.lower() for name in SCREENS])
def test_every_screen_opens_by_its_address(server, page: Page, name) -> None:
    page.goto(f"{server.url}/{name}")
    active = page.locator('[data-testid="stTopNavLink"][aria-current="page"]')
    expect(active).to_have_text(re.compile(name, re.IGNORECASE))
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_english_can_be_asked_for_in_the_address_and_undone_on_the_screen(server, page: Page) -> None:
    page.goto(f"{server.url}/?lang=en")
    expect(navigation(page)).to_have_text(ENGLISH)
    page.get_by_role("radio", name="ID").click()
    expect(navigation(page)).to_have_text(SCREENS)


def test_only_the_named_packages_are_served(server) -> None:
    def status(path: str) -> int:
        return httpx.get(f"{server.url}/assets/{path}").status_code

    assert status("leaflet/leaflet.js") == 200
    assert status("leaflet/images/marker-icon.png") == 200
    assert status("@popperjs/core/package.json") == 404
    assert status("leaflet/%2e%2e/package.json") in (400, 404)


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("duty", ["supervisor", "call_taker"])
def test_nothing_in_the_bar_covers_the_navigation(
    server, new_page: Callable[..., Page], width: int, duty: str
) -> None:
    token = token_of_demo(server.var)
    call = {"channel": "radio", "narrative": "uji", "place_text": "Lingkas Ujung"}
    httpx.post(
        f"{server.url}/api/v1/calls", json=call, headers={"Authorization": f"Bearer {token}"}
    ).raise_for_status()
    page = new_page(duty, viewport={"width": width, "height": 900})
    page.goto(server.url)
    mark = page.get_by_text("DATA CONTOH — bukan kejadian nyata")
    expect(mark).to_be_visible()
    expect(page.get_by_role("button", name="panggilan baru")).to_be_visible()
    last, first = navigation(page).last.bounding_box(), mark.bounding_box()
    assert last is not None and first is not None
    beside = last["x"] + last["width"] <= first["x"]
    below = last["y"] + last["height"] <= first["y"]
    assert beside or below, (last, first)
