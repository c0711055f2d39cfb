"""Talk about what is to happen later: what each sentence makes, and which sentences are none of that."""

import asyncio
import random
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.house.backend import Link
from claw.routines.spec import Spec
from claw.routines.talk import LONGEST
from tests.unit.mind.test_intents import small_house
from tests.unit.routines.talking import ANNA, Talking, form

HERE = Path(__file__).parent
LANGUAGES = {"english": "en", "german": "de", "french": "fr", "dutch": "nl", "chinese": "zh"}
ABOUT_LATER = {
    "turn on the kitchen lights in 5 minutes",
    "turn on the lights at 8 pm",
    "remind me to lock the door",
}
"""What the sentences about devices rightly do not understand: it is about later."""


def table(name: str) -> list[tuple[str, str]]:
    lines = (HERE / f"talk_{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.partition(" => ") for line in lines if line and not line.startswith("#")]
    return [(sentence, meaning) for sentence, _, meaning in rows]


def corpus(name: str) -> list[str]:
    lines = (HERE.parent / "mind" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line.partition(" => ")[0] for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=8)
def talking(code: str) -> Talking:
    return Talking(small_house(code) if code != "en" else None, languages=[code])


def fresh(code: str) -> Talking:
    found = talking(code)
    found.routines.kept.clear()
    found.talk.erase(Erasure(everything=True))
    return found


@pytest.mark.parametrize(
    ("code", "sentence", "meaning"),
    [(code, *row) for name, code in LANGUAGES.items() for row in table(name)],
)
async def test_a_sentence_makes_what_the_table_says(code: str, sentence: str, meaning: str) -> None:
    here = fresh(code)
    origin = replace(ANNA, language=code, conversation=sentence)
    reply = await here.say(sentence, origin)
    if meaning == "-":
        assert reply is None
    elif meaning.startswith("? "):
        assert reply is not None
        assert f"? {reply.text}".replace("\n", " / ") == meaning
    else:
        assert reply is not None, sentence
        assert (reply.status, reply.language) == ("done", code)
        assert form(here.last) == meaning


async def test_in_a_talk_that_goes_on_the_language_of_the_words_of_time_answers() -> None:
    here = Talking(languages=["en", "de"])
    for sentence, language in (
        ("in 10 minutes turn on the kitchen lights", "en"),
        ("in 10 Minuten turn off the kitchen lights", "de"),
    ):
        reply = await here.say(sentence, ANNA)
        assert reply is not None
        assert (reply.status, reply.language) == ("done", language)


@pytest.mark.parametrize("name", ["english", "english_here", "not_understood", "german", "french", "dutch", "chinese"])
async def test_what_is_said_about_devices_stays_what_it_is(name: str) -> None:
    code = LANGUAGES.get(name, "en")
    here = fresh(code)
    for at, sentence in enumerate(corpus(name)):
        if sentence not in ABOUT_LATER:
            reply = await here.say(sentence, replace(ANNA, language=code, conversation=f"{name}{at}"))
            assert reply is None, (sentence, reply)


@pytest.mark.parametrize(
    "sentence",
    [
        "what time is it",
        "is the front door locked at night",
        "what was the temperature at seven",
        "when did the front door open",
        "when was the garage opened",
        "who opened the door at 8 this morning",
        "did anyone come home today",
        "what did I do yesterday at ten",
        "remember that Anna comes at seven on Fridays",
        "Sam is allergic to nuts since March",
        "I opened the blinds at seven",
        "we moved in on 3 May 2019",
        "the washing machine was done at four",
        "tell me about the weather tomorrow",
        "what is the weather like tomorrow",
        "call me tomorrow",
        "what day is it today",
        "every day is a gift",
        "when in doubt do nothing",
        "if I were you I would leave",
        "once upon a time there was a lamp",
        "how many minutes are there in an hour",
        "how long does it take to bake a cake for 20 minutes",
        "from now on dim the lights to 40 percent after ten",
        "turn on the lights in the evening",
        "I like the lights dim at night",
        "no not at seven",
        "forget what I said at seven",
        "cancel",
        "skip this song",
        "next",
        "pause",
        "resume",
        "pause the music",
        "stop the robot vacuum",
        "turn it off",
        "pause it",
        "turn off the alarm",
        "the second one",
        "in the evening",
        "every time",
        "it",
        "tomorrow",
        "at seven",
        "in 20 minutes",
        "monday",
        "remember the timer is broken",
        "why did the lamp go on at seven",
        "what is a timer",
        "set the volume to 20",
        "is it noon",
        "set the living room heating to 21",
        "dim the lights to 50 percent",
        "good morning",
        "good night",
        "activate dinner",
        "is anybody home today",
        "how warm was it today",
        "who was here on Monday",
        "tell me when Ben was born",
        "remind",
        "watch me for ten minutes",
    ],
)
async def test_what_only_speaks_of_times_is_no_routine(sentence: str) -> None:
    here = fresh("en")
    reply = await here.say(sentence, replace(ANNA, conversation=sentence))
    assert here.routines.kept == {}
    assert reply is None, reply


async def test_it_reads_back_what_it_does_and_the_next_three_times() -> None:
    here = fresh("en")
    reply = await here.say("every weekday at seven open the blinds")
    assert reply is not None
    assert reply.text == (
        "Every weekday at 07:00: open the bedroom blinds. Next: Mon 07:00, Tue 07:00, Wed 07:00."
        " For 19:00 say “in the evening”."
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "in -5 minutes turn off the porch light",
        "in 0 minutes turn off the porch light",
        "in 1000000 hours turn off the porch light",
        "every 0 seconds turn off the porch light",
        "remind me on 1 December 2020 at 8 to pay",
        "on 31 June at 7 open the blinds",
        "at 25:00 open the blinds",
        "open the blinds at seven or eight",
        "open the blinds between seven and eight",
        "don't open the blinds at seven",
        "never open the blinds at seven",
        "should I open the blinds at seven",
    ],
)
async def test_what_cannot_be_or_was_not_asked_for_is_not_set_up(sentence: str) -> None:
    here = fresh("en")
    await here.say(sentence, replace(ANNA, conversation=sentence))
    assert here.routines.kept == {}


