"""The real program against a real Home Assistant, judged by what Home Assistant itself says afterwards.

Nothing here believes a reply: states are read over REST by an outside client, and calls are counted by another one that
listens to Home Assistant's own ``call_service`` events.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.peers.real_hass import RealHomeAssistant, Talk
from tests.peers.tap import Tap, tapped
from tests.running import Claw, running_for
from tests.talking import Local, local, until

SERVICES = """\
services:
  dishwasher.start_program: {tier: 1, targets: false}
"""

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - id: comfort
    allow: [light.*, fan.*, media_player.*, vacuum.*, climate.*, switch.*, cover.*, humidifier.*, input_boolean.*]
  - {id: dishes, allow: dishwasher.*}
  - {id: locking, allow: lock.lock}
  - {id: unlocking, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: movies, allow: scene.turn_on, on: {entity: scene.movie_time}}
  - {id: scripts, confirm: "script.*", ask: {roles: [owner], channels: [web, cli]}}
  - {id: window, deny: "cover.*", on: {entity: cover.kitchen_window}, why: this window stays shut}
tests:
  - {action: lock.unlock, entities: lock.front_door, as: {role: owner}, expect: confirm}
  - {action: cover.open_cover, entities: cover.kitchen_window, as: {role: owner}, expect: deny}
"""

KITCHEN, BED, CEILING = "light.kitchen_lights", "light.bed_light", "light.ceiling_lights"
SOFA, OFFICE, ENTRANCE = (
    "light.living_room_rgbww_lights",
    "light.office_rgbw_lights",
    "light.entrance_color_white_lights",
)
FANS = (
    "fan.living_room_fan",
    "fan.ceiling_fan",
    "fan.percentage_full_fan",
    "fan.percentage_limited_fan",
    "fan.preset_only_limited_fan",
)
LIGHTS = (KITCHEN, BED, CEILING, SOFA, OFFICE, ENTRANCE)

FOLLOW_OTHERS = (
    "group.", "sensor.", "binary_sensor.", "scene.", "sun.", "calendar.", "update.", "event.", "zone.",
    "image_processing.",
)  # fmt: skip
"""What changes by itself, or because something else did."""

Act = tuple[str, Sequence[str], Mapping[str, Any]]
Wish = str | Callable[[Mapping[str, Any]], bool]


def turn(on: str, *entities: str, **data: Any) -> Act:
    return f"homeassistant.turn_{on}" if not data else f"light.turn_{on}", entities, data


def near(name: str, value: float) -> Callable[[Mapping[str, Any]], bool]:
    return lambda attributes: attributes[name] is not None and abs(attributes[name] - value) < 0.02


@dataclass(frozen=True)
class Case:
    """What is said, what the house is brought to first, and what it has to be afterwards: that and nothing else.

    Where the house cannot have what the case ``needs`` (``RealHomeAssistant.lacks``), it is not understood and nothing
    may move.
    """

    said: str
    before: Sequence[Act] = ()
    after: Mapping[str, Wish] = field(default_factory=dict)
    status: str = "done"
    words: str = ""
    needs: str = ""


