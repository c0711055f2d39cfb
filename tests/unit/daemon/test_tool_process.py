import asyncio
import sys
import time
from pathlib import Path

import pytest

from claw.base.clock import SystemClock
from claw.base.config_channels import McpServerConfig
from claw.base.errors import Broken, Unavailable, UnknownOutcome
from claw.daemon.tool_process import Changed, Speaking
from claw.gate.children import Children
from tests.held_clock import HeldClock

SERVER = McpServerConfig(url="http://tools.example/mcp")

ANSWERS = """\
import json, os, sys
question = json.loads(sys.stdin.readline())
def say(answer): print(json.dumps(answer), flush=True)
"""


def speaking(tmp_path: Path, then: str, children: Children | None = None, clock: HeldClock | None = None) -> Speaking:
    """Return what starts a process that does ``then`` with its question."""
    script = tmp_path / "child.py"
    script.write_text(ANSWERS + then, encoding="utf-8")
    return Speaking(
        children or Children(), clock or SystemClock(), (tmp_path,), command=(sys.executable, "-I", "-S", str(script))
    )


async def call(made: Speaking) -> tuple[str, bool]:
    return await made.call("notes", SERVER, "search", "abc", {"query": "milk"})


async def test_it_is_asked_on_its_input_in_an_empty_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAW_HOUSE_TOKEN", "a secret")
    made = speaking(tmp_path, 'say({"tools": [question, {"environment": sorted(os.environ)}, 5]})')
    question, found = await made.list("notes", SERVER)
    assert question["do"] == "list"
    assert question["server"]["hidden"] == [str(tmp_path)]
    assert set(found["environment"]) <= {"LC_CTYPE"}


async def test_what_a_tool_answers_comes_back(tmp_path: Path) -> None:
    made = speaking(tmp_path, 'say({"asked": True}); say({"text": question["arguments"]["query"], "failed": False})')
    assert await call(made) == ("milk", False)


@pytest.mark.parametrize(
    ("then", "error"),
    [
        ('say({"error": "changed", "why": "it is new"})', Changed),
        ('say({"error": "broken", "why": "no bubblewrap"})', Broken),
        ('say({"error": "unavailable", "why": "gone"})', Unavailable),
        ("", Unavailable),
        ("print('no json')", Unavailable),
        ("print('x' * (5 << 20))", Unavailable),
        ("sys.exit(3)", Unavailable),
        ('say({"asked": True})', UnknownOutcome),
        ('say({"asked": True}); say({"error": "unavailable", "why": "gone"})', UnknownOutcome),
        ('say({"asked": True}); os.kill(os.getpid(), 9)', UnknownOutcome),
    ],
)
async def test_once_the_tool_was_asked_nobody_says_that_it_was_not(
    tmp_path: Path, then: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match="notes"):
        await call(speaking(tmp_path, then))


async def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    clock, children = HeldClock(), Children()
    then = """\
import subprocess, time
started = subprocess.Popen(["sleep", "60"], start_new_session=True)
open(sys.argv[0] + ".pid", "w").write(str(started.pid))
time.sleep(60)
"""
    made = speaking(tmp_path, then, children, clock)
    asking = asyncio.create_task(call(made))
    written = tmp_path / "child.py.pid"
    while not (written.exists() and written.read_text()):  # noqa: ASYNC110  a file rings no bell
        await asyncio.sleep(0.01)
    assert children.alive() == ["mcp notes"]
    await clock.advance(1_000)
    with pytest.raises(Unavailable):
        await asking
    assert children.alive() == []
    assert gone(int(written.read_text()))


def gone(pid: int) -> bool:
    """Return whether a process ends, or is only left to be collected."""
    for _ in range(200):
        try:
            if ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"):
                return True
        except OSError:
            return True
        time.sleep(0.005)
    return False


async def test_the_stop_ends_it(tmp_path: Path) -> None:
    children = Children()
    made = speaking(tmp_path, 'say({"asked": True}); import time; time.sleep(60)', children)
    asking = asyncio.create_task(call(made))
    while not children.alive():  # noqa: ASYNC110  as above
        await asyncio.sleep(0.01)
    assert children.kill() == ["mcp notes"]
    with pytest.raises((UnknownOutcome, Unavailable)):
        await asking


async def test_a_token_comes_from_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("secret\n", encoding="utf-8")
    path.chmod(0o600)
    server = McpServerConfig(url="http://tools.example/mcp", token_file=path)
    made = speaking(tmp_path, 'say({"tools": [question["server"]]})')
    assert (await made.list("notes", server))[0]["token"] == "secret"
    path.chmod(0o644)
    with pytest.raises(Broken, match="read by others"):
        await made.list("notes", server)


async def test_a_machine_that_starts_nothing_says_so() -> None:
    made = Speaking(Children(), SystemClock(), command=("/nowhere/python",))
    with pytest.raises(Unavailable, match="could be started"):
        await call(made)
