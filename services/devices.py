"""Phones and trackers: each has a token bound to a unit, shown once; then only its hash is kept."""

import hashlib
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from database import cases
from database import positions as store
from database.connection import Writer
from database.positions import StoredDevice as StoredDevice
from domain.case import Actor
from domain.errors import BadInput, Need, NotFound
from domain.identity import uuid7
from domain.permissions import Action, require
from domain.positions import Device
from domain.words import N_
from services import registry
from services.live import recall, top_kn

if TYPE_CHECKING:
    from services.center import Center

_refreshing = threading.Lock()
LONGEST_LABEL = 60
SYSTEM_PRIORITY = 9
"""Another system that reports for many units is believed after every device of a unit's own."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that was just made, with its token: the only time that the token can be read."""

    device: StoredDevice
    token: str


def hash_of(token: str) -> str:
    """Return what is kept of a token. It is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def make(
    center: "Center",
    now: datetime,
    actor: Actor,
    unit_code: str,
    label: str,
    *,
    priority: int = 1,
    max_age_s: int | None = None,
) -> NewDevice:
    """Make a device for a unit. Raises NotPermitted, BadInput naming the field."""
    require(actor, Action.EDIT_DEVICES)
    if unit_code not in registry.units(center):
        unknown = Need(N_("“{code}” tidak ada di registri."), code=unit_code[:60])
        raise BadInput("unit_code", N_("Unit"), unknown)
    if not 1 <= len(label.strip()) <= LONGEST_LABEL:
        raise BadInput("label", N_("Nama alat"), Need(N_("harus 1 sampai {most} huruf."), most=LONGEST_LABEL))
    if not 1 <= priority <= 9:
        raise BadInput("priority", N_("Urutan dipercaya"), Need(N_("harus 1 (pertama) sampai 9.")))
    age_s = center.pack.city.device_max_age_s if max_age_s is None else max_age_s
    if not 5 <= age_s <= 86_400:
        raise BadInput("max_age_s", N_("Umur posisi alat"), Need(N_("harus 5 sampai 86400 detik.")))
    token = secrets.token_urlsafe(24)
    device = StoredDevice(
        uuid7(now, secrets.token_bytes(10)),
        unit_code,
        label.strip(),
        hash_of(token),
        priority,
        age_s,
        now,
        actor.name,
        None,
    )
    with center.db.write() as writer:
        store.add_device(writer, device)
        _note(writer, actor, now, device, "made", {"device_id": device.device_id, "label": device.label})
    refresh(center)
    return NewDevice(device, token)


def revoke(center: "Center", now: datetime, actor: Actor, device_id: str) -> None:
    """Take a device out of use at once; its history stays. Raises NotPermitted, NotFound."""
    require(actor, Action.EDIT_DEVICES)
    with center.db.write() as writer:
        device = next((d for d in store.devices(writer) if d.device_id == device_id), None)
        if device is None or device.revoked_at is not None:
            raise NotFound(N_("Alat"), device_id)
        store.revoke_device(writer, device_id, now)
        _note(writer, actor, now, device, "revoked", {"device_id": device_id, "revoked_at": now.isoformat()})
    refresh(center)


def listed(center: "Center") -> list[StoredDevice]:
    """Return every device, revoked ones included, by unit and label."""
    return sorted(store.devices(center.db.read()), key=lambda d: (d.unit_code, d.label, d.device_id))


def refresh_if_changed(center: "Center") -> None:
    """Take notice of units that were changed or retired since the devices were last looked at; quick."""
    if center.live.generation != center.registry_box.generation:
        refresh(center)


def refresh(center: "Center") -> None:
    """Make the live positions know exactly the devices that count now."""
    # One after the other: an older reading must not come after a newer one and bring a revoked token back.
    with _refreshing:
        _refresh(center)


def _refresh(center: "Center") -> None:
    generation = center.registry_box.generation
    units = registry.units(center)
    counted = [d for d in store.devices(center.db.read()) if d.revoked_at is None and d.unit_code in units]
    age_s = center.pack.city.device_max_age_s
    systems = [
        Device(system_device(code), code, "API", SYSTEM_PRIORITY, age_s, top_kn(center, unit))
        for code, unit in units.items()
    ]
    own = [(_device(center, one), one.token_hash) for one in counted]
    center.live.know(generation, [*own, *((device, None) for device in systems)])


def system_device(unit_code: str) -> str:
    """Return the id under which another system's positions of a unit are kept."""
    return f"api:{unit_code}"


def _device(center: "Center", stored: StoredDevice) -> Device:
    fastest_kn = top_kn(center, registry.units(center)[stored.unit_code])
    return Device(
        stored.device_id, stored.unit_code, stored.label, stored.priority, stored.max_age_s, fastest_kn
    )


def start(center: "Center", now: datetime) -> None:
    """Know the devices and where they were last, after a start."""
    refresh(center)
    recall(center, now)


def _note(
    writer: Writer, actor: Actor, now: datetime, device: StoredDevice, verb: str, after: dict[str, str]
) -> None:
    """Put the change into the trail under the unit, without token or hash."""
    cases.append_event(
        writer,
        actor,
        "device",
        device.unit_code,
        f"{Action.EDIT_DEVICES.value}.{verb}",
        {},
        after,
        occurred_at=now,
        entered_at=now,
    )
