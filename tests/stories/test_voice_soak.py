"""A long day of voices through the real server of a whole daemon: what is heard is let go again."""

import gc
import os
from itertools import count, islice
from pathlib import Path

import pytest

from claw.base.action import Json
from claw.daemon import voiced
from claw.daemon.build import Daemon
from claw.voice.frames import Frame
from claw.voice.model import Audio, Heard, Hints
from tests.living import living
from tests.wyoming_room import client, sound, told, words

KITCHEN = "assist_satellite.kitchen"
MOST_MB = 5.0
WARM = 60
"""Turns after which everything has been needed once: what is read once and kept is no drift."""
SAID = (
    "turn on the kitchen lights",
    "is the front door locked",
    "set the kitchen lights to 40 percent",
    "unlock the front door",
    "what is the weather like on mars",
    "turn off the kitchen lights",
    "is the garage door open",
)


class _Engine:
    """Hears the same in every sound."""

    name, problem, partials = "same", "", False

    async def warm(self) -> None:
        """Be ready."""

    async def transcribe(self, audio: Audio, _hints: Hints, _partial: object = None) -> Heard:
        return Heard("turn on the kitchen lights", "en", audio.seconds)

    async def close(self) -> None:
        """End nothing."""


@pytest.mark.parametrize("turns", [100, pytest.param(1000, marks=pytest.mark.prove)])
async def test_memory_does_not_grow_with_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setattr(voiced, "engine_of", lambda *_: _Engine())
    voice: dict[str, Json] = {
        "wyoming": {"port": 0, "peers": [{"address": "127.0.0.1", "satellites": [KITCHEN]}]},
        "transcriber": {"engine": "wyoming", "server": "tcp://127.0.0.1:1"},
    }
    async with living(tmp_path, voice=voice) as daemon:
        numbers = count()
        for number in islice(numbers, WARM):
            await _turn(daemon, number)
        before = _megabytes()
        for number in islice(numbers, turns):
            await _turn(daemon, number)
        drift = _megabytes() - before
        assert daemon.voice is not None
        results = daemon.voice.hearing.times.times().results
        print(f"{turns} turns: {drift:+.2f} MB, {results}")  # noqa: T201  the figure, seen with -s
        assert results["answered"] > turns // len(SAID)
        assert results["done"] > 5
    assert drift < MOST_MB


async def _turn(daemon: Daemon, number: int) -> None:
    """One sound of a second to text, one sentence, and now and then what is no event."""
    assert daemon.voice is not None
    assert daemon.voice.server is not None
    port = daemon.voice.server.port
    async with client(port) as one:
        heard = await one.ask(*sound(bytes(32_000)))
        assert heard is not None
        assert heard.type == "transcript"
    said = SAID[number % len(SAID)]
    async with client(port) as one:
        answer = await one.ask(words(said, satellite_id=KITCHEN, conversation_id=f"01{number // 3}"))
        assert answer is not None
        assert answer.type in {"handled", "not-handled"}
    if number % 10 == 0:
        await told(port, b"[]\n")
        await told(port, Frame("transcript", {"text": "cut"}), b'{"type": "trans', ends=True)


def _megabytes() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
