"""A program that a model wrote, lived through a whole daemon: what is said is what was done, and what waits is kept."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from claw.base.action import Origin, Reply
from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import Refused
from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER
from claw.daemon.staging import Staging
from claw.house.model import State
from claw.house.simulated import Fault, SimulatedHouse
from claw.program.run import CHANGED
from tests.living import CONSOLE, OWNER, living
from tests.peers.real_hass import free_port
from tests.peers.scripted_model import ScriptedModel
from tests.running import Claw, running
from tests.talking import until

SAY = "make it right for this evening please"
FASTER = 10.0


class QuickClock(SystemClock):
    """A timer that goes off ten times as early, so that nobody waits for devices that never answer."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / FASTER)


class Lived:
    """A daemon, the model that writes its programs, and whoever talks to it."""

    def __init__(self, daemon: Daemon, model: ScriptedModel) -> None:
        self.daemon = daemon
        self.model = model

    @property
    def house(self) -> SimulatedHouse:
        assert isinstance(self.daemon.backend, SimulatedHouse)
        return self.daemon.backend

    @property
    def done(self) -> list[str]:
        """What the house was told to do, in short."""
        return [f"{one.name} {' '.join(one.entities)}" for one in self.house.performed]

    def state(self, entity: str) -> str:
        return self.daemon.mirror.states[entity].value

    async def say(self, text: str = SAY, by: Origin = OWNER, **answer: Any) -> Reply:
        """Say something; ``answer`` is what the model answers with."""
        if answer:
            self.model.says(**answer)
        return await self.daemon.desk.say(text, by)

    async def program(self, source: str, text: str = SAY) -> Reply:
        """Say something that the model answers with this program."""
        return await self.say(text, program=source)

    async def yes(self, reply: Reply, *, yes: bool = True) -> Reply:
        (pending,) = reply.pending
        return await self.daemon.desk.answer(pending.id, OWNER, yes=yes)


@asynccontextmanager
async def lived(folder: Path, policy: str | None = None, house: Path = FOLDER / "house.yaml") -> AsyncIterator[Lived]:
    async with ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        staging = Staging(clock=QuickClock(), travel_s={"cover": 1.0, "lock": 0.5})
        async with living(folder, policy, house, model=model, staging=staging) as daemon:
            yield Lived(daemon, server)


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        yield found


# ---------------------------------------------------------------------------------------------------- what it is for


@pytest.mark.parametrize(("above", "closed"), [(15, True), (25, False)])
async def test_a_condition_is_looked_at_in_the_house(home: Lived, above: int, closed: bool) -> None:
    reply = await home.program(
        f'if state("climate.bedroom", "current_temperature") > {above}:\n'
        '    await call("cover.close_cover", "cover.bedroom_blinds")',
        f"if the bedroom is above {above} degrees please keep out the sun",
    )
    assert (home.done == ["cover.close_cover cover.bedroom_blinds"]) is closed
    assert (reply.status in {"done", "started"}) is closed
    if not closed:
        assert (reply.text, reply.outcomes) == ("Nothing was changed.", ())


async def test_a_loop_goes_over_what_was_found(home: Lived) -> None:
    reply = await home.program(
        'for lamp in find(domain="light", area="kitchen"):\n    await call("light.turn_on", lamp)'
    )
    assert (reply.status, reply.path, len(reply.outcomes)) == ("done", "program", 3)
    assert {home.state(one) for one in home.daemon.mirror.states if one.startswith("light.kitchen")} == {"on"}


async def test_everything_except_leaves_the_exception_alone(home: Lived) -> None:
    before = [
        one for one, state in home.daemon.mirror.states.items() if one.startswith("light.") and state.value == "on"
    ]
    assert "light.hall_ceiling" in before
    reply = await home.program(
        'on = [one for one in find(domain="light", state="on") if one != "light.hall_ceiling"]\n'
        'await call("light.turn_off", on)',
        "darkness everywhere but not in the hall",
    )
    assert reply.status == "done"
    assert home.state("light.hall_ceiling") == "on"
    assert [one for one in before if home.state(one) == "on"] == ["light.hall_ceiling"]


