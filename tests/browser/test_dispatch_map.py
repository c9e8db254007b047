"""Pengerahan's map in a real browser: units are chosen on it, and nothing on it is built anew."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest
import shapely
from api_builders import token_of_demo
from desk import Desk
from harness import ROOT, Server, start, stop
from playwright.sync_api import Frame, Locator, Page, Route, expect

WAYS = """() => Object.values(map._layers)
    .filter((layer) => layer instanceof L.Polyline && !(layer instanceof L.Polygon) && layer.getTooltip())
    .map((layer) => ({
        words: new DOMParser().parseFromString(layer.getTooltip().getContent(), 'text/html')
            .body.textContent.trim(),
        color: getComputedStyle(layer.getElement()).stroke,
        weight: layer.options.weight,
        dashed: Boolean(layer.options.dashArray),
        line: layer.getLatLngs().map((at) => [at.lng, at.lat]),
    }))"""
"""Every line on the map that says something: its words, its colour as the browser paints it, its places."""

CUT = """() => {
    const {right, bottom} = map.getContainer().getBoundingClientRect();
    return [...document.querySelectorAll('.sigap-label, .sigap-area')]
        .filter((label) => getComputedStyle(label).visibility === 'visible')
        .map((label) => [label.textContent, label.getBoundingClientRect()])
        .filter(([, box]) => box.right > 0 && box.left < right && box.bottom > 0 && box.top < bottom)
        .filter(([, box]) => box.left < 0 || box.right > right || box.top < 0 || box.bottom > bottom)
        .map(([words]) => words);
}"""
"""Words that are partly in view and partly not."""


def whole(desk: Desk) -> None:
    """Wait until no words are cut at the frame: they are set anew in the frame after the map has moved."""
    inside(desk).wait_for_function(f"() => ({CUT})().length === 0")


MISPLACED = """() => Object.values(map._layers)
    .filter((layer) => layer instanceof L.Tooltip && layer.getElement()?.matches('.sigap-area'))
    .map((name) => {
        const at = map.latLngToContainerPoint(name.getLatLng());
        const box = name.getElement().getBoundingClientRect();
        return Math.hypot((box.left + box.right) / 2 - at.x, (box.top + box.bottom) / 2 - at.y);
    })
    .filter((px) => px > 4).length"""
"""How many names of areas do not stand where they belong."""

REACH = ".leaflet-sigap-reach-pane path"
HOLES = ".leaflet-sigap-holes-pane path"


class Job(NamedTuple):
    """An incident, a unit that is not suggested for it, the colour of its way when dark, and its words."""

    type_code: str
    lon: float
    lat: float
    unit: str
    color: str
    way: str
    says: str


JOBS = {
    "sea": Job("S-OVD", 117.66, 3.315, "SAR-RIB-02", "rgb(74, 163, 255)", "mnt laut", "jalur air"),
    "land": Job("L-FIR1", 117.587, 3.317, "POL-PTR-02", "rgb(224, 178, 122)", "mnt jalan", "× 1,4"),
    "air": Job("A-LOS", 117.60, 3.40, "POL-H-01", "rgb(195, 155, 255)", "mnt terbang", "garis lurus udara"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap of its own: every unit is free until these tests take it."""
    running = start(
        ROOT / "app.py", tmp_path_factory.mktemp("dispatch"), ready="/api/v1/health", env={"SIGAP_DEMO": "1"}
    )
    yield running
    stop(running)


@pytest.fixture
def dispatch(server: Server, new_page: Callable[..., Page]) -> Callable[[Job], tuple[Desk, str]]:
    """A function that reports an incident and opens it on Pengerahan as duty officer; also gives its id."""

    def open_case(job: Job) -> tuple[Desk, str]:
        token = token_of_demo(server.var)
        report = {"narrative": "uji", "incident_type": job.type_code, "lon": job.lon, "lat": job.lat}
        answer = httpx.post(
            f"{server.url}/api/v1/calls",
            headers={"Authorization": f"Bearer {token}"},
            json={"channel": "panic_button", **report},
            timeout=10,
        )
        case_id: str = answer.raise_for_status().json()["case_id"]
        desk = Desk(new_page(), server.url)
        desk.open(f"kasus?kasus={case_id}", "dispatcher")
        desk.press("Normal", "Langkah 3 · Verifikasi")
        desk.open(f"pengerahan?kasus={case_id}", "duty_officer")
        desk.map()
        return desk, case_id

    return open_case


