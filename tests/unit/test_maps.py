import json
import re

import branca.colormap
import folium
import folium.plugins
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit_folium import generate_js_hash, generate_leaflet_string

from domain.words import Domain, Mode, UnitStatus, Urgency
from geo.points import LonLat
from ui import maps
from ui.assets import OutsideAddress

HERE = LonLat(117.6, 3.3)
PATH = [HERE, LonLat(117.7, 3.4)]
NAMESPACES = re.compile(r"https?://www\.w3\.org/\S*")
OUTSIDE = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]")


def city() -> folium.Map:
    return maps.base_map(HERE, 12, min_zoom=8, attribution="Contoh")


def everything() -> folium.Map:
    """A map with every plugin and every kind of mark that Sigap uses."""
    whole = city()
    folium.plugins.HeatMap([[3.3, 117.6, 1]]).add_to(whole)
    folium.plugins.Draw().add_to(whole)
    folium.plugins.MousePosition().add_to(whole)
    folium.plugins.Realtime("/api/v1/live.geojson").add_to(whole)
    cluster = folium.plugins.MarkerCluster().add_to(whole)
    folium.plugins.FeatureGroupSubGroup(cluster, "bagian").add_to(whole)
    folium.Marker([3.3, 117.6], icon=folium.Icon(icon="fire", prefix="fa"), popup="teks").add_to(cluster)
    group = folium.FeatureGroup("gerak").add_to(whole)
    maps.incident_marker(HERE, "P1", Domain.SEA, Urgency.LATE).add_to(group)
    maps.unit_marker(HERE, "SAR-RIB-02", Mode.SEA, UnitStatus.EN_ROUTE).add_to(group)
    maps.station_marker(HERE, "Pos").add_to(group)
    maps.pier_marker(HERE, "Tengkayu I").add_to(group)
    maps.route_line(PATH, Mode.SEA, "38 mnt", estimate=False).add_to(group)
    maps.route_label(HERE, "SAR-RIB-02 · 38 mnt", Mode.SEA).add_to(group)
    maps.meeting_marker(HERE, "Tengkayu I").add_to(group)
    for mode in (Mode.LAND, Mode.SEA):
        maps.reach_areas(mode).add_to(whole)
    maps.holes([maps.Hole("65.71.01.1001", 0.4, "Contoh · Medis 40 %")]).add_to(whole)
    folium.LayerControl().add_to(whole)
    return whole


def outside(html: str) -> list[str]:
    return OUTSIDE.findall(NAMESPACES.sub("", html))


def test_a_map_with_every_plugin_in_use_names_no_outside_address():
    html = maps.localise(everything()).get_root().render()
    assert "/assets/leaflet/leaflet.js" in html
    assert outside(html) == []


def test_the_check_for_outside_addresses_can_fail():
    assert outside(everything().get_root().render())


