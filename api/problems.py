"""Refusals as problem details (RFC 9457), in Indonesian, with the field and the reason."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

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
from geo.errors import BadCoordinate, GeoError, OutsideArea, SwappedCoordinate, Unreachable
from services.center import CenterClosed
from services.routes import NothingReachable

PROBLEM_JSON = "application/problem+json"


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
    detail: str = Field(description="A sentence for people, in Indonesian")
    errors: list[FieldError] = []
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


def _sigap(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SigapError)
    errors = [{"field": error.field, "reason": str(error.reason)}] if isinstance(error, BadInput) else []
    reason = reason_of(error.first) if isinstance(error, NothingReachable) else None
    return problem(_status_of(error), _name(type(error)), "Ditolak", error.sentence(), errors, reason)


def _geo(_request: Request, error: Exception) -> JSONResponse:
    fields = ("lon", "lat") if isinstance(error, SwappedCoordinate | OutsideArea | BadCoordinate) else ()
    errors = [{"field": field, "reason": str(error)} for field in fields]
    reason = reason_of(error) if isinstance(error, Unreachable) else None
    return problem(_status_of(error), _name(type(error)), "Ditolak", str(error), errors, reason)


def _validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = []
    for found in error.errors():
        place = [str(part) for part in found["loc"] if part not in ("body", "query", "path", "header")]
        reason = str(problem_of(found["type"], found.get("input")))
        errors.append({"field": ".".join(place) or "body", "reason": reason})
    listed = "; ".join(f"{one['field']}: {one['reason']}" for one in errors)
    return problem(422, "bad-input", "Isian tidak dapat dipakai", f"Perbaiki: {listed}.", errors)


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    titles = {
        400: "Isi tidak terbaca",
        401: "Belum dikenali",
        404: "Tidak ditemukan",
        405: "Cara tidak dilayani",
    }
    sentences = {
        400: "Isi permintaan tidak dapat dibaca. Kirim JSON dalam UTF-8.",
        401: "Token tidak ada atau salah. Kirim “Authorization: Bearer <token>”; "
        "tokennya ada di berkas api-token pada folder data Sigap.",
        404: "Alamat ini tidak ada. Lihat /api/docs.",
        405: "Alamat ini tidak melayani cara tersebut. Lihat /api/docs.",
    }
    title = titles.get(error.status_code, "Ditolak")
    return problem(
        error.status_code,
        f"http-{error.status_code}",
        title,
        sentences.get(error.status_code, error.detail),
        [],
    )
