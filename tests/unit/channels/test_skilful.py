"""What a channel is told about skills: only what its audience may know of, and what a yes is for."""

from dataclasses import replace
from typing import Any

import pytest

from claw.base.action import Origin, OutcomeStatus, Pending, Terms
from claw.base.errors import Refused, Unavailable
from claw.skills.model import Case, Report, content_hash
from claw.skills.runs import SkillRun
from tests.skill_folders import skill_files
from tests.skill_room import ANNA, BEN, CARL, GUS, NOW, SCREEN, VOICE, Room, desk_of


def names(room: Room, origin: Origin) -> list[str]:
    return [row["name"] for row in desk_of(room).listed(origin)]


def test_a_skill_is_told_in_one_line_with_why_it_stands_as_it_does() -> None:
    room = Room()
    skill = room.put("movie-time", state="shadow", made="learned", people=("anna",), why="2 of 3", agreed=2)
    (row,) = desk_of(room).listed(ANNA)
    assert (row["title"], row["state"], row["why"], row["agreed"], row["people"]) == (
        "movie time", "shadow", "2 of 3", 2, ["Anna"]
    )  # fmt: skip
    assert row["hash"] == skill.hash
    assert row["short"].startswith("may turn on lights in the room you name or are in (1 to 60 % bright)")
    assert row["phrases"]["en"][0] == "reading light [in {area}]"


@pytest.mark.parametrize(
    ("standing", "seen_by"),
    [
        ({}, "anna ben carl gus voice screen"),
        ({"enabled": False}, "anna ben carl gus voice screen"),
        ({"state": "draft"}, "anna ben"),
        ({"made": "imported", "state": "draft"}, "anna ben"),
        ({"made": "learned", "state": "shadow", "people": ("ben",)}, "anna ben"),
        ({"made": "learned", "state": "trusted", "people": ("carl",)}, "anna carl"),
        ({"made": "shown", "state": "trusted", "people": ("ben",)}, "anna ben"),
        ({"made": "learned", "people": ("ben",), "accepted_by": "anna"}, "anna ben carl"),
    ],
)
def test_who_may_know_of_a_skill(standing: dict[str, Any], seen_by: str) -> None:
    room = Room()
    room.put("movie-time", **standing)
    everybody = {"anna": ANNA, "ben": BEN, "carl": CARL, "gus": GUS, "voice": VOICE, "screen": SCREEN}
    assert " ".join(name for name, origin in everybody.items() if names(room, origin)) == seen_by


@pytest.mark.parametrize(("visibility", "seen"), [("household", "abc"), ("adults", "ab"), ("owner", "a")])
def test_whom_a_skill_says_it_is_for(visibility: str, seen: str) -> None:
    room = Room()
    text = (
        skill_files("x")["skill.yaml"]
        .decode()
        .replace("version: 1.0.0\n", f"version: 1.0.0\nvisibility: {visibility}\n")
    )
    room.put("x", skill_files("x", {"skill.yaml": text}))
    found = {key: names(room, origin) for key, origin in (("a", ANNA), ("b", BEN), ("c", CARL))}
    assert "".join(key for key, rows in found.items() if rows) == seen


@pytest.mark.parametrize("question", ["one", "history", "compared", "export"])
def test_what_may_not_be_known_of_is_as_if_it_were_not_there(question: str) -> None:
    room = Room()
    room.put("secret", made="learned", state="trusted", people=("ben",))
    desk = desk_of(room)
    with pytest.raises(Refused, match="there is no skill called secret"):
        getattr(desk, question)("secret", CARL)
    with pytest.raises(Refused, match="there is no skill called secret"):
        getattr(desk_of(Room()), question)("secret", CARL)


async def test_nobody_decides_about_what_they_may_not_know_of() -> None:
    room = Room()
    room.put("secret", made="learned", state="trusted", people=("ben",))
    answer = await desk_of(room).decide("disable", "secret", CARL)
    assert (answer["status"], answer["text"], room.asked) == ("refused", "there is no skill called secret", [])


def test_a_folder_that_cannot_be_read_is_told_to_owners() -> None:
    room = Room()
    room.shelf.wrong = {"bad-one": "skill.yaml line 3: found \u202e nonsense"}
    assert names(room, ANNA) == ["bad-one"]
    assert "\u202e" not in desk_of(room).listed(ANNA)[0]["why"]
    assert names(room, BEN) == []
    with pytest.raises(Refused, match=r"cannot be read as a skill: skill\.yaml line 3"):
        desk_of(room).one("bad-one", ANNA)


def test_one_skill_tells_all_that_it_may_and_its_versions() -> None:
    room = Room()
    old = skill_files("movie-time")
    new = skill_files("movie-time", {"CHANGELOG.md": "# 1.1.0\n"})
    skill = room.put("movie-time", new, old)
    told = desk_of(room).one("movie-time", BEN)
    assert told["may"] == [{"text": "turn on lights in the room you name or are in (1 to 60 % bright)", "risky": False}]
    assert [one["present"] for one in told["versions"]] == [True, False]
    assert (told["program"], told["prose"]) == (skill.program, skill.prose)
    assert told["report"] is None


