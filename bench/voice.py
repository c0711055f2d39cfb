"""What Claw adds to a spoken command, from the end of speech to the lamp, and what hearing weighs.

    python bench/voice.py [--json]

A whole daemon on the demo's house hears with its own processes: the detector of speech, and a tiny Whisper whose
weights are computed (tests/peers/tiny_whisper.py), so that its time says nothing of a real model and is taken off.
Promised: 30 ms at p50 from the end of a command, which the detector has found, to the lamp that changed; the same for
sound and words over the Wyoming protocol, whose own cost bench/voice_wire.py tells.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvloop
from measure import Figure, daemon, memory_mb, p50, p99, report
from voice_wire import HERE, Line

from claw.base.clock import SystemClock
from claw.base.config_voice import VoiceConfig
from claw.channels.microphone_turns import Turns
from claw.daemon.build import Daemon
from claw.daemon.demo import FOLDER as DEMO
from claw.daemon.demo import demo_config
from claw.daemon.run import serve
from claw.house.model import Change
from claw.voice.child import Child
from claw.voice.frames import Frame
from claw.voice.model import Audio, Heard, Hints
from claw.voice.segmenter import SAMPLES
from claw.voice.silero import Silero
from claw.voice.whisper import Whisper
from tests.peers.tiny_whisper import build
from tests.peers.vowel import pcm, saying, silence

LAMP = "light.kitchen_ceiling"
SENTENCES = ("turn on the kitchen lights", "turn off the kitchen lights")
TURNS, SPOKEN = 40, 20
"""Commands over the wire, and commands to a microphone, whose sound takes its time."""
FRAMES = 2_000
STARTS, WITH_SERVER = 3, "voice: {wyoming: {port: 0}}\n"
POLICY = "version: 1\nrules: [{id: lights, allow: ['light.*', 'claw.*']}]\n"
"""The demo's own takes a lamp that is switched again and again for a mistake."""
PLAY = """
import sys, time
sound, began = open(sys.argv[1], "rb").read(), time.monotonic()
for at in range(0, len(sound), 1024):
    sys.stdout.buffer.write(sound[at : at + 1024])
    sys.stdout.buffer.flush()
    time.sleep(max(0, began + at / 32_000 - time.monotonic()))
time.sleep(600)
"""
"""A microphone that plays a file, as fast as it was spoken."""


def now() -> float:
    """Return milliseconds of a clock that only runs forward."""
    return time.perf_counter() * 1000


