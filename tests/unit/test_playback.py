"""Playing an operation back: the clocks, places and moments are those of the trail, and never too many."""

from dataclasses import replace
from datetime import datetime, timedelta

from builders import ANI, DEDI, FAJAR, ONE_SAFE, PUTRI, RIB, SARI, T0, WAY, at, proposed, sop
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import Case, SuggestedUnit
from domain.clock import step_clock
from domain.errors import Need
from domain.events import Event
from domain.moves import exits, record, response
from domain.permissions import Action
from domain.playback import (
    Kind,
    Moment,
    Piece,
    StepLine,
    Telling,
    UnitStep,
    Version,
    Where,
    at_work,
    followed,
    in_order,
    overruns,
    quiet,
    scenes,
    spots,
    step_lines,
    thinned,
    told,
    unbroken,
    unit_steps,
)
from domain.positions import Device, Fix, Source
from domain.words import Outcome, StepState, UnitStatus
from geo.points import LonLat, geodesic_m

SOP = sop()
TELLING = Telling(lambda text: text.replace("Siti", "•••"), lambda code: f"nama {code}")


class Story:
    """A case carried on move by move, each at a time of its own, with the trail that this leaves."""

    def __init__(self) -> None:
        self.now = T0
        self.versions: list[Version] = []

    @property
    def case(self) -> Case:
        return self.versions[-1].case

    def add(self, case: Case, action: Action, occurred: datetime | None = None) -> None:
        event = Event(
            len(self.versions) + 1,
            occurred or self.now,
            self.now,
            "Uji",
            "dispatcher",
            "case",
            case.case_id,
            action.value,
            {},
            {},
        )
        self.versions.append(Version(event, case))

    def after(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def minute(self) -> float:
        return (self.now - T0).total_seconds() / 60

    def to_departure(self, pace: list[int]) -> "Story":
        self.add(WAY.received(), Action.TAKE_CALL)
        for move, action, seconds in zip(
            (WAY.reported, WAY.classified, WAY.verified, WAY.coordinated),
            (Action.UPDATE_DETAILS, Action.CLASSIFY, Action.VERIFY, Action.COORDINATE),
            pace,
            strict=True,
        ):
            # The builders do half a minute or a minute of work before the time at which they end.
            self.after(61 + seconds)
            self.add(move(self.case, minute=self.minute()), action)
        units = (proposed(RIB),)
        self.add(response.propose_units(self.case, PUTRI, self.after(30), units), Action.PROPOSE_UNITS)
        self.add(response.approve_units(self.case, PUTRI, self.after(20)), Action.APPROVE_UNITS)
        self.add(
            response.name_commander(self.case, PUTRI, self.now, "Letda Rudi", SOP), Action.NAME_COMMANDER
        )
        self.add(response.depart(self.case, FAJAR, self.after(60), RIB, SOP), Action.UNIT_PROGRESS)
        return self

    def to_closed(self, waits: list[int], *, early: bool) -> "Story":
        self.add(response.arrive(self.case, FAJAR, self.after(300), RIB), Action.UNIT_PROGRESS)
        if early:
            self.add(
                response.update_condition(self.case, DEDI, self.after(40), "Dicari"), Action.UPDATE_CONDITION
            )
        for seconds in waits:
            self.add(response.add_sitrep(self.case, FAJAR, self.after(seconds), "Penyisiran"), Action.SITREP)
        self.add(response.clear(self.case, FAJAR, self.after(60), RIB), Action.UNIT_PROGRESS)
        reasons = replace(self.case.reasons, no_documentation="gelap", late_sitrep="ombak")
        self.add(response.give_reasons(self.case, DEDI, self.now, reasons), Action.GIVE_REASON)
        self.add(response.finish_monitoring(self.case, DEDI, self.after(90), SOP), Action.FINISH_MONITORING)
        self.add(
            response.update_condition(self.case, DEDI, self.after(20), "Selamat"), Action.UPDATE_CONDITION
        )
        done = record.record_outcome(
            self.case, DEDI, self.after(20), outcome=Outcome.RESCUED, victims=ONE_SAFE
        )
        self.add(done, Action.RECORD_OUTCOME)
        self.add(record.register(self.case, ANI, self.after(30), "2026/000001", SOP), Action.REGISTER)
        self.add(record.print_form(self.case, ANI, self.after(30), SOP), Action.PRINT_FORM)
        self.add(record.queued(self.case, self.now, "x.json", "ab" * 32), Action.DELIVER)
        receipted = record.record_receipt(self.case, ANI, self.after(50), "DKISP-1", "ab" * 32, SOP)
        self.add(receipted, Action.RECORD_RECEIPT)
        self.add(record.close(self.case, DEDI, self.after(60), "Lemari", SOP), Action.CLOSE)
        return self


@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 400), min_size=4, max_size=4),
    st.lists(st.integers(1, 1500), max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_every_clock_stands_at_every_moment_as_the_sop_clock_of_that_moment(pace, waits, early, reopened):
    story = Story().to_departure(pace).to_closed(waits, early=early)
    if reopened:
        story.after(7200)
        story.add(exits.reopen(story.case, SARI, story.now, "korban lain"), Action.REOPEN)
    lines = step_lines(story.versions, SOP)
    ends = [version.event.occurred_at for version in story.versions[1:]] + [story.now + timedelta(hours=1)]
    for version, end in zip(story.versions, ends, strict=True):
        begin = version.event.occurred_at
        for now in {begin, begin + (end - begin) / 2} if begin < end else ():
            for line in lines:
                expected, shown = step_clock(version.case, line.no, SOP, now), line.at(now)
                assert shown.state is expected.state, (line.no, now)
                assert line.target_s == expected.target_s
                if expected.state is StepState.IN_PROGRESS:
                    assert shown.counts_from == expected.counts_from, (line.no, now)
                elif expected.state is StepState.DONE:
                    assert (shown.took_s, shown.urgency) == (expected.elapsed_s, expected.urgency)


def test_the_last_version_is_how_every_step_ends():
    story = Story().to_departure([10, 10, 10, 10]).to_closed([600], early=True)
    lines = step_lines(story.versions, SOP)
    assert [line.pieces[-1].state for line in lines] == [step.state for step in story.case.steps]
    assert step_lines([], SOP) == ()


def test_a_reopened_case_keeps_its_first_run():
    story = Story().to_departure([10, 10, 10, 10]).to_closed([600], early=False)
    closed_at = story.now
    story.after(86_400)
    story.add(exits.reopen(story.case, SARI, story.now, "korban lain"), Action.REOPEN)
    operation, record_step = (step_lines(story.versions, SOP)[n] for n in (5, 7))
    assert operation.at(closed_at).state is StepState.DONE
    assert operation.at(story.now) == Piece(story.now, StepState.IN_PROGRESS, story.now)
    assert record_step.at(closed_at).state is StepState.DONE
    assert record_step.at(story.now).state is StepState.PENDING


def test_a_late_entry_stands_where_it_happened_and_says_when_it_was_entered():
    story = Story().to_departure([10, 10, 10, 10])
    begun = story.now
    story.add(response.add_sitrep(story.case, FAJAR, story.after(1200), "kedua"), Action.SITREP)
    happened = begun + timedelta(seconds=600)
    story.after(60)
    story.add(response.add_sitrep(story.case, FAJAR, happened, "pertama"), Action.SITREP, happened)
    moments, left_out = in_order(told(story.versions, TELLING))
    reports = [moment for moment in moments if str(moment.title) == "Mencatat laporan situasi"]
    assert [moment.at for moment in reports] == [happened, begun + timedelta(seconds=1200)]
    assert [moment.entered_at for moment in reports] == [story.now, None]
    assert left_out == 0
    restarts = [piece.counts_from for piece in step_lines(story.versions, SOP)[5].pieces]
    assert restarts == [begun, happened, begun + timedelta(seconds=1200)]


def test_a_report_that_comes_in_after_the_operation_shortens_its_longest_silence():
    story = Story().to_departure([10, 10, 10, 10])
    begun = story.now
    story.to_closed([1400], early=False)
    ended = next(n for n, v in enumerate(story.versions) if v.event.action == Action.FINISH_MONITORING.value)
    story.versions = story.versions[: ended + 1]
    assert step_lines(story.versions, SOP)[5].pieces[-1].took_s == 1700
    happened = begun + timedelta(seconds=900)
    story.add(response.add_sitrep(story.case, FAJAR, happened, "menyusul"), Action.SITREP, happened)
    operation = step_lines(story.versions, SOP)[5]
    assert operation.pieces[-1].took_s == 900
    assert [piece.at for piece in operation.pieces[:3]] == [begun, happened, begun + timedelta(seconds=1700)]


def test_a_corrected_start_replaces_the_one_that_was_entered_first():
    story = Story().to_departure([10, 10, 10, 10])
    wrong = story.case.step(6)
    right = replace(wrong, started_at=at(5))
    story.after(60)
    story.add(story.case.with_step(right), Action.UPDATE_DETAILS)
    assert step_lines(story.versions, SOP)[5].pieces == (Piece(at(5), StepState.IN_PROGRESS, at(5)),)


def details(story: Story, action: Action) -> list[str]:
    return [
        str(detail)
        for version, moment in zip(story.versions, told(story.versions, TELLING), strict=True)
        if version.event.action == action.value
        for detail in moment.details
    ]


def test_a_choice_against_the_suggestion_is_told_with_its_reason_masked():
    story = Story()
    story.add(WAY.coordinated(WAY.verified(WAY.classified(WAY.reported(WAY.received())))), Action.COORDINATE)
    suggested = SuggestedUnit("SAR-RIB-01", "SAR", ("rib",), 900.0, "sea")
    chosen = response.propose_units(
        story.case, PUTRI, at(7), (proposed(RIB),), (suggested,), "kata Siti mesinnya rusak"
    )
    story.add(chosen, Action.PROPOSE_UNITS)
    assert details(story, Action.PROPOSE_UNITS) == [
        "disarankan: SAR-RIB-01",
        f"dipilih: {RIB}",
        "alasan: kata ••• mesinnya rusak",
    ]


def test_words_tell_codes_and_counts_and_no_free_text_but_masked_reasons():
    story = Story().to_departure([10, 10, 10, 10]).to_closed([600], early=True)
    said = " ".join(
        str(need) for moment in told(story.versions, TELLING) for need in (moment.title, *moment.details)
    )
    for words in (
        f"berangkat: {RIB}",
        "nama S-MOB",
        "laporan situasi ke-1",
        "langkah 9 selesai",
        "Diselamatkan",
    ):
        assert words in said
    for secret in ("Letda Rudi", "Penyisiran", "Depan pantai", "Selamat ", "•••789", "h:abc", "Lemari"):
        assert secret not in said


def test_a_clock_that_passes_its_standard_is_a_moment_and_one_that_ends_at_it_is_not():
    def line(took_s: int) -> StepLine:
        end = T0 + timedelta(seconds=took_s)
        pieces = (Piece(T0, StepState.IN_PROGRESS, T0), Piece(end, StepState.DONE, None, took_s))
        return StepLine(2, 120, pieces)

    assert overruns([line(120)], at(60)) == []
    (found,) = overruns([line(121)], at(60))
    assert (found.at, found.kind) == (at(2), Kind.OVERRUN)
    assert str(found.title) == "Langkah 2 melewati standar 2 mnt"
    running = StepLine(6, 900, (Piece(T0, StepState.IN_PROGRESS, T0),))
    assert overruns([running], at(15)) == []
    assert [str(one.title) for one in overruns([running], at(16))] == [
        "Laporan situasi terlambat, paling lama tiap 15 mnt"
    ]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.sampled_from(list(Kind))), max_size=120), st.integers(1, 60)
)
def test_moments_are_in_order_bounded_and_the_weightiest_kinds_stay(told_ones, most):
    every = [Moment(at(minute), kind, Need("x")) for minute, kind in told_ones]
    kept, left_out = in_order(every, most)
    assert len(kept) == min(most, len(every))
    assert len(kept) + left_out == len(every)
    assert [moment.at for moment in kept] == sorted(moment.at for moment in kept)
    if left_out:
        last = max(list(Kind).index(moment.kind) for moment in kept)
        for kind in list(Kind)[:last]:
            assert sum(m.kind is kind for m in kept) == sum(m.kind is kind for m in every)


