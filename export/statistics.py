"""Statistics as files: `kejadian_harian` and `kejadian_bulanan` as CSV, and what describes them as JSON.

The CSV (RFC 4180, UTF-8) holds details and totals; a total says `semua` where it does not tell apart. `<3`
stands for 0, 1 or 2 cases, `x` for a figure that is not told, an empty field for one that is not there.
The description follows Satu Data Indonesia (Perpres 39/2019: standar data and metadata; domain.md 3.3).
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.formula import row
from domain.statistics import (
    ALL,
    DIMENSIONS,
    LEAST,
    RESPONSE_STANDARD_S,
    TOTALS,
    VICTIMS,
    Key,
    Line,
    Protected,
    Told,
)

Kind = Literal["kejadian_harian", "kejadian_bulanan"]

COLUMNS = (
    *DIMENSIONS,
    "n_cases",
    "n_units",
    "median_response_s",
    "p90_response_s",
    f"n_response_le_{RESPONSE_STANDARD_S}",
    "n_steps_on_time",
    *(f"victims_{name}" for name in VICTIMS),
)
FEW = f"<{LEAST}"
UNTOLD = "x"
UNKNOWN = "belum ditetapkan"


def to_csv(details: Sequence[Line], totals: Sequence[Line], protected: Protected, told: Told) -> bytes:
    """Return the lines as CSV: details, then totals by period, district, domain and type, then the whole.

    Lines are in the order of their keys, so that the same cases give the same bytes.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    lines = {line.key: line for line in details}
    for key in sorted({*lines, *protected.small}):
        writer.writerow(row(_detail(key, lines.get(key), protected)))
    for line in sorted(totals, key=lambda line: (_rank(line.key), line.key)):
        writer.writerow(row(_total(line, told)))
    return text.getvalue().encode("utf-8")


def _detail(key: Key, line: Line | None, protected: Protected) -> list[object]:
    if line is None or key in protected.untold:
        count = FEW if key in protected.small else UNTOLD
        return [*key, count, *[UNTOLD] * (len(COLUMNS) - len(key) - 1)]
    return [*key, line.n_cases, line.n_units, *_times(line, told=True), *_sums(line)]


def _total(line: Line, told: Told) -> list[object]:
    if line.n_cases < LEAST:
        return [*line.key, FEW, *[UNTOLD] * (len(COLUMNS) - len(line.key) - 1)]
    which = next(((name, value) for name, value in zip(TOTALS, line.key, strict=False) if value != ALL), None)
    sums = which in told.sums
    return [
        *line.key,
        line.n_cases,
        line.n_units if sums else UNTOLD,
        *_times(line, told=which in told.times),
        *(_sums(line) if sums else [UNTOLD] * (2 + len(VICTIMS))),
    ]


def _times(line: Line, *, told: bool) -> list[object]:
    """Return median and 90th percentile: of one or two responses they would tell those themselves."""
    if line.n_responses == 0:
        return ["", ""]
    if not told or line.n_responses < LEAST:
        return [UNTOLD, UNTOLD]
    return [_second(line.median_s), _second(line.p90_s)]


def _sums(line: Line) -> list[object]:
    return [line.within_standard, line.steps_on_time, *line.victims]


def _second(value: float | None) -> str:
    """Return seconds with at most one decimal, as every reader of CSV takes them."""
    return "" if value is None else f"{value:.1f}".removesuffix(".0")


def _rank(key: Key) -> int:
    return next((n for n, value in enumerate(key) if value != ALL), len(key))


# --- what describes a file ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, and the city's codes; None for what nobody has settled yet."""

    producer: str
    city: str
    adm_code: str
    districts: dict[str, str]
    types: dict[str, str]
    classes: dict[str, str]
    domains: dict[str, str]
    timezone_label: str
    contact: str | None
    version: str


_PERIODS = {
    "kejadian_harian": ("harian", "hari kalender (YYYY-MM-DD)"),
    "kejadian_bulanan": ("bulanan", "bulan kalender (YYYY-MM)"),
}

