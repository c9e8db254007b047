"""The page of a crew's phone at `/regu`: plain files that work without network once they were opened.

The browser keeps them by the service worker `sw.js`. It is served with a version made of all the files, so
that a change of any of them is one new worker, which fetches all of them anew: never an old page with a new
script.
"""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ui.assets import PACKAGES

FOLDER = Path(__file__).resolve().parent.parent / "web" / "regu"
_LEAFLET = tuple(PACKAGES["leaflet"] / name for name in ("leaflet.js", "leaflet.css"))
_HEADERS = {
    "cache-control": "no-cache",
    # The token stands in the address behind the `#`: no referrer and no foreign script may carry it off.
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


def version() -> str:
    """Return a name for exactly these files."""
    seen = hashlib.sha256()
    for file in (*sorted(FOLDER.iterdir()), *_LEAFLET):
        seen.update(file.name.encode() + b"\0" + file.read_bytes())
    return seen.hexdigest()[:16]


class _Page(StaticFiles):
    """The files; a browser asks whether they changed (an unchanged one costs a 304)."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_HEADERS)
        return response


def _worker(_request: Request) -> Response:
    script = (FOLDER / "sw.js").read_text(encoding="utf-8").replace("@VERSION@", version())
    return Response(script, media_type="text/javascript", headers=_HEADERS)


async def _to_folder(_request: Request) -> RedirectResponse:
    # Without host and scheme: behind a proxy that adds HTTPS these would be others.
    return RedirectResponse("/regu/")


def routes() -> list[BaseRoute]:
    """Return the routes of the page; `/regu` leads to `/regu/`, and the browser keeps the `#…`."""
    return [
        Route("/regu", _to_folder),
        Route("/regu/sw.js", _worker),
        Mount("/regu", _Page(directory=FOLDER, html=True)),
    ]
