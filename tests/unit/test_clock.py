"""The SOP clocks: computed from stored times only, green to 80 %, yellow to 100 %, red beyond."""

import pytest
from builders import DEDI, FAJAR, RIB, WAY, Way, a_case_at, at, sop
from hypothesis import given
from hypothesis import strategies as st

from domain.case import Reasons, intervals
from domain.clock import judged_s, most_pressing, owes_reason, step_clock, step_clocks, urgency
from domain.moves import response
from domain.words import CaseStatus, StepState, Urgency

S = CaseStatus
SOP = sop()


@pytest.mark.parametrize(
    ("elapsed_s", "colour"),
    [(0, "safe"), (96, "safe"), (97, "soon"), (120, "soon"), (121, "late"), (10_000, "late"), (-5, "safe")],
)
def test_green_to_80_percent_yellow_to_100_red_beyond(elapsed_s, colour):
    assert urgency(elapsed_s, 120, 0.8) is Urgency(colour)


def test_the_share_that_counts_as_soon_comes_from_the_procedure():
    case = WAY.received()
    assert step_clock(case, 1, sop(soon_share=0.5), at(1.1)).urgency is Urgency.SOON
    assert step_clock(case, 1, sop(soon_share=0.9), at(1.1)).urgency is Urgency.SAFE


@given(elapsed_s=st.integers(0, 10_000), target_s=st.integers(1, 5_000), share=st.floats(0, 1))
def test_urgency_never_falls_while_time_passes(elapsed_s, target_s, share):
    order = [Urgency.SAFE, Urgency.SOON, Urgency.LATE]
    now, later = urgency(elapsed_s, target_s, share), urgency(elapsed_s + 1, target_s, share)
    assert order.index(now) <= order.index(later)
    assert (now is Urgency.LATE) == (elapsed_s > target_s)


def test_a_running_clock_counts_down_to_its_due_time_and_past_it():
    clock = step_clock(WAY.received(), 1, SOP, at(1.5))
    assert (clock.elapsed_s, clock.remaining_s, clock.due_at) == (90, 30, at(2))
    late = step_clock(WAY.received(), 1, SOP, at(5))
    assert (late.elapsed_s, late.remaining_s, late.urgency) == (300, -180, Urgency.LATE)


def test_a_pending_or_skipped_step_shows_no_time():
    pending = step_clock(WAY.received(), 4, SOP, at(1))
    assert (pending.state, pending.elapsed_s, pending.urgency) == (StepState.PENDING, None, None)
    skipped = step_clock(a_case_at(S.MERGED), 1, SOP, at(9))
    assert (skipped.state, skipped.elapsed_s, skipped.urgency) == (StepState.SKIPPED, None, None)


def test_a_finished_clock_stands_still():
    case = a_case_at(S.CLASSIFIED)
    assert step_clock(case, 1, SOP, at(3)) == step_clock(case, 1, SOP, at(3000))
    assert step_clock(case, 1, SOP, at(3)).elapsed_s == 60


def test_the_clock_of_step_6_starts_again_with_each_report():
    case = a_case_at(S.MONITORING)
    assert step_clock(case, 6, SOP, at(20)).elapsed_s == 8 * 60
    case = response.add_sitrep(case, FAJAR, at(19), "Penyisiran")
    clock = step_clock(case, 6, SOP, at(20))
    assert (clock.counts_from, clock.elapsed_s, clock.started_at) == (at(19), 60, at(12))


def test_a_report_that_lies_ahead_does_not_set_the_clock():
    case = response.add_sitrep(a_case_at(S.MONITORING), FAJAR, at(30), "Penyisiran")
    assert step_clock(case, 6, SOP, at(20)).counts_from == at(12)


def test_a_finished_step_6_is_judged_by_its_longest_silence():
    case = a_case_at(S.UPDATING)
    assert judged_s(case, 6) == 12 * 60
    assert step_clock(case, 6, SOP, at(99)).elapsed_s == 12 * 60
    assert case.step(6).elapsed_s == 40 * 60


def test_nothing_is_judged_before_it_is_finished():
    assert [judged_s(WAY.received(), no) for no in range(1, 10)] == [None] * 9


def test_the_most_pressing_clock_has_the_least_time_left():
    case = a_case_at(S.MONITORING)
    case = response.update_condition(case, DEDI, at(13), "aman")
    assert step_clock(case, 7, SOP, at(14)).remaining_s is None, "not while the operation goes on"
    assert most_pressing(step_clocks(case, SOP, at(14))).no == 6
    case = WAY.updating(WAY.handled(case), minute=52)
    assert step_clock(case, 7, SOP, at(53)).elapsed_s == 60, "counts from the end of the operation"
    assert most_pressing(step_clocks(case, SOP, at(53))).no == 7
    assert most_pressing(step_clocks(a_case_at(S.CLOSED), SOP, at(99))) is None


def test_an_overrun_owes_a_reason_until_one_is_given():
    case = WAY.reported(WAY.received(), minute=3)
    assert owes_reason(case, 1) and not owes_reason(case, 2)
    case = response.give_overrun_reason(case, DEDI, at(4), 1, "pelapor panik")
    assert not owes_reason(case, 1)


def test_step_6_owes_a_reason_by_the_same_interval_that_its_clock_and_its_guard_use():
    way = Way(sop(sitrep_interval_s=1800))
    case = way.coordinated(way.verified(way.classified(way.reported(way.received()))))
    case = way.monitoring(way.responding(case))
    case = response.arrive(case, FAJAR, at(20), RIB)
    case = response.clear(response.add_sitrep(case, FAJAR, at(30), "lanjut"), FAJAR, at(50), RIB)
    case = way.updating(response.give_reasons(case, DEDI, at(50), Reasons(no_documentation="gelap")))
    assert judged_s(case, 6) == 22 * 60
    assert step_clock(case, 6, way.sop, at(99)).urgency is Urgency.SAFE
    assert not owes_reason(case, 6)
    assert case.step(6).target_s == 1800


def test_intervals_follow_the_unit_that_arrived_first():
    times = intervals(a_case_at(S.UPDATING))
    assert (times.processing_s, times.turnout_s, times.travel_s) == (8 * 60, 4 * 60, 8 * 60)
    assert (times.response_s, times.on_scene_s) == (20 * 60, 30 * 60)


def test_intervals_are_none_where_a_stamp_is_missing():
    assert set(vars_of(intervals(WAY.received()))) == {None}
    times = intervals(a_case_at(S.MONITORING))
    assert (times.travel_s, times.response_s, times.on_scene_s) == (None, None, None)
    assert times.turnout_s == 4 * 60


def vars_of(times):
    return [getattr(times, name) for name in times.__slots__]


def test_time_on_scene_is_known_when_the_last_unit_that_arrived_is_done():
    case = a_case_at(S.MONITORING, units=(RIB, "AMB-112-03"))
    for minute, code in ((20, RIB), (22, "AMB-112-03")):
        case = response.arrive(case, FAJAR, at(minute), code)
    case = response.clear(case, FAJAR, at(40), RIB)
    assert intervals(case).on_scene_s is None
    assert intervals(response.clear(case, FAJAR, at(45), "AMB-112-03")).on_scene_s == 25 * 60
