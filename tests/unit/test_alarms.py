"""What is due, for whom and when: running steps, silent crews, the fire standard; from stored times only."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from builders import AMB, DEDI, FAJAR, OTHER_ID, PUTRI, RIB, SARI, WAY, a_call_closed_as, a_case_at, at, sop
from hypothesis import given
from hypothesis import strategies as st

from database.codec import from_json, to_json
from domain import alarms
from domain.alarms import Alarm, AlarmKind, AlarmRules
from domain.case import Case, Incident
from domain.errors import BadInput, IllegalMove, MissingForStep, Need, NotFound, TimeRunsBackwards
from domain.moves import exits, response
from domain.words import CallClass, CaseStatus, Domain, Role

S = CaseStatus
SOP = sop()
RULES = AlarmRules(repeat_s=60, welfare_s=1800, fire_agency="PMK", fire_types=frozenset({"L-FIR"}))
K = AlarmKind
STEPS = (K.STEP_80, K.STEP_100, K.STEP_150)
FIRES = (K.FIRE_80, K.FIRE_100)


def due(case: Case, minute: float, rules: AlarmRules = RULES) -> tuple[Alarm, ...]:
    return alarms.due(case, SOP, rules, at(minute))


def kinds(case: Case, minute: float, rules: AlarmRules = RULES) -> list[AlarmKind]:
    return [alarm.kind for alarm in due(case, minute, rules)]


def of(kind: AlarmKind, case: Case, minute: float) -> Alarm:
    (alarm,) = [one for one in due(case, minute) if one.kind is kind]
    return alarm


def a_fire(status: CaseStatus = S.MONITORING, agency: str = "PMK") -> Case:
    """Return a fire whose one unit is of `agency`."""
    case = a_case_at(status)
    units = tuple(replace(unit, agency=agency) for unit in case.assignments)
    return replace(case, incident=Incident("L-FIR", Domain.LAND, 1, 1), assignments=units)


# --- steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "rung"),
    [(0, 0), (95.999, 0), (96, 1), (119.999, 1), (120, 2), (179.999, 2), (180, 3), (99_999, 3)],
)
def test_a_running_step_warns_at_80_100_and_150_percent_of_its_standard(seconds: float, rung: int) -> None:
    assert kinds(WAY.received(), seconds / 60) == list(STEPS[:rung])


@pytest.mark.parametrize(
    ("status", "minute", "step", "lead"),
    [
        (S.RECEIVED, 0, 1, (Role.CALL_TAKER,)),
        (S.CLASSIFIED, 2, 3, (Role.CALL_TAKER, Role.DISPATCHER)),
        (S.VERIFIED, 4, 4, (Role.DISPATCHER,)),
        (S.COORDINATED, 6, 5, (Role.DUTY_OFFICER,)),
        (S.REGISTERED, 53, 8, (Role.CALL_TAKER,)),
    ],
)
def test_first_whoever_leads_the_step_then_the_duty_officer_then_the_supervisor(
    status: CaseStatus, minute: float, step: int, lead: tuple[Role, ...]
) -> None:
    case = a_case_at(status)
    found = [alarm for alarm in due(case, 5000) if alarm.step == step]
    assert [alarm.kind for alarm in found] == list(STEPS)
    assert [alarm.roles for alarm in found] == [lead, (Role.DUTY_OFFICER,), (Role.SUPERVISOR,)]
    assert all(alarm.counts_from == at(minute) for alarm in found)
    assert all((alarm.case_id, alarm.call_no) == (case.case_id, case.call_no) for alarm in found)


def test_when_yellow_begins_comes_from_the_procedure() -> None:
    (first, *_others) = alarms.planned(WAY.received(), sop(soon_share=0.5), RULES, at(0))
    assert (first.kind, first.due_at) == (K.STEP_80, at(1))


def test_a_step_that_was_finished_or_not_begun_is_silent() -> None:
    assert {alarm.step for alarm in due(a_case_at(S.VERIFIED), 5000)} == {4}


def test_an_update_during_the_operation_has_no_alarm_of_step_7_before_the_operation_ends() -> None:
    case = response.update_condition(a_case_at(S.MONITORING), DEDI, at(13), "Api padam")
    assert 7 not in {alarm.step for alarm in due(case, 5000)}
    assert 7 in {alarm.step for alarm in due(a_case_at(S.UPDATING), 5000)}


def test_each_silence_between_situation_reports_has_alarms_of_its_own() -> None:
    silent = a_case_at(S.MONITORING)
    first = [alarm for alarm in due(silent, 12 + 22.5) if alarm.step == 6]
    assert [(alarm.kind, alarm.due_at) for alarm in first] == [
        (K.STEP_80, at(24)),
        (K.STEP_100, at(27)),
        (K.STEP_150, at(34.5)),
    ]
    heard = response.add_sitrep(silent, FAJAR, at(30), "Penyisiran")
    assert [alarm for alarm in due(heard, 41) if alarm.step == 6] == []
    again = [alarm for alarm in due(heard, 5000) if alarm.step == 6]
    assert [alarm.counts_from for alarm in again] == [at(30)] * 3
    assert not {alarm.key for alarm in first} & {alarm.key for alarm in again}


@pytest.mark.parametrize("status", [S.CLOSED, S.MERGED])
def test_a_case_that_is_over_has_no_alarm(status: CaseStatus) -> None:
    assert alarms.planned(a_case_at(status), SOP, RULES, at(5000)) == ()


def test_a_prank_that_is_closed_has_no_alarm() -> None:
    assert alarms.planned(a_call_closed_as(CallClass.GHOST), SOP, RULES, at(5000)) == ()


# --- crews -----------------------------------------------------------------------------------------


def silence(case: Case, minute: float, rules: AlarmRules = RULES, unit: str = RIB) -> alarms.Welfare:
    (state,) = [s for s in alarms.welfare(case, rules, at(minute)) if s.unit_code == unit]
    return state


@pytest.mark.parametrize(
    ("minute", "missed", "rings"),
    [(12, 0, False), (41.99, 0, False), (42, 1, False), (71.99, 1, False), (72, 2, True), (500, 16, True)],
)
def test_one_missed_word_is_shown_and_two_are_an_alarm(minute: float, missed: int, rings: bool) -> None:
    case = a_case_at(S.MONITORING)
    assert silence(case, minute).missed == missed
    assert (K.WELFARE in kinds(case, minute)) == rings


def test_the_alarm_of_a_silent_crew_is_for_the_duty_officer_and_names_the_crew() -> None:
    alarm = of(K.WELFARE, a_case_at(S.MONITORING), 80)
    assert (alarm.roles, alarm.unit_code, alarm.due_at) == ((Role.DUTY_OFFICER,), RIB, at(72))
    assert str(alarm.text) == "SAR-RIB-02: dua kali tanpa kabar, seharusnya tiap 30 mnt"


@pytest.mark.parametrize(
    "word",
    [
        lambda case: response.arrive(case, FAJAR, at(40), RIB),
        lambda case: response.add_sitrep(case, DEDI, at(40), "Aman", RIB),
        lambda case: response.crew_word(case, DEDI, at(40), RIB),
    ],
    ids=["arrival", "its report", "its word"],
)
def test_arrival_its_own_report_and_its_own_word_count_for_a_crew(word) -> None:  # type: ignore[no-untyped-def]
    case = a_case_at(S.MONITORING)
    assert silence(case, 45).last_word == at(12)
    assert silence(word(case), 45).last_word == at(40)
    assert silence(word(case), 45).missed == 0


@pytest.mark.parametrize(
    "word",
    [
        lambda case: response.add_sitrep(case, DEDI, at(40), "Aman"),
        lambda case: response.add_sitrep(case, DEDI, at(40), "Aman", AMB),
        lambda case: response.crew_word(case, DEDI, at(40), AMB),
        lambda case: response.arrive(case, FAJAR, at(40), AMB),
        lambda case: response.arrive(case, DEDI, at(40), RIB, heard=False),
        lambda case: response.update_condition(case, DEDI, at(40), "Aman"),
    ],
    ids=[
        "report of nobody",
        "report of another",
        "word of another",
        "arrival of another",
        "track",
        "condition",
    ],
)
def test_nobody_elses_word_counts_for_a_crew(word) -> None:  # type: ignore[no-untyped-def]
    case = word(a_case_at(S.MONITORING, units=(RIB, AMB)))
    assert silence(case, 45).last_word == at(12)
    assert silence(case, 45).missed == 1


def test_a_silence_that_goes_on_after_its_alarm_was_acknowledged_rings_again_two_words_later() -> None:
    case = a_case_at(S.MONITORING)
    first = of(K.WELFARE, case, 80)
    answered = {(case.case_id, RIB): at(90)}

    def after(minute: float) -> list[alarms.Alarm]:
        found = alarms.due(case, SOP, RULES, at(minute), answered)
        return [alarm for alarm in found if alarm.kind is K.WELFARE]

    assert after(149.9) == []
    (second,) = after(150)
    assert second.key != first.key
    assert second.due_at == at(150)
    heard = response.crew_word(case, DEDI, at(100), RIB)
    assert not [a for a in alarms.due(heard, SOP, RULES, at(150), answered) if a.kind is K.WELFARE]


def test_a_word_that_lies_ahead_does_not_count_yet() -> None:
    case = response.crew_word(a_case_at(S.MONITORING), DEDI, at(60), RIB)
    assert silence(case, 45).last_word == at(12)


def test_a_crew_that_has_not_left_or_is_done_is_not_asked() -> None:
    assert alarms.welfare(a_case_at(S.RESPONDING), RULES, at(500)) == ()
    case = response.clear(a_case_at(S.MONITORING, units=(RIB, AMB)), FAJAR, at(20), RIB)
    assert [state.unit_code for state in alarms.welfare(case, RULES, at(500))] == [AMB]


def test_the_more_specific_cadence_wins() -> None:
    case = a_case_at(S.MONITORING)
    by_agency = replace(RULES, agency_welfare_s={"SAR": 1200, "PMK": 1})
    by_type = replace(by_agency, type_welfare_s={"S-MOB": 900, "L-FIR": 1})
    own = response.set_welfare(case, PUTRI, at(13), 600)
    for of_case, rules, cadence_s in (
        (case, RULES, 1800),
        (case, by_agency, 1200),
        (case, by_type, 900),
        (own, by_type, 600),
        (response.set_welfare(own, PUTRI, at(14), None), by_type, 900),
    ):
        assert silence(of_case, 20, rules).cadence_s == cadence_s
        assert silence(of_case, 20, rules).expected_at == at(12) + timedelta(seconds=cadence_s)


@pytest.mark.parametrize("seconds", [59, 0, -60, 86_401])
def test_a_cadence_that_nobody_can_keep_is_refused(seconds: int) -> None:
    with pytest.raises(BadInput, match="1 sampai 1440 menit"):
        response.set_welfare(a_case_at(S.MONITORING), PUTRI, at(13), seconds)


def test_a_word_needs_a_crew_of_the_case_that_has_left_and_comes_after_it_left() -> None:
    case = a_case_at(S.MONITORING)
    with pytest.raises(NotFound):
        response.crew_word(case, DEDI, at(20), AMB)
    with pytest.raises(MissingForStep):
        response.crew_word(a_case_at(S.RESPONDING), DEDI, at(20), RIB)
    with pytest.raises(TimeRunsBackwards):
        response.crew_word(case, DEDI, at(11), RIB)
    with pytest.raises(IllegalMove):
        response.crew_word(a_case_at(S.UPDATING), DEDI, at(60), RIB)


def test_a_crew_that_comes_by_a_merge_brings_its_last_word_along() -> None:
    case = response.crew_word(a_case_at(S.MONITORING, units=(AMB,)), DEDI, at(40), AMB)
    case = response.add_sitrep(case, DEDI, at(50), "Aman", AMB)
    case = response.add_sitrep(case, DEDI, at(55), "Aman", RIB)
    primary = a_case_at(S.MONITORING, case_id=OTHER_ID)
    _merged, primary = exits.merge(case, primary, DEDI, at(60))
    assert silence(primary, 61, unit=AMB).last_word == at(50)
    assert silence(primary, 61, unit=RIB).last_word == at(12), "a crew that did not come brings nothing"


# --- the fire standard -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "found"), [(11.99, []), (12, [K.FIRE_80]), (14.99, [K.FIRE_80]), (15, list(FIRES))]
)
def test_the_fire_standard_warns_at_80_and_100_percent_of_report_to_arrival(
    minute: float, found: list[AlarmKind]
) -> None:
    case = a_fire()
    assert [kind for kind in kinds(case, minute) if kind in FIRES] == found


def test_the_fire_standard_is_for_the_dispatcher_then_for_the_duty_officer() -> None:
    case = a_fire()
    assert of(K.FIRE_80, case, 16).roles == (Role.DISPATCHER,)
    assert of(K.FIRE_100, case, 16).roles == (Role.DUTY_OFFICER,)
    assert str(of(K.FIRE_80, case, 16).text) == "Belum ada unit pemadam tiba: 80 % dari 15 mnt sudah lewat"


def test_a_crew_may_keep_the_procedure_and_miss_the_fire_standard() -> None:
    case = a_fire()
    assert not {alarm.step for alarm in due(case, 15)} - {None}
    assert K.FIRE_100 in kinds(case, 15)


def test_the_fire_standard_ends_with_the_first_arrival_of_the_fire_agency_and_nobody_elses() -> None:
    case = response.arrive(a_fire(), FAJAR, at(14), RIB)
    assert alarms.fire_clock(case, RULES) is None
    other = response.arrive(a_fire(agency="SAR"), FAJAR, at(14), RIB)
    clock = alarms.fire_clock(other, RULES)
    assert clock is not None
    assert (clock.received_at, clock.standard_s, clock.due_at) == (at(0), 900, at(15))


@pytest.mark.parametrize(
    "case",
    [
        a_case_at(S.MONITORING),
        replace(a_fire(), incident=Incident()),
        replace(a_fire(), reopened_count=1),
        replace(a_fire(), call=replace(a_fire().call, call_class=CallClass.PRANK)),
        a_fire(S.UPDATING, "SAR"),
        a_fire(S.CLOSED, "SAR"),
    ],
    ids=["another type", "type unknown", "reopened", "prank", "operation over", "closed"],
)
def test_the_fire_standard_does_not_run(case: Case) -> None:
    assert alarms.fire_clock(case, RULES) is None
    assert not set(kinds(case, 5000)) & set(FIRES)


def test_the_fire_standard_runs_before_the_call_is_classified() -> None:
    case = WAY.reported(WAY.received(), incident=Incident("L-FIR"))
    assert alarms.fire_clock(case, RULES) is not None


# --- keys, order, words ----------------------------------------------------------------------------

CASES = [
    *(a_case_at(status, units=(RIB, AMB)) for status in S if status is not S.MERGED),
    a_fire(),
    a_fire(S.RESPONDING),
    response.add_sitrep(a_case_at(S.MONITORING), FAJAR, at(30), "Aman", RIB),
    response.crew_word(a_case_at(S.MONITORING, units=(RIB, AMB)), DEDI, at(25), AMB),
]
MINUTES = st.floats(55, 5000)


@given(case=st.sampled_from(CASES), minute=MINUTES, more=st.floats(0, 5000))
def test_what_is_due_stays_due_while_nothing_happens(case: Case, minute: float, more: float) -> None:
    assert set(due(case, minute)) <= set(due(case, minute + more))


@given(case=st.sampled_from(CASES), minute=MINUTES)
def test_a_restart_changes_nothing(case: Case, minute: float) -> None:
    restarted = from_json(to_json(case))
    assert due(restarted, minute) == due(case, minute)
    assert [a.key for a in due(restarted, minute)] == [a.key for a in due(case, minute)]


@given(case=st.sampled_from(CASES), minute=MINUTES, later=MINUTES)
def test_a_key_does_not_depend_on_when_one_looks_and_no_two_alarms_share_one(
    case: Case, minute: float, later: float
) -> None:
    first, second = (alarms.planned(case, SOP, RULES, at(m)) for m in (minute, later))
    assert [alarm.key for alarm in first] == [alarm.key for alarm in second]
    assert len({alarm.key for alarm in first}) == len(first)


@given(case=st.sampled_from(CASES), minute=MINUTES)
def test_every_alarm_is_for_somebody_and_reads_as_a_sentence(case: Case, minute: float) -> None:
    for alarm in due(case, minute):
        assert alarm.roles
        assert alarm.counts_from < alarm.due_at <= at(minute)
        assert "None" not in str(alarm.text) and "{" not in str(alarm.text)


def test_a_key_is_the_same_in_every_time_zone() -> None:
    alarm = due(WAY.received(), 5)[0]
    wita = alarm.counts_from.astimezone(timezone(timedelta(hours=8)))
    assert replace(alarm, counts_from=wita).key == alarm.key


def test_the_cadence_may_change_without_the_same_silence_ringing_twice() -> None:
    case = a_case_at(S.MONITORING)
    sooner = response.set_welfare(case, PUTRI, at(20), 300)
    assert of(K.WELFARE, case, 90).key == of(K.WELFARE, sooner, 90).key


@pytest.mark.parametrize(("seconds", "n"), [(-5, 1), (0, 1), (59.9, 1), (60, 2), (119, 2), (3600, 61)])
def test_an_alarm_rings_at_once_and_then_at_every_interval(seconds: float, n: int) -> None:
    assert alarms.rings(at(0), at(seconds / 60), 60) == n


def test_worse_kinds_come_first_and_of_one_kind_the_older() -> None:
    case = a_fire()
    found = [*due(case, 5000), *due(replace(a_case_at(S.MONITORING), case_id=OTHER_ID), 5000)]
    ordered = sorted(found, key=alarms.worst_first)
    order = [K.WELFARE, K.FIRE_100, K.STEP_150, K.STEP_100, K.FIRE_80, K.STEP_80]
    places = [order.index(alarm.kind) for alarm in ordered]
    assert places == sorted(places)
    assert [a.due_at for a in ordered if a.kind is K.STEP_150] == sorted(
        a.due_at for a in found if a.kind is K.STEP_150
    )


@pytest.mark.parametrize(
    ("minute", "kind", "words"),
    [
        (1.6, K.STEP_80, "Langkah 1: 80 % dari 2 mnt sudah lewat"),
        (2, K.STEP_100, "Langkah 1 melewati standar 2 mnt"),
        (3, K.STEP_150, "Langkah 1: sudah 150 % dari standar 2 mnt"),
    ],
)
def test_a_step_says_how_far_it_is_and_of_what(minute: float, kind: AlarmKind, words: str) -> None:
    assert str(of(kind, WAY.received(), minute).text) == words


def test_step_6_speaks_of_the_situation_report() -> None:
    case = a_case_at(S.MONITORING)
    assert str(of(K.STEP_80, case, 60).text) == "Laporan situasi: 80 % dari 15 mnt sudah lewat"
    assert str(of(K.STEP_100, case, 60).text) == "Laporan situasi terlambat, paling lama tiap 15 mnt"


def test_part_of_a_minute_is_told_in_seconds() -> None:
    assert (alarms.span(900), alarms.span(90)) == (Need("15 mnt"), Need("90 dtk"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeat_s": 0},
        {"welfare_s": 0},
        {"fire_response_s": -1},
        {"agency_welfare_s": {"SAR": 0}},
        {"type_welfare_s": {"S-MOB": 0}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_rules_without_time_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="above 0 s"):
        replace(RULES, **wrong)


def test_a_reopened_operation_is_heard_anew() -> None:
    case = exits.reopen(a_case_at(S.CLOSED), SARI, at(100), "salah catat")
    (first, *_others) = [alarm for alarm in due(case, 5000) if alarm.step == 6]
    assert first.counts_from == at(100)
