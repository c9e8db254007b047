"""Unusual use of personal data: what counts, when it begins, where it ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access_log import THRESHOLDS, WINDOW, Noted, Rule, Seen, Way, look_of, unusual
from domain.case import Actor
from domain.words import Role

T0 = datetime(2031, 3, 5, 2, 0, tzinfo=UTC)
ANI, BUDI = (Actor(name, Role.AUDITOR, account=name.lower()) for name in ("Ani", "Budi"))


def seen(
    minute: float, case: int | None, *, by: Actor = ANI, what: Seen = Seen.NARRATIVE, closed: bool = True
) -> Noted:
    case_id = None if case is None else f"kasus-{case}"
    look = look_of(by, T0 + timedelta(minutes=minute), what, Way.SCREEN, case_id=case_id)
    return Noted(look, case_id, closed)


def test_different_closed_cases_within_an_hour_are_pointed_out_from_the_threshold_on() -> None:
    most = THRESHOLDS[Rule.MANY_CLOSED]
    looks = [seen(n, n) for n in range(most)]
    assert unusual(looks[1:]) == []
    (found,) = unusual(looks)
    assert (found.rule, found.person, found.most) == (Rule.MANY_CLOSED, "ani", most)
    assert (found.since, found.until) == (T0, T0 + timedelta(minutes=most - 1))


def test_one_case_often_open_cases_or_the_same_slowly_is_nothing_unusual() -> None:
    most = THRESHOLDS[Rule.MANY_CLOSED]
    assert unusual([seen(n, 1) for n in range(3 * most)]) == []
    assert unusual([seen(n, n, closed=False) for n in range(3 * most)]) == []
    apart = WINDOW.total_seconds() / 60 / (most - 1)
    assert unusual([seen(n * apart, n) for n in range(3 * most)]) == []
    assert len(unusual([seen(n * apart * 0.99, n) for n in range(3 * most)])) == 1


def test_people_are_judged_apart_and_by_account_not_by_name() -> None:
    most = THRESHOLDS[Rule.MANY_CLOSED]
    assert unusual([seen(n, n, by=(ANI, BUDI)[n % 2]) for n in range(2 * most - 2)]) == []
    renamed = Actor("Ani Baru", Role.AUDITOR, account="ani")
    (found,) = unusual([seen(n, n, by=(ANI, renamed)[n % 2]) for n in range(most)])
    assert found.person == "ani"


def test_identities_and_files_have_rules_of_their_own() -> None:
    identities = [
        seen(n, n, what=Seen.IDENTITY, closed=False) for n in range(THRESHOLDS[Rule.MANY_IDENTITIES])
    ]
    assert [one.rule for one in unusual(identities)] == [Rule.MANY_IDENTITIES]
    call_backs = [seen(n, n, what=Seen.CALL_BACK, closed=False) for n in range(30)]
    assert unusual(call_backs) == []
    files = [seen(n, None, what=Seen.CASES) for n in range(THRESHOLDS[Rule.MANY_FILES])]
    assert [one.rule for one in unusual(files)] == [Rule.MANY_FILES]


def test_two_bursts_far_apart_are_two_the_newest_first() -> None:
    most = THRESHOLDS[Rule.MANY_CLOSED]
    found = unusual([seen(n + hours * 60, n) for hours in (0, 5) for n in range(most)])
    assert [one.since for one in found] == [T0 + timedelta(hours=5), T0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 30)), max_size=60))
def test_it_agrees_with_counting_every_window(looks: list[tuple[int, int]]) -> None:
    minutes = WINDOW.total_seconds() / 60
    worst = max(
        (len({case for at, case in looks if end - minutes < at <= end}) for end, _ in looks), default=0
    )
    found = unusual([seen(at, case) for at, case in looks])
    assert max((one.most for one in found), default=0) == (
        worst if worst >= THRESHOLDS[Rule.MANY_CLOSED] else 0
    )


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_threshold(rule: Rule) -> None:
    assert THRESHOLDS[rule] > 1
