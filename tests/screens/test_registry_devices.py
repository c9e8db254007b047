"""Registri, position devices: made with a token that is shown once, listed with what they do, revoked."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor
from domain.positions import Source
from domain.words import Role
from geo.points import LonLat
from services import devices, positions
from services.center import Center
from services.positions import Reading
from ui import device_links
from ui.state import ACTOR, DEVICE_SHOWN, REGISTRY_TAB

TAB = "Alat posisi"
BOAT = "SAR-RIB-02"
SEA = LonLat(117.62, 3.25)
ADMIN = Actor("Ade", Role.ADMIN)


def now() -> datetime:
    return datetime.now(UTC)


def opened(page, role: Role = Role.ADMIN) -> AppTest:
    test: AppTest = page("registri", role, **{REGISTRY_TAB: TAB}).run()
    assert not test.exception
    return test


def made(center: Center, label: str = "HP regu", unit: str = BOAT) -> devices.NewDevice:
    return devices.make(center, now(), ADMIN, unit, label)


def report(center: Center, new: devices.NewDevice, at: datetime, place: LonLat = SEA) -> None:
    device = positions.device_of(center, new.token)
    positions.take(center, now(), Source.OWNTRACKS, device, [Reading(place, at)])


def field(test: AppTest, label: str):
    kinds = (test.text_input, test.selectbox, test.number_input, test.toggle)
    (found,) = [widget for kind in kinds for widget in kind if widget.label == label]
    return found


def press(test: AppTest, label: str) -> AppTest:
    (button,) = [button for button in test.button if button.label == label]
    return button.click().run()


def words(test: AppTest) -> str:
    shown = (*test.markdown, *test.caption, *test.info, *test.warning, *test.error)
    return "\n".join(one.value for one in shown)


def codes(test: AppTest) -> str:
    return "\n".join(one.value for one in test.code)


def test_without_devices_the_screen_says_what_they_are_for(page) -> None:
    test = opened(page)
    assert "Belum ada alat posisi" in test.info[0].value


def test_a_device_is_made_and_its_token_is_shown_once(center: Center, page) -> None:
    test = opened(page)
    field(test, "Unit").set_value(BOAT)
    field(test, "Nama alat").set_value("HP komandan")
    field(test, "Urutan dipercaya").set_value(2)
    field(test, "Umur posisi paling tua (dtk)").set_value(90)
    press(test, "Buat alat")
    assert not test.exception
    (kept,) = devices.listed(center)
    assert (kept.unit_code, kept.label, kept.priority, kept.max_age_s) == (BOAT, "HP komandan", 2, 90)
    (token,) = set(re.findall(r"/regu#([\w-]+)", codes(test)))
    device = positions.device_of(center, token)
    assert device is not None
    assert device.device_id == kept.device_id
    assert "hanya tampil sekali" in words(test)

    press(test, "Sudah dipindai, tutup")
    assert token not in codes(test) + words(test)
    assert DEVICE_SHOWN not in test.session_state
    assert field(test, "Nama alat").value == ""
    assert "HP komandan" in words(test)


@pytest.mark.parametrize(
    ("unit", "label", "reason"),
    [(None, "HP", "Pilih unit"), (BOAT, "", "1 sampai 60 huruf"), (BOAT, "   ", "1 sampai 60 huruf")],
)
def test_a_device_without_unit_or_name_is_refused(
    center: Center, page, unit: str | None, label: str, reason: str
) -> None:
    test = opened(page)
    field(test, "Unit").set_value(unit)
    field(test, "Nama alat").set_value(label)
    press(test, "Buat alat")
    assert reason in test.error[0].value
    assert devices.listed(center) == []


def test_a_token_is_not_left_to_the_next_person_at_the_desk(page) -> None:
    test = opened(page)
    field(test, "Unit").set_value(BOAT)
    field(test, "Nama alat").set_value("HP")
    press(test, "Buat alat")
    assert "/regu#" in codes(test)
    test.session_state[ACTOR] = Actor("Orang lain", Role.ADMIN)
    test.run()
    assert "/regu#" not in codes(test)


def test_the_list_says_who_reports_since_when_and_why_not(center: Center, page) -> None:
    silent, fresh, old, wrong = (made(center, label) for label in ("Diam", "Baru", "Lama", "Keliru"))
    report(center, fresh, now() - timedelta(seconds=5))
    report(center, old, now() - timedelta(minutes=14))
    report(center, wrong, now(), LonLat(0.0, 0.0))
    lines = [one.value for one in opened(page).markdown if one.value.startswith(f"**{BOAT}**")]
    told = {line.split("·")[1].split("\n")[0].strip(): line for line in lines}
    assert "○ belum pernah melapor" in told["Diam"]
    assert re.search(r"● posisi \d+ dtk lalu lewat OwnTracks", told["Baru"])
    assert "▲ posisi 14 mnt" in told["Lama"]
    assert "posisi 0,0: alat belum mendapat satelit" in told["Keliru"]
    assert silent.token not in str(lines)


def test_a_device_is_revoked_only_after_a_second_press(center: Center, page) -> None:
    new = made(center)
    test = opened(page)
    assert "tidak dapat melapor lagi" in words(test)
    press(test, "Cabut sekarang")
    assert positions.device_of(center, new.token) is None
    assert "HP regu" not in words(test)
    field(test, "Tampilkan yang dicabut").set_value(True)
    test.run()
    assert "■ dicabut" in words(test)
    assert not [button for button in test.button if button.label == "Cabut sekarang"]


def test_a_dispatcher_may_and_others_only_read(center: Center, page) -> None:
    made(center)
    assert [b for b in opened(page, Role.DISPATCHER).button if b.label == "Buat alat"]
    test = opened(page, Role.CALL_TAKER)
    assert not [b for b in test.button if b.label in ("Buat alat", "Cabut sekarang")]
    assert "Membuat dan mencabut alat posisi: oleh Dispatcher, Admin." in words(test)


# --- links ----------------------------------------------------------------------------------------

TOKEN = "abc_DEF-123"
FOUND = device_links.links("https://sigap.example:8443", BOAT, TOKEN)


def test_the_crew_link_has_its_token_behind_the_fragment_sign() -> None:
    parts = urlsplit(FOUND.crew)
    assert (parts.path, parts.query, parts.fragment) == ("/regu", "", TOKEN)


def test_traccar_client_is_told_server_and_identifier() -> None:
    told = parse_qs(urlsplit(FOUND.traccar).query)
    assert told["url"] == ["https://sigap.example:8443/api/osmand"]
    assert told["id"] == [TOKEN]


def test_owntracks_is_told_http_mode_address_and_password() -> None:
    inline = unquote(FOUND.owntracks.partition("inline=")[2])
    told = json.loads(base64.b64decode(inline, validate=True))
    assert (told["_type"], told["mode"], told["auth"]) == ("configuration", 3, True)
    assert (told["url"], told["username"], told["password"]) == (
        "https://sigap.example:8443/api/owntracks",
        BOAT,
        TOKEN,
    )


@pytest.mark.parametrize(
    ("address", "base", "local", "secure"),
    [
        ("https://sigap.example:8443/registri?x=1", "https://sigap.example:8443", False, True),
        ("http://192.168.1.5:8501/registri", "http://192.168.1.5:8501", False, False),
        ("http://localhost:8501/registri", "http://localhost:8501", True, True),
    ],
)
def test_an_address_says_whether_phones_reach_it_and_give_it_their_position(
    address: str, base: str, local: bool, secure: bool
) -> None:
    assert device_links.base_of(address) == base
    assert (device_links.is_local(base), device_links.is_secure(base)) == (local, secure)


def test_a_code_is_drawn_here_and_names_no_other_place_than_the_svg_namespace() -> None:
    kind, _, data = device_links.qr(FOUND.crew).partition(";base64,")
    svg = base64.b64decode(data).decode()
    assert kind == "data:image/svg+xml"
    assert set(re.findall(r"https?://[^\"']+", svg)) == {"http://www.w3.org/2000/svg"}
    assert TOKEN not in svg
