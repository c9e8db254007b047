"""SOP steps 5 and 6: units are proposed, approved and sent; the operation is watched to its end."""

from dataclasses import replace

import pytest
from builders import (
    AMB,
    ANI,
    DEDI,
    FAJAR,
    PUTRI,
    RIB,
    WAY,
    a_case_at,
    at,
    proposed,
)

from domain.case import Attachment, Reasons
from domain.errors import BadInput, IllegalMove, MissingForStep, NotFound, NotPermitted, TimeRunsBackwards
from domain.moves import response
from domain.words import CaseStatus, StepState

S = CaseStatus
PHOTO = Attachment("a" * 64, "foto.jpg", "image/jpeg", 10, at(30), "Fajar")


def waiting(*codes: str, minute: float = 7):
    """A coordinated case with proposed units."""
    return response.propose_units(
        a_case_at(S.COORDINATED), PUTRI, at(minute), tuple(proposed(c) for c in codes)
    )


def done(case, *codes: str):
    """The units arrived and are cleared; nothing else that guard 6 asks is there."""
    for code in codes:
        case = response.arrive(case, FAJAR, at(20), code)
        case = response.clear(case, FAJAR, at(21), code)
    return case


def test_a_proposal_keeps_what_was_promised_and_dispatches_nothing():
    (line,) = waiting(RIB).assignments
    assert (line.unit_code, line.proposed_by, line.proposed_at) == (RIB, "Putri", at(7))
    assert (line.distance_m, line.eta_s, line.method, line.personnel) == (21_400.0, 2_640.0, "estimate", 6)
    assert (line.approved_at, line.dispatched_at) == (None, None)


def test_units_may_be_proposed_while_the_case_is_still_verified_but_never_before_the_class():
    case = response.propose_units(a_case_at(S.CLASSIFIED), PUTRI, at(3), (proposed(),))
    assert case.active_units
    with pytest.raises(IllegalMove):
        response.propose_units(WAY.reported(WAY.received()), PUTRI, at(3), (proposed(),))
    with pytest.raises(TimeRunsBackwards):
        response.propose_units(a_case_at(S.CLASSIFIED), PUTRI, at(1), (proposed(),))


def test_a_unit_proposed_again_stays_as_it_was():
    case = waiting(RIB)
    assert response.propose_units(case, PUTRI, at(9), (proposed(RIB),)) == case


def test_a_unit_named_twice_in_one_proposal_is_proposed_once():
    assert len(waiting(RIB, RIB).assignments) == 1


def test_an_empty_proposal_is_refused():
    with pytest.raises(BadInput, match="Unit"):
        response.propose_units(a_case_at(S.COORDINATED), PUTRI, at(7), ())


@pytest.mark.parametrize("person", [ANI, DEDI, FAJAR], ids=lambda p: p.role)
def test_only_the_duty_officer_proposes_and_approves(person):
    with pytest.raises(NotPermitted, match="Perwira Piket"):
        response.propose_units(a_case_at(S.COORDINATED), person, at(7), (proposed(),))
    with pytest.raises(NotPermitted, match="Perwira Piket"):
        response.approve_units(waiting(RIB), person, at(8))


def test_approval_dispatches_every_proposed_unit_at_one_time():
    case = response.approve_units(waiting(RIB, AMB), PUTRI, at(8))
    assert (case.status, case.status_at) == (S.RESPONDING, at(8))
    assert {(u.approved_at, u.approved_by, u.dispatched_at) for u in case.assignments} == {
        (at(8), "Putri", at(8))
    }


def test_approval_of_some_leaves_the_others_waiting():
    case = response.approve_units(waiting(RIB, AMB), PUTRI, at(8), (AMB,))
    assert [u.dispatched_at for u in case.assignments] == [None, at(8)]


def test_approval_of_a_unit_that_was_not_proposed_is_refused_whole():
    case = waiting(RIB)
    with pytest.raises((MissingForStep, NotFound), match=AMB):
        response.approve_units(case, PUTRI, at(8), (RIB, AMB))


