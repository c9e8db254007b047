"""A case as EIDO-mapped JSON, for dispatch systems that speak NENA-STA-021 (domain.md 3.2; docs/formats.md).

Names and shapes are those of the published schema (github.com/NENA911/EIDO-JSON, `Schema/openapi.yaml`). It
is a mapping and claims no conformance, and says so in itself: the elements that must hold values of NENA's
registries (`…RegistryText`, `…RegistryCode`, `agencyType`, `standardPrimaryCallType`) are left out, because
no such value is ours to invent, and so is a resource's `agentReference`, because agents are people. Made from
the record `tcc.case.v1` alone, so that it holds nothing more; the caller's keyed hash and masked number stay
behind. What the record does not know is left out, never null.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from domain.words import PRIORITIES
from export.record import Record

VERSION = "1.0"
NOTE = (
    "EIDO-mapped from tcc.case.v1: NENA-STA-021 names, no conformance claimed. "
    "Elements that need values of the NENA registries are left out."
)
COMMON_PRIORITY = {1: 10, 2: 7, 3: 4, 4: 1}
"""Ours (1 is the most urgent of 4) on EIDO's scale, where 10 is the highest and 0 the lowest [P]."""

Eido = dict[str, Any]

_STEP_FACTS = ("role", "started_at", "finished_at", "target_s", "elapsed_s", "overrun_reason")
_GEODETIC = "urn:ogc:def:crs:EPSG::4326"
_METRE = "urn:ogc:def:uom:EPSG::9001"


def to_eido(record: Record) -> Eido:
    """Return one case as an EIDO-mapped document.

    `lastUpdateTimeStamp` of a part is the latest time that the record knows of it, of the whole when the
    record was made. Units and agencies refer to each other by `$id`, notes are HTML5 text.
    """
    return _Document(record).document()


def eido_bytes(record: Record) -> bytes:
    """Return one case as EIDO-mapped JSON, UTF-8; the same record gives the same bytes."""
    return _bytes(to_eido(record))


def to_eido_list(records: Sequence[Record]) -> bytes:
    """Return many cases as a JSON array of EIDO-mapped documents; each is about one incident."""
    return _bytes([to_eido(record) for record in records])


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


