"""Takes the guards out one by one and looks whether a test notices.

    python -m tests.prove.mutation [--part I/N] [--workers 2] [--only FILE] [--tests FOLDER] [--again]

Every file of ``scope()`` is changed in every way that ``tests/prove/mutants.py`` knows, one change at a time, in a copy
of the tree, and the tests that ran through the changed lines are run until one fails.  A change that no test notices
is a guard that nothing holds: it needs a test, or a reason in ``equivalent.toml`` why it changes nothing.  What was
found is kept in ``build/``, so that a run that was ended goes on where it was.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.prove.server import Server, fast

ROOT = Path(__file__).parents[2]
SCOPE = ("claw/policy", "claw/gate", "claw/audit")
SKILLS = tuple(
    f"claw/skills/{name}.py"
    for name in ("rights", "within", "conditions", "life", "deeds", "effector", "standings", "lock", "library")
)
"""Of the room of skills what decides, or holds what was decided; the rest tells, writes or tries."""
VOICE = (
    "claw/mind/spoken_stop.py",
    *(
        f"claw/voice/{name}.py"
        for name in ("claims", "echo", "frames", "hearing", "stop_words", "talks", "turns", "twins")
    ),
)
"""Of what hears: who is believed to stand where, what stops everything, and what is lost before anybody is asked."""
OUTSIDE = {
    "claw/policy/review.py": "advice to whoever writes a policy",
    "claw/policy/replay.py": "advice: what another policy would have decided",
    "claw/policy/difference.py": "advice: what another policy allows",
    "claw/policy/circumstances.py": "the cases that the advice goes through",
    "claw/gate/trace.py": "tells what the log holds; nothing is decided by it",
}
"""Files of these rooms that decide nothing, each with the reason."""
TELLING = frozenset(
    {
        "Policy.explain",
        "Policy._explained",
        "_lacked",
        "Watch.until_dead",
        "Watch.close",
        "Load.__aenter__",
        "Load.__aexit__",
        "BadFrame.__init__",
    }
)
"""Functions that only say why something was decided, or that measure a drill and decide nothing."""
TESTS = (
    "tests/unit/policy",
    "tests/unit/gate",
    "tests/unit/audit",
    "tests/unit/daemon",
    *(
        f"tests/unit/skills/test_{name}.py"
        for name in (
            "rights",
            "within",
            "conditions",
            "life",
            "life_edges",
            "life_trust",
            "deeds",
            "deciding",
            "effector",
        )
    ),
    *(f"tests/unit/skills/test_{name}.py" for name in ("standings", "lock", "library", "kept_versions", "shelf")),
    "tests/unit/channels/test_switching.py",
    *(f"tests/unit/{one[5:].replace('/', '/test_')}" for one in VOICE),
    "tests/oracles",
    "tests/hostile",
    "tests/stories/test_undo.py",
)
ELSEWHERE = (
    "tests/hostile/test_messages.py",
    "tests/hostile/test_outgoing.py",
    "tests/hostile/test_devices.py",
    "tests/unit/daemon/test_drill.py",
)
"""Tests of a process of its own, where nothing is changed, and those that take all there is of the machine."""
COPIED = (
    "claw",
    "tests",
    "skills",
    "packaging",
    "conftest.py",
    "pyproject.toml",
    "policy.example.yaml",
    "config.example.yaml",
)
DONE = ROOT / "build" / "mutation.jsonl"

Found = dict[str, Any]


def scope(root: Path = ROOT) -> list[str]:
    """Return the files to change."""
    found = (path.relative_to(root).as_posix() for room in SCOPE for path in sorted((root / room).glob("*.py")))
    return [path for path in [*found, *SKILLS, *VOICE] if path not in OUTSIDE]


def equivalents() -> list[dict[str, str]]:
    """Return the changes that change nothing, each with its reason."""
    return tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text(encoding="utf-8"))["mutant"]


def run(
    part: tuple[int, int] = (0, 1),
    workers: int = 2,
    paths: Sequence[str] = (),
    tests: Sequence[str] = TESTS,
    done: Path | None = None,
) -> list[Found]:
    """Return what became of every mutant of a part; what ``done`` says was killed is not killed again.

    ``paths`` are the files to change (all of ``scope()`` when there are none), ``tests`` those that are asked.

    Raises RuntimeError when the tests cannot be collected, or the run ends before its end.
    """
    known: list[Found] = [json.loads(line) for line in done.read_text().splitlines()] if done and done.exists() else []
    killed = {one["key"]: one for one in known if one["end"] == "killed"}
    found: list[Found] = []
    with tempfile.TemporaryDirectory(dir=fast()) as folder:
        copy_tree(Path(folder))
        task = {
            "paths": list(paths) or scope(Path(folder)),
            "tests": list(tests),
            "part": part,
            "workers": workers,
            "done": list(killed),
        }
        with subprocess.Popen(
            [sys.executable, "-m", "tests.prove.mutation", "--serve"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": folder},
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(task))
            process.stdin.close()
            for line in process.stdout:
                if line.startswith('{"key": '):
                    found.append(json.loads(line))
                    _keep(done, line)
                if not found or found[-1]["end"] == "survived":
                    sys.stderr.write(f"{len(found):5} {line}")
        if process.returncode != 0:
            raise RuntimeError("the tests cannot be collected, or the run broke")
    return found


def copy_tree(folder: Path, *, compiled: bool = False) -> None:
    """Copy what the tests of the rooms need to ``folder``, where wanted with what Python has compiled of it."""
    folder.mkdir(exist_ok=True)
    ignored = None if compiled else shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)


def _keep(done: Path | None, line: str) -> None:
    if done is not None:
        done.parent.mkdir(exist_ok=True)
        with done.open("a", encoding="utf-8") as out:
            out.write(line)


def unexplained(found: Sequence[Found]) -> list[str]:
    """Return the mutants that no test noticed and no reason explains."""
    known = {(one["where"], one["from"], one["to"]) for one in equivalents()}
    return [
        f"{one['where']}, line {one['line']}: {one['from']}  ->  {one['to']}  ({one['by']})"
        for one in found
        if one["end"] == "survived" and (one["where"], one["from"], one["to"]) not in known
    ]


def serve() -> None:
    """Be the process in the copy of the tree."""
    task = json.loads(sys.stdin.read())
    there = [*(one for one in task["tests"] if Path(one).exists()), *(f"--ignore={one}" for one in ELSEWHERE)]
    quiet = ["-q", "-p", "no:cacheprovider", "--timeout", "0", "-m", "not prove and not browser"]
    server = Server(task["paths"], tuple(task["part"]), task["workers"], {*task["done"], *TELLING})
    os._exit(pytest.main([*quiet, *there], plugins=[server]))


def main() -> None:
    """Take the words of the command line."""
    parser = argparse.ArgumentParser(description="Take the guards out one by one and look whether a test notices.")
    parser.add_argument("--part", default="0/1", help="0/10 is the first tenth")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="one file; may be given again")
    parser.add_argument("--tests", action="append", default=[], help="ask only these; may be given again")
    parser.add_argument("--again", action="store_true", help="forget what earlier runs have killed")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
    if options.again:
        DONE.unlink(missing_ok=True)
    part, _, parts = options.part.partition("/")
    found = run((int(part), int(parts)), options.workers, options.only, options.tests or TESTS, DONE)
    left = unexplained(found)
    ends = Counter(one["end"] for one in found)
    sys.stdout.write(
        "\n".join([*left, f"{ends['killed']} killed, {ends['survived']} survived, {len(left)} unexplained\n"])
    )
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
