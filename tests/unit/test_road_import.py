"""From an OpenStreetMap extract to the city's roads: what is kept, and what happens to a bad file."""

import json
import math
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import geopandas
import osmium
import pyarrow.parquet as pq
import pytest

from citypack import load_city_pack
from geo.errors import (
    BadRoads,
    NoRoadsInArea,
    RoadDownloadFailed,
    RoadFileBroken,
    RoadFileEmpty,
    RoadFileNotOsm,
    RoadFileUnreadable,
)
from geo.points import Area
from geo.road_import import import_roads
from geo.road_network import ROAD_CLASSES, RoadEdges, read_roads
from services.center import Settings
from services.roads import install_roads, main, network_path

AREA = Area(117.5, 3.2, 117.7, 3.4)
Tags = dict[str, str]


def write_osm(
    path: Path, nodes: dict[int, tuple[float, float]], ways: dict[int, tuple[list[int], Tags]]
) -> Path:
    with osmium.SimpleWriter(path) as writer:
        for number, place in nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=place))
        for number, (refs, tags) in ways.items():
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags))
    return path


def imported(
    tmp_path: Path, nodes: dict[int, tuple[float, float]], ways: dict[int, tuple[list[int], Tags]]
) -> RoadEdges:
    import_roads(
        write_osm(tmp_path / "x.osm.pbf", nodes, ways), tmp_path / "roads.parquet", AREA, lambda text: None
    )
    return read_roads(tmp_path / "roads.parquet")


LINE = {number: (117.5 + number / 50, 3.3) for number in range(1, 8)}


def one_way(tmp_path: Path, **tags: str) -> RoadEdges | None:
    """The edges of one street with these tags, or None where it is not kept; colons are written as __."""
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    ways = {1: ([1, 2], {"highway": "residential"} | named), 2: ([5, 6], {"highway": "residential"})}
    found = imported(tmp_path, LINE, ways)
    return found if 1 in found.way_id else None


@pytest.mark.parametrize("name", ROAD_CLASSES)
def test_every_class_that_vehicles_drive_on_is_kept(tmp_path: Path, name: str) -> None:
    found = one_way(tmp_path, highway=name)
    assert found is not None
    assert ROAD_CLASSES[found.road_class[0]] == name


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"highway": "footway"}, False),
        ({"highway": "construction"}, False),
        ({"area": "yes"}, False),
        ({"route": "ferry"}, False),
        ({"access": "no"}, False),
        ({"access": "private"}, True),
        ({"access": "no", "motor_vehicle": "yes"}, True),
        ({"access": "yes", "vehicle": "no"}, False),
        ({"motor_vehicle": "no"}, False),
        ({"motor_vehicle": "no", "emergency": "yes"}, True),
        ({"motor_vehicle": "agricultural"}, False),
        ({"highway": "track"}, True),
        ({"highway": "track", "tracktype": "grade3"}, True),
        ({"highway": "track", "tracktype": "grade5"}, False),
        ({"highway": "track", "smoothness": "impassable"}, False),
        ({"bridge": "yes", "layer": "1"}, True),
        ({"tunnel": "yes", "layer": "-1"}, True),
    ],
)
def test_access_decides_what_is_kept(tmp_path: Path, tags: Tags, kept: bool) -> None:
    assert (one_way(tmp_path, **tags) is not None) is kept


def test_a_ferry_is_no_road(tmp_path: Path) -> None:
    found = imported(tmp_path, LINE, {1: ([1, 2], {"route": "ferry"}), 2: ([5, 6], {"highway": "service"})})
    assert found.way_id.tolist() == [2]


@pytest.mark.parametrize(
    ("tags", "oneway", "start"),
    [
        ({}, False, 1),
        ({"oneway": "no"}, False, 1),
        ({"oneway": "yes"}, True, 1),
        ({"oneway": "true"}, True, 1),
        ({"oneway": "-1"}, True, 2),
        ({"junction": "roundabout"}, True, 1),
        ({"junction": "roundabout", "oneway": "no"}, False, 1),
        ({"highway": "motorway"}, True, 1),
        ({"highway": "motorway", "oneway": "no"}, False, 1),
        ({"highway": "motorway_link"}, False, 1),
        ({"oneway": "reversible"}, False, 1),
    ],
)
def test_one_way_streets_run_as_they_are_driven(tmp_path: Path, tags: Tags, oneway: bool, start: int) -> None:
    found = one_way(tmp_path, **tags)
    assert found is not None
    assert (bool(found.oneway[0]), int(found.from_node[0])) == (oneway, start)
    assert found.lonlat[0].tolist() == pytest.approx(LINE[start])


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48.28),
        ("90;30;90", 30),
        ("none", math.nan),
        ("ID:urban", math.nan),
        ("0", math.nan),
    ],
)
def test_posted_limits_are_read_in_kmh(tmp_path: Path, text: str, kmh: float) -> None:
    found = one_way(tmp_path, maxspeed=text)
    assert found is not None
    assert found.maxspeed_kmh[0] == pytest.approx(kmh, abs=0.01, nan_ok=True)


