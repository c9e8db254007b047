"""Positions: what a device reports, why a report is refused, and which of several devices is believed.

Pure. A fix that is older than the newest of its device comes from a dead zone: it is kept as history in its
right order and never moves the marker back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.words import N_, Label
from geo.air import KNOT_M_S
from geo.points import Area, LonLat, geodesic_m

FUTURE_S = 60
"""How much a device's clock may be ahead of ours."""
HISTORY_S = 48 * 3600
"""Older reports than this are not taken, even as history."""
NULL_DEG = 0.001
"""So near to 0,0 a device has no satellite, wherever it is."""
SLACK_M = 100.0
"""Two fixes may be this far apart beyond what speed and their accuracies allow."""
ACCURATE_M = 2_000.0
"""A position that is less sure than this is kept as history and moves no marker."""
REMEMBERED = 128
"""So many report times of a device are remembered, to know a batch that is sent again."""
AGREE = 2
"""So many refused jumps that agree with each other show that it was the old place that was wrong."""


class FixRefusal(Label):
    """Why a reported position is not taken."""

    NO_DEVICE = "unknown_device", N_("alat tidak dikenal atau sudah dicabut")
    NO_SATELLITE = "null_island", N_("posisi 0,0: alat belum mendapat satelit")
    FUTURE = "future", N_("jam alat lebih maju daripada jam Sigap; perbaiki jam alat")
    NOT_NEWER = "not_newer", N_("waktu ini sudah dilaporkan alat itu")
    TOO_OLD = "too_old", N_("lebih dari 48 jam yang lalu")
    TOO_FAST = "too_fast", N_("berpindah lebih cepat daripada yang mungkin")
    OUTSIDE = "outside_area", N_("di luar wilayah peta")
    UNREADABLE = "unreadable", N_("laporan tidak dapat dibaca")


class Source(Label):
    """By which protocol a position came."""

    GEOJSON = "geojson", N_("API")
    OSMAND = "osmand", N_("OsmAnd/Traccar")
    OWNTRACKS = "owntracks", N_("OwnTracks")
    COT = "cot", N_("ATAK (CoT)")
    CREW = "crew", N_("Halaman Regu")


@dataclass(frozen=True, slots=True)
class Fix:
    """One reported position (WGS 84); speed in knots, heading in degrees from true north, battery 0 to 1."""

    unit_code: str
    device_id: str
    source: Source
    position: LonLat
    reported_at: datetime
    received_at: datetime
    accuracy_m: float | None = None
    speed_kn: float | None = None
    heading_deg: float | None = None
    battery: float | None = None

    def age_s(self, now: datetime) -> int:
        """Return how old the position is, whole seconds, never below zero."""
        return max(0, int((now - self.reported_at).total_seconds()))


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or tracker bound to a unit. The lower `priority`, the sooner it is believed.

    `max_age_s`: an older position of it gives way to a device with a fresh one. `top_kn`: the fastest that
    its unit can be thought to move.
    """

    device_id: str
    unit_code: str
    label: str
    priority: int
    max_age_s: int
    top_kn: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a device: its newest fix, and jumps that were refused lately but agree.

    `hidden`: somebody said that the unit is at its station, so the newest says no more where it is.
    `times`: report times that were taken lately.
    """

    newest: Fix | None = None
    suspects: tuple[Fix, ...] = ()
    hidden: bool = False
    times: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a fix: the new `seen`; `refusal` None means taken; `is_newest`: it moves the marker."""

    seen: Seen
    refusal: FixRefusal | None = None
    is_newest: bool = False


def judge(fix: Fix, device: Device, seen: Seen, area: Area) -> Verdict:
    """Return whether a fix is taken, and whether it is the newest of its device."""
    refusal = _by_itself(fix, area)
    newest = seen.newest
    if refusal is not None:
        return Verdict(seen, refusal)
    if newest is not None and newest.reported_at > fix.received_at + timedelta(seconds=FUTURE_S):
        # Our own clock was set back: what it let pass as present then is no measure now.
        newest, seen = None, replace(seen, newest=None, suspects=())
    if fix.reported_at in seen.times or (newest is not None and fix.reported_at == newest.reported_at):
        return Verdict(seen, FixRefusal.NOT_NEWER)
    if newest is not None and fix.reported_at < newest.reported_at:
        if not _could_reach(fix, newest, device.top_kn):
            return Verdict(seen, FixRefusal.TOO_FAST)
        return Verdict(_remember(seen, fix))
    if fix.accuracy_m is not None and fix.accuracy_m > ACCURATE_M:
        return Verdict(_remember(seen, fix))
    if newest is None or _could_reach(newest, fix, device.top_kn):
        return Verdict(_moved(seen, fix), is_newest=True)
    suspects = [old for old in seen.suspects if _could_reach(old, fix, device.top_kn)]
    if len(suspects) >= AGREE:
        return Verdict(_moved(seen, fix), is_newest=True)
    return Verdict(replace(seen, suspects=(*suspects, fix)), FixRefusal.TOO_FAST)


def _remember(seen: Seen, fix: Fix) -> Seen:
    times = seen.times | {fix.reported_at}
    if len(times) > REMEMBERED:
        times = frozenset(sorted(times)[-REMEMBERED // 2 :])
    return replace(seen, times=times)


def _moved(seen: Seen, fix: Fix) -> Seen:
    return replace(_remember(seen, fix), newest=fix, suspects=(), hidden=False)


def _by_itself(fix: Fix, area: Area) -> FixRefusal | None:
    at = fix.position
    if abs(at.lon) < NULL_DEG and abs(at.lat) < NULL_DEG:
        return FixRefusal.NO_SATELLITE
    if fix.reported_at > fix.received_at + timedelta(seconds=FUTURE_S):
        return FixRefusal.FUTURE
    if fix.reported_at < fix.received_at - timedelta(seconds=HISTORY_S):
        return FixRefusal.TOO_OLD
    return None if area.contains(at) else FixRefusal.OUTSIDE


def _could_reach(before: Fix, after: Fix, top_kn: float) -> bool:
    passed_s = (after.reported_at - before.reported_at).total_seconds()
    unsure_m = (before.accuracy_m or 0.0) + (after.accuracy_m or 0.0) + SLACK_M
    if passed_s <= 0:
        return False
    return geodesic_m(before.position, after.position) <= top_kn * KNOT_M_S * passed_s + unsure_m


def believed(newest: Iterable[tuple[Device, Fix]], now: datetime) -> Fix | None:
    """Return the position of a unit among the newest of its devices; None where there is none.

    A device with a position that is not too old goes before one without; then the lower priority number,
    the newer fix, the device's name.
    """
    known = list(newest)
    if len(known) < 2:
        return known[0][1] if known else None
    ranked = sorted(
        known,
        key=lambda pair: (
            pair[1].age_s(now) > pair[0].max_age_s,
            pair[0].priority if pair[1].age_s(now) <= pair[0].max_age_s else 0,
            -pair[1].reported_at.timestamp(),
            pair[0].device_id,
        ),
    )
    return ranked[0][1]
