"""From a case to bytes: the record for DKISP, files for analysts, the printed report, the file drop.

Everything here is a function of its arguments: no database, no clock, no city pack, no Streamlit.
"""
