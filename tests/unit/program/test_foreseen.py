from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.gate.rights import Narrowed
from claw.house.model import Change, House, State
from claw.program.events import Answer, Call, Ended, Event, Failed, Span, Value, Wave
from claw.program.foreseen import Foreseen, Record, Recorded
from claw.program.ran import Ran, Written
from tests.gate_room import OWNER
from tests.running_programs import WIDE, ProgramRoom, program_room


def wave(number: int) -> Wave:
    return Wave((Call(number, "state", ("light.a",), {}, Span(0, 1, 1)),))


END = Ended("done", "")


@dataclass
class Turns:
    """A session that goes on as written down, and keeps what it was answered."""

    events: list[Event]
    heard: list[Mapping[int, Answer]] = field(default_factory=list[Mapping[int, Answer]])

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        self.heard.append(answers)
        return self.events[len(self.heard)]

    def dump(self) -> bytes:
        return b"kept"


async def recorded() -> Record:
    session = Recorded(Turns([wave(1), wave(2), END]), wave(1))
    await session.resume({1: Value(1)})
    await session.resume({2: Value("on")})
    return session.record


async def test_what_is_answered_as_in_the_rehearsal_needs_no_process() -> None:
    async def never() -> tuple[Turns, Event]:
        raise AssertionError("a process was asked for")

    session = Foreseen(await recorded(), never)
    assert await session.resume({1: Value(1)}) == wave(2)
    assert await session.resume({2: Value("on")}) == END
    with pytest.raises(ValueError, match="no process"):
        session.dump()


@pytest.mark.parametrize("other", [Value(2), Value(1.0), Value(json=True), Value("1")])
async def test_at_the_first_other_answer_a_process_takes_over_with_all_of_them(other: Value) -> None:
    real = Turns([wave(1), wave(9), END])

    async def opened() -> tuple[Turns, Event]:
        return real, real.events[0]

    session = Foreseen(await recorded(), opened)
    assert await session.resume({1: other}) == wave(9)
    assert session.dump() == b"kept"
    assert await session.resume({9: Value(0)}) == END
    assert real.heard == [{1: other}, {9: Value(0)}]


async def test_a_program_that_does_not_do_the_same_twice_is_let_go() -> None:
    async def opened() -> tuple[Turns, Event]:
        return Turns([wave(3), END]), wave(3)

    event = await Foreseen(await recorded(), opened).resume({1: Value(5)})
    assert isinstance(event, Failed)
    assert event.kind == "abandoned"


# In the room itself: the real gate, the real sandbox.

LOOKS_AFTER = """\
await call("light.turn_on", "light.lamp")
if state("light.lamp") == "on":
    await call("light.turn_off", "light.l1")
"""


class AllowAll:
    """Rights that leave everything to the policy; here only the program's way is looked at."""

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        del origin, house
        return [Narrowed() for _ in actions]

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        del action, origin, house


async def skilled(room: ProgramRoom, source: str) -> Ran:
    room.room.judge.rights = AllowAll()
    return await room.programs.run(source, OWNER, "cosy", Written(skill="cosy", version="1.0.0", hash="ab" * 32))


async def test_a_skill_that_goes_as_rehearsed_takes_one_process_and_one_that_does_not_takes_two(tmp_path: Path) -> None:
    async with program_room(tmp_path, WIDE) as room:
        sessions = 0
        real = room.world.sandbox.session

        def counted(*args: object, **more: object) -> object:
            nonlocal sessions
            sessions += 1
            return real(*args, **more)  # type: ignore[arg-type]

        room.world.sandbox.session = counted  # type: ignore[method-assign, assignment]
        ran = await skilled(room, LOOKS_AFTER)
        assert ran.problem is None, ran
        assert room.sent == ["turn_on light.lamp", "turn_off light.l1"]
        assert sessions == 1
        room.room.mirror.changed([Change("light.lamp", State("unavailable"))])
        ran = await skilled(room, LOOKS_AFTER)
        assert sessions == 2, "the twin said that the lamp cannot be reached, and so did the house"
        room.room.mirror.changed([Change("light.lamp", State("off"))])
        room.room.hand.silent = True
        ran = await skilled(room, LOOKS_AFTER)
        assert sessions == 4, "the lamp did not go on as on the twin, so the rest is the program's own doing"
        assert [outcome.action.entities for outcome in ran.outcomes] == [("light.lamp",)]
