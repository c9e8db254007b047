"""Who asks: a token, a device, a signed-in person or a screen with its key; and the center that answers.

`api.gate` finds that out before any route runs and refuses whoever may not; routes read it from here.
"""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope as AsgiScope

from api.limiter import Charged, Limiter
from domain.accounts import SignedIn
from domain.case import Actor
from domain.limits import Rate, TooOften
from domain.positions import Device
from domain.scopes import Grant, OtherUnit, Scope
from services import center
from services.center import Center

CALLER = "sigap.caller"


# These ask memory only. As plain functions each would cross to a worker thread and back, which costs a
# position more than all else that is done with it.
async def _center() -> Center:
    return center.current()


async def _now() -> datetime:
    return datetime.now(UTC)


Here = Annotated[Center, Depends(_center)]
Now = Annotated[datetime, Depends(_now)]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; exactly one of `grant`, `device`, `signed_in`, or none of them: a screen's key, or anybody.

    sender: under what the limits count the request.
    """

    sender: str
    limiter: Limiter = field(repr=False)
    grant: Grant | None = None
    device: Device | None = None
    signed_in: SignedIn | None = None

    def actor(self, scope: Scope) -> Actor:
        """Return as whom a token acts under a scope. Raises LacksScope for everybody else."""
        return (self.grant or _NOTHING).actor(scope)

    @property
    def unit_code(self) -> str | None:
        """The one unit that this token speaks for and about; None: every unit."""
        return self.grant.unit_code if self.grant is not None else None

    def require_unit(self, unit_code: str) -> None:
        """Raise OtherUnit where a token is bound to another unit."""
        if self.grant is not None and not self.grant.reads_unit(unit_code):
            raise OtherUnit(own=self.grant.unit_code, asked=unit_code[:60])

    def charge(self, rate: Rate, cost: float) -> Charged:
        """Take out of the caller's bucket."""
        return self.limiter.charge(self.sender, rate, cost)

    def require_rate(self, rate: Rate, cost: float) -> None:
        """Take more out of it than the gate has taken. Raises TooOften."""
        charged = self.charge(rate, max(0.0, cost))
        if not charged.taken.allowed:
            raise TooOften(wait=charged.wait_s)


_NOTHING = Grant("", "-", frozenset(), None, datetime.max.replace(tzinfo=UTC))


async def _caller(request: Request) -> Caller:
    found: Caller = request.scope[CALLER]
    return found


Who = Annotated[Caller, Depends(_caller)]


def bearer(scope: AsgiScope) -> str:
    """Return the bearer token of a request, or ""."""
    return _authorization(scope, "bearer")


def basic_password(scope: AsgiScope) -> str:
    """Return the password of Basic credentials, or ""."""
    try:
        told = base64.b64decode(_authorization(scope, "basic"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return told.partition(":")[2]


def _authorization(scope: AsgiScope, wanted: str) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, told = value.decode("latin-1").partition(" ")
            return told.strip() if kind.lower() == wanted else ""
    return ""
