"""Positions in: a reading of some protocol becomes a fix of a device, taken or refused with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from domain.positions import Device, Fix, FixRefusal, Source
from geo.points import LonLat
from services import counters, devices

if TYPE_CHECKING:
    from services.center import Center


@dataclass(frozen=True, slots=True)
class Reading:
    """One position as a protocol told it; speed in knots, heading in degrees, battery 0 to 1."""

    position: LonLat
    reported_at: datetime
    accuracy_m: float | None = None
    speed_kn: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    unit_code: str | None = None


def device_of(center: "Center", token: str) -> Device | None:
    """Return the device that a token belongs to, or None: unknown or revoked."""
    devices.refresh_if_changed(center)
    return center.live.device_of(devices.hash_of(token))


def take(
    center: "Center",
    now: datetime,
    source: Source,
    device: Device | None,
    readings: Sequence[Reading],
    *,
    only_unit: str | None = None,
) -> list[FixRefusal | None]:
    """Take readings; return for each why it was refused, or None where it was taken.

    device: whose they are; None for another system that names the unit in each reading. only_unit: the one
    unit that this system may report for. A reading that names another unit than the device's or this is
    refused.
    """
    devices.refresh_if_changed(center)
    answers: list[FixRefusal | None] = [FixRefusal.NO_DEVICE] * len(readings)
    fixes, places = [], []
    own = device.unit_code if device is not None else only_unit
    for place, reading in enumerate(readings):
        unit_code = reading.unit_code or own
        if unit_code is None or own not in (None, unit_code):
            continue
        device_id = device.device_id if device is not None else devices.system_device(unit_code)
        fixes.append(
            Fix(
                unit_code,
                device_id,
                source,
                reading.position,
                reading.reported_at,
                now,
                reading.accuracy_m,
                reading.speed_kn,
                reading.heading_deg,
                reading.battery,
            )
        )
        places.append(place)
    for place, refusal in zip(places, center.live.take(fixes), strict=True):
        answers[place] = refusal
    counters.count_positions(answers)
    return answers
