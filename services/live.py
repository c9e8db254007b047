"""Where every unit is now: taken from devices, kept in memory, written as history once a second.

A crash loses at most the positions of its last second; the marker then stands where the history ends. Reading
the newest position asks no database.
"""

import logging
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from database import positions as store
from database import units
from database.connection import Database
from domain.positions import HISTORY_S, Device, Fix, FixRefusal, Seen, Verdict, believed, judge
from domain.units import Unit
from domain.words import Mode
from geo.points import Area
from services import wall_clock

if TYPE_CHECKING:
    from services.center import Center

FLUSH_EVERY_S = 1.0
FORGET_EVERY_S = 3600.0
MOST_WAITING = 500_000
"""So many positions wait at most while the store takes none; then the oldest are dropped, and said so."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a unit is: the position that is believed, and the count at which it last moved."""

    fix: Fix
    moved: int


class Live:
    """The newest position of every device; shareable between threads."""

    def __init__(self, area: Area) -> None:
        """Start without devices and positions; `area` (WGS 84) is what the map covers."""
        self._area = area
        self._lock = threading.Lock()
        self._devices: dict[str, Device] = {}
        self._by_token: dict[str, str] = {}
        self._seen: dict[str, Seen] = {}
        self._of_unit: dict[str, list[str]] = {}
        self._refused: dict[str, tuple[FixRefusal, datetime]] = {}
        self._waiting: list[Fix] = []
        self._writing: list[Fix] = []
        self._moved = 0
        self.generation = -1
        self._moved_unit: dict[str, int] = {}

    @property
    def version(self) -> int:
        """A number that grows whenever a marker moves."""
        return self._moved

    def know(self, generation: int, devices: Iterable[tuple[Device, str | None]]) -> None:
        """Take these devices, each with its token's hash (None: it has none), for all that count.

        What others reported is let go.
        generation: of the registry that their units were read from.
        """
        known = list(devices)
        with self._lock:
            self.generation = generation
            self._devices = {device.device_id: device for device, _ in known}
            self._by_token = {token_hash: device.device_id for device, token_hash in known if token_hash}
            self._seen = {code: seen for code, seen in self._seen.items() if code in self._devices}
            self._of_unit = {}
            for device, _ in known:
                self._of_unit.setdefault(device.unit_code, []).append(device.device_id)
            self._moved += 1

    def recall(self, fixes: Iterable[Fix], at_home: Mapping[str, datetime]) -> None:
        """Put back the newest positions from the history, after a start.

        at_home: since when a unit was said to be at its station; an older position says no more where it is.
        """
        with self._lock:
            for fix in fixes:
                if fix.device_id in self._devices and fix.device_id not in self._seen:
                    home = at_home.get(fix.unit_code)
                    hidden = home is not None and fix.reported_at <= home
                    self._seen[fix.device_id] = Seen(fix, hidden=hidden, times=frozenset({fix.reported_at}))
                    self._move(fix.unit_code)

    def device_of(self, token_hash: str) -> Device | None:
        """Return the device whose token has this hash, or None."""
        return self._devices.get(self._by_token.get(token_hash, ""))

    def device(self, device_id: str) -> Device | None:
        """Return a device by its id, or None."""
        return self._devices.get(device_id)

    def newest_of(self, device_id: str) -> Fix | None:
        """Return the newest position of a device, or None."""
        return self._seen.get(device_id, Seen()).newest

    def refused_of(self, device_id: str) -> tuple[FixRefusal, datetime] | None:
        """Return why and when a position of a device was refused last, or None."""
        return self._refused.get(device_id)

    def take(self, fixes: Sequence[Fix]) -> list[FixRefusal | None]:
        """Judge positions one after the other, in the order of their own times; None means taken."""
        answers: list[FixRefusal | None] = [None] * len(fixes)
        order = sorted(range(len(fixes)), key=lambda k: fixes[k].reported_at)
        with self._lock:
            for k in order:
                fix = fixes[k]
                device = self._devices.get(fix.device_id)
                if device is None or device.unit_code != fix.unit_code:
                    answers[k] = FixRefusal.NO_DEVICE
                    continue
                verdict = judge(fix, device, self._seen.get(fix.device_id, Seen()), self._area)
                self._keep(fix, verdict)
                answers[k] = verdict.refusal
        return answers

    def _keep(self, fix: Fix, verdict: Verdict) -> None:
        self._seen[fix.device_id] = verdict.seen
        if verdict.refusal is None:
            self._waiting.append(fix)
            if len(self._waiting) > MOST_WAITING:
                self._drop()
        else:
            self._refused[fix.device_id] = verdict.refusal, fix.received_at
        if verdict.is_newest:
            self._move(fix.unit_code)

    def _drop(self) -> None:
        """Let go of the oldest tenth of what waits; say how many that were."""
        dropped = MOST_WAITING // 10
        del self._waiting[:dropped]
        _log.error("the store takes no positions: the oldest %d that waited are lost", dropped)

    def _move(self, unit_code: str) -> None:
        self._moved += 1
        self._moved_unit[unit_code] = self._moved

    def forget_unit(self, unit_code: str) -> None:
        """Let go of where a unit was seen: somebody said that it is back at its station."""
        with self._lock:
            for device_id in self._of_unit.get(unit_code, ()):
                if device_id in self._seen:
                    self._seen[device_id] = replace(self._seen[device_id], hidden=True)
            self._move(unit_code)

    def markers(self, now: datetime, only: Collection[str] | None = None) -> dict[str, Marker]:
        """Return where each unit with a position is, by unit code; `only`: of these units."""
        with self._lock:
            found = {}
            codes = self._of_unit if only is None else [code for code in only if code in self._of_unit]
            for unit_code in codes:
                device_ids = self._of_unit[unit_code]
                known = [
                    (self._devices[one], seen.newest)
                    for one in device_ids
                    if (seen := self._seen.get(one)) is not None and not seen.hidden and seen.newest
                ]
                if known and (fix := believed(known, now)) is not None:
                    found[unit_code] = Marker(fix, self._moved_unit.get(unit_code, 0))
            return found

    def waiting(self, unit_code: str) -> list[Fix]:
        """Return the positions of a unit that are not in the history yet."""
        with self._lock:
            both = (*self._writing, *self._waiting)
            return [fix for fix in both if fix.unit_code == unit_code]

    def flush(self, db: Database) -> int:
        """Write what waits in one transaction; return how many. What cannot be written waits on.

        Raises StoreUnavailable.
        """
        with self._lock:
            batch = self._writing = self._waiting
            self._waiting = []
        if not batch:
            return 0
        try:
            with db.write() as writer:
                store.append(writer, batch)
        except BaseException:
            with self._lock:
                self._waiting = batch + self._waiting
            raise
        finally:
            with self._lock:
                self._writing = []
        return len(batch)


