"""Made cases by the million, the same for the same seed: as an archive of many cities, or in a database.

`python -m benchmarks.synthetic --cities N --cases M --years Y --seed S --archive FOLDER | --database FILE`

Cases are those of `benchmarks.synthetic_city`: what happens, how often, where. Every row is marked as an
example. A month of a city is drawn from a stream of its own, `BLOCK` rows at a time, so that how many rows
are asked for at once, and which other months are made, changes nothing.
"""

import argparse
import calendar
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path
from time import perf_counter

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analytics.facts import COLUMNS, STEPS
from benchmarks.synthetic_city import (
    KINDS,
    RAIN_BRINGS,
    RAINY_DAYS,
    RESCUES_OF_CALLS,
    City,
    Floats,
    Ints,
    class_shares,
    kind_shares,
    make_city,
    month_weights,
)
from citypack import load_city_pack
from citypack.city import CityPack
from database import cases
from database.codec import changes, from_json, to_json
from database.connection import Database
from domain.case import Actor, Call, Case, Incident, Location, fresh_steps
from domain.facts import Stamp
from domain.permissions import Action
from domain.statistics import VICTIMS
from domain.words import CaseStatus, Channel, Mode, Role
from export.archive import ARROW_SCHEMA, partition
from geo.cells import RESOLUTIONS
from services.center import DEFAULT_CITY, Settings, close_center, open_center

BLOCK = 65_536
_AT_ONCE = 250_000
"""Rows of one transaction: so many that DuckDB puts them into the file and not into its log first."""
TRAILS = 500
UNTIL = date(2026, 12, 1)
SCHEMA: pa.Schema = ibis.schema(COLUMNS).to_pyarrow()

Bools = NDArray[np.bool_]

_CLASSES = ("normal", "prank", "ghost", "information", None)
_OUTCOME_OF_CLASS = (None, "prank", "ghost", "information", None)
_PLACED = np.array([0.96, 0.08, 0.02, 0.15, 0.05])
_MERGED = 0.04
_HOURS = np.array(
    [2, 1.5, 1.2, 1, 1, 1.4, 2.4, 3.6, 4.6, 5, 5.2, 5, 4.8, 4.8, 5, 5.2, 5.2, 5.4, 5.6, 5.6, 5, 4.2]
)
_HOURS = np.append(_HOURS, [3.4, 2.6])
_LATE_HOURS = np.isin(np.arange(24), (19, 20, 21, 22, 23, 0, 1))
_WEEKDAYS = np.array([1, 0.97, 0.97, 1, 1.05, 1.15, 1.12])
_CHANNELS = tuple(Channel)
_CHANNELS_OF_RESCUES = np.array([0.70, 0.03, 0.04, 0.05, 0.10, 0.07, 0.01])
_CHANNELS_OF_OTHERS = np.array([0.93, 0.02, 0, 0.01, 0.04, 0, 0])
_MODES = tuple(Mode)
_TURNOUT_S = np.array([95.0, 1_100.0, 1_200.0, 200.0])
_TRAVEL_S = np.array([430.0, 2_300.0, 1_500.0, 1_500.0])
_STEPS_S = np.array([70.0, 55.0, 50.0, 95.0, 330.0, 700.0, 65.0, 45.0, 75.0])
_REASONS = (
    ("Penelepon panik", "Bahasa tidak dimengerti", "Sambungan terputus"),
    ("Nomor sibuk saat dihubungi kembali", "Keterangan tidak cocok", "Dua laporan sekaligus"),
    ("Pejabat tidak menjawab", "Menunggu arahan", "Jaringan radio mati"),
    ("Instansi tidak menjawab", "Nomor piket berubah", "Menunggu kepastian lokasi"),
    ("Unit di kejadian lain", "Menunggu awak", "Jalan tertutup", "Gelombang tinggi"),
    ("Regu di luar jangkauan radio", "Regu sibuk menolong", "Sinyal hilang"),
    ("Data korban berubah", "Menunggu rumah sakit"),
    ("Berkas belum lengkap", "Sistem lambat"),
    ("Arsip penuh", "Menunggu tanda tangan"),
)
_REASON_WORDS = tuple(word for words in _REASONS for word in words)
_REASON_START = np.cumsum([0, *(len(words) for words in _REASONS)])[:-1]
_REASON_COUNT = np.array([len(words) for words in _REASONS])
_SUMMARY = (
    (
        "Penelepon melihat api di dapur",
        "Air naik sampai lutut di gang",
        "Ular masuk kamar mandi rumah warga",
        "Pohon tumbang menutup jalan",
        "Perahu tidak kembali sejak subuh",
        "Motor jatuh dan pengendara terluka",
        "Tanah di belakang rumah longsor",
        "Suara tertawa lalu sambungan putus",
        "Anak terjepit pagar besi",
    ),
    (
        "dekat pasar",
        "di samping masjid",
        "di belakang sekolah",
        "di tepi pantai",
        "di jalan menanjak",
        "di depan kantor lurah",
        "di pertigaan",
        "di area tambak",
    ),
    (
        "warga sudah berkumpul",
        "dua orang masih di dalam",
        "tidak ada korban menurut penelepon",
        "penelepon menunggu di lokasi",
        "angin bertiup kencang",
        "listrik sudah padam",
        "hujan deras sejak sore",
    ),
    ("minta bantuan segera, nomor", "akan dihubungi lagi, nomor", "patokan rumah nomor", "gang nomor"),
)
"""Words as long as a summary is, by chance: no report of anybody."""
_OUTCOMES_SENT = (
    "rescued",
    "evacuated",
    "found_dead",
    "not_found",
    "no_action",
    "handed_over",
    "false_report",
)
_OUTCOMES_SENT_P = np.array([0.58, 0.17, 0.02, 0.01, 0.15, 0.03, 0.04])
_OUTCOMES_UNSENT = ("no_action", "handed_over", "cancelled")
_OUTCOMES_UNSENT_P = np.array([0.55, 0.25, 0.20])
_NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Harm:
    """Victims of a case on average, and the shares of `analytics.facts.VICTIMS` among them."""

    persons: float
    shares: tuple[float, ...]


