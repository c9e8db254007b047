"""Photos from crews: what they are is told by their content; a small file that unpacks hugely is refused.

The file is kept byte for byte as it was taken, with what the camera wrote into it, so that its SHA-256 proves
it. Where it was taken is only offered to the crew; nothing moves a case by itself.
"""

import re
import struct
from dataclasses import dataclass
from datetime import datetime

from PIL import Image
from PIL.ExifTags import GPS, IFD

from domain.case import Case
from domain.errors import BadInput, Need
from domain.positions import Device
from domain.words import N_
from geo.errors import GeoError
from geo.points import LonLat
from services import handling, uploads
from services.center import Center
from services.change import CaseRef
from services.crew import actor_of, ordered_case
from services.handling import MAX_ATTACHMENT_BYTES

MOST_PIXELS = uploads.MOST_PIXELS
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A photo that lies with its case: its SHA-256, and where it says it was taken (None: it does not)."""

    case: Case
    sha256: str
    is_new: bool
    taken_at: LonLat | None


def keep(
    center: Center, now: datetime, device: Device, content: bytes, name: str = "", call_no: str | None = None
) -> Kept:
    """Check a photo and put it to the unit's case; the same content twice is kept once.

    Raises BadInput for anything but a whole JPEG, PNG or WebP of at most 10 MB, NotFound without an order.
    """
    kind, place = check(content, center)
    case = ordered_case(center.db.read(), device.unit_code, call_no)
    before = {item.sha256 for item in case.attachments}
    stem = re.sub(r"[^\w.-]+", "_", name.rpartition(".")[0] or name)[:80].strip("._") or "foto"
    case = handling.attach(
        center, now, actor_of(device), CaseRef(case.case_id), f"{stem}.{FORMATS[kind]}", content
    )
    digest = handling.digest(content)
    return Kept(case, digest, digest not in before, place)


def check(content: bytes, center: Center) -> tuple[str, LonLat | None]:
    """Return the kind of a photo and where it says it was taken. Raises BadInput.

    Only its head is unpacked to know its size; then its parts are checked without unpacking the picture.
    """
    if len(content) > MAX_ATTACHMENT_BYTES:
        raise _refused(Need(N_("lebih besar dari {limit} MB. Kirim foto yang lebih kecil."), limit=10))

    def place(kind: str, picture: Image.Image) -> LonLat | None:
        # A PNG would be unpacked to look for it, and no camera writes one.
        return None if kind == "PNG" else _place(picture, center)

    try:
        return uploads.picture(content, place)
    except uploads.Refused as error:
        raise _refused(error.reason) from error


def _place(picture: Image.Image, center: Center) -> LonLat | None:
    """Return the position in the photo's EXIF, where it is one and lies on the city's map."""
    try:
        told = picture.getexif().get_ifd(IFD.GPSInfo)
        lat = _degrees(told[GPS.GPSLatitude], told[GPS.GPSLatitudeRef], "S")
        lon = _degrees(told[GPS.GPSLongitude], told[GPS.GPSLongitudeRef], "W")
        return center.pack.area.require(LonLat(lon, lat))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, SyntaxError, struct.error, GeoError):
        return None


def _degrees(parts: tuple[float, float, float], side: str, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if str(side).strip("\0 ").upper() == negative else value


def _refused(reason: Need) -> BadInput:
    return BadInput("photo", N_("Foto"), reason)
