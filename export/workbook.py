"""A selection of cases as an Excel workbook for offices: cases, SOP steps, units, and what it all means.

Made from the records (`tcc.case.v1`) and the names that the city gives its codes; it holds no more of a case
than its record does, and not the caller's keyed hash or masked number. Times are the city's own, durations
whole seconds. Who made it and when is told, never read from the clock: same input, same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.words import PRIORITIES, CallClass, CaseStatus, Channel, Domain, Label, Outcome, Role
from export.files import flat_row
from export.record import CLASSIFICATIONS, Record, RecordContext
from export.sheets import Book, Column, Value

CASES, STEPS, UNITS, NOTES = "Kasus", "Langkah SOP", "Unit", "Keterangan"
TITLE = "Kasus layanan penyelamatan manusia"
NOT_JUDGED = "lihat Keterangan"
"""Step 6 is judged by its longest silence between reports, which no record holds (decision 0005)."""

_CASE_COLUMNS = (
    Column("Nomor Register", 16),
    Column("ID Rekaman", 38),
    Column("Revisi", 8),
    Column("Klasifikasi", 12),
    Column("Status", 16),
    Column("Hasil", 20),
    Column("Kanal", 16),
    Column("Jenis Panggilan", 12),
    Column("Waktu Diterima", 20),
    Column("Kode Kejadian", 12),
    Column("Jenis Kejadian", 32),
    Column("Matra", 8),
    Column("Prioritas", 20),
    Column("Ringkasan (disamarkan)", 60),
    Column("Kode Wilayah", 15),
    Column("Tempat (disamarkan)", 40),
    Column("Perairan", 24),
    Column("Kewenangan", 12),
    Column("Bujur (°)", 12),
    Column("Lintang (°)", 12),
    Column("Ketelitian (m)", 10),
    Column("Instansi Diberi Tahu", 28),
    Column("Unit Dikerahkan", 28),
    Column("Jumlah Unit", 8),
    Column("Personel", 9),
    Column("Proses (dtk)", 10),
    Column("Persiapan (dtk)", 10),
    Column("Perjalanan (dtk)", 11),
    Column("Waktu Tanggap (dtk)", 11),
    Column("Di Lokasi (dtk)", 10),
    Column("Korban", 8),
    Column("Selamat", 8),
    Column("Luka Ringan", 8),
    Column("Luka Berat", 8),
    Column("Meninggal Dunia", 10),
    Column("Hilang", 8),
    Column("Di Antaranya Anak", 10),
    Column("Laporan Situasi", 9),
    Column("Dialihkan ke", 20),
    Column("Waktu Dialihkan", 20),
    Column("Dokumen", 9),
    Column("Digabung ke (ID)", 38),
    Column("Dibuka Kembali (kali)", 9),
)
_STEP_COLUMNS = (
    Column("Nomor Register", 16),
    Column("ID Rekaman", 38),
    Column("Langkah", 8),
    Column("Kegiatan", 50),
    Column("Petugas", 16),
    Column("Mulai", 20),
    Column("Selesai", 20),
    Column("Standar (dtk)", 10),
    Column("Durasi (dtk)", 10),
    Column("Terlambat", 16),
    Column("Alasan Keterlambatan (disamarkan)", 40),
)
_UNIT_COLUMNS = (
    Column("Nomor Register", 16),
    Column("ID Rekaman", 38),
    Column("Kode Unit", 16),
    Column("Instansi", 28),
    Column("Jenis Unit", 20),
    Column("Personel", 9),
    Column("Dikerahkan", 20),
    Column("Berangkat", 20),
    Column("Tiba di Lokasi", 20),
    Column("Selesai", 20),
    Column("Jarak Tempuh (km)", 10),
)
_NOTE_COLUMNS = (Column("Hal", 30), Column("Penjelasan", 110))

_MEANINGS = (
    ("Waktu Diterima", "Saat panggilan atau laporan masuk (langkah 1)."),
    ("Proses", "Dari laporan diterima sampai unit pertama dikerahkan."),
    ("Persiapan", "Dari dikerahkan sampai berangkat, untuk unit yang tiba pertama."),
    ("Perjalanan", "Dari berangkat sampai tiba, untuk unit yang tiba pertama."),
    ("Waktu Tanggap", "Dari laporan diterima sampai unit pertama tiba di lokasi."),
    ("Di Lokasi", "Dari unit pertama tiba sampai unit terakhir yang tiba selesai."),
    ("Standar, Durasi, Terlambat", "Terlambat bila durasi langkah melebihi waktu standar SOP."),
    (
        "Terlambat, langkah 6",
        "Standar langkah 6 adalah jeda terlama antara dua laporan situasi, bukan lama operasi, sehingga "
        "durasi langkah itu tidak boleh dibandingkan dengan standarnya. Rekaman tidak memuat jeda itu.",
    ),
    (
        "Korban",
        "Selamat + luka ringan + luka berat + meninggal dunia + hilang = korban; anak termasuk di dalamnya.",
    ),
    ("Personel", "Jumlah personel menurut daftar unit saat dikerahkan."),
    ("Bujur, Lintang", "WGS 84 (EPSG:4326), derajat desimal."),
    ("Sel kosong", "Tidak diketahui atau belum ada; tidak pernah berarti nol."),
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When the workbook is made, its period (`since` included, `until` excluded), and whether of examples."""

    made_at: datetime
    since: datetime | None = None
    until: datetime | None = None
    is_example: bool = False


