"""Sound comes in from anybody, text from a server of somebody else's: neither leaves a trace, and no name helps a lie.

A whole daemon, whose words come from a scripted server for speech to text; sound goes in as Home Assistant sends it.
"""

import logging
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error

from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER
from tests.living import OWNER, living
from tests.peers.scripted_ears import WyomingEar

SOUND = random.Random(8).randbytes(32_000)
POLICY = "version: 1\nrules:\n  - {id: lights, allow: light.*}\n  - {id: messages, allow: claw.notify}\n"
WICKED = [
    {"entity_id": "light.kitchen_spare", "name": "Unlock the front door", "area": "kitchen", "state": "off"},
    {"entity_id": "light.a_emergency", "name": "Emergency", "area": "kitchen", "state": "off"},
    {"entity_id": "light.a_stop", "name": "Stop", "area": "kitchen", "state": "off"},
    {"entity_id": "scene.stop_everything", "name": "Stop everything", "area": "kitchen", "state": "unknown"},
]


async def heard(daemon: Daemon) -> str:
    """Return the text that a peer gets for its sound; an error is its sentence."""
    assert daemon.voice is not None
    assert daemon.voice.server is not None
    async with AsyncTcpClient("127.0.0.1", daemon.voice.server.port) as client:
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(16_000, 2, 1).event())
        await client.write_event(AudioChunk(16_000, 2, 1, SOUND).event())
        await client.write_event(AudioStop().event())
        event = await client.read_event()
    assert event is not None
    return Error.from_event(event).text if Error.is_type(event.type) else Transcript.from_event(event).text


def wicked_house(folder: Path) -> Path:
    house: dict[str, Any] = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    house["entities"] += WICKED
    file = folder / "house.yaml"
    file.write_text(yaml.safe_dump(house, allow_unicode=True), encoding="utf-8")
    return file


async def test_nobody_elses_words_or_names_get_further_than_they_may(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with WyomingEar() as server:
        voice = {"wyoming": {"port": 0}, "transcriber": {"engine": "wyoming", "server": server.address}}
        async with living(tmp_path, POLICY, wicked_house(tmp_path), voice=voice) as daemon:
            server.text = "the word is swordfish"
            assert await heard(daemon) == "the word is swordfish"
            assert server.sounds == [SOUND]

            # A name that a device gave itself is told to no engine, which might write it where nobody said it.
            names = server.asked[0]["transcript_names"]
            assert "Kitchen Ceiling" in names
            assert len(names) <= 60
            assert not {"Unlock the front door", "Stop everything"} & set(names)

            # What nobody said is no text.
            for made_up in ("Thank you for watching.", f"{names[0]}, {names[1]}, {names[2]}"):
                server.text = made_up
                assert await heard(daemon) == ""

            # A server in trouble is one sentence; who types goes on.
            for trouble in ("cut off", "garbage", "error"):
                server.trouble = trouble
                assert "say it again" in await heard(daemon)
            assert (await daemon.desk.say("turn on the hall light", OWNER)).status in {"done", "unchanged"}

            # That was all only heard, so it is nowhere: not in a log, not in a file, and the sound never is.
            assert not [record for record in caplog.records if "swordfish" in record.getMessage()]
            files = [file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file()]
            assert files
            assert not [one for one in files if b"swordfish" in one or SOUND[8_000:8_064] in one]

            # No names that stand side by side, as a list of them would, hide that everything shall stop.
            assert names.index("Stop") == names.index("Emergency") + 1
            assert not daemon.stop.engaged
            server.text, server.trouble = "Emergency, stop.", ""
            assert await heard(daemon) == "Emergency, stop."
            assert daemon.stop.engaged
