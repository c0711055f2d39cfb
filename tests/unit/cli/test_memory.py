"""What is remembered, on the command line: asked for as it was meant, and printed so that it drives no terminal."""

import json
from typing import Any

import pytest

from tests.cli_room import Cli, FakeDaemon

MEMORY: dict[str, Any] = {
    "id": 7,
    "kind": "fact",
    "sentence": "Sam is allergic to \x1b[31m[red]nuts",
    "subject": "person:sam",
    "about": "Sam",
    "predicate": "allergic to",
    "value": "nuts",
    "condition": {"after": "22:00"},
    "from": "2026-01-01T12:00:00+00:00",
    "to": None,
    "since": "2026-01-01",
    "until": None,
    "status": "active",
    "trust": "owner_told",
    "explicit": True,
    "confidence": 0.95,
    "author": "Anna",
    "recorded": "2026-01-05T12:00:00+00:00",
    "retired": None,
    "supersedes": None,
    "visibility": "household",
    "heard_by": "everybody who lives here",
    "influenced": [],
    "pinned": False,
    "used": 0,
    "last_used": None,
}
EVIDENCE: dict[str, Any] = {
    "at": "2026-01-05T12:00:00+00:00",
    "who": "Anna",
    "channel": "web",
    "trust": "owner_told",
    "explicit": True,
    "supports": True,
    "text": "remember that",
    "entry": 42,
    "first": None,
    "last": None,
    "influenced": [],
}
DONE: dict[str, Any] = {"status": "done", "text": "I will remember: Sam is allergic to nuts", "memory": MEMORY}
NIGHT: dict[str, Any] = {"edits": 2, "lines": ["Let 2 old talks go."], "undone": None}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("list",), {"do": "memory", "name": "", "kind": "", "limit": 100}),
        (("list", "--about", "Sam", "--kind", "fact"), {"do": "memory", "name": "Sam", "kind": "fact", "limit": 100}),
        (("search", "water", "filter"), {"do": "memory_search", "text": "water filter", "limit": 10}),
        (("proposals",), {"do": "memory_proposals"}),
    ],
)
def test_looking_asks_for_what_was_meant(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], asked: dict[str, Any]
) -> None:
    daemon.answers[asked["do"]] = {"ok": []}
    assert claw("memory", *words).code == 0
    assert daemon.asked == [asked]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("add", "a b"), {"do": "memory_add", "text": "a b", "private": False}),
        (("add", "a b", "--private"), {"do": "memory_add", "text": "a b", "private": True}),
        (("correct", "7", "a c"), {"do": "memory_correct", "seq": 7, "text": "a c"}),
        (("accept", "habit-3"), {"do": "memory_settle", "id": "habit-3", "yes": True}),
        (("decline", "memory-7"), {"do": "memory_settle", "id": "memory-7", "yes": False}),
        (("consent", "--habits", "--no-talks"), {"do": "memory_consent", "habits": True, "talks": False}),
        (("forget", "7"), {"do": "memory_forget", "seq": 7, "since": "", "person": "", "everything": False}),
        (
            ("forget", "--since", "hour", "--yes"),
            {"do": "memory_forget", "seq": 0, "since": "hour", "person": "", "everything": False},
        ),
        (
            ("forget", "--person", "me", "--yes"),
            {"do": "memory_forget", "seq": 0, "since": "", "person": "me", "everything": False},
        ),
        (
            ("forget", "--everything", "--yes"),
            {"do": "memory_forget", "seq": 0, "since": "", "person": "", "everything": True},
        ),
    ],
)
@pytest.mark.parametrize(("status", "code"), [("done", 0), ("pending", 0), ("partial", 1), ("refused", 3)])
def test_writing_ends_with_the_code_of_what_came_of_it(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], asked: dict[str, Any], status: str, code: int
) -> None:
    daemon.answers[asked["do"]] = {"ok": {**DONE, "status": status}}
    said = claw("memory", *words)
    assert (said.code, said.out.strip()) == (code, "I will remember: Sam is allergic to nuts  7")
    assert daemon.asked == [asked]


