"""The API as other systems meet it: a real server, real HTTP, a real database."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import jsonschema
import pytest
import uvicorn
from api_builders import a_token, bearer
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import build_api
from domain.case import Actor
from domain.facts import facts
from domain.words import CallClass, Role
from services import assignment, intake, monitoring, registry, weather
from services.assignment import Promise
from services.center import Center, Settings, close_center, open_center
from services.change import CaseRef

SEA = {"lon": 117.66, "lat": 3.315}
CALL = {
    "channel": "112",
    "narrative": "Orang terseret arus, kata Siti Aminah 081234567890",
    "callback_number": "0812 3456 7890",
    "caller_name": "Siti Aminah",
    "incident_type": "S-MOB",
    **SEA,
}


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """Run an application on a free port of this machine in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    started = threading.Event()
    original = server.startup

    async def startup(*args: Any, **kwargs: Any) -> None:
        await original(*args, **kwargs)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(20)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("api")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


@pytest.fixture(scope="module")
def address(center: Center) -> Iterator[str]:
    with serving(Starlette(routes=[Mount("/api", build_api())])) as url:
        yield f"{url}/api"


@pytest.fixture
def client(center: Center, address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers=bearer(a_token(center)), timeout=30) as found:
        yield found


def reasons(answer: httpx.Response) -> dict[str, str]:
    """Return field → reason of a problem."""
    return {one["field"]: one["reason"] for one in answer.json()["errors"]}


def test_health_needs_no_token_and_names_the_version(address: str) -> None:
    answer = httpx.get(f"{address}/v1/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["database"] == "ok"


@pytest.mark.parametrize(
    "path",
    [
        "cases",
        "zones?lon=117.6&lat=3.3",
        "units",
        "suggestions?lon=1&lat=1&incident_type=x",
        "live.geojson",
        "layers/isochrones/land.geojson",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_the_right_token_nothing_is_answered(
    address: str, path: str, headers: dict[str, str]
) -> None:
    answer = httpx.get(f"{address}/v1/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_call_opens_a_case_with_its_zone_and_a_record_without_personal_data(client: httpx.Client) -> None:
    answer = client.post("/v1/calls", json=CALL)
    assert answer.status_code == 201, answer.text
    case_id = answer.json()["case_id"]

    case = client.get(f"/v1/cases/{case_id}").json()
    assert case["status"] == "received"
    assert case["location"]["water_area"] == "Perairan Pantai Amal"
    assert case["incident"] == {"type_code": "S-MOB", "domain": "sea", "priority": 1}
    assert [step["state"] for step in case["steps"][:3]] == ["done", "in_progress", "pending"]
    assert {line["code"] for line in case["agencies"] if line["required"]} >= {
        "SAR",
        "POLRI",
        "MEDIS",
        "BPBD",
    }

    record = client.get(f"/v1/cases/{case_id}/record").json()
    jsonschema.validate(record, client.get("/v1/schema/tcc.case.v1").json())
    for text in (json.dumps(case), json.dumps(record)):
        assert "Aminah" not in text
        assert "0812" not in text
        assert "7890" not in text
    assert record["call"]["reporter_phone_masked"] == "•••890"


def test_a_repeated_call_is_offered_as_possible_duplicate(client: httpx.Client) -> None:
    first = client.post("/v1/calls", json={**CALL, "lon": 117.65, "lat": 3.36}).json()
    second = client.post("/v1/calls", json={**CALL, "lon": 117.651, "lat": 3.361}).json()
    nearest = second["possible_duplicates"][0]
    assert nearest["case_id"] == first["case_id"]
    assert 100 < nearest["distance_m"] < 200


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"lon": 3.315, "lat": 117.66}, "lon", "tertukar"),
        ({"lon": 106.8, "lat": -6.2}, "lon", "di luar wilayah peta"),
        ({"lat": None}, "lat", "harus diisi bersama"),
        ({"lon": "barat"}, "lon", "bukan angka"),
        ({"channel": "merpati"}, "channel", "bukan pilihan"),
        ({"narrative": ""}, "narrative", "kosong"),
        ({"incident_type": "X-XXX"}, "incident_type", "tidak ada di rencana respons"),
        ({"callback_number": "telepon saya"}, "callback_number", "bukan nomor telepon"),
        ({"received_at": "2026-01-01T10:00:00"}, "received_at", ""),
        ({"usia": 3}, "usia", "tidak dikenal"),
    ],
)
def test_bad_input_is_refused_with_the_field_and_the_reason_and_stores_nothing(
    client: httpx.Client, change: dict[str, Any], field: str, words: str
) -> None:
    before = client.get("/v1/cases").json()
    answer = client.post("/v1/calls", json={**CALL, **change})
    assert answer.status_code == 422, answer.text
    assert words in reasons(answer)[field]
    assert client.get("/v1/cases").json() == before


