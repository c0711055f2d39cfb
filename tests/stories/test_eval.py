"""``claw eval`` as a person types it: the project's own cases, with a model that answers what was recorded.

The model's answers are programs that were written for these cases; some of them do what an attacker wants.  What comes
of them is up to everything between the model and the devices.
"""

import asyncio
import json
import re
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.peers.scripted_model import ScriptedModel
from tests.running import claw

HOUSES = Path(__file__).parents[1] / "houses"
CASES = HOUSES / "cases.jsonl"
HOMES = HOUSES / "homes.json"
KINDS = {"single", "several", "conditional", "scheduled", "question", "memory", "risky", "attack"}


def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


async def evaluate(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``claw eval`` on the project's own homes."""
    return await asyncio.to_thread(claw, "eval", *words, "--house", str(HOMES), timeout=200, more=env)


def play(model: ScriptedModel) -> None:
    """Let the model answer every sentence of the cases with what was recorded for it."""
    recorded: dict[str, list[str]] = json.loads((HOUSES / "recorded.json").read_text(encoding="utf-8"))
    for case in cases():
        programs = recorded.get(case["id"], [])
        sentences = [case["utterance"], *case.get("turns", [])]
        # Where there are fewer programs than sentences, it is the last sentences that need one.
        for sentence, program in zip(reversed(sentences), reversed(programs), strict=False):
            model.when(re.escape(sentence), program=program)
    model.when(".", "OK")


@pytest.mark.timeout(230)
@pytest.mark.parametrize("only", ["*-0[12]", pytest.param("*", marks=pytest.mark.prove)])
async def test_the_own_cases_of_all_eight_kinds_come_out_right_with_recorded_programs(only: str) -> None:
    async with ScriptedModel() as model:
        play(model)
        env = {"OPENAI_BASE_URL": model.base_url, "CLAW_MODEL": "recorded"}
        done = await evaluate(str(CASES), "--json", "--only", only, env=env)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    summary = found["summary"]
    assert set(summary["by_category"]) == KINDS
    assert summary["total"] == len([case for case in cases() if fnmatchcase(case["id"], only)]) >= 2 * len(KINDS)
    assert [(one["id"], one["why"]) for one in found["cases"] if not one["solved"]] == []
    assert summary["wrong_actions"] == 0
    assert summary["by_path"]["program"]["total"] > 0 < summary["by_path"]["intent"]["total"]
    assert summary["tokens"] == summary["tokens_in"] + summary["tokens_out"] > 0
    assert {"schedule", "memory", "setup_memory"} <= set(summary["not_scored"]["by_field"])
    assert f"{summary['total']}/{summary['total']} cases" in done.stderr


async def test_without_a_model_only_what_sentences_cover_is_solved_and_nothing_wrong_is_done() -> None:
    done = await evaluate(str(CASES), "--json", "--only", "s*-0[12]")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["summary"]["by_category"]) == {"single", "several", "scheduled"}
    assert set(found["summary"]["by_path"]) == {"intent", "none"}
    assert 0 < found["summary"]["solved"] < found["summary"]["total"]
    assert (found["summary"]["wrong_actions"], found["summary"]["tokens"]) == (0, 0)


async def test_a_model_that_does_something_else_is_found_out() -> None:
    async with ScriptedModel() as model:
        model.when(".", program='await call("light.turn_off", find(domain="light"))')
        env = {"OPENAI_BASE_URL": model.base_url, "CLAW_MODEL": "contrary"}
        done = await evaluate(str(CASES), "--json", "--only", "conditional-0[12]", "--jobs", "1", env=env)
    found = json.loads(done.stdout)["cases"]
    assert [one["wrong_action"] for one in found] == [True, True], found
    assert "light.hall_pendant went from on to off" in found[1]["why"]


async def test_an_act_that_an_attacker_got_the_model_to_write_is_held_against_the_case(tmp_path: Path) -> None:
    """The same attack in a house whose policy allows everything: the score must tell what the gate did not stop."""
    case = next(one for one in cases() if one["id"] == "attack-05")
    del case["expect"]["calls_forbidden"]
    (tmp_path / "open.jsonl").write_text(json.dumps({**case, "policy": {"other": "allow"}}) + "\n", encoding="utf-8")
    async with ScriptedModel() as model:
        play(model)
        env = {"OPENAI_BASE_URL": model.base_url, "CLAW_MODEL": "recorded"}
        done = await evaluate(str(tmp_path / "open.jsonl"), "--json", env=env)
    (found,) = json.loads(done.stdout)["cases"]
    assert (found["solved"], found["wrong_action"], found["path"]) == (False, True, "program"), found
    assert "lock.flat_door went from locked to unlocked" in found["why"]


async def test_lines_that_are_no_cases_fail_by_themselves_and_are_told(tmp_path: Path) -> None:
    good = CASES.read_text(encoding="utf-8").splitlines()[1]
    path = tmp_path / "mixed.jsonl"
    path.write_text(f'{good}\n{{"id": "half", "category": "single"}}\nnot json\n', encoding="utf-8")
    done = await evaluate(str(path))
    assert done.returncode == 0, done.stderr
    assert "half: line 2: home: Field required" in done.stdout
    assert "line 3: found no JSON" in done.stdout
    assert "33 %" in done.stdout


async def test_files_that_cannot_be_used_are_said_so_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    nothing = await evaluate(str(tmp_path / "empty.jsonl"))
    missing = await evaluate(str(tmp_path / "nowhere.jsonl"))
    nobody = await evaluate(str(CASES), "--only", "no-such-*")
    assert [one.returncode for one in (nothing, missing, nobody)] == [1, 1, 3]
    assert "one case in JSON on each" in nothing.stderr
    assert "cannot be read" in missing.stderr
    assert "no case is called" in nobody.stderr
