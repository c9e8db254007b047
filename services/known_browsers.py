"""Browsers in which somebody has signed in before: others' wrong passwords do not keep their owner waiting.

Whoever knows a sign-in name could otherwise keep its owner out by one wrong password every quarter of an
hour, or a whole room that shares an address. A browser in which an account signed in before holds a signed
mark of it and has a count of wrong passwords of its own (OWASP, "Slow Down Online Guessing Attacks with
Device Cookies"). The mark opens nothing by itself.
"""

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeTimedSerializer

if TYPE_CHECKING:
    from services.center import Center

DAYS = 180
MOST_ACCOUNTS = 20
"""A desk is shared by the shifts; who signed in there longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser, and which accounts signed in there, the newest last. Without a device: an unknown one."""

    device: str = ""
    account_ids: tuple[str, ...] = ()

    def knows(self, account_id: str) -> bool:
        """Return whether this account signed in here before."""
        return account_id in self.account_ids

    def after(self, account_id: str) -> "Browser":
        """Return the browser once this account has signed in."""
        others = tuple(one for one in self.account_ids if one != account_id)
        device = self.device or secrets.token_urlsafe(16)
        return replace(self, device=device, account_ids=(*others, account_id)[-MOST_ACCOUNTS:])


STRANGER = Browser()


def read(center: "Center", mark: str) -> Browser:
    """Return the browser that brings this mark; a stranger for none, a forged or an old one."""
    try:
        device, *account_ids = _sealer(center).loads(mark, max_age=DAYS * 86_400)
    except BadSignature:
        return STRANGER
    return Browser(device, tuple(account_ids))


def mark(center: "Center", browser: Browser) -> str:
    """Return what the browser is to keep."""
    return str(_sealer(center).dumps([browser.device, *browser.account_ids]))


def _sealer(center: "Center") -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(center.key, salt="sigap.known-browser")
