"""Personal data whose time is over: what would go (`plan`), its going (`run`), and holds by law.

`python -m services.retention` prints the plan and changes nothing; with `--run` it erases. DuckDB lets one
process at a file: stop Sigap first. The command also writes the file anew (`database.retention.rewrite`); a
`run` inside Sigap cannot, and leaves erased bytes in free blocks until the next time or a restart by command.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from database import cases
from database import retention as store
from database.connection import Writer
from domain.case import Actor, Private
from domain.errors import BadInput, Need, SigapError
from domain.permissions import Action, require
from domain.retention import ERASED, Due, Field, Hold, Mask, Periods, Plan
from domain.words import N_, Role
from export.redact import redact
from services.center import Center, Settings, close_center, open_center

__all__ = ["Done", "Due", "Field", "Hold", "Plan", "hold", "holds", "plan", "release", "run"]

MACHINE = Actor("Sigap", Role.ADMIN)
"""Under whose name the command stands in the trail: the program itself."""
BATCH = 20
"""So many cases share a transaction: more would hold up who writes beside them."""
_TEXT_LIMIT = 10_000
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: cases anonymised, those a hold keeps, call numbers of those that cannot be read."""

    anonymised: tuple[Due, ...]
    held: tuple[Due, ...]
    unreadable: tuple[str, ...]


def plan(center: Center, now: datetime) -> Plan:
    """Return what a run would erase now and what holds keep; changes nothing."""
    reader = center.db.read()
    found = store.due(reader, periods(center), now)
    free = tuple(one for one in found if one.hold is None)
    held = tuple(one for one in found if one.hold is not None)
    return Plan(now, free, held, store.kept_beside(reader, [one.case_id for one in free]))


def run(center: Center, now: datetime, actor: Actor) -> Done:
    """Anonymise every case whose time is over and that no hold keeps, a batch in a transaction.

    Each case gets an event that says which rule and which fields, never what stood there. A case that
    cannot be read is left as it is, and told. Raises NotPermitted.
    """
    require(actor, Action.RUN_RETENTION)
    waiting = iter(plan(center, now).due)
    anonymised: list[Due] = []
    unreadable: list[str] = []
    while batch := list(islice(waiting, BATCH)):
        try:
            anonymised += _erase(center, now, actor, batch)
        except ValueError:
            # One of them cannot be read: each by itself, so that it holds up no other.
            for one in batch:
                try:
                    anonymised += _erase(center, now, actor, [one])
                except ValueError:
                    unreadable.append(one.call_no)
    held = tuple(one for one in store.due(center.db.read(), periods(center), now) if one.hold is not None)
    return Done(tuple(anonymised), held, tuple(unreadable))


def hold(center: Center, now: datetime, actor: Actor, case_id: str, reason: str) -> None:
    """Keep a case's personal data until the hold is released, those of reports merged into it too.

    Raises NotPermitted, NotFound, BadInput without a reason or when the case is held already.
    """
    require(actor, Action.LEGAL_HOLD)
    why = _reason(reason)
    with center.db.write() as writer:
        case = cases.get(writer, case_id)
        if case.case_id in store.holds(writer):
            raise BadInput("case_id", N_("Penahanan"), Need(N_("sudah berlaku untuk kasus ini.")))
        why = _masked(writer, case.case_id, why)
        store.place_hold(writer, case.case_id, why, now, actor.name)
        _event(writer, now, actor, Action.LEGAL_HOLD, case.case_id, {"held": True, "reason": why})


def release(center: Center, now: datetime, actor: Actor, case_id: str, reason: str) -> None:
    """End a case's hold. Raises NotPermitted, NotFound, BadInput without a reason or without a hold."""
    require(actor, Action.LEGAL_HOLD)
    why = _reason(reason)
    with center.db.write() as writer:
        case = cases.get(writer, case_id)
        if case.case_id not in store.holds(writer):
            raise BadInput("case_id", N_("Penahanan"), Need(N_("tidak ada pada kasus ini.")))
        why = _masked(writer, case.case_id, why)
        store.release_hold(writer, case.case_id, why, now, actor.name)
        _event(writer, now, actor, Action.LEGAL_HOLD, case.case_id, {"held": False, "reason": why})


def holds(center: Center) -> tuple[Hold, ...]:
    """Return every hold in force, oldest first."""
    return tuple(store.holds(center.db.read()).values())


