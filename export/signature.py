"""HTTP message signatures (RFC 9421, HMAC-SHA-256) and content digests (RFC 9530): only what DKISP needs.

One signature a request. It covers method and path, and of the headers in `COVERED` every one that is sent.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.errors import SigapError
from domain.words import N_, Label

COVERED = ("content-digest", "content-encoding", "idempotency-key")
"""Headers that are signed where they are sent, beside method and path."""

MAX_SKEW_S = 300
"""How far the clocks of both sides may lie apart, seconds."""

_LABEL = "sig1"
_NAME = r"[a-z*][a-z0-9_.*-]*"
_ITEM = r'"[!#-\[\]-~]+"'
_PARAM = rf'({_NAME})=("[ !#-\[\]-~]*"|-?[0-9]{{1,15}})'
_INPUT = re.compile(rf"({_NAME})=(\(((?:{_ITEM}(?: {_ITEM})*)?)\)((?:;{_PARAM})*))")
_BYTES = re.compile(rf"({_NAME})=:([A-Za-z0-9+/]*={{0,2}}):")
_PARAMS = re.compile(f";{_PARAM}")
_KEYID = re.compile(r"[ !#-\[\]-~]*")


class Fault(Label):
    """What is wrong with a signature."""

    MISSING = "missing", N_("tidak ada, atau tidak terbaca")
    INCOMPLETE = "incomplete", N_("tidak mencakup semua yang wajib ditandatangani")
    UNKNOWN_KEY = "unknown-key", N_("kuncinya tidak dikenal")
    WRONG = "wrong", N_("tidak cocok dengan permintaan atau kunci")
    TOO_OLD = "too-old", N_("dibuat terlalu lama; periksa jam pengirim dan penerima")
    AHEAD = "ahead", N_("dibuat di masa depan; periksa jam pengirim dan penerima")


class BadSignature(SigapError):
    """A request is not signed as it must be; `fault` says why."""

    template = N_("Tanda tangan permintaan ditolak: {fault}. Tidak ada yang disimpan.")

    def __init__(self, fault: Fault) -> None:
        """Keep what is wrong."""
        self.fault = fault
        super().__init__(fault=fault)


def content_digest(body: bytes) -> str:
    """Return the value of `Content-Digest` for a body as it is sent (after packing)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def digest_matches(header: str, body: bytes) -> bool:
    """Return whether a `Content-Digest` holds the SHA-256 of the body as it was sent.

    Digests by other algorithms beside it are passed over (RFC 9530, 2).
    """
    members = (_BYTES.fullmatch(member.strip()) for member in header.split(","))
    told = [found[2] for found in members if found is not None and found[1] == "sha-256"]
    # A key given twice: the last one counts (RFC 8941, 3.2).
    return bool(told) and f"sha-256=:{told[-1]}:" == content_digest(body)


def mac(key: bytes, components: Iterable[tuple[str, str]], params: str) -> bytes:
    """Return the HMAC-SHA-256 of a signature base (RFC 9421, 2.5 and 3.3.3).

    `components`: names and values in their order; `params`: the value of `@signature-params`.
    """
    lines = [f'"{name}": {value}' for name, value in (*components, ("@signature-params", params))]
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()


def sign(
    key: bytes, keyid: str, method: str, path: str, headers: Mapping[str, str], created: datetime
) -> dict[str, str]:
    """Return the headers `Signature-Input` and `Signature`; `path` is the request's, without its query.

    Raises ValueError for a `keyid` that a header cannot carry.
    """
    if not _KEYID.fullmatch(keyid):
        raise ValueError("keyid holds only printable ASCII without quotation marks and backslashes")
    values = _values(method, path, headers)
    names = _required(values)
    covered = " ".join(f'"{name}"' for name in names)
    params = f'({covered});created={int(created.timestamp())};keyid="{keyid}";alg="hmac-sha256"'
    made = base64.b64encode(mac(key, ((name, values[name]) for name in names), params)).decode()
    return {"Signature-Input": f"{_LABEL}={params}", "Signature": f"{_LABEL}=:{made}:"}


def verify(
    key_of: Callable[[str], bytes | None],
    method: str,
    path: str,
    headers: Mapping[str, str],
    now: datetime,
    max_skew_s: int = MAX_SKEW_S,
) -> None:
    """Check that a request was signed with a key that `key_of` knows, within `max_skew_s` seconds of `now`.

    `path` is the request's as it was sent, without its query; a header that came more than once must be one
    value joined by ", ". More than is required may be covered. Raises BadSignature. That a body belongs to
    its `Content-Digest` is `digest_matches`' to say.
    """
    values = _values(method, path, headers)
    told = _read(values)
    if not set(_required(values)) <= set(told.names) or len(set(told.names)) < len(told.names):
        raise BadSignature(Fault.INCOMPLETE)
    key = key_of(told.keyid)
    if key is None:
        raise BadSignature(Fault.UNKNOWN_KEY)
    if any(name not in values for name in told.names):
        raise BadSignature(Fault.WRONG)
    made = mac(key, ((name, values[name]) for name in told.names), told.params)
    # As text, so that one signature has one spelling.
    if not hmac.compare_digest(base64.b64encode(made).decode(), told.mac):
        raise BadSignature(Fault.WRONG)
    # Only now: whoever does not hold the key learns nothing of our clock.
    age_s = now.timestamp() - told.created
    if age_s > max_skew_s or (told.expires is not None and now.timestamp() > told.expires):
        raise BadSignature(Fault.TOO_OLD)
    if age_s < -max_skew_s:
        raise BadSignature(Fault.AHEAD)


@dataclass(frozen=True, slots=True)
class _Told:
    """A signature as it came: its parameters word for word, times in Unix seconds, the MAC in base64."""

    names: tuple[str, ...]
    params: str
    keyid: str
    created: int
    expires: int | None
    mac: str


def _read(values: Mapping[str, str]) -> _Told:
    """Return the request's one signature. Raises BadSignature when there is none that can be read."""
    about = _INPUT.fullmatch(values.get("signature-input", ""))
    signature = _BYTES.fullmatch(values.get("signature", ""))
    if about is None or signature is None or about[1] != signature[1]:
        raise BadSignature(Fault.MISSING)
    params = dict(_PARAMS.findall(about[4]))
    created, keyid, expires = params.get("created", ""), params.get("keyid", ""), params.get("expires")
    if params.get("alg", '"hmac-sha256"') != '"hmac-sha256"' or not keyid.startswith('"'):
        raise BadSignature(Fault.MISSING)
    try:
        return _Told(
            names=tuple(name.strip('"') for name in about[3].split()),
            params=about[2],
            keyid=keyid[1:-1],
            created=int(created),
            expires=None if expires is None else int(expires),
            mac=signature[2],
        )
    except ValueError as error:
        raise BadSignature(Fault.MISSING) from error


def _values(method: str, path: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return what may be covered: header names in lower case, values without the blanks around them."""
    low = {name.lower(): value.strip() for name, value in headers.items()}
    return {**low, "@method": method, "@path": path}


def _required(values: Mapping[str, str]) -> tuple[str, ...]:
    return ("@method", "@path", *(name for name in COVERED if name in values))
