"""How a request comes to the API with as little as possible around it: a thousand units report every second.

Mounted among Streamlit's routes, each position would pass Streamlit's own middleware (cookie session,
compression, paths of files), which is for its pages, and FastAPI's search through every route. Together they
took more than all that is done with a position (docs/decisions/0012).
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api import problems
from domain.errors import SigapError

PREFIX = "/api"
Endpoint = Callable[[Request], Awaitable[Response]]


class Doorway:
    """ASGI middleware: gives everything below `/api/` to the API, as a Mount would, and the rest on."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self._app = app
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to one of the two."""
        root = scope.get("root_path", "")
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(f"{root}{PREFIX}/"):
            scope["app_root_path"] = scope.get("app_root_path", root)
            scope["root_path"] = root + PREFIX
            await self._api(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Shortcut:
    """ASGI middleware: answers the plainest request of a busy route before the router looks for it.

    The same function answers as by the route, where the contract stands; only a request without a query comes
    this way, so that nothing is left to be checked.
    """

    def __init__(self, app: ASGIApp, endpoints: Mapping[tuple[str, str], Endpoint]) -> None:
        """endpoints: by method and path below the API."""
        self._app = app
        self._routes = {
            (method, path): Route(path, endpoint, methods=[method])
            for (method, path), endpoint in endpoints.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        route = None
        if scope["type"] == "http" and not scope["query_string"]:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            route = self._routes.get((scope["method"], path))
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive)
        try:
            answer = await route.endpoint(request)
        except (SigapError, HTTPException) as refused:
            answer = problems.answer(request, refused)
        await answer(scope, receive, send)
