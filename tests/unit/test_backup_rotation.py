"""Which backups stay: one of each recent hour, day, week and month, and never the last good one goes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.backup import Keep, Made, is_late, kept, name_of, read_name

T0 = datetime(2031, 3, 5, 2, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEEP = Keep(hourly=3, daily=2, weekly=2, monthly=2)

keeps = st.builds(Keep, *[st.integers(0, 5)] * 4)
folders = st.lists(
    st.tuples(st.integers(0, 24 * 200), st.sampled_from([True, False, None])), min_size=1, max_size=40
).map(lambda found: [Made(f"b{n}", T0 + age * HOUR, sound) for n, (age, sound) in enumerate(found)])


def hourly(hours: int) -> list[Made]:
    return [Made(name_of(T0 + n * HOUR, n), T0 + n * HOUR) for n in range(hours)]


def test_a_year_of_hourly_backups_leaves_hours_days_weeks_and_months() -> None:
    folder: list[Made] = []
    for one in hourly(24 * 365):
        folder.append(one)
        stay = kept(folder, KEEP)
        folder = [old for old in folder if old.name in stay]
    now = folder[-1].at
    assert {one.at for one in folder[-3:]} == {now, now - HOUR, now - 2 * HOUR}
    days = {one.at.date() for one in folder}
    assert {now.date(), now.date() - timedelta(days=1)} <= days
    assert {one.at.isocalendar()[:2] for one in folder} >= {
        now.isocalendar()[:2],
        (now - timedelta(days=7)).isocalendar()[:2],
    }
    assert {(one.at.year, one.at.month) for one in folder} == {(2032, 3), (2032, 2)}
    assert len(folder) <= 3 + 2 + 2 + 2


@settings(max_examples=150)
@given(folders, keeps)
def test_the_newest_and_the_newest_sound_one_never_go(folder: list[Made], keep: Keep) -> None:
    stay = kept(folder, keep)
    newest = sorted(folder, key=lambda one: (one.at, one.name))[-2:]
    assert {one.name for one in newest} <= stay
    sound = [one for one in folder if one.sound]
    if sound:
        assert max(sound, key=lambda one: (one.at, one.name)).name in stay
    usable = [one for one in folder if one.sound is not False]
    if usable:
        assert any(one.name in stay for one in usable)


@settings(max_examples=100)
@given(folders, keeps)
def test_rotating_again_changes_nothing_and_keeps_no_more_than_was_asked(
    folder: list[Made], keep: Keep
) -> None:
    stay = kept(folder, keep)
    left = [one for one in folder if one.name in stay]
    assert kept(left, keep) == stay
    asked = keep.hourly + keep.daily + keep.weekly + keep.monthly
    assert len(stay) <= asked + 4


def test_a_broken_backup_does_not_stand_for_its_day() -> None:
    good, broken = Made("good", T0), Made("broken", T0 + HOUR, sound=False)
    newer = Made("newer", T0 + 48 * HOUR)
    newest = Made("newest", T0 + 49 * HOUR)
    assert kept([good, broken, newer, newest], Keep(0, 2, 0, 0)) == {"good", "newer", "newest"}
    assert kept([broken], Keep(0, 0, 0, 0)) == {"broken"}


def test_a_name_tells_time_and_event_and_nothing_else_is_a_name() -> None:
    assert read_name(name_of(T0, 4711)) == (T0, 4711)
    for other in ("sigap-20310305T023000-1", "sigap-20311305T023000Z-1", "sigap-x", "", "../sigap"):
        assert read_name(other) is None


@pytest.mark.parametrize(("age_h", "late"), [(1.0, False), (2.0, False), (2.1, True)])
def test_a_backup_is_late_after_twice_its_interval(age_h: float, late: bool) -> None:
    now = T0 + age_h * HOUR
    assert is_late(T0, T0, HOUR, now) is late
    assert is_late(None, T0, HOUR, now) is late
    assert not is_late(None, now - HOUR, HOUR, now)
