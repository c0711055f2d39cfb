"""Another time for a routine that exists."""

import pytest

from tests.unit.routines.talking import Talking, form


async def moved(first: str, *sentences: str) -> str:
    here = Talking()
    for sentence in (first, *sentences):
        assert await here.say(sentence) is not None, sentence
    return form(here.last).partition(" -> ")[0]


@pytest.mark.parametrize(
    ("first", "then", "when"),
    [
        ("every weekday at seven open the blinds", "move it to eight", "routine: at=08:00 days=mon,tue,wed,thu,fri"),
        ("every day at 7 pm open the blinds", "move it to eight", "routine: at=20:00"),
        ("every day at seven open the blinds", "make it 6:45", "routine: at=06:45"),
        ("every day at seven open the blinds", "make it seven in the evening", "routine: at=19:00"),
        ("every day at seven open the blinds", "in the evening", "routine: at=19:00"),
        ("every day at seven open the blinds", "move it to Mondays", "routine: at=07:00 days=mon"),
        ("every day at seven open the blinds", "move it back by 30 minutes", "routine: at=07:30"),
        ("every day at seven open the blinds", "make it half an hour later", "routine: at=07:30"),
        ("every day at seven open the blinds", "make it 15 minutes earlier", "routine: at=06:45"),
        ("tomorrow at seven open the blinds", "make it eight", "routine: once=2026-11-22T08:00:00"),
        ("tomorrow at seven open the blinds", "move it to Friday", "routine: once=2026-11-27T07:00:00"),
        ("tomorrow at seven open the blinds", "move it to Friday at nine", "routine: once=2026-11-27T09:00:00"),
        ("remind me at nine to call mum", "postpone it by an hour", "reminder: once=2026-11-21T22:00:00"),
        ("remind me at nine to call mum", "snooze", "reminder: once=2026-11-21T21:10:00"),
        ("set a timer for 10 minutes for eggs", "add 5 minutes to the egg timer", "timer: once=2026-11-21T17:15:00Z"),
        ("on the first of every month at nine tell me to pay", "move it to ten", "routine: cron=0 10 1 * *"),
    ],
)
async def test_it_is_moved_as_it_is_said(first: str, then: str, when: str) -> None:
    if "eggs" in first:
        first = "set an egg timer for 10 minutes"
    assert await moved(first, then) == when


async def test_what_no_time_sets_off_cannot_be_moved() -> None:
    here = Talking()
    assert await here.say("when the front door opens turn on the hall light")
    reply = await here.say("move it to eight")
    assert reply is not None
    assert reply.text == "I can only move what runs at a set time."
    assert await here.say("in the evening") is None


async def test_what_would_be_over_is_not_taken() -> None:
    here = Talking()
    assert await here.say("remind me at nine to call mum")
    reply = await here.say("move it to today at 5 am")
    assert reply is not None
    assert reply.status == "unclear"
    assert form(here.last).startswith("reminder: once=2026-11-21T21:00:00")


async def test_every_time_makes_of_once_always() -> None:
    here = Talking()
    assert await here.say("when the washing machine is done tell me")
    assert here.last.max_runs == 1
    reply = await here.say("every time")
    assert reply is not None
    assert reply.text == "From now on each time."
    assert here.last.max_runs is None
    assert await here.say("every time") is None
