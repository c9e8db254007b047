"""Where incidents were: a heatmap, with what it cannot show said in words."""

import folium
import streamlit as st
from folium.plugins import HeatMap

from services.review import Review
from ui import maps
from ui.i18n import _, format_number
from ui.style import DARK

FULL_HEAT = 4
"""Reports close together that are drawn in full heat; where there are more, the densest place is."""


def heat(found: Review, height: int = 430) -> None:
    """Draw the incidents of the selection as heat, and say how many have no coordinates."""
    # The answer is kept in a name: st_folium writes "None" above the map otherwise.
    _answer = maps.show(maps.city_map(), key="review_map", height=height, groups=[_heat_group(found)])
    st.caption(" ".join(_legend(found)))


def _heat_group(found: Review) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name=_("Kepadatan kejadian"))
    if found.heat:
        HeatMap(  # type: ignore[no-untyped-call]
            [(lat, lon, n / FULL_HEAT) for lon, lat, n in found.heat],
            min_opacity=0.45,
            radius=15,
            blur=10,
            # The same in both themes: heat is no text, and the browser keeps the map when the theme changes.
            gradient={0.5: DARK.action, 0.75: DARK.soon, 1.0: DARK.late},
        ).add_to(group)
    return group


def _legend(found: Review) -> list[str]:
    if not found.heat:
        return [_("Tidak ada laporan dengan koordinat dalam pilihan ini.")]
    placed, most = found.total - found.unplaced, max(n for _lon, _lat, n in found.heat)
    words = [
        _(
            "{placed} laporan berkoordinat: biru satu-satu, kuning lebih rapat, merah {full} atau lebih "
            "berdekatan."
        ).format(placed=format_number(placed), full=format_number(FULL_HEAT))
    ]
    if most > 1:
        words.append(_("Terbanyak {most} laporan dalam jarak 110 m.").format(most=format_number(most)))
    if found.unplaced:
        words.append(
            _("{n} laporan tanpa koordinat tidak tergambar.").format(n=format_number(found.unplaced))
        )
    return words
