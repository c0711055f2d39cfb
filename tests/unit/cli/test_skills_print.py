"""Skills in a terminal: what each may do, how far it is trusted and why, and nothing that drives the terminal."""

from typing import Any

from tests.cli_room import Cli, FakeDaemon

HOSTILE = "x\x1b[31m[red]y\u202e"
SKILL: dict[str, Any] = {
    "name": "movie-time",
    "title": "movie time",
    "description": f"Dims the room {HOSTILE}",
    "version": "1.1.0",
    "hash": "ab" * 32,
    "kind": "program",
    "state": "shadow",
    "enabled": True,
    "made": "learned",
    "why": "agreed 2 of 3 times",
    "agreed": 2,
    "short": 'may unlock the lock "Front door"; never asks; 4 calls at most',
    "phrases": {"en": ["movie time [in {area}]"]},
    "people": ["Anna"],
    "accepted_by": "",
    "accepted_at": None,
    "changed": "2026-01-05T12:00:00+00:00",
    "last_run": "2026-01-05T12:00:00+00:00",
    "problems": ["skill.yaml: nonsense"],
    "can": ["accept"],
    "may": [
        {"text": 'unlock the lock "Front door"', "risky": True},
        {"text": "turn on lights", "risky": False},
    ],
    "reads": ["people"],
    "asks": "Never asks by itself.",
    "limits": "At most 4 calls.",
    "takes": ['"area": any room'],
    "when": ["Runs by itself every day at 07:30"],
    "before": ["lights: none on"],
    "after": ["lights: all on"],
    "undo": "What it does can be taken back.",
    "visibility": "adults",
    "author": "",
    "model": "",
    "program": f"if True:\n    {HOSTILE}",
    "prose": f"# Movie time\n{HOSTILE}",
    "tests": 2,
    "versions": [
        {
            "version": "1.1.0",
            "hash": "ab" * 32,
            "created": "2026-01-05T12:00:00+00:00",
            "proved": None,
            "present": True,
        },
        {
            "version": "1.0.0",
            "hash": "cd" * 32,
            "created": "2026-01-04T12:00:00+00:00",
            "proved": True,
            "present": False,
        },
    ],
    "report": None,
}


def test_a_list_says_what_each_may_do(daemon: FakeDaemon, claw: Cli) -> None:
    broken = {"name": "bad", "title": "bad", "state": "broken", "why": "skill.yaml line 3: nonsense", "can": []}
    off = {**SKILL, "name": "off-one", "enabled": False}
    daemon.answers["skills"] = {"ok": [SKILL, broken, off]}
    said = claw("skills", "list").out
    assert "movie-time 1.1.0  shadow" in said
    assert 'may unlock the lock "Front door"; never asks; 4 calls at most' in said
    assert "bad  broken" in said
    assert "skill.yaml line 3: nonsense" in said
    assert "off-one 1.1.0  off" in said
    daemon.answers["skills"] = {"ok": []}
    assert "no skills" in claw("skills", "list").out


def test_one_skill_is_told_whole_and_harmless(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["skill"] = {"ok": SKILL}
    said = claw("skills", "show", "movie-time", "--program").out
    for line in (
        "runs dry beside the normal way until it has agreed three times, or an owner says yes (agreed 2 of 3 times)",
        "learned from requests · of Anna · for adults only · last run on 2026-01-05",
        "said as movie time [in {area}] en",
        'may     risky unlock the lock "Front door"',
        "# Movie time",
        "may     turn on lights",
        "reads   people",
        'takes   "area": any room',
        "only if lights: none on",
        "then    lights: all on",
        "Runs by itself every day at 07:30",
        "Never asks by itself.",
        "What it does can be taken back.",
        "problem skill.yaml: nonsense",
        "version 1.1.0  not proved here  abababababab 2026-01-05  present",
        "version 1.0.0  proved  cdcdcdcdcdcd 2026-01-04",
        "    x",
    ):
        assert line in said, line
    assert "\x1b[31m" not in said
    assert "\u202e" not in said
    assert "[red]y" in said
    assert "if True" not in claw("skills", "show", "movie-time").out


def test_a_skill_that_is_off_accepted_and_does_nothing_says_so(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["skill"] = {
        "ok": {**SKILL, "enabled": False, "may": [], "accepted_by": "Anna", "accepted_at": SKILL["changed"]}
    }
    said = claw("skills", "show", "x").out
    assert "turned off" in said
    assert "may     do nothing" in said
    assert "accepted by Anna on 2026-01-05" in said


def test_a_difference_begins_with_what_it_may_do_besides(daemon: FakeDaemon, claw: Cli) -> None:
    told: dict[str, Any] = {
        "old": {"version": "1.0.0"},
        "new": {"version": "1.1.0"},
        "more": ["May turn on lights (at most 100 % bright)"],
        "less": ["May turn on lights (at most 30 % bright)"],
        "files": [
            {"path": "skill.yaml", "lines": ["-  max: 30", "+  max: 100", "   same"]},
            {"path": "tests/a.yaml", "lines": []},
        ],
    }
    daemon.answers["skill_compare"] = {"ok": told}
    said = claw("skills", "diff", "x").out.splitlines()
    assert said[:3] == [
        "1.0.0 → 1.1.0",
        "+ May turn on lights (at most 100 % bright)",
        "- May turn on lights (at most 30 % bright)",
    ]
    assert "+  max: 100" in said
    assert "tests/a.yaml (words of somebody else)" in said
    daemon.answers["skill_compare"] = {"ok": {**told, "more": [], "less": []}}
    assert "It may do what it might do before." in claw("skills", "diff", "x").out


def test_a_past_tells_steps_with_reasons_and_runs(daemon: FakeDaemon, claw: Cli) -> None:
    at = "2026-01-05T12:00:00+00:00"
    daemon.answers["skill_history"] = {
        "ok": {
            "name": "x",
            "events": [
                {"at": at, "version": "1.0.0", "what": "demoted", "why": "a lamp is gone", "person": "", "entry": None},
                {"at": at, "version": "1.0.0", "what": "trusted", "why": "", "person": "Anna", "entry": 7},
            ],
            "runs": [
                {"at": at, "mode": "real", "person": "Anna", "said": "movie time", "outcome": "done", "held": False,
                 "undone": at, "ms": 4.25},
                {"at": at, "mode": "shadow", "person": "", "said": "", "outcome": "done", "held": True,
                 "undone": None, "ms": 2.0},
            ],
        }
    }  # fmt: skip
    said = claw("skills", "history", "x").out
    assert "1.0.0 demoted: a lamp is gone" in said
    assert "1.0.0 trusted by Anna  claw why 7" in said
    assert "ran · for Anna · done · “movie time” · what should be so afterwards was not · taken back · 4.25 ms" in said
    assert "ran dry · for somebody · done · 2 ms" in said
    daemon.answers["skill_history"] = {"ok": {"name": "x", "events": [], "runs": []}}
    assert "Nothing was written" in claw("skills", "history", "x").out
