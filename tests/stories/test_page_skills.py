"""Skills on the page in a real browser: what each may do, why it stands as it does, proved, accepted, turned off."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from claw.daemon.proving import Proofs
from claw.skills.model import Case, Report
from claw.skills.proof import Effort
from claw.skills.runs import SkillRun
from tests.browsing import go
from tests.living import OWNER
from tests.skill_folders import skill_files
from tests.skill_room import NOW, Room, desk_of
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, HOSTILE, PHONE, looking, say

pytestmark = page_room.pytestmark

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*", "media_player.*", "cover.close_cover"]}
  - {id: messages, allow: claw.notify}
  - {id: skills, allow: "claw.skill_*", who: {role: owner}}
  - {id: skills-off, allow: claw.skill_disable, who: {role: adult}}
"""
SMALL = {"width": 320, "height": 640}
CASE = """\
house: demo
cases:
  - name: in the bedroom
    said: reading light in the bedroom
    given: {light.bedroom_ceiling: on, light.bedroom_bedside: off}
    expect:
      calls: [{call: light.turn_on, on: light.bedroom_bedside, data: {brightness_pct: 40}}]
"""
PROGRAM = """\
lamps = find(domain="light", area=area, state="off")
if lamps:
    await call("light.turn_on", lamps, brightness_pct=brightness)
lamps
"""


@asynccontextmanager
async def learned(folder: Path) -> AsyncIterator[page_room.Desk]:
    """Give a browser before a daemon whose rules let owners decide about skills."""
    async with looking(folder, policy=POLICY) as desk:
        yield desk


async def skills_of(page: Page) -> None:
    await go(page, "Skills")
    await expect(page.locator("#skills")).to_contain_text("Comes with Claw")


