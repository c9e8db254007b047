"""Builds the FastAPI application that `app.py` mounts at `/api`."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

from api import (
    calls,
    cases,
    crew,
    health,
    isochrones,
    layers,
    live,
    matrix,
    notices,
    positions,
    problems,
    routes,
    schemas,
    suggestions,
    units,
    zones,
)
from services.center import VERSION

_DESCRIPTION = """
Times are RFC 3339. Coordinates are WGS 84 degrees, longitude first. Distances are metres, times seconds.
Errors are problem details (RFC 9457): `type, title, status, detail, errors[{field, reason}]`; where there is
no way from one place to another (409) also `reason`, a code.
Every call except `health` and `layers` needs `Authorization: Bearer <token>`; the token is made at the
first start, in the file `api-token` of Sigap's data folder. Devices that report positions have tokens of
their own (screen Registri); phone apps send theirs to `/api/osmand`, `/api/owntracks` or `/api/cot`.
"""


def build_api() -> FastAPI:
    """Return the API; its documentation is at `docs` and needs nothing from outside."""
    app = FastAPI(
        title="Sigap",
        version=VERSION,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    problems.install(app)
    for part in (
        health,
        calls,
        cases,
        zones,
        units,
        suggestions,
        routes,
        matrix,
        isochrones,
        positions,
        live,
        crew,
        schemas,
        layers,
    ):
        app.include_router(part.router, prefix="/v1")
    app.include_router(notices.router, prefix="/v1", include_in_schema=False)
    # Phone apps expect these without a version: their makers decide what they send.
    app.include_router(positions.phones)

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        """Show the documentation, from local files."""
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title="Sigap API",
            swagger_js_url="/assets/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/assets/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/assets/sigap/favicon.png",
        )

    return app
