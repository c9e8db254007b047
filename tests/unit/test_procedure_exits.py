"""Ways off the straight path: merge, cancel, false report, handover, reopen."""

import pytest
from builders import (
    AMB,
    ANI,
    DEDI,
    FAJAR,
    ONE_SAFE,
    OTHER_ID,
    PUTRI,
    RIB,
    SARI,
    WAY,
    a_call_closed_as,
    a_case_at,
    at,
    proposed,
)

from domain.case import Reasons
from domain.errors import BadInput, IllegalMove, MissingForStep, NotPermitted, TimeRunsBackwards
from domain.moves import exits, record, response
from domain.words import CallClass, CaseStatus, Outcome, StepState

S = CaseStatus
ON_THE_WAY = (S.VERIFIED, S.COORDINATED, S.RESPONDING, S.MONITORING)


def primary_at(status, units=(AMB,)):
    return a_case_at(status, units=units, case_id=OTHER_ID)


@pytest.mark.parametrize("status", [S.RECEIVED, S.CLASSIFIED, *ON_THE_WAY])
def test_a_repeated_report_joins_its_primary_case_and_keeps_its_times(status):
    old = a_case_at(status)
    merged, primary = exits.merge(old, primary_at(S.MONITORING), DEDI, at(60))
    assert (merged.status, merged.merged_into, merged.is_open) == (S.MERGED, OTHER_ID, False)
    assert merged.call == old.call
    assert [step.started_at for step in merged.steps] == [step.started_at for step in old.steps]
    assert {step.state for step in merged.steps} <= {StepState.DONE, StepState.SKIPPED}
    assert not merged.active_units
    assert {u.unit_code for u in primary.active_units} == {AMB, *(u.unit_code for u in old.active_units)}


@pytest.mark.parametrize("status", [S.UPDATING, S.REGISTERED, S.CLOSED, S.MERGED])
def test_a_case_that_is_past_monitoring_is_not_merged(status):
    with pytest.raises(IllegalMove):
        exits.merge(a_case_at(status), primary_at(S.MONITORING), DEDI, at(90))


@pytest.mark.parametrize("status", [S.CLOSED, S.MERGED])
def test_nothing_is_merged_into_a_case_that_has_ended(status):
    ended = a_case_at(status)
    with pytest.raises(IllegalMove):
        exits.merge(WAY.received(OTHER_ID, "P-2026-000002"), ended, DEDI, at(90))


def test_a_case_is_not_merged_with_itself():
    case = a_case_at(S.CLASSIFIED)
    with pytest.raises(BadInput, match="dirinya sendiri"):
        exits.merge(case, case, DEDI, at(5))


def test_only_the_dispatcher_merges():
    with pytest.raises(NotPermitted):
        exits.merge(a_case_at(S.CLASSIFIED), primary_at(S.VERIFIED), PUTRI, at(9))


def test_units_do_not_pass_to_a_case_that_is_no_normal_call():
    prank = WAY.classified(WAY.reported(WAY.received(OTHER_ID, "P-2026-000002")), CallClass.PRANK)
    case = response.propose_units(a_case_at(S.CLASSIFIED), PUTRI, at(3), (proposed(),))
    for status in (case, a_case_at(S.MONITORING)):
        with pytest.raises((IllegalMove, MissingForStep)):
            exits.merge(status, prank, DEDI, at(15))


@pytest.mark.parametrize("status", [S.CLASSIFIED, S.VERIFIED, S.COORDINATED])
def test_dispatched_units_do_not_pass_to_a_case_that_may_not_dispatch_yet(status):
    with pytest.raises(IllegalMove):
        exits.merge(a_case_at(S.MONITORING), primary_at(status), DEDI, at(15))


def test_a_primary_case_that_took_over_a_departed_unit_can_be_brought_to_its_end():
    primary = response.approve_units(
        response.propose_units(primary_at(S.COORDINATED), PUTRI, at(7), (proposed(AMB),)), PUTRI, at(8)
    )
    primary = response.name_commander(primary, PUTRI, at(8), "Letda Rudi", WAY.sop)
    _, primary = exits.merge(a_case_at(S.MONITORING), primary, DEDI, at(15))
    primary = response.withdraw_unit(primary, PUTRI, at(16), AMB, "cukup satu")
    assert (primary.status, primary.step(6).state) == (S.MONITORING, StepState.IN_PROGRESS)
    primary = WAY.registered(WAY.updating(WAY.handled(primary)))
    assert {step.state for step in primary.steps[:7]} == {StepState.DONE}


