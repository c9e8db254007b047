"""Step 6 and 7: situation reports, documentation, current condition, the end of the operation."""

import hashlib
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from database import cases
from domain.case import Actor, Attachment, Case, Reasons, Victims
from domain.errors import BadInput, Need, SigapError
from domain.moves import record, response
from domain.permissions import Action, require
from domain.words import N_, Outcome
from export.drop import keep_names
from services import outbox, uploads
from services.center import Center
from services.change import CaseRef, change, change_in
from services.uploads import LONGEST_NAME

MAX_ATTACHMENT_BYTES = uploads.MAX_BYTES


class FileNotKept(SigapError):
    """A documentation file cannot be written; nothing of it is noted in the case."""

    template = N_(
        "Dokumentasi belum tersimpan: {reason}. Kosongkan ruang atau beri izin tulis pada folder data Sigap, "
        "lalu simpan lagi."
    )


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

    The kind is told by the content, never by the name; the name is made harmless. Raises BadInput for another
    kind, a spoilt file, a picture that unpacks hugely, a PDF that runs something, or over 10 MB.
    """
    require(actor, Action.ATTACH)
    if len(content) > MAX_ATTACHMENT_BYTES:
        too_large = N_("“{name}” lebih besar dari {limit} MB. Kirim foto yang lebih kecil.")
        raise BadInput("attachment", N_("Dokumentasi"), Need(too_large, name=name[:LONGEST_NAME], limit=10))
    try:
        kind = uploads.kind_of(content)
    except uploads.UnknownKind as error:
        unknown = Need(N_("“{name}” bukan foto JPEG/PNG atau PDF."), name=name[:LONGEST_NAME])
        raise BadInput("attachment", N_("Dokumentasi"), unknown) from error
    except uploads.Refused as error:
        refused = Need(N_("“{name}” {reason}"), name=name[:LONGEST_NAME], reason=error.reason)
        raise BadInput("attachment", N_("Dokumentasi"), refused) from error
    sha256 = digest(content)
    attachment = Attachment(sha256, uploads.safe_name(name, kind), kind, len(content), now, actor.name)
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
            try:
                return item, (center.attachments_dir / sha256).read_bytes()
            except OSError as error:
                gone = Need(N_("“{name}” tidak terbaca; pulihkan dari cadangan."), name=item.name)
                raise BadInput("attachment", N_("Dokumentasi"), gone) from error
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


def _keep(center: Center, sha256: str, content: bytes) -> None:
    """Write the file under its digest, whole or not at all. Raises FileNotKept."""
    folder = center.attachments_dir
    target = folder / sha256
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            _write_whole(target, content)
            keep_names(center.settings.data_dir, folder)
    except OSError as error:
        raise FileNotKept(reason=Need("{text}", text=error.strerror or type(error).__name__)) from error


def _write_whole(target: Path, content: bytes) -> None:
    # A name of its own: two people may attach the same photo at the same moment.
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink(missing_ok=True)
            raise
