"""Two forks make no stranger: what a child leaves behind is told as the daemon's own, and is collected when dead."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.gate import orphans as module
from claw.gate.orphans import LOOKS, Orphans, adopt

DAEMON = """
import os, sys, time
from claw.gate.children import Family, look
from claw.gate.orphans import LOOKS, Orphans, adopt, _below

assert {adopting} or adopt()
told, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(tell, b"%d" % os.getpid())
        os.close(tell)
        time.sleep({lives})
        os._exit(0)
    os._exit(0)
os.close(tell)
os.wait()
orphan = int(os.read(told, 20))
time.sleep(0.3)
print(Family({{}}, uid=1000).owns(orphan, 1000))
if {lives} < 1:
    orphans = Orphans()
    for _ in range(LOOKS - 1):
        orphans.collect()
    assert orphan in _below(os.getpid())
    orphans.collect()
    assert orphan not in _below(os.getpid())
else:
    os.kill(orphan, 9)
"""


def told(*, adopting: bool, lives: float) -> str:
    code = DAEMON.format(adopting=not adopting, lives=lives)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_was_forked_twice_is_still_the_daemons_own() -> None:
    assert told(adopting=True, lives=5) == "True"
    assert told(adopting=False, lives=5) == "False"


def test_what_was_adopted_is_collected_when_it_is_dead_for_a_while() -> None:
    assert told(adopting=True, lives=0.1) == "True"


def alone(work: Callable[[], object]) -> bool:
    """Do ``work`` in a process of its own, for what it does to its children; return whether it succeeded."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitpid(pid, 0)[1] == 0


def child(seconds: float) -> int:
    """Start a process that ends after a while, and say which."""
    pid = os.fork()
    if pid == 0:
        time.sleep(seconds)
        os._exit(0)
    return pid


def dead(pid: int) -> bool:
    """Wait until a child has ended, without collecting it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT) is not None


def looked(orphans: Orphans, times: int) -> None:
    for _ in range(times):
        orphans.collect()


@pytest.fixture
def below(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the children to collect: what else this process has started is not ours to wait for."""
    found: list[int] = []
    monkeypatch.setattr(module, "_below", lambda _pid: found)
    return found


def test_a_child_is_collected_once_it_was_seen_dead_so_often_and_not_before(below: list[int]) -> None:
    orphans, pid = Orphans(), child(0)
    below.append(pid)
    assert dead(pid)
    looked(orphans, LOOKS - 1)
    assert dead(pid)
    looked(orphans, 1)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    assert orphans._dead == {}


def test_a_child_that_lives_is_neither_counted_nor_waited_for(below: list[int]) -> None:
    orphans, pid = Orphans(), child(0.3)
    below.append(pid)
    looked(orphans, 2 * LOOKS)
    assert orphans._dead == {}
    assert os.waitpid(pid, os.WNOHANG) == (0, 0)
    assert os.waitpid(pid, 0) == (pid, 0)


def test_a_child_that_somebody_else_waits_for_is_left_to_them(
    below: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    orphans, pid = Orphans(), child(0)
    below.append(pid)
    dead(pid)
    looked(orphans, LOOKS - 1)
    os.waitpid(pid, 0)
    monkeypatch.setattr(module, "_is_dead", lambda _pid: True)  # as it was a moment before
    looked(orphans, 1)
    assert orphans._dead == {}


def test_the_children_of_a_process_are_what_the_kernel_says() -> None:
    pid = child(0)
    assert pid in module._below(os.getpid())
    os.waitpid(pid, 0)
    assert pid not in module._below(os.getpid())


def test_what_was_forked_twice_is_below_who_adopts() -> None:
    def work() -> bool:
        adopted = adopt()
        between = os.fork()
        if between == 0:
            child(0.2)
            os._exit(0)
        os.waitpid(between, 0)
        (orphan,) = module._below(os.getpid())
        return adopted is True and os.waitpid(orphan, 0) == (orphan, 0)

    assert alone(work)


@pytest.mark.parametrize(("says", "adopted"), [(0, True), (-1, False), (None, False)])
def test_whether_the_kernel_adopts_is_told(says: int | None, adopted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    library = object() if says is None else SimpleNamespace(prctl=lambda *_: says)
    monkeypatch.setattr("ctypes.CDLL", lambda _: library)
    assert adopt() is adopted


def test_where_the_kernel_tells_of_nobody_there_is_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROC", tmp_path)
    assert module._below(os.getpid()) == []
    assert module._is_dead(os.getpid()) is False
