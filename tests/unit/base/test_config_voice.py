"""What may be configured about speech, and what is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from claw.base.config import read_config
from claw.base.config_voice import VoiceConfig, WyomingEngineConfig
from claw.base.errors import Invalid

MIC = {"id": "hall", "command": ["arecord"]}
ANYWHERE = "0.0.0.0"  # noqa: S104  what is refused without peers
WHISPER = {"engine": "whisper", "model": "models/small"}


def test_nothing_is_there_that_is_not_named() -> None:
    voice = VoiceConfig.model_validate({})
    assert voice.wyoming is None
    assert voice.transcriber is None
    assert voice.microphones == ()


def test_a_server_listens_on_this_machine_alone_unless_it_is_told_who_may_come() -> None:
    assert VoiceConfig.model_validate({"wyoming": {}}).wyoming is not None
    with pytest.raises(ValidationError, match="needs its peers"):
        VoiceConfig.model_validate({"wyoming": {"host": ANYWHERE}})
    peers = [{"address": "192.168.1.10", "satellites": ["assist_satellite.kitchen"]}]
    assert VoiceConfig.model_validate({"wyoming": {"host": ANYWHERE, "peers": peers}}).wyoming is not None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"wyoming": {"announce": True}}, "nobody else can reach"),
        ({"wyoming": {"peers": [{"address": "kitchen"}]}}, "expected an address such as"),
        ({"wyoming": {"peers": [{"address": "10.0.0.1", "satellites": ["a b"]}]}}, "pattern"),
        ({"transcriber": {"engine": "whisper"}}, "model"),
        ({"transcriber": {**WHISPER, "memory_mb": 399}}, "found 399, expected 400 or more"),
        ({"transcriber": {"engine": "ears"}}, "engine"),
        ({"transcriber": {"engine": "wyoming", "server": "http://10.0.0.1:1"}}, "address of a Wyoming server"),
        ({"transcriber": {"engine": "openai", "base_url": "https://me:secret@x/v1", "model": "w"}}, "pattern"),
        ({"microphones": [MIC]}, "expected a transcriber"),
        ({"microphones": [MIC, MIC], "transcriber": WHISPER}, "same id"),
        ({"speech": {"quiet": {"start": "22", "end": "07:00"}}}, "pattern"),
        ({"speach": {}}, "speach"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        VoiceConfig.model_validate(wrong)


def test_a_model_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("house: {simulated: h.yaml}\nvoice:\n  transcriber: {engine: whisper, model: models/small}\n")
    voice = read_config(path).voice
    assert voice is not None
    assert getattr(voice.transcriber, "model", None) == tmp_path / "models/small"
    path.write_text("house: {simulated: h.yaml}\nvoice:\n  microphones: [{id: hall, command: [cat]}]\n")
    with pytest.raises(Invalid, match="expected a transcriber"):
        read_config(path)


@pytest.mark.parametrize("server", ["tcp://127.0.0.1:10300", "tcp://ear.local:1", "unix:///run/claw-voice/asr.sock"])
def test_a_wyoming_server_is_an_address_or_a_socket_of_this_machine(server: str) -> None:
    assert WyomingEngineConfig(engine="wyoming", server=server).server == server


@pytest.mark.parametrize(
    "server",
    ["unix://run/asr.sock", "unix:asr.sock", "unix:///run/a.sock?x=1", "tcp:///run/a.sock", "http://x:1", "unix://"],
)
def test_what_is_neither_is_refused(server: str) -> None:
    with pytest.raises(ValidationError):
        WyomingEngineConfig(engine="wyoming", server=server)
