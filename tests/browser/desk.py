"""A person at a screen of Sigap: finds things by the words on it, and waits for their effect."""

import re
from dataclasses import dataclass

from harness import sign_in
from playwright.sync_api import FilePayload, FrameLocator, Locator, Page, expect

from domain.words import Role

MAP = 'iframe[title="streamlit_folium.st_folium"]'


@dataclass(frozen=True)
class Desk:
    """One browser page, with the words to work on it."""

    page: Page
    url: str

    def open(self, path: str, role: str = "") -> None:
        """Open an address of Sigap, as the example person of a role where one is named."""
        if role:
            sign_in(self.page.context, self.url, role)
        self.page.goto(f"{self.url}/{path}")
        expect(self.page.locator(".st-key-sigap_bar")).to_be_visible()
        self.settled()

    def go(self, screen: str) -> None:
        """Go to a screen by the navigation at the top."""
        self.page.get_by_test_id("stTopNavLink").filter(has_text=screen).click()
        active = self.page.locator('[data-testid="stTopNavLink"][aria-current="page"]')
        expect(active).to_have_text(screen)
        self.settled()

    def settled(self) -> None:
        """Wait until the server has drawn everything, and nothing of it is an error."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        expect(self.page.get_by_test_id("stException")).to_have_count(0)

    def sees(self, words: str | re.Pattern[str]) -> None:
        """Wait until these words are on the screen."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def duty(self, name: str, role: str) -> Locator:
        """Return the place at the top right that says who is on duty."""
        return self.page.get_by_test_id("stMain").get_by_role("button", name=f"{name} · {role}", exact=True)

    def becomes(self, name: str, role: str) -> None:
        """Let the example person of another role take this seat; the address stays."""
        address = self.page.url
        sign_in(self.page.context, self.url, next(one.value for one in Role if one.label == role))
        self.page.goto(address)
        expect(self.duty(name, role)).to_be_visible()
        self.settled()

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """Return the button with this name; its keyboard shortcut, when it has one, is not part of it."""
        pattern = re.compile(rf"^{re.escape(name)}( →)?( Shortcut \S+)?$")
        return (within or self.page).get_by_role("button", name=pattern)

    def press(self, name: str, done: str | re.Pattern[str] = "", within: Locator | None = None) -> None:
        """Press a button; `done` is what must then be on the screen."""
        self.settled()
        self.button(name, within).click()
        if done:
            self.sees(done)
        self.settled()

    def write(self, label: str, text: str) -> None:
        """Fill a field and leave it."""
        field = self.page.get_by_label(label, exact=True)
        field.fill(text)
        field.blur()
        self.settled()

    def choose(self, label: str, option: str, search: str = "") -> None:
        """Open a list and choose the entry that begins with `option`, typing `search` first."""
        field = self.page.get_by_role("combobox", name=label)
        field.click()
        if search:
            field.fill(search)
        self.page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).click()
        self.settled()

    def tab(self, name: str) -> None:
        """Open one of the tabs of a case."""
        tabs = self.page.get_by_role("radiogroup", name="Bagian kasus")
        tab = tabs.get_by_role("radio", name=name, exact=True)
        if not tab.is_checked():
            tab.click()
            expect(tab).to_be_checked()
            self.settled()

    def row(self, words: str) -> Locator:
        """Return the row of a list that holds these words."""
        rows = self.page.get_by_test_id("stHorizontalBlock").filter(has_text=words)
        return rows.filter(has=self.page.get_by_role("button")).last

    def upload(self, file: FilePayload) -> None:
        """Give the page's only file input a file."""
        self.page.locator('input[type="file"]').set_input_files(file)
        self.sees(file["name"])
        self.settled()

    def download(self, name: str) -> bytes:
        """Press a download button and return the file's content."""
        with self.page.expect_download() as waiting:
            self.button(name).click()
        return waiting.value.path().read_bytes()

    def map(self) -> FrameLocator:
        """Return the drawn map."""
        frame = self.page.frame_locator(MAP)
        expect(frame.locator(".leaflet-sigap-kelurahan-pane path").first).to_be_attached()
        return frame

    def click_map(self, lon: float, lat: float) -> None:
        """Click a place on the map, degrees WGS 84."""
        frame = self.map()
        inside = next(frame for frame in self.page.frames if "streamlit_folium" in frame.url)
        at = inside.evaluate("([lat, lon]) => map.latLngToContainerPoint([lat, lon])", [lat, lon])
        frame.locator(".leaflet-container").click(position={"x": at["x"], "y": at["y"]})
