"""How a notice leaves Sigap: webhook, mail server, Telegram bot. Each attempt is bounded in time and size.

Only the addresses of `channels.toml` are called, and never one of `domain.addresses`; a redirect is not
followed, a proxy of the environment is not used, and of an answer no more than 64 KiB is read. No address,
token or text goes into a log.
"""

import asyncio
import hashlib
import hmac
import json
import logging
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import httpx

from domain.notices import Failure, Notice, NoticeDelivery, NoticeKind, Way
from export.outgoing import ForbiddenAddress, require_allowed, watched
from services.channels import Channel, Channels, Smtp

CONNECT_S = 3.0
TOTAL_S = 8.0
LONGEST_ANSWER = 65_536
SCHEMA = "sigap.notice.v1"

# httpx writes every address it calls at level INFO; the bot's token is part of one.
logging.getLogger("httpx").setLevel(logging.WARNING)


class NotSent(Exception):
    """An attempt failed; `detail` is a status number at most, never an address."""

    def __init__(self, failure: Failure, detail: str | None = None) -> None:
        self.failure = failure
        self.detail = detail
        super().__init__(failure.value)


@dataclass(frozen=True, slots=True)
class Sent:
    """It left: `delivered` when the other side has it, `acknowledged` when it answered at once."""

    delivered: bool = False
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: the delivery, when it is sent, and the link for its answer (None: no address)."""

    delivery: NoticeDelivery
    at: datetime
    link: str | None

    @property
    def notice(self) -> Notice:
        """What is told."""
        return self.delivery.notice

    @property
    def body(self) -> str:
        """The words with the link under them."""
        if self.link is None:
            return self.notice.text
        ask = "Tandai sudah diterima" if self.notice.kind is NoticeKind.PRE_ALERT else "Jawab sanggup"
        return f"{self.notice.text}\n{ask}: {self.link}"


def send(letter: Letter, channel: Channel, channels: Channels) -> Sent:
    """Send a letter once. Raises NotSent."""
    if channel.way is Way.WEBHOOK and channel.url is not None:
        return _webhook(letter, channel.url, channel.secret)
    if channel.way is Way.EMAIL and channels.smtp is not None:
        return _email(letter, channels.smtp, channel.to or [])
    if channel.way is Way.TELEGRAM and channels.telegram is not None:
        return _telegram(letter, channels.telegram.api, channels.telegram.token, str(channel.chat_id))
    if channel.way is Way.SCREEN:
        return Sent()
    raise NotSent(Failure.UNSET)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `sha256=<hex>`: HMAC-SHA-256 of `timestamp.body`, which the receiver computes too."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


# --- HTTP -----------------------------------------------------------------------------------------


def _webhook(letter: Letter, url: str, secret: str | None) -> Sent:
    delivery, notice = letter.delivery, letter.notice
    body = json.dumps(
        {
            "schema": SCHEMA,
            "delivery_id": delivery.delivery_id,
            "kind": notice.kind.value,
            "agency": notice.agency,
            "call_no": notice.call_no,
            "incident_type": notice.type_name,
            "priority": notice.priority,
            "place": notice.place,
            "lon": notice.lon,
            "lat": notice.lat,
            "asked": list(notice.asked),
            "is_example": notice.is_example,
            "queued_at": delivery.queued_at.isoformat(),
            "text": notice.text,
            "ack_url": letter.link,
        },
        ensure_ascii=False,
    ).encode()
    timestamp = str(int(letter.at.timestamp()))
    headers = {"X-Sigap-Timestamp": timestamp, "Idempotency-Key": delivery.delivery_id}
    if secret is not None:
        headers["X-Sigap-Signature"] = signature(secret, timestamp, body)
    answer = _json(_post(url, body, headers))
    return Sent(delivered=True, acknowledged=answer.get("acknowledged") is True)


def _telegram(letter: Letter, api: str, token: str, chat_id: str) -> Sent:
    body = json.dumps(
        {"chat_id": chat_id, "text": letter.body, "link_preview_options": {"is_disabled": True}},
        ensure_ascii=False,
    ).encode()
    answer = _json(_post(f"{api.rstrip('/')}/bot{token}/sendMessage", body, {}))
    if answer.get("ok") is not True:
        raise NotSent(Failure.REJECTED)
    return Sent()


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """POST JSON; return the answer's beginning when the status is 2xx. Raises NotSent."""
    try:
        status, answer = asyncio.run(_post_in_time(url, body, headers))
    except (TimeoutError, httpx.TimeoutException) as error:
        raise NotSent(Failure.TIMEOUT) from error
    except ForbiddenAddress as error:
        raise NotSent(Failure.REJECTED) from error
    except httpx.ConnectError as error:
        raise NotSent(Failure.UNSAFE if _by_tls(error) else Failure.UNREACHABLE) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise NotSent(Failure.REJECTED) from error
    except (httpx.HTTPError, OSError) as error:
        raise NotSent(Failure.UNREACHABLE) from error
    if 200 <= status < 300:
        return answer
    if 300 <= status < 400:
        raise NotSent(Failure.REDIRECTED, str(status))
    if status in (408, 425, 429):
        raise NotSent(Failure.BUSY, str(status))
    raise NotSent(Failure.SERVER_ERROR if status >= 500 else Failure.REJECTED, str(status))


