"""A screen that fails: a sentence with a reference, the trace in the log once, the other screen works."""

import json
import re
from pathlib import Path

from harness import start, stop
from playwright.sync_api import Page, expect

PROBE = Path(__file__).parent / "failing_probe" / "app.py"


def test_a_screen_that_fails_names_its_reference_and_leaves_the_others(tmp_path: Path, new_page) -> None:
    server = start(PROBE, tmp_path, ready="/_stcore/health")
    try:
        page: Page = new_page(role=None)
        page.goto(f"{server.url}/fails")
        told = page.get_by_test_id("stAlert")
        expect(told).to_contain_text("Nomor rujukan")
        expect(page.get_by_test_id("stException")).to_have_count(0)
        (reference,) = re.findall(r"\d{3}-\d{3}", told.inner_text())
        page.get_by_role("link", name="Baik").click()
        expect(page.get_by_text("Layar ini baik")).to_be_visible()
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    finally:
        stop(server)
    log = server.log.read_text(encoding="utf-8")
    written = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    failed = [line for line in written if "trace" in line]
    assert [line["reference"] for line in failed] == [reference]
    assert failed[0]["trace"][-1]["type"] == "ValueError"
    assert failed[0]["trace"][-1]["frames"][-1].endswith("fails")
    assert "Traceback" not in log
    for secret in ("Siti", "0812", "jatuh"):
        assert secret not in log
