"""Everything Claw starts dies at a stop, all of it, and nothing else does."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.gate import children as module
from claw.gate.children import Children, Family, Process, descends, look

SPIN = ("/bin/sh", "-c", "while :; do :; done")


class Started:
    """Processes of one test, ended and collected whatever it does."""

    def __init__(self) -> None:
        self.all: list[subprocess.Popen[str]] = []

    def __call__(self, command: Sequence[str], *, group: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(command, start_new_session=group, stdout=subprocess.PIPE, text=True)
        self.all.append(process)
        return process

    def python(self, code: str, *, group: bool = True) -> subprocess.Popen[str]:
        return self((sys.executable, "-S", "-c", code), group=group)


@pytest.fixture
def start() -> Iterator[Started]:
    started = Started()
    yield started
    for process in started.all:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


def gone(pid: int) -> bool:
    found = look(pid)
    if found is None:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def test_every_registered_child_dies(start: Started) -> None:
    children = Children()
    for number in range(8):
        children.register(start(SPIN).pid, f"child {number}")
    assert len(children.alive()) == 8
    assert children.kill() == [f"child {number}" for number in range(8)]
    for process in start.all:
        assert process.wait(5) == -signal.SIGKILL


def test_its_whole_group_dies_with_it(start: Started) -> None:
    leader = start(("/bin/sh", "-c", "sleep 60 & echo $!; sleep 60 & echo $!; wait"))
    assert leader.stdout is not None
    pids = [int(leader.stdout.readline()) for _ in range(2)]
    children = Children()
    children.register(leader.pid, "leader")
    children.kill()
    assert all(soon(lambda pid=pid: gone(pid)) for pid in pids)


def test_what_a_child_started_outside_its_group_dies_too(start: Started) -> None:
    leader = start.python(
        "import subprocess, time\n"
        "one = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print(one.pid, flush=True)\n"
        "time.sleep(60)"
    )
    assert leader.stdout is not None
    stray = int(leader.stdout.readline())
    assert look(stray).session == stray  # type: ignore[union-attr]
    children = Children()
    children.register(leader.pid, "leader")
    children.kill()
    try:
        assert soon(lambda: gone(stray))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(stray, signal.SIGKILL)


def test_a_child_without_a_group_of_its_own_dies_and_ours_does_not(start: Started) -> None:
    child = start(("sleep", "60"), group=False)
    bystander = start(("sleep", "60"), group=False)
    children = Children()
    children.register(child.pid, "child")
    children.kill()
    assert child.wait(5) == -signal.SIGKILL
    assert bystander.poll() is None


def test_a_storm_of_forks_ends(start: Started) -> None:
    leader = start(("/bin/sh", "-c", "while :; do sleep 0.05 & done"))
    children = Children()
    children.register(leader.pid, "storm")
    time.sleep(0.2)
    children.kill()
    leader.wait(5)

    def group_is_gone() -> bool:
        try:
            os.killpg(leader.pid, 0)
        except ProcessLookupError:
            return True
        return False

    assert soon(group_is_gone)


def test_a_number_that_belongs_to_another_process_by_now_is_not_killed(
    start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = start(("sleep", "60"))
    children = Children()
    children.register(stranger.pid, "child")
    known = children._children[stranger.pid]
    older = Process(stranger.pid, known.process.parent, stranger.pid, stranger.pid, known.process.started - 1)
    children._children[stranger.pid] = module._Child("child", older)
    assert children.alive() == []
    children.kill()
    time.sleep(0.05)
    assert stranger.poll() is None
    assert not gone(stranger.pid)


def test_a_child_that_was_forgotten_is_left_alone(start: Started) -> None:
    child = start(("sleep", "60"))
    children = Children()
    children.register(child.pid, "child")
    children.forget(child.pid)
    assert children.kill() == []
    assert child.poll() is None


def test_a_child_that_is_dead_already_is_no_trouble(start: Started) -> None:
    child = start(("true",))
    children = Children()
    children.register(child.pid, "child")
    child.wait(5)
    assert children.kill() == ["child"]


@pytest.mark.parametrize("pid", [0, 1, os.getpid(), 2**22 + 1], ids=["none", "init", "itself", "beyond"])
def test_what_is_no_child_cannot_be_registered(pid: int) -> None:
    with pytest.raises(Broken):
        Children().register(pid, "nonsense")


def test_a_name_with_brackets_and_spaces_is_read_right(start: Started) -> None:
    child = start.python(
        "open('/proc/self/comm', 'w').write(') 1 2 (x'); print(1, flush=True); import time; time.sleep(60)"
    )
    assert child.stdout is not None
    child.stdout.readline()
    found = look(child.pid)
    assert found is not None
    assert found.parent == os.getpid()
    assert found.group == child.pid


def test_descent_is_told(start: Started) -> None:
    shell = start(("/bin/sh", "-c", "sleep 60 & echo $!; wait"))
    assert shell.stdout is not None
    grandchild = int(shell.stdout.readline())
    assert descends(grandchild, os.getpid())
    assert descends(shell.pid, os.getpid())
    assert descends(os.getpid(), os.getpid())
    assert not descends(os.getpid(), shell.pid)
    assert not descends(os.getppid(), os.getpid())


@pytest.mark.parametrize("pid", [0, -1, 2**22 + 1])
def test_what_cannot_be_looked_at_counts_as_descended(pid: int) -> None:
    assert descends(pid, os.getpid())


# ------------------------------------------------------------------------------------------------- whose peer is it


def test_a_child_of_the_daemon_is_its_own_and_a_stranger_is_not(start: Started) -> None:
    daemon, stranger = start(("/bin/sh", "-c", "sleep 60 & echo $!; wait")), start(("sleep", "60"))
    assert daemon.stdout is not None
    child = int(daemon.stdout.readline())
    family = Family({}, pid=daemon.pid, uid=1000)
    assert family.owns(child, 1000)
    assert family.owns(daemon.pid, 1000)
    assert not family.owns(stranger.pid, 1000)


@pytest.mark.parametrize(
    ("daemon", "peer", "owns"),
    [(991, 991, True), (991, 0, False), (991, 1000, False), (1000, 1000, False), (0, 0, False)],
)
def test_a_user_that_is_there_for_the_daemon_alone_is_its_own(
    daemon: int, peer: int, owns: bool, start: Started
) -> None:
    elsewhere = start(("sleep", "60"))
    assert Family({}, pid=elsewhere.pid, uid=daemon).owns(os.getpid(), peer) is owns


def test_what_runs_in_the_daemons_unit_is_its_own(start: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon, other = start(("sleep", "60")), start(("sleep", "60"))
    units: dict[int, str | None] = {daemon.pid: "/system.slice/claw.service", other.pid: "/user.slice/session-1.scope"}
    monkeypatch.setattr(module, "_unit", units.get)
    family = Family({"SYSTEMD_EXEC_PID": str(daemon.pid)}, pid=daemon.pid, uid=1000)
    assert not family.owns(other.pid, 1000)
    for theirs in ("/system.slice/claw.service", "/system.slice/claw.service/mcp", None):
        units[other.pid] = theirs
        assert family.owns(other.pid, 1000)
    units[other.pid] = "/system.slice/claw.service.d/x"
    assert not family.owns(other.pid, 1000)


def test_a_daemon_typed_into_a_shell_does_not_take_that_shells_unit_for_its_own(
    start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon, other = start(("sleep", "60")), start(("sleep", "60"))
    monkeypatch.setattr(module, "_unit", lambda _pid: "/user.slice/terminal.service")
    family = Family({"SYSTEMD_EXEC_PID": "1"}, pid=daemon.pid, uid=1000)
    assert not family.owns(other.pid, 1000)


@pytest.mark.parametrize("pid", [os.getpid(), 1, 0], ids=["itself", "first", "none"])
def test_neither_the_daemon_itself_nor_the_first_process_is_taken_for_a_child(pid: int) -> None:
    children = Children()
    with pytest.raises(Broken, match="no process"):
        children.register(pid, "child")
    assert children.kill() == []


def test_a_process_without_a_number_here_is_taken_for_one_of_ours() -> None:
    assert descends(0, os.getpid())
    assert not descends(1, os.getpid())


def test_looking_at_processes_leaves_nothing_open() -> None:
    open_files = Path("/proc/self/fd")
    before = len(list(open_files.iterdir()))
    assert descends(os.getpid(), os.getppid())
    assert len(list(open_files.iterdir())) == before
