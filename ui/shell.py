"""The HTML page that carries the screens: Streamlit's own, made Sigap's before its first paint.

With a dark and a light theme configured, Streamlit follows the browser's preference and shows white while
it loads. A control room is dark unless somebody chooses otherwise in the menu, so the choice that
Streamlit keeps in the browser is preset here.
"""

from functools import lru_cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from ui.assets import address
from ui.screens import SCREENS
from ui.style import DARK

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"

# Streamlit keeps one choice per address; a choice made on the first screen holds for all of them. It tells
# only its own part of the page which theme is shown; dialogs and menus lie outside of that part.
_PRESET = f"""
    <style>html {{ background: {DARK.background}; color-scheme: dark; }}</style>
    <script>
      (function () {{
        const key = (path) => "stActiveTheme-" + path + "-v2";
        const here = key(location.pathname);
        if (!localStorage.getItem(here))
          localStorage.setItem(here, localStorage.getItem(key("/")) || JSON.stringify("Dark"));

        (function follow() {{
          const app = document.querySelector('[data-testid="stApp"]');
          if (!app) return requestAnimationFrame(follow);
          const say = () => {{
            document.documentElement.style.colorScheme = getComputedStyle(app).colorScheme;
          }};
          new MutationObserver(say).observe(app, {{ attributes: true, attributeFilter: ["class"] }});
          say();

          // A session that ended cuts the connection: then sign in again. A server that is down is silent.
          setInterval(() => {{
            if (app.dataset.testConnectionState === "CONNECTED") return;
            fetch("/masuk/siapa", {{ cache: "no-store" }}).then((answer) => answer.json()).then((told) => {{
              if (!told.signed_in)
                location.assign("/masuk?ke=" + encodeURIComponent(location.pathname + location.search));
            }}, () => {{}});
          }}, 3000);
        }})();
      }})();
    </script>
"""

_CHANGES = (
    ('<html lang="en">', '<html lang="id">'),
    ("<title>Streamlit</title>", f"<title>Sigap</title>{_PRESET}"),
    ('href="./favicon.png"', f'href="{address("sigap/favicon.png")}"'),
)


@lru_cache
def html() -> str:
    """Return the page.

    Raises:
        RuntimeError: this Streamlit's page is not the one these changes were written for.
    """
    page = _INDEX.read_text(encoding="utf-8")
    for old, new in _CHANGES:
        if page.count(old) != 1:
            raise RuntimeError(
                f"{_INDEX} does not hold {old!r} once: ui/shell.py must follow Streamlit's change"
            )
        page = page.replace(old, new)
    return page


async def _answer(_request: Request) -> HTMLResponse:
    return HTMLResponse(html(), headers={"cache-control": "no-cache"})


async def _to_first(request: Request) -> RedirectResponse:
    # Streamlit knows the first screen only as "/" and calls its own name "page not found".
    return RedirectResponse(request.url.replace(path="/"))


def routes() -> list[Route]:
    """Return the routes of every screen's address."""
    first, *others = SCREENS
    return [
        Route("/", _answer),
        Route(f"/{first.name}", _to_first),
        *(Route(f"/{screen.name}", _answer) for screen in others),
    ]
