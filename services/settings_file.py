"""What the settings files of the data folder have in common: when one changed, and faults without secrets."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from citypack.files import read_toml
from citypack.models import Row
from citypack.problems import Fault
from domain.errors import BadCityPack, Need, SigapError
from domain.words import N_

Stamp = tuple[int, int]
NO_SECRETS = re.compile(r"(?!)")
_File = TypeVar("_File", bound=Row)


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


def checked(
    folder: Path,
    name: str,
    model: type[_File],
    bad: type[SigapError],
    secrets: re.Pattern[str] = NO_SECRETS,
    faults: Callable[[_File], Iterable[Fault]] = lambda _: (),
) -> _File:
    """Return the file's content; a fault of it, or one of `faults`, is raised as `bad`.

    secrets: matches the keys whose value is one; such a value is not repeated.
    """
    try:
        file = read_toml(folder, name, model)
        for fault in faults(file.content):
            raise file.bad(fault)
    except BadCityPack as error:
        raise bad(**_without_secrets(error, secrets)) from None
    return file.content


def _without_secrets(error: BadCityPack, secrets: re.Pattern[str]) -> dict[str, object]:
    """Return what is wrong without quoting a line or value that may hold a password."""
    params = dict(error.params)
    problem = params["problem"]
    if "text" in problem.params:
        params["problem"] = Need(N_("tata tulis TOML salah, atau kunci ditulis dua kali"))
    elif "value" in problem.params and secrets.search(str(params["key"])):
        params["problem"] = Need(N_("isinya tidak dapat dipakai"))
    return params
