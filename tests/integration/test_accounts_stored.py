"""Accounts and sessions in a real file: signing in, waiting, the second factor, ends, what the trail says."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from center_builders import T0, settings

from database import accounts as store
from domain.accounts import (
    AccountDisabled,
    BadPassword,
    Deed,
    OneTimeOver,
    Source,
    TooManyTries,
    WrongCode,
    WrongSignIn,
)
from domain.case import Actor
from domain.errors import BadInput, NotFound, NotPermitted
from domain.words import Role
from services import accounts, known_browsers, sessions
from services.accounts import NeedsCode
from services.center import Center, close_center, open_center

FAJAR = Actor("Fajar", Role.ADMIN, "fajar")
PASSWORD = "kuda laut biru tua"
HERE = ("10.0.0.7", "Peramban uji")


@pytest.fixture
def center(tmp_path: Path):
    yield open_center(settings(tmp_path))
    close_center()


def person(center: Center, login: str = "ani", *roles: Role):
    """Make an account whose owner has set a password; return the account."""
    new = accounts.make(center, T0, FAJAR, login, "Siti Rahma", roles or (Role.CALL_TAKER,))
    opened = accounts.sign_in(center, T0, login, new.password, *HERE)
    account = opened.signed_in.account
    assert account.must_change
    return accounts.set_password(
        center, T0, account.account_id, new.password, PASSWORD, opened.signed_in.session.session_id
    )


def signed_in(center: Center, login: str = "ani", at=T0):
    return accounts.sign_in(center, at, login, PASSWORD, *HERE)


def deeds(center: Center) -> list[str]:
    return [
        row[0]
        for row in center.db.read().rows("SELECT action FROM event WHERE entity = 'account' ORDER BY seq")
    ]


def test_the_first_start_makes_one_administrator_whose_password_must_be_changed(center: Center) -> None:
    first = accounts.first_start(center, T0)
    assert (first.account.login, first.account.roles, first.account.must_change) == (
        "admin",
        (Role.ADMIN,),
        True,
    )
    assert accounts.first_start(center, T0) is None
    assert accounts.sign_in(center, T0, "Admin ", first.password, *HERE).signed_in.account.must_change


def test_a_one_time_password_that_nobody_used_for_a_week_opens_nothing(center: Center) -> None:
    new = accounts.make(center, T0, FAJAR, "ani", "Siti Rahma", (Role.CALL_TAKER,))
    with pytest.raises(OneTimeOver, match="7 hari"):
        accounts.sign_in(center, T0 + timedelta(days=7), "ani", new.password, *HERE)
    assert accounts.sign_in(center, T0 + timedelta(days=6, hours=23), "ani", new.password, *HERE).cookie
    person(center, "budi")
    assert signed_in(center, "budi", at=T0 + timedelta(days=400)).cookie


def test_a_password_is_kept_as_argon2id_only(center: Center) -> None:
    person(center)
    center.db.close()
    kept = (center.settings.db_path).read_bytes()
    assert PASSWORD.encode() not in kept
    assert b"$argon2id$v=19$" in kept
    center.db.__class__.open(center.settings.db_path).close()


def test_what_a_cookie_holds_is_found_until_it_is_signed_out(center: Center) -> None:
    person(center)
    new = signed_in(center)
    assert sessions.find(center, T0, new.cookie).actor == Actor("Siti Rahma", Role.CALL_TAKER, "ani")
    told: list[str] = []
    center.session_box.when_ended(new.signed_in.session.session_id, lambda: told.append("ended"))
    sessions.sign_out(center, T0, new.signed_in)
    assert sessions.find(center, T0, new.cookie) is None
    assert told == ["ended"]


@pytest.mark.parametrize("cookie", ["", "x", "x.y", "."])
def test_a_forged_cookie_finds_nobody(center: Center, cookie: str) -> None:
    person(center)
    new = signed_in(center)
    assert sessions.find(center, T0, cookie) is None
    token, _, signature = new.cookie.rpartition(".")
    other = ("A" if signature[5] != "A" else "B").join((signature[:5], signature[6:]))
    assert sessions.find(center, T0, f"{token}.{other}") is None
    assert sessions.find(center, T0, new.cookie.rpartition(".")[0]) is None


def test_a_session_outlives_a_restart_and_ends_with_its_time(center: Center, tmp_path: Path) -> None:
    person(center)
    cookie = signed_in(center).cookie
    for minutes in range(0, 700, 20):
        assert sessions.find(center, T0 + timedelta(minutes=minutes), cookie)
    sessions.expire(center, T0 + timedelta(minutes=685))
    close_center()
    again = open_center(settings(tmp_path))
    assert sessions.find(again, T0 + timedelta(minutes=700), cookie)
    assert sessions.find(again, T0 + timedelta(minutes=720), cookie) is None
    assert sessions.expire(again, T0 + timedelta(minutes=720)) >= 1
    assert again.db.read().rows("SELECT * FROM session") == []


def test_wrong_passwords_make_the_account_wait_and_the_trail_says_so_once(center: Center) -> None:
    person(center)
    for n in range(5):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(center, T0, "ani", f"salah {n} sekali", f"10.0.0.{n}", "x")
    with pytest.raises(TooManyTries) as waits:
        accounts.sign_in(center, T0, "ani", PASSWORD, *HERE)
    assert "30 detik" in str(waits.value)
    assert deeds(center).count(Deed.REFUSED) == 1
    assert signed_in(center, at=T0 + timedelta(seconds=30)).cookie


def test_others_wrong_passwords_keep_nobody_out_of_a_browser_that_knows_them(center: Center) -> None:
    own = known_browsers.STRANGER.after(person(center).account_id)
    for n in range(20):
        with pytest.raises((WrongSignIn, TooManyTries)):
            accounts.sign_in(center, T0, "ani", f"salah {n} sekali", *HERE)
            accounts.sign_in(center, T0, f"orang{n}", "salah salah salah", *HERE)
    with pytest.raises(TooManyTries):
        signed_in(center)
    again = known_browsers.read(center, known_browsers.mark(center, own))
    assert accounts.sign_in(center, T0, "ani", PASSWORD, *HERE, again).cookie


def test_a_browser_that_knows_an_account_waits_for_its_own_wrong_passwords(center: Center) -> None:
    own = known_browsers.STRANGER.after(person(center).account_id)
    other = known_browsers.STRANGER.after(person(center, "budi").account_id)
    for n in range(5):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(center, T0, "ani", f"salah {n} sekali", *HERE, own)
    with pytest.raises(TooManyTries):
        accounts.sign_in(center, T0, "ani", PASSWORD, *HERE, own)
    assert deeds(center).count(Deed.REFUSED) == 1
    # Another browser, and one that knows somebody else only, count like everybody: nothing was wrong there.
    assert accounts.sign_in(center, T0, "ani", PASSWORD, *HERE, other).cookie
    assert accounts.sign_in(center, T0 + timedelta(seconds=30), "ani", PASSWORD, *HERE, own).cookie
    for n in range(4):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(center, T0 + timedelta(seconds=30), "ani", f"salah {n}", *HERE, own)
    assert accounts.sign_in(center, T0 + timedelta(seconds=30), "ani", PASSWORD, *HERE, own).cookie


def test_codes_are_counted_in_a_browser_that_knows_the_account(center: Center) -> None:
    account = person(center)
    totp = pyotp.TOTP(accounts.new_totp())
    accounts.set_totp(center, T0, account.account_id, totp.secret, totp.at(T0), PASSWORD)
    own = known_browsers.STRANGER.after(account.account_id)
    for _ in range(5):
        with pytest.raises(WrongCode):
            accounts.second_step(center, T0, account.account_id, "abcdef", *HERE, own)
    with pytest.raises(TooManyTries):
        accounts.second_step(center, T0, account.account_id, totp.at(T0), *HERE, own)


def test_the_mark_of_a_known_browser_is_signed_and_holds_a_whole_room(center: Center) -> None:
    browser = known_browsers.STRANGER
    for n in range(known_browsers.MOST_ACCOUNTS + 1):
        browser = browser.after(f"akun-{n}").after("akun-bersama")
    mark = known_browsers.mark(center, browser)
    assert known_browsers.read(center, mark) == browser
    assert browser.knows("akun-bersama") and browser.knows("akun-20") and not browser.knows("akun-0")
    assert len(mark) < 3000, "more than a browser keeps in a cookie"
    for forged in ("", "x", mark[:-1], mark.swapcase()):
        assert known_browsers.read(center, forged) == known_browsers.STRANGER


def test_many_names_from_one_address_make_the_address_wait(center: Center) -> None:
    person(center)
    for n in range(20):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(center, T0, f"orang{n}", "salah salah salah", *HERE)
    with pytest.raises(TooManyTries):
        accounts.sign_in(center, T0, "ani", PASSWORD, *HERE)
    assert accounts.sign_in(center, T0, "ani", PASSWORD, "10.0.0.8", "x").cookie


def test_an_unknown_name_and_a_wrong_password_are_told_in_the_same_words(center: Center) -> None:
    person(center)
    said = set()
    for login in ("ani", "tidak-ada"):
        with pytest.raises(WrongSignIn) as refused:
            accounts.sign_in(center, T0, login, "salah salah salah", *HERE)
        said.add(str(refused.value))
    assert len(said) == 1


def test_the_second_factor_is_asked_taken_once_and_counted(center: Center) -> None:
    account = person(center)
    secret = accounts.new_totp()
    totp = pyotp.TOTP(secret)
    with pytest.raises(WrongCode):
        accounts.set_totp(center, T0, account.account_id, secret, "000000", PASSWORD)
    with pytest.raises(WrongSignIn):
        accounts.set_totp(center, T0, account.account_id, secret, totp.at(T0), "bukan ini")
    accounts.set_totp(center, T0, account.account_id, secret, totp.at(T0), PASSWORD)
    needed = signed_in(center)
    assert needed == NeedsCode(account.account_id)
    with pytest.raises(WrongCode):  # this one was used to set it
        accounts.second_step(center, T0, account.account_id, totp.at(T0), *HERE)
    later = T0 + timedelta(seconds=60)
    assert accounts.second_step(
        center, later, account.account_id, f" {totp.at(later)[:3]} {totp.at(later)[3:]}", *HERE
    )
    with pytest.raises(WrongCode):
        accounts.second_step(center, later, account.account_id, totp.at(later), *HERE)
    old = T0 + timedelta(minutes=10)
    with pytest.raises(WrongCode):
        accounts.second_step(center, old, account.account_id, totp.at(old - timedelta(seconds=61)), *HERE)
    assert accounts.set_totp(center, old, account.account_id, None, totp.at(old)).totp_secret is None
    assert signed_in(center, at=old).cookie


def test_a_changed_password_ends_the_other_sessions_only(center: Center) -> None:
    account = person(center)
    mine, other = signed_in(center), signed_in(center)
    for wrong in ("pendek", "Tarakan2026!!", PASSWORD):
        with pytest.raises(BadPassword):
            accounts.set_password(
                center, T0, account.account_id, PASSWORD, wrong, mine.signed_in.session.session_id
            )
    with pytest.raises(WrongSignIn):
        accounts.set_password(center, T0, account.account_id, "bukan ini", "gajah di pelabuhan", "")
    accounts.set_password(
        center, T0, account.account_id, PASSWORD, "gajah di pelabuhan", mine.signed_in.session.session_id
    )
    assert sessions.find(center, T0, mine.cookie)
    assert sessions.find(center, T0, other.cookie) is None


@pytest.mark.parametrize("what", ["disable", "roles", "reset"])
def test_what_an_admin_does_to_an_account_ends_its_sessions_at_once(center: Center, what: str) -> None:
    accounts.first_start(center, T0)
    account = person(center)
    cookie = signed_in(center).cookie
    if what == "disable":
        accounts.set_active(center, T0, FAJAR, account.account_id, False)
    elif what == "roles":
        accounts.change(center, T0, FAJAR, account.account_id, account.name, (Role.AUDITOR,))
    else:
        reset = accounts.reset(center, T0, FAJAR, account.account_id)
        assert accounts.sign_in(center, T0, "ani", reset.password, *HERE).signed_in.account.must_change
    assert sessions.find(center, T0, cookie) is None
    if what == "disable":
        with pytest.raises(AccountDisabled):
            signed_in(center)
        accounts.set_active(center, T0, FAJAR, account.account_id, True)
        assert signed_in(center).cookie


def test_the_last_admin_stays(center: Center) -> None:
    first = accounts.first_start(center, T0).account
    with pytest.raises(BadInput, match="admin"):
        accounts.set_active(center, T0, FAJAR, first.account_id, False)
    with pytest.raises(BadInput, match="admin"):
        accounts.change(center, T0, FAJAR, first.account_id, "A", (Role.AUDITOR,))
    person(center, "budi", Role.ADMIN)
    assert not accounts.set_active(center, T0, FAJAR, first.account_id, False).is_active


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_admin_touches_accounts(center: Center, role: Role) -> None:
    account, actor = person(center), Actor("X", role, "x")
    cookie = signed_in(center)
    for touch in (
        lambda: accounts.make(center, T0, actor, "baru", "Baru", (role,)),
        lambda: accounts.change(center, T0, actor, account.account_id, "X", (role,)),
        lambda: accounts.set_active(center, T0, actor, account.account_id, False),
        lambda: accounts.reset(center, T0, actor, account.account_id),
        lambda: sessions.end(center, T0, actor, cookie.signed_in.session.session_id),
    ):
        with pytest.raises(NotPermitted):
            touch()


def test_one_ends_ones_own_other_session(center: Center) -> None:
    person(center)
    one, other = signed_in(center), signed_in(center)
    sessions.end(center, T0, one.signed_in.actor, other.signed_in.session.session_id)
    assert sessions.find(center, T0, other.cookie) is None
    with pytest.raises(NotFound):
        sessions.end(center, T0, one.signed_in.actor, other.signed_in.session.session_id)


@pytest.mark.parametrize(
    ("login", "name", "roles", "field"),
    [
        ("x", "Nama", (Role.AUDITOR,), "login"),
        ("ANI ", "Nama", (Role.AUDITOR,), "login"),
        ("baru", " ", (Role.AUDITOR,), "name"),
        ("baru", "Nama", (), "roles"),
    ],
)
def test_a_bad_new_account_names_its_field(center: Center, login, name, roles, field) -> None:
    person(center)
    with pytest.raises(BadInput) as refused:
        accounts.make(center, T0, FAJAR, login, name, roles)
    assert refused.value.field == field


def test_acting_for_somebody_needs_the_right_a_name_and_a_reason_and_is_recorded(center: Center) -> None:
    person(center, "eka", Role.SUPERVISOR)
    new = signed_in(center, "eka")
    with pytest.raises(BadInput):
        sessions.act_as(center, T0, new.signed_in, Role.DUTY_OFFICER)
    with pytest.raises(BadInput):
        sessions.act_as(center, T0, new.signed_in, Role.DUTY_OFFICER, "Citra")
    for role in (Role.ADMIN, Role.AUDITOR):
        with pytest.raises(BadInput, match="tugas piket"):
            sessions.act_as(center, T0, new.signed_in, role, "Fajar", "mau tahu")
    sessions.act_as(center, T0, new.signed_in, Role.DUTY_OFFICER, "Citra", "perwira sakit")
    acting = sessions.find(center, T0, new.cookie)
    assert acting.actor == Actor("Siti Rahma", Role.DUTY_OFFICER, "eka", "Citra")
    (told,) = center.db.read().rows("SELECT after FROM event WHERE action = ?", Deed.ACTS_AS.value)
    assert "Citra" in told[0] and "perwira sakit" in told[0]
    back = sessions.act_as(center, T0, acting, Role.SUPERVISOR)
    assert back.actor == Actor("Siti Rahma", Role.SUPERVISOR, "eka")


def test_two_roles_of_ones_own_are_changed_without_a_reason_but_no_third(center: Center) -> None:
    person(center, "ani", Role.CALL_TAKER, Role.DISPATCHER)
    new = signed_in(center)
    assert sessions.act_as(center, T0, new.signed_in, Role.DISPATCHER).actor.role is Role.DISPATCHER
    with pytest.raises(BadInput):
        sessions.act_as(center, T0, new.signed_in, Role.ADMIN)
    with pytest.raises(NotPermitted):
        sessions.act_as(center, T0, new.signed_in, Role.DUTY_OFFICER, "Citra", "sakit")


def test_whoever_holds_the_machine_gets_in_again(center: Center) -> None:
    first = accounts.first_start(center, T0).account
    person(center, "budi", Role.ADMIN)
    accounts.set_active(center, T0, FAJAR, first.account_id, False)
    new = accounts.rescue(center, T0)
    assert accounts.sign_in(center, T0, "admin", new.password, *HERE).signed_in.account.roles == (Role.ADMIN,)


def test_example_people_have_no_password_and_exist_only_in_a_demonstration(center: Center) -> None:
    accounts.make_examples(center, T0, (Actor("Budi (contoh)", Role.DISPATCHER),))
    with pytest.raises(WrongSignIn):
        accounts.sign_in_example(center, T0, "budi", *HERE)
    for password in ("", "x", "None"):
        with pytest.raises(WrongSignIn):
            accounts.sign_in(center, T0, "budi", password, *HERE)


def test_the_trail_names_every_deed_and_no_secret(center: Center) -> None:
    account = person(center)
    new = signed_in(center)
    sessions.sign_out(center, T0, new.signed_in)
    accounts.reset(center, T0, FAJAR, account.account_id)
    assert deeds(center) == [
        Deed.MADE,
        Deed.SIGNED_IN,
        Deed.PASSWORD_CHANGED,
        Deed.SIGNED_IN,
        Deed.SIGNED_OUT,
        Deed.PASSWORD_RESET,
    ]
    told = str(center.db.read().rows("SELECT * FROM event WHERE entity = 'account'"))
    assert "argon2" not in told and PASSWORD not in told


# --- what happens meanwhile -----------------------------------------------------------------------------


def while_it_writes(center: Center, begin, meanwhile) -> list[BaseException]:
    """Let `begin` come as far as the file, do `meanwhile` before it may write; return what it raised."""
    raised: list[BaseException] = []

    def tried() -> None:
        try:
            begin()
        except Exception as error:
            raised.append(error)

    waits = threading.Event()
    write = center.db.write

    def write_later():
        if threading.current_thread() is thread:
            waits.set()
            done.wait(20)
        return write()

    done = threading.Event()
    thread = threading.Thread(target=tried)
    center.db.write = write_later
    try:
        thread.start()
        assert waits.wait(20)
        meanwhile()
    finally:
        done.set()
        thread.join(20)
        del center.db.write
    return raised


def test_whoever_is_disabled_while_signing_in_stays_out(center: Center) -> None:
    accounts.first_start(center, T0)
    account = person(center)
    raised = while_it_writes(
        center,
        lambda: signed_in(center),
        lambda: accounts.set_active(center, T0, FAJAR, account.account_id, False),
    )
    assert [type(one) for one in raised] == [AccountDisabled]
    assert not accounts.by_login(center, "ani").is_active


def test_a_password_that_was_reset_while_signing_in_does_not_come_back(center: Center) -> None:
    account = person(center)
    new: list[accounts.NewAccount] = []
    raised = while_it_writes(
        center,
        lambda: signed_in(center),
        lambda: new.append(accounts.reset(center, T0, FAJAR, account.account_id)),
    )
    assert [type(one) for one in raised] == [WrongSignIn]
    assert accounts.sign_in(center, T0, "ani", new[0].password, *HERE).cookie


def test_new_roles_survive_a_wrong_password_that_was_on_its_way(center: Center) -> None:
    accounts.first_start(center, T0)
    account = person(center)
    raised = while_it_writes(
        center,
        lambda: accounts.sign_in(center, T0, "ani", "salah salah salah", *HERE),
        lambda: accounts.change(center, T0, FAJAR, account.account_id, "Ani", (Role.AUDITOR,)),
    )
    kept = accounts.by_login(center, "ani")
    assert [type(one) for one in raised] == [WrongSignIn]
    assert (kept.roles, kept.failures) == ((Role.AUDITOR,), 1)


def test_one_code_sent_twice_at_once_signs_in_once(center: Center) -> None:
    account = person(center)
    totp = pyotp.TOTP(accounts.new_totp())
    accounts.set_totp(center, T0, account.account_id, totp.secret, totp.at(T0), PASSWORD)
    later = T0 + timedelta(seconds=60)

    def by_code():
        return accounts.second_step(center, later, account.account_id, totp.at(later), *HERE)

    raised = while_it_writes(center, by_code, by_code)
    assert [type(one) for one in raised] == [WrongCode]
    assert len(center.db.read().rows("SELECT * FROM session WHERE started_at = ?", later)) == 1


def test_a_session_that_was_ended_does_not_come_back_with_another_role(center: Center) -> None:
    person(center, "ani", Role.CALL_TAKER, Role.DISPATCHER)
    new = signed_in(center)
    sessions.end(center, T0, FAJAR, new.signed_in.session.session_id)
    with pytest.raises(NotFound):
        sessions.act_as(center, T0, new.signed_in, Role.DISPATCHER)
    assert sessions.find(center, T0, new.cookie) is None


def test_two_admins_cannot_shut_each_other_out_at_once(center: Center) -> None:
    first = accounts.first_start(center, T0).account
    other = person(center, "budi", Role.ADMIN)
    raised = while_it_writes(
        center,
        lambda: accounts.set_active(center, T0, FAJAR, first.account_id, False),
        lambda: accounts.set_active(center, T0, FAJAR, other.account_id, False),
    )
    assert [type(one) for one in raised] == [accounts.LastAdmin]


def test_wrong_passwords_sent_at_once_are_counted_one_by_one(center: Center) -> None:
    person(center)

    def wrong(n: int) -> type:
        with pytest.raises((WrongSignIn, TooManyTries)) as refused:
            accounts.sign_in(center, T0, "ani", f"salah {n} sekali", f"10.0.1.{n}", "x")
        return refused.type

    with ThreadPoolExecutor(12) as pool:
        told = Counter(pool.map(wrong, range(12)))
    assert told == {WrongSignIn: 5, TooManyTries: 7}


def test_a_name_that_nobody_has_waits_like_one_that_somebody_has(center: Center) -> None:
    person(center)
    told = []
    for login in ("ani", "tidak-ada"):
        for n in range(7):
            with pytest.raises((WrongSignIn, TooManyTries)) as refused:
                accounts.sign_in(center, T0, login, f"salah {n} sekali", f"10.0.2.{len(told)}", "x")
            told.append(str(refused.value))
    assert told[:7] == told[7:]
    assert "30 detik" in told[-1]


def test_the_second_factor_is_not_taken_away_by_trying_codes(center: Center) -> None:
    account = person(center)
    totp = pyotp.TOTP(accounts.new_totp())
    accounts.set_totp(center, T0, account.account_id, totp.secret, totp.at(T0), PASSWORD)
    for _ in range(5):
        with pytest.raises(WrongCode):
            accounts.set_totp(center, T0, account.account_id, None, "abcdef")
    later = T0 + timedelta(seconds=29)
    with pytest.raises(TooManyTries):
        accounts.set_totp(center, later, account.account_id, None, totp.at(T0 + timedelta(seconds=30)))


def test_a_second_factor_that_is_set_is_not_replaced_by_another(center: Center) -> None:
    account = person(center)
    one, other = pyotp.TOTP(accounts.new_totp()), pyotp.TOTP(accounts.new_totp())
    accounts.set_totp(center, T0, account.account_id, one.secret, one.at(T0), PASSWORD)
    with pytest.raises(WrongCode):
        accounts.set_totp(center, T0, account.account_id, other.secret, other.at(T0), PASSWORD)
    assert accounts.by_login(center, "ani").totp_secret == one.secret


def test_an_account_of_another_service_is_no_example_person(tmp_path: Path) -> None:
    here = open_center(replace(settings(tmp_path), demo=True))
    try:
        accounts.make_examples(here, T0, (Actor("Budi (contoh)", Role.DISPATCHER),))
        account = accounts.by_login(here, "budi")
        with here.db.write() as writer:
            store.put(writer, replace(account, account_id="lain", login="dinas", source=Source.OIDC))
        sessions.refresh(here)
        assert accounts.sign_in_example(here, T0, "budi", *HERE).cookie
        with pytest.raises(WrongSignIn):
            accounts.sign_in_example(here, T0, "dinas", *HERE)
    finally:
        close_center()
