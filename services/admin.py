"""`make admin`: a new one-time password for the account `admin`, for whoever holds the machine itself.

Sigap must be stopped: one process may have the database. The account is made where there is none.
"""

import sys
from datetime import UTC, datetime

from domain.errors import SigapError
from services import accounts
from services.center import Settings, close_center, open_center


def main() -> int:
    """Print the password once; return 1 with a sentence when the database cannot be opened."""
    try:
        center = open_center(Settings.from_environment())
    except SigapError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        new = accounts.rescue(center, datetime.now(UTC))
        print(
            f"Akun {new.account.login}, kata sandi sekali pakai: {new.password}\n"
            "Account and one-time password; not shown again. It must be changed at the next sign-in."
        )
    finally:
        close_center()
    return 0


if __name__ == "__main__":
    sys.exit(main())
