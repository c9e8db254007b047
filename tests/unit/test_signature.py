"""Signatures: the RFCs' own examples, and that nothing of a request can be changed without being noticed."""

import base64
import hashlib
import hmac
import json
import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.signature import BadSignature, Fault, content_digest, digest_matches, mac, sign, verify

NOW = datetime(2026, 1, 14, 1, 12, 5, tzinfo=UTC)
KEY = b"kunci contoh, hanya untuk pengujian"
PATH = "/v1/cases/0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10/revisions/1"
HEADERS = {
    "Content-Type": "application/json",
    "Content-Digest": content_digest(b"{}"),
    "Content-Encoding": "gzip",
    "Idempotency-Key": "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10/1/" + "ab" * 32,
}


def keys(keyid: str) -> bytes | None:
    return {"tcc": KEY}.get(keyid)


def signed(headers: dict[str, str] = HEADERS, created: datetime = NOW, keyid: str = "tcc") -> dict[str, str]:
    return {**headers, **sign(KEY, keyid, "PUT", PATH, headers, created)}


def fault(headers: dict[str, str], now: datetime = NOW, method: str = "PUT", path: str = PATH) -> Fault:
    with pytest.raises(BadSignature) as refused:
        verify(keys, method, path, headers, now)
    return refused.value.fault


