"""What an API token may do, and what each address of the API asks of whoever comes: one table.

Pure. An address that is not in the table is refused to whoever brings no credentials; nothing answers there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.case import Actor
from domain.errors import BadInput, Need, SigapError
from domain.permissions import Action, may
from domain.words import N_, Label, Role


class Scope(Label):
    """One thing that a token may do."""

    CALLS_WRITE = "calls:write", N_("mengirim laporan")
    CASES_READ = "cases:read", N_("membaca kasus, tanpa data pribadi")
    RECORDS_READ = "records:read", N_("membaca rekaman kasus (ringkas)")
    RECORDS_FULL = "records:full", N_("membaca rekaman kasus (lengkap)")
    UNITS_READ = "units:read", N_("membaca unit dan jejaknya")
    ROUTES_READ = "routes:read", N_("membaca usulan unit, rute, matriks, jangkauan, zona")
    POSITIONS_WRITE = "positions:write", N_("mengirim posisi unit")
    LIVE_READ = "live:read", N_("membaca peta langsung")
    METRICS_READ = "metrics:read", N_("membaca metrik server")
    TRAIL_READ = "trail:read", N_("membaca jejak audit")


ROLES: dict[Scope, Role] = {
    Scope.CALLS_WRITE: Role.CALL_TAKER,
    Scope.CASES_READ: Role.AUDITOR,
    Scope.RECORDS_READ: Role.AUDITOR,
    Scope.RECORDS_FULL: Role.AUDITOR,
    Scope.UNITS_READ: Role.AUDITOR,
    Scope.ROUTES_READ: Role.AUDITOR,
    Scope.POSITIONS_WRITE: Role.FIELD_OFFICER,
    Scope.LIVE_READ: Role.AUDITOR,
    Scope.METRICS_READ: Role.AUDITOR,
    Scope.TRAIL_READ: Role.AUDITOR,
}
"""As whom a token acts when it uses a scope: reading, as the role that changes nothing."""

ACTIONS: dict[Scope, frozenset[Action]] = {
    Scope.CALLS_WRITE: frozenset({Action.TAKE_CALL}),
    Scope.TRAIL_READ: frozenset({Action.CHECK_TRAIL, Action.EXPORT_TRAIL}),
}
"""The permissions that the API uses under a scope; every other scope only reads and uses none."""

UNIT_SCOPES = frozenset({Scope.POSITIONS_WRITE, Scope.UNITS_READ})
"""What a token that is bound to one unit can hold: anything else speaks of other units too."""

LONGEST_LABEL = 60
LONGEST_DAYS = 365
USUAL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do until when; `unit_code`: only as and about that unit."""

    token_id: str
    label: str
    scopes: frozenset[Scope]
    unit_code: str | None
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Return whether it counts now."""
        return self.revoked_at is None and now < self.expires_at

    def actor(self, scope: Scope) -> Actor:
        """Return as whom it acts under a scope that it has. Raises LacksScope."""
        if scope not in self.scopes:
            raise LacksScope(scope)
        return Actor(self.label, ROLES[scope], account=f"token:{self.token_id}")

    def reads_unit(self, unit_code: str) -> bool:
        """Return whether it may read this unit."""
        return self.unit_code in (None, unit_code)


class LacksScope(SigapError):
    """A token does not have the scope that is needed."""

    template = N_(
        "Token ini tidak mempunyai cakupan {scope} ({what}). Minta admin membuat token dengan cakupan itu."
    )

    def __init__(self, scope: Scope) -> None:
        """Keep the scope that is needed."""
        self.scope = scope
        super().__init__(scope=scope.value, what=Need(scope.label))


class OtherUnit(SigapError):
    """A token that is bound to a unit asks about another one."""

    template = N_(
        "Token ini hanya untuk unit {own}, bukan {asked}. Minta admin membuat token untuk unit itu, atau "
        "yang tidak terikat unit."
    )


@dataclass(frozen=True, slots=True)
class Access:
    """What an address asks for; with nothing of it, nobody gets in.

    scope: of a token. by_query: a parameter's value that asks for more. actions: a signed-in person may read
    it whose role may do any of these. signed_in: any person. device: a device's own token opens it. key: the
    signed key of a screen. inside: the protocol of a phone app (`device`) or a signed link (`link`) brings
    the credentials, and the route itself answers 401 or 403. public: everybody.
    """

    scope: Scope | None = None
    by_query: tuple[tuple[str, str, Scope], ...] = ()
    actions: tuple[Action, ...] = ()
    signed_in: bool = False
    device: bool = False
    key: bool = False
    inside: Literal["", "device", "link"] = ""
    public: bool = False

    def scopes_for(self, query: Iterable[tuple[str, str]]) -> tuple[Scope, ...]:
        """Return every scope that a token needs for a request with these parameters."""
        base = () if self.scope is None else (self.scope,)
        given = set(query)
        return (*base, *(scope for name, value, scope in self.by_query if (name, value) in given))

    def lets_in(self, role: Role) -> bool:
        """Return whether a signed-in person in this role may read it."""
        return self.signed_in or any(may(role, action) for action in self.actions)


_CASES = (Action.OPEN_CASES,)
_RECORDS = (Action.OPEN_EXPORT, Action.OPEN_CASES)
_MAPS = (Action.OPEN_CASES, Action.OPEN_DISPATCH, Action.OPEN_REVIEW, Action.OPEN_REGISTRY)
_PUBLIC = Access(public=True)
_ROUTES = Access(Scope.ROUTES_READ, actions=_MAPS)
_PHONE = Access(inside="device")
_CREW = Access(device=True)
DOCUMENTS = Access(signed_in=True)
"""The description of the API: for whoever has any credentials at all, tokens and devices included."""

ACCESS: Mapping[tuple[str, str], Access] = {
    ("GET", "/v1/health"): _PUBLIC,
    ("GET", "/v1/ready"): _PUBLIC,
    ("GET", "/v1/schema/tcc.case.v1"): _PUBLIC,
    ("GET", "/v1/layers/coast.geojson"): _PUBLIC,
    ("GET", "/v1/layers/kelurahan.geojson"): _PUBLIC,
    ("GET", "/v1/layers/isochrones/{mode}.geojson"): Access(Scope.ROUTES_READ, actions=_MAPS, key=True),
    ("GET", "/v1/notices/{delivery_id}/ack"): Access(inside="link"),
    ("POST", "/v1/notices/{delivery_id}/ack"): Access(inside="link"),
    ("POST", "/v1/calls"): Access(Scope.CALLS_WRITE),
    ("GET", "/v1/cases"): Access(Scope.CASES_READ, actions=_CASES),
    ("GET", "/v1/cases/{case_id}"): Access(Scope.CASES_READ, actions=_CASES),
    ("GET", "/v1/cases/{case_id}/record"): Access(
        Scope.RECORDS_READ, by_query=(("profile", "full", Scope.RECORDS_FULL),), actions=_RECORDS
    ),
    ("GET", "/v1/zones"): _ROUTES,
    ("GET", "/v1/suggestions"): _ROUTES,
    ("GET", "/v1/routes"): _ROUTES,
    ("POST", "/v1/matrix"): Access(Scope.ROUTES_READ),
    ("GET", "/v1/isochrones"): _ROUTES,
    ("GET", "/v1/units"): Access(Scope.UNITS_READ, actions=_MAPS),
    ("GET", "/v1/tracks/{unit_code}"): Access(Scope.UNITS_READ, actions=_MAPS, key=True),
    ("GET", "/v1/live.geojson"): Access(Scope.LIVE_READ, actions=_MAPS, key=True),
    ("GET", "/cot"): Access(Scope.LIVE_READ),
    ("POST", "/v1/positions"): Access(Scope.POSITIONS_WRITE, device=True),
    ("POST", "/cot"): _PHONE,
    ("GET", "/osmand"): _PHONE,
    ("POST", "/osmand"): _PHONE,
    ("POST", "/owntracks"): _PHONE,
    ("GET", "/v1/crew/order"): _CREW,
    ("POST", "/v1/crew/actions"): _CREW,
    ("POST", "/v1/crew/photos"): _CREW,
    ("GET", "/openapi.json"): DOCUMENTS,
    ("GET", "/docs"): DOCUMENTS,
}
"""By method and address (below `/api`) what is asked for. A new address needs a line before it answers."""


def require_grant(
    label: str, scopes: Iterable[Scope], unit_code: str | None, days: int
) -> tuple[str, frozenset[Scope], timedelta]:
    """Return name, scopes and length of time of a new token. Raises BadInput naming the field."""
    name, wanted = label.strip(), frozenset(scopes)
    if not 1 <= len(name) <= LONGEST_LABEL or not name.isprintable():
        raise BadInput(
            "label",
            N_("Nama token"),
            Need(N_("harus 1 sampai {most} huruf, tanpa baris baru."), most=LONGEST_LABEL),
        )
    if not wanted:
        raise BadInput("scopes", N_("Cakupan"), Need(N_("pilih paling sedikit satu.")))
    if unit_code is not None and not wanted <= UNIT_SCOPES:
        raise BadInput(
            "scopes",
            N_("Cakupan"),
            Need(
                N_("token yang terikat unit hanya dapat: {allowed}. Buang yang lain, atau jangan ikat unit."),
                allowed=tuple(sorted(UNIT_SCOPES)),
            ),
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise BadInput("days", N_("Masa berlaku"), Need(N_("harus 1 sampai {most} hari."), most=LONGEST_DAYS))
    return name, wanted, timedelta(days=days)
