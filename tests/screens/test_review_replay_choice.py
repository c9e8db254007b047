"""Putar ulang: which case is played, by the list, by its number in the address, and what is said of it."""

from datetime import UTC, datetime, timedelta

import pytest
from many_cases import a_unit_of, handled, prank, reported
from streamlit.testing.v1 import AppTest

from domain.case import Case
from domain.words import Domain, Role
from geo.points import LonLat
from services.center import Center

NOW = datetime.now(UTC)
LAND = LonLat(117.592, 3.318)


@pytest.fixture
def fire(center: Center) -> Case:
    """A handled fire of five days ago, and a prank after it."""
    unit = a_unit_of(center, "PMK")
    case = handled(center, NOW - timedelta(days=5), "L-FIR1", Domain.LAND, LAND, unit)
    prank(center, NOW - timedelta(days=2))
    return case


def opened(page, role: Role = Role.AUDITOR, **query: str) -> AppTest:
    test = page("pimpinan", role)
    test.query_params["bagian"] = "ulang"
    for name, value in query.items():
        test.query_params[name] = [value]
    return test.run()


def told(test: AppTest) -> str:
    return " ".join(element.value for element in [*test.markdown, *test.caption, *test.info, *test.warning])


def test_the_newest_request_for_help_is_played_first(fire: Case, page) -> None:
    test = opened(page)

    assert not test.exception
    assert test.selectbox(key="replay_case").value == fire.case_id
    assert f"**{fire.call_no}** · Kebakaran rumah" in told(test)
    assert "Tidak ada posisi yang dilaporkan" in told(test)


def test_the_list_has_the_selection_newest_first_and_choosing_puts_it_into_the_address(
    fire: Case, page
) -> None:
    test = opened(page)
    options = test.selectbox(key="replay_case").options
    assert len(options) == 2
    assert fire.call_no in options[1]

    test.selectbox(key="replay_case").select_index(0).run()
    assert not test.exception
    assert "Selesai" in told(test)
    assert test.query_params["putar"] != [fire.case_id]
    assert fire.call_no not in told(test)


@pytest.mark.parametrize("number", ["call_no", "register_no", "case_id"])
def test_the_address_may_name_a_case_by_any_of_its_numbers(fire: Case, page, number: str) -> None:
    test = opened(page, putar=str(getattr(fire, number)))
    assert f"**{fire.call_no}**" in told(test)
    assert not test.warning


def test_a_case_outside_the_selection_is_played_too_and_says_so(center: Center, fire: Case, page) -> None:
    reported(center, NOW, "S-MOB", Domain.SEA, None)
    test = opened(page, putar=fire.call_no, matra="Laut")
    assert f"**{fire.call_no}**" in told(test)
    assert any("di luar pilihan" in option for option in test.selectbox(key="replay_case").options)


def test_an_unknown_number_is_said_and_nothing_is_played(fire: Case, page) -> None:
    test = opened(page, putar="P-<b>1</b>")
    assert not test.exception
    (warning,) = test.warning
    assert "tidak ditemukan" in warning.value
    assert "**P" not in told(test)


def test_an_open_call_without_place_and_units_plays_what_there_is(center: Center, page) -> None:
    case = reported(center, NOW - timedelta(hours=1), "L-ANI", Domain.LAND, None)
    test = opened(page, Role.DISPATCHER)
    assert not test.exception
    assert f"**{case.call_no}**" in told(test)
    assert "masih berjalan" in told(test)
    assert "tanpa koordinat" in told(test)
    assert "posisi" not in told(test)


def test_an_empty_selection_is_a_sentence(center: Center, page) -> None:
    test = opened(page)
    assert not test.exception
    assert "Perpanjang rentang tanggal" in told(test)
