"""The whole table of moves (domain.md 1.4): by whom, at which status, and never before the call.

Written out by hand, so that a move that forgets to ask for its role, its status or its time is found.
"""

from dataclasses import replace

import pytest
from builders import (
    ADE,
    AGUS,
    AMB,
    ANI,
    DEDI,
    FAJAR,
    INCIDENT,
    LOCATION,
    ONE_SAFE,
    OTHER_ID,
    PEOPLE,
    PUTRI,
    RIB,
    SARI,
    WAY,
    a_call_closed_as,
    a_case_at,
    at,
    proposed,
)

from domain.case import Attachment, Reasons
from domain.errors import IllegalMove, NotPermitted, SigapError, TimeRunsBackwards
from domain.moves import call, coordination, exits, record, response
from domain.words import CallClass, CaseStatus, NoticeMethod, NoticeResult, Outcome

S = CaseStatus
WORK = (
    S.RECEIVED,
    S.CLASSIFIED,
    S.VERIFIED,
    S.COORDINATED,
    S.RESPONDING,
    S.MONITORING,
    S.UPDATING,
    S.REGISTERED,
)


def between(first, last):
    return WORK[WORK.index(first) : WORK.index(last) + 1]


def report(case, who, when):
    return call.record_report(
        case,
        who,
        when,
        narrative="x",
        reporter_ref=None,
        reporter_phone_masked="•••1",
        no_number_reason=None,
        reporter_named=True,
        anonymous_reason=None,
        incident=INCIDENT,
        location=LOCATION,
    )


def photo(case, who, when):
    return response.attach(case, who, when, Attachment("b" * 64, "f.jpg", "image/jpeg", 1, when, who.name))


def outcome(case, who, when):
    return record.record_outcome(case, who, when, outcome=Outcome.RESCUED, victims=ONE_SAFE)


def cancel(case, who, when):
    return exits.call_off(case, who, when, Outcome.CANCELLED, "batal", "2026/000009")


def join(case, who, when):
    return exits.merge(case, a_case_at(S.MONITORING, units=(AMB,), case_id=OTHER_ID), who, when)


