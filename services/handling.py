"""Step 6 and 7: situation reports, documentation, current condition, the end of the operation."""

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from database import cases
from domain.case import Actor, Attachment, Case, Reasons, Victims
from domain.errors import BadInput, Need
from domain.moves import record, response
from domain.permissions import Action, require
from domain.words import N_, Outcome
from services import outbox
from services.center import Center
from services.change import CaseRef, change, change_in

MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024
_SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}


def add_sitrep(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    text: str,
    unit_code: str | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Add a situation report; the clock of step 6 starts again."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.SITREP,
        lambda case, at: response.add_sitrep(case, actor, at, text, unit_code),
        occurred_at=occurred_at,
    )


def crew_word(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    unit_code: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Note that a crew was heard from and is well; its welfare clock starts again."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.CREW_WORD,
        lambda case, at: response.crew_word(case, actor, at, unit_code),
        occurred_at=occurred_at,
    )


def set_welfare(center: Center, now: datetime, actor: Actor, ref: CaseRef, welfare_s: int | None) -> Case:
    """Set how often each crew of this case must be heard from, seconds; None: as type, agency or city say."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.SET_WELFARE,
        lambda case, at: response.set_welfare(case, actor, at, welfare_s),
    )


def attach(center: Center, now: datetime, actor: Actor, ref: CaseRef, name: str, content: bytes) -> Case:
    """Keep a photo or document by its SHA-256 and note it in the case.

    The kind is told by the content, never by the name. Raises BadInput for another kind or over 10 MB.
    """
    require(actor, Action.ATTACH)
    kind = _kind(content)
    if kind is None:
        raise BadInput(
            "attachment", N_("Dokumentasi"), Need(N_("“{name}” bukan foto JPEG/PNG atau PDF."), name=name)
        )
    if len(content) > MAX_ATTACHMENT_BYTES:
        raise BadInput(
            "attachment",
            N_("Dokumentasi"),
            Need(
                N_("“{name}” lebih besar dari {limit} MB. Kirim foto yang lebih kecil."), name=name, limit=10
            ),
        )
    sha256 = digest(content)
    attachment = Attachment(sha256, name[:120], kind, len(content), now, actor.name)
    _keep(center, sha256, content)
    with center.db.write() as writer:

        def add(case: Case, at: datetime) -> Case:
            return outbox.follow(writer, center, case, response.attach(case, actor, at, attachment), now)

        return change_in(writer, now, actor, ref, Action.ATTACH, add)


def digest(content: bytes) -> str:
    """Return the SHA-256 under which a file is kept."""
    return hashlib.sha256(content).hexdigest()


def attachment(center: Center, case_id: str, sha256: str) -> tuple[Attachment, bytes]:
    """Return a case's documentation file. Raises BadInput when the case has no such file."""
    case = cases.get(center.db.read(), case_id)
    for item in case.attachments:
        if item.sha256 == sha256:
            return item, (center.attachments_dir / sha256).read_bytes()
    raise BadInput("attachment", N_("Dokumentasi"), Need(N_("tidak ada pada kasus ini.")))


def give_reasons(center: Center, now: datetime, actor: Actor, ref: CaseRef, reasons: Reasons) -> Case:
    """Give reasons for what guard 6 asks and cannot have."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.GIVE_REASON,
        lambda case, at: response.give_reasons(case, actor, at, reasons),
    )


def give_overrun_reason(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, step: int, reason: str
) -> Case:
    """Say why a step took longer than its standard; a record that was sent with it goes out anew."""
    with center.db.write() as writer:

        def give(case: Case, at: datetime) -> Case:
            new = response.give_overrun_reason(case, actor, at, step, reason)
            return outbox.follow(writer, center, case, new, now) if step < 8 else new

        return change_in(writer, now, actor, ref, Action.GIVE_REASON, give)


def update_condition(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    text: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Update the current condition (step 7)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.UPDATE_CONDITION,
        lambda case, at: response.update_condition(case, actor, at, text),
        occurred_at=occurred_at,
    )


def finish_monitoring(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    *,
    overrun_reason: str = "",
    occurred_at: datetime | None = None,
) -> Case:
    """Finish step 6."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.FINISH_MONITORING,
        lambda case, at: response.finish_monitoring(case, actor, at, center.pack.sop, overrun_reason or None),
        occurred_at=occurred_at,
    )


def record_outcome(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    outcome: Outcome | None,
    victims: Victims,
    casualty_destination: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Record the outcome and the reconciled victims (step 7)."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.RECORD_OUTCOME,
        lambda case, at: record.record_outcome(
            case, actor, at, outcome=outcome, victims=victims, casualty_destination=casualty_destination
        ),
        occurred_at=occurred_at,
    )


def _kind(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES.items() if content.startswith(signature)), None)


def _keep(center: Center, sha256: str, content: bytes) -> None:
    """Write the file under its digest, whole or not at all."""
    folder = center.attachments_dir
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / sha256
    if target.exists():
        return
    # A name of its own: two people may attach the same photo at the same moment.
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".part", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(target)
