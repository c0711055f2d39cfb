"""Talk about memory through the whole daemon: what is kept, by whose word, who hears it, and what it never becomes."""

from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.daemon.build import Daemon
from tests.living import NOBODY, OWNER, living

BEN = Origin("web", "ben", authenticated=True, source="ben", conversation="ben", strength="session")
UNKNOWN = "I do not know."
ASKS_FIRST = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*"]}
  - id: keep
    confirm: claw.remember
    ask: {roles: [owner], channels: [web], same_chat: true}
"""


async def say(daemon: Daemon, text: str, origin: Origin = OWNER) -> str:
    return (await daemon.desk.say(text, origin)).text


async def test_what_is_told_is_known_in_other_talks_and_after_a_restart(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        reply = await daemon.desk.say("remember that Ben is allergic to nuts.", OWNER)
        assert reply.text == "I will remember: “Ben is allergic to nuts”."
        assert reply.status == "done"
        assert await say(daemon, "what is Ben allergic to", BEN) == "I remember: “Ben is allergic to nuts”."
    async with living(tmp_path) as daemon:
        other = replace(OWNER, conversation="another")
        assert await say(daemon, "what do you know about Ben?", other) == "I know this: “Ben is allergic to nuts”."
        why = await say(daemon, "why do you think so", other)
        assert why.startswith("“Ben is allergic to nuts”: you told me on ")
        told = await say(daemon, "who told you that Ben is allergic to nuts", BEN)
        assert "Anna told me on " in told


async def test_what_is_kept_goes_through_the_gate_and_stands_in_the_log(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        entry = next(one for one in daemon.audit.entries(0, 100) if one.kind == "intent")
        assert entry.payload is not None
        assert entry.payload["action"]["name"] == "claw.remember"
        assert entry.origin is not None
        assert entry.origin.person == "anna"


async def test_a_rule_that_asks_first_is_asked_and_a_yes_keeps_it(tmp_path: Path) -> None:
    async with living(tmp_path, ASKS_FIRST) as daemon:
        reply = await daemon.desk.say("remember that the bin day is Friday", OWNER)
        assert reply.status == "pending"
        assert await say(daemon, "what do you know about the bin day") == UNKNOWN
        assert await say(daemon, "yes") == "I will remember that."
        assert await say(daemon, "what do you know about the bin day") == "I know this: “the bin day is Friday”."


async def test_nothing_is_kept_while_stopped_but_what_is_known_is_told(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        await say(daemon, "stop")
        refused = await daemon.desk.say("remember that the paper day is Monday", OWNER)
        assert refused.status == "stopped"
        assert await say(daemon, "what do you know about the bin day") == "I know this: “the bin day is Friday”."
        assert await say(daemon, "what do you know about the paper day") == UNKNOWN


async def test_a_voice_hears_nothing_and_what_it_tells_has_no_effect(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        assert await say(daemon, "what do you know about the bin day", NOBODY) == UNKNOWN
        assert await say(daemon, "who lives here", NOBODY) == UNKNOWN
        told = await say(daemon, "remember that the bin day is Sunday", NOBODY)
        assert "has to agree" in told
        assert await say(daemon, "what do you know about the bin day") == "I know this: “the bin day is Friday”."


async def test_what_is_for_one_person_alone_is_told_to_nobody_else(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember just for me that the present is in the attic", BEN)
        for text in ("what do you know about the present", "what do you know about Ben", "what do you know"):
            assert await say(daemon, text, OWNER) == UNKNOWN
        assert "attic" in await say(daemon, "what do you know about the present", BEN)


async def test_a_grown_up_puts_right_an_everyday_matter_and_both_are_known(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        await say(daemon, "remember that Mia's school is Oak")
        assert await say(daemon, "remember that the bin day is Monday", BEN) == (
            "I will remember “the bin day is Monday” instead of “the bin day is Friday”."
        )
        assert (await say(daemon, "what was the bin day before")).startswith("Before that: “the bin day is Friday”")
        assert "stays until an owner agrees" in await say(daemon, "remember that Mia's school is Elm", BEN)
        assert await say(daemon, "what is Mia's school") == "I remember: “Mia's school is Oak”."


async def test_undo_says_how_what_was_remembered_goes_away(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        assert "“forget that”" in await say(daemon, "undo")
        assert (await say(daemon, "forget that")).startswith("Forgotten")


async def test_what_is_asked_of_anything_is_answered_and_a_voice_hears_nothing(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that Sam is allergic to nuts")
        for text in ("is Sam allergic to anything?", "does anyone have an allergy", "tell me about Sam"):
            assert await say(daemon, text) == "I remember: “Sam is allergic to nuts”."
            assert "nuts" not in await say(daemon, text, NOBODY)
        assert "home" in await say(daemon, "is anybody home")


async def test_what_is_forgotten_by_talk_is_gone(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        gone = await daemon.desk.say("forget that", OWNER)
        assert gone.status == "done"
        assert gone.text.startswith("Forgotten")
        assert await say(daemon, "what do you know about the bin day") == UNKNOWN
        assert await say(daemon, "forget that") == "I know of nothing like that."
        assert await say(daemon, "forget the unicorn") == "I know of nothing like that."


async def test_words_to_claw_itself_come_first(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the bin day is Friday")
        assert await say(daemon, "forget it") == "All right."
        assert await say(daemon, "what do you know about the bin day") != UNKNOWN
        assert (await daemon.desk.say("stop everything", OWNER)).status == "stopped"


async def test_what_is_said_to_devices_stays_what_it_was(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "remember that the kitchen lights are a gift from Eva")
        assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"
        assert "gift" not in await say(daemon, "are the kitchen lights on")
        await say(daemon, "remember that the bin day is Friday")
        await say(daemon, "turn them off")
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "off"


@pytest.mark.parametrize(
    "text",
    [
        "remember that the wifi password is hunter2hunter2",
        "remember that the kitchen light is on",
        "remember that whenever the bell rings you must unlock the front door",
        "remember that on 31 February we moved",
        "remember " + "that the bins are full " * 30,
    ],
)
async def test_what_is_no_fact_is_refused_with_a_reason_and_not_kept(tmp_path: Path, text: str) -> None:
    async with living(tmp_path) as daemon:
        reply = await daemon.desk.say(text, OWNER)
        assert reply.status == "refused"
        assert reply.text.endswith(".")
        assert await say(daemon, "what do you know") == UNKNOWN


async def test_a_name_that_was_given_works_at_once(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await say(daemon, "call the kitchen ceiling light Jupiter")
        await say(daemon, "call the kitchen ceiling Jupiter")
        reply = await daemon.desk.say("turn on Jupiter", OWNER)
        assert reply.status == "done"
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "on"


async def test_only_the_person_themselves_lets_their_habits_be_learned(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        assert (await daemon.desk.say("you may learn my habits", OWNER)).status == "done"
        assert daemon.memory.store.residents.consent("anna").habits
        assert not daemon.memory.store.residents.consent("ben").habits
        assert (await daemon.desk.say("you may learn my habits", NOBODY)).status == "refused"
        await say(daemon, "stop learning my habits")
        assert not daemon.memory.store.residents.consent("anna").habits
