import io
import json
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import segno
import strategies_records as world
import typst
from hypothesis import HealthCheck, given, settings
from paper_reading import said_elsewhere
from PIL import Image
from strategies_records import CONTEXT, PLANTED, PRIVATE, after

from domain.case import AgencyNotice, Handover, Private, Sitrep
from domain.words import CaseStatus
from export.form import TEMPLATE, case_form, duration, form_data
from export.record import case_record, digest


def recorded(case, private=PRIVATE):
    return case_record(case, private, CONTEXT, sent_at=after(94.5))


def printed(case, private=PRIVATE, context=CONTEXT):
    return case_form(recorded(case, private), case, private, context)


def data(case, private=PRIVATE):
    return form_data(recorded(case, private), case, private, CONTEXT)


# --- reading a PDF as any viewer does: glyph numbers through the fonts' ToUnicode tables -----------

_ESCAPE = re.compile(rb"\\([0-7]{1,3}|[nrtbf()\\])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_pages(pdf):
    """The text of each page, in the order of its drawing."""
    objects = {m[1]: m[2] for m in re.finditer(rb"(\d+) 0 obj(.*?)endobj", pdf, re.DOTALL)}
    kids = next(body for body in objects.values() if b"/Type/Pages" in body)
    pages = re.findall(rb"(\d+) 0 R", kids[kids.index(b"/Kids") :])
    return [_page_text(objects, objects[page]) for page in pages]


def _page_text(objects, page):
    resources = objects[re.search(rb"/Resources (\d+) 0 R", page)[1]]
    fonts = re.search(rb"/Font<<(.*?)>>", resources)[1]
    tables = {m[1]: _table(objects, objects[m[2]]) for m in re.finditer(rb"/(\w+) (\d+) 0 R", fonts)}
    drawing = _stream(objects[re.search(rb"/Contents (\d+) 0 R", page)[1]])
    text, table = "", {}
    for name, literal in re.findall(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\)", drawing, re.DOTALL):
        if name:
            table, text = tables[name], text + "\n"
            continue
        glyphs = _ESCAPE.sub(_unescaped, literal)
        # A forced line break is drawn as a glyph that stands for no character.
        text += "".join(table.get(glyphs[i : i + 2], "") for i in range(0, len(glyphs), 2))
    return text


def _table(objects, font):
    cmap = _stream(objects[re.search(rb"/ToUnicode (\d+) 0 R", font)[1]]).decode("ascii")
    pairs = re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>\n", cmap.split("endcodespacerange")[1])
    return {bytes.fromhex(glyph): bytes.fromhex(said).decode("utf-16-be") for glyph, said in pairs}


def _stream(body):
    return zlib.decompressobj().decompress(re.split(rb"stream\r?\n", body, maxsplit=1)[1])


def _unescaped(match):
    code = match[1]
    return bytes([int(code, 8)]) if code.isdigit() else _ESCAPED.get(code, code)


def squeezed(text):
    return "".join(text.split())


# --- what is printed -----------------------------------------------------------------------------


def test_the_report_has_the_sections_a_to_n_in_order():
    text = squeezed("".join(pdf_pages(printed(world.closed_rescue()))))
    headings = [
        "A. Identitas Laporan", "B. Pelapor", "C. Kejadian", "D. Lokasi", "E. Verifikasi dan Disposisi",
        "F. Koordinasi Instansi", "G. Unit Dikerahkan", "H. Waktu per Langkah SOP", "I. Korban",
        "J. Perkembangan dan Kondisi Terkini", "K. Dokumentasi", "L. Hasil, Kendala, Tindak Lanjut",
        "M. Pengiriman Data", "N. Lokasi Berkas",
    ]  # fmt: skip
    places = [text.find(squeezed(heading)) for heading in headings]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "words",
    [
        "PEMERINTAH KOTA UJI",
        "Telepon 112 · Laman uji.example",
        "LAPORAN PENANGANAN",
        "Nomor Register : 2026/000123",
        "Sifat : Terbatas",
        "Waktu Diterima : 14-01-2026 07:58:10 WITA",
        "Nama Pelapor : tercatat, disamarkan pada salinan ini",
        "Nomor Panggil Balik : •••678",
        "Orang jatuh atau tenggelam (S-MOB)",
        "1 – Mengancam jiwa",
        "3°18,0′ LU 117°40,8′ BT",
        "SAR-RIB-02 Perahu RIB (SAR) 6 08:04:10 08:14:10 08:57:58 09:28:10 21,4 km",
        "Komandan Lapangan : Kapten Regu",
        "1 Kegiatan ke-1 (Call Taker) 2 mnt 07:58:10 07:59:40 1 mnt 30 dtk sesuai standar",
        "TERLAMBAT: sinyal radio hilang",
        "TERLAMBAT: alasan belum diisi",
        "Perahu melewati tanjung, ombak 1 m",
        "Hasil : Diselamatkan",
        "Nomor Bukti Terima : DKISP-77",
        "Lemari 3, map Januari",
        "Dibuat oleh Call Taker",
        "Diperiksa Dispatcher",
        "Disetujui Perwira Piket",
        "Mengetahui Kepala UPTD",
        "Halaman 2 dari 2",
    ],
)
def test_the_report_says(words):
    assert squeezed(words) in squeezed("".join(pdf_pages(printed(world.closed_rescue()))))


