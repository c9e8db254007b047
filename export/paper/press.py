"""The press: words as data and pictures as files in, a PDF out.

Only the fonts inside the typst package are used and no date is written into the file: the same words and
pictures give the same bytes anywhere. Words arrive as JSON in `sys.inputs`, never as source, so nothing a
caller says can become a command.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

TEMPLATES = Path(__file__).parent.parent / "templates"

Words = Mapping[str, Any]
Pictures = Mapping[str, bytes]
"""File name to bytes; a template names the file."""


def pdf(template: str, words: Words, pictures: Pictures | None = None) -> bytes:
    """Return the paper as PDF. `template`: a file's name in `export/templates`.

    Raises ValueError for a picture's name that is more than a name.
    """
    made = _compiled(template, words, pictures or {}, "pdf")
    if not isinstance(made, bytes):
        raise TypeError("typst gives a PDF as one piece of bytes")
    return made


def pages(template: str, words: Words, pictures: Pictures | None = None, ppi: float = 80) -> list[bytes]:
    """Return the pages of the same paper as PNG pictures, for a look at it on a screen."""
    made = _compiled(template, words, pictures or {}, "png", ppi)
    return [made] if isinstance(made, bytes) else list(made)


def _compiled(
    template: str, words: Words, pictures: Pictures, kind: Literal["pdf", "png"], ppi: float | None = None
) -> bytes | list[bytes]:
    if not pictures:
        return _compile(TEMPLATES, template, words, kind, ppi)
    with tempfile.TemporaryDirectory(prefix="sigap-paper-") as name:
        folder = Path(name)
        for source in TEMPLATES.glob("*.typ"):
            shutil.copyfile(source, folder / source.name)
        for file, content in pictures.items():
            if Path(file).name != file or file.endswith(".typ"):
                raise ValueError(f"{file!r} is not the name of a picture")
            (folder / file).write_bytes(content)
        return _compile(folder, template, words, kind, ppi)


def _compile(
    root: Path, template: str, words: Words, kind: Literal["pdf", "png"], ppi: float | None
) -> bytes | list[bytes]:
    # A compiler of its own for every paper: typst's refuses two threads at once ("Already borrowed").
    compiler = typst.Compiler(
        input=root / template,
        root=root,
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(words, ensure_ascii=False)},
    )
    made = compiler.compile(format=kind, ppi=ppi)
    if made is None:
        raise TypeError("typst gives bytes where no output file is named")
    return made


@cache
def _fonts() -> typst.Fonts:
    """Return the fonts inside the typst package, found once; no font of the system."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
