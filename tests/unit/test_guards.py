"""What each step needs before it may complete: one test per point, on a case that has all but that one."""

from dataclasses import replace

import pytest
from builders import ANI, DEDI, FAJAR, PUTRI, RIB, WAY, a_case_at, at, proposed, sop

from domain.case import AgencyNotice, Attachment, Incident, Location, Reasons, Sitrep, Victims
from domain.errors import MissingForStep
from domain.guards import checklist, longest_silence_s, missing, require_complete
from domain.moves import record, response
from domain.words import CallClass, CaseStatus, NoticeMethod, NoticeResult, StepState

S = CaseStatus
SOP = sop()
COMPLETE = {
    1: lambda: WAY.reported(WAY.received()),
    2: lambda: a_case_at(S.CLASSIFIED),
    3: lambda: a_case_at(S.VERIFIED),
    4: lambda: a_case_at(S.COORDINATED),
    5: lambda: a_case_at(S.MONITORING),
    6: lambda: a_case_at(S.UPDATING),
    7: lambda: a_case_at(S.REGISTERED),
    8: lambda: record.record_receipt(
        WAY.delivered(a_case_at(S.REGISTERED)), ANI, at(55), "DKISP-1", "ab" * 32, WAY.sop
    ),
    9: lambda: a_case_at(S.CLOSED),
}


def call_(**changes):
    return lambda c: replace(c, call=replace(c.call, **changes))


def incident(**changes):
    return lambda c: replace(c, incident=replace(c.incident, **changes))


def place(**facts):
    return lambda c: replace(c, location=Location(**facts))


def notice(**changes):
    return lambda c: replace(
        c, agencies=tuple(replace(line, **changes) if line.code == "SAR" else line for line in c.agencies)
    )


def units(**changes):
    return lambda c: replace(c, assignments=tuple(replace(u, **changes) for u in c.assignments))


def reasons(**changes):
    return lambda c: replace(c, reasons=replace(c.reasons, **changes))


def delivery(**changes):
    return lambda c: replace(c, delivery=replace(c.delivery, **changes))


def victims(**counts):
    return lambda c: replace(c, victims=Victims(**counts), casualty_destination=None)


BREAKS = [
    (1, "kronologi", lambda c: c.with_step(replace(c.step(1), state=StepState.IN_PROGRESS))),
    (1, "nomor panggil balik", call_(reporter_phone_masked=None)),
    (2, "jenis panggilan", call_(call_class=None)),
    (2, "jenis panggilan", call_(decided_at=None)),
    (2, "orang kedua", call_(call_class=CallClass.PRANK, proposed_class=CallClass.PRANK, proposed_by=None)),
    (2, "orang kedua", call_(call_class=CallClass.PRANK, proposed_class=CallClass.PRANK, proposed_by="Dedi")),
    (2, "orang kedua", call_(call_class=CallClass.PRANK, proposed_class=CallClass.NORMAL, proposed_by="Ani")),
    (3, "nama pelapor", call_(reporter_named=False)),
    (3, "jenis kejadian", incident(type_code=None)),
    (3, "matra", incident(domain=None)),
    (3, "koordinat", place()),
    (3, "koordinat", place(place_text="Pasar")),
    (3, "koordinat", place(place_text="   ", adm_code="99.01")),
    (3, "koordinat", place(adm_code="99.01")),
    (3, "koordinat", place(lon=117.6)),
    (3, "koordinat", place(lat=3.3)),
    (3, "korban", incident(victims_estimate=None)),
    (3, "prioritas", incident(priority=None)),
    (3, "Perwira BPBD", lambda c: replace(c, forwardings=c.forwardings[1:])),
    (3, "Perwira SAR", lambda c: replace(c, forwardings=c.forwardings[:1])),
    (4, "SAR", notice(notified_at=None)),
    (4, "SAR", notice(method=None)),
    (4, "SAR", notice(result=None)),
    (4, "daftar instansi", lambda c: replace(c, agencies=())),
    (5, "usulan unit", lambda c: replace(c, assignments=())),
    (5, "persetujuan", units(approved_by=None)),
    (5, "berangkat", units(departed_at=None)),
    (5, "berangkat", units(dispatched_at=None)),
    (5, "Komandan", lambda c: replace(c, on_scene_commander=None)),
    (6, "tiba", units(arrived_at=None)),
    (6, "laporan situasi", lambda c: replace(c, sitreps=())),
    (6, "dokumentasi", reasons(no_documentation=None)),
    (6, "semua unit", units(cleared_at=None)),
    (7, "kondisi terkini", lambda c: replace(c, current_condition=None)),
    (7, "hasil", lambda c: replace(c, outcome=None)),
    (7, "korban", lambda c: replace(c, victims=None)),
    (7, "korban", victims(safe=1, total=2)),
    (7, "rujukan", victims(injured_minor=1, total=1)),
    (7, "rujukan", victims(injured_severe=1, total=1)),
    (8, "nomor register", lambda c: replace(c, register_no=None)),
    (8, "dicetak", lambda c: replace(c, form_printed_at=None)),
    (8, "antrean kirim", lambda c: replace(c, delivery=replace(c.delivery, revision=0))),
    (8, "antrean kirim", lambda c: replace(c, revision=2)),
    (8, "bukti terima", delivery(receipt_id=None)),
    (9, "langkah 8", lambda c: c.with_step(replace(c.step(8), state=StepState.IN_PROGRESS))),
    (9, "bukti terima", delivery(receipt_id=None)),
    (9, "arsip", lambda c: replace(c, archive_location=None)),
    (9, "tanda tangan", lambda c: replace(c, signed_off_by=None)),
]