async def test_several_steps_are_done_in_their_order_and_told_together(home: Lived) -> None:
    reply = await home.program(
        'await call("cover.close_cover", "cover.living_room_curtain")\n'
        'await call("light.turn_on", "light.living_room_lamp", brightness_pct=30)\n'
        'await call("media_player.turn_on", "media_player.living_room_tv")\n'
        '"I have made you a coffee"',
    )
    assert home.done == [
        "cover.close_cover cover.living_room_curtain",
        "light.turn_on light.living_room_lamp",
        "media_player.turn_on media_player.living_room_tv",
    ]
    told, _, words = reply.text.partition("The program says: ")
    assert "living room lamp is at 30 %" in told
    assert "coffee" not in told
    assert "coffee" in words


async def test_what_is_waited_for_is_told_when_it_comes(home: Lived) -> None:
    async with home.daemon.desk.feed(OWNER) as events:
        reply = await home.program(
            'while not await wait_until("sensor.house_power", below=5):\n    pass\n'
            'await notify("The washing machine is done")'
        )
        assert reply.status == "started", reply
        home.house.set_state("sensor.house_power", "3")
        async with asyncio.timeout(10):
            while "The washing machine is done" not in str(await events.get()):
                pass


async def test_a_question_about_the_past_is_answered_from_the_past(home: Lived) -> None:
    last = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  the night that is asked about is last night
    past = [State("off", changed=last - timedelta(hours=20))]
    past += [State(value, changed=last - timedelta(hours=hours)) for value, hours in (("on", 9), ("off", 8))]
    home.house.recall({"binary_sensor.front_door": past})
    reply = await home.program(
        'was = [one["state"] for one in await history("binary_sensor.front_door", hours=12)]\n'
        "f\"The door was opened {was.count('on')} times.\"",
        "did anybody come or go through the front door during the night?",
    )
    assert (reply.status, reply.text, reply.outcomes) == ("answered", "The door was opened 1 times.", ())


WHICH = (
    'which = await ask("Which lamp?", ["light.living_room_lamp", "light.porch"])\nawait call("light.turn_off", which)'
)


async def test_it_asks_which_and_the_next_sentence_answers(home: Lived) -> None:
    home.house.set_state("light.porch", "on")
    reply = await home.program(WHICH, "the lamp is too bright for reading")
    assert (reply.status, reply.text) == ("pending", "Which lamp? (light.living_room_lamp, light.porch)")
    assert home.done == []
    reply = await home.say("the porch one")
    assert (reply.status, home.done) == ("done", ["light.turn_off light.porch"])
    assert home.state("light.living_room_lamp") == "on"
    assert len(home.model.requests) == 1, "an answer asks no model"


async def test_a_command_between_a_question_and_its_answer_is_a_command(home: Lived) -> None:
    home.house.set_state("light.porch", "on")
    await home.program(WHICH)
    assert (await home.say("turn on the kitchen lights")).path == "intent"
    assert (await home.say("the porch one")).status == "done"
    assert home.done[-1] == "light.turn_off light.porch"


POSTMAN = 'await call("lock.unlock", "lock.front_door")\nawait call("light.turn_off", "light.hall_ceiling")\n"done"'


async def test_a_plan_waits_as_a_whole_and_goes_on_with_the_yes(home: Lived) -> None:
    reply = await home.program(POSTMAN, "let the postman in")
    assert reply.status == "pending"
    assert {"Unlock the front door", "Turn off Hall Ceiling"} <= {
        line.partition(" (now")[0].removeprefix("- ") for line in reply.text.splitlines()
    }
    assert home.done == [], "not even the lamp before the yes"
    reply = await home.yes(reply)
    assert (reply.status, home.state("lock.front_door")) == ("done", "unlocked")
    assert home.done == ["lock.unlock lock.front_door", "light.turn_off light.hall_ceiling"]


async def test_a_no_leaves_everything_and_the_program_never_goes_on(home: Lived) -> None:
    reply = await home.program(POSTMAN, "let the postman in")
    assert (await home.yes(reply, yes=False)).status == "done"
    assert (home.done, home.state("lock.front_door")) == ([], "locked")
    with pytest.raises(Refused):
        await home.yes(reply)
    assert home.done == []


