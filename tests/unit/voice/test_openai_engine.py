"""A server with OpenAI's interface hears for Claw: it is sent a sound file that any program reads."""

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.config_voice import OpenAIEngineConfig
from claw.base.errors import Broken, Unavailable
from claw.voice.model import Audio, Hints
from claw.voice.openai_engine import FAILED, LONGEST_TEXT, OpenAIEngine, wav
from tests.peers.scripted_ears import OpenAIEar

SOUND = Audio(bytes(range(256)) * 100, 44_100, 2)


@pytest.fixture
async def server() -> AsyncIterator[OpenAIEar]:
    async with OpenAIEar() as ear:
        yield ear


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.touch(mode=0o600)
    file.write_text("sk-house\n")
    return file


async def test_the_sound_the_names_and_the_key_go_to_the_server(server: OpenAIEar, key: Path) -> None:
    server.text = "turn on the light"
    engine = OpenAIEngine(
        OpenAIEngineConfig(engine="openai", base_url=server.address, model="whisper-1", key_file=key), SystemClock()
    )
    await engine.warm()
    heard = await engine.transcribe(SOUND, Hints("en", ("Kitchen light", "Lamp")))
    assert (heard.text, heard.language, round(heard.seconds, 3)) == ("turn on the light", "en", 0.145)
    assert server.asked[0]["prompt"] == "Kitchen light, Lamp"
    assert server.keys == ["Bearer sk-house"]
    assert server.sounds == [wav(SOUND)]
    await engine.close()


async def test_what_is_wrong_is_known_until_it_works_again(server: OpenAIEar) -> None:
    config = OpenAIEngineConfig(engine="openai", base_url=server.address, model="whisper-1")
    engine = OpenAIEngine(config, SystemClock())
    server.status = 503
    with pytest.raises(Unavailable, match=FAILED):
        await engine.transcribe(SOUND, Hints())
    assert engine.problem
    server.status, server.text = 200, "a" * 50_000
    assert len((await engine.transcribe(SOUND, Hints())).text) == LONGEST_TEXT
    assert engine.problem == ""
    await engine.close()


async def test_a_missing_key_is_found_at_the_start_and_asks_nobody(server: OpenAIEar, tmp_path: Path) -> None:
    config = OpenAIEngineConfig(engine="openai", base_url=server.address, model="whisper-1", key_file=tmp_path / "gone")
    engine = OpenAIEngine(config, SystemClock())
    with pytest.raises(Broken):
        await engine.warm()
    assert engine.problem
    assert server.asked == []
    await engine.close()


def test_a_sound_file_is_as_any_program_reads_it() -> None:
    with wave.open(io.BytesIO(wav(SOUND))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (44_100, 2, 2)
        assert file.readframes(1 << 20) == SOUND.pcm
