"""Two screens, of which one fails, logged and said as Sigap's are; see ../test_failing_screen.py."""

from pathlib import Path

import streamlit as st

from ui import failure

failure.install_logs()
app = st.App(str(Path(__file__).parent / "screens.py"), on_script_error=failure.show)