async def fits(page: Page) -> None:
    """Nothing stands out of the page or the sheet."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.locator("#sheet").evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth")


async def test_a_skill_is_explained_turned_off_and_on(tmp_path: Path) -> None:
    async with learned(tmp_path) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        await skills_of(phone)
        await expect(phone.locator(".skill-row")).to_have_count(12)
        await desk.shot(phone, "phone-skills")
        row = phone.locator('.skill-row[data-skill="movie-time"]')
        await expect(row).to_contain_text("Dims the lights of a room")
        await row.click()
        sheet = phone.locator("#sheet")
        await expect(sheet.locator(".rights").first).to_contain_text("turn on lights in the room you name or are in")
        await expect(sheet).to_contain_text("It answers by itself.")
        await expect(sheet).to_contain_text("let's watch a film")
        await desk.shot(phone, "phone-skill")
        await fits(phone)
        await sheet.get_by_role("button", name="Turn off").click()
        await expect(sheet.locator(".came-of-it")).to_contain_text("is off")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await expect(row.locator(".badge")).to_have_text("Off")
        standing = desk.daemon.skills.lives.standings.of("movie-time")
        assert standing is not None
        assert not standing.enabled
        await row.click()
        await sheet.get_by_role("button", name="Turn on").click()
        await expect(sheet.locator(".came-of-it")).to_contain_text("is on")
        await sheet.get_by_role("button", name="What became of it").click()
        await expect(sheet.locator(".steps")).to_contain_text("Disabled")
        await desk.shot(phone, "phone-skill-history")


async def test_a_skill_that_was_brought_is_proved_and_accepted_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Proofs.__init__, "__defaults__", (Effort(0.02),))  # how it proves is tried elsewhere
    async with learned(tmp_path) as desk, desk.page(DESK) as screen:
        files = skill_files("reading-light", {"tests/ordinary.yaml": CASE, "program.py": PROGRAM})
        brought = await desk.daemon.desk.skilful.take("reading-light", files, OWNER)
        assert brought["skill"]["state"] == "draft", brought
        await skills_of(screen)
        await screen.locator('.skill-row[data-skill="reading-light"]').click()
        sheet = screen.locator("#sheet")
        await expect(sheet).to_contain_text("Not proved yet.")
        await expect(sheet.get_by_role("button", name="Yes, it may do this")).to_have_count(0)
        await sheet.get_by_role("button", name="Prove it").click()
        await expect(sheet).to_contain_text(re.compile(r"Proved: all of \d+ tries held"), timeout=60_000)
        await desk.shot(screen, "desk-skill-proved")
        await fits(screen)
        await sheet.get_by_role("button", name="Yes, it may do this").click()
        await expect(sheet.locator(".came-of-it")).to_contain_text("by myself from now on")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await go(screen, "Talk")
        await say(screen, "reading light in the bedroom")
        await expect(screen.locator('.bubble[data-status="done"]')).to_have_count(1)
        assert desk.daemon.mirror.states["light.bedroom_bedside"].value == "on"


async def test_who_may_not_decide_sees_what_it_may_and_no_button(tmp_path: Path) -> None:
    async with (
        learned(tmp_path) as desk,
        desk.page(PHONE, person="carl") as child,
        desk.page(SMALL, "screen:kitchen") as wall,
    ):
        for page in (child, wall):
            await skills_of(page)
            await page.locator('.skill-row[data-skill="good-night"]').click()
            await expect(page.locator("#sheet")).to_contain_text("lock door locks")
            await expect(page.locator("#sheet [data-deed]")).to_have_count(0)
            await fits(page)
        await desk.shot(wall, "small-skill")


async def test_what_somebody_taught_is_on_no_other_page_until_an_owner_takes_it(tmp_path: Path) -> None:
    async with learned(tmp_path) as desk:
        room = taught(desk)
        async with (
            desk.page(DESK) as hers,
            desk.page(PHONE, person="ben") as his,
            desk.page(PHONE, person="carl") as childs,
        ):
            await skills_of(hers)
            await expect(hers.locator("#skills")).to_contain_text("Waits for your yes")
            await expect(hers.locator('[data-skill="leaving-early"] .badge')).to_have_text("Trying out")
            await expect(hers.locator('[data-skill="leaving-early"]')).to_contain_text(
                'May unlock the lock "Front Door"'
            )
            await desk.shot(hers, "desk-skills")
            await hers.locator('[data-skill="leaving-early"]').click()
            sheet = hers.locator("#sheet")
            await expect(sheet.locator(".rights .risky")).to_have_text('Risky: unlock the lock "Front Door"')
            await sheet.get_by_role("button", name="What changed").click()
            await expect(sheet.locator(".changes .more").first).to_have_text('May unlock the lock "Front Door"')
            await sheet.locator("summary", has_text="tests/ordinary.yaml").click()
            await expect(sheet).to_contain_text("It holds words of somebody else.")
            await desk.shot(hers, "desk-skill-diff")
            await skills_of(his)
            await his.locator('[data-skill="leaving-early"]').click()
            await expect(his.locator("#sheet [data-deed]")).to_have_text(["Turn off"])
            await skills_of(childs)
            await expect(childs.locator('[data-skill="leaving-early"]')).to_have_count(0)
            assert not room.asked


async def test_hostile_text_is_only_text_and_a_narrow_phone_holds_all_of_it(tmp_path: Path) -> None:
    async with learned(tmp_path) as desk:
        room = taught(desk)
        room.shelf.wrong = {"bad-one": HOSTILE}
        room.standings["leaving-early"] = replace(room.standings["leaving-early"], why=HOSTILE)
        room.reports["leaving-early"] = Report("x", "1", "h", (Case("test", HOSTILE, held=False, why=HOSTILE),))
        async with desk.page(SMALL, is_mobile=True, has_touch=True) as small:
            await skills_of(small)
            await desk.shot(small, "small-skills")
            await fits(small)
            await small.locator('[data-skill="leaving-early"]').click()
            await expect(small.locator("#sheet")).to_contain_text("Not proved: 1 of 1 tries")
            await fits(small)
            assert await small.title() == "Claw"
            await small.get_by_role("button", name="Lay aside").click()
            await desk.shot(small, "small-skill-sure")
            await small.locator(".sure").get_by_role("button", name="Lay aside").click()
            await expect(small.locator("#sheet .came-of-it")).to_have_text("So it is.")
            assert [one[:2] for one in room.asked] == [("retire", "leaving-early")]


async def test_teaching_from_the_page_goes_on_in_the_talk(tmp_path: Path) -> None:
    async with learned(tmp_path) as desk, desk.page(PHONE) as phone:
        await skills_of(phone)
        await phone.get_by_role("button", name="Watch me").click()
        await expect(phone.locator(".bubble.mine")).to_have_text("watch me")
        await expect(phone.locator(".thread")).to_contain_text("I am watching")
        assert desk.daemon.skills.demonstrations.current() is not None


def taught(desk: page_room.Desk) -> Room:
    """Put a library of the test's own before the page: one skill learned from Ben, its newer version unlocks a door."""
    room, old = Room(), skill_files("leaving-early")
    text = old["skill.yaml"].decode().partition("files:")[0]
    wider = text.replace("may:\n", "may:\n  - {call: lock.unlock, on: {entity: lock.front_door}}\n")
    case = old["tests/ordinary.yaml"].decode().replace("hall", "bedroom")
    new = skill_files("leaving-early", {"skill.yaml": wider, "tests/ordinary.yaml": case})
    room.put("leaving-early", new, old, state="shadow", made="learned", people=("ben",), why="it agreed 2 of 3 times")
    room.put("movie-time")
    room.ran = [SkillRun("leaving-early", "1.0.0", "h", "shadow", "done", person="ben", said="I am off", at=NOW)]
    daemon = desk.daemon
    shown = desk_of(room, daemon.mirror.registry, daemon.people)
    daemon.desk._in = replace(daemon.desk._in, skilful=shown)
    return room
