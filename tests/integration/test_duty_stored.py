"""Roster and handover of a running center: stored, in the trail, both confirmations, two takers at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from center_builders import BOAT, T0, a_stored_case, at, settings
from paper_reading import in_order, text_of

from database import cases
from database import duty as store
from domain.case import Actor
from domain.duty import Entry, HandoverState, HandoverTaken, HandoverWaits, NotYours, RosterChanged, Standing
from domain.errors import BadInput, NotFound, NotPermitted
from domain.words import CaseStatus, Role
from services import accounts, demo, duty, papers, registry, sessions
from services.center import Center, close_center, open_center

CT, D, P, S = Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER, Role.SUPERVISOR
ANI = Actor("Ani", CT, "ani")
BUDI = Actor("Budi", D, "budi")
CITRA = Actor("Citra", P, "citra")
HADI = Actor("Hadi", P, "hadi")
INDRA = Actor("Indra", P, "indra")
EKA = Actor("Eka", S, "eka")
ADE = Actor("Ade", Role.ADMIN, "ade")
TEAM = (ANI, BUDI, CITRA, HADI, INDRA, EKA, ADE)
TODAY = date(2031, 3, 5)
DAY, NIGHT = "siang", "malam"
FULL = {CT: ["ani"], D: ["budi"], P: ["citra"]}
"""T0 is 11:00 there (UTC+9): in the watch by day, 07:00 to 19:00."""
EVENING = T0 + timedelta(hours=8)


@pytest.fixture
def fresh(tmp_path):
    """A center of its own, for tests that change accounts or cases, or start it again."""
    yield opened(tmp_path)
    close_center()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = opened(tmp_path_factory.mktemp("duty"))
    yield made
    made.db.close()


@pytest.fixture
def center(shared):
    """One center for many tests: without roster, handover and session, its trail looked at from here on."""
    with shared.db.write() as writer:
        for table in ("roster", "handover", "session"):
            writer.execute(f"DELETE FROM {table}")
    sessions.refresh(shared)
    SINCE[shared.db] = shared.db.newest_event_seq()
    return shared


SINCE = {}


def opened(folder):
    made = open_center(settings(folder))
    accounts.make_examples(made, T0 - timedelta(days=30), TEAM)
    return made


def planned(center: Center, people=FULL, shift=DAY, day=TODAY, now=T0):
    return duty.plan(center, now, EKA, day, shift, people)


def changes(center: Center):
    """Return the trail of duty, oldest first: what, of which watch, by whom, after."""
    found = reversed(cases.latest_events(center.db.read(), 200))
    return [
        (one.action, one.entity_id, one.actor, one.after)
        for one in found
        if one.entity == "duty" and one.seq > SINCE.get(center.db, 0)
    ]


def written(center: Center, now=EVENING, actor=CITRA, notes="tidak ada", **more):
    return duty.hand_over(center, now, actor, TODAY, DAY, notes, **more)


def desk(center: Center, now, shift=DAY, day=TODAY):
    return duty.week(center, now, day).desk(day, shift)


# --- the roster -----------------------------------------------------------------------------------


def test_the_city_here_begins_its_day_watch_at_seven(center):
    watch = duty.watch_now(center, T0)
    assert (watch.key, watch.starts_at) == ("2031-03-05/siang", datetime(2031, 3, 4, 22, tzinfo=UTC))


def test_a_plan_is_stored_with_its_gaps_and_in_the_trail(center):
    planned(center)
    found = desk(center, T0)
    assert [(one.role, one.login, one.name) for one in found.people] == [
        (CT, "ani", "Ani"), (D, "budi", "Budi"), (P, "citra", "Citra"),
    ]  # fmt: skip
    assert [(gap.role, gap.missing) for gap in found.gaps] == [(CT, 1)]
    assert found.is_now
    assert found.standing is Standing.ON_DUTY
    people = [{"role": "call_taker", "login": "ani"}, {"role": "dispatcher", "login": "budi"},
              {"role": "duty_officer", "login": "citra"}]  # fmt: skip
    assert changes(center) == [("edit_roster", "2031-03-05/siang", "Eka", {"people": people})]
    planned(center)
    assert len(changes(center)) == 1, "nothing was changed"


def test_a_plan_survives_a_restart(fresh, tmp_path):
    planned(fresh)
    written(fresh)
    close_center()
    again = open_center(settings(tmp_path))
    assert len(desk(again, EVENING).people) == 3
    assert duty.waiting(again)[0].document.leaver.login == "citra"


@pytest.mark.parametrize("actor", [ANI, BUDI, CITRA, ADE, Actor("Agus", Role.AUDITOR)], ids=str)
def test_only_a_supervisor_plans(center, actor):
    with pytest.raises(NotPermitted):
        duty.plan(center, T0, actor, TODAY, DAY, FULL)
    with pytest.raises(NotPermitted):
        duty.copy_last_week(center, T0, actor, TODAY)
    assert not duty.is_planned(center)


@pytest.mark.parametrize(
    ("people", "day", "shift", "error"),
    [
        ({D: ["ani"]}, TODAY, DAY, BadInput),
        ({CT: ["ani"], D: ["nobody"]}, TODAY, DAY, NotFound),
        ({Role.FIELD_OFFICER: ["ani"]}, TODAY, DAY, BadInput),
        (FULL, TODAY - timedelta(days=1), DAY, BadInput),
        (FULL, TODAY, "sore", NotFound),
    ],
    ids=["without the role", "unknown", "not of a roster", "over", "no such shift"],
)
def test_what_cannot_be_planned_is_refused_whole(center, people, day, shift, error):
    with pytest.raises(error):
        duty.plan(center, T0, EKA, day, shift, people)
    assert not duty.is_planned(center)


def test_somebody_in_two_roles_at_once_is_refused(fresh):
    both = accounts.make(fresh, T0, ADE, "dua", "Dua", [CT, D])
    with pytest.raises(BadInput, match="Dua sudah dijadwalkan"):
        planned(fresh, {CT: ["dua"], D: ["dua"]})
    planned(fresh, {CT: ["dua"]})
    accounts.set_active(fresh, T0, ADE, both.account.account_id, False)
    planned(fresh, {CT: ["dua", "ani"]})
    assert [one.login for one in desk(fresh, T0).of(CT)] == ["ani", "dua"]


def test_too_little_rest_is_a_warning_and_stands_in_the_week(center):
    assert planned(center) == ()
    told = planned(center, {CT: ["ani"]}, NIGHT)
    assert [str(one) for one in told] == ["Ani: istirahat 0 jam sebelum malam 05-03-2031, seharusnya 11 jam."]
    assert duty.week(center, T0, TODAY).warnings == told


def test_two_supervisors_do_not_overwrite_each_other(center):
    seen = desk(center, T0).people
    duty.plan(center, T0, EKA, TODAY, DAY, FULL, seen)
    with pytest.raises(RosterChanged):
        duty.plan(center, T0, EKA, TODAY, DAY, {CT: ["ani"]}, seen)
    assert len(desk(center, T0).people) == 3


def test_last_week_is_copied_into_what_is_empty_and_not_over(fresh):
    before = TODAY - timedelta(days=7)
    early = T0 - timedelta(days=7)
    planned(fresh, day=before, now=early)
    planned(fresh, {P: ["hadi"]}, NIGHT, before, early)
    planned(fresh, {CT: ["ani"], P: ["hadi"]}, DAY, before + timedelta(days=1), early)
    gone = accounts.by_login(fresh, "ani")
    accounts.set_active(fresh, T0, ADE, gone.account_id, False)
    planned(fresh, {P: ["indra"]}, NIGHT)
    copied = duty.copy_last_week(fresh, T0, EKA, TODAY)
    assert copied.watches == 2
    assert [str(one) for one in copied.left_out] == [
        "Ani (siang 05-03-2031): akun tidak aktif atau tugasnya berubah.",
        "Ani (siang 06-03-2031): akun tidak aktif atau tugasnya berubah.",
    ]
    assert [one.login for one in desk(fresh, T0).people] == ["budi", "citra"]
    assert [one.login for one in desk(fresh, T0, NIGHT).people] == ["indra"], "it was not empty"
    assert [one[0] for one in changes(fresh)][-2:] == ["edit_roster.copied"] * 2
    assert duty.copy_last_week(fresh, T0, EKA, TODAY).watches == 0


def test_nothing_can_be_copied_from_an_empty_week(center):
    with pytest.raises(BadInput, match="belum ada jadwal"):
        duty.copy_last_week(center, T0, EKA, TODAY)


# --- who is here ----------------------------------------------------------------------------------


def signed_in(center: Center, login: str):
    account = accounts.by_login(center, login)
    return accounts.vouched(center, T0, account, "127.0.0.1", "uji").signed_in


def test_a_center_without_a_roster_works_and_says_who_is_signed_in(center):
    signed_in(center, "ani")
    found = duty.presence(center, T0)
    assert not duty.is_planned(center)
    assert (found.present, found.absent) == ((), ())
    assert [one.account.login for one in found.unplanned] == ["ani"]
    assert duty.on_duty(center, T0) == ()
    assert duty.overdue(center, T0 + timedelta(hours=30)) == ()
    taken = duty.hand_over(center, EVENING, ANI, TODAY, DAY, "tidak ada")
    assert duty.accept(center, EVENING, BUDI, taken.document.handover_id, taken.sha256).taker.login == "budi"


def test_who_is_planned_who_is_missing_and_who_stands_in(center):
    planned(center)
    signed_in(center, "ani")
    signed_in(center, "hadi")
    supervisor = signed_in(center, "eka")
    found = duty.presence(center, T0)
    assert [one.login for one in found.present] == ["ani"]
    assert [one.login for one in found.absent] == ["budi", "citra"]
    assert [one.account.login for one in found.unplanned] == ["eka", "hadi"]
    sessions.act_as(center, T0, supervisor, P, "Citra", "Citra sakit")
    assert [one.login for one in duty.presence(center, T0).present] == ["ani", "citra"]


def test_who_is_on_duty_is_the_running_watch_first_and_then_whom_nobody_relieved(center):
    planned(center)
    planned(center, {P: ["hadi"]}, NIGHT)
    assert [one.login for one in duty.on_duty(center, T0)] == ["ani", "budi", "citra"]
    night = EVENING + timedelta(hours=1)
    assert [one.login for one in duty.on_duty(center, night)] == ["hadi", "ani", "budi", "citra"]
    new = written(center, night)
    duty.accept(center, night, HADI, new.document.handover_id, new.sha256)
    assert [one.login for one in duty.on_duty(center, night)] == ["hadi"]


def test_who_took_over_is_on_duty_also_early_and_without_a_place_on_the_roster(center):
    planned(center)
    new = written(center, to_login="indra")
    early = EVENING - timedelta(minutes=20)
    assert duty.taken_over(center, early) is None
    done = duty.accept(center, early, INDRA, new.document.handover_id, new.sha256)
    assert [(one.login, one.shift) for one in duty.on_duty(center, early)] == [("indra", NIGHT)]
    assert duty.taken_over(center, early) == done
    signed_in(center, "indra")
    assert not duty.presence(center, early).unplanned
    left = EVENING + timedelta(hours=36)
    assert duty.taken_over(center, left) is None, "the night ended a day ago"


def test_a_planned_watch_that_nobody_took_over_is_overdue(center):
    planned(center)
    end = desk(center, T0).watch.ends_at
    assert not duty.overdue(center, end + timedelta(seconds=599))
    late = duty.overdue(center, end + timedelta(seconds=600))
    assert [one.watch.key for one in late] == ["2031-03-05/siang"]
    new = written(center)
    assert duty.overdue(center, end + timedelta(hours=1))[0].handover == new, "signing alone relieves nobody"
    duty.accept(center, end, HADI, new.document.handover_id, new.sha256)
    assert not duty.overdue(center, end + timedelta(hours=1))


# --- the handover ---------------------------------------------------------------------------------


def test_a_handover_keeps_what_stood_open_with_its_digest_and_no_caller(fresh):
    case = a_stored_case(fresh, CaseStatus.VERIFIED)
    registry.set_service(fresh, at(5), Actor("Dedi", D), BOAT, "mesin mati")
    planned(fresh)
    new = written(fresh, at(30), notes="SAR diminta menelepon balik")
    stored = duty.handover(fresh, new.document.handover_id)
    assert stored == new
    text = store.stored_text(fresh.db.read(), new.document.handover_id)
    assert store.digest(text) == new.sha256
    told = json.loads(text)
    line = told["summary"]["open_cases"][0]
    assert (line["call_no"], line["step"], line["late"]) == (case.call_no, 4, True)
    assert line["needs"], "what the next step lacks"
    assert (told["summary"]["units"][0]["unit_code"], told["summary"]["units"][0]["reason"]) == (
        BOAT,
        "mesin mati",
    )
    assert told["notes"] == "SAR diminta menelepon balik"
    assert told["leaver"] == {"login": "citra", "name": "Citra", "role": "duty_officer", "on_behalf_of": ""}
    for word in ("Siti", "Aminah", "3456", "7890", "Perahu terbalik, dua orang"):
        assert word not in text
    assert changes(fresh)[-1] == (
        "hand_over_duty.written", "2031-03-05/siang", "Citra",
        {"handover_id": new.document.handover_id, "sha256": new.sha256, "to": ""},
    )  # fmt: skip


def test_both_confirm_and_only_then_the_leaver_is_relieved(center):
    planned(center)
    planned(center, {P: ["hadi"]}, NIGHT)
    new = written(center)
    assert desk(center, EVENING).standing is Standing.ON_DUTY
    done = duty.accept(center, EVENING, HADI, new.document.handover_id, new.sha256)
    assert (done.state, done.taker.login, done.answered_at) == (HandoverState.ACCEPTED, "hadi", EVENING)
    assert desk(center, EVENING).standing is Standing.RELIEVED
    assert changes(center)[-1][0] == "hand_over_duty.accepted"
    assert changes(center)[-1][3]["sha256"] == new.sha256


def test_a_refused_handover_leaves_the_leaver_responsible_and_another_can_be_written(center):
    planned(center)
    new = written(center)
    with pytest.raises(HandoverWaits):
        written(center)
    with pytest.raises(BadInput):
        duty.refuse(center, EVENING, HADI, new.document.handover_id, " ")
    refused = duty.refuse(center, EVENING, HADI, new.document.handover_id, "SAR belum ditelepon")
    assert (refused.state, refused.reason) == (HandoverState.REFUSED, "SAR belum ditelepon")
    assert desk(center, EVENING).standing is Standing.ON_DUTY
    assert changes(center)[-1][3]["reason"] == "SAR belum ditelepon"
    again = written(center, EVENING + timedelta(minutes=1))
    duty.accept(center, EVENING + timedelta(minutes=2), HADI, again.document.handover_id, again.sha256)
    with pytest.raises(HandoverWaits):
        written(center, EVENING + timedelta(minutes=3))


def test_of_two_who_take_over_at_once_one_does_and_the_other_is_told(center):
    planned(center)
    new = written(center)
    together = Barrier(2)

    def take(actor):
        together.wait()
        try:
            return duty.accept(center, EVENING, actor, new.document.handover_id, new.sha256).taker.login
        except HandoverTaken as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(take, (HADI, INDRA)))
    winners = [one for one in got if isinstance(one, str)]
    losers = [one for one in got if isinstance(one, HandoverTaken)]
    assert len(winners) == len(losers) == 1
    assert duty.handover(center, new.document.handover_id).taker.login == winners[0]
    assert winners[0].capitalize() in str(losers[0])
    assert [one[0] for one in changes(center)].count("hand_over_duty.accepted") == 1


def test_two_who_sign_the_same_watch_at_once_leave_one_handover(center):
    planned(center, {P: ["citra", "hadi"]})
    together = Barrier(2)

    def sign(actor):
        together.wait()
        try:
            return written(center, actor=actor)
        except HandoverWaits as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        got = list(pool.map(sign, (CITRA, HADI)))
    assert sum(isinstance(one, HandoverWaits) for one in got) == 1
    assert len(duty.handovers(center)) == 1


def test_who_leads_signs_and_who_leads_next_takes(center):
    planned(center)
    planned(center, {P: ["hadi"], D: ["budi"]}, NIGHT)
    for person in (ANI, BUDI, HADI):
        with pytest.raises(NotYours, match="Citra"):
            written(center, actor=person)
    new = written(center)
    for person in (ANI, BUDI, INDRA):
        with pytest.raises(NotYours, match="Hadi"):
            duty.accept(center, EVENING, person, new.document.handover_id, new.sha256)
    with pytest.raises(BadInput):
        duty.accept(center, EVENING, CITRA, new.document.handover_id, new.sha256)
    with pytest.raises(NotPermitted):
        duty.accept(center, EVENING, ADE, new.document.handover_id, new.sha256)
    duty.accept(center, EVENING, EKA, new.document.handover_id, new.sha256)


def test_a_named_taker_may_be_somebody_who_is_not_on_the_roster_and_nobody_else_then(center):
    planned(center)
    planned(center, {P: ["hadi"]}, NIGHT)
    with pytest.raises(NotFound):
        written(center, to_login="citra")
    new = written(center, to_login="indra")
    for person in (HADI, EKA):
        with pytest.raises(NotYours, match="Indra"):
            duty.accept(center, EVENING, person, new.document.handover_id, new.sha256)
    duty.accept(center, EVENING, INDRA, new.document.handover_id, new.sha256)


def test_acting_on_behalf_is_recorded_and_the_person_replaced_cannot_take_it_over(center):
    planned(center)
    in_place = Actor("Eka", P, "eka", "Citra")
    new = written(center, actor=in_place)
    assert new.document.leaver.on_behalf_of == "Citra"
    for person in (CITRA, EKA):
        with pytest.raises(BadInput, match="harus orang lain"):
            duty.accept(center, EVENING, person, new.document.handover_id, new.sha256)
    event = cases.latest_events(center.db.read(), 1)[0]
    assert (event.actor, event.account, event.on_behalf_of) == ("Eka", "eka", "Citra")


def test_only_what_was_read_can_be_accepted(center):
    planned(center)
    new = written(center)
    with pytest.raises(BadInput, match="bukan yang disimpan"):
        duty.accept(center, EVENING, HADI, new.document.handover_id, "0" * 64)
    changed = store.stored_text(center.db.read(), new.document.handover_id).replace(
        "tidak ada", "semua beres"
    )
    with center.db.write() as writer:
        writer.execute("UPDATE handover SET document = ?", changed)
    with pytest.raises(duty.HandoverChanged):
        duty.accept(center, EVENING, HADI, new.document.handover_id, new.sha256)
    assert duty.waiting(center)


def test_what_nobody_answered_can_be_withdrawn_by_who_wrote_it_or_a_supervisor(center):
    planned(center)
    new = written(center)
    with pytest.raises(NotYours):
        duty.withdraw(center, EVENING, HADI, new.document.handover_id)
    assert duty.withdraw(center, EVENING, CITRA, new.document.handover_id).state is HandoverState.WITHDRAWN
    again = written(center)
    duty.withdraw(center, EVENING, EKA, again.document.handover_id)
    with pytest.raises(HandoverTaken):
        duty.accept(center, EVENING, HADI, again.document.handover_id, again.sha256)


def test_a_watch_that_has_not_begun_cannot_be_handed_over(center):
    with pytest.raises(BadInput, match="belum mulai"):
        duty.hand_over(center, T0, CITRA, TODAY, NIGHT, "tidak ada")


# --- the paper ------------------------------------------------------------------------------------


def test_the_paper_says_what_was_signed_also_after_the_cases_went_on(fresh):
    case = a_stored_case(fresh, CaseStatus.VERIFIED)
    planned(fresh)
    new = written(fresh, at(30), notes="Pompa dipinjam Damkar\nKembali besok")
    name = new.document.handover_id
    waiting = text_of(papers.signed_handover(fresh, name))
    assert in_order(
        ["Diserahkan oleh", "Citra (Perwira Piket)", "belum diterima siapa pun", case.call_no], waiting
    )
    assert "yangmenyerahkansaja" in waiting
    a_stored_case(fresh, CaseStatus.CLASSIFIED, 40)
    duty.accept(fresh, at(50), HADI, name, new.sha256)
    text = text_of(papers.signed_handover(fresh, name))
    assert in_order(
        [
            "Siang 05-03-2031", "Diserahkan oleh", "05-03-2031 11:30:00",
            "diterima oleh Hadi (Perwira Piket), 05-03-2031 11:50:00",
            "Kasus terbuka : 1", case.call_no, "TERLAMBAT", "Kurang", "Catatan", "Pompa dipinjam Damkar",
            "Kembali besok", "Citra", "Hadi", f"sigap.handover.v1 {name} sha256:{new.sha256[:16]}",
            new.sha256,
        ],
        text,
    )  # fmt: skip
    for word in ("siti", "aminah", "7890"):
        assert word not in text.casefold()
    assert papers.signed_handover(fresh, name) == papers.signed_handover(fresh, name)


def test_a_paper_of_no_handover_is_refused(center):
    with pytest.raises(NotFound):
        papers.signed_handover(center, "tidak-ada")


# --- the demonstration ----------------------------------------------------------------------------


def test_the_demonstration_plans_its_people_now_and_each_day_with_rest_between(fresh):
    demo.plan_week(fresh, T0)
    week = duty.week(fresh, T0, TODAY)
    assert {entry.login for entry in duty.on_duty(fresh, T0)} == {"ani", "budi", "citra", "eka"}
    assert week.warnings == ()
    assert [desk.watch.day for desk in week.desks if desk.people] == [
        TODAY + timedelta(days=n) for n in range(5)
    ]
    events = len(changes(fresh))
    demo.plan_week(fresh, T0)
    assert len(changes(fresh)) == events
    assert isinstance(week.desks[0].people, tuple)
    assert all(isinstance(one, Entry) for one in duty.on_duty(fresh, T0))
