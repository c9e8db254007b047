"""The weather as officers told it: every row stays, the newest one counts."""

from database.connection import Reader, Writer
from domain.weather import Weather


def latest(reader: Reader) -> Weather | None:
    """Return what was told last, or None before anything was told."""
    row = reader.row(
        "SELECT observed_at, observed_by, wave_m, wind_from_deg, wind_kn FROM weather "
        # Of two told in the same moment, the one that was stored later.
        "ORDER BY observed_at DESC, rowid DESC LIMIT 1"
    )
    return Weather(*row) if row else None


def append(writer: Writer, told: Weather) -> None:
    """Store what was told."""
    writer.execute(
        "INSERT INTO weather VALUES (?, ?, ?, ?, ?)",
        told.observed_at,
        told.observed_by,
        told.wave_m,
        told.wind_from_deg,
        told.wind_kn,
    )
