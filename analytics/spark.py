"""Measures over the archives of many cities on Apache Spark, by the very expressions of the embedded one.

PySpark, and the part of Ibis that speaks to it, are imported when an engine starts and not before: they are
no requirement of Sigap (requirements-spark.txt).
"""

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ibis
from ibis.expr.types import Table

from analytics.archived import ARCHIVE, FACTS_OF_ARCHIVE, PATTERN, ArchiveFolder
from analytics.engine import EngineUnavailable
from analytics.facts import TABLE
from domain.errors import Need
from domain.words import N_

_NAME = "Apache Spark"
_MISSING = N_(
    "Pasang dengan pip install -r requirements-spark.txt, atau kosongkan SIGAP_ARCHIVE agar dipakai basis "
    "data tertanam."
)
_CONFIG = {
    "spark.sql.session.timeZone": "UTC",
    # Else a city's code would become the number 65.71.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
_LOCAL_CONFIG = {
    # One machine: no answer from outside is needed, and more parts than cores only cost time.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}

_log = logging.getLogger(__name__)


class SparkEngine:
    """Runs expressions over `case_facts`, made of an archive's folder; safe from any thread.

    A session is the process's: one engine at a time. Other settings of Spark (memory, jars) are read where
    Spark reads them, `spark-defaults.conf`.
    """

    name = _NAME

    def __init__(self, master: str, folder: Path) -> None:
        """Start Spark with a master (`local[*]`, `spark://host:port`); every executor must see `folder`.

        Raises EngineUnavailable without PySpark, Java or archive, or where the master does not answer.
        """
        self._folder = ArchiveFolder(folder.absolute(), _NAME)
        self._guard = threading.Lock()
        self._folder.changed()
        self._folder.forget()
        _require_java()
        try:
            from pyspark.sql import SparkSession

            connect = ibis.pyspark.connect
        except ImportError as error:
            reason = Need(N_("modul {module} belum terpasang"), module=error.name or "pyspark")
            raise EngineUnavailable(engine=_NAME, reason=reason, todo=Need(_MISSING)) from error
        builder = SparkSession.builder.appName("Sigap").master(master)
        for name, value in {**_CONFIG, **(_LOCAL_CONFIG if master.startswith("local") else {})}.items():
            builder = builder.config(name, value)
        try:
            with _telling(N_("Periksa SIGAP_ARCHIVE dan apakah Spark di sana berjalan."), master):
                self._session = builder.getOrCreate()
                self._connection = connect(self._session)
        except EngineUnavailable:
            _clear()
            raise

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """Return the rows of an expression, each by the names of its columns. Raises EngineUnavailable."""
        with _telling(N_("Ulangi; bila tetap gagal, mulai ulang Sigap dan periksa catatan Spark.")):
            self._renew()
            found = self._connection.raw_sql(self._connection.compile(expression)).toArrow()
        return [dict(row) for row in found.to_pylist()]

    def close(self) -> None:
        """End the session and its Java process's work."""
        self._session.stop()

    def _renew(self) -> None:
        """Make the view anew where the folder holds other files: Spark keeps the list that it once read."""
        with self._guard:
            if not self._folder.changed():
                return
            try:
                reader = self._session.read.option("basePath", str(self._folder.path))
                reader.parquet(f"{self._folder.path}/{PATTERN}").createOrReplaceTempView(ARCHIVE)
                made = self._connection.raw_sql(self._connection.compile(FACTS_OF_ARCHIVE))
                made.createOrReplaceTempView(TABLE)
            except BaseException:
                self._folder.forget()
                raise


def _require_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") or (home and (Path(home) / "bin" / "java").exists()):
        return
    raise EngineUnavailable(
        engine=_NAME,
        reason=Need(N_("Java tidak ditemukan di mesin ini")),
        todo=Need(N_("Pasang Java 17 atau lebih baru (Debian: apt-get install openjdk-17-jre-headless).")),
    )


def _clear() -> None:
    """Forget a start that failed: PySpark keeps it, and would give it to the next one."""
    from py4j.protocol import Py4JError
    from pyspark import SparkContext

    begun = SparkContext._active_spark_context
    if begun is not None:
        with suppress(Py4JError, OSError):
            begun.stop()


@contextmanager
def _telling(todo: str, master: str | None = None) -> Iterator[None]:
    """Turn what Spark refuses into a sentence; the whole of it goes to the log.

    `master`: what is asked to begin, where that is what may fail.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError, ConnectionError) as error:
        _log.exception("Spark refused")
        words = _first_words(error)
        reason = Need("{text}", text=words)
        if master is not None:
            reason = Need(N_("{master} tidak menjawab atau menolak ({text})"), master=master, text=words)
        raise EngineUnavailable(engine=_NAME, reason=reason, todo=Need(todo)) from error


def _first_words(error: Exception) -> str:
    """Return what went wrong on one line: of an error inside Java what Java said, without its stack."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    java = [line.removeprefix(":").strip() for line in lines if line.startswith(":")]
    return (java or lines or [type(error).__name__])[0][:200].rstrip(".")
