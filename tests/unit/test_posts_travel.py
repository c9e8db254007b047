"""Which travel times are by road all the way, and which are estimates."""

from test_coverage_geo import TOWN_GROUND
from test_roads import CAR, UTM, at, edges, graph, square

from geo.coverage import TravelTimes
from geo.roads import RoadGraph


def test_without_roads_every_time_is_an_estimate() -> None:
    times, is_estimate = TravelTimes([at(100, 0)], UTM, TOWN_GROUND, None, 1.4).timed([at(0, 0)], CAR)
    assert times.shape == is_estimate.shape == (1, 1)
    assert is_estimate.all()


def test_by_road_it_is_none_and_where_there_is_no_way_by_road_it_is_one() -> None:
    town = graph([*square(), *square(junction=10, x=5_000)])
    times = TravelTimes([at(100, 0), at(5_100, 0), at(2_500, 2_500)], UTM, TOWN_GROUND, town, 1.4)
    seconds, is_estimate = times.timed([at(200, 0), at(-3_000, 0), at(200, 0)], CAR)
    on, off = [False, True, True], [True, True, True]
    assert is_estimate.tolist() == [on, off, on], "another town, and a place on no road"
    assert (seconds == times.seconds([at(200, 0), at(-3_000, 0), at(200, 0)], CAR)).all()


def test_far_beside_the_road_it_is_one_at_either_end() -> None:
    town = RoadGraph(edges(square()), UTM, graph(square()).speeds, snap_limit_m=3_000.0)
    points = [at(200, 0), at(200, -290), at(200, -310)]
    times = TravelTimes(points, UTM, TOWN_GROUND, town, 1.4, beside_limit_m=300.0)
    _seconds, is_estimate = times.timed([at(100, -290), at(100, -310)], CAR)
    assert is_estimate.tolist() == [[False, False, True], [True, True, True]]


def test_from_nowhere_there_is_nothing() -> None:
    times, is_estimate = TravelTimes([at(0, 0)], UTM, TOWN_GROUND, None, 1.4).timed([], CAR)
    assert times.shape == is_estimate.shape == (0, 1)
