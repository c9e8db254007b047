"""How long a printed report takes: an ordinary case, and one of 40 units, 60 reports and 30 photos."""

import hashlib
import io
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageFilter

from benchmarks.machine import timed
from benchmarks.many import script
from domain.case import Assignment, Attachment, Case, Sitrep
from services import papers
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import rehearse

UNITS, SITREPS, PHOTOS = 40, 60, 30
PIXELS = (4000, 3000)
RUNS = 10
LIMIT_MS = 1500.0


def run(folder: Path) -> bool:
    """Print both reports, every time with other words, and time them; return whether the limit was held."""
    center = open_center(Settings(folder, folder / "sigap.duckdb", demo=True))
    try:
        now = datetime.now(UTC)
        ordinary = rehearse(center, script(center, now - timedelta(days=1))).case
        full = _full(center, ordinary)
        figures = [
            timed(
                f"report PDF, {name}",
                RUNS,
                # A number of its own, so that nothing of an earlier run is the same paper again.
                lambda n, case=case: papers.case_report(center, now, replace(case, register_no=f"UKUR/{n}")),
                LIMIT_MS,
            )
            for name, case in (
                ("ordinary case", ordinary),
                (f"{UNITS} units, {SITREPS} reports, {PHOTOS} photos", full),
            )
        ]
    finally:
        close_center()
    for figure in figures:
        print(figure)
    size = sum(item.size_bytes for item in full.attachments) / PHOTOS / 1e6
    print(f"  a photo: {PIXELS[0]} × {PIXELS[1]} pixels, {size:.1f} MB")
    return all(figure.held for figure in figures)


def _full(center: Center, case: Case) -> Case:
    """Return the case with as much as a report must take; its photos lie with the center's files."""
    unit = next(one for one in case.assignments if one.dispatched_at is not None)
    units: tuple[Assignment, ...] = tuple(replace(unit, unit_code=f"UKUR-{n:02d}") for n in range(UNITS))
    words = "Ukuran laporan situasi yang agak panjang, dengan beberapa kalimat. " * 5
    start = case.call.received_at
    reports = tuple(
        Sitrep(n, start + timedelta(minutes=n), "regu", f"{n}. {words}", f"UKUR-{n % UNITS:02d}")
        for n in range(1, SITREPS + 1)
    )
    return replace(case, assignments=units, sitreps=reports, attachments=tuple(_photos(center, start)))


def _photos(center: Center, start: datetime) -> list[Attachment]:
    """Lay down photos as large as a phone's, each another one."""
    center.attachments_dir.mkdir(parents=True, exist_ok=True)
    items = []
    for n in range(PHOTOS):
        content = _photo(n)
        sha256 = hashlib.sha256(content).hexdigest()
        (center.attachments_dir / sha256).write_bytes(content)
        items.append(Attachment(sha256, f"{n}.jpg", "image/jpeg", len(content), start, "regu"))
    return items


def _photo(n: int) -> bytes:
    """Return a JPEG with about as much detail as a photo: noise of two sizes, softened."""
    draw = random.Random(n)
    coarse = Image.frombytes("RGB", (100, 75), draw.randbytes(100 * 75 * 3)).resize(PIXELS)
    fine = Image.frombytes("L", (1000, 750), draw.randbytes(1000 * 750)).resize(PIXELS)
    grain = fine.filter(ImageFilter.GaussianBlur(1)).convert("RGB")
    out = io.BytesIO()
    Image.blend(coarse, grain, 0.25).save(out, "JPEG", quality=88)
    return out.getvalue()