@pytest.mark.parametrize(
    "part",
    [
        folium.RegularPolygonMarker([3.3, 117.6]),
        folium.plugins.TimestampedGeoJson({"type": "FeatureCollection", "features": []}),
        folium.TileLayer("OpenStreetMap"),
        folium.plugins.Realtime("https://example.org/live.geojson"),
        branca.colormap.LinearColormap(["red", "blue"]),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_part_that_would_fetch_something_from_outside_is_refused_wherever_it_sits(part):
    whole = city()
    whole.add_child(folium.FeatureGroup().add_child(part))
    with pytest.raises(OutsideAddress):
        maps.localise(whole)


def test_localising_one_map_leaves_folium_itself_as_it_was():
    before = list(folium.Map.default_js), list(folium.plugins.Draw.default_js)
    maps.localise(everything())
    assert (folium.Map.default_js, folium.plugins.Draw.default_js) == before


def script(part: folium.Map) -> str:
    part.get_root().render()
    return generate_leaflet_string(part)


def test_the_same_map_built_twice_is_the_same_to_the_browser():
    first, second = (generate_js_hash(script(maps.localise(everything())), "peta") for _ in range(2))
    assert first == second


def test_the_ground_is_loaded_by_the_browser_and_never_read_here():
    whole = maps.base_map(
        HERE,
        12,
        min_zoom=8,
        attribution="Contoh",
        coast_url="/x/coast.geojson",
        kelurahan_url="/x/kel.geojson",
    )
    text = script(whole)
    assert 'fetch("/x/coast.geojson")' in text
    assert 'fetch("/x/kel.geojson")' in text


def test_longitude_first_becomes_latitude_first_only_for_folium():
    assert maps.incident_marker(LonLat(117.6, 3.3), "", Domain.LAND, Urgency.SAFE).location == [3.3, 117.6]
    line = maps.route_line(PATH, Mode.AIR, "", estimate=False)
    assert [tuple(place) for place in line.locations] == [(3.3, 117.6), (3.4, 117.7)]
    assert city().location == [3.3, 117.6]


def icon(marker: folium.Marker) -> str:
    html: str = marker.icon.options["html"]
    return html


def shape(marker: folium.Marker) -> str:
    return re.search(r'<(?:rect|path) [^>]*(?:d="[^"]+"|width="15")', icon(marker)).group()


def test_land_sea_and_air_have_shapes_of_their_own_and_units_share_them():
    incidents = [shape(maps.incident_marker(HERE, "", domain, Urgency.SAFE)) for domain in Domain]
    units = [
        shape(maps.unit_marker(HERE, "", mode, UnitStatus.AVAILABLE))
        for mode in (Mode.LAND, Mode.SEA, Mode.AIR)
    ]
    assert len(set(incidents)) == 3
    assert incidents == units


def test_state_is_never_colour_alone():
    for urgency in Urgency:
        marker = maps.incident_marker(HERE, "P1", Domain.SEA, urgency)
        assert f'aria-label="P1 · Laut · {urgency.label}"' in icon(marker)
    for status in UnitStatus:
        assert status.label in icon(maps.unit_marker(HERE, "X", Mode.SEA, status))


def test_each_status_of_a_unit_looks_different_without_its_words():
    marks = [icon(maps.unit_marker(HERE, "", Mode.SEA, status)) for status in UnitStatus]
    looks = {re.sub(r'aria-label="[^"]*"', "", html) for html in marks}
    assert len(looks) == len(UnitStatus)


@given(st.text(max_size=40))
def test_no_text_can_break_out_of_a_mark_or_its_tooltip(text):
    marker = maps.unit_marker(HERE, text, Mode.LAND, UnitStatus.AVAILABLE, detail=text)
    (tooltip,) = (child for child in marker._children.values() if isinstance(child, folium.Tooltip))
    assert not set("<>`$\\\"'") & set(tooltip.text)
    plain = icon(maps.unit_marker(HERE, "a" if text else "", Mode.LAND, UnitStatus.AVAILABLE))
    assert icon(marker).count("<") == plain.count("<")
    assert icon(marker).count('"') == plain.count('"')


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% raw", "{# catatan", "${7*7}", "`"])
@pytest.mark.parametrize("whole", [True, False], ids=["in the map", "in a group"])
def test_no_text_is_taken_for_a_template(text, whole):
    """Folium compiles what it has rendered once more: a caller's words must stay words."""
    city_map, group = city(), folium.FeatureGroup("gerak")
    for part in (
        maps.incident_marker(HERE, f"P1 {text}", Domain.SEA, Urgency.LATE, detail=text),
        maps.unit_marker(HERE, text, Mode.SEA, UnitStatus.EN_ROUTE),
        maps.station_marker(HERE, text),
        maps.meeting_marker(HERE, text),
        maps.route_line(PATH, Mode.SEA, text, estimate=False),
        maps.route_label(HERE, text, Mode.SEA),
        maps.holes([maps.Hole("1", 0.5, text)]),
    ):
        part.add_to(city_map if whole else group)
    group.add_to(city_map)
    drawn = generate_leaflet_string(city_map, base_id="x") + city_map.get_root().render()
    assert "7*7" in drawn or "7*7" not in text
    assert "49" not in re.sub(r"[0-9a-f]{32}", "", drawn)


def test_an_estimated_route_is_dashed_and_called_an_estimate():
    sure, guess = (maps.route_line(PATH, Mode.SEA, "38 mnt", estimate=estimate) for estimate in (False, True))
    (words,) = (child.text for child in guess._children.values() if isinstance(child, folium.Tooltip))
    assert "perkiraan" in words
    assert guess.options["dashArray"]
    assert not sure.options.get("dashArray")


def test_the_map_names_colours_and_holds_none_so_a_change_of_theme_does_not_rebuild_it():
    text = script(everything())
    assert "var(--sigap-land)" in text
    assert not re.findall(r'olor"?: "#', text)


def options(group: folium.FeatureGroup, function: str) -> dict[str, object]:
    """What a group tells the browser's own function to draw."""
    group.add_to(whole := city())
    whole.get_root().render()
    (found,) = re.findall(rf"{function}\(feature_group\w+, (\{{.*\}})\)", generate_leaflet_string(whole))
    told: dict[str, object] = json.loads(found)
    return told


@pytest.mark.parametrize(("mode", "color"), [(Mode.LAND, "route_land"), (Mode.SEA, "route_sea")])
def test_reach_is_fetched_by_the_browser_in_the_colour_of_its_ways(mode, color):
    told = options(maps.reach_areas(mode), "sigapReach")
    assert told["url"] == f"/api/v1/layers/isochrones/{mode.value}.geojson"
    assert told["color"] == f"var(--sigap-{color})"
    assert (told["minutes"], told["estimate"]) == ("mnt", "perkiraan")


def test_a_hole_is_told_by_code_with_its_share_and_its_words():
    told = options(
        maps.holes(
            [maps.Hole("65.71.01.1001", 0.4, "Lingkas · Medis 40 %"), maps.Hole("65.71.01.1002", 0, "–")]
        ),
        "sigapHoles",
    )
    assert told["url"] == maps.KELURAHAN_URL
    assert told["holes"] == {
        "65.71.01.1001": {"share": 0.4, "words": "Lingkas · Medis 40 %"},
        "65.71.01.1002": {"share": 0, "words": "–"},
    }


@given(st.text(max_size=40))
def test_a_holes_words_arrive_as_they_were_written_and_as_nothing_else(text):
    group = maps.holes([maps.Hole("1", 0.5, text)])
    told = options(group, "sigapHoles")
    assert told["holes"] == {"1": {"share": 0.5, "words": text}}


def test_a_chosen_way_is_drawn_stronger_than_one_that_could_be_chosen():
    chosen, other = (
        maps.route_line(PATH, Mode.SEA, "", estimate=False, chosen=full).options for full in (True, False)
    )
    assert chosen["weight"] > other["weight"]
    assert chosen["opacity"] > other["opacity"]
    assert chosen["color"] == other["color"] == "var(--sigap-route_sea)"


def test_the_words_beside_a_way_have_the_colour_of_its_mode():
    colors = {mode: icon(maps.route_label(HERE, "38 mnt", mode)) for mode in (Mode.LAND, Mode.SEA, Mode.AIR)}
    for mode, html in colors.items():
        assert f"--ink:var(--sigap-route_{mode.value})" in html
        assert ">38 mnt<" in html


def test_the_meeting_place_is_a_pier_that_is_not_quiet_and_names_it():
    meeting = icon(maps.meeting_marker(HERE, "Tengkayu I"))
    pier = icon(maps.pier_marker(HERE, "Tengkayu I"))
    assert 'aria-label="Titik temu · Tengkayu I"' in meeting
    assert "sigap-quiet" in pier
    assert "sigap-quiet" not in meeting
    assert re.findall(r'<path d="[^"]+"', meeting) == re.findall(r'<path d="[^"]+"', pier)
