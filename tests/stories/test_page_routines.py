"""Routines on the page in a real browser: what is due, what became of it on a line, and to make, pause or end one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect

from claw.base.action import Reply
from tests.browsing import go
from tests.routine_room import ANNA, BEN, NOW, VOICE, Room, desk_of, routine, run
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, HOSTILE, PHONE, looking

pytestmark = page_room.pytestmark

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - {id: later, allow: ["claw.schedule", "claw.routine_*"]}
"""
SMALL = {"width": 320, "height": 640}
BLINDS = {"actions": [{"action": "cover.open_cover", "entities": ["cover.living_room_blinds"]}]}


async def routines_of(page: Page) -> None:
    await go(page, "Routines")
    await expect(page.locator("#routines .strip")).to_be_visible()
    await expect(page.locator("#routines .skill-row").first).to_be_visible()


async def fits(page: Page) -> None:
    """Nothing stands out of the page, the view or the sheet."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for place in ("#sheet", "#routines", ".tabs"):
        assert await page.locator(place).evaluate("one => one.scrollWidth <= one.clientWidth"), place


async def test_a_day_is_seen_on_a_line_and_told_in_words(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        background(desk)
        await routines_of(phone)
        view = phone.locator("#routines")
        await expect(view.locator(".timeline-head h3")).to_have_text("Today")
        shown = await view.locator(".strip").get_attribute("aria-label")
        assert shown == ("2026-11-23: 3 done, 1 done late, 1 run dry, 1 missed, 8 held back, 1 failed, 1 left out")
        await expect(view.locator(".legend li")).to_have_count(7)
        await expect(view.locator(".strip .tick.long")).to_have_count(1)
        await desk.shot(phone, "phone-routines")
        await fits(phone)
        await view.get_by_text("As a list").click()
        line = view.locator(".timeline-list li", has_text="missed")
        await expect(line).to_contain_text("Claw did not run")
        await expect(view.locator(".timeline-list li", has_text="late")).to_contain_text("7 min late")
        await expect(view.locator(".timeline-list li", has_text="dry")).to_contain_text("it would turn on the lamp")
        await desk.shot(phone, "phone-routines-list")
        await view.get_by_role("button", name="The day after").click()
        await expect(view.locator(".timeline-head h3")).to_have_text("Tue, Nov 24")
        await expect(view.locator('.strip .tick[data-kind="due"]')).to_have_count(5)
        await line.wait_for(state="hidden")
        await view.get_by_role("button", name="The day before").click()
        await expect(view.locator(".timeline-head h3")).to_have_text("Today")
        await line.locator("button").click()
        await expect(phone.locator("#sheet-title")).to_have_text("Morning blinds")


async def test_a_routine_is_explained_paused_and_removed(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        room = background(desk)
        await routines_of(phone)
        heads = await phone.locator("#routines h3").all_text_contents()
        assert heads[1:] == ["Needs somebody", "Timers and reminders", "By itself", "Guards life", "Paused"]
        await phone.locator('.skill-row[data-routine="r1"]').click()
        sheet = phone.locator("#sheet")
        for words in ("Next", "tomorrow 07:00", "What was missed is made up for", "Anna (you)", "Not from 22:00"):
            await expect(sheet).to_contain_text(words)
        await expect(phone.locator('.skill-row[data-routine="r6"] .trouble')).to_have_text(
            "There is no light.gone any more"
        )
        await expect(sheet.locator(".strip")).to_be_visible()
        await desk.shot(phone, "phone-routine")
        await fits(phone)
        await sheet.get_by_role("button", name="What would it do now?").click()
        await expect(sheet.get_by_role("status")).to_have_text("it is dry")
        await sheet.get_by_role("button", name="For Home Assistant").click()
        await expect(sheet.locator("pre")).to_contain_text("trigger: time")
        await fits(phone)
        await sheet.get_by_role("button", name="Pause it").click()
        await expect(sheet.locator(".came-of-it").first).to_have_text("So it is.")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await expect(phone.locator('.skill-row[data-routine="r1"] .badge')).to_have_text("Paused")
        await phone.locator('.skill-row[data-routine="r1"]').click()
        await sheet.get_by_role("button", name="Remove it").click()
        assert room.asked[-1][0] == "pause"  # it asks once more
        await sheet.locator(".sure").get_by_role("button", name="Remove it").click()
        await expect(sheet.locator(".came-of-it").first).to_have_text("So it is.")
        await sheet.get_by_role("button", name="Close", exact=True).click()
        await expect(phone.locator('.skill-row[data-routine="r1"]')).to_have_count(0)
        await phone.get_by_role("button", name="Show what is over").click()
        await expect(phone.locator('.skill-row[data-routine="r1"] .badge')).to_have_text("Removed")
        assert [one[0] for one in room.asked] == ["dry run", "pause", "remove"]


async def test_a_sentence_makes_one_and_what_is_none_is_said(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(DESK) as screen:
        room = background(desk)
        await routines_of(screen)
        await desk.shot(screen, "desk-routines")
        field = screen.get_by_label("When and what")
        await field.fill("open the blinds")
        await screen.keyboard.press("Enter")
        await expect(screen.locator("#later .came-of-it")).to_contain_text("I do not understand that")
        await expect(field).to_have_value("open the blinds")
        room.reply = Reply("Every day at 07:00: open the blinds. Next: tomorrow 07:00.", "done")
        await screen.keyboard.press("Enter")
        await expect(screen.locator("#later .came-of-it")).to_contain_text("Every day at 07:00")
        await expect(field).to_have_value("")
        await screen.locator('.skill-row[data-routine="r3"]').click()
        await screen.locator("#sheet").get_by_role("button", name="Make it mine").click()
        await desk.shot(screen, "desk-routine-adopt")
        await screen.locator("#sheet .sure").get_by_role("button", name="Make it mine").click()
        await expect(screen.locator("#sheet .came-of-it").first).to_have_text("So it is.")
        assert room.asked[-1] == ("adopt", "r3", "anna")


async def test_a_sentence_becomes_a_routine_that_runs_and_is_seen_on_the_line(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        await routines_of(phone)  # what guards life is there from the start
        await expect(phone.locator("#routines")).to_contain_text("Smoke")
        await phone.get_by_label("When and what").fill("every day at 23:59 turn on the kitchen counter light")
        await phone.keyboard.press("Enter")
        await expect(phone.locator("#later .came-of-it")).to_contain_text("Every day at 23:59")
        row = phone.locator(".skill-row", has_text="Every day at 23:59")
        await expect(row.locator(".badge")).to_have_text("On")
        await row.click()
        sheet = phone.locator("#sheet")
        await sheet.get_by_role("button", name="What would it do now?").click()
        await expect(sheet.locator(".came-of-it.dry + ul")).to_contain_text("Turn on")
        assert desk.daemon.mirror.states["light.kitchen_counter"].value == "off"
        await sheet.get_by_role("button", name="Run it now").click()
        await sheet.locator(".sure").get_by_role("button", name="Run it now").click()
        await expect(sheet.locator(".came-of-it").first).to_contain_text("is done")
        assert desk.daemon.mirror.states["light.kitchen_counter"].value == "on"
        await sheet.get_by_role("button", name="Close", exact=True).click()
        line = phone.locator("#routines > .timeline")
        await expect(line.locator('.strip .tick[data-kind="done"]')).to_have_count(1)
        await line.get_by_text("As a list").click()
        await expect(line.locator(".timeline-list")).to_contain_text("asked for by Anna")
        await go(phone, "Log")
        await expect(phone.locator("#entries")).to_contain_text("Set for later: turn on the kitchen counter light")


async def test_each_sees_what_is_theirs(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk:
        room = Room()
        room.put(
            routine("r1", ANNA, {"say": "call the doctor"}, name="doctor", kind="reminder"),
            routine("r2", BEN, {"say": "pills"}, name="pills", kind="reminder"),
        )
        put(desk, room)
        for person, seen in (("ben", ["pills", "somebody's own"]), ("carl", [])):
            async with desk.page(DESK, person=person) as screen:
                await go(screen, "Routines")
                await expect(screen.locator("#routines .strip")).to_be_visible()
                await expect(screen.locator("#routines .skill-row strong")).to_have_text(seen)
                assert "doctor" not in await screen.content()


async def test_hostile_text_is_only_text_and_a_narrow_phone_holds_all_of_it(tmp_path: Path) -> None:
    async with looking(tmp_path) as desk, desk.page(SMALL, is_mobile=True, has_touch=True) as small:
        room = background(desk)
        room.kept["r1"] = routine(name=HOSTILE[:60], state="suspended", why=HOSTILE, do=[{"say": HOSTILE * 5}])
        room.runs.append(run(90, "r1", "failed", reason=HOSTILE * 5, cause=HOSTILE))
        room.reply = Reply(HOSTILE, "refused")
        await routines_of(small)
        await desk.shot(small, "small-routines")
        await small.locator("#routines").get_by_text("As a list").click()
        await small.get_by_label("When and what").fill("x")
        await small.keyboard.press("Enter")
        await expect(small.locator("#later .came-of-it")).to_contain_text("<img")
        await fits(small)
        await desk.shot(small, "small-routines-list")
        await small.locator('.skill-row[data-routine="r1"]').click()
        await expect(small.locator("#sheet-title")).to_contain_text("<img")
        await small.locator("#sheet").get_by_role("button", name="For Home Assistant").click()
        await expect(small.locator("#sheet pre")).to_be_visible()
        await fits(small)
        await desk.shot(small, "small-routine")
        assert await small.title() == "Claw"


def background(desk: page_room.Desk) -> Room:
    """Put routines of the test's own before the page: one of each kind, and a day of theirs."""
    room = Room(wouldst={5: ("turn on the lamp",)})
    hour = timedelta(hours=1)
    room.put(
        routine(do=BLINDS, name="Morning blinds", quiet=["22:00", "06:00"]),
        routine("r2", BEN, {"say": "pizza"}, name="Pizza timer", kind="timer"),
        routine("r3", VOICE, name="Lamp of the kitchen", state="waiting", why="nobody known asked for it"),
        routine("r4", name="Watering", when={"cron": "*/15 * * * *"}, state="paused", why="paused by hand"),
        routine("r5", when={"state": "binary_sensor.front_door", "to": "on"}, name="Door light"),
        routine("r6", when={"state": "light.gone", "to": "on"}, name="Echo"),
        routine("safety-smoke", kind="safety", name="Smoke", when={"event": "x"}),
    )
    room.runs += [
        run(1, due=NOW - 6 * hour, entries=(7,)),
        run(2, due=NOW - 5 * hour, began=NOW - 5 * hour + timedelta(minutes=7)),
        run(3, status="missed", due=NOW - 9 * hour, reason="Claw did not run"),
        run(4, "r5", "failed", due=NOW - 2 * hour, reason="the lamp did not answer"),
        run(5, "r5", "shadow", due=NOW - hour),
        run(6, "r4", "held", due=NOW - 4 * hour, times=8, until=NOW - 2 * hour, reason="paused by hand"),
        run(7, "r2", due=NOW - 6 * hour),
        run(8, "r4", "skipped", due=NOW - 7 * hour, reason="it is not dark"),
        run(9, "r5", due=NOW - 6 * hour + timedelta(minutes=3)),
    ]
    room.broken["r6"] = "there is no light.gone any more"
    put(desk, room)
    return room


def put(desk: page_room.Desk, room: Room) -> None:
    daemon = desk.daemon
    daemon.desk._in = replace(daemon.desk._in, routined=desk_of(room))
