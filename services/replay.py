"""`make replay`: the documented incidents through the real services, in replayed time.

Facts come from `documented_incidents.csv`, how each is played from `replay.toml`; what the press did not
print (who acted, how long each step took, some hours) is an example and said so.
"""

import json
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path

from citypack.city import DocumentedIncident, ReplayFacts
from domain.case import Case, Victims
from domain.clock import judged_s
from domain.errors import SigapError
from domain.words import N_, Outcome
from export.drop import write_drop
from export.schema import validate_record
from services import outbox, places
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import Played, Script, rehearse
from services.suggestion import Suggested

_EXAMPLE = ReplayFacts(at=time(9, 0), outcome=Outcome.RESCUED, condition="Selesai (contoh)")


def facts_of(center: Center, incident: DocumentedIncident) -> ReplayFacts:
    """Return how an incident is played by the pack's `replay.toml`; an example where it says nothing."""
    return center.pack.replay.get(incident.incident_id, _EXAMPLE)


def script_of(center: Center, incident: DocumentedIncident) -> Script:
    """Return the script of a documented incident."""
    known = facts_of(center, incident)
    zone = center.pack.city.timezone
    if incident.point is not None:
        location = places.place_at(center, incident.point, incident.place)
    else:
        location = places.place_in_words(center, incident.place, known.jurisdiction or places.OUTSIDE)
    return Script(
        received_at=datetime.combine(incident.date, known.at, zone).astimezone(UTC),
        narrative=f"{incident.facts} [{incident.source}]",
        location=location,
        type_code=incident.incident_type,
        domain=incident.domain,
        channel=known.channel,
        outcome=known.outcome,
        final=Victims(total=known.dead + known.missing, dead=known.dead, missing=known.missing),
        condition=known.condition,
        casualty_destination="tidak tercatat (contoh)",
        arrive_after_s=known.arrive_after_s,
        scene_s=known.scene_s,
    )


def report(center: Center, incident: DocumentedIncident, played: Played) -> str:
    """Return what is printed of one replayed incident."""
    case = played.case
    known = facts_of(center, incident)
    local = case.call.received_at.astimezone(center.pack.city.timezone)
    made_up = "" if known.outcome_documented else " (contoh)"
    note = "jam menurut sumber" if known.at_documented else "jam contoh"
    lines = [
        f"\n== {incident.incident_id} · {incident.incident_type} · {incident.place} · "
        f"{local:%Y-%m-%d %H:%M} {center.pack.city.timezone_label} ({note})",
        f"   {incident.facts} [{incident.source}]",
        *_steps(case),
        *_units(case, played.suggested),
        f"   hasil: {case.outcome.label if case.outcome else '–'}{made_up} · status: {case.status.label} · "
        f"register: {case.register_no or '–'}",
        f"   record: {case.delivery.path if case.delivery else '–'}",
    ]
    return "\n".join(lines)


def _steps(case: Case) -> list[str]:
    lines = []
    for step in case.steps:
        took = judged_s(case, step.no)
        spent = f"{took:>6d} dtk" if took is not None else "     – dtk"
        verdict = "" if took is None else ("tepat" if took <= step.target_s else "TERLAMBAT")
        lines.append(
            f"   langkah {step.no}: {spent} dari {step.target_s:>4d} dtk  {step.state.label} {verdict}"
        )
    return lines


def _units(case: Case, suggested: Suggested | None) -> list[str]:
    if suggested is None:
        return [
            "   usulan: tanpa koordinat tidak ada jarak; unit dipilih menurut kemampuan: "
            + ", ".join(a.unit_code for a in case.assignments)
        ]
    lines = ["   usulan:"]
    for candidate in suggested.suggestion.recommended:
        reach = candidate.reach
        lines.append(
            f"     {candidate.state.unit.unit_code:<14} {reach.distance_m / 1000:6.1f} km  "
            f"{reach.eta_low_s / 60:3.0f}–{reach.eta_high_s / 60:3.0f} mnt  {reach.method}"
            f"{'  (perkiraan)' if reach.is_estimate else ''}"
        )
    lines += [
        f"     kurang: {s.missing} × {s.agency} {s.capability}: {s.reason.label}"
        for s in suggested.suggestion.shortfalls
    ]
    return lines


def replay(var_dir: Path) -> int:
    """Replay every documented incident into a fresh database under `var_dir`; return how many failed.

    Only a folder that is empty, or that an earlier replay made, is cleared. Raises FolderInUse.
    """
    _clear(var_dir)
    settings = Settings.from_environment()
    center = open_center(Settings(var_dir, var_dir / "sigap.duckdb", settings.city_dir))
    failed = 0
    try:
        print(f"Putar ulang {len(center.pack.documented)} kejadian terdokumentasi: {center.pack.city.name}.")
        print("Nama petugas, lama tiap langkah, dan jam yang tidak ada di sumber adalah contoh.")
        for incident in center.pack.documented:
            played = rehearse(center, script_of(center, incident))
            print(report(center, incident, played))
            sent = outbox.of_case(center, played.case.case_id)
            for one in sent:
                body = outbox.exact_bytes(center, one.record_id, one.revision)
                validate_record(json.loads(body))
                write_drop(center.outbox_dir, body, one.record_id, one.revision, date.fromisoformat(one.day))
            if not sent:
                failed += 1
                print("   GAGAL: record tidak masuk antrean kirim")
            else:
                print("   record sesuai skema tcc.case.v1")
    finally:
        close_center()
    return failed


class FolderInUse(SigapError):
    """The folder for the replay holds something else."""

    template = N_(
        "Folder {folder} tidak kosong dan bukan hasil putar ulang. Pilih folder lain; tidak ada yang dihapus."
    )


def _clear(folder: Path) -> None:
    mark = folder / ".sigap-replay"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise FolderInUse(folder=folder.name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()


def main() -> int:
    """Run the replay in the folder given, or in a temporary one that is kept for looking at."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="sigap-replay-"))
    try:
        failed = replay(target)
    except SigapError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\nBasis data dan record: {target}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