def test_the_example_of_rfc_9421_appendix_b_2_5():
    secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    made = mac(
        base64.b64decode(secret),
        [
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("@authority", "example.com"),
            ("content-type", "application/json"),
        ],
        '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    )
    assert base64.b64encode(made) == b"pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="


def test_the_example_of_rfc_9530():
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


def test_a_digest_beside_others_is_found_and_another_body_is_not_its():
    ours = content_digest(b"isi")
    assert digest_matches(ours, b"isi")
    assert digest_matches(f"sha-512=:AAAA:, {ours}", b"isi")
    for header in (content_digest(b"lain"), "sha-512=:AAAA:", "", ours.strip(":"), f"{ours}, sha-256=:AAAA:"):
        assert not digest_matches(header, b"isi")


def test_what_was_signed_is_verified():
    assert verify(keys, "PUT", PATH, signed(), NOW) is None
    assert verify(keys, "GET", "/v1/days/2026-01-14", sign(
        KEY, "tcc", "GET", "/v1/days/2026-01-14", {}, NOW
    ), NOW) is None  # fmt: skip


@pytest.mark.parametrize("header", ["Content-Digest", "Content-Encoding", "Idempotency-Key"])
def test_a_covered_header_changed_is_wrong(header):
    assert fault({**signed(), header: HEADERS[header] + "x"}) is Fault.WRONG


@pytest.mark.parametrize("header", ["Content-Digest", "Content-Encoding", "Idempotency-Key"])
def test_a_covered_header_taken_away_is_wrong(header):
    request = signed()
    del request[header]
    assert fault(request) is Fault.WRONG


@pytest.mark.parametrize("header", ["Content-Digest", "Content-Encoding", "Idempotency-Key"])
def test_a_header_added_behind_the_signature_is_not_covered(header):
    few = {name: value for name, value in HEADERS.items() if name != header}
    assert fault({**signed(few), header: HEADERS[header]}) is Fault.INCOMPLETE


def test_another_method_or_path_is_wrong():
    assert fault(signed(), method="POST") is Fault.WRONG
    assert fault(signed(), path=PATH[:-1] + "2") is Fault.WRONG


def test_a_key_that_nobody_knows_and_a_key_of_another():
    assert fault(signed(keyid="siapa")) is Fault.UNKNOWN_KEY
    other = sign(b"kunci lain", "tcc", "PUT", PATH, HEADERS, NOW)
    assert fault({**HEADERS, **other}) is Fault.WRONG


@pytest.mark.parametrize(
    ("late_s", "expected"),
    [(-301, Fault.AHEAD), (-300, None), (0, None), (300, None), (301, Fault.TOO_OLD)],
)
def test_clocks_may_differ_by_five_minutes(late_s, expected):
    now = NOW + timedelta(seconds=late_s)
    if expected is None:
        assert verify(keys, "PUT", PATH, signed(), now) is None
    else:
        assert fault(signed(), now) is expected


def test_the_time_of_signing_cannot_be_moved():
    request = signed(created=NOW - timedelta(days=1))
    stamp = int((NOW - timedelta(days=1)).timestamp())
    request["Signature-Input"] = request["Signature-Input"].replace(str(stamp), str(int(NOW.timestamp())))
    assert fault(request) is Fault.WRONG


def by_hand(params: str, names: tuple[str, ...]) -> dict[str, str]:
    """A request signed properly, but with parameters and coverage of one's own."""
    values = {"@method": "PUT", "@path": PATH, **{name.lower(): value for name, value in HEADERS.items()}}
    made = base64.b64encode(mac(KEY, [(name, values.get(name, "")) for name in names], params)).decode()
    return {**HEADERS, "Signature-Input": f"sig1={params}", "Signature": f"sig1=:{made}:"}


ALL = ("@method", "@path", "content-digest", "content-encoding", "idempotency-key")


def listed(*names: str) -> str:
    return "(" + " ".join(f'"{name}"' for name in names) + ")"


def test_more_may_be_covered_in_any_order_but_each_only_once():
    stamp = int(NOW.timestamp())
    more = (*reversed(ALL), "content-type")
    extra = by_hand(f'{listed(*more)};keyid="tcc";nonce="a b";created={stamp}', more)
    assert verify(keys, "PUT", PATH, extra, NOW) is None
    twice = (*ALL, "@path")
    assert fault(by_hand(f'{listed(*twice)};created={stamp};keyid="tcc"', twice)) is Fault.INCOMPLETE


def test_an_expired_signature_is_too_old_before_the_five_minutes():
    stamp = int(NOW.timestamp())
    request = by_hand(f'{listed(*ALL)};created={stamp};expires={stamp + 10};keyid="tcc"', ALL)
    assert verify(keys, "PUT", PATH, request, NOW + timedelta(seconds=9)) is None
    assert fault(request, NOW + timedelta(seconds=11)) is Fault.TOO_OLD


@pytest.mark.parametrize(
    "params",
    [
        'created={now};keyid="tcc";alg="rsa-pss-sha512"',
        'keyid="tcc"',
        "created={now}",
        "created={now};keyid=tcc",
        'created="{now}";keyid="tcc"',
        'created={now};keyid="tcc";created="soon"',
        'created={now};keyid="tcc",',
    ],
)
def test_parameters_that_say_too_little_are_no_signature(params):
    request = by_hand(f"{listed(*ALL)};" + params.format(now=int(NOW.timestamp())), ALL)
    assert fault(request) is Fault.MISSING


def test_no_signature_or_half_of_one_or_two_of_them():
    request = signed()
    assert fault(HEADERS) is Fault.MISSING
    for name in ("Signature", "Signature-Input"):
        assert fault({key: value for key, value in request.items() if key != name}) is Fault.MISSING
    assert fault({**request, "Signature": request["Signature"].replace("sig1", "sig2")}) is Fault.MISSING
    doubled = {name: f"{request[name]}, {request[name]}" for name in ("Signature", "Signature-Input")}
    assert fault({**request, **doubled}) is Fault.MISSING


def test_a_name_of_a_key_cannot_smuggle_parameters_in():
    with pytest.raises(ValueError):
        sign(KEY, 'tcc";created=1;x="', "PUT", PATH, HEADERS, NOW)
    with pytest.raises(ValueError):
        sign(KEY, "tcc\n", "PUT", PATH, HEADERS, NOW)


def test_a_refusal_is_a_sentence_that_says_why():
    with pytest.raises(BadSignature) as refused:
        verify(keys, "PUT", PATH, HEADERS, NOW)
    assert str(refused.value) == (
        "Tanda tangan permintaan ditolak: tidak ada, atau tidak terbaca. Tidak ada yang disimpan."
    )


TEXT = st.text(string.printable + "é", max_size=60)


@given(
    name=st.sampled_from(["Signature", "Signature-Input"]),
    text=TEXT,
    at=st.integers(0, 200),
    cut=st.integers(0, 5),
)
def test_a_signature_with_anything_changed_in_it_is_never_taken(name, text, at, cut):
    request = signed()
    whole = request[name]
    changed = whole[:at] + text + whole[at + cut :]
    if changed.strip() == whole:
        return
    fault({**request, name: changed})


def test_the_example_in_the_protocols_own_page_is_right():
    page = (Path(__file__).parents[2] / "docs" / "dkisp.md").read_text()
    request, answer = re.findall(r"```http\n(.*?)```", page, re.DOTALL)
    first, *lines = request.splitlines()
    method, path, _ = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    created = datetime.fromisoformat(json.loads(answer.splitlines()[-1])["received_at"])
    secret = re.search(r"secret `([^`]+)`", page)[1].encode()
    told = {name: headers.pop(name) for name in ("Signature-Input", "Signature")}
    assert sign(secret, "tcc-tarakan", method, path, headers, created) == told
    base = re.search(r'```\n("@method".*?)\n```', page, re.DOTALL)[1]
    made = base64.b64encode(hmac.new(secret, base.encode(), hashlib.sha256).digest()).decode()
    assert told["Signature"] == f"sig1=:{made}:"
