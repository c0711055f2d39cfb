"""The page in a real browser: what a person sees and does, on a phone and at a desk."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, BrowserContext, Page, expect

from claw.base.action import Origin
from claw.channels.web.server import WebServer
from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER
from claw.house.backend import Link
from claw.house.model import Change, State
from tests.browsing import CHROMIUM, PATIENCE_MS, browser_of_this_run, go
from tests.living import living

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web]}}
"""
HOSTILE = "<img src=x onerror=document.title='owned'>\u202eevil\u202c"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # the browser's own, which lives as long as the process of tests
    pytest.mark.usefixtures("chromium"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"NO BROWSER at {CHROMIUM}: the page was not looked at"),
]


@dataclass
class Desk:
    """A browser in front of a running daemon; ``complaints`` holds whatever its pages complained about."""

    daemon: Daemon
    browser: Browser
    shots: Path
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def page(self, size: dict[str, int], person: str = "anna", **more: object) -> AsyncIterator[Page]:
        """Give a page of this size in a browser in which ``person`` has signed in."""
        context: BrowserContext = await self.browser.new_context(viewport=size, **more)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        await self.sign_in(page, person, self.daemon.web.address)
        await expect(page.locator("#pulse")).to_have_text(re.compile("All is well|Stopped"))
        yield page
        await context.close()

    async def sign_in(self, page: Page, person: str, address: str) -> None:
        """Open the page with the cookie of a session: typing a code is a page more, and has tests of its own."""
        _, secret = self.daemon.clients.sign_in(self.daemon.clients.sign_in_code(person), "a browser")
        cookie = {"name": f"claw_{self.daemon.web.port}", "value": secret, "url": address}
        await page.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Strict"}])  # type: ignore[typeddict-item]
        await page.goto(address)

    async def shot(self, page: Page, name: str) -> None:
        """Take a picture for who wants to look at it: each takes a browser as long as drawing the page twice."""
        if "CLAW_SHOTS" not in os.environ:
            return
        await page.evaluate("document.fonts.ready")
        await page.screenshot(path=self.shots / f"{name}.png", animations="disabled")
        assert (self.shots / f"{name}.png").stat().st_size > 10_000


@asynccontextmanager
async def looking(folder: Path, house: Path = FOLDER / "house.yaml", policy: str = POLICY) -> AsyncIterator[Desk]:
    shots = Path(os.environ.get("CLAW_SHOTS", folder))
    async with living(folder, policy, house) as daemon:
        await daemon.web.start()
        desk = Desk(daemon, await browser_of_this_run(), shots)
        try:
            yield desk
        finally:
            for context in desk.browser.contexts:
                await context.close()
        assert desk.complaints == []


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Say something to Claw").fill(text)
    await page.keyboard.press("Enter")


