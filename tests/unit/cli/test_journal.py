"""Where the log of the process goes, at which level, and what never gets into it."""

import io
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from claw.base import redaction
from claw.base.errors import Broken
from claw.cli import journal
from claw.cli.journal import MUTE, NOTICE, begin

CLAW = logging.getLogger("claw.gate.stop")
SECRET = "a8sD-canary-71xQ"


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the process log as before; pytest has handlers of its own."""
    monkeypatch.setattr(redaction, "_hidden", {SECRET: None})
    root, ours = logging.getLogger(), logging.getLogger("claw")
    before = (*root.handlers,), root.level, ours.level, logging.raiseExceptions
    for hook, of in (("excepthook", sys), ("unraisablehook", sys), ("excepthook", threading)):
        monkeypatch.setattr(of, hook, getattr(of, hook))
    yield
    logging.captureWarnings(capture=False)
    for handler in root.handlers:
        if handler not in before[0]:
            handler.close()
    root.handlers[:], logging.raiseExceptions = before[0], before[3]
    root.setLevel(before[1])
    ours.setLevel(before[2])


def fail() -> None:
    raise ValueError(f"no {SECRET}")


def test_lines_go_to_the_stream_from_a_level_on() -> None:
    out = io.StringIO()
    assert begin(stream=out) is False
    CLAW.info("not this")
    CLAW.log(NOTICE, "ready on %s", "http://localhost/")
    CLAW.error("broken")
    assert out.getvalue() == "NOTICE claw.gate.stop: ready on http://localhost/\nERROR claw.gate.stop: broken\n"


@pytest.mark.parametrize("level", ["debug", "info", "notice", "warning", "error"])
def test_only_claws_own_lines_follow_the_level(level: Any) -> None:
    out = io.StringIO()
    begin(level, stream=out)
    for number in (logging.DEBUG, logging.INFO, NOTICE, logging.WARNING, logging.ERROR):
        CLAW.log(number, "x")
        logging.getLogger("niquests").log(number, "theirs")
    told = out.getvalue().splitlines()
    assert len([line for line in told if "claw" in line]) == 5 - ["debug", "info", "notice", "warning", "error"].index(
        level
    )
    assert [line for line in told if "niquests" in line] == ["WARNING niquests: theirs", "ERROR niquests: theirs"]


@pytest.mark.parametrize("package", sorted(MUTE))
def test_nothing_is_heard_of_packages_that_write_down_what_people_write(package: str) -> None:
    out = io.StringIO()
    begin("debug", stream=out)
    logging.getLogger(f"{package}.ext").setLevel(logging.DEBUG)
    logging.getLogger(f"{package}.ext").critical("words")
    assert not out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_goes_out_by_a_message_its_arguments_a_traceback_or_what_nobody_caught(form: Any) -> None:
    out = io.StringIO()
    begin("debug", form, stream=out)
    CLAW.error("with %s", SECRET)
    CLAW.error(f"with {SECRET}")
    CLAW.error("with %(one)s", {"one": SECRET})
    CLAW.error("with %d", SECRET)  # a line that cannot be made must not print its arguments
    CLAW.error("", extra={"token": SECRET})
    CLAW.error("stack", stack_info=True)
    logging.getLogger("httpx").warning("POST https://api.example/bot%s/x?%s", SECRET, SECRET)
    logging.getLogger("py.warnings").warning("%s", f"UserWarning: {SECRET}")
    try:
        fail()
    except ValueError as error:
        CLAW.exception("caught")
        kind, trace = type(error), error.__traceback__
        sys.excepthook(kind, error, trace)
        sys.unraisablehook(SimpleNamespace(exc_type=kind, exc_value=error, exc_traceback=trace, object=SECRET))  # type: ignore[arg-type]
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    told = out.getvalue()
    assert SECRET not in told
    assert told.count("[hidden]") >= 5
    assert "in fail" in told, "where it was is told"


WORDS = "of somebody"


def several() -> None:
    raise ExceptionGroup(WORDS, [KeyError(WORDS), OSError(28, "No space left on device")])


def broken() -> None:
    try:
        int(WORDS)
    except ValueError as error:
        raise Broken("the log cannot be written") from error


def test_of_an_error_only_claws_own_words_and_the_systems_are_told() -> None:
    out = io.StringIO()
    begin(stream=out)
    for fails in (broken, several):
        try:
            fails()
        except (Broken, ExceptionGroup):
            CLAW.exception("it was")
    told = out.getvalue()
    assert WORDS not in told
    _, first, second = told.split("ERROR claw.gate.stop: it was")
    assert first.index("\nValueError\n") < first.index("and then:") < first.index("Broken: the log cannot be written")
    assert "in broken" in first
    assert second.index("1 of 2:\nKeyError") < second.index("2 of 2:\nOSError: [Errno 28]") < second.index("Traceback")
    assert second.rstrip().endswith("\nExceptionGroup")


def test_what_the_loop_was_given_is_not_told() -> None:
    out = io.StringIO()
    begin(stream=out)
    loop = logging.getLogger("asyncio")
    loop.error("Task exception was never retrieved\nfuture: <Task name='x' exception=ValueError('words')>")
    loop.error("Exception in callback AuditLog.told(<Entry words>)\nhandle: <Handle words>")
    assert out.getvalue() == (
        "ERROR asyncio: Task exception was never retrieved\nERROR asyncio: Exception in callback AuditLog.told\n"
    )


def test_json_is_an_object_on_each_line() -> None:
    out = io.StringIO()
    begin("notice", "json", stream=out)
    CLAW.warning("two\nlines")
    try:
        fail()
    except ValueError:
        CLAW.exception("caught")
    first, second = map(json.loads, out.getvalue().splitlines())
    assert (first["level"], first["part"], first["text"]) == ("warning", "gate", "two\nlines")
    assert first["where"].startswith("test_journal.py:") or first["where"].startswith("tests/")
    assert second["error"].startswith("Traceback")


class Journald:
    """A datagram socket that takes what the journal would, and a stream that is connected to it, as systemd says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = folder / "socket"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(1)
        self.file = folder / "stderr"
        self.stream = self.file.open("w+", encoding="utf-8")
        found = os.fstat(self.stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")

    def entry(self) -> dict[str, str]:
        data, found = self.socket.recv(1 << 17), dict[str, str]()
        while data:
            line, _, rest = data.partition(b"\n")
            name, equals, value = line.partition(b"=")
            if equals:
                data = rest
            else:
                size = int.from_bytes(rest[:8], "little")
                value, end, data = rest[8 : 8 + size], rest[8 + size : 9 + size], rest[9 + size :]
                assert end == b"\n"
            found[name.decode()] = value.decode()
        return found


@pytest.fixture
def journald(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journald]:
    made = Journald(tmp_path, monkeypatch)
    yield made
    made.socket.close()
    made.stream.close()


def test_the_journal_gets_entries_with_its_own_levels_and_fields(journald: Journald) -> None:
    assert begin("debug", stream=journald.stream, journal=journald.path) is True
    for level, priority in ((10, "7"), (20, "6"), (NOTICE, "5"), (30, "4"), (40, "3"), (50, "2")):
        CLAW.log(level, "said %s", SECRET)
        entry = journald.entry()
        assert (entry["PRIORITY"], entry["MESSAGE"]) == (priority, "said [hidden]")
    assert (entry["CLAW_PART"], entry["SYSLOG_IDENTIFIER"], entry["CODE_FUNC"]) == (
        "gate",
        "claw",
        "test_the_journal_gets_entries_with_its_own_levels_and_fields",
    )
    assert int(entry["CODE_LINE"]) > 100
    CLAW.warning("two\nlines PRIORITY=0\nMESSAGE=forged")
    entry = journald.entry()
    assert entry["MESSAGE"] == "two\nlines PRIORITY=0\nMESSAGE=forged"
    assert entry["PRIORITY"] == "4"
    assert not journald.file.read_text()


def test_lines_with_a_level_go_to_the_stream_where_the_socket_takes_nothing(journald: Journald) -> None:
    begin(stream=journald.stream, journal=journald.path.with_name("none"))
    CLAW.error("one %s\ntwo", SECRET)
    assert journald.file.read_text() == "<3>gate: one [hidden]\n<3>gate: two\n"


def test_json_is_written_as_asked_also_to_the_journal(journald: Journald) -> None:
    assert begin("notice", "json", stream=journald.stream, journal=journald.path) is True
    CLAW.error("x")
    assert json.loads(journald.file.read_text())["level"] == "error"


@pytest.mark.parametrize("said", ["", "1:2", "nonsense"])
def test_a_stream_that_is_not_the_journals_is_none(
    journald: Journald, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", said)
    assert begin(stream=journald.stream, journal=journald.path) is False


def test_a_file_is_named_from_the_package_on() -> None:
    record = logging.LogRecord("claw.x", 30, "/opt/venv/lib/claw/gate/stop.py", 1, "x", None, None)
    assert journal._file(record) == "claw/gate/stop.py"
    record.pathname = "/usr/lib/python3.11/asyncio/base_events.py"
    assert journal._file(record) == "base_events.py"
