"""Real servers on this machine that stand in for agencies: HTTP (webhook, Telegram) and mail."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int = 200, body: bytes = b"", **headers: str) -> Reply:
    """Answer with a status, a body and headers (`_` in their names stands for `-`)."""

    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return write


@dataclass
class HttpPeer:
    """Records every request, and answers each path as told; `release` ends whatever hangs."""

    url: str = ""
    replies: dict[str, Reply] = field(default_factory=dict)
    release: threading.Event = field(default_factory=threading.Event)
    _got: list[Got] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def took(self, got: Got) -> None:
        with self._changed:
            self._got.append(got)
            self._changed.notify_all()

    def at(self, path: str) -> list[Got]:
        with self._changed:
            return [one for one in self._got if one.path == path]

    def await_at(self, path: str, n: int = 1) -> list[Got]:
        """Wait until `n` requests came to `path`."""
        with self._changed:
            came = self._changed.wait_for(lambda: sum(one.path == path for one in self._got) >= n, PATIENCE_S)
            assert came, f"no request at {path}"
            return [one for one in self._got if one.path == path]

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until released."""
        self.release.wait(PATIENCE_S)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a byte now and then, for ever: each wait is short, their sum is not."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.release.wait(0.1):
            handler.wfile.write(b"X: y\r\n")
            handler.wfile.flush()

    def endless(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer 200 and then bytes without end."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not self.release.is_set():
            handler.wfile.write(b"x" * 65_536)


@contextmanager
def http_peer() -> Iterator[HttpPeer]:
    """Run an HTTP server on a free port."""
    peer = HttpPeer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            peer.took(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            try:
                peer.replies.get(self.path, reply())(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client had enough

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield peer
    finally:
        peer.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What came by mail; `refuse` is answered to every recipient instead of 250."""

    port: int = 0
    refuse: str | None = None
    mails: list[Any] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


class _AnyPort(Controller):
    """A controller that takes any free port, and asks that one whether it answers."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_peer(tls: ssl.SSLContext | None = None, password: str | None = None) -> Iterator[Mailbox]:
    """Run a mail server on a free port; with a certificate it demands STARTTLS and a login."""
    box = Mailbox()

    def login(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        given = data.login.decode(), data.password.decode()
        box.logins.append(given)
        return AuthResult(success=given[1] == password, handled=False)

    controller = _AnyPort(
        box,
        hostname="127.0.0.1",
        port=0,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=login if tls is not None else None,
        auth_required=tls is not None,
    )
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()