def test_every_word_that_is_put_together_is_laid_out():
    template = TEMPLATE.read_text(encoding="utf-8")
    for key in data(world.closed_rescue()):
        assert re.search(rf"\bd\.{key}\b", template), f"{key} is never printed"


def test_a_step_that_was_late_says_so_in_words_and_step_six_by_its_longest_silence():
    case = world.closed_rescue()
    slow = replace(case.step(7), started_at=case.step(7).started_at - timedelta(minutes=5))
    rows = data(case.with_step(slow))["steps"]
    assert rows[5][2:] == [
        "15 mnt", "08:14:10", "09:30:10", "1 jam 16 mnt (jeda laporan terlama 36 mnt)",
        "TERLAMBAT: sinyal radio hilang",
    ]  # fmt: skip
    assert rows[6][-1] == "TERLAMBAT: alasan belum diisi"
    assert rows[0][-1] == "sesuai standar"


@pytest.mark.parametrize(
    ("method", "said"), [("estimate", "21,4 km (perkiraan)"), ("water_route", "21,4 km")]
)
def test_an_estimated_distance_says_so_on_paper_too(method, said):
    case = world.registered_rescue()
    first, *others = case.assignments
    told = data(replace(case, assignments=(replace(first, distance_m=21_400.0, method=method), *others)))
    assert said in told["units"][0]


def test_a_time_of_another_day_carries_its_date():
    case = world.registered_rescue()
    late = replace(case, sitreps=(Sitrep(1, after(24 * 60), "regu-satu", "masih dicari"),))
    assert data(late)["sitreps"][0][1] == "15-01-2026 07:58:10"
    assert data(case)["sitreps"][0][1] == "08:28:10"


def test_before_delivery_the_qr_holds_record_and_revision_and_no_digest():
    case = world.registered_rescue()
    assert data(case)["qr_text"] == f"tcc.case.v1 {case.case_id} r1"
    assert data(case)["delivery"][0][0] == "Masuk Antrean Kirim"
    assert "belum" in data(case)["delivery"][0][1]
    assert ("Sidik Jari SHA-256", "–") in data(case)["delivery"]


def test_the_qr_that_is_drawn_is_the_one_of_its_text():
    said = data(world.registered_rescue())
    wanted = [bytes(row) for row in segno.make(said["qr_text"], error="m", micro=False).matrix_iter(border=2)]
    page = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {len(wanted)}pt)'
    )
    drawn = typst.Compiler(page.encode()).compile(sys_inputs={"svg": said["qr_svg"]}, format="png", ppi=72)
    picture = Image.open(io.BytesIO(drawn)).convert("L")
    dark = [
        bytes(picture.getpixel((x, y)) < 128 for x in range(picture.width)) for y in range(picture.height)
    ]
    assert dark == wanted


def test_once_delivered_the_digest_is_the_one_that_was_delivered():
    case = world.closed_rescue()
    said = data(case)
    assert said["qr_text"] == f"tcc.case.v1 {case.case_id} r1 sha256:{'cd' * 8}"
    assert ("Sidik Jari SHA-256", "cd" * 32) in said["delivery"]


def test_the_digest_of_an_earlier_revision_is_not_printed_on_the_next():
    case = replace(world.closed_rescue(), revision=2, status=CaseStatus.REGISTERED)
    assert "cdcdcdcd" not in data(case)["qr_text"]
    assert data(case)["qr_text"].split()[2] == "r2"


