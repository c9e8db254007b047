"""Free text leaves the center without numbers and without the reporter's name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case import Private
from export.redact import redact

numbers = st.text("0123456789", min_size=9, max_size=13).map(lambda digits: "08" + digits[2:])


def scrub(text, name=None, limit=500):
    return redact(text, Private("", name), limit) or ""


@given(
    before=st.text("abc ,", max_size=20),
    number=numbers,
    gap=st.sampled_from(("", " ", "-", ".", ". ", "  ")),
    after=st.text("abc ,", max_size=20),
)
def test_no_phone_number_survives_scrubbing(before, number, gap, after):
    written = gap.join((number[:4], number[4:8], number[8:]))
    assert not re.search(r"\d{2}", scrub(f"{before} {written} {after}"))


@given(digits=st.text("0123456789", min_size=7, max_size=30))
def test_no_long_run_of_digits_survives_scrubbing(digits):
    """A NIK has 16 digits; a card 16 to 19."""
    assert not re.search(r"\d", scrub(f"NIK {digits} ya"))


def test_short_numbers_stay_because_they_are_facts():
    assert scrub("3 korban, RT 12, umur 45, 112") == "3 korban, RT 12, umur 45, 112"


@pytest.mark.parametrize("written", ["Siti Aminah", "siti aminah", "SITI", "Ibu Aminah"])
def test_no_name_survives_scrubbing(written):
    text = scrub(f"{written} jatuh di dermaga", "Siti Aminah")
    assert "siti" not in text.casefold() and "aminah" not in text.casefold()
    assert text.endswith("jatuh di dermaga")


def test_names_are_scrubbed_as_words_not_inside_words():
    assert scrub("Anita melihat Ani", "Ani") == "Anita melihat •••"


@pytest.mark.parametrize(
    "first", ["Ani", "Budi", "Citra", "Dewi", "Eka", "Fitri", "Gilang", "Hasan", "Indra", "Joko"]
)
def test_a_whole_name_is_scrubbed_the_same_way_in_every_process(first):
    """A scrubbed summary is part of the record, whose digest must repeat."""
    assert scrub(f"{first} Li jatuh", f"{first} Li") == "••• jatuh"


@given(text=st.text(max_size=40), name=st.text(max_size=16), limit=st.integers(1, 30))
def test_a_scrubbed_text_fits_its_limit_whatever_is_in_it(text, name, limit):
    assert len(scrub(text, name, limit)) <= limit


def test_a_cut_text_says_so():
    assert scrub("a" * 600) == "a" * 499 + "…"
