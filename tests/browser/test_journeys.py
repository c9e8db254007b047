"""From the ringing phone to the closed case and its record, through the screens, nothing from outside."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from api_builders import token_of_demo
from desk import Desk
from harness import ROOT, Server, start, stop
from PIL import Image
from playwright.sync_api import Page, expect

from export.schema import validate_record


class Person(NamedTuple):
    """Who is on duty: the example name and the role as screens show them, and the role in an address."""

    name: str
    role: str
    code: str


CALL_TAKER = Person("Ani (contoh)", "Call Taker", "call_taker")
DISPATCHER = Person("Budi (contoh)", "Dispatcher", "dispatcher")
DUTY_OFFICER = Person("Citra (contoh)", "Perwira Piket", "duty_officer")
FIELD_OFFICER = Person("Dedi (contoh)", "Petugas Lapangan", "field_officer")
SUPERVISOR = Person("Eka (contoh)", "Penyelia", "supervisor")

OFF_PANTAI_AMAL = (117.68, 3.30)
LINGKAS_UJUNG = (117.59081, 3.29008)
LINGKAS_UJUNG_DMS = "3°17'24.3\"N 117°35'26.9\"E"
REPORTER, NUMBER = "Rahmat Nelayanto", "0813 5555 0142"
PRANKSTER = "0852 4711 0199"
TRACES = ("rahmat", "nelayanto", "081355550142", "81355550142", "0813 5555 0142", "55550142")
"""What of the reporter must never be found in a record."""

Sit = Callable[[Person], None]
"""Puts a person before the screen, with the case open on Kasus."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap of its own, without any case: what these tests find they have made themselves."""
    running = start(
        ROOT / "app.py", tmp_path_factory.mktemp("journey"), ready="/api/v1/health", env={"SIGAP_DEMO": "1"}
    )
    yield running
    stop(running)


@pytest.fixture
def desk(server: Server, new_page: Callable[..., Page]) -> Callable[..., Desk]:
    """A function that opens one more screen in a browser session of its own."""

    def open_desk(path: str, role: str = "dispatcher") -> Desk:
        opened = Desk(new_page(role), server.url)
        opened.open(path)
        return opened

    return open_desk


def picture() -> bytes:
    """A small photo as a phone would send it."""
    content = BytesIO()
    Image.new("RGB", (320, 240), (11, 34, 51)).save(content, "PNG")
    return content.getvalue()


def record_of(server: Server, case_id: str, desk: Desk) -> dict[str, Any]:
    """Read the file that DKISP finds: its place, its digest, its schema, and nobody's name in it.

    The screen of the closed case must offer the very same file.
    """
    outbox = server.var / "demo" / "outbox"
    # The checksum comes last; a worker drops the file beside the screens.
    until = time.monotonic() + 20
    while not (checksums := list(outbox.rglob(f"{case_id}_r1.json.sha256"))):
        assert time.monotonic() < until, "the record was not dropped"
        time.sleep(0.1)
    file = checksums[0].with_suffix("")
    year, month, day = file.relative_to(outbox).parts[:3]
    assert date(int(year), int(month), int(day))
    content = file.read_bytes()
    assert Path(f"{file}.sha256").read_text().split() == [hashlib.sha256(content).hexdigest(), file.name]
    found = [trace for trace in TRACES if trace in content.decode().lower()]
    assert not found, f"the record tells who called: {found}"
    desk.tab("Penutupan")
    assert desk.download("Unduh data kasus (JSON)") == content
    record: dict[str, Any] = json.loads(content)
    validate_record(record)
    return record


def asked(server: Server, path: str, **call: object) -> dict[str, Any]:
    """Ask the HTTP API; with the fields of a call it is a report from another system."""
    token = token_of_demo(server.var)
    answer = httpx.request(
        "POST" if call else "GET",
        f"{server.url}/api/v1/{path}",
        headers={"Authorization": f"Bearer {token}"},
        json=call or None,
        timeout=10,
    )
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def case_number(desk: Desk) -> str:
    """Return the number of the call that is being written down or was saved last."""
    return re.findall(r"P20\d\d-\d{6}", desk.page.get_by_test_id("stMain").inner_text())[0]


