"""Refusals as problem details (RFC 9457), in the language asked for, with the field and the reason."""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.language import asked
from citypack.problems import problem_of
from domain.errors import (
    BadInput,
    IllegalMove,
    MissingForStep,
    NotFound,
    NotPermitted,
    SigapError,
    StaleCase,
    StoreUnavailable,
    UnitHeld,
)
from domain.limits import AddressTooLong, BodyTooDeep, BodyTooLarge, TooManyParameters, TooOften
from domain.scopes import LacksScope, OtherUnit
from domain.words import N_
from geo.errors import BadCoordinate, GeoError, OutsideArea, SwappedCoordinate, Unreachable
from services import counters, logs
from services.center import CenterClosed
from services.routes import NothingReachable
from ui.i18n import _, sentence, speaking

PROBLEM_JSON = "application/problem+json"
_log = logging.getLogger(__name__)


def _name(error: type[Exception]) -> str:
    name = error.__name__
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def reason_of(error: Unreachable) -> str:
    """Return the code of why there is no way: `different-islands`, `too-far-from-water` …"""
    return _name(type(error))


def _kinds(error: type[Unreachable]) -> list[type[Unreachable]]:
    return [error, *(deeper for child in error.__subclasses__() for deeper in _kinds(child))]


REASONS = tuple(sorted(_name(kind) for kind in _kinds(Unreachable)))
"""Every code that `reason_of` returns."""


class FieldError(BaseModel):
    """One field that cannot be used."""

    field: str
    reason: str


class Problem(BaseModel):
    """A refusal: what, why, what to do."""

    type: str = Field(description="Name of the kind of problem")
    title: str
    status: int
    detail: str = Field(description="A sentence for people, in Indonesian or as `Accept-Language` asks")
    errors: list[FieldError] = []
    reference: str | None = Field(
        None, description="Only for an error of the program (500): the number under which it is in the log"
    )
    reason: str | None = Field(
        None,
        description="Only where there is no way from here to there (409): why, as a code. One of "
        + ", ".join(f"`{code}`" for code in REASONS),
    )


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {PROBLEM_JSON: {}}, "description": text}
    for status, text in {
        400: "A body that is no JSON in UTF-8",
        401: "No or wrong token",
        404: "No such thing",
        409: "Not possible as things stand",
        422: "Input that cannot be used, by field",
        500: "An error of the program, with its reference",
    }.items()
}

_STATUS: dict[type[Exception], int] = {
    BadInput: 422,
    NotFound: 404,
    NotPermitted: 403,
    IllegalMove: 409,
    MissingForStep: 409,
    StaleCase: 409,
    UnitHeld: 409,
    StoreUnavailable: 503,
    CenterClosed: 503,
    LacksScope: 403,
    OtherUnit: 403,
    TooOften: 429,
    BodyTooLarge: 413,
    BodyTooDeep: 400,
    AddressTooLong: 414,
    TooManyParameters: 400,
    BadCoordinate: 422,
    OutsideArea: 422,
    Unreachable: 409,
}


def install(app: FastAPI) -> None:
    """Make every refusal of the app a problem."""
    app.add_exception_handler(SigapError, _sigap)
    app.add_exception_handler(GeoError, _geo)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Failures, answer=failed)


class Failures:
    """Answers a request whose code failed, and logs the trace under the reference that the answer names."""

    def __init__(self, app: ASGIApp, answer: Callable[[str], Response]) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; an answer that had begun is broken off."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            route = getattr(scope.get("route"), "path", "?")
            reference = logs.failed(_log, "a request to %s failed", error, route)
            counters.FAILURES.inc()
            if begun:
                raise
            await self.answer(reference)(scope, receive, send)


def failed(reference: str) -> JSONResponse:
    """Return the problem for an error of the program."""
    sentence = (
        f"Permintaan gagal karena kesalahan program. Nomor rujukan: {reference}. "
        "Ulangi; bila terulang, sebutkan nomor ini kepada pengelola Sigap."
    )
    body = {"type": "urn:sigap:failed", "title": "Kesalahan program", "status": 500, "detail": sentence}
    return JSONResponse({**body, "errors": [], "reference": reference}, 500, media_type=PROBLEM_JSON)


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    errors: list[dict[str, str]],
    reason: str | None = None,
) -> JSONResponse:
    """Return a problem as an answer; `reason` is the code of `reason_of`, where there is one."""
    body = {"type": f"urn:sigap:{kind}", "title": title, "status": status, "detail": detail, "errors": errors}
    if reason is not None:
        body["reason"] = reason
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers=headers, media_type=PROBLEM_JSON)


def _status_of(error: Exception) -> int:
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 409)


def answer(request: Request, error: Exception) -> JSONResponse:
    """Return the problem for a refusal that no route has made."""
    return _sigap(request, error) if isinstance(error, SigapError) else _http(request, error)


def _sigap(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SigapError)
    with speaking(asked(request)):
        errors = (
            [{"field": error.field, "reason": error.reason.sentence(_)}]
            if isinstance(error, BadInput)
            else []
        )
        reason = reason_of(error.first) if isinstance(error, NothingReachable) else None
        told = problem(_status_of(error), _name(type(error)), _("Ditolak"), error.sentence(_), errors, reason)
    if isinstance(error, LacksScope):
        told.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope.value}"'
    return told


def _geo(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GeoError)
    with speaking(asked(request)):
        words = sentence(error)
        fields = ("lon", "lat") if isinstance(error, SwappedCoordinate | OutsideArea | BadCoordinate) else ()
        errors = [{"field": field, "reason": words} for field in fields]
        reason = reason_of(error) if isinstance(error, Unreachable) else None
        return problem(_status_of(error), _name(type(error)), _("Ditolak"), words, errors, reason)


def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    with speaking(asked(request)):
        errors = []
        for found in error.errors():
            place = [str(part) for part in found["loc"] if part not in ("body", "query", "path", "header")]
            reason = problem_of(found["type"], found.get("input")).sentence(_)
            errors.append({"field": ".".join(place) or "body", "reason": reason})
        listed = "; ".join(f"{one['field']}: {one['reason']}" for one in errors)
        words = _("Perbaiki: {listed}.").format(listed=listed)
        return problem(422, "bad-input", _("Isian tidak dapat dipakai"), words, errors)


_TITLES = {
    400: N_("Isi tidak terbaca"),
    401: N_("Belum dikenali"),
    404: N_("Tidak ditemukan"),
    405: N_("Cara tidak dilayani"),
}
_SENTENCES = {
    400: N_("Isi permintaan tidak dapat dibaca. Kirim JSON dalam UTF-8."),
    401: N_(
        "Token tidak ada, salah, dicabut, atau habis masanya. Kirim “Authorization: Bearer <token>”; admin "
        "membuat token di layar Akses. Di browser, masuk dahulu."
    ),
    404: N_("Alamat ini tidak ada. Lihat /api/docs."),
    405: N_("Alamat ini tidak melayani cara tersebut. Lihat /api/docs."),
}


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    with speaking(asked(request)):
        words = _(_SENTENCES[status]) if status in _SENTENCES else _(error.detail)
        told = problem(status, f"http-{status}", _(_TITLES.get(status, N_("Ditolak"))), words, [])
    for name, value in (error.headers or {}).items():
        told.headers[name] = value
    return told
