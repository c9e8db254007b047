"""Akses, personal data: what is held, who saw it, a request up to its answer, the breach notice."""

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from database import cases as stored
from domain.access_log import Seen, Way
from domain.case import Actor
from domain.personal_data import BACKUPS, HOLDINGS
from domain.subject import RequestKind, RequestState
from domain.words import CallClass, Channel, Role
from services import access_log, intake, subject
from services.center import Center
from services.change import CaseRef
from ui.access_personal import TAB
from ui.state import ACTOR

NAME, NUMBER = "Ratnasari Widuri", "085777771234"


def script() -> None:
    from ui import access_personal, session

    access_personal.draw(session.require_actor())


def opened(tab: str, role: Role = Role.SUPERVISOR) -> AppTest:
    test = AppTest.from_function(script, default_timeout=30)
    test.session_state[ACTOR] = Actor("Uji", role)
    test.session_state[TAB] = tab
    test.run()
    assert not test.exception
    return test


def told(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.text, test.code)
    html = [one.proto.body for one in test.get("html")]
    return "\n".join([*(one.value for kind in kinds for one in kind), *html])


def by_key(elements, begin: str):
    return next(one for one in elements if one.key.startswith(f"personal:{begin}"))


def a_closed_call(center: Center) -> str:
    now = cases.ago(30)
    told_of = intake.Report(narrative=f"Saya {NAME}", callback_number=NUMBER, reporter_name=NAME)
    case = intake.take_call(center, now, cases.ANI, Channel.CALL_112, told_of)
    case = intake.propose_class(center, now, cases.ANI, CaseRef(case.case_id), CallClass.PRANK)
    case = intake.classify(center, cases.ago(29), cases.BUDI, CaseRef(case.case_id), CallClass.PRANK)
    return intake.close_call(center, cases.ago(28), cases.BUDI, CaseRef(case.case_id), "bercanda").case_id


def test_every_kind_is_told_with_its_period_and_how_many_there_are(center: Center) -> None:
    a_closed_call(center)
    text = told(opened("Yang disimpan", Role.ADMIN))
    for line in HOLDINGS:
        assert line.kind.label in text
    assert f"{center.pack.city.prank_identity_days} hari" in text
    assert BACKUPS in text


def test_the_log_tells_who_looked_at_a_case_and_points_out_unusual_use(center: Center) -> None:
    case_id = a_closed_call(center)
    call_no = stored.get(center.db.read(), case_id).call_no
    access_log.note(center, cases.ago(5), cases.BUDI, Seen.NARRATIVE, Way.SCREEN, case_id=case_id)
    for n in range(10):
        access_log.note(
            center,
            cases.ago(4),
            cases.ANI,
            Seen.CASES,
            Way.FILE,
            cases=n + 1,
            period=(cases.ago(9 + n), None),
        )
    test = opened("Siapa melihat")
    assert f"{call_no} (selesai)" in told(test)
    assert "banyak berkas diambil dalam satu jam (10)" in told(test)
    by_key(test.text_input, "person").set_value(cases.ANI.name).run()
    assert f"{call_no} (selesai)" not in told(test)
    by_key(test.text_input, "number").set_value("X-1").run()
    assert "tidak ditemukan" in told(test)
    assert call_no not in told(opened("Siapa melihat", Role.ADMIN))


def test_a_request_is_taken_worked_on_and_answered_at_the_screen(center: Center) -> None:
    case_id = a_closed_call(center)
    test = opened("Permintaan pemilik data")
    by_key(test.text_input, "new-name").set_value(NAME)
    by_key(test.text_input, "new-how").set_value("KTP diperlihatkan")
    by_key(test.button, "new-take").click().run()
    assert not test.exception
    assert "R••• W•••" in told(test)
    by_key(test.text_input, "name-").set_value(NAME).run()
    by_key(test.button, "find-").click().run()
    by_key(test.multiselect, "picked-").select(case_id).run()
    by_key(test.button, "copy-").click().run()
    assert not test.exception
    assert [one.state for one in subject.listed(center, Actor("Uji", Role.SUPERVISOR))] == [RequestState.DONE]
    assert {one.key.partition(":")[2].partition("-")[0] for one in test.get("download_button")} == {
        "pdf",
        "json",
    }


def test_an_erasure_is_done_at_the_screen_only_after_the_tick(center: Center) -> None:
    case_id = a_closed_call(center)
    actor = Actor("Uji", Role.SUPERVISOR)
    who = subject.subject_of("", NUMBER)
    subject.take(center, cases.ago(1), actor, RequestKind.ERASE, who, "nomor ditelepon balik")
    test = opened("Permintaan pemilik data")
    by_key(test.text_input, "phone-").set_value(NUMBER).run()
    by_key(test.button, "find-").click().run()
    by_key(test.multiselect, "picked-").select(case_id).run()
    assert by_key(test.button, "erase-").disabled
    by_key(test.checkbox, "sure-").check().run()
    by_key(test.button, "erase-").click().run()
    assert not test.exception
    assert stored.get_private(center.db.read(), case_id).reporter_name is None
    assert "dipenuhi" in told(test)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
def test_only_a_supervisor_takes_requests(center: Center, role: Role) -> None:
    test = opened("Permintaan pemilik data", role)
    assert not [one for one in test.button if "new-take" in one.key]
    assert "oleh Penyelia" in told(test)


def test_after_a_breach_the_page_says_at_once_what_an_account_saw(center: Center) -> None:
    case_id = a_closed_call(center)
    call_no = stored.get(center.db.read(), case_id).call_no
    access_log.note(center, cases.ago(5), cases.BUDI, Seen.NARRATIVE, Way.SCREEN, case_id=case_id)
    test = opened("Bila data bocor")
    assert "3×24 jam" in told(test)
    by_key(test.multiselect, "breached").select(cases.BUDI.account or cases.BUDI.name).run()
    assert not test.exception
    text = told(test)
    assert call_no in text and "paling banyak **1 kasus**" in text
    assert "Data yang terungkap: kronologi pelapor." in text
