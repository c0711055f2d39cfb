"""What a model's program has done later: judged when it is written, read back, done when it is due."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from claw.routines.model import Routine
from tests.living import OWNER
from tests.stories.test_programs import SAY, Lived, lived
from tests.talking import until

SCHEDULE = 'await schedule("{when}", [("light.turn_on", "light.hall_ceiling")]{more})'


@pytest_asyncio.fixture
async def home(tmp_path: Path) -> AsyncIterator[Lived]:
    async with lived(tmp_path) as found:
        yield found


def made(home: Lived) -> list[Routine]:
    return [one for one in home.daemon.routines.book.all() if not one.safety]


def asked_again(home: Lived) -> str:
    """What the model was told about its first program, in the last thing that it was asked."""
    return str(home.model.requests[-1].body["messages"][-1]["content"])


async def test_a_program_sets_up_what_happens_later_and_it_is_read_back_and_done_once(home: Lived) -> None:
    await home.say("turn off the kitchen ceiling light")
    reply = await home.program(
        SCHEDULE.format(when="when light.kitchen_ceiling on", more=', name="Hall too", say="So be it", once=True')
    )
    assert reply.text.startswith("When Kitchen Ceiling turns on, once: turn on Hall Ceiling"), asked_again(home)
    assert "So be it" in reply.text
    (routine,) = made(home)
    assert (routine.spec.name, routine.made_by.person, routine.made_by.taint) == ("Hall too", "anna", ())

    async def over() -> bool:
        return made(home)[0].state == "over"

    for times in (1, 1):  # the second time it is over
        await home.say("turn on the kitchen ceiling light")
        await until(over)
        await home.say("turn off the kitchen ceiling light")
        assert home.done.count("light.turn_on light.hall_ceiling") == times


async def test_times_are_read_back_with_the_next_three(home: Lived) -> None:
    reply = await home.program(SCHEDULE.format(when="sunset-00:30; 07:00", more=""))
    assert reply.text.startswith("Every day 30 min before sunset or every day at 07:00: "), reply.text
    assert reply.text.count(",") >= 2
    assert "Next: " in reply.text


async def test_what_is_wrong_with_it_its_writer_hears_while_nothing_is_set_up(home: Lived) -> None:
    wrong = {
        SCHEDULE.format(when="whenever it suits", more=""): "when: found 'whenever it suits', expected 07:00",
        SCHEDULE.format(when="when light.ballroom on", more=""): "light.ballroom",
        'await schedule("07:00", [("claw.forget_all", [], {})])': "Argument to function `schedule` is incorrect",
        'await schedule("07:00")': "nothing to do, expected acts such as",
        'await wait_until("light.kitchen_ceiling", "off", seconds=3600)': "60 at most; for what takes longer: schedule",
    }
    for number, (program, why) in enumerate(wrong.items()):
        home.model.says(program=program)
        reply = await home.say(f"{SAY} once more {number}", program=SCHEDULE.format(when="in 3 h", more=""))
        assert why in asked_again(home).replace('\\"', '"'), program
        assert "Next: " in reply.text
        assert len(made(home)) == number + 1
    assert home.done == []


async def test_what_could_never_be_allowed_is_not_set_up(tmp_path: Path) -> None:
    policy = """\
version: 1
rules:
  - {id: comfort, allow: [light.*, claw.notify, claw.schedule]}
  - {id: think, allow: claw.model}
  - {id: not-the-hall, deny: light.*, on: {entity: light.hall_ceiling}}
"""
    async with lived(tmp_path, policy) as home:
        home.model.says(program=SCHEDULE.format(when="07:00", more=""))
        await home.say(SAY, program='"It is not allowed."')
        assert "could never be done" in asked_again(home)
        assert made(home) == []


async def test_what_a_strangers_text_had_a_part_in_waits_for_an_owner(home: Lived) -> None:
    text = 'title = state("media_player.kitchen_speaker", "media_title")\nawait title.show()\n'
    reply = await home.program(text + SCHEDULE.format(when="07:00", more=""))
    assert reply.status == "pending", reply.text
    assert made(home) == []
    await home.yes(reply)
    (routine,) = made(home)
    assert routine.made_by.taint
    assert routine.made_by.person == OWNER.person
