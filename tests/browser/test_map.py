"""The map part alone, in a small screen of its own (map_probe/): what unit tests cannot see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Server, start, stop
from playwright.sync_api import Frame, FrameLocator, Page, expect

PROBE = Path(__file__).parent / "map_probe" / "app.py"

OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll('.sigap-label, .sigap-area')]
        .filter((label) => getComputedStyle(label).visibility === 'visible')
        .map((label) => label.getBoundingClientRect());
    let overlaps = 0;
    boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) overlaps += 1;
    }));
    return [boxes.length, overlaps];
}"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(PROBE, tmp_path_factory.mktemp("probe"), ready="/health")
    yield running
    stop(running)


def drawn(page: Page) -> FrameLocator:
    frame = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    expect(frame.locator(".sigap-mark")).to_have_count(12)
    expect(frame.locator(".leaflet-sigap-land-pane path, .leaflet-sigap-kelurahan-pane path")).to_have_count(
        8
    )
    return frame


def script_frame(page: Page) -> Frame:
    (frame,) = (frame for frame in page.frames if "streamlit_folium" in frame.url)
    return frame


def test_a_map_with_every_plugin_is_drawn_from_this_machine_alone(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    expect(frame.locator("canvas.leaflet-heatmap-layer")).to_be_visible()
    expect(frame.locator(".leaflet-draw-toolbar").first).to_be_visible()
    expect(frame.locator(".marker-cluster")).to_be_visible()
    expect(frame.locator(".leaflet-control-attribution")).to_have_text("Sigap | Contoh & uji")
    for icon in frame.locator("img.leaflet-marker-icon").all():
        expect(icon).to_have_js_property("naturalWidth", 25)


def test_what_people_type_is_text_on_the_map_never_markup(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    expect(frame.locator(".sigap-label").first).to_have_text("P1 <b>Kejadian</b> `${0}`")
    expect(frame.locator(".sigap-area").first).to_have_text("Contoh <i>Utara</i>")


def settle(page: Page) -> None:
    """Wait until nothing on the map moves any more and it was painted once since."""
    script_frame(page).wait_for_function("!map._animatingZoom && document.getAnimations().length === 0")
    two_frames = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    script_frame(page).evaluate(two_frames)


def test_no_label_lies_on_another_or_on_a_name(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    drawn(page)
    settle(page)
    shown, overlaps = script_frame(page).evaluate(OVERLAPS)
    assert shown >= 3
    assert overlaps == 0


def test_a_slow_machine_that_zooms_out_gets_no_overlaps_either(probe: Server, page: Page) -> None:
    page.goto(f"{probe.url}/?zoom=14&still=1")
    drawn(page)
    settle(page)
    # Leaflet says "arrived" after 250 ms by the clock; a busy browser is then still on its way.
    script_frame(page).evaluate("""() => new Promise((done) => {
        const busy = () => { const end = performance.now() + 240; while (performance.now() < end); };
        map.once('zoomanim', () => queueMicrotask(busy));
        map.once('zoomend', done);
        map.setZoom(12);
    })""")
    settle(page)
    shown, overlaps = script_frame(page).evaluate(OVERLAPS)
    assert shown >= 3
    assert overlaps == 0


def test_closer_in_there_is_room_for_more_labels(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    settle(page)
    far, _ = script_frame(page).evaluate(OVERLAPS)
    for _ in range(3):
        before = script_frame(page).evaluate("map.getZoom()")
        frame.get_by_role("button", name="Zoom in").click()
        script_frame(page).wait_for_function(f"map.getZoom() > {before}")
        settle(page)
    near, overlaps = script_frame(page).evaluate(OVERLAPS)
    assert near > far
    assert overlaps == 0


def test_moving_a_unit_does_not_rebuild_the_map(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    script_frame(page).evaluate("window.sameMap = map")
    unit = frame.get_by_role("img", name="SAR-RIB-00 · Laut · Siaga", exact=True)
    before = unit.bounding_box()
    page.get_by_role("button", name="Geser").click()
    script_frame(page).wait_for_function(
        "(top) => document.querySelector('[aria-label^=SAR-RIB-00]').getBoundingClientRect().top < top - 20",
        arg=before["y"] - page.locator("iframe").bounding_box()["y"],
    )
    assert script_frame(page).evaluate("window.sameMap === map")


def test_the_map_follows_a_change_of_theme_without_being_rebuilt(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    script_frame(page).evaluate("window.sameMap = map")
    for theme, sea in (("Dark", "rgb(11, 34, 51)"), ("Light", "rgb(214, 230, 240)")):
        page.get_by_test_id("stMainMenu").get_by_role("button").click()
        page.get_by_role("menuitemradio", name=theme).click()
        expect(frame.locator(".leaflet-container")).to_have_css("background-color", sea)
        page.keyboard.press("Escape")
    assert script_frame(page).evaluate("window.sameMap === map")


def test_a_click_on_a_unit_or_on_the_ground_comes_back(probe: Server, page: Page) -> None:
    page.goto(probe.url)
    frame = drawn(page)
    frame.get_by_role("img", name="SAR-RIB-06 · Laut · Tidak Siap", exact=True).click()
    expect(page.get_by_text("klik: SAR-RIB-06 · Laut · Tidak Siap")).to_be_visible()
    frame.locator("#map_div").click(position={"x": 300, "y": 500})
    expect(page.get_by_text("tempat: {'lat': 3.")).to_be_visible()


def test_a_base_map_that_cannot_be_loaded_says_so(probe: Server, page: Page) -> None:
    page.goto(f"{probe.url}/?ground=/tidak-ada/_stcore/health")
    frame = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    for layer in ("Garis pantai", "Kelurahan"):
        said = frame.get_by_role("alert").filter(has_text=f"Peta dasar tidak dapat dimuat: {layer} (404")
        expect(said).to_be_visible()
