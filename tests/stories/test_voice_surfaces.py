"""What a whole daemon shows of voice: places to who may know them, figures to who watches, and nobody's words.

A recording that is tried changes nothing; a count that grows when somebody speaks is told to no stranger.
"""

import asyncio
import logging
import re
import wave
from pathlib import Path

import aiohttp
import pytest
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from claw.base.action import Json
from claw.base.errors import Refused
from claw.channels.clients import EVERY_RIGHT
from claw.cli.client import Client
from claw.cli.voice_trial import asked
from claw.daemon.build import Daemon
from tests.living import OWNER, living
from tests.peers.vowel import saying

KITCHEN = "assist_satellite.kitchen"
SENTENCE = "turn on the kitchen lights"


def recording(path: Path) -> Path:
    sound = saying("turn off the kitchen lights", rate=48_000, channels=2, around=0.8)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.channels)
        file.setsampwidth(2)
        file.setframerate(sound.rate)
        file.writeframes(sound.pcm)
    return path


async def spoken(daemon: Daemon) -> str:
    """Say a sentence as Home Assistant brings it from the kitchen."""
    assert daemon.voice is not None
    assert daemon.voice.server is not None
    async with AsyncTcpClient("127.0.0.1", daemon.voice.server.port) as client:
        context = {"satellite_id": KITCHEN}
        await client.write_event(Event("transcript", {"text": SENTENCE, "language": "en", "context": context}))
        answer = await client.read_event()
    assert answer is not None
    return answer.type


async def read(http: aiohttp.ClientSession, address: str, token: str = "") -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.get(f"{address}metrics", headers=headers) as answer:
        assert answer.status == 200
        return re.sub("claw_uptime_seconds .*", "", await answer.text())


def acts(daemon: Daemon) -> list[Json]:
    return [entry for entry in daemon.desk.log(0, 1000, viewer=OWNER) if entry["kind"] in {"request", "intent"}]


async def test_voice_is_shown_to_each_as_far_as_it_is_theirs(
    tmp_path: Path, tiny_whisper: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    peer = {"address": "127.0.0.1", "satellites": [KITCHEN, "assist_satellite.gone"]}
    voice = {"wyoming": {"port": 0, "peers": [peer]}, "transcriber": {"engine": "whisper", "model": str(tiny_whisper)}}
    async with living(tmp_path, voice=voice) as daemon, aiohttp.ClientSession() as http:
        await daemon.socket.start()
        await daemon.web.start()
        address, client = daemon.web.address, Client(tmp_path / "state")
        _, token = daemon.clients.issue("watch", "anna", EVERY_RIGHT)

        # A recording is heard with the daemon's own ear, and nothing is done with it.
        before = acts(daemon)
        tried = await asked(recording(tmp_path / "clip.wav"), KITCHEN, "en", client)
        assert [piece.text for piece in tried.pieces] == ["turn off the kitchen lights"]
        assert [piece.means["kind"] for piece in tried.pieces] == ["act"]
        assert acts(daemon) == before

        # A sentence is counted for who watches with a token; to a stranger nothing has changed.
        stranger, watcher = await read(http, address), await read(http, address, token)
        assert await spoken(daemon) == "handled"
        assert daemon.mirror.states["light.kitchen_ceiling"].value == "on"
        assert await read(http, address) == stranger
        after = await read(http, address, token)
        assert after != watcher
        assert 'claw_voice_turns_total{result="done"} 1' in after
        assert 'claw_voice_wyoming_total{what="turns"} 1' in after
        assert 'claw_voice_stage_seconds{stage="act",quantile="0.5"}' in after
        assert "claw_voice_transcription_seconds" in after

        # Where it was said is for the console; no place and no word is in a figure, and no word in the process's log.
        told = await asyncio.to_thread(client.ask, "voice_devices")
        (kitchen,) = [row for row in told["satellites"] if row["id"] == KITCHEN]
        assert (kitchen["place"], kitchen["vouched"], bool(kitchen["heard"])) == ("kitchen", "Home Assistant", True)
        assert any("assist_satellite.gone" in finding for finding in told["findings"])
        for word in ("kitchen", "lights", "anna", "192.", "127.0.0.1"):
            assert word not in after
            assert word not in stranger
        assert "kitchen" not in str(daemon.desk.status()["voice"])
        assert SENTENCE not in caplog.text
        assert "kitchen lights" not in caplog.text

        # A program that Claw itself started is told nothing of it, and lends nobody's ear.
        daemon.socket._ours = lambda _pid, _uid: True
        for word in ("voice_devices", "voice_hear"):
            with pytest.raises(Refused):
                await asyncio.to_thread(client.ask, word)
        await daemon.socket.close()
        await daemon.web.close()
