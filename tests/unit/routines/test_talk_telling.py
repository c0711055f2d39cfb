"""The order in which a sentence about later is looked at, and sentences that come in two halves."""

import pytest

from claw.base.erasure import Erasure
from tests.unit.routines.talking import Talking, form


@pytest.mark.parametrize(
    ("first", "question", "then", "made"),
    [
        (
            "remind me to water the plants", "When shall I remind you?", "on Friday",
            "reminder: once=2026-11-27T09:00:00 -> say me “Reminder: water the plants.” ? grace=1 d",
        ),
        (
            "remind me to water the plants", "When shall I remind you?", "in 10 minutes",
            "reminder: once=2026-11-21T18:10:00+01:00 -> say me “Reminder: water the plants.” ? grace=1 d",
        ),
        (
            "set a timer", "For how long?", "ten minutes",
            "timer: once=2026-11-21T17:10:00Z -> say me! “Your timer is done (10 minutes).”",
        ),
        (
            "every weekday open the blinds", "At what time?", "at seven",
            "routine: at=07:00 days=mon,tue,wed,thu,fri -> cover.open_cover cover.bedroom_blinds",
        ),
        (
            "every weekday open the blinds", "At what time?", "seven",
            "routine: at=07:00 days=mon,tue,wed,thu,fri -> cover.open_cover cover.bedroom_blinds",
        ),
        (
            "remind me at nine", "What shall I remind you of?", "to call mum",
            "reminder: once=2026-11-21T21:00:00 -> say me “Reminder: call mum.” ? grace=1 d",
        ),
        (
            "turn the heating down at ten", "Which room do you mean? Please name it, or say “all”.", "the living room",
            "routine: once=2026-11-21T22:00:00 -> climate.set_temperature climate.living_room temperature=20",
        ),
    ],
)  # fmt: skip
async def test_the_other_half_is_asked_for_and_taken(first: str, question: str, then: str, made: str) -> None:
    here = Talking()
    asked = await here.say(first)
    assert asked is not None
    assert (asked.status, asked.text) == ("unclear", question)
    assert here.routines.kept == {}
    done = await here.say(then)
    assert done is not None, then
    assert done.status == "done"
    assert form(here.last) == made


async def test_what_is_said_instead_is_no_other_half() -> None:
    here = Talking()
    assert await here.say("remind me to water the plants")
    assert await here.say("turn on the kitchen lights") is None
    assert await here.say("on Friday") is None, "it was let go of"
    assert here.routines.kept == {}


async def test_half_a_sentence_that_is_to_be_forgotten_is_completed_by_nothing() -> None:
    here = Talking()
    assert await here.say("remind me to call Grandmother")
    assert here.talk.erase(Erasure(words=("Grandmother",))) == 1
    assert await here.say("on Friday") is None


async def test_a_timer_that_the_house_has_stays_the_houses_own() -> None:
    here = Talking()
    assert await here.say("set a timer for 10 minutes") is None
    assert await here.say("start the kitchen timer for 5 minutes") is None
    assert await here.say("set a pizza timer for 10 minutes") is not None


async def test_what_waits_for_a_yes_is_told_as_the_routines_tell_it() -> None:
    here = Talking()
    here.routines.state = "waiting"
    reply = await here.say("every day at seven open the blinds")
    assert reply is not None
    assert reply.text == "add r1."


async def test_what_is_refused_is_told_with_its_reason() -> None:
    here = Talking()
    here.routines.refuses = "There are 30 already."
    reply = await here.say("every day at seven open the blinds")
    assert reply is not None
    assert (reply.status, reply.text) == ("refused", "There are 30 already.")
