"""The files of the crew's page: every word in both languages, every file kept, nothing from outside."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from services.crew import CrewAction
from ui import assets, crew_page

FOLDER = crew_page.FOLDER
TEXT = sorted(file for file in FOLDER.iterdir() if file.suffix != ".png")
SCRIPTS = [file for file in TEXT if file.suffix == ".js"]
WORDS = (FOLDER / "words.js").read_text(encoding="utf-8")
_ENTRY = re.compile(r'^  (\w+): \[\s*("(?:[^"\\]|\\.)*"),\s*("(?:[^"\\]|\\.)*"),?\s*\],$', re.MULTILINE)


def table() -> dict[str, tuple[str, str]]:
    found = _ENTRY.findall(WORDS)
    return {key: (json.loads(one), json.loads(two)) for key, one, two in found}


def used() -> set[str]:
    """Every key that page and scripts ask for; those put together from parts are listed."""
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    keys = set(re.findall(r'data-t="(\w+)"', page))
    for file in SCRIPTS:
        text = file.read_text(encoding="utf-8")
        keys |= set(re.findall(r'\bt\("(\w+)"', text))
    script = (FOLDER / "regu.js").read_text(encoding="utf-8")
    keys |= set(re.findall(r'"(chip_\w+)"', script))
    keys |= {key for pair in re.findall(r'\["(\w+)", "(\w+_text)"\]', script) for key in pair}
    keys |= {f"mode_{mode}" for mode in ("land", "sea", "air", "foot")}
    keys |= {"connected", "connecting", "offline", "revoked"}
    return keys | {action.value for action in CrewAction}


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[*crew_page.routes(), assets.mount()]))


def test_the_table_of_words_is_read_whole() -> None:
    body = WORDS.partition("export const WORDS = {")[2].partition("\n};")[0]
    assert len(table()) == len(re.findall(r"^  \w+: \[", body, re.MULTILINE)) > 60


def test_every_word_has_both_languages_with_the_same_blanks() -> None:
    for key, (one, two) in table().items():
        assert one.strip(), key
        assert two.strip(), key
        blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (one, two)]
        assert blanks[0] == blanks[1], key


def test_every_word_that_is_asked_for_is_there_and_none_is_left_over() -> None:
    assert used() == set(table())


def test_the_page_has_a_button_for_every_step_and_help() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    steps = set(re.findall(r'data-action="(\w+)"', page))
    assert steps == {"acknowledge", "depart", "arrive", "return", "free"}
    assert {f'id="{name}"' in page for name in ("help", "well", "sitrep_send", "photo")} == {True}


def test_every_element_that_the_script_looks_for_is_on_the_page() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    asked = set(re.findall(r'\$\("(\w+)"\)', (FOLDER / "regu.js").read_text(encoding="utf-8")))
    assert asked <= set(re.findall(r'\bid="(\w+)"', page))


@pytest.mark.parametrize("file", TEXT, ids=lambda file: file.name)
def test_no_file_names_a_place_outside(file: Path) -> None:
    found = set(re.findall(r"(?:https?:)?//[\w-]+\.[\w./-]+", file.read_text(encoding="utf-8")))
    assert found <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_puts_told_words_into_html(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text)


def test_the_worker_keeps_every_file_of_the_page(client: TestClient) -> None:
    script = client.get("/regu/sw.js").text
    listed = set(re.findall(r'"(/regu/[^"]*|/assets/[^"]*)"', script))
    own = {f"/regu/{file.name}" for file in FOLDER.iterdir()} - {"/regu/sw.js", "/regu/index.html"}
    leaflet = {"/assets/leaflet/leaflet.js", "/assets/leaflet/leaflet.css"}
    assert listed - {"/regu/index.html"} == own | leaflet | {"/regu/"}
    for address in listed:
        assert client.get(address).status_code == 200, address


def test_a_change_of_any_file_is_a_new_worker(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "regu"
    copy.mkdir()
    for file in FOLDER.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(crew_page, "FOLDER", copy)
    before = client.get("/regu/sw.js").text
    assert "@VERSION@" not in before
    assert client.get("/regu/sw.js").text == before
    with (copy / "regu.css").open("a") as css:
        css.write("\n")
    assert client.get("/regu/sw.js").text != before


@pytest.mark.parametrize("path", ["/regu/", "/regu/sw.js", "/regu/regu.js"])
def test_a_browser_asks_whether_a_file_changed_and_lets_nothing_foreign_in(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "no-cache"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'self'" in headers["content-security-policy"]


def test_the_short_address_leads_to_the_page(client: TestClient) -> None:
    answer = client.get("/regu", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/regu/")


def test_the_manifest_names_icons_that_are_there(client: TestClient) -> None:
    manifest = json.loads((FOLDER / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert manifest["scope"] == manifest["start_url"] == "/regu/"
    for icon in manifest["icons"]:
        assert client.get(icon["src"]).status_code == 200