async def _post_in_time(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    # httpx limits each wait, not their sum: whoever answers a byte a second would hold it for ever.
    async with asyncio.timeout(TOTAL_S):
        limits = httpx.Timeout(TOTAL_S, connect=CONNECT_S)
        more = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "Sigap"}
        async with (
            httpx.AsyncClient(timeout=limits, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=more | headers, extensions=watched()) as answer,
        ):
            parts, size = [], 0
            async for part in answer.aiter_raw():
                parts.append(part)
                size += len(part)
                if size >= LONGEST_ANSWER:
                    break
            return answer.status_code, b"".join(parts)[:LONGEST_ANSWER]


def _by_tls(error: BaseException | None) -> bool:
    """Whether a failure to connect came from the certificate and not from the network."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


# --- mail -----------------------------------------------------------------------------------------


def _email(letter: Letter, smtp: Smtp, to: list[str]) -> Sent:
    message = EmailMessage()
    message["Subject"] = letter.notice.subject
    message["From"] = smtp.sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(letter.at)
    # The same at every attempt: a mailbox that has it already can tell.
    message["Message-ID"] = f"<{letter.delivery.delivery_id}@sigap>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    try:
        with _mail_server(smtp) as server:
            if smtp.starttls:
                server.starttls(context=ssl.create_default_context())
            if smtp.user is not None and smtp.password is not None:
                server.login(smtp.user, smtp.password)
            server.send_message(message)
            # It is taken over already; a mail server that goes without a word changes nothing of that.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(Failure.LOGIN, str(error.smtp_code)) from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
        raise NotSent(Failure.UNSAFE) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise _refused(min(code for code, _ in error.recipients.values())) from error
    except smtplib.SMTPServerDisconnected as error:
        raise NotSent(Failure.UNREACHABLE) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code) from error
    except ForbiddenAddress as error:
        raise NotSent(Failure.REJECTED) from error
    except TimeoutError as error:
        raise NotSent(Failure.TIMEOUT) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(Failure.UNREACHABLE) from error
    return Sent()


def _refused(code: int) -> NotSent:
    return NotSent(Failure.BUSY if 400 <= code < 500 else Failure.REJECTED, str(code))


class _Session(smtplib.SMTP):
    """A session with a mail server that is cut off when its time is over, be it while greeting."""

    def __init__(self, smtp: Smtp) -> None:
        self._timer = threading.Timer(TOTAL_S, self._cut)
        self._timer.start()
        try:
            # By the sender's domain: asking for this machine's own name could take long.
            super().__init__(smtp.host, smtp.port, smtp.sender.partition("@")[2], timeout=CONNECT_S)
            if self.sock is not None:
                require_allowed(self.sock.getpeername()[0])
                self.sock.settimeout(TOTAL_S)
        except BaseException:
            self._timer.cancel()
            raise

    def end(self) -> None:
        """Close it; nothing is cut off any more."""
        self._timer.cancel()
        self.close()

    def _cut(self) -> None:
        if self.sock is not None:
            # Shut down, not closed: closing does not wake whoever is reading from it. It may also have
            # ended by itself in this very moment.
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def _mail_server(smtp: Smtp) -> Iterator[smtplib.SMTP]:
    """Open a session and close it at the end. Raises TimeoutError when it took too long."""
    begun = time.monotonic()
    session: _Session | None = None
    try:
        session = _Session(smtp)
        yield session
    except (smtplib.SMTPException, OSError) as error:
        if time.monotonic() - begun >= TOTAL_S:
            raise TimeoutError("the mail server took too long") from error
        raise
    finally:
        if session is not None:
            session.end()
