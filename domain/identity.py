"""Identifiers and the masking of personal data."""

import hashlib
import hmac
import re
from datetime import datetime
from uuid import UUID

_DIGIT = re.compile(r"\D")


def uuid7(at: datetime, random_bytes: bytes) -> str:
    """Return a UUID version 7 (RFC 9562 5.7) for the time `at` and 10 random bytes.

    Ids made later sort later, which keeps the store's rows in the order of time.
    Raises ValueError unless exactly 10 bytes are given.
    """
    if len(random_bytes) != 10:
        raise ValueError("uuid7 needs 10 random bytes")
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(random_bytes, "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=value))


COUNTRY_CODE = "62"
"""Indonesia's; the SOP is Indonesian."""
_LOCAL_DIGITS = 10
_MOBILE = range(9, 13)


def normal_phone(text: str) -> str:
    """Return only the digits of a phone number, in national form: `+62 812…`, `0062812…`, `812…` → `0812…`.

    A short number that merely begins with 62 is left alone.
    """
    digits = _DIGIT.sub("", text)
    foreign = text.strip().startswith("+")
    if digits.startswith("00"):
        digits, foreign = digits[2:], True
    if digits.startswith(COUNTRY_CODE) and (foreign or len(digits) >= _LOCAL_DIGITS):
        return "0" + digits[len(COUNTRY_CODE) :].lstrip("0")
    if digits.startswith("8") and len(digits) in _MOBILE and not foreign:
        return "0" + digits
    return digits


def mask_phone(text: str) -> str:
    """Return a number with only its last three digits left: `•••789` (domain.md 3.1)."""
    digits = normal_phone(text)
    return f"•••{digits[-3:]}" if len(digits) > 3 else "•••"


def reporter_ref(key: bytes, phone: str) -> str:
    """Return the keyed hash by which the same caller is recognised without keeping the number."""
    return "h:" + hmac.new(key, normal_phone(phone).encode(), hashlib.sha256).hexdigest()
