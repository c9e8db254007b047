"""The rules of rescue at a command center: pure, without IO, clock, Streamlit or SQL.

A case is an immutable value; a rule is a function from a case to the next case, or an error that
says what is missing. Everything a city may want to change (times, agencies, plan) arrives as data.
"""
