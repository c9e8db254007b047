"""What every request of the API passes first: its size, who asks, whether they may, how often they asked.

The tables are `domain.scopes.ACCESS` and `domain.limits`. What they do not name is refused to everybody who
brings no credentials, and nothing answers there.
"""

from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qsl

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from api import problems
from api.access import CALLER, Caller, basic_password, bearer
from api.limiter import Charged, Limiter, address_key
from domain.accounts import SignedIn
from domain.errors import NotPermitted, SigapError
from domain.limits import (
    DEVICE,
    PHONES,
    POSITIONS,
    AddressTooLong,
    BodyTooDeep,
    BodyTooLarge,
    Limit,
    Limits,
    Rate,
    TooManyParameters,
    TooOften,
    is_too_deep,
)
from domain.permissions import PERMISSIONS
from domain.scopes import ACCESS, DOCUMENTS, Access, LacksScope
from services import center, live_map, origin, positions
from services.center import Center
from ui.guard import SESSION

_PLAIN = {address for _, address in ACCESS if "{" not in address}
_PATTERNS = tuple((compile_path(one)[0], one) for one in sorted({a for _, a in ACCESS if "{" in a}))
_METHODS: dict[str, dict[str, Access]] = {}
for (_method, _address), _access in ACCESS.items():
    _METHODS.setdefault(_address, {})[_method] = _access
_NOBODY = Access()


def address_of(path: str) -> str:
    """Return the entry of the table that a path below `/api` belongs to, or ""."""
    if path in _PLAIN:
        return path
    return next((address for pattern, address in _PATTERNS if pattern.match(path)), "")


