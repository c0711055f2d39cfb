"""Runs one test after another in a changed tree, without the second that Python takes to read what is not Claw's.

A process has read that, and forks for each: what runs has read nothing of Claw or of its tests before.
"""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

READ = (
    "_pytest.config",
    "_pytest.python",
    "_pytest.unittest",
    "aiohttp",
    "cryptography.x509",
    "hassil",
    "hypothesis.strategies",
    "niquests",
    "numpy",
    "openai",
    "pydantic",
    "pytest",
    "pytest_asyncio.plugin",
    "pytest_timeout",
    "rich.console",
    "sqlite_utils",
    "starlette.applications",
    "uvicorn.protocols.http.httptools_impl",
    "yaml",
)
WORDS = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain")  # plain: nothing is compiled anew for a good message
AGAIN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


class Trial:
    """A process that tries tests in ``tree``; ends with whoever made it."""

    def __init__(self, tree: Path) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._out = tree.parent / f"{tree.name}.out"
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(theirs.fileno()), str(self._out)],
                pass_fds=[theirs.fileno()],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            )

    def run(self, test: str, timeout: float) -> tuple[int, str]:
        """Return what pytest ends with for ``test``, and what it said; raises TimeoutError."""
        self._ours.settimeout(timeout)
        self._ours.send(test.encode())
        code = int(self._ours.recv(100))
        return code, self._out.read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End it."""
        self._ours.close()
        self._process.wait(20)
        self._out.unlink(missing_ok=True)


def _serve(handle: int, out: Path) -> None:
    for name in READ:
        with suppress(ImportError):  # an extra that is not installed here, and so in no test
            import_module(name)
    assert not {"claw", "tests"} & sys.modules.keys()
    with socket.socket(fileno=handle) as line:
        while test := line.recv(1 << 16).decode():
            child = os.fork()
            if child == 0:
                line.close()
                _try(test, out)
            line.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())


def _try(test: str, out: Path) -> None:
    said = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(said, stream)
    import pytest  # noqa: PLC0415  read by whoever forked, and by nobody who only starts a trial

    code = 70
    try:
        code = int(pytest.main([*WORDS, *AGAIN, test]))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), Path(sys.argv[2]))
