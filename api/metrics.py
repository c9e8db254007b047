"""GET /metrics: what Prometheus reads; and how long requests take."""

from datetime import UTC, datetime
from ipaddress import ip_address
from time import perf_counter

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from api.access import bearer
from api.problems import problem
from domain.scopes import Scope
from services import center, counters, metrics, origin

ADDRESS = "/metrics"


class Timed:
    """Measures every request by its route's template, and counts open websockets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] == "websocket":
            with counters.WEBSOCKETS.track_inprogress():
                await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        status, begun = 500, perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            spent = perf_counter() - begun
            counters.REQUESTS.labels(_method(scope), route_of(scope), f"{status // 100}xx").observe(spent)


def route_of(scope: AsgiScope) -> str:
    """Return the template of the route that answered, `none` where there is none: never the raw path."""
    route = scope.get("route")
    if isinstance(route, Mount):
        return route.path
    # FastAPI keeps the prefixes of a router's parts beside the route.
    found = scope.get("fastapi", {}).get("effective_route_context") or route
    path = getattr(found, "path", None)
    return f"{scope.get('root_path', '')}{path}" if path else "none"


def _method(scope: AsgiScope) -> str:
    return (
        scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    )


async def _answer(request: Request) -> Response:
    if not _from_here(request) and not _has_token(request):
        sentence = (
            "Metrik dibaca dari komputer ini (127.0.0.1), atau dengan token bercakupan metrics:read. Minta "
            "admin membuatnya di layar Akses."
        )
        return problem(403, "not-permitted", "Ditolak", sentence, [])
    text = await run_in_threadpool(metrics.exposition, center.current())
    return Response(text, media_type=metrics.CONTENT_TYPE, headers={"cache-control": "no-store"})


def _from_here(request: Request) -> bool:
    if origin.through_unknown_proxy(request.scope):
        return False
    address = origin.address_of(request.scope)
    return address != origin.UNKNOWN and ip_address(address).is_loopback


def _has_token(request: Request) -> bool:
    grant = center.current().token_box.find(bearer(request.scope), datetime.now(UTC))
    return grant is not None and Scope.METRICS_READ in grant.scopes


def routes() -> list[BaseRoute]:
    """Return the route of the metrics."""
    return [Route(ADDRESS, _answer)]
