"""Excel sheets that run nothing and repeat themselves: the mechanics under `export.workbook`.

Every text is a string cell, also one that looks like a formula or an error value; dates are real Excel dates;
the file carries the times it is told, never the clock's, so that the same rows give the same bytes. openpyxl
writes the workbook, its styles and each sheet's head; the rows below are put in as XML, because it takes ten
times as long for them (it builds a tree for every cell) and would keep the process that serves screens busy.
"""

import io
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# These ship no types.
from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.utils.datetime import to_excel  # type: ignore[import-untyped]
from openpyxl.writer.excel import ExcelWriter  # type: ignore[import-untyped]

from domain.formula import runs_as_formula

Value = str | int | float | datetime | None
"""A cell: times are local and naive, for Excel knows no zones; None is an empty cell."""

MOMENT = "yyyy-mm-dd hh:mm:ss"
TEXT_LIMIT = 32_767
"""Most characters in a cell (Excel's specifications and limits)."""

_NOT_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = PatternFill("solid", fgColor="FFE3E3E3")
_END_OF_ROWS = b"</sheetData>"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's header, and its width in characters."""

    header: str
    width: float = 14


class Book:
    """A workbook that is written row by row to disk: memory does not grow with its rows."""

    def __init__(self, title: str, creator: str, made_at: datetime) -> None:
        """Begin a workbook; `made_at` (timezone-aware) is when it says it was made, in UTC."""
        self._made_at = made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        self._book = Workbook(write_only=True)
        self._rows: dict[str, IO[bytes]] = {}
        self._kept = ExitStack()
        properties = self._book.properties
        properties.title, properties.creator, properties.language = title, creator, "id"
        properties.created = properties.modified = self._made_at

    def add(self, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]]) -> int:
        """Write a sheet with a frozen head and a filter on it; return how many rows it has below the head."""
        sheet = self._book.create_sheet(name)
        sheet.freeze_panes = "A2"
        letters = [get_column_letter(number) for number in range(1, len(columns) + 1)]
        for letter, column in zip(letters, columns, strict=True):
            sheet.column_dimensions[letter].width = column.width
        sheet.append([_head(sheet, column.header) for column in columns])
        cells = _Cells(sheet, letters)
        # Closed with all others in `content`.
        kept = self._kept.enter_context(tempfile.TemporaryFile(prefix="sigap-xlsx-"))  # noqa: SIM115
        count = 0
        for count, row in enumerate(rows, start=1):
            kept.write(cells.row(row, count + 1).encode("utf-8"))
        sheet.auto_filter.ref = f"A1:{letters[-1]}{count + 1}"
        self._rows[f"xl/worksheets/sheet{len(self._rows) + 1}.xml"] = kept
        return count

    def content(self) -> bytes:
        """Return the finished workbook. It takes no more sheets after that."""
        out = io.BytesIO()
        with self._kept:
            # Not `Workbook.save`: it writes the clock's time as that of the last change.
            ExcelWriter(self._book, _Package(out, self._made_at, self._rows)).save()
        return out.getvalue()


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.fill = Font(name="Calibri", size=11, bold=True), _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


class _Cells:
    """Writes rows as SpreadsheetML (ECMA-376 part 1, 18.3.1), with the workbook's numbers of the styles."""

    def __init__(self, sheet: Any, letters: Sequence[str]) -> None:
        self._letters = letters
        moment, quoted = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
        moment.number_format = MOMENT
        # With it, what somebody edits stays a text too.
        quoted.quotePrefix = True
        self._moment, self._quoted = f' s="{moment.style_id}"', f' s="{quoted.style_id}"'

    def row(self, values: Sequence[Value], number: int) -> str:
        cells = [
            self._cell(f"{letter}{number}", value)
            for letter, value in zip(self._letters, values, strict=True)
            if value is not None
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _cell(self, place: str, value: str | int | float | datetime) -> str:
        if isinstance(value, str):
            style = self._quoted if runs_as_formula(value) else ""
            text = escape(_NOT_XML.sub("", value)[:TEXT_LIMIT])
            return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
        if isinstance(value, datetime):
            return f'<c r="{place}"{self._moment}><v>{to_excel(value)!r}</v></c>'
        return f'<c r="{place}"><v>{value!r}</v></c>'


class _Package(ZipFile):
    """The zip of a workbook: its members all bear one time, and its sheets get their rows."""

    def __init__(self, file: IO[bytes], at: datetime, rows: dict[str, IO[bytes]]) -> None:
        super().__init__(file, "w", ZIP_DEFLATED, allowZip64=True)
        # The format has no years before 1980, and even seconds only.
        self._at = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second // 2 * 2)
        self._rows = rows

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(self._info(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        head, end, tail = Path(filename).read_bytes().partition(_END_OF_ROWS)
        with self.open(self._info(arcname), "w", force_zip64=True) as target:
            target.write(head)
            kept = self._rows.get(arcname)
            if kept is not None:
                kept.seek(0)
                shutil.copyfileobj(kept, target)
            target.write(end + tail)

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._at)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info
