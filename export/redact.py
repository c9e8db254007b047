"""Free text without people in it: the last gate before words leave the command center (UU 27/2022).

What is known (the reporter's name and number, however spelled) is always masked. What only its form
gives away (other numbers, e-mail addresses, names after “Pak”, “Ibu”, “bernama” …) is masked as a second
net; a name without such a sign cannot be told from a word, which is why the minimal record has little text.
"""

import re
import unicodedata

from domain.case import Private
from domain.identity import normal_phone

MASK = "•••"
_OWN = "¤"

_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@]{1,63}")
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}")
_MASKS = re.compile(rf"{MASK}(?:\s+{MASK})+")
_NAME = r"[A-Z][a-z'’]+"
_OFFICES = r"(?!(?:Lurah|Camat|Guru|Kepala|Ketua|Wali|Polisi|Dokter|Hamil)\b)"
_TITLED = re.compile(
    rf"(?i:\b(pak|bapak|bpk\.?|bu|ibu|sdr\.?|sdri\.?|saudara|saudari|tn\.?|ny\.?|kapten|haji|hajah))\s+"
    rf"{_OFFICES}{_NAME}(?:\s+{_NAME}){{0,3}}"
)
_CALLED = re.compile(rf"(?i:\b(bernama|atas nama|a\.n\.))\s+[\w'’]+(?:\s+{_NAME}){{0,3}}")


def redact(text: str | None, private: Private, limit: int = 500) -> str | None:
    """Return `text` on one line without names and numbers, at most `limit` characters; None for nothing."""
    clean = plain(text or "")
    if not clean:
        return None
    clean = _EMAIL.sub(MASK, clean)
    number = _spelled_anyhow(private.callback_number)
    if number is not None:
        clean = number.sub(MASK, clean)
    clean = _LONG_NUMBER.sub(MASK, clean)
    for name in _names(private):
        clean = re.sub(rf"\b{re.escape(name)}\b", MASK, clean, flags=re.IGNORECASE)
    clean = _TITLED.sub(rf"\1 {MASK}", clean)
    clean = _MASKS.sub(MASK, _CALLED.sub(rf"\1 {MASK}", clean))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def without(text: str, person: Private) -> str:
    """Return `text` with this one person masked, however spelled; everybody else stays."""
    found = _person(person)
    return text if found is None else _MASKS.sub(MASK, found.sub(MASK, plain(text)))


def about(text: str, person: Private, reporter: Private, limit: int = 10_000) -> str:
    """Return `text` on one line with everybody masked but this person, as far as others are recognised."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"{_OWN}{len(kept) - 1}{_OWN}"

    found = _person(person)
    clean = plain(text).replace(_OWN, " ")
    clean = redact(clean if found is None else found.sub(keep, clean), reporter, limit) or ""
    return re.sub(rf"{_OWN}(\d+){_OWN}", lambda match: kept[int(match[1])], clean)


def _person(person: Private) -> re.Pattern[str] | None:
    """Return a pattern for a person's number, whole name and its words; None where neither is known."""
    number = _spelled_anyhow(person.callback_number)
    parts = [] if number is None else [number.pattern]
    parts += [rf"\b{re.escape(name)}\b" for name in _names(person)]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def plain(text: str) -> str:
    """Return `text` as one line of visible characters (NFKC).

    Control, invisible and direction-changing characters go, so that they can neither hide a number
    from the masking nor make the printed line read otherwise than the stored one.
    """
    if text.isascii() and (line := " ".join(text.split())).isprintable():
        # Nearly every text: nothing in it is invisible or has another form.
        return line
    lines = re.sub(r"\s", " ", text)
    visible = (sign for sign in unicodedata.normalize("NFKC", lines) if unicodedata.category(sign)[0] != "C")
    return " ".join("".join(visible).split())


def _names(private: Private) -> tuple[str, ...]:
    """Return the reporter's whole name and its words; short words only when there are no longer ones."""
    words = re.findall(r"\w+", plain(private.reporter_name or ""))
    longer = [word for word in words if len(word) > 2]
    return (" ".join(words), *(longer or words)) if words else ()


def _spelled_anyhow(number: str | None) -> re.Pattern[str] | None:
    """Return a pattern for the reporter's number with any signs between its digits, 0 or +62 before."""
    core = normal_phone(number or "").lstrip("0")
    if len(core) < 5:
        return None
    return re.compile(r"(?:\+?62|0)?" + r"[\W_]{0,3}" + r"[\W_]{0,3}".join(core))
