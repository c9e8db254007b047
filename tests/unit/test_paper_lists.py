"""The other papers: blank forms, the day's register, pranks, the month, the shift."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
import segno
import strategies_records as world
import typst
from builders import T0, a_call_closed_as
from hypothesis import given
from hypothesis import strategies as st
from paper_reading import in_order, pages_of, said_elsewhere, squeezed, text_of, words_of
from PIL import Image
from strategies_records import CONTEXT, PLAN, SOP, after, letters_and_digits

from domain.clock import step_clocks
from domain.weather import Weather
from domain.words import CallClass, CaseStatus
from export.paper import emergency, handover, lines, pranks, press, recap, register
from export.paper.words import House
from export.record import digest

HOUSE = House(CONTEXT.letterhead, CONTEXT.timezone)
NOW = after(200)
DAY = date(2026, 1, 14)
SERIALS = ("FD-2026-0007", "FD-2026-0008", "FD-2026-0009")


# --- what stands on each paper --------------------------------------------------------------------


def blank(serials=SERIALS, agencies=("Instansi Satu", "Instansi Dua")):
    return emergency.emergency_forms(HOUSE, serials, SOP, agencies, ("BPBD Uji", "SAR Uji"), "WITA")


def pranked(no, minutes, ref="h:abc", call_class=CallClass.PRANK, masked="•••789"):
    """A closed prank or ghost call."""
    case = a_call_closed_as(call_class)
    call = replace(
        case.call, received_at=T0 + timedelta(minutes=minutes), reporter_ref=ref, reporter_phone_masked=masked
    )
    return replace(case, call_no=f"P2026-{no:06d}", call=call)


PRANKS = [
    pranked(1, 0),
    pranked(2, 5, "h:lain", CallClass.GHOST, "•••111"),
    pranked(3, 9, "h:dua", CallClass.GHOST, "•••222"),
    pranked(4, 12),
    pranked(5, 15, "h:dua", masked="•••222"),
    pranked(6, 30, call_class=CallClass.GHOST),
    pranked(7, 40, None, masked=None),
    pranked(8, 41, None, masked=None),
]


def prank_paper(cases=tuple(PRANKS)):
    return pranks.prank_list(HOUSE, NOW, DAY, DAY, cases, 40)


def day_paper(cases, call_nos=None):
    return register.day_register(HOUSE, NOW, DAY, cases, PLAN, call_nos or {})


FOUND = recap.Recap(
    month=date(2026, 1, 1),
    calls=48,
    incidents=40,
    by_class=[("Normal", 40), ("Prank", 6), ("Ghost", 2)],
    by_channel=[("Telepon 112", 45), ("Radio", 3)],
    by_domain=[("Darat", 31), ("Laut", 8), ("Udara", 1)],
    by_type={
        "Darat": [("Kebakaran", 20), ("Ular", 9), ("Banjir", 2)],
        "Laut": [("Perahu terbalik", 8)],
        "Udara": [("Pesawat", 1)],
    },
    by_kelurahan=[("Kampung Satu", 25), ("Amal", 9), ("Selumit", 4), ("Juata", 2)],
    by_outcome=[("Diselamatkan", 37), ("Dievakuasi", 3)],
    per_day=[3] * 16 + [0] * 15,
    per_hour=[2] * 24,
    intervals={
        "Menjawab panggilan": recap.Response(0, None, None, None, 0, 15),
        "Waktu tanggap": recap.Response(30, 801.0, 754.0, 1391.0, 21, 900),
        "Di lokasi": recap.Response(2, 3661.0, 3661.0, 3662.0, None, None),
    },
    response=recap.Response(30, 801.0, 754.0, 1391.0, 21, 900),
    fire=recap.Response(12, 803.0, 700.0, 900.0, 10, 900),
    steps=[recap.Step(no, f"Kegiatan ke-{no}", 120, 40, 40 - no, 61.0) for no in range(1, 10)],
)


def month_paper(found=FOUND, *, for_outside):
    return recap.month_recap(HOUSE, NOW, found, for_outside=for_outside)


def shift(**more):
    case = world.verified_rescue()
    plain = handover.Shift(
        since=after(0),
        until=after(10),
        calls=[("Normal", 3), ("Prank", 2)],
        open_cases=[
            handover.OpenCase(case, step_clocks(case, SOP, after(10)), ("Langkah 4 lewat", after(12)))
        ],
        out_of_service=[("PMK-01", "Pemadam", "pompa rusak")],
        alarms=[handover.Ringing("Terlambat", "Langkah 4 melewati standar", case.call_no, after(6))],
        unanswered=[handover.Unanswered(case.call_no, "Tim Medis", after(4), True)],
        weather=Weather(after(1), "perwira-satu", 1.5, 200.0, 12.0),
        pranks=PRANKS,
    )
    return replace(plain, **more)


def shift_paper(**more):
    return handover.shift_handover(HOUSE, shift(**more), PLAN)


def every_paper():
    case = world.closed_rescue()
    return {
        "emergency": blank(),
        "register": day_paper([case, *PRANKS]),
        "pranks": prank_paper(),
        "inside": month_paper(for_outside=False),
        "outside": month_paper(for_outside=True),
        "shift": shift_paper(),
    }


# --- Formulir Darurat -----------------------------------------------------------------------------


def test_a_blank_form_is_two_pages_each_with_its_serial():
    pages = pages_of(blank())
    assert len(pages) == 2 * len(SERIALS)
    for place, page in enumerate(pages):
        serial = SERIALS[place // 2]
        assert f"{serial}·Halaman{place % 2 + 1}dari2" in page
        assert not [other for other in SERIALS if other != serial and other in page]


def test_a_blank_form_asks_what_the_procedure_asks_in_its_order():
    text = text_of(blank(SERIALS[:1]))
    assert in_order(
        [
            "FORMULIR DARURAT", "Laporan masuk", "Kanal", "Telepon 112", "Pelapor", "Jenis panggilan",
            "Kejadian", "Lokasi", "Kronologi", "Verifikasi", "BPBD Uji", "SAR Uji", "Koordinasi instansi",
            "Instansi Satu", "Unit dikerahkan", "Waktu per langkah SOP",
            *(f"Kegiatan ke-{no}" for no in range(1, 10)), "Perkembangan", "Korban dan hasil", "Call Taker",
            "Dispatcher", "Perwira Piket", "Kepala UPTD",
            "Entri susulan",
        ],
        text,
    )  # fmt: skip


def test_many_agencies_and_a_long_procedure_still_leave_two_pages():
    assert (
        len(
            pages_of(blank(SERIALS[:1], [f"Instansi {n} dengan nama yang panjang sekali" for n in range(30)]))
        )
        == 2
    )


def test_the_qr_of_a_form_is_its_serial():
    words = emergency.form_words(HOUSE, SERIALS[:1], SOP, (), (), "WITA")
    wanted = [bytes(row) for row in segno.make(SERIALS[0], error="m", micro=False).matrix_iter(border=2)]
    page = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {len(wanted)}pt)'
    )
    svg = words["forms"][0]["qr_svg"]
    drawn = typst.Compiler(page.encode()).compile(sys_inputs={"svg": svg}, format="png", ppi=72)
    picture = Image.open(io.BytesIO(drawn)).convert("L")
    sides = range(picture.height), range(picture.width)
    assert [bytes(picture.getpixel((x, y)) < 128 for x in sides[1]) for y in sides[0]] == wanted


def test_a_form_without_a_serial_is_refused():
    with pytest.raises(ValueError, match="serial"):
        blank(())


# --- Buku Register --------------------------------------------------------------------------------


def test_the_register_has_every_call_of_the_day_in_order_with_its_facts():
    case = world.closed_rescue()
    text = text_of(day_paper([case, *PRANKS]))
    assert in_order(["9 panggilan", "Normal 1", "Prank 5", "Ghost 3"], text)
    assert in_order([case.call_no, *(one.call_no for one in PRANKS)], text)
    for words in (
        "2026/000123",
        "•••678",
        "Orang jatuh atau tenggelam",
        "Diselamatkan",
        "59 mnt 48 dtk",
        "7/9 tepat",
    ):
        assert squeezed(words) in text
    assert "lambat:6,8" in text


def test_a_call_that_was_merged_says_into_which():
    case = replace(world.verified_rescue(), status=CaseStatus.MERGED, merged_into="abc")
    assert "DigabungkeP2026-000777" in text_of(day_paper([case], {"abc": "P2026-000777"}))


def test_a_day_without_calls_says_so():
    assert "Tidakadapanggilan" in text_of(day_paper([]))


def test_a_long_day_flows_over_pages_with_its_head_and_no_row_is_cut():
    rows = [
        replace(world.closed_rescue(), call_no=f"P2026-{n:06d}", register_no=f"2026/{n:06d}")
        for n in range(150)
    ]
    pages = pages_of(day_paper(rows))
    assert len(pages) > 4
    for n in range(150):
        assert any(f"P2026-{n:06d}2026/{n:06d}" in page for page in pages)
    assert all("NoPanggilanRegister" in page for page in pages if "P2026-" in page)


# --- prank and ghost ------------------------------------------------------------------------------


def test_a_number_that_calls_again_has_the_same_letter_and_others_none():
    words = pranks.prank_words(HOUSE, NOW, DAY, DAY, PRANKS, 40)
    assert [row[5] for row in words["rows"]] == ["A", "–", "B", "A", "B", "A", "–", "–"]
    assert words["callers"] == [
        ["A", "•••789", "3", "2", "1", "14-01 08:00", "14-01 08:30"],
        ["B", "•••222", "2", "1", "1", "14-01 08:09", "14-01 08:15"],
    ]


def test_the_list_counts_and_never_shows_the_hash():
    text = text_of(prank_paper())
    assert in_order(
        ["Semua panggilan : 40", "Prank : 5 (12,5 %)", "Ghost : 3 (7,5 %)", "Nomor berulang : 2"], text
    )
    assert "h:" not in text


@given(st.lists(st.sampled_from([None, *(f"h:{n}" for n in range(40))]), max_size=60))
def test_letters_tell_apart_exactly_the_numbers_that_called_again(refs):
    cases = [pranked(n, n, ref) for n, ref in enumerate(refs)]
    found = lines.callers(cases)
    again = {ref for ref in refs if ref is not None and refs.count(ref) > 1}
    assert set(found) == again
    assert len({one.code for one in found.values()}) == len(again)
    assert all(one.calls == refs.count(ref) for ref, one in found.items())


@pytest.mark.parametrize(
    ("place", "code"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_go_on_after_z(place, code):
    assert lines.letters(place) == code


# --- the month ------------------------------------------------------------------------------------


def test_the_month_tells_exact_times_and_shares():
    text = text_of(month_paper(for_outside=False))
    for words in (
        "Januari 2026", "12 mnt 34 dtk", "23 mnt 11 dtk", "dari 30 kejadian", "70,0 %",
        "Kebakaran 20 (64,5 %)", "Banjir 2 (6,5 %)", "Juata 2 (5,0 %)", "Udara 1 (2,5 %)", "77,5 %",
    ):  # fmt: skip
        assert squeezed(words) in text, words
    assert "<3" not in text


def test_a_month_that_leaves_the_house_tells_no_one_or_two():
    text = text_of(month_paper(for_outside=True))
    assert squeezed("Juata <3") in text
    assert squeezed("Banjir <3") in text
    # One in the air is joined with the sea; in that list the boats would give it away.
    assert squeezed("Laut dan Udara 9 (22,5 %)") in text
    assert squeezed("Pesawat <3") in text
    assert squeezed("Perahu terbalik x") in text
    assert "Udara<3" not in text
    # Two in Juata would follow from 40 incidents in all; so the next larger one is not told.
    assert squeezed("Selumit x") in text
    for words in ("Kebakaran 20", "Kampung Satu 25", "12 mnt 34 dtk"):
        assert squeezed(words) in text


def test_the_order_of_lines_does_not_tell_which_is_one_and_which_is_two():
    def kelurahan(counts):
        words = recap.recap_words(HOUSE, NOW, replace(FOUND, by_kelurahan=counts), for_outside=True)
        return [(bar["name"], bar["words"], bar["share"]) for bar in words["by_kelurahan"]]

    assert kelurahan([("B", 30), ("D", 7), ("C", 2), ("A", 1)]) == kelurahan(
        [("B", 30), ("D", 7), ("A", 2), ("C", 1)]
    )


@given(
    st.dictionaries(
        st.sampled_from(["Darat", "Laut", "Udara", "belum dicatat"]), st.integers(1, 8), min_size=1
    )
)
def test_no_domain_of_one_or_two_follows_from_what_is_told_outside(counts):
    types = {name: [(f"jenis {name}", n)] for name, n in counts.items() if name != "belum dicatat"}
    month = replace(FOUND, by_domain=list(counts.items()), by_type=types, incidents=sum(counts.values()))
    told = recap.recap_words(HOUSE, NOW, month, for_outside=True)["by_domain"]
    members = [bar["name"].split(" dan ") for bar in told]
    if not told:
        assert sum(counts.values()) <= max(2, len(counts))
        return
    assert sorted(name for some in members for name in some) == sorted(counts)
    for some, bar in zip(members, told, strict=True):
        n = sum(counts[name] for name in some)
        assert bar["words"].startswith(f"{n} (")
        assert n >= 3
        assert len(some) == 1 or n > len(some), "each would be known to be one"


def test_a_month_of_two_calls_tells_nothing_of_them_outside():
    tiny = replace(
        FOUND,
        calls=2,
        incidents=2,
        by_class=[("Normal", 2)],
        by_channel=[("Radio", 2)],
        by_domain=[("Laut", 2)],
        by_type={"Laut": [("Perahu terbalik", 2)]},
        by_kelurahan=[("Amal", 2)],
        by_outcome=[("Diselamatkan", 2)],
        per_day=[2] + [0] * 30,
        per_hour=[2] + [0] * 23,
        intervals={"Waktu tanggap": recap.Response(2, 801.0, 754.0, 1391.0, 1, 900)},
        response=recap.Response(2, 801.0, 754.0, 1391.0, 1, 900),
        fire=recap.Response(1, 777.0, 777.0, 777.0, 1, 900),
    )
    text = text_of(month_paper(tiny, for_outside=True))
    hidden = ("Perahuterbalik", "Amal", "Diselamatkan", "12mnt34dtk", "50,0%", "Radio", "12mnt57dtk")
    for word in hidden:
        assert word not in text
    assert "12mnt34dtk" in text_of(month_paper(tiny, for_outside=False))


def test_a_month_without_a_call_can_be_printed():
    empty = recap.Recap(
        date(2026, 2, 1),
        0,
        0,
        [],
        [],
        [],
        {},
        [],
        [],
        [0] * 28,
        [0] * 24,
        {},
        recap.Response(0, None, None, None, 0, 900),
        recap.Response(0, None, None, None, 0, 900),
        [],
    )
    for outside in (True, False):
        assert "Februari2026" in text_of(month_paper(empty, for_outside=outside))


# --- the shift ------------------------------------------------------------------------------------


def test_the_shift_hands_over_everything_that_is_open():
    text = text_of(shift_paper(outgoing="Citra", incoming="Budi"))
    assert in_order(
        [
            "14-01-2026 07:58:10 WITA sampai 14-01-2026 08:08:10 WITA",
            "Panggilan selama piket : 5 (normal 3, prank 2)",
            "Cuaca : gelombang 1,5 m, angin 12 knot dari 200°", "Kasus yang masih terbuka", "P2026-000001",
            "langkah 4: TERLAMBAT 5 mnt", "Langkah 4 lewat (14-01 08:10)", "Unit tidak siap", "PMK-01",
            "pompa rusak", "Alarm yang belum ditanggapi", "Langkah 4 melewati standar",
            "Instansi yang belum menjawab", "Tim Medis", "harus ditelepon", "Panggilan prank dan ghost",
            "•••789", "A", "Catatan", "Yang menyerahkan",
            "Yang menerima",
        ],
        text,
    )  # fmt: skip
    assert "Citra" in text
    assert "Budi" in text


def test_an_empty_shift_says_that_there_is_nothing():
    text = text_of(
        shift_paper(
            open_cases=[], out_of_service=[], alarms=[], unanswered=[], weather=None, pranks=[], calls=[]
        )
    )
    assert "Tidakadakasusterbuka" in text
    assert "tidakadayangberlaku" in text


def test_words_in_a_reason_never_become_commands():
    said = '#panic("x") #read("parts.typ") $x^2$ *tebal* <label> @acuan // `kode` \\ ]) "'
    text = text_of(shift_paper(out_of_service=[("U-1", "Pemadam", said)]))
    assert squeezed(said) in text


# --- every paper ----------------------------------------------------------------------------------


def test_every_word_that_is_put_together_is_laid_out():
    papers = [
        (emergency.TEMPLATE, emergency.form_words(HOUSE, SERIALS, SOP, (), (), "WITA")),
        (register.TEMPLATE, register.register_words(HOUSE, NOW, DAY, [], PLAN, {})),
        (pranks.TEMPLATE, pranks.prank_words(HOUSE, NOW, DAY, DAY, [], 0)),
        (recap.TEMPLATE, recap.recap_words(HOUSE, NOW, FOUND, for_outside=True)),
        (handover.TEMPLATE, handover.handover_words(HOUSE, shift(), PLAN)),
    ]
    for template, words in papers:
        source = (press.TEMPLATES / template).read_text(encoding="utf-8")
        for key in words:
            assert re.search(rf"\bd\.{key}\b", source), f"{template}: {key} is never printed"


def test_no_paper_names_anyone_or_gives_a_number():
    for name, pdf in every_paper().items():
        text = letters_and_digits(text_of(pdf))
        assert not [word for word in world.PLANTED if word in text], name


def test_no_word_leaves_its_page():
    for name, pdf in every_paper().items():
        words, sizes = words_of(pdf)
        assert words, name
        for word in words:
            width, height = sizes[word.page - 1]
            assert 30 < word.x0 < word.x1 < width - 30, (name, word)
            assert 0 < word.y0 < word.y1 < height, (name, word)


def test_every_page_is_a4_and_says_its_number():
    for name, pdf in every_paper().items():
        _, sizes = words_of(pdf)
        assert {tuple(sorted(round(side) for side in size)) for size in sizes} == {(595, 842)}, name
        for page in pages_of(pdf):
            assert re.search(r"Halaman\d+dari\d+", page), name


def test_papers_carry_no_date_of_making():
    for pdf in every_paper().values():
        assert not re.search(rb"/(CreationDate|ModDate)", pdf)


def test_the_same_input_gives_the_same_bytes_in_another_process_zone_and_hash_seed(tmp_path):
    code = (
        "import test_paper_lists as papers\n"
        "from export.record import digest\n"
        "print(*(digest(pdf) for pdf in papers.every_paper().values()))\n"
    )
    assert said_elsewhere(code, tmp_path, 11) == [digest(pdf) for pdf in every_paper().values()]


def test_a_pictures_name_cannot_lead_out_of_the_press():
    words = emergency.form_words(HOUSE, SERIALS[:1], SOP, (), (), "WITA")
    for name in ("../x.png", "/etc/x", "parts.typ", "a/b.jpg"):
        with pytest.raises(ValueError, match="picture"):
            press.pdf(emergency.TEMPLATE, words, {name: b"x"})


def test_the_pages_of_a_paper_can_be_looked_at_as_pictures():
    words = emergency.form_words(HOUSE, SERIALS[:1], SOP, (), (), "WITA")
    pages = press.pages(emergency.TEMPLATE, words, ppi=40)
    assert [Image.open(io.BytesIO(page)).size for page in pages] == [(331, 468)] * 2


def test_times_are_the_citys_whatever_their_zone():
    at = after(0)
    assert HOUSE.moment(at) == HOUSE.moment(at.astimezone(UTC)) == "14-01-2026 07:58:10 WITA"
    assert HOUSE.time(at, DAY) == "07:58:10"
    assert HOUSE.time(at, DAY + timedelta(days=1)) == "14-01-2026 07:58:10"
