"""Spoken sentences through a whole daemon: a yes that counts for what it may, and a stop in the middle of a plan."""

import asyncio
from pathlib import Path

import pytest

from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.staging import Staging
from claw.voice.model import NOWHERE, Answer, Satellite, Stages, Utterance
from tests.living import living
from tests.peers.scripted_model import ScriptedModel
from tests.talking import until

POLICY = """\
version: 1
rules:
  - {id: messages, allow: claw.notify}
  - {id: on, allow: [light.turn_on, cover.*]}
  - {id: off, confirm: light.turn_off, ask: {channels: [voice, web]}}
  - {id: doors, confirm: lock.unlock, ask: {channels: [voice, web]}}
"""
KITCHEN = Satellite("kitchen", "kitchen", None, "10.0.0.5")
HALL = Satellite("hall", "hall", None, "10.0.0.5")
LOST = Satellite(NOWHERE, source="127.0.0.1")
COUNTER = "light.kitchen_counter"


async def _hear(daemon: Daemon, text: str, satellite: Satellite = KITCHEN, conversation: str = "") -> Answer:
    assert daemon.voice is not None
    utterance = Utterance(text, satellite, Stages(daemon.clock), language="en", conversation=conversation)
    return await daemon.voice.hearing.hear(utterance)


async def test_a_spoken_yes_counts_where_it_was_asked_and_for_nothing_that_lets_somebody_in(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY, voice={"wyoming": {"port": 0}}) as daemon:
        await _hear(daemon, "turn on the kitchen counter light")
        asked = await _hear(daemon, "turn off the kitchen counter light")
        assert asked.text == "Turn off Kitchen Counter (now on)?"
        assert asked.origin is not None
        # Whoever else says yes, and whatever talk they claim, it is a yes to nothing.
        for satellite, claimed in (
            (HALL, ""),
            (LOST, ""),
            (HALL, asked.origin.conversation),
            (LOST, asked.origin.conversation),
            (KITCHEN, "another talk"),
        ):
            assert (await _hear(daemon, "yes", satellite, claimed)).text.startswith("There is no question here")
        assert daemon.mirror.states[COUNTER].value == "on"

        # The answer to the right one says what was done, in words, by nobody.
        assert (await _hear(daemon, "yes please")).text == "Kitchen Counter is off."
        intents = [entry for entry in daemon.audit.entries(0, 1000) if entry.kind == "intent"]
        found = {(one.origin.channel, one.origin.person, one.origin.authenticated) for one in intents if one.origin}
        assert found == {("voice:kitchen", None, False)}

        # What is risky is asked where somebody can be known, though its rule names voice; so is what a number is for.
        asked = await _hear(daemon, "unlock the front door", HALL)
        number = daemon.gate.questions.waiting()[0].number
        assert asked.text.endswith(f"Please confirm on your phone or the page; the number is {number}.")
        for text in ("yes please", f"yes {number}", number, "do it", "confirm"):
            await _hear(daemon, text, HALL)
        assert daemon.mirror.states["lock.front_door"].value == "locked"
        assert len(daemon.gate.questions.waiting()) == 1
        assert (await _hear(daemon, "no", HALL)).text == "Rejected; nothing was done."


async def test_a_stop_in_the_middle_leaves_the_rest_undone_and_nothing_half_written(tmp_path: Path) -> None:
    async with living(tmp_path, POLICY, voice={"wyoming": {"port": 0}}) as daemon:
        plan = "turn on the kitchen counter light and close the living room curtains and turn on the garage light"
        turn = asyncio.ensure_future(_hear(daemon, plan))

        async def moving() -> bool:
            return daemon.mirror.states["cover.living_room_curtain"].value == "closing"

        await until(moving)
        stopped = await _hear(daemon, "Stop!")
        assert stopped.text == "I left the rest. Kitchen Counter is on."
        assert ((await turn).text, daemon.stop.engaged) == ("", False)
        assert daemon.mirror.states["light.garage_ceiling"].value == "off"

        async def written() -> bool:
            entries = daemon.audit.entries(0, 1000)
            ended = {entry.parent for entry in entries if entry.kind == "outcome"}
            return {entry.seq for entry in entries if entry.kind == "intent"} <= ended

        await until(written)
        assert daemon.stop.state().reason == ""
        # A page's own turn is nobody's to stop by voice, and the same satellite is heard again.
        await _hear(daemon, "turn on the hall light", HALL)
        assert daemon.mirror.states["light.hall_ceiling"].value == "on"
        assert not daemon.gate.questions.waiting()


