import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action, Origin, Reply, Request
from claw.base.errors import Broken, Refused
from claw.daemon.build import Daemon
from claw.gate import verify
from claw.house.backend import Link
from claw.house.simulated import Fault, SimulatedHouse
from tests.living import CONSOLE, NOBODY, OWNER, living

CHANNELS = {
    "web": OWNER,
    "cli": CONSOLE,
    "voice": NOBODY,
    "screen": Origin("screen:hall", place="hall", source="test", conversation="screen"),
    "openai": Origin("openai", "anna", authenticated=True, source="test", conversation="openai"),
}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path) as made:
        yield made


async def say(daemon: Daemon, text: str, origin: Origin = OWNER) -> Reply:
    return await daemon.desk.say(text, origin)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_command_goes_the_same_way_from_every_channel(daemon: Daemon, channel: str) -> None:
    reply = await say(daemon, "turn on the kitchen lights", CHANNELS[channel])
    assert reply.status == "done"
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "on"
    entry = daemon.audit.entry(reply.outcomes[0].audit or 0)
    assert entry is not None
    assert entry.kind == "intent"
    assert entry.origin is not None
    assert entry.origin.channel == CHANNELS[channel].channel


@pytest.mark.parametrize("channel", CHANNELS)
async def test_unlocking_waits_for_a_yes_from_every_channel(daemon: Daemon, channel: str) -> None:
    reply = await say(daemon, "unlock the front door", CHANNELS[channel])
    assert reply.status in {"pending", "refused"}
    assert daemon.mirror.states["lock.front_door"].value == "locked"


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_said_stop_stops_from_every_channel(daemon: Daemon, channel: str) -> None:
    assert (await say(daemon, "stop everything", CHANNELS[channel])).status == "stopped"
    assert daemon.stop.engaged
    assert (await say(daemon, "turn on the kitchen lights")).status == "stopped"
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


async def test_questions_are_answered_while_stopped(daemon: Daemon) -> None:
    await say(daemon, "stop")
    assert (await say(daemon, "is the garage door open")).status == "answered"


async def test_a_lost_house_is_said(daemon: Daemon) -> None:
    daemon.mirror.linked(Link("lost", "restart"))
    for text in ("turn on the kitchen lights", "is the garage door open"):
        reply = await say(daemon, text)
        assert (reply.status, reply.text) == ("failed", "I cannot reach the house.")


async def test_a_yes_in_the_chat_counts_only_where_the_rule_lets_it(daemon: Daemon) -> None:
    await say(daemon, "unlock the front door")
    reply = await say(daemon, "yes")
    assert reply.status == "pending"
    assert len(daemon.desk.pending()) == 1
    assert daemon.mirror.states["lock.front_door"].value == "locked"


async def test_a_no_in_the_chat_closes_the_question(daemon: Daemon) -> None:
    await say(daemon, "unlock the front door")
    await say(daemon, "no")
    assert daemon.desk.pending() == []


async def test_a_yes_with_same_chat_unlocks(tmp_path: Path) -> None:
    policy = "version: 1\nrules:\n  - {id: u, confirm: lock.unlock, ask: {roles: [owner], same_chat: true}}\n"
    async with living(tmp_path, policy) as daemon:
        await say(daemon, "unlock the front door")
        assert (await say(daemon, "yes", replace(OWNER, conversation="other"))).status == "unclear"
        assert (await say(daemon, "yes")).status in {"done", "started"}


async def test_yes_to_nothing_is_unclear(daemon: Daemon) -> None:
    assert (await say(daemon, "yes")).status == "unclear"


async def test_undo_takes_the_last_act_back(daemon: Daemon) -> None:
    assert (await say(daemon, "undo")).status == "unclear"
    await say(daemon, "turn on the kitchen lights")
    await say(daemon, "undo")
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


async def test_a_follow_up_refers_to_the_last_act_of_this_conversation_only(daemon: Daemon) -> None:
    await say(daemon, "set the living room lamp to 30 percent")
    await say(daemon, "a bit brighter")
    bright = daemon.mirror.states["light.living_room_lamp"].attributes["brightness"]
    assert bright > 30 * 2.55
    assert (await say(daemon, "a bit brighter", replace(OWNER, conversation="other"))).status == "unclear"


async def test_the_answer_comes_in_the_language_of_the_question(tmp_path: Path) -> None:
    async with living(tmp_path, languages=("en", "de")) as daemon:
        reply = await say(daemon, "schalte Kitchen Ceiling ein")
        assert (reply.language, reply.status) == ("de", "done")


@pytest.mark.parametrize(("language", "says"), [("de", "nicht verstanden"), ("fr", "pas compris"), ("zh", "没听懂")])
async def test_what_is_not_understood_is_said_in_the_askers_language(tmp_path: Path, language: str, says: str) -> None:
    async with living(tmp_path, languages=("en", language)) as daemon:
        reply = await say(daemon, "blorp the frobnicator", replace(OWNER, language=language))
        assert (reply.status, reply.language) == ("unclear", language)
        assert says in reply.text
        assert "understand" not in reply.text


