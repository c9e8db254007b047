"""Nothing without a session: the ASGI middleware in front of screens, their websocket, media and the API.

Open to everybody are the sign-in pages, public assets, the crew page's files (a phone's token opens its data
at the API) and the API's own door, where each route says who may come in (`api.access`). Everything else is
refused here, before Streamlit or anybody else sees it. A session that ends closes its websockets at once.
"""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.accounts import SignedIn
from services import center, origin, sessions
from services.center import Center

SESSION = "sigap.session"
"""Where a request's scope holds who is signed in (SignedIn), once this middleware has seen it."""
SIGN_IN = "/masuk"
PASSWORD = "/masuk/sandi"
COOKIE, SECURE_COOKIE = "sigap", "__Host-sigap"
"""With the prefix a browser vouches: this host set it, over TLS, for all paths (RFC 6265bis 4.1.3)."""
LOOK_EVERY_S = 60.0
OVER = 4401
"""Why a websocket was closed: its session has ended."""
OWNER = "x-sigap-account"
"""The header by which Streamlit learns whose a websocket is. It goes on with an earlier one's screens (by an
id that the browser names) for the same person only. Whatever a browser sends under this name is dropped."""

_OPEN = (SIGN_IN, "/assets", "/regu", "/api", "/metrics")
_SAFE = ("GET", "HEAD", "OPTIONS")


def cookie_of(scope: Scope) -> str:
    """Return the session cookie of a request, or ""."""
    # Not by the standard library: it gives up at a cookie of another program of this host that it cannot
    # read.
    told = Headers(scope=scope).get("cookie", "")
    if not told:
        return ""
    jar = cookie_parser(told)
    return jar.get(SECURE_COOKIE if origin.secure(scope) else COOKIE, "")


def is_open(path: str) -> bool:
    """Return whether a path asks for no session (what lies behind it may ask for something else)."""
    return any(path == one or path.startswith(f"{one}/") for one in _OPEN)


class Guard:
    """Refuses what has no session; puts the session of what has one into the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        try:
            here = center.current()
        except center.CenterClosed as closed:
            await _refuse(scope, receive, send, PlainTextResponse(str(closed), 503))
            return
        if not _same_site(scope):
            words = "Permintaan dari situs lain ditolak. / A request from another site is refused."
            await _refuse(scope, receive, send, PlainTextResponse(words, 403))
            return
        cookie = cookie_of(scope)
        signed_in = sessions.find(here, datetime.now(UTC), cookie) if cookie else None
        if signed_in is not None:
            scope[SESSION] = signed_in
        path = str(scope["path"])
        if scope["type"] == "http" and is_open(path):
            await self.app(scope, receive, send)
        elif signed_in is None:
            await _refuse(scope, receive, send, _to_sign_in(scope, path))
        elif signed_in.account.must_change:
            await _refuse(scope, receive, send, RedirectResponse(PASSWORD, 303))
        elif scope["type"] == "websocket":
            owned = {**scope, "headers": _owned(scope, signed_in.account.account_id)}
            await _watched(self.app, owned, receive, send, here, signed_in, cookie)
        else:
            await self.app(scope, receive, send)


def _owned(scope: Scope, account_id: str) -> list[tuple[bytes, bytes]]:
    """Return the headers with whose the websocket is; only Sigap's word for it."""
    name = OWNER.encode()
    return [*(one for one in scope["headers"] if one[0].lower() != name), (name, account_id.encode())]


def _same_site(scope: Scope) -> bool:
    """Return whether what changes something comes from Sigap's own pages, as far as the browser says where
    from.

    The cookie is SameSite=Strict besides; this also covers signing in, where there is no cookie yet. Programs
    send no Origin.
    """
    if scope["type"] == "http" and scope["method"] in _SAFE:
        return True
    headers = Headers(scope=scope)
    told = headers.get("origin")
    if told is None:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return urlsplit(told).netloc.lower() == headers.get("host", "").lower()


def _to_sign_in(scope: Scope, path: str) -> Response:
    """Return what somebody without a session gets: a person the sign-in page, a program a plain 401."""
    headers = Headers(scope=scope)
    if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
        query = scope.get("query_string", b"").decode("latin-1")
        target = quote(path + (f"?{query}" if query else ""), safe="/")
        return RedirectResponse(SIGN_IN if target == "/" else f"{SIGN_IN}?ke={target}", 303)
    words = "Masuk dahulu. / Sign in first."
    return PlainTextResponse(words, 401, {"www-authenticate": 'Session realm="Sigap"'})


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    await receive()
    # Before it was accepted, closing answers the handshake with 403.
    await send({"type": "websocket.close", "code": OVER})


async def _watched(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, here: Center, signed_in: SignedIn, cookie: str
) -> None:
    """Serve a websocket as long as its session lasts; what arrives on it counts as use."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(over.set)

    forget = here.session_box.when_ended(signed_in.session.session_id, end)
    ended = asyncio.ensure_future(over.wait())
    closed = False

    async def receive_while_it_lasts() -> Message:
        nonlocal closed
        incoming = asyncio.ensure_future(receive())
        try:
            while True:
                await asyncio.wait(
                    {incoming, ended}, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
                lasts = not over.is_set() and sessions.find(here, datetime.now(UTC), cookie) is not None
                if not lasts:
                    closed = True
                    await send({"type": "websocket.close", "code": OVER})
                    return {"type": "websocket.disconnect", "code": OVER}
                if incoming.done():
                    return incoming.result()
        finally:
            incoming.cancel()

    async def send_while_it_lasts(message: Message) -> None:
        if not closed:
            await send(message)

    # Asked once more now that its end would be heard: it may have ended between the two.
    if sessions.find(here, datetime.now(UTC), cookie) is None:
        over.set()
    try:
        await app(scope, receive_while_it_lasts, send_while_it_lasts)
    finally:
        forget()
        ended.cancel()
