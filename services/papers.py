"""The papers as PDF: one function a paper. What they say is read here, bounded by a day, a period or a month.

Every paper is a masked copy; there is no other. The same state and the same `now` give the same bytes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from database import cases, reads
from database import duty as duty_store
from database import papers as store
from database.papers import EmergencyForm
from database.reads import Filter
from domain.case import Actor, Attachment, Case
from domain.errors import BadInput, Need, NotFound
from domain.permissions import Action, require
from domain.response_plan import ResponsePlan
from domain.words import N_
from export.form import case_form
from export.paper import emergency, handover, pranks, recap, register, subject
from export.paper.photos import photos
from export.paper.sketch import sketch
from export.paper.words import Emblem, House
from export.record import case_record
from services import paper_figures, records, registry
from services.center import Center
from services.paper_figures import PRANKS

__all__ = [
    "EmergencyForm",
    "case_report",
    "day_register",
    "emergency_forms",
    "enter_form",
    "issue_forms",
    "issued_forms",
    "month_recap",
    "prank_list",
    "shift_handover",
    "signed_handover",
]

MOST_FORMS = 50
"""Blank forms issued at once."""
LONGEST_PERIOD_DAYS = 92
LONGEST_SHIFT = timedelta(hours=48)
EMBLEMS = ("svg", "png", "jpg")


def case_report(center: Center, now: datetime, case: Case) -> bytes:
    """Return the *Laporan Penanganan* of a case with map sketch and photos: the same case, the same bytes.

    What is newer than the case (`now`) is not in it.
    """
    private = cases.get_private(center.db.read(), case.case_id)
    context = records.record_context(center)
    place = case.location.point
    drawn = None
    if place is not None:
        drawn = sketch(center.pack.zones, place, center.pack.city.name, case.location.accuracy_m)
    return case_form(
        case_record(case, private, context, sent_at=now),
        case,
        private,
        context,
        house=_house(center),
        sketch=drawn,
        photos=photos(case.attachments, lambda item: _kept(center, item)),
    )


def issue_forms(center: Center, now: datetime, actor: Actor, count: int) -> tuple[str, ...]:
    """Give out the next serials for blank emergency forms; return them. Raises NotPermitted, BadInput."""
    require(actor, Action.TAKE_CALL)
    if not 1 <= count <= MOST_FORMS:
        reason = Need(N_("{count} bukan antara 1 dan {most}."), count=count, most=MOST_FORMS)
        raise BadInput("count", N_("Jumlah formulir"), reason)
    year = now.astimezone(center.pack.city.timezone).year
    with center.db.write() as writer:
        numbers = [cases.next_number(writer, f"emergency-{year}") for _ in range(count)]
        serials = tuple(f"FD-{year}-{number:04d}" for number in numbers)
        store.add_forms(writer, serials, now, actor.name)
        told = {"first": serials[0], "last": serials[-1], "count": count}
        cases.append_event(
            writer,
            actor,
            "emergency_form",
            serials[0],
            Action.PRINT_FORM.value,
            {},
            told,
            occurred_at=now,
            entered_at=now,
        )
    return serials


def emergency_forms(center: Center, serials: Sequence[str]) -> bytes:
    """Return the blank forms of issued serials, also again. Raises NotFound for one that was never issued."""
    reader = center.db.read()
    for serial in serials:
        if store.form(reader, serial) is None:
            raise NotFound(N_("Formulir Darurat"), serial)
    pack = center.pack
    return emergency.emergency_forms(
        _house(center),
        serials,
        pack.sop,
        [agency.name for agency in pack.agencies.values() if not agency.support],
        [pack.agencies[code].name if code in pack.agencies else code for code in pack.sop.forward_to],
        pack.city.timezone_label,
    )


def issued_forms(center: Center, limit: int = 200) -> list[EmergencyForm]:
    """Return the serials issued last, newest first, each with the case it was entered as."""
    return store.forms(center.db.read(), limit)


def enter_form(center: Center, now: datetime, actor: Actor, serial: str, case_id: str) -> EmergencyForm:
    """Note that a filled form was entered as a case (entri susulan).

    The same twice changes nothing. Raises NotPermitted, NotFound (serial, case), and BadInput for a form that
    was entered as another case.
    """
    require(actor, Action.TAKE_CALL)
    with center.db.write() as writer:
        known = store.form(writer, serial)
        if known is None:
            raise NotFound(N_("Formulir Darurat"), serial)
        case = cases.get(writer, case_id)
        if known.case_id == case.case_id:
            return known
        if known.case_id is not None:
            other = cases.get(writer, known.case_id).call_no
            reason = Need(
                N_("sudah dientri sebagai {call_no} oleh {actor}."), call_no=other, actor=known.entered_by
            )
            raise BadInput("serial", N_("Formulir Darurat"), reason)
        store.set_entered(writer, serial, case.case_id, now, actor.name)
        cases.append_event(
            writer,
            actor,
            "emergency_form",
            serial,
            Action.TAKE_CALL.value,
            {},
            {"case_id": case.case_id},
            occurred_at=now,
            entered_at=now,
        )
    return replace(known, case_id=case.case_id, entered_at=now, entered_by=actor.name)


def day_register(center: Center, now: datetime, day: date) -> bytes:
    """Return the *Buku Register* of a local day, as the calls stand at `now`."""
    reader = center.db.read()
    found = store.calls(reader, *_span(center, day, day))
    primary = store.call_numbers(reader, {case.merged_into for case in found if case.merged_into})
    return register.day_register(_house(center), now, day, found, _plan(center), primary)


def prank_list(center: Center, now: datetime, first: date, last: date) -> bytes:
    """Return the *Daftar Panggilan Prank/Ghost* from `first` to `last`, both included.

    Raises BadInput for a period that is no period or longer than `LONGEST_PERIOD_DAYS`.
    """
    if not 0 <= (last - first).days < LONGEST_PERIOD_DAYS:
        reason = Need(N_("harus 1 sampai {most} hari, dari awal ke akhir."), most=LONGEST_PERIOD_DAYS)
        raise BadInput("period", N_("Masa"), reason)
    since, until = _span(center, first, last)
    reader = center.db.read()
    found = store.calls(reader, since, until, PRANKS)
    total = reads.total(reader, Filter(since=since, until=until))
    return pranks.prank_list(_house(center), now, first, last, found, total)


def month_recap(center: Center, now: datetime, year: int, month: int, *, for_outside: bool = True) -> bytes:
    """Return the month's *rekapitulasi*; `for_outside`: counts of 1 and 2 are told as `<3`.

    Raises BadInput for a month that does not exist.
    """
    if not (1 <= month <= 12 and 1 <= year <= 9998):
        raise BadInput("month", N_("Bulan"), Need(N_("{month}-{year} tidak ada."), month=month, year=year))
    found = paper_figures.month(center, date(year, month, 1))
    return recap.month_recap(_house(center), now, found, for_outside=for_outside)


def shift_handover(
    center: Center, now: datetime, since: datetime, *, outgoing: str = "", incoming: str = ""
) -> bytes:
    """Return the *Serah Terima Piket* of the shift from `since` to `now`.

    `outgoing`, `incoming`: names of the two officers who sign; empty to write them by hand. Raises BadInput
    for a shift that ends before it began or is longer than `LONGEST_SHIFT`.
    """
    if not timedelta(0) < now - since <= LONGEST_SHIFT:
        hours = int(LONGEST_SHIFT.total_seconds()) // 3600
        reason = Need(N_("harus sebelum sekarang dan paling lama {hours} jam yang lalu."), hours=hours)
        raise BadInput("since", N_("Mulai piket"), reason)
    shift = paper_figures.shift(center, now, since, outgoing, incoming)
    return handover.shift_handover(_house(center), shift, _plan(center))


def signed_handover(center: Center, handover_id: str) -> bytes:
    """Return the *Serah Terima Piket* of a handover as it was signed on the screen. Raises NotFound."""
    return handover.signed_handover(_house(center), duty_store.handover(center.db.read(), handover_id))


def subject_copy(center: Center, now: datetime, told: Mapping[str, Any]) -> bytes:
    """Return the *Salinan Data Pribadi* of what `services.subject` gathered of a person."""
    return subject.subject_copy(_house(center), now, told)


def _house(center: Center) -> House:
    """Return whose paper it is; the emblem is `lambang.svg`, `.png` or `.jpg` of the city pack, if any."""
    context = records.record_context(center)
    emblem = None
    for kind in EMBLEMS:
        path = center.pack.folder / f"lambang.{kind}"
        if path.is_file():
            emblem = Emblem(path.read_bytes(), kind)
            break
    return House(context.letterhead, context.timezone, emblem, center.is_demo)


def _plan(center: Center) -> ResponsePlan:
    """Return the plan with retired incident types, for old cases."""
    return ResponsePlan(registry.snapshot(center).all_types)


def _kept(center: Center, item: Attachment) -> bytes | None:
    """Return a documentation file as it was kept; None when it is gone or is no longer what it was."""
    try:
        content = (center.attachments_dir / item.sha256).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == item.sha256 else None


def _span(center: Center, first: date, last: date) -> tuple[datetime, datetime]:
    """Return the begin of a local day and the end of another, as (included, excluded)."""
    zone = center.pack.city.timezone
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
    )
