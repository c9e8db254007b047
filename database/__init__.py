"""The only place that knows DuckDB and SQL.

One file, one process, one connection; a cursor a call; all writing inside `Database.write()`.
"""
