"""From what a person points at or writes to a stored location, with its zone worked out."""

import math

from domain.case import Location
from domain.errors import BadInput, Need
from domain.words import N_, Domain
from geo.points import LonLat, parse_coordinates
from services.center import Center
from services.suggestion import locate


def place_at(
    center: Center, point: LonLat, place_text: str = "", accuracy_m: float | None = None
) -> Location:
    """Return the location at a point. Raises OutsideArea or SwappedCoordinate (geo.errors)."""
    zone = locate(center, point)
    return Location(
        place_text=place_text.strip(),
        lon=round(point.lon, 6),
        lat=round(point.lat, 6),
        accuracy_m=accuracy_m,
        adm_code=zone.adm_code,
        kelurahan=zone.kelurahan,
        kecamatan=zone.kecamatan,
        water_area=zone.water_area,
        jurisdiction=zone.jurisdiction,
        shore_distance_m=round(zone.shore_distance_m, 1),
    )


def domain_at(center: Center, location: Location) -> Domain | None:
    """Return what lies at a location's coordinates, land or sea; None without coordinates."""
    point = location.point
    return None if point is None else Domain(locate(center, point).domain)


def place_from_text(center: Center, coordinates: str, place_text: str = "") -> Location:
    """Return the location that a person wrote in any notation. Raises BadCoordinate, OutsideArea."""
    return place_at(center, parse_coordinates(coordinates, center.pack.area), place_text)


def place_in_kelurahan(center: Center, adm_code: str, place_text: str = "") -> Location:
    """Return a location known only by its kelurahan: an inside point, with an accuracy that says so.

    `accuracy_m` is the radius of a circle of the kelurahan's area. Raises BadInput for an unknown code.
    """
    kelurahan = center.pack.kelurahan.get(adm_code)
    if kelurahan is None:
        raise BadInput(
            "adm_code", N_("Kelurahan"), Need(N_("“{code}” tidak dikenal. Pilih dari daftar."), code=adm_code)
        )
    radius_m = math.sqrt(kelurahan.area_km2 / math.pi) * 1000
    return place_at(center, kelurahan.point, place_text, accuracy_m=round(radius_m))


OUTSIDE = "luar"
"""Jurisdiction of a place known to lie outside the city and its neighbours."""


def place_in_words(center: Center, place_text: str, jurisdiction: str) -> Location:
    """Return a location known only by words and by whose territory it lies in: no coordinates.

    jurisdiction: the city's code, a neighbour's, or `OUTSIDE`. Raises BadInput for another one or for
    missing words.
    """
    city = center.pack.city
    if jurisdiction not in (city.adm_code, *city.neighbours, OUTSIDE):
        raise BadInput(
            "jurisdiction",
            N_("Wilayah kewenangan"),
            Need(N_("“{code}” tidak dikenal. Pilih dari daftar."), code=jurisdiction),
        )
    if not place_text.strip():
        raise BadInput("place_text", N_("Nama tempat"), Need(N_("kosong. Tulis tempat menurut pelapor.")))
    return Location(place_text=place_text.strip(), jurisdiction=jurisdiction)
