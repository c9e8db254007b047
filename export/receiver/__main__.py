"""Start the receiver: `python -m export.receiver --port 8600 --data FOLDER [--keys FILE]`.

Its first line says the address; port 0 takes a free one.
"""

import argparse
import socket
import ssl
import sys
import tomllib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from domain.errors import Need, SigapError
from domain.words import N_
from export.receiver.app import BODY_S, KeyOf, build
from export.receiver.errors import BadKeys
from export.receiver.store import Store

LEAST_KEY = 32
MOST_CONNECTIONS = 64
"""Above them 503: so many bodies of the longest kind still fit into memory."""

KEEP_ALIVE_S = 75
"""Longer than any client keeps an idle connection, so that none sends into one that is just being closed."""

OPEN = (
    "PERINGATAN: tanpa --keys dan tanpa --client-ca siapa pun yang menjangkau alamat ini dapat mengirim "
    "data dan membaca daftar harian.\n"
)


def main() -> int:
    """Run until told to stop; return the exit code."""
    wanted = _arguments()
    try:
        key_of = _keys(wanted.keys) if wanted.keys else None
        listening = _listening(wanted.host, wanted.port)
        store = Store(wanted.data)
    except (SigapError, OSError) as error:
        sys.stderr.write(f"GAGAL: {error}\n")
        return 1
    scheme = "https" if wanted.tls_cert else "http"
    host, port = listening.getsockname()[:2]
    sys.stdout.write(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}\n")
    sys.stdout.flush()
    if key_of is None and wanted.client_ca is None:
        sys.stderr.write(OPEN)
        sys.stderr.flush()
    config = uvicorn.Config(
        build(store, key_of, lambda: datetime.now(UTC), wanted.body_s),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=10,
        ssl_certfile=wanted.tls_cert,
        ssl_keyfile=wanted.tls_key,
        ssl_ca_certs=str(wanted.client_ca) if wanted.client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if wanted.client_ca else ssl.CERT_NONE,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    """Return a bound socket. Raises OSError.

    Not by `socket.create_server`: its sockets do not say that they are TCP, asyncio then leaves Nagle's
    algorithm on, and every answer waits 40 ms.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(address)
    listening.listen(256)
    return listening


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="export.receiver", description="Penerima acuan data kasus Sigap")
    parser.add_argument("--host", default="127.0.0.1", help="alamat untuk didengarkan (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8600, help="porta; 0: yang bebas (8600)")
    parser.add_argument("--data", type=Path, required=True, help="folder untuk receiver.duckdb")
    parser.add_argument("--keys", type=Path, help='TOML: nama = "rahasia", satu baris satu pengirim')
    parser.add_argument("--body-s", type=float, default=BODY_S, help="batas waktu isi sampai, detik (30)")
    parser.add_argument("--tls-cert", type=Path, help="sertifikat penerima (PEM)")
    parser.add_argument("--tls-key", type=Path, help="kunci sertifikat itu (PEM)")
    parser.add_argument(
        "--client-ca", type=Path, help="penerbit sertifikat pengirim (PEM): wajib bersertifikat"
    )
    wanted = parser.parse_args()
    if (wanted.tls_cert is None) != (wanted.tls_key is None):
        parser.error("--tls-cert dan --tls-key harus diberikan bersama")
    if wanted.client_ca is not None and wanted.tls_cert is None:
        parser.error("--client-ca memerlukan --tls-cert dan --tls-key")
    return wanted


def _keys(path: Path) -> KeyOf:
    """Return the senders' keys by name. Raises BadKeys."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _bad(path, Need("{text}", text=error.strerror or type(error).__name__)) from error
    except ValueError as error:
        # Not the parser's words: they may repeat a secret.
        raise _bad(path, Need(N_("tata tulis TOML salah"))) from error
    if not told:
        raise _bad(path, Need(N_("tidak ada satu kunci pun")))
    keys = {}
    for keyid, secret in told.items():
        if not isinstance(secret, str) or len(secret) < LEAST_KEY:
            raise _bad(path, Need(N_("rahasia “{keyid}” bukan teks atau terlalu pendek"), keyid=keyid))
        keys[keyid] = secret.encode()
    return keys.get


def _bad(path: Path, reason: Need) -> BadKeys:
    return BadKeys(path=path.name, reason=reason, least=LEAST_KEY)


if __name__ == "__main__":
    sys.exit(main())
