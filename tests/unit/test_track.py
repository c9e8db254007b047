"""A track proposes that a unit left or arrived; only what nobody recorded, and never before the order."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.case import Assignment
from domain.positions import Fix, Source
from domain.track import Motion, Signs, suspected
from domain.words import Mode
from geo.points import LonLat, destination

T0 = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
STATION, GOAL = LonLat(117.6, 3.3), destination(LonLat(117.6, 3.3), 90, 3000)
SIGNS = Signs(left_m=300, arrived_m=150)


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def unit(**times):
    return Assignment("A", "PMK", "x", Mode.LAND, 4, at(0), "Putri", dispatched_at=at(1), **times)


def fix(minutes, metres):
    place = destination(STATION, 90, metres)
    return Fix("A", "d", Source.OSMAND, place, at(minutes), at(minutes))


WAY = [
    fix(0, 5),
    fix(2, 20),
    fix(3, 299),
    fix(4, 302),
    fix(6, 1500),
    fix(8, 2840),
    fix(9, 2860),
    fix(10, 2999),
]


def seen(assigned, track=tuple(WAY), station=STATION, goals=(GOAL,)):
    return suspected(assigned, track, station, goals, SIGNS)


def test_leaving_is_seen_where_the_unit_is_further_from_its_station_than_the_limit():
    found = seen(unit())
    assert (found.motion, found.at) == (Motion.LEFT, at(4))


def test_arriving_is_seen_within_the_limit_of_the_goal_once_it_has_left():
    found = seen(unit(departed_at=at(4)))
    assert (found.motion, found.at) == (Motion.THERE, at(9))
    assert seen(unit(departed_at=at(4)), WAY[:6]) is None


@pytest.mark.parametrize(
    "done",
    [
        unit(departed_at=at(4), arrived_at=at(9)),
        unit(departed_at=at(4), cleared_at=at(9)),
        unit(withdrawn_at=at(2)),
        Assignment("A", "PMK", "x", Mode.LAND, 4, at(0), "Putri"),
    ],
)
def test_nothing_is_proposed_that_was_recorded_or_never_ordered(done):
    assert seen(done) is None


def test_a_unit_that_was_away_before_the_order_counts_from_the_order():
    found = seen(unit(), [fix(-5, 900), fix(0.5, 900), fix(1.5, 900)])
    assert found.at == at(1.5)


def test_a_goal_beside_the_station_is_reached_only_by_moving():
    beside = destination(STATION, 90, 100)
    assert seen(unit(), [fix(2, 0), fix(3, 90)], goals=(beside,)) is None
    assert seen(unit(), [fix(2, 0), fix(3, 200)], goals=(beside,)).motion is Motion.LEFT


def test_any_of_several_goals_counts_and_none_is_no_arrival():
    far = destination(STATION, 0, 9000)
    assert seen(unit(departed_at=at(4)), goals=(far, GOAL)).motion is Motion.THERE
    assert seen(unit(departed_at=at(4)), goals=()) is None