async def test_twenty_lights_are_under_way_at_once(tmp_path: Path) -> None:
    names = [f"light.row_{at}" for at in range(20)]
    lamps = [
        {"entity_id": one, "name": one, "state": "off", "attributes": {"supported_color_modes": ["onoff"]}}
        for one in names
    ]
    (tmp_path / "house.yaml").write_text(json.dumps({"entities": lamps}), encoding="utf-8")
    release, waiting = asyncio.Event(), list[float]()

    class Held(QuickClock):
        async def sleep(self, seconds: float) -> None:
            waiting.append(seconds)
            await release.wait()

    async def all_under_way() -> bool:
        return len(waiting) == len(names)

    async with lived(tmp_path, RULES, house=tmp_path / "house.yaml") as home:
        home.house._timer = Held()
        home.house.faults.update({lamp: Fault(delay_s=1.0) for lamp in names})
        home.model.says(
            program="import asyncio\n"
            'await asyncio.gather(*[call("light.turn_on", one) for one in find(domain="light")])'
        )
        saying = asyncio.create_task(home.daemon.desk.say(SAY, OWNER))
        await until(all_under_way)
        assert home.done == []
        release.set()
        assert (await saying).status == "done"
        assert len(home.done) == len(names)


async def test_what_a_program_did_is_taken_back_as_one(home: Lived) -> None:
    await home.program(
        'await call("light.turn_on", ["light.porch", "light.garden_path"])\n'
        'await call("media_player.turn_on", "media_player.living_room_tv")'
    )
    assert home.state("light.porch") == "on"
    reply = await home.say("undo")
    assert reply.status == "done", reply
    shown = [home.state(one) for one in ("light.porch", "light.garden_path", "media_player.living_room_tv")]
    assert shown == ["off", "off", "off"]


# ------------------------------------------------------------------------------------------------------- the stop


async def test_a_stop_while_the_model_thinks_leaves_nothing_to_come(home: Lived) -> None:
    home.model.says(program='await call("light.turn_on", "light.porch")', delay_s=30)
    saying = asyncio.create_task(home.daemon.desk.say(SAY, OWNER))
    await home.model.answering.wait()
    home.daemon.stop.engage("enough", CONSOLE)
    assert (await saying).status == "stopped"
    assert home.done == []


async def test_a_stop_in_the_middle_of_a_run_leaves_the_rest_undone_and_says_so(home: Lived) -> None:
    begun = asyncio.Event()

    class Held(QuickClock):
        async def sleep(self, seconds: float) -> None:
            begun.set()
            await super().sleep(seconds)

    home.house._timer = Held()
    home.house.faults["light.garden_path"] = Fault(delay_s=2.0)
    home.model.says(
        program='await call("light.turn_on", "light.porch")\nawait call("light.turn_on", "light.garden_path")\n'
        'await call("light.turn_on", "light.office_desk")'
    )
    saying = asyncio.create_task(home.daemon.desk.say(SAY, OWNER))
    await begun.wait()
    home.daemon.stop.engage("enough", CONSOLE)
    reply = await saying
    assert reply.status in {"stopped", "partial", "unknown", "refused", "failed"}
    assert "light.turn_on light.office_desk" not in home.done
    assert home.state("light.office_desk") == "off"
    assert "Desk Lamp is on" not in reply.text
    await home.daemon.desk.reset("all is well", CONSOLE, console=True)
    await asyncio.sleep(0.05)
    assert home.state("light.office_desk") == "off", "a reset takes nothing up again"


async def test_a_stop_while_a_program_waits_ends_it_for_good(home: Lived) -> None:
    reply = await home.program(
        'await wait_until("sensor.house_power", below=5)\nawait call("light.turn_on", "light.porch")'
    )
    assert reply.status == "started"
    home.daemon.stop.engage("enough", CONSOLE)
    await home.daemon.desk.reset("all is well", CONSOLE, console=True)
    home.house.set_state("sensor.house_power", "3")
    await asyncio.sleep(0.1)
    assert (home.done, home.state("light.porch")) == ([], "off")


async def test_a_question_that_stood_at_a_stop_is_answered_no_more(home: Lived) -> None:
    which = await home.program(WHICH)
    assert which.status == "pending"
    lock = await home.program(POSTMAN, "let the postman in")
    home.daemon.stop.engage("enough", CONSOLE)
    await home.daemon.desk.reset("all is well", CONSOLE, console=True)
    home.model.when("", text="I do not know")
    assert (await home.say("the porch one")).outcomes == ()
    try:
        reply = await home.yes(lock)
    except Refused:
        pass
    else:
        assert reply.outcomes == ()
    assert home.done == []


# ---------------------------------------------------------------------------------------------------- over a restart


def _taken_up(home: Lived) -> None:
    assert home.daemon.thinking is not None
    home.daemon.thinking.programs.recover()


