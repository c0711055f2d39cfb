"""A daemon that answers from a list, and the command line as a person types it."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw.cli import main
from tests.cli_room import Cli, FakeDaemon, Said


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDaemon]:
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path))
    fake = FakeDaemon(tmp_path)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "claw.sock"))
    listener.listen()
    thread = threading.Thread(target=fake.serve, args=(listener,))
    thread.start()
    yield fake
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def claw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CLAW_STATE_DIR", str(tmp_path))

    def run(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["claw", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run
