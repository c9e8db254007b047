"""What this process counts and times while it works, for `services.metrics`; labels are of fixed sets."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

from domain.positions import FixRefusal

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Histogram(
    "sigap_http_request_duration_seconds",
    "Time to answer a request, by the route's template.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
WEBSOCKETS = Gauge("sigap_websockets", "Open websockets: one a browser tab.")
SCREENS = Histogram(
    "sigap_screen_draw_seconds", "Time to run a screen's script.", ("screen",), buckets=_SECONDS
)
POSITIONS = Counter("sigap_positions", "Positions that devices reported.", ("result",))
FAILURES = Counter("sigap_failures", "Errors of the program that a person was given a reference for.")


def count_positions(answers: Iterable[FixRefusal | None]) -> None:
    """Count what became of positions."""
    for refusal in answers:
        POSITIONS.labels("accepted" if refusal is None else refusal.value).inc()
