"""The page as an app: each view in both sizes and schemes, without a mouse, while Claw is away, and behind a prefix."""

import asyncio
import os
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect

from claw.base.action import Origin
from claw.channels.web.server import WebServer
from claw.channels.web.session import origin_of
from claw.gate.doing import tell
from tests.browsing import go
from tests.prefixed import under
from tests.seeing import walked, wrong_with
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, PHONE, Desk, looking, say

pytestmark = page_room.pytestmark

VIEWS = ("Talk", "House", "Waiting", "Log", "Routines", "Skills", "Memory", "Policy", "Health", "People")
MOST_BYTES = 150 * 1000
# Settles once nothing in the view has changed for a moment: what it asked for has come.
QUIET = """() => new Promise((done) => {
    let timer = setTimeout(done, 120);
    new MutationObserver(() => {
        clearTimeout(timer);
        timer = setTimeout(done, 120);
    }).observe(document.querySelector(".view.looked"), { childList: true, subtree: true });
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory, chromium: None) -> AsyncIterator[Desk]:
    del chromium
    async with looking(tmp_path_factory.mktemp("app")) as opened:
        yield opened


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def no_complaint(desk: Desk) -> AsyncIterator[None]:
    """Whatever a page complained about belongs to the test that caused it."""
    yield
    complaints, desk.complaints[:] = desk.complaints[:], []
    assert complaints == []


async def look_at(page: Page, view: str) -> None:
    await go(page, view)
    await expect(page.locator(".view.looked:not([aria-busy])")).to_have_count(1)
    await page.evaluate(QUIET)


async def test_every_view_can_be_read_reached_and_is_light(desk: Desk) -> None:
    found: list[str] = []
    async with desk.page(DESK) as page:
        sent = await bytes_of(page)
        await page.reload()
        await expect(page.locator("#pulse")).to_have_text("All is well")
        assert not {"page/log.js", "page/memory.js", "page/policy.js"} & set(sent)  # until somebody looks at them
        await say(page, "turn on the kitchen lights")
        await say(page, "unlock the front door")
        await expect(page.locator(".question")).to_be_visible()
        for size in (DESK, PHONE):
            await page.set_viewport_size(size)
            for view in VIEWS:
                await look_at(page, view)
                for scheme in ("light", "dark"):
                    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    found += [f"{view}, {size['width']}, {scheme}: {one}" for one in await wrong_with(page)]
                if "CLAW_SHOTS" in os.environ:  # twenty of them, for who wants to look
                    await desk.shot(page, f"{'phone' if size is PHONE else 'desk'}-view-{view.lower()}")
        assert found == []
        assert 20_000 < sum(sent.values()) <= MOST_BYTES, sent
        assert not [path for path in sent if "login" in path or path.endswith("sw.js")]
        await go(page, "Waiting")
        await page.get_by_role("button", name="No", exact=True).first.click()
        await expect(page.locator("#nothing")).to_be_visible()


async def bytes_of(page: Page) -> dict[str, int]:
    """Return a table that fills with what each file of the page takes on the wire, from now on."""
    wire = await page.context.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    names: dict[str, str] = {}
    sent: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda e: names.update({e["requestId"]: e["response"]["url"]}))

    def finished(event: dict[str, object]) -> None:
        path = names.get(str(event["requestId"]), "").split("/", 3)[-1]
        if not path.startswith("api/"):
            sent[path] = int(float(str(event["encodedDataLength"])))

    wire.on("Network.loadingFinished", finished)
    return sent


async def test_a_keyboard_alone_reaches_everything_and_shows_where_it_is(desk: Desk) -> None:
    async with desk.page(DESK) as page:
        reached, lost = await walked(page)
        assert lost == []
        text = "\n".join(reached)
        for wanted in ("a Skip to talking", "button#account", "button#stop", *VIEWS, "input#say", "button Send"):
            assert wanted in text
        assert re.search(r"button .*Kitchen.*Ceiling", text), text
        await page.locator("body").press("/")
        await expect(page.get_by_label("Say something to Claw")).to_be_focused()
        # "Back" goes to the view that was looked at before, also after an address was opened.
        await go(page, "Log")
        await go(page, "Memory")
        await page.go_back()
        await expect(page.locator(".view.looked")).to_have_attribute("data-is", "log")
        assert page.url.endswith("#log")


async def test_what_looks_at_the_page_sees_what_is_wrong(desk: Desk) -> None:
    async with desk.page(DESK) as page:
        await page.evaluate(
            """() => {
                const put = (tag, css, words, more = {}) => {
                    const made = document.createElement(tag);
                    for (const [name, value] of Object.entries(css)) made.style[name] = value;
                    for (const [name, value] of Object.entries(more)) made.setAttribute(name, value);
                    made.textContent = words;
                    document.querySelector("#thread").append(made);
                };
                put("p", { color: "#888", background: "#fff" }, "pale");
                put("p", { color: "#000", background: "#fff", opacity: "0.4" }, "faded");
                put("button", { width: "40px", height: "40px" }, "");
                put("button", { width: "20px", height: "20px", padding: "0" }, "x");
                put("p", {}, "again", { id: "stop" });
                put("input", {}, "", { "aria-labelledby": "nobody" });
            }"""
        )
        kinds = {re.split(r"[\d:]", one)[0].strip() for one in await wrong_with(page)}
        assert kinds >= {"contrast", "no name", "small", "twice", "points nowhere"}
        pale = [one for one in await wrong_with(page) if "contrast" in one]
        assert len(pale) == 2


async def test_the_page_works_behind_a_prefix(desk: Desk) -> None:
    async with under("/api/hassio_ingress/abc123", desk.daemon.web.port) as address:
        context = await desk.browser.new_context(viewport=PHONE)
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(address)
        await page.fill("#code", desk.daemon.clients.sign_in_code("anna"))
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#pulse")).to_have_text("All is well")
        await say(page, "turn on the kitchen lights")
        await expect(page.locator(".bubble[data-status]").last).to_contain_text("kitchen lights")
        for view in VIEWS:
            await look_at(page, view)
        await page.get_by_role("button", name="Anna", exact=True).click()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await expect(page).to_have_url(address + "login")
        assert [url for url in asked if not url.startswith(address)] == []
        await context.close()


async def test_each_act_has_its_own_way_back_and_what_is_being_done_is_said(desk: Desk) -> None:
    states = desk.daemon.mirror.states
    async with desk.page(PHONE) as page:
        for words in ("turn off the kitchen lights", "turn on the kitchen lights", "turn on the bedroom ceiling"):
            await say(page, words)
            await expect(page.locator(".bubble.typing")).to_have_count(0)
        undo = page.locator(".bubble", has_text="kitchen lights are on").get_by_role("button", name="undo")
        await undo.click()
        await expect(page.locator(".bubble").last).to_contain_text(re.compile("kitchen", re.IGNORECASE))
        await expect(undo).to_have_count(0)
        assert states["light.kitchen_ceiling"].value == "off"
        assert states["light.bedroom_ceiling"].value == "on"
        # A slow turn says what it is at, to the page that asked and to no other.
        held = asyncio.Event()

        async def slow(route: Route) -> None:
            await held.wait()
            await route.continue_()

        await page.route("**/api/messages", slow)
        async with desk.page(DESK, person="ben") as other:
            await say(page, "is the back door locked?")
            with desk.daemon.desk.doings.turn():
                tell(origin_on(desk, "anna"), "thinks")
                await expect(page.locator(".doing")).to_contain_text(re.compile(r"\w{4}"))
            await expect(other.locator(".doing")).to_have_count(0)
        held.set()
        await expect(page.locator(".doing")).to_have_count(0)


def origin_on(desk: Desk, person: str) -> Origin:
    newest = [one for one in desk.daemon.clients.all() if one.person == person][-1]
    return origin_of(newest)


async def test_the_red_button_works_while_the_stream_is_down_and_before_signing_in(desk: Desk) -> None:
    async with desk.page(PHONE) as page:
        await page.route("**/api/events", lambda route: route.abort())
        await page.reload()
        await expect(page.locator(".banner")).to_contain_text("lost touch")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#stopped")).to_contain_text("Nothing moves")
        assert desk.daemon.stop.engaged
        await page.get_by_label("To reset, say why").fill("I looked")
        await page.get_by_role("button", name="Let Claw move again").click()
        await expect(page.locator("#stopped")).to_be_hidden()
        # Somebody who is not signed in is told at once that nothing was stopped, and what would.
        await page.context.clear_cookies()
        await page.goto(desk.daemon.web.address)
        await expect(page.get_by_label("Sign-in code", exact=False)).to_be_visible()
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_role("alert").first).to_contain_text("NOT STOPPED: Nobody is signed in")
        assert not desk.daemon.stop.engaged
        assert await wrong_with(page) == []
    desk.complaints.clear()  # the aborted stream and the refused stop, which the browser reports


async def test_the_red_button_needs_no_other_part_of_the_page(desk: Desk) -> None:
    async with desk.page(PHONE) as page:
        # A sheet lies over everything: it brings the button along.
        await page.get_by_role("button", name="Anna", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="Stop").click()
        await expect(page.locator("#stopped")).to_contain_text("Nothing moves")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert desk.daemon.stop.engaged
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert await wrong_with(page) == []
        await page.get_by_label("To reset, say why").fill("I looked")
        await page.get_by_role("button", name="Let Claw move again").click()
        await expect(page.locator("#stopped")).to_be_hidden()
        await page.route("**/page/talk.js", lambda route: route.abort())  # and so main.js does not run
        await page.reload()
        await expect(page.locator("#pulse")).to_have_text("Connecting")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.get_by_role("alert").first).to_have_text("Stopped. Nothing moves.")
        assert desk.daemon.stop.engaged
        await page.unroute("**/page/talk.js")
        await page.reload()
        await page.get_by_label("To reset, say why").fill("I looked")
        await page.get_by_role("button", name="Let Claw move again").click()
        await expect(page.locator("#stopped")).to_be_hidden()
    desk.complaints.clear()  # the aborted file, which the browser reports


async def test_what_is_not_safe_about_the_connection_stands_on_every_view(desk: Desk) -> None:
    async with desk.page(PHONE) as page:

        async def warning(route: Route) -> None:
            answer = await route.fetch()
            await route.fulfill(json={**await answer.json(), "warnings": ["Not encrypted <b>x</b>"]})

        await page.route(re.compile("/api/(session|door)$"), warning)
        await page.reload()
        warned = page.locator(".banner[data-tone=alarm]")
        for view in ("Talk", "Log"):
            await go(page, view)
            await expect(warned).to_have_text("Not encrypted <b>x</b>")
        await page.unroute(re.compile("/api/(session|door)$"))
        await page.reload()
        await expect(page.locator("#pulse")).to_have_text("All is well")
        await expect(page.locator(".banner")).to_have_count(0)
        await page.route(re.compile("/api/(session|door)$"), warning)
        await page.context.clear_cookies()
        await page.goto(desk.daemon.web.address)
        await expect(warned).to_have_text("Not encrypted <b>x</b>")


async def test_the_page_opens_while_claw_is_away_and_keeps_nothing_of_the_house(desk: Desk) -> None:
    context_page = desk.page(PHONE)
    async with context_page as page:
        await page.clock.install()
        await page.reload()
        await expect(page.locator("#pulse")).to_have_text("All is well")
        await page.clock.fast_forward(3100)
        await page.evaluate("navigator.serviceWorker.ready")
        wire = await page.context.new_cdp_session(page)
        told = (await wire.send("Page.getInstallabilityErrors"))["installabilityErrors"]
        assert [one for one in told if one["errorId"] != "in-incognito"] == []
        await page.reload()  # now through what keeps the page
        await expect(page.locator("#pulse")).to_have_text("All is well")
        kept = await page.evaluate(
            "async () => (await (await caches.open('claw-page')).keys()).map(({ url }) => new URL(url).pathname)"
        )
        assert "/" in kept
        assert "/page/main.js" in kept
        assert [path for path in kept if path != "/" and not path.startswith("/page/")] == []
        port = desk.daemon.web.port
        await desk.daemon.web.close()
        await page.reload()
        await page.clock.fast_forward(3000)
        await expect(page.locator(".banner", has_text="lost touch")).to_be_visible()
        await expect(page.locator("#house")).not_to_contain_text("Kitchen")
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator(".banner[data-tone=alarm]")).to_contain_text("NOT STOPPED")
        assert not desk.daemon.stop.engaged
        again = WebServer(desk.daemon.desk, desk.daemon.clients, desk.daemon.clock, desk.daemon.clock, port=port)
        await again.start()
        try:
            await page.clock.fast_forward(31_000)
            await expect(page.locator("#pulse")).to_have_text("All is well")
            await page.context.set_offline(True)
            await expect(page.locator(".banner", has_text="device is offline")).to_be_visible()
            await page.context.set_offline(False)
            await expect(page.locator(".banner", has_text="device is offline")).to_have_count(0)
        finally:
            await page.context.close()
            await again.close()
    desk.complaints.clear()  # the refused connections, which the browser reports
