"""Signing in as people do it; nothing answers without it: real server, real browser, real websocket."""

import asyncio
import re
from collections.abc import Callable, Iterator

import httpx
import pyotp
import pytest
import websockets
from desk import Desk
from harness import ROOT, Server, run_apart, start, stop
from playwright.sync_api import Page, Route, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ui.guard import OWNER

PASSWORD = "kuda laut biru tua"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Sigap for real work at its very first start."""
    folder = tmp_path_factory.mktemp("fresh")
    running = start(ROOT / "app.py", folder, ready="/api/v1/health", env={"SIGAP_DEMO": "0"})
    yield running
    stop(running)


def socket_status(server: Server, cookie: str = "", origin: str = "") -> int:
    """Return how the screens' websocket answers the handshake: 101, or the HTTP status of its refusal."""

    async def knock() -> int:
        headers = {"cookie": cookie} if cookie else {}
        address = server.url.replace("http", "ws") + "/_stcore/stream"
        try:
            async with websockets.connect(
                address, subprotocols=["streamlit"], additional_headers=headers, origin=origin or None
            ):
                return 101
        except websockets.InvalidStatus as refused:
            return int(refused.response.status_code)

    return run_apart(knock())


def cookie(server: Server, login: str) -> str:
    """Return the cookie header of an example person."""
    answer = httpx.post(f"{server.url}/masuk/contoh", data={"login": login})
    assert answer.status_code == 303
    return answer.headers["set-cookie"].partition(";")[0]


def screens_of(server: Server, cookie: str, resumed: str = "", more: dict[str, str] | None = None) -> str:
    """Open a websocket of the screens, going on with those of an id; return the id that they have then."""

    async def knock() -> str:
        address = server.url.replace("http", "ws") + "/_stcore/stream"
        wanted = ["streamlit", "-", *([resumed] if resumed else [])]
        headers = {"cookie": cookie, **(more or {})}
        async with websockets.connect(
            address, subprotocols=wanted, additional_headers=headers, max_size=None
        ) as socket:
            await socket.send(BackMsg(rerun_script=ClientState()).SerializeToString())
            while True:
                message = ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 30))
                if message.WhichOneof("type") == "new_session":
                    return str(message.new_session.initialize.session_id)

    return run_apart(knock())


def test_nobody_goes_on_with_the_screens_of_another_person(server: Server) -> None:
    budi, eka = cookie(server, "budi"), cookie(server, "eka")
    his = screens_of(server, budi)
    assert screens_of(server, budi, his) == his
    assert screens_of(server, eka, his) != his
    assert screens_of(server, eka, his, {OWNER: "budi"}) != his
    assert screens_of(server, cookie(server, "budi"), his) == his


@pytest.mark.parametrize(
    "path",
    ["", "kasus", "akses", "_stcore/health", "_stcore/host-config", "media/x.png", "static/js/index.js"]
    + [
        "_stcore/upload_file/a/b",
        "component/streamlit_folium.st_folium/index.html",
        "favicon.png",
        "apa-saja",
    ],
)
def test_nothing_answers_without_a_session(server: Server, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        answer = httpx.request(method, f"{server.url}/{path}")
        assert answer.status_code == 401, (method, path, answer.status_code)
    page = httpx.get(f"{server.url}/{path}?a=1&b=2", headers={"accept": "text/html"})
    assert page.status_code == 303
    assert page.headers["location"] == f"/masuk?ke=/{path}%3Fa%3D1%26b%3D2"


@pytest.mark.parametrize("path", ["masuk", "assets/sigap/masuk.css", "regu/", "api/v1/health"])
def test_what_is_public_answers(server: Server, path: str) -> None:
    assert httpx.get(f"{server.url}/{path}").status_code == 200


def test_the_websocket_of_the_screens_needs_a_session_from_this_site(server: Server) -> None:
    good = cookie(server, "budi")
    assert socket_status(server) == 403
    assert socket_status(server, "sigap=x.y") == 403
    assert socket_status(server, good, "https://lain.contoh") == 403
    assert socket_status(server, good, server.url) == 101
    httpx.post(f"{server.url}/masuk/keluar", headers={"cookie": good})
    assert socket_status(server, good, server.url) == 403


def test_whoever_signs_in_anew_ends_the_session_that_the_browser_had(server: Server) -> None:
    first = cookie(server, "budi")
    again = httpx.post(f"{server.url}/masuk/contoh", data={"login": "eka"}, headers={"cookie": first})
    assert again.status_code == 303
    assert socket_status(server, first, server.url) == 403


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(server: Server) -> None:
    answer = httpx.post(f"{server.url}/masuk/contoh", data={"login": "budi"})
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told and "samesite=strict" in told and "path=/" in told


def test_a_form_of_another_site_signs_nobody_in(server: Server) -> None:
    for headers in ({"origin": "https://lain.contoh"}, {"sec-fetch-site": "cross-site"}):
        answer = httpx.post(f"{server.url}/masuk/contoh", data={"login": "budi"}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "goes"),
    [
        ("/kasus?kasus=1", "/kasus?kasus=1"),
        ("//lain.contoh", "/"),
        ("https://lain.contoh", "/"),
        ("/\\lain", "/"),
    ]
    + [("/masuk/keluar", "/"), ("", "/"), ("/a\r\nset-cookie: x=y", "/")],
)
def test_signing_in_leads_only_to_this_server(server: Server, asked: str, goes: str) -> None:
    answer = httpx.post(f"{server.url}/masuk/contoh", params={"ke": asked}, data={"login": "budi"})
    assert answer.headers["location"] == goes