SOP = WAY.sop
NORMAL, PHONE, YES = CallClass.NORMAL, NoticeMethod.PHONE, NoticeResult.ACKNOWLEDGED
TABLE = {
    "record_report": (report, {ANI, DEDI}, (S.RECEIVED, S.CLASSIFIED)),
    "propose_class": (lambda c, w, t: call.propose_class(c, w, t, NORMAL), {ANI, DEDI}, (S.RECEIVED,)),
    "classify": (lambda c, w, t: call.classify(c, w, t, NORMAL, SOP), {DEDI}, (S.RECEIVED,)),
    "log_callback": (call.log_callback, {ANI, DEDI}, (S.RECEIVED, S.CLASSIFIED)),
    "close_call": (lambda c, w, t: call.close_call(c, w, t, "x", SOP), {DEDI}, (S.CLASSIFIED,)),
    "reclassify": (
        lambda c, w, t: call.reclassify(c, w, t, NORMAL, "x"),
        {DEDI, SARI},
        (S.CLASSIFIED, S.CLOSED),
    ),
    "update_details": (
        lambda c, w, t: call.update_details(c, w, t, reporter_named=False, anonymous_reason="x"),
        {ANI, DEDI, PUTRI},
        between(S.RECEIVED, S.UPDATING),
    ),
    "forward": (
        lambda c, w, t: call.forward(c, w, t, "KSOP"),
        {ANI, DEDI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "verify": (lambda c, w, t: call.verify(c, w, t, SOP), {ANI, DEDI}, (S.CLASSIFIED,)),
    "pre_alert": (coordination.pre_alert, {ANI, DEDI}, between(S.CLASSIFIED, S.MONITORING)),
    "notify": (
        lambda c, w, t: coordination.notify(c, w, t, ("SAR", "PLN"), PHONE),
        {ANI, DEDI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "answer_notice": (
        lambda c, w, t: coordination.answer_notice(c, w, t, "SAR", YES),
        {ANI, DEDI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "waive_agency": (
        lambda c, w, t: coordination.waive_agency(c, w, t, "SAR", "x"),
        {DEDI, PUTRI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "coordinate": (lambda c, w, t: coordination.coordinate(c, w, t, SOP), {DEDI}, (S.VERIFIED,)),
    "propose_units": (
        lambda c, w, t: response.propose_units(c, w, t, (proposed(AMB),)),
        {PUTRI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "withdraw_unit": (
        lambda c, w, t: response.withdraw_unit(c, w, t, RIB, "x"),
        {PUTRI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "approve_units": (response.approve_units, {PUTRI}, (S.COORDINATED, S.RESPONDING, S.MONITORING)),
    "name_commander": (
        lambda c, w, t: response.name_commander(c, w, t, "Rudi", SOP),
        {PUTRI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "depart": (
        lambda c, w, t: response.depart(c, w, t, RIB, SOP),
        {FAJAR, DEDI},
        (S.RESPONDING, S.MONITORING),
    ),
    "arrive": (lambda c, w, t: response.arrive(c, w, t, RIB), {FAJAR, DEDI}, (S.RESPONDING, S.MONITORING)),
    "clear": (lambda c, w, t: response.clear(c, w, t, RIB), {FAJAR, DEDI}, (S.RESPONDING, S.MONITORING)),
    "add_sitrep": (
        lambda c, w, t: response.add_sitrep(c, w, t, "x"),
        {FAJAR, DEDI},
        between(S.RESPONDING, S.UPDATING),
    ),
    "crew_word": (
        lambda c, w, t: response.crew_word(c, w, t, RIB),
        {FAJAR, DEDI},
        (S.RESPONDING, S.MONITORING),
    ),
    "set_welfare": (
        lambda c, w, t: response.set_welfare(c, w, t, 600),
        {PUTRI},
        between(S.CLASSIFIED, S.MONITORING),
    ),
    "attach": (photo, {FAJAR, DEDI}, between(S.CLASSIFIED, S.REGISTERED)),
    "give_reasons": (
        lambda c, w, t: response.give_reasons(c, w, t, Reasons("x")),
        {ANI, DEDI, PUTRI},
        (S.RESPONDING, S.MONITORING),
    ),
    "give_overrun_reason": (
        lambda c, w, t: response.give_overrun_reason(c, w, t, 1, "x"),
        {ANI, DEDI, PUTRI},
        between(S.RECEIVED, S.REGISTERED),
    ),
    "update_condition": (
        lambda c, w, t: response.update_condition(c, w, t, "x"),
        {DEDI, PUTRI},
        between(S.RESPONDING, S.UPDATING),
    ),
    "finish_monitoring": (lambda c, w, t: response.finish_monitoring(c, w, t, SOP), {DEDI}, (S.MONITORING,)),
    "record_outcome": (outcome, {DEDI, PUTRI}, between(S.RESPONDING, S.UPDATING)),
    "register": (lambda c, w, t: record.register(c, w, t, "2026/1", SOP), {ANI}, (S.UPDATING,)),
    "print_form": (lambda c, w, t: record.print_form(c, w, t, SOP), {ANI}, (S.REGISTERED,)),
    "override_receipt": (lambda c, w, t: record.override_receipt(c, w, t, "x", SOP), {SARI}, (S.REGISTERED,)),
    "close": (lambda c, w, t: record.close(c, w, t, "Lemari", SOP), {DEDI}, (S.REGISTERED,)),
    "merge": (join, {DEDI}, between(S.RECEIVED, S.MONITORING)),
    "call_off": (cancel, {PUTRI, DEDI}, between(S.VERIFIED, S.MONITORING)),
    "hand_over": (
        lambda c, w, t: exits.hand_over(c, w, t, "SAR", "SMC-1"),
        {PUTRI},
        between(S.COORDINATED, S.MONITORING),
    ),
    "reopen": (lambda c, w, t: exits.reopen(c, w, t, "x"), {SARI}, (S.CLOSED,)),
}
AFTER_DEPARTURE = {("call_off", DEDI)}


@pytest.mark.parametrize("name", TABLE)
def test_a_move_is_refused_to_every_role_but_its_own(name):
    move, who_may, statuses = TABLE[name]
    assert not who_may & {ADE, AGUS}
    for case in map(a_case_at, statuses):
        for person in (person for person in PEOPLE if person not in who_may):
            with pytest.raises(NotPermitted):
                move(case, person, at(60))


@pytest.mark.parametrize("name", TABLE)
def test_a_move_is_made_at_its_statuses_and_refused_at_all_others(name):
    move, who_may, statuses = TABLE[name]
    for status in S:
        for person in who_may:
            case = a_case_at(status)
            if status not in statuses:
                with pytest.raises(IllegalMove) as refused:
                    move(case, person, at(60))
                assert status.label in refused.value.sentence()
            elif (name, person) not in AFTER_DEPARTURE:
                _refused_only_for_what_it_lacks(move, case, person)


def _refused_only_for_what_it_lacks(move, case, person):
    try:
        move(case, person, at(60))
    except SigapError as error:
        assert not isinstance(error, IllegalMove | NotPermitted), error


LACKING = {
    "reclassify": lambda: a_call_closed_as(CallClass.GHOST),
    "close_call": lambda: call.log_callback(
        WAY.classified(WAY.reported(WAY.received()), CallClass.GHOST), ANI, at(3)
    ),
    "verify": lambda: _forwarded(a_case_at(S.CLASSIFIED)),
    "coordinate": lambda: _answered(a_case_at(S.VERIFIED)),
    "answer_notice": lambda: coordination.notify(a_case_at(S.VERIFIED), DEDI, at(5), ("SAR",), PHONE),
    "withdraw_unit": lambda: a_case_at(S.RESPONDING),
    "approve_units": lambda: response.propose_units(a_case_at(S.COORDINATED), PUTRI, at(7), (proposed(),)),
    "depart": lambda: a_case_at(S.RESPONDING),
    "finish_monitoring": lambda: response.give_reasons(
        WAY.handled(a_case_at(S.MONITORING)), DEDI, at(51), Reasons(late_sitrep="radio mati")
    ),
    "register": lambda: outcome(
        response.update_condition(a_case_at(S.UPDATING), DEDI, at(52), "x"), DEDI, at(52)
    ),
    "override_receipt": lambda: WAY.delivered(a_case_at(S.REGISTERED)),
    "close": lambda: record.record_receipt(
        WAY.delivered(a_case_at(S.REGISTERED)), ANI, at(55), "x", "ab" * 32, SOP
    ),
    "call_off": lambda: a_case_at(S.COORDINATED),
}


def _forwarded(case):
    for agency in SOP.forward_to:
        case = call.forward(case, DEDI, at(3), agency)
    return case


def _answered(case):
    return replace(case, agencies=tuple(replace(line, waived_reason="x") for line in case.agencies))


@pytest.mark.parametrize("name", [name for name in TABLE if name != "name_commander"])
def test_a_move_that_is_possible_now_was_not_possible_before_the_call(name):
    """The same move, complete in every other way; only its time lies before the phone rang."""
    move, who_may, statuses = TABLE[name]
    case = LACKING[name]() if name in LACKING else a_case_at(statuses[-1])
    person = min(who_may, key=lambda p: p.name)
    move(case, person, at(60))
    with pytest.raises(TimeRunsBackwards):
        move(case, person, at(-1))
