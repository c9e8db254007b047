"""Photos made small for paper: upright, without metadata, and never a reason for a report not to print."""

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from domain.case import Attachment
from export.paper.photos import ENOUGH_PX, LONGEST_PX, MOST_PHOTOS, photos, small


def picture(size=(1200, 900), kind="JPEG", mode="RGB", colour=(200, 30, 30), **more):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def opened(content):
    return Image.open(io.BytesIO(content))


def item(n, content_type="image/jpeg"):
    return Attachment(f"{n:064x}", f"{n}.jpg", content_type, 1, datetime(2026, 1, 1, tzinfo=UTC), "regu")


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (901, 10), (64, 48)])
def test_a_photo_fits_and_keeps_its_shape(size):
    made = opened(small(picture(size)))
    assert made.format == "JPEG"
    assert max(made.size) <= LONGEST_PX
    assert max(made.size) >= min(ENOUGH_PX, max(size))
    assert made.width / made.height == pytest.approx(size[0] / size[1], rel=0.03) or min(made.size) < 20


def test_a_photo_taken_on_its_side_stands_upright_and_loses_what_the_camera_wrote():
    told = Image.Exif()
    told[0x0112] = 6  # turned a quarter to the right
    told[0x010F] = "Kamera Zulkarnaen"
    source = Image.new("RGB", (800, 400), "white")
    source.paste("black", (0, 0, 400, 400))
    out = io.BytesIO()
    source.save(out, "JPEG", exif=told)
    content = small(out.getvalue())
    made = opened(content)
    assert made.size == (400, 800)
    # The dark left half lies on top once it is upright.
    assert sum(made.getpixel((200, 100))) < 60
    assert sum(made.getpixel((200, 700))) > 700
    assert b"Zulkarnaen" in out.getvalue()
    assert b"Zulkarnaen" not in content
    assert not made.getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_clear_becomes_white_as_the_paper(kind):
    made = opened(small(picture((40, 40), kind, "RGBA", (0, 0, 0, 0))))
    assert made.mode == "RGB"
    assert min(made.getpixel((20, 20))) > 250


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16"])
def test_odd_kinds_of_pictures_become_plain_ones(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    source = Image.new("L", (50, 40), 128).convert("RGB" if mode == "CMYK" else "L")
    source = Image.new("I;16", (50, 40), 30000) if mode == "I;16" else source.convert(mode)
    out = io.BytesIO()
    source.save(out, kind)
    assert opened(small(out.getvalue())).mode == "RGB"


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7 kosong", b"\xff\xd8\xff foto", picture()[:200], b"<svg xmlns='x'/>"],
    ids=["empty", "pdf", "only a beginning", "cut", "svg"],
)
def test_what_is_no_whole_picture_is_none(content):
    assert small(content) is None


def test_a_small_file_that_unpacks_hugely_is_not_unpacked():
    out = io.BytesIO()
    Image.new("1", (20_000, 8_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert small(out.getvalue()) is None


def test_the_same_photo_gives_the_same_bytes():
    content = picture((2000, 1500))
    assert small(content) == small(content)


def test_photos_keep_their_numbers_among_all_documents_and_stop_at_the_most():
    items = [item(1, "application/pdf"), *(item(n) for n in range(2, MOST_PHOTOS + 5))]
    content = picture((30, 20))
    made = photos(items, lambda _one: content)
    assert [photo.no for photo in made] == list(range(2, MOST_PHOTOS + 2))


def test_only_what_will_be_printed_is_read():
    read = []
    photos([item(n) for n in range(40)], lambda one: read.append(one.sha256))
    assert len(read) == MOST_PHOTOS
