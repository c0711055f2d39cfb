"""One skill as it is shown: harmless, in plain words, and without anybody else's words."""

from dataclasses import replace
from datetime import UTC, datetime

from claw.channels.skill_shown import (
    MOST_COMPARED,
    MOST_LINES,
    Known,
    difference,
    event_json,
    own,
    report_json,
    row_json,
    run_json,
    title,
    version_json,
    whole_json,
)
from claw.house.model import Registry
from claw.memory.model import Audience
from claw.policy.people import People, Person
from claw.skills.model import Case, Report, Standing
from claw.skills.reading import read_skill
from claw.skills.runs import SkillRun
from claw.skills.standings import Event, Version
from tests.skill_folders import skill_files

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KNOWN = Known(People([Person("anna", "Anna\u202e", "owner")]), Registry())
SKILL = read_skill(skill_files("reading-light"), "reading-light")
STANDING = Standing("reading-light", "1.0.0", SKILL.hash, "trusted", "learned", people=("anna",))
ANNA = Audience("anna", resident=True, owner=True)


def test_what_comes_from_outside_is_made_harmless() -> None:
    hostile = "line\n\u202eevil\u200b\x1b[31m"
    row = row_json(replace(SKILL, description=hostile, problems=(hostile,)), replace(STANDING, why=hostile), KNOWN, ())
    for said in (row["description"], row["why"], row["problems"][0], row["people"][0]):
        assert said.isprintable(), said
    assert title("movie-time") == "movie time"
    program = whole_json(replace(SKILL, program="a = 1\n\x1b]0;x\x07b"), KNOWN)["program"]
    assert program.split("\n")[0] == "a = 1"
    assert "\x1b" not in program
    assert "\x1b" not in whole_json(replace(SKILL, prose="\x1b[31m# Movie time"), KNOWN)["prose"]


def test_who_has_left_goes_by_their_id() -> None:
    assert (KNOWN.person("anna"), KNOWN.person("zoe"), KNOWN.person(None)) == ("Anna", "zoe", "")


def test_whose_words_a_skill_is_made_of() -> None:
    assert own(STANDING, ANNA)
    assert not own(replace(STANDING, people=("anna", "ben")), ANNA)
    assert not own(replace(STANDING, people=()), ANNA)
    assert own(replace(STANDING, made="shipped", people=()), Audience())


def test_a_report_is_counted_and_its_reasons_are_for_whose_words_they_quote() -> None:
    report = Report(
        "x", "1.0.0", "h", (Case("test", "a", held=True), Case("replay", "said", held=False, why="private")), 12.7
    )
    assert report_json(report, words=True) == {
        "green": False,
        "ms": 13,
        "cases": {"test": 1, "replay": 1},
        "failed": [{"kind": "replay", "name": "said", "why": "private"}],
    }
    assert report_json(report, words=False)["failed"] == [{"kind": "replay", "name": "", "why": ""}]
    assert report_json(None, words=True) is None


def test_versions_steps_and_runs() -> None:
    assert version_json(Version("1.0.0", "h", NOW, proved=None), "h")["present"] is True
    assert event_json(Event(NOW, "1.0.0", "h", "demoted", "why", "anna", 3), KNOWN)["entry"] == 3
    run = SkillRun("x", "1.0.0", "h", "real", "done", person="anna", said="mine", why="why", ms=1.26, at=NOW)
    assert (run_json(run, KNOWN, ANNA)["said"], run_json(run, KNOWN, ANNA)["ms"]) == ("mine", 1.3)
    assert run_json(run, KNOWN, Audience())["said"] == ""
    assert run_json(replace(run, person=None), KNOWN, Audience())["said"] == ""


def test_a_difference_is_bounded() -> None:
    long = "\n".join(map(str, range(MOST_COMPARED * 2))).encode()
    (only,) = difference({"a": b"", "same": b"x"}, {"a": long, "same": b"x"}, words=True)
    assert len(only["lines"]) == MOST_LINES + 1
    assert only["lines"][-1] == f"(and {MOST_COMPARED - MOST_LINES + 1} more lines)"
    assert difference({"tests/a.yaml": b"1"}, {"tests/a.yaml": b"2"}, words=False) == [
        {"path": "tests/a.yaml", "lines": []}
    ]
