"""The JSON Schema of `tcc.case.v1` (draft 2020-12), made from the domain's words.

`export/schemas/tcc.case.v1.schema.json` is its published copy: `python -m export.schema` writes it, and a
test fails when it no longer says what the code says.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]  # ships no types

from domain.words import (
    CallClass,
    CaseStatus,
    Channel,
    Domain,
    Label,
    NoticeMethod,
    NoticeResult,
    Outcome,
    Role,
    SarClass,
)
from export.errors import BadRecord
from export.record import (
    CLASSIFICATIONS,
    DOCUMENT_KINDS,
    NAME_LIMIT,
    PLACE_LIMIT,
    PROFILES,
    REASON_LIMIT,
    SCHEMA,
    SUMMARY_LIMIT,
    Record,
)

SCHEMA_PATH = Path(__file__).parent / "schemas" / f"{SCHEMA}.schema.json"

Schema = dict[str, Any]

_UUID7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_STAMP = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}$"
_SHA256 = "^[0-9a-f]{64}$"


def _text(limit: int | None = None, pattern: str | None = None, **more: Any) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    if limit is not None:
        schema["maxLength"] = limit
    if pattern is not None:
        schema["pattern"] = pattern
    return {**schema, **more}


def _at(**more: Any) -> Schema:
    return {"type": "string", "format": "date-time", "pattern": _STAMP, **more}


def _count(minimum: int = 0, **more: Any) -> Schema:
    return {"type": "integer", "minimum": minimum, **more}


def _number(low: float, high: float | None = None, **more: Any) -> Schema:
    schema: Schema = {"type": "number", "minimum": low}
    if high is not None:
        schema["maximum"] = high
    return {**schema, **more}


def _one_of(words: type[Label] | tuple[str, ...], **more: Any) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words], **more}


def _null(schema: Schema) -> Schema:
    """Return the schema with null allowed: unknown."""
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _object(properties: dict[str, Schema], **more: Any) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **more,
    }


def _list(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


def _step(no: int) -> Schema:
    return _object(
        {
            "no": {"const": no},
            "role": _null(_one_of(Role)),
            "started_at": _null(_at()),
            "finished_at": _null(_at()),
            "target_s": _count(1),
            "elapsed_s": _null(_count()),
            "overrun_reason": _null(_text(REASON_LIMIT)),
        }
    )


def _envelope() -> dict[str, Schema]:
    return {
        "schema": {"const": SCHEMA},
        "record_id": _text(pattern=_UUID7, description="UUID version 7 (RFC 9562)"),
        "register_no": _null(_text(description="Nomor Register; null for calls that are only logged")),
        "revision": _count(1, description="Grows by one each time a closed case is reopened"),
        "sent_at": _at(),
        "producer": _object({"org_code": _text(), "system": _text(), "version": _text()}),
        "classification": _one_of(tuple(CLASSIFICATIONS)),
        "profile": _one_of(PROFILES),
    }


def _case() -> Schema:
    return _object(
        {
            "status": _one_of(CaseStatus),
            "outcome": _null(_one_of(Outcome)),
            "sop_no": _text(),
            "linked_sop": _null(_text()),
            "reopened_count": _count(),
            "merged_into": _null(_text(pattern=_UUID, description="record_id of the primary case")),
        }
    )


def _call() -> Schema:
    return _object(
        {
            "channel": _one_of(Channel),
            "call_class": _null(_one_of(CallClass)),
            "received_at": _at(),
            "answered_at": _null(_at()),
            "ended_at": _null(_at()),
            "reporter_ref": _null(
                _text(pattern="^h:[0-9a-f]{64}$", description="HMAC-SHA-256 of the number, keyed")
            ),
            "reporter_phone_masked": _null(
                _text(pattern="^•••[0-9]{0,3}$", description="Last three digits only")
            ),
        }
    )


def _incident() -> Schema:
    return _object(
        {
            "type_code": _null(_text()),
            "sar_class": _null(
                _one_of(SarClass, description="Basarnas typology; null when not a SAR operation")
            ),
            "domain": _null(_one_of(Domain)),
            "priority": _null(_count(1, maximum=4)),
            "summary": _null(_text(SUMMARY_LIMIT, description="Free text, names and numbers masked")),
        }
    )


def _location() -> Schema:
    return _object(
        {
            "adm_code": _null(_text(description="Kemendagri code; null at sea and in the air")),
            "place_text": _null(_text(PLACE_LIMIT, description="Profile full only, masked")),
            "lat": _null(_number(-90, 90, description="WGS 84, decimal degrees")),
            "lon": _null(_number(-180, 180, description="WGS 84, decimal degrees")),
            "accuracy_m": _null(_number(0)),
            "water_area": _null(_text()),
            "jurisdiction": _null(_text()),
        }
    )


def _agency() -> Schema:
    return _object(
        {
            "code": _text(),
            "required": {"type": "boolean"},
            "notified_at": _null(_at()),
            "acknowledged_at": _null(_at()),
            "method": _null(_one_of(NoticeMethod)),
            "result": _null(_one_of(NoticeResult)),
        }
    )


def _unit() -> Schema:
    return _object(
        {
            "unit_code": _text(),
            "agency": _text(),
            "kind": _text(),
            "personnel": _count(),
            "dispatched_at": _at(),
            "departed_at": _null(_at()),
            "arrived_at": _null(_at()),
            "cleared_at": _null(_at()),
            "distance_km": _null(_number(0, description="Along the route")),
        }
    )


def _nullable_counts(*names: str) -> Schema:
    return _object({name: _null(_count()) for name in names})


def _handover() -> Schema:
    shape = _object({"to": _text(NAME_LIMIT), "at": _at(), "ref": _null(_text(NAME_LIMIT))})
    return {**shape, "type": ["object", "null"]}


def _document() -> Schema:
    return _object(
        {
            "kind": _one_of(DOCUMENT_KINDS),
            "sha256": _null(_text(pattern=_SHA256)),
            "pages": _null(_count(1)),
            "archive_no": _null(_text(NAME_LIMIT)),
        }
    )


def case_schema() -> Schema:
    """Return the JSON Schema of one record, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sigap:{SCHEMA}",
        "title": "Per-case record of a rescue command center",
        "description": (
            "*_at: RFC 3339 with offset, whole seconds; *_s: seconds; *_km: kilometres along the route; "
            "*_m: metres; lat, lon: WGS 84 decimal degrees. Unknown is null, never 0."
        ),
        **_object(
            {
                **_envelope(),
                "case": _case(),
                "call": _call(),
                "incident": _incident(),
                "location": _location(),
                "steps": {
                    "type": "array",
                    "prefixItems": [_step(no) for no in range(1, 10)],
                    "items": False,
                    "minItems": 9,
                    "maxItems": 9,
                },
                "agencies": _list(_agency()),
                "units": _list(_unit()),
                "victims": _nullable_counts(
                    "total", "safe", "injured_minor", "injured_severe", "dead", "missing", "minors"
                ),
                "intervals": _nullable_counts(
                    "processing_s", "turnout_s", "travel_s", "response_s", "on_scene_s"
                ),
                "sitrep_count": _count(),
                "weather": _null(_text()),
                "damage": _nullable_counts("houses_heavy", "houses_light"),
                "handover": _handover(),
                "documents": _list(_document()),
            }
        ),
        "if": {"properties": {"case": {"properties": {"status": {"const": str(CaseStatus.REGISTERED)}}}}},
        "then": {"properties": {"register_no": {"type": "string"}}},
    }


def validate_record(record: Record) -> None:
    """Check a record against the schema. Raises BadRecord for the first thing that does not fit."""
    problem = min(
        _validator().iter_errors(record), key=lambda error: list(map(str, error.path)), default=None
    )
    if problem is not None:
        raise BadRecord(
            record_id=record.get("record_id"),
            path="/".join(str(part) for part in problem.path) or "/",
            rule=str(problem.validator),
        )


def schema_text() -> str:
    """Return the schema as it is published."""
    return json.dumps(case_schema(), ensure_ascii=False, indent=2) + "\n"


@cache
def _validator() -> Draft202012Validator:
    formats = FormatChecker(formats=())
    formats.checks("date-time", raises=ValueError)(_is_time)
    return Draft202012Validator(case_schema(), format_checker=formats)


def _is_time(value: object) -> bool:
    """Whether a text is a time that exists; jsonschema itself checks no date-time without another package."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


if __name__ == "__main__":
    SCHEMA_PATH.write_text(schema_text(), encoding="utf-8", newline="\n")
