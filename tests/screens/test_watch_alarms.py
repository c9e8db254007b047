"""Alarms on screen: listed on Pemantauan until somebody answers, counted everywhere else; crews and fires."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from database import alarms as store
from domain.case import Actor, Case
from domain.words import Channel, Role
from services import alarms, handling, intake, monitoring
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef
from ui import event_words, watch_alarms
from ui.state import ACTOR

Page = Callable[..., AppTest]
MAIN = Path(__file__).parents[2] / "ui" / "main.py"


def shown(page: Page, role: Role = Role.DISPATCHER) -> AppTest:
    test = page("pemantauan", role).run()
    assert not test.exception
    return test


def html(test: AppTest) -> str:
    return "\n".join(part.proto.body for part in test.get("html"))


def late_call(center: Center, minutes_ago: float = 1.8) -> Case:
    """A call whose report (2 minutes) is at more than 80 %, and whose alarm rang."""
    case = intake.open_call(center, cases.ago(minutes_ago), cases.ANI, Channel.CALL_112)
    assert alarms.raise_due(center, cases.ago(0))
    return case


def answers(test: AppTest) -> list[str]:
    return [button.key for button in test.button if str(button.key).startswith("alarm_")]


def moving(center: Center, *progress: Progress) -> tuple[Case, str]:
    case = cases.coordinated(center, cases.classified(center))
    code = cases.recommended(center, case)[0]
    return cases.sent(center, case, code, progress=progress), code


# --- the list --------------------------------------------------------------------------------------


def test_without_an_alarm_there_is_no_list(center: Center, page: Page) -> None:
    assert not answers(shown(page))
    assert "sigap-alarm" not in html(shown(page))


def test_an_alarm_says_what_for_whom_since_when_and_how_often(center: Center, page: Page) -> None:
    case = late_call(center)
    (one,) = alarms.listed(center, cases.ago(0))
    text = html(shown(page))
    local = one.alarm.due_at.astimezone(center.pack.city.timezone)
    assert f"<b>Hampir terlambat</b> <i>{case.call_no}</i> Langkah 1: 80 % dari 2 mnt sudah lewat" in text
    assert f"untuk Call Taker · sejak {local:%H.%M} · berbunyi 1 kali" in text
    assert 'class="sigap-alarm soon"' in text


def test_answering_removes_the_alarm_and_keeps_who_answered(center: Center, page: Page) -> None:
    late_call(center)
    (key,) = alarms.waiting(center)
    test = shown(page)
    test.button(key=f"alarm_{key}").click().run()
    assert not test.exception and not test.error
    assert not answers(test)
    assert "sigap-alarm" not in html(test)
    kept = store.find(center.db.read(), key)
    assert kept is not None
    assert (kept.acknowledged_by, kept.acknowledged_role) == ("Uji", Role.DISPATCHER)


def test_the_first_is_answered_by_a_key_and_no_other_one_is(center: Center, page: Page) -> None:
    late_call(center, minutes_ago=30)
    test = shown(page)
    keyed = [b.key for b in test.button if b.proto.shortcut]
    assert len(answers(test)) == 3
    assert keyed == answers(test)[:1]
    assert answers(test)[0].startswith("alarm_step_150/"), "the worst comes first"


def test_an_alarm_that_somebody_else_answered_meanwhile_says_so(center: Center, page: Page) -> None:
    late_call(center)
    (key,) = alarms.waiting(center)
    test = shown(page)
    alarms.acknowledge(center, cases.ago(0), cases.CITRA, key)
    # The press is of the picture before; the list no longer has the alarm, and nothing is overwritten.
    test.button(key=f"alarm_{key}").click().run()
    assert not test.exception
    kept = store.find(center.db.read(), key)
    assert kept is not None and kept.acknowledged_by == "Citra"


def test_an_alarm_that_passed_stays_and_says_so(center: Center, page: Page) -> None:
    case, code = moving(center, Progress.DEPART)
    due = cases.ago(-60)
    alarms.raise_due(center, due)
    handling.add_sitrep(center, cases.ago(0), cases.DEDI, CaseRef(case.case_id), "Aman", code)
    text = html(shown(page))
    assert 'class="sigap-alarm passed"' in text
    assert "penyebabnya sudah lewat" in text


@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.FIELD_OFFICER, Role.AUDITOR])
def test_who_may_not_answer_sees_the_alarm_and_who_may(center: Center, page: Page, role: Role) -> None:
    late_call(center)
    test = shown(page, role)
    assert "sigap-alarm" in html(test)
    assert not answers(test)
    assert "Menanggapi alarm: oleh Dispatcher, Perwira Piket, Penyelia." in [c.value for c in test.caption]


def test_of_many_alarms_the_worst_are_drawn_and_the_rest_is_counted(center: Center, page: Page) -> None:
    for _n in range(5):
        intake.open_call(center, cases.ago(30), cases.ANI, Channel.CALL_112)
    alarms.raise_due(center, cases.ago(0))
    test = shown(page)
    assert len(answers(test)) == 12
    assert "dan 3 alarm lain; tanggapi yang di atas dahulu" in [c.value for c in test.caption]


def test_an_alarm_in_the_feed_has_its_case_and_a_name(center: Center, page: Page) -> None:
    case = late_call(center)
    text = html(shown(page)).partition("sigap-feed")[2]
    assert f"<b>{case.call_no}</b><span>Alarm berbunyi: Hampir terlambat</span><i>Sigap</i>" in text
    assert event_words.action_label("acknowledge_alarm") == "Menanggapi alarm"


# --- every other screen ----------------------------------------------------------------------------


def whole(center: Center, file: str | None = None) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=30)
    test.session_state[ACTOR] = Actor("Uji", Role.DISPATCHER)
    test.run()
    if file is not None:
        test.switch_page(file).run()
    assert not test.exception
    return test


def links(test: AppTest) -> list[str]:
    return [link.proto.label for link in test.get("page_link")]


def test_every_other_screen_counts_the_alarms_and_leads_to_them(center: Center) -> None:
    case = late_call(center, minutes_ago=30)
    assert links(whole(center, "../pages/kasus.py")) == ["3 alarm"]
    alarms.acknowledge(center, cases.ago(0), cases.BUDI, alarms.waiting(center)[0])
    assert links(whole(center, "../pages/registri.py")) == ["2 alarm"]
    assert links(whole(center)) == [], "on Pemantauan the list itself stands"
    assert case.call_no


def test_without_an_alarm_no_screen_counts_any(center: Center) -> None:
    assert links(whole(center, "../pages/kasus.py")) == []


# --- crews and fires -------------------------------------------------------------------------------


def test_a_crew_that_missed_a_word_is_named_on_the_board(
    center: Center, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, code = moving(center, Progress.DEPART)
    assert "sigap-late-words" not in html(shown(page))
    handling.set_welfare(center, cases.ago(0), cases.CITRA, CaseRef(case.case_id), 60)
    board = monitoring.board(center, cases.ago(-1))
    (late,) = alarms.late_words(center, cases.ago(-1), [row.case for row in board.rows])
    words = watch_alarms._late_word(late)
    local = late.welfare.last_word.astimezone(center.pack.city.timezone)
    assert words.startswith(
        f"▲ Kabar regu {code} terlambat ({case.call_no}): terakhir {local:%H.%M}, ditunggu "
    )


def test_the_word_of_a_crew_is_noted_on_kasus(center: Center, page: Page) -> None:
    case, code = moving(center, Progress.DEPART)
    test = page("kasus", open_case=case.case_id).run()
    assert any("kabar terakhir 0 mnt lalu" in m.value and "tiap 30 mnt" in m.value for m in test.markdown)
    (button,) = [b for b in test.button if str(b.key).endswith(f"crew_word_{code}")]
    button.click().run()
    assert not test.exception and not test.error
    assert [toast.value for toast in test.toast] == [f"{code}: kabar dicatat."]
    (word,) = monitoring.get(center, case.case_id).crew_words
    assert (word.unit_code, word.by) == (code, "Uji")


def test_a_crew_that_has_not_left_has_no_word_to_note(center: Center, page: Page) -> None:
    case, _code = moving(center)
    test = page("kasus", open_case=case.case_id).run()
    assert not [b for b in test.button if "crew_word" in str(b.key)]
    assert not any("kabar terakhir" in m.value for m in test.markdown)


def test_the_duty_officer_sets_how_often_the_crews_of_a_case_are_heard(center: Center, page: Page) -> None:
    case, _code = moving(center, Progress.DEPART)
    test = page("kasus", Role.DUTY_OFFICER, open_case=case.case_id).run()
    (box,) = [n for n in test.number_input if "welfare_minutes" in str(n.key)]
    box.set_value(10)
    (save,) = [b for b in test.button if str(b.key).endswith("welfare_save")]
    save.click().run()
    assert not test.exception and not test.error
    assert monitoring.get(center, case.case_id).welfare_s == 600
    assert any("tiap 10 mnt" in m.value for m in test.markdown)
    other = page("kasus", Role.DISPATCHER, open_case=case.case_id).run()
    assert not [n for n in other.number_input if "welfare_minutes" in str(n.key)]


def captions(test: AppTest) -> str:
    return "\n".join(caption.value for caption in test.caption)


def test_a_fire_shows_its_running_standard_and_the_mean_of_the_last_days(center: Center, page: Page) -> None:
    assert "Standar kebakaran 15 mnt · rerata 30 hari: belum ada data" in captions(shown(page))
    case = cases.coordinated(center, cases.classified(center, "L-FIR1"))
    board = monitoring.board(center, cases.ago(0))
    assert [clock.case_id for clock in alarms.fire_clocks(center, [r.case for r in board.rows])] == [
        case.case_id
    ]
    shown(page)
    code = next(c for c in cases.recommended(center, case) if c.startswith("PMK"))
    case = cases.sent(center, case, code, progress=(Progress.DEPART, Progress.ARRIVE))
    assert "rerata 30 hari: 4,5 mnt · n = 1" in captions(shown(page))
    board = monitoring.board(center, cases.ago(0))
    assert alarms.fire_clocks(center, [row.case for row in board.rows]) == ()


def test_the_board_is_drawn_anew_when_a_crew_misses_a_word(center: Center) -> None:
    case, _code = moving(center, Progress.DEPART)
    at = cases.ago(0)
    turn = alarms.next_word(center, at, [case])
    assert turn is not None
    missed = [
        alarms.late_words(center, turn + shift, [case])
        for shift in (timedelta(seconds=-1), timedelta(seconds=0))
    ]
    assert [len(late) for late in missed] == [0, 1]