async def test_a_day_with_the_page(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        await desk.shot(phone, "phone-welcome")
        async with desk.page(DESK) as screen:
            await the_lights_follow(desk, phone, screen)
            await the_door_waits(desk, phone, screen)
            await the_button_stops(desk, phone, screen)
            await the_log_tells(desk, phone)


async def the_lights_follow(desk: Desk, phone: Page, screen: Page) -> None:
    tile = screen.locator('[data-entity="light.kitchen_ceiling"]')
    await expect(tile).to_have_attribute("aria-checked", "false")
    await say(phone, "turn on the kitchen lights")
    await expect(phone.locator('.bubble[data-status="done"]')).to_contain_text("kitchen lights")
    await expect(tile).to_have_attribute("aria-checked", "true")
    await tile.click()
    await expect(tile).to_have_attribute("aria-checked", "false")
    assert desk.daemon.mirror.states["light.kitchen_ceiling"].value == "off"
    await go(phone, "House")
    await expect(phone.locator('[data-entity="light.kitchen_counter"]')).to_have_attribute("aria-checked", "true")
    await desk.shot(phone, "phone-rooms")
    await go(phone, "Talk")


async def the_door_waits(desk: Desk, phone: Page, screen: Page) -> None:
    await say(phone, "unlock the front door")
    for page in (phone, screen):
        card = page.locator(".question")
        await expect(card).to_contain_text("locked")
        await expect(card).to_contain_text("Anna asked on the page")
        await expect(card.get_by_role("timer")).to_have_text(re.compile(r"\d+ (s|min) left"))
    await desk.shot(phone, "phone-question")
    await desk.shot(screen, "desk-question")
    assert desk.daemon.mirror.states["lock.front_door"].value == "locked"
    await screen.get_by_role("button", name="Yes, do it").click()
    await expect(screen.locator('[data-entity="lock.front_door"]')).to_contain_text("Unlocked")
    for page in (phone, screen):
        await expect(page.locator(".question")).to_have_count(0)
    await say(phone, "unlock the garden gate")
    await phone.get_by_role("button", name="No", exact=True).click()
    await expect(phone.locator(".question")).to_have_count(0)
    assert desk.daemon.mirror.states["lock.garden_gate"].value == "locked"


async def the_button_stops(desk: Desk, phone: Page, screen: Page) -> None:
    await phone.get_by_role("button", name="Stop").click()
    for page in (phone, screen):
        await expect(page.locator("#stopped")).to_contain_text("Nothing moves")
        await expect(page.locator("#stopped")).to_contain_text("safety routines are held too")
        await expect(page).to_have_title("STOPPED · Claw")
    assert desk.daemon.stop.engaged
    await say(phone, "turn off the kitchen lights")
    await expect(phone.locator('.bubble[data-status="stopped"]')).to_be_visible()
    await desk.shot(phone, "phone-stopped")
    await desk.shot(screen, "desk-stopped")
    await screen.get_by_label("To reset, say why").fill("I looked and it is safe")
    await screen.get_by_role("button", name="Let Claw move again").click()
    for page in (phone, screen):
        await expect(page.locator("#stopped")).to_be_hidden()
    assert not desk.daemon.stop.engaged


async def the_log_tells(desk: Desk, phone: Page) -> None:
    await desk.daemon.audit.append("checkpoint", {"note": "claw/0 1 AA=", "reason": "schedule"})
    await go(phone, "Log")
    await expect(phone.locator("#verified")).to_contain_text("Log holds")
    reset = phone.locator(".entry", has_text="The stop was lifted: I looked and it is safe")
    await expect(reset).to_have_count(1)
    await expect(phone.locator(".entry", has_text="The log was signed").first).to_be_visible()
    await desk.shot(phone, "phone-log")
    await phone.locator(".entry", has_text="Front Door → unlocked").first.get_by_role("button").click()
    await expect(phone.get_by_role("dialog")).to_contain_text("unlock the front door")
    await phone.keyboard.press("Escape")
    await expect(phone.get_by_role("dialog")).to_have_count(0)


async def test_a_stop_of_the_console_cannot_be_lifted_on_the_page(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(DESK) as page:
        desk.daemon.stop.engage("somebody pulled the plug", Origin("signal"))
        await expect(page.locator("#stopped")).to_contain_text("claw reset")
        await expect(page.get_by_label("To reset, say why")).to_have_count(0)


async def test_a_child_can_stop_and_is_told_who_may_reset(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE, person="carl") as page:
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#stopped")).to_contain_text("An adult of the household can lift this stop")
        await go(page, "Log")
        await expect(page.locator("#entries")).to_contain_text("may not read the log")


async def test_a_stop_that_did_not_get_through_is_not_shown_as_one(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        await page.route("**/api/stop", lambda route: route.abort())
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator(".banner[data-tone=alarm]")).to_contain_text("NOT STOPPED")
        await expect(page.locator("#stopped")).to_be_hidden()
        await page.unroute("**/api/stop")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#stopped")).to_be_visible()
        await expect(page.locator(".banner[data-tone=alarm]")).to_have_count(0)
        desk.complaints.clear()  # the aborted request, which the browser reports


async def test_the_page_says_when_the_house_is_out_of_reach(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        await expect(page.locator(".glance")).to_contain_text("Everything is locked")
        desk.daemon.mirror.linked(Link("lost", "no route"))
        await expect(page.locator(".banner")).to_contain_text("I cannot reach the house")
        await expect(page.locator(".glance li")).to_have_count(0)
        await desk.shot(page, "phone-unreachable")
        desk.daemon.mirror.linked(Link("ready"))
        await expect(page.locator(".banner")).to_have_count(0)
        await expect(page.locator(".glance")).to_contain_text("Everything is locked")


async def test_a_lock_that_does_not_answer_is_not_called_locked(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        await expect(page.locator(".glance")).to_contain_text("Everything is locked")
        desk.daemon.mirror.changed([Change("lock.front_door", State("unavailable"))])
        await expect(page.locator(".glance")).not_to_contain_text("Everything is locked")


async def test_the_page_finds_back_after_claw_was_away(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        port = desk.daemon.web.port
        await desk.daemon.web.close()
        await expect(page.locator(".banner")).to_contain_text("lost touch")
        await say(page, "turn on the kitchen lights")
        await expect(page.locator('.bubble[data-status="failed"]')).to_contain_text("does not answer")
        again = WebServer(desk.daemon.desk, desk.daemon.clients, desk.daemon.clock, desk.daemon.clock, port=port)
        await again.start()
        await expect(page.locator("#pulse")).to_have_text("All is well", timeout=15_000)
        await say(page, "turn on the kitchen lights")
        await expect(page.locator('.bubble[data-status="done"]')).to_be_visible()
        desk.complaints.clear()  # the refused connections, which the browser reports
        await again.close()


async def test_a_tab_that_nobody_looks_at_gives_its_connection_back(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE) as page:
        streams = desk.daemon.web._web._streams._open
        assert len(streams) == 1
        await page.clock.install()
        await look(page, "hidden")
        await page.clock.fast_forward(31_000)
        for _ in range(100):
            if not streams:
                break
            await asyncio.sleep(0.02)
        assert not streams
        await desk.daemon.desk.stop("while nobody looked", Origin("web", "anna", authenticated=True))
        await look(page, "visible")
        await expect(page.locator("#stopped")).to_contain_text("while nobody looked")


async def look(page: Page, state: str) -> None:
    """Make the page believe that its tab is hidden or shown."""
    await page.evaluate(
        """(state) => {
            Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


async def test_hostile_names_stay_text(tmp_path: Path) -> None:
    furnished = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    for row in (*furnished["areas"], *furnished["floors"], *furnished["entities"]):
        row["name"] = f"{HOSTILE} {row.get('id') or row.get('entity_id')}"
        row.pop("aliases", None)
    for row in furnished["entities"]:
        if row["entity_id"] == "media_player.kitchen_speaker":
            row["attributes"]["media_title"] = HOSTILE
    house = tmp_path / "house.yaml"
    house.write_text(yaml.safe_dump(furnished), encoding="utf-8")
    async with looking(tmp_path, house) as desk, desk.page(DESK) as page:
        await expect(page.locator(".tile").first).to_contain_text("<img src=x")
        await page.locator(".tile").first.click()
        await say(page, HOSTILE)
        await expect(page.locator(".bubble:not(.mine):not(.typing)")).to_be_visible()
        await go(page, "Log")
        await expect(page.locator(".entry").first).to_be_visible()
        await asyncio.sleep(0.2)
        assert await page.title() == "Claw"
        assert await page.locator("#house img, #thread img, #entries img").count() == 0
        assert "\u202e" not in await page.locator("#house").inner_text()


async def test_a_wrong_code_is_said_and_a_right_one_still_works(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk:
        page = await desk.browser.new_page(viewport=PHONE)
        await page.goto(desk.daemon.web.address)
        await page.fill("#code", "2222 2222")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not valid")
        await desk.shot(page, "phone-wrong-code")
        await page.fill("#code", desk.daemon.clients.sign_in_code("anna"))
        await page.keyboard.press("Enter")
        await expect(page.locator("#pulse")).to_have_text("All is well")
        await page.get_by_role("button", name="Anna").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page).to_have_url(re.compile(r"/login$"))


async def test_everything_is_reached_with_the_keyboard(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(DESK) as page:
        await page.keyboard.press("/")
        await expect(page.get_by_label("Say something to Claw")).to_be_focused()
        unnamed = await page.evaluate(
            """() => [...document.querySelectorAll("button, input, a[href]")]
                .filter((one) => !one.closest("[hidden], dialog:not([open])"))
                .filter((one) => !(one.textContent.trim() || one.getAttribute("aria-label") || one.labels?.length))
                .map((one) => one.outerHTML)"""
        )
        assert unnamed == []
        tile = page.get_by_role("switch", name="Kitchen Ceiling")
        await tile.focus()
        await page.keyboard.press("Space")
        await expect(tile).to_have_attribute("aria-checked", "true")
