"""Units move on the map by themselves in a real browser; the map is never built anew, nor is a mark."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from api_builders import token_of_demo
from harness import Server
from playwright.sync_api import Frame, Page, expect

BOAT, CAR = "POL-KP-02", "PMI-REL-01"
GREY = "SAR-KN-01"


def report(server: Server, unit: str, lon: float, lat: float, seconds_ago: float = 0, **more: object) -> None:
    token = token_of_demo(server.var)
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    answer = httpx.post(
        f"{server.url}/api/v1/positions",
        headers={"Authorization": f"Bearer {token}"},
        json={
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
            "properties": {"unit_code": unit, "reported_at": at.isoformat(), **more},
        },
        timeout=10,
    )
    assert answer.json() == {"accepted": 1, "rejected": []}, answer.text


def map_frame(page: Page) -> Frame:
    frame = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    expect(frame.locator(".leaflet-sigap-kelurahan-pane path").first).to_be_attached()
    return next(f for f in page.frames if "streamlit_folium" in f.url)


def mark(unit: str) -> str:
    return f".sigap-live[aria-label^='{unit}']"


WHERE = """(unit) => {
    let found = null;
    window.map.eachLayer((layer) => {
        if (layer.feature && layer.feature.properties.unit_code === unit) found = layer.getLatLng();
    });
    return found && [found.lng, found.lat];
}"""


def wait_at(inside: Frame, unit: str, lon: float, lat: float) -> None:
    inside.wait_for_function(
        f"([unit, lon, lat]) => {{ const at = ({WHERE})(unit); "
        "return at && Math.abs(at[0] - lon) < 1e-5 && Math.abs(at[1] - lat) < 1e-5; }",
        arg=[unit, lon, lat],
    )


def test_a_mark_moves_without_being_drawn_anew_and_outlives_a_change_of_the_board(
    server: Server, page: Page
) -> None:
    report(server, BOAT, 117.54, 3.45, seconds_ago=30, speed_kn=12, heading_deg=90)
    page.goto(server.url)
    inside = map_frame(page)
    wait_at(inside, BOAT, 117.54, 3.45)
    inside.evaluate("(css) => { window.sameMark = document.querySelector(css).parentElement; }", mark(BOAT))
    inside.evaluate("window.sameMap = map")
    report(server, BOAT, 117.545, 3.452, speed_kn=12, heading_deg=95)
    wait_at(inside, BOAT, 117.545, 3.452)
    same = "(css) => document.querySelector(css).parentElement === window.sameMark && map === window.sameMap"
    assert inside.evaluate(same, mark(BOAT))
    label = inside.locator(mark(BOAT)).get_attribute("aria-label")
    assert "12 knot" in label
    assert "dtk lalu" in label
    token = token_of_demo(server.var)
    httpx.post(
        f"{server.url}/api/v1/calls",
        headers={"Authorization": f"Bearer {token}"},
        json={"channel": "radio", "narrative": "uji", "place_text": "Uji Gerak", "lon": 117.7, "lat": 3.4},
        timeout=10,
    )
    expect(page.get_by_role("button", name="Uji Gerak").first).to_be_visible()
    assert inside.evaluate(same, mark(BOAT))


def test_a_position_that_grew_old_is_grey_and_says_how_old(server: Server, page: Page) -> None:
    report(server, GREY, 117.7, 3.2, seconds_ago=14 * 60 + 5)
    page.goto(server.url)
    inside = map_frame(page)
    found = inside.locator(mark(GREY))
    expect(found).to_have_class("sigap-mark sigap-live sigap-lost")
    assert "terakhir 14 mnt lalu" in found.get_attribute("aria-label")


def test_a_cut_network_is_said_and_the_track_is_whole_when_it_is_back(
    server: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    places = [(117.60 + 0.001 * k, 3.30) for k in range(5)]
    report(server, CAR, *places[0], seconds_ago=60)
    page.goto(server.url)
    inside = map_frame(page)
    wait_at(inside, CAR, *places[0])
    page.context.set_offline(True)
    expect(inside.locator(".sigap-live-problem")).to_contain_text("Posisi langsung terputus sejak")
    for k in (2, 1, 3):
        report(server, CAR, *places[k], seconds_ago=60 - 10 * k)
    report(server, CAR, *places[4])
    page.context.set_offline(False)
    wait_at(inside, CAR, *places[4])
    expect(inside.locator(".sigap-live-problem")).to_be_hidden()
    inside.evaluate("(css) => document.querySelector(css).parentElement.click()", mark(CAR))
    inside.wait_for_function("() => document.querySelector('path[stroke-dasharray=\"2 5\"]')")
    drawn = inside.evaluate(
        "() => { let found = null; map.eachLayer((l) => { "
        "if (l.getLatLngs && l.options.dashArray === '2 5') found = l.getLatLngs(); });"
        " return found.map((p) => [p.lng, p.lat]); }"
    )
    assert [[round(lon, 6), round(lat, 6)] for lon, lat in drawn] == [
        [round(lon, 6), round(lat, 6)] for lon, lat in places
    ]


def test_an_unchanged_picture_is_answered_without_a_body(server: Server, page: Page) -> None:
    page.goto(server.url)
    map_frame(page)
    with page.expect_response(lambda answer: "live.geojson" in answer.url and answer.status == 304):
        pass
