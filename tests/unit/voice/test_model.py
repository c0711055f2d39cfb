"""The nouns of voice: how long audio sounds, and how long each stage of a turn took."""

from claw.voice.model import Audio, Stages
from tests.held_clock import HeldClock


def test_audio_knows_how_long_it_sounds() -> None:
    assert Audio(bytes(32_000)).seconds == 1.0
    assert Audio(bytes(192_000), rate=48_000, channels=2).seconds == 1.0
    assert Audio(b"").seconds == 0.0


async def test_each_stage_counts_from_the_one_before_it_that_was_reached() -> None:
    clock = HeldClock()
    stages = Stages(clock)
    await clock.advance(0.25)
    stages.mark("speech")
    await clock.advance(0.5)
    stages.mark("text")
    await clock.advance(0.125)
    stages.mark("act")
    assert stages.spans() == {"speech": 250.0, "text": 500.0, "act": 125.0}
    assert stages.at("intent") is None


async def test_the_first_mark_of_a_stage_counts_and_an_earlier_moment_is_no_negative_span() -> None:
    clock = HeldClock()
    stages = Stages(clock)
    await clock.advance(1.0)
    stages.mark("text")
    stages.mark("said", at=clock.monotonic() - 0.5)
    await clock.advance(1.0)
    stages.mark("text")
    assert stages.spans() == {"text": 1000.0, "said": 0.0}
