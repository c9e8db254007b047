"""The report with everything in it: map sketch, photos, forty units, sixty reports, words without end."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
import strategies_records as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paper_reading import in_order, pages_of, squeezed, text_of, words_of
from PIL import Image
from strategies_records import CONTEXT, PRIVATE, after

from domain.case import AgencyNotice, Attachment, Private, Sitrep
from export.form import case_form, form_data
from export.paper.photos import photos
from export.paper.sketch import sketch
from export.paper.words import Emblem, House
from export.record import case_record
from geo.points import Area, LonLat, Projector
from geo.zones import load_zones

PACK = Path(__file__).parents[1] / "packs" / "kota_uji"
ZONES = load_zones(
    PACK / "kelurahan.geojson",
    PACK / "coastline.geojson",
    Projector(32752),
    Area(130.85, -6.05, 131.15, -5.75),
    "99.01",
)
MARGIN_PT = 1.8 / 2.54 * 72


def printed(case, private=PRIVATE, **more):
    record = case_record(case, private, CONTEXT, sent_at=after(120))
    return case_form(record, case, private, CONTEXT, **more)


def jpeg(shade):
    """A photo whose EXIF names its owner and its place, as phones write it."""
    picture = Image.new("RGB", (640, 480), (shade, 90, 200))
    told = Image.Exif()
    told[0x013B] = "Sulastriningsih"
    told.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=told)
    return out.getvalue()


def with_photos(case, n):
    """The case with `n` photos, and their contents by SHA-256."""
    contents = [jpeg(7 * place) for place in range(n)]
    kept = {hashlib.sha256(content).hexdigest(): content for content in contents}
    items = tuple(
        Attachment(sha256, f"{place}.jpg", "image/jpeg", len(content), after(60 + place), "regu")
        for place, (sha256, content) in enumerate(kept.items())
    )
    return replace(case, attachments=items), kept


def full_case():
    """The whole rescue with 40 units, 20 agencies, 60 long reports and 30 photos."""
    case, kept = with_photos(world.closed_rescue(), 30)
    boat = case.assignments[0]
    case = replace(
        case,
        assignments=tuple(replace(boat, unit_code=f"UNIT-{n:02d}") for n in range(40)),
        agencies=tuple(
            AgencyNotice(f"INSTANSI-{n:02d}", True, waived_reason="alasan " * 30 + f"tamat{n:02d}")
            for n in range(20)
        ),
        sitreps=tuple(
            Sitrep(n, after(20 + n), "regu-satu", f"awal{n:02d} " + "keadaan berubah " * 20 + f"akhir{n:02d}")
            for n in range(1, 61)
        ),
    )
    return case, kept


@pytest.fixture(scope="module")
def full():
    case, kept = full_case()
    drawn = sketch(ZONES, LonLat(131.0, -5.9), "Kota Uji", 200.0)
    return printed(case, sketch=drawn, photos=photos(case.attachments, lambda item: kept[item.sha256]))


def test_no_row_is_cut_in_two(full):
    pages = pages_of(full)
    for first, last in [(f"awal{n:02d}", f"akhir{n:02d}") for n in range(1, 61)] + [
        (f"INSTANSI-{n:02d}", f"tamat{n:02d}") for n in range(20)
    ]:
        assert any(first in page and last in page for page in pages), f"{first} is cut or lost"


def test_every_page_of_a_table_has_the_tables_head(full):
    pages = pages_of(full)
    assert sum("awal" in page for page in pages) > 3
    assert all("NoWaktuUnitLaporanSituasi" in page for page in pages if "awal" in page)
    assert all("KodeJenis(instansi)" in page for page in pages if "UNIT-" in page)


def test_the_four_signatures_stay_together_wherever_the_page_ends():
    boxes = ("Dibuat oleh", "Diperiksa", "Disetujui", "Mengetahui", "NIP/No. anggota", "Waktu")
    case, places = world.closed_rescue(), set()
    for lines in range(0, 66, 3):
        told = replace(case, current_condition="baris kondisi " * 6 * (lines + 1))
        pages = pages_of(printed(told))
        (first,) = [place for place, page in enumerate(pages) if squeezed(boxes[0]) in page]
        assert in_order(boxes, pages[first]), f"{lines} lines before"
        places.add(first)
    assert len(places) > 1, "the end of a page was among them"


def test_the_photos_come_last_in_order_each_with_time_and_digest(full):
    case, _ = full_case()
    text = text_of(full)
    captions = [f"Foto {n} ·" for n in range(1, 31)]
    assert in_order(["Mengetahui", "LAMPIRAN FOTO", *captions], text)
    for item in case.attachments:
        assert f"SHA-256{item.sha256[:16]}…" in text
    assert "Foto1·08:58:10·" in text
    assert "30fotodilampirkan" in text


def test_what_a_camera_wrote_into_a_photo_is_not_on_paper(full):
    assert b"Sulastriningsih" in jpeg(0)
    assert b"Sulastriningsih" not in full
    assert b"Exif" not in full


def test_more_photos_than_fit_are_said_and_only_the_first_thirty_printed():
    case, kept = with_photos(world.registered_rescue(), 33)
    text = text_of(printed(case, photos=photos(case.attachments, lambda item: kept[item.sha256])))
    assert "30dari33fotodilampirkan" in text
    assert "Foto30·" in text
    assert "Foto31·" not in text


def test_a_photo_that_is_gone_is_said_and_the_others_are_printed():
    case, kept = with_photos(world.registered_rescue(), 2)
    lost = case.attachments[0].sha256
    made = photos(case.attachments, lambda item: None if item.sha256 == lost else kept[item.sha256])
    text = text_of(printed(case, photos=made))
    assert in_order(["Berkas foto tidak dapat dibaca", "Foto 1 ·", "Foto 2 ·"], text)


def test_the_sketch_is_there_where_the_place_is_known_and_only_there():
    case = world.registered_rescue()
    drawn = sketch(ZONES, LonLat(131.0, -5.9), "Kota Uji")
    assert "Sketsalokasi" in text_of(printed(case, sketch=drawn))
    assert "Sketsalokasi" not in text_of(printed(case))


def test_the_emblem_and_the_mark_of_an_example_are_the_houses():
    case = world.registered_rescue()
    emblem = Emblem(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        "svg",
    )
    plain = printed(case)
    house = House(CONTEXT.letterhead, CONTEXT.timezone, emblem, is_example=True)
    marked = printed(case, house=house)
    assert "CONTOH" not in text_of(plain).replace("DINASCONTOH", "")
    assert all("CONTOH" in page for page in pages_of(marked)[1:])
    assert printed(case, house=replace(house, emblem=None)) != marked


def test_no_word_leaves_the_page_or_covers_its_neighbour():
    endless = "PANJANG" * 60
    case = world.registered_rescue()
    boat = case.assignments[0]
    case = replace(
        case,
        assignments=(replace(boat, unit_code=endless, kind="K" * 300), *case.assignments),
        agencies=(AgencyNotice("I" * 400, True, waived_reason=endless),),
        sitreps=(Sitrep(1, after(30), "r", endless, "U" * 200),),
        current_condition="W" * 900,
        on_scene_commander="M" * 500,
    )
    words, sizes = words_of(printed(case, Private(endless, None, None)))
    assert len(words) > 100
    for word in words:
        width, height = sizes[word.page - 1]
        assert word.x0 >= MARGIN_PT - 1, word
        assert word.x1 <= width - MARGIN_PT + 1, word
        assert word.y1 <= height, word
    for one, other in zip(words, words[1:], strict=False):
        if one.page == other.page and abs(one.y0 - other.y0) < 2 and other.x0 > one.x0:
            assert one.x1 <= other.x0 + 1, f"{one} runs into {other}"


def test_a_text_of_many_thousand_letters_is_printed_to_its_end():
    told = " ".join(f"kata{n}" for n in range(4000))
    text = text_of(printed(world.registered_rescue(), Private(told, None, None)))
    assert "kata0kata1" in text
    assert "kata3999" in text
    case = replace(world.registered_rescue(), sitreps=(Sitrep(1, after(30), "r", told),))
    assert "kata3999" in text_of(printed(case))


_LETTERS = st.characters(
    min_codepoint=32, max_codepoint=0x24F, exclude_categories=("C", "Z", "Sk", "Lm", "Mn")
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(_LETTERS, min_size=1, max_size=40), min_size=1, max_size=30))
def test_any_text_goes_through_whole(words):
    private = Private(" ".join(words), None, None)
    case = world.registered_rescue()
    said = form_data(case_record(case, private, CONTEXT, sent_at=after(120)), case, private, CONTEXT)[
        "narrative"
    ]
    assert squeezed(said) in text_of(printed(case, private))


def test_the_delivery_says_queued_receipt_number_its_time_and_the_digest():
    wanted = [
        "Masuk Antrean Kirim : 14-01-2026 09:32:40 WITA",
        "Nomor Bukti Terima : DKISP-77",
        "Waktu Bukti Terima : 14-01-2026 09:38:10 WITA",
        f"Sidik Jari SHA-256 : {'cd' * 32}",
    ]
    assert in_order(wanted, text_of(printed(world.closed_rescue())))


def test_a_receipt_that_is_still_missing_or_waived_is_said():
    case = world.closed_rescue()
    waiting = replace(case.delivery, receipt_id=None, receipt_at=None)
    assert "menunggubuktiterimaDKISP" in text_of(printed(replace(case, delivery=waiting)))
    waived = replace(waiting, override_reason="DKISP tutup", override_by="penyelia-satu")
    assert "dikecualikanPenyelia(penyelia-satu):DKISPtutup" in text_of(
        printed(replace(case, delivery=waived))
    )


def test_the_full_report_has_the_same_bytes_again(full):
    case, kept = full_case()
    drawn = sketch(ZONES, LonLat(131.0, -5.9), "Kota Uji", 200.0)
    again = printed(case, sketch=drawn, photos=photos(case.attachments, lambda item: kept[item.sha256]))
    assert again == full
