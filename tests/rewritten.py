"""The asserts of the tests are rewritten before the processes start, each file once, by as many as will run them.

In a fresh clone every process would rewrite every file by itself: half of the minute before the first test runs.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.assertion import rewrite
from _pytest.stash import StashKey

STATE: StashKey = rewrite.assertstate_key


def rewrite_ahead(config: pytest.Config, processes: int) -> None:
    """Write what pytest will look for beside each test file that it was asked for, where that is not there yet."""
    state = config.stash[STATE]
    files = [
        path for path in _asked_for(config) if rewrite._read_pyc(path, _written(path)) is None and path.stat().st_size
    ]
    children = []
    for share in range(processes if len(files) > processes else 0):
        child = os.fork()
        if child == 0:
            try:
                for path in files[share::processes]:
                    if rewrite.try_makedirs(_written(path).parent):
                        digest, code = rewrite._rewrite_test(path, config)
                        rewrite._write_pyc(state, code, digest, _written(path))
            finally:
                os._exit(0)  # what went wrong here goes wrong again where it is said
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def _asked_for(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        path = config.rootpath / argument.partition("::")[0]
        yield from sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def _written(path: Path) -> Path:
    return rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
