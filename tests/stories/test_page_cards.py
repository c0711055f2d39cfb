"""Saying yes on the page: cards that show everything, parts struck out, a number to pick, a control to hold."""

import re
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page, expect

from claw.base.action import Action, Origin
from claw.house.model import Area, House
from tests.stories import test_page as page_room
from tests.stories.test_page import DESK, PHONE, looking
from tests.talking import until

pytestmark = page_room.pytestmark

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "switch.*"]}
  - {id: messages, allow: claw.notify}
  - id: unlock
    confirm: [lock.unlock, cover.open_cover]
    ask: {roles: [owner, adult], channels: [web], grant: 1 h}
    why: the front door is for people who live here
"""
VOICE = Origin("voice:hall", place="hall", source="a satellite", language="en")
FRONT, GATE = "lock.front_door", "lock.garden_gate"


async def became(desk: page_room.Desk, entity: str, value: str) -> None:
    """Return once a thing is as it should be: the card goes when the answer is taken, the act comes after."""

    async def so() -> bool:
        return desk.daemon.mirror.states[entity].value == value

    await until(so)


async def test_a_card_shows_every_line_and_a_struck_one_is_not_done(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        asker = Origin(
            "web", "anna", authenticated=True, source="anna", strength="session", taint=("calendar <b>x</b>",)
        )
        plan = [
            Action("light.turn_on", ("light.kitchen_ceiling", "light.kitchen_counter"), {"brightness_pct": 40}),
            Action("lock.unlock", (FRONT,), {"code": "4711"}),
            Action("lock.unlock", (GATE,)),
        ]
        assert (await desk.daemon.desk.act(plan, asker)).status == "pending"
        card = phone.locator(".question")
        await expect(card.locator(".moves li")).to_have_count(4)
        await expect(card.locator(".moves li").nth(0)).to_have_class("risky")
        await expect(card.locator(".moves li").nth(1)).to_have_class("risky")
        await expect(card.locator(".moves li").nth(0)).to_contain_text(FRONT)
        await expect(card.locator(".influenced")).to_contain_text("calendar <b>x</b>")
        await expect(card).to_contain_text("Asked because: the front door is for people who live here")
        await expect(card).not_to_contain_text("4711")
        await desk.shot(phone, "phone-card")
        async with desk.page(DESK) as screen:
            await desk.shot(screen, "desk-card")
        await card.get_by_role("checkbox", name="Do this: lock.unlock").nth(0).uncheck()
        await desk.shot(phone, "phone-card-struck")
        await card.get_by_role("button", name="Yes, do the other 2").click()
        await expect(card).to_have_count(0)
        states = desk.daemon.mirror.states
        await became(desk, GATE, "unlocked")
        assert states[FRONT].value == "locked"
        assert states["light.kitchen_counter"].value == "on"


async def test_what_a_voice_asked_needs_the_number_that_was_said(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        said = await desk.daemon.desk.say("unlock the front door", VOICE)
        number = said.text.rpartition("The number is ")[2].partition(":")[0]
        card = phone.locator(".question")
        yes = card.get_by_role("button", name="Yes, do it")
        await expect(card).to_contain_text('Somebody asked by voice, "Hall"')
        await expect(yes).to_be_disabled()
        await expect(card.get_by_role("radio")).to_have_count(3)
        await desk.shot(phone, "phone-number")
        await card.get_by_role("radio", name=number).check()
        await yes.click()
        await expect(card).to_have_count(0)
        await became(desk, FRONT, "unlocked")


async def test_what_programs_ask_leaves_room_to_talk_and_says_which_program_it_was(tmp_path: Path) -> None:
    program = Origin("mcp:desk_agent", "anna", authenticated=True, asks_only=True)
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        for entity in ("front door", "garden gate"):
            await desk.daemon.desk.say(f"unlock the {entity}", program)
        await expect(phone.locator(".question")).to_have_count(2)
        await expect(phone.locator(".question").first).to_contain_text("asked through the program desk_agent")
        whole, cards = [await phone.locator(one).bounding_box() for one in ("main", "#pending")]
        assert whole is not None
        assert cards is not None
        assert cards["height"] < 0.6 * whole["height"]
        await expect(phone.get_by_label("Say something to Claw")).to_be_in_viewport()


async def test_a_yes_may_hold_for_a_while_where_the_rule_offers_it(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK) as screen:
        await page_room.say(screen, "unlock the garden gate")
        await screen.get_by_label("For how long").select_option(label="Also for the next 30 minutes")
        await desk.shot(screen, "desk-grant")
        await screen.get_by_role("button", name="Yes, do it").click()
        await expect(screen.locator(".question")).to_have_count(0)
        await became(desk, GATE, "unlocked")
        (grant,) = desk.daemon.gate._judge.overlay.grants  # type: ignore[union-attr]
        assert (grant.expires - grant.created).total_seconds() == 1800


async def held(page: Page, entity: str) -> None:
    await page.locator(f'[data-entity="{entity}"] .hold').hover()
    await page.mouse.down()
    await page.wait_for_timeout(1600)
    await page.mouse.up()


async def test_a_control_that_is_held_long_enough_is_a_yes(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK) as screen:
        lock = screen.locator(f'[data-entity="{FRONT}"]')
        await expect(lock.locator(".hold")).to_contain_text("locked → unlocked")
        await lock.locator(".hold").hover()
        await screen.mouse.down()
        await screen.wait_for_timeout(500)
        await desk.shot(screen, "desk-hold")
        await screen.mouse.up()
        await screen.wait_for_timeout(1200)
        assert desk.daemon.mirror.states[FRONT].value == "locked"
        await held(screen, FRONT)
        await expect(lock.locator(".line-state")).to_have_text("Unlocked")
        await expect(screen.locator(".question")).to_have_count(0)
        answer = next(entry for entry in desk.daemon.audit.entries(0, 1000) if entry.kind == "answer")
        assert answer.payload is not None
        assert answer.payload["held"] == {FRONT: "locked"}


async def test_a_control_is_held_with_the_keyboard_too(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK) as screen:
        lock = screen.locator(f'[data-entity="{GATE}"]')
        await lock.locator(".hold").focus()
        await screen.keyboard.down("Space")
        await screen.wait_for_timeout(1600)
        await screen.keyboard.up("Space")
        await expect(lock.locator(".line-state")).to_have_text("Unlocked")
        assert desk.complaints == []


async def test_a_child_who_holds_the_control_only_asks(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK, person="carl") as screen:
        await held(screen, FRONT)
        await expect(screen.locator(".question")).to_have_count(1)
        assert desk.daemon.mirror.states[FRONT].value == "locked"


async def test_a_control_that_the_page_drew_anew_under_the_finger_is_not_held_any_more(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK) as screen:
        hold = screen.locator(f'[data-entity="{FRONT}"] .hold')
        old = await hold.element_handle()
        assert old is not None
        # Some browsers give no focus to a button that is pressed, so that no blur tells it that it has gone.
        await old.evaluate("(button) => button.addEventListener('mousedown', (event) => event.preventDefault())")
        await hold.hover()
        await screen.mouse.down()
        await screen.wait_for_timeout(300)
        registry = desk.daemon.mirror.registry
        areas = {**registry.areas, "new": Area("new", "New")}
        desk.daemon.mirror.synced(House(replace(registry, areas=areas), dict(desk.daemon.mirror.states)))
        await screen.wait_for_function("(button) => !button.isConnected", arg=old)
        await screen.mouse.up()
        await screen.wait_for_timeout(1500)
        assert desk.daemon.mirror.states[FRONT].value == "locked"


async def test_time_in_which_the_page_stands_still_is_not_held(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(DESK) as screen:
        await screen.locator(f'[data-entity="{FRONT}"] .hold').hover()
        await screen.mouse.down()
        frames = """() => new Promise((done) => {
            const until = performance.now() + 1500;
            while (performance.now() < until);
            requestAnimationFrame(() => requestAnimationFrame(done));
        })"""
        await screen.evaluate(frames)
        await screen.mouse.up()
        await screen.wait_for_timeout(300)
        assert desk.daemon.mirror.states[FRONT].value == "locked"


async def test_a_clock_that_is_wrong_hides_no_question(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE) as phone:
        await page_room.say(phone, "unlock the garden gate")
        await expect(phone.locator(".question")).to_have_count(1)
        await phone.add_init_script("const right = Date.now; Date.now = () => right() + 3_600_000;")
        await phone.reload()
        await expect(phone.get_by_role("timer")).to_have_text(re.compile(r"\d+ (s|min) left"))
        await expect(phone.locator("#thread")).not_to_contain_text("Nobody answered")
        await phone.get_by_role("button", name="Yes, do it").click()
        await became(desk, GATE, "unlocked")


async def test_each_of_several_locks_in_one_sentence_can_be_struck_out(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        await page_room.say(phone, "unlock all the doors")
        card = phone.locator(".question")
        await expect(card.locator(".question-text")).to_have_text("Shall I do all of this?")
        await expect(card.get_by_role("checkbox")).to_have_count(2)
        await card.get_by_role("checkbox", name="Front Door").uncheck()
        await card.get_by_role("button", name="Yes, do the other one").click()
        await became(desk, GATE, "unlocked")
        assert desk.daemon.mirror.states[FRONT].value == "locked"


async def test_the_last_act_is_taken_back_with_a_button_beside_it(tmp_path: Path) -> None:
    async with looking(tmp_path, policy=POLICY) as desk, desk.page(PHONE, is_mobile=True, has_touch=True) as phone:
        undo = phone.get_by_role("button", name="undo", exact=True)
        await page_room.say(phone, "which lights are on?")
        await expect(phone.locator('.bubble[data-status="answered"]')).to_have_count(1)
        await expect(undo).to_have_count(0)
        await page_room.say(phone, "turn on the kitchen lights and turn off the living room lamp")
        await expect(undo).to_have_count(1)
        await desk.shot(phone, "phone-undo")
        elsewhere = Origin("cli", "ben", authenticated=True, source="ben")
        await desk.daemon.desk.act([Action("light.turn_on", ("light.porch",))], elsewhere)
        await undo.click()
        await became(desk, "light.kitchen_ceiling", "off")
        await became(desk, "light.living_room_lamp", "on")
        assert desk.daemon.mirror.states["light.porch"].value == "on"
        await expect(undo).to_have_count(1)
        await expect(phone.locator(".bubble").last.get_by_role("button", name="undo", exact=True)).to_be_visible()


async def test_taking_back_a_lock_asks_like_any_unlock(tmp_path: Path) -> None:
    policy = POLICY + "  - {id: locking, allow: lock.lock}\n"
    async with looking(tmp_path, policy=policy) as desk, desk.page(DESK) as screen:
        await page_room.say(screen, "unlock the front door")
        await screen.get_by_role("button", name="Yes, do it").click()
        await became(desk, FRONT, "unlocked")
        await screen.get_by_role("button", name="undo", exact=True).click()
        await became(desk, FRONT, "locked")
        await expect(screen.locator(".question")).to_have_count(0)
        await expect(screen.locator(".bubble[data-status=done]").last).to_contain_text("locked")
        await screen.get_by_role("button", name="undo", exact=True).click()
        await expect(screen.locator(".question")).to_contain_text("Risky")
        assert desk.daemon.mirror.states[FRONT].value == "locked"
