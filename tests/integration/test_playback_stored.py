"""A stored operation becomes one timeline: complete, as it happened, bounded, without people in it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders import ANI, DEDI, FAJAR, PUTRI
from center_builders import BOAT, REPORT, a_stored_case, at, ref, settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from database import cases
from domain.case import Case, Location
from domain.clock import step_clock
from domain.errors import Need, NotFound
from domain.playback import MOST_MOMENTS, Kind, Moment, Piece, StepLine, Where
from domain.positions import Fix, Source
from domain.words import CallClass, CaseStatus, Channel, Domain, Role
from geo.points import LonLat
from services import alarms, assignment, exits, handling, intake, live, playback, positions, registry
from services.assignment import Progress
from services.center import Center, close_center, open_center
from services.playback import Timeline, Tracks, timeline
from services.rehearsal import Pace, Script, rehearse
from ui.review_replay import message

MOST_BYTES = 300_000
LATER = at(90)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def reported(
    center: Center, unit: str, begin: datetime, end: datetime, every_s: float, a: LonLat, b: LonLat
) -> None:
    """Let a unit report its way from `a` to `b`."""
    count = int((end - begin).total_seconds() // every_s)
    for n in range(count + 1):
        share = n / count
        place = LonLat(a.lon + share * (b.lon - a.lon), a.lat + share * (b.lat - a.lat))
        now = begin + timedelta(seconds=n * every_s)
        refusals = positions.take(
            center, now, Source.GEOJSON, None, [positions.Reading(place, now, unit_code=unit)]
        )
        assert refusals == [None]
    center.live.flush(center.db)


def titles(found: Timeline, kind: Kind) -> list[str]:
    return [" · ".join(map(str, (m.title, *m.details))) for m in found.moments if m.kind is kind]


def test_the_timeline_folds_to_the_case_as_it_is_stored(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.CLOSED)
    events = cases.events(center.db.read(), case.case_id)
    versions = list(playback.versions_of(events))
    assert versions[-1].case == case == cases.rebuilt(center.db.read(), case.case_id)
    assert [version.case.version for version in versions] == list(range(1, len(events) + 1))

    found = timeline(center, LATER, case.case_id)
    assert (found.begin, found.is_open) == (case.call.received_at, False)
    assert found.end == max(moment.at for moment in found.moments)
    for line in found.steps:
        clock = step_clock(case, line.no, center.pack.sop, LATER)
        assert (line.at(LATER).state, line.at(LATER).took_s) == (clock.state, clock.elapsed_s)
    at_times = [moment.at for moment in found.moments]
    assert at_times == sorted(at_times)
    assert sum(moment.role is not None for moment in found.moments) == len(events)
    assert {moment.role for moment in found.moments} >= {
        Role.CALL_TAKER,
        Role.DUTY_OFFICER,
        Role.FIELD_OFFICER,
    }


@pytest.mark.parametrize("status", [CaseStatus.RECEIVED, CaseStatus.RESPONDING, CaseStatus.MONITORING])
def test_an_open_case_plays_to_now(center: Center, status: CaseStatus) -> None:
    case = a_stored_case(center, status)
    found = timeline(center, LATER, case.case_id)
    assert (found.is_open, found.end) == (True, LATER)
    late = [line.no for line in found.steps if line.at(LATER).state.value == "in_progress"]
    assert len(titles(found, Kind.OVERRUN)) >= len(late) > 0


def test_a_merged_and_a_prank_call_play_with_what_there_is(center: Center) -> None:
    primary = a_stored_case(center, CaseStatus.MONITORING)
    repeated = intake.open_call(center, at(9), ANI, Channel.CALL_112)
    exits.merge(center, at(10), DEDI, ref(repeated), ref(primary))
    merged = timeline(center, LATER, repeated.case_id)
    (joined,) = titles(merged, Kind.DECISION)
    assert joined.startswith("Menggabungkan kasus · langkah dilewati: 1, 2, 3, 4, 5, 6, 7, 8, 9")
    assert f"digabung ke {primary.call_no}" in joined
    assert (merged.units, merged.tracks, merged.is_open) == ((), None, False)

    prank = intake.take_call(center, at(20), ANI, Channel.CALL_112, REPORT)
    prank = intake.propose_class(center, at(20), ANI, ref(prank), CallClass.PRANK)
    prank = intake.classify(center, at(21), DEDI, ref(prank), CallClass.PRANK)
    intake.close_call(center, at(22), DEDI, ref(prank), "tertawa")
    found = timeline(center, LATER, prank.case_id)
    assert (found.units, found.status) == ((), CaseStatus.CLOSED)
    assert "hasil: Prank" in " ".join(titles(found, Kind.CALL))


def test_what_is_not_there_is_refused(center: Center) -> None:
    with pytest.raises(NotFound):
        timeline(center, LATER, "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10")


def test_a_late_entry_is_placed_where_it_happened(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    case = handling.add_sitrep(center, at(20), FAJAR, ref(case), "kedua")
    case = assignment.record_progress(
        center, at(30), FAJAR, ref(case), BOAT, Progress.ARRIVE, occurred_at=at(12)
    )
    found = timeline(center, LATER, case.case_id)
    (arrival,) = [moment for moment in found.moments if "tiba: UJI-2" in map(str, moment.details)]
    assert (arrival.at, arrival.entered_at) == (at(12), at(30))
    late = [moment.at for moment in found.moments if moment.entered_at is not None]
    assert late == [at(12)]
    after = found.moments[found.moments.index(arrival) :]
    assert any("laporan situasi ke-1" in map(str, moment.details) for moment in after)
    (boat,) = found.units
    assert [spot.at for spot in boat.spots if spot.where is Where.SCENE] == [at(12)]


def test_alarms_rung_and_acknowledged_are_told_without_their_note(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.CLASSIFIED)
    alarms.raise_due(center, at(8))
    (first, *_more) = [one for one in alarms.listed(center, at(8)) if one.alarm.step == 3]
    alarms.acknowledge(center, at(9), PUTRI, first.alarm.key, "kata Siti")
    found = timeline(center, LATER, case.case_id)
    rung = titles(found, Kind.ALARM)
    assert sum(text.startswith("Alarm berbunyi") for text in rung) == len(_more) + 1
    (answer,) = [moment for moment in found.moments if str(moment.title) == "Menanggapi alarm"]
    assert (answer.at, answer.role) == (at(9), Role.DUTY_OFFICER)
    assert "Siti" not in " ".join(rung)


def test_a_units_track_is_that_of_its_work_and_of_nothing_else(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    base = registry.stations(center)[registry.units(center)[BOAT].station].position
    assert case.location.point is not None
    reported(center, BOAT, at(0), at(6), 30, base, base)
    reported(center, BOAT, at(8), at(12), 10, base, case.location.point)
    case = assignment.record_progress(center, at(12), FAJAR, ref(case), BOAT, Progress.ARRIVE)
    case = assignment.record_progress(center, at(20), FAJAR, ref(case), BOAT, Progress.CLEAR)
    reported(center, BOAT, at(21), at(25), 30, case.location.point, base)

    found = timeline(center, LATER, case.case_id)
    (boat,) = found.units
    assert found.tracks is Tracks.KEPT
    ((first, *_middle, last),) = boat.ways
    assert (first.reported_at, last.reported_at) == (at(8), at(12))
    assert (first.position, last.position) == (base, case.location.point)
    assert [(spot.at, spot.where) for spot in boat.spots] == [
        (at(7), Where.STATION),
        (at(8), Where.TRACK),
        (at(12), Where.SCENE),
        (at(20), Where.NOWHERE),
    ]


def test_tracks_that_are_gone_are_said_to_be_gone(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    base = registry.stations(center)[registry.units(center)[BOAT].station].position
    assert timeline(center, LATER, case.case_id).tracks is Tracks.NONE
    reported(center, BOAT, at(8), at(10), 10, base, base)
    assert timeline(center, LATER, case.case_id).tracks is Tracks.KEPT
    much_later = at(10) + timedelta(days=center.pack.city.position_days, minutes=1)
    assert live.forget_old(center, much_later) > 0
    assert timeline(center, much_later, case.case_id).tracks is Tracks.GONE
    assert timeline(center, much_later, case.case_id).units[0].ways == ()


def test_a_track_of_hours_is_thinned(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    place = case.location.point
    assert place is not None
    for n in range(0, 300):
        # To and fro, so that no position can be left out for lying on a line.
        now = at(8) + timedelta(seconds=10 * n)
        spot = LonLat(place.lon + 0.0003 * (n % 2), place.lat + 0.00001 * n)
        positions.take(center, now, Source.GEOJSON, None, [positions.Reading(spot, now, unit_code=BOAT)])
    center.live.flush(center.db)
    (boat,) = timeline(center, LATER, case.case_id).units
    assert 250 < sum(map(len, boat.ways)) <= playback.MOST_POINTS


# --- size -----------------------------------------------------------------------------------------------


def size(found: Timeline) -> int:
    return len(json.dumps(message(found), ensure_ascii=False).encode())


scripts = st.builds(
    Script,
    received_at=st.just(at(0)),
    narrative=st.just("uji"),
    location=st.just(Location(place_text="Muara", lon=131.0, lat=-5.9, water_area="Perairan Uji")),
    type_code=st.just("AIR"),
    domain=st.just(Domain.SEA),
    call_class=st.sampled_from(CallClass),
    scene_s=st.integers(0, 30_000),
    pace=st.builds(Pace, record_s=st.integers(1, 900), verify_s=st.integers(4, 900)),
    stop_at=st.sampled_from([None, *CaseStatus]),
)


@hypothesis_settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(scripts)
def test_any_operation_folds_plays_in_order_and_stays_small(center: Center, script: Script) -> None:
    played: Case = rehearse(center, script).case
    try:
        found = timeline(center, at(1000), played.case_id)
        versions = list(playback.versions_of(cases.events(center.db.read(), played.case_id)))
        assert versions[-1].case == played
        assert [m.at for m in found.moments] == sorted(m.at for m in found.moments)
        assert found.begin <= found.moments[0].at
        assert found.moments[-1].at <= found.end
        assert size(found) < MOST_BYTES
    finally:
        for unit in played.active_units:
            if unit.dispatched_at is not None:
                case = cases.get(center.db.read(), played.case_id)
                assignment.record_progress(center, at(1001), FAJAR, ref(case), unit.unit_code, Progress.CLEAR)


def test_the_longest_operation_still_fits_into_its_message(center: Center) -> None:
    """Twelve units with full tracks, 500 reports, and as many moments as may be, each with a reason."""
    case = a_stored_case(center, CaseStatus.MONITORING)
    found = timeline(center, LATER, case.case_id)
    (boat,) = found.units
    jagged = tuple(
        Fix(BOAT, "hp", Source.GEOJSON, LonLat(131.0 + 0.02 * (n % 7), -5.9), at(9 * n), at(9 * n))
        for n in range(playback.MOST_POINTS_IN_ALL // 12)
    )
    units = tuple(replace(boat, unit_code=f"UNIT-{n:02d}", ways=(jagged,)) for n in range(12))
    reason = Need("alasan: {reason}", reason="é" * playback.REASON_LENGTH)
    moments = tuple(
        Moment(at(n), Kind.DECISION, Need("Mengusulkan unit"), (reason,), Role.DUTY_OFFICER, at(n + 5))
        for n in range(MOST_MOMENTS)
    )
    reports = tuple(Piece(at(n), found.steps[5].pieces[0].state, at(n)) for n in range(500))
    steps = tuple(StepLine(6, 900, reports) if line.no == 6 else line for line in found.steps)
    whole = replace(found, units=units, moments=moments, steps=steps)
    assert 150_000 < size(whole) < MOST_BYTES