_METHOD = (
    "Dihitung dari seluruh kasus pada basis data Sigap (sensus, bukan sampel); laporan yang digabung hanya "
    "dihitung pada kasus utamanya. Median dan persentil ke-90 eksak dari data mentah tiap baris: nilai "
    "terurut dibaca pada posisi 1 + q(n − 1) dengan interpolasi linear (Hyndman–Fan tipe 7); persentil "
    "tidak pernah dirata-ratakan."
)
_PROTECTION = (
    f"Pengendalian pengungkapan statistik. Kategori dengan kurang dari {LEAST} kasus digabung dengan "
    "kategori lain (nama digabung dengan “+”, periode dengan “/”, “gabungan” bila tetap terlalu sedikit). "
    f"Rincian 1–2 kasus ditulis “{FEW}”, termasuk rincian tanpa kasus yang ditambahkan sebagai pelengkap; "
    f"“{UNTOLD}” berarti tidak ditampilkan. Penekanan pelengkap memastikan tidak ada rincian yang dapat "
    "dihitung kembali dari jumlah per periode, kecamatan, matra, jenis, dan jumlah keseluruhan, juga bila "
    "berkas harian dan bulanan untuk rentang yang sama dibaca bersama. Terbitkan menurut kalender tetap: "
    "rentang yang tumpang tindih dapat saling membuka. Rujukan: "
    "Hundepool dkk., Statistical Disclosure Control (2012); Cox, JASA 75 (1980)."
)


def metadata(kind: Kind, publisher: Publisher) -> bytes:
    """Return what describes a file, as JSON: standar data and metadata, one entry a column.

    What only DKISP can settle (walidata, licence, contact) is null and listed under `belum_ditetapkan`.
    """
    name, period = _PERIODS[kind]
    told: dict[str, Any] = {
        "judul": f"Statistik kejadian {name} {publisher.city}",
        "konsep": "Kejadian yang dilaporkan kepada command center dan penanganannya menurut SOP.",
        "definisi": "Satu kasus adalah satu panggilan atau laporan yang dicatat; prank, ghost, dan "
        "permintaan informasi termasuk, laporan yang digabung tidak.",
        "klasifikasi": {
            "adm3": {**publisher.districts, "laut": "Perairan kota", "luar": "Di luar kota"},
            "domain": publisher.domains,
            "type": publisher.types,
            "call_class": publisher.classes,
            "untuk_semua": {ALL: "jumlah semua kategori", "-": "tidak diketahui"},
        },
        "ukuran": {column: measure for column, measure, _ in _MEASURES},
        "satuan": {column: unit for column, _, unit in _MEASURES},
        "metode": _METHOD,
        "perlindungan_data": _PROTECTION,
        "periode": f"{period}, waktu setempat ({publisher.timezone_label}), menurut waktu laporan "
        "diterima; hanya periode yang sudah selesai",
        "cakupan": f"{publisher.city} dan perairannya; kasus di luar kota ditandai “luar”",
        "kode_referensi": {
            "wilayah": f"Kode wilayah Kemendagri; kota {publisher.adm_code}",
            "jenis": "Rencana respons pada paket kota (contoh sampai ditetapkan)",
        },
        "produsen": publisher.producer,
        "walidata": None,
        "kontak": publisher.contact,
        "lisensi": None,
        "versi": publisher.version,
    }
    told["belum_ditetapkan"] = sorted(key for key, value in told.items() if value is None)
    told["catatan"] = f"null: {UNKNOWN}"
    return (json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode("utf-8")


_MEASURES: tuple[tuple[str, str, str], ...] = (
    ("n_cases", "Banyaknya kasus", "kasus"),
    ("n_units", "Banyaknya unit yang dikerahkan, dijumlah per kasus", "unit"),
    ("median_response_s", "Median waktu tanggap: laporan diterima sampai unit pertama tiba", "detik"),
    ("p90_response_s", "Persentil ke-90 waktu tanggap", "detik"),
    (f"n_response_le_{RESPONSE_STANDARD_S}", "Kasus dengan waktu tanggap paling lama 15 menit", "kasus"),
    ("n_steps_on_time", "Langkah SOP yang selesai dalam waktu standarnya, dijumlah per kasus", "langkah"),
    ("victims_safe", "Korban selamat", "orang"),
    ("victims_injured_minor", "Korban luka ringan", "orang"),
    ("victims_injured_severe", "Korban luka berat", "orang"),
    ("victims_dead", "Korban meninggal dunia", "orang"),
    ("victims_missing", "Korban hilang", "orang"),
)