async def test_a_yes_after_a_restart_lets_the_program_go_on(tmp_path: Path) -> None:
    async with lived(tmp_path) as home:
        asked = await home.program(POSTMAN, "let the postman in")
    async with lived(tmp_path) as home:
        _taken_up(home)
        reply = await home.yes(asked)
        assert (reply.status, home.state("lock.front_door")) == ("done", "unlocked")
        assert home.done == ["lock.unlock lock.front_door", "light.turn_off light.hall_ceiling"]
        assert home.model.requests == [], "nobody is asked to write it again"


async def test_an_answer_after_a_restart_lets_the_program_go_on(tmp_path: Path) -> None:
    async with lived(tmp_path) as home:
        assert (await home.program(WHICH.replace("turn_off", "turn_on"))).status == "pending"
    async with lived(tmp_path) as home:
        _taken_up(home)
        reply = await home.say("the porch one")
        assert (reply.status, home.done) == ("done", ["light.turn_on light.porch"])
        assert home.model.requests == []


async def test_what_waited_at_a_stop_is_taken_up_by_no_restart(tmp_path: Path) -> None:
    async with lived(tmp_path) as home:
        assert (await home.program(WHICH.replace("turn_off", "turn_on"))).status == "pending"
        waits = 'await wait_until("sensor.house_power", below=5)\nawait call("light.turn_on", "light.porch")'
        assert (await home.program(waits)).status == "started"
        home.daemon.stop.engage("enough", CONSOLE)
        await home.daemon.desk.reset("all is well", CONSOLE, console=True)
    async with lived(tmp_path) as home:
        _taken_up(home)
        home.model.when("", text="I do not know")
        assert (await home.say("the porch one")).outcomes == ()
        home.house.set_state("sensor.house_power", "3")
        await asyncio.sleep(0.1)
        assert (home.done, home.state("light.porch")) == ([], "off")


RULES = """\
version: 1
rules:
  - {id: comfort, allow: "light.*"}
  - {id: talk, allow: [claw.notify, claw.model]}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner], channels: [web, cli], wait: 10 min}}
"""
NO_LOCKS = RULES + "  - {id: never, deny: lock.unlock, why: the locksmith is here}\n"
NO_LIGHTS = RULES.replace('allow: "light.*"', 'deny: "light.*", why: the electrician is here')


async def test_a_yes_after_a_restart_with_stricter_rules_is_judged_anew(tmp_path: Path) -> None:
    async with lived(tmp_path, RULES) as home:
        asked = await home.program(POSTMAN, "let the postman in")
        assert asked.status == "pending", asked
    async with lived(tmp_path, NO_LOCKS) as home:
        _taken_up(home)
        try:
            reply = await home.yes(asked)
        except Refused:
            pass
        else:
            assert reply.status in {"refused", "stopped"}, reply
        assert (home.done, home.state("lock.front_door")) == ([], "locked")


async def test_a_yes_to_a_program_that_would_now_do_something_else_does_nothing(tmp_path: Path) -> None:
    either = (
        'low = state("sensor.house_power") < 5\n'
        'await call("lock.unlock", "lock.front_door" if low else "lock.garden_gate")'
    )
    async with lived(tmp_path, RULES) as home:
        home.house.set_state("sensor.house_power", "3")
        asked = await home.program(either, "let the postman in")
        assert "front door" in asked.text
    async with lived(tmp_path, RULES + "  - {id: more, allow: fan.turn_on}\n") as home:
        _taken_up(home)
        reply = await home.yes(asked)
        assert CHANGED in reply.text
        assert home.done == []


async def test_an_answer_after_a_restart_with_stricter_rules_is_judged_anew(tmp_path: Path) -> None:
    async with lived(tmp_path, RULES) as home:
        assert (await home.program(WHICH)).status == "pending"
    async with lived(tmp_path, NO_LIGHTS) as home:
        _taken_up(home)
        reply = await home.say("the porch one")
        assert (reply.status, home.done) == ("refused", [])
        assert "the electrician is here" in reply.text


async def test_a_program_that_was_waiting_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with lived(tmp_path) as home:
        reply = await home.program(
            'await call("light.turn_on", "light.porch")\n'
            'while not await wait_until("sensor.house_power", below=5):\n    pass\n'
            'await call("light.turn_on", "light.garden_path")'
        )
        assert (reply.status, home.done) == ("started", ["light.turn_on light.porch"])
    async with lived(tmp_path) as home:
        _taken_up(home)
        home.house.set_state("sensor.house_power", "3")

        async def lit() -> bool:
            return home.state("light.garden_path") == "on"

        await until(lit)
        assert home.done == ["light.turn_on light.garden_path"], "what was done before is not done again"


