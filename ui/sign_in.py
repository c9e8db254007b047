"""The plain pages around signing in: `/masuk` and what lies under it.

They are not screens of Streamlit: whoever has no session must not reach that at all, and only an HTTP answer
can set a cookie. A form that is refused is shown again with the reason; passwords are never sent back.
"""

import logging
from collections.abc import Callable
from dataclasses import astuple
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import segno
from itsdangerous import BadSignature, URLSafeTimedSerializer
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from domain.accounts import SHORTEST_PASSWORD, SignedIn, Source
from domain.errors import SigapError
from domain.permissions import may
from domain.words import N_, Role
from services import accounts, center, known_browsers, oidc, origin, sessions
from services.center import Center
from services.rehearsal import CAST
from services.sessions import NewSession
from ui.guard import COOKIE, PASSWORD, SECURE_COOKIE, SESSION, SIGN_IN
from ui.i18n import LANGUAGES, _, format_datetime, language, sentence, speaking
from ui.screens import SCREENS

LONGEST_FORM = 16 * 1024
PENDING_S = 300
ENROL_S = 900
SESSION_COOKIE = (COOKIE, SECURE_COOKIE)
OIDC_COOKIE = ("sigap_oidc", "__Host-sigap_oidc")
KNOWN_COOKIE = ("sigap_kenal", "__Host-sigap_kenal")
"""Names of a cookie: without TLS, and with."""
_HEADERS = {"cache-control": "no-store"}
_log = logging.getLogger(__name__)


class FormTooLong(SigapError):
    """More was sent than any of these forms holds."""

    template = N_("Isian terlalu panjang. Muat ulang halaman, lalu isi lagi.")


class SignInAgain(SigapError):
    """What was begun before is over."""

    template = N_("Waktunya habis. Mulai lagi dari nama masuk dan kata sandi.")


class NotTheSame(SigapError):
    """The new password was typed differently the second time."""

    template = N_("Kedua kata sandi baru tidak sama. Tulis keduanya lagi.")


@lru_cache
def _templates() -> Environment:
    folder = Path(__file__).parent / "templates"
    found = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape(default=True))
    found.globals["_"] = _
    found.globals["time"] = format_datetime
    return found


def _page(request: Request, name: str, title: str, status: int = 200, **known: object) -> HTMLResponse:
    """Return a page in the reader's language."""
    here, code = center.current(), language()
    languages = [(one, f"{request.url.path}?{_query(request, lang=one)}") for one in LANGUAGES]
    text = (
        _templates()
        .get_template(f"{name}.html")
        .render(
            page=name,
            title=title,
            lang=code,
            languages=languages,
            demo=here.is_demo,
            place=here.pack.city.name,
            query=_query(request),
            **known,
        )
    )
    return HTMLResponse(text, status, _HEADERS)


def _query(request: Request, **other: str) -> str:
    """Return what every link carries on: where to go afterwards, and the language."""
    kept = {key: request.query_params[key] for key in ("ke", "lang") if key in request.query_params}
    return urlencode(kept | other)


def target(asked: str | None) -> str:
    """Return where to go after signing in: a path of this server, else the first screen."""
    if not asked or not asked.startswith("/") or asked.startswith(("//", "/\\")) or not asked.isprintable():
        return "/"
    return "/" if asked.startswith(SIGN_IN) else asked


