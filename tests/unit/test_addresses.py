"""Addresses that nobody's operational message goes to, in every dress they can wear."""

import pytest

from domain.addresses import is_forbidden


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
        "metadata",
        "",
    ],
)
def test_it_is_refused(address: str) -> None:
    assert is_forbidden(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "192.168.1.9",
        "172.16.0.1",
        "::ffff:127.0.0.1",
        "fd12:3456::1",
        "8.8.8.8",
    ],
)
def test_a_citys_own_systems_and_the_internet_may_be_called(address: str) -> None:
    assert not is_forbidden(address)
