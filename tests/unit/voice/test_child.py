"""A process that sound is given to: it has no secret, it ends somewhere, and it dies with whoever started it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.errors import Unavailable
from claw.voice.child import SOUND, Child
from claw.voice.frames import BadFrame, Frame

LISTENING = "claw.voice.listening_child"
CLOCK = SystemClock()
PARENT = """
import asyncio
from claw.voice.child import Child

async def main():
    child = await Child.start("claw.voice.listening_child")
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def group(pid: int) -> list[int]:
    """Return who lives in the process group ``pid``."""
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] != "Z":
            found.append(int(path.name))
    return found


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while group(pid):  # noqa: ASYNC110  the kernel tells nobody else of somebody else's grandchild
            await asyncio.sleep(0.02)


def of_process(pid: int, what: str) -> bytes:
    return Path(f"/proc/{pid}/{what}").read_bytes()


async def environment(pid: int) -> bytes:
    """Return the environment of a process that has just been started: it has none while the kernel puts it together."""
    async with asyncio.timeout(10):
        while not (found := of_process(pid, "environ")):  # noqa: ASYNC110  the kernel tells nobody
            await asyncio.sleep(0.01)
    return found


def names(environ: bytes) -> set[str]:
    return {one.partition("=")[0] for one in environ.decode().split("\0") if one}


async def test_it_has_neither_secrets_nor_the_folder_of_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAW_HOUSE_TOKEN", "OPENAI_API_KEY", "PYTHONPATH", "LD_PRELOAD_NOT", "HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, "/secret")
    plain, sounding = await Child.start(LISTENING), await Child.start(LISTENING, keep=SOUND)
    try:
        kept, sounds = await environment(plain.pid), names(await environment(sounding.pid))
        assert "PATH" in names(kept)
        assert b"secret" not in kept
        assert os.readlink(f"/proc/{plain.pid}/cwd") == "/"  # noqa: PTH115  of the kernel's
        assert b"ORT_DISABLE_TELEMETRY=1" in kept  # or it tells its maker what it hears with
        assert {"HOME", "XDG_RUNTIME_DIR"} <= sounds
        assert not sounds & {"CLAW_HOUSE_TOKEN", "OPENAI_API_KEY", "PYTHONPATH"}
    finally:
        await plain.end(CLOCK)
        await sounding.end(CLOCK)


async def test_it_ends_when_it_is_told_nothing_any_more() -> None:
    child = await Child.start(LISTENING)
    await child.end(CLOCK)
    assert not child.alive
    assert not group(child.pid)


async def test_it_dies_with_the_daemon_whatever_becomes_of_that() -> None:
    daemon = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=asyncio.subprocess.PIPE)
    assert daemon.stdout is not None
    pid = int(await daemon.stdout.readline())
    assert group(pid) == [pid]
    daemon.kill()
    await daemon.wait()
    await until_gone(pid)


async def test_what_it_started_dies_with_it() -> None:
    child = await Child.start(LISTENING)
    await child.send(Frame("settings", {"command": ["sh", "-c", "sleep 100 & sleep 100"]}))
    assert (frame := await child.read(CLOCK, 20)) is not None
    assert frame.type == "ready"
    assert len(group(child.pid)) == 4
    os.kill(child.pid, signal.SIGKILL)
    await child.end(CLOCK)
    await until_gone(child.pid)


async def test_it_ends_somewhere_and_writes_no_file() -> None:
    child = await Child.start(LISTENING)
    try:
        await child.send(Frame("settings", {"command": ["sleep", "100"]}))
        await child.read(CLOCK, 20)
        limits = of_process(child.pid, "limits").decode().splitlines()
        soft = {line[:25].strip(): line[25:].split()[0] for line in limits}
        assert soft["Max file size"] == "0"
        assert soft["Max core file size"] == "0"
        assert int(soft["Max data size"]) == 512 << 20
        (sleeper,) = [pid for pid in group(child.pid) if pid != child.pid]
        assert b"Max file size             unlimited" in of_process(sleeper, "limits")
    finally:
        await child.end(CLOCK)


async def test_what_is_no_frame_is_said_to_be_none() -> None:
    child = await Child.start("this")  # prints a poem
    with pytest.raises(BadFrame):
        await child.read(CLOCK, 20)
    await child.end(CLOCK)


async def test_one_that_never_was_has_ended() -> None:
    child = await Child.start("claw.voice.no_such_child")
    assert await child.read(CLOCK, 20) is None
    await child.end(CLOCK)
    with pytest.raises(Unavailable):
        await child.send(Frame("settings"))
    child.kill()  # is no error


async def test_one_that_says_nothing_is_not_waited_for() -> None:
    child = await Child.start(LISTENING)
    with pytest.raises(Unavailable):
        await child.read(CLOCK, 0)
    await child.end(CLOCK)


async def test_where_no_process_starts_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="No such file"):
        await Child.start(LISTENING)
