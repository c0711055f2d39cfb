"""The inside of a mutation run: a pytest that collects once, and then forks for every mutant.

Starting Python and collecting tests costs a hundred times what a test does.  A child puts the changed code into the
one function it is about and runs the tests that go through it until one fails.
"""

import ctypes
import gc
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.prove.mutants import Mutant, mutants

SLOWEST_S = 6.0
"""A test that takes longer is not asked: what only it notices needs a quicker one."""
MEMORY = 3 << 30
PATIENCE_S = 10
"""And 20 times as long as it takes when nothing is wrong: a test that is not over then waits for what never comes."""


def say(**what: Any) -> None:
    """Tell the outside something, in one line."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def fast() -> str | None:
    """Return a folder on a disk that needs no waiting for, None where there is none."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  a folder of its own is made in it


def key(root: Path, mutant: Mutant) -> str:
    """Return what a mutant is known by between runs: the text of its file, and the change."""
    return sha256((root / mutant.path).read_bytes() + mutant.label.encode()).hexdigest()[:20]


class Tests:
    """The collected tests, and which of them runs through which line when nothing is wrong."""

    def __init__(self, items: Sequence[pytest.Item], scratch: Path) -> None:
        self._items = {item.nodeid: item for item in items}
        self._scratch = scratch
        self._seconds: dict[str, float] = {}
        self._by_line: dict[str, dict[str, list[str]]] = {}
        self._noticed: dict[str, Counter[str]] = {}

    def measure(self, paths: set[str]) -> None:
        """Run every test once, in a child, and note what it runs through; one that fails is left out."""
        note = self._scratch / "without"
        child = os.fork()
        if child == 0:
            _quiet()
            note.write_text(json.dumps(_covered(list(self._items.values()), paths, self._scratch / "tmp")))
            os._exit(0)
        os.waitpid(child, 0)
        self._seconds, self._by_line = json.loads(note.read_text())
        say(tests=len(self._seconds), left_out=sorted(set(self._items) - set(self._seconds)))

    def through(self, mutant: Mutant) -> list[pytest.Item]:
        """Return the tests that run through the lines of ``mutant``: first those that notice much in its file."""
        lines = self._by_line.get(mutant.path, {})
        found = {one for line in range(mutant.first, mutant.last + 1) for one in lines.get(str(line), ())}
        found = (found or set(lines.get(str(mutant.statement), ()))) & self._seconds.keys()
        noticed = self._noticed.get(mutant.path, Counter())
        ranked = sorted(found, key=lambda one: (self._seconds[one] / (1 + noticed[one]), one))
        return [self._items[one] for one in ranked]

    def seconds(self, tests: Sequence[pytest.Item]) -> float:
        """Return how long these take when nothing is wrong."""
        return sum(self._seconds[test.nodeid] for test in tests)

    def noticed(self, path: str, test: str) -> None:
        """Note that a test has found a mutant of a file."""
        self._noticed.setdefault(path, Counter())[test] += 1


class Server:
    """A pytest plugin that, instead of running the tests, runs them against one mutant after another."""

    def __init__(self, paths: Sequence[str], part: tuple[int, int], workers: int, without: Collection[str]) -> None:
        """``without`` are the keys of mutants and the names of functions to leave aside."""
        self._paths = paths
        self._part = part
        self._workers = workers
        self._without = frozenset(without)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run, in the place of pytest's own loop."""
        if session.testsfailed:
            raise pytest.UsageError("the tests cannot even be collected")
        waiting = list(reversed(list(self._chosen())))
        with tempfile.TemporaryDirectory(dir=fast()) as scratch:
            tests = Tests(session.items, Path(scratch))
            tests.measure({mutant.path for mutant in waiting})
            caches = [one for one in gc.get_objects() if isinstance(one, _lru_cache_wrapper) and _ours(one)]
            gc.freeze()
            running: dict[int, tuple[Mutant, float, Path]] = {}
            while waiting or running:
                if waiting and len(running) < self._workers:
                    self._start(waiting.pop(), tests, caches, running, Path(scratch, str(len(waiting))))
                    continue
                for child in list(running):
                    self._look(child, running, tests)
                time.sleep(0.002)
        return True

    def _chosen(self) -> Iterator[Mutant]:
        part, parts = self._part
        for path in self._paths:
            for mutant in mutants(Path.cwd(), path):
                names = {mutant.function, key(Path.cwd(), mutant)}
                if mutant.number % parts == part and self._without.isdisjoint(names):
                    yield mutant

    @staticmethod
    def _start(mutant: Mutant, tests: Tests, caches: Sequence[Any], running: Any, note: Path) -> None:
        chosen = tests.through(mutant)
        if not chosen:
            _tell(mutant, "survived", "no test runs through it")
            return
        seconds = tests.seconds(chosen)
        child = os.fork()
        if child == 0:
            try:
                _be(mutant, chosen, caches, note, tests)
            finally:
                os._exit(3)  # not out of the block that takes the scratch away from everybody
        running[child] = (mutant, time.monotonic() + 60 + 20 * seconds, note)

    @staticmethod
    def _look(child: int, running: dict[int, tuple[Mutant, float, Path]], tests: Tests) -> None:
        mutant, deadline, note = running[child]
        done, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        late = (not done and time.monotonic() > deadline) or (bool(done) and os.WIFSTOPPED(status))
        if late:
            os.kill(child, signal.SIGKILL)
            done, status = os.waitpid(child, 0)
        late = late or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGALRM})
        if done:
            del running[child]
            shutil.rmtree(note.with_suffix(".d"), ignore_errors=True)
            noticed = note.exists() and status != 0
            word = note.read_text() if note.exists() else "it does not end" if late else "its run died without a word"
            if noticed:
                tests.noticed(mutant.path, word)
            # A run that died says nothing about the mutant; only a test that failed, or never ended, does.
            _tell(mutant, "killed" if noticed or late else "survived", word)


