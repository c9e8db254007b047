"""Wave and wind as an officer noted them: what boats and aircraft are checked against."""

from dataclasses import dataclass
from datetime import datetime

from domain.errors import BadInput, Need
from domain.words import N_


@dataclass(frozen=True, slots=True)
class Weather:
    """The weather over the city's waters, as told by a person (BMKG, a pilot, a skipper).

    `wave_m`: significant wave height in metres. `wind_from_deg`: where it blows from, degrees from true
    north; `wind_kn`: knots. None: not told, so that nothing is checked against it.
    """

    observed_at: datetime
    observed_by: str
    wave_m: float | None = None
    wind_from_deg: float | None = None
    wind_kn: float | None = None

    def __post_init__(self) -> None:
        """Raise BadInput for a value that is no weather, or a wind that blows from nowhere."""
        _require(self.wave_m, 0, 20, "wave_m", N_("Tinggi gelombang (m)"))
        _require(self.wind_from_deg, 0, 360, "wind_from_deg", N_("Arah angin (°)"))
        _require(self.wind_kn, 0, 150, "wind_kn", N_("Kecepatan angin (knot)"))
        if self.wind_kn and self.wind_from_deg is None:
            raise BadInput(
                "wind_from_deg",
                N_("Arah angin (°)"),
                Need(N_("kosong. Isi dari mana angin bertiup, atau kosongkan kecepatannya.")),
            )

    @property
    def wind(self) -> tuple[float | None, float]:
        """Direction and speed as `geo.air.flight` takes them; no wind where none was told."""
        return (self.wind_from_deg, self.wind_kn) if self.wind_kn else (None, 0.0)


def _require(value: float | None, low: float, high: float, field: str, label: str) -> None:
    if value is not None and not low <= value <= high:
        raise BadInput(
            field,
            label,
            Need(
                N_("{value} di luar {low} sampai {high}. Periksa satuannya."), value=value, low=low, high=high
            ),
        )
