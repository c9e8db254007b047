"""Words and figures in the reader's language.

Indonesian is the source: a msgid is the Indonesian sentence, `locale/en` translates it. `_()` looks the
language up at each call, so call it while the page is drawn, never for a module constant (mark those
with `domain.words.N_`).
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.numbers import format_decimal
from streamlit.runtime.scriptrunner import get_script_run_ctx

from domain.errors import SigapError
from domain.words import N_
from geo.errors import GeoError
from services import center
from ui.state import LANGUAGE

LANGUAGES = {"id": "Indonesia", "en": "English"}
"""Language code -> its own name; the first is the source language."""

SOURCE = "id"
_LOCALE = Path(__file__).resolve().parent.parent / "locale"
_NAUTICAL_MILE_M = 1852.0


class CatalogueMissing(SigapError):
    """A language's compiled catalogue is not there."""

    template = N_("Terjemahan “{language}” belum disusun. Jalankan `make setup`, lalu mulai lagi.")


def timezone() -> ZoneInfo:
    """Return the zone in which times are shown: the city's. Raises CenterClosed."""
    return center.current().pack.city.timezone


_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Speak a language outside of a screen's script, as on a plain page; the city's for an unknown one."""
    token = _spoken.set(code if code in LANGUAGES else _city_language())
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Return the reader's language code: chosen on screen, else asked by `?lang=`, else the city's."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    if get_script_run_ctx(suppress_warning=True) is None:
        return SOURCE
    chosen = st.session_state.get(LANGUAGE) or st.query_params.get("lang")
    return str(chosen) if chosen in LANGUAGES else _city_language()


def _city_language() -> str:
    try:
        code = center.current().pack.city.language
    except center.CenterClosed:
        # Sigap is stopping: a screen that is still open must be able to say so.
        return SOURCE
    return code if code in LANGUAGES else SOURCE


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    try:
        return gettext.translation("sigap", _LOCALE, [code])
    except FileNotFoundError as error:
        raise CatalogueMissing(language=code) from error


def _(text: str) -> str:
    """Return `text` (an Indonesian msgid) in the reader's language."""
    return _catalogue(language()).gettext(text) if text else ""


def plural(one: str, many: str, n: int) -> str:
    """Return `one` or `many` for `n` things, in the reader's language."""
    return _catalogue(language()).ngettext(one, many, n)


def sentence(error: SigapError | GeoError) -> str:
    """Return what a refusal says, in the reader's language and the city's time."""
    if isinstance(error, GeoError):
        return _(error.template).format(**error.params)
    return error.sentence(_, format_datetime)


def format_time(at: datetime, *, seconds: bool = False) -> str:
    """Return the clock time in the city's zone: `21.14`, or `21.14.05` with `seconds`."""
    colon = "." if language() == SOURCE else ":"
    return babel_time(
        _local(at), colon.join(("HH", "mm", "ss") if seconds else ("HH", "mm")), locale=language()
    )


def format_date(at: datetime) -> str:
    """Return the date in the city's zone: `24 Nov 2026`."""
    return babel_date(_local(at).date(), "d MMM y", locale=language())


def format_datetime(at: datetime) -> str:
    """Return date, time and zone: `24 Nov 2026 21.14 WITA`."""
    return f"{format_date(at)} {format_time(at)} {center.current().pack.city.timezone_label}"


def _local(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; times are kept in UTC")
    return at.astimezone(timezone())


def format_number(value: float, digits: int = 0) -> str:
    """Return `value` with `digits` decimals: `1.234,5` in Indonesian, `1,234.5` in English."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=language())


def format_percent(share: float, digits: int = 0) -> str:
    """Return a share (0 to 1) as a percentage: `87,5 %`."""
    return f"{format_number(share * 100, digits)} %"


def format_duration(duration_s: float) -> str:
    """Return a length of time: `45 dtk`, `12 mnt 05 dtk`, `3 jam 07 mnt`, `2 hari 04 jam`."""
    total = round(abs(duration_s))
    sign = "\N{MINUS SIGN}" if duration_s < 0 and total else ""
    minutes, seconds = divmod(total, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        text = _("{days} hari {hours:02d} jam")
    elif hours:
        text = _("{hours} jam {minutes:02d} mnt")
    elif minutes:
        text = _("{minutes} mnt {seconds:02d} dtk")
    else:
        text = _("{seconds} dtk")
    return sign + text.format(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_distance(distance_m: float, *, nautical: bool = False) -> str:
    """Return a distance: `640 m`, `1,2 km`, `38 km`; in nautical miles (`0,6 NM`) when `nautical`."""
    if nautical:
        value, unit = distance_m / _NAUTICAL_MILE_M, "NM"
    elif round(distance_m) < 1000:
        return f"{format_number(distance_m)} m"
    else:
        value, unit = distance_m / 1000, "km"
    return f"{format_number(value, 1 if round(value, 1) < 10 else 0)} {unit}"