async def test_a_long_text_is_for_somebody_else() -> None:
    assert await fresh("en").say(f"at seven turn on the hall light {'x' * LONGEST}") is None


async def test_without_the_house_nothing_is_made_and_what_there_is_can_be_asked() -> None:
    here = Talking()
    assert await here.say("set a tea timer for 4 minutes")
    here.mirror.linked(Link("lost"))
    reply = await here.say("set a pizza timer for 4 minutes")
    assert reply is not None
    assert reply.status == "failed"
    asked = await here.say("how long is left on the tea timer")
    assert asked is not None
    assert asked.text == "4 minutes left on “tea timer”, until 18:04."


async def test_somebody_unknown_cannot_be_waited_for() -> None:
    here = fresh("en")
    reply = await here.say("when I come home turn on the hall light", Origin("voice:hall", place="hall"))
    assert reply is not None
    assert reply.text.startswith("I do not know who you are here")
    assert here.routines.kept == {}


async def test_what_is_understood_by_half_goes_on_to_a_model_where_there_is_one() -> None:
    said = "in 20 minutes turn off the oven"
    alone = await Talking().say(said)
    assert alone is not None
    assert alone.text.startswith("I understood when (in 20 minutes), but not what to do: “turn off the oven”.")
    assert await Talking(model=True).say(said) is None


async def test_many_at_once_do_not_mix_their_talks() -> None:
    here = Talking()
    talks = [replace(ANNA, conversation=f"c{at}") for at in range(20)]
    await asyncio.gather(*(here.say("remind me to call mum", one) for one in talks))
    replies = await asyncio.gather(*(here.say(f"in {at + 1} hours", one) for at, one in enumerate(talks)))
    assert all(reply is not None and reply.status == "done" for reply in replies)
    assert len(here.routines.kept) == len(talks)


@pytest.mark.parametrize("count", [60, pytest.param(3000, marks=pytest.mark.prove)])
async def test_no_words_in_any_order_break_it(count: int) -> None:
    here, dice = fresh("en"), random.Random(7)
    words = [word for sentence, _ in table("english") for word in sentence.split()]
    words += [
        "cancel",
        "skip",
        "move",
        "it",
        "second",
        "one",
        "pause",
        "snooze",
        "not",
        "or",
        "99:99",
        "-5",
        "{answer}",
        "{",
    ]
    for _ in range(count):
        said = " ".join(dice.choice(words) for _ in range(dice.randint(1, 14)))
        reply = await here.say(said, replace(ANNA, conversation=f"c{dice.randint(0, 3)}"))
        assert reply is None or reply.text
        for routine in here.routines.kept.values():
            assert Spec.model_validate_json(routine.spec.model_dump_json(by_alias=True, exclude_defaults=True))
        here.routines.kept.clear()
