"""What the map of incidents sends to the browser: cells, their numbers frame by frame, classes, words.

The numbers are aggregated in the database, so the weight of the page follows the cells and frames, not the
cases; `MOST_CELLS` and `MOST_NUMBERS` bound both.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from babel.dates import format_date as babel_date

from analytics.chance import LEAST
from analytics.selection import By
from analytics.selection import Selection as Wanted
from domain.words import N_, Label
from geo.cells import RESOLUTIONS, cell_middle, cell_polygon, cell_text
from services import analysis
from services.analysis import CellFigures
from services.center import Center
from services.hotspots import DEALS, Heat, Hotspots
from ui.i18n import _, format_number, format_percent, language
from ui.review_filter import Selection

MOST_CELLS = 1_500
MOST_NUMBERS = 20_000
"""Cells with reports, summed over all frames."""
LEAST_EACH = 2.0
"""[P] With fewer reports a cell on average, larger cells are chosen: a map of ones compares nothing."""
_COARSE_ENOUGH = 7
LEAST_PEOPLE = 100
"""[P] In a cell with fewer inhabitants one report more or less would change the rate beyond use."""
LATE_LOWS = (0.0, 0.1, 0.25, 0.5, 0.75)
_CLASSES = 5
_DEGREE = 100_000
_YEAR_DAYS = 365.25
_HOURS = 24


class Picture(Label):
    """What the map shows."""

    COUNT = "jumlah", N_("Jumlah laporan")
    RATE = "laju", N_("Per penduduk")
    LATE = "terlambat", N_("Tiba terlambat")
    HOT = "panas", N_("Titik panas")
    DENSITY = "padat", N_("Kepadatan")


class Frames(Label):
    """What the slider steps through."""

    WHOLE = "seluruh", N_("Seluruh rentang")
    MONTH = "bulan", N_("Per bulan")
    HOUR = "jam", N_("Per jam")


KINDS = {Picture.COUNT: "count", Picture.RATE: "rate", Picture.LATE: "late", Picture.DENSITY: "heat"}
BY = {Frames.WHOLE: None, Frames.MONTH: By.MONTH, Frames.HOUR: By.HOUR}


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the slider: its name, how many years it is of, and the figures of each cell."""

    name: str
    years: float
    figures: Mapping[int, CellFigures]

    @property
    def n(self) -> int:
        """Reports in it."""
        return sum(one.n for one in self.figures.values())


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells with reports at one resolution; `frames` begins with the whole period."""

    resolution: int
    cells: tuple[int, ...]
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of values: `lows[i]` is the least value of class i, `labels[i]` its words."""

    lows: tuple[float, ...]
    labels: tuple[str, ...]


def read(
    center: Center,
    wanted: Wanted,
    period: Selection,
    kind: Frames,
    resolution: int | None,
    least_each: float = LEAST_EACH,
) -> Cells:
    """Return the figures of all cells, whichever one is chosen, at the finest resolution that fits.

    It fits with at most `MOST_CELLS` cells and about `MOST_NUMBERS` numbers, and, unless one is asked for,
    with at least so many reports a cell on average (at 7 in any case). What is asked for and has too many
    cells gives way to the next that fits.
    """
    everywhere = replace(wanted, cell=None, resolution=None)
    by, steps = BY[kind], len(months(period)) if kind is Frames.MONTH else _HOURS
    for size in (r for r in reversed(RESOLUTIONS) if resolution is None or r <= resolution):
        found = {cell: one for cell, _none, one in analysis.cells(center, everywhere, size)}
        n = sum(one.n for one in found.values())
        sparse = resolution is None and size > _COARSE_ENOUGH and n < least_each * len(found)
        heavy = by is not None and _numbers(found.values(), steps) > MOST_NUMBERS
        if size == RESOLUTIONS[0] or not (sparse or heavy or len(found) > MOST_CELLS):
            rows = analysis.cells(center, everywhere, size, by) if by is not None else []
            whole = Frame(_("Semua"), period.days / _YEAR_DAYS, found)
            return Cells(size, tuple(sorted(found)), (whole, *_frames(kind, period, rows)))
    raise ValueError(f"no cells of resolution {resolution}")


