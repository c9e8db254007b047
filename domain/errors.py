"""What can be refused, and why: one class a reason, one sentence each.

    SigapError
    ├── NotPermitted          the role may not do this
    ├── IllegalMove           the case's state does not allow it
    ├── MissingForStep        an SOP step lacks something; names each thing
    ├── TimeRunsBackwards     a time lies before what it must follow
    ├── TimeInFuture          a time lies after now
    ├── StaleCase             somebody else changed the case meanwhile
    ├── UnitHeld              another case holds the unit
    ├── UnitNotReady          the unit is out of service or unknown
    ├── NotFound              no such case, unit, station …
    ├── BadInput              a field holds something that cannot be used
    ├── BadCityPack           a data file is wrong; file, key, what, what is allowed
    └── StoreUnavailable      the database cannot be opened
        └── StoreNotWritten   the database is open and cannot take a change

A template is an Indonesian sentence (a gettext msgid): what, why, what to do. Parameters that are
themselves words (`Label` members or `Need`s) are translated too before they are filled in.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from domain.words import N_, Label

Translate = Callable[[str], str]
ShowTime = Callable[[datetime], str]


def utc_text(at: datetime) -> str:
    """Return a time as UTC, for logs and tests; screens show the city's own time."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


class Need:
    """One thing that is missing, as a marked sentence with parameters."""

    def __init__(self, template: str, **params: Any) -> None:
        """Keep `template` (marked with N_) and the `params` that fill it."""
        self.template = template
        self.params = params

    def sentence(self, translate: Translate = str, show: ShowTime = utc_text) -> str:
        """Return the filled sentence in the language of `translate`, times as `show` gives them."""
        return translate(self.template).format(**_filled(self.params, translate, show))

    def __str__(self) -> str:
        """Return the Indonesian sentence."""
        return self.sentence()

    def __repr__(self) -> str:
        """Return a form for test output."""
        return f"Need({self.sentence()!r})"

    def __eq__(self, other: object) -> bool:
        """Two needs are the same when their sentences are."""
        return isinstance(other, Need) and self.sentence() == other.sentence()

    def __hash__(self) -> int:
        """Hash by the sentence, in step with equality."""
        return hash(self.sentence())


class SigapError(Exception):
    """Any refusal that a person is meant to read."""

    template = N_("Permintaan ditolak.")

    def __init__(self, **params: Any) -> None:
        """Keep the `params` that fill the template."""
        self.params = params
        super().__init__(self.sentence())

    def sentence(self, translate: Translate = str, show: ShowTime = utc_text) -> str:
        """Return what, why and what to do, in the language of `translate`, times as `show` gives them."""
        return translate(self.template).format(**_filled(self.params, translate, show))


class NotPermitted(SigapError):
    """The acting role lacks the permission."""

    template = N_(
        "{role} tidak berwenang untuk “{action}”. Yang berwenang: {allowed}. Minta petugas itu melakukannya."
    )


class IllegalMove(SigapError):
    """The case's status does not allow the move."""

    template = N_("“{action}” tidak dapat dilakukan: kasus berstatus {status}. {hint}")


class MissingForStep(SigapError):
    """An SOP step's guard is not met; `missing` names each thing."""

    template = N_("Langkah {step} belum dapat diselesaikan. Yang masih kurang: {missing}")

    def __init__(self, step: int, missing: tuple[Need, ...]) -> None:
        """Keep the step number and every unmet need."""
        self.missing = missing
        super().__init__(step=step, missing=missing)


class TimeRunsBackwards(SigapError):
    """A time lies before the one it must follow."""

    template = N_("Waktu {what} ({at}) lebih awal daripada {before} ({limit}). Periksa jamnya.")


class TimeInFuture(SigapError):
    """A time lies after the present."""

    template = N_("Waktu {what} ({at}) belum terjadi; sekarang {now}. Periksa jamnya.")


class StaleCase(SigapError):
    """The case was changed by somebody else since it was loaded."""

    template = N_(
        "Kasus {call_no} sudah diubah oleh {actor} pukul {at}. "
        "Muat ulang lalu ulangi; isian Anda belum disimpan."
    )


class UnitHeld(SigapError):
    """Another case (or another officer's proposal) holds the unit."""

    template = N_(
        "Unit {unit_code} sedang dipegang {holder} untuk kasus {call_no} sejak {at}. Pilih unit lain."
    )


class UnitNotReady(SigapError):
    """The unit is out of service or unknown to the registry."""

    template = N_("Unit {unit_code} tidak dapat dipakai: {reason}. Pilih unit lain atau perbarui Registri.")


class NotFound(SigapError):
    """No such thing."""

    template = N_("{what} “{key}” tidak ditemukan. Periksa nomornya atau muat ulang daftar.")

    def __init__(self, what: str, key: str) -> None:
        """Keep the marked name of the kind of thing, and the key that was asked for."""
        super().__init__(what=Need(what), key=key)


class BadInput(SigapError):
    """A field holds something that cannot be used; `field` is its identifier."""

    template = N_("{label}: {reason}")

    def __init__(self, field: str, label: str, reason: Need) -> None:
        """Keep the field's identifier, its marked label and the reason."""
        self.field = field
        self.reason = reason
        super().__init__(label=Need(label), reason=reason)


class BadCityPack(SigapError):
    """A file of the city pack is wrong."""

    template = N_("Paket kota rusak: {file}, {key}: {problem}. Yang diperbolehkan: {allowed}")


class StoreUnavailable(SigapError):
    """The database file cannot be opened or written."""

    template = N_("Basis data {path} tidak dapat dibuka: {reason}. {todo}")


class StoreNotWritten(StoreUnavailable):
    """The database is open and cannot take a change; nothing of it is stored."""

    template = N_("Belum tersimpan: basis data {path} tidak dapat ditulis: {reason}. {todo}")


def _filled(params: dict[str, Any], translate: Translate, show: ShowTime) -> dict[str, Any]:
    return {key: _word(value, translate, show) for key, value in params.items()}


def _word(value: Any, translate: Translate, show: ShowTime) -> Any:
    """Turn a parameter into words; plain strings (names, codes) stay as they are."""
    if isinstance(value, Label):
        return translate(value.label)
    if isinstance(value, Need):
        return value.sentence(translate, show)
    if isinstance(value, datetime):
        return show(value)
    if isinstance(value, tuple | list):
        return "; ".join(str(_word(item, translate, show)) for item in value)
    return value
