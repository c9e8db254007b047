"""`python -m services.tokens`: makes, lists and revokes API tokens where no screen is at hand.

Only while Sigap is stopped, because one process at a time has the database.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

from domain.case import Actor
from domain.errors import SigapError
from domain.scopes import LONGEST_DAYS, USUAL_DAYS, Scope
from domain.words import Role
from services import tokens
from services.center import Center, Settings, close_center, open_center

OPERATOR = Actor("Pengelola server (perintah)", Role.ADMIN, account="services.tokens")
"""Whoever may write the database file on the server: the trail says that it was the command."""
STOPPED = (
    "Perintah ini memakai berkas basis data sendirian: hentikan Sigap lebih dahulu, lalu jalankan lagi "
    "setelahnya. Selama Sigap berjalan, buat token di layar Akses."
)


def main(arguments: Sequence[str], now: datetime) -> int:
    """Do what the command line says; return 0 when it was done, 1 when it was refused."""
    asked = _parser().parse_args(arguments)
    print(STOPPED, file=sys.stderr)
    try:
        center = open_center(Settings.from_environment())
        try:
            _do(center, now, asked)
        finally:
            close_center()
    except SigapError as error:
        print(f"GAGAL: {error}", file=sys.stderr)
        return 1
    return 0


def _do(center: Center, now: datetime, asked: argparse.Namespace) -> None:
    if asked.do == "make":
        scopes = frozenset(Scope) if "all" in asked.scope else frozenset(map(Scope, asked.scope))
        new = tokens.make(center, now, OPERATOR, asked.label, scopes, unit_code=asked.unit, days=asked.days)
        until = f"{new.stored.grant.expires_at:%Y-%m-%d %H:%M} UTC"
        print(f"Token ini hanya tampil sekali, berlaku sampai {until}:", file=sys.stderr)
        print(new.text)
    elif asked.do == "revoke":
        tokens.revoke(center, now, OPERATOR, asked.id)
        print(f"Token {asked.id} dicabut.")
    else:
        for one in tokens.listed(center):
            grant = one.grant
            state = "berlaku" if grant.is_good(now) else "dicabut" if grant.revoked_at else "habis masa"
            until = f"{grant.expires_at:%Y-%m-%d}"
            print(
                grant.token_id,
                state,
                until,
                grant.unit_code or "-",
                ",".join(sorted(grant.scopes)),
                grant.label,
            )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.tokens", description=STOPPED)
    deeds = parser.add_subparsers(dest="do", required=True)
    make = deeds.add_parser("make", help="buat token; yang tercetak di stdout hanya token itu")
    make.add_argument("--label", required=True, help="nama token: sistem siapa yang memakainya")
    make.add_argument(
        "--scope",
        required=True,
        action="append",
        choices=[*sorted(Scope), "all"],
        help="cakupan; boleh diulang",
    )
    make.add_argument("--days", type=int, default=USUAL_DAYS, help=f"berlaku berapa hari (1–{LONGEST_DAYS})")
    make.add_argument("--unit", help="kode unit, bila token hanya untuk satu unit")
    deeds.add_parser("list", help="daftar token")
    revoke = deeds.add_parser("revoke", help="cabut token")
    revoke.add_argument("id", help="nomor token dari daftar")
    return parser
