"""What Home Assistant really sends to a Wyoming server, byte by byte, recorded once for each version.

``python -m tests.peers.wyoming_recorder`` boots a Home Assistant (``--newest``: the newest), has it set up a server
that writes everything down, talks to it in every way there is, and writes a line of JSON for each connection: the
``version``, ``why`` it was made, and what was ``sent``, a byte a character.  The recordings lie in ``wyoming_frames``;
the tests of the server play them back.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claw.voice.frames import CLIENT, Frame, FrameReader, encode
from tests.peers.assist import assistant, spoken
from tests.peers.newest_hass import newest_booted
from tests.peers.real_hass import RealHomeAssistant, Talk, booted
from tests.peers.wyoming_satellite import satellite
from tests.talking import until

FRAMES = Path(__file__).with_name("wyoming_frames")

TICK = b"\x01\x02" * 320
"""Sound enough for one piece of it."""


@dataclass
class Recorded:
    """One connection, from its first byte to its last."""

    why: str
    sent: bytes = b""


@dataclass
class Recorder:
    """A Wyoming server that agrees with everything; ``why`` is noted with each connection."""

    why: str = ""
    port: int = 0
    connections: list[Recorded] = field(default_factory=list)

    async def was_brought_words(self) -> bool:
        """Tell whether words came in whatever is recorded now."""
        return any(b'"transcript"' in one.sent for one in self.connections if one.why == self.why)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        recorded, frames = Recorded(self.why), FrameReader(CLIENT)
        self.connections.append(recorded)
        with contextlib.suppress(ConnectionError):
            while more := await reader.read(65536):
                recorded.sent += more
                for frame in frames.feed(more):
                    answer = answer_to(frame)
                    if answer is not None:
                        writer.write(encode(answer))
                        await writer.drain()
            writer.close()
            await writer.wait_closed()


def answer_to(frame: Frame) -> Frame | None:
    """Return what a server answers, None where it waits for more."""
    if frame.type == "describe":
        own = {"name": "Recorder", "attribution": {"name": "", "url": ""}, "installed": True, "version": "1"}
        model = {**own, "languages": ["en", "de"]}
        handle = {**own, "models": [model], "supports_home_control": True}
        speaks = {**own, "voices": [{**own, "languages": ["en_US"]}]}
        return Frame("info", {"asr": [{**own, "models": [model]}], "handle": [handle], "tts": [speaks]})
    if frame.type == "transcript":
        return Frame("handled", {"text": f"heard {frame.data.get('text')}"})
    return Frame("transcript", {"text": "turn on the lights"}) if frame.type == "audio-stop" else None


@contextlib.asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """Serve a recorder on a free port of this machine."""
    recorder = Recorder()
    server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
    recorder.port = server.sockets[0].getsockname()[1]
    async with server:
        yield recorder


async def record(hass: RealHomeAssistant) -> list[Recorded]:
    """Return everything that ``hass`` sends, from being set up to a command by its own microphone."""
    async with recording() as recorder, hass.talk() as talk:
        recorder.why = "set up"
        entry = await hass.set_up_wyoming(recorder.port)
        agent, engine = await found(talk, "conversation."), await found(talk, "stt.")
        device = (await talk.command("config/device_registry/list"))[0]["id"]
        for why, asked in asking(device).items():
            recorder.why = why
            with contextlib.suppress(RuntimeError):  # 2025.4 takes neither device nor satellite
                await talk.command("conversation/process", agent_id=agent, **asked)
        recorder.why = "sound of a pipeline"
        async with assistant(talk, agent, engine, preferred=True) as made:
            await spoken(talk, made, TICK)
            recorder.why = "sound of a satellite"
            await heard_by_a_satellite(hass, recorder)
        await hass.remove(entry)
    return [one for one in recorder.connections if one.sent]


async def heard_by_a_satellite(hass: RealHomeAssistant, recorder: Recorder) -> None:
    """Speak into a satellite that Home Assistant owns, and wait until its words came here."""
    async with satellite("Hall", "Kitchen") as made:
        entry = await hass.set_up_wyoming(made.port)
        await made.say(TICK)
        await until(recorder.was_brought_words)
        await hass.remove(entry)


def asking(device: str) -> dict[str, dict[str, Any]]:
    """Return what is asked of the agent, by why."""
    return {
        "text": {"text": "turn on the kitchen lights"},
        "text of a talk": {"text": "and off again", "conversation_id": "01JABCDEFGHJKMNPQRSTVWXYZ0"},
        "text in German": {"text": "schalte das Küchenlicht ein", "language": "de"},
        "text from a device": {"text": "turn off the lights", "language": "en", "device_id": device},
        "text from a satellite": {
            "text": "turn on the lights", "device_id": device, "satellite_id": "assist_satellite.kitchen"
        },
        "empty text": {"text": ""},
    }  # fmt: skip


async def found(talk: Talk, prefix: str) -> str:
    """Return the entity that Home Assistant made of the recorder."""
    return next(one for one in await talk.states() if one.startswith(prefix) and "recorder" in one)


def lines(version: str, connections: list[Recorded]) -> str:
    """Return a recording as it lies in a file."""
    rows = [{"version": version, "why": one.why, "sent": one.sent.decode("latin-1")} for one in connections]
    return "".join(json.dumps(row) + "\n" for row in rows)


def main() -> None:
    """Record one Home Assistant."""
    boot = newest_booted if "--newest" in sys.argv else booted
    with tempfile.TemporaryDirectory() as name, boot(Path(name)) as hass:
        connections = asyncio.run(record(hass))
        (FRAMES / f"{hass.version}.jsonl").write_text(lines(hass.version, connections))


if __name__ == "__main__":
    main()
