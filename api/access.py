"""Who may ask: the bearer token, and the center that answers."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from domain.case import Actor
from domain.words import Role
from services import center
from services.center import Center

_BEARER = HTTPBearer(auto_error=False, description="The token of the file `api-token`")
API_ACTOR = Actor("API", Role.CALL_TAKER)
"""Under whose name calls from other systems are stored, until tokens carry their own."""


# These ask memory only. As plain functions each would cross to a worker thread and back, which costs a
# position more than all else that is done with it.
async def _center() -> Center:
    return center.current()


async def _now() -> datetime:
    return datetime.now(UTC)


Here = Annotated[Center, Depends(_center)]
Now = Annotated[datetime, Depends(_now)]


async def _token(here: Here, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
    """Refuse a request without the right token (compared in constant time)."""
    token = given.credentials if given else ""
    if not secrets.compare_digest(token.encode(), here.api_token.encode()):
        raise HTTPException(401)


NeedsToken = Depends(_token)


def bearer(request: Request) -> str:
    """Return the bearer token of a request, or ""."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def has_token(here: Center, request: Request) -> bool:
    """Return whether a request brings the API's token (compared in constant time)."""
    return secrets.compare_digest(bearer(request).encode(), here.api_token.encode())
