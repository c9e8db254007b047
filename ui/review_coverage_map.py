"""Pimpinan, reach: the map: kelurahan by share, the stations, and a post that can be dragged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import folium

from domain.coverage import ZoneReach
from services.posts import Served, Site
from ui import maps
from ui.i18n import _, format_number, format_percent, plural
from ui.parts import here
from ui.state import REACH_MAP
from ui.watch_map import whole_city

HEIGHT = 480
HALF = 0.5
"""Under this share a kelurahan is hatched densely; so is what gains at least so much."""
MUCH = 0.25


class Colours(StrEnum):
    """What the kelurahan are coloured by."""

    NOW = "sekarang"
    AFTER = "pos"
    GAIN = "naik"


@dataclass(frozen=True, slots=True)
class Look:
    """How a kelurahan looks: colour of the palette, hatch, and what stands on it."""

    ink: str
    hatch: str
    label: str


def show(
    zones: Sequence[ZoneReach],
    colours: Colours,
    stations: Sequence[Served],
    site: Site | None,
    taken: tuple[float, float] | None,
) -> None:
    """Draw the map. `taken`: the last click that counted; after a refused one the post is drawn back."""
    ground = maps.with_files(maps.city_map(bounds=whole_city()), "coverage.js")
    # The answer is kept in a name: st_folium writes "None" above the map otherwise.
    _answer = maps.show(
        ground,
        key=REACH_MAP,
        height=HEIGHT,
        groups=[_areas(zones, colours), _stations(stations), _post(site, taken)],
        returned=["last_clicked"],
    )


def look(zone: ZoneReach, colours: Colours) -> Look:
    """Return how a kelurahan looks: the worse the denser, or the more it gains the denser."""
    if colours is Colours.GAIN:
        if zone.gain <= 0:
            return Look("faint", "none", "")
        return Look("action", "dense" if zone.gain >= MUCH else "wide", gained(zone))
    share = zone.after if colours is Colours.AFTER else zone.now
    if share >= 1:
        return Look("safe", "none", percent(share, is_estimate=zone.is_estimate))
    ink, hatch = ("soon", "wide") if share >= HALF else ("late", "dense")
    return Look(ink, hatch, percent(share, is_estimate=zone.is_estimate))


def legend(colours: Colours, *, is_estimate: bool) -> str:
    """Return in words what colour and hatch mean."""
    if colours is Colours.GAIN:
        words = [
            _("biru rapat = naik {much} poin atau lebih").format(much=format_number(100 * MUCH)),
            _("biru renggang = naik kurang dari itu"),
            _("abu-abu polos = tetap"),
        ]
    else:
        words = [
            _("hijau polos = seluruhnya dalam standar"),
            _("kuning renggang = separuh atau lebih"),
            _("merah rapat = kurang dari separuh"),
        ]
    if is_estimate:
        words.append(_("≈ = perkiraan"))
    return " · ".join(words)


def percent(share: float, *, is_estimate: bool) -> str:
    """Return a share in percent, marked where it is an estimate: “≈ 62 %”."""
    return f"≈ {format_percent(share)}" if is_estimate else format_percent(share)


def points(gain: float) -> str:
    """Return a gain in percentage points: “+12”; “0” for none."""
    return f"+{format_number(100 * gain)}" if gain > 0 else format_number(0)


def gained(zone: ZoneReach) -> str:
    """Return what a kelurahan gains, marked where it is an estimate: “≈ +12”."""
    return f"≈ {points(zone.gain)}" if zone.is_estimate else points(zone.gain)


def _areas(zones: Sequence[ZoneReach], colours: Colours) -> folium.FeatureGroup:
    group = folium.FeatureGroup("shares")
    looks = {zone.zone: (zone, look(zone, colours)) for zone in zones}
    maps.ScriptCall(
        "sigapShares",
        {
            "url": maps.KELURAHAN_URL,
            "zones": {
                code: {
                    "ink": seen.ink,
                    "hatch": seen.hatch,
                    "label": seen.label,
                    "words": _words(zone),
                }
                for code, (zone, seen) in sorted(looks.items())
            },
            "problem": _("Keterjangkauan tidak dapat digambar"),
        },
    ).add_to(group)
    return group


def _words(zone: ZoneReach) -> str:
    """Return what the tooltip of a kelurahan says."""
    parts = [
        here().pack.kelurahan[zone.zone].name,
        _("sekarang {share}").format(share=format_percent(zone.now)),
    ]
    if zone.gain > 0:
        parts.append(
            _("dengan pos {share} ({points} poin)").format(
                share=format_percent(zone.after), points=points(zone.gain)
            )
        )
    if zone.is_estimate:
        parts.append(_("perkiraan"))
    return " · ".join(parts)


def _stations(stations: Sequence[Served]) -> folium.FeatureGroup:
    group = folium.FeatureGroup("stations")
    for served in stations:
        units = plural("{n} unit", "{n} unit", served.units).format(n=served.units)
        detail = _("{units}, {out} sedang tidak siap").format(units=units, out=served.out)
        maps.station_marker(
            served.station.position,
            f"{served.station.code} · {units}",
            detail=f"{served.station.name} · {detail if served.out else units}",
        ).add_to(group)
    return group


def _post(site: Site | None, taken: tuple[float, float] | None) -> folium.FeatureGroup:
    group = folium.FeatureGroup("post")
    if site is not None:
        maps.ScriptCall(
            "sigapPost",
            {
                "lat": site.place.lat,
                "lon": site.place.lon,
                "label": _("Pos baru"),
                "words": _("Pos baru · {kelurahan} · geser ke tempat lain").format(kelurahan=site.kelurahan),
                "taken": taken,
            },
        ).add_to(group)
    return group
