"""*Formulir Darurat*: blank forms with serials printed before an outage, two pages each (domain.md 4).

A form is filled by hand while Sigap is out, and entered afterwards as *entri susulan* under its serial.
"""

from collections.abc import Sequence
from typing import Any

from domain.sop import Sop
from domain.words import PRIORITIES, CallClass, Channel, Domain
from export.paper import press
from export.paper.words import House, duration, qr, sign_box

TEMPLATE = "formulir_darurat.typ"
AGENCY_LINES = 11
"""Lines for agencies, two of them blank at least: so many fit on the first page."""


def emergency_forms(
    house: House,
    serials: Sequence[str],
    sop: Sop,
    agencies: Sequence[str],
    forward_to: Sequence[str],
    zone: str,
) -> bytes:
    """Return one blank form a serial as PDF.

    `agencies`: names of those that are told in step 4; `forward_to`: names of those whose officers are told
    in step 3; `zone`: short name of the city's time. Raises ValueError without a serial.
    """
    words = form_words(house, serials, sop, agencies, forward_to, zone)
    return press.pdf(TEMPLATE, words, house.pictures)


def form_words(
    house: House,
    serials: Sequence[str],
    sop: Sop,
    agencies: Sequence[str],
    forward_to: Sequence[str],
    zone: str,
) -> dict[str, Any]:
    """Return every word of the forms, as the template takes them."""
    if not serials:
        raise ValueError("a form needs a serial")
    return {
        "head": house.head,
        "title": f"Formulir Darurat {serials[0]} – {serials[-1]}",
        "note": "Setelah diisi: Terbatas, memuat data pribadi. Simpan bersama laporan kasusnya.",
        "sop_no": sop.number,
        "zone": zone,
        "forms": [{"serial": serial, "qr_svg": qr(serial)} for serial in serials],
        "channels": [channel.label for channel in Channel],
        "classes": [one.label for one in CallClass],
        "domains": [domain.label for domain in Domain],
        "priorities": [f"{no} {name}" for no, name in PRIORITIES.items()],
        "forward_to": list(forward_to),
        "agencies": [*agencies[: AGENCY_LINES - 2], *[""] * max(2, AGENCY_LINES - len(agencies))],
        "steps": [
            [str(step.no), step.activity, duration(step.target_s), "", "", "", ""] for step in sop.steps
        ],
        "victims": ["Selamat", "Luka ringan", "Luka berat", "Meninggal", "Hilang", "Jumlah", "Anak-anak"],
        "signatures": [
            sign_box("Dibuat", "Call Taker"),
            sign_box("Diperiksa", "Dispatcher"),
            sign_box("Disetujui", "Perwira Piket"),
            sign_box("Mengetahui", "Kepala UPTD"),
        ],
    }
