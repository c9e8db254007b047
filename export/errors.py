"""What can go wrong between a case and its bytes.

SigapError
├── BadRecord       a record does not fit the published schema
├── DropConflict    another content was already written for the same revision
└── DropFailed      the outbox cannot be written
"""

from domain.errors import SigapError
from domain.words import N_


class BadRecord(SigapError):
    """A record does not fit `tcc.case.v1`; `path` and `rule` say where and which rule, never the value."""

    template = N_(
        "Rekaman {record_id} tidak sesuai skema tcc.case.v1: {path} melanggar “{rule}”. "
        "Data tidak dikirim; laporkan kepada pengelola Sigap."
    )


class DropConflict(SigapError):
    """The revision was already written with another content; DKISP may have read it."""

    template = N_(
        "Berkas {path} sudah ada dengan isi lain; satu revisi hanya boleh punya satu isi. "
        "Tanyakan kepada DKISP apakah berkas itu sudah dibaca; bila belum, pindahkan lalu ulangi."
    )


class DropFailed(SigapError):
    """The outbox cannot be written."""

    template = N_(
        "Berkas data {path} tidak dapat ditulis: {reason}. Kasus belum dianggap terkirim. "
        "Periksa izin dan ruang kosong folder itu, lalu ulangi."
    )
