"""Pimpinan, reach: the shares now, and with a post that was clicked, written, sent or proposed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from many_cases import a_unit_of, handled
from streamlit.testing.v1 import AppTest

from domain.words import Domain, Role
from geo.points import LonLat
from services.center import Center
from ui.state import CLICK, REACH_MAP, REACH_POST, REACH_POST_TEXT

NOW = datetime.now(UTC)
INLAND, NORTH, SEA = (117.5578, 3.3476), (117.5722, 3.371), (117.70, 3.33)
PLACES = [LonLat(117.5885, 3.307), LonLat(117.5826, 3.3268)]


@pytest.fixture
def reach(center: Center, page):
    """Make the page with this part open: `reach(query=…, key=value …)`."""

    def make(query: dict[str, str] | None = None, **state: object) -> AppTest:
        test = page("pimpinan", Role.AUDITOR, **state)
        test.query_params["bagian"] = "cakupan"
        for name, value in (query or {}).items():
            test.query_params[name] = value
        return test

    return make


def told(test: AppTest) -> str:
    return test.markdown[0].value.replace("\\", "")


def texts(test: AppTest) -> str:
    return " ".join(element.value for element in [*test.caption, *test.info, *test.error]).replace("\\", "")


def now_and_after(test: AppTest) -> tuple[int, int]:
    now, after = re.search(r"perkiraan (\d+) % kota .*menjadi perkiraan (\d+) %", told(test)).groups()  # type: ignore[union-attr]
    return int(now), int(after)


def stands(test: AppTest) -> str:
    """Return the post of the address: a script's own change is a text there, one of the browser a list."""
    value = test.query_params.get(REACH_POST, "")
    return value if isinstance(value, str) else "".join(value)


def table(test: AppTest) -> list[list[str]]:
    (html,) = [one.value for one in test.get("html") if "sigap-steps" in one.value]
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in rows]


def test_without_a_post_it_says_how_much_is_reached_now_and_what_is_in_the_number(reach) -> None:
    test = reach().run()

    assert not test.exception
    assert re.match(
        r"#### Dalam 15 menit sejak laporan, perkiraan \d+ % kota terjangkau \(Kebakaran\): dari 20 "
        r"kelurahan \d+ seluruhnya di luar standar, \d+ sebagian; n = 240 titik, 0 kasus\.",
        told(test),
    )
    assert (
        "pengolahan laporan 8,0 mnt (standar kota; kasus terpilih yang waktunya diketahui hanya n = 0)"
        in (texts(test))
    )
    assert "waktu siap 1,5 mnt (siang) + perjalanan dari pos, perkiraan garis lurus × 1,4" in texts(test)
    assert "5 unit terdaftar dihitung di 3 posnya masing-masing, bukan di posisinya saat ini" in texts(test)
    assert "satu unit terdaftar" in test.markdown[0].help
    assert test.button(key="reach_remove").disabled
    assert len(table(test)) == 21
    assert table(test)[0] == ["Kelurahan", "Terjangkau", "Sekarang", "Menit", "Kasus (n)"]
    assert all(cell.startswith("≈ ") for row in table(test)[1:] for cell in row if "%" in cell)


def test_a_click_on_the_map_puts_the_post_into_the_address_and_the_sentence_says_what_it_adds(reach) -> None:
    test = reach().run()
    test.session_state[CLICK] = INLAND
    test.run()

    assert not test.exception
    assert stands(test) == "117.55780,3.34760"
    now, after = now_and_after(test)
    assert after > now
    assert "sekarang; dengan pos di Karang Harapan naik menjadi" in told(test)
    assert test.text_input(key=REACH_POST_TEXT).value == "3.34760, 117.55780"
    assert "Pos baru: Mobil pompa, 35 km/jam, waktu siap 1,5 mnt." in texts(test)
    rows = table(test)
    assert rows[0][2:] == ["Sekarang", "Dengan pos", "Naik", "Menit", "Menit dengan pos", "Kasus (n)"]
    gains = [int(row[4].strip("≈ +")) for row in rows[1:]]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0 == gains[-1]


def test_the_view_can_be_sent_and_the_post_taken_away(reach) -> None:
    test = reach({"pos": "117.55780,3.34760", "standar": "Medis", "jam": "Malam", "sejak": "Perintah"}).run()
    assert "Dalam 15 menit sejak perintah" in told(test)
    assert "(Medis)" in told(test)
    assert "Karang Harapan" in told(test)
    assert "(malam)" in texts(test)
    assert "pengolahan laporan" not in texts(test)

    test.button(key="reach_remove").click().run()
    assert stands(test) == ""
    assert test.text_input(key=REACH_POST_TEXT).value == ""
    assert "dengan pos" not in told(test)


