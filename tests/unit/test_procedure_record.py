"""SOP steps 7 to 9: outcome, register number, handing over the record, closing."""

from dataclasses import replace

import pytest
from builders import ANI, DEDI, FAJAR, ONE_SAFE, PUTRI, SARI, WAY, a_call_closed_as, a_case_at, at

from domain.case import Attachment, Reasons, Victims
from domain.errors import BadInput, IllegalMove, MissingForStep, NotPermitted, TimeRunsBackwards
from domain.moves import record, response
from domain.words import HANDLED_OUTCOMES, CallClass, CaseStatus, Outcome, StepState

S = CaseStatus
PATH, DIGEST = "2026/01/14/x_r1.json", "ab" * 32


def described(victims=ONE_SAFE, outcome=Outcome.RESCUED, destination=None):
    case = response.update_condition(a_case_at(S.UPDATING), DEDI, at(52.5), "terkendali")
    return record.record_outcome(
        case, DEDI, at(52.5), outcome=outcome, victims=victims, casualty_destination=destination
    )


def delivered():
    return WAY.delivered(a_case_at(S.REGISTERED))


def test_the_straight_path_ends_closed_with_nine_finished_steps():
    case = a_case_at(S.CLOSED)
    assert {step.state for step in case.steps} == {StepState.DONE}
    assert (case.register_no, case.signed_off_by, case.is_open) == ("2026/000001", "Dedi", False)


def test_steps_7_8_and_9_are_strictly_serial():
    seven, eight, nine = a_case_at(S.CLOSED).steps[6:]
    assert seven.finished_at <= eight.started_at <= eight.finished_at <= nine.started_at <= nine.finished_at


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in HANDLED_OUTCOMES] + [None])
def test_step_7_records_only_how_a_handled_case_ends(outcome):
    with pytest.raises(BadInput, match="Hasil"):
        described(outcome=outcome)


def test_victims_must_add_up_and_the_sentence_gives_both_sums():
    with pytest.raises(BadInput, match="= 3, tetapi jumlah = 4"):
        described(Victims(safe=1, injured_minor=1, missing=1, total=4))


def test_more_minors_than_victims_do_not_reconcile():
    assert not Victims(safe=1, total=1, minors=2).reconciles
    with pytest.raises(BadInput):
        described(Victims(safe=1, total=1, minors=2))


def test_the_injured_need_a_destination():
    hurt = Victims(injured_severe=1, total=1)
    with pytest.raises(MissingForStep, match="rujukan"):
        record.register(described(hurt), ANI, at(53), "2026/000001", WAY.sop)
    case = record.register(described(hurt, destination=" RSUD "), ANI, at(53), "2026/000001", WAY.sop)
    assert case.casualty_destination == "RSUD"


def test_an_outcome_cannot_be_recorded_before_the_call():
    with pytest.raises(TimeRunsBackwards):
        record.record_outcome(
            a_case_at(S.MONITORING), DEDI, at(-5), outcome=Outcome.RESCUED, victims=ONE_SAFE
        )


def test_no_register_number_without_condition_outcome_and_victims():
    with pytest.raises(MissingForStep) as refused:
        record.register(a_case_at(S.UPDATING), ANI, at(53), "2026/000001", WAY.sop)
    for words in ("kondisi terkini", "hasil penanganan", "korban"):
        assert words in refused.value.sentence()


def test_the_call_taker_gives_the_register_number():
    with pytest.raises(NotPermitted, match="Call Taker"):
        record.register(described(), DEDI, at(53), "2026/000001", WAY.sop)


@pytest.mark.parametrize("status", [s for s in S if s is not S.UPDATING])
def test_only_an_updated_case_gets_a_register_number(status):
    with pytest.raises(IllegalMove):
        record.register(a_case_at(status), ANI, at(90), "2026/000009", WAY.sop)


def test_a_register_number_is_given_once():
    case = a_case_at(S.REGISTERED)
    with pytest.raises(IllegalMove):
        record.register(case, ANI, at(54), "2026/000002", WAY.sop)


def test_the_register_number_cannot_lie_before_the_last_move_of_a_unit():
    with pytest.raises(TimeRunsBackwards):
        record.register(described(), ANI, at(45), "2026/000001", WAY.sop)


def receipt(case, minute, receipt_id="DKISP-1", digest=DIGEST, person=DEDI):
    return record.record_receipt(case, person, at(minute), receipt_id, digest, WAY.sop)


def test_step_8_ends_when_the_form_is_printed_and_the_receipt_is_there_in_either_order():
    case = record.queued(a_case_at(S.REGISTERED), at(53.5), PATH, DIGEST)
    printed = record.print_form(case, ANI, at(54), WAY.sop)
    assert printed.step(8).state is StepState.IN_PROGRESS, "green only by a receipt"
    known = receipt(case, 54)
    assert known.step(8).state is StepState.IN_PROGRESS
    for done in (receipt(printed, 55), record.print_form(known, ANI, at(55), WAY.sop)):
        assert (done.step(8).state, done.step(8).finished_at) == (StepState.DONE, at(55))
        assert (done.step(9).state, done.step(9).started_at) == (StepState.IN_PROGRESS, at(55))


def test_step_8_does_not_end_before_the_later_of_form_and_receipt():
    case = record.queued(a_case_at(S.REGISTERED), at(53.5), PATH, DIGEST)
    case = record.print_form(case, ANI, at(58), WAY.sop)
    assert receipt(case, 54).step(8).finished_at == at(58)