_FIRE = Harm(0.3, (0.80, 0.15, 0.04, 0.01, 0.0))
_ODNK = Harm(0.1, (0.90, 0.10, 0.0, 0.0, 0.0))
_SAR = Harm(63 / 26, (39 / 63, 0.0, 0.0, 19 / 63, 5 / 63))
"""sar_basarnas, 2023: 26 operations, 39 saved, 19 dead, 5 missing."""
_DISASTER = Harm(732 / 329, (730 / 732, 0.0, 0.0, 2 / 732, 0.0))
"""disaster_bpbd, 2025: 732 affected, 2 dead."""
_TRAFFIC = Harm(129 / 73, (0.0, 114 / 129, 6 / 129, 9 / 129, 0.0))
"""traffic_police, 2025: 9 dead, 6 severely, 114 lightly injured."""
_HARM_OF = {"L-FIR1": _FIRE, "L-FIR2": _FIRE, "L-ANI": _ODNK, "L-TRP": _ODNK, "L-CRO": _ODNK}
_HARM_OF |= {"L-LND": _DISASTER, "L-FLD": _DISASTER, "L-RTA": _TRAFFIC}
_HARM = tuple(_HARM_OF.get(kind.code, _SAR) for kind in KINDS)
_PERSONS = np.array([harm.persons for harm in _HARM])
_SHARES = np.array([harm.shares for harm in _HARM])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be made: `cases` for each of `cities`, spread over `years` before the month of `until`.

    `rescues`: their share of all calls.
    """

    cities: int
    cases: int
    years: int = 1
    seed: int = 1
    until: date = UNTIL
    rescues: float = RESCUES_OF_CALLS

    def __post_init__(self) -> None:
        """Raise ValueError for what cannot be made."""
        if min(self.cities, self.cases, self.years) < 1:
            raise ValueError("cities, cases and years are at least 1")
        if self.until.day != 1:
            raise ValueError("the end is the first day of a month")
        if not 0 < self.rescues <= 1:
            raise ValueError("rescues are more than 0 and at most all calls")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one month of one city, in the order of their receipt."""

    city: str
    year: int
    month: int
    rows: pa.Table


def blocks(wanted: Wanted, pack: CityPack) -> Iterator[Block]:
    """Yield the rows, city by city, month by month."""
    classes, kinds, seasons = _class_table(wanted.rescues), kind_shares(), month_weights()
    months = _months(wanted)
    for number in range(wanted.cities):
        city = make_city(pack, number)
        # A little more each year, as in the years of the sources.
        share = seasons[[month - 1 for _, month in months]] * 1.03 ** (np.arange(len(months)) // 12)
        counts = _stream(wanted.seed, number).multinomial(wanted.cases, share / share.sum())
        for (year, month), count in zip(months, counts.tolist(), strict=True):
            made = _stream(wanted.seed, number, year, month)
            local_us, rain = _times(made, year, month, count)
            for start in range(0, count, BLOCK):
                stream = _stream(wanted.seed, number, year, month, start)
                part = slice(start, start + BLOCK)
                table = (local_us[part], kinds, np.full(len(local_us[part]), month - 1) + 12 * rain[part])
                yield Block(city.code, year, month, _rows(city, stream, classes, *table))


def in_batches(made: Iterable[Block], size: int) -> Iterator[Block]:
    """Yield the same rows in the same order, of one month at most `size` at a time."""
    for block in made:
        for start in range(0, block.rows.num_rows, size):
            yield Block(block.city, block.year, block.month, block.rows.slice(start, size))


def table(wanted: Wanted, pack: CityPack) -> pa.Table:
    """Return all rows at once."""
    return pa.concat_tables(block.rows for block in blocks(wanted, pack))


def _stream(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))