# --------------------------------------------------------------------------------------------------------- bad input


BAD: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "nonsense": ({"program": "turn on the lamp, please!"}, ""),
    "wrong id": ({"program": 'await call("light.turn_on", "light.moon")'}, ""),
    "wrong bound": ({"program": 'await call("light.turn_on", "light.porch", brightness_pct=900)'}, ""),
    "only prints": ({"program": 'print("I have turned on everything")'}, "Nothing was changed."),
    "only claims": ({"program": '"I have turned on everything"'}, "Nothing was changed."),
    "never ends": ({"program": "while True:\n    pass"}, ""),
    "eats memory": ({"program": "'a' * 10**12"}, ""),
    "calls for ever": ({"program": 'while True:\n    state("sensor.house_power")'}, ""),
    "acts for ever": ({"program": 'while True:\n    await call("light.turn_on", "light.porch")'}, ""),
    "breaks before": ({"program": '1 / 0\nawait call("light.turn_on", "light.porch")'}, ""),
    "breaks after": ({"program": 'await call("light.turn_on", "light.porch")\n1 / 0'}, ""),
    "too long": ({"program": "x = 1\n" * 20_000}, ""),
    "reaches out": ({"program": 'import os\nos.system("ls")'}, ""),
    "is empty": ({"program": ""}, ""),
    "only words": ({"text": "I have turned on everything."}, ""),
    "says nothing": ({"text": ""}, ""),
    "garbage": ({"trouble": "garbage"}, "no answer of a model"),
    "cut off": ({"trouble": "cut off"}, "broke off"),
    "key": ({"status": 401, "message": "no"}, "refuses the key"),
    "model": ({"status": 404, "code": "model_not_found", "message": "no"}, "does not know the model"),
    "context": ({"status": 400, "code": "context_length_exceeded", "message": "no"}, "more at once"),
    "endless calls": ({"calls": tuple(("run", '{"program": "1"}') for _ in range(200))}, ""),
    "other tool": ({"calls": (("shell", '{"command": "ls"}'),)}, "the model had no answer"),
    "not json": ({"calls": (("run", "{program"),)}, "the model had no answer"),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    """A house that several cases live in, one after the other, each in a talk of its own."""
    async with lived(tmp_path_factory.mktemp("shared")) as found:
        yield found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("bad", BAD)
