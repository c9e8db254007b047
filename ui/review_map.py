"""Where incidents were: density, cells by number, rate, lateness or significance, by month and by hour."""

from collections.abc import Mapping, Sequence
from typing import Any

import folium
import streamlit as st
from folium.plugins import HeatMap

from geo.cells import RESOLUTIONS, cell_at, cell_middle
from geo.points import LonLat
from services import analysis, hotspots, population
from services.analysis import Counts
from services.hotspots import Heat, Hotspots
from ui import maps, parts, review_cells
from ui.i18n import _, format_number, timezone
from ui.review_cells import Cells, Frames, Picture
from ui.review_filter import Selection, pick_cell
from ui.state import (
    CELL_CLICK,
    CELL_CLICKS_SEEN,
    REVIEW_CELL_SIZE,
    REVIEW_FRAMES,
    REVIEW_PICTURE,
)
from ui.style import DARK

HEAT = 9
"""H3 resolution of the heat: cells of about 0.1 km²."""
FULL_HEAT = 4
"""So many reports in a cell at least are drawn in full heat (`full_heat`)."""
HEIGHT = 560
_AUTO = "auto"
_SIZES_KM2 = {6: 36.1, 7: 5.2, 8: 0.7, 9: 0.1}
"""Resolution -> the mean area of its cells."""
_LOOK = {
    "minOpacity": 0.45,
    "radius": 15,
    "blur": 10,
    # The same in both themes: heat is no text, and the browser keeps the map when the theme changes.
    "gradient": {"0.5": DARK.action, "0.75": DARK.soon, "1.0": DARK.late},
}


def show(chosen: Selection) -> None:
    """Draw this part of Pimpinan for a selection."""
    picture, frames, size = _controls()
    if picture is Picture.HOT:
        _spots(chosen, size)
    else:
        _numbers(chosen, picture, frames, size)


def _controls() -> tuple[Picture, Frames, int | None]:
    counted = parts.here().pack.population is not None
    left, middle, right = st.columns([11, 7, 4], vertical_alignment="bottom")
    with left:
        picture = st.segmented_control(
            _("Gambar"),
            [one for one in Picture if counted or one is not Picture.RATE],
            format_func=lambda one: _(one.label),
            default=Picture.COUNT,
            required=True,
            key=REVIEW_PICTURE,
            bind="query-params",
        )
    with middle:
        frames = st.segmented_control(
            _("Waktu"),
            list(Frames),
            format_func=lambda one: _(one.label),
            default=Frames.WHOLE,
            required=True,
            key=REVIEW_FRAMES,
            bind="query-params",
            disabled=picture is Picture.HOT,
        )
    with right:
        size = st.selectbox(
            _("Ukuran sel"),
            [_AUTO, *(str(r) for r in reversed(RESOLUTIONS))],
            format_func=_size_label,
            key=REVIEW_CELL_SIZE,
            bind="query-params",
        )
    if not counted:
        st.caption(
            _(
                "Laju per penduduk tidak ditawarkan: paket kota ini tidak memuat population.csv, jumlah "
                "penduduk menurut kelurahan."
            )
        )
    return picture, frames, None if size == _AUTO else int(size)


def _size_label(size: str) -> str:
    return _("Otomatis") if size == _AUTO else _("{area}, resolusi {n}").format(area=_area(int(size)), n=size)


def _area(resolution: int) -> str:
    return f"{format_number(_SIZES_KM2[resolution], 1)} km²"


