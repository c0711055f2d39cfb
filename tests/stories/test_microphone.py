"""An evening at a microphone of this machine that answers aloud: cut off, stopped, and listening all the while."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from claw.daemon.build import Daemon
from claw.voice.cues import sound
from tests.living import CONSOLE, living
from tests.peers.played import Played
from tests.peers.vowel import saying
from tests.peers.wyoming_voice import VoicePeer, voice_peer

LIGHT = "light.kitchen_ceiling"


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  a process and a player in the middle: nobody tells
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _microphone(folder: Path, model: Path) -> AsyncIterator[tuple[Daemon, Played, VoicePeer, Path]]:
    out, played = folder / "loudspeaker", Played(folder)
    # A loudspeaker goes on for a while after it has taken all of a sentence; a cue is over at once.
    speaker = ["sh", "-c", f"n=$(tee -a {out} | wc -c); [ $n -lt 50000 ] || exec sleep 60"]
    microphone = {"id": "desk", "place": "kitchen", "command": played.command, "speaker": speaker}
    async with voice_peer() as peer:
        voice = {
            "microphones": [microphone],
            "transcriber": {"engine": "whisper", "model": str(model)},
            "speech": {"server": peer.server, "quiet": None},
        }
        async with living(folder, voice=voice) as daemon:
            assert daemon.voice is not None
            assert daemon.voice.ear is not None
            await daemon.voice.ear.warm()
            room = asyncio.create_task(played.quietly())
            await _until(lambda: daemon.voice.microphones[0].state == "listening")  # type: ignore[union-attr]
            yield daemon, played, peer, out
            room.cancel()
            await asyncio.gather(room, return_exceptions=True)
    played.close()


async def test_a_bare_stop_cuts_claw_off_and_the_stop_leaves_the_ear_on(tmp_path: Path, tiny_whisper: Path) -> None:
    async with _microphone(tmp_path, tiny_whisper) as (daemon, played, peer, out):
        voice = daemon.voice
        assert voice is not None
        desk = voice.microphones[0].satellite

        # An answer in sentences is spoken; what is said over it is no order, but for the one that ends it.
        peer.seconds = 5.0
        await played.play(saying("is the garage door open", around=1.0).pcm)
        await _until(lambda: voice.speaker.speaks(desk) and out.is_file())
        assert "garage" in (peer.asked[0].text or "").casefold()
        # The ear is told that Claw sounds, and has heard some silence since: by then it knows.
        await _until(voice.microphones[0]._told.empty)
        await played.play(bytes(200_000))
        await played.play(saying("turn on the kitchen lights", around=1.0).pcm)
        await played.play(saying("stop", around=1.0).pcm)
        await _until(lambda: not voice.speaker.speaks(desk))
        peer.seconds = 0.2
        assert not daemon.stop.engaged
        assert daemon.mirror.states[LIGHT].value == "off"

        # The stop engages, the ear stays: whoever speaks then hears that it is stopped.
        await played.play(saying("stop everything now", around=1.0).pcm)
        await _until(lambda: daemon.stop.engaged)
        await _until(lambda: sound("stopped") in out.read_bytes())
        out.write_bytes(b"")
        await _until(lambda: not voice.speaker.speaks(desk))
        await played.play(saying("turn on the kitchen lights", around=1.0).pcm)
        await _until(lambda: sound("stopped") in out.read_bytes())
        assert daemon.mirror.states[LIGHT].value == "off"
        assert voice.microphones[0].state == "listening"

        # And at the page it goes on.
        await daemon.desk.switching.reset("test", CONSOLE, console=True)
        await _until(lambda: not voice.speaker.speaks(desk))
        await played.play(saying("turn on the kitchen lights", around=1.5).pcm)
        await _until(lambda: daemon.mirror.states[LIGHT].value == "on")
