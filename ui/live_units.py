"""Units that move on a map by themselves, without the page or the map being drawn anew."""

from datetime import datetime

import folium
from branca.element import MacroElement
from folium import JsCode
from folium.plugins import Realtime
from folium.template import Template

from domain.words import Mode, UnitStatus
from services import live_map
from services.center import Center
from ui import maps
from ui.i18n import _

LIVE_URL = "/api/v1/live.geojson"
TRACK_URL = "/api/v1/tracks/"
EVERY_MS = 2000
PATIENCE_MS = 8000


class _Live(Realtime):
    """The layer; live.js asks for news as soon as it has it and a key."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.realtime({{ this.src.js_code }}, {{ this.options | tojavascript }});
        {{ this._parent.get_name() }}.addLayer({{ this.get_name() }}._container);
        sigapLive.use({{ this.get_name() }});
        {% endmacro %}
        """
    )


class _Key(MacroElement):
    """Gives live.js a key. It changes with time, so it goes with what moves and not with the map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        sigapLive.give({{ this.key|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "LiveKey"
        self.key = key


def add_to(city_map: folium.Map, center: Center) -> folium.Map:
    """Let a map draw every unit with a live position by itself; return it. It needs `key_group` beside it."""
    city = center.pack.city
    maps.with_files(city_map, "live.js")
    city_map.add_child(
        maps.ScriptCall(
            "sigapLive.start",
            {
                "url": LIVE_URL,
                "tracks": TRACK_URL,
                "patience_ms": PATIENCE_MS,
                "fade_s": city.fade_s,
                "lost_s": city.position_max_age_s,
                "shapes": {mode.value: maps.unit_shape(mode) for mode in Mode},
                "modes": {mode.value: _(mode.label) for mode in Mode},
                "statuses": {status.value: _look(status) for status in UnitStatus},
                "words": {
                    "seconds": _("{n} dtk lalu"),
                    "minutes": _("terakhir {n} mnt lalu"),
                    "hours": _("terakhir {n} jam lalu"),
                    "kmh": _("km/jam"),
                    "kn": _("knot"),
                    "cut": _("Posisi langsung terputus sejak {time}"),
                    "over": _("Izin peta langsung habis. Muat ulang halaman."),
                    "tail": _("{unit}, 30 mnt terakhir"),
                    "no_tail": _("Jejak tidak dapat dimuat"),
                },
            },
        )
    )
    layer = _Live(
        JsCode("sigapLive.source"),
        interval=EVERY_MS,
        get_feature_id=JsCode("(feature) => feature.properties.id"),
        update_feature=JsCode("sigapLive.update"),
        remove_missing=True,
        point_to_layer=JsCode("sigapLive.draw"),
    )
    city_map.add_child(layer)
    return city_map


def _look(status: UnitStatus) -> dict[str, object]:
    ink, filling, dash = maps.unit_look(status)
    return {"label": _(status.label), "ink": ink, "filling": filling, "dash": dash}


def key_group(center: Center, now: datetime) -> folium.FeatureGroup:
    """Return what gives the browser a key to the live map; goes with the groups of `maps.show`."""
    group = folium.FeatureGroup("live_key")
    _Key(live_map.key(center, now)).add_to(group)
    return group
