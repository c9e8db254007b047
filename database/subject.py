"""Finding a person in the store, and the register of what data subjects asked."""

from collections.abc import Sequence
from dataclasses import replace

from database.connection import Reader, Row, Writer
from domain.identity import mask_phone
from domain.subject import Candidate, Part, Request, RequestKind, RequestState, Subject, masked_name

_REQUEST = (
    "request_id, kind, state, subject, checked_how, asked_at, due_at, taken_by, case_ids::VARCHAR[], "
    "done_at, "
    "done_by, outcome"
)
_ALIKE = 0.92
"""Jaro-Winkler similarity from which a reporter's name counts as the one asked for, misspelled."""
_LEAST_DIGITS = 8
"""A shorter part of a number would be found among times and digests."""


def find(
    reader: Reader, subject: Subject, ref: str, limit: int, only: Sequence[str] | None = None
) -> list[Candidate]:
    """Return every case in which a person may stand, newest first, at most `limit`.

    ref: the keyed hash of the number, or "". As reporter: by hash, number, or name (also misspelled); as one
    who is told of: by number or all words of the name in any sentence of the case. Reads every case once;
    `only`: these cases alone.
    """
    words = subject.name.casefold().split()
    reports, params = ["reporter_ref = ?", "callback_number = ?"], [ref or None, subject.phone or None]
    if words:
        spelled = "lower(strip_accents(reporter_name))"
        every = " AND ".join([f"contains({spelled}, strip_accents(?))"] * len(words))
        reports += [f"({every})", f"jaro_winkler_similarity({spelled}, strip_accents(?)) >= {_ALIKE}"]
        params += [*words, " ".join(words)]
    told, told_params = [], list[str]()
    core = subject.phone.lstrip("0")
    for text in ("narrative", "state"):
        if len(core) >= _LEAST_DIGITS:
            told.append(f"regexp_matches({text}, ?)")
            told_params.append(r"[\W_]{0,3}".join(core))
        if words:
            told.append("(" + " AND ".join([f"contains(lower({text}), ?)"] * len(words)) + ")")
            told_params += words
    rows = reader.rows(
        "SELECT case_id::VARCHAR, call_no, received_at, status NOT IN ('closed', 'merged'), reports, "
        "reporter_name, callback_number, state->>'$.call.reporter_phone_masked', "
        "coalesce(kelurahan, water_area, '') FROM ("
        f"SELECT *, coalesce({' OR '.join(reports)}, FALSE) AS reports FROM case_all "
        "LEFT JOIN case_private USING (case_id) WHERE ? OR list_contains(?::UUID[], case_id)) "
        f"WHERE reports OR coalesce({' OR '.join(told) or 'FALSE'}, FALSE) "
        "ORDER BY received_at DESC, call_no DESC LIMIT ?",
        *params,
        only is None,
        list(only or ()),
        *told_params,
        limit,
    )
    return [_candidate(row) for row in rows]


def _candidate(row: Row) -> Candidate:
    case_id, call_no, received_at, is_open, reports, name, number, masked, area = row
    phone = masked or (mask_phone(number) if number else "")
    part = Part.REPORTER if reports else Part.MENTIONED
    return Candidate(case_id, call_no, received_at, is_open, part, masked_name(name or ""), phone, area)


def add(writer: Writer, one: Request) -> None:
    """Store a new request."""
    writer.execute(
        "INSERT INTO subject_request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        one.request_id,
        one.kind.value,
        one.state.value,
        one.subject,
        one.checked_how,
        one.asked_at,
        one.due_at,
        one.taken_by,
        list(one.case_ids),
        one.done_at,
        one.done_by,
        one.outcome,
    )


def answer(writer: Writer, one: Request) -> None:
    """Store what became of a request."""
    writer.execute("DELETE FROM subject_request WHERE request_id = ?", one.request_id)
    add(writer, one)


def get(reader: Reader, request_id: str) -> Request | None:
    """Return a request, or None."""
    row = reader.row(f"SELECT {_REQUEST} FROM subject_request WHERE request_id = ?", request_id)
    return _request(row) if row else None


def every(reader: Reader, limit: int) -> list[Request]:
    """Return the register: what waits first, by its deadline; then what was answered, the newest first."""
    rows = reader.rows(
        f"SELECT {_REQUEST} FROM subject_request "
        "ORDER BY done_at IS NOT NULL, if(done_at IS NULL, due_at, NULL), done_at DESC LIMIT ?",
        limit,
    )
    return [_request(row) for row in rows]


def _request(row: Row) -> Request:
    request_id, kind, state, *more = row
    one = Request(request_id, RequestKind(kind), RequestState(state), *more)
    return replace(one, case_ids=tuple(one.case_ids))