# --- units ----------------------------------------------------------------------------------------------


def steps(*stamps: tuple[float, UnitStatus | None]) -> tuple[UnitStep, ...]:
    return tuple(UnitStep(at(minute), status) for minute, status in stamps)


U = UnitStatus
WORKED = steps((1, U.PROPOSED), (2, U.DISPATCHED), (5, U.EN_ROUTE), (15, U.ON_SCENE), (40, U.RETURNING))


def a_way(*minutes: float) -> tuple[Fix, ...]:
    return tuple(fix(minute) for minute in minutes)


HERE = LonLat(117.6, 3.3)


def fix(minute: float, device: str = "hp", **more: float) -> Fix:
    return Fix("SAR-1", device, Source.GEOJSON, HERE, at(minute), at(minute), **more)


def shown(*ways: tuple[Fix, ...], reaches_scene: bool = True, of: tuple[UnitStep, ...] = WORKED) -> list:
    return [
        ((spot.at - T0).total_seconds() / 60, spot.where)
        for spot in spots(of, ways, reaches_scene=reaches_scene)
    ]


W = Where


def test_without_positions_a_unit_is_at_its_station_then_nowhere_then_at_the_scene():
    assert shown() == [(1, W.STATION), (5, W.NOWHERE), (15, W.SCENE), (40, W.NOWHERE)]


