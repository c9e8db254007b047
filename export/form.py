"""*Laporan Penanganan*: the paper copy of a case as PDF, sections A to N of domain.md 4.

The words are put together here and laid out by `templates/laporan.typ`. They reach typst as data (JSON in
`sys.inputs`), never as source, so nothing a caller says can become a command. Only the fonts inside the
typst package are used and no date is written into the file: the same case gives the same bytes anywhere.
"""

import io
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

from domain.case import AgencyNotice, Assignment, Attachment, Case, Delivery, Private, Sitrep, StepRecord
from domain.clock import judged_s
from domain.response_plan import IncidentType
from domain.words import PRIORITIES, Label, StepState
from export.record import CLASSIFICATIONS, Record, RecordContext, deployed
from export.redact import plain, redact
from geo.points import LonLat, format_dm

TEMPLATE = Path(__file__).parent / "templates" / "laporan.typ"
DIGEST_PREFIX = 16
"""Digits of the SHA-256 in the QR: enough to tell two copies apart, short enough to type."""

NOTHING = "–"
TEXT_LIMIT = 2000

FormData = dict[str, Any]
Pairs = list[tuple[str, str]]
Table = list[list[str]]


def case_form(record: Record, case: Case, private: Private, context: RecordContext) -> bytes:
    """Return the report as PDF (A4, monochrome), masked for circulation.

    `record` is the case's `tcc.case.v1`. The digest of the delivered file is printed and in the QR once
    this revision was delivered; before that there is none, for the file's bytes hold when it is sent.
    """
    # A compiler of its own for every report: typst's refuses two threads at once ("Already borrowed").
    compiler = typst.Compiler(
        input=TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(form_data(record, case, private, context), ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf")
    if not isinstance(pdf, bytes):
        raise TypeError("typst gives a PDF as one piece of bytes")
    return pdf


def form_data(record: Record, case: Case, private: Private, context: RecordContext) -> FormData:
    """Return every word of the report as plain strings, in the order of the template.

    Free text is masked as in the record. Officers are named: they sign for what they did.
    """
    words = _Words(case, private, context)
    kind = context.plan.types.get(case.incident.type_code or "")
    sent = case.delivery if case.delivery and case.delivery.revision == case.revision else None
    code = f"{record['schema']} {record['record_id']} r{record['revision']}"
    if sent is not None:
        code += f" sha256:{sent.digest[:DIGEST_PREFIX]}"
    return {
        "letterhead": {
            "lines": list(context.letterhead.lines),
            "contacts": _contacts(context),
        },
        "register_no": case.register_no or NOTHING,
        "sop_no": context.sop.number,
        "classification": CLASSIFICATIONS[record["classification"]],
        "revision": str(case.revision),
        "zone": f"{case.call.received_at.astimezone(context.timezone):%Z}",
        "qr_svg": _qr(code),
        "qr_text": code,
        "identity": _identity(case, words),
        "reporter": _reporter(case, words),
        "incident": _incident(case, kind, words),
        "narrative": words.text(private.narrative),
        "location": _location(case, words),
        "forwardings": [
            [context.agencies.get(line.agency, line.agency), words.time(line.at), plain(line.by)]
            for line in case.forwardings
        ],
        "agencies": [_agency(line, words) for line in case.agencies if line.required or line.notified_at],
        "units": [_unit(unit, words) for unit in deployed(case)],
        "commander": plain(case.on_scene_commander or "") or NOTHING,
        "steps": [_step(case, step, words) for step in case.steps],
        "victims": _victims(case),
        "destination": words.text(case.casualty_destination),
        "condition": words.text(case.current_condition),
        "sitreps": [_sitrep(report, words) for report in case.sitreps],
        "documents": [
            _document(number, item, words) for number, item in enumerate(case.attachments, start=1)
        ],
        "result": _result(case, words),
        "delivery": _delivery(sent, words),
        "archive": words.text(case.archive_location),
        "signatures": _signatures(case, words),
    }


class _Words:
    """How this report writes times, durations and free text."""

    def __init__(self, case: Case, private: Private, context: RecordContext) -> None:
        self.private = private
        self.context = context
        self.day = case.call.received_at.astimezone(context.timezone).date()

    def text(self, value: str | None) -> str:
        """Free text, masked."""
        return redact(value, self.private, TEXT_LIMIT) or NOTHING

    def moment(self, at: datetime | None) -> str:
        """Date, time and zone."""
        return NOTHING if at is None else f"{at.astimezone(self.context.timezone):%d-%m-%Y %H:%M:%S %Z}"

    def time(self, at: datetime | None) -> str:
        """The time of day, with the date when it is not the day of the call."""
        if at is None:
            return NOTHING
        local = at.astimezone(self.context.timezone)
        return f"{local:%H:%M:%S}" if local.date() == self.day else f"{local:%d-%m-%Y %H:%M:%S}"


def duration(seconds: int | None) -> str:
    """Return seconds as Indonesian words: `1 jam 2 mnt 5 dtk`."""
    if seconds is None:
        return NOTHING
    hours, rest = divmod(seconds, 3600)
    minutes, second = divmod(rest, 60)
    parts = [
        f"{number} {unit}" for number, unit in ((hours, "jam"), (minutes, "mnt"), (second, "dtk")) if number
    ]
    return " ".join(parts) or "0 dtk"


def _contacts(context: RecordContext) -> str:
    head = context.letterhead
    named = (
        ("Telepon", head.phone),
        ("Laman", head.website),
        ("Pos-el", head.email),
        ("Kode Pos", head.postal_code),
    )
    parts = [head.address or "", *(f"{name} {value}" for name, value in named if value)]
    return " · ".join(part for part in parts if part)


def _label(word: Label | None) -> str:
    return NOTHING if word is None else word.label


def _identity(case: Case, words: _Words) -> Pairs:
    call = case.call
    recorded = case.step(1).state is StepState.DONE
    decided = f", ditetapkan {plain(call.decided_by)}" if call.decided_by else ""
    pairs = [
        ("Nomor Panggilan", case.call_no),
        ("Kanal", _label(call.channel)),
        ("Waktu Diterima", words.moment(call.received_at)),
        ("Laporan Selesai Dicatat", words.moment(call.ended_at if recorded else None)),
        ("Jenis Panggilan", _label(call.call_class) + decided),
    ]
    if call.closing_note:
        pairs.append(("Catatan Penutupan", words.text(call.closing_note)))
    return pairs


def _reporter(case: Case, words: _Words) -> Pairs:
    call = case.call
    if call.reporter_named:
        name = "tercatat, disamarkan pada salinan ini"
    elif call.anonymous_reason:
        name = f"anonim: {words.text(call.anonymous_reason)}"
    else:
        name = NOTHING
    absent = f"tidak tersedia: {words.text(call.no_number_reason)}" if call.no_number_reason else NOTHING
    return [("Nama Pelapor", name), ("Nomor Panggil Balik", call.reporter_phone_masked or absent)]


def _incident(case: Case, kind: IncidentType | None, words: _Words) -> Pairs:
    incident = case.incident
    name = f"{kind.label} ({kind.code})" if kind else incident.type_code or NOTHING
    priority = (
        NOTHING if incident.priority is None else f"{incident.priority} – {PRIORITIES[incident.priority]}"
    )
    if incident.victims_estimate is not None:
        estimate = f"{incident.victims_estimate} orang"
    else:
        estimate = "belum diketahui" if incident.victims_unknown else NOTHING
    pairs = [
        ("Jenis Kejadian", name),
        ("Matra", _label(incident.domain)),
        ("Prioritas", priority),
        ("Perkiraan Korban", estimate),
    ]
    if kind is not None and kind.sar_class is not None:
        pairs.append(("Golongan SAR", kind.sar_class.label))
    return pairs


def _location(case: Case, words: _Words) -> Pairs:
    place = case.location
    village = ", ".join(part for part in (place.kelurahan, place.kecamatan) if part)
    position = NOTHING
    if place.lon is not None and place.lat is not None:
        accuracy = f" (± {place.accuracy_m:.0f} m)" if place.accuracy_m is not None else ""
        written = format_dm(LonLat(place.lon, place.lat))
        position = f"{written} · {place.lat:.5f}, {place.lon:.5f} (lintang, bujur WGS 84){accuracy}"
    return [
        ("Tempat", words.text(place.place_text)),
        ("Kelurahan, Kecamatan", village or NOTHING),
        ("Kode Wilayah", place.adm_code or NOTHING),
        ("Koordinat", position),
        ("Perairan", place.water_area or NOTHING),
        ("Kewenangan", place.jurisdiction or NOTHING),
    ]


def _agency(line: AgencyNotice, words: _Words) -> list[str]:
    if line.waived_reason:
        result = f"Dikecualikan: {words.text(line.waived_reason)}"
    else:
        result = _label(line.result) + (f": {words.text(line.note)}" if line.note else "")
    return [
        words.context.agencies.get(line.code, line.code),
        "wajib" if line.required else "bila perlu",
        words.time(line.notified_at),
        _label(line.method),
        words.time(line.acknowledged_at),
        result,
    ]


def _unit(unit: Assignment, words: _Words) -> list[str]:
    finished = words.time(unit.cleared_at or unit.withdrawn_at)
    distance = NOTHING if unit.distance_m is None else f"{unit.distance_m / 1000:.1f} km".replace(".", ",")
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


def _step(case: Case, step: StepRecord, words: _Words) -> list[str]:
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


def _victims(case: Case) -> list[str]:
    counted = case.victims
    names = ("safe", "injured_minor", "injured_severe", "dead", "missing", "total", "minors")
    return [NOTHING if counted is None else str(getattr(counted, name)) for name in names]


def _sitrep(report: Sitrep, words: _Words) -> list[str]:
    return [str(report.no), words.time(report.at), report.unit_code or NOTHING, words.text(report.text)]


def _document(number: int, item: Attachment, words: _Words) -> list[str]:
    """Return a row of the documentation; the file's name stays out, it may hold a person's."""
    kind = "Foto" if item.content_type.startswith("image/") else "Dokumen"
    kilobytes = -(-item.size_bytes // 1000)
    return [str(number), kind, f"{kilobytes} kB", words.time(item.added_at), item.sha256]


def _result(case: Case, words: _Words) -> Pairs:
    obstacles = [
        f"{name}: {words.text(reason)}"
        for name, reason in (
            ("tidak tiba", case.reasons.no_arrival),
            ("jeda laporan", case.reasons.late_sitrep),
            ("tanpa dokumentasi", case.reasons.no_documentation),
        )
        if reason
    ]
    follow_up = NOTHING
    if case.handover is not None:
        to = words.text(case.handover.agency)
        follow_up = f"dialihkan kepada {to} pada {words.moment(case.handover.at)}"
        follow_up += f", rujukan {words.text(case.handover.reference)}"
    return [
        ("Hasil", _label(case.outcome)),
        ("Alasan", words.text(case.outcome_reason)),
        ("Kendala", "; ".join(obstacles) or NOTHING),
        ("Tindak Lanjut", follow_up),
        ("Dibuka Kembali", f"{case.reopened_count} kali" if case.reopened_count else "tidak pernah"),
    ]


def _delivery(sent: Delivery | None, words: _Words) -> Pairs:
    if sent is None:
        receipt = NOTHING
    elif sent.receipt_id:
        receipt = f"{plain(sent.receipt_id)} ({words.moment(sent.receipt_at)})"
    elif sent.override_reason:
        receipt = f"dikecualikan Penyelia: {words.text(sent.override_reason)}"
    else:
        receipt = "menunggu bukti terima DKISP"
    return [
        ("Waktu Kirim", words.moment(sent.written_at) if sent else "belum dikirim saat laporan ini dicetak"),
        ("Nomor Bukti Terima", receipt),
        ("Sidik Jari SHA-256", sent.digest if sent else NOTHING),
    ]


def _signatures(case: Case, words: _Words) -> list[dict[str, str]]:
    """Return the four boxes; a name is there when the records say who did it, the hand signs."""
    taker = case.step(1)
    dispatcher = next((case.step(no) for no in (9, 6, 4) if case.step(no).user), case.step(2))
    approval = next((unit for unit in case.assignments if unit.approved_by), None)
    return [
        _box("Dibuat oleh", "Call Taker", taker.user, words.moment(taker.finished_at)),
        _box("Diperiksa", "Dispatcher", dispatcher.user, words.moment(dispatcher.finished_at)),
        _box(
            "Disetujui",
            "Perwira Piket",
            approval.approved_by if approval else None,
            words.moment(approval.approved_at if approval else None),
        ),
        _box("Mengetahui", "Kepala UPTD", None, NOTHING),
    ]


def _box(verb: str, role: str, name: str | None, at: str) -> dict[str, str]:
    return {"verb": verb, "role": role, "name": plain(name or ""), "at": "" if at == NOTHING else at}


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, border=2)
    return out.getvalue().decode("utf-8")


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts inside the typst package, found once; no font of the system."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
