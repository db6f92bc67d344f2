"""The steward's day in a real browser: what waits, a decision and a backfill by their links, checks, plots, nobody's data.

The same walk takes the pictures of docs/steward.md: `make screenshots`. A run of the tests writes none, but sees each page.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from benchmarks.servers import PATIENCE_SECONDS, Server, serving
from pipelines.names import UI, morning_address
from register.home import Home
from register.morning.links import backfill
from register.store.tables import contacts, decisions
from tests.builders import links, table
from tests.pipelines.test_running import LIST, correction, home  # noqa: F401

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.deep, pytest.mark.parametrize("lived", ["sqlite"], indirect=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"),
]

SCREENSHOTS = os.environ.get("REGISTER_SCREENSHOTS")
"""Where the pictures are written; unset, nowhere."""

IMAGES = Path(__file__).parents[2] / "docs" / "images"

DAYS = ["2026-11-04", "2026-11-05", "2026-11-06"]

WORDS = re.compile(r"[^\W\d_]{4,}")


@dataclass
class Browsing:
    """A page of the browser, where the UI is, and what was met on the way."""

    page: Page
    address: str
    hosts: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    pictures: set[str] = field(default_factory=set)

    def meet(self, address: str) -> None:
        """Notes whom a request was for; what the page holds itself (data:, blob:) is none."""
        if urlsplit(address).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(address).hostname or address)

    def open(self, link: str) -> None:
        """A link as the register prints it, on the port of this test."""
        self.page.goto(link.replace(UI.format(port="3000"), self.address), wait_until="domcontentloaded")

    def note(self) -> None:
        """Keeps what the page says."""
        self.page.wait_for_timeout(1500)  # the graph and the plots are drawn after their texts
        self.read.append(self.page.inner_text("body"))

    def keep(self, picture: str) -> None:
        """Keeps what the page says, and takes its picture where asked."""
        self.note()
        self.pictures.add(f"{picture}.png")
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{picture}.png")


@pytest.fixture
def browsing(home: Home) -> Iterator[Browsing]:  # noqa: F811
    """A browser of the machine's own on the UI of a home that lived through the samples; both end with the test."""
    with serving(home.path) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="fi-FI", timezone_id="Europe/Helsinki")
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        seen = Browsing(page, server.address)
        page.on("request", lambda request: seen.meet(request.url))
        page.on("websocket", lambda socket: seen.meet(socket.url))
        wait_for_the_definitions(server)
        yield seen
        browser.close()


