"""What every call to another system keeps to: the address that was really reached is one that may be called.

The check is on the open connection, before anything is sent: a name that leads elsewhere a moment later (DNS
rebinding) gains nothing. Redirects are not followed, nor a proxy of the environment used, by any caller.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import httpx

from domain.addresses import is_forbidden

Trace = Callable[[str, dict[str, Any]], Awaitable[None]]


class ForbiddenAddress(httpx.ConnectError):
    """The name led to an address that Sigap never calls."""


def require_allowed(address: str, also: Sequence[IPv4Network | IPv6Network] = ()) -> None:
    """Raise ForbiddenAddress for an address that must not be called, or lies in one of `also`."""
    if is_forbidden(address) or any(ip_address(address.partition("%")[0]) in network for network in also):
        raise ForbiddenAddress("the name leads to an address that is never called")


def watched(also: Sequence[IPv4Network | IPv6Network] = ()) -> dict[str, Any]:
    """Return httpx's `extensions` of a request that ends unsent where it leads to such an address."""

    async def look(event: str, told: dict[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        opened = told["return_value"]
        try:
            require_allowed(str(opened.get_extra_info("server_addr")[0]), also)
        except ForbiddenAddress:
            await opened.aclose()
            raise

    return {"trace": look}
