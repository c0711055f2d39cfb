"""The engine is the one that is configured, and making it starts nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from claw.base.config_voice import OpenAIEngineConfig, WhisperConfig, WyomingEngineConfig
from claw.voice.engines import engine_of, leaves
from claw.voice.openai_engine import OpenAIEngine
from claw.voice.whisper import Whisper
from claw.voice.wyoming_engine import WyomingEngine
from tests.held_clock import HeldClock

WYOMING = WyomingEngineConfig(engine="wyoming", server="tcp://127.0.0.1:10300")


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (WhisperConfig(engine="whisper", model=Path("/nowhere")), Whisper),
        (WYOMING, WyomingEngine),
        (OpenAIEngineConfig(engine="openai", base_url="http://127.0.0.1:1/v1", model="x"), OpenAIEngine),
    ],
)
async def test_each_configuration_has_its_engine(
    config: WhisperConfig | WyomingEngineConfig | OpenAIEngineConfig, kind: type
) -> None:
    engine = engine_of(config, HeldClock())
    assert isinstance(engine, kind)
    await engine.close()


@pytest.mark.parametrize(
    ("host", "away"),
    [
        ("127.0.0.1", False),
        ("localhost", False),
        ("[::1]", False),
        ("192.168.1.9", True),
        ("api.example.org", True),
        ("localhost.example.org", True),
    ],
)
def test_what_leaves_this_machine_is_known(host: str, away: bool) -> None:
    server = WyomingEngineConfig(engine="wyoming", server=f"tcp://{host}:10300")
    asked = OpenAIEngineConfig(engine="openai", base_url=f"http://{host}/v1", model="x")
    assert leaves(server) is leaves(asked) is away
    assert not leaves(WhisperConfig(engine="whisper", model=Path("/nowhere")))
    assert not leaves(WyomingEngineConfig(engine="wyoming", server="unix:///run/claw-voice/asr.sock"))


def test_the_code_of_the_other_engines_is_not_loaded() -> None:
    code = (
        "import sys; from claw.base.clock import SystemClock; from claw.base.config_voice import WyomingEngineConfig\n"
        "from claw.voice.engines import engine_of\n"
        "engine_of(WyomingEngineConfig(engine='wyoming', server='tcp://127.0.0.1:10300'), SystemClock())\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "claw.voice.wyoming_engine" in loaded
    assert not loaded & {"claw.voice.whisper", "claw.voice.openai_engine", "openai", "numpy", "onnxruntime"}
