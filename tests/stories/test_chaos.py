"""Faults at random under load: nothing is lost, nothing is done twice, the log holds, and it always comes back."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.chaos import chaos

SEED = 4


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(8, marks=pytest.mark.timeout(600)),
        pytest.param(200, marks=[pytest.mark.prove, pytest.mark.timeout(5400)]),
    ],
)
async def test_no_peace_loses_nothing_and_does_nothing_twice(tmp_path: Path, faults: int) -> None:
    speech = None
    if faults > 8 and find_spec("faster_whisper") is not None:
        from tests.peers.tiny_whisper import build  # noqa: PLC0415  numpy, only where something is heard

        speech = build(tmp_path / "speech")
    async with chaos(tmp_path / "home", SEED + faults, speech) as story:
        await story.run(faults)
        # A run in which little was asked, or nothing was cut short, would prove nothing.
        assert story.replies["done"] > 10 * faults
        assert story.lives > 1
        assert sum(map(len, story.recovered.values())) >= faults
