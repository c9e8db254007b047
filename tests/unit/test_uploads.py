"""Uploads are told by their content; nothing that runs is kept, and a name stays a name."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from spoilt_files import QUIET, bomb

from services import uploads
from services.uploads import Refused, UnknownKind, kind_of, safe_name


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
        (QUIET, "application/pdf"),
    ],
    ids=["jpeg", "png", "webp", "pdf"],
)
def test_the_kind_is_told_by_the_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\xff\xd8\xff<script>",
        picture("GIF"),
        picture("TIFF"),
        b"GIF89a/*" + QUIET,
    ],
    ids=["empty", "html", "svg", "program", "zip", "only a jpeg's beginning", "gif", "tiff", "two in one"],
)
def test_another_kind_is_refused_whatever_it_pretends(content: bytes) -> None:
    with pytest.raises(UnknownKind):
        kind_of(content)


@pytest.mark.parametrize("side", [8_000, 12_000, 20_000, 2**31 - 1])
def test_a_picture_that_unpacks_hugely_is_refused_by_its_head(side: int) -> None:
    content = bomb(side)
    assert len(content) < 200
    with pytest.raises(Refused, match=r"piksel|rusak"):
        kind_of(content)


@pytest.mark.parametrize(
    "active",
    [
        b"<</OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>> >>",
        b"<</S /Launch /F (cmd.exe)>>",
        b"<</Names <</EmbeddedFiles 3 0 R>> >>",
        b"<</S /Java#53cript>>",
        b"<</S /#4Aava#53cript>>",
        b"<</S /SubmitForm /F (http://x)>>",
    ],
)
def test_a_pdf_that_does_something_is_refused(active: bytes) -> None:
    with pytest.raises(Refused, match="skrip, lampiran, atau perintah"):
        kind_of(QUIET.replace(b"/Type /Catalog", active))


def test_a_pdf_that_is_cut_off_is_refused() -> None:
    with pytest.raises(Refused, match="tidak lengkap"):
        kind_of(QUIET[:-7])


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("foto.jpg", "image/jpeg", "foto.jpg"),
        ("foto.JPEG", "image/jpeg", "foto.JPEG"),
        ("foto.html", "image/jpeg", "foto.html.jpg"),
        ("../../etc/passwd", "application/pdf", "passwd.pdf"),
        ("C:\\Users\\x\\surat.pdf", "application/pdf", "surat.pdf"),
        ("..", "image/png", "berkas.png"),
        ("", "image/png", "berkas.png"),
        (".png", "image/png", "png.png"),
        ("foto\u202egpj.exe", "image/jpeg", "fotogpj.exe.jpg"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "application/pdf", "ab Set-Cookie_ x.pdf"),
        ("con.jpg", "image/jpeg", "_con.jpg"),
        ('"><img src=x onerror=alert(1)>.png', "image/png", "___img src=x onerror=alert(1)_.png"),
        ("x" * 500 + ".pdf", "application/pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name_with_the_ending_of_its_kind(name: str, kind: str, expected: str) -> None:
    assert safe_name(name, kind) == expected


@given(st.text(max_size=200), st.sampled_from(sorted(uploads.EXTENSIONS)))
def test_whatever_the_name_it_is_short_and_leads_nowhere(name: str, kind: str) -> None:
    found = safe_name(name, kind)
    assert 0 < len(found) <= uploads.LONGEST_NAME
    assert found.rpartition(".")[2].lower() in uploads.EXTENSIONS[kind]
    assert not set(found) & set('/\\<>:"|?*')
    assert not found.startswith(".")
    assert all(unicodedata.category(sign)[0] != "C" for sign in found)
    assert safe_name(found, kind) == found
