"""Kasus says when a crew read its order on the phone."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from crew_builders import ADMIN, BOAT, ordered
from streamlit.testing.v1 import AppTest

from domain.words import Role
from services import crew, devices
from services.center import Center
from services.crew import CrewAction, Told
from ui.i18n import format_time
from ui.state import OPEN_CASE

Page = Callable[..., AppTest]


def shown(page: Page, case_id: str) -> str:
    seen = page("kasus", Role.DISPATCHER, **{OPEN_CASE: case_id}).run()
    assert not seen.exception
    return "\n".join(part.value for part in seen.markdown)


def test_the_order_counts_as_read_once_the_crew_says_so(center: Center, page: Page) -> None:
    case = ordered(center, BOAT)
    assert "perintah dibaca regu" not in shown(page, case.case_id)
    made = devices.make(center, datetime.now(UTC), ADMIN, BOAT, "HP regu")
    device = center.live.device_of(made.device.token_hash)
    at = datetime.now(UTC)
    (answer,) = crew.perform(center, at, device, [Told(str(uuid4()), CrewAction.ACKNOWLEDGE, at)])
    assert answer.result == "applied"
    assert f"perintah dibaca regu {format_time(at)}" in shown(page, case.case_id)