def _months(wanted: Wanted) -> list[tuple[int, int]]:
    last = wanted.until.year * 12 + wanted.until.month - 1
    return [(n // 12, n % 12 + 1) for n in range(last - 12 * wanted.years, last)]


def _class_table(rescues: float) -> Floats:
    """Return the shares of the classes by hour (24, classes): pranks and ghosts late, no fewer rescues."""
    shares = np.tile(class_shares(rescues), (24, 1))
    more = np.where(_LATE_HOURS, 1.5, 0.85)[:, None]
    others = shares[:, 1:]
    tilted = others * np.concatenate([np.repeat(more, 2, axis=1), np.ones((24, 2))], axis=1)
    if rescues < 1:
        shares[:, 1:] = tilted * (1 - rescues) / tilted.sum(axis=1, keepdims=True)
    return shares


def _times(random: np.random.Generator, year: int, month: int, count: int) -> tuple[Ints, Bools]:
    """Return when a month's calls came (µs of the city's clock since 1970, ascending), and if in rain."""
    first, days = calendar.monthrange(year, month)
    rainy = random.random(days) < RAINY_DAYS
    weights = _WEEKDAYS[(first + np.arange(days)) % 7] * np.where(rainy, RAIN_BRINGS, 1.0)
    day = random.choice(days, count, p=weights / weights.sum())
    hour = random.choice(24, count, p=_HOURS / _HOURS.sum())
    start_us = int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1_000_000
    # Whole seconds, as the archive keeps them.
    local_us = start_us + ((day * 24 + hour) * 3_600 + random.integers(0, 3_600, count)) * 1_000_000
    order = np.argsort(local_us, kind="stable")
    return local_us[order], rainy[day[order]]


def _chosen(random: np.random.Generator, shares: Floats, rows: Ints | None = None, count: int = 0) -> Ints:
    """Return a column for each row: by `shares` (k,) for `count` rows, or by `shares[rows]` (n, k)."""
    upto = shares.cumsum(axis=-1)
    upto[..., -1] = 1.0
    if rows is None:
        return np.searchsorted(upto, random.random(count), side="right").astype(np.int64)
    return np.asarray((random.random(len(rows))[:, None] >= upto[rows]).sum(axis=1))


def _lognormal(random: np.random.Generator, median: Floats | float, sigma: float, count: int) -> Ints:
    """Return whole numbers of at least 1 with that median."""
    return np.maximum(1, np.rint(median * np.exp(sigma * random.standard_normal(count)))).astype(np.int64)


@dataclass(slots=True)
class _Columns:
    """The columns of `n` rows as they are made; `rows` tells which rows a shorter column is of."""

    n: int
    made: dict[str, pa.Array] = field(default_factory=dict)

    def put(self, name: str, values: NDArray, known: Bools | None = None, rows: Ints | None = None) -> None:
        """Keep numbers; null where not `known`, and in rows that are not theirs."""
        if rows is not None:
            whole, theirs = np.zeros(self.n, dtype=values.dtype), np.zeros(self.n, dtype=bool)
            whole[rows] = values
            theirs[rows] = True if known is None else known
            values, known = whole, theirs
        kind = SCHEMA.field(name).type
        mask = None if known is None else ~known
        self.made[name] = pa.array(values.astype(kind.to_pandas_dtype()), kind, mask=mask)

    def words(self, name: str, words: Iterable[str | None], rows: Ints) -> None:
        """Keep words by their place among `words`; null for -1."""
        self.made[name] = _words(words, rows)

    def table(self) -> pa.Table:
        """Return the columns in order."""
        return pa.Table.from_arrays([self.made[name] for name in SCHEMA.names], schema=SCHEMA)


def _words(words: Iterable[str | None], rows: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(rows, mask=rows < 0))


def _rows(
    city: City,
    random: np.random.Generator,
    classes: Floats,
    local_us: Ints,
    kinds: Floats,
    seasons: Ints,
) -> pa.Table:
    n = len(local_us)
    columns = _Columns(n)
    hour = local_us // 3_600_000_000 % 24
    call = _chosen(random, classes, hour)
    merged = random.random(n) < _MERGED
    rescue = call == 0
    kind = np.where(rescue, _chosen(random, kinds, seasons), -1)
    _head(columns, city, random, local_us, call, merged, kind)
    _place(columns, city, random, call, kind)
    others = _chosen(random, _CHANNELS_OF_OTHERS, count=n)
    channel = np.where(rescue, _chosen(random, _CHANNELS_OF_RESCUES, count=n), others)
    columns.words("channel", [one.value for one in _CHANNELS], channel)
    answering = np.minimum(_lognormal(random, 8.0, 0.6, n), 300)
    answered = (_CHANNELS.index(Channel.CALL_112) == channel) & (random.random(n) < 0.75)
    columns.put("alarm_answering_s", answering, answered)
    handled = np.flatnonzero(rescue & ~merged)
    waited = np.where(answered, answering, 0)[handled]
    sent = _send(columns, city, random, handled, kind[handled], waited, answered[handled])
    _outcome(columns, random, call, merged, handled, sent.counts)
    _steps(columns, city, random, merged, call, handled, sent.counts)
    _victims(columns, random, kind[handled], handled, sent.counts)
    columns.put("late_entries", np.where(random.random(n) < 0.08, 1 + random.poisson(0.8, n), 0))
    lacks = np.zeros((n, len(Stamp)), dtype=bool)
    by_phone = _CHANNELS.index(Channel.CALL_112) == channel[handled]
    unplaced = columns.made["lon"].is_null().to_numpy(zero_copy_only=False)[handled]
    lacks[handled] = np.column_stack([by_phone & ~answered[handled], unplaced, sent.counts == 0, *sent.lacks])
    columns.made["missing_stamps"] = _lists(
        lacks, _words([one.value for one in Stamp], np.nonzero(lacks)[1]), "missing_stamps"
    )
    return columns.table()


def _head(
    columns: _Columns,
    city: City,
    random: np.random.Generator,
    local_us: Ints,
    call: Ints,
    merged: Bools,
    kind: Ints,
) -> None:
    n = columns.n
    utc_us = local_us - city.offset_s * 1_000_000
    columns.made["case_id"] = _ids(random, utc_us // 1000)
    columns.words("city", [city.code], np.zeros(n, dtype=np.int64))
    columns.made["is_example"] = pa.array(np.ones(n, dtype=bool))
    columns.words("status", [CaseStatus.CLOSED.value, CaseStatus.MERGED.value], merged.astype(np.int64))
    columns.made["received_at"] = pa.array(utc_us).cast(pa.timestamp("us", "UTC"))
    columns.made["received_local"] = pa.array(local_us).cast(pa.timestamp("us"))
    columns.words("call_class", _CLASSES, call)
    columns.words("domain", [one.domain.value for one in city.types], kind)
    columns.words("type_code", [one.code for one in city.types], kind)
    priority = np.array([one.priority for one in city.types])[kind]
    columns.put("priority", priority, kind >= 0)


def _ids(random: np.random.Generator, at_ms: Ints) -> pa.Array:
    """Return identifiers as the services make them: UUID version 7, by milliseconds since 1970."""
    n = len(at_ms)
    raw = random.integers(0, 256, (n, 16), dtype=np.uint8)
    for place in range(6):
        raw[:, place] = at_ms >> (40 - 8 * place) & 255
    raw[:, 6] = 0x70 | raw[:, 6] & 0x0F
    raw[:, 8] = 0x80 | raw[:, 8] & 0x3F
    digits = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(256, 2)
    text = np.full((n, 36), ord("-"), dtype=np.uint8)
    places = [at for at in range(36) if at not in (8, 13, 18, 23)]
    text[:, places] = digits[raw].reshape(n, 32)
    ends = np.arange(n + 1, dtype=np.int32) * 36
    return pa.StringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(text))


def _place(columns: _Columns, city: City, random: np.random.Generator, call: Ints, kind: Ints) -> None:
    n, places = columns.n, city.places
    on_land, at_sea = places.at_sea, len(places.lon) - places.at_sea
    wet = np.array([one.domain.value != "land" for one in city.types])[kind] & (kind >= 0)
    # Powers of a uniform number: a few places call again and again.
    row = np.where(
        wet,
        on_land + (at_sea * random.random(n) ** 2).astype(np.int64),
        (on_land * random.random(n) ** 2.5).astype(np.int64),
    )
    known = random.random(n) < _PLACED[call]
    area = np.where(known, places.area[row], -1)
    columns.put("lon", places.lon[row], known)
    columns.put("lat", places.lat[row], known)
    columns.words("adm_code", places.codes, area)
    columns.words("kelurahan", places.names, area)
    columns.words("kecamatan", places.kecamatan, area)
    columns.words("water_area", places.waters, np.where(known, places.water[row], -1))
    for resolution, cells in zip(RESOLUTIONS, places.cells, strict=True):
        columns.put(f"h3_{resolution}", cells[row], known)


@dataclass(frozen=True, slots=True)
class _Sent:
    """Of each handled rescue: units sent, and whether one lacks its departure, arrival, clearing."""

    counts: Ints
    lacks: tuple[Bools, Bools, Bools]


def _send(
    columns: _Columns,
    city: City,
    random: np.random.Generator,
    handled: Ints,
    kind: Ints,
    waited: Ints,
    answered: Bools,
) -> _Sent:
    m, units = len(handled), city.units
    counts = units.usual[kind] + random.geometric(0.65, m) - 1 - (random.random(m) < 0.3)
    counts = np.where(random.random(m) < 0.05, 0, np.clip(counts, 0, units.slots[kind]))
    processing = _lognormal(random, 210.0, 0.55, m)
    columns.put("alarm_processing_s", processing, counts > 0, handled)
    columns.put("alarm_handling_s", waited + processing, (counts > 0) & answered, handled)

    case = np.repeat(np.arange(m), counts)
    start = counts.cumsum() - counts
    slot = np.arange(len(case)) - start[case]
    of_kind = kind[case]
    turn = random.integers(0, 2**31, m)[case] + units.turn[of_kind, slot]
    unit = units.candidates[of_kind, slot, turn % units.sizes[of_kind, slot]]
    total = len(unit)
    mode = np.array([_MODES.index(Mode(one)) for one in units.modes])[unit]
    later = np.where(slot > 0, random.exponential(90.0, total), 0).astype(np.int64)
    dispatched = (waited + processing)[case] + later
    turnout = _lognormal(random, _TURNOUT_S[mode], 0.45, total)
    travel = _lognormal(random, _TRAVEL_S[mode], 0.6, total)
    work = _lognormal(random, 2_400.0, 0.7, total)
    withdrawn = random.random(total) < 0.05
    departed = random.random(total) >= np.where(withdrawn, 0.5, 0.03)
    arrived = ~withdrawn & (random.random(total) >= 0.03)
    cleared = ~withdrawn & (random.random(total) >= 0.04)
    busy = np.where(withdrawn, turnout + travel // 2, turnout + travel + work)
    ended = withdrawn | cleared
    arrival = np.where(arrived, dispatched + turnout + travel, _NEVER)

    agencies = sorted(set(units.agencies))
    agency = np.array([agencies.index(one) for one in units.agencies])[unit]
    first = _firsts(case * len(agencies) + agency, arrival) & arrived
    columns.made["units"] = _lists_by(
        np.bincount(handled, weights=counts, minlength=columns.n).astype(np.int64)
        if m
        else np.zeros(columns.n),
        pa.StructArray.from_arrays(
            [
                _words(units.codes, unit),
                _words(units.agencies, unit),
                _words(units.kinds, unit),
                _words(units.modes, unit),
                pa.array(turnout, pa.int32(), mask=~departed),
                pa.array(travel, pa.int32(), mask=~(departed & arrived)),
                pa.array(busy, pa.int32(), mask=~ended),
                pa.array(np.where(first, arrival, 0), pa.int32(), mask=~first),
            ],
            fields=list(SCHEMA.field("units").type.value_type),
        ),
        "units",
    )
    n_units = np.zeros(columns.n, dtype=np.int64)
    n_units[handled] = counts
    columns.put("n_units", n_units)
    busy_s = np.zeros(columns.n, dtype=np.int64)
    busy_s[handled] = np.bincount(case, weights=np.where(ended, busy, 0), minlength=m)
    columns.put("unit_busy_s", busy_s)

    lead = np.flatnonzero(_firsts(case, arrival))
    some = case[lead]
    rows = handled[some]
    there = arrived[lead]
    columns.put("turnout_s", turnout[lead], departed[lead], rows)
    columns.put("travel_s", travel[lead], departed[lead] & there, rows)
    columns.put("response_s", arrival[lead], there, rows)
    still = np.bincount(case, weights=arrived & ~cleared, minlength=m)[some] > 0
    end = np.zeros(m, dtype=np.int64)
    np.maximum.at(end, case[arrived & cleared], (dispatched + busy)[arrived & cleared])
    on_scene = end[some] - arrival[lead]
    columns.put("on_scene_s", on_scene, there & ~still & (on_scene >= 0), rows)
    lacks = (~withdrawn & ~departed, ~withdrawn & ~arrived, ~withdrawn & ~cleared)
    without = [np.bincount(case, weights=one, minlength=m) > 0 for one in lacks]
    return _Sent(counts, (without[0], without[1], without[2]))


def _firsts(group: Ints, at: Ints) -> Bools:
    """Return which row of each group is the earliest; of equal ones the one that stands first."""
    order = np.lexsort((at, group))
    found = np.zeros(len(group), dtype=bool)
    sorted_group = group[order]
    found[order[np.append(True, sorted_group[1:] != sorted_group[:-1])[: len(order)]]] = True
    return found


def _outcome(
    columns: _Columns, random: np.random.Generator, call: Ints, merged: Bools, handled: Ints, counts: Ints
) -> None:
    words = (*_OUTCOMES_SENT, *_OUTCOMES_UNSENT, "prank", "ghost", "information")
    found = np.array([words.index(one) if one else -1 for one in _OUTCOME_OF_CLASS])[call]
    found[merged] = -1
    m = len(handled)
    unsent = len(_OUTCOMES_SENT) + _chosen(random, _OUTCOMES_UNSENT_P, count=m)
    found[handled] = np.where(counts > 0, _chosen(random, _OUTCOMES_SENT_P, count=m), unsent)
    columns.words("outcome", words, found)


def _steps(
    columns: _Columns,
    city: City,
    random: np.random.Generator,
    merged: Bools,
    call: Ints,
    handled: Ints,
    counts: Ints,
) -> None:
    n, of = columns.n, len(STEPS)
    targets = np.array(city.steps_s)
    took = _lognormal(random, np.tile(_STEPS_S, n), 0.55, n * of).reshape(n, of)
    reached = np.zeros((n, of), dtype=bool)
    reached[call < len(_CLASSES) - 1, :2] = True
    reached[handled] = True
    reached[np.ix_(handled[counts == 0], (4, 5, 6))] = False
    known = reached & (random.random((n, of)) >= 0.02)
    for place, no in enumerate(STEPS):
        columns.put(f"step{no}_s", took[:, place], known[:, place])
        columns.put(f"target{no}_s", np.full(n, targets[place]))
    told = known & (took > targets) & ~merged[:, None] & (random.random((n, of)) < 0.45)
    step = np.nonzero(told)[1]
    word = _REASON_START[step] + (random.random(len(step)) ** 1.5 * _REASON_COUNT[step]).astype(np.int64)
    values = pa.StructArray.from_arrays(
        [pa.array(step + 1, pa.int8()), _words(_REASON_WORDS, word)],
        fields=list(SCHEMA.field("overrun_reasons").type.value_type),
    )
    columns.made["overrun_reasons"] = _lists(told, values, "overrun_reasons")


def _victims(columns: _Columns, random: np.random.Generator, kind: Ints, handled: Ints, counts: Ints) -> None:
    counted = (counts > 0) & (random.random(len(handled)) < 0.94)
    total = random.poisson(_PERSONS[kind])
    columns.put("victims_total", total, counted, handled)
    parts = random.multinomial(total, _SHARES[kind])
    for place, name in enumerate(VICTIMS):
        columns.put(f"victims_{name}", parts[:, place], counted, handled)


def _lists(member: Bools, values: pa.Array, name: str) -> pa.Array:
    """Return a list a row with as many of the values as the row has members."""
    return _lists_by(member.sum(axis=1), values, name)


def _lists_by(counts: NDArray, values: pa.Array, name: str) -> pa.Array:
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), values, type=SCHEMA.field(name).type)


# --- into an archive ----------------------------------------------------------------------------------------


def write_archive(folder: Path, wanted: Wanted, pack: CityPack) -> int:
    """Write every month of every city as Sigap's own archive is laid out; return how many cases.

    Row groups are of a block. A month takes the place of the one that was there.
    """
    count = 0
    for (city, year, month), made in groupby(blocks(wanted, pack), key=lambda b: (b.city, b.year, b.month)):
        path = folder / partition(city, year, month)
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(path, ARROW_SCHEMA, compression="zstd") as writer:
            for block in made:
                writer.write_table(_archived(block, wanted.seed, pack))
                count += block.rows.num_rows
    return count


def _archived(block: Block, seed: int, pack: CityPack) -> pa.Table:
    """Return the rows as the archive has them, with as many words as a real record would have."""
    rows, n = block.rows, block.rows.num_rows
    zeros = np.zeros(n, dtype=np.int64)
    # The words are no facts: a stream of their own leaves the facts as they are.
    random = _stream(seed, block.year, block.month, n, 7)
    starts = [_words(part, random.integers(0, len(part), n)) for part in _SUMMARY]
    numbers = pa.array([str(number) for number in random.integers(1, 400, n).tolist()])
    received = rows["received_at"].combine_chunks()
    types = pack.plan.types
    sar = {code: kind.sar_class.value for code, kind in types.items() if kind.sar_class}
    units = rows["units"].combine_chunks()
    codes = pa.ListArray.from_arrays(units.offsets, pc.struct_field(units.values, "unit_code"))
    more = {
        "record_id": rows["case_id"],
        "revision": pa.array(zeros + 1),
        "reopened_count": pa.array(zeros),
        "sent_at": pa.array(np.full(n, np.datetime64("2026-12-01T00:00:00", "us"))).cast(received.type),
        "org_code": _words([f"CONTOH-{block.city}"], zeros),
        "classification": _words(["terbatas"], zeros),
        "profile": _words(["minimal"], zeros),
        "sop_no": _words([pack.sop.number], zeros),
        "sar_class": _mapped(rows["type_code"], sar),
        "ended_at": pc.add(
            received.cast(pa.int64()),
            pc.multiply(pc.fill_null(rows["step1_s"].cast(pa.int64()), 60), 1_000_000).combine_chunks(),
        ).cast(received.type),
        "summary": pc.binary_join_element_wise("[CONTOH]", *starts, numbers, " "),
        "accuracy_m": pc.if_else(pc.is_valid(rows["lon"]), 50.0, None),
        "jurisdiction": pc.if_else(pc.is_valid(rows["lon"]), block.city, None),
        "unit_codes": pc.if_else(pc.greater(rows["n_units"], 0), pc.binary_join(codes, ";"), None),
        "personnel": pc.multiply(rows["n_units"].cast(pa.int64()), 4),
        "processing_s": rows["alarm_handling_s"],
        "sitrep_count": rows["n_units"],
        "victims_minors": pc.if_else(pc.is_valid(rows["victims_total"]), 0, None),
        "n_documents": rows["n_units"],
        **{f"step_{no}_elapsed_s": rows[f"step{no}_s"] for no in STEPS},
        **{f"step_{no}_target_s": rows[f"target{no}_s"] for no in STEPS},
        "geometry": _points(rows),
    }
    found = []
    for column in ARROW_SCHEMA:
        made = more.get(column.name)
        if made is None and column.name in rows.column_names:
            made = rows[column.name]
        found.append(pa.nulls(n, column.type) if made is None else _of_type(made, column.type))
    return pa.Table.from_arrays(found, schema=ARROW_SCHEMA)


def _of_type(made: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    if isinstance(made, pa.ChunkedArray):
        made = made.combine_chunks()
    return made if made.type == kind else made.cast(kind)


def _mapped(words: pa.ChunkedArray, to: dict[str, str]) -> pa.Array:
    place = pc.index_in(words.combine_chunks(), pa.array(list(to)))
    return pa.array(list(to.values()), pa.string()).take(place)


def _points(rows: pa.Table) -> pa.Array:
    """Return WKB points, little endian: byte order, type 1, longitude, latitude."""
    n = rows.num_rows
    text = np.zeros((n, 21), dtype=np.uint8)
    text[:, 0] = text[:, 1] = 1
    for start, name in ((5, "lon"), (13, "lat")):
        values = rows[name].to_numpy().astype("<f8")
        text[:, start : start + 8] = values.view(np.uint8).reshape(n, 8)
    ends = np.arange(n + 1, dtype=np.int32) * 21
    points = pa.Array.from_buffers(pa.binary(), n, [None, pa.py_buffer(ends), pa.py_buffer(text)])
    return pc.if_else(pc.is_valid(rows["lon"]).combine_chunks(), points, None)


# --- into a database --------------------------------------------------------------------------------------


def fill(db: Database, made: Iterable[Block], pack: CityPack, *, states: bool = True) -> int:
    """Append the rows to `case_archive`; return how many.

    `states`: with a case of its own in each row, of a call that was taken and closed: what its columns say
    beyond that is not in it. Without them the row's state is no case, which measures never read.
    """
    names = [row[0] for row in db.read().rows("SELECT column_name FROM (DESCRIBE case_archive)")]
    known = db.read().row("SELECT count(*) FROM case_archive")
    count = int(known[0]) if known else 0
    whole = _State(pack) if states else None
    before = count
    for part in _gathered(made, _AT_ONCE):
        stored = []
        for block in part:
            stored.append(_stored(block, count, names, whole))
            count += block.rows.num_rows
        with db.write() as writer:
            writer.append_table("case_archive", pa.concat_tables(stored))
    return count - before


def _gathered(made: Iterable[Block], least: int) -> Iterator[list[Block]]:
    """Yield the blocks, so many together that each time there are about `least` rows."""
    held: list[Block] = []
    for block in made:
        held.append(block)
        if sum(one.rows.num_rows for one in held) >= least:
            yield held
            held = []
    if held:
        yield held


def _stored(block: Block, number: int, names: list[str], whole: "_State | None") -> pa.Table:
    rows, n = block.rows, block.rows.num_rows
    places = np.arange(number + 1, number + n + 1)
    call_no = pa.array([f"U{block.year}-{place:08d}" for place in places.tolist()])
    received = rows["received_at"].combine_chunks()
    closed = pc.add(received.cast(pa.int64()), 3_600_000_000).cast(received.type)
    zeros = np.zeros(n, dtype=np.int64)
    more = {
        "call_no": call_no,
        "version": pa.array(zeros + 1, pa.int32()),
        "closed_at": closed,
        "reporter_ref": pa.nulls(n, pa.string()),
        "register_no": pa.nulls(n, pa.string()),
        "changed_by": _words(["Ukur"], zeros),
        "changed_at": closed,
        "first_seq": pa.array(zeros),
        "last_seq": pa.array(zeros),
        "state": _words(["{}"], zeros) if whole is None else whole.of(rows, call_no, received),
    }
    return pa.Table.from_arrays([more[name] if name in more else rows[name] for name in names], names)


class _State:
    """A closed case as JSON, cut where the rows differ."""

    _MARKS = ("@id@", "@call@", "@status@", "@received@", "@class@", "@type@", "@domain@", "@outcome@")

    def __init__(self, pack: CityPack) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        case = Case(
            "@id@",
            "@call@",
            CaseStatus.CLOSED,
            at,
            Call(Channel.CALL_112, at, at),
            Incident(),
            Location(),
            fresh_steps(pack.sop),
            version=1,
        )
        told = json.loads(to_json(case))
        told["status"] = "@status@"
        told["status_at"] = told["call"]["received_at"] = told["call"]["ended_at"] = "@received@"
        told["call"]["call_class"] = "@class@"
        told["incident"] |= {"type_code": "@type@", "domain": "@domain@"}
        told["outcome"] = "@outcome@"
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        self._parts: list[str] = [""]
        while text:
            found = [(text.find(f'"{mark}"'), mark) for mark in self._MARKS if f'"{mark}"' in text]
            if not found:
                self._parts.append(text)
                break
            at_, mark = min(found)
            self._parts += [text[:at_], mark]
            text = text[at_ + len(mark) + 2 :]

    def of(self, rows: pa.Table, call_no: pa.Array, received: pa.Array) -> pa.Array:
        """Return the cases of the rows."""
        stamp = pc.strftime(received, "%Y-%m-%dT%H:%M:%SZ")
        values = {
            "@id@": _quoted(rows["case_id"]),
            "@call@": _quoted(call_no),
            "@status@": _quoted(rows["status"]),
            "@received@": _quoted(stamp),
            "@class@": _quoted(rows["call_class"]),
            "@type@": _quoted(rows["type_code"]),
            "@domain@": _quoted(rows["domain"]),
            "@outcome@": _quoted(rows["outcome"]),
        }
        parts = [values.get(part, part) for part in self._parts]
        return pc.binary_join_element_wise(*parts, "")


def _quoted(words: pa.Array) -> pa.Array:
    if isinstance(words, pa.ChunkedArray):
        words = words.combine_chunks()
    return pc.fill_null(pc.binary_join_element_wise('"', words, '"', ""), "null")


def write_trails(db: Database, pack: CityPack, before: datetime, newest: int = TRAILS) -> None:
    """Give the newest cases received before a moment a state and one event, so that they can be opened."""
    names = ("case_id", "call_no", "received_at", "status", "call_class", "type_code", "domain", "outcome")
    found = db.read().rows(
        f"SELECT case_id::VARCHAR, {', '.join(names[1:])} FROM case_archive WHERE received_at < ? "
        f"ORDER BY received_at DESC LIMIT {newest}",
        before,
    )
    kinds = [pa.timestamp("us", "UTC") if name == "received_at" else pa.string() for name in names]
    columns = [pa.array(column, kind) for column, kind in zip(zip(*found, strict=True), kinds, strict=True)]
    rows = pa.Table.from_arrays(columns, names)
    states = _State(pack).of(rows, columns[1], columns[2]).to_pylist()
    maker = Actor("Ukur", Role.SUPERVISOR)
    kept = []
    with db.write() as writer:
        for state, (case_id, _call_no, at, *_rest) in zip(states, found, strict=True):
            _before, after = changes(None, from_json(state))
            told = (maker, "case", case_id, Action.TAKE_CALL.value, {}, after)
            seq = cases.append_event(writer, *told, occurred_at=at, entered_at=at)
            kept.append((case_id, seq, seq, state))
        writer.update_rows("case_archive", {"case_id": "UUID"}, ("first_seq", "last_seq", "state"), kept)


def open_filled(path: Path, wanted: Wanted, *, states: bool = True) -> int:
    """Make a demonstration database with the cases of one city beside what a center needs; return how many.

    The newest have a trail. Raises ValueError for more than one city, or a file that is there already.
    """
    if wanted.cities != 1:
        raise ValueError("a database is of one city")
    if path.exists():
        raise ValueError(f"{path} is there already")
    center = open_center(Settings(path.parent, path, demo=True))
    try:
        count = fill(center.db, blocks(wanted, center.pack), center.pack, states=states)
        write_trails(center.db, center.pack, datetime.now(UTC))
        return count
    finally:
        close_center()


def main() -> int:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.synthetic", description=__doc__)
    parser.add_argument("--cities", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1_000, help="of each city, over all years")
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until", type=_month, default=UNTIL, help="month that is no more made, YYYY-MM")
    parser.add_argument("--rescues", type=float, default=RESCUES_OF_CALLS, help="their share of all calls")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--archive", type=Path, help="folder for the archive, made where missing")
    where.add_argument("--database", type=Path, help="database file to make, of one city")
    asked = parser.parse_args()
    began = perf_counter()
    try:
        wanted = Wanted(asked.cities, asked.cases, asked.years, asked.seed, asked.until, asked.rescues)
        if asked.database:
            count = open_filled(asked.database, wanted)
        else:
            count = write_archive(asked.archive, wanted, load_city_pack(DEFAULT_CITY))
    except ValueError as error:
        parser.error(str(error))
    print(f"{count:,} made cases in {perf_counter() - began:.1f} s: {asked.database or asked.archive}")
    return 0


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise argparse.ArgumentTypeError("a month is written YYYY-MM, for example 2026-12") from error


if __name__ == "__main__":
    sys.exit(main())
