"""API tokens of other systems: made with scopes and an end, shown once, revoked; checked in memory.

`python -m services.tokens` makes them where no screen is at hand.
"""

import hashlib
import logging
import secrets
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from database import cases
from database import tokens as store
from database.connection import Database, Reader, Writer
from database.tokens import StoredToken as StoredToken
from domain.case import Actor
from domain.errors import BadInput, Need, NotFound
from domain.identity import uuid7
from domain.permissions import Action, require
from domain.scopes import USUAL_DAYS, Grant, Scope, require_grant
from domain.words import N_
from services import registry

if TYPE_CHECKING:
    from services.center import Center

PREFIX = "sgp_"
"""Tokens begin so, so that what searches files and logs for leaked secrets finds them."""
FLUSH_EVERY_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made, with its text: the only time that it can be read."""

    stored: StoredToken
    text: str = field(repr=False)


class TokenBox:
    """The tokens that are not revoked, by hash, and when each was used; shareable between threads."""

    def __init__(self) -> None:
        """Know none."""
        self._lock = threading.Lock()
        self._by_hash: dict[str, Grant] = {}
        self._used: dict[str, datetime] = {}

    def load(self, reader: Reader) -> None:
        """Know exactly the tokens that are stored and not revoked."""
        with self._lock:
            stored = store.tokens(reader)
            self._by_hash = {one.token_hash: one.grant for one in stored if one.grant.revoked_at is None}

    def find(self, text: str, now: datetime) -> Grant | None:
        """Return what a token may do, and note that it was used; None: unknown, revoked or over its time.

        The hash is looked up, not the token: how long that takes says nothing about any token.
        """
        if not text.startswith(PREFIX):
            return None
        grant = self._by_hash.get(hash_of(text))
        if grant is None or not grant.is_good(now):
            return None
        self._used[grant.token_id] = now
        return grant

    def used_at(self, token_id: str) -> datetime | None:
        """Return when a token was used since the last flush, or None."""
        return self._used.get(token_id)

    def flush(self, db: Database) -> int:
        """Store when tokens were used; return how many had been."""
        with self._lock:
            seen = dict(self._used)
        if not seen:
            return 0
        with db.write() as writer:
            store.used(writer, seen)
        for token_id, at in seen.items():
            if self._used.get(token_id) == at:
                self._used.pop(token_id, None)
        return len(seen)


def hash_of(text: str) -> str:
    """Return what is kept of a token. It is random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def make(
    center: "Center",
    now: datetime,
    actor: Actor,
    label: str,
    scopes: Collection[Scope],
    *,
    unit_code: str | None = None,
    days: int = USUAL_DAYS,
) -> NewToken:
    """Make a token. Raises NotPermitted, BadInput naming the field."""
    require(actor, Action.EDIT_TOKENS)
    if unit_code is not None and unit_code not in registry.units(center):
        raise BadInput(
            "unit_code", N_("Unit"), Need(N_("“{code}” tidak ada di registri."), code=unit_code[:60])
        )
    name, granted, time = require_grant(label, scopes, unit_code, days)
    text = PREFIX + secrets.token_urlsafe(32)
    grant = Grant(uuid7(now, secrets.token_bytes(10)), name, granted, unit_code, now + time)
    one = StoredToken(grant, hash_of(text), now, actor.name)
    told = {
        "token_id": grant.token_id,
        "label": name,
        "scopes": sorted(granted),
        "unit_code": unit_code,
        "expires_at": grant.expires_at.isoformat(),
    }
    with center.db.write() as writer:
        store.add(writer, one)
        _note(writer, actor, now, grant, "made", {}, told)
    refresh(center)
    return NewToken(one, text)


def revoke(center: "Center", now: datetime, actor: Actor, token_id: str) -> None:
    """Take a token out of use at once. Raises NotPermitted, NotFound."""
    require(actor, Action.EDIT_TOKENS)
    with center.db.write() as writer:
        one = next((one for one in store.tokens(writer) if one.grant.token_id == token_id), None)
        if one is None or one.grant.revoked_at is not None:
            raise NotFound(N_("Token"), token_id[:60])
        store.revoke(writer, token_id, now)
        _note(
            writer,
            actor,
            now,
            one.grant,
            "revoked",
            {"label": one.grant.label},
            {"revoked_at": now.isoformat()},
        )
    refresh(center)


def listed(center: "Center") -> list[StoredToken]:
    """Return every token, the newest first; those revoked or over are among them."""
    found = []
    for one in store.tokens(center.db.read()):
        used_at = center.token_box.used_at(one.grant.token_id)
        found.append(one if used_at is None else replace(one, used_at=used_at))
    return found


def refresh(center: "Center") -> None:
    """Let what was stored count at once."""
    center.token_box.load(center.db.read())


def run(center: "Center", stop: threading.Event) -> None:
    """Worker: store once a minute, and at the end, when tokens were used."""
    while True:
        ended = stop.wait(FLUSH_EVERY_S)
        try:
            center.token_box.flush(center.db)
        except Exception:
            # Whatever it is, the next minute tries again; nothing but this column waits for it.
            _log.exception("when API tokens were used was not stored")
        if ended:
            return


def _note(
    writer: Writer,
    actor: Actor,
    now: datetime,
    grant: Grant,
    verb: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Put the change into the trail, without token or hash."""
    cases.append_event(
        writer,
        actor,
        "token",
        grant.token_id,
        f"{Action.EDIT_TOKENS.value}.{verb}",
        before,
        after,
        occurred_at=now,
        entered_at=now,
    )


if __name__ == "__main__":
    from services.token_command import main

    sys.exit(main(sys.argv[1:], datetime.now(UTC)))
