"""Pimpinan's reach in a real browser: a post is dragged with the mouse, and the sentence follows."""

import re
from collections.abc import Callable

import pytest
from desk import Desk
from harness import Server
from playwright.sync_api import Frame, Locator, Page, expect

ADDRESS = "pimpinan?bagian=cakupan&pos=117.55780,3.34760"
LABELS = """() => [...document.querySelectorAll('.sigap-hole-label')]
    .filter((label) => getComputedStyle(label).visibility === 'visible').map((label) => label.textContent)"""

STANDS = """() => Object.values(map._layers)
    .find((layer) => layer.options.icon?.options.className?.includes('sigap-post'))?.getLatLng()"""


@pytest.fixture
def desk(server: Server, new_page: Callable[..., Page]) -> Desk:
    """Leadership's desk with a post inland."""
    here = Desk(new_page(), server.url)
    here.open(ADDRESS, "auditor")
    expect(post(here)).to_be_visible()
    return here


def post(desk: Desk) -> Locator:
    return desk.map().locator(".sigap-post")


def sentence(desk: Desk) -> Locator:
    return desk.page.get_by_role("heading", level=4)


def inside(desk: Desk) -> Frame:
    (frame,) = (frame for frame in desk.page.frames if "streamlit_folium" in frame.url)
    return frame


def remember(desk: Desk) -> None:
    """Put a sign on the map by which it can be told from one that was built anew."""
    inside(desk).evaluate("map.sigapRemembered = true")


def remembered(desk: Desk) -> bool:
    return bool(inside(desk).evaluate("Boolean(window.map.sigapRemembered)"))


def stands(desk: Desk) -> tuple[float, float]:
    at = inside(desk).evaluate(STANDS)
    return at["lng"], at["lat"]


def drag(desk: Desk, lon: float, lat: float) -> None:
    """Drag the post to a place with the mouse, as a hand does it: in several moves."""
    box = post(desk).bounding_box()
    frame = desk.page.locator('iframe[title="streamlit_folium.st_folium"]').bounding_box()
    assert box is not None and frame is not None
    to = inside(desk).evaluate("([lat, lon]) => map.latLngToContainerPoint([lat, lon])", [lat, lon])
    mouse = desk.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(frame["x"] + to["x"] + 15, frame["y"] + to["y"] + 15, steps=6)
    mouse.move(frame["x"] + to["x"], frame["y"] + to["y"], steps=3)
    mouse.up()


def test_the_post_is_dragged_the_sentence_changes_and_the_map_stays(desk: Desk) -> None:
    expect(sentence(desk)).to_contain_text("dengan pos di Karang Harapan naik menjadi perkiraan")
    remember(desk)
    drag(desk, 117.6450, 3.3330)

    expect(sentence(desk)).to_contain_text("dengan pos di Pantai Amal")
    expect(desk.page).to_have_url(re.compile(r"pos=117\.64\d+(,|%2C)3\.33\d+"))
    expect(desk.page.get_by_label("Koordinat pos baru")).to_have_value(re.compile(r"^3\.33\d+, 117\.64\d+$"))
    expect(post(desk)).to_have_count(1)
    desk.settled()
    assert remembered(desk)
    assert stands(desk) == (pytest.approx(117.6450, abs=0.003), pytest.approx(3.3330, abs=0.003))


def test_let_go_at_sea_it_goes_back_and_a_sentence_says_why(desk: Desk) -> None:
    before = sentence(desk).inner_text()
    remember(desk)
    drag(desk, 117.70, 3.33)

    expect(desk.page.get_by_role("alert")).to_contain_text("Pos tidak dapat ditempatkan di titik ini: laut")
    desk.settled()
    assert sentence(desk).inner_text() == before
    inside(desk).wait_for_function(f"() => Math.abs(({STANDS})()?.lng - 117.5578) < 1e-9")
    assert stands(desk) == (117.5578, 3.3476)
    assert remembered(desk)


def test_a_click_moves_the_post_and_what_was_written_is_not_undone_by_it(desk: Desk) -> None:
    remember(desk)
    desk.click_map(117.5722, 3.3710)
    expect(sentence(desk)).to_contain_text("dengan pos di Juata Kerikil")
    desk.write("Koordinat pos baru", "3.3330, 117.6450")
    expect(sentence(desk)).to_contain_text("dengan pos di Pantai Amal")
    desk.page.get_by_role("radio", name="Malam").click()
    expect(desk.page.get_by_text("(malam)")).to_be_visible()
    desk.settled()
    expect(sentence(desk)).to_contain_text("dengan pos di Pantai Amal")
    assert remembered(desk)


def test_the_areas_say_their_share_and_after_a_change_of_colour_their_gain(desk: Desk) -> None:
    frame = inside(desk)
    frame.wait_for_function(f"() => ({LABELS})().filter((text) => /^≈ \\d+ %$/.test(text)).length > 5")
    remember(desk)
    desk.page.get_by_role("radio", name="Kenaikan").click()
    frame.wait_for_function(
        f"() => ({LABELS})().length && ({LABELS})().every((text) => /^≈ \\+\\d+$/.test(text))"
    )
    patterns = frame.evaluate(
        """() => [...document.querySelectorAll('.leaflet-sigap-holes-pane path')]
            .map((path) => path.getAttribute('fill'))"""
    )
    assert set(patterns) == {
        "url(#sigap-share-action-dense)",
        "url(#sigap-share-action-wide)",
        "url(#sigap-share-faint-none)",
    }
    assert remembered(desk)


def test_a_place_is_proposed_the_address_has_it_and_it_can_be_taken_away(desk: Desk) -> None:
    remember(desk)
    desk.press("Usulkan tempat", re.compile(r"Usulan: dari [\d.]+ tempat yang diuji"))
    expect(desk.page).not_to_have_url(re.compile(r"pos=117\.55780(,|%2C)3\.34760"))
    address = desk.page.url
    told = sentence(desk).inner_text()
    assert "naik menjadi perkiraan" in told

    desk.page.goto(address)
    expect(sentence(desk)).to_have_text(told)
    desk.press("Hapus pos", re.compile("Klik peta untuk menaruh pos baru"))
    expect(post(desk)).to_have_count(0)
    expect(desk.page).not_to_have_url(re.compile("pos="))
