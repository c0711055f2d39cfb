"""What is missing is said once, after a while, and again only after it was there."""

import asyncio
from collections.abc import Hashable

from claw.routines.missing import MISSING_S, Missing
from claw.routines.model import Routine
from claw.routines.spans import Spans
from tests.watch_room import WatchRoom


class Lost:
    """Something that is missing, or not."""

    def __init__(self) -> None:
        room = WatchRoom("light.a")
        self.clock = room.clock
        self.routine = room.routine({"state": "light.a"})
        self.why = "It is gone."
        self.said: list[str] = []
        self.sighted = True
        self.spans = Spans(self.clock, self.clock, self._up, lambda: None)
        self.missing = Missing(self.spans, lambda _: self.why, self._tell)
        self.task = asyncio.ensure_future(self.spans.run())

    def _tell(self, _: Routine, why: str) -> None:
        self.said.append(why)

    def _up(self, _: Hashable) -> None:
        self.missing.up(self.routine, sighted=self.sighted)


async def test_it_is_said_once_after_a_while() -> None:
    lost = Lost()
    for _ in range(5):
        lost.missing.look(lost.routine)
        await lost.clock.advance(MISSING_S - 1 if not lost.said else MISSING_S)
        assert not lost.missing.said("other")
    assert lost.said == ["It is gone."]
    lost.why = ""
    lost.missing.look(lost.routine)
    lost.why = "It is gone again."
    lost.missing.look(lost.routine)
    await lost.clock.advance(MISSING_S)
    assert lost.said == ["It is gone.", "It is gone again."]
    lost.task.cancel()


async def test_nothing_is_said_of_what_came_back_or_of_a_house_that_is_out_of_sight() -> None:
    lost = Lost()
    lost.missing.look(lost.routine)
    lost.sighted = False
    await lost.clock.advance(3 * MISSING_S)
    lost.sighted, lost.why = True, ""
    await lost.clock.advance(MISSING_S)
    assert lost.said == []
    lost.task.cancel()


async def test_what_was_said_before_a_restart_is_not_said_again() -> None:
    lost = Lost()
    lost.missing.known("one")
    lost.missing.look(lost.routine)
    await lost.clock.advance(3 * MISSING_S)
    assert lost.said == []
    lost.task.cancel()
