"""What the settings files of the data folder have in common: when one changed, and faults without secrets."""

import re
from pathlib import Path

from domain.errors import BadCityPack, Need
from domain.words import N_

Stamp = tuple[int, int]


def stamp(path: Path) -> Stamp | None:
    """Return what differs once a file was changed; None where there is none.

    One that cannot be asked has a stamp too: reading it says in words what is wrong.
    """
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


def without_secrets(error: BadCityPack, secrets: re.Pattern[str]) -> dict[str, object]:
    """Return what is wrong without quoting a line or value that may hold a password.

    secrets: matches the keys whose value is one.
    """
    params = dict(error.params)
    problem = params["problem"]
    if "text" in problem.params:
        params["problem"] = Need(N_("tata tulis TOML salah, atau kunci ditulis dua kali"))
    elif "value" in problem.params and secrets.search(str(params["key"])):
        params["problem"] = Need(N_("isinya tidak dapat dipakai"))
    return params
