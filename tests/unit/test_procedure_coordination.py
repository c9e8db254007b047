"""SOP step 4: all agencies are told together; each answers by itself."""

from dataclasses import replace

import pytest
from builders import ANI, DEDI, FAJAR, PUTRI, WAY, a_case_at, at

from domain.errors import BadInput, IllegalMove, MissingForStep, NotFound, NotPermitted, TimeRunsBackwards
from domain.moves import coordination
from domain.response_plan import IncidentType, Requirement
from domain.words import CaseStatus, Domain, NoticeMethod, NoticeResult, StepState

S = CaseStatus
REQUIRED = ("SAR", "MEDIS", "KSOP")


def told(minute=5):
    return coordination.notify(a_case_at(S.VERIFIED), DEDI, at(minute), REQUIRED, NoticeMethod.PHONE)


def test_the_plan_seeds_the_checklist_lead_first_required_before_optional():
    lines = a_case_at(S.CLASSIFIED).agencies
    assert [(line.code, line.required) for line in lines] == [
        ("SAR", True),
        ("MEDIS", True),
        ("KSOP", True),
        ("PMI", False),
    ]


def test_a_changed_incident_type_changes_what_is_required_and_keeps_what_was_done():
    fire = IncidentType(
        "L-FIR1", "Rumah", Domain.LAND, 1, "PMK", (Requirement("PMK", "fire"), Requirement("MEDIS"))
    )
    case = coordination.seed_checklist(told(), fire)
    assert {line.code for line in case.agencies if line.required} == {"PMK", "MEDIS"}
    assert case.notice("SAR").notified_at == at(5)
    assert case.notice("PMK").notified_at is None
    assert coordination.seed_checklist(case, fire) == case


def test_all_agencies_are_told_at_the_same_moment():
    assert {line.notified_at for line in told().agencies if line.required} == {at(5)}
    assert told().notice("PMI").notified_at is None


def test_an_agency_told_once_keeps_its_first_time():
    case = coordination.notify(told(5), DEDI, at(9), ("SAR",), NoticeMethod.RADIO)
    assert (case.notice("SAR").notified_at, case.notice("SAR").method) == (at(5), NoticeMethod.PHONE)


def test_an_agency_outside_the_plan_can_be_told_too():
    case = coordination.notify(a_case_at(S.VERIFIED), DEDI, at(5), ("PLN",), NoticeMethod.PHONE)
    assert (case.notice("PLN").required, case.notice("PLN").notified_at) == (False, at(5))


def test_an_agency_named_twice_is_on_the_list_once():
    case = coordination.notify(a_case_at(S.VERIFIED), DEDI, at(5), ("PLN", "PLN"), NoticeMethod.PHONE)
    assert [line.code for line in case.agencies].count("PLN") == 1


def test_an_agency_cannot_be_told_before_the_class_was_decided():
    with pytest.raises(TimeRunsBackwards):
        told(minute=1)


def test_an_answer_needs_a_question():
    with pytest.raises(BadInput, match="belum dihubungi"):
        coordination.answer_notice(a_case_at(S.VERIFIED), DEDI, at(5), "SAR", NoticeResult.ACKNOWLEDGED)


def test_an_answer_cannot_come_before_the_question():
    with pytest.raises(TimeRunsBackwards):
        coordination.answer_notice(told(5), DEDI, at(4.5), "SAR", NoticeResult.ACKNOWLEDGED)


@pytest.mark.parametrize("result", [NoticeResult.DECLINED, NoticeResult.ESCALATED])
def test_a_refusal_or_an_escalation_says_why_or_to_whom(result):
    with pytest.raises(BadInput, match="Keterangan"):
        coordination.answer_notice(told(), DEDI, at(6), "SAR", result, "  ")
    line = coordination.answer_notice(told(), DEDI, at(6), "SAR", result, "kapal rusak").notice("SAR")
    assert (line.result, line.note, line.acknowledged_at) == (result, "kapal rusak", None)
    assert line.is_settled


def test_an_acknowledgement_keeps_its_time():
    line = coordination.answer_notice(told(), ANI, at(6), "SAR", NoticeResult.ACKNOWLEDGED).notice("SAR")
    assert (line.result, line.acknowledged_at) == (NoticeResult.ACKNOWLEDGED, at(6))


def test_an_agency_that_is_not_on_the_list_has_no_answer():
    with pytest.raises(NotFound, match="AIRNAV"):
        coordination.answer_notice(told(), DEDI, at(6), "AIRNAV", NoticeResult.ACKNOWLEDGED)


def test_a_required_agency_is_left_out_only_with_a_reason():
    with pytest.raises(BadInput, match="Alasan"):
        coordination.waive_agency(a_case_at(S.VERIFIED), DEDI, at(5), "KSOP", " ")
    case = coordination.waive_agency(a_case_at(S.VERIFIED), PUTRI, at(5), "KSOP", "bukan perairan pelabuhan")
    assert case.notice("KSOP").is_settled


def test_the_call_taker_may_tell_agencies_but_not_leave_one_out():
    coordination.notify(a_case_at(S.VERIFIED), ANI, at(5), ("SAR",), NoticeMethod.PHONE)
    with pytest.raises(NotPermitted):
        coordination.waive_agency(a_case_at(S.VERIFIED), ANI, at(5), "SAR", "tidak perlu")
    with pytest.raises(NotPermitted):
        coordination.notify(a_case_at(S.VERIFIED), FAJAR, at(5), ("SAR",), NoticeMethod.PHONE)


def test_coordination_names_every_agency_that_has_not_answered():
    case = coordination.answer_notice(told(), DEDI, at(6), "MEDIS", NoticeResult.ACKNOWLEDGED)
    with pytest.raises(MissingForStep) as refused:
        coordination.coordinate(case, DEDI, at(6), WAY.sop)
    sentence = refused.value.sentence()
    assert "SAR" in sentence and "KSOP" in sentence and "MEDIS" not in sentence and "PMI" not in sentence


def test_a_coordinated_case_starts_the_clock_of_step_5():
    case = a_case_at(S.COORDINATED)
    assert (case.step(4).state, case.step(4).elapsed_s, case.step(4).user) == (StepState.DONE, 120, "Dedi")
    assert (case.step(5).state, case.step(5).started_at) == (StepState.IN_PROGRESS, at(6))


def test_a_case_without_a_checklist_is_not_coordinated():
    case = WAY.verified(WAY.classified(WAY.reported(WAY.received())))
    with pytest.raises(MissingForStep, match="rencana respons"):
        coordination.coordinate(replace(case, agencies=()), DEDI, at(6), WAY.sop)


def test_coordination_does_not_end_before_the_last_answer():
    case = told(5)
    for code in REQUIRED:
        case = coordination.answer_notice(case, DEDI, at(9), code, NoticeResult.ACKNOWLEDGED)
    with pytest.raises(TimeRunsBackwards):
        coordination.coordinate(case, DEDI, at(6), WAY.sop)


@pytest.mark.parametrize("status", [S.RECEIVED, S.CLASSIFIED, S.COORDINATED, S.CLOSED])
def test_only_a_verified_case_is_coordinated(status):
    with pytest.raises(IllegalMove, match=status.label):
        coordination.coordinate(a_case_at(status), DEDI, at(60), WAY.sop)
