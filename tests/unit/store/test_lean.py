"""The library of the database comes without numpy, and numpy can still be had by who wants it."""

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_numpy_is_not_loaded_with_it_and_can_be_loaded_afterwards() -> None:
    pytest.importorskip("numpy")
    said = run(
        "import sys; from claw.store.lean import load\n"
        "db = load().Database(memory=True); db['t'].insert({'a': 1})\n"
        "before = [name in sys.modules for name in ('numpy', 'pandas')]\n"
        "import numpy; print(before, numpy.zeros(1).sum(), load() is sys.modules['sqlite_utils'])"
    )
    assert said == "[False, False] 0.0 True"


def test_what_is_loaded_already_stays() -> None:
    said = run("import json, sys; sys.modules['numpy'] = json; from claw.store.lean import load; load()\n"
               "print(sys.modules['numpy'] is json)")  # fmt: skip
    assert said == "True"


@pytest.mark.parametrize("module", ["claw.daemon", "claw.store.db", "claw.cli.commands", "claw.care.doctor"])
def test_the_daemon_and_every_command_begin_with_it(module: str) -> None:
    pytest.importorskip("numpy")
    said = run(f"import sys, {module}; print('sqlite_utils' in sys.modules, 'numpy' in sys.modules)")
    assert said == "True False"
