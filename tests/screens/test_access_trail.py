"""Akses, trail: the list, the check in words, and the files; whoever may not sees who may."""

from collections.abc import Callable

import pytest
from builders import DEDI
from center_builders import at
from streamlit.testing.v1 import AppTest

from domain.case import Actor
from domain.words import Channel, Role
from services import intake
from services.center import Center

EKA = Actor("Eka", Role.CALL_TAKER, "eka01", "Citra")


def section() -> None:
    import streamlit as st

    from ui import access_trail, parts

    parts.notice()
    access_trail.draw(st.session_state["who"])


@pytest.fixture
def drawn(center: Center) -> Callable[[Role], AppTest]:
    # Entered in another year than the screen's first choice: the period is opened wide below.
    for minute in range(3):
        intake.open_call(center, at(minute), EKA, Channel.CALL_112)

    def draw(role: Role) -> AppTest:
        test = AppTest.from_function(section, default_timeout=30)
        test.session_state["who"] = Actor("Umi", role, "umi")
        return test.run()

    return draw


def words(test: AppTest) -> str:
    shown = (*test.markdown, *test.caption, *test.success, *test.error, *test.info)
    return " ".join([*(one.value for one in shown), *(one.proto.body for one in test.get("html"))])


def press(test: AppTest, name: str) -> AppTest:
    return test.button(key=f"trail:{name}").click().run()


def test_a_whole_chain_and_a_broken_one_are_told_in_words(
    drawn: Callable[[Role], AppTest], center: Center
) -> None:
    test = press(drawn(Role.AUDITOR), "check")
    assert not test.exception
    assert [one.value for one in test.success] == ["Rantai utuh: 3 peristiwa."]
    assert test.code[0].value == center.db.newest_event().hash.hex()
    with center.db.write() as writer:
        writer.execute("UPDATE event SET account = 'lain' WHERE seq = 2")
    test = press(test, "check")
    (said,) = [one.value for one in test.error]
    assert said.startswith("Rantai putus pada peristiwa 2: waktu, pelaku")


def test_the_list_shows_account_and_principal_and_is_filtered(
    drawn: Callable[[Role], AppTest], center: Center
) -> None:
    with center.db.write() as writer:
        writer.execute("UPDATE event SET entered_at = now() - INTERVAL 1 HOUR")
    intake.open_call(center, at(9), DEDI, Channel.CALL_112)
    test = drawn(Role.SUPERVISOR)
    assert not test.exception
    shown = words(test)
    assert shown.count("Eka (eka01) · Call Taker, atas nama Citra") == 3
    assert "Dedi" not in shown, "entered years from now"
    test = test.text_input(key="trail:person").set_value("bukan siapa-siapa").run()
    assert "Eka" not in words(test) and "Tidak ada peristiwa" in words(test)


def test_an_export_gives_a_file_to_whoever_asked_for_it_alone(
    drawn: Callable[[Role], AppTest], center: Center
) -> None:
    with center.db.write() as writer:
        writer.execute("UPDATE event SET entered_at = now() - INTERVAL 1 HOUR")
    test = press(drawn(Role.AUDITOR), "make-csv")
    assert not test.exception
    assert [one.label for one in test.get("download_button")] == ["Unduh jejak-1-3.csv"]
    test.session_state["who"] = Actor("Sari", Role.SUPERVISOR, "sari")
    assert not test.run().get("download_button")


def test_an_admin_checks_and_does_not_export_and_a_dispatcher_sees_nothing(
    drawn: Callable[[Role], AppTest],
) -> None:
    test = drawn(Role.ADMIN)
    assert "trail:check" in [one.key for one in test.button]
    assert not [one.key for one in test.button if "make" in one.key]
    test = drawn(Role.DISPATCHER)
    assert not test.button
    assert "Memeriksa jejak audit: oleh" in words(test)