def test_much_is_forgotten_only_by_somebody_who_is_sure(
    daemon: FakeDaemon, claw: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answers["memory_forget"] = {"ok": DONE}
    asked: list[str] = []

    def no(text: str, **_: object) -> None:
        asked.append(text)
        raise SystemExit(1)

    monkeypatch.setattr("typer.confirm", no)
    assert claw("memory", "forget", "--everything").code == 1
    assert asked
    assert daemon.asked == []


def test_a_kind_that_there_is_not_is_misuse(daemon: FakeDaemon, claw: Cli) -> None:
    assert claw("memory", "list", "--kind", "secret").code == 2
    assert daemon.asked == []


@pytest.mark.parametrize("words", [(), ("7", "--since", "18:00"), ("--person", "me", "--everything")])
def test_one_thing_is_forgotten_at_a_time(daemon: FakeDaemon, claw: Cli, words: tuple[str, ...]) -> None:
    assert claw("memory", "forget", *words).code == 3
    assert daemon.asked == []


def test_a_list_shows_where_each_comes_from_and_drives_no_terminal(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory"] = {"ok": [MEMORY]}
    first, second = claw("memory", "list").out.splitlines()
    assert first == "    7  Sam is allergic to [31m[red]nuts"
    assert second.strip() == (
        "fact · told by Anna on 2026-01-05 · after 22:00 · since 2026-01-01 · for everybody who lives here"
    )
    noticed = {**MEMORY, "explicit": False, "status": "superseded", "until": "2026-02-01", "influenced": ['"calendar"']}
    daemon.answers["memory"] = {"ok": [noticed]}
    assert 'until 2026-02-01 · superseded · influenced by "calendar"' in claw("memory", "list").out


def test_what_was_so_on_one_day_is_told_by_that_day(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory"] = {"ok": [{**MEMORY, "until": MEMORY["since"]}]}
    assert "· on 2026-01-01 ·" in claw("memory", "list").out


def test_nothing_known_is_said(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers |= {"memory": {"ok": []}, "memory_search": {"ok": []}, "memory_proposals": {"ok": []}}
    assert claw("memory", "list").out.strip() == "I remember nothing that you may hear."
    assert claw("memory", "search", "x").out.strip() == "I found nothing."
    assert claw("memory", "proposals").out.strip() == "Nothing waits for your yes or no."


def test_a_search_shows_memories_and_quotes_words(daemon: FakeDaemon, claw: Cli) -> None:
    words = {"score": 1.0, "text": 'the "filter"', "speaker": "Anna", "day": "5 January 2026 Monday", "memory": None}
    daemon.answers["memory_search"] = {"ok": [{**words, "memory": MEMORY}, words]}
    lines = claw("memory", "search", "filter").out.splitlines()
    assert lines[0].startswith("    7  Sam")
    assert [line.strip() for line in lines[2:]] == ['"the \\"filter\\""', "Anna, 5 January 2026 Monday"]


def test_why_tells_who_said_it_what_was_seen_and_what_was_so_before(daemon: FakeDaemon, claw: Cli) -> None:
    seen = {**EVIDENCE, "first": EVIDENCE["at"], "last": EVIDENCE["at"], "entry": None, "supports": False, "text": ""}
    daemon.answers["memory_why"] = {"ok": {"memory": MEMORY, "evidence": [EVIDENCE, seen], "before": [MEMORY]}}
    lines = claw("memory", "why", "7").out.splitlines()
    assert daemon.asked == [{"do": "memory_why", "seq": 7}]
    assert lines[2] == 'because Anna by web on 2026-01-05: "remember that"  claw why 42'
    assert lines[3] == "against seen in the house from 2026-01-05 to 2026-01-05"
    assert lines[4] == "before"


def test_an_act_that_must_be_approved_says_how(daemon: FakeDaemon, claw: Cli) -> None:
    asks = {"status": "pending", "text": "Shall I?", "memory": None, "ask": "1f2e3d4c"}
    daemon.answers["memory_add"] = {"ok": asks}
    assert claw("memory", "add", "a b").out.strip() == "Shall I?  claw approve 1f2e3d4c"


def test_proposals_come_with_their_evidence(daemon: FakeDaemon, claw: Cli) -> None:
    habit = {"id": "habit-3", "sentence": "The hall light goes off at ten", "evidence": "on 9 of 10 days"}
    daemon.answers["memory_proposals"] = {"ok": [habit]}
    assert [line.strip() for line in claw("memory", "proposals").out.splitlines()] == [
        "habit-3  The hall light goes off at ten",
        "on 9 of 10 days",
    ]


def test_consents_are_told(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory_consents"] = {"ok": {"person": "anna", "habits": True, "talks": False}}
    said = claw("memory", "consent").out
    assert said.splitlines() == ["yes  your habits are learned", "no   what you say is kept for a while"]
    daemon.answers["memory_consents"] = {"ok": {"person": None, "habits": False, "talks": False}}
    assert "do not know who you are" in claw("memory", "consent").out


def test_the_export_is_one_json_document(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory_export"] = {"ok": {"memories": [MEMORY]}}
    assert json.loads(claw("memory", "export").out) == {"memories": [MEMORY]}


@pytest.mark.parametrize(
    ("words", "answer", "said"),
    [
        (("--dry-run",), {"night": NIGHT, "dry_run": True}, "Let 2 old talks go."),
        (("--dry-run",), {"night": {**NIGHT, "lines": []}, "dry_run": True}, "Nothing would be done."),
        ((), {"night": {**NIGHT, "lines": []}, "dry_run": False}, "Done; 2 changes."),
        (
            ("--undo",),
            {"night": {**NIGHT, "lines": [], "undone": "2026-01-05T12:00:00+00:00"}, "dry_run": False},
            "The last night is taken back.",
        ),
    ],
)
def test_a_night_is_told(
    daemon: FakeDaemon, claw: Cli, words: tuple[str, ...], answer: dict[str, Any], said: str
) -> None:
    daemon.answers["memory_sleep"] = {"ok": answer}
    assert claw("memory", "sleep", *words).out.strip() == said
    assert daemon.asked[0]["undo"] is ("--undo" in words)


def test_a_night_is_shown_or_taken_back_not_both(daemon: FakeDaemon, claw: Cli) -> None:
    assert claw("memory", "sleep", "--undo", "--dry-run").code == 3
    assert daemon.asked == []


def test_last_night_is_told_in_words(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory_night"] = {"ok": {"text": "I learned nothing.", "night": None}}
    assert claw("memory", "night").out.strip() == "I learned nothing."


def test_json_is_for_programs(daemon: FakeDaemon, claw: Cli) -> None:
    daemon.answers["memory"] = {"ok": [MEMORY]}
    assert json.loads(claw("memory", "list", "--json").out) == [MEMORY]
