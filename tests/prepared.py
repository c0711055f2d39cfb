"""Commands of Claw without the second that reading it and its sentences takes: one process has, and forks for each.

What runs is a process of its own, with arguments, environment, folder, output and exit code of its own.
"""

import atexit
import gc
import json
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TextIO

LONGEST = 1 << 17
READ = ("claw.cli.commands", "claw.daemon.run", "rich.panel", "typer.rich_utils")


class Begun:
    """A command that goes on, with as much of ``subprocess.Popen`` as tests ask of one."""

    def __init__(self, peer: socket.socket, stdout: TextIO | None) -> None:
        self._peer = peer
        self.pid = int(peer.recv(100))
        self.returncode: int | None = None
        self.stdout = stdout

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, a signal below zero; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._peer.settimeout(timeout)
            try:
                self.returncode = int(self._peer.recv(100))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("claw", timeout or 0) from None
            self._peer.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return its exit code, None while it goes on."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal where it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Prepared:
    """A process that has read Claw; ends with whoever made it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._name = f"claw-prepared-{secrets.token_hex(8)}"
        command = [sys.executable, "-P", __file__, self._name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        atexit.register(self.close)

    def run(
        self, words: tuple[str, ...], environment: Mapping[str, str], timeout: float, typed: str = ""
    ) -> tuple[int, str, str]:
        """Run ``claw WORDS``; return exit code, output and errors; raises subprocess.TimeoutExpired."""
        with (
            _input(typed) as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            self._asked(words, environment, (given, out.fileno(), err.fileno())) as peer,
        ):
            pid = int(peer.recv(100))
            peer.settimeout(timeout)
            try:
                code = int(peer.recv(100))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(("claw", *words), timeout) from None
            out.seek(0)
            err.seek(0)
            return code, out.read().decode(), err.read().decode()

    def begin(self, words: tuple[str, ...], environment: Mapping[str, str], output: int | None = None) -> Begun:
        """Begin ``claw WORDS``; what it says, errors too, goes to the handle ``output``, or to a pipe of its own."""
        reads, writes = os.pipe()
        stdout = os.fdopen(reads, encoding="utf-8")
        said = writes if output is None else output
        with Path(os.devnull).open("rb") as nothing:
            peer = self._asked(words, environment, (nothing.fileno(), said, said))
        os.close(writes)
        if output is not None:
            stdout.close()
        return Begun(peer, stdout if output is None else None)

    def _asked(
        self, words: tuple[str, ...], environment: Mapping[str, str], handles: tuple[int, int, int]
    ) -> socket.socket:
        """Ask for a command with these standard streams; return the line on which its number and its end are told."""
        asked = json.dumps({"words": words, "environment": dict(environment), "folder": str(Path.cwd())}).encode()
        assert len(asked) < LONGEST
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.connect(f"\0{self._name}")
        socket.send_fds(peer, [asked], handles)
        return peer

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(20)


@contextmanager
def _input(typed: str) -> Iterator[int]:
    """Give a handle to read what was typed from, or nothing."""
    with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as file:
        file.write(typed.encode())
        file.seek(0)
        yield file.fileno() if typed else nothing.fileno()


def _serve(name: str) -> None:
    """Read Claw, then be whatever command is asked for, until nobody is there any more."""
    for each in READ:
        import_module(each)
    from claw.cli import main  # noqa: PLC0415  so does this: what takes its time is read here and nowhere else

    _work_out()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"\0{name}")
        listener.listen(64)
        print("ready", flush=True)  # noqa: T201  to whoever started it
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:  # keepers that are done
                    pass
            if sys.stdin in ready:
                return
            peer, _ = listener.accept()
            if os.fork():
                peer.close()
                continue
            listener.close()
            if _becomes(peer):
                try:
                    main.main()
                except SystemExit as end:
                    if isinstance(end.code, str):
                        raise
                    _end(end.code or 0)
                _end(0)
            os._exit(0)


def _end(code: int) -> None:
    """End as Python does, but for giving back everything that was read: that takes longer than most commands."""
    threading._shutdown()  # type: ignore[attr-defined]  waits for what still runs
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120  # so does Python
    os._exit(code)


def _work_out() -> None:
    """Do what every daemon of a house in English begins with and comes out the same: it reads, and opens nothing."""
    from importlib.util import module_from_spec, spec_from_file_location  # noqa: PLC0415  read once, here

    from typer import main as typer_main  # noqa: PLC0415  read once, here

    from claw.base import documents  # noqa: PLC0415  read once, here
    from claw.cli import commands  # noqa: PLC0415  read once, here
    from claw.daemon.demo import FOLDER  # noqa: PLC0415  read once, here
    from claw.house.file import load_house  # noqa: PLC0415  read once, here
    from claw.mind.intents import Intents  # noqa: PLC0415  read once, here
    from claw.mind.phrases import phrases  # noqa: PLC0415  read once, here

    here = spec_from_file_location("read_once", Path(__file__).with_name("read_once.py"))
    assert here is not None
    assert here.loader is not None
    read_once = module_from_spec(here)
    here.loader.exec_module(read_once)
    read_once.spare(but={"claw.store.migrations"})  # a process of its own takes every step
    documents._parse(documents.read_text(FOLDER / "policy.yaml"), "policy.yaml")
    Intents(("en",)).warm(load_house(FOLDER / "house.yaml"))
    phrases("en")
    typer_main.get_command(commands.build())


def _becomes(peer: socket.socket) -> bool:
    """Fork once more; return whether this is the command, and not its keeper after its end."""
    raw, handles, _, _ = socket.recv_fds(peer, LONGEST, 3)
    asked = json.loads(raw)
    if pid := os.fork():
        peer.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        peer.send(str(os.waitstatus_to_exitcode(status)).encode())
        return False
    peer.close()
    for at, handle in enumerate(handles):
        os.dup2(handle, at)
        os.close(handle)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = [str(Path(sys.executable).with_name("claw")), *asked["words"]]
    return True


if __name__ == "__main__":
    _serve(sys.argv[1])
