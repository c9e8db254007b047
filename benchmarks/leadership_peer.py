"""The same measures by pandas and numpy on the same rows in memory: what DuckDB is held against."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.facts import STEPS
from benchmarks.leadership_measures import STANDARD_S
from domain.facts import INTERVALS
from domain.statistics import VICTIMS


class Peer:
    """The rows as columns of pandas, and the units one a row; made before the clock runs."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        """Take the columns that measures read; words become categories."""
        whole = pa.concat_tables(tables)
        words = ("call_class", "status", "outcome", "adm_code")
        numbers = ("lon", "h3_8", "h3_9", "n_units", "unit_busy_s", "late_entries", *INTERVALS)
        names = [f"step{no}_s" for no in STEPS] + [f"target{no}_s" for no in STEPS]
        names += [f"victims_{name}" for name in ("total", *VICTIMS)]
        frame = whole.select(["received_at", "received_local", *numbers, *names]).to_pandas()
        for name in words:
            frame[name] = whole[name].dictionary_encode().to_pandas()
        self.all = frame
        units = whole["units"].combine_chunks()
        of = pc.list_parent_indices(units).to_numpy()
        flat = pa.Table.from_struct_array(units.flatten())
        self.units = flat.select(["turnout_s", "travel_s", "busy_s", "first_response_s"]).to_pandas()
        for name in ("agency", "unit_code"):
            self.units[name] = flat[name].dictionary_encode().to_pandas()
        self.units["case"] = of
        self._of = {name: self._opened(whole[name]) for name in ("overrun_reasons", "missing_stamps")}

    @staticmethod
    def _opened(column: pa.ChunkedArray) -> pd.DataFrame:
        lists = column.combine_chunks()
        values = lists.flatten()
        found = pd.DataFrame({"case": pc.list_parent_indices(lists).to_numpy()})
        parts = (
            {"word": values}
            if pa.types.is_string(values.type)
            else {"step": pc.struct_field(values, "step"), "word": pc.struct_field(values, "reason")}
        )
        for name, part in parts.items():
            found[name] = part.dictionary_encode().to_pandas()
        return found

    @property
    def own(self) -> pd.DataFrame:
        """Cases that were not merged."""
        return self.all[self.all.status != "merged"]

    @property
    def rescues(self) -> pd.DataFrame:
        """Those of them that called for help."""
        own = self.own
        return own[own.call_class == "normal"]

    def measures(self) -> Mapping[str, Callable[[], int]]:
        """Return what to time by the names of `MEASURES`; each answers with how many cases it counted."""
        hour = self.all.received_local.dt.hour
        return {
            "counts": lambda: _counts(self.all, None),
            "counts by day": lambda: _counts(self.all, self.all.received_local.dt.floor("D")),
            "counts by kelurahan": lambda: _counts(self.all, self.all.adm_code),
            "counts by weekday and hour": lambda: _counts(
                self.all, [self.all.received_local.dt.weekday, self.all.received_local.dt.hour]
            ),
            "response": lambda: _spread(self.rescues.response_s),
            "response by kelurahan": lambda: self._by("adm_code"),
            "response by month": lambda: self._by_time(lambda at: at.dt.to_period("M")),
            "response by shift": lambda: self._by_time(lambda at: at.dt.hour // 8),
            "response by agency": self._by_agency,
            "response by cell (H3 8)": lambda: self._by("h3_8"),
            "all seven intervals": self._intervals,
            "response of one agency": self._one_agency,
            "distribution of response": lambda: int(self.rescues.response_s.value_counts().sum()),
            "nine SOP steps": self._steps,
            "reasons of overruns": lambda: self._reasons(),
            "work by agency": lambda: self._work("agency"),
            "work by unit": lambda: self._work("unit_code"),
            "false reports": self._wasted,
            "victims": self._victims,
            "places that repeat (H3 9)": self._repeats,
            "missing stamps": self._stamps,
            "late entries": lambda: int((self.own.late_entries > 0).sum()),
            "cells (H3 9)": lambda: self._cells(["h3_9"]),
            "cells (H3 8) by hour": lambda: self._cells(["h3_8", hour]),
        }

    def _by(self, name: str) -> int:
        rescues = self.rescues
        return _grouped(rescues.response_s, rescues[name])

    def _by_time(self, part: Callable[[pd.Series], pd.Series]) -> int:
        rescues = self.rescues
        return _grouped(rescues.response_s, part(rescues.received_local))

    def _units_of(self, cases: pd.DataFrame) -> pd.DataFrame:
        kept = np.zeros(len(self.all), dtype=bool)
        kept[cases.index] = True
        return self.units[kept[self.units.case.to_numpy()]]

    def _by_agency(self) -> int:
        units = self._units_of(self.rescues)
        return _grouped(units.first_response_s, units.agency)

    def _one_agency(self) -> int:
        units = self._units_of(self.rescues)
        return _spread(units.first_response_s[units.agency == "PMK"])

    def _intervals(self) -> int:
        rescues = self.rescues
        return sum(_spread(rescues[name]) for name in INTERVALS)

    def _steps(self) -> int:
        own, found = self.own, 0
        for no in STEPS:
            took = own[f"step{no}_s"].dropna()
            (own[f"step{no}_s"] <= own[f"target{no}_s"]).sum()
            np.quantile(took, [0.5, 0.9])
            found += len(took)
        return found

    def _reasons(self) -> int:
        told = self._of["overrun_reasons"]
        kept = (self.all.status != "merged").to_numpy()[told.case]
        return int(told[kept].groupby(["step", "word"], observed=True).size().sum())

    def _stamps(self) -> int:
        told = self._of["missing_stamps"]
        kept = ((self.all.status != "merged") & (self.all.call_class == "normal")).to_numpy()[told.case]
        return int(told[kept].groupby("word", observed=True).size().sum())

    def _work(self, name: str) -> int:
        units = self._units_of(self.own)
        busy = units.groupby(name, observed=True).busy_s
        busy.sum()
        busy.count()
        return int(busy.size().sum())

    def _wasted(self) -> int:
        own = self.own
        false = own[own.outcome == "false_report"]
        false[["n_units", "unit_busy_s"]].sum()
        return len(false)

    def _victims(self) -> int:
        rescues = self.rescues
        rescues[[f"victims_{name}" for name in ("total", *VICTIMS)]].sum()
        return int(rescues.victims_total.count())

    def _repeats(self) -> int:
        found = self.rescues.groupby("h3_9").received_at.agg(["size", "min", "max"])
        return int(found["size"][found["size"] >= 3].sum())

    def _cells(self, keys: list[object]) -> int:
        own = self.own
        own = own.assign(late=own.response_s > STANDARD_S)
        by = [own[key] if isinstance(key, str) else key[own.index] for key in keys]  # type: ignore[index]
        found = own.groupby(by).agg({"lon": "size", "response_s": "count", "late": "sum"})
        return int(found["lon"].sum())


def _counts(rows: pd.DataFrame, by: object) -> int:
    if by is None:
        rows.call_class.value_counts(dropna=False)
        rows.lon.count()
        return len(rows)
    grouped = rows.groupby(by, dropna=False, observed=True)
    grouped.lon.count()
    keys = by if isinstance(by, list) else [by]
    return int(rows.groupby([*keys, "call_class"], dropna=False, observed=True).size().sum())


def _spread(times: pd.Series) -> int:
    known = times.dropna()
    known.mean()
    np.quantile(known, [0.5, 0.9])
    (known <= STANDARD_S).sum()
    return len(known)


def _grouped(times: pd.Series, by: pd.Series) -> int:
    grouped = times.groupby(by, dropna=False, observed=True)
    grouped.mean()
    grouped.quantile([0.5, 0.9])
    (times <= STANDARD_S).groupby(by, dropna=False, observed=True).sum()
    return int(grouped.count().sum())
