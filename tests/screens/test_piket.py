"""Piket: the roster's table and form, signing and taking over, history and its paper, for every role."""

from datetime import UTC, date, datetime, timedelta

import open_cases
import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor
from domain.duty import HandoverState
from domain.words import Role
from services import accounts, duty
from services.center import Center
from ui.state import ACTOR, DUTY_PAPER, DUTY_SECTION, DUTY_WEEK, field

CT, D, P, S = Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER, Role.SUPERVISOR
ANI, BUDI = Actor("Ani", CT, "ani"), Actor("Budi", D, "budi")
CITRA, HADI, EKA = Actor("Citra", P, "citra"), Actor("Hadi", P, "hadi"), Actor("Eka", S, "eka")
TEAM = (ANI, BUDI, CITRA, HADI, EKA)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def team(center: Center) -> Center:
    accounts.make_examples(center, now(), TEAM)
    return center


def opened(page, actor: Actor, section: str = "jadwal", **state) -> AppTest:
    test: AppTest = page("piket", actor.role, **{DUTY_SECTION: section, ACTOR: actor, **state}).run()
    assert not test.exception
    return test


def press(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def told(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.error)
    html = [one.proto.body for one in test.get("html")]
    return "\n".join([*(one.value for kind in kinds for one in kind), *html])


def plan_now(center: Center, people=None) -> duty.Watch:
    """Plan people into the watch that runs; return it."""
    watch = duty.watch_now(center, now())
    people = people or {CT: ["ani"], D: ["budi"], P: ["citra"]}
    duty.plan(center, now(), EKA, watch.day, watch.shift, people)
    return watch


def key(watch: duty.Watch, name: str) -> str:
    return field(f"handover-{watch.key}", name)


def test_every_section_is_drawn_for_everyone_with_nothing_planned(center: Center, page) -> None:
    for section in ("jadwal", "serah", "riwayat"):
        for role in (CT, S, Role.ADMIN, Role.AUDITOR):
            test = opened(page, Actor("Uji", role, "uji"), section)
            assert "Jadwal piket belum diisi" in told(test), (section, role)


def test_the_week_marks_now_and_today_and_says_what_is_lacking(team: Center, page) -> None:
    plan_now(team, {CT: ["ani"], P: ["citra"]})
    text = told(opened(page, ANI))
    assert "◆ sekarang" in text
    assert "◆ hari ini" in text
    assert "● bertugas" in text
    assert "▲ kurang 1" in text
    assert text.count("<tbody>") == len(team.pack.city.shifts), "one block a shift"
    assert "kurang" not in told(opened(page, ANI, **{DUTY_WEEK: date(2026, 1, 5)})), (
        "what is over lacks nobody"
    )
    assert "Terjadwal, belum masuk: Ani (Call Taker), Citra (Perwira Piket)" in text
    assert "Menyusun jadwal piket: oleh Penyelia." in text


def test_a_supervisor_plans_a_watch_and_another_one_is_not_overwritten(team: Center, page) -> None:
    watch = duty.watch_now(team, now())
    form = f"roster-{watch.key}-0"
    test = opened(page, EKA)
    test.multiselect(key=field(form, CT.value)).select("ani")
    test.multiselect(key=field(form, P.value)).select("citra").run()
    duty.plan(team, now(), EKA, watch.day, watch.shift, {P: ["hadi"]})
    press(test, field(form, "save"))
    assert "baru saja diubah orang lain" in told(test)
    press(test, field(form, "again"))
    form = f"roster-{watch.key}-1"
    assert test.multiselect(key=field(form, P.value)).value == ["hadi"]
    test.multiselect(key=field(form, CT.value)).select("ani").run()
    press(test, field(form, "save"))
    desk = duty.week(team, now(), watch.day).desk(watch.day, watch.shift)
    assert [(one.role, one.login) for one in desk.people] == [(CT, "ani"), (P, "hadi")]


def test_last_week_is_copied_by_one_button(team: Center, page) -> None:
    watch = duty.watch_now(team, now())
    early = now() - timedelta(days=7)
    duty.plan(team, early, EKA, watch.day - timedelta(days=7), watch.shift, {P: ["citra"]})
    first = duty.rules.monday(watch.day)
    test = opened(page, EKA, **{DUTY_WEEK: first})
    press(test, field("roster", f"copy-{first}"))
    assert [one.login for one in duty.week(team, now(), first).desk(watch.day, watch.shift).people] == [
        "citra"
    ]


def test_weeks_are_turned(team: Center, page) -> None:
    test = opened(page, ANI)
    press(test, field("roster", "before"))
    assert "hari ini" not in told(test)
    press(test, field("roster", "this"))
    assert "hari ini" in told(test)


def test_who_leaves_signs_and_who_comes_reads_and_accepts(team: Center, page) -> None:
    watch = plan_now(team)
    case = open_cases.classified(team)
    leaver = opened(page, CITRA, "serah")
    assert case.call_no in told(leaver)
    press(leaver, key(watch, "sign"))
    assert "kosong. Tulis apa yang perlu diketahui" in told(leaver)
    leaver.text_area(key=key(watch, "notes")).set_value("SAR diminta siaga").run()
    press(leaver, key(watch, "sign"))
    one = duty.waiting(team)[0]
    assert "tetap bertanggung jawab" in told(leaver)
    taker = opened(page, HADI, "serah")
    assert "SAR diminta siaga" in told(taker)
    assert one.sha256 in told(taker)
    assert case.call_no in told(taker)
    press(taker, field("handover", f"accept-{one.document.handover_id}"))
    assert duty.handover(team, one.document.handover_id).taker.login == "hadi"


def test_notes_survive_a_reload_until_they_are_signed_or_thrown_away(team: Center, page) -> None:
    watch = plan_now(team)
    notes, restored = key(watch, "notes"), "Isian yang belum disimpan dipulihkan"
    test = opened(page, CITRA, "serah")
    assert restored not in told(test)
    test.text_area(key=notes).set_value("SAR diminta siaga").run()
    again = opened(page, CITRA, "serah")
    assert again.text_area(key=notes).value == "SAR diminta siaga"
    assert restored in told(again)
    press(again, field(f"handover-{watch.key}", "draft_discard"))
    assert again.text_area(key=notes).value == ""
    assert opened(page, CITRA, "serah").text_area(key=notes).value == ""
    again.text_area(key=notes).set_value("Ombak tinggi").run()
    press(again, key(watch, "sign"))
    one = duty.waiting(team)[0].document.handover_id
    duty.refuse(team, now(), HADI, one, "kurang jelas")
    assert opened(page, CITRA, "serah").text_area(key=notes).value == ""


def test_who_comes_refuses_with_a_reason_and_who_leaves_reads_it(team: Center, page) -> None:
    watch = plan_now(team)
    one = duty.hand_over(team, now(), CITRA, watch.day, watch.shift, "tidak ada")
    name = one.document.handover_id
    taker = opened(page, HADI, "serah")
    press(taker, field("handover", f"refuse-{name}"))
    assert "tulis mengapa" in told(taker)
    taker.text_input(key=field("handover", f"reason-{name}")).set_value("*SAR* belum ditelepon").run()
    press(taker, field("handover", f"refuse-{name}"))
    assert duty.handover(team, name).state is HandoverState.REFUSED
    assert r"\*SAR\* belum ditelepon" in told(opened(page, CITRA, "serah"))


def test_others_are_told_who_signs_and_have_no_button(team: Center, page) -> None:
    watch = plan_now(team)
    test = opened(page, ANI, "serah")
    assert "Citra" in told(test)
    assert not [one for one in test.button if one.key == key(watch, "sign")]
    auditor = opened(page, Actor("Gita", Role.AUDITOR, "gita"), "serah")
    assert "Serah terima piket: oleh" in told(auditor)


def test_the_paper_of_a_handover_is_made_from_history_and_made_anew_once_it_was_answered(
    team: Center, page
) -> None:
    watch = plan_now(team)
    one = duty.hand_over(team, now(), CITRA, watch.day, watch.shift, "<b>tebal</b>")
    test = opened(page, BUDI, "riwayat")
    assert "&lt;b&gt;tebal" in told(test)
    assert "<b>tebal" not in told(test)
    press(test, field("handover-history", "make"))
    assert test.session_state[DUTY_PAPER][1].startswith(b"%PDF")
    assert len(test.get("download_button")) == 1
    duty.accept(team, now(), HADI, one.document.handover_id, one.sha256)
    test.run()
    assert not test.get("download_button")
    assert "✓ diterima · Hadi" in told(test)


def test_what_was_not_handed_over_is_said_above_every_section(team: Center, page) -> None:
    # The watch before the last one: over for longer than anybody's patience, and for less than a day.
    watch = duty.watch_now(team, now())
    for _ in range(2):
        watch = duty.watch_now(team, watch.starts_at - timedelta(minutes=1))
    duty.plan(team, watch.starts_at, EKA, watch.day, watch.shift, {P: ["citra"]})
    for section in ("jadwal", "riwayat"):
        assert "belum diserahterimakan. Masih bertanggung jawab: Citra." in told(opened(page, ANI, section))
