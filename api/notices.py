"""GET and POST /v1/notices/{id}/ack: an agency answers a notice by its link. A page, no part of the API.

Opening the link changes nothing, because mail gateways and messengers open links by themselves; the button
on it does.
"""

from collections.abc import Callable
from html import escape
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from api.access import Here, Now
from domain.notices import NoticeDelivery, NoticeKind
from services import notify
from services.notify import Answer, BadLink

router = APIRouter(tags=["notices"])

Key = Annotated[str, Query(max_length=100)]
_HEADERS = {
    "Cache-Control": "no-store",
    # The address holds the key: it must not travel on.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
}
_STYLE = (
    "body{font:1.15rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;padding:1rem;background:#fff;"
    "color:#111}h1{font-size:1.3rem;line-height:1.25}"
    "pre{font:inherit;white-space:pre-wrap;border-left:6px solid #b3261e;padding-left:.8rem}"
    "button{font:inherit;font-weight:700;padding:1rem;width:100%;border:0;border-radius:8px;"
    "background:#0b57d0;color:#fff}"
)


@router.get("/notices/{delivery_id}/ack")
def show(here: Here, now: Now, delivery_id: UUID, key: Key = "") -> HTMLResponse:
    """Show what is asked, with a button to answer."""
    return _answered(lambda: notify.opened(here, now, str(delivery_id), key))


@router.post("/notices/{delivery_id}/ack")
def answer(here: Here, now: Now, delivery_id: UUID, key: Key = "") -> HTMLResponse:
    """Record the answer, once."""
    return _answered(lambda: notify.answer_by_link(here, now, str(delivery_id), key))


def _answered(ask: Callable[[], tuple[NoticeDelivery, Answer]]) -> HTMLResponse:
    """Return the page of a request for an answer as it stands, or why its link is not good."""
    try:
        one, standing = ask()
    except BadLink as error:
        return _page(f"<h1>{escape(error.sentence())}</h1>", 403)
    return _page(_told(one, standing))


def _told(one: NoticeDelivery, standing: Answer) -> str:
    words = f"<pre>{escape(one.notice.text)}</pre>"
    if standing is not Answer.OPEN:
        return f"<h1>{escape(standing.label)}</h1>{words}"
    label = "Sudah kami terima" if one.kind is NoticeKind.PRE_ALERT else "Kami menyanggupi"
    title = f"<h1>{escape(one.notice.subject)}</h1>"
    return f'{title}{words}<form method="post"><button type="submit">{label}</button></form>'


def _page(body: str, status: int = 200) -> HTMLResponse:
    head = (
        '<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Sigap</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
    )
    return HTMLResponse(f"{head}<body>{body}</body></html>", status, headers=_HEADERS)
