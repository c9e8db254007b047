"""The per-case record `tcc.case.v1` that DKISP receives (domain.md 3.3; docs/decisions/0005-record.md).

Times are RFC 3339 with the city's offset in whole seconds, durations whole seconds, degrees WGS 84.
What is unknown is null, never 0. Every field is always there, in the order of the document.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Literal

from domain.case import Assignment, Case, Private, StepRecord, Victims, deployed, intervals
from domain.response_plan import IncidentType, ResponsePlan
from domain.sop import Sop
from domain.words import N_, StepState
from export.redact import redact

SCHEMA = "tcc.case.v1"

PROFILES = ("minimal", "full")
Profile = Literal["minimal", "full"]
Record = dict[str, Any]

CLASSIFICATIONS = {
    "biasa": N_("Biasa"),
    "terbatas": N_("Terbatas"),
    "rahasia": N_("Rahasia"),
    "sangat_rahasia": N_("Sangat Rahasia"),
}
"""Levels from open to closed, code and label; to be confirmed by DKISP persandian (domain.md 3.1)."""

DOCUMENT_KINDS = ("photo", "document", "paper_form")

SUMMARY_LIMIT = 500
REASON_LIMIT = 500
PLACE_LIMIT = 200
NAME_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Producer:
    """Who makes the record: the command center's code, the program and its version."""

    org_code: str
    version: str
    system: str = "Sigap"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The printed head: its lines, and contacts that stay blank (None) until they are supplied."""

    lines: tuple[str, ...] = ()
    address: str | None = None
    phone: str | None = None
    website: str | None = None
    email: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class RecordContext:
    """What a record needs to know of the city and its procedure.

    `plan` must hold retired incident types too, for old cases. `agencies` and `kinds` give the printed
    report its names; a code without one is printed as it is.
    """

    producer: Producer
    timezone: tzinfo
    sop: Sop
    plan: ResponsePlan
    default_classification: str = "terbatas"
    sensitive_classification: str = "rahasia"
    letterhead: Letterhead = Letterhead()
    agencies: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ValueError for a classification that does not exist."""
        for level in (self.default_classification, self.sensitive_classification):
            if level not in CLASSIFICATIONS:
                raise ValueError(f"{level!r} is not one of {', '.join(CLASSIFICATIONS)}")

    def stamp(self, at: datetime | None) -> str | None:
        """Return a time as RFC 3339 with the city's offset, whole seconds.

        Raises ValueError for a time without a time zone.
        """
        if at is None:
            return None
        if at.tzinfo is None:
            raise ValueError("times must be timezone-aware")
        return at.astimezone(self.timezone).replace(microsecond=0).isoformat()


