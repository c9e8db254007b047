"""What a password must be, how long one waits, when a session ends: the pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts import (
    Account,
    Session,
    SessionLimits,
    SignedIn,
    Source,
    clean_login,
    failed,
    login_fault,
    name_fault,
    password_faults,
    role_for,
    succeeded,
    wait_s,
    waits_s,
)
from domain.words import Role
from services.accounts import is_common

NOW = datetime(2031, 3, 5, 2, 0, tzinfo=UTC)
ANI = Account("1", "ani", "Ani Lestari", (Role.CALL_TAKER, Role.DISPATCHER), Source.LOCAL, NOW, "Fajar")
SESSION = Session("s", "h", "1", Role.CALL_TAKER, NOW, NOW, "127.0.0.1", "Peramban")


def faults(password: str) -> list[str]:
    return [str(one) for one in password_faults(password, (ANI.login, ANI.name), is_common)]


@pytest.mark.parametrize(
    "password",
    [
        "kuda laut biru tua",
        "correct horse battery",
        "x9Wd-77qq-Lm21-ppa0",
        "sebelas gajah di pelabuhan",
        "ж" * 6 + "щекотка",
    ],
)
def test_long_passwords_of_unrelated_words_are_taken(password: str) -> None:
    assert faults(password) == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("kuda laut 1", "12"),
        ("k" * 64 + "uda laut biru" * 10, "128"),
        ("Tarakan2026!!", "ditebak"),
        ("1234567890123", "ditebak"),
        ("password12345", "ditebak"),
        ("!!!Rahasia!!!", "ditebak"),
        ("aaaaaaaabbbbbbbb", "ditebak"),
        ("si LESTARI indah", "nama Anda"),
    ],
)
def test_a_password_that_others_would_guess_is_refused_with_the_reason(password: str, why: str) -> None:
    assert any(why in fault for fault in faults(password)), faults(password)


def test_every_fault_is_told_at_once() -> None:
    assert len(faults("sigap")) == 2


@given(st.integers(0, 200))
def test_the_wait_never_gets_shorter_and_never_passes_a_quarter_of_an_hour(failures: int) -> None:
    assert 0 <= wait_s(failures) <= wait_s(failures + 1) <= 900


def test_four_wrong_ones_are_free_then_it_doubles() -> None:
    assert [wait_s(n) for n in range(12)] == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]


@given(st.integers(5, 30), st.floats(-5000, 5000))
def test_the_wait_runs_down_with_the_clock_and_a_clock_set_back_makes_it_no_longer(
    n: int, gone: float
) -> None:
    left = waits_s(n, NOW, NOW + timedelta(seconds=gone))
    assert 0 <= left <= wait_s(n)
    assert (left == 0) == (gone >= wait_s(n))


def test_a_right_password_forgets_the_wrong_ones() -> None:
    wrong = failed(failed(ANI, NOW), NOW + timedelta(seconds=5))
    assert (wrong.failures, wrong.failed_at) == (2, NOW + timedelta(seconds=5))
    assert succeeded(wrong) == ANI


@pytest.mark.parametrize(
    ("minutes", "idle", "ended"),
    [(0, 0, False), (29, 29, False), (30, 30, True), (719, 1, False), (720, 0, True), (-60, -60, False)],
)
def test_a_session_ends_after_twelve_hours_or_half_an_hour_without_use(minutes, idle, ended) -> None:
    now = NOW + timedelta(minutes=minutes)
    session = replace(SESSION, seen_at=now - timedelta(minutes=idle))
    assert SessionLimits().ended(session, now) is ended


def test_who_signs_in_acts_under_the_account_in_the_role_of_the_session() -> None:
    actor = SignedIn(ANI, replace(SESSION, role=Role.DISPATCHER, on_behalf_of="Citra")).actor
    assert (actor.name, actor.role, actor.account, actor.on_behalf_of) == (
        "Ani Lestari",
        Role.DISPATCHER,
        "ani",
        "Citra",
    )


def test_a_role_that_the_account_lacks_gives_its_first() -> None:
    assert role_for(ANI, Role.DISPATCHER) is Role.DISPATCHER
    assert role_for(ANI, Role.ADMIN) is Role.CALL_TAKER
    assert role_for(ANI, None) is Role.CALL_TAKER


@pytest.mark.parametrize("login", ["ani", "a.b-c_9", "0812", "x" * 40])
def test_sign_in_names_that_are_taken(login: str) -> None:
    assert login_fault(clean_login(f"  {login.upper()} ")) is None


@pytest.mark.parametrize("login", ["", "ab", "x" * 41, "ani lestari", ".ani", "ani\n", "añi", "ani/../x"])
def test_sign_in_names_that_are_not(login: str) -> None:
    assert login_fault(login) is not None


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 61, "a\u202eb"])
def test_names_that_are_not_taken(name: str) -> None:
    assert name_fault(name) is not None
