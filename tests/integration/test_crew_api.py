"""What a crew's phone asks and tells, over real HTTP into a real database."""

import io
import json
import threading
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from api_builders import a_token
from builders import DEDI, PUTRI
from crew_builders import (
    ADMIN,
    AMBULANCE,
    AT_SEA,
    BOAT,
    CAR,
    NAME,
    ON_LAND,
    PHONE,
    ago,
    ordered,
    ref,
    token_of,
    utc,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import GPS, IFD
from starlette.applications import Starlette
from starlette.routing import Mount
from test_api import serving

from api.app import build_api
from database import cases
from database import crew as store
from domain.alarms import EVERYONE, AlarmKind
from domain.case import Actor, Case, Location
from domain.errors import BadInput
from domain.positions import Source
from domain.words import CaseStatus, Domain, Role, UnitStatus
from services import alarms, assignment, crew, crew_photos, devices, exits, intake, registry
from services.center import Center, Settings, close_center, open_center
from services.crew import CrewAction

FIX = {"lon": AT_SEA.lon, "lat": AT_SEA.lat}


@pytest.fixture
def center(tmp_path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    """A center that no test changes."""
    folder = tmp_path_factory.mktemp("photos")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


@pytest.fixture
def address(center: Center) -> Iterator[str]:
    with serving(Starlette(routes=[Mount("/api", build_api())])) as url:
        yield f"{url}/api/v1"


@pytest.fixture
def phone(center: Center, address: str) -> Iterator[httpx.Client]:
    """The phone of the boat's crew."""
    headers = {"Authorization": f"Bearer {token_of(center, BOAT)}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        yield client


def told(action: str, seconds_ago: float = 0, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "action": action, "at": ago(seconds_ago).isoformat(), **more}


def tell(phone: httpx.Client, *actions: dict[str, Any]) -> list[dict[str, str]]:
    answer = phone.post("/crew/actions", json={"actions": list(actions)})
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, str]] = answer.json()["answers"]
    return answers


def results(answers: list[dict[str, str]]) -> list[str]:
    return [one["result"] for one in answers]


def again(center: Center, case: Case) -> Case:
    return cases.get(center.db.read(), case.case_id)


def of_boat(center: Center, case: Case):
    return next(a for a in again(center, case).assignments if a.unit_code == BOAT)


def status(center: Center, unit: str = BOAT) -> UnitStatus:
    return next(s.status for s in registry.unit_states(center, utc()) if s.unit.unit_code == unit)


# --- the order ------------------------------------------------------------------------------------


def test_without_an_order_there_is_nothing_and_the_page_learns_its_unit(phone: httpx.Client) -> None:
    answer = phone.get("/crew/order")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["X-Sigap-Unit"] == BOAT
    assert abs(int(answer.headers["Date-Ms"]) / 1000 - utc().timestamp()) < 20


def test_a_proposed_unit_has_no_order_yet(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, CAR, place=AT_SEA)
    assignment.propose(center, ago(5), PUTRI, ref(case), (assignment.Promise(BOAT),))
    assert phone.get("/crew/order").status_code == 204


def test_the_order_says_what_where_how_and_what_is_next(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT, AMBULANCE)
    duty = phone.get("/crew/order").json()
    order = duty["order"]
    assert (duty["unit_code"], duty["status"], order["call_no"]) == (BOAT, "dispatched", case.call_no)
    assert (order["type_code"], order["priority"], order["victims_estimate"]) == ("S-MOB", 1, 2)
    assert (order["lon"], order["lat"]) == (AT_SEA.lon, AT_SEA.lat)
    assert order["commander"] == "Letda Rudi"
    assert [one["unit_code"] for one in order["others"]] == [AMBULANCE]
    assert set(duty["next"]) == {"help", "sitrep", "acknowledge", "depart"}
    (leg,) = order["way"]["legs"]
    assert leg["mode"] == "sea"
    assert leg["line"][-1] == pytest.approx([AT_SEA.lon, AT_SEA.lat], abs=1e-3)
    assert order["way"]["eta_low_s"] < order["way"]["eta_s"] < order["way"]["eta_high_s"]


def test_a_land_team_of_a_casualty_at_sea_is_led_to_the_pier(center: Center, address: str) -> None:
    ordered(center, BOAT, AMBULANCE)
    headers = {"Authorization": f"Bearer {token_of(center, AMBULANCE)}"}
    order = httpx.get(f"{address}/crew/order", headers=headers, timeout=30).json()["order"]
    pier = order["pier"]
    assert pier["name"]
    assert order["hospital"]["name"]
    assert order["way"]["legs"][-1]["line"][-1] == pytest.approx([pier["lon"], pier["lat"]], abs=1e-3)


def test_a_unit_that_cannot_get_there_is_told_why(center: Center, address: str) -> None:
    ordered(center, BOAT, place=ON_LAND, type_code="L-RTA")
    headers = {"Authorization": f"Bearer {token_of(center, BOAT)}"}
    way = httpx.get(f"{address}/crew/order", headers=headers, timeout=30).json()["order"]["way"]
    assert way["legs"] == []
    assert len(way["obstacle"]) > 10


def test_an_order_without_coordinates_has_words_and_no_way(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    seen = again(center, case)
    intake.update_details(
        center,
        utc(),
        DEDI,
        ref(case),
        incident=seen.incident,
        location=Location(place_text="Dermaga lama", water_area="Perairan Tarakan"),
    )
    order = phone.get("/crew/order").json()["order"]
    assert (order["lon"], order["place_text"], order["way"]["legs"]) == (None, "Dermaga lama", [])


def test_the_reporter_is_nowhere_in_the_order(center: Center, phone: httpx.Client) -> None:
    ordered(center, BOAT)
    text = phone.get("/crew/order").text
    words = json.dumps(json.loads(text), ensure_ascii=False)
    for secret in (*NAME.split(), PHONE, PHONE[-4:], "Hasan"):
        assert secret not in words
    assert "terseret arus" in words


def test_an_unchanged_order_is_answered_with_304_and_a_change_with_all_of_it(
    center: Center, phone: httpx.Client
) -> None:
    ordered(center, BOAT)
    tag = {"If-None-Match": phone.get("/crew/order").headers["ETag"]}
    same = phone.get("/crew/order", headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    tell(phone, told("acknowledge"))
    changed = phone.get("/crew/order", headers=tag)
    assert changed.status_code == 200
    assert changed.json()["order"]["acknowledged_at"] is not None
    assert "acknowledge" not in changed.json()["next"]


def test_an_order_is_only_for_a_device(center: Center, address: str) -> None:
    ordered(center, BOAT)
    for token in ("", " salah", f" {a_token(center)}"):
        headers = {"Authorization": f"Bearer{token}"}
        assert httpx.get(f"{address}/crew/order", headers=headers).status_code == 401
        body = {"actions": [told("depart")]}
        assert httpx.post(f"{address}/crew/actions", headers=headers, json=body).status_code == 401
        assert httpx.post(f"{address}/crew/photos", headers=headers, content=jpeg()).status_code == 401


def test_a_revoked_device_is_shut_out_at_once(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    (device,) = devices.listed(center)
    devices.revoke(center, utc(), ADMIN, device.device_id)
    assert phone.get("/crew/order").status_code == 401
    assert phone.post("/crew/actions", json={"actions": [told("depart")]}).status_code == 401
    assert of_boat(center, case).departed_at is None


# --- actions --------------------------------------------------------------------------------------


def test_a_job_from_reading_to_being_free_again(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    read, left, there = told("acknowledge", 50), told("depart", 45), told("arrive", 30)
    assert results(tell(phone, read, left, there)) == ["applied"] * 3
    unit = of_boat(center, case)
    assert crew.acknowledged(center, again(center, case))[BOAT] == datetime.fromisoformat(read["at"])
    assert unit.departed_at == datetime.fromisoformat(left["at"])
    assert unit.arrived_at == datetime.fromisoformat(there["at"])
    assert status(center) is UnitStatus.ON_SCENE
    assert set(phone.get("/crew/order").json()["next"]) == {"help", "sitrep", "well", "return"}

    assert results(tell(phone, told("well", 20), told("sitrep", 10, text="Korban ditemukan"))) == [
        "applied",
        "applied",
    ]
    seen = again(center, case)
    assert [(word.unit_code, word.at.isoformat()) for word in seen.crew_words][:1] == [
        (BOAT, unit.arrived_at.isoformat())
    ]
    assert len(seen.crew_words) == 2, "its arrival and its word, both told by itself"
    assert [(one.text, one.unit_code, one.by) for one in seen.sitreps] == [("Korban ditemukan", BOAT, BOAT)]

    assert results(tell(phone, told("return"))) == ["applied"]
    assert of_boat(center, case).cleared_at is not None
    assert status(center) is UnitStatus.RETURNING
    duty = phone.get("/crew/order").json()
    assert (duty["order"], duty["next"]) == (None, ["free"])
    assert results(tell(phone, told("free"))) == ["applied"]
    assert status(center) is UnitStatus.AVAILABLE
    assert phone.get("/crew/order").status_code == 204


def test_help_stands_in_the_case_with_where_the_crew_is(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    assert results(tell(phone, told("help", text="Mesin mati", **FIX))) == ["applied"]
    (report,) = again(center, case).sitreps
    assert report.text == f"{crew.HELP}: Mesin mati ({AT_SEA.lat:.5f}, {AT_SEA.lon:.5f})"
    assert report.unit_code == BOAT


def test_help_rings_for_everyone_until_somebody_hears_it(center: Center, phone: httpx.Client) -> None:
    case, asked = ordered(center, BOAT), told("help", 90)
    tell(phone, asked)
    tell(phone, asked)
    (one,) = [found for found in alarms.listed(center, utc()) if found.alarm.kind is AlarmKind.HELP]
    assert (one.alarm.case_id, one.alarm.unit_code, one.passed) == (case.case_id, BOAT, False)
    assert one.alarm.roles == EVERYONE
    assert str(one.alarm.text) == f"{BOAT} butuh bantuan"
    assert alarms.listed(center, utc())[0] == one
    tell(phone, told("depart", 80), told("return", 70))
    assert not next(
        found for found in alarms.listed(center, utc()) if found.alarm.key == one.alarm.key
    ).passed
    alarms.acknowledge(center, utc(), DEDI, one.alarm.key)
    assert one.alarm.key not in alarms.waiting(center)


def test_help_can_still_be_called_on_the_way_back(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    tell(phone, told("depart", 20), told("return", 10))
    assert results(tell(phone, told("help", call_no=case.call_no))) == ["applied"]
    assert results(tell(phone, told("help"))) == ["refused"]
    assert len(again(center, case).sitreps) == 1


def test_an_action_with_a_place_moves_the_unit_there_once(center: Center, phone: httpx.Client) -> None:
    ordered(center, BOAT)
    left = told("depart", 5, **FIX)
    assert results(tell(phone, left) + tell(phone, left)) == ["applied", "already"]
    marker = center.live.markers(utc())[BOAT]
    assert (marker.fix.position, marker.fix.source) == (AT_SEA, Source.CREW)


def test_a_batch_in_any_order_is_applied_in_the_order_of_its_times(
    center: Center, phone: httpx.Client
) -> None:
    case = ordered(center, BOAT)
    there, left, back = told("arrive", 200), told("depart", 400), told("return", 100)
    assert results(tell(phone, back, there, left)) == ["applied"] * 3
    unit = of_boat(center, case)
    assert [unit.departed_at, unit.arrived_at, unit.cleared_at] == [
        datetime.fromisoformat(one["at"]) for one in (left, there, back)
    ]


def test_what_comes_late_is_marked_as_late_entry(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    tell(phone, told("depart", 300), told("sitrep", 1, text="Baru saja"))
    late = {event.action: event.is_late_entry for event in cases.events(center.db.read(), case.case_id)}
    assert late["unit_progress"] is True
    assert late["sitrep"] is False


def test_each_action_counts_once_however_often_it_is_sent(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    batch = [told("depart", 50), told("sitrep", 40, text="Melihat korban"), told("well", 30)]
    assert results(tell(phone, *batch)) == ["applied"] * 3
    assert results(tell(phone, *batch, *batch)) == ["already"] * 6
    seen = again(center, case)
    assert (len(seen.sitreps), len(seen.crew_words)) == (1, 1)


def test_the_same_batch_sent_twice_at_one_moment_counts_once(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    batch = [told("depart", 50), *(told("sitrep", 40 - k, text=f"Laporan {k}") for k in range(10))]
    answers: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(results(tell(phone, *batch)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one[0] for one in answers) == ["already", "already", "already", "applied"]
    assert [one.text for one in again(center, case).sitreps] == [f"Laporan {k}" for k in range(10)]


def test_a_refused_action_says_why_and_leaves_nothing_behind(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    there = told("arrive", 10)
    (answer,) = tell(phone, there)
    assert answer["result"] == "refused"
    assert f"waktu berangkat {BOAT}" in answer["detail"]
    assert store.find(center.db.read(), there["id"]) is None
    assert of_boat(center, case).arrived_at is None
    early, ahead = told("depart", 3600), told("depart", -600)
    assert [one["result"] for one in tell(phone, early, ahead)] == ["refused", "refused"]


def test_a_refusal_tells_times_of_the_citys_clock(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    (answer,) = tell(phone, told("depart", 3600))
    sent_at = of_boat(center, case).dispatched_at.astimezone(center.pack.city.timezone)
    assert f"{sent_at:%H.%M.%S}" in answer["detail"]
    assert "UTC" not in answer["detail"]


def test_what_cannot_be_read_is_refused_alone(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    bad = [
        told("fly"),
        {**told("depart"), "at": "kemarin"},
        {**told("depart"), "at": "2026-01-14T07:58:10"},
        {**told("depart"), "id": "1"},
        told("sitrep", text="x" * 1001),
        told("help", lon=200, lat=3),
        "bukan",
        told("sitrep", text="  "),
    ]
    answers = tell(phone, *bad, told("depart", 10))
    assert results(answers) == ["refused"] * 8 + ["applied"]
    assert all(one["detail"] for one in answers[:8])
    assert of_boat(center, case).departed_at is not None


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"{", 400), (b"[]", 422), (b'{"actions": 1}', 422), (b"[" * 100_000, 400), (b" " * 600_000, 413)],
)
def test_a_body_that_is_no_batch_is_refused_whole(phone: httpx.Client, body: bytes, expected: int) -> None:
    answer = phone.post("/crew/actions", content=body)
    assert answer.status_code == expected
    assert answer.json()["detail"]


def test_more_than_two_hundred_actions_at_once_are_refused(phone: httpx.Client) -> None:
    assert phone.post("/crew/actions", json={"actions": [told("well")] * 201}).status_code == 422


def test_a_crew_acts_for_its_own_unit_only(center: Center, phone: httpx.Client) -> None:
    foreign = ordered(center, CAR, place=ON_LAND, type_code="L-RTA")
    answers = tell(phone, *(told(one.value, 5, call_no=foreign.call_no, text="x") for one in CrewAction))
    assert results(answers) == [
        "applied" if one is CrewAction.FREE else "refused" for one in CrewAction
    ]  # A unit that is ready already stays so.
    assert again(center, foreign) == foreign


def test_an_action_is_for_the_order_that_was_on_the_screen(center: Center, phone: httpx.Client) -> None:
    first = ordered(center, BOAT, sent_s=900)
    tell(phone, told("depart", 800))
    tell(phone, told("return", 700), told("free", 690))
    second = ordered(center, BOAT, sent_s=300)
    (answer,) = tell(phone, told("arrive", 100, call_no=first.call_no))
    assert answer["result"] == "refused"
    assert of_boat(center, second).arrived_at is None
    late = told("sitrep", 750, text="Dari tugas pertama", call_no=first.call_no)
    assert results(tell(phone, late)) == ["applied"]
    assert [one.text for one in again(center, first).sitreps] == ["Dari tugas pertama"]


def test_an_action_for_a_case_that_was_merged_reaches_the_one_it_went_into(
    center: Center, phone: httpx.Client
) -> None:
    double = ordered(center, BOAT)
    primary = ordered(center, CAR, AMBULANCE)
    exits.merge(center, utc(), DEDI, ref(double), ref(primary))
    assert results(tell(phone, told("depart", 2, call_no=double.call_no))) == ["applied"]
    assert of_boat(center, primary).departed_at is not None


def test_an_id_of_another_action_is_not_taken_for_it(center: Center, phone: httpx.Client) -> None:
    ordered(center, BOAT)
    left = told("depart", 50)
    tell(phone, left)
    (answer,) = tell(phone, {**left, "action": "arrive"})
    assert answer["result"] == "refused"


def test_a_crew_cannot_put_back_a_unit_that_the_control_room_took_out(
    center: Center, phone: httpx.Client
) -> None:
    registry.set_service(center, utc(), DEDI, BOAT, "mesin rusak")
    (answer,) = tell(phone, told("free"))
    assert answer["result"] == "refused"
    assert "mesin rusak" in answer["detail"]
    assert status(center) is UnitStatus.OUT_OF_SERVICE


def test_a_unit_at_work_is_not_free(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    (answer,) = tell(phone, told("free"))
    assert answer["result"] == "refused"
    assert case.call_no in answer["detail"]


def test_a_crew_acts_as_field_officer_under_its_units_name(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    tell(phone, told("depart", 10))
    event = cases.events(center.db.read(), case.case_id)[-1]
    assert (event.actor, event.role) == (BOAT, Role.FIELD_OFFICER.value)
    (entry,) = [
        store.find(center.db.read(), row[0]) for row in center.db.read().rows("SELECT id FROM crew_action")
    ]
    assert entry is not None
    assert entry.device_id == devices.listed(center)[0].device_id


def test_a_crew_finishes_its_part_and_the_case_goes_on(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    tell(phone, told("depart", 50), told("arrive", 40), told("return", 30))
    assert again(center, case).status is CaseStatus.MONITORING
    assert case.incident.domain is Domain.SEA


# --- photos ---------------------------------------------------------------------------------------


def jpeg(size: tuple[int, int] = (64, 48), gps: tuple[float, float] | None = None) -> bytes:
    picture, exif = Image.new("RGB", size, "#336699"), Image.Exif()
    if gps is not None:
        lon, lat = gps
        exif.get_ifd(IFD.GPSInfo).update(
            {
                GPS.GPSLatitudeRef: "N" if lat >= 0 else "S",
                GPS.GPSLatitude: (abs(lat), 0.0, 0.0),
                GPS.GPSLongitudeRef: "E" if lon >= 0 else "W",
                GPS.GPSLongitude: (abs(lon), 0.0, 0.0),
            }
        )
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "red").save(out, kind)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of few bytes that would unpack to side × side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = side.to_bytes(4) * 2 + bytes([8, 2, 0, 0, 0])
    body = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def send(phone: httpx.Client, content: bytes, **params: str) -> httpx.Response:
    return phone.post("/crew/photos", content=content, params=params)


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_photo_lies_with_the_case_by_its_content(
    center: Center, phone: httpx.Client, kind: str, ending: str
) -> None:
    case, content = ordered(center, BOAT), picture(kind)
    answer = send(phone, content, name="../../foto malam.exe", call_no=case.call_no)
    assert (answer.status_code, answer.json()["result"]) == (201, "applied")
    (kept,) = again(center, case).attachments
    assert kept.sha256 == answer.json()["sha256"]
    assert kept.name == f"foto_malam.{ending}"
    assert kept.content_type == f"image/{'jpeg' if kind == 'JPEG' else ending}"
    assert kept.added_by == BOAT
    assert (center.attachments_dir / kept.sha256).read_bytes() == content


def test_the_same_photo_twice_is_kept_once(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    first, second = send(phone, jpeg()), send(phone, jpeg())
    assert [one.status_code for one in (first, second)] == [201, 200]
    assert second.json()["result"] == "already"
    assert len(again(center, case).attachments) == 1


def test_where_a_photo_was_taken_is_offered_and_moves_nothing(center: Center, phone: httpx.Client) -> None:
    case = ordered(center, BOAT)
    found = send(phone, jpeg(gps=(117.6, 3.3))).json()
    assert (found["lon"], found["lat"]) == (pytest.approx(117.6), pytest.approx(3.3))
    assert again(center, case).location == case.location
    assert BOAT not in center.live.markers(utc())


@pytest.mark.parametrize("gps", [(0.0, 0.0), (106.8, -6.2), (999.0, 999.0)])
def test_a_place_that_is_none_of_this_city_is_not_offered(
    center: Center, phone: httpx.Client, gps: tuple[float, float]
) -> None:
    ordered(center, BOAT)
    found = send(phone, jpeg(gps=gps)).json()
    assert (found["lon"], found["lat"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "bukan foto"),
        (b"MZ\x90\x00 bukan foto", "bukan foto"),
        (b"%PDF-1.7 surat", "bukan foto"),
        (b"\xff\xd8\xff bukan isi foto", "bukan foto"),
        (picture("GIF"), "bukan foto"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "bukan foto"),
        (picture("PNG")[:60], "rusak"),
        (bomb(20_000), "piksel"),
        (bomb(12_000), "piksel"),
        (b"\xff" * (10 * 1024 * 1024 + 1), "10 MB"),
    ],
    ids=["empty", "program", "pdf", "false jpeg", "gif", "svg", "cut off", "bomb", "big bomb", "too large"],
)
def test_what_is_no_whole_photo_is_refused_with_the_reason(
    center: Center, phone: httpx.Client, content: bytes, words: str
) -> None:
    case = ordered(center, BOAT)
    answer = send(phone, content, name="foto.jpg")
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
    assert again(center, case).attachments == ()
    assert not center.attachments_dir.exists()


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow says what it cannot read in it
@given(
    whole=st.sampled_from([jpeg(gps=(117.6, 3.3)), picture("WEBP"), picture("PNG")]),
    place=st.floats(0, 1, exclude_max=True),
    junk=st.binary(min_size=1, max_size=8),
)
def test_a_spoilt_photo_is_taken_or_refused_and_nothing_else(
    here: Center, whole: bytes, place: float, junk: bytes
) -> None:
    at = int(place * len(whole))
    spoilt = whole[:at] + junk + whole[at + len(junk) :]
    try:
        kind, _ = crew_photos.check(spoilt, here)
    except BadInput as refused:
        assert refused.field == "photo"
    else:
        assert kind in crew_photos.FORMATS


def test_the_limit_of_pixels_lets_a_phones_photo_through() -> None:
    assert crew_photos.MOST_PIXELS >= 8160 * 6120


def test_a_photo_needs_an_order_of_its_own_unit(center: Center, phone: httpx.Client) -> None:
    assert send(phone, jpeg()).status_code == 404
    foreign = ordered(center, CAR, place=ON_LAND, type_code="L-RTA")
    assert send(phone, jpeg(), call_no=foreign.call_no).status_code == 404
    assert again(center, foreign).attachments == ()


# --- positions ------------------------------------------------------------------------------------


def test_positions_of_the_page_are_told_apart_from_other_devices(center: Center, phone: httpx.Client) -> None:
    at = ago(3)
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [AT_SEA.lon, AT_SEA.lat]},
        "properties": {"reported_at": at.isoformat()},
    }
    answer = phone.post("/positions", params={"source": "crew"}, json=feature)
    assert answer.json() == {"accepted": 1, "rejected": []}
    assert center.live.markers(at + timedelta(seconds=5))[BOAT].fix.source is Source.CREW
    assert phone.post("/positions", params={"source": "cot"}, json=feature).status_code == 422


def _told_help(at: datetime) -> crew.Told:
    return crew.Told(str(uuid.uuid4()), crew.CrewAction.HELP, at)


def test_a_call_for_help_rings_though_the_phones_clock_is_wrong(center: Center) -> None:
    ordered(center, BOAT)
    made = devices.make(center, utc(), ADMIN, BOAT, "HP regu").device
    device = center.live.device_of(made.token_hash)
    assert device is not None
    for wrong in (utc() + timedelta(minutes=10), utc() - timedelta(days=400)):
        (answer,) = crew.perform(center, utc(), device, [_told_help(wrong)])
        assert answer.result == "applied", answer.detail
    kinds = [one.alarm.kind for one in alarms.listed(center, utc())]
    assert AlarmKind.HELP in kinds


def test_a_call_for_help_rings_when_the_operation_is_over_already(center: Center) -> None:
    case = replace(ordered(center, BOAT), status=CaseStatus.REGISTERED)
    with center.db.write() as writer:
        crew.help_called(writer, utc(), Actor(BOAT, Role.FIELD_OFFICER), case, BOAT, utc())
    assert AlarmKind.HELP in [one.alarm.kind for one in alarms.listed(center, utc())]