def take_call(desk: Desk, narrative: str, number: str = NUMBER) -> str:
    """Take a ringing phone by its key, and write down who calls and what is said."""
    expect(desk.button("Terima panggilan")).to_be_visible()
    desk.page.keyboard.press("t")
    desk.write("Nomor panggil balik", number)
    desk.write("Nama pelapor", REPORTER)
    desk.write("Kronologi", narrative)
    return case_number(desk)


def verify_and_coordinate(desk: Desk, agencies: int) -> None:
    """Steps 2 to 4: decide the class, pass the report on, call all agencies and write down their answers."""
    desk.press("Normal", "Langkah 3 · Verifikasi")
    desk.press("Teruskan ke BPBD", "Perwira BPBD diberi tahu")
    desk.press("Teruskan ke SAR", "Perwira SAR diberi tahu")
    desk.press("Selesaikan verifikasi", "Langkah 4 · Koordinasi")
    desk.press("Hubungi semua yang wajib", "menunggu jawaban")
    for left in reversed(range(agencies)):
        expect(desk.button("Menyanggupi")).to_have_count(left + 1)
        desk.button("Menyanggupi").first.click()
    expect(desk.button("Menyanggupi")).to_have_count(0)
    desk.press("Selesaikan koordinasi", "Langkah 5 · Pengerahan")


def ticked(desk: Desk, number: int) -> dict[str, str]:
    """Return what Pengerahan says of each of the `number` units that are chosen, by its code."""
    chosen = desk.page.get_by_role("checkbox", checked=True)
    # The page may be drawing itself anew because somebody else changed something.
    expect(desk.page.get_by_role("button", name=f"Usulkan {number} unit")).to_be_visible()
    expect(chosen).to_have_count(number)
    boxes = chosen.all()
    lines = [box.get_attribute("aria-label") or "" for box in boxes]
    return {re.findall(r"[A-Z]+-[A-Z0-9-]+", line)[0]: line for line in lines}


def dispatch(desk: Desk, units: int, commander: str) -> None:
    """Step 5: propose what is ticked, name the commander, approve and send."""
    desk.press(f"Usulkan {units} unit", f"Setujui & kerahkan {units} unit")
    desk.sees("ditahan sampai")
    desk.write("Komandan Lapangan: belum ditunjuk", commander)
    desk.press("Tunjuk", f"Komandan Lapangan: {commander}")
    desk.press(f"Setujui & kerahkan {units} unit", "Dikerahkan")


def move(desk: Desk, units: Sequence[str], button: str, done: str) -> None:
    """Record one step of each unit's way."""
    for code in units:
        desk.tab("Unit")
        desk.press(button, f"{code}: {done}.", within=desk.row(code))


def report(desk: Desk, words: str) -> None:
    """Step 6: write a situation report and keep a photo."""
    desk.tab("Perkembangan")
    desk.write("Laporan situasi", words)
    desk.press("Catat laporan situasi", "Laporan situasi dicatat.")
    desk.upload({"name": "lokasi.png", "mimeType": "image/png", "buffer": picture()})
    desk.press("Simpan dokumentasi", "Dokumentasi disimpan.")
    expect(desk.page.get_by_role("img").last).to_be_visible()


def finish(desk: Desk, condition: str, outcome: str, victims: dict[str, object]) -> None:
    """Steps 6 and 7: end the watch, and say how it ended and for whom."""
    desk.press("Akhiri pemantauan", "Langkah 7 · Kondisi terkini")
    desk.tab("Perkembangan")
    desk.write("Perbarui kondisi terkini", condition)
    desk.press("Simpan kondisi", "Kondisi terkini disimpan.")
    desk.tab("Hasil & korban")
    desk.choose("Hasil penanganan", outcome)
    for label, count in victims.items():
        desk.write(label, str(count))
    desk.press("Simpan hasil", "Hasil dan korban disimpan.")


