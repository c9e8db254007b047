"""Which cases a figure is of, and by what it is told apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import ibis
from ibis.expr.types import Table, Value

from domain.words import CallClass, CaseStatus


@dataclass(frozen=True, slots=True)
class Selection:
    """Cases received from `since` (included) to `until` (excluded), UTC; empty tuples mean any.

    `kecamatan` and `kelurahan` are Kemendagri codes; a case lies in one of either. `cell` is an H3 cell of
    resolution 6 to 9. `hours`: 0 to 23 on the city's clock. Where `agencies` are given a case counts
    if a unit of one of them was sent.
    """

    since: datetime | None = None
    until: datetime | None = None
    cities: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    type_codes: tuple[str, ...] = ()
    kecamatan: tuple[str, ...] = ()
    kelurahan: tuple[str, ...] = ()
    call_classes: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    hours: tuple[int, ...] = ()
    resolution: int | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A watch of the command center: from `start_hour` on the city's clock until the next one begins."""

    code: str
    start_hour: int


class By(StrEnum):
    """What figures are told apart by; the value is the name of the column in the answer."""

    CITY = "city"
    DAY = "day"
    MONTH = "month"
    HOUR = "hour"
    WEEKDAY = "weekday"
    """1 Monday to 7 Sunday (ISO 8601)."""
    SHIFT = "shift"
    KECAMATAN = "kecamatan"
    KELURAHAN = "adm_code"
    DOMAIN = "domain"
    TYPE = "type_code"
    CHANNEL = "channel"
    CLASS = "call_class"
    OUTCOME = "outcome"
    STATUS = "status"
    AGENCY = "agency"
    UNIT = "unit_code"
    H3_6 = "h3_6"
    H3_7 = "h3_7"
    H3_8 = "h3_8"
    H3_9 = "h3_9"


OF_UNITS = (By.AGENCY, By.UNIT)
"""What tells units apart and not cases: each unit that was sent is a row then."""


def chosen(facts: Table, wanted: Selection, *, merged: bool = False) -> Table:
    """Return the rows that a selection is of; merged reports only where asked for."""
    rules = []
    if wanted.since is not None:
        rules.append(facts.received_at >= ibis.literal(wanted.since, "timestamp('UTC')"))
    if wanted.until is not None:
        rules.append(facts.received_at < ibis.literal(wanted.until, "timestamp('UTC')"))
    for column, values in (
        (facts.city, wanted.cities),
        (facts.domain, wanted.domains),
        (facts.type_code, wanted.type_codes),
        (facts.call_class, wanted.call_classes),
    ):
        if values:
            rules.append(column.isin(values))
    if wanted.kecamatan or wanted.kelurahan:
        areas = ((_kecamatan(facts), wanted.kecamatan), (facts.adm_code, wanted.kelurahan))
        rules.append(ibis.or_(*(code.isin(codes) for code, codes in areas if codes)))
    if wanted.hours:
        rules.append(facts.received_local.hour().isin(wanted.hours))
    if wanted.agencies:
        rules.append(ibis.or_(*(facts.units.map(lambda u: u.agency).contains(a) for a in wanted.agencies)))
    if wanted.cell is not None:
        rules.append(facts[f"h3_{wanted.resolution}"] == ibis.literal(wanted.cell, "int64"))
    if not merged:
        rules.append(facts.status != CaseStatus.MERGED.value)
    return facts.filter(rules) if rules else facts


def rescues(rows: Table) -> Table:
    """Return the rows that were decided to be calls for help."""
    return rows.filter(rows.call_class == CallClass.NORMAL.value)


def each_unit(rows: Table) -> Table:
    """Return a row for each unit that was sent, its own times in the places of the case's.

    `response_s` is there only for the first arriving unit of an agency, so that a mean counts each case once.
    """
    opened = rows.mutate(unit=rows.units.unnest())
    unit = opened.unit
    return opened.mutate(
        agency=unit.agency,
        unit_code=unit.unit_code,
        kind=unit.kind,
        turnout_s=unit.turnout_s,
        travel_s=unit.travel_s,
        busy_s=unit.busy_s,
        response_s=unit.first_response_s,
    )


def told_apart(rows: Table, by: Sequence[By], shifts: Sequence[Shift] = ()) -> tuple[Table, dict[str, Value]]:
    """Return the rows and the keys by which they are told apart: name -> value.

    Raises ValueError for shifts that are asked for but not known.
    """
    if any(one in OF_UNITS for one in by):
        rows = each_unit(rows)
    return rows, {one.value: _key(rows, one, shifts) for one in by}


def _key(rows: Table, by: By, shifts: Sequence[Shift]) -> Value:
    local = rows.received_local
    if by is By.DAY:
        return local.truncate("D").date()
    if by is By.MONTH:
        return local.truncate("M").date()
    if by is By.HOUR:
        return local.hour()
    if by is By.WEEKDAY:
        return local.day_of_week.index() + 1
    if by is By.SHIFT:
        return _shift(local.hour(), shifts)
    if by is By.KECAMATAN:
        return _kecamatan(rows)
    return rows[by.value]


def _kecamatan(rows: Table) -> Value:
    """Return the code of the kecamatan: the first three parts of the kelurahan's (PP.KK.CC.DDDD)."""
    return rows.adm_code.substr(0, 8)


def _shift(hour: Value, shifts: Sequence[Shift]) -> Value:
    if not shifts:
        raise ValueError("the city's shifts are not known")
    ordered = sorted(shifts, key=lambda one: one.start_hour)
    # Before the first of the day it is still the last one's watch.
    found = ibis.literal(ordered[-1].code)
    for one in ordered:
        found = ibis.ifelse(hour >= one.start_hour, ibis.literal(one.code), found)
    return found
