"""City packs: one folder of data files is one city; checked as a whole when loaded (pydantic)."""

from citypack.city import City, CityPack, References
from citypack.load import load_city_pack
from citypack.rows import (
    incident_type_from_row,
    incident_type_to_row,
    station_from_row,
    station_to_row,
    unit_from_row,
    unit_to_row,
)

__all__ = [
    "City",
    "CityPack",
    "References",
    "incident_type_from_row",
    "incident_type_to_row",
    "load_city_pack",
    "station_from_row",
    "station_to_row",
    "unit_from_row",
    "unit_to_row",
]
