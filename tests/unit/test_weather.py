"""Weather as a value: what is no weather is refused in a sentence; half a wind is no wind."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadInput
from domain.weather import Weather

NOW = datetime(2031, 3, 5, 2, 0, tzinfo=UTC)


def weather(**told: Any) -> Weather:
    return Weather(NOW, "Dedi", **told)


@given(wave_m=st.floats(0, 20), wind_from_deg=st.floats(0, 360), wind_kn=st.floats(0, 150))
def test_whatever_can_blow_and_roll_is_weather(wave_m: float, wind_from_deg: float, wind_kn: float) -> None:
    told = weather(wave_m=wave_m, wind_from_deg=wind_from_deg, wind_kn=wind_kn)
    assert told.wind == ((wind_from_deg, wind_kn) if wind_kn else (None, 0.0))


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        ({"wave_m": -0.1}, "wave_m", "Tinggi gelombang (m): -0.1 di luar 0 sampai 20"),
        ({"wave_m": 21}, "wave_m", "Periksa satuannya"),
        ({"wave_m": float("nan")}, "wave_m", "Tinggi gelombang (m): nan di luar"),
        ({"wind_from_deg": 361, "wind_kn": 5}, "wind_from_deg", "Arah angin (°): 361 di luar 0 sampai 360"),
        (
            {"wind_from_deg": 90, "wind_kn": 151},
            "wind_kn",
            "Kecepatan angin (knot): 151 di luar 0 sampai 150",
        ),
        ({"wind_kn": 5}, "wind_from_deg", "Isi dari mana angin bertiup"),
    ],
)
def test_what_is_no_weather_is_refused_with_its_field(told: dict[str, float], field: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        weather(**told)
    assert refused.value.field == field
    assert said in str(refused.value)


def test_what_was_not_told_is_no_wind_and_no_wave() -> None:
    assert weather().wind == (None, 0.0)
    assert weather().wave_m is None


def test_a_calm_needs_no_direction() -> None:
    assert weather(wind_kn=0.0).wind == (None, 0.0)
