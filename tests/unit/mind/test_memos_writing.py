from datetime import timedelta
from pathlib import Path

import pytest

from claw.house.backend import Link
from claw.memory.erasing import Scope
from claw.mind import memos_writing
from tests.talked_memory import ANNA, BEN, GUEST, NOW, VOICE, Household


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("remember that Sam is allergic to nuts.", "I will remember: “Sam is allergic to nuts”."),
        ("Claw, please remember that Sam is allergic to nuts", "I will remember: “Sam is allergic to nuts”."),
        ("don't forget that the bin day is Friday", "I will remember: “the bin day is Friday”."),
        ("remember Sam likes tea", "I will remember: “Sam likes tea”."),
        ("remember just for me that I like tea", "I will remember that for you alone: “Anna likes tea”."),
        ("remember that I like tea just for me", "I will remember that for you alone: “Anna likes tea”."),
        ("remember to buy milk", "I keep what is so, not what is still to be done."),
        ("remember that on 31 February we moved", "There is no 31 February."),
        ("remember that nuts", "I can keep what is so, for example “Sam is allergic to nuts”."),
        ("call the bedside lamp Jupiter", "I will remember: “light.bedside is also called Jupiter”."),
        ("the bedside lamp is called Jupiter", "I will remember: “light.bedside is also called Jupiter”."),
        ("remember that the worktop is called Jupiter", "I will remember: “light.worktop is also called Jupiter”."),
        ("from now on the bin day is Monday", "I will remember: “the bin day is Monday”."),
        ("from now on, bedroom lights at 30 %", "I will remember: “the lights in Bedroom are turned on at 30 %”."),
        ("from now on sing", "That is no wish that I can keep."),
    ],
)
async def test_what_is_to_be_remembered_is_read_back_in_one_sentence(home: Household, text: str, answer: str) -> None:
    assert await home.say(text) == answer


async def test_a_command_is_not_hidden_in_a_memory(home: Household) -> None:
    said = await home.say("remember that Sam likes tea and turn on the kettle")
    assert said == "One thing at a time: please say “turn on the kettle” by itself."
    assert home.facts.active() == []
    assert await home.say("remember that Sam likes tea and cake") == "I will remember: “Sam likes tea and cake”."
    home.mirror.linked(Link("lost"))
    assert await home.say("remember that Ben likes tea and cake") == "I will remember: “Ben likes tea and cake”."


async def test_a_change_says_what_it_takes_the_place_of(home: Household) -> None:
    await home.tell("the bin day is Friday")
    said = await home.say("remember that the bin day is Monday")
    assert said == "I will remember “the bin day is Monday” instead of “the bin day is Friday”."
    assert await home.say("remember that the bin day is Monday") == "I knew that already: “the bin day is Monday”."


async def test_what_a_stranger_tells_waits_for_somebody_who_lives_here(home: Household) -> None:
    for origin in (GUEST, VOICE):
        said = await home.say("remember that the bin day is Sunday", origin)
        assert said is not None
        assert "has to agree" in said
    assert home.facts.active() == []


async def test_a_reason_not_to_keep_it_is_said_as_it_is(home: Household) -> None:
    home.keeps.refuses = "That looks like a secret, and I keep none."
    assert await home.say("remember that the safe is blue") == "That looks like a secret, and I keep none."
    home.keeps.refuses = "nothing like that is kept"
    assert await home.say("remember that the safe is blue") == "I may not do that: nothing like that is kept."


@pytest.mark.parametrize(
    ("first", "then", "answer"),
    [
        ("the bin day is Thursday", "no, it's Friday", "“the bin day is Friday”"),
        ("the bin day is Thursday", "actually it is Friday", "“the bin day is Friday”"),
        ("the bin day is Thursday", "correct that: it's Friday", "“the bin day is Friday”"),
        ("the bin day is Thursday", "that's wrong, the bin day is Friday", "“the bin day is Friday”"),
        ("Sam is allergic to nuts", "correct that: Sam is allergic to milk", "“Sam is allergic to milk”"),
        ("we changed the filter on 3 March", "no, it was on 4 March", "“we changed the filter on 4 March”"),
    ],
)
async def test_a_correction_takes_the_place_of_what_was_just_said(
    home: Household, first: str, then: str, answer: str
) -> None:
    await home.tell(first)
    said = await home.say(then)
    assert said == f"Corrected: {answer} instead of “{first}”."
    assert [f"“{one.fact.sentence}”" for one in home.facts.active()] == [answer]


async def test_a_correction_finds_what_it_is_about_by_itself(home: Household) -> None:
    await home.tell("the bin day is Thursday", "Sam likes tea")
    said = await home.say("correct that: the bin day is Friday")
    assert said == "Corrected: “the bin day is Friday” instead of “the bin day is Thursday”."


async def test_a_correction_of_nothing_is_none(home: Household) -> None:
    assert await home.say("no, it's Friday") is None
    assert await home.say("correct that: it's Friday") == "Tell me which one you mean."
    await home.tell("Sam likes tea")
    said = await home.say("no, it's coffee")
    assert said is not None
    assert said.startswith("I cannot put that in its place by itself.")