@pytest.mark.parametrize("step", range(1, 10))
def test_a_case_that_has_everything_lacks_nothing(step):
    assert missing(COMPLETE[step](), step, SOP, at(52)) == ()


@pytest.mark.parametrize(
    ("step", "words", "spoil"), BREAKS, ids=[f"{n}-{w}-{i}" for i, (n, w, _) in enumerate(BREAKS)]
)
def test_one_thing_missing_is_named_and_nothing_else(step, words, spoil):
    case = spoil(COMPLETE[step]())
    needs = missing(case, step, SOP, at(52))
    if (step, words) == (5, "usulan unit"):
        assert len(needs) == 3
    else:
        assert len(needs) == 1
    assert words in str(needs[0])
    with pytest.raises(MissingForStep) as refused:
        require_complete(case, step, SOP, at(52))
    assert words in refused.value.sentence()
    assert f"Langkah {step} " in refused.value.sentence()


ALTERNATIVES = [
    (1, call_(reporter_phone_masked=None, no_number_reason="lewat radio")),
    (2, call_(call_class=CallClass.PRANK, proposed_class=CallClass.PRANK, proposed_by="Ani")),
    (3, call_(reporter_named=False, anonymous_reason="takut")),
    (3, place(place_text="Pasar", adm_code="99.01.01.1001")),
    (3, place(place_text="Muara", water_area="Perairan Uji")),
    (3, incident(victims_estimate=None, victims_unknown=True)),
    (3, incident(victims_estimate=0)),
    (4, notice(notified_at=None, method=None, result=None, waived_reason="tidak perlu")),
    (6, lambda c: reasons(no_arrival="cuaca")(units(arrived_at=None)(c))),
    (6, lambda c: reasons(late_sitrep="radio mati")(replace(c, sitreps=()))),
    (
        6,
        lambda c: reasons(no_documentation=None)(
            replace(c, attachments=(Attachment("a" * 64, "f.jpg", "image/jpeg", 1, at(30), "Fajar"),))
        ),
    ),
    (7, lambda c: replace(victims(injured_severe=1, total=1)(c), casualty_destination="RSUD")),
    (7, victims(dead=1, missing=2, total=3)),
    (9, delivery(receipt_id=None, override_reason="DKISP tutup")),
]


@pytest.mark.parametrize(("step", "change"), ALTERNATIVES)
def test_what_may_stand_in_for_it_is_accepted(step, change):
    assert missing(change(COMPLETE[step]()), step, SOP, at(52)) == ()


@pytest.mark.parametrize("step", range(1, 10))
def test_a_fresh_case_meets_no_guard_but_that_of_reports(step):
    assert missing(WAY.received(), step, SOP, at(1))


