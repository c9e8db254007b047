"""The photo appendix: documentation photos made small for paper, without what a camera wrote into them.

The file that was kept stays as it is; its SHA-256 is printed beside the small copy, so that the paper leads
to the proof.
"""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from domain.case import Attachment

MOST_PHOTOS = 30
ENOUGH_PX, LONGEST_PX = 760, 1100
"""How long the longer side may be: 8 cm on paper at 230 to 330 dots an inch."""
QUALITY = 70
MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of the appendix: its place among all documents of the case, and its small JPEG.

    `jpeg` None: the kept file is missing or cannot be read; the paper says so.
    """

    no: int
    item: Attachment
    jpeg: bytes | None


def photos(items: Sequence[Attachment], content_of: Callable[[Attachment], bytes | None]) -> list[Photo]:
    """Return the first `MOST_PHOTOS` photos of a case's documents, numbered as in its list of documents."""
    wanted = [(no, item) for no, item in enumerate(items, start=1) if is_photo(item)][:MOST_PHOTOS]

    def made(one: tuple[int, Attachment]) -> Photo:
        content = content_of(one[1])
        return Photo(*one, small(content) if content is not None else None)

    # Pillow lets go of the interpreter while it unpacks: two at once use both cores of a small machine.
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(made, wanted))


def is_photo(item: Attachment) -> bool:
    """Whether a document is a picture."""
    return item.content_type.startswith("image/")


def small(content: bytes) -> bytes | None:
    """Return a picture as a small upright JPEG without metadata; None for what is no whole picture."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            # A JPEG is unpacked at a half, a quarter or an eighth where that is enough: many times as fast.
            share = min(1.0, ENOUGH_PX / max(picture.size))
            picture.draft("RGB", (round(picture.width * share), round(picture.height * share)))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.BICUBIC)
            flat = _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        return None
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=False, progressive=False)
    return out.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in plain colours; what was clear becomes white as the paper."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return picture.convert("RGB")
