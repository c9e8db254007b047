"""Files that people give: told by their content, never by name or declared type; names made harmless.

A picture is opened by its head alone, so that one made to unpack hugely is refused before it is unpacked. A
PDF must be whole and carry nothing that runs: a reader on another machine would run it. What is kept is kept
byte for byte; nothing of it is ever sent to a browser as a page.
"""

import io
import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from PIL import Image, UnidentifiedImageError

from domain.errors import Need
from domain.words import N_

MAX_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 60_000_000
"""A phone's photo has 12 to 50 million; much more is a picture made to use up memory."""
LONGEST_NAME = 120
PHOTOS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PDF = "application/pdf"
EXTENSIONS = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    PDF: ("pdf",),
}
"""The endings a name may have for its kind; the first is put to a name that has another."""

_T = TypeVar("_T")
_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|XFA)\b")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_PDF_TAIL = 2048
# What Windows cannot have in a name, and what separates folders anywhere.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


class Refused(ValueError):
    """A file cannot be taken; `reason` is the rest of a sentence that begins with the field's name."""

    def __init__(self, reason: Need) -> None:
        self.reason = reason
        super().__init__(str(reason))


class UnknownKind(Refused):
    """It is none of the kinds that are taken."""


def kind_of(content: bytes) -> str:
    """Return the media type of a photo or PDF by its content. Raises Refused."""
    if content.startswith(b"%PDF-"):
        _require_quiet(content)
        return PDF
    return PHOTOS[picture(content, lambda _kind, _picture: None)[0]]


def picture(content: bytes, read: Callable[[str, Image.Image], _T]) -> tuple[str, _T]:
    """Return the kind (`JPEG`, `PNG`, `WEBP`) of a photo and what `read` finds in its head.

    Its size is known from the head; then its parts are checked without unpacking the picture. Raises Refused.
    """
    try:
        with Image.open(io.BytesIO(content), formats=list(PHOTOS)) as opened:
            # Phones write a preview behind the photo (MPO); it begins as the JPEG that it is.
            kind = "JPEG" if opened.format == "MPO" else str(opened.format)
            if opened.width * opened.height > MOST_PIXELS:
                raise _too_many()
            found = read(kind, opened)
            opened.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except UnidentifiedImageError as error:
        raise UnknownKind(Need(N_("bukan foto JPEG, PNG, atau WebP."))) from error
    except Refused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused(Need(N_("rusak atau tidak lengkap. Ambil foto itu sekali lagi."))) from error
    return kind, found


def safe_name(name: str, kind: str, default: str = "berkas") -> str:
    """Return a file's name that is only a name, with an ending of its kind, at most 120 characters.

    Folders, control signs and those that turn the direction of writing are left out: `foto\\u202egpj.exe`
    looks like `fotoexe.jpg`.
    """
    told = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(" " if sign.isspace() else sign for sign in told if _is_shown(sign))
    plain = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    stem, _, ending = plain.rpartition(".")
    endings = EXTENSIONS[kind]
    if not stem or ending.lower() not in endings:
        stem, ending = plain, endings[0]
    stem = stem[: LONGEST_NAME - len(ending) - 1].rstrip(". ") or default
    return f"{'_' if _DEVICES.match(stem) else ''}{stem}.{ending}"[:LONGEST_NAME]


def _is_shown(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign)[0] != "C"


def _require_quiet(content: bytes) -> None:
    if b"%%EOF" not in content[-_PDF_TAIL:]:
        raise Refused(Need(N_("rusak atau tidak lengkap. Pindai dokumen itu sekali lagi.")))
    # A name may be written with its letters as hexadecimal numbers.
    named = _HEX.sub(lambda found: bytes([int(found[1], 16)]), content)
    if _ACTIVE.search(named) is not None:
        words = N_("berisi skrip, lampiran, atau perintah. Cetak dokumen itu ke PDF biasa lebih dahulu.")
        raise Refused(Need(words))


def _too_many() -> Refused:
    words = N_("terlalu banyak piksel (paling banyak {limit} juta). Kirim foto yang lebih kecil.")
    return Refused(Need(words, limit=MOST_PIXELS // 1_000_000))