def to_workbook(records: Sequence[Record], context: RecordContext, occasion: Occasion) -> bytes:
    """Return the cases as .xlsx (ECMA-376): sheets Kasus, Langkah SOP, Unit and Keterangan.

    Raises ValueError for an occasion without a time zone.
    """
    if occasion.made_at.tzinfo is None:
        raise ValueError("times must be timezone-aware")
    producer = context.producer
    book = Book(TITLE, f"{producer.system} {producer.version} · {producer.org_code}", occasion.made_at)
    book.add(CASES, _CASE_COLUMNS, (_case(record, context) for record in records))
    steps = book.add(STEPS, _STEP_COLUMNS, _steps(records, context))
    units = book.add(UNITS, _UNIT_COLUMNS, _units(records, context))
    book.add(NOTES, _NOTE_COLUMNS, _notes(records, context, occasion, steps, units))
    return book.content()


def _case(record: Record, context: RecordContext) -> list[Value]:
    row = flat_row(record)
    kind = context.plan.types.get(row["type_code"] or "")
    priority = row["priority"]
    return [
        row["register_no"],
        row["record_id"],
        row["revision"],
        CLASSIFICATIONS[row["classification"]],
        _label(CaseStatus, row["status"]),
        _label(Outcome, row["outcome"]),
        _label(Channel, row["channel"]),
        _label(CallClass, row["call_class"]),
        _local(row["received_at"]),
        row["type_code"],
        kind.label if kind else None,
        _label(Domain, row["domain"]),
        f"{priority} {PRIORITIES[priority]}" if priority else None,
        row["summary"],
        row["adm_code"],
        row["place_text"],
        row["water_area"],
        row["jurisdiction"],
        row["lon"],
        row["lat"],
        row["accuracy_m"],
        row["agencies_notified"],
        row["unit_codes"],
        row["n_units"],
        row["personnel"],
        *(row[name] for name in ("processing_s", "turnout_s", "travel_s", "response_s", "on_scene_s")),
        *(row[f"victims_{name}"] for name in ("total", "safe", "injured_minor", "injured_severe")),
        *(row[f"victims_{name}"] for name in ("dead", "missing", "minors")),
        row["sitrep_count"],
        row["handover_to"],
        _local(row["handover_at"]),
        row["n_documents"],
        row["merged_into"],
        row["reopened_count"],
    ]


def _steps(records: Sequence[Record], context: RecordContext) -> Iterator[list[Value]]:
    for record in records:
        for step in record["steps"]:
            yield [
                record["register_no"],
                record["record_id"],
                step["no"],
                context.sop.step(step["no"]).activity,
                _label(Role, step["role"]),
                _local(step["started_at"]),
                _local(step["finished_at"]),
                step["target_s"],
                step["elapsed_s"],
                _late(step),
                step["overrun_reason"],
            ]


def _late(step: Record) -> str | None:
    """Return whether a finished step overran its standard."""
    if step["elapsed_s"] is None:
        return None
    if step["no"] == 6:
        return NOT_JUDGED
    return "Ya" if step["elapsed_s"] > step["target_s"] else "Tidak"


def _units(records: Sequence[Record], context: RecordContext) -> Iterator[list[Value]]:
    for record in records:
        for unit in record["units"]:
            yield [
                record["register_no"],
                record["record_id"],
                unit["unit_code"],
                context.agencies.get(unit["agency"], unit["agency"]),
                context.kinds.get(unit["kind"], unit["kind"]),
                unit["personnel"],
                *(
                    _local(unit[name])
                    for name in ("dispatched_at", "departed_at", "arrived_at", "cleared_at")
                ),
                unit["distance_km"],
            ]


def _notes(
    records: Sequence[Record], context: RecordContext, occasion: Occasion, steps: int, units: int
) -> Iterator[list[Value]]:
    levels = {record["classification"] for record in records}
    highest = [label for level, label in CLASSIFICATIONS.items() if level in levels][-1:]
    profiles = sorted({record["profile"] for record in records})
    yield ["Isi", TITLE + (" – CONTOH, bukan data sungguhan" if occasion.is_example else "")]
    yield [
        "Sumber",
        f"{context.producer.org_code}, rekaman tcc.case.v1 ({', '.join(profiles) or 'tidak ada'})",
    ]
    yield ["Prosedur", f"SOP {context.sop.number}"]
    yield ["Waktu diterima sejak", _local(context.stamp(occasion.since)) or "kasus pertama"]
    yield ["Waktu diterima sebelum", _local(context.stamp(occasion.until)) or "saat dibuat"]
    yield ["Dibuat", _local(context.stamp(occasion.made_at))]
    yield ["Zona waktu", f"{occasion.made_at.astimezone(context.timezone):%Z (UTC%z)}"]
    yield [f"Jumlah baris {CASES}", len(records)]
    yield [f"Jumlah baris {STEPS}", steps]
    yield [f"Jumlah baris {UNITS}", units]
    yield ["Klasifikasi tertinggi", highest[0] if highest else "tidak ada kasus"]
    yield [
        "Data pribadi",
        "Tidak memuat data pribadi: tanpa nama dan nomor pelapor; nama dan nomor dalam teks bebas "
        "disamarkan (•••).",
    ]
    for term, meaning in _MEANINGS:
        yield [term, meaning]


def _label(words: type[Label], code: str | None) -> str | None:
    return None if code is None else words(code).label


def _local(stamp: str | None) -> datetime | None:
    """Return a record's stamp as the city's clock showed it; Excel knows no zones."""
    return None if stamp is None else datetime.fromisoformat(stamp).replace(tzinfo=None)
