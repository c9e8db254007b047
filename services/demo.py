"""Demonstration data: example incidents of the last weeks and some that are open now.

Everything goes through the real services, in told time, into the demonstration's own database. Places
are drawn at random (with a fixed seed) in the city's kelurahan and waters; every narrative says
`[CONTOH]`, and the database is marked as an example for good.
"""

import os
import random
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.case import Location, Victims
from domain.duty import ROSTERED
from domain.errors import SigapError
from domain.response_plan import IncidentType
from domain.scopes import LONGEST_DAYS, Scope
from domain.words import CallClass, CaseStatus, Channel, Domain, Outcome, Role
from geo.errors import GeoError
from geo.points import LonLat
from services import accounts, duty, places, registry, review, tokens
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import CAST, Pace, Script, rehearse
from services.review import Filter

SEED = 1067
CLOSED = 72
DAYS = 60
TOKEN_FILE = "api-token"


def seed(center: Center, now: datetime) -> int:
    """Fill an empty demonstration database; return how many cases were made (0 when it has some)."""
    if review.case_lines(center, Filter(), 1):
        return 0
    draw = random.Random(SEED)
    made = 0
    for at in sorted(now - timedelta(hours=draw.uniform(6, DAYS * 24)) for _ in range(CLOSED)):
        rehearse(center, _closed_script(center, draw, at))
        made += 1
        print(f"\rData contoh: {made} kasus …", end="", flush=True)
    for script in _open_scripts(center, draw, now):
        rehearse(center, script)
        made += 1
    print(f"\rData contoh: {made} kasus siap.   ")
    return made


def _closed_script(center: Center, draw: random.Random, at: datetime) -> Script:
    """Return a random finished call: about three in ten are prank, ghost or information."""
    call_class = draw.choices(list(CallClass), weights=(70, 14, 8, 8))[0]
    if call_class is not CallClass.NORMAL:
        return Script(
            received_at=at,
            narrative="[CONTOH] Panggilan tanpa kejadian.",
            location=Location(),
            type_code=None,
            domain=None,
            call_class=call_class,
            callback_number=f"0800000{draw.randrange(40):04d}",
        )
    kind = _kind(center, draw)
    late = draw.random() < 0.25
    pace = Pace(
        record_s=draw.randrange(40, 110) + (60 if late else 0),
        classify_s=draw.randrange(15, 70),
        verify_s=draw.randrange(40, 110) + (50 if late else 0),
        answer_s=draw.randrange(30, 90) + (60 if late else 0),
        propose_s=draw.randrange(30, 120),
        deliver_s=draw.randrange(40, 110),
    )
    hurt = draw.choices((0, 1, 2), weights=(6, 3, 1))[0]
    false_report = draw.random() < 0.05
    return Script(
        received_at=at,
        narrative=f"[CONTOH] {kind.label}.",
        location=_place(center, draw, kind.domain),
        type_code=kind.code,
        domain=kind.domain,
        channel=draw.choices(list(Channel), weights=(70, 5, 8, 4, 8, 4, 1))[0],
        outcome=Outcome.FALSE_REPORT if false_report else Outcome.RESCUED,
        final=Victims() if false_report else Victims(total=1 + hurt, safe=1, injured_minor=hurt),
        casualty_destination="Rumah sakit (contoh)" if hurt else "",
        scene_s=draw.randrange(900, 5400),
        pace=pace,
    )


