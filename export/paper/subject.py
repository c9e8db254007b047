"""*Salinan Data Pribadi*: what is held of one person, as a paper for that person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from export.paper import press
from export.paper.words import NOTHING, House, sign_box

TEMPLATE = "salinan.typ"


def subject_copy(house: House, now: datetime, told: Mapping[str, Any]) -> bytes:
    """Return the copy as PDF. `told`: what `services.subject.copy` gathered (times as text of the city)."""
    return press.pdf(TEMPLATE, copy_words(house, now, told), house.pictures)


def copy_words(house: House, now: datetime, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return every word of the copy, as the template takes them."""
    return {
        "head": house.head,
        "title": "Salinan Data Pribadi",
        "below": f"Permintaan {told['request']}",
        "as_of": house.moment(now),
        "summary": [
            ("Nama", told["name"] or NOTHING),
            ("Nomor", told["phone"] or NOTHING),
            ("Identitas diperiksa", told["checked_how"]),
            ("Diminta", told["asked_at"]),
            ("Kasus", str(len(told["cases"]))),
        ],
        "note": told["note"],
        "cases": [
            {
                "title": f"{case['call_no']} · {case['received_at']}",
                "rows": [
                    ("Peran", case["part"]),
                    ("Nama tercatat", case["name"] or NOTHING),
                    ("Nomor tercatat", case["phone"] or NOTHING),
                    ("Tempat", case["place"] or NOTHING),
                    ("Jenis", case["type"] or NOTHING),
                    ("Kronologi", case["narrative"] or NOTHING),
                    ("Kalimat lain", " / ".join(case["other_words"]) or NOTHING),
                    ("Berkas foto atau dokumen", str(case["files"])),
                    ("Disimpan sampai", case["kept_until"]),
                ],
                "sent": [[one["to"], one["what"], one["at"]] for one in case["sent_to"]],
                "looks": [[one["at"], one["who"], one["what"], one["way"]] for one in case["seen_by"]],
            }
            for case in told["cases"]
        ],
        "rights": told["rights"],
        "signatures": [sign_box("Disiapkan", "Penyelia"), sign_box("Diterima", "Pemilik data")],
    }
