"""An evening of voices: what is heard becomes text, text an act or a question, and nobody is known by any of it.

The models' weights are computed, so a tone says which sentence is heard; detector, decoder, server and gate are the
real ones.
"""

import asyncio
import os
import shlex
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.event import Event

from claw.daemon.build import Daemon
from claw.voice.whisper import Whisper
from tests.living import OWNER, living
from tests.peers.vowel import saying
from tests.wyoming_room import until

LIGHT = "light.kitchen_ceiling"
KITCHEN = {"satellite_id": "assist_satellite.kitchen"}
BEDROOM = {"satellite_id": "assist_satellite.bedroom"}
PEER = {"address": "127.0.0.1", "satellites": [*KITCHEN.values(), *BEDROOM.values()]}


@asynccontextmanager
async def _satellite(daemon: Daemon) -> AsyncIterator[AsyncTcpClient]:
    assert daemon.voice is not None
    assert daemon.voice.server is not None
    async with AsyncTcpClient("127.0.0.1", daemon.voice.server.port) as client:
        yield client


async def _asked(daemon: Daemon, text: str, context: dict[str, str] | None = None) -> Event:
    """Say words as Home Assistant brings them: a connection for each."""
    async with _satellite(daemon) as client:
        await client.write_event(Event("transcript", {"text": text, "language": "en", "context": context or {}}))
        answer = await client.read_event()
    assert answer is not None
    return answer


async def _heard(daemon: Daemon, sentence: str) -> Event:
    """Send sound as Home Assistant does, and return what came of it."""
    audio = saying(sentence)
    async with _satellite(daemon) as client:
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(audio.rate, 2, audio.channels).event())
        for at in range(0, len(audio.pcm), 2048):
            await client.write_event(AudioChunk(audio.rate, 2, audio.channels, audio.pcm[at : at + 2048]).event())
        await client.write_event(AudioStop().event())
        answer = await client.read_event()
    assert answer is not None
    return answer


async def _until_heard(daemon: Daemon, sentence: str) -> None:
    """Say it again, as one is told to, until there is somebody to listen."""
    for _ in range(100):
        if not Error.is_type((await _heard(daemon, sentence)).type):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the process that listens was not replaced")


def _acts(daemon: Daemon) -> int:
    return sum(entry["kind"] == "intent" for entry in daemon.desk.log(0, 1000, viewer=OWNER))


async def test_sound_is_heard_understood_and_acted_upon_and_nobody_is_known(tmp_path: Path, tiny_whisper: Path) -> None:
    voice = {"wyoming": {"port": 0, "peers": [PEER]}, "transcriber": {"engine": "whisper", "model": str(tiny_whisper)}}
    async with living(tmp_path, voice=voice) as daemon:
        # From sound to a lamp, as a pipeline of Home Assistant goes: text first, then what it means.
        text = Transcript.from_event(await _heard(daemon, "turn on the kitchen lights")).text
        assert text == "turn on the kitchen lights"
        answer = await _asked(daemon, text, KITCHEN)
        assert (answer.type, daemon.mirror.states[LIGHT].value) == ("handled", "on")
        # What can be seen from there needs no sentence; from elsewhere it does.
        assert len(answer.data["text"].split()) <= 1
        assert "kitchen" in (await _asked(daemon, "turn off the kitchen lights", BEDROOM)).data["text"].casefold()

        # What lets somebody in waits for somebody who is known, on a page.
        text = Transcript.from_event(await _heard(daemon, "unlock the front door")).text
        answer = await _asked(daemon, text, KITCHEN)
        assert "phone or the page" in answer.data["text"]
        (question,) = daemon.desk.pending(OWNER)
        assert question.origin.person is None
        assert question.origin.channel == "voice:assist_satellite.kitchen"
        await _asked(daemon, "yes", KITCHEN)
        await _asked(daemon, "reset", KITCHEN)
        assert daemon.mirror.states["lock.front_door"].value == "locked"

        # One command that two microphones heard is one command.
        acts = _acts(daemon)
        first, second = await asyncio.gather(
            _asked(daemon, "turn on the hall light", KITCHEN), _asked(daemon, "Turn on the hall light.", BEDROOM)
        )
        assert {first.type, second.type} == {"handled"}
        assert sorted(bool(one.data["text"]) for one in (first, second)) == [False, True]
        assert _acts(daemon) == acts + 1

        # The engine dies in the middle of a word: one clear answer, and everybody else goes on.
        assert daemon.voice is not None
        assert daemon.voice.ear is not None
        engine = daemon.voice.ear._engine
        assert isinstance(engine, Whisper)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        hearing = asyncio.create_task(_heard(daemon, "good night"))
        await until(lambda: bool(engine._asked))
        os.kill(engine.pid, signal.SIGKILL)
        answer = await hearing
        assert Error.is_type(answer.type)
        assert "say it again" in answer.data["text"]
        assert (await daemon.desk.say("turn off the hall light", OWNER)).status in {"done", "unchanged"}

        # The stop, by sound, on a new process; then nothing moves, and no voice undoes it.
        await _until_heard(daemon, "stop everything now")
        assert daemon.stop.engaged
        assert daemon.stop.state().by.startswith("voice")
        for text in ("turn on the kitchen lights", "reset", "start again", "yes"):
            await _asked(daemon, text, KITCHEN)
        assert daemon.stop.engaged
        assert daemon.mirror.states[LIGHT].value == "off"


async def test_a_microphone_of_this_machine_needs_nobody_else(tmp_path: Path, tiny_whisper: Path) -> None:
    command = "; ".join((_spoken(tmp_path, "turn on the kitchen lights"), _spoken(tmp_path, "stop everything now")))
    microphone = {"id": "cellar", "place": "kitchen", "command": ["sh", "-c", f"{command}; exec sleep 60"]}
    voice = {"microphones": [microphone], "transcriber": {"engine": "whisper", "model": str(tiny_whisper)}}
    async with living(tmp_path, voice=voice) as daemon:
        assert daemon.voice is not None
        assert daemon.voice.ear is not None
        await daemon.voice.ear.warm()
        async with asyncio.timeout(20):
            (tmp_path / "turn").touch()
            await _on(daemon, LIGHT)
            (tmp_path / "stop").touch()
            await _engaged(daemon)
        assert daemon.stop.state().by == "voice:cellar"
        status = daemon.desk.voiced.status()
        assert status["microphones"] == {"configured": 1, "listening": 1}
        assert {"speech", "text", "intent"} <= set(status["stages"])


def _spoken(folder: Path, sentence: str) -> str:
    """Return what a shell does to have a sentence said once a file of its first word is there."""
    word = sentence.partition(" ")[0]
    sound, begin = folder / f"{word}.raw", folder / word
    sound.write_bytes(saying(sentence, around=1.0).pcm)
    return f"until [ -e {shlex.quote(str(begin))} ]; do sleep 0.05; done; cat {shlex.quote(str(sound))}"


async def _on(daemon: Daemon, entity: str) -> None:
    on = asyncio.Event()
    unwatch = daemon.mirror.watch(
        lambda change: on.set() if (change.entity_id, getattr(change.state, "value", "")) == (entity, "on") else None
    )
    await on.wait()
    unwatch()


async def _engaged(daemon: Daemon) -> None:
    stopped = asyncio.Event()
    daemon.stop.hooks.append(stopped.set)
    await stopped.wait()
