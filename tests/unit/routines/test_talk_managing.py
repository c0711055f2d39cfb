"""What is asked of routines that exist: which one is meant, and what becomes of it."""

from dataclasses import replace

import pytest

from tests.unit.routines.talking import ANNA, Talking

BEN = replace(ANNA, person="ben", conversation="ben")


async def talk(here: Talking, *sentences: str) -> str:
    """Say some sentences and return the last answer."""
    reply = None
    for sentence in sentences:
        reply = await here.say(sentence)
        assert reply is not None, sentence
    assert reply is not None
    return reply.text


async def some(here: Talking) -> None:
    await talk(
        here,
        "every weekday at seven open the blinds",
        "at ten turn off the kitchen lights",
        "remind me on Friday to water the plants",
        "set a pizza timer for 12 minutes",
    )


async def test_what_is_scheduled_is_listed_by_when_it_is_due() -> None:
    here = Talking()
    assert await talk(here, "what is scheduled") == "Nothing is scheduled."
    await some(here)
    assert await talk(here, "what is scheduled") == (
        "Scheduled:\n"
        "1. “pizza timer”: 12 minutes left, until 18:12.\n"
        "2. Today at 22:00: turn off the kitchen lights\n"
        "3. Every weekday at 07:00: open the bedroom blinds\n"
        "4. Fri at 09:00: remind you: “Reminder: water the plants”"
    )
    assert (await talk(here, "list my timers")).count("\n") == 1
    assert "water the plants" in await talk(here, "what reminders do I have")
    assert await talk(here, "what happens tomorrow") == "Nothing is scheduled for tomorrow."
    assert "blinds" in await talk(here, "what is scheduled for Monday")


@pytest.mark.parametrize(
    ("sentence", "gone"),
    [
        ("cancel the second one", "r2"),
        ("cancel number 3", "r1"),
        ("delete the last one", "r3"),
        ("cancel the pizza timer", "r4"),
        ("cancel the timer", "r4"),
        ("delete the reminder about the plants", "r3"),
        ("don't remind me to water the plants any more", "r3"),
        ("remove the kitchen lights routine", "r2"),
        ("delete the blinds routine", "r1"),
    ],
)
async def test_one_is_cancelled_by_its_place_its_kind_or_its_name(sentence: str, gone: str) -> None:
    here = Talking()
    await some(here)
    assert (await talk(here, "what is scheduled", sentence)).startswith("Cancelled: ")
    assert [key for key, one in here.routines.kept.items() if one.state == "removed"] == [gone]


async def test_a_place_in_a_list_means_nothing_without_a_list_and_nothing_to_somebody_else() -> None:
    here = Talking()
    await some(here)
    assert await here.say("cancel the second one") is None
    await talk(here, "what is scheduled")
    assert await here.say("cancel the second one", BEN) is None
    await here.clock.advance(301)
    assert await here.say("cancel the second one") is None
    assert await here.say("cancel the ninth one") is None


async def test_where_several_are_meant_it_asks_and_lists_them() -> None:
    here = Talking()
    await talk(here, "set a tea timer for 4 minutes", "set an egg timer for 6 minutes", "remind me at nine to call mum")
    asked = await here.say("cancel the timer")
    assert asked is not None
    assert asked.text == "Which one do you mean: “tea timer” and “egg timer”?"
    assert await talk(here, "cancel the first one") == "Cancelled: “tea timer”."
    assert await talk(here, "cancel all timers") == "Cancelled: “egg timer”."
    assert await talk(here, "cancel all timers") == "There is no timer running."


@pytest.mark.parametrize("answer", ["the second one", "number 2", "the egg timer", "the last one"])
async def test_which_one_is_answered_by_its_place_or_its_name(answer: str) -> None:
    here = Talking()
    await talk(here, "set a tea timer for 4 minutes", "set an egg timer for 6 minutes", "remind me at nine to call mum")
    await talk(here, "cancel the timer")
    assert await talk(here, answer) == "Cancelled: “egg timer”."
    assert await here.say("the second one") is None


async def test_what_is_left_on_a_timer_is_told() -> None:
    here = Talking()
    await some(here)
    await here.clock.advance(60)
    assert await talk(here, "how long is left on the pizza timer") == "11 minutes left on “pizza timer”, until 18:12."
    assert await talk(here, "how much time is left") == "11 minutes left on “pizza timer”, until 18:12."
    assert await talk(here, "add 5 minutes to the pizza timer") != ""
    assert await talk(here, "how long is left on the timer") == "16 minutes left on “pizza timer”, until 18:17."


async def test_it_pauses_resumes_skips_runs_and_explains() -> None:
    here = Talking()
    await some(here)
    assert "is paused" in await talk(here, "pause the blinds routine")
    assert here.routines.kept["r1"].state == "paused"
    assert "paused" in await talk(here, "what is scheduled")
    assert "runs again" in await talk(here, "resume the blinds routine")
    assert await talk(here, "skip the blinds routine on Monday") == (
        "“open the blinds” does not run on Monday, 23 November 2026. Next: Tue 07:00."
    )
    assert (await talk(here, "not on Wednesday")).startswith("“open the blinds” does not run on Wednesday")
    assert await talk(here, "what does the blinds routine do") == (
        "Every weekday at 07:00: open the bedroom blinds. Next: Mon 07:00, Tue 07:00, Thu 07:00."
    )
    assert (await talk(here, "when does the blinds routine run next")).startswith("“open the blinds”: Mon 07:00")
    assert "held back (the stop was engaged)" in await talk(here, "did the blinds routine run today")
    assert await talk(here, "run the blinds routine now") == "run r1."
    assert "yours now" in await talk(here, "keep the blinds routine")
    assert "cannot be paused" in await talk(here, "pause the pizza timer")


async def test_skip_tomorrow_means_the_one_that_is_due_then() -> None:
    here = Talking()
    await talk(here, "every day at seven open the blinds", "remind me on Friday to call mum")
    other = replace(ANNA, conversation="another")
    reply = await here.say("skip tomorrow", other)
    assert reply is not None
    assert reply.text.startswith("“open the blinds” does not run on Sunday, 22 November 2026.")


async def test_what_is_not_there_is_said_and_what_is_about_a_device_goes_on() -> None:
    here = Talking()
    assert await talk(here, "cancel the blinds routine") == "There is none like that."
    assert await here.say("cancel the kitchen timer") is None, "the house has one of that name"
    assert await here.say("turn off the alarm") is None
    await some(here)
    assert await here.say("pause it") is None
    assert await here.say("turn it off") is None


async def test_a_refusal_is_told_as_it_is() -> None:
    here = Talking()
    await some(here)
    here.routines.refuses = "Only an owner may change that."
    for sentence in ("cancel the pizza timer", "pause the blinds routine", "move the blinds routine to eight"):
        reply = await here.say(sentence)
        assert reply is not None
        assert (reply.status, reply.text) == ("refused", "Only an owner may change that.")
