"""`make verify`: walk the chain of the trail and name the first broken link.

Without FROM: the configured database and its anchors. FROM=file: a database file or an exported trail
(.jsonl), with ANCHORS=file to compare. Ends with 1 when a link is broken or nothing can be checked.
"""

import argparse
import sys
from pathlib import Path
from time import monotonic

from domain.errors import SigapError
from domain.trail import Broken, Checked, Fault
from services import anchors, trail
from services.center import Settings

_IN_USE = (
    "Basis data sedang dipakai Sigap yang berjalan, jadi tidak dapat dibaca dari luar. "
    "Periksa lewat layar Akses (Periksa rantai), atau periksa salinannya: "
    "make verify FROM=cadangan.duckdb, atau FROM=ekspor.jsonl."
)
_TOLD_EVERY_S = 5.0


def told(found: Checked) -> str:
    """Return what a walk found, in words."""
    if found.first_at is None or found.last_at is None:
        lines = ["Jejak kosong: tidak ada peristiwa yang dapat diperiksa."]
    else:
        lines = [
            f"{found.events} peristiwa diperiksa, nomor {found.first_seq} sampai {found.newest_seq}, "
            f"{found.first_at:%Y-%m-%d %H:%M:%S} sampai {found.last_at:%Y-%m-%d %H:%M:%S} UTC.",
            f"Sidik terbaru: {found.newest_hash.hex()}",
        ]
    if found.anchors:
        lines.append(f"{found.anchors} jangkar di luar basis data dibandingkan.")
    elif found.is_whole:
        lines.append("Tidak ada jangkar: ujung yang dipotong tidak dapat diketahui.")
    if found.losses:
        lines.append(f"{found.losses} kehilangan yang pernah diterima tercatat di jejak.")
    if found.erased:
        lines.append(f"{found.erased} peristiwa kehilangan data pribadi, tercatat:")
        lines += [
            f"  peristiwa {one.seq}: {one.at:%Y-%m-%d %H:%M} UTC oleh {one.actor} ({one.action}), "
            f"{one.events} isi"
            for one in found.erasures
        ]
    if found.unproven:
        lines.append(f"{found.unproven} isi dihapus sesudah akhir berkas ini; buktinya tidak di dalamnya.")
    if found.unread:
        lines.append(f"{found.unread} isi tidak disertakan dalam berkas ini dan tidak diperiksa.")
    lines.append("RANTAI UTUH." if found.broken is None else _broken(found.broken))
    return "\n".join(lines)


def _broken(broken: Broken) -> str:
    text = f"RANTAI PUTUS pada peristiwa {broken.seq}: {broken.fault.label}."
    if broken.anchor is not None:
        at = f"{broken.anchor.at:%Y-%m-%d %H:%M:%S}"
        text += f" Jangkar {at} UTC: nomor {broken.anchor.seq}, sidik {broken.anchor.hash.hex()}."
    if broken.fault is Fault.END and broken.anchor is not None:
        text += f" Hilang: nomor {broken.seq} sampai {broken.anchor.seq}."
    return text


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names; print what was found."""
    parser = argparse.ArgumentParser(prog="make verify", description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, help="berkas basis data atau ekspor .jsonl")
    parser.add_argument("--anchors", type=Path, help="berkas jangkar (trail-anchor.jsonl)")
    wanted = parser.parse_args(arguments)
    try:
        found = _found(wanted.source, wanted.anchors)
    except trail.InUse:
        sys.stderr.write(f"{_IN_USE}\n")
        return 1
    except (SigapError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(told(found) + "\n")
    return 0 if found.is_whole else 1


def _found(source: Path | None, anchor_file: Path | None) -> Checked:
    known = anchors.read_file(anchor_file) if anchor_file else ()
    if source is not None and source.suffix == ".jsonl":
        return trail.check_lines(source, known)
    if source is None:
        settings = Settings.from_environment()
        source = settings.db_path
        known = known or tuple(anchors.anchors(settings.data_dir, source.name))
    if not source.is_file():
        raise FileNotFoundError(f"Berkas {source} tidak ada. Sebut berkasnya: make verify FROM=…")
    return trail.check_database(source, known, _Progress().tell)


class _Progress:
    """Says every few seconds how far a long walk is."""

    def __init__(self) -> None:
        self._told_at = monotonic()

    def tell(self, done: int, of: int) -> None:
        """Say it when it is time."""
        if monotonic() - self._told_at > _TOLD_EVERY_S:
            self._told_at = monotonic()
            sys.stderr.write(f"{done} dari {of} …\n")


if __name__ == "__main__":
    sys.exit(main())
