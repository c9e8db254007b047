"""Accounts and sessions: rows of `account` and `session`."""

from collections.abc import Sequence
from datetime import datetime

from database.connection import Reader, Row, Writer
from domain.accounts import Account, Session, Source
from domain.words import Role

_ACCOUNT = (
    "account_id, login, name, roles, source, made_at, made_by, password_hash, password_at, must_change, "
    "totp_secret, totp_used, failures, failed_at, disabled_at, subject"
)
_SESSION = "session_id, token_hash, account_id, role, started_at, seen_at, address, agent, on_behalf_of"


def accounts(reader: Reader) -> list[Account]:
    """Return every account, disabled ones included, by sign-in name."""
    return [_account(row) for row in reader.rows(f"SELECT {_ACCOUNT} FROM account ORDER BY login")]


def account(reader: Reader, account_id: str) -> Account | None:
    """Return one account as it is stored, or None."""
    row = reader.row(f"SELECT {_ACCOUNT} FROM account WHERE account_id = ?", account_id)
    return _account(row) if row is not None else None


def put(writer: Writer, account: Account) -> None:
    """Store an account, new or changed."""
    writer.execute(
        f"INSERT OR REPLACE INTO account ({_ACCOUNT}) VALUES ({', '.join('?' * 16)})",
        account.account_id,
        account.login,
        account.name,
        [role.value for role in account.roles],
        account.source.value,
        account.made_at,
        account.made_by,
        account.password_hash,
        account.password_at,
        account.must_change,
        account.totp_secret,
        account.totp_used,
        account.failures,
        account.failed_at,
        account.disabled_at,
        account.subject,
    )


def sessions(reader: Reader) -> list[Session]:
    """Return every session that did not end, oldest first."""
    return [_session(row) for row in reader.rows(f"SELECT {_SESSION} FROM session ORDER BY started_at")]


def put_session(writer: Writer, one: Session) -> None:
    """Store a new session."""
    writer.execute(
        f"INSERT INTO session ({_SESSION}) VALUES ({', '.join('?' * 9)})",
        one.session_id,
        one.token_hash,
        one.account_id,
        one.role.value,
        one.started_at,
        one.seen_at,
        one.address,
        one.agent,
        one.on_behalf_of,
    )


def has_session(reader: Reader, session_id: str) -> bool:
    """Return whether a session is stored: whether it did not end."""
    return reader.row("SELECT 1 FROM session WHERE session_id = ?", session_id) is not None


def put_role(writer: Writer, session_id: str, role: Role, on_behalf_of: str) -> None:
    """Store as what, and in whose place, a session acts; one that ended stays ended."""
    writer.execute(
        "UPDATE session SET role = ?, on_behalf_of = ? WHERE session_id = ?",
        role.value,
        on_behalf_of,
        session_id,
    )


def end_sessions(writer: Writer, session_ids: Sequence[str]) -> None:
    """Forget sessions."""
    writer.execute("DELETE FROM session WHERE list_contains(?::VARCHAR[], session_id)", list(session_ids))


def end_sessions_of(writer: Writer, account_id: str, but: str) -> None:
    """Forget every session of an account, except the session `but`."""
    writer.execute("DELETE FROM session WHERE account_id = ? AND session_id <> ?", account_id, but)


def seen(writer: Writer, when: Sequence[tuple[str, datetime]]) -> None:
    """Store when sessions were last used: (session id, time)."""
    writer.update_rows("session", {"session_id": "VARCHAR"}, ("seen_at",), when)


def _account(row: Row) -> Account:
    account_id, login, name, roles, source, *rest = row
    return Account(account_id, login, name, tuple(Role(code) for code in roles), Source(source), *rest)


def _session(row: Row) -> Session:
    session_id, token_hash, account_id, role, *rest = row
    return Session(session_id, token_hash, account_id, Role(role), *rest)
