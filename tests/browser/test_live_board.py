"""Pemantauan in a real browser: it follows what others do, and its map is never built anew."""

import httpx
from api_builders import token_of_demo
from harness import Server
from playwright.sync_api import Frame, Page, expect

PLACE = "Dermaga Uji Langsung"


def map_frame(page: Page) -> Frame:
    frame = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    expect(frame.locator(".leaflet-sigap-kelurahan-pane path").first).to_be_attached()
    return next(f for f in page.frames if "streamlit_folium" in f.url)


def take_call(server: Server, **fields: object) -> None:
    token = token_of_demo(server.var)
    answer = httpx.post(
        f"{server.url}/api/v1/calls",
        headers={"Authorization": f"Bearer {token}"},
        json={"channel": "panic_button", "narrative": "uji", "incident_type": "S-MOB", **fields},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text


def test_a_call_taken_elsewhere_appears_by_itself_and_the_map_stays(server: Server, page: Page) -> None:
    page.goto(server.url)
    inside = map_frame(page)
    inside.evaluate("window.sameMap = map")
    page.evaluate("document.querySelector('iframe').dataset.mark = 'same'")
    take_call(server, lon=117.69, lat=3.33, place_text=PLACE)
    expect(page.get_by_role("button", name=PLACE)).to_be_visible()
    inside.wait_for_function(
        "(place) => [...document.querySelectorAll('.sigap-mark')]"
        ".some((mark) => mark.getAttribute('aria-label').includes(place))",
        arg=PLACE,
    )
    assert inside.evaluate("window.sameMap === map")
    assert page.evaluate("document.querySelector('iframe').dataset.mark") == "same"


def test_a_clock_counts_without_the_server(server: Server, page: Page) -> None:
    take_call(server, place_text="Jam Uji")
    page.goto(server.url)
    figure = page.get_by_role("button", name="Jam Uji").first.locator(".figure")
    before = figure.inner_text()
    expect(figure).not_to_have_text(before)


def test_a_card_opens_its_case(server: Server, page: Page) -> None:
    take_call(server, place_text="Kartu Uji")
    page.goto(server.url)
    page.get_by_role("button", name="Kartu Uji").first.click()
    page.wait_for_url("**/kasus?kasus=*")
    expect(page.get_by_text("Kartu Uji").first).to_be_visible()
