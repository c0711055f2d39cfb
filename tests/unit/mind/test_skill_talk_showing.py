"""The talk with somebody who shows something: what may change, what it is called, and nothing before both are said."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from claw.base.erasure import Erasure
from claw.skills.model import MANIFEST, PROGRAM
from tests.shown_room import BEN, BLINDS, CEILING, LAMP, ShownRoom
from tests.skill_talking import Talked


@pytest.fixture
def talked(tmp_path: Path) -> Talked:
    return Talked(ShownRoom(tmp_path))


async def shown(talked: Talked) -> str:
    """Show the ceiling off, the lamp at 30 %, the curtain shut; return what Claw saw."""
    assert await talked.say("watch me")
    talked.room.change(CEILING, "off", brightness=None, color_mode=None)
    talked.room.change(LAMP, "on", brightness=77, color_mode="color_temp", color_temp_kelvin=2200)
    talked.room.change(BLINDS, "closed", current_position=0)
    told = await talked.say("that's it")
    assert told is not None
    return told


def draft(talked: Talked) -> dict[str, Any]:
    """Return the manifest of the one draft that was made."""
    [(made, origin)] = talked.known.proposed
    assert (made.made, made.people, origin.person) == ("shown", ("anna",), "anna")
    return yaml.safe_load(made.files[MANIFEST])


def changes(talked: Talked) -> set[str]:
    return set(draft(talked).get("parameters", {}))


async def test_what_was_seen_is_told_as_a_numbered_list_with_its_question(talked: Talked) -> None:
    told = await shown(talked)
    assert told.splitlines()[1:4] == [
        "1. Living Room Ceiling: off",
        "2. the living room lamp: at 30 %, at 2200 K",
        "3. the living room curtain: closed",
    ]
    assert "Which of these values are fixed?" in told
    assert talked.known.proposed == []


async def test_all_fixed_and_a_name_make_a_draft_without_parameters(talked: Talked) -> None:
    await shown(talked)
    assert await talked.say("all are fixed") == "I noted that. What shall I call it? Say “call it” and a name."
    told = await talked.say("call it reading time")
    assert told is not None
    assert told.endswith("I try it out first.")
    assert draft(talked)["triggers"]["phrases"] == {"en": ["reading time"]}
    assert changes(talked) == set()
    [(made, _)] = talked.known.proposed
    assert (made.name, made.files[PROGRAM].decode().count("call(")) == ("reading-time", 3)
    assert talked.room.demonstrations.current() is None


@pytest.mark.parametrize(
    ("said", "may_change"),
    [
        ("the brightness may change, call it reading time", {"brightness"}),
        ("the brightness can vary and call it reading time", {"brightness"}),
        ("2 may change, call it reading time", {"brightness", "warmth"}),
        ("only the brightness of 2 may change, call it reading time", {"brightness"}),
        ("the floor lamp may change, call it reading time", {"brightness", "warmth"}),
        ("the colour temperature is fixed, call it reading time", {"brightness"}),
        ("1 and 3 are fixed, call it reading time", {"brightness", "warmth"}),
        ("everything is fixed, call it reading time", set()),
        ("nothing may change. Call it reading time", set()),
        ("Claw, all, call it the reading time please", set()),
    ],
)
async def test_people_say_in_their_own_way_what_may_change(talked: Talked, said: str, may_change: set[str]) -> None:
    await shown(talked)
    assert await talked.say(said)
    assert changes(talked) == may_change
    assert draft(talked)["triggers"]["phrases"]["en"][0] == "reading time"


async def test_what_may_change_can_be_said_bit_by_bit(talked: Talked) -> None:
    await shown(talked)
    await talked.say("the brightness may change")
    await talked.say("the colour temperature may change")
    await talked.say("call it reading time")
    assert len(changes(talked)) == 2


async def test_a_line_without_a_figure_may_be_another_thing(talked: Talked) -> None:
    await shown(talked)
    await talked.say("1 may change, call it cosy corner")
    [parameter] = draft(talked)["parameters"].values()
    assert (parameter["type"], parameter["domain"]) == ("entity", ["light"])


async def test_a_name_alone_asks_for_the_values_and_values_alone_for_the_name(talked: Talked) -> None:
    await shown(talked)
    told = await talked.say("call it reading time")
    assert told is not None
    assert told.startswith("I will call it “reading time”. And which of these values are fixed?")
    await talked.say("all")
    assert len(talked.known.proposed) == 1


async def test_a_bare_answer_is_the_name_where_only_the_name_is_missing(talked: Talked) -> None:
    await shown(talked)
    assert await talked.say("reading time") is None
    await talked.say("all are fixed")
    assert await talked.say("turn off the kitchen ceiling") is None  # a sentence of its own goes its own way
    assert await talked.say("reading time in the big old armchair with some tea") is None
    assert await talked.say("reading time")
    assert len(talked.known.proposed) == 1


@pytest.mark.parametrize(
    "name",
    [
        "stop",
        "yes",
        "undo",
        "turn off all the lights",
        "good morning",
        "lock the front door",
        "watch me",
        "that's it",
        "start the film",
    ],
)
async def test_a_name_that_means_something_already_is_none(talked: Talked, name: str) -> None:
    talked.known.phrases["en"] = {"start the film"}
    await shown(talked)
    told = await talked.say(f"all, call it {name}")
    assert told is not None
    assert "means something else already" in told
    assert talked.known.proposed == []


@pytest.mark.parametrize("name", ["!!!", "one two three four five six seven", "“”"])
async def test_what_is_no_name_is_none(talked: Talked, name: str) -> None:
    await shown(talked)
    await talked.say(f"all, call it {name}")
    assert talked.known.proposed == []


@pytest.mark.parametrize("said", ["9 may change", "0 may change", "the humidity may change", "3 may not matter"])
async def test_what_is_not_in_the_list_changes_nothing(talked: Talked, said: str) -> None:
    await shown(talked)
    await talked.say(said)
    await talked.say("call it reading time")
    assert talked.known.proposed == []


@pytest.mark.parametrize(
    "said", ["the kettle may change", "the brightness of the moon may change", "x and 1 may change"]
)
async def test_an_unknown_word_leaves_open_which_is_meant(talked: Talked, said: str) -> None:
    await shown(talked)
    told = await talked.say(said)
    assert told is not None
    assert told.startswith("I did not understand which.")


async def test_lines_can_be_left_out(talked: Talked) -> None:
    await shown(talked)
    await talked.say("2 may change")
    told = await talked.say("leave out 1 and 2")
    assert told is not None
    assert told.splitlines()[1] == "1. the living room curtain: closed"
    await talked.say("call it shut up shop")
    assert talked.known.proposed == [], "the numbers are others now, so what may change is asked anew"
    await talked.say("all")
    assert [one["call"] for one in draft(talked)["may"]] == ["cover.close_cover"]


async def test_never_mind_ends_it_and_nothing_is_learned(talked: Talked) -> None:
    await shown(talked)
    assert talked.word("nevermind", BEN) is None
    reply = talked.word("nevermind")
    assert reply is not None
    assert reply.text == "All right. I learn nothing from that."
    assert talked.word("nevermind") is None
    assert await talked.say("all, call it reading time") is None
    assert talked.known.proposed == []


async def test_nobody_else_answers_for_the_one_who_shows(talked: Talked) -> None:
    await shown(talked)
    assert await talked.say("all, call it reading time", BEN) is None
    assert await talked.say("that's it", BEN) is None
    assert talked.known.proposed == []


async def test_words_of_the_talk_mean_nothing_while_nobody_shows_anything(talked: Talked) -> None:
    for said in ("that's it", "all", "1 may change", "call it reading time", "done", "without 2", "reading time"):
        assert await talked.say(said) is None


async def test_what_was_left_out_is_told_with_its_reason(talked: Talked) -> None:
    await talked.say("watch me")
    talked.room.change(LAMP, "off")
    talked.room.change("lock.front_door", "unlocked")
    talked.room.change("light.porch", "on", user="u-ben")
    told = await talked.say("that's all")
    assert told is not None
    assert "I leave out the front door: what lets somebody in" in told
    assert "I leave out the Porch light: somebody else changed that." in told


async def test_its_person_is_told_when_the_time_is_over(talked: Talked) -> None:
    await talked.say("watch me")
    talked.room.change(LAMP, "off")
    await talked.room.clock.advance(601)
    await talked.room.demonstrations.look()
    [message] = talked.known.told
    assert (message.to, message.kind) == ("person:anna", "question")
    assert message.text.startswith("The ten minutes are over. This is what I saw:\n1. the living room lamp: off\n")
    assert await talked.say("all, call it lights down")
    await talked.say("watch me")
    await talked.room.clock.advance(601)
    await talked.room.demonstrations.look()
    assert talked.known.told[1].text == "The ten minutes are over, and I saw nothing that I could learn."


async def test_what_was_said_is_forgotten_and_asked_again(talked: Talked) -> None:
    await shown(talked)
    await talked.say("all")
    assert talked.talk.erase(Erasure(everything=True)) >= 1
    await talked.say("call it reading time")
    assert talked.known.proposed == []


async def test_a_name_of_a_skill_that_there_is_gets_another_folder(talked: Talked) -> None:
    talked.known.add("reading-time", "trusted", people=("anna",))
    await shown(talked)
    told = await talked.say("all, call it reading time")
    assert told is not None
    assert [made.name for made, _ in talked.known.proposed] != ["reading-time"]


async def test_what_was_shown_is_kept_where_the_rules_do_not_let_it_in(talked: Talked) -> None:
    await shown(talked)
    talked.known.denies = True
    await talked.say("all are fixed")
    assert await talked.say("call it reading time") == "Only owners may do that."
    talked.known.denies = False
    assert (await talked.say("call it reading time") or "").endswith("I try it out first.")