def _erase(center: Center, now: datetime, actor: Actor, batch: Sequence[Due]) -> list[Due]:
    """Anonymise those of a batch that are still due and free, all of them or none; return them."""
    with center.db.write() as writer:
        # Asked again under the writer's lock: a hold may have come, or the case was reopened.
        ids = [one.case_id for one in batch]
        chosen = [one for one in store.due(writer, periods(center), now, ids) if one.hold is None]
        store.anonymise(writer, [_erasure(center, writer, one, now) for one in chosen], now, actor)
        for one in chosen:
            told: dict[str, object] = {"rule": one.rule.value, "fields": [f.value for f in one.fields]}
            _event(writer, now, actor, Action.RUN_RETENTION, one.case_id, told)
    return chosen


def _erasure(center: Center, writer: Writer, one: Due, now: datetime) -> store.Erasure:
    hash_goes = now >= one.closed_at + periods(center).hash_kept(one.rule)
    return store.Erasure(one.case_id, one.rule, _mask(cases.get_private(writer, one.case_id)), hash_goes)


def _mask(private: Private) -> Mask:
    return lambda text: redact(text, private, _TEXT_LIMIT) or ERASED


def _event(
    writer: Writer, now: datetime, actor: Actor, action: Action, case_id: str, after: dict[str, object]
) -> None:
    cases.append_event(
        writer, actor, "retention", case_id, action.value, {}, after, occurred_at=now, entered_at=now
    )


def _masked(writer: Writer, case_id: str, why: str) -> str:
    return redact(why, cases.get_private(writer, case_id), _LONGEST_REASON) or ERASED


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis dasar penahanan atau pelepasannya.")))
    return text.strip()[:_LONGEST_REASON]


def periods(center: Center) -> Periods:
    """Return how long the city keeps identities."""
    city = center.pack.city
    return Periods(city.prank_identity_days, city.identity_days, city.prank_history_days)


# --- the command ----------------------------------------------------------------------------------------


def table(center: Center, found: Plan) -> str:
    """Return a plan as printed: a line a case, with rule, dates, what goes, and what keeps it."""
    zone = center.pack.city.timezone

    def day(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d}"

    city = center.pack.city
    lines = [
        f"Masa simpan data pribadi per {day(found.at)}: prank dan ghost {city.prank_identity_days} hari, "
        f"lainnya {city.identity_days} hari sesudah kasus selesai (contoh, menunggu JRA).",
        f"{'Panggilan':<16} {'Selesai':<10} {'Sampai':<10} {'Aturan':<34} Dihapus",
    ]
    for one in (*found.due, *found.held):
        kept = one.hold
        if kept is None:
            goes = ", ".join(field.label for field in one.fields)
        else:
            goes = (
                f"DITAHAN sejak {day(kept.placed_at)} oleh {kept.placed_by} ({kept.call_no}): {kept.reason}"
            )
        dates = f"{day(one.closed_at):<10} {day(one.due_at):<10}"
        lines.append(f"{one.call_no:<16} {dates} {one.rule.label:<34} {goes}")
    lines.append(f"{len(found.due)} kasus akan dianonimkan, {len(found.held)} ditahan.")
    lines += [f"Tetap ada: {n} × {what.label}." for what, n in found.kept.items() if n]
    return "\n".join(lines)


def main() -> int:
    """Print the plan; with `--run` carry it out."""
    parser = argparse.ArgumentParser(prog="python -m services.retention", description=__doc__)
    parser.add_argument("--run", action="store_true", help="anonimkan sekarang (tanpa ini: hanya rencana)")
    wanted = parser.parse_args()
    now = datetime.now(UTC)
    found = Settings.from_environment()
    try:
        center = open_center(found)
        try:
            _tell(table(center, plan(center, now)))
            done = run(center, now, MACHINE) if wanted.run else None
        finally:
            close_center()
        if done is None:
            _tell("Belum ada yang diubah. Jalankan dengan --run untuk menganonimkan.")
            return 0
        _tell(f"{len(done.anonymised)} kasus dianonimkan.")
        for call_no in done.unreadable:
            _tell(f"GAGAL: kasus {call_no} tidak dapat dibaca; datanya tidak diubah.")
        store.rewrite(found.db_path)
        _tell("Berkas basis data ditulis ulang: yang dihapus tidak tersisa di dalamnya.")
    except SigapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 1 if done.unreadable else 0


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
