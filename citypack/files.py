"""Reading a pack's files; whatever cannot be read is a BadCityPack that names file, place and remedy."""

import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from citypack.problems import Fault, first_fault, shown
from citypack.toml_lines import line_of
from domain.errors import BadCityPack, Need
from domain.words import N_

M = TypeVar("M", bound=BaseModel)

TOML_RULES = N_(
    "satu “kunci = nilai” per baris, teks diapit tanda kutip ganda, daftar diapit kurung siku, "
    "tabel diawali [nama] atau [[nama]]"
)
CSV_RULES = N_("CSV UTF-8 berpemisah koma, baris pertama berisi nama kolom: {columns}")


def bad_file(folder: Path, name: str, key: str | Need, problem: Need, allowed: Need) -> BadCityPack:
    """Return the error for `name` in `folder`; the folder's own name goes before it."""
    return BadCityPack(file=f"{folder.name}/{name}", key=key, problem=problem, allowed=allowed)


@dataclass(frozen=True, slots=True)
class TomlFile(Generic[M]):
    """A TOML file that was read and has the right shape."""

    folder: Path
    name: str
    text: str
    content: M

    def bad(self, fault: Fault) -> BadCityPack:
        """Return the error for a fault of this file, with its line."""
        return _bad_toml(self.folder, self.name, self.text, fault)


@dataclass(frozen=True, slots=True)
class CsvFile(Generic[M]):
    """A CSV file that was read: its rows, and the line on which each begins."""

    folder: Path
    name: str
    rows: tuple[M, ...]
    lines: tuple[int, ...]

    def bad(self, row: int, fault: Fault) -> BadCityPack:
        """Return the error for a fault of one row (counted from 0), with its line and column."""
        key = _cell(self.lines[row], str(fault.path[0]))
        return bad_file(self.folder, self.name, key, fault.problem, fault.allowed)


def read_text(folder: Path, name: str) -> str:
    """Return a file's text (UTF-8, a byte-order mark dropped).

    Raises: BadCityPack when it is missing, unreadable or not UTF-8.
    """
    path = folder / name
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise bad_file(
            folder,
            name,
            Need(N_("seluruh berkas")),
            Need(N_("berkas tidak ada")),
            Need(N_("berkas ini wajib ada")),
        ) from None
    except OSError as error:
        raise bad_file(
            folder,
            name,
            Need(N_("seluruh berkas")),
            Need(N_("berkas tidak dapat dibuka ({detail})"), detail=error.strerror),
            Need(N_("berkas biasa yang boleh dibaca oleh Sigap")),
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise bad_file(
            folder,
            name,
            Need(N_("baris {line}"), line=line),
            Need(N_("bukan teks UTF-8")),
            Need(N_("simpan ulang berkas sebagai UTF-8")),
        ) from error


def read_toml(folder: Path, name: str, model: type[M]) -> TomlFile[M]:
    """Read a TOML file into `model`.

    Raises: BadCityPack for a missing file, bad TOML, or any field that the model refuses.
    """
    text = read_text(folder, name)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_syntax(folder, name, text, str(error)) from error
    try:
        return TomlFile(folder, name, text, model.model_validate(raw))
    except ValidationError as error:
        raise _bad_toml(folder, name, text, first_fault(error, model)) from error


def read_csv(folder: Path, name: str, model: type[M], *, may_lack: Collection[str] = ()) -> CsvFile[M]:
    """Read a CSV file, one `model` a row; an empty cell means: not given. Columns `may_lack` may be missing.

    Raises: BadCityPack for a missing file, wrong columns, or any cell that the model refuses.
    """
    text = read_text(folder, name)
    columns = list(model.model_fields)
    rules = Need(CSV_RULES, columns=", ".join(columns))
    rows, lines = [], []
    try:
        records = list(_records(text))
    except csv.Error as error:
        raise bad_file(
            folder, name, Need(N_("seluruh berkas")), Need(N_("tanda kutip tidak berpasangan")), rules
        ) from error
    header = records[0][1] if records else []
    expected = [column for column in columns if column in header or column not in may_lack]
    if sorted(header) != sorted(expected):
        raise bad_file(folder, name, Need(N_("baris 1")), _wrong_columns(header, expected), rules)
    for line, cells in records[1:]:
        if len(cells) != len(header):
            raise bad_file(
                folder,
                name,
                Need(N_("baris {line}"), line=line),
                Need(N_("{count} kolom, seharusnya {expected}"), count=len(cells), expected=len(header)),
                rules,
            )
        given = {column: cell for column, cell in zip(header, cells, strict=True) if cell.strip()}
        try:
            rows.append(model.model_validate_strings(given))
        except ValidationError as error:
            fault = first_fault(error, model)
            raise bad_file(
                folder, name, _cell(line, str(fault.path[0])), fault.problem, fault.allowed
            ) from error
        lines.append(line)
    return CsvFile(folder, name, tuple(rows), tuple(lines))


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 (hex) over the names and bytes of all files, hidden ones left out."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts):
            digest.update(name.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _wrong_columns(header: list[str], columns: list[str]) -> Need:
    if len(header) == 1 and ";" in header[0]:
        return Need(N_("kolom dipisah titik koma"))
    if missing := [column for column in columns if column not in header]:
        return Need(N_("kolom {columns} tidak ada"), columns=", ".join(missing))
    if unknown := [column for column in header if column not in columns]:
        return Need(N_("kolom {columns} tidak dikenal"), columns=", ".join(map(shown, unknown)))
    return Need(N_("ada kolom yang ditulis dua kali"))


def _cell(line: int, column: str) -> Need:
    return Need(N_("baris {line}, kolom {column}"), line=line, column=column)


def _bad_toml(folder: Path, name: str, text: str, fault: Fault) -> BadCityPack:
    line = line_of(text, fault.path)
    key = fault.key if line is None else Need(N_("{key} (baris {line})"), key=fault.key, line=line)
    return bad_file(folder, name, key, fault.problem, fault.allowed)


def _bad_syntax(folder: Path, name: str, text: str, message: str) -> BadCityPack:
    """Return the error for a text that is no TOML; the parser's English is read, not shown."""
    lines = text.splitlines() or [""]
    at = re.search(r"at line (\d+), column (\d+)", message)
    line, column = (int(at[1]), int(at[2])) if at else (len(lines), len(lines[-1]) + 1)
    place = Need(N_("baris {line}, kolom {column}"), line=line, column=column)
    if re.search(r"[Cc]annot (overwrite|declare|mutate)|[Dd]uplicate", message):
        problem = Need(N_("kunci atau tabel ini ditulis dua kali: {text}"), text=shown(lines[line - 1]))
    else:
        problem = Need(N_("tata tulis TOML salah: {text}"), text=shown(lines[min(line, len(lines)) - 1]))
    return bad_file(folder, name, place, problem, Need(TOML_RULES))
