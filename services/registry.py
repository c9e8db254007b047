"""Units, stations and the response plan as the command center has edited them.

The city pack seeds the registry once; afterwards the database is the truth, and every change is an
event with before and after. Rows are validated exactly as the pack's files are.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from citypack import CityPack, References
from citypack.rows import (
    incident_type_from_row,
    incident_type_to_row,
    station_from_row,
    station_to_row,
    unit_from_row,
    unit_to_row,
)
from database import cases
from database import registry as store
from database import units as unit_store
from database.connection import Database, Reader, Writer
from domain.case import Actor
from domain.errors import BadInput, Need, NotFound, SigapError
from domain.permissions import Action, require
from domain.response_plan import IncidentType, ResponsePlan
from domain.units import Station, Unit, UnitState
from domain.words import N_, UnitStatus
from geo.points import LonLat, geodesic_m
from services.live import Marker

if TYPE_CHECKING:
    from services.center import Center

Kind = Literal["unit", "station", "incident_type"]
CODE_FIELD: dict[Kind, str] = {"unit": "unit_code", "station": "code", "incident_type": "code"}


class StaleEntry(SigapError):
    """Somebody else changed the registry entry meanwhile."""

    template = N_("Data {code} sudah diubah orang lain. Muat ulang lalu ulangi; isian Anda belum disimpan.")


class RegistryBroken(SigapError):
    """The registry in the database does not fit the city pack."""

    template = N_(
        "Registri dalam basis data tidak cocok dengan paket kota: {reason} Kembalikan isi paket kota yang "
        "dihapus atau diubah, lalu mulai lagi. Basis data tidak diubah."
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the registry as screens show it."""

    code: str
    version: int
    retired_at: datetime | None
    row: Mapping[str, Any]


def seed(db: Database, pack: CityPack, now: datetime) -> None:
    """Fill an empty registry from the city pack."""
    if store.setting(db.read(), "seeded_from") is not None:
        return
    rows: list[tuple[Kind, str, dict[str, Any]]] = [
        *(("unit", code, unit_to_row(unit)) for code, unit in pack.units.items()),
        *(("station", code, station_to_row(station)) for code, station in pack.stations.items()),
        *(("incident_type", code, incident_type_to_row(kind)) for code, kind in pack.plan.types.items()),
    ]
    with db.write() as writer:
        for kind, code, row in rows:
            store.put(writer, store.Entry(kind, code, 1, None, row))
        for code, reason in pack.out_of_service.items():
            unit_store.set_readiness(writer, unit_store.Readiness(code, reason, None), now)
        store.put_setting(writer, "seeded_from", pack.digest)


def is_demo(db: Database) -> bool:
    """Return whether the database was filled with example cases."""
    return store.setting(db.read(), "demo") is not None