def test_nothing_is_approved_without_a_proposal():
    with pytest.raises(MissingForStep, match="usulan"):
        response.approve_units(a_case_at(S.COORDINATED), PUTRI, at(8))


@pytest.mark.parametrize("status", [S.CLASSIFIED, S.VERIFIED])
def test_nothing_is_dispatched_before_the_case_is_coordinated(status):
    case = response.propose_units(a_case_at(status), PUTRI, at(5), (proposed(),))
    with pytest.raises(IllegalMove, match=status.label):
        response.approve_units(case, PUTRI, at(6))


def test_a_dispatch_cannot_lie_before_its_proposal():
    with pytest.raises(TimeRunsBackwards):
        response.approve_units(waiting(RIB, minute=7), PUTRI, at(6.5))


def test_a_proposal_is_withdrawn_freely_a_dispatched_unit_with_a_reason_a_departed_one_not():
    case = response.withdraw_unit(waiting(RIB), PUTRI, at(7.5), RIB, "")
    assert (case.assignments[0].withdrawn_at, case.active_units) == (at(7.5), ())
    with pytest.raises(BadInput, match="Alasan"):
        response.withdraw_unit(a_case_at(S.RESPONDING), PUTRI, at(9), RIB, " ")
    assert not response.withdraw_unit(a_case_at(S.RESPONDING), PUTRI, at(9), RIB, "mesin mati").active_units
    with pytest.raises(BadInput, match="sudah berangkat"):
        response.withdraw_unit(a_case_at(S.MONITORING), PUTRI, at(13), RIB, "batal")


def test_a_withdrawn_unit_can_be_proposed_again():
    case = response.withdraw_unit(waiting(RIB), PUTRI, at(7.5), RIB, "")
    case = response.propose_units(case, PUTRI, at(8), (proposed(RIB),))
    assert [u.is_active for u in case.assignments] == [False, True]


def test_step_5_ends_when_a_unit_departed_and_a_commander_is_named_in_either_order():
    late = response.approve_units(waiting(RIB), PUTRI, at(8))
    late = response.depart(late, FAJAR, at(12), RIB, WAY.sop)
    assert late.step(5).state is StepState.IN_PROGRESS
    late = response.name_commander(late, PUTRI, at(14), "Letda Rudi", WAY.sop)
    assert (late.step(5).state, late.step(5).finished_at) == (StepState.DONE, at(14))
    early = a_case_at(S.MONITORING)
    assert (early.step(5).state, early.step(5).finished_at) == (StepState.DONE, at(12))


def test_a_departure_entered_late_ends_step_5_whether_or_not_the_commander_was_named_first():
    case = response.approve_units(waiting(RIB, minute=3), PUTRI, at(4))
    named_first = response.name_commander(case, PUTRI, at(8), "Letda Rudi", WAY.sop)
    named_first = response.depart(named_first, FAJAR, at(5), RIB, WAY.sop)
    named_last = response.depart(case, FAJAR, at(5), RIB, WAY.sop)
    named_last = response.name_commander(named_last, PUTRI, at(8), "Letda Rudi", WAY.sop)
    assert named_first.step(5).state is named_last.step(5).state is StepState.DONE
    assert named_first.step(5).finished_at >= named_first.step(5).started_at


def test_monitoring_begins_when_no_sent_unit_waits_any_more():
    case = response.approve_units(waiting(RIB, AMB), PUTRI, at(8))
    case = response.depart(case, FAJAR, at(10), AMB, WAY.sop)
    assert (case.status, case.step(6).state, case.step(6).started_at) == (
        S.RESPONDING,
        StepState.IN_PROGRESS,
        at(10),
    )
    case = response.depart(case, FAJAR, at(12), RIB, WAY.sop)
    assert (case.status, case.status_at) == (S.MONITORING, at(12))


