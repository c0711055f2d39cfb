"""A server that hears for Claw, and takes money for it, is sent so much a day, and nothing that nobody needs to say."""

from pathlib import Path

import pytest

from claw.base.errors import Unavailable
from claw.daemon import voiced
from claw.voice.model import Audio, Satellite
from claw.voice.transcriber import Enough
from tests.living import OWNER, living
from tests.peers.scripted_ears import OpenAIEar

KITCHEN = Satellite("assist_satellite.kitchen", "kitchen", "assist_satellite.kitchen", "127.0.0.1")
SECONDS = Audio(bytes(2 * 16_000 * 2))


def _voice(server: OpenAIEar, **more: object) -> dict[str, object]:
    engine = {"engine": "openai", "base_url": server.address, "model": "ear", **more}
    always = {"id": "cellar", "place": "kitchen", "command": ["sleep", "60"]}
    woken = {**always, "id": "desk", "wake": {"words": ["alexa"]}}
    return {"transcriber": engine, "microphones": [always, woken]}


async def test_a_cap_holds_over_a_restart_and_typed_words_are_answered(tmp_path: Path) -> None:
    async with OpenAIEar() as server:
        server.text = "turn on the kitchen lights"
        async with living(tmp_path, voice=_voice(server, seconds_per_day=3)) as daemon:
            assert daemon.voice is not None
            assert daemon.voice.ear is not None
            assert (await daemon.voice.ear.transcribe(SECONDS, KITCHEN)).text == server.text
            assert daemon.desk.voiced.status()["transcriber"]["seconds_today"] == 2
        async with living(tmp_path, voice=_voice(server, seconds_per_day=3)) as daemon:
            assert daemon.voice is not None
            assert daemon.voice.ear is not None
            with pytest.raises(Enough, match="listened enough for today"):
                await daemon.voice.ear.transcribe(SECONDS, KITCHEN)
            told = daemon.desk.status()["voice"]["transcriber"]
            assert (told["seconds_today"], told["seconds_per_day"]) == (2, 3)
            assert "listened enough" in told["problem"]
            assert (await daemon.desk.say("turn on the kitchen lights", OWNER)).status == "done"
        assert len(server.sounds) == 1


async def test_while_stopped_an_open_microphone_sends_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voiced, "leaves", lambda _engine: True)  # the server of this test is on this machine
    async with OpenAIEar() as server, living(tmp_path, voice=_voice(server)) as daemon:
        server.text = "stop everything"
        assert daemon.voice is not None
        assert daemon.voice.ear is not None
        always, woken = (one._turns._ways.ear for one in daemon.voice.microphones)
        assert (await always.transcribe(SECONDS, KITCHEN)).text == server.text
        daemon.stop.engage("test", OWNER)
        assert (await always.transcribe(SECONDS, KITCHEN)).text == ""
        assert always.speculate(SECONDS, KITCHEN) is None
        with pytest.raises(Unavailable, match="Claw is stopped"):
            await daemon.desk.voiced.transcribe("AAAA" * 8000)
        assert len(server.sounds) == 1
        # Whoever woke it, and whoever speaks by a satellite, is told that everything is stopped.
        assert (await woken.transcribe(SECONDS, KITCHEN)).text == server.text
        assert (await daemon.voice.ear.transcribe(SECONDS, KITCHEN)).text == server.text
