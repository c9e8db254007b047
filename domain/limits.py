"""How much one sender may ask of the API: how often, how large, how deeply nested. All numbers stand here.

Pure. Each sender has a bucket: it holds `burst` requests, each takes one out, and `per_s` flow in again.
Times are seconds of a clock that never goes back.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.errors import SigapError
from domain.words import N_


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once."""

    name: str
    per_s: float
    burst: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a sender has left at a moment."""

    left: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of asking: whether it is allowed, what is left, and in how many seconds enough flows in."""

    allowed: bool
    bucket: Bucket
    wait_s: float


def level(bucket: Bucket | None, rate: Rate, now_s: float) -> float:
    """Return how much is in a bucket now; a sender who never asked has a full one."""
    if bucket is None:
        return rate.burst
    return min(rate.burst, bucket.left + max(0.0, now_s - bucket.at_s) * rate.per_s)


def take(bucket: Bucket | None, rate: Rate, now_s: float, cost: float = 1.0) -> Taken:
    """Take `cost` out of a bucket, or nothing when there is less in it."""
    left = level(bucket, rate, now_s)
    # Sums of many small inflows fall short of a whole by the last digit.
    allowed = left >= cost - 1e-9
    after = max(0.0, left - cost) if allowed else left
    wait_s = 0.0 if allowed else (cost - left) / rate.per_s
    return Taken(allowed, Bucket(after, now_s), wait_s)


@dataclass(frozen=True, slots=True)
class Strikes:
    """How many wrong credentials an address has sent; not heard before `until_s`; forgiven with time."""

    count: float = 0.0
    at_s: float = 0.0
    until_s: float = -math.inf


def strike(before: Strikes, limits: "Limits", now_s: float) -> Strikes:
    """Count one more wrong credential: beyond the free ones the pause doubles each time, to a longest."""
    forgiven = max(0.0, now_s - before.at_s) / limits.forgive_s
    count = max(0.0, before.count - forgiven) + 1
    over = count - limits.free_strikes
    pause_s = 0.0 if over <= 0 else min(limits.longest_pause_s, 2.0 ** min(over, 60.0))
    return Strikes(count, now_s, max(before.until_s, now_s + pause_s) if pause_s else before.until_s)


READ = Rate("read", 50, 200)
CALLS = Rate("calls", 5, 20)
POSITIONS = Rate("positions", 2_000, 20_000)
DEVICE = Rate("device", 20, 10_000)
PHONES = Rate("phones", 200, 1_000)
"""For one address: phones whose token is not in sight before their message is read."""
CREW = Rate("crew", 10, 60)
STRANGERS = Rate("strangers", 5, 40)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one address takes: at which rate, at which cost, how long a body, and whether that is JSON."""

    rate: Rate = READ
    cost: float = 1.0
    most_bytes: int = 64_000
    is_json: bool = False


USUAL = Limit()
LIMITS: Mapping[tuple[str, str], Limit] = {
    ("POST", "/v1/calls"): Limit(CALLS, is_json=True),
    ("POST", "/v1/matrix"): Limit(cost=10, is_json=True),
    ("GET", "/v1/isochrones"): Limit(cost=2),
    ("POST", "/v1/positions"): Limit(POSITIONS, most_bytes=1_000_000, is_json=True),
    ("POST", "/cot"): Limit(DEVICE),
    ("POST", "/osmand"): Limit(DEVICE),
    ("GET", "/osmand"): Limit(DEVICE),
    ("POST", "/owntracks"): Limit(DEVICE, is_json=True),
    ("POST", "/v1/crew/actions"): Limit(CREW, most_bytes=500_000, is_json=True),
    ("POST", "/v1/crew/photos"): Limit(CREW, most_bytes=12_000_000),
}
"""By method and address; an address that is not named has the usual limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that count for everybody.

    scale: multiplies every rate (tests ask much). strangers: requests of an address without credentials that
    need some. free_strikes: wrong credentials before the first pause; one is forgiven every `forgive_s`.
    most_senders: so many buckets are remembered; then the one longest unused is forgotten.
    """

    scale: float = 1.0
    strangers: Rate = STRANGERS
    free_strikes: int = 10
    forgive_s: float = 60.0
    longest_pause_s: float = 300.0
    most_senders: int = 20_000
    longest_address: int = 8_000
    most_parameters: int = 120
    deepest_json: int = 32
    by_address: Mapping[tuple[str, str], Limit] = field(default_factory=lambda: LIMITS)

    def of(self, method: str, address: str) -> Limit:
        """Return the limit of an address of the API."""
        return self.by_address.get((method, address), USUAL)

    def scaled(self, rate: Rate) -> Rate:
        """Return a rate as it counts."""
        return rate if self.scale == 1 else Rate(rate.name, rate.per_s * self.scale, rate.burst * self.scale)


_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_OPENING = b"[{"


def is_too_deep(body: bytes, deepest: int) -> bool:
    """Return whether JSON in UTF-8 is nested deeper than `deepest`; only its brackets are looked at."""
    if body.count(b"[") + body.count(b"{") <= deepest:
        return False
    depth = 0
    for sign in re.findall(rb"[\[\]{}]", _STRING.sub(b"", body)):
        depth += 1 if sign in _OPENING else -1
        if depth > deepest:
            return True
    return False


class TooOften(SigapError):
    """A sender has asked for more than its rate."""

    template = N_("Terlalu banyak permintaan. Tunggu {wait} detik, lalu ulangi.")


class BodyTooLarge(SigapError):
    """A request's body is longer than its address takes."""

    template = N_("Isi permintaan lebih dari {most} byte. Kirim dalam beberapa bagian.")


class BodyTooDeep(SigapError):
    """JSON is nested too deeply."""

    template = N_("JSON bersarang lebih dari {most} tingkat. Kirim isi seperti yang tertulis di /api/docs.")


class AddressTooLong(SigapError):
    """A request's address is too long."""

    template = N_("Alamat permintaan lebih dari {most} byte. Pakai lebih sedikit parameter.")


class TooManyParameters(SigapError):
    """A request's address has too many parameters."""

    template = N_("Lebih dari {most} parameter. Pakai lebih sedikit, atau bagi permintaannya.")
