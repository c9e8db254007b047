"""The rows of the bulk archive, made straight from the cases.

They are those of `files.flat_row` over the minimal record; the parts of a record that are no columns would
cost most of the time. Tests hold the two equal. The words of a place are left out: the minimal record has
none. After them come the case facts that they lack (`analytics.facts`), so that a measure can be taken of an
archive as of the database. The summary, the receiver of a handover and the reasons of overruns are masked as
in the record.
"""

import re
from datetime import datetime
from typing import Any

from analytics.facts import ARCHIVED_AS
from analytics.facts import COLUMNS as FACTS
from domain.case import Case, Private, deployed, intervals
from domain.facts import Facts, fact_row, facts
from domain.identity import normal_phone
from domain.words import StepState
from export.files import COLUMNS
from export.record import NAME_LIMIT, REASON_LIMIT, SUMMARY_LIMIT, RecordContext, classification
from export.redact import redact

Row = dict[str, Any]

PARTITIONS = ("city", "year", "month")
"""What the folders of the archive tell, and no column."""

RECORD_COLUMNS = tuple(name for name in COLUMNS if name != "place_text")
"""What a row holds of the record, in the order of the archive."""

FACT_COLUMNS = tuple(
    name for name in FACTS if ARCHIVED_AS.get(name, name) not in (*RECORD_COLUMNS, *PARTITIONS)
)
"""What it holds of the case facts beside; those of the same meaning have their place among the former."""

ARCHIVE_COLUMNS = (*RECORD_COLUMNS, *FACT_COLUMNS)
"""The columns of a row, in the order of the archive."""

_VICTIMS = ("total", "safe", "injured_minor", "injured_severe", "dead", "missing", "minors")
_VICTIM_COLUMNS = tuple((f"victims_{name}", name) for name in _VICTIMS)
_STEP_COLUMNS = tuple((f"step_{no}_elapsed_s", f"step_{no}_target_s") for no in range(1, 10))


def archive_row(
    case: Case,
    private: Private,
    context: RecordContext,
    sent_at: str | None,
    *,
    late_entries: int,
    is_example: bool,
) -> Row:
    """Return `files.flat_row(case_record(…))` of the minimal profile and the case facts it lacks.

    `sent_at` is the moment of the archive as `context.stamp` gives it; a month shares it. `late_entries`:
    how many of the case's changes were entered late. `is_example`: the center's data was made, not lived.
    """
    call, incident, place, victims = case.call, case.incident, case.location, case.victims
    kind = context.plan.types.get(incident.type_code or "")
    units = deployed(case)
    took = intervals(case)
    known = facts(case)
    row: Row = {
        "record_id": case.case_id,
        "register_no": case.register_no,
        "revision": case.revision,
        "sent_at": sent_at,
        "org_code": context.producer.org_code,
        "classification": classification(case, context),
        "profile": "minimal",
        "status": case.status.value,
        "outcome": case.outcome.value if case.outcome else None,
        "sop_no": context.sop.number,
        "linked_sop": kind.linked_sop if kind else None,
        "reopened_count": case.reopened_count,
        "merged_into": case.merged_into,
        "channel": call.channel.value,
        "call_class": call.call_class.value if call.call_class else None,
        "received_at": context.stamp(call.received_at),
        "ended_at": context.stamp(call.ended_at) if case.step(1).state is StepState.DONE else None,
        "type_code": incident.type_code,
        "sar_class": kind.sar_class.value if kind and kind.sar_class else None,
        "domain": incident.domain.value if incident.domain else None,
        "priority": incident.priority,
        "summary": _masked(private.narrative, private, SUMMARY_LIMIT),
        "adm_code": place.adm_code,
        "lon": None if place.lon is None else round(float(place.lon), 6),
        "lat": None if place.lat is None else round(float(place.lat), 6),
        "accuracy_m": None if place.accuracy_m is None else round(float(place.accuracy_m), 1),
        "water_area": place.water_area,
        "jurisdiction": place.jurisdiction,
        "agencies_notified": ";".join(line.code for line in case.agencies if line.notified_at) or None,
        "unit_codes": ";".join(unit.unit_code for unit in units) or None,
        "n_units": len(units),
        "personnel": sum(unit.personnel for unit in units),
        "processing_s": took.processing_s,
        "turnout_s": took.turnout_s,
        "travel_s": took.travel_s,
        "response_s": took.response_s,
        "on_scene_s": took.on_scene_s,
        "sitrep_count": len(case.sitreps),
        "weather": None,
        "houses_heavy": None,
        "houses_light": None,
        "handover_to": _masked(case.handover.agency, private, NAME_LIMIT) if case.handover else None,
        "handover_at": context.stamp(case.handover.at) if case.handover else None,
        "n_documents": len(case.attachments) + bool(case.archive_location),
    }
    for (elapsed, target), step in zip(_STEP_COLUMNS, case.steps, strict=True):
        row[elapsed] = step.elapsed_s
        row[target] = step.target_s
    for column, name in _VICTIM_COLUMNS:
        row[column] = None if victims is None else getattr(victims, name)
    row.update(fact_row(case, late_entries, known))
    row["is_example"] = is_example
    row["received_local"] = _local(call.received_at, context)
    row["kelurahan"], row["kecamatan"] = place.kelurahan, place.kecamatan
    for took_s, step in zip(known.steps_s, case.steps, strict=True):
        row[f"step{step.no}_s"], row[f"target{step.no}_s"] = took_s, step.target_s
    row["overrun_reasons"] = _reasons(known, private)
    return row


def _local(at: datetime, context: RecordContext) -> datetime:
    """Return a time on the city's clock without zone, whole seconds as `context.stamp` gives them."""
    return at.astimezone(context.timezone).replace(microsecond=0, tzinfo=None)


def _reasons(known: Facts, private: Private) -> list[Row]:
    """Return the reasons of overruns with their words masked; one of which no word is left goes."""
    told = ((reason.step, _masked(reason.reason, private, REASON_LIMIT)) for reason in known.overrun_reasons)
    return [{"step": step, "reason": words} for step, words in told if words]


def _masked(text: str, private: Private, limit: int) -> str | None:
    """Return `redact(text, private, limit)`, told only of what can be in the text.

    It compiles a pattern for each name and number, which costs more than the rest of a row, and most texts
    hold neither. A plain ASCII text without an address that holds no word of the name, and whose digits do
    not hold the number, cannot match them; every other text is left to `redact` as it is.
    """
    line = " ".join(text.split())
    if not line.isascii() or not line.isprintable() or "@" in line:
        return redact(text, private, limit)
    name, number = private.reporter_name, private.callback_number
    if name and name.isascii() and name.isprintable():
        words = re.findall(r"\w+", name.lower())
        told = [word for word in words if len(word) > 2] or words
        lowered = line.lower()
        name = name if any(word in lowered for word in told) else None
    if number and number.isascii():
        core = normal_phone(number).lstrip("0")
        number = number if core in re.sub(r"\D", "", line) else None
    return redact(text, Private("", name, number), limit)
