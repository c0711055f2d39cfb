"""A household from its first minute: the first account on the page, somebody let in, and somebody shut out."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, Page, expect

from claw.daemon.build import Daemon, build
from claw.daemon.demo import FOLDER
from claw.policy.people import Person
from tests.browsing import CHROMIUM, PATIENCE_MS, browser_of_this_run
from tests.living import config
from tests.seeing import wrong_with
from tests.serving import admission_of
from tests.talking import local

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # the browser's own, which lives as long as the process of tests
    pytest.mark.usefixtures("chromium"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NO BROWSER at {CHROMIUM}: the page was not looked at"),
]

POLICY = """\
version: 1
rules:
  - {id: lights, allow: "light.*", who: {role: [owner, adult]}}
"""
PASSWORD = "copper walks sideways"
PHONE = {"width": 390, "height": 844}


def nobodys_house(folder: Path) -> Path:
    """Return a house file that names nobody."""
    house = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    house["people"] = []
    house["entities"] = [one for one in house["entities"] if not one["entity_id"].startswith("person.")]
    path = folder / "nobody.yaml"
    path.write_text(yaml.safe_dump(house), encoding="utf-8")
    return path


async def fresh(browser: Browser, address: str, complaints: list[str]) -> Page:
    """Return a page of a browser that nobody has signed in with."""
    context = await browser.new_context(viewport=PHONE)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(address)
    return page


async def open_people(page: Page) -> None:
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("button", name="People").click()


@asynccontextmanager
async def nobodys(folder: Path) -> AsyncIterator[Daemon]:
    """Give a daemon that serves its page, in a house where nobody is known."""
    settings = config(folder, POLICY, nobodys_house(folder)).model_copy(update={"people": ()})
    async with AsyncExitStack() as rooms:
        daemon = await build(settings, folder / "state", rooms)
        daemon.socket._ours = lambda _pid, _uid: False
        admission_of(daemon)
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(5)
        await daemon.socket.start()
        await daemon.web.start()
        yield daemon


async def make_first_account(page: Page, daemon: Daemon) -> None:
    await expect(page.get_by_text("Nobody is known here yet")).to_be_visible()
    await page.get_by_label("The code that Claw printed").fill("wrng-wrng")
    await page.get_by_role("textbox", name="Your name").fill("Anna")
    await page.get_by_role("button", name="Make my account").click()
    await expect(page.get_by_role("alert").filter(has_text="not valid")).to_be_visible()
    assert list(daemon.people) == []
    await page.get_by_label("The code that Claw printed").fill(admission_of(daemon).entering.first_code().lower())
    await page.locator("#first-password").fill(PASSWORD)
    await page.get_by_role("button", name="Make my account").click()
    await expect(page.locator("#account")).to_have_text("Anna")
    assert list(daemon.people) == [Person("anna", "Anna", "owner")]


async def let_ben_in(anna: Page) -> str:
    """Let Ben in on the page of an owner, and return the code that it shows."""
    await open_people(anna)
    await anna.get_by_label("Name", exact=True).fill("Ben")
    await anna.get_by_role("button", name="Let in, with a code").click()
    code = await anna.locator(".one-code").inner_text()
    await anna.get_by_role("button", name="Close").click()
    await expect(anna.locator(".folk-row strong").filter(has_text="Ben")).to_be_visible()
    return code


async def look_around(ben: Page, code: str) -> None:
    """Sign in as somebody who is no owner, and see what is there for them."""
    await expect(ben).to_have_url(re.compile("/login$"))
    await ben.get_by_label("Sign-in code, eight characters").fill(code)
    await ben.get_by_role("button", name="Sign in").click()
    await expect(ben.locator("#account")).to_have_text("Ben")
    await open_people(ben)
    await expect(ben.get_by_text("Your password")).to_be_visible()
    assert await ben.locator(".folk-row button", has_text="Shut out").count() == 0
    await ben.get_by_label("Ten characters or more").fill("abcdefghij")
    await ben.get_by_role("button", name="Set it").click()
    await expect(ben.get_by_role("alert").filter(has_text="easily guessed")).to_be_visible()


async def shut_ben_out(anna: Page, ben: Page) -> None:
    await anna.get_by_role("button", name="Shut Ben out").click()
    await anna.get_by_role("button", name="Shut out now").click()
    await expect(anna.locator("#sheet").get_by_text("1 browsers and programs")).to_be_visible()
    await expect(ben).to_have_url(re.compile("/login$"))
    await anna.get_by_role("button", name="Close").click()
    await anna.get_by_role("button", name="Let in again").click()
    await expect(anna.get_by_role("button", name="Shut Ben out")).to_be_visible()


async def leave_and_come_back(anna: Page) -> None:
    await anna.locator("#account").click()
    await anna.get_by_role("button", name="Sign out", exact=True).last.click()
    await expect(anna).to_have_url(re.compile("/login$"))
    await anna.get_by_role("button", name="Use a password").click()
    await anna.get_by_role("textbox", name="Your name").fill("anna")
    await anna.locator("#password").fill(PASSWORD)
    await anna.get_by_role("button", name="Sign in").click()
    await expect(anna.locator("#account")).to_have_text("Anna")


async def test_a_household_from_its_first_minute(tmp_path: Path) -> None:
    found: list[str] = []
    browser = await browser_of_this_run()
    async with nobodys(tmp_path) as daemon:
        anna = await fresh(browser, daemon.web.address, found)
        await expect(anna.locator("#first")).to_be_visible()
        found += await wrong_with(anna)
        await make_first_account(anna, daemon)
        code = await let_ben_in(anna)
        found += await wrong_with(anna)
        ben = await fresh(browser, daemon.web.address, found)
        await look_around(ben, code)
        await shut_ben_out(anna, ben)
        await leave_and_come_back(anna)
        async with local(tmp_path / "state") as console:
            assert [one["id"] for one in await console.ask("people")] == ["anna", "ben"]
        for context in browser.contexts:
            await context.close()
    assert found == []
