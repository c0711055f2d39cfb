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

    def __call__(
        self, command: Sequence[str], *, group: bool = True, inside: int | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, start_new_session=group, process_group=inside, stdout=subprocess.PIPE, text=True
        )
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


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def gone(pid: int) -> bool:
    return look(pid) is None or state_of(pid) == "Z"


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


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


def test_what_lost_its_parent_dies_with_the_group_that_it_is_still_in(start: Started) -> None:
    leader = start(("/bin/sh", "-c", "(sleep 60 & echo $!); exec sleep 60"))
    assert leader.stdout is not None
    orphan = int(leader.stdout.readline())
    assert soon(lambda: look(look(orphan).parent).group != leader.pid)  # type: ignore[union-attr]
    children = Children()
    children.register(leader.pid, "leader")
    children.kill()
    assert soon(lambda: gone(orphan))


def test_what_is_to_die_is_frozen_before_it_is_looked_what_it_started(
    start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = start(SPIN)
    children = Children()
    children.register(leader.pid, "leader")
    frozen: list[bool] = []
    everybody = module._everybody

    def looked() -> dict[int, Process]:
        frozen.append(soon(lambda: state_of(leader.pid) == "T"))
        return everybody()

    monkeypatch.setattr(module, "_everybody", looked)
    children.kill()
    assert frozen == [True]
    assert leader.wait(5) == -signal.SIGKILL


def test_what_a_child_started_outside_its_group_dies_too_and_what_that_started(start: Started) -> None:
    leader = start.python(
        "import os, subprocess, time\n"
        "one = subprocess.Popen(['sh', '-c', 'setsid sleep 60 & echo $!; wait'], start_new_session=True)\n"
        "os.write(1, b'%d\\n' % one.pid)\n"  # in one piece: the other writes there too
        "time.sleep(60)"
    )
    assert leader.stdout is not None
    strays = [int(leader.stdout.readline()) for _ in range(2)]
    assert soon(lambda: all(look(one).session == one for one in strays))  # type: ignore[union-attr]
    children = Children()
    children.register(leader.pid, "leader")
    before = open_files()
    children.kill()
    assert open_files() == before
    try:
        assert soon(lambda: all(map(gone, strays)))
    finally:
        for one in strays:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)


def test_a_child_without_a_group_of_its_own_dies_and_ours_does_not(start: Started) -> None:
    child = start(("sleep", "60"), group=False)
    bystander = start(("sleep", "60"), group=False)
    children = Children()
    children.register(child.pid, "child")
    children.kill()
    assert child.wait(5) == -signal.SIGKILL
    assert bystander.poll() is None


def test_a_child_in_the_group_of_another_does_not_take_that_one_along(start: Started) -> None:
    leader = start(("sleep", "60"), group=False, inside=0)
    child = start(("sleep", "60"), group=False, inside=leader.pid)
    children = Children()
    children.register(child.pid, "child")
    children.kill()
    assert child.wait(5) == -signal.SIGKILL
    time.sleep(0.05)
    assert not gone(leader.pid)


def test_nothing_is_sent_to_the_group_that_claw_itself_is_in(start: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = start(("sleep", "60"))
    children = Children()
    children.register(leader.pid, "leader of ours")
    sent: list[int] = []
    monkeypatch.setattr(os, "getpgrp", lambda: leader.pid)
    monkeypatch.setattr(os, "killpg", lambda group, _number: sent.append(group))
    children.kill()
    assert sent == []
    assert leader.wait(5) == -signal.SIGKILL


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


def test_a_number_that_belongs_to_another_process_by_now_is_not_killed_nor_what_that_one_started(
    start: Started,
) -> None:
    stranger = start(("/bin/sh", "-c", "sleep 60 & echo $!; wait"))
    assert stranger.stdout is not None
    below = int(stranger.stdout.readline())
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
    assert not gone(below)


def test_neither_claw_nor_the_first_process_is_ever_among_those_that_die() -> None:
    first = look(1)
    assert first is not None
    assert {1, os.getpid()}.isdisjoint(one.pid for one in module.started_by({1: first}))


def test_a_stop_goes_on_where_the_kernel_tells_of_nobody(
    start: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = Children()
    children.register(start(("sleep", "60")).pid, "child")
    monkeypatch.setattr(module, "PROC", tmp_path / "gone")
    assert children.kill() == ["child"]


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


PRIVILEGED = "Uid:\t991\nCapPrm:\t00000000000000c0\nNoNewPrivs:\t1\n"
GAINING = "Uid:\t991\nCapPrm:\t0000000000000000\nNoNewPrivs:\t0\n"
BOUND = "Uid:\t991\nCapPrm:\t0000000000000000\nNoNewPrivs:\t1\n"


@pytest.mark.parametrize(
    ("daemon", "status", "peer", "owns"),
    [
        (991, BOUND, 1000, False),
        (991, BOUND, 0, False),
        (991, BOUND, 991, True),
        (991, GAINING, 1000, True),
        (991, PRIVILEGED, 1000, True),
        (991, "", 1000, True),
        (1000, BOUND, 1001, True),
    ],
)
def test_whose_process_cannot_be_seen_is_told_by_its_user_where_none_of_ours_can_have_another(
    daemon: int, status: str, peer: int, owns: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "77").mkdir()
    (tmp_path / "77" / "status").write_text(status)
    monkeypatch.setattr(module, "PROC", tmp_path)  # in which nobody else is seen
    assert Family({}, pid=77, uid=daemon).owns(4711, peer) is owns


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


@pytest.mark.parametrize("pid", [None, 1, 0, 2**22 + 1], ids=["itself", "first", "none", "beyond"])
def test_what_is_no_child_cannot_be_registered(pid: int | None) -> None:
    children = Children()
    with pytest.raises(Broken, match="no process"):
        children.register(os.getpid() if pid is None else pid, "child")
    assert children.kill() == []


def test_a_process_without_a_number_here_is_taken_for_one_of_ours() -> None:
    assert descends(0, os.getpid())
    assert not descends(1, os.getpid())


def test_looking_at_processes_leaves_nothing_open() -> None:
    before = open_files()
    assert descends(os.getpid(), os.getppid())
    assert open_files() == before


def test_a_chain_of_parents_that_has_no_end_is_taken_for_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "look", lambda pid: Process(pid, pid + 1, pid, pid, 0))
    assert descends(2, 1)


def test_the_unit_of_a_process_is_what_the_kernel_says_and_nothing_where_it_says_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROC", tmp_path)
    for pid, said in ((7, "12:cpu:/other\n0::/system.slice/claw.service\n"), (8, "12:cpu:/other\n"), (9, "")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "cgroup").write_text(said)
    assert [module._unit(pid) for pid in (7, 8, 9, 10)] == ["/system.slice/claw.service", None, None, None]


def test_after_a_kill_no_process_counts_as_registered_though_it_may_not_have_died_yet(start: Started) -> None:
    child = start.python("import time; time.sleep(60)")
    children = Children()
    assert not children.holds(child.pid)
    children.register(child.pid, "child")
    assert children.holds(child.pid)
    children.kill()
    assert not children.holds(child.pid)
