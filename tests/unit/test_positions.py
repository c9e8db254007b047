"""What a device reports: refused with a reason, kept as history, or moving the marker; never backwards."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.positions import (
    AGREE,
    Device,
    Fix,
    FixRefusal,
    Seen,
    Source,
    believed,
    judge,
)
from geo.points import Area, LonLat, destination
from services.live import Live

AREA = Area(117.3, 3.05, 117.95, 3.65)
T0 = datetime(2026, 1, 14, 2, 0, tzinfo=UTC)
HOME = LonLat(117.6, 3.3)
BOAT = Device("d1", "SAR-RIB-02", "HP", 1, 120, 50.0)


def at(seconds):
    return T0 + timedelta(seconds=seconds)


def fix(seconds=0.0, metres=0.0, *, received=None, position=None, device=BOAT, **more):
    place = position or destination(HOME, 90, metres)
    return Fix(
        device.unit_code, device.device_id, Source.OSMAND, place, at(seconds),
        at(seconds if received is None else received), **more,
    )  # fmt: skip


def after(*fixes, device=BOAT):
    """What is known and what was said after these fixes, in order."""
    seen, said = Seen(), []
    for one in fixes:
        verdict = judge(one, device, seen, AREA)
        seen = verdict.seen
        said.append(verdict.refusal)
    return seen, said


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (fix(position=LonLat(0.0, 0.0)), FixRefusal.NO_SATELLITE),
        (fix(position=LonLat(0.0005, -0.0009)), FixRefusal.NO_SATELLITE),
        (fix(61, received=0), FixRefusal.FUTURE),
        (fix(0, received=48 * 3600 + 1), FixRefusal.TOO_OLD),
        (fix(position=LonLat(118.5, 3.3)), FixRefusal.OUTSIDE),
    ],
)
def test_a_fix_that_cannot_be_is_refused_with_its_reason(bad, why):
    assert after(bad) == (Seen(), [why])


def test_a_clock_a_minute_ahead_and_a_fix_two_days_old_are_still_taken():
    assert after(fix(60, received=0))[1] == [None]
    assert after(fix(0, received=48 * 3600))[1] == [None]


def test_an_older_fix_is_history_and_does_not_move_the_marker_back():
    newest = fix(100, 500)
    seen, said = after(newest, fix(40, 200))
    assert said == [None, None]
    assert seen.newest == newest


def test_the_same_time_twice_is_refused():
    assert after(fix(10), fix(10, 5))[1] == [None, FixRefusal.NOT_NEWER]


def test_a_jump_faster_than_possible_is_refused_unless_accuracy_explains_it():
    far = 60 * 50 * 1852 / 3600 + 101
    assert after(fix(0), fix(60, far))[1] == [None, FixRefusal.TOO_FAST]
    assert after(fix(0), fix(60, far - 2))[1] == [None, None]
    assert after(fix(0), fix(60, far, accuracy_m=10.0))[1] == [None, None]


def test_jumps_that_agree_show_that_the_first_place_was_wrong():
    wrong, right = fix(0, position=LonLat(117.9, 3.6)), [fix(10 * k, 10 * k) for k in range(1, AGREE + 3)]
    seen, said = after(wrong, *right)
    assert said == [None] + [FixRefusal.TOO_FAST] * AGREE + [None] * 2
    assert (seen.newest, seen.suspects) == (right[-1], ())


def test_jumps_that_do_not_agree_are_refused_for_good():
    places = (LonLat(117.9, 3.6), LonLat(117.31, 3.06), LonLat(117.9, 3.1), LonLat(117.31, 3.6))
    jumps = [fix(10 * k, position=places[k % 4]) for k in range(1, 9)]
    assert set(after(fix(0), *jumps)[1][1:]) == {FixRefusal.TOO_FAST}


@given(st.lists(st.tuples(st.integers(0, 300), st.floats(0, 300)), min_size=1, max_size=30))
def test_the_marker_never_goes_back_in_time_and_everything_taken_is_kept_once(reports):
    live = Live(AREA)
    live.know(0, [(BOAT, "hash")])
    newest = None
    taken = []
    for seconds, metres in reports:
        one = fix(seconds, metres, received=400)
        (refusal,) = live.take([one])
        if refusal is None:
            taken.append(one)
        marker = live.markers(at(400))[BOAT.unit_code].fix
        assert newest is None or marker.reported_at >= newest.reported_at
        newest = marker
    assert sorted(live.waiting(BOAT.unit_code), key=id) == sorted(taken, key=id)
    assert newest.reported_at == max(one.reported_at for one in taken)
    assert len({one.reported_at for one in taken if one.reported_at >= newest.reported_at}) == 1


@given(st.permutations(range(8)))
def test_a_batch_is_judged_in_the_order_of_its_own_times(order):
    """A track that is walked at 10 m/s is taken whole, however the phone sends it after a dead zone."""
    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    assert live.take([fix(10 * k, 100 * k, received=200) for k in order]) == [None] * 8
    assert live.markers(at(200))[BOAT.unit_code].fix == fix(70, 700, received=200)


def test_a_device_of_another_unit_or_none_is_unknown():
    live = Live(AREA)
    live.know(0, [(BOAT, "hash")])
    stranger = replace(fix(), unit_code="AMB-112-01")
    assert live.take([stranger, replace(fix(), device_id="x")]) == [FixRefusal.NO_DEVICE] * 2
    assert live.device_of("hash") == BOAT
    live.know(1, [])
    assert live.device_of("hash") is None
    assert not live.markers(at(0)), "a revoked device no longer says where its unit is"


def test_of_several_devices_the_first_with_a_fresh_position_is_believed():
    first, second = replace(BOAT, priority=1), replace(BOAT, device_id="d2", priority=2, max_age_s=600)
    old, new = fix(0, device=first), fix(100, 50, device=second)
    assert believed([(first, old), (second, new)], at(110)) == old
    assert believed([(first, old), (second, new)], at(121)) == new
    assert believed([(first, old), (second, new)], at(5000)) == new, "all old: the newest"
    assert believed([], at(0)) is None


def test_history_that_cannot_be_written_waits_in_order():
    class Full:
        def write(self):
            raise OSError("disk full")

    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    live.take([fix(0), fix(10)])
    with pytest.raises(OSError, match="full"):
        live.flush(Full())
    live.take([fix(20)])
    assert [one.reported_at for one in live.waiting(BOAT.unit_code)] == [at(0), at(10), at(20)]


def test_version_grows_only_when_a_marker_moves():
    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    live.take([fix(100)])
    moved = live.version
    live.take([fix(50), fix(100), fix(120, 90_000)])
    assert live.version == moved
    live.take([fix(130, 10)])
    assert live.version == moved + 1


def test_a_unit_said_to_be_home_has_no_position_until_it_reports_again():
    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    live.take([fix(100)])
    live.forget_unit(BOAT.unit_code)
    assert not live.markers(at(101))
    live.take([fix(50, received=105)])
    assert not live.markers(at(106)), "what comes late from a dead zone does not bring it back"
    live.take([fix(110)])
    assert live.markers(at(111))[BOAT.unit_code].fix.reported_at == at(110)


def test_after_a_restart_a_unit_that_was_said_to_be_home_stays_home():
    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    live.recall([fix(100)], {BOAT.unit_code: at(150)})
    assert not live.markers(at(160))
    live.recall([fix(100)], {})
    live.take([fix(200, 10)])
    assert live.markers(at(201))[BOAT.unit_code].fix.reported_at == at(200)


def test_a_batch_that_is_sent_again_is_kept_once():
    batch = [fix(10 * k, 10 * k, received=100) for k in range(6)]
    live = Live(AREA)
    live.know(0, [(BOAT, None)])
    assert live.take(batch) == [None] * 6
    assert live.take(batch) == [FixRefusal.NOT_NEWER] * 6
    assert len(live.waiting(BOAT.unit_code)) == 6


def test_a_late_fix_from_where_the_unit_cannot_have_been_is_refused():
    far = fix(50, position=LonLat(117.9, 3.6), received=110)
    assert after(fix(100), far)[1] == [None, FixRefusal.TOO_FAST]


def test_when_our_own_clock_was_set_back_positions_go_on():
    """A fix was stamped by a clock ten minutes fast; its time must not block those of the right one."""
    ahead, right = fix(600, received=600), fix(10, 5, received=10)
    seen, said = after(ahead, right)
    assert said == [None, None]
    assert seen.newest == right


def test_a_position_that_is_hardly_one_moves_no_marker():
    sure, vague = fix(0, accuracy_m=10), fix(10, 15_000, accuracy_m=90_000)
    seen, said = after(sure, vague)
    assert said == [None, None]
    assert seen.newest == sure


class Broken:
    """A store that raises what nobody thought of, until it is mended."""

    def __init__(self):
        self.kept, self.mended = [], False

    def write(self):
        if not self.mended:
            raise RuntimeError("unforeseen")
        return contextlib.nullcontext(self)

    def append_table(self, name, rows):
        self.kept.append(rows.num_rows)


def test_what_cannot_be_written_for_any_reason_is_written_later():
    store, live = Broken(), Live(AREA)
    live.know(0, [(BOAT, None)])
    live.take([fix(0), fix(10)])
    with pytest.raises(RuntimeError):
        live.flush(store)
    store.mended = True
    assert live.flush(store) == 2
    assert store.kept == [2]
    assert not live.waiting(BOAT.unit_code)
