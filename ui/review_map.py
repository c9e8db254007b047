"""Where incidents were: a heatmap, with what it cannot show said in words."""

from collections.abc import Sequence

import folium
import streamlit as st
from folium.plugins import HeatMap

from geo.cells import cell_middle
from geo.points import LonLat
from services import analysis
from ui import maps, parts
from ui.i18n import _, format_number, timezone
from ui.review_filter import Selection
from ui.style import DARK

HEAT = 9
"""H3 resolution of the heat: cells of about 0.1 km²."""
FULL_HEAT = 4
"""Reports close together that are drawn in full heat; where there are more, the densest place is."""


def show(chosen: Selection) -> None:
    """Draw this part of Pimpinan for a selection."""
    heat(chosen)


def heat(chosen: Selection, height: int = 430) -> None:
    """Draw the incidents of the selection as heat, and say how many have no coordinates."""
    here, wanted = parts.here(), chosen.measured(timezone())
    found = [(cell_middle(cell), figures.n) for cell, _frame, figures in analysis.cells(here, wanted, HEAT)]
    # The answer is kept in a name: st_folium writes "None" above the map otherwise.
    _answer = maps.show(maps.city_map(), key="review_map", height=height, groups=[_heat_group(found)])
    counts = analysis.counts(here, wanted)
    st.caption(" ".join(_legend([n for _place, n in found], counts.n - counts.placed)))


def _heat_group(found: Sequence[tuple[LonLat, int]]) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name=_("Kepadatan kejadian"))
    if found:
        HeatMap(  # type: ignore[no-untyped-call]
            [(place.lat, place.lon, n / FULL_HEAT) for place, n in found],
            min_opacity=0.45,
            radius=15,
            blur=10,
            # The same in both themes: heat is no text, and the browser keeps the map when the theme changes.
            gradient={0.5: DARK.action, 0.75: DARK.soon, 1.0: DARK.late},
        ).add_to(group)
    return group


def _legend(found: Sequence[int], unplaced: int) -> list[str]:
    if not found:
        return [_("Tidak ada laporan dengan koordinat dalam pilihan ini.")]
    words = [
        _(
            "{placed} laporan berkoordinat: biru satu-satu, kuning lebih rapat, merah {full} atau lebih "
            "berdekatan."
        ).format(placed=format_number(sum(found)), full=format_number(FULL_HEAT))
    ]
    if max(found) > 1:
        words.append(
            _("Terbanyak {most} laporan dalam satu sel 0,1 km².").format(most=format_number(max(found)))
        )
    if unplaced:
        words.append(_("{n} laporan tanpa koordinat tidak tergambar.").format(n=format_number(unplaced)))
    return words