def mark_demo(db: Database, now: datetime) -> None:
    """Mark the database for good as one of examples."""
    with db.write() as writer:
        store.put_setting(writer, "demo", now.isoformat())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The registry in use, as domain objects; `all_types` has retired incident types too."""

    stations: dict[str, Station]
    units: dict[str, Unit]
    plan: ResponsePlan
    all_types: dict[str, IncidentType]


class SnapshotBox:
    """Keeps the snapshot between changes, so that a suggestion does not validate every row again.

    Exact, because one process owns the database: while somebody changes the registry everyone reads the
    store itself, so nobody sees a new event beside an old registry. No lock is held while reading, for
    the writer's lock may be held by the one who asks.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._changing = 0
        self._generation = 0

    def get(self, build: Callable[[], Snapshot]) -> Snapshot:
        """Return the snapshot, built anew during and after a change."""
        with self._lock:
            generation, snapshot = self._generation, self._snapshot
        if snapshot is not None:
            return snapshot
        snapshot = build()
        with self._lock:
            # One that was read before or during a change must not be kept after it.
            if not self._changing and generation == self._generation:
                self._snapshot = snapshot
        return snapshot

    @property
    def generation(self) -> int:
        """A number that grows with every change of the registry."""
        return self._generation

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Put around a change of the registry, its commit included."""
        with self._lock:
            self._changing += 1
            self._snapshot = None
        try:
            yield
        finally:
            with self._lock:
                self._changing -= 1
                self._generation += 1
                self._snapshot = None


def require_usable(center: "Center") -> None:
    """Raise RegistryBroken unless every entry fits the city pack, so that Sigap never starts half-loaded."""
    try:
        snapshot(center)
    except BadInput as error:
        raise RegistryBroken(reason=Need("{text}", text=error.sentence())) from error


def snapshot(center: "Center") -> Snapshot:
    """Return the registry in use."""
    return center.registry_box.get(lambda: _load(center.pack, center.db.read()))


def stations(center: "Center") -> dict[str, Station]:
    """Return the stations in use, by code."""
    return snapshot(center).stations


def units(center: "Center") -> dict[str, Unit]:
    """Return the units in use, by code."""
    return snapshot(center).units


def require_unit(center: "Center", unit_code: str) -> Unit:
    """Return a unit in use. Raises NotFound."""
    found = units(center).get(unit_code)
    if found is None:
        raise NotFound(N_("Unit"), unit_code)
    return found


def plan(center: "Center") -> ResponsePlan:
    """Return the response plan in use."""
    return snapshot(center).plan


def type_label(center: "Center", code: str) -> str:
    """Return the name of an incident type, retired ones included; its code where nothing is known of it."""
    found = snapshot(center).all_types.get(code)
    return code if found is None else found.label


def incident_type(center: "Center", code: str) -> IncidentType:
    """Return one incident type, a retired one included (old cases keep theirs). Raises BadInput."""
    found = snapshot(center).all_types.get(code)
    if found is None:
        raise BadInput(
            "incident_type",
            N_("Jenis Kejadian"),
            Need(N_("“{code}” tidak ada di rencana respons. Pilih dari daftar."), code=code),
        )
    return found


def entries(center: "Center", kind: Kind) -> list[Entry]:
    """Return every entry of a kind, retired ones included, by code."""
    return [Entry(e.code, e.version, e.retired_at, e.row) for e in store.entries(center.db.read(), kind)]


def put(
    center: "Center", now: datetime, actor: Actor, kind: Kind, row: Mapping[str, Any], version: int | None
) -> Entry:
    """Add (`version` None) or change an entry. Raises BadInput naming the field, StaleEntry."""
    require(actor, Action.EDIT_REGISTRY)
    with center.registry_box.changing(), center.db.write() as writer:
        checked = _checked(center, kind, row)
        code = str(checked[CODE_FIELD[kind]])
        old = store.entry(writer, kind, code)
        if version is None and old is not None:
            raise BadInput(
                CODE_FIELD[kind], N_("Kode"), Need(N_("“{code}” sudah dipakai. Pilih kode lain."), code=code)
            )
        if version is not None and (old is None or old.version != version):
            raise StaleEntry(code=code)
        new = store.Entry(kind, code, (old.version if old else 0) + 1, None, checked)
        _store(writer, actor, now, "put", old, new)
    return Entry(new.code, new.version, None, checked)


def retire(center: "Center", now: datetime, actor: Actor, kind: Kind, code: str, version: int) -> None:
    """Take an entry out of use; it stays for old cases. Raises NotFound, StaleEntry, BadInput."""
    require(actor, Action.EDIT_REGISTRY)
    with center.registry_box.changing(), center.db.write() as writer:
        old = store.entry(writer, kind, code)
        if old is None:
            raise NotFound(N_("Data registri"), code)
        if old.version != version:
            raise StaleEntry(code=code)
        if kind == "unit" and code in unit_store.holds(writer):
            raise BadInput(
                "unit_code", N_("Kode Unit"), Need(N_("{code} sedang bertugas. Tunggu selesai."), code=code)
            )
        if kind == "station":
            users = [
                e.code for e in store.entries(writer, "unit") if not e.retired_at and e.row["station"] == code
            ]
            if users:
                raise BadInput(
                    "code",
                    N_("Kode"),
                    Need(N_("{code} masih dipakai unit {units}. Pindahkan dahulu."), code=code, units=users),
                )
        _store(writer, actor, now, "retire", old, replace(old, version=old.version + 1, retired_at=now))


def unit_states(
    center: "Center",
    now: datetime,
    case_id: str | None = None,
    *,
    markers: Mapping[str, Marker] | None = None,
) -> tuple[UnitState, ...]:
    """Return every unit in use with what it does now, by code.

    markers: where units are, for whoever has asked already.

    A hold by `case_id` itself is shown with that status too; a proposal that ran out no longer holds.
    A unit without a position is taken to be at its station (fix_age_s None); so is a free one that fell
    silent there.
    """
    holds = center.db.kept("unit_holds", unit_store.holds)
    out = center.db.kept("unit_readiness", unit_store.readiness)
    places = stations(center)
    markers = center.live.markers(now) if markers is None else markers
    states = []
    for code, unit in sorted(units(center).items()):
        hold, ready = holds.get(code), out.get(code)
        station = places[unit.station]
        status, held_by, held_case, reason = UnitStatus.AVAILABLE, None, None, None
        since_s = None
        if hold is not None and not hold.is_over(now):
            status, held_by, held_case = UnitStatus(hold.status), hold.held_by, hold.case_id
            if status in (UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE):
                since_s = max(0, int((now - hold.held_at).total_seconds()))
        elif ready is not None and ready.out_of_service_reason:
            status, reason = UnitStatus.OUT_OF_SERVICE, ready.out_of_service_reason
        elif ready is not None and ready.returning_since is not None:
            status = UnitStatus.RETURNING
        position, age_s = _position(center, station, status, markers.get(code), now)
        states.append(UnitState(unit, status, position, age_s, held_case, held_by, reason, since_s))
    return tuple(states)


def _position(
    center: "Center", station: Station, status: UnitStatus, marker: Marker | None, now: datetime
) -> tuple[LonLat, int | None]:
    """Return where a unit is, and how old that is; None where it is only taken to be at its station.

    A tracker that was switched off at the station must not make its unit look lost.
    """
    if marker is None:
        return station.position, None
    city, age_s = center.pack.city, marker.fix.age_s(now)
    is_idle = status in (UnitStatus.AVAILABLE, UnitStatus.OUT_OF_SERVICE, UnitStatus.PROPOSED)
    silent = is_idle and age_s > city.position_max_age_s
    if silent and geodesic_m(marker.fix.position, station.position) <= city.left_m:
        return station.position, None
    return marker.fix.position, age_s


def set_service(center: "Center", now: datetime, actor: Actor, unit_code: str, reason: str | None) -> None:
    """Take a unit out of service with a reason, or (None) make it available again.

    Raises BadInput for an empty reason or a unit at work, NotFound for an unknown unit.
    """
    require(actor, Action.SET_UNIT_SERVICE)
    if reason is not None and not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa unit tidak siap.")))
    if unit_code not in units(center):
        raise NotFound(N_("Unit"), unit_code)
    with center.db.write() as writer:
        hold = unit_store.holds(writer).get(unit_code)
        if hold is not None and not hold.is_over(now):
            raise BadInput(
                "unit_code",
                N_("Kode Unit"),
                Need(N_("{code} sedang bertugas. Tunggu selesai."), code=unit_code),
            )
        old = unit_store.readiness(writer).get(unit_code)
        before = {"out_of_service_reason": old.out_of_service_reason if old else None}
        new = unit_store.Readiness(unit_code, reason.strip() if reason else None, None)
        unit_store.set_readiness(writer, new, now)
        after = {"out_of_service_reason": new.out_of_service_reason}
        cases.append_event(
            writer,
            actor,
            "unit",
            unit_code,
            Action.SET_UNIT_SERVICE.value,
            before,
            after,
            occurred_at=now,
            entered_at=now,
        )
    if old is not None and old.returning_since is not None and reason is None:
        # It is back at its station: where it was seen last on the way no longer counts.
        center.live.forget_unit(unit_code)


def references(center: "Center") -> References:
    """Return what a row may refer to: the pack's agencies and capabilities, the registry's stations."""
    return replace(center.pack.references, stations=stations(center))


def _load(pack: CityPack, reader: Reader) -> Snapshot:
    refs = pack.references
    places = {
        e.code: station_from_row(e.row, refs) for e in store.entries(reader, "station") if not e.retired_at
    }
    refs = replace(refs, stations=places)
    types = store.entries(reader, "incident_type")
    all_types = {e.code: incident_type_from_row(e.row, refs) for e in types}
    return Snapshot(
        stations=places,
        units={e.code: unit_from_row(e.row, refs) for e in store.entries(reader, "unit") if not e.retired_at},
        plan=ResponsePlan({e.code: all_types[e.code] for e in types if not e.retired_at}),
        all_types=all_types,
    )


def _checked(center: "Center", kind: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
    refs = references(center)
    if kind == "unit":
        return unit_to_row(unit_from_row(row, refs))
    if kind == "station":
        return station_to_row(station_from_row(row, refs))
    return incident_type_to_row(incident_type_from_row(row, refs))


def _store(
    writer: Writer, actor: Actor, now: datetime, verb: str, old: store.Entry | None, new: store.Entry
) -> None:
    store.put(writer, new)
    before = {"row": old.row, "retired_at": old.retired_at and old.retired_at.isoformat()} if old else {}
    after = {"row": new.row, "retired_at": new.retired_at and new.retired_at.isoformat()}
    cases.append_event(
        writer,
        actor,
        new.kind,
        new.code,
        f"{Action.EDIT_REGISTRY.value}.{verb}",
        before,
        after,
        occurred_at=now,
        entered_at=now,
    )
