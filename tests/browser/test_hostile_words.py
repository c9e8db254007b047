"""Words that attack stay words: on every screen, in every popup and tooltip, on the wall and on a phone.

The case is made before the server starts (hostile_case.py). A page that runs one of its words would set
`pwned`; one that shows a picture of it would ask for `/pwned` or for another machine; one whose policy stops
it would say so. Each of the three fails the test.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import MAP, Desk
from harness import ROOT, Server, sign_in, start, stop
from playwright.sync_api import Browser, Error, Frame, Page, expect

MARK = '"><img src=/pwned onerror=pwned=1><script>pwned=1</script>'
TABS = (
    "Laporan",
    "Data & lokasi",
    "Koordinasi",
    "Unit",
    "Perkembangan",
    "Hasil & korban",
    "Penutupan",
    "Riwayat",
)

HARM = """() => {
    const found = [];
    if (typeof pwned !== "undefined") found.push("a word ran");
    const bad = 'img[src*="pwned"], [onerror], [onload], a[href^="javascript:" i], iframe[srcdoc], '
        + '[src*="evil.example"], [style*="evil.example"]';
    const look = (root) => {
        for (const node of root.querySelectorAll(bad)) found.push(node.outerHTML.slice(0, 200));
        for (const node of root.querySelectorAll("script"))
            if (node.src === "" && /^pwned=1/.test(node.textContent)) found.push("a script of the words");
        for (const node of root.querySelectorAll("*")) if (node.shadowRoot) look(node.shadowRoot);
    };
    look(document);
    return found;
}"""

OPEN_ALL = """() => {
    let opened = 0;
    const open = (layer) => {
        for (const kind of ["Tooltip", "Popup"])
            if (layer["get" + kind] && layer["get" + kind]()) { layer["open" + kind](); opened += 1; }
        if (layer.eachLayer) layer.eachLayer(open);
    };
    window.map.eachLayer(open);
    return opened;
}"""


TRIES = """async () => {
    const found = [];
    const all = new Promise((done) => {
        document.addEventListener("securitypolicyviolation", (event) => {
            found.push(event.effectiveDirective);
            if (new Set(found).size >= 5) done();
        });
    });
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
    const box = document.createElement("div");
    box.innerHTML = '<button onclick="window.pwned = 1"></button><img src="http://127.0.0.1:9/a.png">';
    document.body.append(box);
    box.firstChild.click();
    setTimeout("window.pwned = 1", 0);
    fetch("http://127.0.0.1:9/").catch(() => {});
    await Promise.race([all, new Promise((done) => setTimeout(done, 5000))]);
    return found;
}"""
"""An inline script, a handler, text run by a timer, a picture and a question to another port."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap of its own, with the hostile case."""
    folder = tmp_path_factory.mktemp("hostile")
    demo = {"SIGAP_DEMO": "1"}
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "tests", "tests/screens"))
    environment = {**os.environ, **demo, "SIGAP_VAR": str(folder / "var"), "PYTHONPATH": paths}
    environment.pop("SIGAP_DB", None)
    cases = Path(__file__).parent / "hostile_case.py"
    subprocess.run([sys.executable, cases], cwd=ROOT, env=environment, check=True)
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env=demo)
    yield running
    stop(running)


@pytest.fixture
def told(server: Server) -> dict[str, str]:
    """The case's id and a phone's token."""
    found: dict[str, str] = json.loads((server.var / "hostile.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture
def desk(server: Server, new_page: Callable[..., Page]) -> Iterator[Desk]:
    """A page that notes when a word makes it ask for something."""
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "pwned" in request.url else None)
    yield Desk(page, server.url)
    assert not asked, f"a word asked for {asked}"


def maps(page: Page) -> list[Frame]:
    return [frame for frame in page.frames if "streamlit_folium" in frame.url]


@contextmanager
def unless_gone(frame: Frame) -> Iterator[None]:
    """Pass over what cannot be asked of a frame because the page has taken it away meanwhile."""
    try:
        yield
    except Error:
        if not frame.is_detached():
            raise


def unharmed(desk: Desk, *, shown: bool = False) -> None:
    """Check a screen with every tooltip and popup of its maps; `shown`: the words are to be read on it."""
    desk.settled()
    seen: set[Frame] = set()
    # A map that is drawn anew takes its frame away while it is looked at; the new one is looked at then.
    while missing := [frame for frame in maps(desk.page) if frame not in seen]:
        for frame in missing:
            with unless_gone(frame):
                frame.wait_for_function("() => window.map && window.map.eachLayer")
                frame.evaluate(OPEN_ALL)
            seen.add(frame)
    for frame in desk.page.frames:
        with unless_gone(frame):
            assert frame.evaluate(HARM) == [], (desk.page.url, frame.url)
    if shown:
        desk.sees(MARK)


def test_the_situation_and_the_wall_show_the_words_and_run_none(desk: Desk) -> None:
    desk.open("", "supervisor")
    unharmed(desk, shown=True)
    (frame,) = maps(desk.page)
    frame.wait_for_function(f"() => ({OPEN_ALL})() > 10")
    assert frame.evaluate(HARM) == []
    tip = desk.page.frame_locator(MAP).locator(".leaflet-tooltip").filter(has_text=MARK)
    expect(tip.first).to_be_attached()
    desk.open("?dinding=1")
    unharmed(desk)


def test_a_case_shows_the_words_in_every_part_and_runs_none(desk: Desk, told: dict[str, str]) -> None:
    desk.open(f"kasus?kasus={told['case_id']}", "supervisor")
    unharmed(desk, shown=True)
    for name in TABS:
        desk.tab(name)
        unharmed(desk, shown=name in ("Laporan", "Riwayat"))


def test_dispatch_intake_review_and_export_run_none(desk: Desk, told: dict[str, str]) -> None:
    desk.open(f"pengerahan?kasus={told['case_id']}", "duty_officer")
    unharmed(desk, shown=True)
    desk.open("penerimaan", "call_taker")
    unharmed(desk)
    for path in ("pimpinan?bagian=putar", "ekspor"):
        desk.open(path, "supervisor")
        unharmed(desk)


def test_the_registry_shows_the_words_and_runs_none(desk: Desk) -> None:
    desk.open("registri", "admin")
    for name in ("Pos", "Rencana respons", "Alat posisi"):
        unharmed(desk)
        desk.page.get_by_role("tab", name=name, exact=True).click()
        desk.settled()
    unharmed(desk)


def test_a_crews_phone_shows_the_words_and_runs_none(desk: Desk, told: dict[str, str]) -> None:
    page = desk.page
    page.goto(f"{desk.url}/regu/#{told['token']}")
    expect(page.locator("#order")).to_be_visible()
    expect(page.locator("#order")).to_contain_text("<img src=/pwned")
    assert page.evaluate(HARM) == []


def test_a_script_that_somebody_writes_into_a_screen_is_stopped_by_its_policy(
    server: Server, browser: Browser
) -> None:
    """The second line: even where a word got through, the page would not run it."""
    context = browser.new_context()
    sign_in(context, server.url, "supervisor")
    page = context.new_page()
    page.goto(server.url)
    expect(page.get_by_test_id("stApp")).to_be_visible()
    stopped = page.evaluate(TRIES)
    ran = page.evaluate("() => typeof window.pwned")
    context.close()
    assert ran == "undefined"
    assert {"script-src-elem", "script-src-attr", "script-src", "connect-src", "img-src"} <= set(stopped)
