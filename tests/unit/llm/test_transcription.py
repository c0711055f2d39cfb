"""A server of somebody else's making says what is said in a sound: a text, or one sentence of ours why not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from claw.base.clock import SystemClock
from claw.base.config import ModelConfig
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.llm.transcription import Transcription
from tests.held_clock import HeldClock
from tests.peers.scripted_ears import OpenAIEar

WAV = b"RIFF" + bytes(range(256)) * 20
SECRET = "sk-very-secret"


@pytest.fixture
async def server() -> AsyncIterator[OpenAIEar]:
    async with OpenAIEar() as ear:
        yield ear


def asking(server: OpenAIEar, key: str = SECRET, timer: Any = None, **config: Any) -> Transcription:
    settings = ModelConfig(**{"name": "ear", "base_url": server.address, **config})
    return Transcription(settings, timer or SystemClock(), key=lambda: key)


async def test_the_sound_goes_as_a_file_with_the_names_and_the_language(server: OpenAIEar) -> None:
    server.text = "Licht an"
    ear = asking(server)
    assert await ear.transcribe(WAV, "Küchenlicht, Haustür", "de") == "Licht an"
    assert server.sounds == [WAV]
    assert server.asked == [
        {"model": "ear", "response_format": "json", "prompt": "Küchenlicht, Haustür", "language": "de"}
    ]
    assert server.keys == [f"Bearer {SECRET}"]
    await ear.close()


async def test_what_is_not_known_is_not_sent_and_a_server_of_ones_own_needs_no_key(server: OpenAIEar) -> None:
    ear = asking(server, key="")
    await ear.transcribe(WAV)
    assert server.asked == [{"model": "ear", "response_format": "json"}]
    assert server.keys == [None]
    await ear.close()


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "wrong key sk-very-secret", Broken),
        (404, "no such path", Broken),
        (402, "pay first", Broken),
        (400, "model ear does not exist", Broken),
        (413, "too large", Refused),
        (422, "unsupported format", Refused),
        (429, "slow down", Unavailable),
        (500, "oh no, sk-very-secret", Unavailable),
        (503, "loading", Unavailable),
    ],
)
async def test_what_a_server_says_is_one_sentence_of_ours_without_the_key_and_asked_once(
    server: OpenAIEar, status: int, message: str, kind: type[ClawError]
) -> None:
    server.status, server.message = status, message
    ear = asking(server)
    with pytest.raises(kind) as told:
        await ear.transcribe(WAV)
    assert type(told.value) is kind
    assert "secret" not in str(told.value)
    assert len(server.asked) == 1
    await ear.close()


@pytest.mark.parametrize("text", [None, 7, ["a"], {"a": 1}])
async def test_an_answer_without_text_is_none(server: OpenAIEar, text: object) -> None:
    server.text = text
    ear = asking(server)
    with pytest.raises(Unavailable):
        await ear.transcribe(WAV)
    await ear.close()


@pytest.mark.parametrize("trouble", ["cut off", "garbage", "error"])
async def test_a_server_in_trouble_is_unavailable(server: OpenAIEar, trouble: str) -> None:
    server.trouble = trouble
    ear = asking(server)
    with pytest.raises(Unavailable):
        await ear.transcribe(WAV)
    await ear.close()


async def test_a_server_that_says_nothing_is_not_waited_for(server: OpenAIEar) -> None:
    server.trouble, clock = "silent", HeldClock()
    ear = asking(server, timer=clock, timeout_s=10)
    task = asyncio.create_task(ear.transcribe(WAV))
    await server.waiting.wait()
    await clock.advance(10)
    with pytest.raises(Unavailable, match="longer than 10 seconds"):
        await task
    await ear.close()


async def test_nobody_there(server: OpenAIEar) -> None:
    await server.__aexit__()
    ear = asking(server)
    with pytest.raises(Unavailable, match="cannot be reached"):
        await ear.transcribe(WAV)
    await ear.close()
    await server.__aenter__()


def test_a_missing_key_is_seen_before_anything_is_sent(tmp_path: Path) -> None:
    config = ModelConfig(name="ear", base_url="http://127.0.0.1:1/v1", key_file=tmp_path / "gone")
    with pytest.raises(Broken):
        Transcription(config, SystemClock()).look()