def test_a_skill_that_nobody_looked_at_yet_is_a_draft() -> None:
    room = Room()
    room.put("movie-time")
    room.standings.clear()
    assert desk_of(room).one("movie-time", ANNA)["state"] == "draft"


@pytest.mark.parametrize(
    ("standing", "origin", "can"),
    [
        ({}, ANNA, ["disable", "rollback", "retire"]),
        ({}, BEN, ["disable"]),
        ({}, CARL, []),
        ({"enabled": False}, ANNA, ["enable", "rollback", "retire"]),
        ({"state": "retired"}, ANNA, ["enable", "rollback"]),
        ({"state": "draft"}, ANNA, ["prove", "disable", "rollback", "retire"]),
        ({"state": "draft", "enabled": False}, ANNA, ["prove", "enable", "rollback"]),
        ({"state": "shadow"}, ANNA, ["accept", "disable", "rollback", "retire"]),
        ({"made": "learned", "people": ("ben",)}, ANNA, ["accept", "disable", "rollback", "retire"]),
        ({"state": "trusted", "made": "learned", "people": ("ben",)}, BEN, ["disable"]),
        ({"state": "trusted", "made": "learned", "people": ("ben",), "accepted_by": "anna"}, ANNA,
         ["disable", "rollback", "retire"]),
    ],
)  # fmt: skip
def test_what_a_viewer_is_offered(standing: dict[str, Any], origin: Origin, can: list[str]) -> None:
    room = Room()
    room.put("x", skill_files("x"), skill_files("x", {"CHANGELOG.md": "# 0\n"}), **standing)
    assert desk_of(room).one("x", origin)["can"] == can


def test_nothing_to_go_back_to_is_not_offered() -> None:
    room = Room(proved=False)
    room.put("x", skill_files("x"), skill_files("x", {"CHANGELOG.md": "# 0\n"}))
    assert "rollback" not in desk_of(room).one("x", ANNA)["can"]


async def test_a_yes_carries_the_hash_of_what_was_shown() -> None:
    room = Room()
    skill = room.put("x", state="shadow")
    desk = desk_of(room)
    answer = await desk.decide("accept", "x", ANNA, content="ab" * 32)
    assert (answer["status"], answer["text"], answer["skill"]["name"]) == ("done", "So it is.", "x")
    await desk.decide("accept", "x", ANNA)
    part = await desk.decide("accept", "x", ANNA, content=skill.hash[:12])
    assert (part["status"], "whole hash" in part["text"]) == ("refused", True)
    assert room.asked == [("accept", "x", "anna", "ab" * 32), ("accept", "x", "anna", skill.hash)]


async def test_a_version_to_go_back_to_is_named_by_its_number_or_the_beginning_of_its_hash() -> None:
    room = Room()
    old = skill_files("x", {"CHANGELOG.md": "# 0\n"})
    room.put("x", skill_files("x"), old)
    desk = desk_of(room)
    await desk.decide("rollback", "x", ANNA, content=content_hash(old)[:12])
    await desk.decide("rollback", "x", ANNA)
    assert [one[3] for one in room.asked] == [content_hash(old), ""]
    answer = await desk.decide("rollback", "x", ANNA, content="9.9.9")
    assert (answer["status"], answer["text"]) == ("refused", "there is no version 9.9.9")


@pytest.mark.parametrize(("outcome", "told"), [("refused", "stopped"), ("failed", "failed"), ("done", "done")])
async def test_what_came_of_a_decision_is_told(outcome: OutcomeStatus, told: str) -> None:
    room = Room(outcome=outcome)
    room.put("x")
    answer = await desk_of(room).decide("disable", "x", ANNA)
    assert answer["status"] == told
    if told == "stopped":
        assert answer["text"].startswith("I am stopped")


async def test_a_question_that_must_be_answered_first_is_told_by_its_id() -> None:
    room = Room(pending=Pending("q1", "Really?", (), ANNA, Terms(), None, {}, NOW, NOW, 1))
    room.put("x")
    answer = await desk_of(room).decide("accept", "x", ANNA)
    assert (answer["status"], answer["ask"]) == ("pending", "q1")


async def test_what_is_imported_is_handed_on_by_its_name() -> None:
    room = Room()
    answer = await desk_of(room).take("x", {"SKILL.md": b"x"}, ANNA)
    assert (answer["text"], answer["skill"], room.asked) == (
        "It is a draft.",
        None,
        [("take", "x", ["SKILL.md"], "anna")],
    )


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/b/c/d", ".hidden", "a\\b", "SKILL.md\n"])
async def test_files_that_no_folder_could_hold_go_nowhere(path: str) -> None:
    room = Room()
    answer = await desk_of(room).take("x", {"SKILL.md": b"x", path: b"y"}, ANNA)
    assert (answer["status"], room.asked) == ("refused", [])
    assert path.strip("\n") in answer["text"] or "no plain name" in answer["text"]


