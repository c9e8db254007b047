"""Handing one revision of a record to DKISP over HTTP, once; what came of it is an answer.

`PUT {url}/v1/cases/{record_id}/revisions/{revision}` (docs/dkisp.md): gzip, `Content-Digest` (RFC 9530),
`Idempotency-Key`, signed by HMAC (RFC 9421) or by a client certificate. Whoever answers says by a receipt
that names the digest of the very bytes what it holds.
"""

import asyncio
import email.utils
import gzip
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from domain.outbox import Held, Outgoing, Receipt, Trouble, is_ours, read_receipt
from export import signature
from export.outgoing import ForbiddenAddress, watched

CONNECT_S = 5.0
TOTAL_S = 20.0
LONGEST_ANSWER = 64_000
LONGEST_DAY = 20_000_000
MOST_REASONS = 20
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where DKISP receives, and by what it knows us: an HMAC key with its name, a certificate, or both.

    `stamps` differ when a certificate's file was replaced: then a new connection is made.
    """

    url: str
    key_id: str | None = None
    key: bytes | None = field(default=None, repr=False)
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    stamps: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a receipt that is ours, or what is the matter.

    `detail`: what the other side said or what failed, without personal data. `asked_s`: how long it asked us
    to wait, seconds.
    """

    receipt: Receipt | None = None
    trouble: Trouble | None = None
    detail: str | None = None
    asked_s: float | None = None


def connected(endpoint: Endpoint, connections: int) -> httpx.AsyncClient:
    """Return a client with so many connections, to be closed by whoever uses it.

    Raises OSError for a certificate or key that cannot be read, also for a key that asks for a password.
    """
    verify: ssl.SSLContext | bool = True
    if endpoint.url.startswith("https:"):
        verify = ssl.create_default_context(cafile=str(endpoint.ca_file) if endpoint.ca_file else None)
        if endpoint.client_cert is not None:
            verify.load_cert_chain(endpoint.client_cert, endpoint.client_key, password=lambda: "")
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    timeout = httpx.Timeout(TOTAL_S, connect=CONNECT_S)
    return httpx.AsyncClient(
        verify=verify, limits=limits, timeout=timeout, follow_redirects=False, trust_env=False
    )


async def put(
    client: httpx.AsyncClient, endpoint: Endpoint, one: Outgoing, body: bytes, now: datetime
) -> Answer:
    """Send a revision once; `body` is the record as it was queued."""
    packed = gzip.compress(body, compresslevel=6, mtime=0)
    path = f"/v1/cases/{one.record_id}/revisions/{one.revision}"
    headers = {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        "Content-Digest": signature.content_digest(packed),
        "Idempotency-Key": f"{one.record_id}/{one.revision}/{one.digest}",
    }
    got = await _ask(client, endpoint, "PUT", path, headers, packed, now, LONGEST_ANSWER)
    if isinstance(got, Answer):
        return got
    status, answer, asked_s = got
    if status in (200, 201):
        return answer_of(one, answer)
    told = _json(answer)
    if status == 409:
        return Answer(trouble=Trouble.CONFLICT, detail=f"409 {_digest_of(told)}".strip())
    if status == 422:
        return Answer(trouble=Trouble.INVALID, detail=_reasons(told))
    return _other(status, asked_s)


def listed(endpoint: Endpoint, day: str, now: datetime) -> list[Held] | Answer:
    """Return what DKISP lists for a calendar day (`YYYY-MM-DD`), or what is the matter."""
    return asyncio.run(_listed(endpoint, day, now))


async def _listed(endpoint: Endpoint, day: str, now: datetime) -> list[Held] | Answer:
    try:
        client = connected(endpoint, 1)
    except OSError as error:
        return Answer(trouble=Trouble.SETTINGS, detail=_words(error))
    async with client:
        got = await _ask(client, endpoint, "GET", f"/v1/days/{day}", {}, None, now, LONGEST_DAY)
    if isinstance(got, Answer):
        return got
    status, answer, asked_s = got
    if status != 200:
        return _other(status, asked_s)
    try:
        return read_day(answer)
    except ValueError as error:
        return Answer(trouble=Trouble.CUT, detail=_words(error))


