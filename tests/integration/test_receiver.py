"""The reference receiver as DKISP would run it: a process of its own, real HTTP, killed and starved."""

import asyncio
import gzip
import json
import os
import random
import resource
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
import trustme
from center_builders import a_stored_case, at, settings

from domain.identity import uuid7
from domain.outbox import Held, Outgoing, SendState, Trouble
from domain.words import CaseStatus
from export import dkisp, signature
from export.record import digest, record_bytes
from services import records
from services.center import close_center, open_center

ROOT = Path(__file__).parents[2]
SECRET = "rahasia contoh, hanya untuk pengujian"
CRASHES = int(os.environ.get("SIGAP_CRASHES", "4"))
DAY = "2031-03-05"
PLANTED = "Siti Aminah 081234567890"
Record = dict[str, Any]


class Receiver:
    """A running receiver; `said` is what it wrote to its error output until it ended."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "export.receiver", "--port", "0", "--data", str(folder), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        self.said = ""

    def end(self, how: Callable[[subprocess.Popen], None] = subprocess.Popen.terminate) -> None:
        if self.process.poll() is None:
            how(self.process)
        out, self.said = self.process.communicate(timeout=60)
        assert out == ""

    def let_files_grow(self, to: int = resource.RLIM_INFINITY) -> None:
        """Let no file of it grow beyond so many bytes: what a full disk does, for this process only."""
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (to, resource.RLIM_INFINITY))

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@contextmanager
def receiving(folder: Path, *options: str) -> Iterator[Receiver]:
    running = Receiver(folder, *options)
    try:
        assert running.url, "it did not start"
        yield running
    finally:
        running.end()


@contextmanager
def client(receiver: Receiver) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=receiver.url, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Record:
    """A registered case as Sigap sends it."""
    center = open_center(settings(tmp_path_factory.mktemp("center")))
    try:
        case = a_stored_case(center, CaseStatus.REGISTERED)
        found: Record = json.loads(records.checked_record(center, case, sent_at=at(23)))
    finally:
        close_center()
    return found


@pytest.fixture
def record(template) -> Record:
    return a_record(template)


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "keys.toml"
    path.write_text(f'tcc = "{SECRET}"\n')
    return path


@pytest.fixture(scope="module")
def receiver(tmp_path_factory, keys) -> Iterator[Receiver]:
    with receiving(tmp_path_factory.mktemp("receiver"), "--keys", str(keys)) as running:
        yield running
    assert running.said == "", "what is refused is no fault of the receiver's"


@pytest.fixture
def http(receiver) -> Iterator[httpx.Client]:
    with client(receiver) as opened:
        yield opened


def a_record(template: Record, **changes: object) -> Record:
    """A record of its own."""
    return {**template, "record_id": uuid7(at(0), os.urandom(10)), **changes}


@dataclass
class Message:
    """A revision on its way; what a test sets is sent instead of what belongs there (None: not at all)."""

    content: bytes
    path: str
    headers: dict[str, str | None] = field(default_factory=dict)
    packed: bytes | None = None
    secret: str | None = SECRET
    keyid: str = "tcc"
    signed_at: datetime | None = None

    def send(self, http: httpx.Client, method: str = "PUT", stream: bool = False) -> httpx.Response:
        body = gzip.compress(self.content, mtime=0) if self.packed is None else self.packed
        _, _, _, record_id, _, revision = self.path.split("/")
        belonging = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Content-Digest": signature.content_digest(body),
            "Idempotency-Key": f"{record_id}/{revision}/{digest(self.content)}",
        }
        headers = {name: value for name, value in (belonging | self.headers).items() if value is not None}
        if self.secret is not None:
            signed_at = self.signed_at or datetime.now(UTC)
            headers |= signature.sign(self.secret.encode(), self.keyid, method, self.path, headers, signed_at)
        return http.request(method, self.path, headers=headers, content=iter([body]) if stream else body)


def message(record: Record, **parts: Any) -> Message:
    return Message(record_bytes(record), path_of(record), **parts)


def path_of(record: Record) -> str:
    return f"/v1/cases/{record['record_id']}/revisions/{record['revision']}"


def listed(http: httpx.Client, day: str = DAY, secret: str = SECRET) -> httpx.Response:
    path = f"/v1/days/{day}"
    headers = signature.sign(secret.encode(), "tcc", "GET", path, {}, datetime.now(UTC))
    return http.get(path, headers=headers)


def stored(folder: Path) -> dict[tuple[str, int], tuple[str, str, bytes]]:
    """What lies in the file of a receiver that ended: digest, receipt, body."""
    with duckdb.connect(str(folder / "receiver.duckdb"), read_only=True) as file:
        rows = file.execute("SELECT record_id, revision, digest, receipt_id, body FROM receipt").fetchall()
    return {row[:2]: row[2:] for row in rows}


def test_a_revision_is_taken_once_and_told_the_same_ever_after(http, record):
    first = message(record).send(http)
    assert first.status_code == 201
    receipt = first.json()
    assert receipt | {"receipt_id": "", "received_at": ""} == {
        "receipt_id": "",
        "record_id": record["record_id"],
        "revision": 1,
        "digest": digest(record_bytes(record)),
        "received_at": "",
        "status": "accepted",
        "errors": [],
    }
    assert abs(datetime.now(UTC) - datetime.fromisoformat(receipt["received_at"])) < timedelta(minutes=5)
    again = message(record).send(http)
    assert (again.status_code, again.json()) == (200, receipt)
    plain = message(record, packed=record_bytes(record), headers={"Content-Encoding": None}).send(http)
    assert (plain.status_code, plain.json()) == (200, receipt)


def test_a_later_revision_is_a_receipt_of_its_own(http, record):
    first = message(record).send(http).json()
    second = message(record | {"revision": 2}).send(http)
    assert second.status_code == 201
    assert second.json()["receipt_id"] != first["receipt_id"]


def test_twenty_at_once_make_one_receipt(receiver, record):
    def send(_: int) -> httpx.Response:
        with client(receiver) as own:
            return message(record).send(own)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["receipt_id"] for answer in answers}) == 1


def test_two_contents_of_one_revision_at_once_leave_one_and_a_conflict(receiver, record):
    contents = [record | {"sitrep_count": count} for count in range(10)]

    def send(content: Record) -> httpx.Response:
        with client(receiver) as own:
            return message(content).send(own)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, contents))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    winner = next(answer.json() for answer in answers if answer.status_code == 201)
    assert {answer.json()["digest"] for answer in answers} == {winner["digest"]}


def test_another_content_of_the_same_revision_is_a_conflict_that_names_what_is_held(http, record):
    receipt = message(record).send(http).json()
    other = message(record | {"sitrep_count": 99}).send(http)
    assert other.status_code == 409
    assert other.json() == receipt | {
        "status": "conflict",
        "errors": ["revisi ini sudah diterima dengan isi lain"],
    }
    assert message(record).send(http).json() == receipt


def without(name: str) -> Callable[[Record], Record]:
    return lambda record: {key: value for key, value in record.items() if key != name}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (without("victims"), "tcc.case.v1: isian wajib tidak ada (victims)"),
        (lambda record: record | {PLANTED: PLANTED}, "tcc.case.v1: ada isian yang tidak dikenal skema"),
        (lambda record: record | {"sent_at": PLANTED}, "sent_at: bentuknya salah"),
        (lambda record: record | {"sent_at": "2031-02-30T01:00:00+08:00"}, "sent_at: bukan waktu yang ada"),
        (lambda record: record | {"weather": 7}, "weather: jenis isinya salah"),
        (lambda record: record | {"profile": PLANTED}, "profile: bukan nilai yang diperbolehkan"),
        (lambda record: record | {"steps": record["steps"][:8]}, "steps: jumlahnya salah"),
        (lambda record: [record], "tcc.case.v1: jenis isinya salah"),
        (lambda record: record | {"revision": 2}, "revision: lain daripada yang disebut alamat"),
        (
            lambda record: record | {"record_id": uuid7(at(1), bytes(10))},
            "record_id: lain daripada yang disebut alamat",
        ),
    ],
)
def test_what_is_no_record_is_rejected_with_reasons_and_not_kept(http, record, spoil, reason):
    content = record_bytes(spoil(record))
    refused = Message(content, path_of(record)).send(http)
    told = refused.json()
    assert refused.status_code == 422
    assert reason in told["errors"]
    assert (told["status"], told["receipt_id"], told["digest"]) == ("rejected", None, digest(content))
    assert PLANTED not in refused.text
    assert message(record).send(http).status_code == 201


def test_reasons_are_few_however_much_is_wrong(http, record):
    spoiled = record | {"agencies": [{"code": PLANTED}] * 20_000}
    refused = message(spoiled).send(http)
    assert refused.status_code == 422
    assert 1 <= len(refused.json()["errors"]) <= 10
    assert PLANTED not in refused.text


GOOD = gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"headers": {"Content-Digest": signature.content_digest(b"lain")}}, "bad-digest"),
        ({"headers": {"Content-Digest": None}}, "no-digest"),
        ({"headers": {"Content-Digest": "sha-512=:AAAA:"}}, "no-digest"),
        ({"headers": {"Idempotency-Key": None}}, "bad-key"),
        ({"headers": {"Idempotency-Key": "x"}}, "bad-key"),
        ({"packed": GOOD[:-1]}, "bad-gzip"),
        ({"packed": GOOD + b"x"}, "bad-gzip"),
        ({"packed": b"{}"}, "bad-gzip"),
        ({"packed": b""}, "bad-gzip"),
        ({"content": b"{"}, "not-json"),
        ({"content": b""}, "not-json"),
        ({"content": b'{"a":1,"a":2}'}, "not-json"),
        ({"content": b'{"a":NaN}'}, "not-json"),
        ({"content": "{}".encode("utf-16")}, "not-json"),
        ({"content": b'{"a":"\xff"}'}, "not-json"),
        ({"content": b"[" * 1_000_000}, "not-json"),
        ({"content": b'{"a":' + b"9" * 5000 + b"}"}, "not-json"),
    ],
)
def test_what_cannot_be_judged_is_a_problem_of_its_own_kind(http, record, parts, kind):
    sent = message(record)
    for name, value in parts.items():
        setattr(sent, name, value)
    refused = sent.send(http)
    assert refused.status_code == 400
    check_problem(refused, kind)
    assert message(record).send(http).status_code == 201


def check_problem(answer: httpx.Response, kind: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:sigap:dkisp:{kind}"
    assert told["status"] == answer.status_code
    assert told["title"] and told["detail"]


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"secret": None}, "signature-missing"),
        ({"keyid": "siapa"}, "signature-unknown-key"),
        ({"secret": "rahasia lain, yang tidak dikenal penerima"}, "signature-wrong"),
        ({"signed_at": datetime.now(UTC) - timedelta(hours=1)}, "signature-too-old"),
        ({"signed_at": datetime.now(UTC) + timedelta(hours=1)}, "signature-ahead"),
    ],
)
def test_who_does_not_sign_well_is_not_heard(http, record, parts, kind):
    refused = message(record, **parts).send(http)
    assert refused.status_code == 401
    check_problem(refused, kind)
    assert message(record).send(http).status_code == 201


def test_a_signature_of_one_revision_is_none_for_another(http, record):
    sent = message(record).send(http)
    taken = {
        name: value
        for name, value in sent.request.headers.items()
        if name in ("signature", "signature-input", "content-digest", "content-encoding", "content-type")
    }
    other = path_of(record | {"revision": 2})
    key = {"idempotency-key": sent.request.headers["idempotency-key"]}
    refused = http.put(other, headers=taken | key, content=sent.request.content)
    assert refused.status_code == 401
    check_problem(refused, "signature-wrong")


def test_two_values_of_one_header_are_one_value(http, record):
    """Else one of them could be signed and the other be read."""
    sent = message(record).send(http).request
    doubled = [*sent.headers.items(), ("idempotency-key", "x")]
    refused = http.put(sent.url, headers=doubled, content=sent.content)
    assert refused.status_code == 401
    check_problem(refused, "signature-wrong")


def test_the_list_of_a_day_is_for_those_who_sign_and_health_for_all(http):
    assert http.get(f"/v1/days/{DAY}").status_code == 401
    assert listed(http, secret="rahasia lain").status_code == 401
    told = http.get("/v1/health")
    assert (told.status_code, told.json()) == (200, {"status": "ok", "schema": "tcc.case.v1"})


@pytest.mark.parametrize("stream", [False, True], ids=["with its length", "in chunks"])
def test_a_body_above_the_limit_is_refused_as_it_comes(receiver, record, stream):
    with client(receiver) as own:
        refused = message(record, packed=bytes(5_000_001)).send(own, stream=stream)
    assert refused.status_code == 413
    check_problem(refused, "too-large")


def test_a_record_in_chunks_is_taken_too(http, record):
    assert message(record).send(http, stream=True).status_code == 201


def test_a_gzip_bomb_fills_no_memory(http, receiver, record):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeeze.compress(bytes(10_000_000)) for _ in range(100)) + squeeze.flush()
    before_mb = receiver.peak_mb()
    refused = message(record, packed=bomb).send(http)
    assert refused.status_code == 413
    check_problem(refused, "too-large")
    assert receiver.peak_mb() - before_mb < 60


@pytest.mark.parametrize(
    ("header", "value", "kind"),
    [
        ("Content-Type", None, "wrong-type"),
        ("Content-Type", "text/plain", "wrong-type"),
        ("Content-Type", "application/json; charset=utf-16", "wrong-type"),
        ("Content-Encoding", "br", "wrong-coding"),
        ("Content-Encoding", "gzip, gzip", "wrong-coding"),
    ],
)
def test_what_is_sent_otherwise_than_as_json_is_not_read(http, record, header, value, kind):
    refused = message(record, headers={header: value}).send(http)
    assert refused.status_code == 415
    check_problem(refused, kind)


def test_json_may_say_that_it_is_utf_8(http, record):
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    assert message(record, headers=headers).send(http).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("PUT", "/v1/cases/x/revisions/1", 404),
        ("PUT", f"/v1/cases/{uuid7(at(0), bytes(10))}/revisions/0", 404),
        ("PUT", f"/v1/cases/{uuid7(at(0), bytes(10))}/revisions/01", 404),
        ("PUT", f"/v1/cases/{uuid7(at(0), bytes(10))}/revisions/{'9' * 5000}", 404),
        ("DELETE", f"/v1/cases/{uuid7(at(0), bytes(10))}/revisions/1", 405),
        ("POST", f"/v1/days/{DAY}", 405),
    ],
)
def test_other_addresses_and_methods_do_not_exist(http, method, path, status):
    refused = http.request(method, path)
    assert refused.status_code == status
    check_problem(refused, f"http-{status}")


@pytest.mark.parametrize("day", ["2031-02-29", "2031-3-5", "kemarin", "20310305"])
def test_a_day_that_does_not_exist_is_refused(http, day):
    refused = listed(http, day)
    assert refused.status_code == 400
    check_problem(refused, "bad-day")


def test_a_day_lists_what_its_records_say_was_sent_on_it(http, template):
    """The calendar day is the city's: 23:59 at +08:00 is yesterday's record however UTC counts."""
    before = a_record(template, sent_at="2031-07-01T23:59:59+08:00")
    first = a_record(template, sent_at="2031-07-02T00:00:00+08:00")
    last = a_record(template, sent_at="2031-07-02T23:59:59+08:00")
    later = a_record(template, sent_at="2031-07-03T00:00:00+08:00")
    again = first | {"revision": 2}
    receipts = [message(one).send(http).json() for one in (before, first, last, later, again)]
    lines = [json.loads(line) for line in listed(http, "2031-07-02").text.splitlines()]
    expected = [
        {name: receipt[name] for name in ("record_id", "revision", "digest", "receipt_id", "received_at")}
        for receipt in (receipts[1], receipts[2], receipts[4])
    ]
    assert sorted(lines, key=str) == sorted(expected, key=str)
    nothing = listed(http, "2031-08-01")
    assert (nothing.status_code, nothing.text) == (200, "")


def started(receiver: Receiver, path: str, content: bytes, length: int) -> socket.socket:
    """A connection on which a body of `length` bytes was announced and `content` sent, unsigned."""
    head = {
        "Host": "x",
        "Content-Type": "application/json",
        "Content-Digest": signature.content_digest(content),
        "Idempotency-Key": "x",
        "Content-Length": str(length),
    }
    lines = [f"PUT {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
    host, port = receiver.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=15)
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
    return connection


def test_a_body_that_is_cut_or_does_not_end_is_not_stored_and_holds_up_nobody(tmp_path, record):
    path, half = path_of(record), record_bytes(record)[:1000]
    with receiving(tmp_path, "--body-s", "0.5") as receiver, client(receiver) as http:
        started(receiver, path, half, 2000).close()
        with started(receiver, path, half, 2000) as waiting, waiting.makefile("rb") as answer:
            assert answer.read().startswith(b"HTTP/1.1 408 ")
        with started(receiver, path, half, 5_000_001) as waiting, waiting.makefile("rb") as answer:
            assert answer.read().startswith(b"HTTP/1.1 413 "), "announced too long: not waited for"
        assert message(record, secret=None).send(http).status_code == 201
    assert "PERINGATAN" in receiver.said and "Traceback" not in receiver.said
    assert len(stored(tmp_path)) == 1


class Stream:
    """Eight senders that never rest; `told` is what was acknowledged."""

    def __init__(self, receiver: Receiver, template: Record) -> None:
        self.told: dict[str, Record] = {}
        self.sent: dict[str, Record] = {}
        self._receiver, self._template = receiver, template
        self._enough = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._send) for _ in range(8)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, acknowledged: int) -> None:
        for _ in range(acknowledged):
            assert self._enough.acquire(timeout=60)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with client(self._receiver) as http:
            while True:
                record = a_record(self._template)
                self.sent[record["record_id"]] = record
                try:
                    answer = message(record).send(http)
                except httpx.TransportError:
                    return
                assert answer.status_code == 201
                self.told[record["record_id"]] = answer.json()
                self._enough.release()


def test_killed_in_the_middle_of_a_stream_it_loses_nothing_that_it_acknowledged(tmp_path, keys, template):
    chance = random.Random(1067)
    told: dict[str, Record] = {}
    sent: dict[str, Record] = {}
    for _ in range(CRASHES):
        with receiving(tmp_path, "--keys", str(keys)) as receiver:
            stream = Stream(receiver, template)
            stream.wait_for(chance.randrange(10, 80))
            receiver.end(subprocess.Popen.kill)
            stream.join()
        told |= stream.told
        sent |= stream.sent
    with receiving(tmp_path, "--keys", str(keys)) as receiver, client(receiver) as http:
        lines = [json.loads(line) for line in listed(http).text.splitlines()]
        for record_id in random.Random(1).sample(sorted(told), 10):
            again = message(sent[record_id]).send(http)
            assert (again.status_code, again.json()) == (200, told[record_id])
    held = {line["record_id"]: (line["digest"], line["receipt_id"]) for line in lines}
    assert len(held) == len(lines)
    assert {
        record_id: (receipt["digest"], receipt["receipt_id"]) for record_id, receipt in told.items()
    }.items() <= held.items()
    assert {key[0]: row[2] for key, row in stored(tmp_path).items()} == {
        record_id: record_bytes(sent[record_id]) for record_id in held
    }


def test_told_to_stop_it_answers_what_it_took_and_leaves_a_whole_file(tmp_path, keys, template):
    with receiving(tmp_path, "--keys", str(keys)) as receiver:
        stream = Stream(receiver, template)
        stream.wait_for(20)
        receiver.end()
        stream.join()
    assert receiver.said == ""
    assert not (tmp_path / "receiver.duckdb.wal").exists()
    kept = stored(tmp_path)
    assert {record_id for record_id, _ in kept} >= set(stream.told)
    assert all(digest(body) == sha256 for sha256, _, body in kept.values())


def test_a_full_disk_is_said_and_takes_nothing_and_is_got_over(tmp_path, keys, template):
    with receiving(tmp_path, "--keys", str(keys)) as receiver, client(receiver) as http:
        kept = a_record(template)
        receipt = message(kept).send(http).json()
        receiver.let_files_grow(to=1)
        record = a_record(template)
        refused = message(record).send(http)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "30"
        check_problem(refused, "store-failed")
        assert http.get("/v1/health").status_code == 503
        receiver.let_files_grow()
        assert message(record).send(http).status_code == 201
        assert message(kept).send(http).json() == receipt
        assert http.get("/v1/health").status_code == 200
    assert {key[0] for key in stored(tmp_path)} == {kept["record_id"], record["record_id"]}


def test_a_disk_that_fills_up_while_the_file_is_put_in_order_is_got_over_too(tmp_path, keys, template):
    """DuckDB then refuses everything until its file is opened anew."""
    told = {}

    def send(http: httpx.Client) -> httpx.Response:
        record = a_record(template, weather=os.urandom(1_000_000).hex())
        answer = message(record, packed=record_bytes(record), headers={"Content-Encoding": None}).send(http)
        if answer.status_code == 201:
            told[record["record_id"]] = answer.json()["digest"]
        return answer

    with receiving(tmp_path, "--keys", str(keys)) as receiver, client(receiver) as http:
        file = tmp_path / "receiver.duckdb"
        # The log is written into the file whenever it holds 16 MB.
        while file.stat().st_size < 16_000_000:
            assert send(http).status_code == 201
        receiver.let_files_grow(to=file.stat().st_size + 1_000_000)
        statuses = [send(http).status_code for _ in range(11)]
        assert set(statuses) == {201, 503}
        receiver.let_files_grow()
        assert send(http).status_code == 201
    kept = {key[0]: row[0] for key, row in stored(tmp_path).items()}
    assert kept == told


def test_two_receivers_do_not_share_a_folder(receiver, keys):
    second = Receiver(receiver.folder, "--keys", str(keys))
    second.end(lambda process: process.wait(60))
    assert second.process.returncode == 1
    assert second.url == ""
    assert second.said.startswith("GAGAL: Berkas penerima receiver.duckdb tidak dapat dibuka")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('tcc = "pendek-sekali"\n', "rahasia “tcc” bukan teks atau terlalu pendek"),
        ("tcc = [pendek-sekali\n", "tata tulis TOML salah"),
        ("", "tidak ada satu kunci pun"),
        (None, "No such file or directory"),
    ],
)
def test_keys_that_cannot_be_used_keep_it_from_starting_and_are_not_repeated(tmp_path, content, reason):
    path = tmp_path / "keys.toml"
    if content is not None:
        path.write_text(content)
    refused = Receiver(tmp_path / "data", "--keys", str(path))
    refused.end(lambda process: process.wait(60))
    assert refused.process.returncode == 1
    assert refused.said.startswith(f"GAGAL: Berkas kunci keys.toml tidak dapat dipakai: {reason}")
    assert "pendek-sekali" not in refused.said


def outgoing(record: Record) -> Outgoing:
    content = record_bytes(record)
    now = datetime.now(UTC)
    return Outgoing(
        record_id=record["record_id"],
        revision=record["revision"],
        digest=digest(content),
        size_bytes=len(content),
        day=DAY,
        path=f"2031/03/05/{record['record_id']}_r1.json",
        state=SendState.QUEUED,
        queued_at=now,
        next_at=now,
    )


@contextmanager
def closing_client(runner, endpoint):
    async def opened():
        return dkisp.connected(endpoint, 1)

    client = runner.run(opened())
    try:
        yield client
    finally:
        runner.run(client.aclose())


def test_sigap_itself_sends_to_it_and_reads_its_answers(receiver, record):
    endpoint = dkisp.Endpoint(receiver.url, "tcc", SECRET.encode())
    now = datetime.now(UTC)
    one, content = outgoing(record), record_bytes(record)
    with asyncio.Runner() as runner, closing_client(runner, endpoint) as opened:

        def put(sent, body, at):
            return runner.run(dkisp.put(opened, endpoint, sent, body, at))

        first = put(one, content, now)
        again = put(one, content, now)
        assert first.receipt is not None and first.receipt == again.receipt
        other = record_bytes(record | {"sitrep_count": 99})
        changed = outgoing(record | {"sitrep_count": 99})
        assert put(changed, other, now).trouble is Trouble.CONFLICT
        broken = record_bytes(record | {"revision": 2})
        refused = put(outgoing(record), broken, now)
        assert refused.trouble is Trouble.DENIED, "the key names another content"
        held = dkisp.listed(endpoint, DAY, now)
        assert Held(one.record_id, 1, one.digest, first.receipt.receipt_id) in held
        late = put(one, content, now - timedelta(hours=1))
        assert late.trouble is Trouble.DENIED


def test_a_sender_may_be_known_by_a_certificate(tmp_path, record):
    authority, city, stranger = trustme.CA(), trustme.CA(), trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(tmp_path / "server.key")
    for number, part in enumerate(server.cert_chain_pems):
        part.write_to_path(tmp_path / "server.pem", append=number > 0)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    city.cert_pem.write_to_path(tmp_path / "city.pem")
    for name, issuer in (("ours", city), ("other", stranger)):
        issued = issuer.issue_cert("tcc.example")
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / f"{name}.pem")
    options = {"--tls-cert": "server.pem", "--tls-key": "server.key", "--client-ca": "city.pem"}
    words = [word for name, file in options.items() for word in (name, str(tmp_path / file))]
    with receiving(tmp_path / "data", *words) as receiver:

        def sent(certificate: str | None) -> dkisp.Answer:
            pem = None if certificate is None else tmp_path / certificate
            endpoint = dkisp.Endpoint(
                receiver.url, ca_file=tmp_path / "authority.pem", client_cert=pem, client_key=pem
            )
            with asyncio.Runner() as runner, closing_client(runner, endpoint) as opened:
                sent, body = outgoing(record), record_bytes(record)
                return runner.run(dkisp.put(opened, endpoint, sent, body, datetime.now(UTC)))

        assert sent("ours.pem").receipt is not None
        assert sent("other.pem").receipt is None
        assert sent(None).receipt is None
    assert "PERINGATAN" not in receiver.said