async def test_a_stop_cuts_a_program_and_the_call_of_a_model_that_would_write_one(tmp_path: Path) -> None:
    program = (
        'await call("light.turn_on", "light.kitchen_counter")\n'
        'await call("cover.close_cover", "cover.living_room_curtain")\n'
        'await call("light.turn_on", "light.garage_ceiling")'
    )
    async with ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        policy = POLICY + "  - {id: think, allow: claw.model}\n"
        async with living(tmp_path, policy, voice={"wyoming": {"port": 0}}, model=model) as daemon:
            server.says(program=program)
            turn = asyncio.ensure_future(_hear(daemon, "make it right for this evening please"))

            async def moving() -> bool:
                return daemon.mirror.states["cover.living_room_curtain"].value == "closing"

            await until(moving)
            assert (await _hear(daemon, "stop")).text == "I left the rest. Kitchen Counter is on."
            assert (await turn).text == ""
            server.says(delay_s=30.0)
            turn = asyncio.ensure_future(_hear(daemon, "make it right for this morning please"))

            async def asked() -> bool:
                return len(server.requests) > 1

            await until(asked)
            assert (await _hear(daemon, "stop it")).text == "I left it at that."
            assert (await turn).text == ""
            assert daemon.mirror.states["light.garage_ceiling"].value == "off"
            assert not daemon.stop.engaged


async def test_a_late_answer_is_said_where_it_was_asked_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.voice.turns.ANSWER_S", 0.05)
    rules = "  - {id: think, allow: claw.model}\n  - {id: aloud, allow: assist_satellite.*, who: {channel: system}}\n"
    satellite = Satellite("assist_satellite.kitchen", "kitchen", "assist_satellite.kitchen", "10.0.0.5")
    async with ScriptedModel() as server:
        model = ModelConfig(name="small", base_url=server.base_url)
        async with living(tmp_path, POLICY + rules, voice={"wyoming": {"port": 0}}, model=model) as daemon:
            server.says(program='await call("light.turn_on", "light.garage_ceiling")', delay_s=0.3)
            answer = await _hear(daemon, "make it right for this evening please", satellite)
            assert answer.text == "One moment."

            def said() -> list[tuple[tuple[str, ...], str]]:
                found = [entry.payload or {} for entry in daemon.audit.entries(0, 1000) if entry.kind == "intent"]
                acts = [one["action"] for one in found]
                return [
                    (tuple(act["entities"]), act["data"]["message"])
                    for act in acts
                    if act["name"].startswith("assist_satellite.")
                ]

            async def spoken() -> bool:
                return bool(said())

            await until(spoken)
            assert said() == [(("assist_satellite.kitchen",), "Garage Ceiling is on.")]
            # Its own voice, heard by whoever else has ears, is no order.
            heard = await _hear(daemon, "garage ceiling is on", HALL)
            assert (heard.ignored, heard.text) == ("echo", "")


async def test_a_blind_that_arrives_is_told_about_where_it_cannot_be_seen_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    rules = "  - {id: aloud, allow: assist_satellite.*, who: {channel: system}}\n"
    staging = Staging(travel_s={"cover": 0.3})
    async with living(tmp_path, POLICY + rules, voice={"wyoming": {"port": 0}}, staging=staging) as daemon:

        def acts(name: str) -> list[list[str]]:
            entries = [one.payload or {} for one in daemon.audit.entries(0, 1000) if one.kind == "intent"]
            return [one["action"]["entities"] for one in entries if one["action"]["name"] == name]

        async def told() -> bool:
            return len(acts("claw.notify")) == 1

        async def announced() -> bool:
            return ["assist_satellite.bedroom"] in acts("assist_satellite.announce")

        for room, verb, heard in (("kitchen", "open", told), ("bedroom", "close", announced)):
            satellite = Satellite(room, room, f"assist_satellite.{room}", "10.0.0.5")
            answer = await _hear(daemon, f"{verb} the kitchen shade", satellite)
            assert (answer.cue == "done") is (room == "kitchen")
            await until(heard)
        assert acts("assist_satellite.announce") == [["assist_satellite.bedroom"]]