def test_what_cannot_reach_the_scene_is_not_drawn_there():
    assert shown(reaches_scene=False) == [(1, W.STATION), (5, W.NOWHERE)]


def test_fresh_positions_go_before_everything_and_old_ones_are_the_last_that_is_known():
    assert shown(a_way(3, 8), a_way(10, 20)) == [
        (1, W.STATION),
        (3, W.TRACK),
        (8, W.LAST),
        (10, W.TRACK),
        (20, W.SCENE),
        (40, W.NOWHERE),
    ]


def test_a_withdrawn_unit_is_gone():
    assert shown(of=steps((1, U.PROPOSED), (2, U.DISPATCHED), (3, None))) == [(1, W.STATION), (3, W.NOWHERE)]


def test_positions_belong_to_the_case_from_dispatch_until_the_unit_is_done():
    assert at_work(WORKED, at(60)) == [(at(2), at(40))]
    assert at_work(WORKED[:3], at(60)) == [(at(2), at(60))]
    again = (*WORKED, *steps((50, U.DISPATCHED), (55, None)))
    assert at_work(again, at(60)) == [(at(2), at(40)), (at(50), at(55))]
    assert at_work(steps((1, U.PROPOSED)), at(60)) == []


def test_a_units_statuses_are_its_stamps_and_a_second_proposal_follows_the_first():
    case = WAY.coordinated(WAY.verified(WAY.classified(WAY.reported(WAY.received()))))
    case = response.propose_units(case, PUTRI, at(7), (proposed(RIB),))
    case = response.withdraw_unit(case, PUTRI, at(8), RIB, "")
    case = response.propose_units(case, PUTRI, at(9), (proposed(RIB),))
    case = response.approve_units(case, PUTRI, at(10))
    assert unit_steps(case) == {RIB: steps((7, U.PROPOSED), (8, None), (9, U.PROPOSED), (10, U.DISPATCHED))}


