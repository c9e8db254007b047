"""TLS by settings, with the real process: what it speaks, and the sentence for what it cannot use."""

import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from services import launch
from services.launch import BadCertificate

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime.now(UTC)
START_S = 90


@dataclass(frozen=True)
class Files:
    """A certificate for 127.0.0.1 and its key, in files; who trusts it."""

    ca: trustme.CA
    certificate: Path
    key: Path

    @property
    def settings(self) -> dict[str, str]:
        return {"SIGAP_TLS_CERT": str(self.certificate), "SIGAP_TLS_KEY": str(self.key)}


def issued(folder: Path, until: datetime | None = None) -> Files:
    ca = trustme.CA()
    one = ca.issue_cert("127.0.0.1", not_after=until)
    certificate, key = folder / "sigap.pem", folder / "sigap.key"
    certificate.write_bytes(b"".join(part.bytes() for part in one.cert_chain_pems))
    one.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    return Files(ca, certificate, key)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return issued(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def address(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The real process under TLS, by `python -m services.launch`."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {**os.environ, **files.settings, "PORT": str(port), "SIGAP_VAR": str(folder / "var")}
    environment.pop("SIGAP_DB", None)
    environment["SIGAP_DEMO"] = "1"
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.launch"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        give_up = monotonic() + START_S
        while True:
            try:
                if asked(files, port, "/api/v1/health").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            if process.poll() is not None or monotonic() > give_up:
                pytest.fail(log.read_text(errors="replace"))
            try:
                process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(timeout=30)


def context(files: Files) -> ssl.SSLContext:
    made = ssl.create_default_context()
    files.ca.configure_trust(made)
    return made


def asked(files: Files, port: int, path: str) -> httpx.Response:
    return httpx.get(f"https://127.0.0.1:{port}{path}", verify=context(files), timeout=5)


def test_it_answers_by_tls_and_tells_browsers_to_stay_there(files: Files, address: tuple[str, int]) -> None:
    answer = asked(files, address[1], "/api/v1/health")
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    for kept in answer.headers.get_list("set-cookie"):
        assert "secure" in kept.lower()


@pytest.mark.parametrize(
    ("newest", "spoken"),
    [(ssl.TLSVersion.TLSv1_3, "TLSv1.3"), (ssl.TLSVersion.TLSv1_2, "TLSv1.2")],
)
def test_new_versions_are_spoken_with_ciphers_that_prove_what_they_carry(
    files: Files, address: tuple[str, int], newest: ssl.TLSVersion, spoken: str
) -> None:
    ours = context(files)
    ours.maximum_version = newest
    with (
        socket.create_connection(address, 5) as raw,
        ours.wrap_socket(raw, server_hostname="127.0.0.1") as tls,
    ):
        assert tls.version() == spoken
        name, _, bits = tls.cipher() or ("", "", 0)
        assert "GCM" in name or "CHACHA20" in name
        assert bits >= 128


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_version_is_refused(files: Files, address: tuple[str, int]) -> None:
    ours = context(files)
    ours.set_ciphers("ALL:@SECLEVEL=0")
    ours.minimum_version = ours.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(address, 5) as raw, pytest.raises((ssl.SSLError, OSError)):
        ours.wrap_socket(raw, server_hostname="127.0.0.1")


def test_it_echoes_nothing_and_names_no_version(files: Files, address: tuple[str, int]) -> None:
    url = f"https://127.0.0.1:{address[1]}/api/v1/health"
    answer = httpx.request("TRACE", url, headers={"X-Mine": "gema"}, verify=context(files), timeout=5)
    assert answer.status_code == 405
    assert "gema" not in answer.text
    assert not re.search(r"\d", answer.headers.get("server", ""))


def test_plain_http_gets_no_answer(address: tuple[str, int]) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{address[1]}/api/v1/health", timeout=5)


def test_who_does_not_trust_the_issuer_does_not_talk_to_it(address: tuple[str, int]) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{address[1]}/", timeout=5)


def test_without_settings_it_is_plain_and_no_proxy_is_believed() -> None:
    line, environment = launch.command({"PORT": "8600"}, NOW)
    assert line[-2:] == ["--server.port", "8600"]
    assert environment["FORWARDED_ALLOW_IPS"] == ""


def test_the_proxies_of_the_settings_are_uvicorns_too() -> None:
    _, environment = launch.command({"SIGAP_PROXIES": "10.0.0.1, 10.1.0.0/16"}, NOW)
    assert environment["FORWARDED_ALLOW_IPS"] == "10.0.0.1/32,10.1.0.0/16"


def refused(files: Files, now: datetime = NOW, **changed: str) -> str:
    with pytest.raises(BadCertificate) as found:
        launch.tls(files.settings | changed, now)
    return str(found.value)


def test_what_cannot_be_used_is_said_with_what_to_do(files: Files, tmp_path: Path) -> None:
    assert "SIGAP_TLS_KEY belum diisi" in refused(files, SIGAP_TLS_KEY="")
    assert "tidak dapat dibaca" in refused(files, SIGAP_TLS_CERT=str(tmp_path / "none.pem"))
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    assert "bukan sertifikat PEM" in refused(files, SIGAP_TLS_CERT=str(junk))
    junk.chmod(0o600)
    assert "tidak cocok" in refused(files, SIGAP_TLS_KEY=str(junk))
    (tmp_path / "other").mkdir()
    other = issued(tmp_path / "other")
    assert "tidak cocok" in refused(files, SIGAP_TLS_KEY=str(other.key))
    other.key.chmod(0o644)
    assert "chmod" in refused(other)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(files: Files, tmp_path: Path) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"rahasia"),
        )
    )
    locked.chmod(0o600)
    assert "berkata sandi" in refused(files, SIGAP_TLS_KEY=str(locked))


def test_a_certificate_that_is_over_or_not_begun_is_refused(tmp_path: Path) -> None:
    files = issued(tmp_path, until=NOW + timedelta(days=2))
    assert launch.tls(files.settings, NOW) is not None
    assert "tidak berlaku hari ini" in refused(files, NOW + timedelta(days=3))
    assert "tidak berlaku hari ini" in refused(files, datetime(1999, 1, 1, tzinfo=UTC))


def test_a_wrong_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "SIGAP_TLS_CERT": str(tmp_path / "none.pem"), "SIGAP_TLS_KEY": "x"}
    ended = subprocess.run(
        [sys.executable, "-m", "services.launch"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("TLS tidak dapat dipakai: none.pem")
    assert len(ended.stderr.splitlines()) == 1
