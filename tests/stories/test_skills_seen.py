"""Who is told of a skill over HTTP, with a whole daemon behind it: nobody's requests reach anybody else."""

import json
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin
from claw.skills.model import Draft
from claw.skills.runs import SkillRun
from tests.serving import Served, serving
from tests.skill_folders import skill_files

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*"]}
  - {id: messages, allow: claw.notify}
  - {id: skills, allow: "claw.skill_*", who: {role: owner}}
  - {id: skills-teach, allow: [claw.skill_learn, claw.skill_disable], who: {role: adult}}
"""
SECRET = "zanzibar"
CASE = f"house: demo\ncases: [{{name: replay 1, said: light for my {SECRET} book, expect: {{calls: []}}}}]\n"
BEN = Origin("web", "ben", authenticated=True, source="test", conversation="web:ben", strength="session")


async def taught(served: Served) -> None:
    """Have Ben teach a skill, with his words in its tests and in a run of it."""
    manifest = skill_files("my-reading")["skill.yaml"].decode().partition("files:")[0] + "provenance: {made: learned}\n"
    files = skill_files("my-reading", {"skill.yaml": manifest, "tests/replay.yaml": CASE})
    lives = served.daemon.skills.lives
    decided = await lives.deciding.learn(Draft("my-reading", files, "learned", ("ben",), "It lights a room."), BEN)
    assert decided.standing is not None, decided.text
    standing = decided.standing
    lives.runs.add(
        SkillRun(standing.name, standing.version, standing.hash, "shadow", "done", person="ben", said=f"my {SECRET}")
    )


async def as_seen_by(served: Served, person: str, path: str) -> tuple[int, Any]:
    _, token = served.daemon.clients.issue("a program", person, ["talk", "read_log", "approve"])
    status, body, _ = await served.ask("GET", path, token=token)
    return status, body


async def test_a_skill_that_somebody_taught_is_theirs_and_the_owners_until_an_owner_takes_it(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        await taught(served)
        for person, names in (
            ("anna", {"my-reading"}),
            ("ben", {"my-reading"}),
            ("carl", set()),
            ("screen:hall", set()),
        ):
            _, rows = await as_seen_by(served, person, "/api/skills")
            assert {row["name"] for row in rows if row["made"] == "learned"} == names, person
        for part in ("", "/history", "/diff"):
            status, _ = await as_seen_by(served, "carl", f"/api/skills/my-reading{part}")
            assert status == 404, part


async def test_what_somebody_said_reaches_nobody_else_by_any_way_of_asking(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        await taught(served)
        for path in ("", "/my-reading", "/my-reading/history"):
            _, hers = await as_seen_by(served, "anna", f"/api/skills{path}")
            assert "my-reading" in json.dumps(hers)
            assert SECRET not in json.dumps(hers), path
        _, his = await as_seen_by(served, "ben", "/api/skills/my-reading/history")
        assert SECRET in json.dumps(his)
        _, log = await as_seen_by(served, "anna", "/api/log?newest_first=true")
        steps = [one for one in log if one["kind"] == "skill" and one["payload"].get("made") == "learned"]
        assert not [one for one in steps if "my-reading" in json.dumps(one)], steps


@pytest.mark.parametrize(("person", "deed", "status"), [("ben", "accept", "refused"), ("carl", "disable", "refused")])
async def test_who_may_not_decide_changes_nothing(tmp_path: Path, person: str, deed: str, status: str) -> None:
    async with serving(tmp_path, POLICY) as served:
        before = served.daemon.skills.lives.standings.all()
        _, token = served.daemon.clients.issue("a program", person, ["talk", "approve"])
        code, answer, _ = await served.ask("POST", "/api/skills/movie-time", token=token, json={"do": deed})
        assert (code, answer["status"]) == (200, status)
        assert served.daemon.skills.lives.standings.all() == before


async def test_over_http_a_skill_is_shown_whole_compared_with_itself_and_decided_about(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        status, rows, _ = await served.ask("GET", "/api/skills")
        assert (status, len(rows)) == (200, 12)
        _, one, _ = await served.ask("GET", "/api/skills/good-night")
        assert one["may"][0]["text"] == "lock door locks"
        assert (await served.ask("GET", "/api/skills/good-night/diff"))[1]["error"]["kind"] == "not_found"
        assert (await served.ask("GET", "/api/skills/no-such"))[0] == 404
        body = {"do": "disable", "version": one["hash"]}
        _, answer, _ = await served.ask("POST", "/api/skills/good-night", json=body)
        assert (answer["status"], answer["skill"]["enabled"]) == ("done", False)
        assert (await served.say("good night"))["path"] != "skill"
        _, narrow = served.daemon.clients.issue("narrow", "anna", ["talk"])
        for path, body in (("", {"do": "enable"}), ("/prove", {})):
            code, error, _ = await served.ask("POST", f"/api/skills/good-night{path}", token=narrow, json=body)
            assert (code, error["error"]["kind"]) == (403, "above_ceiling")
        assert (await served.ask("GET", "/api/skills/good-night/history", token=narrow))[0] == 403


async def test_a_stop_keeps_every_skill_as_it_is(tmp_path: Path) -> None:
    async with serving(tmp_path, POLICY) as served:
        await served.daemon.desk.stop("smoke", BEN)
        _, answer, _ = await served.ask("POST", "/api/skills/good-night", json={"do": "disable"})
        assert answer["status"] == "stopped"
        _, proof, _ = await served.ask("POST", "/api/skills/good-night/prove", json={})
        assert proof["status"] == "refused", proof
        standing = served.daemon.skills.lives.standings.of("good-night")
        assert standing is not None
        assert standing.enabled