def test_silence_counts_in_the_primary_case_from_the_departure_of_the_unit_it_took_over():
    primary = response.approve_units(
        response.propose_units(primary_at(S.COORDINATED), PUTRI, at(7), (proposed(AMB),)), PUTRI, at(8)
    )
    primary = response.name_commander(primary, PUTRI, at(8), "Letda Rudi", WAY.sop)
    _, primary = exits.merge(a_case_at(S.MONITORING), primary, DEDI, at(13))
    primary = response.withdraw_unit(primary, PUTRI, at(14), AMB, "cukup satu")
    primary = response.give_reasons(primary, DEDI, at(15), Reasons(no_documentation="malam"))
    primary = response.arrive(primary, FAJAR, at(15), RIB)
    primary = response.clear(primary, FAJAR, at(100), RIB)
    with pytest.raises(MissingForStep, match="15 menit"):
        WAY.updating(primary, minute=101)


def test_a_moved_unit_never_goes_back_in_time_in_the_merged_case():
    case = response.arrive(a_case_at(S.MONITORING), FAJAR, at(40), RIB)
    merged, _ = exits.merge(case, primary_at(S.MONITORING), DEDI, at(20))
    (line,) = merged.assignments
    assert line.withdrawn_at >= line.arrived_at
    assert line.moved_to == OTHER_ID


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.FALSE_REPORT])
@pytest.mark.parametrize("status", [S.VERIFIED, S.COORDINATED, S.RESPONDING])
def test_before_a_unit_departs_a_case_called_off_is_registered_at_once(status, outcome):
    case = exits.call_off(a_case_at(status), DEDI, at(9), outcome, "pelapor membatalkan", "2026/000007")
    assert (case.status, case.outcome, case.register_no) == (S.REGISTERED, outcome, "2026/000007")
    assert not case.active_units
    skipped = [step for step in case.steps if step.state is StepState.SKIPPED]
    assert skipped and {step.skip_reason for step in skipped} == {"pelapor membatalkan"}
    assert case.step(8).state is StepState.IN_PROGRESS


def test_after_a_unit_departed_only_the_duty_officer_calls_off_and_step_7_is_still_done():
    case = a_case_at(S.MONITORING)
    with pytest.raises(NotPermitted, match="Perwira Piket"):
        exits.call_off(case, DEDI, at(20), Outcome.FALSE_REPORT, "tidak ada api", "2026/000007")
    case = exits.call_off(case, PUTRI, at(20), Outcome.FALSE_REPORT, "tidak ada api", "2026/000007")
    assert (case.status, case.register_no, case.assignments[0].cleared_at) == (S.UPDATING, None, at(20))
    assert (case.step(6).state, case.step(7).state) == (StepState.SKIPPED, StepState.IN_PROGRESS)
    with pytest.raises(MissingForStep, match="kondisi terkini"):
        record.register(case, ANI, at(22), "2026/000008", WAY.sop)
    case = response.update_condition(case, DEDI, at(21), "aman")
    case = record.record_outcome(case, DEDI, at(21), outcome=None, victims=ONE_SAFE)
    case = record.register(case, ANI, at(22), "2026/000008", WAY.sop)
    assert (case.outcome, case.register_no) == (Outcome.FALSE_REPORT, "2026/000008")


@pytest.mark.parametrize("status", [S.RECEIVED, S.CLASSIFIED, S.UPDATING, S.REGISTERED, S.CLOSED, S.MERGED])
def test_only_a_case_between_verified_and_monitoring_is_called_off(status):
    with pytest.raises(IllegalMove):
        exits.call_off(a_case_at(status), PUTRI, at(90), Outcome.CANCELLED, "batal", "2026/000007")


def test_calling_off_needs_a_reason_and_one_of_two_outcomes():
    with pytest.raises(BadInput, match="Alasan"):
        exits.call_off(a_case_at(S.VERIFIED), PUTRI, at(9), Outcome.CANCELLED, " ", "2026/000007")
    with pytest.raises(BadInput, match="Hasil"):
        exits.call_off(a_case_at(S.VERIFIED), PUTRI, at(9), Outcome.RESCUED, "batal", "2026/000007")


