"""How `make run` starts the server: TLS by settings, and whose forwarded headers count.

`SIGAP_TLS_CERT` and `SIGAP_TLS_KEY` name a certificate (with its chain) and its key in PEM. They are tried
here, so that a wrong, unreadable or expired one is a sentence before anything starts; then this process
becomes `streamlit run`, with uvicorn's list of trusted proxies set to `SIGAP_PROXIES`, to nobody without it.
"""

import os
import ssl
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from domain.errors import Need, SigapError
from domain.words import N_
from services import origin

ROOT = Path(__file__).resolve().parent.parent


class BadCertificate(SigapError):
    """TLS was asked for and cannot be had."""

    template = N_("TLS tidak dapat dipakai: {what} {problem}. {todo}")


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate and its key, tried."""

    certificate: Path
    key: Path


def tls(environment: Mapping[str, str], now: datetime) -> Tls | None:
    """Return the certificate that the settings name, None without. Raises BadCertificate."""
    told = [environment.get(name, "").strip() for name in ("SIGAP_TLS_CERT", "SIGAP_TLS_KEY")]
    if not any(told):
        return None
    for name, value in zip(("SIGAP_TLS_CERT", "SIGAP_TLS_KEY"), told, strict=True):
        if not value:
            raise _bad(name, N_("belum diisi"), N_("Isi SIGAP_TLS_CERT dan SIGAP_TLS_KEY bersama."))
    certificate, key = (Path(value) for value in told)
    chain = _read(certificate)
    _read(key)
    _require_private(key)
    try:
        first = x509.load_pem_x509_certificates(chain)[0]
    except (ValueError, IndexError):
        words = N_("bukan sertifikat PEM")
        raise _bad(certificate.name, words, N_("Simpan sertifikat dan rantainya dalam bentuk PEM.")) from None
    if not first.not_valid_before_utc <= now < first.not_valid_after_utc:
        words = N_("tidak berlaku hari ini ({since} sampai {until})")
        problem = Need(words, since=first.not_valid_before_utc, until=first.not_valid_after_utc)
        todo = Need(N_("Perbarui sertifikat, dan periksa tanggal server."))
        raise BadCertificate(what=certificate.name, problem=problem, todo=todo)
    try:
        # An encrypted key would ask at the terminal; nobody sits there.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password=_none)
    except (ssl.SSLError, OSError, ValueError):
        words = N_("tidak cocok dengan sertifikatnya, bukan PEM, atau berkata sandi")
        raise _bad(key.name, words, N_("Pakai kunci sertifikat itu, dalam PEM tanpa kata sandi.")) from None
    return Tls(certificate, key)


def command(environment: Mapping[str, str], now: datetime) -> tuple[list[str], dict[str, str]]:
    """Return the command that serves, and its environment. Raises BadCertificate, BadProxies."""
    found = tls(environment, now)
    proxies = origin.networks(environment.get("SIGAP_PROXIES", ""))
    port = environment.get("PORT", "8501")
    line = [sys.executable, "-m", "ui.serve", "run", "app.py", "--server.port", port]
    if found is not None:
        line += ["--server.sslCertFile", str(found.certificate), "--server.sslKeyFile", str(found.key)]
    return line, {**environment, "FORWARDED_ALLOW_IPS": ",".join(map(str, proxies))}


def main(more: Sequence[str] = ()) -> None:
    """Become the server; a setting that cannot be used is said in one sentence (exit code 2)."""
    try:
        line, environment = command(os.environ, datetime.now(UTC))
    except SigapError as error:
        sys.stderr.write(f"{error.sentence()}\n")
        raise SystemExit(2) from None
    os.chdir(ROOT)
    os.execve(line[0], [*line, *more], environment)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = Need(N_("tidak dapat dibaca ({text})"), text=error.strerror or type(error).__name__)
        todo = Need(N_("Periksa jalurnya, dan beri pengguna Sigap izin baca."))
        raise BadCertificate(what=path.name, problem=problem, todo=todo) from None


def _require_private(key: Path) -> None:
    if os.name == "posix" and key.stat().st_mode & 0o007:
        words = N_("dapat dibaca semua pengguna mesin ini")
        raise _bad(key.name, words, N_("Jalankan `chmod 640` atau `chmod 600` pada berkas kunci."))


def _bad(what: str, problem: str, todo: str) -> BadCertificate:
    return BadCertificate(what=what, problem=Need(problem), todo=Need(todo))


def _none() -> bytes:
    raise ValueError("the key is encrypted")


if __name__ == "__main__":
    main(sys.argv[1:])
