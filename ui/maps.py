"""Plain data -> folium.Map, without any address outside this process.

State is colour and word and shape: what happens on land is a square, at sea a diamond, in the air a
triangle, and units by what they move on likewise. Places are `LonLat` (WGS 84); folium wants latitude
first, and only this module turns them round.

A map is rebuilt in every run of the script, but the browser keeps the one it has as long as the map
itself says the same: put what moves into the feature groups given to `show`, not into the map.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal, cast

import folium
import streamlit
from branca.colormap import ColorMap
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from jinja2.utils import htmlsafe_json_dumps
from streamlit_folium import st_folium

from domain.words import Domain, Mode, UnitStatus, Urgency
from geo.points import LonLat
from services import center as command_center
from ui import plain_templates
from ui.assets import OutsideAddress, address, local_links
from ui.i18n import _
from ui.style import variables

# Every map of the process is made here.
plain_templates.install()

COAST_URL = "/api/v1/layers/coast.geojson"
KELURAHAN_URL = "/api/v1/layers/kelurahan.geojson"

Returned = Literal[
    "last_clicked",
    "last_object_clicked",
    "last_object_clicked_tooltip",
    "last_object_clicked_count",
    "last_active_drawing",
    "all_drawings",
    "bounds",
    "zoom",
    "center",
]

_MEDIA = Path(streamlit.__file__).parent / "static" / "static" / "media"
_OUTSIDE = ("http://", "https://", "//")
_OUTSIDE_ATTRIBUTES = ("tiles", "url", "src", "embed_link")


@dataclass(frozen=True)
class _ModeLook:
    domain: Domain
    route: str
    dash: str | None = None


_MODES = {
    Mode.LAND: _ModeLook(Domain.LAND, "route_land"),
    Mode.SEA: _ModeLook(Domain.SEA, "route_sea"),
    Mode.AIR: _ModeLook(Domain.AIR, "route_air"),
    Mode.FOOT: _ModeLook(Domain.LAND, "route_land", dash="1 7"),
}
"""Mode -> the domain whose shape it has, the palette's colour of its routes, and their dash."""

_SHAPES = {
    Domain.LAND: '<rect x="2.5" y="2.5" width="15" height="15" rx="1.5"/>',
    Domain.SEA: '<path d="M10 0 20 10 10 20 0 10Z"/>',
    Domain.AIR: '<path d="M10 .5 19.5 18.5 .5 18.5Z"/>',
}
_STATION = '<path d="M2 9 10 2l8 7v9H2Z"/>'
_PIER = '<path d="M2 4h16M10 4v14M5 18h10"/>'


class GroundLayer(Layer):
    """Areas that the browser loads once from `url` and draws beneath everything else.

    `folium.GeoJson` reads the file on the server too and blocks the browser while it loads.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.geoJson(null, {
            interactive: false,
            pane: {{ this.pane|tojson }},
            attribution: {{ this.attribution|tojson }},
            style: {{ this.style|tojson }},
            onEachFeature: function (feature, layer) {
                const name = feature.properties[{{ this.label_property|tojson }}];
                if (!name) return;
                const text = document.createElement("span");
                text.textContent = name;
                layer.bindTooltip(text, {permanent: true, direction: "center", className: "sigap-area"});
            },
        });
        fetch({{ this.url|tojson }})
            .then(function (answer) {
                if (!answer.ok) throw new Error(answer.status + " " + answer.statusText);
                return answer.json();
            })
            .then(function (data) { {{ this.get_name() }}.addData(data); })
            .catch(function (error) { sigapProblem({{ this.problem|tojson }}, error); });
        {% endmacro %}
        """
    )

    def __init__(
        self,
        url: str,
        style: Mapping[str, object],
        *,
        label_property: str | None,
        attribution: str,
        name: str,
        pane: str,
    ) -> None:
        """Draw the features at `url` in Leaflet `style` in `pane`, named by their `label_property`."""
        super().__init__(name=name, overlay=True, control=False)
        self._name = "GroundLayer"
        self.url = url
        self.style = dict(style)
        self.label_property = label_property
        self.attribution = attribution
        self.pane = pane
        self.problem = _("Peta dasar tidak dapat dimuat: {name}").format(name=name)