def hand_in(desk: Desk, sit: Sit) -> str:
    """Steps 7 to 9: register, print, deliver, close without a receipt; return the register number."""
    sit(CALL_TAKER)
    desk.press("Beri nomor register", "Langkah 8 · Kirim ke DKISP")
    desk.press("Cetak formulir", "Formulir dibuat")
    assert desk.download("Unduh PDF").startswith(b"%PDF")
    sit(SUPERVISOR)
    desk.write("Alasan tanpa bukti terima", "DKISP belum menjawab")
    desk.press("Tutup tanpa bukti terima", "Langkah 9 · Selesai")
    sit(DISPATCHER)
    desk.write("Lokasi berkas arsip kertas", "Lemari 2, map 7")
    desk.press("Nyatakan selesai", "Tidak ada langkah yang berjalan")
    found = re.search(r"register (\d{4}/\d{6})", desk.page.get_by_test_id("stMain").inner_text())
    assert found
    return found[1]


def assert_whole(record: dict[str, Any], said: dict[str, str]) -> None:
    """Check what every record must hold; `said` is what Pengerahan said of the units that were sent."""
    assert record["case"]["outcome"] is not None
    assert record["call"]["reporter_phone_masked"] == "•••142"
    assert record["call"]["reporter_ref"].startswith("h:")
    assert all(step["finished_at"] for step in record["steps"][:7])
    required = [line for line in record["agencies"] if line["required"]]
    assert all(line["notified_at"] and line["acknowledged_at"] for line in required)
    assert {unit["unit_code"] for unit in record["units"]} == set(said)
    for unit in record["units"]:
        legs = re.findall(r"([\d,]+) (k?m) \(", said[unit["unit_code"]])
        km = sum(float(far.replace(",", ".")) / (1 if per == "km" else 1000) for far, per in legs)
        assert legs and unit["distance_km"] == pytest.approx(km, abs=0.51 * len(legs))
        way = [unit[name] for name in ("departed_at", "arrived_at", "cleared_at") if unit[name]]
        assert way == sorted(way) and unit["cleared_at"]
    assert record["intervals"]["response_s"] is not None
    assert record["sitrep_count"] == 1
    photos = [item["sha256"] for item in record["documents"] if item["kind"] == "photo"]
    assert photos == [hashlib.sha256(picture()).hexdigest()]


# First, while no unit is on its way back from another case and becomes the nearest under the officer's hands.
def test_a_house_on_fire_at_lingkas_ujung(server: Server, desk: Callable[..., Desk]) -> None:
    wall, seat = desk(""), desk("penerimaan", "call_taker")
    card = wall.page.get_by_role("button", name="Gang Nelayan")

    call_no = take_call(seat, "Rumah terbakar di Gang Nelayan, api merembet ke dua rumah.")
    seat.choose("Jenis kejadian", "L-FIR1", search="65")
    seat.page.get_by_text("Belum diketahui", exact=True).click()
    seat.write("Nama tempat", "Gang Nelayan RT 7")
    seat.choose("Kelurahan", "Lingkas Ujung", search="lingkas")
    seat.sees(re.compile(r"Darat, kelurahan Lingkas Ujung .* perkiraan, radius \d+ m"))
    seat.write("Koordinat", LINGKAS_UJUNG_DMS)
    expect(seat.page.get_by_text("perkiraan, radius")).to_have_count(0)
    seat.sees("Darat, kelurahan Lingkas Ujung (65.71.03.1001), kewenangan Kota Tarakan")
    seat.press("Normal", "Usulan jenis: Normal. Menunggu penetapan Dispatcher.")
    expect(card).to_contain_text(call_no)
    seat.go("Pemantauan")
    seat.page.get_by_role("button", name=re.compile(f"Putuskan {call_no}")).click()
    seat.sees("Langkah 2 · Jenis panggilan")
    case_id = seat.page.url.split("kasus=")[1]

    def sit(person: Person) -> None:
        seat.open(f"kasus?kasus={case_id}", person.code)
        expect(seat.duty(person.name, person.role)).to_be_visible()

    sit(DISPATCHER)
    verify_and_coordinate(seat, agencies=3)

    sit(DUTY_OFFICER)
    seat.press("Usulkan dan setujui unit pada halaman Pengerahan", "Usulkan 6 unit")
    tankers = [code for code, words in ticked(seat, 6).items() if "tangki" in words.lower()]
    assert len(tankers) == 2
    for code in tankers:
        seat.page.get_by_role("checkbox", name=code).locator("xpath=ancestor::label").click()
        seat.settled()
    seat.sees("belum dipilih")
    said = ticked(seat, 4)
    assert all(re.search(r"[\d,]+ k?m \(perkiraan", words) for words in said.values())
    dispatch(seat, 4, "Danru B")

    sit(FIELD_OFFICER)
    move(seat, list(said), "Berangkat", "berangkat")
    expect(card).to_contain_text("dalam perjalanan")
    engines = [code for code in said if code.startswith("PMK")]
    move(seat, engines, "Tiba", "tiba")
    expect(card).to_contain_text("2 unit di lokasi")
    report(seat, "Dua rumah terbakar, api dikepung.")
    move(seat, list(said), "Selesai bertugas", "selesai bertugas")
    sit(DISPATCHER)
    finish(
        seat,
        "Api padam, pendinginan selesai.",
        "Dievakuasi",
        {
            "Jumlah korban": 5,
            "Selamat": 4,
            "Luka ringan": 1,
            "Tujuan rujukan korban luka": "RSUD dr. H. Jusuf SK",
        },
    )
    register_no = hand_in(seat, sit)
    expect(card).to_have_count(0)

    record = record_of(server, case_id, seat)
    assert record["register_no"] == register_no
    assert record["incident"].items() >= {"type_code": "L-FIR1", "domain": "land", "priority": 1}.items()
    place = record["location"]
    assert (place["lon"], place["lat"]) == pytest.approx(LINGKAS_UJUNG, abs=1e-5)
    assert (place["adm_code"], place["water_area"], place["accuracy_m"]) == ("65.71.03.1001", None, None)
    assert record["victims"].items() >= {"total": 5, "safe": 4, "injured_minor": 1}.items()
    assert_whole(record, said)
    case = asked(server, f"cases/{case_id}")
    assert (case["status"], {step["state"] for step in case["steps"]}) == ("closed", {"done"})


