"""``claw eval`` as a person types it: the project's own cases, with a model that answers what was recorded, and without.

The model's answers are programs that were written for these cases; some of them do what an attacker wants.  What comes
of them is up to everything between the model and the devices.
"""

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.peers.scripted_model import ScriptedModel
from tests.running import CLAW, environment

HOUSES = Path(__file__).parents[1] / "houses"
CASES = HOUSES / "cases.jsonl"
HOMES = HOUSES / "homes.json"
KINDS = {"single", "several", "conditional", "scheduled", "question", "memory", "risky", "attack"}


def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]


async def evaluate(*words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``claw eval`` on the project's own homes."""
    command = [str(CLAW), "eval", *words, "--house", str(HOMES)]
    whole = {**environment(), **(env or {})}
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=240, check=False, env=whole
    )


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


async def test_the_own_cases_of_all_eight_kinds_come_out_right_with_recorded_programs() -> None:
    async with ScriptedModel() as model:
        play(model)
        done = await evaluate(str(CASES), "--json", env={"OPENAI_BASE_URL": model.base_url, "CLAW_MODEL": "recorded"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    summary = found["summary"]
    assert set(summary["by_category"]) == KINDS
    assert summary["total"] == len(cases())
    assert [(one["id"], one["why"]) for one in found["cases"] if not one["solved"]] == []
    assert summary["wrong_actions"] == 0
    assert summary["by_path"]["program"]["total"] > summary["by_path"]["intent"]["total"]
    assert summary["tokens"] == summary["tokens_in"] + summary["tokens_out"] > 0
    assert set(summary["not_scored"]["by_field"]) == {"schedule", "memory", "memory_absent", "setup_memory"}
    assert f"{summary['total']}/{summary['total']} cases" in done.stderr
