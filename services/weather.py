"""Wave and wind over the city's waters: told by an officer, counted for a while, then unknown again."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from database import cases
from database import weather as store
from domain.case import Actor
from domain.errors import BadInput, Need
from domain.permissions import Action, require
from domain.weather import Weather
from domain.words import N_

if TYPE_CHECKING:
    from services.center import Center


def current(center: "Center", now: datetime) -> Weather | None:
    """Return the weather as it was told last; None when nothing was told within `city.weather_valid_s`."""
    told = store.latest(center.db.read())
    valid = timedelta(seconds=center.pack.city.weather_valid_s)
    return None if told is None or now - told.observed_at > valid else told


def tell(
    center: "Center",
    now: datetime,
    actor: Actor,
    *,
    wave_m: float | None,
    wind_from_deg: float | None,
    wind_kn: float | None,
) -> Weather:
    """Store what an officer tells; what is None is not known. It replaces everything told before.

    `wave_m`: significant wave height in metres; `wind_from_deg`: degrees from true north; `wind_kn`: knots.
    Raises NotPermitted, and BadInput for what is no weather, half a wind, or nothing at all.
    """
    require(actor, Action.SET_WEATHER)
    if wave_m is None and wind_kn is None and wind_from_deg is None:
        raise BadInput(
            "wave_m", N_("Tinggi gelombang (m)"), Need(N_("kosong. Isi gelombang, angin, atau keduanya."))
        )
    if wind_from_deg is not None and wind_kn is None:
        raise BadInput(
            "wind_kn",
            N_("Kecepatan angin (knot)"),
            Need(N_("kosong. Isi berapa kencang angin bertiup, atau kosongkan arahnya.")),
        )
    told = Weather(now, actor.name, wave_m, wind_from_deg, wind_kn)
    with center.db.write() as writer:
        old = store.latest(writer)
        store.append(writer, told)
        cases.append_event(
            writer,
            actor,
            "weather",
            center.pack.city.short_name,
            Action.SET_WEATHER.value,
            _to_row(old) if old else {},
            _to_row(told),
            occurred_at=now,
            entered_at=now,
        )
    return told


def _to_row(told: Weather) -> dict[str, Any]:
    return asdict(told) | {"observed_at": told.observed_at.isoformat()}
