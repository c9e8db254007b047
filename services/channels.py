"""`channels.toml` in Sigap's data folder: by which ways each agency is told, in order, and their addresses.

Read again whenever the file changes. A missing file means: screen and telephone only. So does a bad one,
and then the dispatcher reads why. A demonstration has a data folder, hence channels, of its own: an example
never goes to a real agency.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from citypack.models import Row, text
from citypack.problems import Fault, one_of, shown
from domain.errors import Need, SigapError
from domain.notices import Way
from domain.words import N_
from services.center import Center
from services.settings_file import Stamp, checked, stamp

FILE = "channels.toml"
_URL = r"^https?://[^\s/@?#]+(?:[/?][^\s#]*)?$"
_URL_WORDS = N_("alamat http:// atau https:// tanpa nama pengguna di dalamnya")
_ADDRESS = r"^[^\s@,;<>]+@[^\s@,;<>]+$"
_ADDRESS_WORDS = N_("alamat pos-el, mis. piket@contoh.go.id")
_SECRETS = re.compile(r"\b(secret|password|token)\b")
_NEEDS: dict[str, str] = {"webhook": "url", "email": "to", "telegram": "chat_id"}


class BadChannels(SigapError):
    """`channels.toml` cannot be used; key, line and remedy, and never a secret."""

    template = N_(
        "Pengaturan saluran {file} tidak dipakai, {key}: {problem}. Yang diperbolehkan: {allowed}. Sampai "
        "diperbaiki, instansi hanya dihubungi lewat layar dan telepon; Sigap membaca berkas itu lagi sendiri."
    )


class Public(Row):
    """`[sigap]`: at which address agencies reach Sigap; without it, messages carry no answer link."""

    public_url: str | None = text(N_("Alamat Sigap"), _URL_WORDS, default=None, pattern=_URL, max_length=300)


class Smtp(Row):
    """`[smtp]`: the mail server."""

    host: str = text(N_("Server"), N_("nama atau alamat server"), pattern=r"^[\w.:-]+$", max_length=255)
    port: int = text(N_("Porta"), N_("1 sampai 65535"), default=587, ge=1, le=65_535)
    starttls: bool = text(N_("STARTTLS"), N_("true atau false"), default=True)
    user: str | None = text(N_("Pengguna"), N_("teks"), default=None, min_length=1, max_length=300)
    password: str | None = text(N_("Kata sandi"), N_("teks"), default=None, min_length=1, max_length=300)
    sender: str = text(N_("Pengirim"), _ADDRESS_WORDS, pattern=_ADDRESS, max_length=254)


class Telegram(Row):
    """`[telegram]`: the bot."""

    api: str = text(
        N_("Alamat API"), _URL_WORDS, default="https://api.telegram.org", pattern=_URL, max_length=300
    )
    token: str = text(
        N_("Token bot"), N_("token dari BotFather"), pattern=r"^[A-Za-z0-9:_-]+$", max_length=100
    )


class Channel(Row):
    """One of `[[channels]]`: a way to an agency; an agency's ways are tried in the order of the file."""

    agency: str = text(N_("Instansi"), N_("kode instansi dari agencies.toml"))
    kind: Literal["screen", "webhook", "email", "telegram"] = text(
        N_("Saluran"), N_("screen, webhook, email, atau telegram")
    )
    url: str | None = text(N_("Alamat"), _URL_WORDS, default=None, pattern=_URL, max_length=1000)
    secret: str | None = text(
        N_("Rahasia tanda tangan"),
        N_("teks, sekurangnya 16 huruf"),
        default=None,
        min_length=16,
        max_length=300,
    )
    to: list[str] | None = text(
        N_("Penerima"), N_("1 sampai 20 alamat pos-el"), default=None, min_length=1, max_length=20
    )
    chat_id: str | None = text(
        N_("Nomor obrolan"),
        N_("angka dalam tanda kutip, atau @nama kanal"),
        default=None,
        pattern=r"^(-?\d{1,20}|@\w{1,64})$",
    )

    @property
    def way(self) -> Way:
        """The channel as the outbox calls it."""
        return Way(self.kind)


