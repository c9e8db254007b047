"""The UU PDP page: what is held now of each kind and how long, and what can be said at once of a breach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from database import access_log as store
from domain.access_log import Seen
from domain.case import Actor
from domain.permissions import Action, require
from domain.personal_data import HOLDINGS, NOTICE_HOURS, Holding
from services import access_log
from services.access_log import Wanted
from services.center import Center

__all__ = ["Held", "Reached", "breach_notice", "held", "reached"]

_LOOKED_THROUGH = 5_000


@dataclass(frozen=True, slots=True)
class Held:
    """A kind with how many there are (None: not counted) and for how many days (None: no end)."""

    line: Holding
    count: int | None
    days: int | None
    prank_days: int | None


@dataclass(frozen=True, slots=True)
class Reached:
    """What an account or token saw in a time: of how many cases at most, the newest numbers, kinds."""

    person: str
    since: datetime
    until: datetime
    cases: int
    call_nos: tuple[str, ...]
    seen: tuple[Seen, ...]


def held(center: Center, actor: Actor) -> list[Held]:
    """Return every kind of personal data that is held. Raises NotPermitted."""
    require(actor, Action.OPEN_ACCESS)
    counts = store.counts(center.db.read(), [one.counted for one in HOLDINGS if one.counted])
    city = center.pack.city

    def days(name: str) -> int | None:
        return int(getattr(city, name)) if name else None

    return [
        Held(one, counts.get(one.counted), days(one.kept.days), days(one.kept.prank_days)) for one in HOLDINGS
    ]


def reached(center: Center, actor: Actor, person: str, since: datetime, until: datetime) -> Reached:
    """Return what an account or token (or a name without one) saw in a time. Raises NotPermitted."""
    number, call_nos = access_log.reached(center, actor, person, since, until)
    wanted = Wanted(since, until, person)
    looks = access_log.listed(center, actor, wanted, _LOOKED_THROUGH)
    seen = {one.look.seen for one in looks if one.look.person == person}
    kinds = tuple(kind for kind in Seen if kind in seen)
    return Reached(person, since, until, number, tuple(call_nos), kinds)


def breach_notice(center: Center, known_at: datetime, found: Sequence[Reached] = ()) -> str:
    """Return the notice of a breach to fill in: what is known already stands in it (Pasal 46 [M])."""
    zone = center.pack.city.timezone

    def time(at: datetime) -> str:
        return f"{at.astimezone(zone):%d-%m-%Y %H:%M %Z}"

    kinds = sorted({kind.label for one in found for kind in one.seen})
    cases, until = sum(one.cases for one in found), known_at + timedelta(hours=NOTICE_HOURS)
    lines = [
        "PEMBERITAHUAN KEGAGALAN PELINDUNGAN DATA PRIBADI (UU 27/2022 Pasal 46 [M])",
        "",
        f"Diketahui: {time(known_at)}. Batas pemberitahuan: {time(until)}.",
        f"Data yang terungkap: {', '.join(kinds) or '…'}.",
        f"Perkiraan paling banyak: data dari {cases} kasus." if found else "Perkiraan jumlah orang: ….",
        *(f"- melalui akun {one.person}, {time(one.since)} sampai {time(one.until)}" for one in found),
        "Kapan dan bagaimana terungkap: ….",
        "Upaya penanganan dan pemulihan yang sudah dan akan dilakukan: ….",
        "Yang dapat dilakukan pemilik data: ….",
        "Narahubung (pejabat pelindungan data): ….",
    ]
    return "\n".join(lines)
