"""The screens themselves."""

import streamlit as st


def fails() -> None:
    narrative = "Siti Rahmawati 0812-3456-7890 jatuh ke laut"
    st.write("Sebelum kesalahan")
    raise ValueError(narrative)


def works() -> None:
    st.write("Layar ini baik")


st.navigation(
    [st.Page(works, title="Baik", default=True), st.Page(fails, title="Gagal")], position="top"
).run()
