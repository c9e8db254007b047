"""The wall mode of Pemantauan: the board for a room, without controls; on by the address, off by Escape."""

from collections.abc import Callable

import open_cases as cases
from streamlit.testing.v1 import AppTest

from domain.words import Role
from services import alarms
from services.center import Center

Page = Callable[..., AppTest]


def on_wall(page: Page) -> AppTest:
    shown = page("pemantauan", Role.DISPATCHER)
    shown.query_params["dinding"] = "1"
    return shown.run()


def html(shown: AppTest) -> str:
    return "\n".join(part.proto.body for part in shown.get("html"))


def test_the_wall_has_the_cases_and_alarms_and_nothing_to_press_but_the_way_out(
    center: Center, page: Page
) -> None:
    case = cases.classified(center, minutes_ago=30)
    alarms.raise_due(center, cases.ago(0))
    shown = on_wall(page)
    assert not shown.exception
    assert [button.label for button in shown.button] == ["Keluar"]
    assert not shown.checkbox
    assert not shown.selectbox
    assert case.call_no in html(shown)


def test_an_empty_board_says_so_on_the_wall(center: Center, page: Page) -> None:
    shown = on_wall(page)
    assert not shown.exception
    assert "Tidak ada kasus terbuka" in html(shown)


def test_the_wall_is_entered_and_left_by_its_buttons(center: Center, page: Page) -> None:
    shown = page("pemantauan", Role.DISPATCHER).run()
    shown.button(key="wall_on").click().run()
    assert shown.query_params["dinding"] in ("1", ["1"])
    assert [button.key for button in shown.button] == ["wall_off"]
    shown.button(key="wall_off").click().run()
    assert "dinding" not in shown.query_params
    assert shown.button(key="wall_on").label == "Mode dinding"


def test_more_cases_than_fit_are_counted(center: Center, page: Page) -> None:
    for _ in range(6):
        cases.classified(center)
    shown = on_wall(page)
    assert any("dan 2 kasus lain" in caption.value for caption in shown.caption)
