"""The process that listens may be missing, damaged, dead, hung or lying: it is said once, plainly, and replaced."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from claw.base.clock import SystemClock
from claw.base.config_voice import WhisperConfig
from claw.base.errors import Broken, Unavailable
from claw.voice.frames import BadFrame, Frame
from claw.voice.model import Audio, Heard, Hints
from claw.voice.whisper import HANG_S, LOADING, LOST, PAUSES_S, RESTING, Whisper, check
from tests.held_clock import HeldClock

SECOND = Audio(bytes(32_000))


class StubChild:
    """A process as the daemon sees one; ``answers`` maps what is asked to what is said, None says nothing."""

    def __init__(self, answers: Callable[[Frame], Frame | None]) -> None:
        self.pid = 1
        self.answers = answers
        self.sent: list[Frame] = []
        self.ended = False
        self._says: asyncio.Queue[Frame | Exception | None] = asyncio.Queue()

    async def send(self, frame: Frame) -> None:
        if self.ended:
            raise Unavailable("it has ended")
        self.sent.append(frame)
        if (answer := self.answers(frame)) is not None:
            self._says.put_nowait(answer)

    def says(self, frame: Frame | Exception | None) -> None:
        self._says.put_nowait(frame)

    async def read(self, timer: object, idle_s: float) -> Frame | None:
        del timer, idle_s
        said = await self._says.get()
        if isinstance(said, Exception):
            raise said
        return said

    def kill(self) -> None:
        self.ended = True
        self._says.put_nowait(None)

    async def end(self, timer: object) -> None:
        del timer
        self.kill()


def listening(frame: Frame) -> Frame | None:
    """Answers as the real one does."""
    match frame.type:
        case "load":
            return Frame("ready")
        case "transcribe":
            return Frame("heard", {"id": frame.data["id"], "text": "hello", "language": "en"})
        case _:
            return None


def loads_only(frame: Frame) -> Frame | None:
    return Frame("ready") if frame.type == "load" else None


class Nursery:
    """Gives one child after the other."""

    def __init__(self, *behaviours: Callable[[Frame], Frame | None]) -> None:
        self.children: list[StubChild] = []
        self._behaviours = behaviours

    async def start(self) -> Any:
        behaviour = self._behaviours[min(len(self.children), len(self._behaviours) - 1)]
        self.children.append(StubChild(behaviour))
        return self.children[-1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / name).touch()
    return tmp_path


@asynccontextmanager
async def whisper(folder: Path, nursery: Nursery, clock: HeldClock) -> AsyncIterator[Whisper]:
    engine = Whisper(WhisperConfig(engine="whisper", model=folder, memory_mb=700), clock, start=nursery.start)
    try:
        yield engine
    finally:
        await engine.close()
        assert all(child.ended for child in nursery.children)


async def settled(clock: HeldClock) -> None:
    """Let also a thread that looks at a folder come to its end."""
    for _ in range(20):
        await asyncio.sleep(0.001)
        await clock.settle()


async def test_it_is_told_what_to_load_and_then_the_sound_in_pieces(folder: Path) -> None:
    nursery = Nursery(listening)
    async with whisper(folder, nursery, HeldClock()) as engine:
        heard = await engine.transcribe(Audio(bytes(1_200_000), 48_000, 2), Hints("en", ("Lamp",)))
    load, *sound, asked = nursery.children[0].sent
    assert dict(load.data) == {"model": str(folder), "compute": "int8", "threads": 0, "memory_mb": 700}
    assert [len(frame.payload) for frame in sound] == [524_288, 524_288, 151_424]
    assert dict(asked.data) == {"id": 1, "rate": 48_000, "channels": 2, "language": "en", "names": ["Lamp"]}
    assert heard == Heard("hello", "en", 6.25)


@pytest.mark.parametrize(
    ("why", "told"),
    [("missing", "not installed (make voice)"), ("memory", "memory_mb"), ("model", "damaged"), ("rm -rf /", "damaged")],
)
async def test_a_model_that_cannot_be_loaded_is_for_a_person_to_mend(folder: Path, why: str, told: str) -> None:
    nursery = Nursery(lambda _: Frame("broken", {"why": why}))
    async with whisper(folder, nursery, HeldClock()) as engine:
        with pytest.raises(Broken, match=re.escape(told)):
            await engine.warm()
        assert told in engine.problem
        with pytest.raises(Broken):
            await engine.transcribe(SECOND, Hints())


async def test_a_process_that_ends_while_it_loads_had_no_room(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(lambda _: None)
    async with whisper(folder, nursery, clock) as engine:
        warming = asyncio.create_task(engine.warm())
        for tries in (1, 2):
            await settled(clock)
            assert len(nursery.children) == tries
            nursery.children[-1].says(None)
        with pytest.raises(Broken, match="memory_mb"):
            await warming


async def test_it_waits_longer_each_time_before_it_tries_again_and_says_so_meanwhile(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(lambda _: Frame("broken", {"why": "model"}))
    async with whisper(folder, nursery, clock) as engine:
        with pytest.raises(Broken):
            await engine.warm()
        for tries, pause in enumerate(PAUSES_S[1:], start=2):
            assert len(nursery.children) == tries
            await clock.advance(pause - 0.5)
            await settled(clock)
            assert len(nursery.children) == tries
            await clock.advance(0.5)
            await settled(clock)
        assert len(nursery.children) == len(PAUSES_S) + 1


async def test_a_process_that_dies_loses_one_sound_and_is_replaced_at_once(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(loads_only, listening)
    async with whisper(folder, nursery, clock) as engine:
        await engine.warm()
        asking = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        nursery.children[0].says(None)
        with pytest.raises(Unavailable, match=LOST):
            await asking
        assert (await engine.transcribe(SECOND, Hints())).text == "hello"
        assert (len(nursery.children), nursery.children[0].ended, engine.problem) == (2, True, "")


async def test_a_process_that_hangs_is_ended_and_replaced(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(loads_only, listening)
    async with whisper(folder, nursery, clock) as engine:
        await engine.warm()
        asking = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        await clock.advance(HANG_S)
        with pytest.raises(Unavailable, match=LOST):
            await asking
        assert nursery.children[0].ended
        await settled(clock)
        assert (await engine.transcribe(SECOND, Hints())).text == "hello"


async def test_sound_that_kills_every_process_does_not_keep_the_machine_busy(folder: Path) -> None:
    clock = HeldClock()
    nursery = Nursery(loads_only)
    async with whisper(folder, nursery, clock) as engine:
        await engine.warm()
        for _ in range(2):
            asking = asyncio.create_task(engine.transcribe(SECOND, Hints()))
            await settled(clock)
            nursery.children[-1].says(None)
            with pytest.raises(Unavailable):
                await asking
            await settled(clock)
        assert len(nursery.children) == 2
        with pytest.raises(Unavailable, match="started again"):
            await engine.transcribe(SECOND, Hints())
        assert engine.problem == RESTING


async def test_who_speaks_while_the_model_is_loaded_waits_but_not_for_ever(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(lambda frame: None if frame.type == "load" else listening(frame))
    async with whisper(folder, nursery, clock) as engine:
        early = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        await clock.advance(HANG_S)
        with pytest.raises(Unavailable, match=LOADING):
            await early
        late = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        nursery.children[0].says(Frame("ready"))
        assert (await late).text == "hello"


async def test_who_goes_away_is_not_waited_for_and_the_answer_is_nobodys(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(loads_only)
    async with whisper(folder, nursery, clock) as engine:
        await engine.warm()
        asking = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        unwanted = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        second = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        await settled(clock)
        unwanted.cancel()  # before it was begun: nobody waits for it
        child = nursery.children[0]
        assert [frame.data["id"] for frame in child.sent if frame.type == "transcribe"] == [1]
        child.says(Frame("heard", {"id": 1, "text": "the first", "language": "en"}))
        await settled(clock)
        child.says(Frame("heard", {"id": 2, "text": "the second", "language": "en"}))
        assert (await second).text == "the second"
        assert [frame.data["id"] for frame in child.sent if frame.type == "transcribe"] == [1, 2]


@pytest.mark.parametrize(
    "lie",
    [
        {"text": 7},
        {"text": None},
        {},
        {"text": ["a"], "language": "en"},
    ],
)
async def test_what_is_no_text_is_lost(folder: Path, lie: Mapping[str, Any]) -> None:
    def lying(frame: Frame) -> Frame | None:
        return Frame("heard", {"id": frame.data["id"], **lie}) if frame.type == "transcribe" else loads_only(frame)

    async with whisper(folder, Nursery(lying), HeldClock()) as engine:
        with pytest.raises(Unavailable, match=LOST):
            await engine.transcribe(SECOND, Hints())


async def test_a_process_that_is_not_itself_any_more_is_replaced(folder: Path) -> None:
    clock, nursery = HeldClock(), Nursery(loads_only, listening)
    async with whisper(folder, nursery, clock) as engine:
        await engine.warm()
        for odd in ({"id": "1"}, {"id": None}, {"id": 99, "text": "x"}, {"id": [1]}, {}):
            nursery.children[0].says(Frame("heard", odd))
        nursery.children[0].says(Unavailable("nobody spoke for an hour"))
        await settled(clock)
        assert len(nursery.children) == 1
        nursery.children[0].says(BadFrame("bad-frame", "no event"))
        await settled(clock)
        assert (await engine.transcribe(SECOND, Hints())).text == "hello"
        assert len(nursery.children) == 2


async def test_after_its_end_nothing_is_started(folder: Path) -> None:
    nursery = Nursery(listening)
    async with whisper(folder, nursery, HeldClock()) as engine:
        await engine.close()
        with pytest.raises(Unavailable):
            await engine.transcribe(SECOND, Hints())
        with pytest.raises(Unavailable):
            await engine.warm()
        assert nursery.children == []


def test_a_folder_is_looked_at_before_anything_would_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(Broken, match="there is no folder"):
        check(tmp_path / "small")
    with pytest.raises(Broken, match=r"model\.bin, config\.json, tokenizer\.json, vocabulary\.json is missing"):
        check(tmp_path)
    for name in ("model.bin", "config.json", "vocabulary.txt"):
        (tmp_path / name).touch()
    with pytest.raises(Broken, match=r"not whole: tokenizer\.json is missing"):
        check(tmp_path)
    (tmp_path / "tokenizer.json").touch()
    check(tmp_path)


async def test_what_is_missing_of_a_model_starts_no_process(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    nursery = Nursery(listening)
    async with whisper(folder, nursery, HeldClock()) as engine:
        with pytest.raises(Broken, match=r"tokenizer\.json is missing"):
            await engine.warm()
        assert nursery.children == []


async def test_a_relative_folder_is_named_and_handed_on_in_full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    nursery = Nursery(listening)
    async with whisper(Path(folder.name), nursery, HeldClock()) as engine:
        await engine.warm()
        assert nursery.children[0].sent[0].data["model"] == str(folder)
    with pytest.raises(Broken, match=f"there is no folder {folder.parent}/small with"):
        check(Path("small"))
    (folder / "model.bin").unlink()
    with pytest.raises(Broken, match=rf"the speech model in {folder} is not whole: model\.bin is missing"):
        check(Path(folder.name))


def test_a_model_that_is_another_users_is_not_called_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: path.name != "model.bin")  # root may read anything
    with pytest.raises(Broken, match=rf"in {folder} cannot be read: model\.bin is for somebody else only"):
        check(folder)


# What only the real process can show; what it hears is held to ``TestEveryEngine``.


@pytest.fixture
async def real(tiny_whisper: Path) -> AsyncIterator[Whisper]:
    engine = Whisper(WhisperConfig(engine="whisper", model=tiny_whisper, threads=1), SystemClock())
    yield engine
    await engine.close()


async def test_it_holds_no_secret_no_folder_of_ours_and_writes_nothing(
    real: Whisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("CLAW_TOKEN", "secret")
    await real.warm()
    proc = Path(f"/proc/{real.pid}")
    environment = (proc / "environ").read_bytes()
    assert b"secret" not in environment
    assert b"HOME=" not in environment
    assert b"ORT_DISABLE_TELEMETRY=1" in environment.split(b"\0")
    assert str((proc / "cwd").readlink()) == "/"
    limits = dict(line.split("  ", 1) for line in (proc / "limits").read_text().splitlines() if "  " in line)
    assert limits["Max file size"].split()[0] == "0"
    assert limits["Max core file size"].split()[0] == "0"
    assert int(limits["Max data size"].split()[0]) == 4096 << 20
    held = [str(link.readlink()) for link in (proc / "fd").iterdir()]
    assert [one for one in held if one.startswith("/") and not one.startswith("/dev/")] == []
    pid = real.pid
    assert pid is not None
    assert os.getpgid(pid) == pid
    await real.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


LEAVES = "import ctypes; c = ctypes.CDLL(None); raise SystemExit(bool(c.unshare(1 << 30) and c.unshare(5 << 28)))"


async def test_it_has_nobody_to_talk_to_where_the_kernel_lets_it(real: Whisper) -> None:
    trying = await asyncio.create_subprocess_exec(sys.executable, "-c", LEAVES)
    may = await trying.wait() == 0
    await real.warm()
    assert (network_of(real.pid) != network_of("self")) == may


def network_of(pid: object) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


async def test_one_that_was_stopped_by_the_kernel_is_killed_and_replaced(tiny_whisper: Path) -> None:
    clock = HeldClock()
    engine = Whisper(WhisperConfig(engine="whisper", model=tiny_whisper, threads=1), clock)
    try:
        await engine.warm()
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        asking = asyncio.create_task(engine.transcribe(SECOND, Hints()))
        while not engine._asked:
            await clock.settle()
        await clock.advance(HANG_S)
        with pytest.raises(Unavailable, match=LOST):
            await asking
        await engine.warm()
        assert engine.pid not in {first, None}
        assert (await engine.transcribe(SECOND, Hints())).text == ""
    finally:
        await engine.close()


@pytest.mark.parametrize(("damage", "told"), [("cut off", "damaged"), ("no room", "memory"), ("garbage", "damaged")])
async def test_a_damaged_model_is_named(tiny_whisper: Path, tmp_path: Path, damage: str, told: str) -> None:
    folder = shutil.copytree(tiny_whisper, tmp_path / "model")
    if damage == "cut off":
        (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    if damage == "garbage":
        (folder / "tokenizer.json").write_text("{}")
    room = 128 if damage == "no room" else 4096  # less than a configuration may say, so that no machine has enough
    engine = Whisper(WhisperConfig(engine="whisper", model=folder).model_copy(update={"memory_mb": room}), HeldClock())
    with pytest.raises(Broken, match=told):
        await engine.warm()
    await engine.close()
