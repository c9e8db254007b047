"""Entri susulan: the time that a person writes for what happened before it was entered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from domain.errors import BadInput, Need, SigapError
from domain.words import N_
from ui import parts
from ui.i18n import _, format_date, format_datetime, format_time, timezone

_MINUTE = timedelta(minutes=1)
_HALF_DAY = timedelta(hours=12)
_MONTH = timedelta(days=31)
_WRITTEN = re.compile(
    r"(?:(?P<day>\d{1,2})[/-](?P<month>\d{1,2})(?:[/-](?P<year>\d{4}))?[ ,]+)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
)


@dataclass(frozen=True)
class Moment:
    """A time as written (UTC); `whole_minute` when it was written without seconds."""

    at: datetime
    whole_minute: bool

    def not_before(self, limits: Sequence[datetime | None]) -> datetime:
        """Return the time to store.

        10.05 without seconds means some second of that minute. Where an earlier record lies within it,
        the two happened in the same minute, and this one cannot be earlier: it takes that second.
        """
        inside = [at for at in limits if self.whole_minute and at and self.at <= at < self.at + _MINUTE]
        return max(inside, default=self.at)


@dataclass(frozen=True)
class LateEntry:
    """The field of a panel as it stands now; `moment` None means: happens now."""

    moment: Moment | None
    problem: SigapError | None
    counter: str

    def time(self, limits: Sequence[datetime | None]) -> datetime | None:
        """Return when it happened. Raises BadInput for a time that cannot be read: never taken for now."""
        if self.problem is not None:
            raise self.problem
        return self.moment.not_before(limits) if self.moment else None

    def clear(self) -> None:
        """Give the panel an empty field from the next run on: one written time serves one entry."""
        st.session_state[self.counter] = st.session_state.get(self.counter, 0) + 1


def late_entry(key: str, now: datetime) -> LateEntry:
    """Draw the field of one panel under `key`, and below it how the written time is understood."""
    counter = f"{key}_count"
    text = st.text_input(
        _("Entri susulan"),
        key=f"{key}_{st.session_state.get(counter, 0)}",
        placeholder=_("entri susulan: 10:05, atau 24/11 10:05:30 (kosong = sekarang)"),
        max_chars=24,
        label_visibility="collapsed",
        width=460,
    ).strip()
    if not text:
        return LateEntry(None, None, counter)
    try:
        moment = read_moment(text, now)
    except BadInput as error:
        parts.say_refusal(error)
        return LateEntry(None, error, counter)
    if moment.whole_minute:
        words = _(
            "Entri susulan {at}. Tanpa detik: dalam menit itu, tidak lebih awal dari catatan sebelumnya."
        )
        st.caption(words.format(at=format_datetime(moment.at)))
    else:
        at = f"{format_date(moment.at)} {format_time(moment.at, seconds=True)}"
        st.caption(_("Entri susulan {at}.").format(at=at))
    return LateEntry(moment, None, counter)


def read_moment(text: str, now: datetime) -> Moment:
    """Return the time written as hh:mm or hh:mm:ss, after dd/mm or dd/mm/yyyy for another day.

    Read in the city's zone. Without a day it is today, or yesterday when that would lie more than half a
    day ahead (23:50 written after midnight); without a year likewise. Raises BadInput.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise _unreadable(text)
    part = {name: int(value) for name, value in found.groupdict().items() if value}
    today = now.astimezone(timezone()).date()
    try:
        at = _on(
            date(part.get("year", today.year), part.get("month", today.month), part.get("day", today.day)),
            part,
        )
        if "day" not in part and at - now > _HALF_DAY:
            at -= timedelta(days=1)
        elif "day" in part and "year" not in part and at - now > _MONTH:
            at = _on(date(today.year - 1, part["month"], part["day"]), part)
    except ValueError as error:
        raise _unreadable(text) from error
    return Moment(at, "second" not in part)


def _on(day: date, part: dict[str, int]) -> datetime:
    local = datetime(
        day.year, day.month, day.day, part["hour"], part["minute"], part.get("second", 0), tzinfo=timezone()
    )
    return local.astimezone(UTC)


def _unreadable(text: str) -> BadInput:
    return BadInput(
        "occurred_at",
        N_("Waktu Kejadian"),
        Need(N_("“{text}” bukan waktu. Tulis 10:05 atau 10:05:30; hari lain 24/11 10:05."), text=text),
    )
