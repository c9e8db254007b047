"""SOP steps 1 to 3: the call, its class, its verification."""

import pytest
from builders import (
    ADE,
    AGUS,
    ANI,
    DEDI,
    FAJAR,
    INCIDENT,
    LOCATION,
    PUTRI,
    SARI,
    T0,
    WAY,
    a_call_closed_as,
    a_case_at,
    at,
    proposed,
)

from domain.case import Incident, Location
from domain.errors import BadInput, IllegalMove, MissingForStep, NotPermitted, TimeRunsBackwards
from domain.moves import call, coordination, response
from domain.words import CallClass, CaseStatus, NoticeMethod, Outcome, StepState

S = CaseStatus
CLOSING = (CallClass.PRANK, CallClass.GHOST, CallClass.INFORMATION)


def test_the_clock_of_step_1_runs_from_the_ringing_phone():
    case = WAY.received()
    assert (case.status, case.status_at) == (S.RECEIVED, T0)
    assert (case.step(1).state, case.step(1).started_at) == (StepState.IN_PROGRESS, T0)
    assert {step.state for step in case.steps[1:]} == {StepState.PENDING}


@pytest.mark.parametrize("person", [PUTRI, FAJAR, SARI, ADE, AGUS], ids=lambda p: p.role)
def test_only_call_taker_and_dispatcher_take_calls(person):
    with pytest.raises(NotPermitted, match=person.role.label):
        call.open_call("x", "P-1", WAY.received().call.channel, person, T0, WAY.sop)


def test_writing_the_report_ends_step_1_and_starts_step_2():
    case = WAY.reported(WAY.received(), minute=1.5)
    assert (case.step(1).state, case.step(1).elapsed_s, case.step(1).user) == (StepState.DONE, 90, "Ani")
    assert (case.step(2).state, case.step(2).started_at) == (StepState.IN_PROGRESS, at(1.5))
    assert (case.incident, case.location) == (INCIDENT, LOCATION)


@pytest.mark.parametrize("narrative", ["", "   ", "\n"])
def test_a_report_needs_a_narrative(narrative):
    with pytest.raises(BadInput) as refused:
        WAY.reported(WAY.received(), narrative=narrative)
    assert refused.value.field == "narrative"


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_a_report_needs_a_number_or_the_reason_why_there_is_none(reason):
    with pytest.raises(BadInput) as refused:
        WAY.reported(WAY.received(), reporter_phone_masked=None, no_number_reason=reason)
    assert refused.value.field == "callback_number"
    told = WAY.reported(WAY.received(), reporter_phone_masked=None, no_number_reason="lewat radio")
    assert told.step(1).state is StepState.DONE


def test_a_report_cannot_be_written_before_the_phone_rang():
    with pytest.raises(TimeRunsBackwards):
        WAY.reported(WAY.received(), minute=-1)


def test_steps_1_and_2_overlap_the_class_may_be_decided_before_the_report_is_written():
    case = call.propose_class(WAY.received(), ANI, at(0.5), CallClass.NORMAL)
    case = call.classify(case, DEDI, at(1), CallClass.NORMAL, WAY.sop)
    assert (case.step(1).state, case.step(2).state) == (StepState.IN_PROGRESS, StepState.DONE)
    case = WAY.reported(case, minute=1.5)
    assert (case.status, case.step(1).state, case.step(2).finished_at) == (
        S.CLASSIFIED,
        StepState.DONE,
        at(1),
    )


def test_the_dispatcher_decides_the_class_not_the_call_taker():
    with pytest.raises(NotPermitted, match="Dispatcher"):
        call.classify(WAY.reported(WAY.received()), ANI, at(2), CallClass.NORMAL, WAY.sop)


def test_a_normal_call_goes_on_to_step_3_at_once():
    case = WAY.classified(WAY.reported(WAY.received()))
    assert (case.status, case.call.decided_by, case.call.decided_at) == (S.CLASSIFIED, "Dedi", at(2))
    assert (case.step(3).state, case.step(3).started_at) == (StepState.IN_PROGRESS, at(2))


@pytest.mark.parametrize("call_class", CLOSING)
def test_another_call_does_not_start_step_3(call_class):
    case = WAY.classified(WAY.reported(WAY.received()), call_class)
    assert case.step(3).state is StepState.PENDING


def test_a_class_is_decided_once():
    case = a_case_at(S.CLASSIFIED)
    with pytest.raises(IllegalMove, match="Diklasifikasi"):
        call.classify(case, DEDI, at(3), CallClass.PRANK, WAY.sop)


def test_a_class_cannot_be_decided_before_the_call():
    with pytest.raises(TimeRunsBackwards):
        call.classify(WAY.received(), DEDI, at(-1), CallClass.NORMAL, WAY.sop)


