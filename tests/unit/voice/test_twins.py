"""The same words from two satellites at once are one command."""

from claw.voice.model import NOWHERE, Satellite
from claw.voice.twins import MOST_KEPT, TWIN_S, Twins
from tests.held_clock import HeldClock

KITCHEN, HALL = Satellite("kitchen", "kitchen", source="10.0.0.5"), Satellite("hall", "hall", source="10.0.0.5")


async def test_another_satellite_with_the_same_words_is_told_of_the_first() -> None:
    clock = HeldClock()
    twins = Twins(clock)
    assert twins.first("turn on the lamp", KITCHEN) is None
    once = twins.begin("turn on the lamp", KITCHEN)
    assert twins.first("Turn on the lamp!", HALL) is once
    assert twins.first("turn off the lamp", HALL) is None
    assert twins.first("turn on the lamp", KITCHEN) is None  # who says it twice means it twice
    await clock.advance(TWIN_S)
    assert twins.first("turn on the lamp", HALL) is once
    await clock.advance(0.1)
    assert twins.first("turn on the lamp", HALL) is None


async def test_the_same_name_from_another_peer_is_another_satellite() -> None:
    twins = Twins(HeldClock())
    once = twins.begin("turn on the lamp", Satellite(NOWHERE, source="10.0.0.5"))
    assert twins.first("turn on the lamp", Satellite(NOWHERE, source="10.0.0.5")) is None
    assert twins.first("turn on the lamp", Satellite(NOWHERE, source="10.0.0.6")) is once


async def test_what_became_of_it_is_said_once() -> None:
    once = Twins(HeldClock()).begin("turn on the lamp", KITCHEN)
    once.settle(acted=False)
    once.settle(acted=True)
    assert await once.acted is False


async def test_a_flood_makes_nobody_wait_for_ever() -> None:
    twins = Twins(HeldClock())
    first = twins.begin("number 0", KITCHEN)
    for number in range(1, MOST_KEPT + 1):
        twins.begin(f"number {number}", KITCHEN)
    assert await first.acted is False
    assert twins.first("number 0", HALL) is None
    assert twins.first("number 1", HALL) is not None
