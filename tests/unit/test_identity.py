"""Identifiers and the masking of personal data (UU 27/2022; domain.md 3.1)."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from builders import T0
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import mask_phone, normal_phone, reporter_ref, uuid7

moments = st.integers(0, 4 * 10**9 * 1000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))
noise = st.binary(min_size=10, max_size=10)
numbers = st.text("0123456789", min_size=9, max_size=13).map(lambda digits: "08" + digits[2:])


@given(at=moments, random_bytes=noise)
def test_an_id_is_a_version_7_uuid_with_its_time_in_front(at, random_bytes):
    value = UUID(uuid7(at, random_bytes))
    assert (value.version, value.variant) == (7, "specified in RFC 4122")
    assert abs((value.int >> 80) - at.timestamp() * 1000) < 1


@given(at=moments, later_ms=st.integers(2, 10**9), one=noise, other=noise)
def test_ids_made_later_sort_later(at, later_ms, one, other):
    assert uuid7(at, one) < uuid7(at + timedelta(milliseconds=later_ms), other)


@given(one=noise, other=noise)
def test_ids_of_one_moment_differ_by_their_random_part(one, other):
    if UUID(uuid7(T0, one)).int & (2**62 - 1) != UUID(uuid7(T0, other)).int & (2**62 - 1):
        assert uuid7(T0, one) != uuid7(T0, other)


@pytest.mark.parametrize("wrong", [b"", b"123456789", b"12345678901"])
def test_an_id_needs_ten_random_bytes(wrong):
    with pytest.raises(ValueError):
        uuid7(T0, wrong)


@pytest.mark.parametrize(
    "text",
    ["081234567890", "0812 3456 7890", "+62 812-3456-7890", "62 812 3456 7890", "(0812) 3456.7890"],
)
def test_one_number_written_in_any_way_is_one_number(text):
    assert normal_phone(text) == "081234567890"
    assert reporter_ref(b"k" * 32, text) == reporter_ref(b"k" * 32, "081234567890")


@pytest.mark.parametrize(
    ("text", "masked"), [("081234567890", "•••890"), ("112", "•••"), ("", "•••"), ("1", "•••")]
)
def test_only_the_last_three_digits_stay(text, masked):
    assert mask_phone(text) == masked


@given(number=numbers)
def test_a_masked_number_and_a_reference_do_not_hold_the_number(number):
    assert len(re.sub(r"\D", "", mask_phone(number))) == 3
    assert number not in reporter_ref(b"secret" * 6, number)


@given(number=numbers, one=st.binary(min_size=16, max_size=32), other=st.binary(min_size=16, max_size=32))
def test_a_reference_repeats_with_its_key_only(number, one, other):
    assert re.fullmatch(r"h:[0-9a-f]{64}", reporter_ref(one, number))
    assert reporter_ref(one, number) == reporter_ref(one, number)
    if one.rstrip(b"\0") != other.rstrip(b"\0"):
        assert reporter_ref(one, number) != reporter_ref(other, number)


@pytest.mark.parametrize(
    ("written", "national"),
    [
        ("+62 812 3456 7890", "081234567890"),
        ("+62 0812 3456 7890", "081234567890"),
        ("0062 812-3456-7890", "081234567890"),
        ("6281234567890", "081234567890"),
        ("812 3456 7890", "081234567890"),
        ("0812 3456 7890", "081234567890"),
        ("(0551) 21-112", "055121112"),
        ("62123", "62123"),
        ("112", "112"),
        ("+1 212 555 0100", "12125550100"),
    ],
)
def test_one_caller_has_one_number_however_it_is_written(written, national):
    assert normal_phone(written) == national