def test_a_step_cannot_end_before_its_clock_began():
    with pytest.raises(TimeRunsBackwards, match="mulai langkah"):
        call.classify(WAY.reported(WAY.received(), minute=1.5), DEDI, at(1), CallClass.NORMAL, WAY.sop)


def test_a_prank_nobody_proposed_is_not_decided_by_one_person():
    with pytest.raises(MissingForStep, match="orang kedua"):
        call.classify(WAY.reported(WAY.received()), DEDI, at(2), CallClass.PRANK, WAY.sop)


def test_whoever_proposed_a_prank_may_not_decide_it():
    case = call.propose_class(WAY.reported(WAY.received()), DEDI, at(1), CallClass.PRANK)
    with pytest.raises(MissingForStep, match="orang kedua"):
        call.classify(case, DEDI, at(2), CallClass.PRANK, WAY.sop)


def test_a_call_proposed_as_normal_is_not_a_prank_that_two_people_saw():
    case = call.propose_class(WAY.reported(WAY.received()), ANI, at(1), CallClass.NORMAL)
    with pytest.raises(MissingForStep, match="orang kedua"):
        call.classify(case, DEDI, at(2), CallClass.PRANK, WAY.sop)


def test_a_prank_that_two_people_saw_is_decided():
    assert WAY.classified(WAY.reported(WAY.received()), CallClass.PRANK).call.call_class is CallClass.PRANK


@pytest.mark.parametrize("call_class", CLOSING)
def test_prank_ghost_and_information_are_closed_with_a_note_and_no_register_number(call_class):
    case = a_call_closed_as(call_class)
    assert (case.status, case.outcome) == (S.CLOSED, Outcome(call_class.value))
    assert (case.register_no, case.call.closing_note) == (None, "tidak ada kejadian")
    assert {step.state for step in case.steps[2:]} == {StepState.SKIPPED}
    assert all(step.skip_reason for step in case.steps[2:])


@pytest.mark.parametrize("call_class", CLOSING)
def test_a_call_is_not_closed_without_a_note(call_class):
    case = call.log_callback(WAY.classified(WAY.reported(WAY.received()), call_class), ANI, at(3))
    with pytest.raises(MissingForStep, match="catatan penutupan"):
        call.close_call(case, DEDI, at(4), "  ", WAY.sop)


def test_a_ghost_call_needs_one_logged_call_back():
    case = WAY.classified(WAY.reported(WAY.received()), CallClass.GHOST)
    with pytest.raises(MissingForStep, match="telepon balik"):
        call.close_call(case, DEDI, at(4), "hening", WAY.sop)
    case = call.log_callback(case, ANI, at(3))
    assert call.close_call(case, DEDI, at(4), "hening", WAY.sop).status is S.CLOSED


def test_a_prank_whose_report_was_not_written_down_is_not_closed():
    case = WAY.classified(WAY.received(), CallClass.PRANK)
    with pytest.raises(MissingForStep, match="kronologi"):
        call.close_call(case, DEDI, at(4), "iseng", WAY.sop)


def test_a_normal_call_is_not_closed_as_a_call():
    with pytest.raises(MissingForStep, match="kasus normal ditangani sampai selesai"):
        call.close_call(a_case_at(S.CLASSIFIED), DEDI, at(5), "selesai", WAY.sop)


@pytest.mark.parametrize("old", CLOSING)
@pytest.mark.parametrize("person", [DEDI, SARI], ids=lambda p: p.role)
def test_a_wrongly_closed_call_is_taken_up_again_and_the_old_class_kept(old, person):
    case = call.reclassify(a_call_closed_as(old), person, at(6), CallClass.NORMAL, "pelapor menelepon lagi")
    assert (case.status, case.call.call_class, case.outcome) == (S.CLASSIFIED, CallClass.NORMAL, None)
    assert case.call.previous_classes == (old,)
    assert (case.step(3).state, case.step(3).started_at) == (StepState.IN_PROGRESS, at(6))
    assert WAY.verified(case, minute=8).status is S.VERIFIED


def test_reclassifying_needs_a_reason():
    with pytest.raises(BadInput, match="Alasan"):
        call.reclassify(a_call_closed_as(CallClass.GHOST), SARI, at(6), CallClass.NORMAL, " ")


def test_reclassifying_to_prank_still_needs_the_second_person():
    closed = a_call_closed_as(CallClass.GHOST)
    with pytest.raises(MissingForStep, match="orang kedua"):
        call.reclassify(closed, DEDI, at(6), CallClass.PRANK, "ternyata iseng")