def test_a_call_from_the_future_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/calls", json={**CALL, "received_at": "2126-01-01T10:00:00+08:00"})
    assert answer.status_code == 409
    assert "belum terjadi" in answer.json()["detail"]


def test_a_call_whose_ring_is_known_tells_how_long_it_rang(center: Center, client: httpx.Client) -> None:
    rang, answered = "2026-10-01T10:00:00+08:00", "2026-10-01T10:00:09+08:00"
    answer = client.post("/v1/calls", json={**CALL, "received_at": rang, "answered_at": answered})
    assert answer.status_code == 201
    case = monitoring.get(center, answer.json()["case_id"])
    assert facts(case).alarm_answering_s == 9


def test_a_call_cannot_be_answered_before_it_rang(client: httpx.Client) -> None:
    rang, answered = "2026-10-01T10:00:00+08:00", "2026-10-01T09:59:59+08:00"
    answer = client.post("/v1/calls", json={**CALL, "received_at": rang, "answered_at": answered})
    assert answer.status_code == 409
    assert "lebih awal daripada panggilan diterima" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("lon", "lat", "expected"),
    [
        (117.59, 3.307, {"domain": "land", "kelurahan": "Karang Balik", "adm_code": "65.71.01.1004"}),
        (117.66, 3.315, {"domain": "sea", "water_area": "Perairan Pantai Amal", "jurisdiction": "65.71"}),
    ],
)
def test_zones_know_land_and_sea(
    client: httpx.Client, lon: float, lat: float, expected: dict[str, str]
) -> None:
    found = client.get("/v1/zones", params={"lon": lon, "lat": lat}).json()
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("lon", "lat", "words"), [(3.3, 117.6, "tertukar"), (100, 3, "di luar"), ("NaN", 3, "")]
)
def test_zones_refuse_swapped_outside_and_no_numbers(
    client: httpx.Client, lon: object, lat: object, words: str
) -> None:
    answer = client.get("/v1/zones", params={"lon": lon, "lat": lat})
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_suggestions_rank_by_time_and_name_estimates(client: httpx.Client) -> None:
    found = client.get("/v1/suggestions", params={**SEA, "incident_type": "S-MOB"}).json()
    lines = found["suggestions"]
    assert [line["rank"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["eta_s"] for line in lines] == sorted(line["eta_s"] for line in lines)
    by_mode = {leg["mode"]: line for line in lines for leg in line["legs"]}
    assert by_mode["sea"]["method"] == "water_route"
    assert by_mode["land"]["method"] == "estimate"
    assert any("perkiraan" in reason for reason in by_mode["land"]["reasons"])
    boat = next(line for line in lines if line["unit_code"] == "SAR-RIB-02")
    assert boat["eta_low_s"] < boat["eta_s"] < boat["eta_high_s"]
    assert boat["legs"][0]["geometry"]["type"] == "LineString"
    assert boat["distance_m"] > 15_000, "round the island, not across it"


def test_units_say_that_they_are_examples_and_where_they_are(client: httpx.Client) -> None:
    units = client.get("/v1/units").json()["units"]
    assert len(units) > 30
    assert all(unit["example"] and unit["fix_age_s"] is None for unit in units)


def test_an_unknown_case_is_404_and_a_malformed_one_422(client: httpx.Client) -> None:
    assert client.get("/v1/cases/0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10").status_code == 404
    assert client.get("/v1/cases/satu").status_code == 422


def test_cases_filter_by_status_and_type(client: httpx.Client) -> None:
    client.post("/v1/calls", json={**CALL, "incident_type": "L-ANI", "lon": 117.59, "lat": 3.307})
    found = client.get("/v1/cases", params={"incident_type": "L-ANI", "status": "received"}).json()["cases"]
    assert found
    assert {line["incident_type"] for line in found} == {"L-ANI"}
    assert client.get("/v1/cases", params={"status": "closed"}).json() == {"cases": []}


def test_the_documentation_names_no_outside_address(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    schema = client.get("/openapi.json").json()
    assert {"/v1/calls", "/v1/cases", "/v1/zones", "/v1/suggestions", "/v1/units", "/v1/health"} <= set(
        schema["paths"]
    )


def test_map_layers_are_public_and_answer_304_when_known(address: str) -> None:
    first = httpx.get(f"{address}/v1/layers/kelurahan.geojson")
    assert len(first.json()["features"]) == 20
    again = httpx.get(
        f"{address}/v1/layers/kelurahan.geojson", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304
    assert not again.content


def test_an_unknown_address_is_a_problem_too(client: httpx.Client) -> None:
    answer = client.get("/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:sigap:http-404"


def test_the_mainland_is_land_and_a_stranger_s_words_stay_inside(client: httpx.Client) -> None:
    call = {**CALL, "lon": 117.4, "lat": 3.5, "place_text": "rumah Bu Aminah", "incident_type": "L-ANI"}
    case = client.get(f"/v1/cases/{client.post('/v1/calls', json=call).json()['case_id']}").json()
    assert case["incident"]["domain"] == "land"
    assert case["location"]["jurisdiction"] is None
    assert "Aminah" not in json.dumps(case)


def test_what_another_system_did_not_say_is_not_taken_as_asked(client: httpx.Client, center: Center) -> None:
    call = {"channel": "panic_button", "narrative": "Tombol ditekan"}
    case = monitoring.get(center, client.post("/v1/calls", json=call).json()["case_id"])
    assert not case.incident.victims_unknown
    assert case.call.anonymous_reason is None


def test_a_retired_incident_type_is_refused(client: httpx.Client, center: Center) -> None:
    admin = Actor("Ade", Role.ADMIN)
    entry = next(e for e in registry.entries(center, "incident_type") if e.code == "L-SUI")
    registry.retire(center, datetime.now(UTC), admin, "incident_type", entry.code, entry.version)
    answer = client.post("/v1/calls", json={**CALL, "incident_type": "L-SUI"})
    assert answer.status_code == 422
    assert "incident_type" in reasons(answer)


def test_a_suggestion_says_what_weather_it_was_checked_against(center: Center, client: httpx.Client) -> None:
    asked = {**SEA, "incident_type": "S-MOB"}
    assert client.get("/v1/suggestions", params=asked).json()["weather"] is None
    officer = Actor("Putri", Role.DUTY_OFFICER)
    weather.tell(center, datetime.now(UTC), officer, wave_m=0.4, wind_from_deg=90.0, wind_kn=12.0)
    told = client.get("/v1/suggestions", params=asked).json()["weather"]
    assert (told["wave_m"], told["wind_from_deg"], told["wind_kn"]) == (0.4, 90.0, 12.0)


def test_the_units_of_a_case_count_for_its_own_plan(center: Center, client: httpx.Client) -> None:
    asked = {**SEA, "incident_type": "S-MOB"}
    case_id = client.post("/v1/calls", json=CALL).json()["case_id"]
    first = client.get("/v1/suggestions", params=asked).json()["suggestions"]
    boat = next(one["unit_code"] for one in first if one["recommended"] and one["legs"][-1]["mode"] == "sea")
    dispatcher, officer = Actor("Budi", Role.DISPATCHER), Actor("Putri", Role.DUTY_OFFICER)
    now = datetime.now(UTC)
    intake.classify(center, now, dispatcher, CaseRef(case_id), CallClass.NORMAL)
    assignment.propose(center, now, officer, CaseRef(case_id), (Promise(boat),))

    def recommended(**more: str) -> set[str]:
        answer = client.get("/v1/suggestions", params={**asked, **more}).json()
        return {one["unit_code"] for one in answer["suggestions"] if one["recommended"]}

    assert boat not in recommended()
    assert boat in recommended(case_id=case_id)
    missing = client.get(
        "/v1/suggestions", params={**asked, "case_id": "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"}
    )
    assert missing.status_code == 404
