"""Two open cases that want the same units: what the one at hand should leave to the other."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from builders import ANI, DEDI, PUTRI
from test_unit_journeys import ADMIN, changed, entry

from domain.case import Case, Incident, Location
from domain.joint import WORTH_S
from domain.words import CallClass, Channel
from geo.points import LonLat
from services import assignment, intake, joint, registry
from services.assignment import Promise
from services.center import Center, Settings, close_center, open_center
from services.change import CaseRef
from services.intake import Report
from services.joint import Advice
from services.suggestion import suggest_for

DAY = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
NORTH = LonLat(117.5479, 3.4205)  # beside the northern fire station
BETWEEN = LonLat(117.5743, 3.3745)  # a little nearer to it than to headquarters, in time
HEADQUARTERS = LonLat(117.6062, 3.3210)
OFFSHORE = LonLat(117.66, 3.315)
NEAREST, SECOND = "PMK-UTR-01", "PMK-HQ-21"  # of three that handle animals

Open = Callable[..., Case]


@pytest.fixture
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("joint")
    yield open_center(Settings(folder, folder / "sigap.duckdb"))
    close_center()


@pytest.fixture
def opened(center: Center) -> Open:
    """A snake (or another type) at a place, as an open case that may take units."""

    def open_case(place: LonLat | None, priority: int | None = 3, kind: str | None = "L-ANI") -> Case:
        report = Report(
            narrative="Ular di dapur",
            no_number_reason="radio",
            anonymous_reason="radio",
            incident=Incident(type_code=kind, priority=priority, victims_unknown=True),
            location=Location(place_text="di rumah")
            if place is None
            else Location(place_text="di rumah", lon=place.lon, lat=place.lat),
        )
        case = intake.take_call(center, DAY, ANI, Channel.RADIO, report)
        return intake.classify(center, DAY, DEDI, seen(case), CallClass.NORMAL)

    return open_case


def seen(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)


def advised(center: Center, case: Case, *others: Case) -> Advice | None:
    return joint.advice(center, DAY, case, suggest_for(center, DAY, case, with_coverage=False), others)


def arrivals(center: Center, case: Case) -> dict[str, float]:
    """Return when each unit that is recommended or could be would be there, animals only."""
    found = suggest_for(center, DAY, case, with_coverage=False).suggestion
    return {c.state.unit.unit_code: c.reach.eta_s for c in found.candidates if "animal" in c.fills}


def test_the_nearest_is_left_to_the_case_that_would_wait_longer_without_it(
    center: Center, opened: Open
) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    mine, theirs = arrivals(center, here), arrivals(center, there)
    assert min(mine, key=lambda code: mine[code]) == NEAREST, "otherwise nothing is left to anybody"
    found = advised(center, here, there)
    assert found is not None and found.weighed == 1
    assert found.trade.leave == ((NEAREST, there.case_id),)
    assert found.trade.take == (SECOND,)
    best = min(itertools.permutations(mine, 2), key=lambda pair: mine[pair[0]] + theirs[pair[1]])
    assert best == (SECOND, NEAREST)
    before, after = found.trade.here
    assert (before.total_s, after.total_s) == pytest.approx((mine[NEAREST], mine[SECOND]))
    ((case_id, alone, together),) = found.trade.there
    assert case_id == there.case_id
    assert (alone.total_s, together.total_s) == pytest.approx((theirs[SECOND], theirs[NEAREST]))
    assert alone.total_s - together.total_s > after.total_s - before.total_s + WORTH_S


def test_the_case_that_has_its_unit_nearest_is_told_nothing(center: Center, opened: Open) -> None:
    assert advised(center, opened(NORTH), opened(BETWEEN)) is None


@pytest.mark.parametrize(
    ("mine", "theirs", "leaves"), [(1, 3, False), (2, 3, False), (3, 1, True), (3, 3, True)]
)
def test_the_more_urgent_case_leaves_nothing_and_the_less_urgent_does(
    center: Center, opened: Open, mine: int, theirs: int, leaves: bool
) -> None:
    found = advised(center, opened(BETWEEN, mine), opened(NORTH, theirs))
    assert (found is not None) == leaves


def test_a_case_without_its_own_priority_has_that_of_its_type(center: Center, opened: Open) -> None:
    assert registry.incident_type(center, "L-ANI").priority == 4
    snake, urgent = opened(BETWEEN, None), opened(NORTH, 3)
    assert advised(center, snake, urgent) is not None
    assert advised(center, opened(BETWEEN, 3), opened(NORTH, None)) is None


def test_cases_without_a_place_or_a_type_are_not_weighed(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    nowhere, unknown = opened(None, 1), opened(NORTH, 1, kind=None)
    assert advised(center, here, nowhere, unknown) is None
    found = advised(center, here, nowhere, unknown, there)
    assert found is not None and found.weighed == 1


def test_a_case_whose_plan_is_filled_is_not_weighed(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    there = assignment.propose(center, DAY, PUTRI, seen(there), (Promise("PMK-BRT-03"),))
    assert advised(center, here, there) is None


def test_a_case_that_has_all_it_asks_for_leaves_nothing(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    here = assignment.propose(center, DAY, PUTRI, seen(here), (Promise("PMK-BRT-03"),))
    assert advised(center, here, there) is None


def test_what_a_case_holds_already_is_not_left_to_others(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    here = assignment.propose(center, DAY, PUTRI, seen(here), (Promise(NEAREST),))
    assert advised(center, here, there) is None


def test_what_a_case_holds_already_fills_no_other_place_of_its_plan(center: Center, opened: Open) -> None:
    """The northern engine is there; the second comes from headquarters, where the other fire is."""
    registry.set_service(center, DAY, PUTRI, "PMK-HQ-03", "dalam perawatan")
    here, there = opened(BETWEEN, kind="L-FIR1"), opened(HEADQUARTERS, kind="L-FIR1")
    here = assignment.propose(center, DAY, PUTRI, seen(here), (Promise(NEAREST),))
    found = advised(center, here, there)
    assert found is not None
    assert ("PMK-HQ-01", there.case_id) in found.trade.leave
    assert "PMK-BRT-01" in found.trade.take
    assert NEAREST not in {*found.trade.take, *(code for code, _ in found.trade.leave)}


def test_the_rest_of_a_half_filled_plan_is_weighed(center: Center, opened: Open) -> None:
    """L-CRO asks for an animal crew and a patrol car; the car is there already."""
    here, there = opened(BETWEEN), opened(NORTH, kind="L-CRO")
    there = assignment.propose(center, DAY, PUTRI, seen(there), (Promise("POL-PTR-01"),))
    found = advised(center, here, there)
    assert found is not None
    assert found.trade.leave == ((NEAREST, there.case_id),)
    assert found.trade.there[0][1].empty == 0


def test_a_case_that_wants_none_of_these_units_is_not_weighed(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    overdue = opened(OFFSHORE, 1, kind="S-OVD")
    found = advised(center, here, overdue, there)
    assert found is not None and found.weighed == 1


def test_only_the_most_urgent_few_are_weighed(center: Center, opened: Open) -> None:
    """The others come in order of urgency; what comes after the fifth is not looked at."""
    like = entry(center, "unit", SECOND).row
    for k in range(joint.MOST):  # so that nobody goes without
        registry.put(center, DAY, ADMIN, "unit", {**like, "unit_code": f"PMK-HQ-9{k}"}, None)
    here, there = opened(BETWEEN), opened(NORTH)
    near_headquarters = [opened(LonLat(117.6052 + k / 1000, 3.3205)) for k in range(joint.MOST)]
    found = advised(center, here, there, *near_headquarters)
    assert found is not None and found.weighed == joint.MOST
    assert found.trade.leave == ((NEAREST, there.case_id),)
    assert advised(center, here, *near_headquarters, there) is None


def test_a_unit_that_cannot_go_is_part_of_no_trade(center: Center, opened: Open) -> None:
    here, there = opened(BETWEEN), opened(NORTH)
    with changed(center, "unit", NEAREST, personnel=0):
        assert advised(center, here, there) is None
    assert advised(center, here, there) is not None
