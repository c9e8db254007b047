"""Every role at every screen, over the real server and its websocket: what opens, and what it offers.

No screen offers what the service behind it refuses: each button that can be pressed is pressed, in each tab
of a case, and nobody is told that the role may not. `SIGAP_MATRIX=all` does it at every status of a case.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import pytest
from builders import DEDI
from center_builders import KOTA_UJI, T0, a_stored_case
from harness import ROOT, Server, run_apart, start, stop

from benchmarks.desk import Actions, Desk, at
from benchmarks.sessions import cookie
from database import cases
from database.connection import Writer
from domain.case import Case
from domain.identity import uuid7
from domain.permissions import PERMISSIONS, Action, may
from domain.words import CaseStatus, Role
from services.center import Center, Settings, close_center, open_center
from ui.screens import SCREENS

S = CaseStatus
LOGINS = dict(zip(Role, ("ani", "budi", "citra", "dedi", "eka", "fajar", "gita"), strict=True))
REFUSED = "Layar ini bukan untuk tugas Anda"
NOT_PERMITTED = "tidak berwenang untuk"
TABS, EXITS = "Bagian kasus", "Tindakan"
COPIES = 9
EMPTY = 200
FRAME = {"alert", "bidi_component", "button_group", "html", "markdown", "page_link"}
EVERY = (
    S.RECEIVED, S.CLASSIFIED, S.VERIFIED, S.COORDINATED, S.RESPONDING, S.MONITORING, S.UPDATING, S.REGISTERED,
    S.CLOSED,
)  # fmt: skip
STATUSES = EVERY if os.environ.get("SIGAP_MATRIX") == "all" else (S.CLASSIFIED, S.MONITORING, S.REGISTERED)


@dataclass(frozen=True)
class Place:
    """A running demonstration of the invented city, and its cases: some of each status for each role."""

    server: Server
    cases: dict[tuple[Role, CaseStatus], list[str]]

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("roles")
    var, city = folder / "var", folder / "kota_uji"
    shutil.copytree(KOTA_UJI, city)
    told = (city / "city.toml").read_text(encoding="utf-8")
    (city / "city.toml").write_text(told.replace('language = "en"', 'language = "id"'), encoding="utf-8")
    center = open_center(Settings(var, var / "demo" / "sigap.duckdb", city, demo=True))
    try:
        made = fill(center)
    finally:
        close_center()
    env = {"SIGAP_DEMO": "1", "SIGAP_CITY": str(city)}
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env=env)
    yield Place(running, made)
    stop(running)


def who(action: Action) -> str:
    return f"{action.label}: oleh {', '.join(role.label for role in PERMISSIONS[action])}."


def fill(center: Center) -> dict[tuple[Role, CaseStatus], list[str]]:
    """Carry one case to each status by the services, and store copies of it."""
    began = (datetime.now(UTC) - T0).total_seconds() / 60 - 40
    made: dict[tuple[Role, CaseStatus], list[str]] = {}
    for status in STATUSES:
        with center.db.write() as writer:
            writer.execute("DELETE FROM unit_hold")
        known = a_stored_case(center, status, began)
        private = cases.get_private(center.db.read(), known.case_id)
        with center.db.write() as writer:
            for role in Role:
                made[role, status] = [a_copy(writer, known, private) for _ in range(COPIES)]
    return made


def a_copy(writer: Writer, known: Case, private: cases.Private) -> str:
    case_id = uuid7(known.status_at, os.urandom(10))
    copy = replace(known, case_id=case_id, call_no=f"UJI-{case_id[-8:]}")
    cases.save(
        writer,
        None,
        copy,
        actor=DEDI,
        action=Action.UPDATE_DETAILS,
        occurred_at=copy.status_at,
        entered_at=copy.status_at,
    )
    cases.save_private(writer, case_id, private)
    return case_id


# --- which screen opens -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_own_screens_and_no_other(place: Place, role: Role) -> None:
    run_apart(_opens(place, role))


async def _opens(place: Place, role: Role) -> None:
    allowed = [screen for screen in SCREENS if may(role, screen.needs)]
    async with at(place.port, cookie(place.port, LOGINS[role]), Actions(), role) as desk:
        for screen in SCREENS:
            await desk.open("membuka", screen.name)
            # Streamlit knows the first screen by an empty name.
            assert [name or SCREENS[0].name for name in desk.screens] == [one.name for one in allowed]
            if screen in allowed:
                assert REFUSED not in desk.text, screen.name
                assert len(desk.text) > EMPTY, screen.name
            else:
                assert f"### {screen.title}\n{REFUSED}. {who(screen.needs)}" in desk.text
                assert not desk.offered, screen.name
                assert desk.inputs == ["Bahasa"], screen.name
                assert desk.kinds <= FRAME, screen.name
                assert "<table" not in desk.text


# --- what it offers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if may(role, Action.OPEN_CASES)])
def test_nothing_is_offered_that_the_service_refuses(place: Place, role: Role) -> None:
    assert run_apart(_presses(place, role))


async def _presses(place: Place, role: Role) -> set[tuple[str, str]]:
    """Press every button of Kasus and Pengerahan; return which, by screen."""
    done: set[tuple[str, str]] = set()
    async with at(place.port, cookie(place.port, LOGINS[role]), Actions(), role) as desk:
        for status in STATUSES:
            copies = iter(place.cases[role, status])
            await _press_all(desk, "kasus", copies, done)
            if may(role, Action.OPEN_DISPATCH):
                await _press_all(desk, "pengerahan", copies, done)
    return done


def _shows(desk: Desk, label: str, option: str) -> bool:
    return option in desk.options(label)


async def _press_all(desk: Desk, screen: str, copies: Iterator[str], done: set[tuple[str, str]]) -> None:
    async def fresh(*chosen: tuple[str, str]) -> None:
        await desk.open("membuka", screen, f"kasus={next(copies)}")
        for label, option in chosen:
            await desk.until(partial(_shows, desk, label, option), f"{label} on {screen}")
            await desk.choose(label, option)

    await fresh()
    views = [(TABS, tab) for tab in desk.options(TABS)] + [(EXITS, one) for one in desk.options(EXITS)]
    for view in views or [None]:
        if view is not None:
            await desk.choose(*view)
        while new := [label for label in desk.offered if (screen, label) not in done]:
            done.add((screen, new[0]))
            await desk.press("menekan", new[0])
            assert NOT_PERMITTED not in desk.text, f"{desk.who} is offered {new[0]} on {screen}"
            if new[0] not in desk.offered:
                await fresh(*[view] if view is not None else [])
