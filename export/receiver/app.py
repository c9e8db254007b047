"""The receiver's HTTP: addresses, the order of the checks, and what is answered (docs/dkisp.md)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.errors import SigapError
from export import signature
from export.receiver import checks
from export.receiver.errors import BadDay, Refused, StoreFailed, TooLarge, TooSlow
from export.receiver.store import Held, Store
from export.receiver.writer import Writer
from export.record import SCHEMA
from export.signature import BadSignature

KeyOf = Callable[[str], bytes | None]
Clock = Callable[[], datetime]

BODY_S = 30.0
"""How long a body may take to come, seconds, unless told."""

LARGE = 50_000
"""From how many bytes on a body is checked beside the others instead of before them."""

RETRY_S = 30

_RECORD = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REVISION = re.compile(r"[1-9][0-9]{0,8}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TITLES = {
    400: "Tidak terbaca",
    401: "Belum dikenali",
    404: "Tidak ditemukan",
    405: "Cara tidak dilayani",
    408: "Terlalu lama",
    413: "Terlalu besar",
    415: "Jenis tidak dilayani",
    503: "Sedang tidak dapat menyimpan",
}
_SENTENCES = {
    404: "Alamat ini tidak ada. Lihat docs/dkisp.md.",
    405: "Alamat ini tidak melayani cara tersebut. Lihat docs/dkisp.md.",
}


def build(store: Store, key_of: KeyOf | None, clock: Clock, body_s: float = BODY_S) -> Starlette:
    """Return the application; without `key_of` nobody needs to sign. It closes the store when it ends.

    `body_s`: how long a body may take to come, seconds.
    """
    app = Starlette(
        routes=[
            Route("/v1/cases/{record_id}/revisions/{revision}", _put, methods=["PUT"]),
            Route("/v1/days/{day}", _day, methods=["GET"]),
            Route("/v1/health", _health, methods=["GET"]),
        ],
        exception_handlers={
            Refused: _refused,
            BadSignature: _unsigned,
            StoreFailed: _failed,
            HTTPException: _http,
            ClientDisconnect: _gone,
        },
        lifespan=_lifespan,
    )
    app.state.store, app.state.key_of, app.state.clock = store, key_of, clock
    app.state.writer, app.state.body_s = Writer(store, clock), body_s
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    writing = asyncio.create_task(app.state.writer.run())
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await asyncio.to_thread(app.state.store.close)


async def _put(request: Request) -> Response:
    record_id, number = request.path_params["record_id"], request.path_params["revision"]
    if not _RECORD.fullmatch(record_id) or not _REVISION.fullmatch(number):
        raise HTTPException(404)
    revision = int(number)
    headers = _headers(request)
    _check_signature(request, headers)
    checks.check_head(headers)
    body = await _body(request)
    if len(body) < LARGE:
        found = checks.check(headers, body, record_id, revision)
    else:
        found = await run_in_threadpool(checks.check, headers, body, record_id, revision)
    if isinstance(found, checks.Invalid):
        at = request.app.state.clock()
        told = _receipt(None, record_id, revision, found.digest, at, "rejected", found.reasons)
        return JSONResponse(told, 422)
    held = await request.app.state.writer.keep(found)
    if held.digest != found.digest:
        return JSONResponse(_told(held, "conflict", ("revisi ini sudah diterima dengan isi lain",)), 409)
    return JSONResponse(_told(held, "accepted"), 201 if held.is_new else 200)


async def _day(request: Request) -> Response:
    _check_signature(request, _headers(request))
    day = request.path_params["day"]
    try:
        if not _DAY.fullmatch(day):
            raise ValueError(day)
        date.fromisoformat(day)
    except ValueError as error:
        raise BadDay from error
    held = await run_in_threadpool(request.app.state.store.of_day, day)
    lines = [
        {
            "record_id": one.record_id,
            "revision": one.revision,
            "digest": one.digest,
            "receipt_id": one.receipt_id,
            "received_at": _stamp(one.received_at),
        }
        for one in held
    ]
    content = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    return Response(content, media_type="application/jsonl")


async def _health(request: Request) -> Response:
    await run_in_threadpool(request.app.state.store.check)
    return JSONResponse({"status": "ok", "schema": SCHEMA})


def _headers(request: Request) -> dict[str, str]:
    """Return the headers by lower-case name; one that came more than once is one value (RFC 9110, 5.2)."""
    joined: dict[str, str] = {}
    for name, value in request.headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _check_signature(request: Request, headers: dict[str, str]) -> None:
    key_of: KeyOf | None = request.app.state.key_of
    if key_of is not None:
        path = request.scope["raw_path"].decode("latin-1")
        signature.verify(key_of, request.method, path, headers, request.app.state.clock())


async def _body(request: Request) -> bytes:
    """Return the body as it was sent. Raises TooLarge, TooSlow, ClientDisconnect when it is cut."""
    parts, size = [], 0
    body_s: float = request.app.state.body_s
    try:
        async with asyncio.timeout(body_s):
            async for part in request.stream():
                size += len(part)
                if size > checks.LIMIT:
                    raise TooLarge(limit_mb=checks.LIMIT_MB)
                parts.append(part)
    except TimeoutError as error:
        raise TooSlow(seconds=f"{body_s:g}") from error
    return b"".join(parts)


def _told(held: Held, status: str, errors: tuple[str, ...] = ()) -> dict[str, Any]:
    return _receipt(
        held.receipt_id, held.record_id, held.revision, held.digest, held.received_at, status, errors
    )


def _receipt(
    receipt_id: str | None,
    record_id: str,
    revision: int,
    digest: str,
    received_at: datetime,
    status: str,
    errors: tuple[str, ...],
) -> dict[str, Any]:
    return {
        "receipt_id": receipt_id,
        "record_id": record_id,
        "revision": revision,
        "digest": digest,
        "received_at": _stamp(received_at),
        "status": status,
        "errors": list(errors),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _problem(status: int, kind: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return problem details (RFC 9457)."""
    body = {
        "type": f"urn:sigap:dkisp:{kind}",
        "title": _TITLES.get(status, "Ditolak"),
        "status": status,
        "detail": detail,
    }
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def _kind(error: SigapError) -> str:
    return re.sub("(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _problem(error.status, _kind(error), error.sentence(), dict(error.headers))


async def _unsigned(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BadSignature)
    headers = {"WWW-Authenticate": "Signature"}
    return _problem(401, f"signature-{error.fault}", error.sentence(), headers)


async def _failed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreFailed)
    return _problem(503, "store-failed", error.sentence(), {"Retry-After": str(RETRY_S)})


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = _SENTENCES.get(error.status_code, error.detail)
    headers = dict(error.headers) if error.headers else None
    return _problem(error.status_code, f"http-{error.status_code}", sentence, headers)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer nobody: whoever sent half a body is no longer there, and nothing of it is stored."""
    return Response(status_code=400)
