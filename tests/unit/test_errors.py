"""Every refusal is one filled Indonesian sentence: what, why, what to do."""

import re
from datetime import timedelta, timezone

import pytest
from builders import CASE_ID, T0

from domain.errors import (
    BadCityPack,
    BadInput,
    IllegalMove,
    MissingForStep,
    Need,
    NotFound,
    NotPermitted,
    SigapError,
    StaleCase,
    StoreUnavailable,
    TimeInFuture,
    TimeRunsBackwards,
    UnitHeld,
    UnitNotReady,
)
from domain.permissions import Action
from domain.stages import HINTS, TRANSITIONS
from domain.words import CaseStatus, Role

WITA = timezone(timedelta(hours=8))
LATER = T0 + timedelta(minutes=5)
EVERY = [
    NotPermitted(role=Role.AUDITOR, action=Action.CLOSE, allowed=(Role.DISPATCHER, Role.SUPERVISOR)),
    IllegalMove(action=Action.MERGE, status=CaseStatus.CLOSED, hint=Need(HINTS[CaseStatus.CLOSED])),
    MissingForStep(3, (Need("prioritas"), Need("laporan diteruskan ke Perwira {agency}", agency="SAR"))),
    TimeRunsBackwards(what=Need("tiba"), at=T0, before=Need("berangkat"), limit=LATER),
    TimeInFuture(what=Need("kejadian"), at=LATER, now=T0),
    StaleCase(call_no="P2026-000001", actor="Dedi", at=T0),
    UnitHeld(unit_code="SAR-RIB-02", holder="Putri", call_no="P2026-000001", at=T0),
    UnitNotReady(unit_code="SAR-RIB-02", reason=Need("mesin diperbaiki")),
    NotFound("Kasus", CASE_ID),
    BadInput("narrative", "Kronologi", Need("kosong. Tulis apa yang dikatakan pelapor.")),
    BadCityPack(file="sop.toml", key="steps", problem="hilang", allowed="sembilan langkah"),
    StoreUnavailable(
        path="sigap.duckdb", reason=Need("berkas sedang dipakai proses lain"), todo=Need("Hentikan.")
    ),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda e: type(e).__name__)
def test_a_sentence_is_filled_and_is_also_the_text_of_the_exception(error):
    assert isinstance(error, SigapError)
    assert str(error) == error.sentence()
    assert not re.search(r"[{}]|None|<|datetime", error.sentence())


@pytest.mark.parametrize("error", EVERY, ids=lambda e: type(e).__name__)
def test_a_sentence_can_be_told_in_another_language_down_to_its_words(error):
    asked = []

    def translate(text):
        asked.append(text)
        return f"[{text}]"

    told = error.sentence(translate)
    assert told.startswith("[") and told.endswith("]")
    assert type(error).template in asked


def test_every_kind_of_refusal_is_in_this_test():
    here = {kind for kind in SigapError.__subclasses__() if kind.__module__ == "domain.errors"}
    assert here == {type(error) for error in EVERY}


def test_words_in_a_sentence_are_labels_not_codes():
    error = NotPermitted(
        role=Role.CALL_TAKER, action=Action.CLOSE, allowed=(Role.DISPATCHER, Role.SUPERVISOR)
    )
    assert "call_taker" not in str(error)
    assert "Call Taker tidak berwenang untuk “Menyatakan pekerjaan selesai”" in str(error)
    assert "Dispatcher; Penyelia" in str(error)


def test_times_are_shown_as_the_screen_wants_them():
    error = StaleCase(call_no="P-1", actor="Dedi", at=T0)
    assert "2026-01-14 00:00:00 UTC" in error.sentence()
    assert "08.00 WITA" in error.sentence(show=lambda at: f"{at.astimezone(WITA):%H.%M} WITA")


def test_what_somebody_typed_is_never_taken_for_a_place_to_fill():
    error = StaleCase(call_no="P-1", actor="{at} {hint} %s", at=T0)
    assert "{at} {hint} %s" in error.sentence()
    need = Need("“{text}” bukan nomor telepon.", text="{text} {0}")
    assert "“{text} {0}”" in BadInput("x", "Nomor", need).sentence()


def test_every_missing_thing_is_named_in_one_sentence():
    error = MissingForStep(
        4, (Need("{agency} dihubungi", agency="SAR"), Need("{agency} dihubungi", agency="PMI"))
    )
    assert "SAR dihubungi; PMI dihubungi" in error.sentence()
    assert error.missing == (Need("SAR dihubungi"), Need("PMI dihubungi"))


def test_two_needs_are_the_same_when_they_say_the_same():
    assert Need("{a} b", a="x") == Need("x b")
    assert hash(Need("{a} b", a="x")) == hash(Need("x b"))
    assert Need("x") != "x"


def test_every_status_has_a_row_in_the_table_and_a_hint():
    assert set(TRANSITIONS) == set(HINTS) == set(CaseStatus)
    for status in CaseStatus:
        hint = str(IllegalMove(action=Action.MERGE, status=status, hint=Need(HINTS[status])))
        assert status.label in hint and hint.endswith(".")


def test_no_status_but_merged_is_a_dead_end():
    assert {status for status, ways in TRANSITIONS.items() if not ways} == {CaseStatus.MERGED}