class _MapSetup(MacroElement):
    """What the map needs before anything is drawn on it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        L.Icon.Default.imagePath = {{ this.icons|tojson }};
        {{ this._parent.get_name() }}.attributionControl.setPrefix("Sigap");
        // A pane each: whichever file comes last, the kelurahan lie over the land.
        {{ this._parent.get_name() }}.createPane("sigap-land").style.zIndex = 200;
        {{ this._parent.get_name() }}.createPane("sigap-kelurahan").style.zIndex = 201;
        {{ this._parent.get_name() }}.createPane("sigap-holes").style.zIndex = 202;
        {{ this._parent.get_name() }}.createPane("sigap-reach").style.zIndex = 203;
        L.control.scale({imperial: false}).addTo({{ this._parent.get_name() }});
        window.sigapProblem = function (text, error) {
            const control = L.control({position: "topright"});
            control.onAdd = function () {
                const box = L.DomUtil.create("div", "sigap-map-problem");
                box.setAttribute("role", "alert");
                box.textContent = `${text} (${error.message})`;
                return box;
            };
            control.addTo({{ this._parent.get_name() }});
        };
        {% endmacro %}
        """
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "SigapSetup"
        self.icons = address("leaflet/images/")


class ScriptCall(MacroElement):
    """Calls a function of one of our scripts with what it was added to and its options, as JSON."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        {{ this.function }}({{ this._parent.get_name() }}, {{ this.options }});
        {% endmacro %}
        """
    )

    def __init__(self, function: str, options: Mapping[str, object]) -> None:
        """Call `function`; none of the words in `options` is taken for more than words."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ScriptCall"
        self.function = function
        # What is rendered is compiled as a template once more (see `_text`): `{{` must stay a word. Braces of
        # JSON itself never stand before one of these signs.
        self.options = re.sub(r"\{(?=[{%#])", r"\\u007b", htmlsafe_json_dumps(dict(options)))


def reach_areas(mode: Mode) -> folium.FeatureGroup:
    """Return what is reached from the stations within 5, 10 and 15 minutes of travel by land or by sea."""
    group = folium.FeatureGroup(f"reach_{mode.value}")
    ScriptCall(
        "sigapReach",
        {
            "url": f"/api/v1/layers/isochrones/{mode.value}.geojson",
            "color": f"var(--sigap-{_MODES[mode].route})",
            "minutes": _("mnt"),
            "estimate": _("perkiraan"),
            "problem": _("Jangkauan tidak dapat dimuat"),
        },
    ).add_to(group)
    return group


@dataclass(frozen=True, slots=True)
class Hole:
    """One kelurahan that is not whole within its standard: the worst share (0 to 1), and all in words."""

    code: str
    share: float
    words: str


def holes(found: Sequence[Hole]) -> folium.FeatureGroup:
    """Return the kelurahan hatched, the denser the smaller their share; the tooltip says it in words."""
    group = folium.FeatureGroup("holes")
    ScriptCall(
        "sigapHoles",
        {
            "url": KELURAHAN_URL,
            "holes": {one.code: {"share": one.share, "words": one.words} for one in found},
            "problem": _("Celah cakupan tidak dapat digambar"),
        },
    ).add_to(group)
    return group


def with_files(city_map: folium.Map, *names: str) -> folium.Map:
    """Let a map load scripts and styles of `ui/static`, after those that it has; return it."""
    # Not add_js_link: that changes the list that all maps of the process share.
    for name in names:
        link = f"sigap_{name.replace('.', '_')}", address(f"sigap/{name}")
        if name.endswith(".js"):
            city_map.default_js = [*city_map.default_js, link]
        else:
            city_map.default_css = [*city_map.default_css, link]
    return city_map


def is_new_click(count: int | None, seen: str) -> bool:
    """Return whether a map's click number `count` is of a click since the last run, and remember it.

    A map tells its last click again in every run. `seen`: key of the session under which it is remembered.
    """
    before = streamlit.session_state.get(seen)
    streamlit.session_state[seen] = count or 0
    return bool(count) and count != before


def city_map(*, bounds: tuple[LonLat, LonLat] | None = None) -> folium.Map:
    """Return the map of this city that every screen starts from, its sources named in the corner.

    Args:
        bounds: south-west and north-east corner to show instead of the city's own view.
    """
    city = command_center.current().pack.city
    return base_map(
        city.map_center,
        city.map_zoom,
        min_zoom=city.map_min_zoom,
        bounds=bounds,
        attribution=city.map_attribution,
    )


def base_map(
    center: LonLat,
    zoom: int,
    *,
    min_zoom: int,
    attribution: str,
    bounds: tuple[LonLat, LonLat] | None = None,
    coast_url: str = COAST_URL,
    kelurahan_url: str = KELURAHAN_URL,
) -> folium.Map:
    """Return a map of sea, land and kelurahan; no tile, nothing from outside.

    Args:
        center: the middle of the map.
        zoom: Leaflet zoom level (12 shows a city of 20 km).
        min_zoom: the farthest that the reader can zoom out.
        bounds: south-west and north-east corner to show instead of `center` and `zoom`.
        coast_url: local address of the land polygons (GeoJSON, WGS 84).
        kelurahan_url: local address of the kelurahan (GeoJSON, property `kelurahan`).
        attribution: plain text naming the sources of both.
    """
    ground = folium.Map(
        location=_folium(center), zoom_start=zoom, tiles=None, minZoom=min_zoom, maxZoom=18, zoomSnap=0.5
    )
    with_files(ground, "map.js", "map.css")
    cast(Figure, ground.get_root()).header.add_child(Element(_style()), name="sigap_theme")
    ground.add_child(_MapSetup())
    land = {"color": "var(--sigap-shore)", "weight": 1, "fillColor": "var(--sigap-land)", "fillOpacity": 1}
    area = {**land, "weight": 0.75}
    text = _text(attribution)
    GroundLayer(
        coast_url, land, label_property=None, attribution=text, name=_("Garis pantai"), pane="sigap-land"
    ).add_to(ground)
    GroundLayer(
        kelurahan_url,
        area,
        label_property="kelurahan",
        attribution=text,
        name=_("Kelurahan"),
        pane="sigap-kelurahan",
    ).add_to(ground)
    if bounds is not None:
        ground.fit_bounds([_folium(corner) for corner in bounds])
    return ground


def _folium(at: LonLat) -> tuple[float, float]:
    return at.lat, at.lon


def _style() -> str:
    (font,) = _MEDIA.glob("SourceSansVF-Upright*.woff2")
    face = f'font-family:"Sigap Sans";src:url("/static/media/{font.name}");font-weight:200 900'
    # map.js says which of the two is shown, so the map follows a change of theme without being rebuilt.
    root = ':root{--sigap-font:"Sigap Sans",sans-serif;color-scheme:light dark}'
    return f"<style>@font-face{{{face}}}{variables()}{root}</style>"


def localise(part: MacroElement) -> MacroElement:
    """Give a map, a feature group or any part, and everything in it, local addresses; return it.

    Raises:
        OutsideAddress: something in it would still be fetched from outside.
    """
    for element in _walk(part):
        if isinstance(element, ColorMap):
            raise OutsideAddress(
                "a branca colour map fetches d3 from outside; draw the legend with Streamlit"
            )
        if isinstance(element, JavascriptLink | CssLink) and element.url.startswith(_OUTSIDE):
            raise OutsideAddress(f"{element.url} would be fetched from outside")
        for name in _OUTSIDE_ATTRIBUTES:
            value = getattr(element, name, None)
            if isinstance(value, str) and value.startswith(_OUTSIDE):
                raise OutsideAddress(
                    f"{type(element).__name__}.{name} = {value} would be fetched from outside"
                )
        if isinstance(element, JSCSSMixin):
            element.default_js = local_links(element.default_js)
            element.default_css = local_links(element.default_css)
    return part


def _walk(element: Element) -> Iterable[Element]:
    yield element
    for child in element._children.values():
        yield from _walk(child)


def show(
    city_map: folium.Map,
    *,
    key: str,
    height: int = 600,
    groups: Sequence[folium.FeatureGroup] = (),
    returned: Sequence[Returned] = (),
    center: LonLat | None = None,
    zoom: int | None = None,
    layer_control: folium.LayerControl | None = None,
) -> dict[str, Any]:
    """Draw the map across its column and return what the reader did on it.

    Args:
        city_map: what stays; a change in it makes the browser build the map anew.
        key: name of this map on the screen.
        height: pixels.
        groups: what moves; redrawn in place, the map stays.
        returned: the only actions that make the script run again (st_folium's names).
        center: move the view here when this value changes.
        zoom: set this zoom when this value changes.
        layer_control: switches for `groups`.

    Raises:
        OutsideAddress: a part of the map would be fetched from outside.
    """
    for part in (city_map, *groups):
        localise(part)
    # A block of the map's height: what stands below must not jump while the map is loading.
    with streamlit.container(height=height, border=False, key=f"{key}_frame"):
        answer: dict[str, Any] = st_folium(
            city_map,
            key=key,
            height=height,
            use_container_width=True,
            feature_group_to_add=list(groups) or None,
            returned_objects=list(returned),
            center=_folium(center) if center else None,
            zoom=zoom,
            layer_control=layer_control,
        )
    return answer


def incident_marker(
    at: LonLat, label: str, domain: Domain, urgency: Urgency, *, detail: str = ""
) -> folium.Marker:
    """Return an incident: shape by domain, colour and sign by urgency; the tooltip says it in words."""
    ink = {Urgency.SAFE: "safe", Urgency.SOON: "soon", Urgency.LATE: "late"}[urgency]
    sign = {Urgency.SAFE: "", Urgency.SOON: "·", Urgency.LATE: "!"}[urgency]
    symbol = f'<g fill="currentColor" stroke="#000" stroke-opacity=".6">{_SHAPES[domain]}</g>'
    if sign:
        style = 'text-anchor="middle" font-size="14" font-weight="900" fill="var(--sigap-background)"'
        symbol += f'<text x="10" y="15" {style}>{sign}</text>'
    words = _joined(label, _(domain.label), _(urgency.label), detail)
    return _marker(
        at, label, symbol, ink=ink, words=words, size=20, rank=10 if urgency is Urgency.LATE else 20
    )


_UNIT_LOOKS: dict[UnitStatus, tuple[str, float, str]] = {
    UnitStatus.AVAILABLE: ("action", 0, ""),
    UnitStatus.PROPOSED: ("action", 0, "4 3"),
    UnitStatus.DISPATCHED: ("action", 0.45, ""),
    UnitStatus.EN_ROUTE: ("action", 1, ""),
    UnitStatus.ON_SCENE: ("safe", 1, ""),
    UnitStatus.RETURNING: ("faint", 0.45, ""),
    UnitStatus.OUT_OF_SERVICE: ("faint", 0, "2 3"),
}
"""Status -> ink, how full the symbol is, dash of its outline."""


def unit_look(status: UnitStatus) -> tuple[str, float, str]:
    """Return how a unit's status looks: ink, how full its symbol is (0 to 1), dash of its outline."""
    return _UNIT_LOOKS[status]


def unit_shape(mode: Mode) -> str:
    """Return the shape (SVG in a box of 20) of what moves by a mode."""
    return _SHAPES[_MODES[mode].domain]


def unit_marker(at: LonLat, label: str, mode: Mode, status: UnitStatus, *, detail: str = "") -> folium.Marker:
    """Return a unit: shape by what it moves on, outline and filling by status; the tooltip has the words."""
    ink, filling, dash = _UNIT_LOOKS[status]
    shape = _SHAPES[_MODES[mode].domain]
    symbol = (
        f'<g fill="var(--sigap-panel)" stroke="none">{shape}</g>'
        f'<g fill="currentColor" fill-opacity="{filling}" stroke="currentColor" stroke-width="2.5" '
        f'stroke-dasharray="{dash}">{shape}</g>'
    )
    words = _joined(label, _(mode.label), _(status.label), detail)
    return _marker(at, label, symbol, ink=ink, words=words, size=15, rank=30)


def station_marker(at: LonLat, label: str, *, detail: str = "") -> folium.Marker:
    """Return a station (a house), quieter than units and incidents."""
    return _place(at, label, _joined(_("Pos"), label, detail), _STATION)


def pier_marker(at: LonLat, label: str, *, detail: str = "") -> folium.Marker:
    """Return a pier (a mooring), quieter than units and incidents."""
    return _place(at, label, _joined(_("Dermaga"), label, detail), _PIER)


def meeting_marker(at: LonLat, pier: str) -> folium.Marker:
    """Return where land teams meet the boat: a pier that is not quiet."""
    symbol = f'<g fill="var(--sigap-land)" stroke="currentColor" stroke-width="2.5">{_PIER}</g>'
    label = _("Titik temu")
    return _marker(at, label, symbol, ink="text", words=_joined(label, pier), size=16, rank=24)


def _place(at: LonLat, label: str, words: str, shape: str) -> folium.Marker:
    symbol = f'<g fill="var(--sigap-land)" stroke="currentColor" stroke-width="2">{shape}</g>'
    return _marker(at, label, symbol, ink="faint", words=words, size=13, rank=40, quiet=True)


def _marker(
    at: LonLat, label: str, symbol: str, *, ink: str, words: str, size: int, rank: int, quiet: bool = False
) -> folium.Marker:
    text = f'<span class="sigap-label">{_text(label)}</span>' if label else ""
    html = (
        f'<div class="sigap-mark{" sigap-quiet" if quiet else ""}" data-rank="{rank}" '
        f'style="--ink:var(--sigap-{ink})" role="img" aria-label="{_text(words)}">'
        f'<svg viewBox="0 0 20 20" aria-hidden="true">{symbol}</svg>{text}</div>'
    )
    icon = folium.DivIcon(
        html=html, icon_size=(size, size), icon_anchor=(size // 2, size // 2), class_name="sigap-icon"
    )
    # Leaflet draws later rows over earlier ones; what matters more must lie on top.
    return folium.Marker(_folium(at), icon=icon, tooltip=_tooltip(words), z_index_offset=1000 * (50 - rank))


def _joined(*words: str) -> str:
    return " · ".join(word for word in words if word)


def _tooltip(text: str, **options: Any) -> folium.Tooltip:
    return folium.Tooltip(_text(text), **options)


_SPECIAL = str.maketrans({sign: f"&#{ord(sign)};" for sign in "\\`${}"})


def _text(text: str) -> str:
    """Return a person's words as HTML that stays words wherever folium puts it.

    Folium writes a tooltip into a JavaScript template literal, and compiles what it has rendered once
    more as a Jinja template: the special characters of both go with HTML's own.
    """
    return escape(text).translate(_SPECIAL)


def route_label(at: LonLat, label: str, mode: Mode) -> folium.Marker:
    """Return what stands beside a route, where it collides with nothing more important."""
    symbol = '<circle cx="10" cy="10" r="5" fill="currentColor"/>'
    return _marker(at, label, symbol, ink=_MODES[mode].route, words=label, size=8, rank=25)


def route_line(
    path: Sequence[LonLat], mode: Mode, label: str, *, estimate: bool, chosen: bool = True
) -> folium.PolyLine:
    """Return a leg's path: colour by mode, dashed and called an estimate when it is one.

    Args:
        path: the leg's places in order, at least two.
        mode: by what the leg goes; on foot is dotted.
        label: what the tooltip says.
        estimate: no network was known: a straight line times a factor.
        chosen: drawn in full; else thin, as one of those that could go.
    """
    look = _MODES[mode]
    words = _joined(label, _(mode.label), _("perkiraan") if estimate else "")
    return folium.PolyLine(  # type: ignore[no-untyped-call]
        [_folium(at) for at in path],
        color=f"var(--sigap-{look.route})",
        weight=4 if chosen else 2,
        opacity=0.95 if chosen else 0.6,
        dash_array="8 8" if estimate else look.dash,
        tooltip=_tooltip(words),
    )