def test_the_checklist_gives_met_and_unmet_points_in_one_order():
    case = a_case_at(S.CLASSIFIED)
    before = [check.need for check in checklist(case, 3, SOP, at(3))]
    after = [check.need for check in checklist(a_case_at(S.VERIFIED), 3, SOP, at(4))]
    assert before == after
    assert [check.met for check in checklist(case, 3, SOP, at(3))] == [True] * 6 + [False] * 2


def test_only_required_agencies_are_asked_for():
    case = replace(a_case_at(S.VERIFIED), agencies=(AgencyNotice("PMI", False), AgencyNotice("SAR", True)))
    assert [str(need) for need in missing(case, 4, SOP, at(5))] == ["SAR dihubungi dan menjawab"]
    told = AgencyNotice("SAR", True, at(5), NoticeMethod.PHONE, None, NoticeResult.DECLINED, "kapal rusak")
    assert missing(replace(case, agencies=(told,)), 4, SOP, at(5)) == ()


def test_the_officers_to_tell_come_from_the_procedure():
    other = sop(forward_to=("X",))
    assert [str(n) for n in missing(a_case_at(S.VERIFIED), 3, other, at(4))] == [
        "laporan diteruskan ke Perwira X"
    ]
    assert missing(a_case_at(S.CLASSIFIED), 3, sop(forward_to=()), at(4)) == ()


def test_the_report_interval_comes_from_the_procedure():
    case = a_case_at(S.UPDATING)
    assert missing(case, 6, sop(sitrep_interval_s=601), at(50)) == ()
    (need,) = missing(case, 6, sop(sitrep_interval_s=480), at(50))
    assert "8 menit" in str(need)


@pytest.mark.parametrize(
    ("minutes", "end", "silence_s"),
    [
        ((), 20, 480),
        ((14,), 20, 360),
        ((13, 15, 19), 20, 240),
        ((19, 13, 15), 20, 240),
        ((2,), 20, 480),
        ((12,), 12, 0),
    ],
)
def test_silence_counts_from_the_first_departure_over_every_report(minutes, end, silence_s):
    case = a_case_at(S.MONITORING)
    reports = tuple(Sitrep(no, at(m), "Fajar", "x") for no, m in enumerate(minutes, start=1))
    assert longest_silence_s(replace(case, sitreps=reports), at(end)) == silence_s


def test_no_silence_before_anybody_departed():
    assert longest_silence_s(a_case_at(S.RESPONDING), at(500)) == 0


def test_a_handed_over_operation_needs_no_arrival_of_ours():
    case = a_case_at(S.COORDINATED)
    case = response.propose_units(case, PUTRI, at(7), (proposed(RIB),))
    case = response.name_commander(response.approve_units(case, PUTRI, at(8)), PUTRI, at(8), "Rudi", SOP)
    case = response.clear(response.depart(case, FAJAR, at(9), RIB, SOP), FAJAR, at(10), RIB)
    case = response.give_reasons(case, DEDI, at(10), Reasons(no_documentation="malam"))
    assert [str(n) for n in missing(case, 6, SOP, at(11))] == ["unit tiba di lokasi, atau alasan tidak tiba"]


def test_a_cancelled_case_keeps_its_outcome_in_guard_7():
    case = a_case_at(S.REGISTERED)
    for outcome in ("cancelled", "false_report"):
        changed = replace(case, outcome=type(case.outcome)(outcome))
        assert missing(changed, 7, SOP, at(53)) == ()
    assert missing(replace(case, outcome=type(case.outcome)("prank")), 7, SOP, at(53))


def test_values_that_make_no_sense_cannot_be_built():
    for build in (
        lambda: Incident(priority=0),
        lambda: Incident(priority=5),
        lambda: Incident(victims_estimate=-1),
        lambda: Victims(dead=-1),
        lambda: Victims(total=-1),
        lambda: Victims(minors=-1),
        lambda: replace(ANI, name="  "),
        lambda: replace(a_case_at(S.RECEIVED), steps=a_case_at(S.RECEIVED).steps[:8]),
    ):
        with pytest.raises(ValueError):
            build()


def test_print_alone_and_file_alone_do_not_complete_step_8():
    case = record.print_form(a_case_at(S.REGISTERED), ANI, at(54), SOP)
    assert [str(n) for n in missing(case, 8, SOP, at(54))] == [
        "data kasus di antrean kirim DKISP",
        "bukti terima DKISP, atau pengecualian Penyelia",
    ]