def test_withdrawing_the_last_waiting_unit_begins_monitoring_too():
    case = response.approve_units(waiting(RIB, AMB), PUTRI, at(8))
    case = response.depart(case, FAJAR, at(10), AMB, WAY.sop)
    assert response.withdraw_unit(case, PUTRI, at(11), RIB, "mesin mati").status is S.MONITORING


def test_sending_more_units_while_one_operates_leads_back_to_responding():
    case = response.propose_units(a_case_at(S.MONITORING), PUTRI, at(15), (proposed(AMB),))
    case = response.approve_units(case, PUTRI, at(16))
    assert case.status is S.RESPONDING
    case = response.depart(case, FAJAR, at(18), AMB, WAY.sop)
    assert (case.status, case.step(6).started_at) == (S.MONITORING, at(12))


def test_a_unit_goes_dispatched_departed_arrived_cleared_and_never_back():
    case = a_case_at(S.RESPONDING)
    with pytest.raises(MissingForStep, match="waktu berangkat"):
        response.arrive(case, FAJAR, at(9), RIB)
    with pytest.raises(TimeRunsBackwards):
        response.depart(case, FAJAR, at(7.5), RIB, WAY.sop)
    case = response.depart(case, FAJAR, at(12), RIB, WAY.sop)
    with pytest.raises(BadInput, match="sudah dicatat"):
        response.depart(case, FAJAR, at(13), RIB, WAY.sop)
    with pytest.raises(TimeRunsBackwards):
        response.arrive(case, FAJAR, at(11), RIB)
    case = response.arrive(case, FAJAR, at(20), RIB)
    with pytest.raises(BadInput, match="sudah dicatat"):
        response.arrive(case, FAJAR, at(21), RIB)
    with pytest.raises(TimeRunsBackwards):
        response.clear(case, FAJAR, at(19), RIB)
    case = response.clear(case, FAJAR, at(30), RIB)
    with pytest.raises(NotFound, match=RIB):
        response.clear(case, FAJAR, at(31), RIB)


def test_a_unit_that_was_not_dispatched_does_not_move():
    case = response.propose_units(a_case_at(S.MONITORING), PUTRI, at(15), (proposed(AMB),))
    with pytest.raises(MissingForStep, match=AMB):
        response.depart(case, FAJAR, at(16), AMB, WAY.sop)


def test_a_unit_of_another_case_does_not_move_here():
    with pytest.raises(NotFound, match="PMK-BRT-01"):
        response.depart(a_case_at(S.RESPONDING), FAJAR, at(12), "PMK-BRT-01", WAY.sop)


def test_situation_reports_are_numbered_and_never_empty():
    case = response.add_sitrep(a_case_at(S.MONITORING), FAJAR, at(20), " Penyisiran ", RIB)
    case = response.add_sitrep(case, DEDI, at(25), "Ditemukan")
    assert [(s.no, s.text, s.unit_code) for s in case.sitreps] == [
        (1, "Penyisiran", RIB),
        (2, "Ditemukan", None),
    ]
    with pytest.raises(BadInput, match="Laporan Situasi"):
        response.add_sitrep(case, FAJAR, at(26), "  ")
    with pytest.raises(TimeRunsBackwards):
        response.add_sitrep(case, FAJAR, at(-1), "terlalu awal")


def test_the_same_photo_twice_is_kept_once():
    case = response.attach(a_case_at(S.MONITORING), FAJAR, at(30), PHOTO)
    assert response.attach(case, FAJAR, at(31), replace(PHOTO, name="lagi.jpg")) == case


def test_monitoring_ends_with_every_point_of_guard_6():
    case = response.give_reasons(
        WAY.handled(a_case_at(S.MONITORING)), DEDI, at(51), Reasons(no_documentation="gelap")
    )
    case = WAY.updating(case)
    assert (case.status, case.step(6).state, case.step(7).state) == (
        S.UPDATING,
        StepState.DONE,
        StepState.IN_PROGRESS,
    )


