"""What statistics know of a case follows from its stamps, and what is missing is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import AMB, RIB, a_case_at, at

from domain.case import Case
from domain.facts import Reason, Stamp, fact_row, facts
from domain.words import CallClass, CaseStatus, Channel
from geo.cells import RESOLUTIONS

S = CaseStatus


def handled(**stamps: object) -> Case:
    """A closed rescue with a boat and an ambulance; the boat arrives first."""
    case = a_case_at(S.CLOSED, units=(RIB, AMB))
    boat, ambulance = case.assignments
    boat = replace(boat, dispatched_at=at(8), departed_at=at(10), arrived_at=at(30), cleared_at=at(60))
    ambulance = replace(
        ambulance, dispatched_at=at(7), departed_at=at(9), arrived_at=at(40), cleared_at=at(61)
    )
    return replace(case, assignments=(replace(boat, **stamps), ambulance))


def test_intervals_end_at_their_own_stamps_and_turnout_is_the_first_arriving_units() -> None:
    rang = handled().call.received_at
    found = facts(replace(handled(), answered_at=rang + timedelta(seconds=12)))

    assert (found.alarm_answering_s, found.alarm_processing_s) == (12, 7 * 60 - 12)
    assert found.alarm_handling_s == 7 * 60
    assert (found.turnout_s, found.travel_s, found.response_s) == (120, 1200, 1800)


def test_without_a_known_ring_processing_counts_from_the_report_and_nothing_is_made_up() -> None:
    found = facts(handled())

    assert (found.alarm_answering_s, found.alarm_handling_s) == (None, None)
    assert found.alarm_processing_s == 7 * 60


def test_only_the_first_arrival_of_each_agency_counts_as_its_response() -> None:
    case = handled(agency="PMK", arrived_at=at(14) + timedelta(seconds=0.9))
    case = replace(case, assignments=(case.assignments[0], replace(case.assignments[1], agency="PMK")))

    assert [unit.first_response_s for unit in facts(case).units] == [14 * 60, None]


def test_an_arrival_before_the_report_gives_no_response_and_a_merged_case_none_either() -> None:
    early = handled(arrived_at=at(-1))
    merged = replace(handled(), status=S.MERGED)

    assert facts(early).units[0].first_response_s is None
    assert [unit.first_response_s for unit in facts(merged).units] == [None, None]


def test_a_unit_is_busy_from_dispatch_to_cleared_or_withdrawn() -> None:
    assert facts(handled()).unit_busy_s == 52 * 60 + 54 * 60
    assert facts(handled(cleared_at=None, withdrawn_at=at(18))).units[0].busy_s == 600
    assert facts(handled(cleared_at=None)).units[0].busy_s is None


def test_a_unit_that_a_merge_passed_on_is_counted_with_the_primary_case() -> None:
    assert [unit.unit_code for unit in facts(handled(moved_to="P2026-000009")).units] == [AMB]


@pytest.mark.parametrize(
    ("stamps", "missing"),
    [
        ({}, set()),
        ({"departed_at": None}, {Stamp.DEPARTED}),
        ({"arrived_at": None}, {Stamp.ARRIVED}),
        ({"cleared_at": None}, {Stamp.CLEARED}),
        ({"departed_at": None, "arrived_at": None, "cleared_at": None, "withdrawn_at": at(12)}, set()),
    ],
)
def test_stamps_that_a_registered_rescue_lacks_are_told(
    stamps: dict[str, object], missing: set[Stamp]
) -> None:
    case = replace(handled(**stamps), answered_at=at(0.2))

    assert set(facts(case).missing_stamps) == missing


def test_a_ring_is_missed_only_where_a_telephone_rang() -> None:
    case = handled()
    radio = replace(case, call=replace(case.call, channel=Channel.RADIO))

    assert Stamp.ANSWERED in facts(case).missing_stamps
    assert Stamp.ANSWERED not in facts(radio).missing_stamps


def test_nothing_is_missed_before_the_register_number_and_of_calls_that_were_no_rescue() -> None:
    case = replace(handled(), assignments=())
    prank = replace(case, call=replace(case.call, call_class=CallClass.PRANK))

    assert Stamp.DISPATCHED in facts(case).missing_stamps
    assert facts(prank).missing_stamps == ()
    assert facts(a_case_at(S.UPDATING, units=(RIB,))).missing_stamps == ()
    assert Stamp.DISPATCHED in facts(replace(case, status=S.REGISTERED)).missing_stamps


def test_a_reason_counts_only_where_the_step_overran() -> None:
    case = handled()
    late = replace(
        case.step(1),
        finished_at=case.step(1).started_at + timedelta(minutes=9),
        overrun_reason=" jaringan\nputus ",
    )
    in_time = replace(case.step(2), overrun_reason="tidak perlu")
    case = case.with_step(late).with_step(in_time)

    assert facts(case).overrun_reasons == (Reason(1, "jaringan putus"),)


def test_the_row_has_the_cells_of_its_place_and_none_without_one() -> None:
    case = handled()
    placed = replace(case, location=replace(case.location, lon=117.58, lat=3.31))
    nowhere = replace(case, location=replace(case.location, lon=None, lat=None))

    cells = [fact_row(placed, 0)[f"h3_{resolution}"] for resolution in RESOLUTIONS]
    assert [format(cell, "x")[1] for cell in cells] == [str(resolution) for resolution in RESOLUTIONS]
    assert [fact_row(nowhere, 0)[f"h3_{resolution}"] for resolution in RESOLUTIONS] == [None] * 4
    assert Stamp.PLACED in facts(nowhere).missing_stamps