@pytest.mark.parametrize("asked", ["/%09/127.0.0.2:9", "//"])
def test_a_link_to_the_sign_in_page_leads_whoever_is_signed_in_nowhere_else(
    server: Server, new_page: Callable[..., Page], asked: str
) -> None:
    page = new_page("dispatcher")
    gone: list[str] = []
    page.on("request", lambda request: gone.append(request.url))

    # As from outside: without a session the page itself is shown, and asks who is there.
    def without_cookie(route: Route) -> None:
        answer = httpx.get(route.request.url)
        headers = {name: answer.headers[name] for name in ("content-type", "content-security-policy")}
        route.fulfill(status=200, headers=headers, body=answer.content)

    page.route(re.compile(r"/masuk\?ke="), without_cookie)
    page.goto(f"{server.url}/masuk?ke={asked}")
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    assert page.url.startswith(f"{server.url}/")
    assert [url for url in gone if url.startswith("http") and not url.startswith(server.url)] == []


def test_a_person_signs_in_works_and_leaves(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page(None)
    page.goto(f"{server.url}/registri")
    expect(page).to_have_url(re.compile(r"/masuk\?ke=/registri"))
    page.get_by_role("button", name="Penyelia").click()
    expect(page.get_by_test_id("stTopNavLink").filter(has_text="Akses")).to_be_visible()
    assert page.url.endswith("/registri")
    other = page.context.new_page()
    other.goto(f"{server.url}/ekspor")
    expect(other.get_by_test_id("stTopNavLink").first).to_be_visible()
    page.get_by_role("button", name="Eka (contoh) · Penyelia").click()
    page.get_by_role("button", name="Keluar").click()
    expect(page.get_by_role("heading", name="Masuk")).to_be_visible()
    # The other window of the same session is cut off too, and says where to go on.
    expect(other).to_have_url(re.compile(r"/masuk\?ke="))


def test_a_screen_of_another_role_says_whose_it_is(server: Server, new_page: Callable[..., Page]) -> None:
    page = new_page("admin")
    for path, words in (
        ("", "Membuka Pemantauan dan Kasus: oleh"),
        ("pengerahan", "Membuka Pengerahan: oleh"),
    ):
        page.goto(f"{server.url}/{path}")
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_test_id("stTopNavLink").filter(has_text="Pemantauan")).to_have_count(0)


def test_a_supervisor_stands_in_for_whom_the_roster_names(
    server: Server, new_page: Callable[..., Page]
) -> None:
    desk = Desk(new_page("supervisor"), server.url)
    desk.open("piket")
    desk.choose("Perwira Piket", "Citra (contoh)")
    # The list of several choices stays open until it is left.
    desk.page.keyboard.press("Escape")
    desk.press("Simpan giliran", re.compile("Jadwal .* disimpan"))
    desk.duty("Eka (contoh)", "Penyelia").click()
    desk.choose("Tugas", "Perwira Piket")
    desk.page.get_by_role("radio", name="Citra (contoh)").click()
    name = desk.page.get_by_role("textbox", name="Atas nama (bila menggantikan orang lain)")
    expect(name).to_have_value("Citra (contoh)")
    desk.press("Bertindak sebagai ini", "tulis mengapa, 1 sampai 300 huruf.")
    desk.write("Alasan menggantikan", "Perwira sakit")
    desk.press("Bertindak sebagai ini")
    expect(desk.duty("Eka (contoh)", "Perwira Piket · a.n. Citra (contoh)")).to_be_visible()
    desk.go("Pengerahan")