def wait_for_the_definitions(server: Server) -> None:
    """Until the code location is loaded: before that the pages show assets without what they say of themselves."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not server.ask("{ assetNodes { id } }")["assetNodes"]:
        assert time.monotonic() < until, "the definitions were not loaded"
        time.sleep(1)


def personal(home: Home) -> set[str]:  # noqa: F811
    """What the register knows of its people: e-mails, phones, and each longer part of a name."""
    frame = table(home, contacts)
    values: pd.Series[Any] = pd.concat([frame[name] for name in ("email", "phone", "email_2", "phone_2")]).dropna()
    names = {word for name in frame["full_name"].dropna() for word in WORDS.findall(name)}
    return {*values[values != ""], *(name for name in names if name[0].isupper())}


def in_the_register(home: Home) -> set[str]:  # noqa: F811
    return set(table(home, contacts)["full_name"].dropna())


def look_at_the_morning(seen: Browsing) -> None:
    seen.open(morning_address())
    expect(seen.page.get_by_text(re.compile(r"\d+ asiaa odottaa sinua")).first).to_be_visible()
    seen.keep("morning")
    for said in ("punaista tarkistusta", "outbox/quarantine-2026-11-20.xlsx", "inbox/decisions"):
        assert said in seen.read[-1], said


def decide_by_the_link(seen: Browsing, home: Home) -> None:  # noqa: F811
    """From the page itself: the launchpad opens filled in, one click decides."""
    seen.page.locator('a[href*="/jobs/approve_list/"]').first.click()
    launch = seen.page.get_by_role("button", name="Launch Run")
    expect(launch).to_be_enabled()
    seen.keep("launch")
    launch.click()
    assert wait_until(lambda: "approve" in set(table(home, decisions)["kind"])), "nothing was decided"
    assert table(home, decisions).set_index("kind")["decided_by"]["approve"] == home.policy().people.steward
    seen.note()


def look_at_checks_and_plots(seen: Browsing) -> None:
    seen.open(f"{seen.address}/assets/observations/invoices?view=checks")
    expect(seen.page.get_by_text("Succeeded").first).to_be_visible()
    seen.page.get_by_text("values", exact=True).first.click()
    expect(seen.page.get_by_text("Failed").first).to_be_visible()
    seen.keep("checks")
    seen.open(f"{seen.address}/assets/observations/provider_x")
    expect(seen.page.get_by_text("Viime päivät").first).to_be_visible()
    seen.keep("feed")
    seen.page.get_by_text("Plots", exact=True).first.click()
    expect(seen.page.locator("canvas").first).to_be_visible()
    seen.keep("plots")


def choose(seen: Browsing, link: str, days: str, how_many: str, button: str) -> Locator:
    """Opens a page that chooses feeds and days, and the dialog with them; its button."""
    seen.open(link)
    seen.page.get_by_role("button", name="Materialize all").last.click()
    expect(seen.page.get_by_text(how_many, exact=True).first).to_be_visible()
    launch = seen.page.get_by_role("button", name=button)
    expect(launch).to_be_visible()
    assert days in [field.input_value() for field in seen.page.get_by_role("textbox").all()]
    return launch


def launch_the_backfill(seen: Browsing, home: Home) -> None:  # noqa: F811
    """The link of the workbook chooses the corrected day, that of a range its three days: then the two clicks."""
    assert wait_until(lambda: bool(list(home.outbox.glob("correction-*.xlsx")))), "nothing was proposed"
    [workbook] = home.outbox.glob("correction-*.xlsx")
    choose(seen, links(workbook)[0], "2026-11-05", "1 partition", "Launch 1 run")
    range_of_days = f"{seen.address}{backfill(['inquiry_list'], DAYS)}"
    launch = choose(seen, range_of_days, "[2026-11-04...2026-11-06]", "3 partitions", "Launch backfill")
    seen.keep("backfill")
    launch.click()


def wait_until(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 3 * PATIENCE_SECONDS
    while not is_so() and time.monotonic() < until:
        time.sleep(1)
    return is_so()


def test_the_stewards_day_in_a_browser(home: Home, browsing: Browsing) -> None:  # noqa: F811
    name, text = correction()
    (home.path / LIST).mkdir(parents=True)
    (home.path / LIST / name).write_text(text, encoding="utf-8")
    before = in_the_register(home)
    look_at_the_morning(browsing)
    decide_by_the_link(browsing, home)
    look_at_checks_and_plots(browsing)
    launch_the_backfill(browsing, home)
    wait_until(lambda: "Uusi Ihminen" in in_the_register(home))
    after = in_the_register(home)
    assert ("Uusi Ihminen" in before, "Uusi Ihminen" in after) == (False, True)
    assert ("Eeri Nieminen" in after, "Olli Paana" in after) == (True, False)
    browsing.open(f"{browsing.address}/runs")
    expect(browsing.page.get_by_text("odottaa:").first).to_be_visible()
    expect(browsing.page.get_by_text("Started", exact=True)).to_have_count(0)
    browsing.note()
    assert browsing.hosts == {"127.0.0.1"}, "a request left the machine"
    steward = home.policy().people.steward  # nobody of the register
    on_pages = {value for value in personal(home) for page in browsing.read if value in page.replace(steward, "")}
    assert on_pages == set()
    assert {path.name for path in IMAGES.glob("*.png")} == browsing.pictures, "make screenshots"
