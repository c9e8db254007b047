"""Who may do what, checked against domain.md 1.4 written out by role."""

import pytest
from builders import PEOPLE

from domain.errors import NotPermitted
from domain.permissions import PERMISSIONS, Action, may, require
from domain.words import Role

A = Action
# domain.md 1.4, Permissions: steps 1–3 and 8 of the call taker, 2–4, 6, 7, 9 of the dispatcher, and so on.
AT_MOST = {
    Role.CALL_TAKER: {
        *(A.TAKE_CALL, A.PROPOSE_CLASS, A.LOG_CALLBACK, A.UPDATE_DETAILS, A.FORWARD, A.VERIFY),
        *(A.PRE_ALERT, A.NOTIFY, A.ANSWER_NOTICE, A.GIVE_REASON),
        *(A.REGISTER, A.PRINT_FORM, A.DELIVER, A.RECORD_RECEIPT),
        *(A.OPEN_INTAKE, A.OPEN_CASES, A.OPEN_EXPORT, A.OPEN_DUTY, A.HAND_OVER_DUTY),
    },
    Role.DISPATCHER: {
        *(A.TAKE_CALL, A.PROPOSE_CLASS, A.CLASSIFY, A.LOG_CALLBACK, A.CLOSE_CALL, A.RECLASSIFY),
        *(A.UPDATE_DETAILS, A.FORWARD, A.VERIFY, A.PRE_ALERT, A.NOTIFY, A.ANSWER_NOTICE),
        *(A.WAIVE_AGENCY, A.COORDINATE),
        *(A.UNIT_PROGRESS, A.SITREP, A.ATTACH, A.GIVE_REASON, A.UPDATE_CONDITION, A.FINISH_MONITORING),
        *(A.RECORD_OUTCOME, A.RECORD_RECEIPT, A.CLOSE, A.MERGE, A.CANCEL, A.SET_UNIT_SERVICE),
        *(A.SET_WEATHER, A.CREW_WORD, A.ACKNOWLEDGE_ALARM, A.EDIT_DEVICES, A.DELIVER),
        *(
            A.OPEN_INTAKE,
            A.OPEN_CASES,
            A.OPEN_DISPATCH,
            A.OPEN_REVIEW,
            A.OPEN_EXPORT,
            A.OPEN_REGISTRY,
            A.OPEN_DUTY,
            A.HAND_OVER_DUTY,
        ),
    },
    Role.DUTY_OFFICER: {
        *(A.UPDATE_DETAILS, A.WAIVE_AGENCY, A.PROPOSE_UNITS, A.WITHDRAW_UNIT, A.APPROVE_UNITS),
        *(A.NAME_COMMANDER, A.GIVE_REASON, A.UPDATE_CONDITION, A.RECORD_OUTCOME, A.CANCEL, A.HAND_OVER),
        *(A.RAISE_ALARM, A.SET_UNIT_SERVICE, A.SET_WEATHER, A.SET_WELFARE, A.ACKNOWLEDGE_ALARM),
        *(A.OPEN_CASES, A.OPEN_DISPATCH, A.OPEN_REVIEW, A.OPEN_REGISTRY, A.OPEN_DUTY, A.HAND_OVER_DUTY),
    },
    Role.FIELD_OFFICER: {A.UNIT_PROGRESS, A.SITREP, A.ATTACH, A.CREW_WORD, A.OPEN_CASES},
    Role.SUPERVISOR: {
        *(A.RECLASSIFY, A.OVERRIDE_RECEIPT, A.REOPEN, A.REVEAL_IDENTITY, A.ACKNOWLEDGE_ALARM),
        *(A.RUN_RETENTION, A.LEGAL_HOLD, A.DELIVER),
        *(
            A.SUBJECT_REQUEST,
            A.SEE_ACCESS_LOG,
            A.CHECK_TRAIL,
            A.EXPORT_TRAIL,
            A.EDIT_ROSTER,
            A.HAND_OVER_DUTY,
            A.ACT_ON_BEHALF,
        ),
        *(
            A.OPEN_INTAKE,
            A.OPEN_CASES,
            A.OPEN_DISPATCH,
            A.OPEN_REVIEW,
            A.OPEN_EXPORT,
            A.OPEN_REGISTRY,
            A.OPEN_DUTY,
            A.OPEN_ACCESS,
        ),
    },
    Role.ADMIN: {
        *(A.EDIT_REGISTRY, A.EDIT_DEVICES, A.RUN_RETENTION, A.DELIVER),
        *(A.EDIT_ACCOUNTS, A.EDIT_TOKENS, A.CHECK_TRAIL, A.BACK_UP),
        *(A.OPEN_EXPORT, A.OPEN_REGISTRY, A.OPEN_DUTY, A.OPEN_ACCESS),
    },
    Role.AUDITOR: {
        *(A.SEE_ACCESS_LOG, A.CHECK_TRAIL, A.EXPORT_TRAIL),
        *(A.OPEN_INTAKE, A.OPEN_CASES, A.OPEN_DISPATCH, A.OPEN_REVIEW, A.OPEN_EXPORT),
        *(A.OPEN_REGISTRY, A.OPEN_DUTY, A.OPEN_ACCESS),
    },
}


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_exactly_what_the_procedure_gives_it(role):
    assert {action for action in Action if may(role, action)} == AT_MOST[role]


def test_every_action_has_somebody_who_may_do_it():
    assert set(PERMISSIONS) == set(Action)
    assert all(PERMISSIONS.values())


@pytest.mark.parametrize(
    ("action", "role"),
    [
        (A.CLASSIFY, Role.DISPATCHER),
        (A.COORDINATE, Role.DISPATCHER),
        (A.APPROVE_UNITS, Role.DUTY_OFFICER),
        (A.HAND_OVER, Role.DUTY_OFFICER),
        (A.REGISTER, Role.CALL_TAKER),
        (A.CLOSE, Role.DISPATCHER),
        (A.REOPEN, Role.SUPERVISOR),
        (A.OVERRIDE_RECEIPT, Role.SUPERVISOR),
        (A.REVEAL_IDENTITY, Role.SUPERVISOR),
        (A.EDIT_REGISTRY, Role.ADMIN),
    ],
)
def test_some_actions_belong_to_one_role_alone(action, role):
    assert PERMISSIONS[action] == (role,)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.role)
@pytest.mark.parametrize("action", Action)
def test_a_refusal_names_the_role_the_action_and_who_may(person, action):
    if may(person.role, action):
        require(person, action)
        return
    with pytest.raises(NotPermitted) as refused:
        require(person, action)
    sentence = refused.value.sentence()
    assert sentence.startswith(person.role.label)
    assert action.label in sentence
    assert all(role.label in sentence for role in PERMISSIONS[action])