class _Document:
    """One record on its way: its ids, and the notes that its parts refer to."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.id = f"urn:uuid:{record['record_id']}"
        self.center = _agency_id(record, record["producer"]["org_code"])
        self.notes: list[Eido] = []
        # By number, not by code: a unit may have been sent, recalled and sent again.
        self.units = [(f"unit/{no}", unit) for no, unit in enumerate(record["units"], start=1)]

    def document(self) -> Eido:
        record, producer = self.record, self.record["producer"]
        location = self.locations()
        incident = self.incident(location)
        parts: dict[str, list[Eido]] = {
            "callComponent": [self.call(location)],
            "dispatchComponent": self.dispatches(),
            "emergencyResourceComponent": [self.unit(part, unit) for part, unit in self.units],
            "locationComponent": location,
            "mergeComponent": self.merges(),
        }
        return {
            "$id": self.id,
            "lastUpdateTimeStamp": record["sent_at"],
            "updatedByAgencyReference": {"$ref": self.center},
            "$comment": NOTE,
            "eidoVersion": VERSION,
            "issuingElementIdentification": "/".join(
                producer[name] for name in ("org_code", "system", "version")
            ),
            "sigapMapping": {
                "schema": record["schema"],
                **{name: record[name] for name in ("record_id", "revision", "classification", "profile")},
            },
            "agencyComponent": self.agencies(),
            "incidentComponent": incident,
            **{name: found for name, found in parts.items() if found},
            "notesComponent": self.notes,
        }

    def prologue(self, part: str, times: Iterable[str | None] = ()) -> Eido:
        """Return what every component begins with; `times` are those that the record knows of it."""
        known = [at for at in times if at is not None]
        return {
            "$id": f"{self.id}#{part}",
            "lastUpdateTimeStamp": max(known, key=datetime.fromisoformat, default=self.record["sent_at"]),
            "updatedByAgencyReference": {"$ref": self.center},
        }

    def note(self, part: str, facts: Mapping[str, Any] | str, times: Iterable[str | None] = ()) -> list[Eido]:
        """Add a note of a part and return the reference to it; none where nothing is known."""
        if isinstance(facts, str):
            text = facts
        else:
            text = "; ".join(f"{name}: {value}" for name, value in facts.items() if value is not None)
        if not text:
            return []
        head = self.prologue(f"note/{part}", times)
        self.notes.append({**head, "notesActionComments": html.escape(text, quote=False)})
        return [{"$ref": head["$id"]}]

    def agencies(self) -> list[Eido]:
        """Return the center, then every agency that the record names, each once."""
        record = self.record
        codes = [record["producer"]["org_code"], *(line["code"] for line in record["agencies"])]
        codes += [unit["agency"] for unit in record["units"]]
        return [
            {
                "$id": _agency_id(record, code),
                "lastUpdateTimeStamp": record["sent_at"],
                "updatedByAgencyReference": {"$ref": self.center},
                "incidentOwningAgencyIndicator": code == codes[0],
            }
            for code in dict.fromkeys(codes)
        ]

    def incident(self, location: list[Eido]) -> Eido:
        record, told, case = self.record, self.record["incident"], self.record["case"]
        priority, handover = told["priority"], record["handover"]
        victims = {name: count for name, count in record["victims"].items() if count is not None}
        notes = [
            *self.note("summary", told["summary"] or ""),
            *self.note("victims", {f"victims.{name}": count for name, count in victims.items()}),
            *self.note("intervals", record["intervals"]),
            *self.note("situation", {"sitrep_count": record["sitrep_count"], "weather": record["weather"]}),
            *self.note("damage", record["damage"]),
            *self.steps(),
        ]
        if handover is not None:
            notes += self.note("handover", handover, [handover["at"]])
        facts = {
            "incidentTypeInternalCode": told["type_code"],
            "incidentStatusInternalText": [case["status"]],
            "internalIncidentId": record["register_no"],
            "incidentPriorityInternalText": priority and f"{priority} {PRIORITIES[priority]}",
            "incidentCommonPriorityNumber": priority and COMMON_PRIORITY[priority],
            "dispositionComponent": self.dispositions(),
            "locationReference": _references(location),
            "notesReference": notes,
        }
        return {**self.prologue("incident"), **_known(facts)}

    def steps(self) -> list[Eido]:
        """Return the note of each of the nine SOP steps that has begun."""
        found: list[Eido] = []
        for step in self.record["steps"]:
            times = (step["started_at"], step["finished_at"])
            if any(times):
                facts = {"step": step["no"], **{name: step[name] for name in _STEP_FACTS}}
                found += self.note(f"step/{step['no']}", facts, times)
        return found

    def dispositions(self) -> list[Eido]:
        outcome = self.record["case"]["outcome"]
        if outcome is None:
            return []
        return [{**self.prologue("disposition"), "dispositionDescriptionText": outcome}]

    def call(self, location: list[Eido]) -> Eido:
        call = self.record["call"]
        facts = {
            "direction": "incoming",
            "localCallType": call["call_class"],
            "callStartTimestamp": call["received_at"],
            "answerDate": call["answered_at"],
            "locationReference": _references(location),
            "notesReference": self.note("call", {"channel": call["channel"], "ended_at": call["ended_at"]}),
        }
        head = self.prologue("call", (call["received_at"], call["answered_at"], call["ended_at"]))
        return {**head, **_known(facts)}

    def locations(self) -> list[Eido]:
        """Return the place as PIDF-LO (RFC 4119, RFC 5491), or in words and codes; none where unknown."""
        place = self.record["location"]
        words = [place["place_text"], place["water_area"]]
        by_value = None
        if place["lon"] is not None and place["lat"] is not None:
            by_value = _pidf_lo(self.id, place, self.record["sent_at"])
        facts = {
            "locationByValue": by_value,
            "locationDescriptionText": "; ".join(word for word in words if word) or None,
            "localIdentifier": [code for code in (place["adm_code"], place["jurisdiction"]) if code],
        }
        known = _known(facts)
        return [{**self.prologue("location"), **known}] if known else []

    def dispatches(self) -> list[Eido]:
        """Return one dispatch an agency that was notified or sent units."""
        found = []
        lines = {line["code"]: line for line in self.record["agencies"]}
        for code in dict.fromkeys([*lines, *(unit["agency"] for unit in self.record["units"])]):
            line = lines.get(code, {})
            units = [(part, unit) for part, unit in self.units if unit["agency"] == code]
            times = [line.get("notified_at"), line.get("acknowledged_at")]
            if times[0] is None and not units:
                continue
            told = {name: line.get(name) for name in ("notified_at", "acknowledged_at", "method", "result")}
            facts = {
                "agencyReference": {"$ref": _agency_id(self.record, code)},
                "emergencyResourceReference": [{"$ref": f"{self.id}#{part}"} for part, _ in units],
                "notesReference": self.note(f"dispatch/{code}", told, times),
            }
            times += [unit["dispatched_at"] for _, unit in units]
            found.append({**self.prologue(f"dispatch/{code}", times), **_known(facts)})
        return found

    def unit(self, part: str, unit: Record) -> Eido:
        moments = {name: unit[name] for name in ("dispatched_at", "departed_at", "arrived_at", "cleared_at")}
        reached = [name.removesuffix("_at") for name, at in moments.items() if at is not None]
        told = {**moments, "personnel": unit["personnel"], "distance_km": unit["distance_km"]}
        facts = {
            "emergencyResourceName": unit["unit_code"],
            "emergencyResourceTypeInternalText": unit["kind"],
            "unitStatusInternal": reached[-1:],
            "notesReference": self.note(part, told, moments.values()),
        }
        return {**self.prologue(part, moments.values()), **_known(facts)}

    def merges(self) -> list[Eido]:
        """Return the primary case that this one was merged into: EIDO calls the new incident REPLACING."""
        primary = self.record["case"]["merged_into"]
        if primary is None:
            return []
        facts = {
            "incidentTrackingIdentifier": f"urn:uuid:{primary}",
            "incidentMergeDirectionCode": "REPLACING",
        }
        return [{**self.prologue("merge"), **facts}]


def _agency_id(record: Record, code: str) -> str:
    return f"urn:sigap:{record['producer']['org_code']}:agency:{quote(code, safe='')}"


def _pidf_lo(entity: str, place: Record, at: str) -> str:
    """Return the point, or the circle of its accuracy, as RFC 5491 has it: latitude before longitude."""
    position = f"<gml:pos>{place['lat']} {place['lon']}</gml:pos>"
    if place["accuracy_m"]:
        radius = f'<gs:radius uom="{_METRE}">{place["accuracy_m"]}</gs:radius>'
        shape = f'<gs:Circle srsName="{_GEODETIC}">{position}{radius}</gs:Circle>'
    else:
        shape = f'<gml:Point srsName="{_GEODETIC}">{position}</gml:Point>'
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" '
        'xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" '
        f"entity={quoteattr(entity)}>"
        '<tuple id="lokasi"><status><gp:geopriv>'
        f"<gp:location-info>{shape}</gp:location-info><gp:usage-rules/><gp:method>Manual</gp:method>"
        f"</gp:geopriv></status><timestamp>{escape(at)}</timestamp></tuple></presence>"
    )


def _references(parts: Sequence[Eido]) -> list[Eido]:
    return [{"$ref": part["$id"]} for part in parts]


def _known(facts: Mapping[str, Any]) -> Eido:
    return {name: value for name, value in facts.items() if value not in (None, [], "")}
