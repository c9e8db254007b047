"""The rows of the *Laporan Penanganan*'s tables, and its photo appendix (domain.md 4)."""

from collections.abc import Sequence

from domain.case import AgencyNotice, Assignment, Attachment, Case, Sitrep, StepRecord
from domain.clock import judged_s
from domain.words import StepState
from export.paper.photos import MOST_PHOTOS, Photo, is_photo
from export.paper.report_facts import Words
from export.paper.words import NOTHING, duration, kilometres, label

DIGEST_PREFIX = 16
"""Digits of a SHA-256 in QR code and captions: enough to tell two apart, short enough to type."""


def agency_row(line: AgencyNotice, words: Words) -> list[str]:
    """Return a row of section F: when and how an agency was told, and what it answered."""
    if line.waived_reason:
        result = f"Dikecualikan: {words.text(line.waived_reason)}"
    else:
        result = label(line.result) + (f": {words.text(line.note)}" if line.note else "")
    return [
        words.context.agencies.get(line.code, line.code),
        "wajib" if line.required else "bila perlu",
        words.time(line.notified_at),
        label(line.method),
        words.time(line.acknowledged_at),
        result,
    ]


def unit_row(unit: Assignment, words: Words) -> list[str]:
    """Return a row of section G; distance in kilometres, an estimate said to be one."""
    finished = words.time(unit.cleared_at or unit.withdrawn_at)
    distance = kilometres(unit.distance_m)
    if unit.is_estimated and unit.distance_m is not None:
        distance += " (perkiraan)"
    return [
        unit.unit_code,
        f"{words.context.kinds.get(unit.kind, unit.kind)} ({unit.agency})",
        str(unit.personnel),
        words.time(unit.dispatched_at),
        words.time(unit.departed_at),
        words.time(unit.arrived_at),
        f"{finished} (ditarik)" if unit.withdrawn_at else finished,
        distance,
    ]


def step_row(case: Case, step: StepRecord, words: Words) -> list[str]:
    """Return a row of the nine-step table; step 6 is judged by its longest silence (domain.md 1.3)."""
    judged = judged_s(case, step.no)
    late = judged is not None and judged > step.target_s
    took = duration(step.elapsed_s)
    if step.no == 6 and judged is not None:
        took += f" (jeda laporan terlama {duration(judged)})"
    reason = step.overrun_reason or (case.reasons.late_sitrep if step.no == 6 else None)
    if step.state is StepState.SKIPPED:
        note = f"{step.state.label}: {words.text(step.skip_reason)}"
    elif late:
        note = f"TERLAMBAT: {words.text(reason) if reason else 'alasan belum diisi'}"
    elif step.state is StepState.DONE:
        note = "sesuai standar"
    else:
        note = step.state.label
    activity = words.context.sop.step(step.no).activity
    role = f" ({step.role.label})" if step.role else ""
    started, finished = words.time(step.started_at), words.time(step.finished_at)
    return [str(step.no), activity + role, duration(step.target_s), started, finished, took, note]


def victims_row(case: Case) -> list[str]:
    """Return the row of section I; unknown counts are dashes, never 0."""
    counted = case.victims
    names = ("safe", "injured_minor", "injured_severe", "dead", "missing", "total", "minors")
    return [NOTHING if counted is None else str(getattr(counted, name)) for name in names]


def sitrep_row(report: Sitrep, words: Words) -> list[str]:
    """Return a row of section J."""
    return [str(report.no), words.time(report.at), report.unit_code or NOTHING, words.text(report.text)]


def document_row(number: int, item: Attachment, words: Words) -> list[str]:
    """Return a row of the documentation; the file's name stays out, it may hold a person's."""
    kind = "Foto" if item.content_type.startswith("image/") else "Dokumen"
    kilobytes = -(-item.size_bytes // 1000)
    return [str(number), kind, f"{kilobytes} kB", words.time(item.added_at), item.sha256]


def photo_note(case: Case, photos: Sequence[Photo]) -> str:
    """Say how many photos are in the appendix, and that there are more than fit."""
    taken = sum(is_photo(item) for item in case.attachments)
    if not photos:
        return ""
    if taken <= len(photos):
        return f"{taken} foto dilampirkan pada akhir laporan ini."
    shown = f"{len(photos)} dari {taken} foto dilampirkan (paling banyak {MOST_PHOTOS})"
    return f"{shown}; sisanya hanya pada daftar ini."


def photo_file(photo: Photo) -> str:
    """Return the name under which the template finds a photo."""
    return f"photo-{photo.no}.jpg"


def photo_box(photo: Photo, words: Words) -> dict[str, str]:
    """Return a box of the appendix; without a file where the photo cannot be shown."""
    added = words.time(photo.item.added_at)
    caption = f"Foto {photo.no} · {added} · SHA-256 {photo.item.sha256[:DIGEST_PREFIX]}…"
    return {"file": photo_file(photo) if photo.jpeg is not None else "", "caption": caption}