async def test_a_correction_that_is_a_command_is_one(home: Household) -> None:
    await home.tell("the bin day is Thursday")
    assert await home.say("that's wrong, turn off the kettle") is None
    for text in ("no, it's too bright", "no, it's fine", "actually it's good", "no, it's not"):
        assert await home.say(text) is None
    assert [one.fact.value for one in home.facts.active()] == ["Thursday"]


async def test_a_correction_of_a_private_memory_stays_private(home: Household) -> None:
    await home.say("remember just for me that the gift day is Friday")
    await home.say("no, it's Monday")
    assert [one.fact.visibility for one in home.facts.active()] == ["person:anna"]


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("forget the last hour", Scope.after(NOW - timedelta(hours=1))),
        ("forget the last 2 hours", Scope.after(NOW - timedelta(hours=2))),
        ("forget everything from the last two weeks", Scope.after(NOW - timedelta(days=14))),
        ("forget today", Scope.after(NOW.replace(hour=23) - timedelta(days=1))),
        ("forget me", Scope.about("anna")),
        ("forget everything about me", Scope.about("anna")),
        ("forget everything you know about Sam", Scope.about("sam")),
        ("forget everything", Scope.all()),
        ("forget the last 100000 years", None),
    ],
)
async def test_how_much_is_to_be_forgotten(home: Household, text: str, scope: Scope | None) -> None:
    await home.say(text)
    assert home.forgets.scopes == ([] if scope is None else [scope])


async def test_that_is_what_was_just_spoken_of(home: Household) -> None:
    await home.tell("Sam likes tea", "the bin day is Friday")
    number = home.facts.active()[0].id
    assert await home.say("forget that") == "That is forgotten."
    assert home.forgets.scopes == [Scope.one(number)]
    assert await home.say("forget that") == "I know of nothing like that."


async def test_what_is_named_is_forgotten_alone(home: Household) -> None:
    await home.tell("Sam likes tea", "the bin day is Friday", "Ben likes tea")
    friday = home.facts.active()[1].id
    await home.say("forget the bin day")
    assert home.forgets.scopes == [Scope.one(friday)]
    said = await home.say("forget about tea")
    assert said == "Which one do you mean: “Ben likes tea” and “Sam likes tea”? Please say more of it."
    await home.say("forget that Sam likes tea")
    assert len(home.forgets.scopes) == 2
    assert await home.say("forget the unicorn") == "I know of nothing like that."
    assert await home.say("forget everything about Zork") == "I know of nothing like that."


async def test_nobody_forgets_by_its_words_what_they_may_not_hear(home: Household) -> None:
    await home.say("remember just for me that the gift is in the attic")
    for origin in (BEN, GUEST, VOICE):
        assert await home.say("forget that the gift is in the attic", origin) == "I know of nothing like that."
        assert await home.say("forget everything about the gift", origin) == "I know of nothing like that."
    assert home.forgets.scopes == []


async def test_only_who_is_known_agrees_to_anything(home: Household) -> None:
    assert await home.say("you may learn my habits") is not None
    assert await home.say("stop learning my habits") is not None
    assert await home.say("keep our talks", BEN) is not None
    assert await home.say("do not keep our talks", BEN) is not None
    said = await home.say("you may learn my habits", VOICE)
    assert said == "I do not know who you are here, so I cannot do that."
    assert home.keeps.consents == [
        ("anna", True, None),
        ("anna", False, None),
        ("ben", None, True),
        ("ben", None, False),
    ]


async def test_a_name_that_may_not_be_is_refused_with_its_reason(home: Household) -> None:
    said = await home.say("call the worktop Door", ANNA)
    assert said is not None
    assert "could be taken for another name" in said


async def test_a_name_that_a_stranger_gives_is_for_this_talk(home: Household) -> None:
    said = await home.say("call the worktop Jupiter", VOICE)
    assert said is not None
    assert said.startswith("In this talk")
    assert home.facts.active() == []


def test_each_way_to_write_has_one_door() -> None:
    assert callable(memos_writing.remember)


async def test_what_has_no_effect_yet_says_what_it_waits_for(home: Household) -> None:
    await home.tell("Sam's school is Oak")
    assert await home.say("remember that Sam's school is Elm", BEN) == (
        "I noted “Sam's school is Elm”, but what somebody else told me of that stays until an owner agrees."
    )
    assert await home.say("remember that Sam's school is Ash", VOICE) == (
        "I noted “Sam's school is Ash”, but somebody who lives here has to agree before it counts."
    )
    assert await home.say("remember that Sam's school is Yew from 1 December 2026") == (
        "I will hold to that once its time has come: “Sam's school is Yew from 1 December 2026”."
    )
    assert await home.say("what is Sam's school") == "I remember: “Sam's school is Oak”."
    await home.days(12)
    home.facts.turn()
    said = await home.say("what is Sam's school")
    assert said == "I remember: “Sam's school is Yew from 1 December 2026”."