def _numbers(chosen: Selection, picture: Picture, frames: Frames, size: int | None) -> None:
    here, wanted = parts.here(), chosen.measured(timezone())
    # Density smooths by itself: it is drawn from the smallest cells.
    least_each = 0.0 if picture is Picture.DENSITY else review_cells.LEAST_EACH
    cells = review_cells.read(here, wanted, chosen, frames, size, least_each)
    people = (population.inhabitants(here, cells.resolution) or {}) if picture is Picture.RATE else {}
    standard_s = here.pack.city.fire_response_s
    options = review_cells.payload(
        picture,
        frames,
        cells,
        chosen,
        people=people,
        standard_s=standard_s,
        chosen=chosen.cell[0] if chosen.cell else None,
    )
    busy = {cell: one.n for cell, one in cells.frames[0].figures.items()}
    options |= {"full": full_heat(list(busy.values())), "heat": _LOOK}
    clickable = picture is not Picture.DENSITY
    _draw(options, chosen, cells.resolution, busy, clickable=clickable)
    counts = analysis.counts(here, wanted)
    words = [review_cells.definition(picture, standard_s), *_told(cells, picture, people)]
    if size is not None and cells.resolution != size:
        words.append(
            _("Sel {asked} terlalu banyak untuk satu peta; dipakai {used}.").format(
                asked=_area(size), used=_area(cells.resolution)
            )
        )
    if chosen.cell is None and counts.n > counts.placed:
        words.append(_unplaced(counts.n - counts.placed))
    if clickable:
        words.append(_("Klik sel = hanya kasus di sel itu; klik lagi = semua."))
    st.caption(" ".join(words))


def _told(cells: Cells, picture: Picture, people: Mapping[int, float]) -> list[str]:
    whole = cells.frames[0]
    if not whole.n:
        return [_("Tidak ada laporan dengan koordinat dalam pilihan ini.")]
    words = [
        _(
            "n = {n} laporan berkoordinat di {cells} sel sebesar sekitar {area}; sel tanpa laporan kosong."
        ).format(
            n=format_number(whole.n),
            cells=format_number(len(cells.cells)),
            area=_area(cells.resolution),
        )
    ]
    known = parts.here().pack.population
    if picture is Picture.RATE and known is not None:
        at_sea = sum(one.n for cell, one in whole.figures.items() if cell not in people)
        words.append(
            (
                _("Penduduk {year}: {total}, per kelurahan perkiraan. {n} laporan di sel laut, tanpa laju.")
                if known.is_estimate
                else _("Penduduk {year}: {total}. {n} laporan di sel laut, tanpa laju.")
            ).format(year=known.year, total=format_number(known.total), n=format_number(at_sea))
        )
    if picture is Picture.LATE:
        timed, late = (
            sum(getattr(one, name) for one in whole.figures.values()) for name in ("timed", "late")
        )
        words.append(
            _("{late} dari n = {timed} kasus dengan waktu tiba terlambat.").format(
                late=format_number(late), timed=format_number(timed)
            )
        )
    return words


def _spots(chosen: Selection, size: int | None) -> None:
    here, wanted = parts.here(), chosen.measured(timezone())
    finest = hotspots.finest(here)
    found = hotspots.hotspots(here, wanted, min(finest, size or finest))
    if not found.cells:
        st.info(
            _(
                "Titik panas tidak diuji: {n} laporan berkoordinat di darat dan perairan kota, paling "
                "sedikit {least}. Perpanjang rentang tanggal atau longgarkan saringan."
            ).format(n=format_number(found.n), least=hotspots.LEAST_REPORTS)
        )
        return
    options = review_cells.spots_payload(found, chosen, chosen.cell[0] if chosen.cell else None)
    _draw(options, chosen, found.resolution, {one.cell: one.n for one in found.cells}, clickable=True)
    st.caption(" ".join([review_cells.definition(Picture.HOT, 0), *_spots_told(found)]))


def _spots_told(found: Hotspots) -> list[str]:
    hot, cold = (
        sum(one.heat in kinds for one in found.cells)
        for kinds in ((Heat.HOT_95, Heat.HOT_99), (Heat.COLD_95, Heat.COLD_99))
    )
    words = [
        _(
            "Diuji {cells} sel sebesar sekitar {area}: seluruh darat kota dan perairannya, juga yang tanpa "
            "laporan, karena tempat sepi pun bagian dari perbandingan. n = {n} laporan: {hot} sel panas, "
            "{cold} sel dingin."
        ).format(
            cells=format_number(len(found.cells)),
            area=_area(found.resolution),
            n=format_number(found.n),
            hot=format_number(hot),
            cold=format_number(cold),
        )
    ]
    if found.outside:
        words.append(
            _("{n} laporan di luar perairan kota tidak diuji.").format(n=format_number(found.outside))
        )
    words.append(
        _(
            "Yang diuji jumlah, bukan laju: tempat berpenduduk padat wajar lebih panas. Hanya untuk seluruh "
            "rentang, tidak per bulan atau jam."
        )
    )
    return words