class Gate:
    """Lets in whoever may, and tells the route who that is."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Stand before `app`; `limits` count for everybody."""
        self._app = app
        self._limiter = Limiter(limits)

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or pass the request on."""
        if scope["type"] != "http":
            # There are no websockets here; the router turns away whoever opens one.
            await self._app(scope, receive, send)
            return
        passage = _Passage(self._limiter, scope)
        try:
            scope[CALLER] = passage.admit()
            receive = await _bounded(scope, receive, passage.limit, self._limiter.limits)
        except (SigapError, HTTPException) as error:
            answer = problems.answer(Request(scope), error)
            answer.raw_headers.extend(passage.headers())
            await answer(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                passage.note(message["status"])
                message = {**message, "headers": [*message["headers"], *passage.headers()]}
            await send(message)

        await self._app(scope, receive, counted)


class _Passage:
    """One request on its way in."""

    def __init__(self, limiter: Limiter, scope: AsgiScope) -> None:
        self._limiter = limiter
        self._scope = scope
        self._method: str = "GET" if scope["method"] == "HEAD" else scope["method"]
        self._address = address_of(scope["path"].removeprefix(scope.get("root_path", "")))
        self._access = ACCESS.get((self._method, self._address), _NOBODY)
        self._charged: Charged | None = None
        self.limit = limiter.limits.of(self._method, self._address)

    def admit(self) -> Caller:
        """Return who asks, once that is known and may. Raises what is to be answered."""
        self._require_short()
        here, now = center.current(), datetime.now(UTC)
        methods = _METHODS.get(self._address, {})
        if methods and self._method not in methods:
            if not any(access.public or access.inside for access in methods.values()):
                self._require_credentials(here, now)
            raise HTTPException(405, headers={"Allow": ", ".join(methods)})
        if self._access.public:
            return self._charge(Caller(self._stranger, self._limiter))
        if self._access.inside:
            return self._admit_inside(here, now)
        caller = self._require_credentials(here, now)
        self._require_allowed(caller)
        return self._charge(caller)

    def note(self, status: int) -> None:
        """Count wrong credentials that only the route could tell."""
        inside = self._access.inside
        if (inside == "device" and status == 401) or (inside == "link" and status == 403):
            self._limiter.wrong(self._stranger)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return what the sender has left, as headers."""
        return self._charged.headers() if self._charged is not None else []

    @cached_property
    def _query(self) -> list[tuple[str, str]]:
        return parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)

    @cached_property
    def _stranger(self) -> str:
        return address_key(origin.address_of(self._scope))

    def _require_short(self) -> None:
        limits, query = self._limiter.limits, self._scope["query_string"]
        if len(self._scope.get("raw_path") or b"") + len(query) > limits.longest_address:
            raise AddressTooLong(most=limits.longest_address)
        if query.count(b"&") + query.count(b";") >= limits.most_parameters:
            raise TooManyParameters(most=limits.most_parameters)

    def _require_credentials(self, here: Center, now: datetime) -> Caller:
        """Return who brings good credentials. Raises HTTPException 401, or TooOften."""
        caller = self._credentials(here, now)
        if caller is not None:
            return caller
        self._require(self._limiter.charge(self._stranger, self._limiter.limits.strangers))
        raise HTTPException(401)

    def _credentials(self, here: Center, now: datetime) -> Caller | None:
        """Return who brings good credentials, or None. Wrong ones are counted against the address."""
        token = bearer(self._scope)
        if token:
            grant = here.token_box.find(token, now)
            if grant is not None:
                return Caller(f"token:{grant.token_id}", self._limiter, grant=grant)
            device = positions.device_of(here, token)
            if device is not None:
                return Caller(f"device:{device.device_id}", self._limiter, device=device)
            self._require_heard()
            self._limiter.wrong(self._stranger)
            return None
        signed_in: SignedIn | None = self._scope.get(SESSION)
        if signed_in is not None and not signed_in.account.must_change and self._method == "GET":
            return Caller(f"session:{signed_in.session.session_id}", self._limiter, signed_in=signed_in)
        if self._access.key and any(
            name == "key" and live_map.is_good(here, now, key) for name, key in self._query
        ):
            return Caller(f"key:{self._stranger}", self._limiter)
        return None

    def _admit_inside(self, here: Center, now: datetime) -> Caller:
        """Let in a request whose route looks for the credentials; the limits go by those in sight."""
        if self._access.inside == "device":
            shown = [bearer(self._scope), basic_password(self._scope)]
            shown += [value for name, value in self._query if name in ("id", "token")]
            for token in filter(None, shown):
                device = positions.device_of(here, token)
                if device is not None:
                    return self._charge(Caller(f"device:{device.device_id}", self._limiter, device=device))
        self._require_heard()
        rate = PHONES if self._access.inside == "device" else self.limit.rate
        return self._charge(Caller(self._stranger, self._limiter), rate)

    def _require_heard(self) -> None:
        """Raise TooOften for an address that has sent too many wrong credentials."""
        if self._limiter.paused_s(self._stranger):
            self._require(self._limiter.paused(self._stranger))

    def _require_allowed(self, caller: Caller) -> None:
        """Raise LacksScope, NotPermitted, or HTTPException 401 for credentials of the wrong kind."""
        access = self._access
        if access is DOCUMENTS or access is _NOBODY:
            return
        if caller.grant is not None and access.scope is not None:
            lacking = [one for one in access.scopes_for(self._query) if one not in caller.grant.scopes]
            if lacking:
                raise LacksScope(lacking[0])
        elif caller.device is not None and access.device:
            return
        elif caller.signed_in is not None and (access.actions or access.signed_in):
            role = caller.signed_in.actor.role
            if not access.lets_in(role):
                action = access.actions[0]
                raise NotPermitted(role=role, action=action, allowed=PERMISSIONS[action])
        elif caller.grant is not None or caller.device is not None or caller.signed_in is not None:
            raise HTTPException(401)

    def _charge(self, caller: Caller, rate: Rate | None = None) -> Caller:
        """Count the request. Raises TooOften."""
        wanted = rate or self.limit.rate
        if caller.device is not None and wanted is POSITIONS:
            wanted = DEVICE
        self._require(caller.charge(wanted, self.limit.cost))
        return caller

    def _require(self, charged: Charged) -> None:
        self._charged = charged
        if not charged.taken.allowed:
            raise TooOften(wait=charged.wait_s)


async def _bounded(scope: AsgiScope, receive: Receive, limit: Limit, limits: Limits) -> Receive:
    """Return `receive` that gives no longer body than the limit; JSON is read here, and checked for depth."""
    most = limit.most_bytes
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if told.isdigit() and int(told[:20]) > most:
        raise BodyTooLarge(most=most)
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise BodyTooLarge(most=most)
        return message

    return await _shallow(counted, limits.deepest_json) if limit.is_json else counted


async def _shallow(receive: Receive, deepest: int) -> Receive:
    """Read a body whole and return what gives it again. Raises BodyTooDeep, or 400 for what is no UTF-8."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    # The standard library would read UTF-16 and 32, too, whose brackets cannot be counted.
    if b"\0" in body[:4] or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise HTTPException(400)
    if is_too_deep(body, deepest):
        raise BodyTooDeep(most=deepest)
    given = False

    async def again() -> Message:
        nonlocal given
        if given or more:
            return await receive() if given else {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