def test_history_tells_words_and_values_only_to_who_said_them() -> None:
    room = Room()
    room.put("x")
    run = SkillRun("x", "1.0.0", "h", "real", "done", person="ben", said="my words", arguments={"area": "hall"}, at=NOW)
    room.ran = [run, replace(run, person=None, said="a voice said")]
    desk = desk_of(room)
    his, hers = (desk.history("x", origin)["runs"] for origin in (BEN, ANNA))
    assert [(one["person"], one["said"], one["arguments"]) for one in his] == [
        ("Ben", "my words", {"area": "hall"}), ("", "", {})
    ]  # fmt: skip
    assert [(one["person"], one["said"], one["arguments"]) for one in hers] == [("Ben", "", {}), ("", "", {})]
    assert desk.history("x", GUS)["runs"] == []
    assert desk.history("x", ANNA)["events"][0]["person"] == "Anna"


def test_two_versions_are_compared_by_what_they_may_and_line_by_line() -> None:
    room = Room()
    old = skill_files("x")
    text = old["skill.yaml"].decode().partition("files:")[0].replace("max: 60}\nafter", "max: 100}\nafter")
    wider = skill_files("x", {"skill.yaml": text.replace("1.0.0", "1.1.0"), "SKILL.md": old["SKILL.md"].decode()})
    room.put("x", wider, old)
    told = desk_of(room).compared("x", ANNA)
    assert (told["old"]["version"], told["new"]["version"]) == ("1.0.0", "1.1.0")
    assert told["more"] == ["May turn on lights in the room you name or are in (1 to 100 % bright)"]
    assert told["less"] == ["May turn on lights in the room you name or are in (1 to 60 % bright)"]
    assert "+      brightness_pct: {min: 1, max: 100}" in next(
        one["lines"] for one in told["files"] if one["path"] == "skill.yaml"
    )
    back = desk_of(room).compared("x", ANNA, old="1.1.0", new="1.0.0")
    assert back["more"] == told["less"]


def test_a_skill_with_one_version_has_nothing_to_compare() -> None:
    room = Room()
    room.put("x")
    with pytest.raises(Refused, match=r"x has no version before 1\.0\.0"):
        desk_of(room).compared("x", ANNA)


def test_tests_made_of_somebodys_words_are_shown_and_given_to_them_alone() -> None:
    room = Room()
    old, new = (
        skill_files("x"),
        skill_files("x", {"tests/ordinary.yaml": "said: something private\nexpect: {calls: []}\n"}),
    )
    room.put("x", new, old, made="learned", people=("ben",), accepted_by="anna")
    desk = desk_of(room)
    his, hers = (desk.compared("x", origin) for origin in (BEN, ANNA))
    assert "private" in str(his)
    assert "private" not in str(hers)
    assert "tests/ordinary.yaml" in [one["path"] for one in hers["files"]]
    assert "private" in desk.export("x", BEN)["tests/ordinary.yaml"]
    with pytest.raises(Refused, match="hold what somebody else said"):
        desk.export("x", ANNA)


def test_a_guest_takes_no_skill_along() -> None:
    room = Room()
    room.put("x")
    with pytest.raises(Refused, match="only somebody who lives here"):
        desk_of(room).export("x", GUS)
    assert sorted(desk_of(room).export("x", CARL)) == sorted(skill_files("x"))


async def test_a_skill_is_proved_for_an_owner_and_the_report_is_told() -> None:
    room = Room()
    room.put("x", state="draft", made="imported")
    answer = await desk_of(room).prove("x", ANNA)
    assert (answer["status"], answer["text"]) == ("done", "All of 1 tries held.")
    assert answer["skill"]["report"]["green"] is True
    refused = await desk_of(room).prove("x", BEN)
    assert (refused["status"], refused["text"]) == ("refused", "only an owner has a skill proved")
    assert room.asked == [("prove", "x", "anna")]


async def test_what_did_not_hold_in_a_proof_is_told() -> None:
    room = Room()
    room.put("x", state="draft", made="imported")
    room.reports["x"] = Report("x", "1.0.0", "h", (Case("test", "a", held=False, why="no lamp \u202e"),))
    answer = await desk_of(room).prove("x", ANNA)
    assert (answer["status"], answer["text"]) == ("failed", "1 of 1 tries did not hold; the first is a: no lamp")
    room.reports["x"] = Report("x", "1.0.0", "h", ())
    assert "nothing of it to try" in (await desk_of(room).prove("x", ANNA))["text"]


async def test_a_stop_that_ends_a_proof_is_a_refusal_with_its_reason() -> None:
    room = Room()
    room.put("x")

    async def stopped(name: str, origin: Origin) -> Report:
        raise Unavailable("the stop came")

    room.prove = stopped  # type: ignore[method-assign]
    assert (await desk_of(room).prove("x", ANNA))["text"] == "the stop came"
