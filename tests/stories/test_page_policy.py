"""The policy, how Claw is doing and further back in the log, in a real browser; one person works on a draft."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import Page, expect

from claw.house.backend import Link
from tests.browsing import go
from tests.living import OWNER
from tests.seeing import wrong_with
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, PHONE, Desk, looking, say
from tests.viewing import judged_here, views_of

pytestmark = page_room.pytestmark

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - id: unlock # \u202eallow\u202c
    confirm: lock.unlock
    ask: {roles: [owner, adult], channels: [web]}
tests:
  - {action: light.turn_on, entities: light.porch, expect: allow}
"""


async def test_a_draft_is_written_tried_replayed_and_changes_nothing(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk:
        judged_here(desk.daemon)
        async with desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
            await say(phone, "turn on the kitchen counter light")
            await expect(phone.locator('.bubble[data-status="done"]')).to_be_visible()
            await the_policy_is_read(desk, phone)
            await a_case_is_tried(desk, phone)
            await a_draft_is_checked(desk, phone)
            await a_draft_is_kept_and_replayed(desk, phone)
        assert desk.daemon.reloading.path.read_text() == POLICY
        async with desk.page(PHONE, person="carl") as child:
            await go(child, "Policy")
            await expect(child.locator(".view.policy")).to_contain_text("for the adults of this household")
            assert "unlock" not in await child.locator(".view.policy").inner_text()


async def the_policy_is_read(desk: Desk, phone: Page) -> None:
    await go(phone, "Policy")
    await expect(phone.locator(".code li")).to_have_count(POLICY.count("\n"))
    await phone.get_by_label("Go to a rule").select_option(label="5: unlock (asks first)")
    line = phone.locator(".code .here")
    await expect(line).to_have_attribute("data-effect", "confirm")
    await expect(line).to_contain_text("⟦202e⟧allow⟦202c⟧")
    assert await wrong_with(phone) == []
    await desk.shot(phone, "phone-policy")


async def a_case_is_tried(desk: Desk, phone: Page) -> None:
    await phone.get_by_role("button", name="Try a case").click()
    await phone.get_by_label("Action").fill("lock.unlock")
    await phone.locator(".case [name=entity]").fill("lock.front_door")
    await phone.get_by_label("Who, signed in").fill("anna")
    await phone.get_by_role("button", name="What would happen?").click()
    verdict = phone.locator(".verdict")
    await expect(verdict).to_have_attribute("data-effect", "confirm")
    await expect(verdict).to_contain_text("owner or adult, through web")
    assert await wrong_with(phone) == []
    await desk.shot(phone, "phone-policy-case")
    await verdict.get_by_role("button", name="unlock, line 5").click()
    await expect(phone.locator(".code .here")).to_contain_text("unlock")


async def a_draft_is_checked(desk: Desk, phone: Page) -> None:
    await phone.get_by_role("button", name="Drafts").click()
    await expect(phone.locator(".view.policy")).to_contain_text("claw policy apply FILE")
    await phone.get_by_role("button", name="New draft").click()
    area = phone.get_by_label("The draft", exact=True)
    assert await area.input_value() == POLICY, "as it is written, what hides in it too"
    await area.fill(POLICY.replace("confirm: lock.unlock", "confirm: lock.unluck"))
    await phone.get_by_role("button", name="Check and test").click()
    said = phone.locator(".policy-body .came-of-it")
    await expect(said).to_contain_text("lock.unluck")
    await said.get_by_role("button", name="Line 6").click()
    assert (
        await area.evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)")
        == "    confirm: lock.unluck"
    )
    await area.fill(
        POLICY.replace("[web]", "[web, phone]")
        .replace("light.*", "light.turn_off")
        .replace("porch, expect: allow", "porch, expect: deny")
    )
    await phone.get_by_role("button", name="Check and test").click()
    await expect(said).to_contain_text("all 1 tests hold")
    await expect(phone.locator(".part summary", has_text="differences")).to_be_visible()
    assert await wrong_with(phone) == []
    await desk.shot(phone, "phone-policy-draft")


async def a_draft_is_kept_and_replayed(desk: Desk, phone: Page) -> None:
    await phone.get_by_role("button", name="Replay").click()
    await expect(phone.locator(".policy-body .came-of-it")).to_contain_text("1 would have been decided otherwise")
    row = phone.locator(".policy-body .figures tbody tr")
    await expect(row).to_contain_text("light.turn_on")
    await expect(row).to_contain_text("deny")
    await row.get_by_role("button").click()
    await expect(phone.locator("#sheet-body")).to_contain_text("turn on the kitchen counter light")
    await phone.get_by_role("button", name="Close", exact=True).click()
    await phone.get_by_label("Name of the draft").fill("Darker")
    await phone.get_by_role("button", name="Save").click()
    await expect(phone.locator(".policy-body .came-of-it")).to_contain_text("changes nothing")
    async with phone.expect_download() as coming:
        await phone.get_by_role("button", name="Download").click()
    download = await coming.value
    assert download.suggested_filename == "Darker.yaml"
    assert "light.turn_off" in await asyncio.to_thread(Path(await download.path()).read_text)
    await phone.get_by_role("button", name="All drafts").click()
    await phone.get_by_role("button", name=re.compile("^Darker")).click()
    await expect(phone.get_by_label("The draft", exact=True)).to_have_value(re.compile("light.turn_off"))
    phone.once("dialog", lambda dialog: dialog.accept())
    await phone.get_by_role("button", name="Delete").click()
    await expect(phone.locator(".view.policy")).to_contain_text("You have no drafts.")


async def test_the_log_is_searched_and_how_it_goes_is_drawn(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk:
        views = views_of(desk.daemon)
        await desk.daemon.desk.say("turn on the kitchen counter light", OWNER)
        await desk.daemon.desk.say("unlock the front door", OWNER)
        await desk.daemon.audit.append(
            "drill", {"ok": True, "trips": 5, "workers_dead_ms_p99": 4.2, "workers_alive": 0}
        )
        views.health.linked(Link("lost", "no answer"))
        views.health.linked(Link("ready"))
        async with desk.page(DESK) as page:
            await go(page, "Log")
            await expect(page.locator(".lane", has_text="Acts")).to_contain_text("1")
            await page.get_by_text("Find in the log").click()
            await page.get_by_label("Words").fill("kitchen counter")
            await page.get_by_role("button", name="Find", exact=True).click()
            await expect(page.locator("#entries .entry")).to_have_count(1)
            await expect(page.locator("#entries .badge")).to_have_text("Done")
            await desk.daemon.desk.say("turn off the kitchen counter light", OWNER)
            await expect(page.locator("#entries .entry")).to_have_count(1)  # what is new is not what was looked for
            assert await wrong_with(page) == []
            await desk.shot(page, "desk-log-found")
            await page.get_by_role("button", name="Newest again").click()
            await expect(page.locator("#entries .entry", has_text="Kitchen").first).to_be_visible()
            await page.get_by_role("button", name="Log holds").click()
            await expect(page.locator("#sheet-body")).to_contain_text("claw log verify")
            await page.get_by_role("button", name="Close", exact=True).click()
            await go(page, "Health")
            for words in ("How long a turn takes", "No model is configured", "All 1 held", "Linked"):
                await expect(page.locator(".view.health")).to_contain_text(words)
            await page.locator(".plot", has_text="How long a turn takes").get_by_text("As a table").click()
            await expect(page.locator(".figures tr", has_text="All of it")).to_contain_text("ms")
            assert await wrong_with(page) == []
            await desk.shot(page, "desk-health")
