"""What Prometheus is told: counts, times and sizes; never a name, a case number, an address or a raw path."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector, CollectorRegistry

from database import probe
from domain.errors import StoreUnavailable
from domain.words import CaseStatus
from services import backup, outbox, workers
from services.center import VERSION, Center

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ENDED = (CaseStatus.CLOSED, CaseStatus.MERGED)


def exposition(center: Center) -> bytes:
    """Return everything in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_State(center))
    return generate_latest(REGISTRY) + generate_latest(registry)


class _State(Collector):
    """What is asked of the center at the moment of a scrape."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def collect(self) -> Iterator[Metric]:
        """Yield what is known; without the database the rest."""
        yield InfoMetricFamily("sigap_build", "Which Sigap this is.", {"version": VERSION})
        yield _gauge("sigap_start_time_seconds", "When it was opened.", self._center.started_at.timestamp())
        yield from _workers()
        yield from _disk(self._center.settings.db_path)
        up = GaugeMetricFamily("sigap_database_up", "Whether the database answers.")
        try:
            yield from list(_store(self._center))
            up.add_metric((), 1)
        except StoreUnavailable:
            up.add_metric((), 0)
        yield up


def _store(center: Center) -> Iterator[Metric]:
    reader = center.db.read()
    by_status = GaugeMetricFamily("sigap_open_cases", "Open cases by status.", labels=("status",))
    found = probe.open_cases(reader)
    for status in CaseStatus:
        if status not in _ENDED:
            by_status.add_metric((status.value,), found.get(status.value, 0))
    yield by_status
    yield CounterMetricFamily("sigap_calls", "Calls taken, ever.", value=probe.calls_taken(reader))
    ringing, waiting = probe.alarms(reader), probe.outbox(reader)
    yield _gauge("sigap_alarms_waiting", "Alarms that nobody acknowledged.", ringing.count)
    yield _gauge("sigap_alarm_oldest_seconds", "How long the oldest of them rings.", ringing.oldest_s)
    yield _gauge("sigap_outbox_waiting", "Records for DKISP without a receipt.", waiting.count)
    yield _gauge("sigap_outbox_oldest_seconds", "How long the oldest of them waits.", waiting.oldest_s)
    trouble = outbox.counts(center, datetime.now(UTC)).trouble
    yield _gauge("sigap_outbox_trouble", "Records that need a person.", trouble)
    yield from _backups(center)
    yield _gauge("sigap_events", "Number of the newest event.", center.db.newest_event_seq())


def _backups(center: Center) -> Iterator[Metric]:
    stand = backup.status(center)
    if stand.age_s is not None:
        yield _gauge("sigap_backup_age_seconds", "Age of the newest backup.", stand.age_s)
    yield _gauge("sigap_backup_late", "Whether a backup is missing, or not configured.", stand.late)
    yield _gauge("sigap_backup_behind_events", "Events that no segment holds yet.", stand.behind_events)


def _workers() -> Iterator[Metric]:
    alive = GaugeMetricFamily("sigap_worker_alive", "Whether a worker's thread lives.", labels=("worker",))
    age = GaugeMetricFamily(
        "sigap_worker_turn_age_seconds", "Since a worker's last turn.", labels=("worker",)
    )
    overdue = GaugeMetricFamily(
        "sigap_worker_overdue_seconds", "How long a worker's turn takes beyond its time.", labels=("worker",)
    )
    for one in workers.states():
        if one.has_task:
            alive.add_metric((one.name,), one.is_alive)
            age.add_metric((one.name,), one.turn_age_s)
            overdue.add_metric((one.name,), one.overdue_s)
    yield from (alive, age, overdue)


def _disk(database: Path) -> Iterator[Metric]:
    usage = shutil.disk_usage(database.parent)
    yield _gauge("sigap_disk_free_bytes", "Free where the database lies.", usage.free)
    yield _gauge("sigap_disk_size_bytes", "Size of that disk.", usage.total)
    yield _gauge("sigap_database_bytes", "Size of the database file.", _size(database))
    log = database.with_name(f"{database.name}.wal")
    yield _gauge("sigap_database_log_bytes", "Size of its write-ahead log.", _size(log))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
