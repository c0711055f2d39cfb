"""Whoever can connect can claim anything: what of it a whole daemon believes, and what of it costs anything.

Real connections to the real server of a daemon with the demo's policy and a model that nobody may make work in vain.
"""

import logging
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from claw.base.action import Json
from claw.base.config import ModelConfig
from claw.channels.wyoming import MOST_OF_ONE
from claw.daemon.build import Daemon
from claw.mind.replies import reply_text
from claw.voice.frames import Frame, encode
from tests.living import OWNER, living
from tests.peers.scripted_model import ScriptedModel
from tests.wyoming_room import HERE, Client, client, sound, told, words

KITCHEN, BEDROOM = "assist_satellite.kitchen", "assist_satellite.bedroom"
KITCHEN_DEVICE, BEDROOM_DEVICE = "kitchen_satellite", "bedroom_satellite"
TOO_LONG = Frame("not-handled", {"text": reply_text("too_long", "en")})
NOTHING = Frame("not-handled", {"text": ""})

WORTH_NOTHING = [
    (Frame("transcript"), NOTHING),
    (Frame("transcript", {"text": None}), NOTHING),
    (Frame("transcript", {"text": ["unlock", "the", "door"]}), NOTHING),
    (words(""), NOTHING),
    (words(" \t\n"), NOTHING),
    (words("... ?!"), NOTHING),
    (words("turn on the light " * 112), TOO_LONG),
    (words("я" * 2001), TOO_LONG),
    (words("\x00" * 2001), TOO_LONG),
]
NOWHERE_CLAIMS: list[dict[str, Json]] = [
    {},
    {"satellite_id": BEDROOM},
    {"satellite_id": BEDROOM, "device_id": BEDROOM_DEVICE},
    {"device_id": BEDROOM_DEVICE},
    {"satellite_id": KITCHEN, "device_id": BEDROOM_DEVICE},
    {"satellite_id": BEDROOM, "device_id": KITCHEN_DEVICE},
    {"satellite_id": [KITCHEN]},
    {"satellite_id": "light.kitchen_ceiling"},
    {"satellite_id": KITCHEN.upper()},
    {"place": "kitchen", "area": "kitchen", "person": "anna", "user": "anna", "authenticated": True},
]


def _port(daemon: Daemon) -> int:
    assert daemon.voice is not None
    assert daemon.voice.server is not None
    return daemon.voice.server.port


def _asked(daemon: Daemon) -> list[dict[str, Json]]:
    """Return what the log says of acts."""
    kinds = {"intent", "refusal", "refused", "pending", "confirm"}
    return [entry for entry in daemon.desk.log(0, 1000, viewer=OWNER) if entry["kind"] in kinds]


async def test_a_whole_daemon_believes_nothing_that_was_only_claimed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    voice: dict[str, Json] = {"wyoming": {"port": 0, "peers": [{"address": HERE, "satellites": [KITCHEN]}]}}
    async with (
        ScriptedModel() as model,
        living(tmp_path, model=ModelConfig(name="m", base_url=model.base_url), voice=voice) as daemon,
        AsyncExitStack() as open_,
    ):
        port = _port(daemon)
        async with client(port) as one:
            await _words_that_are_none(one, daemon, model)
            await _places_that_are_not_theirs(one, daemon)
        await told(port, b"GET / HTTP/1.1\r\n\r\n")
        assert [frame.data["code"] for frame in await told(port, *sound())] == ["stt-unavailable"]
        # Every connection that a machine may have is taken and says nothing; one more brings the word that counts.
        for _ in range(MOST_OF_ONE):
            silent = await open_.enter_async_context(client(port))
            await silent.say(encode(words("turn on the light"))[:-5])
        async with client(port) as one:
            answer = await one.ask(words("stop everything", conversation_id="web:anna"))
        assert answer is not None
        assert daemon.stop.engaged
        assert daemon.stop.state().by == "voice:nowhere"
    assert "turn on" not in caplog.text
    assert "assist_satellite" not in caplog.text


async def _words_that_are_none(one: Client, daemon: Daemon, model: ScriptedModel) -> None:
    for frame, answer in WORTH_NOTHING:
        assert await one.ask(frame) == answer
    assert not model.requests
    assert not _asked(daemon)


async def _places_that_are_not_theirs(one: Client, daemon: Daemon) -> None:
    """Each of them asks for another lamp, so that none repeats what Claw has just said; the log tells what they are."""
    lamps = [one.name for one in daemon.mirror.registry.entities.values() if one.domain == "light" and not one.hidden]
    claims = [*NOWHERE_CLAIMS, {"satellite_id": KITCHEN, "device_id": KITCHEN_DEVICE}]
    assert len(lamps) >= len(claims)
    for number, (context, lamp) in enumerate(zip(claims, lamps, strict=False)):
        before = len(_asked(daemon))
        # Whatever a talk is called by the client, it is none of another channel.
        talk = {"conversation_id": ("test", "web:anna", "cli:0:main")[number % 3]} if number else {}
        await one.ask(words(f"turn on {lamp}", **{**context, **talk}))
        (entry, *_) = _asked(daemon)[before:]
        origin = entry["origin"]
        known = number == len(NOWHERE_CLAIMS)
        assert (origin["channel"], origin["place"]) == (
            (f"voice:{KITCHEN}", "kitchen") if known else ("voice:nowhere", None)
        ), context
        assert (origin["person"], origin["authenticated"], origin["strength"]) == (None, False, None)
        assert origin["conversation"].startswith(f"voice:{HERE}:")
