import asyncio
import json
from pathlib import Path
from typing import Any

from claw.audit.log import AuditLog
from claw.base.action import Origin
from claw.base.clock import SystemClock
from tests.cli_room import Cli, FakeDaemon

ORIGIN = Origin("web", "anna", authenticated=True, taint=("calendar [bold]",))
INTENT: dict[str, Any] = {
    "said": "light up \x1b[2J",
    "action": {"name": "light.turn_on", "entities": ["light.a"], "data": {"brightness": 80}},
    "rule": "comfort",
    "effect": "allow",
    "before": {"light.a": "off"},
    "expected": {"light.a": ["on", {"brightness": 80}]},
    "undoes": [3],
}
OUTCOME: dict[str, Any] = {
    "status": "failed",
    "detail": "it is [red]jammed",
    "entities": {"light.a": "failed"},
    "after": {"light.a": "off"},
    "ours": ["light.a"],
    "timings": {"decide": 0.5, "device": 12},
}


def write(path: Path, *, answered: bool = True) -> int:
    """Write a question with its answer and what came of it; return the number of the intent."""

    async def some() -> int:
        log = AuditLog.open(path, SystemClock())
        request = await log.append("request", {"said": "open [up]", "actions": [], "rules": []}, origin=ORIGIN)
        question = await log.append("question", {"question": "Shall I?"}, origin=ORIGIN, parent=request)
        if not answered:
            await log.close()
            return question
        answer = await log.append("answer", {"yes": True}, origin=ORIGIN, parent=question)
        intent = await log.append("intent", INTENT, origin=ORIGIN, parent=answer)
        await log.append("outcome", OUTCOME, parent=intent)
        await log.close()
        return intent

    return asyncio.run(some())


def test_without_a_daemon_the_log_alone_tells_everything(claw: Cli, tmp_path: Path) -> None:
    number = write(tmp_path / "audit.db")
    said = claw("trace", str(number))
    assert said.code == 0
    for part in (
        "anna by web",
        "said open [up]",
        "influenced by calendar [bold]",
        "no model was asked",
        "question (2) Shall I?",
        "yes by anna",
        "light.turn_on light.a brightness=80",
        "allow by comfort",
        "light.a: off → off",
        "rehearsed on (brightness=80)",
        "failed",
        "by us",
        "it is [red]jammed",
        "decide 0.5 ms, device 12 ms",
    ):
        assert unbroken(part) in unbroken(said.out), part
    assert "\x1b" not in said.out


def test_json_is_the_trace_itself(claw: Cli, tmp_path: Path) -> None:
    number = write(tmp_path / "audit.db")
    told = json.loads(claw("trace", str(number), "--json").out)
    assert (told["root"], told["acts"][0]["seq"], told["acts"][0]["things"][0]["agrees"]) == (1, number, False)


def test_a_question_that_nobody_answered_is_shown_as_that(claw: Cli, tmp_path: Path) -> None:
    number = write(tmp_path / "audit.db", answered=False)
    assert "nobody has answered" in claw("trace", str(number)).out


PROGRAM: dict[str, Any] = {
    "run": "0a1b",
    "said": "cosy",
    "source": 'if state("light.a") == "off":\n    await call("light.turn_on", "light.a")  # [bold]\x1b',
}


def write_program(path: Path, ended: dict[str, Any] | None) -> int:
    """Write a program that a model wrote and what came of it; return the number of its act."""

    async def some() -> int:
        log = AuditLog.open(path, SystemClock())
        asked = {"action": {"name": "claw.model", "entities": [], "data": {"tokens": 9}}}
        model = await log.append("intent", asked, origin=ORIGIN)
        await log.append("outcome", {"status": "sent", "timings": {"device": 700}}, parent=model)
        by = {"model": "small[red]", "prompt": "ab" * 32}
        program = await log.append("program", PROGRAM, origin=ORIGIN, parent=model, versions=by)
        rehearsed = {"acts": [{"line": 2, "action": INTENT["action"]}]}
        await log.append("rehearsal", rehearsed, origin=ORIGIN, parent=program)
        intent = await log.append("intent", INTENT, origin=ORIGIN, parent=program)
        await log.append("outcome", OUTCOME, parent=intent)
        calls = [
            {"line": 1, "call": "state", "times": 3, "entries": []},
            {"line": 2, "call": "call", "times": 1, "entries": [intent]},
        ]
        await log.append("calls", {"calls": calls}, origin=ORIGIN, parent=program)
        if ended is not None:
            await log.append("ended", ended, origin=ORIGIN, parent=program)
        await log.close()
        return intent

    return asyncio.run(some())


def unbroken(told: str) -> str:
    """Return what is told without the branches of the tree, and without the ends of lines, which follow its lengths."""
    return " ".join(told.translate(str.maketrans("│├└─", "    ")).split())


def test_a_program_is_told_line_by_line(claw: Cli, tmp_path: Path) -> None:
    number = write_program(tmp_path / "audit.db", {"how": "failed", "why": "it [b]broke"})
    said = claw("trace", str(number))
    assert said.code == 0
    for part in (
        "written by small[red] from the prompt abababababababab",
        "device 700 ms",
        '1 if state("light.a") == "off":',
        "called state 3 times",
        "2     await call(",
        f"called call → {number}",
        "rehearsed light.turn_on light.a brightness=80",
        "failed it [b]broke",
    ):
        assert unbroken(part) in unbroken(said.out), part
    assert said.out.count("light.a: off → off") == 2, "under its line and under its act"
    assert "\x1b" not in said.out


def test_a_program_that_is_on_its_way_is_told_as_that(claw: Cli, tmp_path: Path) -> None:
    assert "it has not ended" in claw("trace", str(write_program(tmp_path / "audit.db", None))).out


def test_a_program_that_came_to_its_end_needs_no_word_about_it(claw: Cli, tmp_path: Path) -> None:
    assert "ended" not in claw("trace", str(write_program(tmp_path / "audit.db", {"how": "ended"}))).out


def test_a_running_daemon_is_asked(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["trace"] = {"error": {"kind": "refused", "text": "there is no audit entry 9"}}
    said = claw("trace", "9")
    assert (said.code, daemon.asked) == (3, [{"do": "trace", "seq": 9}])
    assert "there is no audit entry 9" in said.err


def test_without_a_log_there_is_nothing_to_trace(claw: Cli, tmp_path: Path) -> None:
    assert claw("trace", "1").code == 3
    assert not (tmp_path / "audit.db").exists()


def test_a_number_is_wanted(claw: Cli) -> None:
    assert claw("trace", "0").code == 2
    assert claw("trace", "lock.a").code == 2
