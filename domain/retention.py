"""How long personal data of a closed case is kept, and what stays then (UU 27/2022 42–44; domain.md 3.1).

Prank and ghost calls: 90 days, all others two years after closing (numbers of the city pack, to be reconciled
with the city's JRA). Then what names or describes people goes: the reporter's name, number and words, and
every sentence about caller, place or victims that somebody wrote into the case. Facts stay for good: what,
when, where, which units, how long, how many victims.

The keyed hash of the number and its last three digits are personal data too (pseudonymised, not anonymous):
with the key, all numbers can be tried. They go with the identity, for pranks too, unless the city looks back
on a caller's calls for longer than that (`prank.history_days`): then as soon as nothing asks for them.

Records already in the outbox stay as they are, for good: they are the facts of the case, minimal and masked,
and a receipt proves only those very bytes. The hash and the three digits inside them stay too; DKISP has them
anyway, and they lead to a number only with this center's key.

A sentence about our own work (why a step was late, why an agency was waived) stays, with names and numbers
masked: it is what the procedure is judged by.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.words import N_, CallClass, Label

ERASED = "[dihapus setelah masa simpan]"
"""What stands in the place of a sentence that was erased, so that its having been there is still told."""

Mask = Callable[[str], str]


class Rule(Label):
    """Which period holds for a case."""

    PRANK = "prank", N_("identitas panggilan prank dan ghost")
    IDENTITY = "identity", N_("identitas pelapor dan korban")


class Field(Label):
    """What is erased of a case."""

    NAME = "name", N_("nama pelapor")
    NUMBER = "number", N_("nomor panggil balik")
    NARRATIVE = "narrative", N_("kronologi")
    TEXTS = "texts", N_("kalimat bebas di kasus, jejak, pemberitahuan, dan alarm")
    NUMBER_HASH = "number_hash", N_("sidik nomor dan tiga angka akhirnya")


class Kept(Label):
    """What belongs to these cases and is not erased by this, and why."""

    SENT = "sent", N_("record untuk DKISP: sudah disamarkan, dan bukti terima merujuk sidik jari isinya")
    FILES = (
        "files",
        N_("berkas dokumentasi (foto): menunggu jadwal retensi arsip; hapus dengan keputusan sendiri"),
    )


@dataclass(frozen=True, slots=True)
class Periods:
    """Days after closing; `history_days`: how far back a number's earlier calls are looked up."""

    prank_days: int
    identity_days: int
    history_days: int

    def kept(self, rule: Rule) -> timedelta:
        """Return how long identities are kept."""
        return timedelta(days=self.prank_days if rule is Rule.PRANK else self.identity_days)

    def hash_kept(self, rule: Rule) -> timedelta:
        """Return how long the keyed hash of a number is kept."""
        return max(self.kept(rule), timedelta(days=self.history_days))


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: nothing of the case is erased until it is released."""

    case_id: str
    call_no: str
    reason: str
    placed_at: datetime
    placed_by: str


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose time is over: since when, by which rule, what goes; `hold` keeps it all the same.

    The hold may be that of the primary case into which this report was merged.
    """

    case_id: str
    call_no: str
    rule: Rule
    closed_at: datetime
    due_at: datetime
    fields: tuple[Field, ...]
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do now: `due` is erased, `held` is not; `kept` counts what else is there of `due`."""

    at: datetime
    due: tuple[Due, ...]
    held: tuple[Due, ...]
    kept: Mapping[Kept, int]


def rule_of(call_class: str | None) -> Rule:
    """Return which period holds for a call of this class; undecided ones are kept as normal ones."""
    return Rule.PRANK if call_class in (CallClass.PRANK.value, CallClass.GHOST.value) else Rule.IDENTITY


# --- what stays of a case -------------------------------------------------------------------------------

_ERASED: dict[str, tuple[str, ...]] = {
    "call": ("no_number_reason", "anonymous_reason", "closing_note"),
    "location": ("place_text",),
    "agencies": ("note",),
    # A step is skipped for the reason with which a call was closed or a case called off.
    "steps": ("skip_reason",),
    "sitreps": ("text",),
    "attachments": ("name",),
    "handover": ("reference",),
}
_MASKED: dict[str, tuple[str, ...]] = {
    "steps": ("overrun_reason",),
    "agencies": ("waived_reason",),
    "assignments": ("withdrawn_reason",),
    "proposals": ("reason",),
    "reasons": ("no_arrival", "late_sitrep", "no_documentation"),
    "delivery": ("override_reason",),
}
_ERASED_ALONE = ("current_condition", "outcome_reason", "casualty_destination")
_HASHES = ("reporter_ref", "reporter_phone_masked")
_EVENT_TEXTS = ("reason", "note")


def anonymised(flat: Mapping[str, Any], mask: Mask, *, hash_goes: bool) -> dict[str, Any]:
    """Return a case, or what an event changed of it, without what names people (keys as `database.codec`).

    Each value is changed by itself and always in the same way: events whose values are changed so still
    follow from each other, and still give the case.
    """
    return {key: _value(key.partition("/")[0], value, mask, hash_goes) for key, value in flat.items()}


def masked(flat: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return a case, or what an event changed of it, with a person taken out of every sentence in it.

    For somebody who is told of in another's case: all else stays.
    """
    texts = {name: (*_ERASED.get(name, ()), *_MASKED.get(name, ())) for name in {*_ERASED, *_MASKED}}
    found: dict[str, Any] = {}
    for key, value in flat.items():
        name = key.partition("/")[0]
        if isinstance(value, dict):
            value = {k: mask(v) if k in texts.get(name, ()) and v else v for k, v in value.items()}
        elif name in _ERASED_ALONE and value:
            value = mask(value)
        found[key] = value
    return found


def sentences(flat: Mapping[str, Any]) -> list[str]:
    """Return every sentence that somebody wrote into a case, in the order of its keys."""
    found: list[str] = []
    for key, value in flat.items():
        name = key.partition("/")[0]
        if isinstance(value, dict):
            names = (*_ERASED.get(name, ()), *_MASKED.get(name, ()))
            found += [value[field] for field in names if value.get(field)]
        elif name in _ERASED_ALONE and value:
            found.append(value)
    return found


def anonymised_note(after: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """Return what an event beside the case's own tells (a look at an identity, an alarm), names masked."""
    return {
        key: mask(value) if key in _EVENT_TEXTS and isinstance(value, str) and value else value
        for key, value in after.items()
    }


def _value(name: str, value: Any, mask: Mask, hash_goes: bool) -> Any:
    if name in _ERASED_ALONE:
        return ERASED if value else value
    if not isinstance(value, dict):
        return value
    new = dict(value)
    for field in _ERASED.get(name, ()):
        if new.get(field):
            new[field] = ERASED
    for field in _MASKED.get(name, ()):
        if new.get(field):
            new[field] = mask(new[field])
    if name == "call" and hash_goes:
        if any(new.get(field) for field in _HASHES) and not new.get("no_number_reason"):
            # Guard 1 asks for a number or a reason; a case that is opened again must still pass it.
            new["no_number_reason"] = ERASED
        new.update({field: None for field in _HASHES if field in new})
    return new
