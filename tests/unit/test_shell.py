from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui import shell
from ui.screens import SCREENS

client = TestClient(Starlette(routes=list(shell.routes())), follow_redirects=False)


def test_every_screen_but_the_first_answers_with_sigaps_page():
    first, *others = SCREENS
    for path in ("/", *(f"/{screen.name}" for screen in others)):
        page = client.get(path)
        assert page.status_code == 200
        assert '<html lang="id">' in page.text
        assert "<title>Sigap</title>" in page.text
        assert page.headers["cache-control"] == "no-cache"


def test_the_first_screen_by_name_leads_to_the_root_and_keeps_what_was_asked():
    answer = client.get(f"/{SCREENS[0].name}?lang=en")
    assert answer.is_redirect
    assert answer.headers["location"] == "http://testserver/?lang=en"


def test_the_preset_comes_before_streamlits_own_script():
    page = shell.html()
    assert page.index("stActiveTheme-") < page.index('<script type="module"')
