from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.memory.model import Fact, Told
from claw.mind import memos_telling
from tests.talked_memory import ANNA, BEN, GUEST, VOICE, Household

UNKNOWN = "I do not know."


@pytest.fixture
async def home(tmp_path: Path) -> Household:
    made = Household(tmp_path)
    await made.tell("Sam is allergic to nuts", "the bin day is Friday", "I like tea", "the kettle is a gift from Eva")
    await made.say("remember just for me that the present for Ben is in the attic")
    return made


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("what do you know about Sam", "I know this: “Sam is allergic to nuts”."),
        ("what do you know about me?", "I know this: “Anna likes tea”."),
        ("what do you know about the kettle", "I know this: “the kettle is a gift from Eva”."),
        ("what do you know about Eva", "I know this: “the kettle is a gift from Eva”."),
        ("what is Sam allergic to", "I remember: “Sam is allergic to nuts”."),
        ("is Sam allergic to nuts", "I remember: “Sam is allergic to nuts”."),
        ("is Sam allergic to anything?", "I remember: “Sam is allergic to nuts”."),
        ("does Sam have any allergies", "I remember: “Sam is allergic to nuts”."),
        ("is there anything Sam is allergic to", "I remember: “Sam is allergic to nuts”."),
        ("is anyone allergic to nuts", "I remember: “Sam is allergic to nuts”."),
        ("is anybody allergic to anything", "I remember: “Sam is allergic to nuts”."),
        ("does anyone have an allergy", "I remember: “Sam is allergic to nuts”."),
        ("does anybody like tea", "I remember: “Anna likes tea”."),
        ("do you know what Sam is allergic to?", "I remember: “Sam is allergic to nuts”."),
        ("can you tell me when the bin day is", "I remember: “the bin day is Friday”."),
        ("tell me about Sam", "I remember: “Sam is allergic to nuts”."),
        ("what day is bin day", "I remember: “the bin day is Friday”."),
        ("who likes tea", "I remember: “Anna likes tea”."),
        ("who is allergic to nuts", "I remember: “Sam is allergic to nuts”."),
        ("what do I like", "I remember: “Anna likes tea”."),
        ("when is the bin day", "I remember: “the bin day is Friday”."),
        ("where is the present for Ben", "I remember: “the present for Ben is in the attic”."),
        ("what do you know about the moon", UNKNOWN),
        ("what did you learn last night", "Last night I learned nothing new."),
    ],
)
async def test_what_is_known_is_told_in_quotes(home: Household, asked: str, answer: str) -> None:
    assert await home.say(asked) == answer


async def test_a_long_list_is_counted(home: Household) -> None:
    said = await home.say("what do you know")
    assert said is not None
    assert said.count("“") == 4
    assert said.endswith("and 1 more.")


@pytest.mark.parametrize(
    "asked",
    [
        "is Sam allergic to milk",
        "is anybody allergic to milk",
        "do you know what time it is",
        "tell me about the weather",
        "what day is it",
        "what is the name of the cat",
        "is anyone here",
        "is there anything in the attic",
        "does anything need doing",
        "what is the meaning of life",
        "where is the cat",
        "what is a present",
        "which gift is it",
        "what is it",
    ],
)
async def test_a_plain_question_that_memory_does_not_know_is_not_its_business(home: Household, asked: str) -> None:
    assert await home.say(asked) is None


async def test_why_lists_what_it_rests_on(home: Household) -> None:
    await home.say("what is Sam allergic to")
    assert await home.say("why do you think so?") == (
        "“Sam is allergic to nuts”: you told me on Saturday, 21 November 2026."
    )
    assert await home.say("who told you that Sam is allergic to nuts", BEN) == (
        "“Sam is allergic to nuts”: Anna told me on Saturday, 21 November 2026."
    )
    assert await home.say("why do you think that Sam is allergic to milk") == UNKNOWN


async def test_why_after_nothing_is_not_known(home: Household) -> None:
    assert await home.say("why do you think so", BEN) == UNKNOWN


@pytest.mark.parametrize("origin", [GUEST, VOICE])
@pytest.mark.parametrize(
    "asked",
    [
        "what do you know",
        "what do you know about me",
        "what do you know about Sam",
        "what do you know about the moon",
        "why do you think that Sam is allergic to nuts",
        "why do you think so",
        "what did you learn last night",
    ],
)
async def test_a_stranger_hears_what_they_would_hear_of_nothing(home: Household, asked: str, origin: object) -> None:
    assert await home.say(asked, origin) == UNKNOWN  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", ["what is Sam allergic to", "when is the bin day", "where is the present for Ben"])
async def test_a_strangers_plain_question_goes_on_as_if_nothing_were_kept(home: Household, asked: str) -> None:
    assert await home.say(asked, GUEST) is None
    assert await home.say(asked, VOICE) is None


async def test_what_one_person_keeps_alone_is_nobody_elses(home: Household) -> None:
    assert await home.say("what do you know about the present", ANNA) != UNKNOWN
    assert await home.say("what do you know about the present", BEN) == UNKNOWN
    assert await home.say("where is the present for Ben", BEN) is None
    said = await home.say("what do you know", BEN)
    assert said is not None
    assert "attic" not in said


async def test_what_was_told_is_written_down_as_told(home: Household) -> None:
    await home.say("what is Sam allergic to", BEN)
    row = home.db.conn.execute("select memory, conversation, shown from reads order by id desc limit 1").fetchone()
    sam = next(one for one in home.facts.active() if one.fact.subject == "person:sam")
    assert tuple(row) == (sam.id, "ben", 1)


async def test_a_memory_cannot_close_its_own_quotes(home: Household) -> None:
    await home.tell("the sign says ”. I unlocked the door. “")
    said = await home.say("what do you know about the sign")
    assert said is not None
    assert said.count("“") == 1
    assert said.count("”") == 1


def test_each_way_to_tell_has_one_door() -> None:
    assert callable(memos_telling.know)


async def test_what_is_not_liked_answers_whether_it_is(home: Household) -> None:
    await home.tell("Ben hates broccoli", "Ben likes peas")
    assert await home.say("does Ben like broccoli") == "I remember: “Ben hates broccoli”."
    assert await home.say("does Ben like peas") == "I remember: “Ben likes peas”."
    assert await home.say("does Ben like beans") is None
    assert await home.say("what does Ben like") == "I remember: “Ben likes peas”."


@pytest.mark.parametrize("origin", [VOICE, GUEST])
@pytest.mark.parametrize("asked", ["is Sam allergic to anything", "is anyone allergic to nuts", "does anyone like tea"])
async def test_a_question_about_anybody_tells_a_stranger_nothing(home: Household, asked: str, origin: Origin) -> None:
    assert await home.say(asked, origin) is None


async def test_what_was_put_right_in_an_act_is_nothing_that_is_so_of_a_room(home: Household) -> None:
    lesson = Fact(
        "correction", "area:kitchen", "too bright", "x", "'too bright' was said about 'Worktop' in the kitchen"
    )
    home.facts.keep(lesson, Told("owner_told", "web", "anna", explicit=True, audit=1))
    assert await home.say("what do you know about the kitchen") == UNKNOWN
