"""`dkisp.toml` in Sigap's data folder: where DKISP receives records, and by what it knows us.

Read again whenever the file changes. Without the file records are dropped as files (`outbox/`), which is a
way of its own and no fault. A bad file sends nothing and says why; what waits, waits. A demonstration has a
data folder of its own, so that an example never goes to the real DKISP.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from citypack.models import Row, text
from citypack.problems import Fault
from domain.errors import Need, SigapError
from domain.words import N_
from export.dkisp import Endpoint
from services.center import Center
from services.settings_file import Stamp, checked, stamp

FILE = "dkisp.toml"
_URL = r"^https?://[^\s/@?#]+(?:/[^\s?#]*)?$"
_SECRETS = re.compile(r"^key\b")
_FILE_WORDS = N_("nama berkas di folder data Sigap, atau jalur lengkap")


class BadDkisp(SigapError):
    """`dkisp.toml` cannot be used; key and remedy, and never a secret."""

    template = N_(
        "Pengaturan DKISP {file} tidak dipakai, {key}: {problem}. Yang diperbolehkan: {allowed}. Sampai "
        "diperbaiki, data kasus menunggu di antrean kirim; Sigap membaca berkas itu lagi sendiri."
    )


class Dkisp(Row):
    """The whole file."""

    url: str = text(
        N_("Alamat DKISP"),
        N_("alamat http:// atau https://, tanpa tanda tanya"),
        pattern=_URL,
        max_length=300,
    )
    key_id: str | None = text(
        N_("Nama kunci"),
        N_("huruf, angka, titik, garis"),
        default=None,
        pattern=r"^[A-Za-z0-9._-]+$",
        max_length=64,
    )
    key: str | None = text(
        N_("Kunci tanda tangan"),
        N_("teks, sekurangnya 32 huruf"),
        default=None,
        min_length=32,
        max_length=300,
    )
    ca_file: str | None = text(N_("Sertifikat penerbit"), _FILE_WORDS, default=None, max_length=300)
    client_cert: str | None = text(N_("Sertifikat klien"), _FILE_WORDS, default=None, max_length=300)
    client_key: str | None = text(N_("Kunci sertifikat"), _FILE_WORDS, default=None, max_length=300)


def load(center: Center) -> Endpoint | None:
    """Return where records go as the files stand now; None: they are dropped as files. Raises BadDkisp."""
    folder = center.settings.data_dir
    now = stamp(folder / FILE)
    if now is None:
        return None
    endpoint = _read(folder, now)
    stamps = []
    for name in ("ca_file", "client_cert", "client_key"):
        path: Path | None = getattr(endpoint, name)
        if path is None:
            continue
        found = stamp(path)
        if found is None or not path.is_file():
            problem = Need(N_("berkasnya tidak ada"))
            raise BadDkisp(file=FILE, key=name, problem=problem, allowed=Need(_FILE_WORDS))
        stamps.append(found)
    return replace(endpoint, stamps=tuple(stamps))


@lru_cache(maxsize=8)
def _read(folder: Path, _stamp: Stamp) -> Endpoint:
    """Return the settings; a fault is raised and not kept."""
    told = checked(folder, FILE, Dkisp, BadDkisp, _SECRETS, _faults)
    return Endpoint(
        told.url,
        told.key_id,
        told.key.encode() if told.key else None,
        _path(folder, told.ca_file),
        _path(folder, told.client_cert),
        _path(folder, told.client_key),
    )


def _path(folder: Path, name: str | None) -> Path | None:
    return None if name is None else folder / name


def _faults(told: Dkisp) -> Iterator[Fault]:
    pairs = (("key_id", "key"), ("client_cert", "client_key"))
    for first, second in pairs:
        if (getattr(told, first) is None) != (getattr(told, second) is None):
            yield Fault(
                (first,),
                Need(N_("hanya salah satu dari {first} dan {second} yang diisi"), first=first, second=second),
                Need(N_("isi keduanya, atau kosongkan keduanya")),
            )
    if told.client_cert is not None and told.url.startswith("http:"):
        yield Fault(("url",), Need(N_("sertifikat klien perlu https://")), Need(N_("alamat https://")))