def test_the_incident_moves_when_its_place_is_told():
    story = Story()
    story.add(WAY.received(), Action.TAKE_CALL)
    story.after(60)
    story.add(WAY.reported(story.case), Action.UPDATE_DETAILS)
    story.after(60)
    story.add(WAY.classified(story.case), Action.CLASSIFY)
    first, second = scenes(story.versions)
    assert (first.at, first.place, first.domain) == (T0, None, None)
    assert (second.at, second.place) == (at(1), LonLat(117.68, 3.3))


# --- tracks ---------------------------------------------------------------------------------------------

PHONE, TRACKER = Device("hp", "SAR-1", "HP", 1, 120, 0.0), Device("gps", "SAR-1", "GPS", 2, 120, 0.0)
BOTH = {"hp": PHONE, "gps": TRACKER}


def test_of_two_devices_the_one_is_followed_that_the_live_map_believes():
    every = [fix(0), fix(0.5, device="gps"), fix(1), fix(5, device="gps"), fix(6, device="gps"), fix(7)]
    assert [(f.device_id, f.reported_at) for f in followed(every, BOTH)] == [
        ("hp", at(0)),
        ("hp", at(1)),
        ("gps", at(5)),
        ("gps", at(6)),
        ("hp", at(7)),
    ]


def test_an_unsure_position_and_an_unknown_device_are_not_followed():
    assert followed([fix(0, accuracy_m=2001.0), fix(1, device="lain"), fix(2)], BOTH) == [fix(2)]