class ChannelsFile(Row):
    """The whole file."""

    sigap: Public = text(N_("Sigap"), N_("tabel [sigap]"), default=Public())
    smtp: Smtp | None = text(N_("Server pos-el"), N_("tabel [smtp]"), default=None)
    telegram: Telegram | None = text(N_("Bot Telegram"), N_("tabel [telegram]"), default=None)
    channels: list[Channel] = text(N_("Saluran"), N_("tabel [[channels]]"), default=[], max_length=500)


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels in use; `problem` says why the file is not."""

    public_url: str | None = None
    smtp: Smtp | None = field(default=None, repr=False)
    telegram: Telegram | None = field(default=None, repr=False)
    by_agency: dict[str, tuple[Channel, ...]] = field(default_factory=dict, repr=False)
    problem: BadChannels | None = None

    def of(self, agency: str) -> tuple[Channel, ...]:
        """Return an agency's channels in the order in which they are tried."""
        return self.by_agency.get(agency, ())


def load(center: Center) -> Channels:
    """Return the channels as the file stands now."""
    folder = center.settings.data_dir
    now = stamp(folder / FILE)
    return Channels() if now is None else _read(folder, now, tuple(center.pack.agencies))


@lru_cache(maxsize=8)
def _read(folder: Path, _stamp: Stamp, agencies: tuple[str, ...]) -> Channels:
    try:
        told = checked(
            folder, FILE, ChannelsFile, BadChannels, _SECRETS, lambda file: _faults(file, agencies)
        )
    except BadChannels as bad:
        return Channels(problem=bad)
    by_agency: dict[str, tuple[Channel, ...]] = {}
    for channel in told.channels:
        by_agency[channel.agency] = (*by_agency.get(channel.agency, ()), channel)
    return Channels(told.sigap.public_url, told.smtp, told.telegram, by_agency)


def _faults(file: ChannelsFile, agencies: tuple[str, ...]) -> Iterator[Fault]:
    smtp = file.smtp
    if smtp is not None and (smtp.user is None) != (smtp.password is None):
        yield Fault(
            ("smtp", "user"),
            Need(N_("hanya salah satu dari user dan password yang diisi")),
            Need(N_("isi keduanya, atau kosongkan keduanya")),
        )
    if smtp is not None and smtp.password is not None and not smtp.starttls:
        yield Fault(
            ("smtp", "starttls"),
            Need(N_("kata sandi akan terkirim tanpa enkripsi")),
            Need(N_("starttls = true bila user dan password diisi")),
        )
    for place, channel in enumerate(file.channels):
        yield from _channel_faults(file, channel, place, agencies)


def _channel_faults(
    file: ChannelsFile, channel: Channel, place: int, agencies: tuple[str, ...]
) -> Iterator[Fault]:
    path = ("channels", place)
    if channel.agency not in agencies:
        problem = Need(N_("{value} tidak dikenal"), value=shown(channel.agency))
        yield Fault((*path, "agency"), problem, one_of(agencies))
    needed = _NEEDS.get(channel.kind)
    if needed is not None and getattr(channel, needed) is None:
        allowed = Need(N_("{key} wajib untuk saluran {kind}"), key=needed, kind=channel.kind)
        yield Fault((*path, needed), Need(N_("belum diisi")), allowed)
    for address in channel.to or ():
        if re.fullmatch(_ADDRESS, address) is None:
            problem = Need(N_("{value} tidak sesuai bentuknya"), value=shown(address))
            yield Fault((*path, "to"), problem, Need(_ADDRESS_WORDS))
    for kind, table in (("email", file.smtp), ("telegram", file.telegram)):
        if channel.kind == kind and table is None:
            name = "smtp" if kind == "email" else kind
            yield Fault(
                (*path, "kind"),
                Need(N_("tabel [{name}] belum ada"), name=name),
                Need(N_("isi tabel [{name}] lebih dahulu"), name=name),
            )