# --- nothing personal ----------------------------------------------------------------------------


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(world.cases())
def test_no_reachable_case_prints_a_name_or_a_number(found):
    case, private = found
    said = data(case, private)
    bare = world.letters_and_digits(json.dumps(said, ensure_ascii=False))
    assert not [word for word in PLANTED if word in bare]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(world.cases())
def test_every_reachable_case_can_be_printed_and_its_pdf_names_nobody(found):
    case, private = found
    pdf = printed(case, private)
    text = world.letters_and_digits("".join(pdf_pages(pdf)))
    assert "nomorpanggilan" in text
    assert not [word for word in PLANTED if word in text]
    assert b"Zulkarnaen" not in pdf


# --- nothing said can become a command, or break the page ------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        '#read("laporan.typ")',
        "#panic() #import sys",
        "$x^2$ *tebal* _miring_ `kode` <label> @acuan",
        '"kutip" \\ garis miring \\n // komentar /* buka',
        "= Judul - butir + nomor",
        "]) #{ }",
    ],
)
def test_typst_in_a_callers_words_is_printed_as_it_was_said(said):
    private = Private(said, None, None)
    text = squeezed("".join(pdf_pages(printed(world.registered_rescue(), private))))
    assert squeezed(said) in text


def test_signs_that_no_font_has_do_not_stop_the_printing():
    private = Private("😀 الله 漢字 \ud800 \x00 tetap tercetak", None, None)
    text = squeezed("".join(pdf_pages(printed(world.registered_rescue(), private))))
    assert "tetaptercetak" in text


def test_long_texts_and_many_units_flow_over_pages_and_lose_nothing():
    case = world.registered_rescue()
    boat = case.assignments[0]
    case = replace(
        case,
        assignments=tuple(replace(boat, unit_code=f"UNIT-{n:02d}") for n in range(40)),
        agencies=tuple(
            AgencyNotice(f"INSTANSI-{n:02d}", True, waived_reason="alasan " * 30) for n in range(20)
        ),
        sitreps=tuple(
            Sitrep(n, after(20 + n), "regu-satu", f"laporan nomor {n:02d} " + "keadaan berubah " * 20)
            for n in range(1, 61)
        ),
        current_condition="kondisi " * 200 + "AKHIR-KONDISI",
        handover=Handover("SAR", "17/B", after(80), "perwira-satu"),
    )
    pages = pdf_pages(printed(case))
    text = squeezed("".join(pages))
    assert len(pages) > 4
    for n in range(40):
        assert f"UNIT-{n:02d}" in text
    for n in range(1, 61):
        assert f"laporannomor{n:02d}" in text
    assert "AKHIR-KONDISI" in text
    assert f"Halaman{len(pages)}dari{len(pages)}" in text
    assert "NomorRegister2026/000123" in squeezed(pages[3]), "every page tells whose it is"


# --- the same case, the same bytes ---------------------------------------------------------------


def test_the_same_case_gives_the_same_bytes_in_another_process_zone_and_hash_seed(tmp_path):
    code = (
        "import hashlib, strategies_records as world\n"
        "from export.form import case_form\n"
        "from export.record import case_record\n"
        "case = world.closed_rescue()\n"
        "record = case_record(case, world.PRIVATE, world.CONTEXT, sent_at=world.after(94.5))\n"
        "print(hashlib.sha256(case_form(record, case, world.PRIVATE, world.CONTEXT)).hexdigest())\n"
    )
    assert said_elsewhere(code, tmp_path, 7) == [digest(printed(world.closed_rescue()))]


def test_the_pdf_carries_no_date_and_only_fonts_of_the_package():
    pdf = printed(world.closed_rescue())
    assert not re.search(rb"/(CreationDate|ModDate)", pdf)
    fonts = set(re.findall(rb"/FontName/[A-Z]{6}\+([A-Za-z]+)", pdf))
    families = {
        family.replace(" ", "").encode()
        for family in typst.Fonts(include_system_fonts=False, include_embedded_fonts=True).families()
    }
    assert fonts
    assert fonts <= families


def test_many_people_may_print_at_once():
    cases = [replace(world.closed_rescue(), register_no=f"2026/{n:06d}") for n in range(3)]
    alone = [printed(case) for case in cases]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(printed, cases * 8))
    assert together == alone * 8


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 dtk"),
        (59, "59 dtk"),
        (120, "2 mnt"),
        (3725, "1 jam 2 mnt 5 dtk"),
        (90000, "25 jam"),
    ],
)
def test_durations_are_words(seconds, words):
    assert duration(seconds) == words
