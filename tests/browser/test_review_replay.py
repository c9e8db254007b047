"""Putar ulang in a real browser: time runs, units move where they were, clocks run over, keys work."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import ROOT, Server, sign_in, start, stop
from playwright.sync_api import Frame, Locator, Page, expect

from domain.case import Assignment, Case, Location
from domain.positions import Source
from domain.words import CallClass, Domain, Role
from geo.points import LonLat, geodesic_m
from services import exits, places, positions, registry
from services.center import Settings, close_center, open_center
from services.change import CaseRef
from services.rehearsal import CAST, Pace, Script, rehearse

SCENE = LonLat(117.690, 3.335)
EVERY_S = 10
NEAR_M = 8.0
"""Thinning leaves out what lies within 3 m, the message rounds to about 1 m, the clock to half a second."""


@dataclass(frozen=True)
class Played:
    """The operation that is played back, one unit with a track and one without, and where the track led."""

    case: Case
    prank: Case
    reopened: Case
    tracked: Assignment
    untracked: Assignment
    base: LonLat

    def second(self, at: datetime) -> int:
        return round((at - self.case.call.received_at).total_seconds())

    def place(self, second: float) -> LonLat:
        """Return where the tracked unit was: it went evenly along a bent line."""
        unit = self.tracked
        assert unit.departed_at is not None and unit.arrived_at is not None
        begin, end = self.second(unit.departed_at), self.second(unit.arrived_at)
        return spot(self.base, (second - begin) / (end - begin))


def spot(base: LonLat, share: float) -> LonLat:
    bend = LonLat(base.lon + 0.01, base.lat - 0.01)
    a, b, part = (base, bend, share * 2) if share < 0.5 else (bend, SCENE, share * 2 - 1)
    return LonLat(a.lon + part * (b.lon - a.lon), a.lat + part * (b.lat - a.lat))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Played]]:
    """Sigap with one past operation at sea whose first boat reported every position, and a prank."""
    folder = tmp_path_factory.mktemp("putar")
    var = folder / "var"
    played = make(var)
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env={"SIGAP_DEMO": "1"})
    yield running, played
    stop(running)


def make(var: Path) -> Played:
    center = open_center(Settings(var, var / "demo" / "sigap.duckdb", demo=True))
    try:
        now = datetime.now(UTC).replace(microsecond=0)
        script = Script(
            received_at=now - timedelta(hours=6),
            narrative="[CONTOH] Orang jatuh ke laut.",
            location=places.place_at(center, SCENE, "Lokasi contoh"),
            type_code="S-MOB",
            domain=Domain.SEA,
            pace=Pace(verify_s=200),
        )
        case = rehearse(center, script).case
        prank = rehearse(
            center,
            Script(
                received_at=now - timedelta(hours=8),
                narrative="[CONTOH] Tertawa.",
                location=Location(),
                type_code=None,
                domain=None,
                call_class=CallClass.PRANK,
            ),
        ).case
        land = Script(
            received_at=now - timedelta(hours=20),
            narrative="[CONTOH] Ular di rumah.",
            location=places.place_at(center, LonLat(117.592, 3.318), "Lokasi contoh"),
            type_code="L-ANI",
            domain=Domain.LAND,
        )
        reopened = rehearse(center, land).case
        reopened = exits.reopen(
            center,
            now - timedelta(hours=10),
            CAST[Role.SUPERVISOR],
            CaseRef(reopened.case_id, reopened.version),
            "ular kedua (contoh)",
        )
        boats = [unit for unit in case.assignments if unit.mode.value == "sea"]
        tracked, untracked = boats[0], next(unit for unit in case.assignments if unit is not boats[0])
        base = registry.stations(center)[registry.units(center)[tracked.unit_code].station].position
        assert tracked.departed_at is not None and tracked.arrived_at is not None
        whole_s = (tracked.arrived_at - tracked.departed_at).total_seconds()
        for second in range(0, int(whole_s) + 1, EVERY_S):
            at = tracked.departed_at + timedelta(seconds=second)
            reading = positions.Reading(spot(base, second / whole_s), at, unit_code=tracked.unit_code)
            assert positions.take(center, at, Source.GEOJSON, None, [reading]) == [None]
        center.live.flush(center.db)
        return Played(case, prank, reopened, tracked, untracked, base)
    finally:
        close_center()


@pytest.fixture
def played(world: tuple[Server, Played]) -> Played:
    return world[1]


@pytest.fixture
def replay(world: tuple[Server, Played], page: Page) -> "Replay":
    return opened(world, page)


def opened(world: tuple[Server, Played], page: Page, case: Case | None = None) -> "Replay":
    running, played = world
    sign_in(page.context, running.url, "supervisor")
    number = (case or played.case).call_no
    page.goto(f"{running.url}/pimpinan?bagian=ulang&putar={number}")
    frame = page.frame_locator('iframe[title="streamlit_folium.st_folium"]')
    expect(frame.locator(".leaflet-sigap-kelurahan-pane path").first).to_be_attached()
    expect(page.locator(".replay .clock")).to_be_visible()
    return Replay(page, next(f for f in page.frames if "streamlit_folium" in f.url))


WHERE = """(code) => {
    let found = null;
    window.map.eachLayer((layer) => { if (layer.sigapKey === code) found = layer.getLatLng(); });
    return found && [found.lng, found.lat];
}"""


@dataclass(frozen=True)
class Replay:
    page: Page
    inside: Frame

    def part(self, selector: str) -> Locator:
        return self.page.locator(f".replay {selector}")

    def second(self) -> int:
        return int(self.part(".slider").input_value())

    def seek(self, second: int) -> None:
        self.part(".slider").fill(str(second))
        expect(self.part(".slider")).to_have_value(str(second))

    def place(self, code: str) -> LonLat | None:
        found = self.inside.evaluate(WHERE, code)
        return LonLat(*found) if found else None

    def step(self, no: int) -> Locator:
        return self.part(".step").nth(no - 1)


def wita(at: datetime) -> str:
    return (at + timedelta(hours=8)).strftime("%H.%M.%S")


def test_it_begins_with_the_call_and_shows_where_the_unit_was_at_any_second(
    replay: Replay, played: Played
) -> None:
    expect(replay.part(".clock")).to_have_text(wita(played.case.call.received_at))
    unit = played.tracked
    assert unit.departed_at is not None and unit.arrived_at is not None
    begin, end = played.second(unit.departed_at), played.second(unit.arrived_at)
    for share in (0.1, 0.4, 0.63, 0.9):
        second = round(begin + share * (end - begin))
        replay.seek(second)
        expect(replay.part(".clock")).to_have_text(
            wita(played.case.call.received_at + timedelta(seconds=second))
        )
        found = replay.place(unit.unit_code)
        assert found is not None
        assert geodesic_m(found, played.place(second)) < NEAR_M


def test_playing_moves_time_and_the_unit_along_its_track_and_pausing_stops_both(
    replay: Replay, played: Played
) -> None:
    unit = played.tracked
    assert unit.departed_at is not None
    begin = played.second(unit.departed_at) + 30
    replay.seek(begin)
    before = replay.place(unit.unit_code)
    assert before is not None
    replay.part(".play").click()
    expect(replay.part(".play")).to_contain_text("Jeda")
    replay.inside.wait_for_function(
        f"([code, lon]) => {{ const at = ({WHERE})(code); return at && Math.abs(at[0] - lon) > 5e-4; }}",
        arg=[unit.unit_code, before.lon],
    )
    replay.part(".play").click()
    expect(replay.part(".play")).to_contain_text("Putar")
    stopped, there = replay.second(), replay.place(unit.unit_code)
    assert stopped > begin
    assert there is not None
    assert min(geodesic_m(there, spot(played.base, n / 2000)) for n in range(2001)) < NEAR_M
    replay.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert replay.second() == stopped


def test_a_unit_without_positions_is_at_its_station_then_not_drawn_then_at_the_scene(
    replay: Replay, played: Played
) -> None:
    unit = played.untracked
    assert unit.departed_at is not None and unit.arrived_at is not None
    chip = replay.part(".unit").filter(has_text=unit.unit_code)
    replay.seek(played.second(unit.departed_at) - 1)
    expect(chip).to_contain_text("posisi pos")
    assert replay.place(unit.unit_code) is not None
    replay.seek(played.second(unit.departed_at) + 2)
    expect(chip).to_contain_text("tanpa jejak")
    assert replay.place(unit.unit_code) is None


def test_a_clock_runs_down_runs_over_and_stands(replay: Replay, played: Played) -> None:
    step = played.case.step(3)
    assert step.started_at is not None and step.finished_at is not None
    begin, due = played.second(step.started_at), played.second(step.started_at) + step.target_s
    replay.seek(begin + 10)
    expect(replay.step(3)).to_have_class("step running safe")
    expect(replay.step(3)).to_contain_text("Sisa waktu")
    replay.seek(due - 10)
    expect(replay.step(3)).to_have_class("step running soon")
    replay.seek(due + 10)
    expect(replay.step(3)).to_have_class("step running late")
    expect(replay.step(3)).to_contain_text("Terlambat")
    expect(replay.step(3).locator(".figure")).to_have_text("+0:10")
    expect(replay.step(4)).to_contain_text("Belum")
    replay.seek(played.second(step.finished_at))
    expect(replay.step(3)).to_have_class("step done late")
    expect(replay.part(".moment.current ~ .moment").first).to_be_attached()
    overrun = replay.part(".moment").filter(has_text="Langkah 3 melewati standar 2 mnt")
    expect(overrun.locator("time")).to_have_text(wita(step.started_at + timedelta(seconds=step.target_s)))


def test_keys_play_pause_and_go_from_moment_to_moment(replay: Replay, played: Played) -> None:
    current = replay.part(".moment.current")
    expect(current).to_contain_text(["Menerima laporan"])
    replay.page.keyboard.press("ArrowRight")
    # Two things happened at that time; both are marked, one is announced.
    expect(current).to_contain_text(["langkah 1 selesai", "usulan: Normal"])
    expect(replay.part(".moment[aria-current=true]")).to_contain_text("usulan: Normal")
    finished = played.case.step(1).finished_at
    assert finished is not None
    assert replay.second() == played.second(finished)
    replay.page.keyboard.press("ArrowRight")
    expect(current).to_contain_text(["ditetapkan: Normal"])
    replay.page.keyboard.press("ArrowLeft")
    assert replay.second() == played.second(finished)
    replay.page.keyboard.press("Space")
    expect(replay.part(".play")).to_contain_text("Jeda")
    # A press with the mouse does not take the space bar away.
    replay.part(".speed").filter(has_text="×10").first.click()
    expect(replay.part(".speed").first).to_have_attribute("aria-pressed", "true")
    replay.page.keyboard.press("Space")
    expect(replay.part(".play")).to_contain_text("Putar")
    replay.inside.locator(".leaflet-container").click(position={"x": 300, "y": 300})
    replay.page.keyboard.press("Space")
    expect(replay.part(".play")).to_contain_text("Jeda")


def test_keys_belong_to_a_field_while_somebody_writes_in_it(replay: Replay) -> None:
    field = replay.page.get_by_role("combobox", name="Kasus yang diputar ulang")
    field.click()
    replay.page.keyboard.press("Space")
    replay.page.keyboard.press("ArrowRight")
    expect(replay.part(".play")).to_contain_text("Putar")
    assert replay.second() == 0


def test_a_moment_of_the_list_is_a_way_to_its_time(replay: Replay, played: Played) -> None:
    unit = played.tracked
    assert unit.arrived_at is not None
    replay.part(".moment").filter(has_text=re.compile(rf"tiba: .*{unit.unit_code}")).get_by_role(
        "button"
    ).click()
    assert replay.second() == played.second(unit.arrived_at)
    expect(replay.part(".moment[aria-current=true]")).to_have_count(1)
    expect(replay.part(".unit").filter(has_text=unit.unit_code)).to_contain_text("Tiba di Lokasi")


def test_at_the_end_it_stops_and_plays_again_from_the_beginning(replay: Replay) -> None:
    end = int(replay.part(".slider").get_attribute("max") or 0)
    replay.part(".speed").filter(has_text="×300").click()
    replay.seek(end - 20)
    replay.part(".play").click()
    expect(replay.part(".play")).to_contain_text("Putar")
    assert end - 1 <= replay.second() <= end
    expect(replay.step(9)).to_have_class(re.compile("step done"))
    replay.part(".play").click()
    expect(replay.part(".play")).to_contain_text("Jeda")
    assert replay.second() < end - 20


def test_a_prank_without_place_and_units_plays(
    world: tuple[Server, Played], page: Page, played: Played
) -> None:
    replay = opened(world, page, played.prank)
    expect(replay.part(".unit")).to_have_count(0)
    replay.part(".next").click()
    replay.part(".next").click()
    expect(replay.part(".moment.current").last).to_contain_text("Prank")
    assert replay.place("incident") is None


def test_with_less_motion_asked_for_it_still_plays(
    world: tuple[Server, Played], new_page: Callable[..., Page]
) -> None:
    replay = opened(world, new_page(reduced_motion="reduce"))
    replay.part(".play").click()
    expect(replay.step(1)).to_have_class("step done safe")


def test_hours_in_which_nothing_happened_are_jumped_over(
    world: tuple[Server, Played], page: Page, played: Played
) -> None:
    replay = opened(world, page, played.reopened)
    begin = round((played.reopened.status_at - played.reopened.call.received_at).total_seconds()) - 7200
    replay.seek(begin)
    replay.part(".speed").filter(has_text="×10").first.click()
    replay.part(".play").click()
    expect(replay.part(".jumped")).to_contain_text("melompati 1:5")
    assert begin + 7100 < replay.second() < begin + 7200
