"""What Streamlit tells a browser at the beginning of every run, made once instead of each time.

Streamlit 1.67 looks the whole theme up in its settings again for every run, each part's own little run
included. With thirty screens that look once a second whether something changed, it was a tenth of the work.
The theme comes from `.streamlit/config.toml` and stays as it is while the process lives.
"""

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def install() -> None:
    """Keep the theme's messages; twice is the same as once."""
    populate = app_session._populate_theme_msg
    if getattr(populate, "keeps", False):
        return
    kept: dict[str, CustomThemeConfig] = {}

    def merge(msg: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            made = CustomThemeConfig()
            populate(made, section)
            kept[section] = made
        # Merging nothing would say that the section is there.
        if kept[section].ByteSize():
            msg.MergeFrom(kept[section])

    merge.keeps = True  # type: ignore[attr-defined]
    app_session._populate_theme_msg = merge
