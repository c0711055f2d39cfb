import asyncio

from claw.base.action import SYSTEM, Origin
from claw.gate.doing import Doing, heard, tell

TALK = Origin("web", "anna", conversation="web:1:main", language="de")


def test_what_is_being_done_is_told_and_then_that_it_ends() -> None:
    found: list[Doing] = []
    with heard(found.append):
        tell(TALK, "thinks")
        tell(TALK, "acts", 1, 2)
    assert found == [
        Doing("web:1:main", "thinks", language="de"),
        Doing("web:1:main", "acts", 1, 2, "de"),
        Doing("web:1:main", "ends", language="de"),
    ]


def test_the_same_twice_in_a_row_is_told_once() -> None:
    found: list[Doing] = []
    with heard(found.append):
        for _ in range(3):
            tell(TALK, "waits")
    assert [one.stage for one in found] == ["waits", "ends"]


def test_nobody_is_told_outside_a_turn_and_nothing_of_what_has_no_conversation() -> None:
    found: list[Doing] = []
    tell(TALK, "thinks")
    with heard(found.append):
        tell(SYSTEM, "acts", 1, 1)
    tell(TALK, "thinks")
    assert found == []


async def test_what_goes_on_after_its_turn_is_not_told() -> None:
    found: list[Doing] = []
    going_on = asyncio.Event()

    async def later() -> None:
        await going_on.wait()
        tell(TALK, "acts", 1, 1)

    with heard(found.append):
        task = asyncio.ensure_future(later())
        tell(TALK, "waits")
    going_on.set()
    await task
    assert [one.stage for one in found] == ["waits", "ends"]


async def test_turns_at_the_same_time_are_told_apart() -> None:
    async def turn(conversation: str) -> list[Doing]:
        found: list[Doing] = []
        with heard(found.append):
            for stage in ("thinks", "rehearses"):
                tell(Origin("web", conversation=conversation), stage)  # type: ignore[arg-type]
                await asyncio.sleep(0)
        return found

    first, second = await asyncio.gather(turn("a"), turn("b"))
    assert {one.conversation for one in first} == {"a"}
    assert {one.conversation for one in second} == {"b"}
