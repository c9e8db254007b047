"""The record of a case, and exports of many, as bytes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from database import cases, reads
from database.reads import Filter
from domain.case import Case
from domain.response_plan import ResponsePlan
from export import files, schema
from export import form as forms
from export.record import Letterhead, Producer, Profile, Record, RecordContext, case_record
from export.record import record_bytes as as_bytes
from services import registry
from services.center import VERSION, Center

__all__ = [
    "EXPORT_LIMIT",
    "Format",
    "Profile",
    "case_schema",
    "export",
    "form",
    "record",
    "record_file",
]

Format = Literal["geojson", "csv", "geoparquet"]
EXPORT_LIMIT = 20_000
"""Most cases in one download; more belongs to the bulk archive."""

_WRITERS: dict[Format, Callable[[Sequence[Record]], bytes]] = {
    "geojson": files.to_geojson,
    "csv": files.to_csv,
    "geoparquet": files.to_geoparquet,
}


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of `tcc.case.v1`."""
    return schema.case_schema()


def record(center: Center, now: datetime, case_id: str, profile: Profile = "minimal") -> Record:
    """Return the record of a case as it stands. Raises NotFound."""
    return _record(center, cases.get(center.db.read(), case_id), now, profile)


def record_file(center: Center, now: datetime, case_id: str, profile: Profile = "minimal") -> bytes:
    """Return the record of a case as JSON bytes. Raises NotFound."""
    return as_bytes(record(center, now, case_id, profile))


def checked_record(center: Center, case: Case, *, sent_at: datetime) -> bytes:
    """Return the minimal record of a case as it is sent to DKISP. Raises BadRecord."""
    found = _record(center, case, sent_at, "minimal")
    schema.validate_record(found)
    return as_bytes(found)


def form(center: Center, now: datetime, case: Case) -> bytes:
    """Return the printed report of a case as PDF."""
    private = cases.get_private(center.db.read(), case.case_id)
    return forms.case_form(_record(center, case, now, "minimal"), case, private, record_context(center))


def export(center: Center, now: datetime, wanted: Filter, kind: Format) -> bytes:
    """Return the cases that fit as one file, oldest first, at most `EXPORT_LIMIT`."""
    context = record_context(center)
    found = reads.cases_of(center.db.read(), wanted, EXPORT_LIMIT)
    return _WRITERS[kind]([case_record(case, private, context, sent_at=now) for case, private in found])


def _record(center: Center, case: Case, sent_at: datetime, profile: Profile) -> Record:
    private = cases.get_private(center.db.read(), case.case_id)
    return case_record(case, private, record_context(center), sent_at=sent_at, profile=profile)


def record_context(center: Center) -> RecordContext:
    """Return what records, files and reports need to know of the city, its procedure and its plan."""
    city = center.pack.city
    return RecordContext(
        producer=Producer(city.org_code, VERSION),
        timezone=city.timezone,
        sop=center.pack.sop,
        plan=ResponsePlan(registry.snapshot(center).all_types),
        default_classification=city.default_classification,
        sensitive_classification=city.sensitive_classification,
        letterhead=Letterhead(
            city.letterhead, city.address, city.phone, city.website, city.email, city.postal_code
        ),
        agencies={code: agency.name for code, agency in center.pack.agencies.items()},
        kinds=center.pack.kinds,
    )
