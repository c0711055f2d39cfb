"""Routines on the command line: asked for as it was meant, files read here, and the exit code says what came of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli_room import Cli, FakeDaemon
from tests.unit.cli.test_routines_print import ROW, RUN

DONE: dict[str, Any] = {"status": "done", "text": "It rests.", "routine": ROW, "warnings": []}
SPEC = {"name": "Porch", "when": {"sun": "sunset"}, "do": {"say": "dark"}}


@pytest.mark.parametrize(
    ("words", "asked", "answer"),
    [
        (("list",), {"do": "routines", "everything": False}, []),
        (("list", "--all"), {"do": "routines", "everything": True}, []),
        (("show", "x"), {"do": "routine", "name": "x"}, {**ROW, "rules": [], "tainted": [], "entry": 0, "history": []}),
        (("next",), {"do": "routine_next", "name": "", "limit": 10}, []),
        (("next", "x", "--limit", "3"), {"do": "routine_next", "name": "x", "limit": 3}, []),
        (("history", "x"), {"do": "routine_history", "name": "x", "limit": 20}, [RUN]),
        (
            ("history", "--before", "2026-11-27T00:00:00"),
            {"do": "routine_history", "name": "", "limit": 20, "before": "2026-11-27T00:00:00"},
            [],
        ),
        *[
            ((deed, "x"), {"do": "routine_decide", "deed": deed, "name": "x"}, DONE)
            for deed in ("run", "pause", "resume", "skip", "remove", "adopt")
        ],
        (
            ("skip", "x", "--on", "2026-11-27", "--on", "2026-11-28"),
            {"do": "routine_decide", "deed": "skip", "name": "x", "dates": ["2026-11-27", "2026-11-28"]},
            DONE,
        ),
        (("dry-run", "x"), {"do": "routine_dry_run", "name": "x"}, {"status": "answered", "text": "", "would": ["a"]}),
        (("export", "x"), {"do": "routine_export", "name": "x"}, {"yaml": "- id: x\n", "left_out": []}),
        (("test-safety",), {"do": "routine_test_safety"}, DONE),
        (("add", "at seven open the blinds"), {"do": "routine_say", "text": "at seven open the blinds"}, DONE),
        (
            ("add", "--when", "07:00", "--when", "sunset", "--do", "say up", "--name", "Up"),
            {
                "do": "routine_add",
                "data": {"when": ["07:00", "sunset"], "do": ["say up"], "name": "Up"},
                "dry_run": False,
            },
            DONE,
        ),
        (
            ("add", "--when", "07:00", "--do", "say up", "--shadow", "3", "--dry-run"),
            {
                "do": "routine_add",
                "data": {"when": ["07:00"], "do": ["say up"], "name": "say up", "shadow": 3},
                "dry_run": True,
            },
            {"status": "answered", "text": "", "would": ["say up"]},
        ),
    ],
)
def test_each_command_asks_for_what_was_meant(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], asked: dict[str, Any], answer: Any
) -> None:
    daemon.answers[asked["do"]] = {"ok": answer}
    said = claw("routines", *words)
    assert (said.code, daemon.asked) == (0, [asked]), said.err


@pytest.mark.parametrize("ending", [".yaml", ".json"])
def test_a_file_is_read_here_and_sent_whole(daemon: FakeDaemon, claw: Cli, tmp_path: Path, ending: str) -> None:
    daemon.answers["routine_add"] = {"ok": DONE}
    file = tmp_path / f"porch{ending}"
    file.write_text(json.dumps(SPEC), encoding="utf-8")
    assert claw("routines", "add", "--file", str(file), "--name", "Other").code == 0
    assert daemon.asked == [{"do": "routine_add", "data": {**SPEC, "name": "Other"}, "dry_run": False}]


@pytest.mark.parametrize(
    ("text", "said"), [("a: [", "1: is not YAML"), ("- 1", "1: found a list"), ("", "says nothing")]
)
def test_a_file_that_cannot_be_read_is_named_with_the_line(
    daemon: FakeDaemon, claw: Cli, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "porch.yaml"
    file.write_text(text, encoding="utf-8")
    told = claw("routines", "add", "--file", str(file))
    assert (told.code in {1, 3}, daemon.asked) == (True, [])
    assert said in told.err
    assert claw("routines", "add", "--file", str(tmp_path / "none.yaml")).code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("add",),
        ("add", "at seven", "--when", "07:00", "--do", "say x"),
        ("add", "--when", "07:00"),
        ("add", "--do", "say x"),
        ("add", "at seven", "--shadow", "1"),
        ("add", "at seven", "--dry-run"),
        ("skip", "x", "--on", "tomorrow"),
        ("skip", "x", "--on", "2026-02-30"),
        ("history", "--limit", "0"),
        ("history", "--before", "yesterday"),
        ("run",),
    ],
)
def test_what_makes_no_sense_is_misuse_and_asks_nothing(daemon: FakeDaemon, claw: Cli, words: tuple[str, ...]) -> None:
    assert (claw("routines", *words).code, daemon.asked) == (2, [])


@pytest.mark.parametrize(
    ("status", "code"),
    [("done", 0), ("pending", 0), ("answered", 0), ("failed", 1), ("refused", 3), ("stopped", 4), ("unclear", 5)],
)
def test_what_came_of_it_is_the_exit_code(daemon: FakeDaemon, claw: Cli, status: str, code: int) -> None:
    daemon.answers["routine_say"] = {"ok": {**DONE, "status": status, "ask": "q1"}}
    said = claw("routines", "add", "x")
    assert (said.code, "claw approve q1" in said.out) == (code, True)


def test_a_program_reads_one_document(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["routines"] = {"ok": [ROW]}
    assert json.loads(claw("routines", "list", "--json").out) == [ROW]


def test_an_export_is_a_file_as_it_stands(daemon: FakeDaemon, claw: Cli) -> None:
    text = "# [bold]not markup[/]\n- id: claw_r1\n  triggers:\n  - trigger: time\n    at: 07:00:00\n"
    daemon.answers["routine_export"] = {"ok": {"yaml": text, "left_out": []}}
    assert claw("routines", "export", "x").out == text


def test_what_the_daemon_refuses_is_said(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["routine"] = {"error": {"kind": "refused", "text": "there is no routine called x"}}
    said = claw("routines", "show", "x")
    assert (said.code, "there is no routine called x" in said.err) == (3, True)