def test_monitoring_does_not_end_while_a_unit_works():
    case = response.give_reasons(a_case_at(S.MONITORING), DEDI, at(20), Reasons("x", "x", "x"))
    with pytest.raises(MissingForStep, match="semua unit"):
        WAY.updating(case)


def test_monitoring_does_not_end_while_a_unit_is_only_proposed():
    case = WAY.handled(a_case_at(S.MONITORING))
    case = response.propose_units(case, PUTRI, at(51), (proposed(AMB),))
    with pytest.raises(MissingForStep, match="semua unit"):
        WAY.updating(case)


def test_monitoring_names_the_missing_arrival_the_silence_and_the_missing_photo():
    case = response.clear(a_case_at(S.MONITORING), FAJAR, at(30), RIB)
    with pytest.raises(MissingForStep) as refused:
        WAY.updating(case)
    for words in ("tidak tiba", "15 menit", "dokumentasi"):
        assert words in refused.value.sentence()
    case = response.give_reasons(case, DEDI, at(51), Reasons("cuaca", "radio mati", "malam"))
    assert WAY.updating(case).status is S.UPDATING


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_reason_is_no_reason(blank):
    case = response.clear(a_case_at(S.MONITORING), FAJAR, at(30), RIB)
    case = response.give_reasons(case, DEDI, at(51), Reasons(blank, blank, blank))
    with pytest.raises(MissingForStep):
        WAY.updating(case)


def test_a_reason_once_given_stays_unless_replaced():
    case = response.give_reasons(a_case_at(S.MONITORING), DEDI, at(20), Reasons(late_sitrep="radio mati"))
    case = response.give_reasons(case, DEDI, at(21), Reasons(no_documentation="malam"))
    assert case.reasons == Reasons(None, "radio mati", "malam")


def test_monitoring_needs_a_commander():
    case = response.approve_units(waiting(RIB), PUTRI, at(8))
    case = WAY.handled(response.depart(case, FAJAR, at(12), RIB, WAY.sop))
    with pytest.raises(MissingForStep, match="Komandan Lapangan"):
        WAY.updating(case)


def test_monitoring_does_not_end_before_its_last_unit_was_done():
    case = WAY.handled(a_case_at(S.MONITORING))
    with pytest.raises(TimeRunsBackwards):
        WAY.updating(case, minute=49)


def test_a_silence_of_exactly_the_interval_is_in_time_and_one_second_more_is_not():
    for extra_s, refused in ((0, False), (1, True)):
        case = response.attach(done(a_case_at(S.MONITORING), RIB), FAJAR, at(21), PHOTO)
        case = response.add_sitrep(case, FAJAR, at(25), "selesai")
        end = 25 + 15 + extra_s / 60
        if refused:
            with pytest.raises(MissingForStep, match="15 menit"):
                WAY.updating(case, minute=end)
        else:
            assert WAY.updating(case, minute=end).status is S.UPDATING


def test_an_overrun_reason_is_given_to_one_of_nine_steps():
    case = response.give_overrun_reason(a_case_at(S.MONITORING), DEDI, at(15), 3, "sinyal putus")
    assert case.step(3).overrun_reason == "sinyal putus"
    with pytest.raises(BadInput):
        response.give_overrun_reason(case, DEDI, at(15), 3, "  ")
    for step in (0, 10, -1):
        with pytest.raises(BadInput):
            response.give_overrun_reason(case, DEDI, at(15), step, "alasan")


def test_step_7_overlaps_5_and_6():
    case = response.update_condition(a_case_at(S.RESPONDING), DEDI, at(9), "api padam sebagian")
    assert [case.step(no).state for no in (5, 7)] == [StepState.IN_PROGRESS, StepState.IN_PROGRESS]


def test_the_current_condition_cannot_be_older_than_the_call():
    with pytest.raises(TimeRunsBackwards):
        response.update_condition(a_case_at(S.MONITORING), DEDI, at(-5), "tenang")
