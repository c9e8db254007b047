"""Statistics for the public: counts, response times and victims by day or month, with nobody in them."""

from datetime import date, datetime, time

from database import statistics as store
from database.statistics import Period, Span
from domain.errors import BadInput, Need
from domain.statistics import ALL, LEAST, Counts, Protected, Recoding, Told, recoding, told_totals
from domain.suppression import protect, protect_days, recoding_by_day
from domain.words import N_, CallClass, Domain
from export import statistics as files
from export.statistics import Kind, Publisher
from services import registry
from services.center import VERSION, Center

_CLASSES = [one.value for one in CallClass]

__all__ = ["Kind", "daily", "metadata", "monthly"]


def daily(center: Center, now: datetime, since: date, until: date) -> bytes:
    """Return `kejadian_harian` as CSV: whole local days from `since` (included) to `until` (excluded).

    Raises BadInput for no day at all, and for days that are not over: a day that was told twice, once in
    part, would tell the cases between.
    """
    return _file(center, now, since, until, "day")


def monthly(center: Center, now: datetime, since: date, until: date) -> bytes:
    """Return `kejadian_bulanan` as CSV: whole months from `since` (included) to `until` (excluded).

    Both are the first day of a month. Raises BadInput otherwise, and as `daily` does.
    """
    for name, day in (("since", since), ("until", until)):
        if day.day != 1:
            raise BadInput(
                name,
                N_("Periode"),
                Need(N_("{day} bukan tanggal 1. Statistik bulanan memuat bulan utuh."), day=day.isoformat()),
            )
    return _file(center, now, since, until, "month")


def metadata(center: Center, kind: Kind) -> bytes:
    """Return the description of a file in the manner of Satu Data, as JSON."""
    city = center.pack.city
    districts = {code.rsplit(".", 1)[0]: entry.kecamatan for code, entry in center.pack.kelurahan.items()}
    return files.metadata(
        kind,
        Publisher(
            producer=city.letterhead[-1] if city.letterhead else city.org_code,
            city=city.name,
            adm_code=city.adm_code,
            districts=districts,
            types={code: plan.label for code, plan in registry.snapshot(center).all_types.items()},
            classes={one.value: one.label for one in CallClass},
            domains={one.value: one.label for one in Domain},
            timezone_label=city.timezone_label,
            contact=city.email or city.phone,
            version=VERSION,
        ),
    )


def _file(center: Center, now: datetime, since: date, until: date, period: Period) -> bytes:
    city = center.pack.city
    today = now.astimezone(city.timezone).date()
    if since >= until:
        raise BadInput("until", N_("Periode"), Need(N_("kosong. Pilih hari akhir sesudah hari awal.")))
    if until > today:
        raise BadInput(
            "until",
            N_("Periode"),
            Need(N_("belum selesai. Pilih paling akhir {day}."), day=today.isoformat()),
        )
    span = Span(
        datetime.combine(since, time(), city.timezone),
        datetime.combine(until, time(), city.timezone),
        period,
        city.timezone,
        city.adm_code,
    )
    recode = _by_day if period == "day" else recoding
    details, totals, names = store.lines(center.db.read(), span, recode)
    counts: Counts = {line.key: line.n_cases for line in details}
    if names is None or sum(counts.values()) < LEAST:
        # So few cases that nothing can be told but that there are few.
        whole = [line for line in totals if set(line.key) == {ALL}]
        return files.to_csv((), whole, Protected(frozenset(), frozenset()), Told(frozenset(), frozenset()))
    if period == "day":
        protected, _ = protect_days(counts, _CLASSES, names.months)
    else:
        protected = protect(counts, _CLASSES)
    return files.to_csv(details, totals, protected, told_totals(counts, protected))


def _by_day(counts: Counts) -> Recoding:
    return recoding_by_day(counts, _CLASSES)