def top_kn(center: "Center", unit: Unit) -> float:
    """Return the fastest that a unit can be thought to move, by the numbers of the city pack."""
    city = center.pack.city
    tops = {Mode.SEA: city.top_sea_kn, Mode.AIR: city.top_air_kn}
    return max(tops.get(unit.mode, city.top_land_kn), unit.cruise_kn)


def run(center: "Center", stop: threading.Event) -> None:
    """Write positions once a second and let go of old ones, until `stop` is set; then write the last."""
    forget_in_s = 0.0
    while True:
        ended = stop.wait(FLUSH_EVERY_S)
        try:
            center.live.flush(center.db)
            forget_in_s -= FLUSH_EVERY_S
            if forget_in_s <= 0:
                forget_in_s = FORGET_EVERY_S
                forget_old(center, datetime.now(UTC))
        except Exception:
            # Whatever it is, the next second tries again: a dead writer would lose everything from here on.
            _log.exception("positions wait: the store takes none")
        if ended:
            return


def forget_old(center: "Center", now: datetime) -> int:
    """Delete positions older than the pack's retention; return how many.

    None after the machine's clock was set: they may only look old.
    """
    if wall_clock.is_doubtful(center, now):
        return 0
    before = now - timedelta(days=center.pack.city.position_days)
    with center.db.write() as writer:
        return store.forget(writer, before)


def recall(center: "Center", now: datetime) -> None:
    """Put the newest positions of the history back into memory (at the start)."""
    reader = center.db.read()
    newest = store.newest(reader, now - timedelta(seconds=HISTORY_S))
    center.live.recall(newest, units.ready_since(reader))


def track(center: "Center", now: datetime, unit_code: str, minutes: int = 30) -> list[Fix]:
    """Return a unit's positions of the last minutes, oldest first, those not written yet included."""
    since = now - timedelta(minutes=minutes)
    written = store.track(center.db.read(), unit_code, since, now)
    known = {(fix.device_id, fix.reported_at) for fix in written}
    fresh = [
        fix
        for fix in center.live.waiting(unit_code)
        if fix.reported_at >= since and (fix.device_id, fix.reported_at) not in known
    ]
    return sorted([*written, *fresh], key=lambda fix: (fix.reported_at, fix.device_id))