CASES = (
    Case("turn on the kitchen lights", [turn("off", KITCHEN)], {KITCHEN: "on"}),
    Case("turn off the lights in the living room", [turn("on", CEILING, SOFA)], {CEILING: "off", SOFA: "off"}),
    Case(
        "turn on all lights downstairs",
        [turn("off", *LIGHTS)],
        {KITCHEN: "on", CEILING: "on", SOFA: "on", ENTRANCE: "on"},
        needs="floors",
    ),
    Case(
        "turn off the lights on the first floor",
        [turn("on", BED, OFFICE)],
        {BED: "off", OFFICE: "off"},
        needs="floors",
    ),
    Case("set the bed light to 40 percent", [turn("on", BED, brightness=250)], {BED: near("brightness", 102)}),
    Case(
        "make the ceiling lights blue",
        [turn("on", CEILING, rgb_color=[255, 0, 0])],
        {CEILING: lambda attributes: tuple(attributes["rgb_color"]) == (0, 0, 255)},
    ),
    Case(
        "turn off all lights except the bed light",
        [turn("on", *LIGHTS)],
        dict.fromkeys(set(LIGHTS) - {BED}, "off"),
    ),
    Case(
        "turn on the kitchen lights and open the garage door",
        [turn("off", KITCHEN), ("cover.close_cover", ["cover.garage_door"], {})],
        {KITCHEN: "on", "cover.garage_door": "open"},
    ),
    Case(
        "turn on the bed light, then turn off the kitchen lights",
        [turn("off", BED), turn("on", KITCHEN)],
        {BED: "on", KITCHEN: "off"},
    ),
    Case(
        "close the garage door",
        [("cover.open_cover", ["cover.garage_door"], {})],
        {"cover.garage_door": "closed"},
    ),
    Case("lock the kitchen door", [("lock.unlock", ["lock.kitchen_door"], {})], {"lock.kitchen_door": "locked"}),
    Case(
        "set the heatpump to 22 degrees",
        [("climate.set_temperature", ["climate.heatpump"], {"temperature": 18})],
        {"climate.heatpump": near("temperature", 22)},
    ),
    Case(
        "turn on the living room fan",
        [("fan.turn_off", ["fan.living_room_fan"], {})],
        {"fan.living_room_fan": "on"},
    ),
    Case(
        "set the ceiling fan to 50%",
        [("fan.turn_on", ["fan.ceiling_fan"], {"percentage": 10})],
        {"fan.ceiling_fan": near("percentage", 50)},
    ),
    Case(
        "pause the walkman",
        [("media_player.media_play", ["media_player.walkman"], {})],
        {"media_player.walkman": "paused"},
    ),
    Case(
        "set the volume of the walkman to 30%",
        [("media_player.turn_on", ["media_player.walkman"], {}),
         ("media_player.volume_set", ["media_player.walkman"], {"volume_level": 0.9})],
        {"media_player.walkman": near("volume_level", 0.3)},
    ),
    Case(
        "start 0 ground floor",
        [("vacuum.stop", ["vacuum.0_ground_floor"], {})],
        {"vacuum.0_ground_floor": "cleaning"},
    ),
    Case("turn on the ac", [turn("off", "switch.ac")], {"switch.ac": "on"}),
    Case("turn on guests", [turn("off", "input_boolean.guests")], {"input_boolean.guests": "on"}),
    Case(
        "activate movie time",
        [turn("off", CEILING)],
        {CEILING: near("brightness", 40), "cover.living_room_window": ""},
    ),
    Case("run good night", [turn("on", BED)], status="pending", words="good night"),
    Case("open the kitchen window", [], status="refused", words="this window stays shut"),
    Case("is the garage door open", [("cover.open_cover", ["cover.garage_door"], {})], {}, "answered", "yes"),
    Case("what is the outside temperature", [], {}, "answered", "15.6"),
    Case("which lights are on", [turn("off", *LIGHTS), turn("on", OFFICE)], {}, "answered", "office"),
    Case(
        "turn everything off",
        [
            turn("off", *FANS),
            turn("on", *LIGHTS, "switch.ac", "fan.living_room_fan"),
            ("lock.lock", ["lock.front_door"], {}),
        ],
        {
            **dict.fromkeys((*LIGHTS, "fan.living_room_fan"), "off"),
            **dict.fromkeys((f"media_player.{each}" for each in ("bedroom", "group", "kitchen", "living_room")), "off"),
            **dict.fromkeys(("media_player.lounge_room", "media_player.walkman", "fan.ceiling_fan"), "off"),
        },
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def daemon(home_assistant: RealHomeAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Claw]:
    with running_for(
        tmp_path_factory.mktemp("claw"), home_assistant.url, home_assistant.token, POLICY, SERVICES
    ) as found:
        yield found


@pytest.fixture
async def talk(home_assistant: RealHomeAssistant) -> AsyncIterator[Talk]:
    async with home_assistant.talk() as found:
        yield found


@pytest.fixture
async def claw(daemon: Claw) -> AsyncIterator[Local]:
    async with local(daemon.state) as found:
        await until(lambda: linked(found))
        yield found


async def linked(claw: Local) -> bool:
    return bool((await claw.ask("status"))["link"]["ready"])


async def shown(talk: Talk, url: str) -> dict[str, dict[str, Any]]:
    """Return all states as Home Assistant's REST interface gives them."""
    async with talk.http.get(f"{url}/api/states") as answer:
        return {row["entity_id"]: row for row in await answer.json()}


async def bring(talk: Talk, claw: Local, case: Case) -> None:
    """Bring the house to where the case begins, and wait until Claw has heard of it."""
    for name, entities, data in case.before:
        await talk.act(name, *entities, **data)
    touched = {entity for _, entities, _ in case.before for entity in entities}

    async def heard() -> bool:
        theirs = await talk.states()
        house = await claw.ask("house")
        ours = {one["entity_id"]: one["state"] for one in house["entities"]}
        return all(ours[entity] == theirs[entity]["state"] for entity in touched)

    await until(heard)


def fulfils(row: Mapping[str, Any], wish: Wish) -> bool:
    if not wish:
        return True
    return row["state"] == wish if isinstance(wish, str) else wish(row["attributes"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.said)
async def test_a_sentence_moves_what_it_names_and_nothing_else(
    case: Case, home_assistant: RealHomeAssistant, talk: Talk, claw: Local
) -> None:
    if case.needs in home_assistant.lacks:
        case = replace(case, after={}, status="unclear", words="")
    await bring(talk, claw, case)
    before = await shown(talk, home_assistant.url)
    assert not case.after or not all(fulfils(before[entity], wish) for entity, wish in case.after.items())
    reply = await claw.say(case.said)
    assert reply["status"] == case.status, reply
    assert case.words.lower() in reply["text"].lower()
    after = await shown(talk, home_assistant.url)
    for entity, wish in case.after.items():
        assert fulfils(after[entity], wish), after[entity]
    others = {
        entity: (row["state"], after[entity]["state"])
        for entity, row in before.items()
        if row["state"] != after[entity]["state"]
        and entity not in case.after
        and entity != "light.upper_lights"
        and not entity.startswith(FOLLOW_OTHERS)
    }
    assert others == {}


async def test_an_unlock_waits_for_a_yes_and_then_unlocks(talk: Talk, claw: Local) -> None:
    if (await talk.states())["lock.front_door"]["state"] != "locked":
        await talk.act("lock.lock", "lock.front_door")
    await until(lambda: shows(claw, "lock.front_door", "locked"))
    reply = await claw.say("unlock the front door", "door")
    assert reply["status"] == "pending"
    await asyncio.sleep(0.3)
    assert (await talk.states())["lock.front_door"]["state"] == "locked"
    answer = await claw.ask("answer", id=reply["pending"][0]["id"], yes=True)
    assert answer["status"] == "done", answer
    assert (await talk.states())["lock.front_door"]["state"] == "unlocked"
    again = await claw.ask("answer", id=reply["pending"][0]["id"], yes=True)
    assert again["error"]["kind"] == "refused"


BY_SCRIPTS = """\
version: 1
rules:
  - {id: comfort, allow: [light.*, fan.*, vacuum.*, climate.*, cover.*]}
  - id: airing
    confirm: cover.*
    on: {entity: cover.living_room_window}
    ask: {roles: [owner], channels: [web, cli]}
  - {id: lamp, allow: script.*, on: {entity: [script.lamp_alone, script.lamp_and_its_room, script.lamp_and_another]}}
"""


async def test_a_script_that_names_the_room_of_its_lamp_is_asked_about_as_what_is_in_that_room(
    home_assistant: RealHomeAssistant, tmp_path: Path
) -> None:
    """Home Assistant's search gives the same for it and for the one that names the lamp alone."""
    with running_for(tmp_path, home_assistant.url, home_assistant.token, BY_SCRIPTS) as daemon:
        async with local(daemon.state) as claw:
            await until(lambda: linked(claw))

            async def learnt() -> bool:  # at first of no script anything is known: then its own rule decides
                return bool((await claw.act("script.turn_on", "script.lamp_and_its_room"))["status"] == "pending")

            await until(learnt)
            assert (await claw.act("script.turn_on", "script.lamp_and_another"))["status"] == "pending"
            assert (await claw.act("script.turn_on", "script.lamp_alone"))["status"] == "done"


async def shows(claw: Local, entity: str, state: str) -> bool:
    return await claw.state_of(entity) == state


async def test_ten_calls_at_once_get_each_its_own_answer(daemon: Claw, talk: Talk, claw: Local) -> None:
    lock = "lock.kitchen_door"  # answers two seconds later than the others, whose calls come after it
    others = (KITCHEN, BED, CEILING, SOFA, OFFICE, "input_boolean.guests", "switch.ac", "fan.living_room_fan")
    await bring(talk, claw, Case("", [turn("off", *others), ("lock.unlock", [lock], {})]))

    async def one(entity: str | None) -> Any:
        async with local(daemon.state) as mine:
            if entity is None:
                return await mine.act("dishwasher.start_program")
            verb = "lock" if entity == lock else "turn_on"
            return await mine.act(f"{entity.partition('.')[0]}.{verb}", entity)

    order = [lock, *others[:4], None, *others[4:]]
    assert len(order) == 10
    replies = await asyncio.gather(*(one(entity) for entity in order))
    for entity, reply in zip(order, replies, strict=True):
        (outcome,) = reply["outcomes"]
        assert outcome["action"]["entities"] == ([entity] if entity else [])
        if entity is None:
            assert reply["status"] == "refused"
            assert "the house refuses" in outcome["detail"]
        else:
            assert reply["status"] == "done", reply
    states = await talk.states()
    assert {entity: states[entity]["state"] for entity in others} == dict.fromkeys(others, "on")
    assert states[lock]["state"] == "locked"
    numbers = [reply["outcomes"][0]["audit"] for reply in replies]
    assert len(set(numbers)) == 10
    for entity, number in zip(order, numbers, strict=True):
        why = await claw.ask("why", seq=number)
        assert why["entry"]["payload"]["action"]["entities"] == ([entity] if entity else [])


# ----------------------------------------------------------------------------------------- a call caught in between


@asynccontextmanager
async def counting(home_assistant: RealHomeAssistant, calls: list[dict[str, Any]]) -> AsyncIterator[Talk]:
    """Listen to every service call that Home Assistant tells about, for as long as its connection stands."""
    async with home_assistant.talk() as ear:
        await ear.command("subscribe_events", event_type="call_service")

        async def hear() -> None:
            async for frame in ear.ws:
                message = frame.json()
                if message["type"] == "event":
                    calls.append(message["event"]["data"])

        hearing = asyncio.create_task(hear())
        try:
            yield ear
        finally:
            hearing.cancel()


def of(calls: Sequence[Mapping[str, Any]], entity: str) -> list[Mapping[str, Any]]:
    return [call for call in calls if entity in call["service_data"].get("entity_id", ())]


async def lose_a_call(tap: Tap, claw: Local, calls: list[dict[str, Any]]) -> asyncio.Task[Any]:
    """Say something whose call reaches Home Assistant, while its answer does not come back."""
    tap.deaf = True
    saying = asyncio.create_task(claw.say("turn on guests", "lost"))

    async def arrived() -> bool:
        return bool(of(calls, "input_boolean.guests"))

    await until(arrived)
    assert not saying.done()
    return saying


async def settled(claw: Local, intent: int) -> list[str] | None:
    """Return the outcomes that the log holds for an intent, once there is a second one."""
    why = await claw.ask("why", seq=intent)
    found = [entry["payload"]["status"] for entry in why["came_of_it"] if entry["kind"] == "outcome"]
    return found if len(found) > 1 else None


@asynccontextmanager
async def at_the_end_of_a_wire(
    folder: Path, home_assistant: RealHomeAssistant
) -> AsyncIterator[tuple[Claw, Local, Tap]]:
    async with tapped(home_assistant.url) as tap:
        with running_for(folder, tap.url, home_assistant.token, POLICY, SERVICES) as daemon:
            async with local(daemon.state) as claw:
                await until(lambda: linked(claw))
                yield daemon, claw, tap


async def test_a_call_whose_answer_is_lost_is_unknown_then_settled_by_state_and_never_repeated(
    home_assistant: RealHomeAssistant, tmp_path: Path
) -> None:
    calls: list[dict[str, Any]] = []
    async with (
        at_the_end_of_a_wire(tmp_path, home_assistant) as (_, claw, tap),
        home_assistant.talk() as talk,
        counting(home_assistant, calls),
    ):
        await bring(talk, claw, Case("", [turn("off", "input_boolean.guests")]))
        calls.clear()
        saying = await lose_a_call(tap, claw, calls)
        tap.closed = True
        tap.cut()
        reply = await saying
        assert reply["status"] == "failed"
        (outcome,) = reply["outcomes"]
        assert outcome["status"] == "unknown"
        # Longer than a light may take to react: away is not the same as failed.
        await asyncio.sleep(6)
        assert await settled(claw, outcome["audit"]) is None
        tap.deaf = tap.closed = False
        assert await until(lambda: settled(claw, outcome["audit"])) == ["unknown", "done"]
        assert len(of(calls, "input_boolean.guests")) == 1


async def test_home_assistant_restarts_in_the_middle(home_assistant: RealHomeAssistant, tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = []
    async with (
        contextlib.AsyncExitStack() as later,
        at_the_end_of_a_wire(tmp_path, home_assistant) as (run, first, tap),
    ):
        lost = await restart_in_the_middle_of_a_call(home_assistant, tap, first, calls)
        # Before Claw may come in, somebody who counts is there.
        ear = await until(lambda: entered(later, home_assistant, calls), 120)
        tap.deaf = tap.closed = False
        claw = await later.enter_async_context(local(run.state))  # the first has said nothing for too long by now
        await until(lambda: linked(claw), 60)
        async with ear.http.get(f"{home_assistant.url}/api/config") as answer:
            assert (await answer.json())["state"] == "RUNNING"
        outcomes = await until(lambda: settled(claw, lost))
        theirs = await shown(ear, home_assistant.url)
        assert outcomes == ["unknown", "done" if theirs["input_boolean.guests"]["state"] == "on" else "failed"]
        house = await claw.ask("house")
        ours = {one["entity_id"]: one["state"] for one in house["entities"]}
        assert {entity: ours[entity] for entity in LIGHTS} == {entity: theirs[entity]["state"] for entity in LIGHTS}
        assert (await claw.say("turn on the ac"))["status"] == "done"
        assert (await claw.say("turn off the ac"))["status"] == "done"
        assert (await shown(ear, home_assistant.url))["switch.ac"]["state"] == "off"
        assert len(of(calls, "input_boolean.guests")) == 1
        assert of(calls, KITCHEN) == []


async def restart_in_the_middle_of_a_call(
    home_assistant: RealHomeAssistant, tap: Tap, claw: Local, calls: list[dict[str, Any]]
) -> int:
    """Lose a call in a restart and ask for more while the house is away; return the lost call's audit number."""
    async with home_assistant.talk() as talk, counting(home_assistant, calls) as ear:
        await bring(talk, claw, Case("", [turn("off", "input_boolean.guests", KITCHEN)]))
        calls.clear()
        saying = await lose_a_call(tap, claw, calls)
        tap.closed = True
        await talk.ws.send_json({"id": 9999, "type": "call_service", "domain": "homeassistant", "service": "restart"})
        reply = await saying
        (outcome,) = reply["outcomes"]
        assert outcome["status"] == "unknown"
        away = await claw.say("turn on the kitchen lights")
        assert away["status"] == "failed"
        assert "cannot reach the house" in away["text"]
        assert (await claw.say("which lights are on"))["status"] == "failed"

        async def gone() -> bool:
            return bool(ear.ws.closed)

        await until(gone, 60)
        return int(outcome["audit"])


async def entered(
    later: contextlib.AsyncExitStack, home_assistant: RealHomeAssistant, calls: list[dict[str, Any]]
) -> Talk | None:
    """Return somebody who counts calls, None while Home Assistant does not answer yet."""
    try:
        return await later.enter_async_context(counting(home_assistant, calls))
    except (aiohttp.ClientError, OSError, TypeError, AssertionError):
        return None