def proposed(server: Server, case_id: str) -> set[str]:
    """Return the units that a case has and that nobody else can take now, as the API knows them."""
    token = token_of_demo(server.var)
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=10) as api:
        case = api.get(f"{server.url}/api/v1/cases/{case_id}").raise_for_status().json()
        every = api.get(f"{server.url}/api/v1/units").raise_for_status().json()["units"]
    status = {row["unit_code"]: row["status"] for row in every}
    return {row["unit_code"] for row in case["units"] if status[row["unit_code"]] == "proposed"}


def inside(desk: Desk) -> Frame:
    (frame,) = (frame for frame in desk.page.frames if "streamlit_folium" in frame.url)
    return frame


def mark(desk: Desk, code: str) -> Locator:
    return desk.map().get_by_role(
        "img", name=re.compile(rf"\b{code}\b.*(Siaga|Diusulkan)|(Siaga|Diusulkan).*\b{code}\b")
    )


def tick(desk: Desk, code: str) -> Locator:
    return desk.page.get_by_role("checkbox", name=re.compile(rf" · {code}\b"))


def ways(desk: Desk, code: str) -> list[dict[str, Any]]:
    return [way for way in inside(desk).evaluate(WAYS) if way["words"].startswith(f"{code} ·")]


def remember(desk: Desk) -> None:
    """Put a sign on the map by which it can be told from one that was built anew."""
    inside(desk).evaluate("() => { window.sameMap = map; map.getContainer().dataset.sign = 'same'; }")


def is_the_same(desk: Desk) -> bool:
    same: bool = inside(desk).evaluate(
        "() => window.sameMap === map && document.querySelector('.leaflet-container').dataset.sign === 'same'"
    )
    return same


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_the_duty_officer_chooses_a_unit_on_the_map(
    server: Server, dispatch: Callable[[Job], tuple[Desk, str]], job: Job
) -> None:
    desk, case_id = dispatch(job)
    remember(desk)
    expect(tick(desk, job.unit)).not_to_be_checked()
    suggested = desk.page.get_by_role("checkbox", checked=True).count()
    whole(desk)

    mark(desk, job.unit).click()
    under_the_map = desk.page.locator(".sigap-focus")
    expect(under_the_map).to_contain_text(job.unit)
    expect(under_the_map).to_contain_text(job.way)
    desk.settled()
    expect(tick(desk, job.unit)).not_to_be_checked()
    drawn = [way for way in ways(desk, job.unit) if way["weight"] == 4]
    assert drawn, "its way is drawn in full"
    assert {way["color"] for way in drawn} == {job.color}
    for way in drawn:
        assert job.says in way["words"]
        assert way["dashed"] is ("perkiraan" in way["words"]) is (job.color == JOBS["land"].color)

    mark(desk, job.unit).click()
    expect(tick(desk, job.unit)).to_be_checked()
    desk.settled()
    expect(desk.map().locator(".sigap-label", has_text=f"✓ {job.unit}")).to_have_count(1)

    if job is JOBS["land"]:
        desk.press(f"Usulkan {suggested + 1} unit", "ditahan sampai")
    else:
        desk.page.keyboard.press("u")  # the key was pressed on the map: it still counts
        desk.sees("ditahan sampai")
    own = desk.page.locator(".sigap-own li", has_text=job.unit)
    expect(own).to_contain_text(re.compile(r"diusulkan Citra \(contoh\) .* ditahan sampai \d\d\.\d\d\.\d\d"))
    taken = proposed(server, case_id)
    assert job.unit in taken
    assert len(taken) == suggested + 1
    desk.settled()
    assert [way for way in ways(desk, job.unit) if way["weight"] == 4] == drawn, "its way stays"
    assert is_the_same(desk)


def test_nothing_is_built_or_fetched_anew_while_areas_and_list_change(
    dispatch: Callable[[Job], tuple[Desk, str]],
) -> None:
    desk, _case_id = dispatch(JOBS["land"])
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    remember(desk)
    frame = desk.map()
    for _again in range(3):
        for name in ("Jangkauan darat", "Jangkauan laut", "Celah cakupan"):
            desk.button(name).click()
        desk.settled()
        expect(frame.locator(REACH)).to_have_count(6)
        expect(frame.locator(HOLES).first).to_be_attached()
        tick(desk, "AMB-ILY-01").locator("xpath=ancestor::label").click()
        desk.settled()
        expect(frame.locator(REACH)).to_have_count(6)
        for name in ("Jangkauan darat", "Jangkauan laut", "Celah cakupan"):
            desk.button(name).click()
        desk.settled()
        expect(frame.locator(REACH)).to_have_count(0)
        expect(frame.locator(HOLES)).to_have_count(0)
    for mode in ("land", "sea"):
        assert [url.endswith(f"/isochrones/{mode}.geojson") for url in asked].count(True) == 1
    assert not [url for url in asked if url.endswith("coast.geojson")]
    assert is_the_same(desk)


