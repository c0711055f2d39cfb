from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claw.base.action import Action, Origin
from claw.gate.rights import Narrowed
from claw.house.model import Change, House, State
from claw.program.events import Answer, Call, Ended, Event, Failed, Span, Value, Wave
from claw.program.foreseen import Foreseen, Open, Record, Records
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
    timeless: bool = True
    heard: list[Mapping[int, Answer]] = field(default_factory=list[Mapping[int, Answer]])

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        self.heard.append(answers)
        return self.events[len(self.heard)]

    def dump(self) -> bytes:
        return b"kept"


def giving(real: Turns) -> Open:
    async def opened() -> tuple[Turns, Event]:
        return real, real.events[0]

    return opened


async def never() -> tuple[Turns, Event]:
    raise AssertionError("a process was asked for")


async def recorded(turns: Turns | None = None) -> Record:
    record = Record()
    session = Foreseen(record, giving(turns or Turns([wave(1), wave(2), END])))
    assert await session.begin() == wave(1)
    await session.resume({1: Value(1)})
    await session.resume({2: Value("on")})
    return record


async def test_what_is_answered_as_before_needs_no_process() -> None:
    record = await recorded()
    session = Foreseen(record, never)
    assert await session.begin() == wave(1)
    assert await session.resume({1: Value(1)}) == wave(2)
    assert await session.resume({2: Value("on")}) == END
    assert session.timeless
    with pytest.raises(ValueError, match="no process"):
        session.dump()


@pytest.mark.parametrize("other", [Value(2), Value(1.0), Value(json=True), Value("1")])
async def test_at_the_first_other_answer_a_process_takes_over_with_all_of_them(other: Value) -> None:
    record = await recorded()
    real = Turns([wave(1), wave(9), END])
    session = Foreseen(record, giving(real))
    await session.begin()
    assert await session.resume({1: other}) == wave(9)
    assert session.dump() == b"kept"
    assert await session.resume({9: Value(0)}) == END
    assert real.heard == [{1: other}, {9: Value(0)}]
    known = Foreseen(record, never)
    await known.begin()
    assert await known.resume({1: other}) == wave(9), "both ways are known now"


async def test_a_program_that_does_not_do_the_same_twice_is_let_go() -> None:
    session = Foreseen(await recorded(), giving(Turns([wave(3), END])))
    await session.begin()
    event = await session.resume({1: Value(5)})
    assert isinstance(event, Failed)
    assert event.kind == "abandoned"


ASKS_A_PERSON = Wave((Call(2, "ask", ("Which?",), {}, Span(0, 1, 1)),))
RECALLS = Wave((Call(2, "recall", ("keys",), {}, Span(0, 1, 1)),))


@pytest.mark.parametrize(
    "turns",
    [
        Turns([wave(1), wave(2), END], timeless=False),
        Turns([wave(1), ASKS_A_PERSON, END]),
        Turns([wave(1), RECALLS, END]),
    ],
)
async def test_what_goes_by_the_clock_or_by_words_is_not_kept(turns: Turns) -> None:
    record = await recorded(turns)
    assert not record.lasting
    records = Records()
    one = records.of("a")
    assert records.of("a") is one
    one.lasting = False
    assert records.of("a") is not one


async def test_of_a_program_with_too_many_ways_no_more_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.program.foreseen.MOST_TURNS", 2)
    assert not (await recorded()).lasting
    monkeypatch.setattr("claw.program.foreseen.MOST_PROGRAMS", 1)
    records = Records()
    one = records.of("a")
    records.of("b")
    assert records.of("a") is not one


async def test_what_did_not_come_to_its_end_is_tried_again() -> None:
    record = Record()
    failed = Failed("TimeoutError", "too long", 1, "")
    session = Foreseen(record, giving(Turns([wave(1), failed])))
    await session.begin()
    assert await session.resume({1: Value(1)}) == failed
    real = Turns([wave(1), END])
    session = Foreseen(record, giving(real))
    await session.begin()
    assert await session.resume({1: Value(1)}) == END


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


async def test_a_process_is_taken_where_the_house_answers_as_it_never_did_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        ran = await skilled(room, LOOKS_AFTER)
        assert (ran.problem, sessions) == (None, 1), "it was answered just so before"
        room.room.mirror.changed([Change("light.lamp", State("unavailable"))])
        ran = await skilled(room, LOOKS_AFTER)
        assert sessions == 2, "the twin said that the lamp cannot be reached, and so did the house"
        room.room.mirror.changed([Change("light.lamp", State("off"))])
        room.room.hand.silent = True
        monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
        ran = await skilled(room, LOOKS_AFTER)
        assert sessions == 3, "the lamp did not go on as on the twin, so the rest is the program's own doing"
        assert [outcome.action.entities for outcome in ran.outcomes] == [("light.lamp",)]


async def test_what_a_skill_does_is_done_in_its_name(tmp_path: Path) -> None:
    async with program_room(tmp_path, WIDE) as room:
        ran = await room.programs.run(
            'await call("light.turn_on", "light.lamp")', OWNER, "cosy", Written(skill="cosy", version="1", hash="ab")
        )
        assert ran.problem is not None
        assert (ran.problem.kind, ran.problem.text) == ("denied", "there is no skill cosy here")
        assert room.sent == []