def test_units_are_not_recalled_before_they_arrived():
    case = response.arrive(a_case_at(S.MONITORING), FAJAR, at(40), RIB)
    with pytest.raises(TimeRunsBackwards):
        exits.call_off(case, PUTRI, at(30), Outcome.CANCELLED, "batal", "2026/000007")


def test_a_cancelled_case_goes_on_to_delivery_and_closing():
    case = exits.call_off(a_case_at(S.VERIFIED), PUTRI, at(52), Outcome.CANCELLED, "batal", "2026/000007")
    assert WAY.closed(WAY.delivered(case)).status is S.CLOSED


@pytest.mark.parametrize("status", [S.COORDINATED, S.RESPONDING, S.MONITORING])
def test_a_handed_over_case_stays_open_and_flagged(status):
    case = exits.hand_over(a_case_at(status), PUTRI, at(20), "SAR", "SMC-17")
    assert (case.status, case.handover.agency, case.handover.reference) == (status, "SAR", "SMC-17")
    assert case.is_open


def test_a_handover_names_the_agency_and_the_reference():
    for agency, reference in (("", "SMC-17"), ("SAR", " ")):
        with pytest.raises(BadInput):
            exits.hand_over(a_case_at(S.MONITORING), PUTRI, at(20), agency, reference)
    with pytest.raises(NotPermitted):
        exits.hand_over(a_case_at(S.MONITORING), DEDI, at(20), "SAR", "SMC-17")
    with pytest.raises(IllegalMove):
        exits.hand_over(a_case_at(S.VERIFIED), PUTRI, at(20), "SAR", "SMC-17")


def test_a_reopened_case_is_monitored_again_and_delivered_again():
    case = exits.reopen(a_case_at(S.CLOSED), SARI, at(60), "korban kedua ditemukan")
    assert (case.status, case.revision, case.reopened_count) == (S.MONITORING, 2, 1)
    assert (case.register_no, case.delivery, case.outcome) == ("2026/000001", None, None)
    assert [step.state for step in case.steps[5:]] == [StepState.IN_PROGRESS, *[StepState.PENDING] * 3]
    assert case.step(6).started_at == at(60)
    with pytest.raises(MissingForStep, match="dokumentasi"):
        WAY.updating(case, minute=62)
    case = response.give_reasons(case, DEDI, at(61), Reasons(no_documentation="gelap"))
    case = WAY.registered(WAY.updating(case, minute=62), minute=63, register_no="2026/000099")
    assert case.register_no == "2026/000001"
    case = WAY.closed(WAY.delivered(case, minute=64), minute=66)
    assert (case.status, case.delivery.revision) == (S.CLOSED, 2)


def test_the_file_of_an_earlier_revision_does_not_close_a_reopened_case():
    case = exits.reopen(a_case_at(S.CLOSED), SARI, at(60), "salah tutup")
    case = response.give_reasons(case, DEDI, at(61), Reasons(no_documentation="gelap"))
    case = WAY.registered(WAY.updating(case, minute=62), minute=63)
    with pytest.raises(MissingForStep):
        record.close(case, DEDI, at(66), "Lemari A-3", WAY.sop)


def test_only_the_supervisor_reopens_and_says_why():
    with pytest.raises(NotPermitted, match="Penyelia"):
        exits.reopen(a_case_at(S.CLOSED), DEDI, at(60), "salah")
    with pytest.raises(BadInput):
        exits.reopen(a_case_at(S.CLOSED), SARI, at(60), " ")
    with pytest.raises(TimeRunsBackwards):
        exits.reopen(a_case_at(S.CLOSED), SARI, at(55), "salah")


@pytest.mark.parametrize("call_class", [CallClass.PRANK, CallClass.GHOST, CallClass.INFORMATION])
def test_a_closed_call_is_reclassified_not_reopened(call_class):
    with pytest.raises(MissingForStep, match="jenis panggilan"):
        exits.reopen(a_call_closed_as(call_class), SARI, at(60), "salah")


def test_a_case_that_was_cancelled_reopened_and_is_cancelled_again_is_registered():
    case = exits.call_off(a_case_at(S.VERIFIED), PUTRI, at(52), Outcome.CANCELLED, "batal", "2026/000007")
    case = exits.reopen(WAY.closed(WAY.delivered(case)), SARI, at(60), "ternyata benar")
    case = exits.call_off(case, PUTRI, at(61), Outcome.FALSE_REPORT, "tidak ada", "2026/000008")
    assert (case.status, case.register_no) == (S.REGISTERED, "2026/000007")
