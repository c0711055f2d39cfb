"""What is remembered, on the page in a real browser: told, found, put right, forgotten, each for who may hear."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, expect

from claw.memory.model import HOUSEHOLD, Fact, Told
from tests.browsing import go
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, HOSTILE, PHONE, looking

pytestmark = page_room.pytestmark

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - {id: keep, allow: [claw.remember, claw.forget], who: {role: [owner, adult, child]}}
"""
SMALL = {"width": 320, "height": 640}


@asynccontextmanager
async def remembering(folder: Path) -> AsyncIterator[page_room.Desk]:
    """Give a browser before a daemon whose rules let those who live here remember and forget."""
    async with looking(folder, policy=POLICY) as desk:
        yield desk


async def memory_of(page: Page) -> None:
    await go(page, "Memory")
    await expect(page.locator("#memories")).to_contain_text("Leave to learn")


async def tell(page: Page, text: str, *, only_me: bool = False) -> None:
    await page.get_by_label("Something to remember").fill(text)
    if only_me:
        await page.get_by_label("Only for me").check()
    await page.get_by_role("button", name="Remember this").click()


async def test_a_fact_is_told_explained_put_right_and_forgotten(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        await memory_of(phone)
        await tell(phone, "Ben is allergic to nuts")
        await expect(phone.locator("#remember [role=status]")).to_contain_text("Ben is allergic to nuts")
        row = phone.locator(".memory-row", has_text="Ben is allergic to nuts")
        await expect(row).to_have_count(1)
        await desk.shot(phone, "phone-memory")
        await row.click()
        sheet = phone.locator("#sheet")
        await expect(sheet).to_contain_text("An owner said so (Anna)")
        await desk.shot(phone, "phone-memory-why")
        await sheet.get_by_role("button", name="That is wrong").click()
        await sheet.get_by_label("How it really is").fill("Ben is allergic to milk")
        await sheet.get_by_role("button", name="Put it right").click()
        await expect(sheet.locator(".came-of-it")).to_contain_text("Ben is allergic to milk")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await expect(row).to_have_count(0)
        await phone.locator(".memory-row", has_text="Ben is allergic to milk").click()
        await sheet.get_by_role("button", name="Forget it").click()
        await desk.shot(phone, "phone-memory-sure")
        await expect(sheet.get_by_role("button", name="Yes, forget it")).to_be_focused()
        await sheet.get_by_role("button", name="Yes, forget it").click()
        await expect(sheet.locator(".came-of-it")).to_contain_text("ackup")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await expect(phone.locator("#memories")).to_contain_text("I remember nothing that you may hear.")


async def test_what_is_for_one_alone_is_on_no_other_page(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(DESK, person="ben") as his, desk.page(DESK) as hers:
        await memory_of(his)
        await tell(his, "I am afraid of spiders", only_me=True)
        await expect(his.locator(".memory-row")).to_contain_text("Ben alone")
        await memory_of(hers)
        await expect(hers.locator("#memories")).to_contain_text("I remember nothing that you may hear.")
        await hers.get_by_label("Search what I remember").fill("spiders")
        await expect(hers.locator("#memories")).to_contain_text("I found nothing.")
        await his.get_by_label("Search what I remember").fill("spiders")
        await expect(his.locator(".leave")).to_be_hidden()
        await expect(his.locator(".memory-list")).to_contain_text("afraid of spiders")
        await desk.shot(his, "desk-memory-search")


async def test_a_screen_on_the_wall_shows_nothing_of_what_the_household_knows(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(DESK) as hers, desk.page(SMALL, "screen:kitchen") as wall:
        await memory_of(hers)
        await tell(hers, "Ben is allergic to nuts")
        await expect(hers.locator(".memory-row")).to_have_count(1)
        await go(wall, "Memory")
        await expect(wall.locator("#memories")).to_contain_text("I remember nothing that you may hear.")
        await expect(wall.locator("#memories")).not_to_contain_text("Leave to learn")
        await wall.get_by_label("Search what I remember").fill("nuts")
        await expect(wall.locator("#memories")).to_contain_text("I found nothing.")
        await tell(wall, "the bins go out on Thursday")
        await expect(wall.locator("#remember [role=status]")).to_have_attribute("data-status", "refused")
        assert [one.fact.sentence for one in desk.daemon.memory.store.facts.active()] == ["Ben is allergic to nuts"]


async def test_a_secret_is_refused_with_the_reason_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(SMALL) as small:
        await memory_of(small)
        await tell(small, "the alarm code is 4711")
        said = small.locator("#remember [role=status]")
        await expect(said).to_have_attribute("data-status", "refused")
        await expect(said).not_to_contain_text("4711")
        await expect(small.get_by_label("Something to remember")).to_have_value("the alarm code is 4711")
        await desk.shot(small, "small-memory-refused")
        assert await small.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_proposal_waits_for_a_yes_and_hostile_text_is_only_text(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(PHONE) as phone:
        facts = desk.daemon.memory.store.facts
        heard = Told("external", "web", "anna", explicit=True, audit=1, taint=("a calendar <b>x</b>",))
        fact = Fact(
            "fact", "thing:boiler", "serviced by", HOSTILE, f"The boiler is serviced by {HOSTILE}", visibility=HOUSEHOLD
        )
        facts.keep(fact, heard, status="candidate")
        await memory_of(phone)
        card = phone.locator(".proposal")
        await expect(card).to_contain_text("Influenced by a calendar <b>x</b>")
        await desk.shot(phone, "phone-memory-proposal")
        assert await phone.title() == "Claw"
        await card.get_by_role("button", name="No", exact=True).click()
        await expect(phone.locator(".proposal")).to_have_count(0)
        await expect(phone.locator("#remember [role=status]")).to_have_text("I will not remember that.")
        assert not [one for one in facts.active() if one.fact.subject == "thing:boiler"]


async def test_a_yes_that_is_not_theirs_changes_nothing_and_says_why(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(PHONE, person="carl") as phone:
        facts = desk.daemon.memory.store.facts
        heard = Told("guest_told", "web", "anna", explicit=True, audit=1)
        fact = Fact("fact", "thing:boiler", "serviced by", "Meier", "The boiler is serviced by Meier")
        facts.keep(fact, heard, status="candidate")
        await memory_of(phone)
        card = phone.locator(".proposal")
        await card.get_by_role("button", name="Yes", exact=True).click()
        await expect(card.get_by_role("alert")).to_contain_text("a grown-up has to say yes")
        await expect(card.get_by_role("button", name="Yes", exact=True)).to_be_enabled()
        assert facts.active() == []


async def test_leave_to_learn_is_given_and_taken_back(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(DESK, person="ben") as screen:
        await memory_of(screen)
        habits = screen.get_by_role("switch", name="Learn my habits")
        await expect(habits).not_to_be_checked()
        await habits.check()
        await expect(habits).to_be_enabled()
        residents = desk.daemon.memory.store.residents
        assert residents.consent("ben").habits
        assert not residents.consent("anna").habits
        await desk.shot(screen, "desk-memory-leave")
        await expect(screen.locator("#memories")).not_to_contain_text("null")
        await habits.uncheck()
        await expect(habits).to_be_enabled()
        assert not residents.consent("ben").habits


async def test_what_may_be_seen_is_taken_along_as_a_file(tmp_path: Path) -> None:
    async with remembering(tmp_path) as desk, desk.page(DESK) as screen:
        await memory_of(screen)
        await tell(screen, "Ben is allergic to nuts")
        await expect(screen.locator(".memory-row")).to_have_count(1)
        async with screen.expect_download() as coming:
            await screen.get_by_role("link", name="Take along what you may see").click()
        download = await coming.value
        await download.save_as(tmp_path / "mine.json")
        assert "Ben is allergic to nuts" in (tmp_path / "mine.json").read_text(encoding="utf-8")
        assert download.suggested_filename == "claw-memory.json"
