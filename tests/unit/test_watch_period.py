"""The days that Pemantauan looks back over."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ui.watch_feed import last_days

DAY = datetime(2026, 3, 8, tzinfo=UTC)


@settings(max_examples=30)
@given(st.integers(0, 23), st.integers(0, 3_599), st.integers(1, 60))
def test_the_last_days_are_one_selection_for_an_hour_and_leave_nothing_out(hour, second, days):
    begun = DAY + timedelta(hours=hour)
    now = begun + timedelta(seconds=second, microseconds=7)
    assert last_days(days, now) == last_days(days, begun)
    assert last_days(days, now) != last_days(days, begun + timedelta(hours=1))
    assert timedelta(days=days) <= now - last_days(days, now).since < timedelta(days=days, hours=1)
