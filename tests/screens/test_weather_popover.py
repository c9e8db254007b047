"""Cuaca: who may tells wave and wind, everybody sees what is known, and a refusal keeps what was typed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor
from domain.words import Role
from services import weather
from services.center import Center
from ui.state import NOTICE

DEDI = Actor("Dedi", Role.DISPATCHER)
UNKNOWN = "Cuaca belum diisi: batas laut dan angin tidak diperiksa"


def script(role: str | None) -> None:
    """The popover alone, as the page of Pengerahan shows it."""
    from domain.case import Actor
    from domain.words import Role
    from ui.weather import weather_popover

    weather_popover(None if role is None else Actor("Dedi", Role(role)))


def popover(role: Role | None = Role.DISPATCHER) -> AppTest:
    return AppTest.from_function(script, args=(role and role.value,), default_timeout=30).run()


def told(test: AppTest) -> str:
    return str(test.markdown[0].value)


def fill(test: AppTest, **values: float) -> AppTest:
    labels = {"wave": "Gelombang (m)", "wind": "Angin (knot)", "wind_from": "Angin dari (°)"}
    for name, value in values.items():
        (box,) = [box for box in test.number_input if box.label == labels[name]]
        box.set_value(value)
    return test.button[0].click().run()


def tell(center: Center, at: datetime, **values: Any) -> None:
    blank = {"wave_m": None, "wind_from_deg": None, "wind_kn": None}
    weather.tell(center, at, DEDI, **(blank | values))


def test_before_anybody_told_it_the_popover_says_what_is_not_checked(center: Center) -> None:
    assert told(popover()) == UNKNOWN


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DUTY_OFFICER])
def test_who_may_tells_the_weather_and_then_sees_it(center: Center, role: Role) -> None:
    test = fill(popover(role), wave=1.2, wind=15, wind_from=230)

    assert not test.exception and not test.error
    now = weather.current(center, datetime.now(UTC))
    assert now is not None
    assert (now.wave_m, now.wind_kn, now.wind_from_deg, now.observed_by) == (1.2, 15, 230, "Dedi")
    local = now.observed_at.astimezone(center.pack.city.timezone)
    assert told(test) == f"Gelombang 1,2 m · angin 15 kn dari 230° · dicatat {local:%H.%M} WITA oleh Dedi"
    assert test.session_state[NOTICE] == "Cuaca dicatat"


def test_after_it_was_told_the_form_is_empty_for_the_next_one(center: Center) -> None:
    test = fill(popover(), wave=1.2)
    assert [box.value for box in test.number_input] == [None, None, None]

    fill(test, wind=0)
    now = weather.current(center, datetime.now(UTC))
    assert now is not None and (now.wave_m, now.wind_kn) == (None, 0)
    assert "Gelombang tidak diketahui: batas laut tidak diperiksa · tanpa angin · " in told(test)


def test_a_wave_without_wind_says_that_no_wind_is_checked(center: Center) -> None:
    tell(center, datetime.now(UTC), wave_m=0.0)
    assert "Gelombang 0,0 m · angin tidak diketahui: tidak diperiksa · " in told(popover())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Tinggi gelombang (m): kosong. Isi gelombang, angin, atau keduanya."),
        ({"wave": 120}, "di luar 0 sampai 20. Periksa satuannya."),
        ({"wave": -1}, "di luar 0 sampai 20. Periksa satuannya."),
        ({"wind": 15}, "Isi dari mana angin bertiup"),
        ({"wind_from": 90}, "Isi berapa kencang angin bertiup"),
        ({"wind": 15, "wind_from": 400}, "di luar 0 sampai 360"),
    ],
)
def test_what_is_no_weather_is_refused_and_what_was_typed_stays(
    center: Center, values: dict[str, float], said: str
) -> None:
    test = fill(popover(), **values)

    assert said in test.error[0].value
    assert [box.value for box in test.number_input if box.value is not None] == list(values.values())
    assert weather.current(center, datetime.now(UTC)) is None

    test.run()
    assert said in test.error[0].value, "a page drawn anew keeps the refusal"
    for box in test.number_input:
        box.set_value(None)
    assert not fill(test, wave=0.5).error


@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.FIELD_OFFICER, Role.AUDITOR, None])
def test_whoever_may_not_tell_it_sees_it_and_who_may(center: Center, role: Role | None) -> None:
    tell(center, datetime.now(UTC), wave_m=2.5)
    test = popover(role)

    assert told(test).startswith("Gelombang 2,5 m")
    assert test.caption[0].value == "Mencatat cuaca: oleh Dispatcher, Perwira Piket."
    assert not test.number_input and not test.button


def test_old_weather_counts_no_longer(center: Center) -> None:
    valid = timedelta(seconds=center.pack.city.weather_valid_s)
    tell(center, datetime.now(UTC) - valid - timedelta(minutes=1), wave_m=2.5)
    assert told(popover()) == UNKNOWN


def test_a_name_is_no_markdown(center: Center) -> None:
    weather.tell(
        center,
        datetime.now(UTC),
        Actor("**De**di", Role.DISPATCHER),
        wave_m=1.0,
        wind_from_deg=None,
        wind_kn=None,
    )
    assert r"oleh \*\*De\*\*di" in told(popover())
