import folium
import streamlit as st
from folium.plugins import Draw, FeatureGroupSubGroup, HeatMap, MarkerCluster, MousePosition, Realtime

from domain.words import Domain, Mode, UnitStatus, Urgency
from geo.points import LonLat
from ui import maps

ground = st.query_params.get("ground", "/ground.geojson")
moved = st.button("Geser") or st.session_state.get("moved", False)
st.session_state["moved"] = moved

city = maps.base_map(
    LonLat(117.6, 3.33),
    12,
    min_zoom=8,
    attribution="Contoh & uji",
    coast_url=ground,
    kelurahan_url=ground,
)
HeatMap([[3.25, 117.6, 1], [3.251, 117.61, 2]]).add_to(city)
Draw().add_to(city)
MousePosition().add_to(city)
cluster = MarkerCluster().add_to(city)
folium.Marker([3.4, 117.63]).add_to(cluster)
folium.Marker([3.401, 117.631], icon=folium.Icon(icon="fire", prefix="fa")).add_to(cluster)
FeatureGroupSubGroup(cluster, "bagian").add_to(city)
folium.Marker([3.38, 117.70]).add_to(city)
if "still" not in st.query_params:
    Realtime("/live.geojson", interval=500, get_feature_id=folium.JsCode("(f) => f.properties.id")).add_to(
        city
    )

group = folium.FeatureGroup("gerak")
for index, domain in enumerate(Domain):
    at = LonLat(117.58 + 0.002 * index, 3.32)
    maps.incident_marker(at, f"P1 <b>Kejadian</b> `${{{index}}}`", domain, Urgency.LATE).add_to(group)
for index, status in enumerate(UnitStatus):
    at = LonLat(117.575 + 0.004 * index, 3.31 + (0.02 if moved else 0))
    maps.unit_marker(at, f"SAR-RIB-0{index}", Mode.SEA, status).add_to(group)
maps.station_marker(LonLat(117.585, 3.30), "Pos Barat").add_to(group)
maps.pier_marker(LonLat(117.578, 3.295), "Tengkayu I").add_to(group)
maps.route_line([LonLat(117.578, 3.295), LonLat(117.66, 3.34)], Mode.SEA, "38 mnt", estimate=True).add_to(
    group
)

zoom = st.query_params.get("zoom")
seen = maps.show(
    city,
    key="peta",
    height=640,
    groups=[group],
    returned=["last_clicked", "last_object_clicked_tooltip"],
    center=LonLat(117.59, 3.31) if zoom else None,
    zoom=int(zoom) if zoom else None,
)
st.text(f"klik: {seen['last_object_clicked_tooltip']}")
st.text(f"tempat: {seen['last_clicked']}")
