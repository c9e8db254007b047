"""What a map reads by itself every few seconds: where units are and what they do, and the open incidents.

Ages are not in it, only times: a picture in which nobody moved is the same bytes, so that a reader who has it
already is answered "unchanged".
"""

import gzip
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from domain.case import Case
from domain.positions import Fix
from domain.units import Unit, UnitState
from domain.words import Mode, UnitStatus
from geo.air import KNOT_M_S
from geo.points import LonLat
from services import monitoring, registry
from services.live import Marker, track

if TYPE_CHECKING:
    from services.center import Center

KEY_S = 900
"""A key for the live map is good for so long at least and twice as long at most; answers bring fresh ones."""
FRESH_S = 0.5
STALE_S = 5.0
_AT_WORK = (UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE, UnitStatus.RETURNING)


@dataclass(frozen=True, slots=True)
class Picture:
    """A FeatureCollection as bytes, the same packed (gzip), its tag, and the moment it was made."""

    body: bytes
    packed: bytes
    tag: str
    made_at: datetime


def key(center: "Center", now: datetime) -> str:
    """Return a signed key with which a browser may read the live map for a while, and nothing else.

    It is the same for a while, so that a map that holds it is not drawn anew at every run.
    """
    until = (int(now.timestamp()) // KEY_S + 2) * KEY_S
    return f"{until}.{_signature(center, until)}"


def is_good(center: "Center", now: datetime, given: str) -> bool:
    """Return whether a key is ours and not over."""
    until, _, signature = given.partition(".")
    if not until.isdecimal() or len(until) > 12 or int(until) < now.timestamp():
        return False
    return hmac.compare_digest(signature.encode(), _signature(center, int(until)).encode())


def _signature(center: "Center", until: int) -> str:
    return hmac.new(center.key, f"live.geojson:{until}".encode(), hashlib.sha256).hexdigest()


_lock = threading.Lock()
_kept: dict[int, tuple[tuple[int, int], Picture]] = {}


def picture(center: "Center", now: datetime) -> Picture:
    """Return the live map; one picture serves everyone who asks while nothing moved.

    It is made anew at most every `FRESH_S`, and at least every `STALE_S`: holds run out by themselves.
    """
    with _lock:
        kept = _kept.get(id(center))
        age_s = (now - kept[1].made_at).total_seconds() if kept is not None else -1.0
        if kept is not None and 0 <= age_s < FRESH_S:
            return kept[1]
        seen = center.live.version, monitoring.version(center)
        if kept is not None and kept[0] == seen and 0 <= age_s < STALE_S:
            return kept[1]
        body = _body(center, now)
        # Packed once for all who ask, and lightly: packing tightly takes as long as making the picture.
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        made = Picture(body, packed, hashlib.sha256(body).hexdigest()[:32], now)
        _kept.clear()
        _kept[id(center)] = seen, made
        return made


def _body(center: "Center", now: datetime) -> bytes:
    cases, markers, states = _now(center, now)
    numbers = {case.case_id: case.call_no for case in cases}
    features = ",".join([*map(_json, _incidents(cases)), *_units(states, markers, numbers)])
    return f'{{"type":"FeatureCollection","features":[{features}]}}'.encode()


def _now(center: "Center", now: datetime) -> tuple[list[Case], dict[str, Marker], tuple[UnitState, ...]]:
    """Return the open cases, where units are, and what they do, each read once."""
    markers = center.live.markers(now)
    return monitoring.open_cases(center), markers, registry.unit_states(center, now, markers=markers)


def _incidents(cases: Sequence[Case]) -> list[dict[str, Any]]:
    features = []
    for case in cases:
        place = case.location.point
        if place is None:
            continue
        domain = case.incident.domain
        told = {
            "id": f"case:{case.case_id}",
            "kind": "incident",
            "call_no": case.call_no,
            "type_code": case.incident.type_code,
            "domain": domain.value if domain is not None else None,
            "priority": case.incident.priority,
            "status": case.status.value,
        }
        features.append(_feature(place.lon, place.lat, told))
    return features


def _units(states: Sequence[UnitState], markers: dict[str, Marker], numbers: dict[str, str]) -> Iterator[str]:
    """Yield every unit with a position, and every unit at work without one, at its station, as JSON."""
    for state in states:
        marker = markers.get(state.unit.unit_code)
        if (marker is None or state.fix_age_s is None) and state.status not in _AT_WORK:
            continue
        live = marker if marker is not None and state.fix_age_s is not None else None
        yield _unit(
            state.unit,
            state.status,
            state.position,
            live.fix if live is not None else None,
            numbers.get(state.case_id or ""),
        )


@lru_cache(maxsize=4096)
def _unit(unit: Unit, status: UnitStatus, position: LonLat, fix: Fix | None, call_no: str | None) -> str:
    """Return one unit as JSON; kept, because between two pictures most units have not moved."""
    told = {
        "id": f"unit:{unit.unit_code}",
        "kind": "unit",
        "unit_code": unit.unit_code,
        "agency": unit.agency,
        "mode": unit.mode.value,
        "status": status.value,
        "call_no": call_no,
        "reported_ms": int(fix.reported_at.timestamp() * 1000) if fix is not None else None,
        "speed_kn": fix.speed_kn if fix is not None else None,
        "heading_deg": fix.heading_deg if fix is not None else None,
        "accuracy_m": fix.accuracy_m if fix is not None else None,
        "battery": fix.battery if fix is not None else None,
    }
    return _json(_feature(position.lon, position.lat, told))


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _feature(lon: float, lat: float, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": told["id"],
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
        "properties": told,
    }


_COT_TYPE = {Mode.LAND: "a-f-G-E-V", Mode.SEA: "a-f-S", Mode.AIR: "a-f-A", Mode.FOOT: "a-f-G-U-C"}
_COT_SPOT = "b-m-p-s-m"
_COT_STALE_S = 300
_COT_UNKNOWN = "9999999.0"


def cot_events(center: "Center", now: datetime) -> bytes:
    """Return units with a position and open incidents as Cursor-on-Target events (XML, MITRE CoT 2.0)."""
    cases, markers, states = _now(center, now)
    root = ElementTree.Element("events")
    for state in states:
        marker = markers.get(state.unit.unit_code)
        if marker is None or state.fix_age_s is None:
            continue
        fix, code = marker.fix, state.unit.unit_code
        kind = _COT_TYPE[state.unit.mode]
        detail = _cot(root, f"sigap.unit.{code}", kind, fix.reported_at, fix.position, fix.accuracy_m, code)
        track_told = {}
        if fix.speed_kn is not None:
            track_told["speed"] = f"{fix.speed_kn * KNOT_M_S:.3f}"
        if fix.heading_deg is not None:
            track_told["course"] = f"{fix.heading_deg:.1f}"
        if track_told:
            ElementTree.SubElement(detail, "track", track_told)
    for case in cases:
        place, at = case.location, case.location.point
        if at is not None:
            _cot(root, f"sigap.case.{case.case_id}", _COT_SPOT, now, at, place.accuracy_m, case.call_no)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _cot(
    root: ElementTree.Element,
    uid: str,
    kind: str,
    at: datetime,
    place: LonLat,
    accuracy_m: float | None,
    callsign: str,
) -> ElementTree.Element:
    """Add one event; return its detail."""
    stale = at + timedelta(seconds=_COT_STALE_S)
    told = {"version": "2.0", "uid": uid, "type": kind, "how": "m-g"}
    told |= {"time": at.isoformat(), "start": at.isoformat(), "stale": stale.isoformat()}
    event = ElementTree.SubElement(root, "event", told)
    around = f"{accuracy_m:.1f}" if accuracy_m is not None else _COT_UNKNOWN
    point = {"lat": f"{place.lat:.6f}", "lon": f"{place.lon:.6f}", "hae": _COT_UNKNOWN}
    ElementTree.SubElement(event, "point", point | {"ce": around, "le": _COT_UNKNOWN})
    detail = ElementTree.SubElement(event, "detail")
    ElementTree.SubElement(detail, "contact", {"callsign": callsign})
    return detail


def tail(center: "Center", now: datetime, unit_code: str, minutes: int) -> dict[str, Any]:
    """Return a unit's way of the last minutes as a GeoJSON Feature (LineString); times in milliseconds.

    Raises NotFound for a unit that is not in the registry.
    """
    registry.require_unit(center, unit_code)
    fixes = track(center, now, unit_code, minutes)
    return {
        "type": "Feature",
        "geometry": {
            "type": "LineString",
            "coordinates": [[round(f.position.lon, 6), round(f.position.lat, 6)] for f in fixes],
        },
        "properties": {
            "unit_code": unit_code,
            "times_ms": [int(fix.reported_at.timestamp() * 1000) for fix in fixes],
        },
    }