async def until(reached: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not reached():  # noqa: ASYNC110  what is waited for is inside a whole daemon
            await asyncio.sleep(0.01)


# -------------------------------------------------------------------------------------------------------- whole turns


def recorded(folder: Path) -> Path:
    """Write one long sound in which the two sentences are said in turn."""
    said = [saying(SENTENCES[turn % 2], around=0.0).pcm + pcm(silence(1.1)) for turn in range(SPOKEN)]
    path = folder / "microphone.raw"
    path.write_bytes(pcm(silence(1.0)) + b"".join(said))
    return path


@asynccontextmanager
async def running(config: dict[str, object], state: Path) -> AsyncIterator[Daemon]:
    built: asyncio.Future[Daemon] = asyncio.get_running_loop().create_future()
    ending = asyncio.Event()
    policy = state.with_suffix(".yaml")
    policy.write_text(POLICY)
    settings = demo_config(0).model_copy(update={"voice": VoiceConfig.model_validate(config), "policy": policy})
    async with AsyncExitStack() as stack:
        serving = asyncio.create_task(serve(settings, state, built.set_result, ending))
        stack.push_async_callback(asyncio.wait, [serving])
        stack.callback(ending.set)
        await asyncio.wait([serving, built], return_when=asyncio.FIRST_COMPLETED)
        yield built.result()


class Watch:
    """When the engine was at work, when the detector found the end of a command, and when the lamp changed."""

    def __init__(self, daemon: Daemon) -> None:
        assert daemon.voice is not None
        assert daemon.voice.ear is not None
        self.engine: list[tuple[float, float]] = []
        self.ended: list[float] = []
        self.changed: list[float] = []
        engine: Any = daemon.voice.ear._engine  # noqa: SLF001  its own time is what must be taken off
        transcribe = engine.transcribe

        async def timed(*words: Any, **more: Any) -> Heard:
            began = now()
            heard: Heard = await transcribe(*words, **more)
            self.engine.append((began, now()))
            return heard

        def seen(change: Change) -> None:
            if change.entity_id == LAMP:
                self.changed.append(now())

        engine.transcribe = timed
        daemon.mirror.watch(seen)

    @contextmanager
    def ends(self) -> Iterator[None]:
        """Note each command that the detector finds in what a microphone brings."""
        ended = Turns.ended

        def noted(turns: Turns, audio: Audio, quiet_s: float, *, over: bool) -> None:
            self.ended.append(now())
            ended(turns, audio, quiet_s, over=over)

        Turns.ended = noted  # type: ignore[method-assign]
        try:
            yield
        finally:
            Turns.ended = ended  # type: ignore[method-assign]

    def without_engine(self, since: float, until: float) -> float:
        """Return the ms between two moments in which the engine was not at work."""
        return until - since - sum(max(0.0, min(until, end) - max(since, begin)) for begin, end in self.engine)


async def by_microphone(state: Path, folder: Path) -> list[Figure]:
    """Measure what is said to a microphone of the machine, while sound goes on coming."""
    command = [sys.executable, "-c", PLAY, str(recorded(folder))]
    config: dict[str, object] = {
        "transcriber": {"engine": "whisper", "model": str(folder / "model")},
        "microphones": [{"id": "bench", "command": command, "place": "kitchen"}],
    }
    async with running(config, state) as daemon:
        watch = Watch(daemon)
        with watch.ends():
            await until(lambda: len(watch.ended) >= SPOKEN, 4.0 * SPOKEN)
            await until(lambda: len(watch.changed) >= len(watch.ended), 5)
        assert daemon.voice is not None
        stages = daemon.voice.hearing.times.times().stages
    took = [
        watch.without_engine(max(one for one in watch.ended if one < at), at)
        for at in watch.changed
        if watch.ended and watch.ended[0] < at
    ]
    return [
        Figure("microphone: command found to be over -> lamp changed, p50", p50(took), "ms", most=30),
        Figure("microphone: the slowest of them", max(took), "ms"),
        Figure("microphone: commands heard and done", len(watch.changed), "", least=SPOKEN),
        *(Figure(f"stage {stage} of these turns, p50", one.p50, "ms") for stage, one in stages.items()),
    ]


async def by_wire(state: Path, folder: Path) -> list[Figure]:
    """Measure sound and then words over the Wyoming protocol, each on its own connection as Home Assistant does."""
    config: dict[str, object] = {
        "wyoming": {"port": 0, "peers": [{"address": HERE, "place": "kitchen"}]},
        "transcriber": {"engine": "whisper", "model": str(folder / "model")},
    }
    async with running(config, state) as daemon:
        assert daemon.voice is not None
        assert daemon.voice.server is not None
        port, watch, took = daemon.voice.server.port, Watch(daemon), list[float]()
        for turn in range(TURNS):
            sound = saying(SENTENCES[turn % 2])
            async with Line.to(port) as line:
                line.send(Frame("transcribe", {"language": "en"}), sounding("audio-start"))
                line.send(
                    *(sounding("audio-chunk", sound.pcm[at : at + 2048]) for at in range(0, len(sound.pcm), 2048))
                )
                await asyncio.sleep(0.05)  # a microphone brought this long ago
                since = now()
                line.send(Frame("audio-stop"))
                text = (await line.read("transcript")).data["text"]
            async with Line.to(port) as line:
                line.send(Frame("transcript", {"text": text, "language": "en"}))
                answer = await line.read("handled")
            took.append(watch.without_engine(since, now()))
            assert len(watch.changed) == turn + 1, (turn, text, answer)
    engine = [end - begin for begin, end in watch.engine]
    return [
        Figure("Wyoming: end of sound -> lamp changed and answer here, p50", p50(took), "ms", most=30),
        Figure("Wyoming: the slowest of them", max(took), "ms"),
        Figure("taken off: the tiny Whisper and the way to its process, p50", p50(engine), "ms"),
    ]


def sounding(kind: str, payload: bytes = b"") -> Frame:
    return Frame(kind, {"rate": 16_000, "width": 2, "channels": 1}, payload)


# ------------------------------------------------------------------------------------------------------- what it weighs


def detector() -> list[Figure]:
    sound, size = saying(SENTENCES[0], 4.0).pcm, 2 * SAMPLES
    frames = [sound[at : at + size] for at in range(0, len(sound) - size + 1, size)]
    silero, took = Silero(), list[float]()
    for number in range(FRAMES):
        began = now()
        silero.hear(frames[number % len(frames)])
        took.append(now() - began)
    return [
        Figure("detector of speech, a frame of 32 ms, p50", p50(took), "ms", most=1),
        Figure("detector of speech, p99", p99(took), "ms"),
    ]


async def children(folder: Path) -> list[Figure]:
    """Start each process that hears; return what that takes and what it weighs with a model that weighs nothing."""
    clock, figures = SystemClock(), list[Figure]()
    began = now()
    engine = Whisper(VoiceConfig.model_validate(whisper(folder)).transcriber, clock)  # type: ignore[arg-type]
    try:
        await engine.warm()
        figures.append(Figure("process of Whisper: start to ready", now() - began, "ms"))
        await engine.transcribe(saying(SENTENCES[0]), Hints("en"))
        assert engine.pid is not None
        figures.append(Figure("process of Whisper: memory, the model left out", memory_mb(engine.pid), "MB"))
    finally:
        await engine.close()
    began = now()
    child = await Child.start("claw.voice.listening_child")
    try:
        await child.send(
            Frame("settings", {"command": ["sh", "-c", "head -c 64000 /dev/zero; sleep 60"], "wake": None})
        )
        first = await child.read(clock, 20.0)
        assert first is not None
        assert first.type == "ready", first
        figures.append(Figure("process of a microphone: start to listening", now() - began, "ms"))
        await asyncio.sleep(0.5)
        figures.append(Figure("process of a microphone: memory", memory_mb(child.pid), "MB"))
    finally:
        await child.end(clock)
    return figures


def whisper(folder: Path) -> dict[str, object]:
    return {"transcriber": {"engine": "whisper", "model": str(folder / "model")}}


def idle(folder: Path) -> list[Figure]:
    """Start the daemon as a process with and without a Wyoming server; return what that adds to it."""
    config, policy = folder / "config.yaml", folder / "policy.yaml"
    policy.write_text(POLICY)
    plain = (
        f"house: {{simulated: {DEMO / 'house.yaml'}}}\npolicy: {policy}\nlisten: {{port: 0}}\n"
        f"people: [{{id: anna, name: Anna, role: owner, uid: {os.getuid()}}}]\n"
    )
    memory, start = dict[str, list[float]](), dict[str, list[float]]()
    for number in range(STARTS):
        for more in ("", WITH_SERVER):
            config.write_text(plain + more)
            with daemon(folder / f"idle{number}{len(more)}", "run", "--config", str(config)) as one:
                time.sleep(2)
                memory.setdefault(more, []).append(one.resident_mb())
                start.setdefault(more, []).append(one.ready_cpu_s * 1000)
    added = p50(memory[WITH_SERVER]) - p50(memory[""])
    longer = p50(start[WITH_SERVER]) - p50(start[""])
    return [
        Figure("idle daemon: memory that a Wyoming server adds", added, "MB"),
        Figure("start of a daemon: processor time that it adds", longer, "ms"),
    ]


async def measure(folder: Path) -> list[Figure]:
    build(folder / "model")
    return [
        *await by_microphone(folder / "microphone", folder),
        *await by_wire(folder / "wire", folder),
        *detector(),
        *await children(folder),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        figures = uvloop.run(measure(Path(name)))
        figures += idle(Path(name))
    report(figures, "by a voice and a Whisper that are none: nobody's speech was recognised")


if __name__ == "__main__":
    main()
