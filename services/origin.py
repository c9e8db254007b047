"""Where a request came from and whether it came encrypted: whose word counts for that.

A reverse proxy tells the browser's address and scheme in `X-Forwarded-For` and `X-Forwarded-Proto`. Anybody
can write these headers, so they count only when the connection itself comes from an address of
`SIGAP_PROXIES`. `services.launch` hands the same list to uvicorn, which reads the chain by the same rule and
puts what it found into the scope.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self

from domain.errors import Need, SigapError
from domain.words import N_

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNKNOWN = "?"
"""The address of a peer that has none, such as a socket file."""
LONGEST_CHAIN = 20


class BadProxies(SigapError):
    """`SIGAP_PROXIES` names something that is no address."""

    template = N_(
        "SIGAP_PROXIES tidak dapat dipakai: {value} {problem}. Tulis alamat atau jaringan proksi, dipisah "
        "koma, mis. 127.0.0.1,10.0.0.0/24."
    )


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose forwarded headers count, and whether the address people use is HTTPS for certain."""

    proxies: tuple[Network, ...] = ()
    behind_tls: bool = False

    @classmethod
    def from_environment(cls) -> Self:
        """Read SIGAP_PROXIES (addresses and networks, by commas) and SIGAP_BEHIND_TLS. Raises BadProxies."""
        told = os.environ.get("SIGAP_PROXIES", "")
        return cls(networks(told), os.environ.get("SIGAP_BEHIND_TLS", "") not in ("", "0"))


def networks(told: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a list. Raises BadProxies, for one that means everybody too."""
    found = []
    for part in (part.strip() for part in told.split(",")):
        if not part:
            continue
        try:
            network = ip_network(part)
        except ValueError:
            raise BadProxies(value=part[:60], problem=Need(N_("bukan alamat"))) from None
        if network.prefixlen == 0:
            everybody = Need(N_("berarti semua orang, sehingga siapa pun dipercaya"))
            raise BadProxies(value=part, problem=everybody)
        found.append(network)
    return tuple(found)


def client_address(peer: str | None, headers: Mapping[str, str], trusted: Sequence[Network]) -> str:
    """Return the address of who asks, in its plain form, or UNKNOWN.

    peer: the other end of the connection. headers: by names in lower case. The chain of `X-Forwarded-For` is
    read from its end, as far as trusted proxies wrote it: what stands before, the sender may have made up.
    """
    asked = parse(peer)
    if asked is None:
        return UNKNOWN
    chain = [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]
    for part in reversed(chain[-LONGEST_CHAIN:]):
        if not _is_in(asked, trusted):
            break
        told = parse(part)
        if told is None:
            break
        asked = told
    return str(asked)


def is_secure(scheme: str, peer: str | None, headers: Mapping[str, str], trust: Trust) -> bool:
    """Return whether the browser speaks TLS: to us, or to a proxy that we believe."""
    if trust.behind_tls or scheme in ("https", "wss"):
        return True
    if not trust.proxies:
        return False
    asked = parse(peer)
    if asked is None or not _is_in(asked, trust.proxies):
        return False
    return headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower() in ("https", "wss")


def address_of(scope: Mapping[str, Any], trust: Trust | None = None) -> str:
    """Return `client_address` of an ASGI scope (http or websocket)."""
    return client_address(_peer(scope), _headers(scope), (trust or configured()).proxies)


def secure(scope: Mapping[str, Any], trust: Trust | None = None) -> bool:
    """Return `is_secure` of an ASGI scope (http or websocket)."""
    known = trust or configured()
    # Asked several times a request: nothing is read of it that cannot matter.
    headers = _headers(scope) if known.proxies else {}
    return is_secure(str(scope.get("scheme", "http")), _peer(scope), headers, known)


def through_unknown_proxy(scope: Mapping[str, Any], trust: Trust | None = None) -> bool:
    """Return whether a proxy speaks for somebody and is not one of those that are believed: anybody, then."""
    headers = _headers(scope)
    if "x-forwarded-for" not in headers and "forwarded" not in headers:
        return False
    peer = parse(_peer(scope))
    return peer is None or not _is_in(peer, (trust or configured()).proxies)


@lru_cache(maxsize=1)
def configured() -> Trust:
    """Return the settings that this process was started with. Raises BadProxies."""
    return Trust.from_environment()


def parse(text: str | None) -> Address | None:
    """Return an address, an IPv4 one in IPv6's clothes as IPv4, without port or zone; None: it is none."""
    told = (text or "").strip()
    if told.startswith("["):
        told = told[1:].partition("]")[0]
    elif told.count(":") == 1:
        told = told.partition(":")[0]
    try:
        found = ip_address(told.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_in(address: Address, among: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in among)


def _peer(scope: Mapping[str, Any]) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None


def _headers(scope: Mapping[str, Any]) -> dict[str, str]:
    # A header sent twice is one list, in the order of its lines.
    found: dict[str, str] = {}
    for name, value in scope.get("headers", ()):
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[key] = f"{found[key]},{text}" if key in found else text
    return found
