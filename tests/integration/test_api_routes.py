"""Ways, matrices and areas as other systems ask for them: a real server, real HTTP, the real map."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest
import shapely
from api_builders import a_token, bearer
from shapely.geometry import shape
from starlette.applications import Starlette
from starlette.routing import Mount
from test_api import reasons, serving
from test_ways_by_road import DETOUR, FAR, an_invented_road

from api.app import build_api
from api.problems import REASONS
from domain.case import Actor
from domain.limits import Limits
from domain.words import Mode, Role
from geo.points import GEOD, LonLat, destination, geodesic_m
from services import registry, routes, weather
from services.center import Center, Settings, close_center, open_center
from services.roads import network_path
from services.ways import ways

KN = 1852 / 3600
ROUNDED_DEG = 2e-5  # areas have coordinates of five digits
MALUNDUNG = LonLat(117.5915, 3.2862)
OFF_AMAL = LonLat(117.66, 3.315)
TOWN = LonLat(117.59, 3.307)
STATION = LonLat(*DETOUR[0])
PLACE = LonLat(*DETOUR[-1])
BESIDE = LonLat(PLACE.lon, PLACE.lat - 0.004)
INLAND = LonLat(117.60, 3.36)
MAINLAND = LonLat(117.40, 3.50)
BUNYU = LonLat(117.85, 3.50)
AT_SEA = LonLat(117.72, 3.28)
AIRPORT = LonLat(117.566, 3.32669)
OFFICER = Actor("Dewi", Role.DUTY_OFFICER)
ADMIN = Actor("Ade", Role.ADMIN)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("api-routes")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


@pytest.fixture(scope="module")
def address(center: Center) -> Iterator[str]:
    with serving(Starlette(routes=[Mount("/api", build_api(Limits(scale=1000)))])) as url:
        yield f"{url}/api"


@pytest.fixture(scope="module")
def client(center: Center, address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers=bearer(a_token(center)), timeout=60) as found:
        yield found


@pytest.fixture
def roads(center: Center) -> Iterator[None]:
    """An invented road of three legs, as long as the test lasts."""
    an_invented_road(center)
    yield
    network_path(center.settings).unlink()


@pytest.fixture
def north_wind(center: Center) -> Iterator[float]:
    """A storm from the north, in knots: stronger than the slowest helicopter flies."""
    wind_kn = 100.0
    weather.tell(center, datetime.now(UTC), OFFICER, wave_m=None, wind_from_deg=0.0, wind_kn=wind_kn)
    yield wind_kn
    weather.tell(center, datetime.now(UTC), OFFICER, wave_m=None, wind_from_deg=None, wind_kn=0.0)


def text(point: LonLat) -> str:
    return f"{point.lon},{point.lat}"


def ask(client: httpx.Client, mode: str, origin: LonLat, target: LonLat, **more: object) -> httpx.Response:
    params = {"mode": mode, "from": text(origin), "to": text(target), **more}
    return client.get("/v1/routes", params=params)


def got(client: httpx.Client, mode: str, origin: LonLat, target: LonLat, **more: object) -> dict[str, Any]:
    answer = ask(client, mode, origin, target, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def many(
    client: httpx.Client, mode: str, origins: list[LonLat], targets: list[LonLat], **more: object
) -> httpx.Response:
    body = {
        "mode": mode,
        "origins": [(p.lon, p.lat) for p in origins],
        "destinations": [(p.lon, p.lat) for p in targets],
        **more,
    }
    return client.post("/v1/matrix", json=body)


def areas(client: httpx.Client, mode: str, origin: LonLat, **more: object) -> list[dict[str, Any]]:
    params = {"lon": origin.lon, "lat": origin.lat, "mode": mode, **more}
    answer = client.get("/v1/isochrones", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "FeatureCollection"
    return answer.json()["features"]


def refusal(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


# --- one way ---------------------------------------------------------------------------------------


def test_a_boat_goes_round_the_island_by_the_water_graph(client: httpx.Client, center: Center) -> None:
    found = got(client, "sea", MALUNDUNG, OFF_AMAL, vehicle="rib")
    path = ways(center).water.path(MALUNDUNG, OFF_AMAL)
    assert found["distance_m"] == pytest.approx(path.distance_m, abs=0.1)
    assert found["distance_m"] > 1.4 * geodesic_m(MALUNDUNG, OFF_AMAL)
    assert (found["mode"], found["method"], found["vehicle"]) == ("sea", "water_route", "rib")
    line = found["geometry"]["coordinates"]
    assert line == [[round(p.lon, 6), round(p.lat, 6)] for p in path.coords]
    assert GEOD.line_length(*np.array(line).T) == pytest.approx(found["distance_m"], abs=1)
    rib = min(u.cruise_kn for u in registry.units(center).values() if u.kind == "rib")
    assert found["duration_s"] == pytest.approx(path.distance_m / (rib * KN), abs=0.1)
    assert found["duration_low_s"] < found["duration_s"] < found["duration_high_s"]


def test_how_far_a_pier_was_moved_to_the_water_is_said_for_each_end(
    client: httpx.Client, center: Center
) -> None:
    ashore = LonLat(117.6178, 3.2625)
    path = ways(center).water.path(OFF_AMAL, ashore)
    assert path.moved_to_m > 1
    there, back = got(client, "sea", OFF_AMAL, ashore), got(client, "sea", ashore, OFF_AMAL)
    assert there["moved_to_m"] == back["moved_from_m"] == round(path.moved_to_m, 1)
    assert there["moved_from_m"] == back["moved_to_m"] == 0
    assert there["moved_m"] == back["moved_m"] == there["moved_to_m"]


@pytest.mark.parametrize("kind", ["ambulance", "rescue_car", "car", None])
def test_a_kind_travels_as_its_slowest_unit_and_without_a_kind_the_slowest_of_all_does(
    client: httpx.Client, center: Center, kind: str | None
) -> None:
    named = {} if kind is None else {"vehicle": kind}
    found = got(client, "land", TOWN, STATION, **named)
    movers = [u for u in registry.units(center).values() if u.mode is Mode.LAND and kind in (u.kind, None)]
    assert found["speed_kmh"] == min(u.cruise_kmh for u in movers)
    assert found["vehicle"] in {u.kind for u in movers if u.cruise_kmh == found["speed_kmh"]}
    assert found["duration_s"] == pytest.approx(found["distance_m"] / (found["speed_kmh"] / 3.6), abs=0.1)


def test_a_speed_in_the_question_replaces_the_planning_speed(client: httpx.Client) -> None:
    by_knots = got(client, "sea", MALUNDUNG, OFF_AMAL, vehicle="rib", speed_kn=10)
    by_hours = got(client, "sea", MALUNDUNG, OFF_AMAL, vehicle="rib", speed_kmh=18.52)
    assert by_knots == by_hours
    assert by_knots["duration_s"] == pytest.approx(by_knots["distance_m"] / (10 * KN), abs=0.1)


def test_without_roads_a_vehicle_is_an_estimate_of_the_straight_line(
    client: httpx.Client, center: Center
) -> None:
    found = got(client, "land", STATION, PLACE)
    assert found["method"] == "estimate"
    factor = center.pack.city.land_detour_factor
    assert found["distance_m"] == pytest.approx(factor * geodesic_m(STATION, PLACE), abs=0.1)


@pytest.mark.usefixtures("roads")
def test_with_roads_a_vehicle_follows_them_and_beyond_them_it_is_an_estimate(client: httpx.Client) -> None:
    found = got(client, "land", STATION, PLACE, vehicle="ambulance")
    assert found["method"] == "road_route"
    along_m = GEOD.line_length(*np.array(DETOUR).T)
    assert found["distance_m"] == pytest.approx(along_m, rel=0.001)
    assert found["duration_s"] == pytest.approx(along_m / (40 / 3.6), rel=0.001)
    aside = LonLat(PLACE.lon, PLACE.lat - 0.001)
    assert got(client, "land", STATION, aside)["moved_to_m"] == pytest.approx(110.6, abs=0.2)
    assert got(client, "land", STATION, FAR)["method"] == "estimate"


@pytest.mark.usefixtures("roads")
def test_far_beside_the_road_the_rest_is_walked_and_counted(client: httpx.Client, center: Center) -> None:
    road, off = got(client, "land", STATION, PLACE), BESIDE
    walk_m = geodesic_m(PLACE, off)
    assert center.pack.city.road_snap_m < walk_m < center.pack.city.walk_limit_m
    found = got(client, "land", STATION, off)
    assert (found["method"], found["moved_m"]) == ("estimate", 0)
    assert found["distance_m"] == pytest.approx(road["distance_m"] + walk_m, abs=1)
    walk_s = walk_m / (center.pack.city.walk_kmh / 3.6)
    assert found["duration_s"] == pytest.approx(road["duration_s"] + walk_s, abs=1)
    assert found["geometry"]["coordinates"][-1] == [off.lon, round(off.lat, 6)]


def test_an_aircraft_flies_straight(client: httpx.Client) -> None:
    found = got(client, "air", AIRPORT, OFF_AMAL)
    assert (found["method"], found["vehicle"]) == ("geodesic", "helicopter")
    assert found["distance_m"] == pytest.approx(geodesic_m(AIRPORT, OFF_AMAL), abs=0.1)
    assert len(found["geometry"]["coordinates"]) == 2


@pytest.mark.parametrize("mode", ["land", "sea", "air"])
def test_the_way_to_where_one_is_takes_no_time(client: httpx.Client, mode: str) -> None:
    at = MALUNDUNG if mode == "sea" else TOWN
    found = got(client, mode, at, at)
    assert found["distance_m"] == found["duration_s"] == 0
    assert len(found["geometry"]["coordinates"]) == 2


# --- no way ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "origin", "target", "reason", "words"),
    [
        ("land", TOWN, MAINLAND, "different-islands", "pulau yang berbeda"),
        ("land", TOWN, BUNYU, "different-islands", "pulau yang berbeda"),
        ("land", TOWN, AT_SEA, "not-on-land", "di luar daratan"),
        ("sea", MALUNDUNG, INLAND, "too-far-from-water", "Pilih titik di air atau dermaga"),
        ("sea", INLAND, OFF_AMAL, "too-far-from-water", "batas 600 m"),
    ],
)
def test_no_way_is_a_refusal_with_a_sentence_and_a_code(
    client: httpx.Client, mode: str, origin: LonLat, target: LonLat, reason: str, words: str
) -> None:
    problem = refusal(ask(client, mode, origin, target), 409)
    assert (problem["reason"], problem["type"]) == (reason, f"urn:sigap:{reason}")
    assert words in problem["detail"]
    alone = refusal(many(client, mode, [origin], [target]), 409)
    assert (alone["reason"], alone["type"]) == (reason, "urn:sigap:nothing-reachable")
    assert problem["detail"] in alone["detail"]


def test_the_wind_that_was_told_helps_or_stops_an_aircraft(client: httpx.Client, north_wind: float) -> None:
    south = LonLat(AIRPORT.lon, AIRPORT.lat - 0.1)
    there = got(client, "air", AIRPORT, south)
    ground_kn = there["speed_kmh"] / 1.852 + north_wind
    assert there["duration_s"] == pytest.approx(there["distance_m"] / (ground_kn * KN), rel=0.001)
    problem = refusal(ask(client, "air", south, AIRPORT), 409)
    assert problem["reason"] == "wind-too-strong"
    assert "angin 100 kn" in problem["detail"]
    between = LonLat(AIRPORT.lon, AIRPORT.lat - 0.05)
    both = check_against_routes(client, "air", [AIRPORT, south], [between])
    assert [(one["origin"], one["destination"]) for one in both["unreachable"]] == [(1, 0)]
    around = client.get("/v1/isochrones", params={"lon": south.lon, "lat": south.lat, "mode": "air"})
    assert refusal(around, 409)["reason"] == "wind-too-strong"


@pytest.mark.usefixtures("roads")
def test_roads_do_not_lead_to_another_island_either(client: httpx.Client) -> None:
    assert refusal(ask(client, "land", STATION, BUNYU), 409)["reason"] == "different-islands"


def test_the_codes_of_no_way_are_stable_and_documented(client: httpx.Client) -> None:
    assert {
        "different-islands",
        "across-water",
        "not-on-land",
        "too-far-from-water",
        "no-water-route",
        "wind-too-strong",
        "too-far-from-road",
    } <= set(REASONS)
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    documented = schemas["Problem"]["properties"]["reason"]["description"]
    assert all(f"`{code}`" in documented for code in REASONS)


# --- what cannot be used ---------------------------------------------------------------------------

WAY = {"mode": "sea", "from": text(MALUNDUNG), "to": text(OFF_AMAL)}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"from": "3.2862,117.5915"}, "from", "tertukar"),
        ({"to": "106.8,-6.2"}, "to", "di luar wilayah peta"),
        ({"to": "200,3"}, "to", "di luar rentang"),
        ({"to": "117.66"}, "to", "bukan lon,lat"),
        ({"to": "117,66,3,315"}, "to", "bukan lon,lat"),
        ({"from": "nan,inf"}, "from", "bukan lon,lat"),
        ({"from": "١١٧.٥,٣.٢"}, "from", "bukan lon,lat"),
        ({"from": ""}, "from", "bukan lon,lat"),
        ({"from": None}, "from", "belum diisi"),
        ({"mode": "foot"}, "mode", "bukan pilihan"),
        ({"mode": None}, "mode", "belum diisi"),
        ({"vehicle": "kapal selam"}, "vehicle", "bukan jenis unit yang dikenal. Pilih: patrol_boat"),
        ({"vehicle": "ambulance"}, "vehicle", "bergerak lewat Darat, bukan Laut"),
        ({"vehicle": ""}, "vehicle", "bukan jenis unit"),
        ({"speed_kn": "0"}, "speed_kn", "di luar rentang"),
        ({"speed_kmh": "NaN"}, "speed_kmh", ""),
        ({"speed_kn": "20", "speed_kmh": "37"}, "speed_kn", "dua kali"),
    ],
)
def test_a_bad_question_is_refused_with_the_field_and_the_reason(
    client: httpx.Client, change: dict[str, str | None], field: str, words: str
) -> None:
    params = {key: value for key, value in {**WAY, **change}.items() if value is not None}
    answer = client.get("/v1/routes", params=params)
    refusal(answer, 422)
    assert words in reasons(answer)[field]


def test_a_kind_without_a_unit_in_use_has_no_speed(client: httpx.Client, center: Center) -> None:
    entry = next(e for e in registry.entries(center, "unit") if e.code == "HUB-MBL-01")
    ship = next(e for e in registry.entries(center, "unit") if e.row["kind"] == "sar_ship")
    assert got(client, "sea", MALUNDUNG, OFF_AMAL, vehicle="sar_ship")
    registry.retire(center, datetime.now(UTC), ADMIN, "unit", ship.code, ship.version)
    answer = ask(client, "sea", MALUNDUNG, OFF_AMAL, vehicle="sar_ship")
    assert "tidak memuat unit" in reasons(answer)["vehicle"]
    assert entry.retired_at is None, "only the ship was retired"


BODY = {"mode": "land", "origins": [[117.59, 3.307]], "destinations": [[117.6, 3.309]]}


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"origins": []}, "origins", "terlalu sedikit"),
        ({"destinations": [[117.6, 3.309]] * 201}, "destinations", "terlalu banyak"),
        (
            {"origins": [[117.6, 3.309]] * 101, "destinations": [[117.6, 3.309]] * 100},
            "destinations",
            "10100 pasangan",
        ),
        ({"origins": [[117.6, 3.309], [3.309, 117.6]]}, "origins.1", "tertukar"),
        ({"destinations": [[106.8, -6.2]]}, "destinations.0", "di luar wilayah peta"),
        ({"destinations": [[117.6]]}, "destinations.0.1", "belum diisi"),
        ({"destinations": [[117.6, "x"]]}, "destinations.0.1", "bukan angka"),
        ({"mode": "rail"}, "mode", "bukan pilihan"),
        ({"vehicle": "rib"}, "vehicle", "bergerak lewat Laut, bukan Darat"),
        ({"kecepatan": 3}, "kecepatan", "tidak dikenal"),
    ],
)
def test_a_bad_matrix_is_refused_with_the_field_and_the_reason(
    client: httpx.Client, change: dict[str, Any], field: str, words: str
) -> None:
    answer = client.post("/v1/matrix", json={**BODY, **change})
    refusal(answer, 422)
    assert words in reasons(answer)[field]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"minutes": "0,5"}, "minutes", "paling banyak 6 bilangan bulat 1 sampai 120"),
        ({"minutes": "5,121"}, "minutes", "1 sampai 120"),
        ({"minutes": "1,2,3,4,5,6,7"}, "minutes", "paling banyak 6"),
        ({"minutes": "lima"}, "minutes", "“lima”"),
        ({"minutes": "5,"}, "minutes", "“5,”"),
        ({"lon": 3.3, "lat": 117.6}, "lon", "tertukar"),
        ({"lon": 100}, "lon", "di luar wilayah"),
        ({"lat": "NaN"}, "lat", ""),
        ({"vehicle": "helicopter"}, "vehicle", "bergerak lewat Udara, bukan Darat"),
        ({"mode": "foot"}, "mode", "bukan pilihan"),
    ],
)
def test_bad_isochrones_are_refused_with_the_field_and_the_reason(
    client: httpx.Client, change: dict[str, Any], field: str, words: str
) -> None:
    answer = client.get("/v1/isochrones", params={"lon": 117.59, "lat": 3.307, "mode": "land", **change})
    refusal(answer, 422)
    assert words in reasons(answer)[field]


@pytest.mark.parametrize("path", ["routes?mode=sea&from=1,1&to=1,1", "isochrones?lon=1&lat=1&mode=sea"])
def test_ways_and_areas_need_the_token(address: str, path: str) -> None:
    refusal(httpx.get(f"{address}/v1/{path}"), 401)


def test_a_matrix_needs_the_token(address: str) -> None:
    refusal(httpx.post(f"{address}/v1/matrix", json=BODY), 401)


# --- many ways -------------------------------------------------------------------------------------

SEA_PLACES = [MALUNDUNG, OFF_AMAL, LonLat(117.55, 3.44), INLAND, LonLat(117.70, 3.20)]
LAND_PLACES = [STATION, PLACE, FAR, TOWN, MAINLAND, BESIDE]


def check_against_routes(
    client: httpx.Client, mode: str, origins: list[LonLat], targets: list[LonLat]
) -> dict[str, Any]:
    answer = many(client, mode, origins, targets)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    told = {(one["origin"], one["destination"]): one for one in found["unreachable"]}
    for (i, origin), (j, target) in itertools.product(enumerate(origins), enumerate(targets)):
        single = ask(client, mode, origin, target)
        cell = {
            name: found[table][i][j]
            for name, table in (
                ("duration_s", "durations_s"),
                ("distance_m", "distances_m"),
                ("method", "methods"),
                ("moved_m", "moved_m"),
            )
        }
        if single.status_code == 200:
            expected = single.json()
            assert (i, j) not in told
            assert cell["method"] == expected["method"]
            for name in ("duration_s", "distance_m", "moved_m"):
                assert cell[name] == pytest.approx(expected[name], abs=0.11), (i, j, name)
        else:
            assert set(cell.values()) == {None}
            assert told[i, j]["reason"] == single.json()["reason"]
            assert told[i, j]["detail"] == single.json()["detail"]
    return found


@pytest.mark.parametrize(("rows", "columns"), [(2, 5), (5, 2), (1, 5), (5, 1), (3, 3)])
@pytest.mark.parametrize("mode", ["sea", "air", "land"])
def test_a_matrix_says_of_every_pair_what_a_single_route_says(
    client: httpx.Client, mode: str, rows: int, columns: int
) -> None:
    places = SEA_PLACES if mode == "sea" else LAND_PLACES
    check_against_routes(client, mode, places[:rows], places[-columns:])


@pytest.mark.usefixtures("roads")
@pytest.mark.parametrize(("rows", "columns"), [(2, 6), (6, 2), (6, 6)])
def test_a_matrix_by_road_says_which_pairs_are_estimates(
    client: httpx.Client, rows: int, columns: int
) -> None:
    found = check_against_routes(client, "land", LAND_PLACES[:rows], LAND_PLACES[:columns])
    assert found["methods"][0][1] == "road_route"
    assert found["method"] == "estimate"
    if min(rows, columns) > 2:
        assert found["methods"][0][2] == "estimate"
        assert found["methods"][0][4] is None


def test_two_unusable_ends_leave_the_other_pairs_alone(client: httpx.Client) -> None:
    found = many(client, "sea", [INLAND, MALUNDUNG], [INLAND, OFF_AMAL]).json()
    assert found["distances_m"][1][1] > 15_000
    assert [(one["origin"], one["destination"]) for one in found["unreachable"]] == [(0, 0), (0, 1), (1, 0)]


# --- areas -----------------------------------------------------------------------------------------


def check_areas(found: list[dict[str, Any]], minutes: list[int], origin: LonLat | None) -> None:
    assert [one["properties"]["minutes"] for one in found] == minutes
    shapes = [shape(one["geometry"]) for one in found]
    assert all(one.geom_type == "MultiPolygon" and one.is_valid and not one.is_empty for one in shapes)
    for outer, inner in itertools.pairwise(shapes):
        assert outer.buffer(ROUNDED_DEG).contains(inner)
        assert outer.area > inner.area
    if origin is not None:
        assert shapes[-1].buffer(0.006).contains(shapely.Point(origin.lon, origin.lat))


@pytest.mark.parametrize(
    ("mode", "origin", "method", "kind"),
    [
        ("land", STATION, "estimate", "ambulance"),
        ("sea", MALUNDUNG, "water_route", "rib"),
        ("air", AIRPORT, "geodesic", "helicopter"),
    ],
)
def test_areas_lie_one_in_another_the_longest_time_first(
    client: httpx.Client, mode: str, origin: LonLat, method: str, kind: str
) -> None:
    found = areas(client, mode, origin, minutes="10,5,15,5", vehicle=kind)
    check_areas(found, [15, 10, 5], origin)
    for one in found:
        told = one["properties"]
        assert (told["mode"], told["method"], told["vehicle"]) == (mode, method, kind)
        assert told["origin"] == [origin.lon, origin.lat]


@pytest.mark.parametrize("mode", ["sea", "land"])
def test_an_area_agrees_with_the_single_ways(client: httpx.Client, center: Center, mode: str) -> None:
    origin = MALUNDUNG if mode == "sea" else STATION
    area = shape(areas(client, mode, origin, minutes="10")[0]["geometry"])
    places = [
        LonLat(origin.lon + east, origin.lat + north)
        for east in (-0.03, -0.015, -0.005, 0.005, 0.015, 0.03)
        for north in (-0.03, -0.015, -0.005, 0.005, 0.015, 0.03)
    ]
    seen = set()
    for place in places:
        zone = center.pack.zones.locate(place)
        # Areas keep off the shore, and are drawn, not measured, near their own edge.
        if zone.domain != mode or (mode == "sea" and zone.land_distance_m < 100):
            continue
        seconds = got(client, mode, origin, place)["duration_s"]
        if abs(seconds - 600) > 60:
            assert area.contains(shapely.Point(place.lon, place.lat)) is (seconds < 600), place
            seen.add(seconds < 600)
    assert seen == {True, False}


@pytest.mark.usefixtures("roads")
def test_an_area_by_road_follows_the_road(client: httpx.Client) -> None:
    found = areas(client, "land", STATION, minutes="2,5", vehicle="ambulance")
    check_areas(found, [5, 2], STATION)
    assert {one["properties"]["method"] for one in found} == {"road_route"}
    end = shapely.Point(PLACE.lon, PLACE.lat)  # 4 km by the road, 1.3 km straight
    assert not any(shape(one["geometry"]).contains(end) for one in found)
    assert {one["properties"]["method"] for one in areas(client, "land", FAR, minutes="5")} == {"estimate"}


def test_a_boat_on_land_reaches_no_area(client: httpx.Client) -> None:
    answer = client.get("/v1/isochrones", params={"lon": INLAND.lon, "lat": INLAND.lat, "mode": "sea"})
    assert refusal(answer, 409)["reason"] == "too-far-from-water"


# --- the map's layer -------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "method"), [("land", "estimate"), ("sea", "water_route")])
def test_the_areas_around_all_stations_are_a_layer(
    client: httpx.Client, center: Center, mode: str, method: str
) -> None:
    answer = client.get(f"/v1/layers/isochrones/{mode}.geojson")
    assert answer.status_code == 200, answer.text
    found = answer.json()["features"]
    check_areas(found, [15, 10, 5], None)
    homes = {u.station for u in registry.units(center).values() if u.mode.value == mode}
    for one in found:
        told = one["properties"]
        assert (told["mode"], told["method"]) == (mode, method)
        assert set(told["stations"]) | set(told["left_out"]) == homes
        assert told["stations"]
    known = {"If-None-Match": answer.headers["etag"]}
    again = client.get(f"/v1/layers/isochrones/{mode}.geojson", headers=known)
    assert (again.status_code, again.content) == (304, b"")


def test_the_areas_around_stations_contain_each_station_s_own(client: httpx.Client, center: Center) -> None:
    whole = {one.minutes: one.area for one in routes.station_areas(center, Mode.LAND).areas}
    post = registry.stations(center)["PMK-HQ"].position
    for one in areas(client, "land", post, vehicle="fire_engine"):
        assert whole[one["properties"]["minutes"]].buffer(ROUNDED_DEG).contains(shape(one["geometry"]))


@pytest.mark.parametrize(("away_m", "inside"), [(1900, True), (2250, False)])
def test_around_a_station_counts_the_slowest_of_what_the_response_standards_ask_for(
    center: Center, away_m: float, inside: bool
) -> None:
    """The northern fire station stands alone; its engine (35 km/h) counts, not its tanker or ambulances."""
    station = registry.stations(center)["PMK-UTR"].position
    speeds = {u.kind: u.cruise_kmh for u in registry.units(center).values() if u.station == "PMK-UTR"}
    assert speeds == {"fire_engine": 35, "tanker": 25, "ambulance": 40}
    place = destination(station, 135, away_m)
    assert center.pack.zones.locate(place).domain == "land"
    shortest = routes.station_areas(center, Mode.LAND).areas[-1]
    assert shortest.minutes == 5
    assert shortest.area.contains(shapely.Point(place.lon, place.lat)) is inside


def test_the_layer_is_kept_until_a_unit_or_the_roads_change(client: httpx.Client, center: Center) -> None:
    url = "/v1/layers/isochrones/land.geojson"
    first = client.get(url).headers["etag"]
    kept = routes.station_areas(center, Mode.LAND)
    assert routes.station_areas(center, Mode.LAND) is kept
    entry = next(e for e in registry.entries(center, "unit") if e.code == "HUB-MBL-01")
    registry.retire(center, datetime.now(UTC), ADMIN, "unit", entry.code, entry.version)
    changed = routes.station_areas(center, Mode.LAND)
    assert "TCC" in kept.stations
    assert "TCC" not in changed.stations
    assert client.get(url).headers["etag"] != first
    an_invented_road(center)
    try:
        by_road = routes.station_areas(center, Mode.LAND)
        assert by_road is not changed
        assert {one.method for one in by_road.areas} == {"estimate"}, "most stations are off that road"
    finally:
        network_path(center.settings).unlink()


def test_no_layer_of_another_mode_exists(client: httpx.Client) -> None:
    assert client.get("/v1/layers/isochrones/air.geojson").status_code == 422