async def test_in_english_the_reason_is_told(daemon: Daemon) -> None:
    reply = await say(daemon, "turn on the lights")
    assert (reply.status, reply.language) == ("unclear", "en")
    assert reply.text.startswith("Which room do you mean?")


async def test_typed_actions_go_through_the_same_door(daemon: Daemon) -> None:
    reply = await daemon.desk.act([Action("lock.unlock", ("lock.front_door",))], OWNER)
    assert reply.status == "pending"
    reply = await daemon.desk.act([Action("shell_command.rm")], OWNER)
    assert reply.status == "refused"


async def test_a_slow_device_answers_in_three_seconds_and_tells_the_end(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify.ANSWER_S == 3.0
    monkeypatch.setattr(verify, "ANSWER_S", 0.1)
    assert isinstance(daemon.backend, SimulatedHouse)
    daemon.backend.faults["cover.bedroom_blinds"] = Fault(travel_s=0.5)
    heard: list[str] = []
    async with daemon.desk.feed(OWNER) as queue:
        reply = await say(daemon, "close the bedroom blinds")
        assert reply.status == "started"
        async with asyncio.timeout(15):
            while not heard:
                event = await queue.get()
                if event["type"] == "message":
                    heard.append(event["text"])
    assert "closed" in heard[0]


async def test_a_broken_log_is_a_clear_line_and_nothing_moves(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object, **__: object) -> int:
        raise Broken("audit.db cannot be used: database or disk is full")

    monkeypatch.setattr(daemon.audit, "append", full)
    reply = await say(daemon, "turn on the kitchen lights")
    assert reply.status == "failed"
    assert "disk is full" in reply.text
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


async def test_an_answer_to_nothing_is_refused(daemon: Daemon) -> None:
    with pytest.raises(Refused):
        await daemon.desk.answer("nope", OWNER, yes=True)


async def test_the_stages_are_timed(daemon: Daemon) -> None:
    reply = await daemon.desk.say("turn on the kitchen lights", OWNER)
    assert {"recognise", "decide", "disk", "device", "verify", "total"} <= set(reply.timings)
    assert Request("x", OWNER).origin is OWNER


async def test_thanks_get_a_short_answer(daemon: Daemon) -> None:
    for said in ("thank you", "Thanks!", "thanks, claw"):
        reply = await say(daemon, said)
        assert (reply.status, reply.text) == ("answered", "You are welcome.")


async def test_two_sentences_in_one_message_are_two_acts(daemon: Daemon) -> None:
    reply = await say(daemon, "Turn on the kitchen lights. Turn off the hall light.")
    assert reply.status == "done"
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "on"
    assert daemon.mirror.states["light.hall_ceiling"].value == "off"


@pytest.mark.parametrize(
    "other", ["turn on the jacuzzi.", "I am not home.", "is the front door locked?", "never mind that."]
)
async def test_of_two_sentences_neither_is_done_where_one_is_not_understood(daemon: Daemon, other: str) -> None:
    for said in (f"turn on the kitchen lights. {other}", f"{other} turn on the kitchen lights."):
        assert (await say(daemon, said)).status == "unclear"
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


async def test_a_risky_second_sentence_asks_for_all_of_it(daemon: Daemon) -> None:
    reply = await say(daemon, "turn on the kitchen lights. unlock the front door.")
    assert reply.status == "pending"
    assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"
    assert daemon.mirror.states["lock.front_door"].value == "locked"


async def test_what_was_done_last_in_this_talk_is_told(daemon: Daemon) -> None:
    assert (await say(daemon, "what did you do")).text == "In this talk I have done nothing in the last ten minutes."
    await say(daemon, "turn on the kitchen lights")
    assert (await say(daemon, "what did you just do?")).text.endswith(": The kitchen lights are on.")
    await say(daemon, "undo")
    assert (await say(daemon, "what did you just do?")).text.endswith(": The kitchen lights are off.")
    other = replace(OWNER, conversation="another")
    assert (await say(daemon, "what did you just do?", other)).text.startswith("In this talk I have done nothing")


@pytest.mark.parametrize("word", ["reset", "resume", "Continue.", "lift the stop"])
async def test_a_word_says_how_a_stop_is_lifted_and_lifts_none(daemon: Daemon, word: str) -> None:
    await say(daemon, "stop")
    reply = await say(daemon, word)
    assert reply.status == "stopped"
    assert "no word in a talk lifts that" in reply.text
    assert "signed in on the page" in reply.text
    assert reply.text.endswith('claw reset --reason "…"')
    assert daemon.stop.engaged
    daemon.stop.engage("by hand", CONSOLE)
    assert "lifted at the machine itself" in (await say(daemon, word)).text
    assert daemon.stop.engaged


async def test_reset_is_a_word_only_while_stopped(daemon: Daemon) -> None:
    assert (await say(daemon, "reset")).status == "unclear"
