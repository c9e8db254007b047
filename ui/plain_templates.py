"""Rendered JavaScript is not compiled a second time: most of a map's cost on the server.

Branca keeps each rendered script of a map as a Jinja template of its own, which is parsed, compiled to Python
and run once. A text without a sign of Jinja's renders to itself, so it needs none of that.
"""

import re
from typing import Any

import branca.element
from jinja2 import Template

_SIGNS = re.compile(r"\{[{%#]|[%#}]\}")
_LINE_ENDS = re.compile(r"\r\n|\r")


class PlainText:
    """A template without any sign of Jinja's: renders to its own text, as Jinja would give it."""

    def __init__(self, text: str) -> None:
        """Keep the text; like Jinja, with plain line ends and without the last of them."""
        self._text = _LINE_ENDS.sub("\n", text).removesuffix("\n")

    def render(self, *_values: Any, **_more: Any) -> str:
        """Return the text, whatever the values are."""
        return self._text


def template(source: str) -> Template | PlainText:
    """Return what renders a source: itself where Jinja would find nothing to do in it."""
    return Template(source) if _SIGNS.search(source) else PlainText(source)


def install() -> None:
    """Let branca use it; twice is the same as once."""
    branca.element.Template = template  # type: ignore[assignment,attr-defined]
