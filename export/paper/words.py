"""How every paper writes times, durations, numbers, its head and its QR code."""

import io
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import segno

from domain.words import Label
from export.record import Letterhead

NOTHING = "–"
FEW = "<3"
"""What a count of 1 or 2 becomes on a paper that leaves the house (domain.md 3.3)."""

Pairs = list[tuple[str, str]]
Table = list[list[str]]

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


@dataclass(frozen=True, slots=True)
class Emblem:
    """The city's emblem for the head: the picture's bytes, and `png`, `jpg` or `svg`."""

    content: bytes
    kind: str

    @property
    def file(self) -> str:
        """The name under which a template finds it."""
        return f"emblem.{self.kind}"


@dataclass(frozen=True, slots=True)
class House:
    """Whose paper it is: head, emblem (None: its room stays empty), time zone, and whether all is example."""

    letterhead: Letterhead
    timezone: tzinfo
    emblem: Emblem | None = None
    is_example: bool = False

    @property
    def head(self) -> dict[str, Any]:
        """The head as a template takes it."""
        return {
            "lines": list(self.letterhead.lines),
            "contacts": contacts(self.letterhead),
            "emblem": self.emblem.file if self.emblem else "",
            "example": self.is_example,
        }

    @property
    def pictures(self) -> dict[str, bytes]:
        """The files of the head."""
        return {self.emblem.file: self.emblem.content} if self.emblem else {}

    def moment(self, at: datetime | None) -> str:
        """Date, time and zone."""
        return NOTHING if at is None else f"{at.astimezone(self.timezone):%d-%m-%Y %H:%M:%S %Z}"

    def minute(self, at: datetime | None) -> str:
        """Day, month, hour and minute; for tables of more than a day."""
        return NOTHING if at is None else f"{at.astimezone(self.timezone):%d-%m %H:%M}"

    def time(self, at: datetime | None, day: date) -> str:
        """The time of day, with the date when it is not on `day`."""
        if at is None:
            return NOTHING
        local = at.astimezone(self.timezone)
        return f"{local:%H:%M:%S}" if local.date() == day else f"{local:%d-%m-%Y %H:%M:%S}"

    def day(self, at: datetime) -> date:
        """The local day of a time."""
        return at.astimezone(self.timezone).date()

    def zone(self, at: datetime) -> str:
        """The zone's short name: `WITA`."""
        return f"{at.astimezone(self.timezone):%Z}"


def long_date(day: date) -> str:
    """Return a date in words: `Rabu, 14 Januari 2026`."""
    return f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def duration(seconds: float | None) -> str:
    """Return seconds as Indonesian words: `1 jam 2 mnt 5 dtk`; parts of a second are cut."""
    if seconds is None:
        return NOTHING
    hours, rest = divmod(int(seconds), 3600)
    minutes, second = divmod(rest, 60)
    parts = [
        f"{number} {unit}" for number, unit in ((hours, "jam"), (minutes, "mnt"), (second, "dtk")) if number
    ]
    return " ".join(parts) or "0 dtk"


def kilometres(metres: float | None) -> str:
    """Return metres as kilometres with a decimal comma."""
    return NOTHING if metres is None else f"{metres / 1000:.1f} km".replace(".", ",")


def percent(part: int, whole: int) -> str:
    """Return a share in percent, one decimal with a comma; nothing of nothing is not 0 %."""
    return NOTHING if whole == 0 else f"{100 * part / whole:.1f} %".replace(".", ",")


def label(word: Label | None) -> str:
    """Return what people read for a code."""
    return NOTHING if word is None else word.label


def contacts(head: Letterhead) -> str:
    """Return the head's contacts in one line; what is not supplied is left out."""
    named = (
        ("Telepon", head.phone),
        ("Laman", head.website),
        ("Pos-el", head.email),
        ("Kode Pos", head.postal_code),
    )
    parts = [head.address or "", *(f"{name} {value}" for name, value in named if value)]
    return " · ".join(part for part in parts if part)


def qr(text: str) -> str:
    """Return a QR code of `text` as SVG, one unit a module, with a border of two."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", xmldecl=False, svgns=True, border=2)
    return out.getvalue().decode("utf-8")


def sign_box(verb: str, role: str, name: str = "", at: str = "", *, stamp: bool = False) -> dict[str, Any]:
    """Return a box to sign in, as `parts.typ` takes it; `stamp`: room for the office's stamp."""
    return {"verb": verb, "role": role, "name": name, "at": "" if at == NOTHING else at, "stamp": stamp}