def _draw(
    options: Mapping[str, Any],
    chosen: Selection,
    resolution: int,
    busy: Mapping[int, int],
    *,
    clickable: bool,
) -> None:
    """Draw the map and take its click: the cases of that cell only, or of all where it was chosen already."""
    group = folium.FeatureGroup("cells")
    maps.ScriptCall("sigapCells", options).add_to(group)
    answer = maps.show(
        _with_heat(maps.with_files(maps.city_map(), "cells.js", "cells.css")),
        key="review_cells",
        height=HEIGHT,
        groups=[group],
        returned=["last_object_clicked", "last_object_clicked_count"],
    )
    at = _click(answer)
    if at is None or not clickable:
        return
    cell = cell_at(at, resolution)
    if not busy.get(cell):
        st.toast(_("Tidak ada laporan di sel ini dalam pilihan sekarang."))
        return
    pick_cell(None if chosen.cell == (cell, resolution) else cell)
    st.rerun()


def _with_heat(city_map: folium.Map) -> folium.Map:
    city_map.default_js = [*city_map.default_js, *HeatMap.default_js]
    return city_map


def _click(answer: Mapping[str, Any]) -> LonLat | None:
    """Return where a cell was clicked since the last run, or None."""
    seam: tuple[float, float] | None = st.session_state.pop(CELL_CLICK, None)
    if seam is not None:
        return LonLat(*seam)
    is_new = maps.is_new_click(answer.get("last_object_clicked_count"), CELL_CLICKS_SEEN)
    place = answer.get("last_object_clicked")
    return LonLat(place["lng"], place["lat"]) if place and is_new else None


def heat(chosen: Selection, counts: Counts, height: int = 430) -> None:
    """Draw the incidents of a selection with these counts as heat, and say how many have no coordinates."""
    here, wanted = parts.here(), chosen.measured(timezone())
    found = [(cell_middle(cell), figures.n) for cell, _frame, figures in analysis.cells(here, wanted, HEAT)]
    # The answer is kept in a name: st_folium writes "None" above the map otherwise.
    _answer = maps.show(maps.city_map(), key="review_map", height=height, groups=[_heat_group(found)])
    st.caption(" ".join(_legend([n for _place, n in found], counts.n - counts.placed)))


def full_heat(found: Sequence[int]) -> int:
    """Return how many reports in a cell are drawn in full heat: so many that nine cells of ten have fewer.

    A long period would be red all over otherwise; a short one begins at `FULL_HEAT`.
    """
    return max(FULL_HEAT, sorted(found)[len(found) * 9 // 10]) if found else FULL_HEAT


def _heat_group(found: Sequence[tuple[LonLat, int]]) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name=_("Kepadatan kejadian"))
    full = full_heat([n for _place, n in found])
    if found:
        HeatMap(  # type: ignore[no-untyped-call]
            [(place.lat, place.lon, n / full) for place, n in found],
            min_opacity=_LOOK["minOpacity"],
            radius=_LOOK["radius"],
            blur=_LOOK["blur"],
            gradient=_LOOK["gradient"],
        ).add_to(group)
    return group


def _legend(found: Sequence[int], unplaced: int) -> list[str]:
    if not found:
        return [_("Tidak ada laporan dengan koordinat dalam pilihan ini.")]
    words = [
        _(
            "{placed} laporan berkoordinat: biru satu-satu, kuning lebih rapat, merah {full} atau lebih "
            "berdekatan."
        ).format(placed=format_number(sum(found)), full=format_number(full_heat(found)))
    ]
    if max(found) > 1:
        words.append(
            _("Terbanyak {most} laporan dalam satu sel 0,1 km².").format(most=format_number(max(found)))
        )
    if unplaced:
        words.append(_unplaced(unplaced))
    return words


def _unplaced(n: int) -> str:
    return _("{n} laporan tanpa koordinat tidak tergambar.").format(n=format_number(n))
