"""In which language a refusal is told: as the request asks for, else the city's."""

from starlette.requests import Request

from ui.i18n import LANGUAGES


def asked(request: Request) -> str | None:
    """Return the known language that `Accept-Language` wants most, or None."""
    best, found = 0.0, None
    for part in request.headers.get("accept-language", "")[:500].split(","):
        name, _, rest = part.strip().partition(";")
        code = name.partition("-")[0].lower()
        weight = _weight(rest)
        if code in LANGUAGES and weight > best:
            best, found = weight, code
    return found


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