def _signed_in(request: Request) -> SignedIn | None:
    found: SignedIn | None = request.scope.get(SESSION)
    return found


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises FormTooLong."""
    if int(request.headers.get("content-length") or LONGEST_FORM + 1) > LONGEST_FORM:
        raise FormTooLong()
    async with request.form(max_files=0, max_fields=10) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def keep(request: Request, answer: Response, cookie: str) -> None:
    """Let the browser keep a session."""
    _set_cookie(request, answer, SESSION_COOKIE, cookie, int(sessions.LIMITS.longest.total_seconds()))


def _set_cookie(
    request: Request,
    answer: Response,
    names: tuple[str, str],
    value: str,
    age_s: int,
    samesite: Literal["lax", "strict"] = "strict",
) -> None:
    """Let the browser keep something: not for scripts, over TLS where there is TLS; of age 0, forget it."""
    # For all paths, as the prefix wants it: without that another host of the domain could put in its own.
    answer.set_cookie(
        names[origin.secure(request.scope)],
        value,
        max_age=age_s,
        expires=None if age_s else 0,
        path="/",
        secure=origin.secure(request.scope),
        httponly=True,
        samesite=samesite,
    )


def _cookie(request: Request, names: tuple[str, str]) -> str:
    return request.cookies.get(names[origin.secure(request.scope)], "")


def home(role: Role) -> str:
    """Return the address of the first screen that a role may open; Streamlit knows the very first as `/`."""
    first = next((screen for screen in SCREENS if may(role, screen.needs)), SCREENS[0])
    return "/" if first is SCREENS[0] else f"/{first.name}"


async def _leave_former(request: Request) -> None:
    """End the session that this browser had, if any: it goes on with the new one."""
    if (former := _signed_in(request)) is not None:
        await run_in_threadpool(sessions.sign_out, center.current(), datetime.now(UTC), former)


async def welcome(request: Request, new: NewSession) -> Response:
    """Return the way to where somebody wanted to go, with the cookie."""
    await _leave_former(request)
    account = new.signed_in.account
    asked = target(request.query_params.get("ke"))
    if asked == "/":
        asked = home(account.roles[0])
    answer = RedirectResponse(f"{PASSWORD}?{_query(request)}" if account.must_change else asked, 303)
    keep(request, answer, new.cookie)
    return answer


def _whence(request: Request) -> tuple[str, str]:
    return origin.address_of(request.scope), request.headers.get("user-agent", "")


def _sealer(here: Center, salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(here.key, salt=f"sigap.{salt}")


def _unsealed(here: Center, salt: str, text: str, age_s: int) -> Any:
    try:
        return _sealer(here, salt).loads(text, max_age=age_s)
    except BadSignature as error:
        raise SignInAgain() from error


def sign_in_page(request: Request, status: int = 200, **known: object) -> Response:
    """Return the page with the form."""
    here = center.current()
    cast = [
        {"login": accounts.example_login(person), "name": person.name, "role": role}
        for role, person in CAST.items()
    ]
    demo = here.settings.demo
    known = {"oidc": _other_way(here)} | known
    return _page(request, "masuk", _("Masuk"), status, **{"cast": cast if demo else (), "login": "", **known})


async def _get(request: Request) -> Response:
    if (signed_in := _signed_in(request)) is not None and not signed_in.account.must_change:
        return RedirectResponse(target(request.query_params.get("ke")), 303)
    return sign_in_page(request)


async def _post(request: Request) -> Response:
    here = center.current()
    known: dict[str, object] = {}
    browser = known_browsers.read(here, _cookie(request, KNOWN_COOKIE))
    try:
        form = await _form(request)
        # Only now: a form that is sent slowly would be judged by the time at which it began.
        now = datetime.now(UTC)
        if "pending" in form:
            account_id = _unsealed(here, "pending", form["pending"], PENDING_S)
            known["pending"] = form["pending"]
            step: Callable[..., object] = accounts.second_step
            told = (account_id, form.get("code", ""))
        else:
            known["login"] = form.get("login", "")
            step, told = accounts.sign_in, (form.get("login", ""), form.get("password", ""))
        new = await run_in_threadpool(step, here, now, *told, *_whence(request), browser)
    except SignInAgain as refused:
        return sign_in_page(request, 422, refused=sentence(refused))
    except SigapError as refused:
        return sign_in_page(request, 422, refused=sentence(refused), **known)
    if isinstance(new, accounts.NeedsCode):
        return sign_in_page(request, pending=_sealer(here, "pending").dumps(new.account_id))
    assert isinstance(new, NewSession)
    answer = await welcome(request, new)
    browser = browser.after(new.signed_in.account.account_id)
    mark = known_browsers.mark(here, browser)
    _set_cookie(request, answer, KNOWN_COOKIE, mark, known_browsers.DAYS * 86_400)
    return answer


async def _post_example(request: Request) -> Response:
    here, now = center.current(), datetime.now(UTC)
    try:
        form = await _form(request)
        new = await run_in_threadpool(
            accounts.sign_in_example, here, now, form.get("login", ""), *_whence(request)
        )
    except SigapError as refused:
        return sign_in_page(request, 422, refused=sentence(refused))
    return await welcome(request, new)


def _other_way(here: Center) -> str | None:
    """Return what the button of the other service says; None where there is none."""
    try:
        told = oidc.settings(here)
    except oidc.BadOidc as bad:
        _log.warning("%s", bad)
        return None
    return told.name if told else None


async def _to_issuer(request: Request) -> Response:
    here = center.current()
    try:
        told = oidc.settings(here)
        if told is None:
            return RedirectResponse(f"{SIGN_IN}?{_query(request)}", 303)
        begun = await run_in_threadpool(oidc.begin, told)
    except SigapError as refused:
        return sign_in_page(request, 502, refused=sentence(refused))
    answer = RedirectResponse(begun.address, 303, _HEADERS)
    sealed = _sealer(here, "oidc").dumps([*astuple(begun), request.query_params.get("ke", "")])
    # Lax, because the issuer sends the browser back from another site.
    _set_cookie(request, answer, OIDC_COOKIE, sealed, PENDING_S, "lax")
    return answer


async def _from_issuer(request: Request) -> Response:
    here, now = center.current(), datetime.now(UTC)
    try:
        told = oidc.settings(here)
        *parts, asked = _unsealed(here, "oidc", _cookie(request, OIDC_COOKIE), PENDING_S)
        if told is None:
            raise SignInAgain()
        new = await run_in_threadpool(
            oidc.finish, here, now, told, oidc.Begun(*parts), request.query_params, _whence(request)
        )
    except SigapError as refused:
        return sign_in_page(request, 422, refused=sentence(refused))
    # A redirect would still count as coming from the issuer's site, and bring no cookie; this page is ours.
    await _leave_former(request)
    text = _templates().get_template("lanjut.html").render(lang=language(), target=target(asked))
    answer = HTMLResponse(text, 200, _HEADERS)
    keep(request, answer, new.cookie)
    _set_cookie(request, answer, OIDC_COOKIE, "", 0, "lax")
    return answer


async def _who(request: Request) -> Response:
    found = _signed_in(request)
    return JSONResponse({"signed_in": found is not None}, headers=_HEADERS)


async def _sign_out(request: Request) -> Response:
    answer = RedirectResponse(SIGN_IN, 303)
    if (signed_in := _signed_in(request)) is not None:
        await run_in_threadpool(sessions.sign_out, center.current(), datetime.now(UTC), signed_in)
    _set_cookie(request, answer, SESSION_COOKIE, "", 0)
    return answer


async def _get_password(request: Request) -> Response:
    signed_in = _signed_in(request)
    if signed_in is None:
        return RedirectResponse(f"{SIGN_IN}?{_query(request)}", 303)
    return _password_page(request, signed_in)


def _password_page(request: Request, signed_in: SignedIn, status: int = 200, **known: object) -> Response:
    account = signed_in.account
    return _page(
        request,
        "sandi",
        _("Ganti kata sandi"),
        status,
        must=account.must_change,
        login=account.login,
        least=SHORTEST_PASSWORD,
        **known,
    )


async def _post_password(request: Request) -> Response:
    here, now = center.current(), datetime.now(UTC)
    signed_in = _signed_in(request)
    if signed_in is None:
        return RedirectResponse(f"{SIGN_IN}?{_query(request)}", 303)
    account, session = signed_in.account, signed_in.session
    try:
        form = await _form(request)
        if form.get("new") != form.get("again"):
            raise NotTheSame()
        await run_in_threadpool(
            accounts.set_password,
            here,
            now,
            account.account_id,
            form.get("old", ""),
            form.get("new", ""),
            session.session_id,
        )
    except SigapError as refused:
        return _password_page(request, signed_in, 422, refused=sentence(refused))
    asked = request.query_params.get("ke")
    return RedirectResponse(target(asked) if account.must_change else f"/masuk/akun?{_query(request)}", 303)


def _account_page(request: Request, signed_in: SignedIn, status: int = 200, **known: object) -> Response:
    here, account = center.current(), signed_in.account
    own = [one.session for one in here.session_box.every() if one.account.account_id == account.account_id]
    local = account.source is Source.LOCAL and account.password_hash is not None
    if local and account.totp_secret is None:
        secret = accounts.new_totp()
        code = segno.make(accounts.totp_uri(account, secret, here.pack.city.name), error="m")
        known |= {
            "secret": secret,
            "sealed": _sealer(here, "totp").dumps([account.account_id, secret]),
            "qr": code.svg_data_uri(scale=4),
        }
    return _page(
        request,
        "akun",
        _("Akun saya"),
        status,
        width="wide",
        account=account,
        local=local,
        sessions=own,
        mine=signed_in.session.session_id,
        **known,
    )


async def _get_account(request: Request) -> Response:
    signed_in = _signed_in(request)
    if signed_in is None or signed_in.account.must_change:
        return RedirectResponse(PASSWORD if signed_in else SIGN_IN, 303)
    return _account_page(request, signed_in)


async def _post_account(request: Request) -> Response:
    here, now = center.current(), datetime.now(UTC)
    signed_in = _signed_in(request)
    if signed_in is None or signed_in.account.must_change:
        return RedirectResponse(PASSWORD if signed_in else SIGN_IN, 303)
    account_id = signed_in.account.account_id
    try:
        form = await _form(request)
        if form.get("do") == "end":
            wanted = form.get("session", "")
            await run_in_threadpool(sessions.end, here, now, signed_in.actor, wanted)
        elif form.get("do") == "totp-on":
            whose, secret = _unsealed(here, "totp", form.get("sealed", ""), ENROL_S)
            if whose != account_id:
                raise SignInAgain()
            await run_in_threadpool(
                accounts.set_totp,
                here,
                now,
                account_id,
                secret,
                form.get("code", ""),
                form.get("password", ""),
            )
        elif form.get("do") == "totp-off":
            await run_in_threadpool(accounts.set_totp, here, now, account_id, None, form.get("code", ""))
    except SigapError as refused:
        return _account_page(request, signed_in, 422, refused=sentence(refused))
    return RedirectResponse(f"/masuk/akun?{_query(request)}", 303)


def _spoken(answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Let a page speak the language that is asked by `?lang=`."""

    async def speak(request: Request) -> Response:
        with speaking(request.query_params.get("lang")):
            found: Response = await answer(request)
            return found

    return speak


def routes() -> list[BaseRoute]:
    """Return the routes of these pages."""
    return [
        Route("/masuk", _spoken(_get), methods=["GET"]),
        Route("/masuk", _spoken(_post), methods=["POST"]),
        Route("/masuk/contoh", _spoken(_post_example), methods=["POST"]),
        Route("/masuk/oidc", _spoken(_to_issuer), methods=["GET"]),
        Route(oidc.CALLBACK, _spoken(_from_issuer), methods=["GET"]),
        Route("/masuk/siapa", _who, methods=["GET"]),
        Route("/masuk/keluar", _spoken(_sign_out), methods=["POST"]),
        Route("/masuk/sandi", _spoken(_get_password), methods=["GET"]),
        Route("/masuk/sandi", _spoken(_post_password), methods=["POST"]),
        Route("/masuk/akun", _spoken(_get_account), methods=["GET"]),
        Route("/masuk/akun", _spoken(_post_account), methods=["POST"]),
    ]
