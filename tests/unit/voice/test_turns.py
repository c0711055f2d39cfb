"""Turns under way: a deadline, an end when somebody says stop, and no turn lost with its listener."""

import asyncio
import gc
from typing import Any

import pytest

from claw.base.action import Action, Origin, Outcome, Reply
from claw.base.errors import Unavailable
from claw.voice.turns import ANSWER_S, AT_ONCE, MOST_OUTCOMES, Cut, Late, Turns
from tests.held_clock import HeldClock

ORIGIN = Origin("voice:hall", place="hall", source="x", conversation="voice:x:hall:1")
KEY = ("x", "hall")
DONE = Outcome(Action("light.turn_on", ("light.lamp",)), "done")


class Mind:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.begun = 0
        self.ended: list[str] = []
        self.fault: Exception | None = None

    async def say(self, text: str, origin: Origin) -> Reply:
        self.begun += 1
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.ended.append("cancelled")
            raise
        if self.fault is not None:
            raise self.fault
        self.ended.append(text)
        return Reply(text, "done", conversation=origin.conversation)


async def test_an_answer_in_time_is_the_answer() -> None:
    mind = Mind()
    mind.let.set()
    turns = Turns(mind.say, HeldClock())
    answer = await turns.take("hello", ORIGIN, KEY)
    assert isinstance(answer, Reply)
    assert answer.text == "hello"
    assert await turns.cancel(KEY) is None  # nothing is left under way
    assert asyncio.all_tasks() == {asyncio.current_task()}  # nor waited for


async def test_what_takes_longer_goes_on_and_its_answer_comes_later() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("hello", ORIGIN, KEY))
    await clock.advance(ANSWER_S - 0.1)
    assert not taking.done()
    await clock.advance(0.2)
    late = await taking
    assert isinstance(late, Late)
    mind.let.set()
    assert (await late.task).text == "hello"


async def test_a_stop_ends_the_turns_of_this_satellite_and_says_what_they_had_done() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = [asyncio.ensure_future(turns.take("one", ORIGIN, key)) for key in (KEY, ("x", "kitchen"))]
    await clock.settle()
    on_its_way = Outcome(DONE.action, "sent")
    turns.noted(DONE, ORIGIN)
    turns.noted(Outcome(DONE.action, "refused"), ORIGIN)
    turns.noted(on_its_way, ORIGIN)
    turns.noted(Outcome(Action("llm.complete"), "sent"), ORIGIN)  # nobody wants to hear that a model was asked
    turns.noted(Outcome(Action("light.turn_off", ("light.lamp",)), "done"), Origin("web", conversation="c1"))
    assert await turns.cancel(KEY) == (DONE, on_its_way)
    assert isinstance(await taking[0], Cut)
    assert mind.ended == ["cancelled"]
    mind.let.set()
    assert isinstance(await taking[1], Reply)


async def test_where_one_of_two_turns_is_over_a_stop_still_ends_the_other() -> None:
    minds, clock = {"one": Mind(), "two": Mind()}, HeldClock()
    turns = Turns(lambda text, origin: minds[text].say(text, origin), clock)
    taking = [asyncio.ensure_future(turns.take(text, ORIGIN, KEY)) for text in minds]
    await clock.settle()
    minds["one"].let.set()
    assert isinstance(await taking[0], Reply)
    assert await turns.cancel(KEY) == ()
    assert isinstance(await taking[1], Cut)


async def test_of_a_turn_that_does_very_much_some_is_said() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
    await clock.settle()
    for _ in range(MOST_OUTCOMES + 1):
        turns.noted(DONE, ORIGIN)
    assert await turns.cancel(KEY) == (DONE,) * MOST_OUTCOMES
    await taking


async def test_what_was_cut_or_broke_late_is_no_trouble_of_the_loop() -> None:
    troubles = list[Any]()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, trouble: troubles.append(trouble))
    mind, clock = Mind(), HeldClock()
    mind.fault = ValueError("broken")
    turns = Turns(mind.say, clock)
    for end in (mind.let.set, lambda: turns.cancel(KEY)):
        mind.let.clear()
        taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
        await clock.advance(ANSWER_S + 1)
        assert isinstance(taking.result(), Late)
        del taking
        if (ending := end()) is not None:
            await ending
        await clock.settle()
    gc.collect()
    assert troubles == []


async def test_a_late_turn_can_still_be_cut() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
    await clock.advance(ANSWER_S + 1)
    late = await taking
    assert isinstance(late, Late)
    assert await turns.cancel(KEY) == ()
    assert late.task.cancelled()


async def test_a_turn_goes_on_when_its_listener_hangs_up() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
    await clock.settle()
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    mind.let.set()
    await clock.settle()
    assert mind.ended == ["one"]


async def test_more_than_one_person_can_say_at_once_is_not_begun() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = [asyncio.ensure_future(turns.take("one", ORIGIN, KEY)) for _ in range(AT_ONCE)]
    await clock.settle()
    with pytest.raises(Unavailable):
        await turns.take("one more", ORIGIN, KEY)
    assert mind.begun == AT_ONCE
    mind.let.set()
    await asyncio.gather(*taking)
    assert isinstance(await turns.take("again", ORIGIN, KEY), Reply)


async def test_what_breaks_is_raised_and_what_breaks_late_is_kept_for_who_asks() -> None:
    mind, clock = Mind(), HeldClock()
    mind.fault = ValueError("broken")
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
    await clock.advance(ANSWER_S + 1)
    late = await taking
    assert isinstance(late, Late)
    mind.let.set()
    await clock.settle()
    assert isinstance(late.task.exception(), ValueError)
    with pytest.raises(ValueError, match="broken"):
        await turns.take("two", ORIGIN, KEY)


async def test_closing_ends_what_is_under_way() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("one", ORIGIN, KEY))
    await clock.settle()
    await turns.close()
    assert mind.ended == ["cancelled"]
    assert isinstance(await taking, Cut)
    await turns.close()
    with pytest.raises(Unavailable):
        await turns.take("two", ORIGIN, KEY)
    assert mind.begun == 1


async def test_a_turn_that_is_cut_before_it_begins_leaves_nothing_behind() -> None:
    mind, clock = Mind(), HeldClock()
    turns = Turns(mind.say, clock)
    taking = asyncio.ensure_future(turns.take("hello", ORIGIN, KEY))
    await asyncio.sleep(0)
    assert await turns.cancel(KEY) == ()
    assert (await taking, mind.begun) == (Cut(), 0)
    gc.collect()  # what was made and never begun would say so now