def test_streets_are_cut_where_they_meet_and_a_bridge_meets_nothing(tmp_path: Path) -> None:
    nodes = {1: (117.60, 3.30), 2: (117.61, 3.30), 3: (117.62, 3.30), 4: (117.61, 3.31), 5: (117.615, 3.29),
             6: (117.615, 3.31)}  # fmt: skip
    found = imported(tmp_path, nodes, {
        1: ([1, 2, 3], {"highway": "primary", "name": "Jalan Yos Sudarso"}),
        2: ([2, 4], {"highway": "residential"}),
        3: ([5, 6], {"highway": "secondary", "bridge": "yes"}),
    })  # fmt: skip
    ends = sorted(zip(found.from_node.tolist(), found.to_node.tolist(), strict=True))
    assert ends == [(1, 2), (2, 3), (2, 4), (5, 6)]
    assert found.name[:2] == ("Jalan Yos Sudarso",) * 2


def test_a_roundabout_and_a_street_that_crosses_itself_are_cut_too(tmp_path: Path) -> None:
    nodes = LINE | {8: (117.56, 3.302), 9: (117.53, 3.302)}
    found = imported(tmp_path, nodes, {
        1: ([1, 2, 8, 9, 1], {"highway": "tertiary", "junction": "roundabout"}),
        2: ([2, 3], {"highway": "tertiary"}),
        3: ([4, 5, 6, 7, 5], {"highway": "service"}),
    })  # fmt: skip
    ends = sorted(zip(found.from_node.tolist(), found.to_node.tolist(), strict=True))
    assert ends == [(1, 2), (2, 1), (2, 3), (4, 5), (5, 5)]


def test_roads_end_at_the_border_of_the_area_and_where_the_extract_ends(tmp_path: Path) -> None:
    nodes = {1: (117.68, 3.3), 2: (117.69, 3.3), 3: (117.71, 3.3), 4: (117.69, 3.31), 5: (117.68, 3.31)}
    ways = {1: ([1, 2, 3, 4, 5], {"highway": "primary"}), 2: ([5, 99, 1], {"highway": "primary"})}
    found = imported(tmp_path, nodes, ways)
    assert sorted(zip(found.from_node.tolist(), found.to_node.tolist(), strict=True)) == [(1, 2), (4, 5)]
    assert found.lonlat[:, 0].max() <= AREA.max_lon


def test_the_file_is_geoparquet_in_wgs_84_and_credits_openstreetmap(tmp_path: Path) -> None:
    imported(tmp_path, LINE, {1: ([1, 2, 3], {"highway": "primary", "maxspeed": "40"})})
    path = tmp_path / "roads.parquet"
    about = pq.read_schema(path).metadata
    assert b"OpenStreetMap contributors" in about[b"attribution"]
    assert (about[b"license"], about[b"source"]) == (b"ODbL-1.0", b"x.osm.pbf")
    assert json.loads(about[b"geo"])["version"] == "1.1.0"
    table = geopandas.read_parquet(path)
    assert table.crs.to_string() == "OGC:CRS84"
    assert table.geometry[0].coords[0] == pytest.approx(LINE[1])
    assert table.loc[0, ["class", "maxspeed_kmh", "osm_way_id"]].tolist() == ["primary", 40.0, 1]


def test_progress_and_the_summary_say_what_was_kept(tmp_path: Path) -> None:
    source = write_osm(tmp_path / "x.osm", LINE, {
        1: ([1, 2, 3], {"highway": "primary"}), 2: ([3, 4], {"highway": "footway"}),
    })  # fmt: skip
    said: list[str] = []
    summary = import_roads(source, tmp_path / "roads.parquet", AREA, said.append)
    assert (summary.ways_read, summary.edges, summary.nodes) == (2, 1, 2)
    assert summary.length_m == pytest.approx(4446, abs=10)
    assert len(said) == 3 and "x.osm" in said[0] and "1 ruas" in said[-1]


