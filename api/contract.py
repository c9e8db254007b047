"""What the OpenAPI document says of every address alike: who may ask, and how `api.gate` refuses."""

from typing import Any

from api.problems import PROBLEM_JSON
from domain.limits import LIMITS, USUAL
from domain.scopes import ACCESS, Access
from ui.guard import COOKIE

_SCHEMES: dict[str, dict[str, str]] = {
    "Token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the screen Akses with the scope named, or where it says so a device's",
    },
    "Session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Who is signed in to Sigap in this browser; for reading only",
    },
    "ScreenKey": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": "The signed key of a screen",
    },
    "DeviceId": {
        "type": "apiKey",
        "in": "query",
        "name": "id",
        "description": "A device's token (OsmAnd, Traccar)",
    },
    "DevicePassword": {"type": "http", "scheme": "basic", "description": "The password is a device's token"},
    "DeviceToken": {"type": "apiKey", "in": "query", "name": "token", "description": "A device's token"},
}
_PHONES = {
    "/osmand": ("DeviceId",),
    "/owntracks": ("DevicePassword", "DeviceToken"),
    "/cot": ("Token", "DeviceToken"),
}
_ALWAYS = {
    400: "A body that is no JSON in UTF-8, too deeply nested, or too many parameters",
    414: "The address is too long",
    429: "Too many requests; `Retry-After` says in how many seconds to come again",
    500: "An error of the program, with its reference",
    503: "Sigap starts or stops, or its database cannot be read",
}
_GUARDED = {401: "No or wrong credentials", 403: "The token lacks the scope, or the role the permission"}
_WITH_BODY = {413: "The body is too long", 422: "Input that cannot be used, by field"}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document with credentials, scopes and the gate's refusals at each operation."""
    document["components"]["securitySchemes"] = _SCHEMES
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            key = method.upper(), address
            access = ACCESS[key]
            operation["security"] = _security(address, access)
            refusals = _ALWAYS | ({} if access.public else _GUARDED)
            if "requestBody" in operation:
                refusals = refusals | _WITH_BODY
            answers: dict[str, dict[str, Any]] = operation["responses"]
            for status, words in refusals.items():
                answers.setdefault(str(status), {"description": words})
            for code, told in answers.items():
                if code >= "400":
                    told["content"] = _problems(told.get("content", {}))
            operation["description"] = "\n\n".join([operation.get("description", ""), *_told(key, access)])
    return document


def _problems(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a refusal may contain: a problem, and what the route itself says besides."""
    others = {
        kind: told
        for kind, told in content.items()
        if kind != PROBLEM_JSON
        and told.get("schema", {}).get("$ref", "").rpartition("/")[2]
        not in ("Problem", "HTTPValidationError")
    }
    return {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}, **others}


def _security(address: str, access: Access) -> list[dict[str, list[str]]]:
    if access.public:
        return []
    if access.inside == "device":
        return [{name: []} for name in _PHONES[address]]
    found: list[dict[str, list[str]]] = []
    if access.scope is not None or access.device:
        found.append({"Token": [access.scope.value] if access.scope is not None else []})
    if access.actions or access.signed_in:
        found.append({"Session": []})
    if access.key:
        found.append({"ScreenKey": []})
    return found


def _told(key: tuple[str, str], access: Access) -> list[str]:
    told = []
    if access.scope is not None:
        more = "".join(f"; with `{name}={value}` also `{scope}`" for name, value, scope in access.by_query)
        told.append(f"Scope: `{access.scope.value}`{more}.")
    if access.device:
        told.append(
            "A device's own token opens it." if access.scope is None else "Also a device's own token."
        )
    limit = LIMITS.get(key, USUAL)
    told.append(
        f"Rate `{limit.rate.name}`: {limit.rate.per_s:g} a second, {limit.rate.burst:g} at once"
        + (f"; this counts as {limit.cost:g}." if limit.cost != 1 else ".")
    )
    return told
