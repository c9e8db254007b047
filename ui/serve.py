"""`python -m ui.serve run app.py …`: Streamlit's command line on a server that does not wait for ever."""

from streamlit.web import cli
from uvicorn.protocols.http import auto

from ui.patience import PatientProtocol


def main() -> None:
    """Run Streamlit's command line; uvicorn takes its protocol from `auto`, whoever starts it."""
    auto.AutoHTTPProtocol = PatientProtocol
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