def test_reach_and_holes_are_drawn_and_say_what_they_are(dispatch: Callable[[Job], tuple[Desk, str]]) -> None:
    desk, _case_id = dispatch(JOBS["sea"])
    for name in ("Jangkauan darat", "Jangkauan laut", "Celah cakupan"):
        desk.button(name).click()
    desk.settled()
    frame = desk.map()
    expect(frame.locator(REACH)).to_have_count(6)
    expect(frame.locator("#sigap-hatch-dense, #sigap-hatch-wide")).to_have_count(2)
    hatched = frame.locator(HOLES).evaluate_all("(paths) => paths.map((p) => getComputedStyle(p).fill)")
    assert hatched
    assert set(hatched) <= {'url("#sigap-hatch-dense")', 'url("#sigap-hatch-wide")'}
    said = frame.locator(".sigap-reach-label").all_text_contents()
    assert {re.sub(r" · perkiraan", "", words) for words in said} == {"5 mnt", "10 mnt", "15 mnt"}
    assert {words for words in said if "perkiraan" in words}, "land is an estimate without a road network"
    assert {words for words in said if "perkiraan" not in words}, "water is not"

    outline = """(paths) => {
        const inView = (path) => { const b = path.getBoundingClientRect(); return b.width * b.height; };
        return paths.indexOf(paths.reduce((a, b) => (inView(b) > inView(a) ? b : a)));
    }"""
    biggest = frame.locator(HOLES).nth(frame.locator(HOLES).evaluate_all(outline))
    biggest.dispatch_event("mouseover")
    tip = frame.locator(".leaflet-tooltip:not(.sigap-area)")
    expect(tip).to_have_text(re.compile(r"^[A-Z][\w ]+ · .*\d+ % dalam 15 mnt · perkiraan$"))


def test_boats_stay_in_the_water_that_is_drawn(
    server: Server, dispatch: Callable[[Job], tuple[Desk, str]]
) -> None:
    desk, _case_id = dispatch(JOBS["sea"])
    coast = httpx.get(f"{server.url}/api/v1/layers/coast.geojson", timeout=10).json()
    kelurahan = httpx.get(f"{server.url}/api/v1/layers/kelurahan.geojson", timeout=10).json()
    shapes = [one["geometry"] for one in (*coast["features"], *kelurahan["features"])]
    land = shapely.union_all([shapely.geometry.shape(one) for one in shapes])
    boats = [way for way in inside(desk).evaluate(WAYS) if way["color"] == JOBS["sea"].color]
    assert len(boats) >= 2
    for way in boats:
        line = shapely.LineString(way["line"])
        assert line.length > 0.005
        assert line.intersection(land.buffer(-1e-5)).length < 1e-5, way["words"]


@pytest.mark.parametrize("scheme", ["Dark", "Light"])
def test_the_whole_screen_fits_without_scrolling_when_everything_is_shown(
    dispatch: Callable[[Job], tuple[Desk, str]], scheme: str
) -> None:
    desk, _case_id = dispatch(JOBS["sea"])
    if scheme == "Light":
        desk.page.get_by_test_id("stMainMenu").get_by_role("button").click()
        desk.page.get_by_role("menuitemradio", name="Light").click()
        desk.page.keyboard.press("Escape")
    for name in ("Jangkauan darat", "Jangkauan laut", "Celah cakupan"):
        desk.button(name).click()
    mark(desk, "SAR-RBB-01").click()
    expect(desk.page.locator(".sigap-focus")).to_be_visible()
    desk.settled()
    assert desk.page.get_by_test_id("stMain").evaluate("(main) => main.scrollHeight - main.clientHeight") <= 0
    lowest = desk.page.locator(".sigap-focus").bounding_box()
    assert lowest is not None and lowest["y"] + lowest["height"] <= 900
    whole(desk)


def test_names_stand_where_they_belong_though_their_style_comes_late(
    server: Server, dispatch: Callable[[Job], tuple[Desk, str]]
) -> None:
    desk, case_id = dispatch(JOBS["air"])
    late: list[Route] = []
    desk.page.route("**/leaflet.css*", lambda route: late.append(route))
    desk.page.goto(f"{server.url}/pengerahan?kasus={case_id}")
    frame = desk.map()
    expect(frame.locator(".sigap-area").first).to_be_attached()
    assert late, "the style is held back"
    assert inside(desk).evaluate(MISPLACED) > 0, "without their style they are measured wrongly"
    for route in late:
        route.continue_()
    inside(desk).wait_for_function(f"() => ({MISPLACED})() === 0")
