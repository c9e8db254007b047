"""Builds the FastAPI application that `app.py` mounts at `/api`."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse

from api import (
    calls,
    cases,
    contract,
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
from api.doorway import Shortcut
from api.gate import Gate
from domain.limits import Limits
from services.center import VERSION
from ui.headers import script_hashes

_DESCRIPTION = """
Times are RFC 3339. Coordinates are WGS 84 degrees, longitude first. Distances are metres, times seconds.
Errors are problem details (RFC 9457): `type, title, status, detail, errors[{field, reason}]`; where there is
no way from one place to another (409) also `reason`, a code.
Every call except `health`, `ready`, the record's JSON Schema and the layers `coast` and `kelurahan` needs
`Authorization: Bearer <token>`. An admin makes tokens on the screen *Akses*: each has scopes (named at each
call), perhaps one unit, and an end. Who is signed in to Sigap may read what the own role may read without a
token. Devices that report positions have tokens of their own (screen *Registri*); phone apps send theirs to
`/api/osmand`, `/api/owntracks` or `/api/cot`. How much one may ask is in the headers `RateLimit-Policy` and
`RateLimit`; 429 says in `Retry-After` when to come again. Sentences come in Indonesian or as
`Accept-Language` asks (`id`, `en`).
"""


def build_api(limits: Limits | None = None) -> FastAPI:
    """Return the API; its documentation is at `docs` and needs nothing from outside.

    limits: how much one sender may ask; by default what `domain.limits` says.
    """
    app = FastAPI(
        title="Sigap",
        version=VERSION,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.add_middleware(GZipMiddleware, minimum_size=500)
    app.add_middleware(Shortcut, endpoints=positions.BUSY)
    app.add_middleware(Gate, limits=limits or Limits())
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
        page = get_swagger_ui_html(
            openapi_url="openapi.json",
            title="Sigap API",
            swagger_js_url="/assets/swagger-ui/swagger-ui-bundle.js",
            swagger_css_url="/assets/swagger-ui/swagger-ui.css",
            swagger_favicon_url="/assets/sigap/favicon.png",
        )
        scripts = script_hashes(bytes(page.body).decode())
        page.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        return page

    whole = app.openapi

    def described() -> dict[str, Any]:
        return contract.complete(whole()) if app.openapi_schema is None else app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
    return app
