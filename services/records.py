"""The record of a case, and exports of many, as bytes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from database import cases, reads
from database.reads import Filter
from domain.case import Case
from domain.response_plan import ResponsePlan
from export import eido, files, kml, schema
from export.record import Letterhead, Producer, Profile, Record, RecordContext, case_record
from export.record import record_bytes as as_bytes
from export.workbook import Occasion, to_workbook
from services import registry
from services.center import VERSION, Center

__all__ = [
    "EXPORT_LIMIT",
    "Format",
    "Profile",
    "case_schema",
    "eido_file",
    "export",
    "record",
    "record_file",
]

Format = Literal["geojson", "csv", "geoparquet", "kml", "eido", "xlsx"]
EXPORT_LIMIT = 20_000
"""Most cases in one download; more belongs to the bulk archive."""

_WRITERS: dict[Format, Callable[[Sequence[Record]], bytes]] = {
    "geojson": files.to_geojson,
    "csv": files.to_csv,
    "geoparquet": files.to_geoparquet,
    "kml": kml.to_kml,
    "eido": eido.to_eido_list,
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


def eido_file(center: Center, now: datetime, case_id: str, profile: Profile = "minimal") -> bytes:
    """Return a case as it stands as EIDO-mapped JSON bytes. Raises NotFound."""
    return eido.eido_bytes(record(center, now, case_id, profile))


def checked_record(center: Center, case: Case, *, sent_at: datetime) -> bytes:
    """Return the minimal record of a case as it is sent to DKISP. Raises BadRecord."""
    found = _record(center, case, sent_at, "minimal")
    schema.validate_record(found)
    return as_bytes(found)


def export(center: Center, now: datetime, wanted: Filter, kind: Format) -> bytes:
    """Return the cases that fit as one file, oldest first, at most `EXPORT_LIMIT`."""
    context = record_context(center)
    found = reads.cases_of(center.db.read(), wanted, EXPORT_LIMIT)
    records = [case_record(case, private, context, sent_at=now) for case, private in found]
    if kind == "xlsx":
        return to_workbook(records, context, Occasion(now, wanted.since, wanted.until, center.is_demo))
    return _WRITERS[kind](records)


def total(center: Center, wanted: Filter) -> int:
    """Return how many cases fit."""
    return reads.total(center.db.read(), wanted)


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
