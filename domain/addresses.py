"""Addresses that Sigap never calls, whatever a settings file or a name server says.

A city's own systems sit at private addresses and some on this very machine, so those are allowed. What
nobody sends an operational message to is refused: addresses of this link only, among which cloud machines
offer their credentials (169.254.169.254 and its kin), of nobody, of everybody, and of the future.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_METADATA = frozenset(
    ip_address(one) for one in ("100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
"""Where Alibaba, Oracle, Amazon and Google offer a machine its credentials, besides link-local 169.254/16."""

_NAT64 = IPv6Network("64:ff9b::/96")


def is_forbidden(text: str) -> bool:
    """Return whether an address (as a socket tells it) must not be called; also what is no address."""
    try:
        told = ip_address(text.partition("%")[0])
    except ValueError:
        return True
    within = _within(told)
    return any(_is_bad(one) for one in within or (told,))


def _is_bad(one: IPv4Address | IPv6Address) -> bool:
    kinds = (one.is_link_local, one.is_multicast, one.is_unspecified, one.is_reserved and not one.is_loopback)
    return any(kinds) or one in _METADATA


def _within(one: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(one, IPv4Address):
        return ()
    found = [one.ipv4_mapped, one.sixtofour, *(one.teredo or ())]
    if one in _NAT64:
        found.append(IPv4Address(int(one) & 0xFFFF_FFFF))
    return tuple(part for part in found if part is not None)
