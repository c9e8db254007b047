"""Akses, API tokens: made and shown once, listed in words, revoked; nobody but an admin."""

from datetime import UTC, datetime, timedelta

import pytest
from api_builders import TOKENS_ADMIN, a_token
from streamlit.testing.v1 import AppTest

from domain.scopes import Scope
from domain.words import Role
from services import tokens
from services.center import Center
from ui.state import TOKEN_SHOWN

BOAT = "SAR-RIB-02"


def screen(role: str, name: str = "Uji") -> None:
    from domain.case import Actor
    from domain.words import Role
    from ui import access_tokens

    access_tokens.draw(Actor(name, Role(role), account=name.lower()))


def opened(role: Role = Role.ADMIN) -> AppTest:
    test = AppTest.from_function(screen, default_timeout=30, args=(role.value,)).run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    return "\n".join(
        one.value for one in (*test.markdown, *test.caption, *test.info, *test.warning, *test.error)
    )


def field(test: AppTest, label: str):
    kinds = (test.text_input, test.multiselect, test.selectbox, test.number_input, test.toggle)
    (found,) = [widget for kind in kinds for widget in kind if widget.label == label]
    return found


def press(test: AppTest, label: str) -> AppTest:
    (button,) = [button for button in test.button if button.label == label]
    return button.click().run()


def test_a_token_is_made_and_shown_once(center: Center) -> None:
    test = opened()
    assert "Belum ada token" in words(test)
    field(test, "Nama token").set_value("Tombol panik")
    field(test, "Cakupan").set_value([Scope.CALLS_WRITE, Scope.UNITS_READ])
    field(test, "Masa berlaku (hari)").set_value(30)
    press(test, "Buat token")
    assert not test.exception
    text = test.code[0].value
    found = center.token_box.find(text, datetime.now(UTC))
    assert found is not None
    assert (found.label, found.scopes) == ("Tombol panik", {Scope.CALLS_WRITE, Scope.UNITS_READ})
    assert timedelta(days=29) < found.expires_at - datetime.now(UTC) <= timedelta(days=30)

    press(test, "Sudah disalin, tutup")
    assert not test.code
    assert TOKEN_SHOWN not in test.session_state
    assert field(test, "Nama token").value == ""
    told = words(test)
    assert text not in told
    for word in (
        "Tombol panik",
        "calls:write",
        "mengirim laporan",
        "semua unit",
        "● berlaku sampai",
        "oleh Uji",
    ):
        assert word in told
    assert "terakhir dipakai" in told, "this test used it"


@pytest.mark.parametrize(
    ("label", "scopes", "unit", "reason"),
    [
        ("", [Scope.UNITS_READ], None, "1 sampai 60 huruf"),
        ("Sistem", [], None, "pilih paling sedikit satu"),
        ("Sistem", [Scope.CASES_READ], BOAT, "mengirim posisi unit; membaca unit"),
    ],
)
def test_a_token_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    center: Center, label: str, scopes: list[Scope], unit: str | None, reason: str
) -> None:
    test = opened()
    field(test, "Nama token").set_value(label)
    field(test, "Cakupan").set_value(scopes)
    field(test, "Hanya untuk unit").set_value(unit)
    press(test, "Buat token")
    assert reason in test.error[0].value
    assert field(test, "Nama token").value == label
    assert tokens.listed(center) == []


def test_a_token_is_revoked_only_after_a_second_press(center: Center) -> None:
    text = a_token(center, unit=BOAT)
    test = opened()
    assert BOAT in words(test)
    assert "langsung ditolak" in words(test)
    press(test, "Cabut sekarang")
    assert center.token_box.find(text, datetime.now(UTC)) is None
    assert "Belum ada token" in words(test)
    field(test, "Tampilkan yang dicabut dan habis masa").set_value(True).run()
    assert "■ dicabut" in words(test)
    assert not [button for button in test.button if button.label == "Cabut sekarang"]


def test_the_list_says_which_end_soon_and_which_have_ended(center: Center) -> None:
    now = datetime.now(UTC)
    tokens.make(center, now, TOKENS_ADMIN, "Segera", {Scope.UNITS_READ}, days=3)
    tokens.make(center, now - timedelta(days=9), TOKENS_ADMIN, "Lewat", {Scope.UNITS_READ}, days=3)
    test = opened()
    assert "▲ segera habis masa" in words(test)
    assert "Lewat" not in words(test)
    field(test, "Tampilkan yang dicabut dan habis masa").set_value(True).run()
    assert "■ habis masa" in words(test)


def test_a_token_is_not_left_to_the_next_person_at_the_desk(center: Center) -> None:
    made = tokens.make(center, datetime.now(UTC), TOKENS_ADMIN, "Sistem", {Scope.UNITS_READ})
    test = AppTest.from_function(screen, default_timeout=30, args=(Role.ADMIN.value, "Lain"))
    test.session_state[TOKEN_SHOWN] = ("uji", "Uji"), made
    test.run()
    assert not test.code
    assert [button for button in test.button if button.label == "Buat token"]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
def test_others_only_read(center: Center, role: Role) -> None:
    a_token(center)
    test = opened(role)
    assert not [button for button in test.button if button.label in ("Buat token", "Cabut sekarang")]
    assert "Membuat dan mencabut token API: oleh Admin." in words(test)
