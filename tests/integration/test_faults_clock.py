"""The machine's clock steps back and forward: the work goes on, no time runs backwards, and it is said."""

import random
from datetime import timedelta

import pytest
from builders import ANI, DEDI
from center_builders import BOAT, REPORT, T0, a_stored_case, at, ref, settings, way
from faults_victim import tell, tries

from database import cases
from domain.case import Reasons
from domain.clock import step_clocks
from domain.errors import MissingForStep
from domain.positions import Source
from domain.words import CaseStatus, Channel, NoticeResult, Outcome
from geo.points import LonLat
from services import coordination, exits, handling, intake, live, monitoring, positions, wall_clock
from services.center import close_center, open_center
from services.wall_clock import Watch, look

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def center(tmp_path):
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


def times_of(case):
    """Return every stamp of a case that has an order, in that order of work."""
    steps = [(step.started_at, step.finished_at) for step in case.steps]
    return [(start, end) for start, end in steps if start and end]


def carried(center, offsets, start=0.0):
    """Carry a case to its end while before each change the clock steps by so many minutes."""
    case = intake.open_call(center, at(start), ANI, Channel.CALL_112)
    places = iter(offsets)
    clock = start
    for number in range(len(way())):
        for turn in range(len(way()[number][1])):
            clock += next(places, 0.0)
            try:
                case = way(clock)[number][1][turn](center, case)
            except MissingForStep:
                # By the stamps as they are, the last report is an hour or a day ago: a person must say why.
                reasons = Reasons(late_sitrep="jam komputer melompat")
                case = handling.give_reasons(center, at(clock), DEDI, ref(case), reasons)
                case = way(clock)[number][1][turn](center, case)
    return case


def test_a_clock_that_is_set_back_an_hour_holds_up_no_case_under_way(center):
    case = a_stored_case(center, CaseStatus.VERIFIED, start=60)
    before = case.status_at
    case = coordination.notify(center, before - HOUR, DEDI, ref(case))
    for code in ("LAUT", "KLINIK"):
        case = coordination.answer(center, before - HOUR, DEDI, ref(case), code, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(center, before - HOUR, DEDI, ref(case))
    assert case.status is CaseStatus.COORDINATED
    assert case.status_at == before
    assert case.step(4).elapsed_s == 0


def test_a_case_called_off_after_the_clock_was_set_back_takes_no_time_back(center):
    case = a_stored_case(center, CaseStatus.RESPONDING, start=60)
    ended = exits.call_off(center, case.status_at - HOUR, DEDI, ref(case), Outcome.CANCELLED, "salah alamat")
    assert ended.status_at >= case.status_at


def test_whatever_the_clock_does_the_trail_of_a_case_keeps_its_order(center):
    chance, runs, changes = random.Random(5), tries(4, 200), 0
    for run in range(runs):
        steps = [chance.choice((0, 0, 0, -60, 60, -1440, 1440, chance.uniform(-5, 5))) for _ in range(24)]
        case = carried(center, steps, start=10_000.0 * (run + 1))
        assert case.status is CaseStatus.CLOSED
        events = cases.events(center.db.read(), case.case_id)
        entered = [event.entered_at for event in events]
        assert entered == sorted(entered)
        assert [event.seq for event in events] == sorted(event.seq for event in events)
        assert all(start <= end for start, end in times_of(case))
        assert cases.rebuilt(center.db.read(), case.case_id) == case
        changes += len(events)
    tell("clock steps by ±1 h and ±1 day at random changes of a case", runs, changes, 0, "goes on")


def test_no_clock_on_a_board_runs_below_nothing_when_the_time_was_set_back(center):
    case = a_stored_case(center, CaseStatus.RESPONDING, start=60)
    for clock in step_clocks(case, center.pack.sop, case.status_at - HOUR):
        assert clock.elapsed_s is None or clock.elapsed_s >= 0
    row = monitoring.board(center, case.status_at - HOUR).rows[0]
    assert all(clock.elapsed_s is None or clock.elapsed_s >= 0 for clock in row.clocks)


class Clocks:
    """Wall clock and steady clock of a machine, both set by hand; seconds."""

    def __init__(self):
        self.wall, self.steady = T0.timestamp(), 100.0

    def __call__(self):
        return self.wall, self.steady

    def pass_by(self, seconds, step=0.0):
        self.wall += seconds + step
        self.steady += seconds


def test_a_step_is_seen_once_with_its_size_and_a_slow_correction_never():
    clocks = Clocks()
    watch = Watch(clocks)
    for _ in range(1000):
        clocks.pass_by(2.0, step=0.001)
        assert watch.look() is None
    clocks.pass_by(2.0, step=-3600.0)
    assert watch.look() == pytest.approx(-3600.0, abs=0.01)
    clocks.pass_by(2.0)
    assert watch.look() is None
    clocks.pass_by(2.0, step=86_400.0)
    assert watch.look() == pytest.approx(86_400.0, abs=0.01)


def test_a_step_stands_in_the_trail_and_on_the_screens_for_half_a_day(center):
    clocks = Clocks()
    watch = Watch(clocks)
    assert wall_clock.warning(center, T0) is None
    clocks.pass_by(2.0, step=-3600.0)
    assert look(center, watch, T0)
    told = wall_clock.warning(center, T0 + timedelta(hours=11))
    assert told.seconds == pytest.approx(-3600, abs=1)
    assert told.at == T0
    assert wall_clock.warning(center, T0 + timedelta(hours=13)) is None
    assert not look(center, watch, T0)
    row = center.db.read().row("SELECT action, entity FROM event ORDER BY seq DESC LIMIT 1")
    assert row == (wall_clock.STEPPED, wall_clock.ENTITY)


def test_a_clock_that_lies_before_what_is_stored_is_seen_at_the_start(center):
    a_stored_case(center, CaseStatus.VERIFIED, start=60)
    wall_clock.begin(center, at(64) + timedelta(minutes=5))
    assert wall_clock.warning(center, at(70)) is None
    wall_clock.begin(center, at(64) - DAY)
    told = wall_clock.warning(center, at(64) - DAY)
    assert told.seconds == pytest.approx(-DAY.total_seconds(), abs=1)


def test_positions_are_not_deleted_as_old_by_a_clock_that_jumped_ahead(center):
    clocks = Clocks()
    watch = Watch(clocks)
    reading = positions.Reading(LonLat(131.0, -5.9), T0, unit_code=BOAT)
    assert positions.take(center, T0, Source.GEOJSON, None, [reading]) == [None]
    center.live.flush(center.db)
    clocks.pass_by(2.0, step=400 * 86_400.0)
    look(center, watch, T0 + 400 * DAY)
    assert live.forget_old(center, T0 + 400 * DAY) == 0
    assert live.track(center, T0, BOAT)
    # Said to be right after all, or half a day later: what is old goes.
    assert live.forget_old(center, T0 + 401 * DAY) == 1


def test_a_new_call_after_the_clock_was_set_back_has_the_next_number(center):
    first = intake.open_call(center, at(60), ANI, Channel.CALL_112)
    second = intake.open_call(center, at(0), ANI, Channel.CALL_112)
    assert second.call_no > first.call_no
    assert intake.record_report(center, at(1), ANI, ref(second), REPORT).version == 2
