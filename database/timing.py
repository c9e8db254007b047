"""How long the one writer is busy; `services.metrics` tells it."""

from prometheus_client import Histogram

WRITES = Histogram(
    "sigap_write_transaction_seconds",
    "Time of a write transaction, from the writer's lock to the disk.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
