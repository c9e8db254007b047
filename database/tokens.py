"""API tokens: what each may do and until when; of the token itself only its SHA-256 is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from database.connection import Reader, Writer
from domain.scopes import Grant, Scope


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token as it is kept; `used_at`: when it was used last, a minute late at most."""

    grant: Grant
    token_hash: str
    made_at: datetime
    made_by: str
    used_at: datetime | None = None


_COLUMNS = "token_id, label, scopes, unit_code, expires_at, revoked_at, token_hash, made_at, made_by, used_at"


def tokens(reader: Reader) -> list[StoredToken]:
    """Return every token, those revoked or over included, the newest first."""
    rows = reader.rows(f"SELECT {_COLUMNS} FROM api_token ORDER BY made_at DESC, token_id DESC")
    return [
        StoredToken(
            Grant(token_id, label, frozenset(map(Scope, scopes)), unit, expires_at, revoked_at),
            token_hash,
            made_at,
            made_by,
            used_at,
        )
        for (
            token_id,
            label,
            scopes,
            unit,
            expires_at,
            revoked_at,
            token_hash,
            made_at,
            made_by,
            used_at,
        ) in rows
    ]


def add(writer: Writer, one: StoredToken) -> None:
    """Store a new token."""
    writer.execute(
        f"INSERT INTO api_token ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        one.grant.token_id,
        one.grant.label,
        sorted(one.grant.scopes),
        one.grant.unit_code,
        one.grant.expires_at,
        one.grant.revoked_at,
        one.token_hash,
        one.made_at,
        one.made_by,
        one.used_at,
    )


def revoke(writer: Writer, token_id: str, at: datetime) -> None:
    """Note that a token counts no more."""
    writer.execute("UPDATE api_token SET revoked_at = ? WHERE token_id = ?", at, token_id)


def used(writer: Writer, when: Mapping[str, datetime]) -> None:
    """Note when tokens were used last."""
    writer.update_rows(
        "api_token", {"token_id": "VARCHAR"}, ("used_at",), [(key, at) for key, at in when.items()]
    )
