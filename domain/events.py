"""The trail: one immutable line for every change, with what was before and what is after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LATE_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the trail. `before` and `after` hold only the keys that changed.

    account, on_behalf_of: as of its `domain.case.Actor`; "" in events from before there were accounts.
    """

    seq: int
    occurred_at: datetime
    entered_at: datetime
    actor: str
    role: str
    entity: str
    entity_id: str
    action: str
    before: dict[str, Any]
    after: dict[str, Any]
    account: str = ""
    on_behalf_of: str = ""

    @property
    def is_late_entry(self) -> bool:
        """Whether it was entered more than a minute after it happened (entri susulan)."""
        return self.entered_at - self.occurred_at > LATE_AFTER
