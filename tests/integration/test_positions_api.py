"""Positions in by every protocol, over real HTTP into a real database; the live map out again."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from api_builders import a_token, bearer
from starlette.applications import Starlette
from starlette.routing import Mount
from test_api import serving

from api.app import build_api
from database import positions as store
from domain.case import Actor
from domain.errors import BadInput, NotFound, NotPermitted
from domain.positions import Source
from domain.words import Role, UnitStatus
from geo.points import LonLat, destination
from services import devices, live, registry
from services.center import Center, Settings, close_center, open_center

ADMIN, CALLER = Actor("Ade", Role.ADMIN), Actor("Ani", Role.CALL_TAKER)
BOAT, CAR = "SAR-RIB-02", "AMB-112-01"
SEA = LonLat(117.62, 3.25)


def utc() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def center(tmp_path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


@pytest.fixture
def address(center: Center) -> Iterator[str]:
    with serving(Starlette(routes=[Mount("/api", build_api())])) as url:
        yield f"{url}/api"


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


def new_token(center: Center, unit: str = BOAT, **more: Any) -> str:
    return devices.make(center, utc(), ADMIN, unit, "HP regu", **more).token


def feature(at: datetime, place: LonLat = SEA, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": {"reported_at": at.isoformat(), **properties},
    }


def state(center: Center, unit: str = BOAT):
    return next(s for s in registry.unit_states(center, utc()) if s.unit.unit_code == unit)


def moved(center: Center, unit: str = BOAT) -> LonLat:
    return state(center, unit).position


# --- GeoJSON --------------------------------------------------------------------------------------


def test_a_device_moves_its_unit_and_everything_it_told_is_kept(center: Center, http: httpx.Client) -> None:
    token, at = new_token(center), utc() - timedelta(seconds=5)
    told = {"accuracy_m": 8, "speed_kn": 14.5, "heading_deg": 270, "battery": 0.6, "unit_code": BOAT}
    answer = http.post("/v1/positions", json=feature(at, **told), headers=bearer(token))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "rejected": []})
    assert moved(center) == SEA
    assert 4 <= state(center).fix_age_s <= 15
    live.run(center, _ended())
    (kept,) = store.track(center.db.read(), BOAT, at, at)
    assert (kept.position, kept.accuracy_m, kept.speed_kn, kept.heading_deg, kept.battery) == (
        SEA,
        8,
        14.5,
        270,
        0.6,
    )
    assert kept.source is Source.GEOJSON


def _ended() -> threading.Event:
    ended = threading.Event()
    ended.set()
    return ended


def test_a_batch_says_which_were_refused_and_why(center: Center, http: httpx.Client) -> None:
    token, now = new_token(center), utc()
    batch = [
        feature(now - timedelta(seconds=30)),
        feature(now - timedelta(seconds=20), LonLat(0.0, 0.0)),
        feature(now + timedelta(hours=1)),
        feature(now - timedelta(seconds=30)),
        feature(now - timedelta(seconds=10), LonLat(117.9, 3.6)),
        feature(now - timedelta(seconds=5), LonLat(110.0, 3.3)),
        feature(now, unit_code=CAR),
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": ["x", 3]}, "properties": {}},
        feature(now, accuracy_m="dekat"),
        feature(now, battery=60),
        "bukan",
        feature(now),
    ]
    answer = http.post(
        "/v1/positions", json={"type": "FeatureCollection", "features": batch}, headers=bearer(token)
    )
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    reasons = {one["index"]: one["reason"] for one in answer.json()["rejected"]}
    assert reasons == {
        1: "null_island",
        2: "future",
        3: "not_newer",
        4: "too_fast",
        5: "outside_area",
        6: "unknown_device",
        7: "unreadable",
        8: "unreadable",
        9: "unreadable",
        10: "unreadable",
    }
    assert all(one["detail"] for one in answer.json()["rejected"])


def test_when_nothing_is_taken_it_is_422(center: Center, http: httpx.Client) -> None:
    answer = http.post(
        "/v1/positions", json=feature(utc(), LonLat(0.0, 0.0)), headers=bearer(new_token(center))
    )
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["reason"] == "null_island"


def test_another_system_reports_for_every_unit_and_its_word_counts_less(
    center: Center, http: httpx.Client
) -> None:
    now = utc()
    batch = [
        feature(now, SEA, unit_code=BOAT),
        feature(now, unit_code="BUKAN-UNIT"),
        feature(now),
    ]
    answer = http.post(
        "/v1/positions",
        json={"type": "FeatureCollection", "features": batch},
        headers=bearer(a_token(center)),
    )
    assert answer.json()["accepted"] == 1
    assert {one["index"]: one["reason"] for one in answer.json()["rejected"]} == {
        1: "unknown_device",
        2: "unknown_device",
    }
    phone = destination(SEA, 90, 400)
    http.post("/v1/positions", json=feature(now, phone), headers=bearer(new_token(center)))
    assert moved(center) == phone
    http.post(
        "/v1/positions",
        json=feature(utc(), destination(SEA, 90, 10), unit_code=BOAT),
        headers=bearer(a_token(center)),
    )
    assert moved(center) == phone, "the unit's own phone is fresh, so it is believed"


def test_a_track_recorded_in_a_dead_zone_is_kept_whole_and_moves_nothing_back(
    center: Center, http: httpx.Client
) -> None:
    token, now = new_token(center), utc()
    places = [destination(SEA, 90, 100 * k) for k in range(10)]
    times = [now - timedelta(seconds=10 * (10 - k)) for k in range(10)]
    http.post("/v1/positions", json=feature(times[9], places[9]), headers=bearer(token))
    late = [feature(times[k], places[k]) for k in (4, 1, 7, 0, 8, 2, 3, 6, 5)]
    answer = http.post(
        "/v1/positions", json={"type": "FeatureCollection", "features": late}, headers=bearer(token)
    )
    assert answer.json() == {"accepted": 9, "rejected": []}
    assert moved(center) == places[9]
    before = http.get(f"/v1/tracks/{BOAT}", headers=bearer(a_token(center))).json()
    center.live.flush(center.db)
    after = http.get(f"/v1/tracks/{BOAT}", headers=bearer(a_token(center))).json()
    assert before == after
    wanted = [[round(place.lon, 6), round(place.lat, 6)] for place in places]
    assert after["geometry"]["coordinates"] == wanted


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[1]", 422),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"type":"FeatureCollection","features":7}', 422),
        (b" " * 1_000_001, 413),
    ],
)
def test_a_body_that_is_no_report_is_refused(
    center: Center, http: httpx.Client, body: bytes, status: int
) -> None:
    answer = http.post("/v1/positions", content=body, headers=bearer(new_token(center)))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


# --- free phone apps ------------------------------------------------------------------------------


def test_osmand_and_older_traccar_clients(center: Center, http: httpx.Client) -> None:
    token, at = new_token(center), utc() - timedelta(seconds=3)
    query = {
        "id": token,
        "lat": SEA.lat,
        "lon": SEA.lon,
        "timestamp": int(at.timestamp()),
        "speed": 12.0,
        "bearing": 90,
        "accuracy": 5,
        "batt": 71,
    }
    assert http.get("/osmand", params=query).json() == {"accepted": 1, "rejected": []}
    later = query | {"timestamp": int(at.timestamp() * 1000) + 2000, "lon": SEA.lon + 0.0001}
    assert (
        http.post("/osmand", data={key: str(value) for key, value in later.items()}).json()["accepted"] == 1
    )
    center.live.flush(center.db)
    one, two = store.track(center.db.read(), BOAT, at - timedelta(seconds=9), utc())
    assert (one.speed_kn, one.heading_deg, one.accuracy_m, one.source) == (12, 90, 5, Source.OSMAND)
    assert one.battery == pytest.approx(0.71)
    assert two.reported_at > one.reported_at


def test_newer_traccar_clients_send_json(center: Center, http: httpx.Client) -> None:
    told = {
        "device_id": new_token(center),
        "location": {
            "timestamp": utc().isoformat().replace("+00:00", "Z"),
            "coords": {"latitude": SEA.lat, "longitude": SEA.lon, "accuracy": 4, "speed": 5, "heading": -1},
            "battery": {"level": 0.5},
        },
    }
    assert http.post("/osmand", json=told).json()["accepted"] == 1
    fix = center.live.markers(utc())[BOAT].fix
    assert (fix.heading_deg, fix.battery) == (None, 0.5)
    assert fix.speed_kn == pytest.approx(5 * 3600 / 1852)


def test_a_phone_is_told_200_for_a_fix_that_will_never_be_taken(center: Center, http: httpx.Client) -> None:
    """Traccar Client sends what was refused again and again, before anything newer."""
    token = new_token(center)
    answer = http.get("/osmand", params={"id": token, "lat": 0, "lon": 0, "timestamp": utc().timestamp()})
    assert (answer.status_code, answer.json()["rejected"][0]["reason"]) == (200, "null_island")
    device = next(d for d in devices.listed(center))
    refusal = center.live.refused_of(device.device_id)
    assert refusal is not None
    assert refusal[0].value == "null_island"


def test_owntracks(center: Center, http: httpx.Client) -> None:
    token = new_token(center)
    told = {
        "_type": "location", "lat": SEA.lat, "lon": SEA.lon, "tst": int(utc().timestamp()),
        "acc": 12, "vel": 18.52, "cog": 45, "batt": 80, "tid": "ab",
    }  # fmt: skip
    coded = base64.b64encode(f"regu:{token}".encode()).decode()
    answer = http.post("/owntracks", json=told, headers={"Authorization": f"Basic {coded}"})
    assert (answer.status_code, answer.json()) == (200, [])
    fix = center.live.markers(utc())[BOAT].fix
    assert fix.speed_kn == pytest.approx(10)
    assert (fix.source, fix.battery) == (Source.OWNTRACKS, pytest.approx(0.8))
    waypoint = http.post("/owntracks", json={"_type": "waypoint"}, params={"token": token})
    assert (waypoint.status_code, waypoint.json()) == (200, [])


def cot(at: datetime, place: LonLat = SEA) -> str:
    time = at.isoformat()
    return (
        f'<event version="2.0" uid="R2" type="a-f-S" how="m-g" time="{time}" start="{time}" stale="{time}">'
        f'<point lat="{place.lat}" lon="{place.lon}" hae="0" ce="9999999" le="1"/>'
        '<detail><track speed="5" course="10"/><status battery="55"/></detail></event>'
    )


def test_cursor_on_target(center: Center, http: httpx.Client) -> None:
    token, now = new_token(center), utc()
    both = f"<events>{cot(now - timedelta(seconds=9))}{cot(now)}</events>"
    answer = http.post("/cot", content=both, headers=bearer(token))
    assert answer.json() == {"accepted": 2, "rejected": []}
    fix = center.live.markers(utc())[BOAT].fix
    assert (fix.accuracy_m, fix.heading_deg, fix.source) == (None, 10, Source.COT)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + cot(now)
    for coded in (bomb.encode(), bomb.encode("utf-16"), bomb.encode("utf-16-le")):
        assert http.post("/cot", content=coded, params={"token": token}).status_code == 422
    assert http.post("/cot", content="<event", params={"token": token}).status_code == 400


def test_what_goes_out_as_cursor_on_target_can_come_in_again(center: Center, http: httpx.Client) -> None:
    token = new_token(center)
    http.post("/v1/positions", json=feature(utc(), speed_kn=10, heading_deg=30), headers=bearer(token))
    answer = http.get("/cot", headers=bearer(a_token(center)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    (event,) = ElementTree.fromstring(answer.content).findall("event")
    assert (event.attrib["uid"], event.attrib["type"]) == (f"sigap.unit.{BOAT}", "a-f-S")
    assert event.find("detail/contact").attrib["callsign"] == BOAT
    assert float(event.find("detail/track").attrib["speed"]) == pytest.approx(10 * 1852 / 3600, rel=1e-3)
    for wrong in (bearer(token), bearer("salah"), {}):
        assert http.get("/cot", params={"token": token}, headers=wrong).status_code == 401
    other = new_token(center, "SAR-RBB-01")
    assert http.post("/cot", content=answer.content, params={"token": other}).json()["accepted"] == 1
    assert moved(center, "SAR-RBB-01") == SEA


@pytest.mark.parametrize(
    "ask",
    [
        lambda http, token: http.get("/osmand", params={"id": token, "lat": 3, "lon": 117, "timestamp": 1}),
        lambda http, token: http.post("/owntracks", json={"_type": "location"}, params={"token": token}),
        lambda http, token: http.post("/cot", content="<event/>", params={"token": token}),
        lambda http, token: http.post("/v1/positions", json=feature(utc()), headers=bearer(token or "-")),
    ],
)
@pytest.mark.parametrize("token", ["", "salah", "dicabut"])
def test_without_a_good_token_nothing_is_taken(center: Center, http: httpx.Client, ask, token: str) -> None:
    if token == "dicabut":
        made = devices.make(center, utc(), ADMIN, BOAT, "HP lama")
        devices.revoke(center, utc(), ADMIN, made.device.device_id)
        token = made.token
    assert ask(http, token).status_code == 401
    assert not center.live.markers(utc())


# --- devices --------------------------------------------------------------------------------------


def test_a_token_is_nowhere_in_the_database(center: Center) -> None:
    token = new_token(center)
    center.db.close()
    assert token.encode() not in center.settings.db_path.read_bytes()
    open_center(center.settings)


def test_devices_and_places_survive_a_restart(center: Center) -> None:
    made = devices.make(center, utc(), ADMIN, BOAT, "HP regu")
    device = center.live.device_of(made.device.token_hash)
    from services.positions import Reading, take

    take(center, utc(), Source.COT, device, [Reading(SEA, utc() - timedelta(seconds=1))])
    close_center()
    again = open_center(center.settings)
    assert again.live.markers(utc())[BOAT].fix.position == SEA
    assert again.live.device_of(made.device.token_hash) == device


def test_who_may_make_devices_and_what_is_asked(center: Center) -> None:
    with pytest.raises(NotPermitted):
        devices.make(center, utc(), CALLER, BOAT, "HP")
    for unit, label, more, field in (
        ("X", "HP", {}, "unit_code"),
        (BOAT, " ", {}, "label"),
        (BOAT, "HP", {"priority": 0}, "priority"),
        (BOAT, "HP", {"max_age_s": 1}, "max_age_s"),
    ):
        with pytest.raises(BadInput) as refused:
            devices.make(center, utc(), ADMIN, unit, label, **more)
        assert refused.value.field == field
    assert devices.listed(center) == []
    with pytest.raises(NotFound):
        devices.revoke(center, utc(), ADMIN, "tidak ada")


def test_a_retired_unit_is_unknown_at_its_next_report(center: Center, http: httpx.Client) -> None:
    token = new_token(center)
    entry = next(e for e in registry.entries(center, "unit") if e.code == BOAT)
    registry.retire(center, utc(), ADMIN, "unit", BOAT, entry.version)
    assert http.post("/v1/positions", json=feature(utc()), headers=bearer(token)).status_code == 401


# --- where units are ------------------------------------------------------------------------------


def test_a_tracker_that_fell_silent_at_its_station_does_not_make_the_unit_look_lost(
    center: Center, http: httpx.Client
) -> None:
    token = new_token(center, CAR)
    station = registry.stations(center)[registry.units(center)[CAR].station].position
    old = utc() - timedelta(hours=5)
    http.post("/v1/positions", json=feature(old, destination(station, 0, 50)), headers=bearer(token))
    assert (state(center, CAR).fix_age_s, moved(center, CAR)) == (None, station)
    away = destination(station, 0, 5000)
    http.post("/v1/positions", json=feature(old + timedelta(hours=1), away), headers=bearer(token))
    assert state(center, CAR).fix_age_s > 3 * 3600
    assert state(center, CAR).status is UnitStatus.AVAILABLE


def test_old_positions_are_let_go_after_the_packs_days(center: Center, http: httpx.Client) -> None:
    http.post("/v1/positions", json=feature(utc()), headers=bearer(new_token(center)))
    center.live.flush(center.db)
    assert live.forget_old(center, utc()) == 0
    assert live.forget_old(center, utc() + timedelta(days=center.pack.city.position_days, minutes=1)) == 1


# --- the live map ---------------------------------------------------------------------------------


def test_the_live_map_answers_once_and_then_says_unchanged(center: Center, http: httpx.Client) -> None:
    http.post("/v1/positions", json=feature(utc()), headers=bearer(new_token(center)))
    first = http.get("/v1/live.geojson", headers=bearer(a_token(center)))
    assert first.headers["content-type"] == "application/geo+json"
    (unit,) = first.json()["features"]
    assert unit["properties"]["unit_code"] == BOAT
    assert unit["geometry"]["coordinates"] == [SEA.lon, SEA.lat]
    again = http.get(
        "/v1/live.geojson", headers=bearer(a_token(center)) | {"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_screens_key_opens_the_live_map_and_nothing_else_and_ends(
    center: Center, http: httpx.Client
) -> None:
    from services import live_map

    good = live_map.key(center, utc())
    alone = http.get("/v1/live.geojson", params={"key": good})
    assert alone.status_code == 200
    # A key that is alone is never prolonged: whoever took one has it for minutes, not for ever.
    assert "x-sigap-key" not in alone.headers
    proven = http.get("/v1/live.geojson", headers=bearer(a_token(center)))
    assert live_map.is_good(center, utc(), proven.headers["x-sigap-key"])
    assert http.get(f"/v1/tracks/{BOAT}", params={"key": good}).status_code == 200
    assert http.get("/v1/cases", params={"key": good}).status_code == 401
    over = live_map.key(center, utc() - timedelta(seconds=2 * live_map.KEY_S + 1))
    until, _, signature = good.partition(".")
    for bad in ("", over, f"{int(until) + 1}.{signature}", "x.y", "9" * 40 + ".a", f"{until}.é"):
        assert http.get("/v1/live.geojson", params={"key": bad}).status_code == 401


def test_a_track_of_no_unit_is_404(center: Center, http: httpx.Client) -> None:
    assert http.get("/v1/tracks/X", headers=bearer(a_token(center))).status_code == 404


def test_many_threads_lose_nothing(center: Center) -> None:
    from services.positions import Reading, take

    tokens = [devices.make(center, utc(), ADMIN, BOAT, f"HP {n}").device for n in range(4)]
    now = utc()

    def send(stored) -> None:
        device = center.live.device_of(stored.token_hash)
        for k in range(200):
            take(center, now, Source.CREW, device, [Reading(SEA, now - timedelta(seconds=300 - k))])
            if k % 50 == 0:
                center.live.flush(center.db)

    threads = [threading.Thread(target=send, args=(stored,)) for stored in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    center.live.flush(center.db)
    kept = store.track(center.db.read(), BOAT, now - timedelta(hours=1), now)
    assert len(kept) == 800
    assert json.dumps([fix.device_id for fix in kept])