def test_a_person_in_the_water_at_pantai_amal(server: Server, desk: Callable[..., Desk]) -> None:
    wall, seat = desk(""), desk("penerimaan", "call_taker")
    card = wall.page.get_by_role("button", name="Depan Pantai Amal")

    def sit(person: Person) -> None:
        seat.open(f"kasus?kasus={case_id}", person.code)
        expect(seat.duty(person.name, person.role)).to_be_visible()

    call_no = take_call(
        seat, f"{REPORTER} ({NUMBER}): adiknya terseret arus di depan Pantai Amal, 300 m dari pantai."
    )
    seat.choose("Jenis kejadian", "S-MOB", search="tenggelam")
    seat.write("Perkiraan korban", "1")
    seat.write("Nama tempat", "Depan Pantai Amal")
    seat.click_map(*OFF_PANTAI_AMAL)
    seat.sees(re.compile(r"Laut, [\d,]+ k?m dari pantai, Perairan Pantai Amal, kewenangan Kota Tarakan"))
    expect(seat.page.get_by_role("radio", name="Laut")).to_be_checked()
    seat.press("Normal", "Usulan jenis: Normal. Menunggu penetapan Dispatcher.")
    expect(card).to_contain_text(call_no)
    expect(card.locator(".figure")).to_have_text(re.compile(r"^\d+:\d\d$"))

    seat.becomes(DISPATCHER.name, DISPATCHER.role)
    seat.go("Pemantauan")
    seat.page.get_by_role("button", name=re.compile(f"Putuskan {call_no}")).click()
    seat.sees("Langkah 2 · Jenis panggilan")
    case_id = seat.page.url.split("kasus=")[1]
    verify_and_coordinate(seat, agencies=4)
    expect(card).to_contain_text("Langkah 5")

    seat.becomes(DUTY_OFFICER.name, DUTY_OFFICER.role)
    seat.press("Usulkan dan setujui unit pada halaman Pengerahan", re.compile("Titik temu [A-Z]"))
    expect(seat.duty(DUTY_OFFICER.name, DUTY_OFFICER.role)).to_be_visible()
    said = ticked(seat, 4)
    assert {code.split("-")[0] for code in said} == {"SAR", "POL", "BPBD", "AMB"}
    for code, words in said.items():
        assert "disarankan" in words
        method = "jalur air" if code.startswith(("SAR", "POL")) else "perkiraan garis lurus"
        assert re.search(rf"[\d,]+ km \({method}", words), words
    dispatch(seat, 4, "Kapten Laut")

    sit(DISPATCHER)
    move(seat, list(said), "Berangkat", "berangkat")
    expect(card).to_contain_text("dalam perjalanan")
    move(seat, list(said), "Tiba", "tiba")
    expect(card).to_contain_text("4 unit di lokasi")
    report(seat, "Korban terlihat 200 m dari pantai, perahu mendekat.")
    move(seat, list(said), "Selesai bertugas", "selesai bertugas")
    finish(
        seat,
        "Korban sadar, dirawat di ambulans.",
        "Diselamatkan",
        {"Jumlah korban": 1, "Selamat": 1},
    )
    register_no = hand_in(seat, sit)
    expect(card).to_have_count(0)

    record = record_of(server, case_id, seat)
    assert record["register_no"] == register_no
    assert record["incident"].items() >= {"type_code": "S-MOB", "domain": "sea", "priority": 1}.items()
    place = record["location"]
    assert (place["lon"], place["lat"]) == pytest.approx(OFF_PANTAI_AMAL, abs=0.001)
    assert (place["adm_code"], place["water_area"]) == (None, "Perairan Pantai Amal")
    assert place["jurisdiction"] == "65.71"
    assert record["victims"].items() >= {"total": 1, "safe": 1, "missing": 0}.items()
    assert_whole(record, said)
    case = asked(server, f"cases/{case_id}")
    assert (case["status"], {step["state"] for step in case["steps"]}) == ("closed", {"done"})


