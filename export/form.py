"""*Laporan Penanganan*: the paper copy of a case as PDF, sections A to N of domain.md 4 and its photos.

The words are put together here and laid out by `templates/laporan.typ`; `export.paper.press` says why the
same case gives the same bytes anywhere.
"""

from collections.abc import Sequence
from typing import Any

from domain.case import Case, Private, deployed
from export.paper import press
from export.paper import report_facts as facts
from export.paper import report_tables as tables
from export.paper.photos import Photo
from export.paper.report_tables import DIGEST_PREFIX
from export.paper.sketch import Sketch
from export.paper.words import NOTHING, House, duration, qr
from export.record import CLASSIFICATIONS, Record, RecordContext
from export.redact import plain

__all__ = ["DIGEST_PREFIX", "TEMPLATE", "case_form", "duration", "form_data"]

TEMPLATE = press.TEMPLATES / "laporan.typ"

FormData = dict[str, Any]


def case_form(
    record: Record,
    case: Case,
    private: Private,
    context: RecordContext,
    *,
    house: House | None = None,
    sketch: Sketch | None = None,
    photos: Sequence[Photo] = (),
) -> bytes:
    """Return the report as PDF (A4, monochrome), masked for circulation.

    `record` is the case's `tcc.case.v1`. The digest of the delivered file is printed and in the QR once
    this revision lies in the outbox; before that there is none, for the file's bytes hold when it is queued.
    `house`: emblem and example mark, by default the letterhead alone; `sketch`, `photos`: what is printed of
    the place and the documentation.
    """
    house = house or House(context.letterhead, context.timezone)
    words = form_data(record, case, private, context, house=house, sketch=sketch, photos=photos)
    pictures = {tables.photo_file(photo): photo.jpeg for photo in photos if photo.jpeg is not None}
    return press.pdf(TEMPLATE.name, words, house.pictures | pictures)


def form_data(
    record: Record,
    case: Case,
    private: Private,
    context: RecordContext,
    *,
    house: House | None = None,
    sketch: Sketch | None = None,
    photos: Sequence[Photo] = (),
) -> FormData:
    """Return every word of the report as plain strings, in the order of the template.

    Free text is masked as in the record. Officers are named: they sign for what they did.
    """
    house = house or House(context.letterhead, context.timezone)
    words = facts.Words(case, private, context, house)
    kind = context.plan.types.get(case.incident.type_code or "")
    sent = case.delivery if case.delivery and case.delivery.revision == case.revision else None
    code = f"{record['schema']} {record['record_id']} r{record['revision']}"
    if sent is not None:
        code += f" sha256:{sent.digest[:DIGEST_PREFIX]}"
    return {
        "letterhead": house.head,
        "register_no": case.register_no or NOTHING,
        "sop_no": context.sop.number,
        "classification": CLASSIFICATIONS[record["classification"]],
        "revision": str(case.revision),
        "zone": house.zone(case.call.received_at),
        "qr_svg": qr(code),
        "qr_text": code,
        "identity": facts.identity_facts(case, words),
        "reporter": facts.reporter_facts(case, words),
        "incident": facts.incident_facts(case, kind, words),
        "narrative": words.text(private.narrative),
        "location": facts.location_facts(case, words),
        "sketch_svg": sketch.svg if sketch else "",
        "verification": facts.verification_facts(case, words),
        "forwardings": [
            [context.agencies.get(line.agency, line.agency), words.time(line.at), plain(line.by)]
            for line in case.forwardings
        ],
        "agencies": [
            tables.agency_row(line, words) for line in case.agencies if line.required or line.notified_at
        ],
        "units": [tables.unit_row(unit, words) for unit in deployed(case)],
        "commander": plain(case.on_scene_commander or "") or NOTHING,
        "steps": [tables.step_row(case, step, words) for step in case.steps],
        "victims": tables.victims_row(case),
        "destination": words.text(case.casualty_destination),
        "condition": words.text(case.current_condition),
        "sitreps": [tables.sitrep_row(report, words) for report in case.sitreps],
        "documents": [
            tables.document_row(number, item, words) for number, item in enumerate(case.attachments, start=1)
        ],
        "photo_note": tables.photo_note(case, photos),
        "photos": [tables.photo_box(photo, words) for photo in photos],
        "result": facts.result_facts(case, words),
        "delivery": facts.delivery_facts(sent, words),
        "archive": words.text(case.archive_location),
        "signatures": facts.signature_boxes(case, words),
    }
