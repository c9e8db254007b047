import json
import re
from pathlib import Path

import folium
import folium.plugins
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui import assets
from ui.assets import AssetsMissing, OutsideAddress

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=[assets.mount()]))


@pytest.mark.parametrize("file", [file for file in assets.FILES.values() if file])
def test_every_file_that_a_map_may_ask_for_is_installed_and_served(client, file):
    answer = client.get(assets.address(file))
    assert answer.status_code == 200
    assert len(answer.content) > 100


@pytest.mark.parametrize("name", ["bootstrap", "leaflet", "jquery", "fontawesome", "leaflet.markercluster"])
def test_the_installed_major_is_the_one_folium_was_written_for(name):
    pattern = {
        "bootstrap": r"bootstrap@(\d+)",
        "leaflet": r"/leaflet@(\d+)",
        "jquery": r"jquery-(\d+)",
        "fontawesome": r"fontawesome-free@(\d+)",
        "leaflet.markercluster": r"leaflet.markercluster/(\d+)",
    }[name]
    package = "@fortawesome/fontawesome-free" if name == "fontawesome" else name
    installed = json.loads((ROOT / "node_modules" / package / "package.json").read_text())["version"]
    links = [*folium.Map.default_js, *folium.Map.default_css, *folium.plugins.MarkerCluster.default_js]
    wanted = {match.group(1) for _, link in links if (match := re.search(pattern, link))}
    assert wanted == {installed.split(".")[0]}


def test_images_that_stylesheets_name_are_served_beside_them(client):
    for file in ("leaflet/leaflet.css", "leaflet-draw/leaflet.draw.css"):
        folder = file.rpartition("/")[0]
        images = set(re.findall(r"url\([\"']?(images/[^)\"']+)", client.get(assets.address(file)).text))
        assert images
        for image in images:
            assert client.get(assets.address(f"{folder}/{image}")).status_code == 200, image


@pytest.mark.parametrize(
    "path",
    [
        "/assets/@popperjs/core/package.json",
        "/assets/leaflet/package.json",
        "/assets/leaflet/../package.json",
        "/assets/leaflet/%2e%2e/package.json",
        "/assets/sigap/../style.py",
        "/assets/sigap/..%2fstyle.py",
        "/assets/",
        "/assets/leaflet",
    ],
)
def test_nothing_beside_the_allow_listed_folders_is_served(client, path):
    assert client.get(path).status_code == 404


def test_a_kept_file_is_asked_about_and_an_unchanged_one_is_not_sent_again(client):
    first = client.get("/assets/leaflet/leaflet.js")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/assets/leaflet/leaflet.js", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_known_name_is_given_its_local_address_and_one_left_out_is_dropped():
    links = [("leaflet", "https://example.org/leaflet.js"), ("glyphicons_css", "https://example.org/x.css")]
    assert assets.local_links(links) == [("leaflet", "/assets/leaflet/leaflet.js")]


def test_an_unknown_name_with_an_outside_address_is_refused_with_what_to_do():
    with pytest.raises(OutsideAddress, match=r"'dvf' would be fetched from .*ui\.assets\.FILES"):
        assets.local_links([("dvf", "https://example.org/dvf.js")])


def test_local_addresses_stay_as_they_are():
    links = [("anything", "/assets/sigap/map.js")]
    assert assets.local_links(assets.local_links(links)) == links


def test_an_address_in_no_served_package_is_refused():
    with pytest.raises(OutsideAddress, match="lodash"):
        assets.address("lodash/lodash.js")


def test_missing_packages_are_named_with_the_command_that_installs_them(monkeypatch, tmp_path):
    monkeypatch.setitem(assets.PACKAGES, "leaflet", ROOT / "node_modules" / "not-there" / "dist")
    with pytest.raises(AssetsMissing, match="make setup") as refused:
        assets.require_installed()
    assert "not-there" in str(refused.value)


def test_versions_are_pinned_and_no_lock_names_a_registry():
    for version in json.loads((ROOT / "package.json").read_text())["dependencies"].values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+|-r requirements\.txt", line), line
