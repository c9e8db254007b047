"""The sections of the *Laporan Penanganan* that are lines of name and value (domain.md 4), and who signs."""

from datetime import datetime
from typing import Any

from domain.case import Case, Delivery, Private
from domain.response_plan import IncidentType
from domain.words import PRIORITIES, StepState
from export.paper.words import NOTHING, House, Pairs, label, sign_box
from export.record import RecordContext
from export.redact import plain, redact
from geo.points import LonLat, format_dm

WHOLE = 10_000_000
"""No text is cut on paper: it flows over as many pages as it needs."""


class Words:
    """How this report writes times and free text."""

    def __init__(self, case: Case, private: Private, context: RecordContext, house: House) -> None:
        self.private = private
        self.context = context
        self.moment = house.moment
        self._house = house
        self._day = house.day(case.call.received_at)

    def text(self, value: str | None) -> str:
        """Free text, masked, whole."""
        return redact(value, self.private, WHOLE) or NOTHING

    def time(self, at: datetime | None) -> str:
        """The time of day, with the date when it is not the day of the call."""
        return self._house.time(at, self._day)


def identity_facts(case: Case, words: Words) -> Pairs:
    """Return section A: the call and its class."""
    call = case.call
    recorded = case.step(1).state is StepState.DONE
    decided = f", ditetapkan {plain(call.decided_by)}" if call.decided_by else ""
    pairs = [
        ("Nomor Panggilan", case.call_no),
        ("Kanal", label(call.channel)),
        ("Waktu Diterima", words.moment(call.received_at)),
        ("Laporan Selesai Dicatat", words.moment(call.ended_at if recorded else None)),
        ("Jenis Panggilan", label(call.call_class) + decided),
    ]
    if call.closing_note:
        pairs.append(("Catatan Penutupan", words.text(call.closing_note)))
    return pairs


def reporter_facts(case: Case, words: Words) -> Pairs:
    """Return section B, masked: whether there is a name, and the end of the number."""
    call = case.call
    if call.reporter_named:
        name = "tercatat, disamarkan pada salinan ini"
    elif call.anonymous_reason:
        name = f"anonim: {words.text(call.anonymous_reason)}"
    else:
        name = NOTHING
    absent = f"tidak tersedia: {words.text(call.no_number_reason)}" if call.no_number_reason else NOTHING
    return [("Nama Pelapor", name), ("Nomor Panggil Balik", call.reporter_phone_masked or absent)]


def incident_facts(case: Case, kind: IncidentType | None, words: Words) -> Pairs:
    """Return section C without the narrative; `kind` is None for a type that no plan knows."""
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
        ("Matra", label(incident.domain)),
        ("Prioritas", priority),
        ("Perkiraan Korban", estimate),
    ]
    if kind is not None and kind.sar_class is not None:
        pairs.append(("Golongan SAR", kind.sar_class.label))
    return pairs


def location_facts(case: Case, words: Words) -> Pairs:
    """Return section D: words, codes, and WGS 84 degrees in both notations."""
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


def verification_facts(case: Case, words: Words) -> Pairs:
    """Return who verified the report, and the units that were proposed for it and approved (step 3 to 5)."""
    step = case.step(3)
    verified = (
        f"{words.time(step.finished_at)} oleh {plain(step.user or NOTHING)}" if step.finished_at else NOTHING
    )
    pairs = [("Diverifikasi", verified)]
    if case.proposals:
        last = case.proposals[-1]
        told = f"{words.time(last.at)} oleh {plain(last.by)}, tingkat alarm {last.alarm_level}"
        pairs.append(("Usulan Unit", told))
        if last.reason:
            pairs.append(("Alasan Beda dari Saran", words.text(last.reason)))
    approved = next((unit for unit in case.assignments if unit.approved_by), None)
    if approved is not None:
        by = plain(approved.approved_by or "")
        pairs.append(("Persetujuan Unit", f"{words.time(approved.approved_at)} oleh {by}"))
    return pairs


def result_facts(case: Case, words: Words) -> Pairs:
    """Return section L: how it ended, what stood in the way, who goes on."""
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
        ("Hasil", label(case.outcome)),
        ("Alasan", words.text(case.outcome_reason)),
        ("Kendala", "; ".join(obstacles) or NOTHING),
        ("Tindak Lanjut", follow_up),
        ("Dibuka Kembali", f"{case.reopened_count} kali" if case.reopened_count else "tidak pernah"),
    ]


def delivery_facts(sent: Delivery | None, words: Words) -> Pairs:
    """Return when this revision was queued for DKISP, and the receipt that proves its arrival (step 8)."""
    if sent is None:
        receipt, at = NOTHING, NOTHING
    elif sent.receipt_id:
        receipt, at = plain(sent.receipt_id), words.moment(sent.receipt_at)
    elif sent.override_reason:
        by = plain(sent.override_by or NOTHING)
        receipt, at = f"dikecualikan Penyelia ({by}): {words.text(sent.override_reason)}", NOTHING
    else:
        receipt, at = "menunggu bukti terima DKISP", NOTHING
    return [
        ("Masuk Antrean Kirim", words.moment(sent.written_at) if sent else "belum saat laporan ini dicetak"),
        ("Nomor Bukti Terima", receipt),
        ("Waktu Bukti Terima", at),
        ("Sidik Jari SHA-256", sent.digest if sent else NOTHING),
    ]


def signature_boxes(case: Case, words: Words) -> list[dict[str, Any]]:
    """Return the four boxes; a name is there when the records say who did it, the hand signs."""
    taker = case.step(1)
    dispatcher = next((case.step(no) for no in (9, 6, 4) if case.step(no).user), case.step(2))
    approval = next((unit for unit in case.assignments if unit.approved_by), None)
    return [
        sign_box("Dibuat oleh", "Call Taker", plain(taker.user or ""), words.moment(taker.finished_at)),
        sign_box(
            "Diperiksa", "Dispatcher", plain(dispatcher.user or ""), words.moment(dispatcher.finished_at)
        ),
        sign_box(
            "Disetujui",
            "Perwira Piket",
            plain(approval.approved_by or "") if approval else "",
            words.moment(approval.approved_at if approval else None),
        ),
        sign_box("Mengetahui", "Kepala UPTD", stamp=True),
    ]
