"""Rules of roster and handover: coverage, one place at a time, rest, who may sign, where a watch stands."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import duty
from domain.duty import (
    DutyRules,
    Entry,
    HandoverState,
    NotYours,
    Passing,
    Signer,
    Standing,
    leaders,
    rest_warnings,
    standing,
    watch_at,
    watches,
)
from domain.errors import BadInput, Need
from domain.words import Role

WITA = ZoneInfo("Asia/Makassar")
HOURS = {"pagi": 8, "sore": 16, "malam": 0}
RULES = DutyRules(2, 1, 1, 8, 900)
MON = date(2026, 11, 30)
CT, D, P, S = Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER, Role.SUPERVISOR
WHAT = Need("ini")

shift_hours = st.lists(st.integers(0, 23), min_size=1, max_size=5, unique=True).map(
    lambda hours: {f"g{place}": hour for place, hour in enumerate(hours)}
)
zones = st.sampled_from(["Asia/Makassar", "UTC", "America/St_Johns", "Europe/Berlin"]).map(ZoneInfo)
moments = st.integers(0, 15 * 366 * 86_400).map(
    lambda s: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)


def entry(shift, role, login, day=MON):
    return Entry(day, shift, role, login, login.capitalize())


def spans(first=MON - timedelta(days=2), days=6):
    return {(one.day, one.shift): one for one in watches(HOURS, WITA, first, days)}


def of(shift, day=MON):
    return spans()[day, shift]


# --- watches --------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(shift_hours, zones, moments)
def test_every_moment_lies_in_exactly_one_watch(hours, zone, at):
    around = watches(hours, zone, at.astimezone(zone).date() - timedelta(days=2), 5)
    assert [one for one in around if one.covers(at)] == [watch_at(hours, zone, at)]


@settings(max_examples=40, deadline=None)
@given(shift_hours, st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 10))
def test_watches_follow_each_other_without_a_gap_and_fill_whole_days(hours, first, days):
    found = watches(hours, WITA, first, days)
    assert all(a.ends_at == b.starts_at for a, b in zip(found, found[1:], strict=False))
    assert found[-1].ends_at - found[0].starts_at == timedelta(days=days)
    assert len({one.key for one in found}) == len(found) == days * len(hours)


def test_a_watch_begins_at_its_local_hour_and_the_one_by_night_on_the_day_it_begins():
    assert of("malam").starts_at == datetime(2026, 11, 29, 16, tzinfo=UTC)
    assert of("pagi").starts_at == of("malam").ends_at == datetime(2026, 11, 30, 0, tzinfo=UTC)
    assert watch_at(HOURS, WITA, datetime(2026, 11, 29, 15, 59, 59, tzinfo=UTC)).key == "2026-11-29/sore"
    assert watch_at(HOURS, WITA, of("malam").starts_at) == of("malam")


# --- coverage, places, rest -----------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.sampled_from([CT, D, P, S]), max_size=8))
def test_a_gap_is_exactly_what_is_missing_to_the_fewest(roles):
    found = duty.gaps([entry("pagi", role, f"x{n}") for n, role in enumerate(roles)], RULES)
    assert {gap.role: gap.missing for gap in found} == {
        role: least - roles.count(role)
        for role, least in ((CT, 2), (D, 1), (P, 1))
        if roles.count(role) < least
    }


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(HOURS)), st.sampled_from([CT, D]), st.sampled_from("ab")), max_size=5
    )
)
def test_nobody_is_in_two_places_at_one_time(chosen):
    people = [entry(*one) for one in chosen]
    twice = len({(one.shift, one.login) for one in people}) < len(people)
    if twice:
        with pytest.raises(BadInput):
            duty.require_one_place(people, spans())
    else:
        duty.require_one_place(people, spans())


def test_watches_that_overlap_because_hours_were_changed_are_one_time():
    crossing = spans() | {(MON, "lama"): duty.Watch(MON, "lama", of("pagi").starts_at, of("sore").ends_at)}
    with pytest.raises(BadInput, match="Ani sudah dijadwalkan"):
        duty.require_one_place([entry("lama", CT, "ani"), entry("sore", CT, "ani")], crossing)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(HOURS)), st.integers(-1, 2)), min_size=2, max_size=2, unique=True
    )
)
def test_too_little_rest_is_told_for_every_pair_that_is_too_near_and_no_other(pair):
    own = [entry(shift, CT, "ani", MON + timedelta(days=n)) for shift, n in pair]
    first, last = sorted((spans()[one.day, one.shift] for one in own), key=lambda one: one.starts_at)
    rest = last.starts_at - first.ends_at
    told = rest_warnings(own, spans(), RULES)
    assert bool(told) == (rest < timedelta(hours=8))
    if told:
        assert f"istirahat {int(rest.total_seconds() // 3600)} jam" in str(told[0])
        assert last.name in str(told[0])


def test_another_persons_watch_is_no_lack_of_rest():
    assert not rest_warnings([entry("pagi", CT, "ani"), entry("sore", CT, "budi")], spans(), RULES)


# --- where a watch stands -------------------------------------------------------------------------


def passed(shift, state=HandoverState.ACCEPTED, day=MON):
    return Passing(of(shift, day), state)


@pytest.mark.parametrize(
    "state", [None, HandoverState.WAITING, HandoverState.REFUSED, HandoverState.WITHDRAWN]
)
def test_until_somebody_accepts_the_leaver_stays_on_duty(state):
    written = [passed("pagi", state)] if state else []
    for hours in (0, 4, 8, 20):
        now = of("pagi").starts_at + timedelta(hours=hours)
        assert standing(of("pagi"), written, now) is Standing.ON_DUTY
    assert standing(of("pagi"), written, of("pagi").starts_at - timedelta(seconds=1)) is Standing.PLANNED


def test_an_accepted_handover_relieves_and_begins_the_next_watch_early():
    accepted, now = [passed("pagi")], of("pagi").ends_at - timedelta(minutes=10)
    assert standing(of("pagi"), accepted, now) is Standing.RELIEVED
    assert standing(of("sore"), accepted, now) is Standing.ON_DUTY
    assert standing(of("sore"), [], now) is Standing.PLANNED
    assert standing(of("malam", MON + timedelta(days=1)), accepted, now) is Standing.PLANNED


def test_a_watch_that_nobody_took_over_is_left_after_a_day_or_once_a_later_one_was_handed_over():
    end = of("pagi").ends_at
    assert standing(of("pagi"), [], end + timedelta(hours=23)) is Standing.ON_DUTY
    assert standing(of("pagi"), [], end + timedelta(hours=24)) is Standing.LEFT
    assert standing(of("pagi"), [passed("sore")], end + timedelta(hours=8)) is Standing.LEFT
    assert standing(of("pagi"), [passed("malam")], end + timedelta(hours=1)) is Standing.ON_DUTY


def test_a_handover_is_overdue_only_after_the_patience_of_the_city():
    end = of("pagi").ends_at
    assert not duty.is_overdue(of("pagi"), [], RULES, end + timedelta(seconds=899))
    assert duty.is_overdue(of("pagi"), [], RULES, end + timedelta(seconds=900))
    assert not duty.is_overdue(of("pagi"), [passed("pagi")], RULES, end + timedelta(seconds=900))


# --- who signs ------------------------------------------------------------------------------------

TEAM = [
    entry("pagi", CT, "ani"),
    entry("pagi", D, "budi"),
    entry("pagi", P, "citra"),
    entry("pagi", P, "hadi"),
]


def test_the_highest_planned_role_leads():
    assert [one.login for one in leaders([entry("pagi", S, "eka"), *TEAM])] == ["citra", "hadi"]
    assert [one.login for one in leaders([*TEAM[:2], entry("pagi", S, "eka")])] == ["eka"]
    assert [one.login for one in leaders(TEAM[:2])] == ["budi"]
    assert leaders([]) == ()


@pytest.mark.parametrize(
    "person",
    [
        Signer("citra", "Citra", P),
        Signer("hadi", "Hadi", P),
        Signer("eka", "Eka", S),
        Signer("lain", "Lain", P, on_behalf_of="Citra"),
    ],
    ids=str,
)
def test_who_leads_stands_in_or_supervises_may_sign(person):
    duty.require_lead(TEAM, person, WHAT)


@pytest.mark.parametrize(
    "person", [Signer("ani", "Ani", CT), Signer("budi", "Budi", D), Signer("z", "Z", P)], ids=str
)
def test_nobody_else_may_sign_and_the_refusal_names_who_does(person):
    with pytest.raises(NotYours, match="Citra, Hadi"):
        duty.require_lead(TEAM, person, WHAT)
    duty.require_lead([], person, WHAT)


@pytest.mark.parametrize(
    ("leaver", "taker"),
    [
        (Signer("citra", "Citra", P), Signer("citra", "Citra", P)),
        (Signer("citra", "Citra", P), Signer("citra", "Citra Dewi", D)),
        (Signer("eka", "Eka", S, "Citra"), Signer("citra", "Citra", P)),
        (Signer("citra", "Citra", P), Signer("eka", "Eka", S, "citra")),
        (Signer("", "Uji", P), Signer("", "uji", P)),
    ],
    ids=str,
)
def test_nobody_takes_over_from_oneself_under_whatever_name(leaver, taker):
    with pytest.raises(BadInput):
        duty.require_other(leaver, taker)


def test_a_handover_for_somebody_is_for_nobody_else():
    duty.require_addressed("hadi", "Hadi", Signer("hadi", "Hadi", P))
    with pytest.raises(NotYours, match="Hadi"):
        duty.require_addressed("hadi", "Hadi", Signer("eka", "Eka", S))


@pytest.mark.parametrize(
    "notes",
    ["", " \n\t ", "x" * 4001, "telepon balik 0812 3456 7890", "+62-812-3456-789", "hub 0551 21234 56"],
)
def test_notes_that_say_nothing_too_much_or_a_number_are_refused(notes):
    with pytest.raises(BadInput):
        duty.clean_notes(notes)


@pytest.mark.parametrize(
    "notes",
    [
        "tidak ada",
        " P2026-000001 menunggu SAR ",
        "Pompa dipinjam sampai 08-12-2026 08:00",
        "mulai 02/12/2026 07.30-15.30",
    ],
)
def test_notes_with_call_numbers_and_times_are_taken(notes):
    assert duty.clean_notes(notes) == notes.strip()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_refusal_says_why(reason):
    with pytest.raises(BadInput):
        duty.clean_reason(reason)
