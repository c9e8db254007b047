"""Akses: who may sign in, which programs may ask, and the proof of what was done."""

from ui import (
    access_accounts,
    access_backup,
    access_personal,
    access_sessions,
    access_tokens,
    access_trail,
    parts,
    session,
)
from ui.i18n import _
from ui.state import ACCESS_SECTION


def main() -> None:
    parts.notice()
    actor = session.require_actor()
    sections: parts.Sections = {
        "akun": (_("Akun"), access_accounts.draw),
        "sesi": (_("Sesi"), access_sessions.draw),
        "token": (_("Token API"), access_tokens.draw),
        "jejak": (_("Jejak"), access_trail.draw),
        "cadangan": (_("Cadangan"), access_backup.draw),
        "pribadi": (_("Data pribadi"), access_personal.draw),
    }
    parts.section(sections, ACCESS_SECTION)(actor)


main()
