"""Schemathesis over the whole OpenAPI document, against a real server with a database of its own.

`make fuzz` runs it long; the suite runs the same for seconds (test_api_schema.py).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from api_builders import TOKENS_ADMIN, a_token
from center_builders import BOAT, settings

from api.app import build_api
from domain.limits import Limits
from services import devices, workers
from services.center import close_center, open_center

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Target:
    """A served API, its document as a file, and the credentials that open it."""

    address: str
    folder: Path
    system: str
    device: str

    @property
    def document(self) -> Path:
        return self.folder / "openapi.json"


@contextmanager
def target(folder: Path) -> Iterator[Target]:
    """Serve the API over a new database in `folder`, as often as one likes to ask."""
    from test_api import serving

    center = open_center(settings(folder))
    try:
        app = build_api(Limits(scale=1e6, free_strikes=10**9))
        device = devices.make(center, datetime.now(UTC), TOKENS_ADMIN, BOAT, "HP").token
        with workers.running(center), serving(app) as url:
            found = Target(url, folder, a_token(center), device)
            found.document.write_text(json.dumps(app.openapi()))
            yield found
    finally:
        close_center()


def fuzz(
    at: Target, token: str | None, seconds: int, phases: Sequence[str] = PHASES, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run Schemathesis for about so many seconds; token: what is sent as bearer, None for no credentials."""
    config = at.folder / "schemathesis.toml"
    config.write_text("" if token is None else _config(at, token))
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run"),
        *(str(at.document), "--url", at.address, "--max-time", str(seconds), "--phases", ",".join(phases)),
        *(
            "--checks",
            ",".join(CHECKS),
            "--warnings",
            "off",
            "--request-timeout",
            "60",
            "--seed",
            "7",
            "--no-color",
            *more,
        ),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=at.folder, timeout=seconds * 4 + 120)


def _config(at: Target, token: str) -> str:
    schemes = {
        "Token": f'bearer = "{token}"',
        "DeviceId": f'api_key = "{at.device}"',
        "DeviceToken": f'api_key = "{at.device}"',
        "DevicePassword": f'username = "regu"\npassword = "{at.device}"',
    }
    return "\n".join(f"[auth.openapi.{name}]\n{told}\n" for name, told in schemes.items())


def main(minutes: float) -> int:
    """Fuzz as a system, as a phone and as nobody; print what was found; return 0 when that is nothing."""
    worst = 0
    with TemporaryDirectory() as folder, target(Path(folder)) as at:
        for name, token, share in (
            ("system", at.system, 0.6),
            ("phone", at.device, 0.2),
            ("nobody", None, 0.2),
        ):
            ran = fuzz(at, token, max(5, round(60 * minutes * share)))
            sys.stdout.write(f"=== as {name}: exit {ran.returncode}\n{ran.stdout}{ran.stderr}\n")
            sys.stdout.flush()
            worst = max(worst, ran.returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0))
