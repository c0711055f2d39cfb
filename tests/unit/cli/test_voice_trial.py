"""A recording is tried for real: read, speech found in it by the detector, and only that is asked about."""

import base64
import wave
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import Unavailable
from claw.cli.client import Client, NoDaemon
from claw.cli.voice_trial import Asked, alone, asked
from claw.voice.model import Audio, Heard, Satellite
from tests.cli_room import FakeDaemon
from tests.peers.vowel import saying

VOICE: dict[str, Any] = {"transcriber": {"engine": "fake", "problem": ""}}
MEANS = {"kind": "act", "text": "turn off everything", "taken_for": "", "actions": []}
HEARD = {"text": "good night", "language": "en", "seconds": 1.2, "means": MEANS}


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two seconds of silence around somebody who says something, at a rate and with channels of its own."""
    sound = saying("good night", rate=44_100, channels=2, around=1.0)
    path = tmp_path / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.channels)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(sound.pcm)
    return path


async def test_only_speech_goes_over_the_socket(daemon: FakeDaemon, recording: Path) -> None:
    daemon.answers |= {"status": {"ok": {"voice": VOICE}}, "voice_hear": {"ok": HEARD}}
    tried = await asked(recording, "desk", "en", Client(daemon.state))
    (piece,) = tried.pieces
    assert (piece.text, piece.language, piece.problem, piece.means) == ("good night", "en", "", MEANS)
    assert (tried.rate, tried.channels, round(tried.seconds, 1)) == (44_100, 2, 3.2)
    (_, call) = daemon.asked
    assert (call["do"], call["name"], call["language"]) == ("voice_hear", "desk", "en")
    assert Audio(base64.b64decode(call["audio"])).seconds < tried.seconds - 0.5


async def test_a_daemon_that_hears_nothing_or_is_not_there_is_said(daemon: FakeDaemon, recording: Path) -> None:
    for voice in (None, {"transcriber": None}):
        daemon.answers["status"] = {"ok": {"voice": voice}}
        with pytest.raises(Unavailable, match="name a transcriber"):
            await asked(recording, "", None, Client(daemon.state))
    with pytest.raises(NoDaemon):
        await asked(recording, "", None, Client(daemon.state / "elsewhere"))


async def test_the_longest_command_fits_into_one_line_of_the_socket(daemon: FakeDaemon) -> None:
    daemon.answers["voice_hear"] = {"ok": HEARD}
    longest = Audio(bytes(2 * 16_000 * 16))
    assert await Asked(Client(daemon.state), "").transcribe(longest, Satellite()) == Heard("good night", "en", 1.2)
    (call,) = daemon.asked
    from claw.channels.call import Call  # noqa: PLC0415  the other end of the socket, which checks the line

    assert Call.model_validate(call).audio


def written(folder: Path, voice: str = "") -> Path:
    (folder / "house.yaml").write_text("{}", encoding="utf-8")
    config = folder / "config.yaml"
    config.write_text(
        f"house: {{simulated: house.yaml}}\npolicy: p.yaml\npeople: [{{id: a, name: A, role: owner}}]\n{voice}",
        encoding="utf-8",
    )
    return config


async def test_an_engine_of_its_own_hears_where_no_daemon_runs(
    tmp_path: Path, recording: Path, tiny_whisper: Path
) -> None:
    config = written(tmp_path, f"voice: {{transcriber: {{engine: whisper, model: {tiny_whisper}}}}}\n")
    tried = await alone(recording, "en", config)
    assert [piece.text for piece in tried.pieces] == ["good night"]


async def test_a_configuration_without_an_engine_is_said(tmp_path: Path, recording: Path) -> None:
    for voice in ("", "voice: {wyoming: {}}\n"):
        with pytest.raises(Unavailable, match="name a transcriber"):
            await alone(recording, None, written(tmp_path, voice))
