"""What a person may ask about data held of them: found, copied, corrected, erased; each request on record.

A supervisor takes the request, notes how the identity was checked, and picks the cases one by one from masked
candidates. Name and number of the one who asks are given anew each time: the register keeps them masked.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from database import access_log as looks
from database import cases, notices, outbox
from database import retention as erasing
from database import subject as store
from database.access_log import Wanted
from database.codec import flatten
from database.connection import Reader, Writer
from domain.access_log import Seen, Way
from domain.case import Actor, Case, Private
from domain.errors import BadInput, Need, NotFound
from domain.identity import mask_phone, reporter_ref, uuid7
from domain.permissions import Action, require
from domain.retention import ERASED, rule_of, sentences
from domain.subject import (
    ANSWER_WITHIN,
    SHORTEST_NAME,
    Candidate,
    Part,
    Request,
    RequestKind,
    RequestState,
    Subject,
    hash_goes,
    why_kept,
)
from domain.words import N_
from export import redact
from services import access_log, papers, registry, retention
from services.center import Center
from services.intake import checked_number

__all__ = [
    "Candidate",
    "Copied",
    "Erased",
    "Part",
    "Request",
    "RequestKind",
    "RequestState",
    "copy",
    "dkisp_notice",
    "erase",
    "find",
    "listed",
    "rectify",
    "refuse",
    "subject_of",
    "take",
]

SHOWN = 200
LONGEST = 500
_TEXT_LIMIT = 10_000
_REQUEST = N_("Permintaan")
_OTHERS = (
    "Hanya data Anda. Nama dan nomor orang lain dalam kalimat yang sama disamarkan (•••) sejauh dikenali. "
    "Cadangan yang terenkripsi memuat data yang sama sampai rotasinya habis."
)
_RIGHTS = (
    "Anda dapat meminta perbaikan, penghapusan, atau mengajukan keberatan kepada pusat komando ini, dan "
    "mengadu kepada lembaga pelindungan data pribadi (UU 27/2022; pasal: [M])."
)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy for the person, as data and on paper."""

    request: Request
    json: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: call numbers, why others stay, and what DKISP must be told ("": nothing)."""

    request: Request
    erased: tuple[str, ...]
    kept: tuple[Need, ...]
    notice: str


def subject_of(name: str = "", phone: str = "") -> Subject:
    """Return whom it is about. Raises BadInput without a usable name or number."""
    found = Subject(" ".join(name.split()), checked_number(phone))
    words = [word for word in found.name.split() if len(word) >= SHORTEST_NAME]
    if not found.phone and not words:
        raise BadInput(
            "subject",
            N_("Pemilik data"),
            Need(
                N_("tulis nama (kata dengan {least} huruf atau lebih) atau nomor teleponnya."),
                least=SHORTEST_NAME,
            ),
        )
    return found


def take(
    center: Center,
    now: datetime,
    actor: Actor,
    kind: RequestKind,
    subject: Subject,
    checked_how: str,
    asked_at: datetime | None = None,
) -> Request:
    """Put a request on record; it is to be answered within 3×24 hours after it was received.

    checked_how: how the identity was checked. Raises NotPermitted, BadInput.
    """
    require(actor, Action.SUBJECT_REQUEST)
    asked = asked_at or now
    if asked > now:
        raise BadInput("asked_at", N_("Diterima"), Need(N_("belum terjadi. Periksa tanggal dan jamnya.")))
    how = _words(subject, checked_how, "checked_how", N_("Cara identitas diperiksa"))
    request = Request(
        uuid7(now, os.urandom(10)),
        kind,
        RequestState.OPEN,
        subject.masked,
        how,
        asked,
        asked + ANSWER_WITHIN,
        actor.name,
    )
    with center.db.write() as writer:
        store.add(writer, request)
        _event(writer, now, actor, request, {"kind": kind.value, "checked_how": how})
    return request


def listed(center: Center, actor: Actor, limit: int = SHOWN) -> list[Request]:
    """Return the register, what waits first. Raises NotPermitted."""
    require(actor, Action.SEE_ACCESS_LOG)
    return store.every(center.db.read(), limit)


def find(center: Center, now: datetime, actor: Actor, request_id: str, subject: Subject) -> list[Candidate]:
    """Return the cases in which the person may stand, masked, newest first; the search itself is noted.

    Raises NotPermitted, NotFound.
    """
    require(actor, Action.SUBJECT_REQUEST)
    with center.db.write() as writer:
        request = _request(writer, request_id)
        access_log.store_now(writer, now, actor, Seen.SUBJECT_SEARCH, Way.SCREEN, reason=_of(request))
    return _found(center, center.db.read(), subject)


def copy(
    center: Center, now: datetime, actor: Actor, request_id: str, subject: Subject, case_ids: Sequence[str]
) -> Copied:
    """Return everything held of the person in the cases picked, and answer the request with it.

    Noted as a look at each case before anything is given. Raises NotPermitted, NotFound, BadInput.
    """
    require(actor, Action.SUBJECT_REQUEST)
    reader = center.db.read()
    request = _request(reader, request_id, RequestKind.COPY)
    picked = _picked(center, reader, subject, case_ids)
    access_log.flush(center)
    told = {
        "request": request.request_id,
        "name": subject.name,
        "phone": subject.phone,
        "checked_how": request.checked_how,
        "asked_at": _time(center, request.asked_at),
        "made_at": _time(center, now),
        "note": _OTHERS,
        "rights": _RIGHTS,
        "cases": [_told(center, reader, one, subject) for one in picked],
    }
    made = json.dumps(told, ensure_ascii=False, indent=2).encode()
    pdf = papers.subject_copy(center, now, told)
    ids = tuple(one.case_id for one in picked)
    with center.db.write() as writer:
        access_log.store_now(
            writer, now, actor, Seen.SUBJECT_COPY, Way.FILE, case_ids=ids, reason=_of(request)
        )
        numbers = ", ".join(one.call_no for one in picked)
        request = _answer(
            writer, now, actor, request, RequestState.DONE, ids, f"Salinan diberikan: {numbers}."
        )
    return Copied(request, made, pdf)


def rectify(
    center: Center,
    now: datetime,
    actor: Actor,
    request_id: str,
    subject: Subject,
    case_id: str,
    *,
    name: str = "",
    phone: str = "",
) -> Request:
    """Correct the reporter's name or number in a case; what stood there before is not kept anywhere.

    The trail says what was corrected, never to or from what; of a number it keeps hash and last three digits,
    as of every number. Raises NotPermitted, NotFound, BadInput without anything to correct.
    """
    require(actor, Action.SUBJECT_REQUEST)
    new_name, new_phone = " ".join(name.split()), checked_number(phone)
    if not new_name and not new_phone:
        raise BadInput("subject", N_("Perbaikan"), Need(N_("tulis nama atau nomor yang benar.")))
    with center.db.write() as writer:
        request = _request(writer, request_id, RequestKind.RECTIFY, open_only=True)
        if _picked(center, writer, subject, [case_id])[0].part is not Part.REPORTER:
            raise BadInput(
                "case_id", N_("Kasus"), Need(N_("orang ini bukan pelapornya; tidak ada yang diubah."))
            )
        stored = cases.load(writer, case_id)
        case, private = stored.case, cases.get_private(writer, case_id)
        if private == Private(narrative=""):
            raise BadInput("case_id", N_("Kasus"), Need(N_("identitas di kasus ini sudah dihapus.")))
        corrected = replace(
            private,
            reporter_name=new_name or private.reporter_name,
            callback_number=new_phone or private.callback_number,
        )
        call = case.call
        if new_name:
            call = replace(call, reporter_named=True, anonymous_reason=None)
        if new_phone:
            ref = reporter_ref(center.key, new_phone)
            call = replace(
                call, reporter_ref=ref, reporter_phone_masked=mask_phone(new_phone), no_number_reason=None
            )
        cases.save_private(writer, case_id, corrected)
        if call != case.call:
            cases.save(
                writer,
                stored,
                replace(case, call=call),
                actor=actor,
                action=Action.SUBJECT_REQUEST,
                occurred_at=now,
                entered_at=now,
            )
        what = ["name"] * bool(new_name) + ["number"] * bool(new_phone)
        _event(writer, now, actor, request, {"case_id": case_id, "corrected": what})
        told = " dan ".join({"name": "nama", "number": "nomor"}[one] for one in what)
        return _answer(
            writer, now, actor, request, RequestState.DONE, (case_id,), f"{case.call_no}: {told} diperbaiki."
        )


def erase(
    center: Center, now: datetime, actor: Actor, request_id: str, subject: Subject, case_ids: Sequence[str]
) -> Erased:
    """Erase the person from the cases picked, as retention would (`database.retention.anonymise`).

    A reporter's case loses its whole identity; where the person is only told of, just the name and number go.
    Open cases and cases under a legal hold stay, with the reason; the facts of a case always stay.
    Raises NotPermitted, NotFound, BadInput.
    """
    require(actor, Action.SUBJECT_REQUEST)
    with center.db.write() as writer:
        request = _request(writer, request_id, RequestKind.ERASE, open_only=True)
        picked = _picked(center, writer, subject, case_ids)
        held = erasing.held(writer)
        going: list[tuple[Candidate, Case]] = []
        kept: list[Need] = []
        for one in picked:
            case = cases.get(writer, one.case_id)
            why = why_kept(_handled_as(writer, case), held.get(one.case_id))
            if why is None:
                going.append((one, case))
            else:
                kept.append(why)
        erasures = [_erasure(center, writer, one, case, subject, now) for one, case in going]
        erasing.anonymise(writer, erasures, now, actor, Action.SUBJECT_REQUEST)
        erased = tuple(one.call_no for one, _ in going)
        ids = tuple(one.case_id for one, _ in going)
        state = RequestState.REFUSED if not going else RequestState.PARTLY if kept else RequestState.DONE
        told = [f"Dihapus: {', '.join(erased)}."] if erased else []
        outcome = " ".join([*told, *(one.sentence(show=lambda at: _time(center, at)) for one in kept)])
        request = _answer(writer, now, actor, request, state, ids, outcome)
    return Erased(request, erased, tuple(kept), dkisp_notice(center, now, request))


def refuse(center: Center, now: datetime, actor: Actor, request_id: str, why: str) -> Request:
    """Answer a request with a refusal and its reason. Raises NotPermitted, NotFound, BadInput."""
    require(actor, Action.SUBJECT_REQUEST)
    with center.db.write() as writer:
        request = _request(writer, request_id, open_only=True)
        told = _words(Subject(), why, "reason", N_("Alasan"))
        return _answer(writer, now, actor, request, RequestState.REFUSED, (), told)


def dkisp_notice(center: Center, now: datetime, request: Request) -> str:
    """Return the letter that tells DKISP which records a correction or erasure concerns; "" for none sent."""
    reader = center.db.read()
    sent = [one for case_id in request.case_ids for one in outbox.of_record(reader, case_id)]
    if not sent or request.kind is RequestKind.COPY:
        return ""
    done = "diperbaiki" if request.kind is RequestKind.RECTIFY else "dihapus"
    lines = [
        "Kepada Dinas Komunikasi, Informatika, Statistik dan Persandian",
        f"Perihal: permintaan pemilik data pribadi {request.request_id}",
        "",
        f"Atas permintaan pemilik data (UU 27/2022), identitas pada kasus-kasus berikut telah {done} di "
        f"Sigap pada {_time(center, request.done_at or now)}. Record yang sudah Saudara terima memuat sidik "
        "nomor dan "
        "tiga angka terakhirnya. Mohon lakukan hal yang sama pada salinan Saudara dan kabarkan hasilnya:",
        *(
            f"- record {one.record_id} revisi {one.revision}, dikirim {_time(center, one.queued_at)}"
            for one in sent
        ),
    ]
    return "\n".join(lines)


# --- inside ---------------------------------------------------------------------------------------------


def _found(
    center: Center, reader: Reader, subject: Subject, only: Sequence[str] | None = None
) -> list[Candidate]:
    ref = reporter_ref(center.key, subject.phone) if subject.phone else ""
    return store.find(reader, subject, ref, SHOWN, only)


def _picked(center: Center, reader: Reader, subject: Subject, case_ids: Sequence[str]) -> list[Candidate]:
    """Return the picked cases. Raises BadInput for none, or one that does not tell of the person."""
    known = {one.case_id: one for one in _found(center, reader, subject, case_ids)}
    if not case_ids or any(case_id not in known for case_id in case_ids):
        raise BadInput("case_ids", N_("Kasus"), Need(N_("pilih dari hasil pencarian untuk orang ini.")))
    return [known[case_id] for case_id in dict.fromkeys(case_ids)]


def _handled_as(reader: Reader, case: Case) -> Case:
    """Return the case under which a report is handled: the one into which it was merged, or itself."""
    seen = {case.case_id}
    while case.merged_into and case.merged_into not in seen:
        seen.add(case.merged_into)
        case = cases.get(reader, case.merged_into)
    return case


def _person(subject: Subject) -> Private:
    return Private("", subject.name or None, subject.phone or None)


def _erasure(
    center: Center, writer: Writer, one: Candidate, case: Case, subject: Subject, now: datetime
) -> erasing.Erasure:
    private = cases.get_private(writer, one.case_id)
    rule = rule_of(case.call.call_class)
    if one.part is Part.REPORTER:
        goes = hash_goes(case, now, center.pack.city.prank_history_days)
        return erasing.Erasure(
            one.case_id, rule, lambda text: redact.redact(text, private, _TEXT_LIMIT) or ERASED, goes
        )
    person = _person(subject)
    return erasing.Erasure(
        one.case_id, rule, lambda text: redact.without(text, person), hash_goes=False, whole=False
    )


def _told(center: Center, reader: Reader, one: Candidate, subject: Subject) -> dict[str, Any]:
    """Return what is held of the person in one case."""
    case, private = cases.get(reader, one.case_id), cases.get_private(reader, one.case_id)
    reports, person = one.part is Part.REPORTER, _person(subject)
    if reports:
        # Recorded otherwise than asked for, as when misspelled: both are the person.
        person = Private(
            "", private.reporter_name or subject.name or None, private.callback_number or subject.phone
        )
    others = Private("") if reports else private

    def own(text: str) -> str:
        return redact.about(text, person, others, _TEXT_LIMIT)

    def names(text: str) -> bool:
        return redact.without(text, person) != redact.plain(text)

    said = (
        private.narrative
        if reports
        else " ".join(filter(names, re.split(r"(?<=[.!?])\s+|\n+", private.narrative)))
    )
    place = case.location.place_text if reports or names(case.location.place_text) else ""
    told = sentences(flatten(case))
    periods = retention.periods(center)
    closed_at = None if case.is_open else case.status_at
    until = None if closed_at is None else closed_at + periods.kept(rule_of(case.call.call_class))
    return {
        "case_id": case.case_id,
        "call_no": case.call_no,
        "received_at": _time(center, case.call.received_at),
        "part": one.part.label,
        "name": (private.reporter_name or "") if reports else subject.name,
        "phone": (private.callback_number or case.call.reporter_phone_masked or "") if reports else "",
        "place": ", ".join(part for part in (own(place) if place else "", one.area) if part),
        "type": registry.type_label(center, case.incident.type_code) if case.incident.type_code else "",
        "narrative": own(said) if said else "",
        "other_words": list(dict.fromkeys(own(text) for text in told if text != place and names(text))),
        "files": len(case.attachments) if reports else 0,
        "kept_until": "sesudah kasus selesai" if until is None else _time(center, until),
        "sent_to": [
            *(
                {
                    "to": "DKISP",
                    "what": f"record {sent.record_id} revisi {sent.revision}, disamarkan",
                    "at": _time(center, sent.queued_at),
                }
                for sent in outbox.of_record(reader, case.case_id)
            ),
            *(
                {
                    "to": notice.agency,
                    "what": f"{notice.kind.label}, nama dan nomor disamarkan",
                    "at": _time(center, notice.queued_at),
                }
                for notice in notices.of_case(reader, case.case_id)
            ),
        ],
        "seen_by": [
            {
                "at": _time(center, seen.look.at),
                "who": f"{seen.look.name} ({seen.look.role.label})",
                "what": seen.look.seen.label,
                "way": seen.look.way.label,
            }
            for seen in looks.looks(reader, Wanted(case_id=case.case_id), SHOWN)
        ],
    }


def _request(
    reader: Reader, request_id: str, kind: RequestKind | None = None, *, open_only: bool = False
) -> Request:
    request = store.get(reader, request_id)
    if request is None:
        raise NotFound(_REQUEST, request_id)
    if kind is not None and request.kind is not kind:
        raise BadInput("request_id", _REQUEST, Need(N_("tercatat sebagai “{kind}”."), kind=request.kind))
    if open_only and request.state is not RequestState.OPEN:
        raise BadInput("request_id", _REQUEST, Need(N_("sudah dijawab. Catat permintaan baru.")))
    return request


def _answer(
    writer: Writer,
    now: datetime,
    actor: Actor,
    request: Request,
    state: RequestState,
    case_ids: Sequence[str],
    outcome: str,
) -> Request:
    done = replace(
        request,
        state=state,
        case_ids=tuple(case_ids),
        done_at=request.done_at or now,
        done_by=actor.name,
        outcome=outcome[: 4 * LONGEST],
    )
    store.answer(writer, done)
    _event(writer, now, actor, done, {"state": state.value, "cases": list(case_ids)})
    return done


def _event(writer: Writer, now: datetime, actor: Actor, request: Request, after: dict[str, object]) -> None:
    cases.append_event(
        writer,
        actor,
        "subject_request",
        request.request_id,
        Action.SUBJECT_REQUEST.value,
        {},
        after,
        occurred_at=now,
        entered_at=now,
    )


def _words(subject: Subject, text: str, field: str, label: str) -> str:
    """Return a sentence without the person in it. Raises BadInput for an empty one."""
    told = redact.redact(text, _person(subject), LONGEST)
    if not told:
        raise BadInput(field, label, Need(N_("kosong. Tulis satu kalimat.")))
    return told


def _of(request: Request) -> str:
    # The whole id would read as a long number and be masked.
    return f"permintaan {request.request_id[:8]}"


def _time(center: Center, at: datetime) -> str:
    return f"{at.astimezone(center.pack.city.timezone):%d-%m-%Y %H:%M %Z}"