def test_the_first_administrator_makes_a_password_and_the_first_person(
    fresh: Server, new_page: Callable[..., Page]
) -> None:
    once = re.search(r"kata sandi sekali pakai: (\S+)", fresh.log.read_text())
    assert once is not None
    page = new_page(None)
    page.goto(fresh.url)
    page.get_by_label("Nama masuk").fill("admin")
    page.get_by_label("Kata sandi").fill("bukan yang ini")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nama masuk atau kata sandi salah")
    expect(page.get_by_label("Kata sandi")).to_have_value("")
    page.get_by_label("Kata sandi").fill(once[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ganti kata sandi")).to_be_visible()
    page.goto(fresh.url)
    expect(page.get_by_role("heading", name="Ganti kata sandi")).to_be_visible()
    for new, again, words in (
        ("Tarakan2026!!", "Tarakan2026!!", "terlalu mudah ditebak"),
        (PASSWORD, PASSWORD + "x", "tidak sama"),
    ):
        page.get_by_label("Kata sandi sekarang").fill(once[1])
        page.get_by_label("Kata sandi baru", exact=True).fill(new)
        page.get_by_label("Kata sandi baru, sekali lagi").fill(again)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(words)
    page.get_by_label("Kata sandi sekarang").fill(once[1])
    page.get_by_label("Kata sandi baru", exact=True).fill(PASSWORD)
    page.get_by_label("Kata sandi baru, sekali lagi").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stTopNavLink").filter(has_text="Akses")).to_be_visible()

    desk = Desk(page, fresh.url)
    desk.open("akses")
    desk.write("Nama", "Dewi Lestari")
    desk.write("Nama masuk", "dewi")
    desk.choose("Tugas", "Dispatcher")
    # The list of several choices stays open until it is left.
    page.keyboard.press("Escape")
    desk.press("Buat akun", "Kata sandi sementara untuk Dewi Lestari")
    told = page.get_by_test_id("stCode").inner_text().split()
    assert told[0] == "dewi" and re.fullmatch(r"(\w{4}-){3}\w{4}", told[1])
    desk.press("Sudah dicatat")
    hers = new_page(None)
    hers.goto(f"{fresh.url}/masuk")
    hers.get_by_label("Nama masuk").fill("DEWI")
    hers.get_by_label("Kata sandi").fill(told[1])
    hers.keyboard.press("Enter")
    expect(hers.get_by_role("heading", name="Ganti kata sandi")).to_be_visible()


def test_the_second_factor_is_set_up_by_scanning_and_asked_for(
    fresh: Server, new_page: Callable[..., Page]
) -> None:
    page = new_page(None)
    page.goto(f"{fresh.url}/masuk?lang=en")
    page.get_by_label("Sign-in name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    page.goto(f"{fresh.url}/masuk/akun")
    expect(page.get_by_alt_text("Kode QR untuk aplikasi autentikator")).to_be_visible()
    totp = pyotp.TOTP(page.locator("code").inner_text())
    page.get_by_label("Kata sandi sekarang").fill(PASSWORD)
    page.get_by_label("Kode enam angka").fill(totp.now())
    page.keyboard.press("Enter")
    expect(page.get_by_text("Terpasang: masuk memerlukan kata sandi dan kode enam angka.")).to_be_visible()
    page.get_by_role("button", name="Keluar").click()
    expect(page.get_by_role("heading", name="Masuk")).to_be_visible()
    # Somebody elsewhere keeps trying her name: others must wait, her own browser not.
    for n in range(6):
        told = httpx.post(f"{fresh.url}/masuk", data={"login": "admin", "password": f"salah {n} sekali"}).text
    assert "Terlalu banyak percobaan masuk" in told
    page.get_by_label("Nama masuk").fill("admin")
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.keyboard.press("Enter")
    code = page.get_by_label("Kode enam angka dari aplikasi autentikator")
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Kode enam angka salah")
