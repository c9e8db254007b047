"""Tokens of the API for tests: of an open center, and of a running server with example data."""

from datetime import UTC, datetime
from pathlib import Path

from domain.case import Actor
from domain.scopes import Scope
from domain.words import Role
from services import demo, tokens
from services.center import Center

TOKENS_ADMIN = Actor("Ade", Role.ADMIN)


def a_token(center: Center, *scopes: Scope, unit: str | None = None, days: int = 90) -> str:
    """Return a new token's text; without scopes it has every one (bound to a unit: all that it can have)."""
    now = datetime.now(UTC)
    usual = frozenset({Scope.POSITIONS_WRITE, Scope.UNITS_READ}) if unit else frozenset(Scope)
    label = f"uji {len(tokens.listed(center))}"
    wanted = frozenset(scopes) or usual
    return tokens.make(center, now, TOKENS_ADMIN, label, wanted, unit_code=unit, days=days).text


def bearer(token: str) -> dict[str, str]:
    """Return the header that brings a token."""
    return {"Authorization": f"Bearer {token}"}


def token_of_demo(var: Path) -> str:
    """Return the token that a server with example data keeps in its data folder."""
    return (var / "demo" / demo.TOKEN_FILE).read_text().strip()
