"""Weather in the database: told by who may, kept with its event, counted for a while, safe over a restart."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from builders import AGUS, ANI, DEDI, FAJAR, PUTRI
from center_builders import T0, at, settings

from database import cases, migrations
from database import weather as store
from database.connection import Database
from domain.case import Actor
from domain.errors import BadInput, NotPermitted
from domain.weather import Weather
from services import weather
from services.center import Center, close_center, open_center


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def tell(center: Center, now: datetime, actor: Actor = DEDI, **told: float) -> Weather:
    blank: dict[str, float | None] = {"wave_m": None, "wind_from_deg": None, "wind_kn": None}
    return weather.tell(center, now, actor, **(blank | told))


def test_before_anybody_told_it_the_weather_is_unknown(center: Center) -> None:
    assert weather.current(center, T0) is None


def test_what_is_told_is_the_weather_and_the_newest_counts(center: Center) -> None:
    tell(center, at(0), wave_m=0.4)
    told = tell(center, at(10), PUTRI, wave_m=1.2, wind_from_deg=230.0, wind_kn=15.0)

    assert told == Weather(at(10), "Putri", 1.2, 230.0, 15.0)
    assert weather.current(center, at(11)) == told


def test_what_is_not_told_again_is_no_longer_known(center: Center) -> None:
    tell(center, at(0), wave_m=1.2)
    tell(center, at(1), wind_from_deg=90.0, wind_kn=5.0)

    now = weather.current(center, at(2))
    assert now is not None and (now.wave_m, now.wind) == (None, (90.0, 5.0))


def test_of_two_told_in_one_moment_the_later_one_counts(center: Center) -> None:
    for wave_m in (0.5, 2.5, 1.5):
        tell(center, at(0), wave_m=wave_m)
    assert weather.current(center, at(0)) == Weather(at(0), "Dedi", 1.5)


def test_weather_counts_as_long_as_the_city_says_and_no_second_longer(center: Center) -> None:
    told = tell(center, T0, wave_m=1.0)
    ends = T0 + timedelta(seconds=center.pack.city.weather_valid_s)

    assert weather.current(center, ends) == told
    assert weather.current(center, ends + timedelta(seconds=1)) is None


@pytest.mark.parametrize("actor", [ANI, FAJAR, AGUS], ids=lambda actor: actor.role.value)
def test_whoever_may_not_tell_it_changes_nothing(center: Center, actor: Actor) -> None:
    with pytest.raises(NotPermitted, match="Mencatat cuaca"):
        tell(center, T0, actor, wave_m=1.0)
    assert weather.current(center, T0) is None
    assert center.db.newest_event_seq() == 0


@pytest.mark.parametrize(
    ("told", "field", "said"),
    [
        ({}, "wave_m", "Isi gelombang, angin, atau keduanya"),
        ({"wind_from_deg": 90.0}, "wind_kn", "Isi berapa kencang angin bertiup"),
        ({"wind_kn": 9.0}, "wind_from_deg", "Isi dari mana angin bertiup"),
        ({"wave_m": 99.0}, "wave_m", "99.0 di luar 0 sampai 20"),
    ],
)
def test_what_is_no_weather_is_refused_and_the_old_one_stays(
    center: Center, told: dict[str, float], field: str, said: str
) -> None:
    before = tell(center, at(0), wave_m=1.0)
    with pytest.raises(BadInput, match=said) as refused:
        tell(center, at(1), **told)
    assert refused.value.field == field
    assert weather.current(center, at(1)) == before
    assert center.db.newest_event_seq() == 1


def test_every_telling_is_an_event_with_before_and_after(center: Center) -> None:
    tell(center, at(0), wave_m=0.5)
    tell(center, at(5), PUTRI, wind_from_deg=45.0, wind_kn=12.0)

    newest, first = cases.latest_events(center.db.read(), 2)
    assert (first.entity, first.action, first.actor, first.before) == ("weather", "set_weather", "Dedi", {})
    assert (newest.actor, newest.role, newest.occurred_at) == ("Putri", PUTRI.role.value, at(5))
    assert newest.before == first.after
    assert newest.after == {
        "observed_at": at(5).isoformat(),
        "observed_by": "Putri",
        "wave_m": None,
        "wind_from_deg": 45.0,
        "wind_kn": 12.0,
    }


def test_the_row_and_its_event_are_stored_together_or_not_at_all(
    center: Center, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_kwargs: object) -> int:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(cases, "append_event", fails)
    with pytest.raises(RuntimeError):
        tell(center, T0, wave_m=1.0)
    assert weather.current(center, T0) is None


def test_the_weather_survives_a_restart(tmp_path: Path) -> None:
    told = tell(open_center(settings(tmp_path)), T0, wave_m=0.8, wind_from_deg=0.0, wind_kn=3.5)
    close_center()
    try:
        assert weather.current(open_center(settings(tmp_path)), at(1)) == told
    finally:
        close_center()


def test_a_database_from_before_the_weather_gets_its_table(tmp_path: Path) -> None:
    path = tmp_path / "sigap.duckdb"
    connection = duckdb.connect(str(path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        assert migrations.migrate(connection) == ["001_first_schema"]
    connection.close()

    db = Database.open(path)
    try:
        assert store.latest(db.read()) is None
        with db.write() as writer:
            store.append(writer, Weather(T0, "Dedi", 1.0))
        assert store.latest(db.read()) == Weather(T0, "Dedi", 1.0)
    finally:
        db.close()
