"""Whose word counts for where a request came from: only that of a proxy that the settings name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import origin
from services.origin import BadProxies, Trust, client_address, is_secure, networks

PROXY = networks("10.0.0.1, 192.168.7.0/24")
ADDRESSES = st.ip_addresses().map(str)


@pytest.mark.parametrize(
    ("peer", "told", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 192.168.7.3", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, nobody", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.1", "1.2.3.4:80", "1.2.3.4"),
        ("fe80::1%eth0", "", "fe80::1"),
        (None, "1.2.3.4", origin.UNKNOWN),
        ("unix:/run/x", "1.2.3.4", origin.UNKNOWN),
    ],
)
def test_the_chain_is_believed_as_far_as_trusted_proxies_wrote_it(
    peer: str | None, told: str, expected: str
) -> None:
    assert client_address(peer, {"x-forwarded-for": told}, PROXY) == expected


@given(ADDRESSES, st.lists(ADDRESSES, max_size=5))
def test_who_is_no_proxy_cannot_choose_an_address(peer: str, chain: list[str]) -> None:
    found = client_address(peer, {"x-forwarded-for": ",".join(chain)}, ())
    assert found == str(origin.parse(peer))


@given(st.lists(ADDRESSES, max_size=5), st.ip_addresses(v=4, network="203.0.113.0/24").map(str))
def test_what_the_sender_wrote_before_the_proxy_changes_nothing(chain: list[str], sender: str) -> None:
    told = {"x-forwarded-for": ", ".join([*chain, sender])}
    assert client_address("10.0.0.1", told, PROXY) == sender


@pytest.mark.parametrize(
    ("scheme", "peer", "proto", "behind", "expected"),
    [
        ("https", "203.0.113.9", "", False, True),
        ("wss", None, "", False, True),
        ("http", "203.0.113.9", "https", False, False),
        ("http", "10.0.0.1", "https", False, True),
        ("http", "10.0.0.1", "https, http", False, False),
        ("http", "10.0.0.1", "http", False, False),
        ("http", "203.0.113.9", "", True, True),
    ],
)
def test_it_is_tls_by_the_connection_a_trusted_proxy_or_the_setting(
    scheme: str, peer: str | None, proto: str, behind: bool, expected: bool
) -> None:
    headers = {"x-forwarded-proto": proto} if proto else {}
    assert is_secure(scheme, peer, headers, Trust(PROXY, behind)) is expected


@pytest.mark.parametrize("told", ["proksi.local", "10.0.0.1/33", "0.0.0.0/0", "::/0", "10.0.0.1/8"])
def test_a_list_of_proxies_with_no_address_or_with_everybody_is_refused(told: str) -> None:
    with pytest.raises(BadProxies, match="SIGAP_PROXIES"):
        networks(told)


def test_a_header_sent_twice_is_one_list() -> None:
    lines = [(b"X-Forwarded-For", b"6.6.6.6"), (b"x-forwarded-for", b"1.2.3.4")]
    scope = {"type": "http", "scheme": "http", "client": ("10.0.0.1", 1), "headers": lines}
    assert origin.address_of(scope, Trust(PROXY)) == "1.2.3.4"
    assert origin.secure(scope, Trust(PROXY)) is False


@pytest.mark.parametrize(
    ("peer", "headers", "proxies", "unknown"),
    [
        ("127.0.0.1", {}, "", False),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, "", True),
        ("127.0.0.1", {"forwarded": "for=10.0.0.9"}, "", True),
        ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"}, "127.0.0.1", False),
        ("10.0.0.1", {"x-forwarded-for": "127.0.0.1"}, "127.0.0.1", True),
    ],
)
def test_a_proxy_that_nobody_named_speaks_for_anybody(peer, headers, proxies, unknown) -> None:
    scope = {
        "client": (peer, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    trust = origin.Trust(origin.networks(proxies))
    assert origin.through_unknown_proxy(scope, trust) is unknown
