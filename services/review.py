"""Lists of cases for leadership; what is measured of them is `services.analysis`."""

from database import reads
from database.reads import CaseLine, Filter
from services.center import Center

__all__ = ["CaseLine", "Filter", "case_lines"]


def case_lines(center: Center, wanted: Filter, limit: int = 200) -> list[CaseLine]:
    """Return the newest cases that fit, at most `limit`."""
    return reads.lines(center.db.read(), wanted, limit)
