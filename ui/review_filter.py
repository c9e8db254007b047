"""Which cases leadership looks at: days, matra, incident types; kept in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from domain.words import Domain
from services import registry
from services.review import Filter
from ui import parts
from ui.i18n import _, timezone
from ui.state import REVIEW_DOMAINS, REVIEW_PERIOD, REVIEW_TYPES
from ui.words import type_label

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen: first and last day (both included, city time), matra and type codes (empty: any)."""

    first: date
    last: date
    domains: tuple[Domain, ...] = ()
    type_codes: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """Number of days, first and last included."""
        return (self.last - self.first).days + 1

    def wanted(self, zone: ZoneInfo) -> Filter:
        """Return the filter: from midnight of the first day to midnight after the last, in `zone`."""
        return Filter(
            since=_midnight(self.first, zone),
            until=_midnight(self.last + timedelta(days=1), zone),
            domains=tuple(domain.value for domain in self.domains),
            type_codes=self.type_codes,
        )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def choose() -> Selection | None:
    """Draw the filters and return what was chosen; None (and a sentence) while the last day is missing."""
    today = parts.now().astimezone(timezone()).date()
    left, middle, right = st.columns([3, 3, 6], vertical_alignment="bottom")
    with left:
        label = _("Diterima antara ({zone})").format(zone=parts.here().pack.city.timezone_label)
        days: Sequence[date] = st.date_input(
            label,
            (today - timedelta(days=DEFAULT_DAYS - 1), today),
            max_value=today,
            format="DD/MM/YYYY",
            key=REVIEW_PERIOD,
            bind="query-params",
        )
    with middle:
        domains = st.pills(
            _("Matra"),
            list(Domain),
            selection_mode="multi",
            format_func=lambda domain: _(domain.label),
            key=REVIEW_DOMAINS,
            bind="query-params",
        )
    with right:
        types = st.multiselect(
            _("Jenis kejadian"),
            sorted(registry.snapshot(parts.here()).all_types, key=type_label),
            format_func=type_label,
            placeholder=_("Semua jenis"),
            key=REVIEW_TYPES,
            bind="query-params",
        )
    if len(days) != 2:
        st.info(_("Pilih juga tanggal akhir; angka muncul setelah rentangnya lengkap."))
        return None
    return Selection(days[0], days[1], tuple(domains), tuple(types))
