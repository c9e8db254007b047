"""A receiver on this machine that keeps what it is sent and can misbehave in every way that networks know."""

import gzip
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from peers import reply

from export import signature

PATIENCE_S = 20.0


@dataclass
class DkispPeer:
    """Stores by record and revision; `manners` are used up one a request, then it behaves.

    `manner_of`: how it always answers for a record.
    """

    url: str = ""
    stored: dict[tuple[str, int], bytes] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    manners: list[str] = field(default_factory=list)
    manner_of: dict[str, str] = field(default_factory=dict)
    told: bytes = b""
    release: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receipt(self, record_id: str, revision: int) -> dict[str, object]:
        digest = hashlib.sha256(self.stored[record_id, revision]).hexdigest()
        return {
            "receipt_id": f"BT-{digest[:12]}",
            "record_id": record_id,
            "revision": revision,
            "digest": digest,
            "received_at": "2031-03-05T10:30:00+08:00",
            "status": "accepted",
            "errors": [],
        }


@contextmanager
def dkisp_peer() -> Iterator[DkispPeer]:
    """Run a receiver on a free port."""
    peer = DkispPeer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def do_PUT(self) -> None:
            packed = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with peer.lock:
                peer.requests.append((self.path, headers, packed))
                manner = peer.manners.pop(0) if peer.manners else "well"
                manner = peer.manner_of.get(self.path.split("/")[3], manner)
            getattr(self, f"answer_{manner}")(packed, headers)

        def do_GET(self) -> None:
            lines = [json.dumps(peer.receipt(*key)) for key in sorted(peer.stored)]
            self._write(200, "\n".join(lines).encode())

        def _keep(self, packed: bytes, headers: dict[str, str]) -> tuple[int, dict[str, object]]:
            assert headers["content-digest"] == signature.content_digest(packed)
            _, _, _, record_id, _, revision = self.path.split("/")
            key, body = (record_id, int(revision)), gzip.decompress(packed)
            with peer.lock:
                status = 200 if key in peer.stored else 201
                if peer.stored.setdefault(key, body) != body:
                    return 409, peer.receipt(*key) | {"status": "conflict"}
            return status, peer.receipt(*key)

        def _write(self, status: int, body: bytes, **headers: str) -> None:
            reply(status, body, **headers)(self)

        def answer_well(self, packed: bytes, headers: dict[str, str]) -> None:
            status, told = self._keep(packed, headers)
            self._write(status, json.dumps(told).encode())

        def answer_cut(self, packed: bytes, headers: dict[str, str]) -> None:
            body = json.dumps(self._keep(packed, headers)[1]).encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True

        def answer_half(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(201, json.dumps(self._keep(packed, headers)[1]).encode()[:40])

        def answer_lost(self, packed: bytes, headers: dict[str, str]) -> None:
            """Keep it, and go away without a word."""
            self._keep(packed, headers)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def answer_hang(self, packed: bytes, headers: dict[str, str]) -> None:
            peer.release.wait(PATIENCE_S)
            self.close_connection = True

        def answer_late(self, packed: bytes, headers: dict[str, str]) -> None:
            peer.release.wait(PATIENCE_S)
            self.answer_well(packed, headers)

        def answer_drip(self, packed: bytes, headers: dict[str, str]) -> None:
            """Begin an answer whose head never ends."""
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 201 Created\r\n")
            while not peer.release.wait(0.05):
                self.wfile.write(b"X: y\r\n")

        def answer_told(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(422, peer.told)

        def answer_500(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(500, b"{}")

        def answer_busy(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(429, b"{}", Retry_After="120")

        def answer_denied(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(401, b"{}")

        def answer_moved(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(307, b"", Location=peer.url + "/lain")

        def answer_invalid(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(422, json.dumps({"status": "rejected", "errors": ["victims.total: kosong"]}).encode())

        def answer_conflict(self, packed: bytes, headers: dict[str, str]) -> None:
            self._write(409, json.dumps({"status": "conflict", "digest": "cd" * 32}).encode())

        def answer_wrong(self, packed: bytes, headers: dict[str, str]) -> None:
            told = self._keep(packed, headers)[1] | {"digest": "ef" * 32}
            self._write(201, json.dumps(told).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield peer
    finally:
        peer.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
