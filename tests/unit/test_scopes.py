"""What tokens may do: no more than their scopes, their unit and their time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.permissions import PERMISSIONS, Action, may
from domain.scopes import (
    ACCESS,
    ACTIONS,
    LONGEST_DAYS,
    ROLES,
    UNIT_SCOPES,
    Access,
    Grant,
    LacksScope,
    Scope,
    require_grant,
)
from domain.words import Role

NOW = datetime(2031, 3, 5, tzinfo=UTC)
SCOPES = st.sets(st.sampled_from(list(Scope)))


def grant(*scopes: Scope, unit: str | None = None, **more: object) -> Grant:
    return Grant("t-1", "Sistem", frozenset(scopes), unit, NOW + timedelta(days=1), **more)  # type: ignore[arg-type]


@given(SCOPES, st.sampled_from(list(Scope)))
def test_a_token_acts_under_exactly_its_scopes(scopes: set[Scope], asked: Scope) -> None:
    found = grant(*scopes)
    if asked in scopes:
        actor = found.actor(asked)
        assert (actor.name, actor.role, actor.account) == ("Sistem", ROLES[asked], "token:t-1")
        return
    with pytest.raises(LacksScope) as refused:
        found.actor(asked)
    assert asked.value in str(refused.value)


def test_the_role_of_a_scope_may_do_what_the_scope_is_for() -> None:
    for scope, actions in ACTIONS.items():
        assert all(may(ROLES[scope], action) for action in actions)


def test_a_scope_that_only_reads_acts_as_a_role_that_changes_nothing() -> None:
    reading = {Action.SEE_ACCESS_LOG, Action.CHECK_TRAIL, Action.EXPORT_TRAIL}
    changes = [
        action for action in PERMISSIONS if not action.value.startswith("open_") and action not in reading
    ]
    readers = [scope for scope in Scope if scope not in (Scope.CALLS_WRITE, Scope.POSITIONS_WRITE)]
    assert [(one, action) for one in readers for action in changes if may(ROLES[one], action)] == []


@pytest.mark.parametrize(
    ("at", "revoked", "good"),
    [
        (NOW, None, True),
        (NOW + timedelta(days=1) - timedelta(microseconds=1), None, True),
        (NOW + timedelta(days=1), None, False),
        (NOW, NOW - timedelta(days=9), False),
    ],
)
def test_a_token_counts_until_its_end_and_not_once_revoked(
    at: datetime, revoked: datetime | None, good: bool
) -> None:
    assert grant(Scope.CASES_READ, revoked_at=revoked).is_good(at) is good


@given(SCOPES.filter(bool))
def test_a_token_bound_to_a_unit_holds_only_what_can_be_bound(scopes: set[Scope]) -> None:
    require_grant("Sistem", scopes, None, 90)
    if scopes <= UNIT_SCOPES:
        assert require_grant("Sistem", scopes, "U-1", 90)[1] == scopes
        return
    with pytest.raises(BadInput) as refused:
        require_grant("Sistem", scopes, "U-1", 90)
    assert refused.value.field == "scopes"


@pytest.mark.parametrize(
    ("label", "scopes", "days", "field"),
    [
        ("", {Scope.CASES_READ}, 90, "label"),
        ("   ", {Scope.CASES_READ}, 90, "label"),
        ("x" * 61, {Scope.CASES_READ}, 90, "label"),
        ("satu\ndua", {Scope.CASES_READ}, 90, "label"),
        ("Sistem", set(), 90, "scopes"),
        ("Sistem", {Scope.CASES_READ}, 0, "days"),
        ("Sistem", {Scope.CASES_READ}, LONGEST_DAYS + 1, "days"),
    ],
)
def test_a_token_needs_a_name_a_scope_and_an_end_within_a_year(
    label: str, scopes: set[Scope], days: int, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        require_grant(label, scopes, None, days)
    assert refused.value.field == field


def test_a_parameter_can_ask_for_more_wherever_it_stands() -> None:
    record = ACCESS["GET", "/v1/cases/{case_id}/record"]
    full = (Scope.RECORDS_READ, Scope.RECORDS_FULL)
    assert record.scopes_for([]) == record.scopes_for([("profile", "minimal")]) == (Scope.RECORDS_READ,)
    assert record.scopes_for([("profile", "full")]) == full
    assert record.scopes_for([("profile", "full"), ("profile", "minimal")]) == full


def test_without_a_line_nobody_is_let_in() -> None:
    assert not any(Access().lets_in(role) for role in Role)
    assert Access() not in ACCESS.values(), "a line that names nobody would be a mistake"


def test_nothing_that_changes_something_is_open_to_everybody_or_to_a_browser_by_itself() -> None:
    for (method, address), access in ACCESS.items():
        if method != "GET":
            assert not access.public, address
            assert not access.actions and not access.signed_in, address
