"""Local addresses of the map's JavaScript and CSS, and the mount that serves them.

Folium names every script and style it needs as (name, address on the internet). A command center must
work with the internet down, so each name is given the same file from `node_modules` (or from folium
itself), served by this process at `/assets/<package>/<file>`.
"""

from collections.abc import Iterable
from pathlib import Path

import folium
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from domain.errors import SigapError
from domain.words import N_

PREFIX = "/assets"

_ROOT = Path(__file__).resolve().parent.parent
_NODE = _ROOT / "node_modules"

PACKAGES: dict[str, Path] = {
    "bootstrap": _NODE / "bootstrap" / "dist",
    "folium": Path(folium.__file__).parent / "templates",
    "fontawesome": _NODE / "@fortawesome" / "fontawesome-free",
    "jquery": _NODE / "jquery" / "dist",
    "leaflet": _NODE / "leaflet" / "dist",
    "leaflet-draw": _NODE / "leaflet-draw" / "dist",
    "leaflet-mouse-position": _NODE / "leaflet-mouse-position" / "src",
    "leaflet-realtime": _NODE / "leaflet-realtime" / "dist",
    "leaflet.awesome-markers": _NODE / "leaflet.awesome-markers" / "dist",
    "leaflet.featuregroup.subgroup": _NODE / "leaflet.featuregroup.subgroup" / "dist",
    "leaflet.markercluster": _NODE / "leaflet.markercluster" / "dist",
    "sigap": _ROOT / "ui" / "static",
    "swagger-ui": _NODE / "swagger-ui-dist",
}
"""Package name in the address -> the only folder of it that is served."""

FILES: dict[str, str | None] = {
    # folium.Map
    "leaflet": "leaflet/leaflet.js",
    "jquery": "jquery/jquery.min.js",
    "bootstrap": "bootstrap/js/bootstrap.bundle.min.js",
    "awesome_markers": "leaflet.awesome-markers/leaflet.awesome-markers.min.js",
    "leaflet_css": "leaflet/leaflet.css",
    "bootstrap_css": "bootstrap/css/bootstrap.min.css",
    "awesome_markers_font_css": "fontawesome/css/all.min.css",
    "awesome_markers_css": "leaflet.awesome-markers/leaflet.awesome-markers.css",
    # Bootstrap 3 glyphicons and rotated icons: no icon of Sigap uses them.
    "glyphicons_css": None,
    "awesome_rotate_css": None,
    # folium.plugins
    # HeatMap: folium's own copy mends the weights of leaflet.heat 0.2.0 (its pull request 78).
    "leaflet-heat.js": "folium/leaflet_heat.min.js",
    "leaflet_draw_js": "leaflet-draw/leaflet.draw.js",
    "leaflet_draw_css": "leaflet-draw/leaflet.draw.css",
    "markerclusterjs": "leaflet.markercluster/leaflet.markercluster.js",
    "markerclustercss": "leaflet.markercluster/MarkerCluster.css",
    "markerclusterdefaultcss": "leaflet.markercluster/MarkerCluster.Default.css",
    "Leaflet_Realtime_js": "leaflet-realtime/leaflet-realtime.min.js",
    "featuregroupsubgroupjs": "leaflet.featuregroup.subgroup/leaflet.featuregroup.subgroup.js",
    "Control_MousePosition_js": "leaflet-mouse-position/L.Control.MousePosition.js",
    "Control_MousePosition_css": "leaflet-mouse-position/L.Control.MousePosition.css",
}
"""Folium's name of a script or style -> `<package>/<file>`, or None for one that Sigap leaves out."""


class AssetsMissing(SigapError):
    """The map's JavaScript has not been installed."""

    template = N_("Berkas peta belum terpasang: {path}. Jalankan `make setup`, lalu mulai lagi.")


class OutsideAddress(ValueError):
    """A map part would fetch something from the internet: a mistake in the code, not of a person."""


def address(file: str) -> str:
    """Return the local address of `<package>/<file>`.

    Raises:
        OutsideAddress: the package is not one that is served.
    """
    package = file.partition("/")[0]
    if package not in PACKAGES:
        raise OutsideAddress(
            f"{file!r} belongs to no served package; add it to package.json and ui.assets.PACKAGES"
        )
    return f"{PREFIX}/{file}"


def local_links(links: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return folium's (name, address) pairs with local addresses, without those Sigap leaves out.

    Raises:
        OutsideAddress: a name is unknown and its address is not local.
    """
    local = []
    for name, link in links:
        if link.startswith(f"{PREFIX}/"):
            local.append((name, link))
        elif name not in FILES:
            raise OutsideAddress(
                f"{name!r} would be fetched from {link}; add its package to package.json and its file to "
                "ui.assets.FILES, or use another plugin"
            )
        elif (file := FILES[name]) is not None:
            local.append((name, address(file)))
    return local


def require_installed() -> None:
    """Check that every served folder is there.

    Raises:
        AssetsMissing: `make setup` has not been run.
    """
    for folder in PACKAGES.values():
        if not folder.is_dir():
            raise AssetsMissing(path=str(folder))


class _Revalidated(StaticFiles):
    """Files that a browser may keep but must ask about (an unchanged one costs a 304).

    npm gives every file the same old date; without this a browser would keep a library for years after
    it was upgraded.
    """

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        return response


def mount() -> Mount:
    """Return the route that serves the allow-listed packages at `/assets`, and nothing else."""
    packages: list[BaseRoute] = [
        Mount(f"/{name}", _Revalidated(directory=folder, check_dir=False))
        for name, folder in PACKAGES.items()
    ]
    return Mount(PREFIX, routes=packages)
