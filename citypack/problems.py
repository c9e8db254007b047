"""From pydantic's findings to sentences: which field, what is wrong, what is allowed."""

import re
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from citypack.toml_lines import KeyPath
from domain.errors import Need, ShowTime, Translate, utc_text
from domain.words import N_

_OUT_OF_RANGE = N_("{value} di luar rentang")
_NOT_INTEGER = N_("{value} bukan bilangan bulat")
_NOT_NUMBER = N_("{value} bukan angka")
_NOT_BOOLEAN = N_("{value} bukan true atau false")
_NOT_TABLE = N_("{value} bukan tabel kunci = nilai")
_NOT_CHOICE = N_("{value} bukan pilihan yang dikenal")
_NOT_DATE = N_("{value} bukan tanggal")
_TOO_FEW = N_("isinya terlalu sedikit")

_SENTENCES = {
    "missing": N_("belum diisi"),
    "extra_forbidden": N_("kunci ini tidak dikenal"),
    "int_type": _NOT_INTEGER,
    "int_from_float": _NOT_INTEGER,
    "int_parsing": _NOT_INTEGER,
    "int_parsing_size": _OUT_OF_RANGE,
    "float_type": _NOT_NUMBER,
    "float_parsing": _NOT_NUMBER,
    "finite_number": _NOT_NUMBER,
    "bool_type": _NOT_BOOLEAN,
    "bool_parsing": _NOT_BOOLEAN,
    "string_type": N_("{value} bukan teks; apit dengan tanda kutip"),
    "string_too_short": N_("teksnya kosong"),
    "string_too_long": N_("teksnya terlalu panjang"),
    "string_pattern_mismatch": N_("{value} tidak sesuai bentuknya"),
    "greater_than": _OUT_OF_RANGE,
    "greater_than_equal": _OUT_OF_RANGE,
    "less_than": _OUT_OF_RANGE,
    "less_than_equal": _OUT_OF_RANGE,
    "enum": _NOT_CHOICE,
    "literal_error": _NOT_CHOICE,
    "list_type": N_("{value} bukan daftar; apit dengan kurung siku"),
    "dict_type": _NOT_TABLE,
    "model_type": _NOT_TABLE,
    "too_short": _TOO_FEW,
    "too_long": N_("isinya terlalu banyak"),
    "date_type": _NOT_DATE,
    "date_parsing": _NOT_DATE,
    "date_from_datetime_parsing": _NOT_DATE,
    "date_from_datetime_inexact": _NOT_DATE,
}
_OTHERWISE = N_("{value} tidak dapat dipakai")


class Phrase(Need):
    """A whole sentence that is used inside another one: without its full stop."""

    def sentence(self, translate: Translate = str, show: ShowTime = utc_text) -> str:
        """Return the filled sentence, its last full stop left out."""
        return super().sentence(translate, show).removesuffix(".")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: at which key, what, and what is allowed there."""

    path: KeyPath
    problem: Need
    allowed: Need

    @property
    def key(self) -> str:
        """The dotted key, such as `units[3].speed_kn`, counted from 1 as people count."""
        return dotted(self.path)


def dotted(path: KeyPath) -> str:
    """Return a key path as text; list places count from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def first_fault(error: ValidationError, model: type[BaseModel]) -> Fault:
    """Return the first finding of pydantic as a fault with Indonesian sentences.

    An unknown key goes before the others: a misspelt key is also a missing one, and naming what is
    there helps more than naming what is not.
    """
    findings = error.errors(include_url=False)
    found = next((one for one in findings if one["type"] == "extra_forbidden"), findings[0])
    path = tuple(part for part in found["loc"] if part != "[key]")
    problem = problem_of(found["type"], found["input"])
    if found["type"] == "extra_forbidden":
        return Fault(path, problem, _known_keys(model, path[:-1]))
    return Fault(path, problem, _description(model, path))


def problem_of(kind: str, value: Any) -> Need:
    """Return what is wrong with `value` by pydantic's error type `kind`, as an Indonesian sentence."""
    template = _SENTENCES.get(kind, _OTHERWISE)
    return Need(template, value=shown(value)) if "{value}" in template else Need(template)


def label_of(model: type[BaseModel], path: KeyPath) -> str:
    """Return the label (gettext msgid) of the field that `path` leads to."""
    field = _field(model, path)
    return (field.title if field else None) or dotted(path)


def shown(value: Any) -> str:
    """Return a value as it is quoted in a sentence: short, text in Indonesian quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"“{_short(value)}”"
    if value is None:
        return "“”"
    return _short(str(value))


def one_of(values: Any) -> Need:
    """Return the sentence that lists the allowed codes."""
    return Need(N_("salah satu dari {codes}"), codes=", ".join(sorted(values)))


def _short(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= 60 else text[:59] + "…"


def _description(model: type[BaseModel], path: KeyPath) -> Need:
    field = _field(model, path)
    if field is None or field.description is None:
        raise LookupError(f"{model.__name__}.{dotted(path)} has no description of what it allows")
    return Need(field.description)


def _known_keys(model: type[BaseModel], path: KeyPath) -> Need:
    field = _field(model, path)
    owner = model if field is None else _inner_model(field.annotation)
    if owner is None:
        raise LookupError(f"{model.__name__}.{dotted(path)} is no table")
    return Need(N_("kunci: {keys}"), keys=", ".join(owner.model_fields))


def _field(model: type[BaseModel], path: KeyPath) -> FieldInfo | None:
    """Return the innermost field named along `path`; a list place or dict key belongs to its field."""
    field: FieldInfo | None = None
    owner: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, str) and owner is not None and part in owner.model_fields:
            field = owner.model_fields[part]
            owner = _inner_model(field.annotation)
    return field


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside `Model`, `list[Model]` or `Model | None`, or None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _inner_model(inner)) is not None:
            return found
    return None