def test_a_way_is_cut_where_positions_are_missing():
    every = a_way(0, 1, 2, 4.1, 5)
    assert unbroken(every, 120) == [every[:3], every[3:]]
    assert unbroken([], 120) == []


places = st.lists(
    st.tuples(st.floats(1, 60), st.floats(-0.002, 0.002), st.floats(-0.002, 0.002)), min_size=1, max_size=60
)


def a_walk(moves: list[tuple[float, float, float]], start: datetime) -> tuple[Fix, ...]:
    now, lon, lat, way = start, 117.6, 3.3, []
    for seconds, east, north in moves:
        now, lon, lat = now + timedelta(seconds=seconds), lon + east, lat + north
        way.append(Fix("SAR-1", "hp", Source.GEOJSON, LonLat(lon, lat), now, now))
    return tuple(way)


@settings(max_examples=40)
@given(places)
def test_where_enough_positions_may_stay_a_unit_is_shown_where_it_was(moves):
    way = a_walk(moves, T0)
    (kept,) = thinned([way], 1000)
    assert (kept[0], kept[-1]) == (way[0], way[-1])
    for one in way:
        after = next(other for other in kept if other.reported_at >= one.reported_at)
        before = [other for other in kept if other.reported_at <= one.reported_at][-1]
        passed = (after.reported_at - before.reported_at) or timedelta(seconds=1)
        share = (one.reported_at - before.reported_at) / passed
        a, b = before.position, after.position
        drawn = LonLat(a.lon + share * (b.lon - a.lon), a.lat + share * (b.lat - a.lat))
        assert geodesic_m(drawn, one.position) < 3.2


@settings(max_examples=40)
@given(st.lists(places, max_size=30), st.integers(2, 40))
def test_never_more_positions_stay_than_may_and_all_are_true_ones_in_order(walks, most):
    ways = [a_walk(moves, at(100 * number)) for number, moves in enumerate(walks)]
    kept = thinned(ways, most)
    flat = [one for way in kept for one in way]
    assert len(flat) <= most
    assert set(flat) <= {one for way in ways for one in way}
    assert flat == sorted(flat, key=lambda one: one.reported_at)


def test_what_is_thinned_away_first_is_what_matters_least():
    straight = [(10.0, 0.0001, 0.0)] * 20
    corner = [(10.0, 0.0, 0.0005)] * 20
    way = a_walk([*straight, *corner], T0)
    (kept,) = thinned([way], 3)
    assert kept == (way[0], way[19], way[-1])


def test_a_pause_is_what_nothing_touches_for_long_enough():
    busy = [(at(0), at(0)), (at(20), at(50)), (at(30), at(40)), (at(64), at(64))]
    assert quiet(busy, at(0), at(90)) == ((at(0), at(20)), (at(64), at(90)))
    assert quiet([], T0, at(14)) == ()