def test_a_prank_is_confirmed_by_a_second_person_and_remembered(
    server: Server, desk: Callable[..., Desk]
) -> None:
    caller, decider = desk("penerimaan", "call_taker"), desk("")
    call_no = take_call(caller, "Tertawa, mengaku ada monyet di sekolah, lalu menutup.", PRANKSTER)
    caller.sees("Belum ada panggilan lain dari nomor ini dalam 30 hari.")
    caller.press("Prank", "Usulan jenis: Prank. Menunggu penetapan Dispatcher.")

    words = f"Putuskan {call_no}: diusulkan Prank oleh {CALL_TAKER.name}"
    question = decider.page.get_by_role("button", name=words)
    question.click()
    decider.sees("Langkah 2 · Jenis panggilan")
    case_id = decider.page.url.split("kasus=")[1]
    decider.press("Prank", "Jenis panggilan: Prank.")
    decider.write("Catatan penutupan", "Suara anak-anak, ditutup.")
    decider.press("Tutup panggilan", "Tidak ada langkah yang berjalan")
    decider.sees(f"{call_no} · register –")
    decider.sees("hasil Prank")
    decider.go("Pemantauan")
    expect(question).to_have_count(0)
    expect(decider.page.get_by_role("button", name=call_no)).to_have_count(0)
    assert not list((server.var / "demo" / "outbox").rglob(f"{case_id}*"))

    caller.page.keyboard.press("t")
    caller.page.get_by_label("Nomor panggil balik").fill(PRANKSTER)
    caller.sees("1 panggilan prank dalam 30 hari")


def test_the_second_of_two_people_is_told_and_overwrites_nothing(
    server: Server, desk: Callable[..., Desk]
) -> None:
    report = {"narrative": "uji", "incident_type": "L-TRP", "place_text": "Pasar"}
    taken = asked(server, "calls", channel="panic_button", **report)
    address = f"kasus?kasus={taken['case_id']}"
    first, second = desk(address), desk(address)
    first.press("Normal", "Langkah 3 · Verifikasi")
    second.press(
        "Informasi", re.compile(r"sudah diubah oleh Budi \(contoh\) pukul .* Muat ulang lalu ulangi")
    )
    first.press("Teruskan ke SAR", "Perwira SAR diberi tahu")
    second.sees("Ada perubahan baru pada kasus ini.")
    second.button("Muat ulang").first.click()
    second.sees("Perwira SAR diberi tahu")
    second.press("Teruskan ke BPBD", "Perwira BPBD diberi tahu")
    assert asked(server, f"cases/{taken['case_id']}")["call"]["call_class"] == "normal"