def test_a_case_closed_after_rescue_is_reopened_not_reclassified():
    with pytest.raises(MissingForStep, match="prank, ghost, atau informasi"):
        call.reclassify(a_case_at(S.CLOSED), SARI, at(60), CallClass.PRANK, "salah")


def test_reclassifying_before_the_closing_is_refused():
    with pytest.raises(TimeRunsBackwards):
        call.reclassify(a_call_closed_as(CallClass.GHOST), SARI, at(3), CallClass.NORMAL, "salah")


def test_a_verified_case_has_its_officers_told():
    case = a_case_at(S.VERIFIED)
    assert [(f.agency, f.by) for f in case.forwardings] == [("BPBD", "Dedi"), ("SAR", "Dedi")]
    assert (case.step(3).state, case.step(3).elapsed_s) == (StepState.DONE, 120)
    assert (case.step(4).state, case.step(4).started_at) == (StepState.IN_PROGRESS, at(4))


def test_telling_the_same_officer_twice_keeps_the_first_time():
    case = call.forward(a_case_at(S.CLASSIFIED), DEDI, at(3), "BPBD")
    assert call.forward(case, DEDI, at(3.5), "BPBD") == case


def test_verification_names_everything_that_is_missing_at_once():
    case = WAY.reported(WAY.received(), reporter_named=False, incident=Incident(), location=Location())
    case = WAY.classified(case)
    with pytest.raises(MissingForStep) as refused:
        call.verify(case, DEDI, at(4), WAY.sop)
    sentence = refused.value.sentence()
    for words in (
        "nama pelapor",
        "jenis kejadian",
        "matra",
        "koordinat",
        "korban",
        "prioritas",
        "BPBD",
        "SAR",
    ):
        assert words in sentence
    assert "Langkah 3" in sentence


def test_a_case_is_not_verified_before_its_report_is_written():
    case = WAY.classified(WAY.received())
    case = call.update_details(case, ANI, at(3), incident=INCIDENT, location=LOCATION, reporter_named=True)
    with pytest.raises(MissingForStep, match="Langkah 1"):
        WAY.verified(case)


@pytest.mark.parametrize("call_class", CLOSING)
def test_what_is_not_a_normal_call_is_neither_forwarded_nor_verified_nor_given_units(call_class):
    case = WAY.classified(WAY.reported(WAY.received()), call_class)
    for move in (
        lambda: call.forward(case, DEDI, at(3), "BPBD"),
        lambda: call.verify(case, DEDI, at(4), WAY.sop),
        lambda: response.propose_units(case, PUTRI, at(4), (proposed(),)),
    ):
        with pytest.raises(MissingForStep, match="Normal"):
            move()


def test_a_step_does_not_end_before_what_it_rests_on_has_happened():
    case = a_case_at(S.CLASSIFIED)
    for agency in WAY.sop.forward_to:
        case = call.forward(case, DEDI, at(10), agency)
    with pytest.raises(TimeRunsBackwards):
        call.verify(case, DEDI, at(4), WAY.sop)


def test_the_overrun_of_a_step_never_blocks_and_its_reason_is_kept():
    case = a_case_at(S.CLASSIFIED)
    for agency in WAY.sop.forward_to:
        case = call.forward(case, DEDI, at(3), agency)
    case = call.verify(case, DEDI, at(30), WAY.sop, "sinyal pelapor putus")
    assert (case.step(3).elapsed_s, case.step(3).overrun_reason) == (28 * 60, "sinyal pelapor putus")


def test_pre_alert_may_go_out_as_soon_as_the_class_is_decided():
    case = coordination.notify(a_case_at(S.CLASSIFIED), DEDI, at(2.5), ("SAR", "MEDIS"), NoticeMethod.RADIO)
    assert [line.notified_at for line in case.agencies if line.code in ("SAR", "MEDIS")] == [at(2.5)] * 2
    with pytest.raises(IllegalMove):
        coordination.notify(WAY.reported(WAY.received()), DEDI, at(2), ("SAR",), NoticeMethod.RADIO)


def test_details_can_be_corrected_until_the_case_is_registered():
    place = Location(place_text="Dermaga", lon=117.6, lat=3.2)
    for status in (
        S.RECEIVED,
        S.CLASSIFIED,
        S.VERIFIED,
        S.COORDINATED,
        S.RESPONDING,
        S.MONITORING,
        S.UPDATING,
    ):
        case = a_case_at(status)
        assert call.update_details(case, ANI, at(60), location=place).location == place
    for status in (S.REGISTERED, S.CLOSED, S.MERGED):
        with pytest.raises(IllegalMove):
            call.update_details(a_case_at(status), ANI, at(60), location=place)