def test_coordinates_can_be_written_in_any_notation(reach) -> None:
    test = reach().run()
    test.text_input(key=REACH_POST_TEXT).set_value("3°20,856′ LU 117°33,468′ BT").run()
    assert stands(test) == "117.55780,3.34760"
    test.text_input(key=REACH_POST_TEXT).set_value("").run()
    assert stands(test) == ""


def test_what_cannot_be_read_is_said_and_the_post_stays(reach) -> None:
    test = reach({"pos": "117.55780,3.34760"}).run()
    before = told(test)
    test.text_input(key=REACH_POST_TEXT).set_value("dekat pasar").run()

    assert "“dekat pasar” tidak dapat dibaca" in texts(test)
    assert told(test) == before
    assert stands(test) == "117.55780,3.34760"
    assert test.text_input(key=REACH_POST_TEXT).value == "dekat pasar", "what was typed can be corrected"

    test.session_state[CLICK] = NORTH
    test.run()
    assert not test.error
    assert stands(test) == "117.57220,3.37100"


def test_a_post_at_sea_is_refused_and_the_old_one_stays(reach) -> None:
    test = reach({"pos": "117.55780,3.34760"}).run()
    before = told(test)
    test.session_state[CLICK] = SEA
    test.run()

    assert re.search(
        r"Pos tidak dapat ditempatkan di titik ini: laut, \d+ m dari pantai Pantai Amal", texts(test)
    )
    assert told(test) == before
    assert stands(test) == "117.55780,3.34760"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("nanti", "“nanti” tidak dapat dibaca. Tulis bujur,lintang"),
        ("1,2,3", "tidak dapat dibaca"),
        ("nan,3.3", "harus berupa angka"),
        ("3.3,117.6", "tertukar"),
        ("110,3.3", "di luar wilayah peta"),
        ("117.7,3.33", "laut"),
    ],
)
def test_a_bad_place_in_the_address_is_said_and_can_be_taken_away(reach, asked: str, says: str) -> None:
    test = reach({"pos": asked}).run()
    assert not test.exception
    assert says in texts(test)
    assert "dengan pos" not in told(test)
    assert not test.button(key="reach_remove").disabled


def test_one_click_counts_once(reach) -> None:
    test = reach().run()
    click = {"last_clicked": {"lat": INLAND[1], "lng": INLAND[0]}}
    test.session_state[REACH_MAP] = click
    test.run()
    assert stands(test) == "117.55780,3.34760"
    test.text_input(key=REACH_POST_TEXT).set_value("3.371, 117.5722").run()
    assert stands(test) == "117.57220,3.37100"
    test.session_state[REACH_MAP] = click
    test.run()
    assert stands(test) == "117.57220,3.37100", "the map still answers with its last click"


def test_a_place_is_proposed_and_it_is_not_called_the_best_for_another_question(reach) -> None:
    test = reach({"pos": "117.5885,3.307"}).run()
    assert "tidak menambahnya" in told(test)
    test.button(key="reach_propose").click().run()

    assert not test.exception
    now, after = now_and_after(test)
    assert after > now
    assert re.search(
        r"Usulan: dari 1\.\d{3} tempat yang diuji, pos di sini menambah paling banyak", texts(test)
    )
    assert "Tanpa data jalan" in texts(test)
    test.button_group(key="jam").set_value("malam").run()
    assert "Usulan" not in texts(test)


def test_the_turnout_of_the_night_reaches_less(reach) -> None:
    shares = []
    for shift in ("Siang", "Malam"):
        test = reach({"jam": shift, "pos": "117.55780,3.34760"}).run()
        shares.append(now_and_after(test))
    assert shares[0] > shares[1]


def test_the_chosen_cases_weigh_the_kelurahan_and_say_how_long_processing_takes(
    center: Center, reach
) -> None:
    before = re.search(r"perkiraan (\d+) %", told(reach().run()))
    fire = a_unit_of(center, "PMK")
    for n in range(6):
        handled(center, NOW - timedelta(days=n + 1), "L-FIR1", Domain.LAND, PLACES[n % 2], fire)
    test = reach().run()

    after = re.search(r"perkiraan (\d+) %", told(test))
    assert before and after and int(after[1]) > int(before[1]), "they were where engines come in time"
    assert "n = 240 titik, 6 kasus" in told(test)
    assert "pengolahan laporan 5,5 mnt (median dari kasus terpilih, n = 6)" in texts(test)
    assert {row[-1] for row in table(test)[1:]} == {"0", "3"}


def test_the_map_says_in_words_what_it_shows_and_another_colour_can_be_chosen(reach) -> None:
    test = reach({"pos": "117.55780,3.34760"}).run()
    assert "hijau polos = seluruhnya dalam standar" in texts(test)
    assert "≈ = perkiraan" in texts(test)
    test.button_group(key="warna").set_value("naik").run()
    assert "biru rapat = naik 25 poin atau lebih" in texts(test)