def _tell(mutant: Mutant, end: str, word: str) -> None:
    found = {"where": mutant.where, "from": mutant.before, "to": mutant.after, "line": mutant.first}
    say(key=key(Path.cwd(), mutant), end=end, by=word, **found)


def _be(mutant: Mutant, chosen: Sequence[pytest.Item], caches: Sequence[Any], note: Path, tests: Tests) -> None:
    """Be the mutant, until a test notices; never returns."""
    _quiet()
    os.setpgid(0, 0)  # one that stops or kills its own group does not take the run with it
    limit = int(20 + 5 * tests.seconds(chosen))
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))  # the first asks it to end, the second kills it unasked
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for cache in caches:
        cache.cache_clear()
    function_of(mutant).__code__ = mutant.code
    _temporary(chosen[0].config, note.with_suffix(".d"))
    for test, after in zip(chosen, [*chosen[1:], None], strict=True):
        signal.alarm(int(PATIENCE_S + 20 * tests.seconds([test])))
        if not _passes(test, after):
            note.write_text(test.nodeid)
            os._exit(1)
    note.write_text(f"{len(chosen)} tests pass")
    os._exit(0)


def _quiet() -> None:
    """Let a child say nothing, and die with its parent."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)


def _temporary(config: pytest.Config, folder: Path) -> None:
    """Give a child temporary folders of its own."""
    factory: Any = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._given_basetemp, factory._basetemp = folder, None


def _passes(test: pytest.Item, after: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(test, nextitem=after, log=False))


def _covered(items: Sequence[pytest.Item], paths: set[str], folder: Path) -> tuple[Any, Any]:
    import coverage  # noqa: PLC0415  its tracer is for the one child that measures

    _temporary(items[0].config, folder)
    files = {path: str(Path.cwd() / path) for path in paths}
    measure = coverage.Coverage(data_file=None, include=list(files.values()), config_file=False, messages=False)
    seconds: dict[str, float] = {}
    for item, after in zip(items, [*items[1:], None], strict=True):
        began = time.monotonic()
        measure.start()
        measure.switch_context(item.nodeid)
        good = _passes(item, after)
        measure.stop()
        if good and (took := time.monotonic() - began) < SLOWEST_S:
            seconds[item.nodeid] = took
    data = measure.get_data()
    return seconds, {path: data.contexts_by_lineno(file) for path, file in files.items()}


def _ours(cache: Any) -> bool:
    return str(getattr(cache, "__module__", "")).startswith("claw.")


_INSIDE = ("__wrapped__", "__func__", "fget", "func", "wrapped")
"""Where what decorates a function keeps it."""


def function_of(mutant: Mutant) -> FunctionType:
    """Return the function that is to be changed, under whatever decorates it."""
    found: Any = import_module(mutant.path.removesuffix(".py").replace("/", "."))
    for part in mutant.function.split("."):
        names: Mapping[str, Any] = vars(found)
        found = names[part]
    while not (isinstance(found, FunctionType) and found.__code__.co_firstlineno == mutant.code.co_firstlineno):
        found = next(getattr(found, one) for one in _INSIDE if hasattr(found, one))
    return found