async def test_whatever_the_model_writes_the_person_gets_a_sentence_and_nothing_is_half_done(
    bad: str, shared: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.llm.client.FIRST_WAIT_S", 0.0)
    home, (answer, says) = shared, BAD[bad]
    by = replace(OWNER, conversation=f"talk about {bad}")
    for lamp in (one for one in home.daemon.mirror.states if one.startswith("light.")):
        home.house.set_state(lamp, "off")
    home.model._rules.clear()
    home.model.requests.clear()
    home.model.when("", **answer)
    before = dict(home.daemon.mirror.states)
    reply = await home.say("be a good house and do the moon thing", by)
    assert reply.status not in {"done", "started", "pending"}, reply
    assert says in reply.text
    assert 10 < len(reply.text) < 700
    assert "Traceback" not in reply.text
    assert "\n" not in reply.text
    moved = {one for one, state in home.daemon.mirror.states.items() if state.value != before[one].value}
    told = {entity for outcome in reply.outcomes for entity in outcome.after}
    assert moved <= told, "whatever moved was told"
    assert len(home.model.requests) <= 9
    home.house.performed.clear()
    assert (await home.say("turn on the kitchen lights", by)).status == "done", "the local path goes on"
    assert len(home.done) == 1


async def test_without_a_key_a_person_hears_so_and_the_local_path_works(tmp_path: Path) -> None:
    async with living(tmp_path, model=ModelConfig(name="small", key_file=tmp_path / "none")) as daemon:
        reply = await daemon.desk.say(SAY, OWNER)
        assert (reply.status, "key" in reply.text) == ("failed", True), reply
        assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"


# ------------------------------------------------------------------------ a reply claims what the house shows, no more


LAMPS = ("light.porch", "light.garden_path", "light.office_desk", "light.kitchen_counter")
WRONG: tuple[Callable[[], Fault], ...] = (
    Fault,
    Fault,
    lambda: Fault(fail="overheated: the Porch Light is on"),
    lambda: Fault(unavailable=True),
    lambda: Fault(silent=True),
    lambda: Fault(lost=True),
    lambda: Fault(jam=True, travel_s=1.0),
    lambda: Fault(delay_s=1.0),
)
CLAIM = "Everything is on now, I have turned on all of it."


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("seed", range(25))
async def test_a_reply_never_claims_what_the_house_does_not_show(
    shared: Lived, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.3)
    chance = random.Random(seed)
    home, names = shared, {entity.entity_id: entity.name for entity in shared.daemon.mirror.registry.entities.values()}
    for lamp in LAMPS:
        home.house.set_state(lamp, "off")
    things = [*chance.sample(LAMPS, chance.randint(1, len(LAMPS)))]
    home.house.faults = {one: chance.choice(WRONG)() for one in things}
    together = chance.random() < 0.5
    acts = [f'call("light.turn_on", "{one}")' for one in things]
    lines = (
        [f"import asyncio\nawait asyncio.gather({', '.join(acts)})"] if together else [f"await {act}" for act in acts]
    )
    if chance.random() < 0.3:
        lines.insert(chance.randint(1, len(lines)), "1 / 0")
    home.model._rules.clear()
    home.model.when("^Request: ", text="OK")
    home.model.when("", program="\n".join([*lines, repr(CLAIM)]))
    reply = await home.daemon.desk.say(SAY, replace(OWNER, conversation=f"talk {seed}"))
    shown = {one: home.state(one) for one in LAMPS}
    told, _, words = reply.text.partition("The program says: ")
    for outcome in reply.outcomes:
        if outcome.status in {"done", "unchanged"}:
            assert all(shown[one] == "on" for one in outcome.action.entities), (outcome, shown)
    if reply.status == "done":
        assert reply.outcomes
        assert all(shown[one] == "on" for one in things)
    assert CLAIM not in told
    for sentence in told.split(". "):
        if sentence.rstrip(". ").endswith((" is on", " are on")) and "overheated" not in sentence:
            for one in LAMPS:
                assert names[one] not in sentence or shown[one] == "on", (reply.text, shown)
    assert not words or words.startswith("“")
    home.house.faults = {}
    await asyncio.sleep(0)


# ---------------------------------------------------------------------------------------------- the real thing, by HTTP


class Page:
    """Somebody signed in on the page of the real process, who stays so while it is started anew."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self._address = address.rstrip("/")

    async def post(self, path: str, **body: Any) -> Any:
        async with self._http.post(
            self._address + path, json=body, headers={"Origin": self._address}, timeout=aiohttp.ClientTimeout(30)
        ) as answer:
            return await answer.json()

    async def state_of(self, entity: str) -> str:
        async with self._http.get(f"{self._address}/api/house") as answer:
            house = await answer.json()
        return next(one["state"] for one in house["entities"] if one["entity_id"] == entity)


async def test_the_real_daemon_keeps_programs_over_a_kill_and_goes_on_with_what_the_page_says(tmp_path: Path) -> None:
    async with AsyncExitStack() as rooms:
        server = await rooms.enter_async_context(ScriptedModel())
        server.when("postman", program=POSTMAN)
        server.when("reading", program=WHICH.replace("turn_off", "turn_on"))
        http = await rooms.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
        secrets = {"CLAW_MODEL": "small", "OPENAI_BASE_URL": server.base_url}
        command = ("demo", "--port", str(free_port()), "--no-browser")

        @asynccontextmanager
        async def begun() -> AsyncIterator[Claw]:
            manager = running(tmp_path / "state", command, secrets)
            claw = await asyncio.to_thread(manager.__enter__)
            try:
                yield claw
            finally:
                await asyncio.to_thread(manager.__exit__, None, None, None)

        async with begun() as claw:
            page = Page(http, claw.address)
            assert "error" not in await page.post("/api/login", code=claw.code)
            lock = await page.post("/api/messages", text="let the postman in quickly")
            which = await page.post("/api/messages", text="somebody is reading out there", conversation="sofa")
            assert (lock["status"], which["status"]) == ("pending", "pending"), (lock, which)
            claw.process.kill()
        async with begun() as claw:
            page = Page(http, claw.address)
            said = await page.post("/api/messages", text="the porch one", conversation="sofa")
            assert (said["status"], await page.state_of("light.porch")) == ("done", "on"), said
            done = await page.post(f"/api/pending/{lock['pending'][0]['id']}", answer="yes")
            assert done["status"] == "done", done
            assert [await page.state_of(one) for one in ("lock.front_door", "light.hall_ceiling")] == [
                "unlocked",
                "off",
            ]
        assert len(server.requests) == 2, "nobody was asked to write anything again"
