"""What each sender has left: in memory, bounded, asked only from the server's one event loop."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from typing import TypeVar

from domain.limits import Bucket, Limits, Rate, Strikes, Taken, strike, take
from services import origin

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Charged:
    """What came of a request: its rate, and what was taken."""

    rate: Rate
    taken: Taken

    @property
    def wait_s(self) -> int:
        """In how many whole seconds enough will have flowed in; at least 1."""
        return max(1, _whole(self.taken.wait_s))

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers, with Retry-After on refusal."""
        rate, taken = self.rate, self.taken
        full_s = max(1, round(rate.burst / rate.per_s))
        reset_s = _whole((rate.burst - taken.bucket.left) / rate.per_s) if taken.allowed else self.wait_s
        found = [
            (b"ratelimit-policy", f'"{rate.name}";q={rate.burst:.0f};w={full_s}'.encode()),
            (b"ratelimit", f'"{rate.name}";r={int(taken.bucket.left)};t={reset_s}'.encode()),
        ]
        if not taken.allowed:
            found.append((b"retry-after", str(reset_s).encode()))
        return found


class Limiter:
    """The buckets of all senders, and the strikes of addresses that send wrong credentials."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        """Start with nobody known; `clock` gives seconds and never goes back."""
        self.limits = limits
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._strikes: OrderedDict[str, Strikes] = OrderedDict()

    def charge(self, sender: str, rate: Rate, cost: float = 1.0) -> Charged:
        """Take `cost` from a sender's bucket of this rate, or nothing when it has less."""
        counted = self.limits.scaled(rate)
        key = sender, rate.name
        taken = take(self._buckets.get(key), counted, self._clock(), cost)
        self._keep(self._buckets, key, taken.bucket)
        return Charged(counted, taken)

    def paused_s(self, address: str) -> float:
        """Return for how many seconds an address that sent wrong credentials is not heard yet; 0: it is."""
        return max(0.0, self._strikes.get(address, Strikes()).until_s - self._clock())

    def wrong(self, address: str) -> None:
        """Count wrong credentials of an address."""
        now_s = self._clock()
        self._keep(self._strikes, address, strike(self._strikes.get(address, Strikes()), self.limits, now_s))

    def paused(self, address: str) -> Charged:
        """Return the refusal of an address that is not heard now."""
        rate = self.limits.scaled(self.limits.strangers)
        bucket = Bucket(0.0, self._clock())
        return Charged(rate, Taken(False, bucket, self.paused_s(address)))

    def __len__(self) -> int:
        """Return how many buckets and strikes are remembered."""
        return len(self._buckets) + len(self._strikes)

    def _keep(self, kept: OrderedDict[K, V], key: K, value: V) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > self.limits.most_senders:
            kept.popitem(last=False)


def address_key(text: str) -> str:
    """Return who an address stands for: an IPv6 network of 64 bits is one household, and one sender."""
    found = origin.parse(text)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found) if found is not None else text


def _whole(seconds: float) -> int:
    return int(seconds) + (seconds > int(seconds))
