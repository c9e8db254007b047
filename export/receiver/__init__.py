"""The reference receiver: what DKISP can run, or copy, to take in case records (docs/dkisp.md).

A program of its own, started with `python -m export.receiver`; Sigap itself never imports it. It keeps its
own DuckDB file, which is why this package alone, beside the store, speaks to DuckDB.
"""