def test_what_changes_after_sending_is_a_revision_that_waits_for_its_own_receipt():
    sent = receipt(delivered(), 55)
    assert record.revised(sent, sent) == sent
    changed = record.revised(sent, replace(sent, current_condition="lain"))
    assert (changed.revision, changed.delivery) == (sent.revision + 1, None)
    again = record.queued(changed, at(57), PATH, "cd" * 32)
    with pytest.raises(MissingForStep, match="bukti terima"):
        record.close(again, DEDI, at(58), "Lemari A-3", WAY.sop)
    with pytest.raises(BadInput, match="sidik jari"):
        receipt(again, 58)
    known = receipt(again, 58, digest="cd" * 32)
    assert known.step(8) == sent.step(8), "its step ended with its first receipt"
    assert record.close(known, DEDI, at(59), "Lemari A-3", WAY.sop).status is S.CLOSED


def test_before_it_is_sent_a_change_is_no_revision():
    case = a_case_at(S.REGISTERED)
    assert record.revised(case, replace(case, current_condition="lain")).revision == case.revision


def test_nothing_is_printed_or_sent_before_the_register_number():
    for move in (
        lambda c: record.print_form(c, ANI, at(50), WAY.sop),
        lambda c: record.queued(c, at(50), PATH, DIGEST),
    ):
        with pytest.raises(TimeRunsBackwards):
            move(a_case_at(S.REGISTERED))
        with pytest.raises(IllegalMove):
            move(a_case_at(S.UPDATING))


def test_a_receipt_belongs_to_a_file_that_was_written_before_it():
    with pytest.raises(MissingForStep, match="antrean kirim"):
        receipt(a_case_at(S.REGISTERED), 54)
    with pytest.raises(TimeRunsBackwards):
        receipt(delivered(), 53.5)
    with pytest.raises(BadInput):
        receipt(delivered(), 55, " ")


def test_without_a_receipt_only_the_supervisors_word_closes_the_case():
    with pytest.raises(MissingForStep, match="bukti terima"):
        record.close(delivered(), DEDI, at(56), "Lemari A-3", WAY.sop)
    with pytest.raises(NotPermitted, match="Penyelia"):
        record.override_receipt(delivered(), DEDI, at(55), "DKISP tutup", WAY.sop)
    with pytest.raises(BadInput):
        record.override_receipt(delivered(), SARI, at(55), " ", WAY.sop)
    case = record.override_receipt(delivered(), SARI, at(55), "DKISP tutup", WAY.sop)
    case = record.close(case, DEDI, at(56), "Lemari A-3", WAY.sop)
    assert (case.status, case.delivery.override_by) == (S.CLOSED, "Sari")


def test_closing_needs_the_place_of_the_paper():
    case = receipt(delivered(), 55)
    with pytest.raises(MissingForStep, match="arsip"):
        record.close(case, DEDI, at(56), "  ", WAY.sop)


def test_closing_names_the_unsent_data():
    with pytest.raises(MissingForStep, match="langkah 8"):
        record.close(a_case_at(S.REGISTERED), DEDI, at(56), "Lemari A-3", WAY.sop)


def test_closing_does_not_lie_before_the_receipt():
    case = receipt(delivered(), 70)
    with pytest.raises(TimeRunsBackwards):
        record.close(case, DEDI, at(60), "Lemari A-3", WAY.sop)


@pytest.mark.parametrize("person", [ANI, PUTRI, FAJAR, SARI], ids=lambda p: p.role)
def test_only_the_dispatcher_declares_the_work_done(person):
    case = receipt(delivered(), 55)
    with pytest.raises(NotPermitted):
        record.close(case, person, at(56), "Lemari A-3", WAY.sop)


def test_a_destination_once_given_can_be_taken_back():
    case = record.record_outcome(
        described(), DEDI, at(53), outcome=Outcome.RESCUED, victims=ONE_SAFE, casualty_destination="RSUD"
    )
    kept = record.record_outcome(case, DEDI, at(53), outcome=Outcome.RESCUED, victims=ONE_SAFE)
    assert kept.casualty_destination == "RSUD"
    cleared = record.record_outcome(
        case, DEDI, at(53), outcome=Outcome.RESCUED, victims=ONE_SAFE, casualty_destination=" "
    )
    assert cleared.casualty_destination is None


def test_a_photo_may_follow_a_record_that_was_sent_but_not_a_closed_case():
    photo = Attachment("ab" * 32, "foto.jpg", "image/jpeg", 9, at(54), "Fajar")
    assert response.attach(delivered(), FAJAR, at(55), photo).attachments == (photo,)
    with pytest.raises(IllegalMove):
        response.attach(WAY.closed(delivered()), FAJAR, at(60), photo)


def test_reasons_for_what_the_delivered_record_holds_need_a_reopening():
    closed = WAY.closed(delivered())
    sent = response.give_overrun_reason(delivered(), DEDI, at(55), 1, "ramai")
    assert sent.step(1).overrun_reason == "ramai", "a registered case may still be corrected"
    with pytest.raises(IllegalMove):
        response.give_overrun_reason(closed, DEDI, at(60), 1, "ramai")
    assert response.give_overrun_reason(closed, DEDI, at(60), 9, "arsip penuh").step(9).overrun_reason
    prank = a_call_closed_as(CallClass.PRANK)
    assert response.give_overrun_reason(prank, DEDI, at(60), 1, "ramai").step(1).overrun_reason == "ramai"


def test_a_reason_once_given_can_be_taken_back():
    case = response.give_reasons(a_case_at(S.MONITORING), DEDI, at(20), Reasons(no_documentation="gelap"))
    assert response.give_reasons(case, DEDI, at(21), Reasons(no_arrival="x")).reasons.no_documentation
    case = response.give_reasons(case, DEDI, at(21), Reasons(no_documentation=""))
    assert case.reasons.no_documentation is None
