"""What the receiver refuses, and with which HTTP status.

SigapError
├── BadKeys            the file of keys cannot be used: the receiver does not start
├── StoreFailed        the receiver's own file cannot be opened or written (503)
└── Refused            a message that is not taken
    ├── NoDigest       no `Content-Digest` with SHA-256 (400)
    ├── BadDigest      the body is not the one that was digested (400)
    ├── BadGzip        not whole gzip (400)
    ├── NotJson        not JSON in UTF-8 (400)
    ├── BadKey         `Idempotency-Key` is missing or belongs to another message (400)
    ├── BadDay         no calendar day (400)
    ├── TooSlow        the body did not come in time (408)
    ├── TooLarge       longer than allowed, packed or unpacked (413)
    ├── WrongType      not `application/json` (415)
    └── WrongCoding    packed otherwise than by gzip (415)
"""

from domain.errors import SigapError
from domain.words import N_


class BadKeys(SigapError):
    """The file of keys cannot be used; never says a secret."""

    template = N_(
        "Berkas kunci {path} tidak dapat dipakai: {reason}. Isinya TOML, satu baris satu pengirim: "
        'nama = "rahasia", sekurangnya {least} huruf. Penerima tidak dijalankan.'
    )


class StoreFailed(SigapError):
    """The receiver's file cannot be opened or written; nothing of this attempt is stored."""

    template = N_(
        "Berkas penerima {path} tidak dapat dibuka atau ditulis: {reason}. Yang belum berbukti terima tidak "
        "tersimpan. Periksa ruang kosong, izin, dan apakah penerima lain memakai folder yang sama."
    )


class Refused(SigapError):
    """A message that is not taken; `status` is what HTTP says of it, `headers` what it says beside."""

    status = 400
    headers: tuple[tuple[str, str], ...] = ()


class NoDigest(Refused):
    """There is no digest to check the body by."""

    template = N_("Content-Digest dengan sha-256 tidak ada. Kirim lagi bersama sidik jari isinya.")


class BadDigest(Refused):
    """The body is not the one that was digested."""

    template = N_("Isi yang sampai tidak cocok dengan Content-Digest. Kirim lagi seluruhnya.")


class BadGzip(Refused):
    """The body is no whole gzip stream, or something follows it."""

    template = N_("Isi bukan gzip yang utuh. Kirim lagi seluruhnya.")


class NotJson(Refused):
    """The body is not JSON that every program reads alike."""

    template = N_("Isi bukan JSON dalam UTF-8, atau sebuah nama ditulis dua kali. Perbaiki lalu kirim lagi.")


class BadKey(Refused):
    """The message's key does not name this record, revision and content."""

    template = N_(
        "Idempotency-Key tidak ada atau bukan milik isi ini. Bentuknya: "
        "record_id/revision/SHA-256 rekaman sebelum gzip."
    )


class BadDay(Refused):
    """No calendar day."""

    template = N_("Tanggal tidak ada. Bentuknya: TTTT-BB-HH.")


class TooSlow(Refused):
    """The body did not come in time."""

    status = 408
    headers = (("Connection", "close"),)
    template = N_("Isi tidak sampai dalam {seconds} detik. Kirim lagi.")


class TooLarge(Refused):
    """Longer than allowed, as it was sent or unpacked."""

    status = 413
    headers = (("Connection", "close"),)
    template = N_("Isi lebih besar daripada {limit_mb} MB, sebelum atau sesudah gzip dibuka.")


class WrongType(Refused):
    """Not JSON by its own word."""

    status = 415
    headers = (("Accept", "application/json"),)
    template = N_("Content-Type harus application/json.")


class WrongCoding(Refused):
    """Packed in a way that is not read here."""

    status = 415
    headers = (("Accept-Encoding", "gzip"),)
    template = N_("Content-Encoding hanya boleh gzip, atau tidak ada.")
