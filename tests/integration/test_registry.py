"""The registry: what fits the city pack is used, what does not keeps Sigap from starting."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from database import registry as store
from domain.case import Actor
from domain.errors import BadInput, StoreUnavailable
from domain.words import Role, UnitStatus
from services import exits, monitoring, registry
from services.center import Center, Settings, close_center, current, open_center
from services.registry import RegistryBroken, StaleEntry

PACK = Path(__file__).parents[1] / "packs" / "kota_uji"
ADMIN = Actor("Ade", Role.ADMIN)
NOW = datetime(2026, 1, 14, 1, 0, tzinfo=UTC)


def settings(folder: Path) -> Settings:
    return Settings(folder, folder / "sigap.duckdb", PACK)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def entry(center: Center, kind: str, code: str) -> registry.Entry:
    return next(e for e in registry.entries(center, kind) if e.code == code)


def a_spare_station(center: Center) -> registry.Entry:
    """Add a station that no unit stands at."""
    row = dict(registry.entries(center, "station")[0].row)
    return registry.put(center, NOW, ADMIN, "station", {**row, "code": "UJI-9", "name": "Pos baru"}, None)


def test_a_unit_moved_to_a_station_while_it_is_retired_leaves_a_registry_that_still_loads(
    center: Center,
) -> None:
    for _ in range(15):
        spare = a_spare_station(center) if not _has(center, "UJI-9") else entry(center, "station", "UJI-9")
        land = next(u for u in registry.units(center).values() if u.mode.value == "land")
        unit = entry(center, "unit", land.unit_code)
        both = threading.Barrier(2)

        def move(unit: registry.Entry = unit, both: threading.Barrier = both) -> None:
            both.wait()
            _ignoring(
                lambda: registry.put(
                    center, NOW, ADMIN, "unit", {**unit.row, "station": "UJI-9"}, unit.version
                )
            )

        def retire(spare: registry.Entry = spare, both: threading.Barrier = both) -> None:
            both.wait()
            _ignoring(lambda: registry.retire(center, NOW, ADMIN, "station", "UJI-9", spare.version))

        threads = [threading.Thread(target=move), threading.Thread(target=retire)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        snapshot = registry.snapshot(center)
        assert all(unit.station in snapshot.stations for unit in snapshot.units.values())
        _restore(center, unit)


def _has(center: Center, code: str) -> bool:
    return any(e.code == code and e.retired_at is None for e in registry.entries(center, "station"))


def _ignoring(action: object) -> None:
    with suppress(BadInput, StaleEntry):
        action()  # type: ignore[operator]


def _restore(center: Center, unit: registry.Entry) -> None:
    now = entry(center, "unit", unit.code)
    registry.put(center, NOW, ADMIN, "unit", unit.row, now.version)
    found = next((e for e in registry.entries(center, "station") if e.code == "UJI-9"), None)
    if found is not None and found.retired_at is not None:
        registry.put(center, NOW, ADMIN, "station", found.row, found.version)


def test_sigap_does_not_start_on_a_registry_that_the_pack_no_longer_fits(tmp_path: Path) -> None:
    center = open_center(settings(tmp_path))
    unit = registry.entries(center, "unit")[0]
    with center.db.write() as writer:
        old = store.entry(writer, "unit", unit.code)
        store.put(writer, replace(old, row={**old.row, "agency": "HILANG"}))
    close_center()
    with pytest.raises(RegistryBroken, match="HILANG"):
        open_center(settings(tmp_path))
    with pytest.raises(Exception, match="belum siap"):
        current()


def test_real_cases_are_never_shown_as_examples(tmp_path: Path) -> None:
    center = open_center(settings(tmp_path))
    registry.retire(center, NOW, ADMIN, "station", a_spare_station(center).code, 1)
    close_center()
    with pytest.raises(StoreUnavailable, match="SIGAP_DEMO=0"):
        open_center(replace(settings(tmp_path), demo=True))
    assert not open_center(settings(tmp_path)).is_demo
    close_center()


def test_a_change_is_seen_at_once_by_whoever_sees_its_event(center: Center) -> None:
    before = monitoring.version(center)
    unit = registry.entries(center, "unit")[0]
    registry.put(center, NOW, ADMIN, "unit", {**unit.row, "personnel": 9}, unit.version)
    assert monitoring.version(center) == before + 1
    assert registry.units(center)[unit.code].personnel == 9


def test_units_that_are_recalled_on_their_way_are_on_their_way_back_not_ready_at_their_post(
    center: Center,
) -> None:
    from center_builders import a_stored_case, at, ref

    from domain.words import CaseStatus, Outcome

    case = a_stored_case(center, CaseStatus.MONITORING)
    codes = {unit.unit_code for unit in case.committed_units}
    exits.call_off(
        center, at(40), Actor("Putri", Role.DUTY_OFFICER), ref(case), Outcome.FALSE_REPORT, "tak ada api"
    )
    status = {s.unit.unit_code: s.status for s in registry.unit_states(center, at(41))}
    assert codes
    assert {status[code] for code in codes} == {UnitStatus.RETURNING}
