"""What a message must be before it is stored: whole, readable, and a record by the published schema.

Nothing that is said of a refused message repeats a value from it: it may name people.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from export import signature
from export.receiver.errors import (
    BadDigest,
    BadGzip,
    BadKey,
    NoDigest,
    NotJson,
    TooLarge,
    WrongCoding,
    WrongType,
)
from export.receiver.store import Arrived
from export.record import SCHEMA, digest
from export.schema import SCHEMA_PATH

LIMIT_MB = 5
LIMIT = LIMIT_MB * 1_000_000
"""The longest body in bytes, packed and unpacked."""

MOST_REASONS = 10

_GZIP = 31
"""zlib's word for: a gzip header, and the largest window."""

_SAID = {
    "required": "isian wajib tidak ada",
    "additionalProperties": "ada isian yang tidak dikenal skema",
    "type": "jenis isinya salah",
    "enum": "bukan nilai yang diperbolehkan",
    "const": "bukan nilai yang diperbolehkan",
    "pattern": "bentuknya salah",
    "format": "bukan waktu yang ada",
    "minimum": "di luar batas",
    "maximum": "di luar batas",
    "minLength": "kosong",
    "maxLength": "terlalu panjang",
    "minItems": "jumlahnya salah",
    "maxItems": "jumlahnya salah",
}


@dataclass(frozen=True, slots=True)
class Invalid:
    """A readable message that is not the record its address names; why, in Indonesian.

    `digest`: SHA-256 (hex) of the unpacked body.
    """

    digest: str
    reasons: tuple[str, ...]


def check_head(headers: Mapping[str, str]) -> None:
    """Check what the headers alone tell. Raises WrongType, WrongCoding, TooLarge, NoDigest, BadKey."""
    media, _, parameters = headers.get("content-type", "").lower().partition(";")
    if media.strip() != "application/json" or parameters.strip() not in ("", "charset=utf-8"):
        raise WrongType
    if headers.get("content-encoding", "gzip").strip().lower() != "gzip":
        raise WrongCoding
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > len(str(LIMIT)) or int(length) > LIMIT):
        raise TooLarge(limit_mb=LIMIT_MB)
    if "sha-256=" not in headers.get("content-digest", ""):
        raise NoDigest
    if "idempotency-key" not in headers:
        raise BadKey


def check(headers: Mapping[str, str], body: bytes, record_id: str, revision: int) -> Arrived | Invalid:
    """Return the record that a body holds, or why it is none; the address names `record_id` and `revision`.

    Raises BadDigest, BadGzip, TooLarge, BadKey, NotJson for what cannot even be judged.
    """
    if not signature.digest_matches(headers["content-digest"], body):
        raise BadDigest
    content = _unpacked(body) if "content-encoding" in headers else body
    sha256 = digest(content)
    if headers["idempotency-key"].strip() != f"{record_id}/{revision}/{sha256}":
        raise BadKey
    record = _read(content)
    reasons = tuple(islice(dict.fromkeys(islice(_reasons(record), 1000)), MOST_REASONS))
    if not reasons:
        named = {"record_id": record_id, "revision": revision}
        reasons = tuple(
            f"{name}: lain daripada yang disebut alamat" for name in named if record[name] != named[name]
        )
    if reasons:
        return Invalid(sha256, reasons)
    return Arrived(record_id, revision, sha256, record["sent_at"], content)


def _unpacked(body: bytes) -> bytes:
    """Return the content of one gzip stream. Raises TooLarge before it fills the memory, BadGzip."""
    stream = zlib.decompressobj(_GZIP)
    try:
        content = stream.decompress(body, LIMIT + 1)
    except zlib.error as error:
        raise BadGzip from error
    if len(content) > LIMIT:
        raise TooLarge(limit_mb=LIMIT_MB)
    if not stream.eof or stream.unused_data:
        raise BadGzip
    return content


def _read(content: bytes) -> Any:
    try:
        # A text, because json guesses at bytes: UTF-16 would pass.
        return json.loads(content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a name that stands twice would be read differently by different programs."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice")
    return made


def _no_number(word: str) -> None:
    """Refuse NaN and infinity, which Python reads and JSON does not know."""
    raise ValueError(word)


def _reasons(record: Any) -> Iterator[str]:
    for error in _validator().iter_errors(record):
        path = "/".join(str(part) for part in error.instance_path) or SCHEMA
        yield f"{path}: {_said(error)}"


def _said(error: jsonschema_rs.ValidationError) -> str:
    """Return which rule is broken; names of fields are the schema's, never the message's."""
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        return f"{_SAID['required']} ({error.kind.property})"
    rule = str(error.schema_path[-1])
    return _SAID.get(rule, f"melanggar “{rule}”")


@cache
def _validator() -> jsonschema_rs.Validator:
    """Return the published schema, ready to check: what DKISP was given, not what Sigap makes records by."""
    return jsonschema_rs.validator_for(json.loads(SCHEMA_PATH.read_bytes()), validate_formats=True)