def _numbers(found: Iterable[CellFigures], steps: int) -> float:
    """Return how many cells are not empty, summed over the frames, if chance alone spread reports in time."""
    return sum(steps * (1 - (1 - 1 / steps) ** one.n) for one in found)


def _frames(kind: Frames, period: Selection, rows: Iterable[tuple[int, Any, CellFigures]]) -> Iterable[Frame]:
    by_key: dict[Any, dict[int, CellFigures]] = {}
    for cell, key, one in rows:
        by_key.setdefault(key, {})[cell] = one
    if kind is Frames.MONTH:
        for month, days in months(period):
            yield Frame(month_name(month), days / _YEAR_DAYS, by_key.get(month, {}))
    if kind is Frames.HOUR:
        for hour in range(_HOURS):
            yield Frame(hour_name(hour), period.days / _YEAR_DAYS / _HOURS, by_key.get(hour, {}))


def months(period: Selection) -> list[tuple[date, int]]:
    """Return the first day of each month that a period touches, and how many days of it are in the period."""
    found = []
    month = period.first.replace(day=1)
    while month <= period.last:
        following = (month + timedelta(days=32)).replace(day=1)
        days = (min(following - timedelta(days=1), period.last) - max(month, period.first)).days + 1
        found.append((month, days))
        month = following
    return found


def month_name(month: date) -> str:
    """Return a month and its year: `Maret 2026`."""
    return babel_date(month, "LLLL y", locale=language())


def hour_name(hour: int) -> str:
    """Return an hour of the city's clock: `Pukul 14–15`."""
    return _("Pukul {hour}–{next}").format(hour=f"{hour:02d}", next=f"{(hour + 1) % _HOURS:02d}")


# --- classes --------------------------------------------------------------------------------------


def count_scale(counts: Iterable[int]) -> Scale:
    """Return at most five classes of numbers of reports, each about as often."""
    known = sorted(counts)
    lows = _quantiles(known)
    labels = []
    for low, following in zip(lows, [*lows[1:], None], strict=True):
        most = (known[-1] if known else low) if following is None else following - 1
        if most == low:
            labels.append(_("{n} laporan").format(n=format_number(low)))
        else:
            labels.append(_("{n}–{most} laporan").format(n=format_number(low), most=format_number(most)))
    return Scale(tuple(lows), tuple(labels))


def rate_scale(rates: Iterable[float]) -> Scale:
    """Return at most five classes of rates, each about as often, with round bounds."""
    lows = sorted({0.0, *(_round(low) for low in _quantiles(rates)[1:])})
    return Scale(tuple(lows), tuple(_ranges(lows, _rate_text)))


def late_scale() -> Scale:
    """Return the classes of the share of late responses: always the same."""
    return Scale(LATE_LOWS, tuple(_ranges(LATE_LOWS, format_percent)))


def _ranges(lows: Sequence[float], text: Callable[[float], str]) -> Iterable[str]:
    for low, following in zip(lows, [*lows[1:], None], strict=True):
        if following is None:
            yield _("{low} atau lebih").format(low=text(low))
        elif low == 0:
            yield _("di bawah {high}").format(high=text(following))
        else:
            yield _("{low} sampai di bawah {high}").format(low=text(low), high=text(following))


def _rate_text(rate: float) -> str:
    digits = max(0, -math.floor(math.log10(rate))) if rate else 0
    return format_number(rate, digits)