def whole_file(tmp_path: Path) -> bytes:
    nodes = {number: (117.51 + number / 1e5, 3.3) for number in range(1, 9000)}
    return write_osm(
        tmp_path / "whole.osm.pbf", nodes, {1: (list(nodes)[:1500], {"highway": "primary"})}
    ).read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("x.osm.pbf", None, RoadFileUnreadable, "tidak dapat dibuka"),
        ("x.osm.pbf", b"", RoadFileEmpty, "kosong"),
        ("x.osm.pbf", b"hello, I am no map\n" * 50, RoadFileBroken, "rusak"),
        ("x.osm", b"<html><body>404</body></html>", RoadFileBroken, "rusak"),
        ("x.zip", b"PK\x03\x04", RoadFileNotOsm, "bukan ekstrak OpenStreetMap"),
        ("x.osm.pbf", 0.2, RoadFileBroken, "terpotong"),
        ("x.osm.pbf", 0.7, RoadFileBroken, "terpotong"),
        ("x.osm.pbf", 0.999, RoadFileBroken, "terpotong"),
    ],
)
def test_a_bad_file_is_named_with_the_remedy_and_the_old_network_stays(
    tmp_path: Path, name: str, content: bytes | float | None, error: type[BadRoads], words: str
) -> None:
    out, source = tmp_path / "out" / "roads.parquet", tmp_path / name
    good = write_osm(tmp_path / "good.osm", LINE, {1: ([1, 2], {"highway": "primary"})})
    import_roads(good, out, AREA, lambda text: None)
    before = out.read_bytes()
    if isinstance(content, float):
        whole = whole_file(tmp_path)
        content = whole[: int(len(whole) * content)]
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(error, match=words) as caught:
        import_roads(source, out, AREA, lambda text: None)
    assert name in str(caught.value)
    assert "yang lama tetap dipakai" in str(caught.value)
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_and_roads_elsewhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.osm.pbf").mkdir()
    with pytest.raises(RoadFileUnreadable):
        import_roads(tmp_path / "folder.osm.pbf", tmp_path / "roads.parquet", AREA, lambda text: None)
    elsewhere = write_osm(
        tmp_path / "x.osm", {1: (24.9, 60.1), 2: (24.91, 60.1)}, {1: ([1, 2], {"highway": "primary"})}
    )
    with pytest.raises(NoRoadsInArea, match=r"117\.5 sampai 117\.7"):
        import_roads(elsewhere, tmp_path / "roads.parquet", AREA, lambda text: None)
    assert not (tmp_path / "roads.parquet").exists()


def test_scraps_from_which_one_cannot_drive_out_and_back_are_no_network(tmp_path: Path) -> None:
    trap = {1: ([1, 2], {"highway": "primary", "oneway": "yes"})}
    with pytest.raises(NoRoadsInArea):
        imported(tmp_path, LINE, trap)


# --- make roads -----------------------------------------------------------------------------------


@pytest.fixture
def city(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "var", tmp_path / "var" / "sigap.duckdb")


@pytest.fixture
def in_city(city: Settings, tmp_path: Path) -> Path:
    """An extract with one street in the middle of the city's area."""
    area = load_city_pack(city.city_dir).area
    lon, lat = (area.min_lon + area.max_lon) / 2, (area.min_lat + area.max_lat) / 2
    return write_osm(
        tmp_path / "kota.osm.pbf",
        {1: (lon, lat), 2: (lon + 0.01, lat)},
        {1: ([1, 2], {"highway": "primary"})},
    )


@pytest.fixture
def server(in_city: Path) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = in_city.read_bytes()
            known = self.path.endswith(in_city.name)
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(content) if known else 0))
            self.end_headers()
            # A longer announcement than content is what a broken connection looks like.
            if known:
                self.wfile.write(content[: len(content) // 2] if "cut" in self.path else content)

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{web.server_address[1]}"
    web.shutdown()
    web.server_close()


def test_roads_are_installed_from_a_file_or_an_address(city: Settings, in_city: Path, server: str) -> None:
    install_roads(city, str(in_city), lambda text: None)
    first = network_path(city).read_bytes()
    network_path(city).unlink()
    install_roads(city, f"{server}/{in_city.name}", lambda text: None)
    assert network_path(city).read_bytes() == first


@pytest.mark.parametrize("path", ["/unknown.osm.pbf", "/cut/kota.osm.pbf"])
def test_a_download_that_fails_leaves_the_old_network(
    city: Settings, in_city: Path, server: str, path: str
) -> None:
    install_roads(city, str(in_city), lambda text: None)
    before = network_path(city).read_bytes()
    with pytest.raises(RoadDownloadFailed, match="yang lama tetap dipakai"):
        install_roads(city, server + path, lambda text: None)
    assert network_path(city).read_bytes() == before


def test_the_command_says_what_it_did_or_why_not(
    city: Settings, in_city: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGAP_VAR", str(city.var_dir))
    monkeypatch.delenv("SIGAP_OSM_URL", raising=False)
    for arguments, code in (([], 2), ([str(in_city)], 0), (["missing.osm.pbf"], 1)):
        monkeypatch.setattr("sys.argv", ["roads", *arguments])
        assert main() == code
    said = capsys.readouterr()
    assert "OSM=" in said.out and "OpenStreetMap contributors" in said.out
    assert "GAGAL" in said.err and "missing.osm.pbf" in said.err
    assert network_path(city).exists()
