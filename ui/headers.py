"""What every answer tells the browser it may do: the security headers, one policy for each kind of page.

Measured in Chromium (tests/browser): Streamlit's page needs `blob:` scripts (components v2 are imported from
blobs) and inline styles, and no `eval`; a map lives in a frame of its own, whose component builds its script
at run time, so only that frame has 'unsafe-inline' and 'unsafe-eval'. An answer that sets a policy of its own
(`/regu`, answer links, API documentation) keeps it.
"""

import base64
import hashlib
import re
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import origin
from services.origin import Trust

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""For data: an answer that a browser opens as a page runs nothing and loads nothing."""
FRAME = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; object-src 'none'; frame-ancestors 'self'"
)
"""For the frame of a map: streamlit-folium writes its script into the page and evaluates its layers."""
SIGN_IN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'none'"
)
"""For the sign-in pages, which are plain and have nothing written into them."""
FAILED = "Sigap gagal menjawab karena kesalahan program. Coba lagi. / Sigap failed to answer; try again."
HSTS = "max-age=31536000; includeSubDomains"
PERMISSIONS = ", ".join(
    [
        "autoplay=(self)",
        "clipboard-write=(self)",
        "fullscreen=(self)",
        "geolocation=(self)",
        *(
            f"{name}=()"
            for name in (
                "accelerometer",
                "camera",
                "display-capture",
                "gyroscope",
                "hid",
                "magnetometer",
                "microphone",
                "midi",
                "payment",
                "publickey-credentials-get",
                "screen-wake-lock",
                "serial",
                "usb",
                "xr-spatial-tracking",
            )
        ),
    ]
)
_COMMON = tuple(
    (name.lower().encode(), value.encode())
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Permitted-Cross-Domain-Policies": "none",
        "Origin-Agent-Cluster": "?1",
    }.items()
)
_NOT_KEPT = ("/api/", "/media/", "/_stcore/upload_file/", "/masuk")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def script_hashes(html: str) -> str:
    """Return the CSP sources that allow exactly the inline scripts of a page."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def page_policy(html: str) -> str:
    """Return the policy of a Streamlit page: its own scripts by their hash, others only from here."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' blob: {script_hashes(html)}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "worker-src 'self' blob:",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'self'",
            "object-src 'none'",
            "frame-ancestors 'self'",
        ]
    )


class SecurityHeaders:
    """ASGI middleware, the outermost: every answer carries the headers, refusals and failures too."""

    def __init__(self, app: ASGIApp, page: Callable[[], str], trust: Trust | None = None) -> None:
        """Wrap an app; `page` returns the HTML of the screens, `trust` says when it is TLS (settings)."""
        self.app = app
        self._trust = trust
        self._page = page
        self._policy = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the headers added to what has headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message.setdefault("headers", [])
                self._add(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            # Starlette's own answer to a failure is given outside of every middleware, without headers.
            if not started:
                await PlainTextResponse(FAILED, 500)(scope, receive, send_with_headers)
            raise

    def _add(self, headers: MutableHeaders, scope: Scope) -> None:
        path = str(scope["path"])
        there = {name.lower() for name, _ in headers.raw}
        headers.raw.extend(one for one in _COMMON if one[0] not in there)
        if b"content-security-policy" not in there:
            headers["Content-Security-Policy"] = self._csp(path, headers.get("content-type", ""))
        if b"cache-control" not in there and path.startswith(_NOT_KEPT):
            headers["Cache-Control"] = "no-store"
        # Streamlit answers any origin with its own files; none but ours has a use for them.
        if b"access-control-allow-origin" in there:
            del headers["access-control-allow-origin"]
        if origin.secure(scope, self._trust):
            headers.setdefault("Strict-Transport-Security", HSTS)
            _only_by_tls(headers)

    def _csp(self, path: str, kind: str) -> str:
        if path.startswith("/component/"):
            return FRAME
        if not kind.startswith("text/html"):
            return NOTHING
        if path == "/masuk" or path.startswith("/masuk/"):
            return SIGN_IN
        self._policy = self._policy or page_policy(self._page())
        return self._policy


def _only_by_tls(headers: MutableHeaders) -> None:
    """Give every cookie that is set the mark `Secure`."""
    for number, (name, value) in enumerate(headers.raw):
        marks = [part.strip().lower() for part in value.split(b";")]
        if name.lower() == b"set-cookie" and b"secure" not in marks:
            headers.raw[number] = (name, value + b"; Secure")