def _quantiles(values: Iterable[float]) -> list[Any]:
    known = sorted(values)
    if not known:
        return [1]
    if len(set(known)) <= _CLASSES:
        return sorted(set(known))
    return sorted({known[len(known) * part // _CLASSES] for part in range(_CLASSES)})


def _round(value: float) -> float:
    """Return the nearest of 1, 2 and 5 times a power of ten."""
    power = math.floor(math.log10(value))
    nearest = min((1, 2, 5, 10), key=lambda step: abs(math.log10(value / 10**power / step)))
    return float(round(nearest * 10.0**power, max(0, -power)))


def scales(picture: Picture, cells: Cells, people: Mapping[int, float]) -> dict[str, Scale] | None:
    """Return the classes of the whole period and those that all frames share; None where there are none."""
    if picture is Picture.LATE:
        return {"whole": late_scale(), "frame": late_scale()}
    whole, *frames = cells.frames
    if picture is Picture.COUNT:
        return {
            "whole": count_scale(one.n for one in whole.figures.values()),
            "frame": count_scale(one.n for frame in frames for one in frame.figures.values()),
        }
    if picture is Picture.RATE:
        return {
            "whole": rate_scale(_rates(whole, people)),
            "frame": rate_scale(rate for frame in frames for rate in _rates(frame, people)),
        }
    return None


def _rates(frame: Frame, people: Mapping[int, float]) -> list[float]:
    return [
        1000 * one.n / people[cell] / frame.years
        for cell, one in frame.figures.items()
        if people.get(cell, 0) >= LEAST_PEOPLE
    ]


# --- what the browser gets ------------------------------------------------------------------------


def payload(
    picture: Picture,
    kind: Frames,
    cells: Cells,
    period: Selection,
    *,
    people: Mapping[int, float],
    standard_s: int,
    chosen: int | None,
) -> dict[str, Any]:
    """Return what `sigapCells` draws of counts, rates, lateness or density."""
    found = scales(picture, cells, people)
    rows = {cell: row for row, cell in enumerate(cells.cells)}
    return {
        **_common(chosen),
        "kind": KINDS[picture],
        "frame_kind": kind.value,
        "title": title(picture, standard_s),
        "ids": [cell_text(cell) for cell in cells.cells],
        "cells": [ring(cell) for cell in cells.cells],
        "people": [round(people[cell], 1) if cell in people else None for cell in cells.cells],
        "frames": [
            {
                "name": frame.name,
                "whole": not place,
                "years": frame.years,
                "n": frame.n,
                "rows": [
                    number
                    for cell, one in frame.figures.items()
                    for number in (rows[cell], one.n, one.timed, one.late)
                ],
            }
            for place, frame in enumerate(cells.frames)
        ],
        "scales": found and {name: {"lows": s.lows, "labels": s.labels} for name, s in found.items()},
        "extra": extra(picture),
        "words": _words(picture, period, standard_s),
    }


def spots_payload(found: Hotspots, period: Selection, chosen: int | None) -> dict[str, Any]:
    """Return what `sigapCells` draws of hotspots."""
    return {
        **_common(chosen),
        "kind": "spots",
        "frame_kind": "spots",
        "title": title(Picture.HOT, 0),
        "ids": [cell_text(one.cell) for one in found.cells],
        "cells": [ring(one.cell) for one in found.cells],
        "people": [],
        "spots": [
            {
                "heat": one.heat.value,
                "n": one.n,
                "around": one.around,
                "z": round(one.z, 2),
                "q": round(one.q, 5),
            }
            for one in found.cells
        ],
        "frames": [{"name": _("Semua"), "whole": True, "years": 1, "n": found.n, "rows": []}],
        "scales": None,
        "extra": [(heat.value, _(heat.label)) for heat in Heat],
        "words": _words(Picture.HOT, period, 0),
    }


def _common(chosen: int | None) -> dict[str, Any]:
    return {
        "locale": language(),
        "least": LEAST,
        "least_people": LEAST_PEOPLE,
        "chosen": None if chosen is None else ring(chosen),
    }


@lru_cache(maxsize=10_000)
def ring(cell: int) -> tuple[int, ...]:
    """Return a cell as whole numbers of 1e-5 degrees: its middle (lat, lon), then its corners from there."""
    middle = cell_middle(cell)
    at = np.array([middle.lat, middle.lon])
    start = np.rint(at * _DEGREE)
    corners = np.array([(lat, lon) for lon, lat in cell_polygon(cell).exterior.coords[:-1]])
    offsets = np.rint(corners * _DEGREE) - start
    return tuple(int(number) for number in (*start, *offsets.ravel()))


# --- words ----------------------------------------------------------------------------------------


def title(picture: Picture, standard_s: int) -> str:
    """Return what the legend is of."""
    return {
        Picture.COUNT: _("Laporan per sel"),
        Picture.RATE: _("Laporan per 1.000 penduduk dan tahun"),
        Picture.LATE: _("Tiba lebih dari {minutes} mnt").format(minutes=format_number(standard_s / 60)),
        Picture.HOT: _("Dibanding kebetulan (Gi*)"),
        Picture.DENSITY: _("Kepadatan laporan"),
    }[picture]


def definition(picture: Picture, standard_s: int) -> str:
    """Return the exact definition of what a cell shows."""
    return {
        Picture.COUNT: _(
            "Laporan berkoordinat yang diterima dalam rentang dan saringan ini; laporan ganda yang digabung "
            "tidak dihitung."
        ),
        Picture.RATE: _(
            "Laporan dibagi penduduk sel dan lama rentang dalam tahun. Penduduk kelurahan dibagi ke sel "
            "menurut luas daratnya: perkiraan."
        ),
        Picture.LATE: _(
            "Bagian kasus yang unit pertamanya tiba lebih dari {minutes} menit setelah laporan, dari kasus "
            "yang waktu tibanya diketahui."
        ).format(minutes=format_number(standard_s / 60)),
        Picture.HOT: _(
            "Getis-Ord Gi*: laporan di sel dan tetangganya dibanding {deals} pembagian acak laporan yang "
            "sama; q = peluang setelah koreksi Benjamini-Hochberg."
        ).format(deals=format_number(DEALS)),
        Picture.DENSITY: _("Laporan berkoordinat yang berdekatan dihaluskan menjadi kepadatan."),
    }[picture]


def extra(picture: Picture) -> list[tuple[str, str]]:
    """Return the rows of the legend besides the classes: (look, words)."""
    if picture is Picture.RATE:
        return [
            ("sea", _("laut: tidak berpenduduk, tanpa laju")),
            ("few", _("penduduk di bawah {n}: tanpa laju").format(n=LEAST_PEOPLE)),
        ]
    if picture is Picture.LATE:
        return [
            ("few", _("sedikit: di bawah {n} kasus").format(n=LEAST)),
            ("none", _("tanpa waktu tiba")),
        ]
    if picture is Picture.DENSITY:
        return [("", _("biru satu-satu, kuning lebih rapat, merah terpadat"))]
    return [("none", _("tanpa laporan"))]


def period_words(period: Selection) -> str:
    """Return a period: `1 Nov 2026 – 30 Nov 2026`."""
    first, last = (babel_date(day, "d MMM y", locale=language()) for day in (period.first, period.last))
    return f"{first} – {last}"


def _words(picture: Picture, period: Selection, standard_s: int) -> dict[str, Any]:
    return {
        "play": _("Putar"),
        "pause": _("Jeda"),
        "slider": _("Waktu pada peta"),
        "frame": _("{name}: {n} laporan"),
        "count": _("{n} laporan"),
        "rate": _("{rate} per 1.000 penduduk dan tahun (perkiraan {people} penduduk)"),
        "unsure": _("sedikit: laju dari kurang dari {n} laporan mudah berubah").format(n=LEAST),
        "at_sea": _("laut: tidak berpenduduk, tanpa laju"),
        "nobody": _("penduduk di bawah {n}: tanpa laju").format(n=LEAST_PEOPLE),
        "late": _("{share} persen terlambat, n = {n}"),
        "untimed": _("tidak ada waktu tiba yang diketahui"),
        "few": _("sedikit: di bawah {n} kasus").format(n=LEAST),
        "heats": {heat.value: _(heat.label) for heat in Heat},
        "spot": _("{n} laporan di sel ini, {around} dengan tetangganya; z = {z}, q = {q}"),
        "period": period_words(period),
        "definition": definition(picture, standard_s),
    }