def _open_scripts(center: Center, draw: random.Random, now: datetime) -> list[Script]:
    """Return what is open now: one of each phase, the worst late."""

    def script(kind: IncidentType, minutes: float, stop_at: CaseStatus, **more: object) -> Script:
        base = Script(
            received_at=now - timedelta(minutes=minutes),
            narrative=f"[CONTOH] {kind.label}.",
            location=_place(center, draw, kind.domain),
            type_code=kind.code,
            domain=kind.domain,
            stop_at=stop_at,
        )
        return replace(base, **more)  # type: ignore[arg-type]

    types = sorted(registry.plan(center).types.values(), key=lambda kind: (kind.priority, kind.code))
    sea = [kind for kind in types if kind.domain is Domain.SEA] or types
    land = [kind for kind in types if kind.domain is Domain.LAND] or types
    urgent, mild = land[0], land[-1]
    return [
        script(sea[0], 24, CaseStatus.MONITORING),
        script(urgent, 6.5, CaseStatus.RESPONDING, pace=Pace(verify_s=70)),
        script(mild, 4.5, CaseStatus.VERIFIED),
        script(land[len(land) // 2], 2.5, CaseStatus.CLASSIFIED),
        Script(
            received_at=now - timedelta(seconds=95),
            narrative="[CONTOH] Penelepon tertawa lalu menutup.",
            location=Location(),
            type_code=None,
            domain=None,
            callback_number="08000000007",
            call_class=CallClass.PRANK,
            stop_at=CaseStatus.RECEIVED,
        ),
    ]


def _kind(center: Center, draw: random.Random) -> IncidentType:
    """Return a random type; land ones more often, as in the city's statistics."""
    types = sorted(registry.plan(center).types.values(), key=lambda kind: kind.code)
    weights = [{Domain.LAND: 8, Domain.SEA: 3, Domain.AIR: 0}[kind.domain] for kind in types]
    return draw.choices(types, weights=weights)[0]


def _place(center: Center, draw: random.Random, domain: Domain) -> Location:
    """Return a random place: near the inside point of a kelurahan, or in the city's own waters."""
    points = [entry.point for entry in center.pack.kelurahan.values()]
    want = "sea" if domain is Domain.SEA else "land"
    spread = 0.05 if domain is Domain.SEA else 0.008
    for _ in range(200):
        near = draw.choice(points)
        try:
            point = LonLat(near.lon + draw.gauss(0, spread), near.lat + draw.gauss(0, spread))
            found = places.place_at(center, point, "Lokasi contoh")
        except GeoError:
            continue
        is_sea = found.adm_code is None
        if found.jurisdiction == center.pack.city.adm_code and is_sea == (want == "sea"):
            return found
    return places.place_at(center, points[0], "Lokasi contoh")


def keep_token(center: Center, now: datetime) -> Path | None:
    """Keep a token with every scope in the demonstration's folder, as a file of its owner only; return that.

    Never for real data: None is returned then, and no file made.
    """
    if not center.settings.demo:
        return None
    path = center.settings.data_dir / TOKEN_FILE
    if path.exists() and center.token_box.find(path.read_text(encoding="ascii").strip(), now) is not None:
        return path
    new = tokens.make(center, now, CAST[Role.ADMIN], "Contoh", frozenset(Scope), days=LONGEST_DAYS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(new.text + "\n")
    return path


def plan_week(center: Center, now: datetime) -> None:
    """Plan the example people into the watch that runs and one a day of this week, where nobody is planned.

    There is one example person a role: the other watches stay empty, and the roster says so.
    """
    accounts.make_examples(center, now, tuple(CAST.values()))
    week = duty.week(center, now, duty.today(center, now))
    if not week.is_empty:
        return
    people = {role: [accounts.example_login(CAST[role])] for role in ROSTERED}
    rest = timedelta(hours=center.pack.city.duty.rest_h)
    free_at = now - rest
    for watch in (desk.watch for desk in week.desks):
        if watch.ends_at > now and watch.starts_at >= free_at + rest or watch.covers(now):
            duty.plan(center, now, CAST[Role.SUPERVISOR], watch.day, watch.shift, people)
            free_at = watch.ends_at


def main() -> int:
    """Make the demonstration database ready."""
    settings = replace(Settings.from_environment(), demo=True)
    try:
        center = open_center(settings)
        try:
            seed(center, datetime.now(UTC))
            keep_token(center, datetime.now(UTC))
            plan_week(center, datetime.now(UTC))
        finally:
            close_center()
    except SigapError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
