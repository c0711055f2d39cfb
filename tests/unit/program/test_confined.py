"""How the sandbox's process is started and ended."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.gate.children import look, started_by
from claw.program.confined import APART, LIMITS, Worker, binary, brought_up, bubblewrap, launcher, starts


@pytest.fixture
def program() -> Path:
    found = binary()
    assert found, "the package of the sandbox brings its program"
    return found


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def wrapped() -> str:
    found = bubblewrap()
    if not found:
        pytest.skip("BUBBLEWRAP IS NOT INSTALLED: nothing was tried in it")
    return found


def spy(tmp_path: Path, what: str) -> Path:
    """A program that tells what it sees where the sandbox's would be."""
    path = tmp_path / "spy"
    path.write_text(f"#!/bin/sh\n{what}\n")
    path.chmod(0o755)
    return path


def test_the_launcher_brings_the_program_up_plain_and_wrapped(tmp_path: Path, program: Path) -> None:
    assert starts(launcher(tmp_path, program, None))
    assert starts(launcher(tmp_path, program, wrapped()))


def test_what_does_not_come_up_is_seen(tmp_path: Path, program: Path) -> None:
    assert not starts(launcher(tmp_path, program, "/bin/false"))
    assert not starts(launcher(tmp_path, tmp_path / "missing", None))
    assert not starts(tmp_path / "no launcher")
    assert not starts(launcher(tmp_path, spy(tmp_path, "echo something else"), None))


def test_a_place_with_spaces_and_quotes_is_no_trouble(tmp_path: Path, program: Path) -> None:
    odd = tmp_path / 'it\'s a "folder" $HOME'
    odd.mkdir()
    shutil.copy(program, odd / "monty")
    assert starts(launcher(odd, odd / "monty", None))
    assert starts(launcher(odd, odd / "monty", wrapped()))


def test_the_process_starts_with_limits_and_says_nothing_on_standard_error(tmp_path: Path) -> None:
    path = launcher(
        tmp_path, spy(tmp_path, "ulimit -c; ulimit -n; ulimit -f; ulimit -v; ulimit -t; echo noise >&2"), None
    )
    done = subprocess.run([path], capture_output=True, text=True, check=True)
    assert [int(word) for word in done.stdout.split()] == list(LIMITS.values())
    assert done.stderr == ""


@pytest.mark.parametrize("apart", APART, ids=["all", "as in a unit"])
def test_wrapped_it_sees_no_file_of_the_house_no_process_and_no_network(tmp_path: Path, apart: Sequence[str]) -> None:
    seen = tmp_path / "seen"
    seen.write_text("secret")
    shell = launcher(tmp_path, Path("/bin/sh").resolve(), wrapped(), apart)

    def inside(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([shell, "-c", command], capture_output=True, text=True, check=False)

    assert inside("echo up").stdout == "up\n"
    for command in (
        f"read x < {seen}",
        "read x < /etc/passwd",
        "read x < /proc/self/stat",
        f"kill -0 {os.getpid()}",
        "echo x > /mark",
        "echo x > /tmp/mark",
        "test -e /dev/null",
        "test -e /sys",
        "test -e /root || test -e /home || test -e /var",
    ):
        assert inside(command).returncode != 0, command
    assert inside('test -n "$HOME$PATH_OF_MINE"').returncode != 0


def test_a_worker_is_ended_and_then_ended_again(sleeper: subprocess.Popen[bytes]) -> None:
    worker = Worker.hold(sleeper.pid)
    assert worker.alive()
    worker.kill()
    assert sleeper.wait(10) == -9
    assert not worker.alive()
    worker.kill()
    worker.release()
    worker.release()


async def test_a_worker_that_was_ended_is_waited_for_until_it_is_dead(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker.hold(sleeper.pid)
    await worker.gone()
    assert sleeper.poll() is None, "one that was not ended is not waited for"
    with monkeypatch.context() as slow:
        slow.setattr(Worker, "_send", lambda *_: True)  # the signal is on its way
        worker.kill()
    waiting = asyncio.create_task(worker.gone())
    await asyncio.sleep(0.02)
    assert not waiting.done()
    sleeper.kill()
    await waiting
    worker.release()
    await worker.gone()


async def test_a_worker_that_does_not_die_holds_nobody_up(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Worker, "_send", lambda *_: True)
    monkeypatch.setattr("claw.program.confined.DYING_S", 0.0)
    worker = Worker.hold(sleeper.pid)
    worker.kill()
    await worker.gone()
    assert "does not die" in caplog.text
    worker.release()


def test_a_worker_that_was_let_go_is_not_ended(sleeper: subprocess.Popen[bytes]) -> None:
    worker = Worker.hold(sleeper.pid)
    worker.release()
    worker.kill()
    assert not worker.alive()
    assert sleeper.poll() is None


def test_what_is_no_process_cannot_be_held() -> None:
    with pytest.raises(Broken):
        Worker.hold(2**22 + 1)


@pytest.mark.parametrize("wrap", [False, True], ids=["plain", "bubblewrap"])
def test_all_of_it_is_one_group_and_one_session_so_that_one_signal_reaches_all(tmp_path: Path, wrap: bool) -> None:
    path = launcher(tmp_path, Path("/bin/sh").resolve(), wrapped() if wrap else None)
    with subprocess.Popen(
        [path, "-c", "echo up; while :; do :; done"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
        top = look(process.pid)
        assert top
        family = started_by({process.pid: top})
        assert len(family) == (3 if wrap else 1)
        assert {(one.group, one.session) for one in family} == {(process.pid, process.pid)}
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL


def test_without_a_program_to_make_a_session_bubblewrap_makes_it(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bwrap = wrapped()
    monkeypatch.setattr("claw.program.confined.shutil.which", lambda _: None)
    path = launcher(tmp_path, program, bwrap)
    assert "--new-session" in path.read_text()
    assert starts(path)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_being_brought_up_is_never_cut_off_in_the_middle(fails: bool) -> None:
    up, steps, later = asyncio.Event(), [], []

    async def enter() -> None:
        await up.wait()
        steps.append("up")
        if fails:
            raise TimeoutError

    async def leave() -> None:
        steps.append("left")
        raise RuntimeError("and how that ends is nobody's business")

    waiting = asyncio.create_task(brought_up(enter, leave, lambda work: later.append(asyncio.create_task(work))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert steps == []
    up.set()
    await asyncio.gather(*later)
    assert steps == (["up"] if fails else ["up", "left"])


async def test_what_cannot_be_brought_up_is_told() -> None:
    async def enter() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await brought_up(enter, enter, lambda _: None)