def read_day(content: bytes) -> list[Held]:
    """Return a day's list (JSON lines). Raises ValueError naming the line that is none."""
    found = []
    for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        told = json.loads(line)
        try:
            held = Held(
                str(told["record_id"]), int(told["revision"]), str(told["digest"]), str(told["receipt_id"])
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}") from error
        found.append(held)
    return found


async def _ask(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None,
    now: datetime,
    longest: int,
) -> tuple[int, bytes, float | None] | Answer:
    """Return status, answer and the wait that was asked for (s); or what kept us from having them."""
    address = httpx.URL(endpoint.url.rstrip("/") + path)
    headers = {**headers, "Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Sigap"}
    if endpoint.key is not None:
        raw_path = address.raw_path.decode("ascii")
        headers |= signature.sign(endpoint.key, endpoint.key_id or "", method, raw_path, headers, now)
    try:
        # httpx limits each wait, not their sum: whoever answers a byte a second would hold us for ever.
        async with asyncio.timeout(TOTAL_S):
            return await _exchange(client, method, address, headers, body, longest, now)
    except httpx.ConnectTimeout:
        return Answer(trouble=Trouble.UNREACHABLE, detail="timeout")
    except (TimeoutError, httpx.TimeoutException):
        return Answer(trouble=Trouble.TIMEOUT)
    except ForbiddenAddress as error:
        return Answer(trouble=Trouble.SETTINGS, detail=_words(error))
    except httpx.ConnectError as error:
        return Answer(trouble=Trouble.UNREACHABLE, detail=_words(error))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        return Answer(trouble=Trouble.SETTINGS, detail=_words(error))
    except (httpx.HTTPError, OSError) as error:
        return Answer(trouble=Trouble.CUT, detail=_words(error))


async def _exchange(
    client: httpx.AsyncClient,
    method: str,
    address: httpx.URL,
    headers: dict[str, str],
    body: bytes | None,
    longest: int,
    now: datetime,
) -> tuple[int, bytes, float | None]:
    async with client.stream(method, address, headers=headers, content=body, extensions=watched()) as answer:
        parts, size = [], 0
        async for part in answer.aiter_raw():
            parts.append(part)
            size += len(part)
            if size > longest:
                raise httpx.RemoteProtocolError("the answer is too long")
        return answer.status_code, b"".join(parts), _asked(answer.headers.get("retry-after"), now)


def answer_of(one: Outgoing, content: bytes) -> Answer:
    """Return what a receipt says of a revision, however it came: as an answer, or as a file laid beside it.

    Half a receipt, or what is none, is cut: whoever has the record will say so again when asked again.
    """
    try:
        receipt = read_receipt(_json(content))
    except ValueError as error:
        return Answer(trouble=Trouble.CUT, detail=_words(error))
    if not is_ours(receipt, one):
        return Answer(trouble=Trouble.BAD_RECEIPT, detail=f"{receipt.receipt_id} {receipt.digest[:16]}")
    return Answer(receipt=receipt)


def _other(status: int, asked_s: float | None) -> Answer:
    if status in (408, 425, 429, 503):
        return Answer(trouble=Trouble.BUSY, detail=str(status), asked_s=asked_s)
    if status >= 500:
        return Answer(trouble=Trouble.SERVER, detail=str(status), asked_s=asked_s)
    return Answer(trouble=Trouble.DENIED, detail=str(status), asked_s=asked_s)


def _asked(value: str | None, now: datetime) -> float | None:
    """Return what `Retry-After` asks for, seconds: a number or a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        return None


def _digest_of(told: Any) -> str:
    digest = told.get("digest") if isinstance(told, dict) else None
    return f"sha256 {_shown(digest[:16])}" if isinstance(digest, str) else ""


def _reasons(told: Any) -> str:
    errors = told.get("errors") if isinstance(told, dict) else None
    texts = [_shown(str(one)) for one in errors] if isinstance(errors, list) else []
    return "; ".join(texts[:MOST_REASONS]) or "422"


def _words(error: Exception) -> str:
    return _shown(str(error)) or type(error).__name__


def _shown(text: str) -> str:
    """Return somebody else's words as they can be stored and shown: short, and whole Unicode."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST_REASON]).strip()
