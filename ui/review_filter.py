"""Which cases leadership looks at: days, matra, types, places, agencies, one cell; kept in the address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.selection import Selection as Wanted
from domain.words import Domain
from geo.cells import cell_text, parsed_cell
from services import registry
from services.review import Filter
from ui import parts
from ui.i18n import _, timezone
from ui.state import (
    REVIEW_AGENCIES,
    REVIEW_AREAS,
    REVIEW_CELL,
    REVIEW_DOMAINS,
    REVIEW_PERIOD,
    REVIEW_TYPES,
)
from ui.words import agency_name, type_label

DEFAULT_DAYS = 30
EARLIEST = date(2000, 1, 1)
"""Without it a period that begins over ten years ago would be put back without a word."""
_KECAMATAN_PARTS = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen: first and last day (both included, city time); empty tuples mean any.

    `areas`: Kemendagri codes of kecamatan and kelurahan. `cell`: an H3 cell and its resolution.
    """

    first: date
    last: date
    domains: tuple[Domain, ...] = ()
    type_codes: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    cell: tuple[int, int] | None = None

    @property
    def days(self) -> int:
        """Number of days, first and last included."""
        return (self.last - self.first).days + 1

    @property
    def kecamatan(self) -> tuple[str, ...]:
        """The codes of kecamatan among the areas."""
        return tuple(code for code in self.areas if len(code.split(".")) == _KECAMATAN_PARTS)

    @property
    def kelurahan(self) -> tuple[str, ...]:
        """The codes of kelurahan among the areas."""
        return tuple(code for code in self.areas if len(code.split(".")) > _KECAMATAN_PARTS)

    def wanted(self, zone: ZoneInfo) -> Filter:
        """Return the filter of lists and files: from midnight of the first day to midnight after the last."""
        return Filter(**self._shared(zone), cell=self.cell)

    def measured(self, zone: ZoneInfo) -> Wanted:
        """Return the selection that measures are taken of: the same cases as `wanted`."""
        cell, resolution = self.cell or (None, None)
        return Wanted(**self._shared(zone), cell=cell, resolution=resolution)

    def _shared(self, zone: ZoneInfo) -> dict[str, Any]:
        return {
            "since": _midnight(self.first, zone),
            "until": _midnight(self.last + timedelta(days=1), zone),
            "domains": tuple(domain.value for domain in self.domains),
            "type_codes": self.type_codes,
            "kecamatan": self.kecamatan,
            "kelurahan": self.kelurahan,
            "agencies": self.agencies,
        }


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def choose() -> Selection | None:
    """Draw the filters and return what was chosen; None (and a sentence) while the last day is missing."""
    days, matra, types, areas, agencies = st.columns([7, 7, 9, 9, 8], vertical_alignment="bottom")
    with days:
        period = _period()
    with matra:
        domains = st.pills(
            _("Matra"),
            list(Domain),
            selection_mode="multi",
            format_func=lambda domain: _(domain.label),
            key=REVIEW_DOMAINS,
            bind="query-params",
        )
    with types:
        codes = sorted(registry.snapshot(parts.here()).all_types, key=type_label)
        type_codes = _several(_("Jenis kejadian"), codes, type_label, _("Semua jenis"), REVIEW_TYPES)
    with areas:
        chosen_areas = _several(_("Wilayah"), _area_codes(), area_label, _("Seluruh kota"), REVIEW_AREAS)
    with agencies:
        known = sorted(parts.here().pack.agencies)
        chosen_agencies = _several(
            _("Instansi yang dikerahkan"), known, agency_name, _("Semua instansi"), REVIEW_AGENCIES
        )
    # A place of its own, also while empty: what stands below, such as a map, must not be built anew for it.
    with st.container(key="review_cell"):
        cell = _cell()
    if len(period) != 2:
        st.info(_("Pilih juga tanggal akhir; angka muncul setelah rentangnya lengkap."))
        return None
    return Selection(period[0], period[1], tuple(domains), type_codes, chosen_areas, chosen_agencies, cell)


def pick_cell(cell: int | None) -> None:
    """Look at the cases of one H3 cell only from now on; None: of all again."""
    if cell is None:
        st.query_params.pop(REVIEW_CELL, None)
    else:
        st.query_params[REVIEW_CELL] = cell_text(cell)


def area_label(code: str) -> str:
    """Return the name of a kecamatan or kelurahan by its Kemendagri code."""
    pack = parts.here().pack
    if code in pack.kelurahan:
        return pack.kelurahan[code].name
    name = next((e.kecamatan for known, e in pack.kelurahan.items() if known.startswith(f"{code}.")), code)
    return _("Kec. {name}").format(name=name)


def _period() -> Sequence[date]:
    today = parts.now().astimezone(timezone()).date()
    days: Sequence[date] = st.date_input(
        _("Diterima antara ({zone})").format(zone=parts.here().pack.city.timezone_label),
        (today - timedelta(days=DEFAULT_DAYS - 1), today),
        min_value=EARLIEST,
        max_value=today,
        format="DD/MM/YYYY",
        key=REVIEW_PERIOD,
        bind="query-params",
    )
    return days


def _several(
    label: str, codes: list[str], name: Callable[[str], str], nothing: str, key: str
) -> tuple[str, ...]:
    found = st.multiselect(label, codes, format_func=name, placeholder=nothing, key=key, bind="query-params")
    return tuple(found)


def _area_codes() -> list[str]:
    """Return the city's kecamatan, each before its kelurahan."""
    kelurahan = parts.here().pack.kelurahan
    kecamatan = {code.rsplit(".", 1)[0] for code in kelurahan}
    return sorted({*kelurahan, *kecamatan})


def _cell() -> tuple[int, int] | None:
    """Return the cell that the address names; a line says so, and how to leave it."""
    asked = st.query_params.get(REVIEW_CELL)
    if not asked:
        return None
    known = parsed_cell(asked)
    words, button = st.columns([8, 2], vertical_alignment="center")
    if known is None:
        words.warning(
            _(
                "Sel peta {cell} pada alamat tidak dikenal, sehingga tidak dipakai. "
                "Hapus, lalu pilih di peta."
            ).format(cell=asked)
        )
    else:
        words.info(_("Hanya kasus di sel peta {cell} (H3, resolusi {n}).").format(cell=asked, n=known[1]))
    button.button(_("Hapus sel"), key="review_cell_off", on_click=pick_cell, args=(None,), width="stretch")
    return known