def case_record(
    case: Case, private: Private, context: RecordContext, *, sent_at: datetime, profile: Profile = "minimal"
) -> Record:
    """Return the case as `tcc.case.v1`, ready for `record_bytes`.

    `minimal` leaves out the words of a place and the reference of a handover, which may name people;
    `full` (by written request) has them masked. Neither ever holds a name or a whole number.
    Raises ValueError for an unknown profile or a time without a time zone.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile is one of {', '.join(PROFILES)}")
    kind = context.plan.types.get(case.incident.type_code or "")
    full = profile == "full"
    return {
        "schema": SCHEMA,
        "record_id": case.case_id,
        "register_no": case.register_no,
        "revision": case.revision,
        "sent_at": context.stamp(sent_at),
        "producer": {
            "org_code": context.producer.org_code,
            "system": context.producer.system,
            "version": context.producer.version,
        },
        "classification": classification(case, context),
        "profile": profile,
        "case": _case(case, context, kind),
        "call": _call(case, context),
        "incident": {
            "type_code": case.incident.type_code,
            "sar_class": _code(kind.sar_class) if kind else None,
            "domain": _code(case.incident.domain),
            "priority": case.incident.priority,
            "summary": redact(private.narrative, private, SUMMARY_LIMIT),
        },
        "location": _location(case, private, full),
        "steps": [_step(case, step, private, context) for step in case.steps],
        "agencies": [
            {
                "code": line.code,
                "required": line.required,
                "notified_at": context.stamp(line.notified_at),
                "acknowledged_at": context.stamp(line.acknowledged_at),
                "method": _code(line.method),
                "result": _code(line.result),
            }
            for line in case.agencies
            if line.required or line.notified_at is not None
        ],
        "units": [_unit(unit, context) for unit in deployed(case)],
        "victims": _victims(case.victims),
        "intervals": {
            name: seconds if seconds is not None and seconds >= 0 else None
            for name, seconds in asdict(intervals(case)).items()
        },
        "sitrep_count": len(case.sitreps),
        "weather": None,
        "damage": {"houses_heavy": None, "houses_light": None},
        "handover": _handover(case, private, context, full),
        "documents": _documents(case, private),
    }


def record_bytes(record: Record) -> bytes:
    """Return the record as the bytes that are sent, stored and digested.

    UTF-8 JSON without spaces, fields in the order of `case_record`; the same record gives the same bytes.
    Raises ValueError for a number that JSON does not know (NaN, infinity).
    """
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content`, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def classification(case: Case, context: RecordContext) -> str:
    """Return the secrecy level: the higher one for sensitive types and when minors are among the victims.

    A type that the plan does not know counts as sensitive: what cannot be judged is not opened.
    """
    code = case.incident.type_code
    kind = context.plan.types.get(code or "")
    minors = case.victims is not None and case.victims.minors > 0
    sensitive = minors or (code is not None and (kind is None or kind.sensitive))
    if not sensitive:
        return context.default_classification
    order = list(CLASSIFICATIONS)
    return max(context.default_classification, context.sensitive_classification, key=order.index)


def _code(word: str | None) -> str | None:
    return None if word is None else str(word)


def _case(case: Case, context: RecordContext, kind: IncidentType | None) -> Record:
    return {
        "status": _code(case.status),
        "outcome": _code(case.outcome),
        "sop_no": context.sop.number,
        "linked_sop": kind.linked_sop if kind else None,
        "reopened_count": case.reopened_count,
        "merged_into": case.merged_into,
    }


def _call(case: Case, context: RecordContext) -> Record:
    """Return the call; no end before the report was recorded, a time of answering where it rang."""
    recorded = case.step(1).state is StepState.DONE
    return {
        "channel": _code(case.call.channel),
        "call_class": _code(case.call.call_class),
        "received_at": context.stamp(case.call.received_at),
        "answered_at": context.stamp(case.answered_at),
        "ended_at": context.stamp(case.call.ended_at) if recorded else None,
        "reporter_ref": case.call.reporter_ref,
        "reporter_phone_masked": case.call.reporter_phone_masked,
    }


def _location(case: Case, private: Private, full: bool) -> Record:
    place = case.location
    return {
        "adm_code": place.adm_code,
        "place_text": redact(place.place_text, private, PLACE_LIMIT) if full else None,
        "lat": _rounded(place.lat, 6),
        "lon": _rounded(place.lon, 6),
        "accuracy_m": _rounded(place.accuracy_m, 1),
        "water_area": place.water_area,
        "jurisdiction": place.jurisdiction,
    }


def _step(case: Case, step: StepRecord, private: Private, context: RecordContext) -> Record:
    reason = step.overrun_reason or (case.reasons.late_sitrep if step.no == 6 else None)
    return {
        "no": step.no,
        "role": _code(step.role),
        "started_at": context.stamp(step.started_at),
        "finished_at": context.stamp(step.finished_at),
        "target_s": step.target_s,
        "elapsed_s": step.elapsed_s,
        "overrun_reason": redact(reason, private, REASON_LIMIT),
    }


def _unit(unit: Assignment, context: RecordContext) -> Record:
    """Return a unit's run; one that was withdrawn after dispatch was cleared then."""
    return {
        "unit_code": unit.unit_code,
        "agency": unit.agency,
        "kind": unit.kind,
        "personnel": unit.personnel,
        "dispatched_at": context.stamp(unit.dispatched_at),
        "departed_at": context.stamp(unit.departed_at),
        "arrived_at": context.stamp(unit.arrived_at),
        "cleared_at": context.stamp(unit.cleared_at or unit.withdrawn_at),
        "distance_km": None if unit.distance_m is None else _rounded(unit.distance_m / 1000, 3),
    }


def _victims(victims: Victims | None) -> Record:
    names = ("total", "safe", "injured_minor", "injured_severe", "dead", "missing", "minors")
    return {name: None if victims is None else getattr(victims, name) for name in names}


def _handover(case: Case, private: Private, context: RecordContext, full: bool) -> Record | None:
    if case.handover is None:
        return None
    return {
        "to": redact(case.handover.agency, private, NAME_LIMIT),
        "at": context.stamp(case.handover.at),
        "ref": redact(case.handover.reference, private, NAME_LIMIT) if full else None,
    }


def _documents(case: Case, private: Private) -> list[Record]:
    """Return the documentation files, and the paper report once its place in the archive is known."""
    files: list[Record] = [
        {
            "kind": "photo" if item.content_type.startswith("image/") else "document",
            "sha256": item.sha256,
            "pages": None,
            "archive_no": None,
        }
        for item in case.attachments
    ]
    if case.archive_location:
        place = redact(case.archive_location, private, NAME_LIMIT)
        files.append({"kind": "paper_form", "sha256": None, "pages": None, "archive_no": place})
    return files


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(float(value), digits)
