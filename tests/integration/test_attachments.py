"""A file that is attached to a case: checked by content, kept under its digest, its name made harmless."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import FAJAR, a_photo
from center_builders import a_stored_case, at, ref, settings
from spoilt_files import QUIET, bomb

from domain.errors import BadInput
from domain.words import CaseStatus
from services import handling
from services.center import Center, close_center, open_center


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def test_what_would_harm_is_refused_and_leaves_nothing(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    spoilt = {
        "piksel": bomb(20_000),
        "bukan foto": b"<svg onload='alert(1)'/>",
        "skrip": QUIET.replace(b"/Type /Catalog", b"/S /JavaScript"),
        "tidak lengkap": QUIET[:-7],
        "10 MB": a_photo() + b"\0" * handling.MAX_ATTACHMENT_BYTES,
    }
    for words, content in spoilt.items():
        with pytest.raises(BadInput, match=words):
            handling.attach(center, at(9), FAJAR, ref(case), "foto.jpg", content)
    assert not center.attachments_dir.exists()


def test_it_lies_under_its_digest_whatever_it_was_called(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.MONITORING)
    content = a_photo("bukti")
    name = "../../secret-key\u202egpj.html"
    case = handling.attach(center, at(9), FAJAR, ref(case), name, content)
    (item,) = case.attachments
    assert (item.name, item.content_type) == ("secret-keygpj.html.jpg", "image/jpeg")
    digest = hashlib.sha256(content).hexdigest()
    assert [file.name for file in center.attachments_dir.iterdir()] == [digest]
    assert handling.attachment(center, case.case_id, digest) == (item, content)
    with pytest.raises(BadInput):
        handling.attachment(center, case.case_id, "../secret-key")
