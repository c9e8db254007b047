"""Backups: their names, which of them stay (grandfather, father, son), and when one is late."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LATE_AFTER = 2
"""A backup is late once it is older than so many times its interval."""

_NAME = re.compile(r"^sigap-(\d{8}T\d{6})Z-(\d+)$")
_AT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Keep:
    """How many hours, days, weeks and months each keep their newest backup; all in UTC."""

    hourly: int
    daily: int
    weekly: int
    monthly: int


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that lies in the folder. `sound`: restored and found whole, found broken, or not tried yet."""

    name: str
    at: datetime
    sound: bool | None = None


def name_of(at: datetime, seq: int) -> str:
    """Return a backup's name: the second it was begun, UTC, and the newest event in it."""
    return f"sigap-{at.astimezone(UTC):{_AT}}Z-{seq}"


def read_name(name: str) -> tuple[datetime, int] | None:
    """Return the time and the newest event that a backup's name tells; None for any other name."""
    found = _NAME.match(name)
    if found is None:
        return None
    try:
        at = datetime.strptime(found[1], _AT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at, int(found[2])


def kept(made: Sequence[Made], keep: Keep) -> frozenset[str]:
    """Return the names of those that stay.

    The two newest stay whatever they are, and so does the newest that was restored and found whole. One that
    was found broken stands for no hour, day, week or month, unless there is none but broken ones.
    """
    newest_first = sorted(made, key=lambda one: (one.at, one.name), reverse=True)
    if not newest_first:
        return frozenset()
    usable = [one for one in newest_first if one.sound is not False]
    stay = {one.name for one in (*newest_first[:2], *usable[:1])}
    stay |= {one.name for one in [one for one in newest_first if one.sound][:1]}
    pool = usable or newest_first
    for count, period in (
        (keep.hourly, _hour),
        (keep.daily, _day),
        (keep.weekly, _week),
        (keep.monthly, _month),
    ):
        stay |= _newest_of_each(pool, period, count)
    return frozenset(stay)


def is_late(newest: datetime | None, since: datetime, every: timedelta, now: datetime) -> bool:
    """Return whether a backup should have been there. `since`: when the program began to make them."""
    return now - (newest or since) > LATE_AFTER * every


def _newest_of_each(
    newest_first: Sequence[Made], period: Callable[[datetime], tuple[int, ...]], count: int
) -> set[str]:
    """Return the newest backup of each of the latest `count` periods that have one."""
    found: dict[tuple[int, ...], str] = {}
    for one in newest_first:
        found.setdefault(period(one.at.astimezone(UTC)), one.name)
    return set(list(found.values())[:count])


def _hour(at: datetime) -> tuple[int, ...]:
    return (at.year, at.month, at.day, at.hour)


def _day(at: datetime) -> tuple[int, ...]:
    return (at.year, at.month, at.day)


def _week(at: datetime) -> tuple[int, ...]:
    return at.isocalendar()[:2]


def _month(at: datetime) -> tuple[int, ...]:
    return (at.year, at.month)
