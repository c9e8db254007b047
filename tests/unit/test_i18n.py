import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from center_builders import settings
from streamlit.testing.v1 import AppTest

from domain.errors import StaleCase
from geo.errors import CoordinateOutOfRange
from services.center import Center, CenterClosed, Settings, close_center, open_center
from ui import i18n

ROOT = Path(__file__).resolve().parents[2]
CODE = ("ui", "pages", "api", "services", "database", "export", "citypack", "domain", "geo")
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "plural": (1, 2)}


def python_files() -> Iterator[Path]:
    for folder in CODE:
        yield from (ROOT / folder).rglob("*.py")


def msgids() -> dict[str | tuple[str, ...], str]:
    """Every message of the code -> a place where it stands."""
    found = {}
    for folder in CODE:
        for file, line, message, _, _ in extract_from_dir(
            str(ROOT / folder), method_map=[("**.py", "python")], keywords=KEYWORDS
        ):
            found.setdefault(message, f"{folder}/{file}:{line}")
    return found


def translations() -> dict[str | tuple[str, ...], Message]:
    with (ROOT / "locale" / "en" / "LC_MESSAGES" / "sigap.po").open("rb") as file:
        return {message.id: message for message in read_po(file, "en") if message.id}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_the_extraction_finds_what_screens_and_rules_say():
    assert {"Pemantauan", "Permintaan ditolak.", "{seconds} dtk"} <= set(msgids())


def test_every_message_has_an_english_translation():
    english = translations()
    missing = {
        str(message): place
        for message, place in msgids().items()
        if message not in english or not all(_texts(english[message].string)) or english[message].fuzzy
    }
    lines = "\n".join(f"  {place}: {message}" for message, place in sorted(missing.items()))
    assert not missing, f"{len(missing)} without English (run make locale, then translate):\n{lines}"


def _texts(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)


def test_a_translation_fills_in_the_same_parameters():
    for message in translations().values():
        wanted = set().union(*(fields(text) for text in _texts(message.id)))
        for text in _texts(message.string):
            assert not text or fields(text) <= wanted, message.id


def test_no_message_is_marked_inside_an_f_string_where_babel_cannot_see_it():
    hidden = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in python_files()
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and _marks_a_message(call)
    ]
    assert not hidden


def _marks_a_message(call: ast.Call) -> bool:
    named = isinstance(call.func, ast.Name) and call.func.id in ("_", "N_", "plural")
    return named and bool(call.args) and isinstance(call.args[0], ast.Constant)


def test_without_a_screen_the_language_is_indonesian():
    assert i18n.language() == "id"
    assert i18n._("Pemantauan") == "Pemantauan"
    assert i18n._("") == ""


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0, "0 dtk"),
        (45.4, "45 dtk"),
        (59.6, "1 mnt 00 dtk"),
        (725, "12 mnt 05 dtk"),
        (-64, "\N{MINUS SIGN}1 mnt 04 dtk"),
        (-0.2, "0 dtk"),
        (3600, "1 jam 00 mnt"),
        (86400 * 2 + 3600 * 4, "2 hari 04 jam"),
    ],
)
def test_durations(duration_s, text):
    assert i18n.format_duration(duration_s) == text


@pytest.mark.parametrize(
    ("distance_m", "text"),
    [
        (0, "0 m"),
        (640.2, "640 m"),
        (999.4, "999 m"),
        (999.6, "1,0 km"),
        (1234, "1,2 km"),
        (9960, "10 km"),
        (1_234_567, "1.235 km"),
    ],
)
def test_distances(distance_m, text):
    assert i18n.format_distance(distance_m) == text


def test_distances_at_sea_in_nautical_miles():
    assert i18n.format_distance(1852, nautical=True) == "1,0 NM"
    assert i18n.format_distance(21_400, nautical=True) == "12 NM"


def test_numbers_have_indonesian_marks():
    assert i18n.format_number(1234.5, 1) == "1.234,5"
    assert i18n.format_percent(0.875, 1) == "87,5 %"


MOMENT = datetime(2026, 11, 24, 13, 14, 5, tzinfo=UTC)


@pytest.fixture
def tarakan(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


@pytest.fixture
def uji(tmp_path: Path) -> Iterator[Center]:
    """The invented city, in another zone and with English as its language."""
    yield open_center(settings(tmp_path))
    close_center()


def test_times_are_shown_in_the_citys_zone(tarakan: Center):
    assert i18n.format_time(MOMENT) == "21.14"
    assert i18n.format_time(MOMENT, seconds=True) == "21.14.05"
    assert i18n.format_date(MOMENT) == "24 Nov 2026"
    assert i18n.format_datetime(MOMENT) == "24 Nov 2026 21.14 WITA"


def test_another_city_brings_its_own_zone(uji: Center):
    assert i18n.format_datetime(MOMENT) == "24 Nov 2026 22.14 WIT"


def test_a_time_without_a_zone_is_refused(uji: Center):
    with pytest.raises(ValueError, match="no time zone"):
        i18n.format_time(datetime(2026, 11, 24, 13, 14))  # noqa: DTZ001


def test_refusals_of_rules_and_of_geography_become_sentences(tarakan: Center):
    stale = StaleCase(call_no="112-7", actor="Budi", at=MOMENT)
    assert "pukul 24 Nov 2026 21.14 WITA" in i18n.sentence(stale)
    outside = CoordinateOutOfRange(name="lon", value=200.0, low=-180, high=180)
    assert i18n.sentence(outside) == str(outside)


def screen() -> None:
    from datetime import UTC, datetime

    import streamlit as st

    from ui.i18n import _, format_distance, format_duration, format_time, language

    st.text(language())
    st.text(_("Pemantauan"))
    st.text(format_distance(1234))
    st.text(format_duration(725))
    st.text(format_time(datetime(2026, 11, 24, 13, 14, tzinfo=UTC)))


def shown(app: AppTest) -> list[str]:
    app.run()
    assert not app.exception
    return [text.value for text in app.text]


def test_a_reader_of_english_gets_english_words_and_marks(tarakan: Center):
    app = AppTest.from_function(screen)
    app.session_state["language"] = "en"
    assert shown(app) == ["en", "Monitoring", "1.2 km", "12 min 05 s", "21:14"]


def test_the_address_may_ask_for_a_language_until_one_is_chosen(tarakan: Center):
    app = AppTest.from_function(screen)
    app.query_params["lang"] = "en"
    assert shown(app)[:2] == ["en", "Monitoring"]
    app.session_state["language"] = "id"
    assert shown(app)[:2] == ["id", "Pemantauan"]


def test_before_anyone_chooses_the_language_is_the_citys(uji: Center):
    assert shown(AppTest.from_function(screen))[0] == "en"
    app = AppTest.from_function(screen)
    app.query_params["lang"] = "id"
    assert shown(app)[0] == "id"


def test_an_unknown_language_in_the_address_is_the_citys(tarakan: Center):
    app = AppTest.from_function(screen)
    app.query_params["lang"] = "xx"
    assert shown(app)[0] == "id"


def goodbye() -> None:
    import streamlit as st

    from services.center import CenterClosed
    from ui.i18n import sentence

    st.text(sentence(CenterClosed()))


def test_a_screen_can_still_say_that_sigap_is_stopping():
    (text,) = shown(AppTest.from_function(goodbye))
    assert text == CenterClosed().sentence()
