"""The ear in a process of its own."""

import asyncio
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.config_voice import WhisperConfig, WyomingEngineConfig
from claw.base.errors import Broken
from claw.cli.voice_serve import serve
from claw.voice.model import Hints
from claw.voice.wyoming_engine import WyomingEngine
from tests.cli_room import Cli
from tests.notified import notified
from tests.peers.tiny_whisper import SENTENCES
from tests.peers.vowel import saying


async def test_it_is_ready_when_it_hears_and_gone_when_it_ends(
    tmp_path: Path, tiny_whisper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, over = tmp_path / "asr.sock", asyncio.Event()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    config = WhisperConfig(engine="whisper", model=tiny_whisper, threads=1)
    with notified(tmp_path / "notify") as heard:
        serving = asyncio.ensure_future(serve(config, path, over))
        assert "READY" in await asyncio.to_thread(heard.wait, "READY")
        ear = WyomingEngine(WyomingEngineConfig(engine="wyoming", server=f"unix://{path}"), SystemClock())
        await ear.warm()
        assert (await ear.transcribe(saying(SENTENCES[1]), Hints("en"))).text == SENTENCES[1]
        over.set()
        await serving
        assert heard.fetch() == [{"STOPPING": "1"}]
    assert not path.exists()


async def test_without_a_model_it_does_not_begin(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no folder"):
        await serve(WhisperConfig(engine="whisper", model=tmp_path / "no"), tmp_path / "asr.sock", asyncio.Event())
    assert not (tmp_path / "asr.sock").exists()


def test_settings_that_make_no_sense_are_misuse(claw: Cli, tmp_path: Path) -> None:
    asked = ("voice", "serve", "--socket", str(tmp_path / "s"), "--model", str(tmp_path))
    assert claw(*asked, "--compute", "float128").code == 2
    assert claw(*asked, "--memory-mb", "100").code == 2
    assert claw("voice", "serve").code == 2
