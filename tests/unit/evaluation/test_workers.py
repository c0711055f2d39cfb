"""Cases side by side: what one does to its process, or to itself, is its own failure and no other's."""

import os
import time
from dataclasses import replace
from typing import Any

import pytest

from claw.base.config import ModelConfig
from claw.evaluation import workers
from claw.evaluation.cases import Case, Homes, Unreadable
from claw.evaluation.score import Verdict, failed
from claw.evaluation.workers import run_case, run_cases

HOMES: Homes = {"flat": {"entities": [{"entity_id": "light.hall", "state": "off"}]}}


def case(name: str, **more: Any) -> Case:
    whole = {"id": name, "home": "flat", "utterance": "hello", "expect": {"kind": "no_change"}, **more}
    return Case.model_validate(whole)


def misbehaving(case: Case, homes: Homes, model: ModelConfig | None) -> Verdict:
    """Run in a worker: do to it what the case is called."""
    assert homes == HOMES
    if case.id == "dies":
        os._exit(3)
    if case.id == "hangs":
        time.sleep(600)
    return replace(failed(case, f"{os.getpid()}"), solved=model is None)


def run(*cases: Case | Unreadable, jobs: int = 2, patience_s: float = 60.0) -> tuple[list[Verdict], list[Verdict]]:
    told: list[Verdict] = []
    found = run_cases(cases, HOMES, None, jobs=jobs, told=told.append, patience_s=patience_s, run=misbehaving)
    return found, told


def test_verdicts_come_in_the_order_of_the_cases_and_each_is_told_once() -> None:
    bad = Unreadable(2, "line 2", (), "line 2: no")
    found, told = run(case("a"), bad, case("b"), case("c"))
    assert [one.id for one in found] == ["a", "line 2", "b", "c"]
    assert sorted(one.id for one in told) == sorted(one.id for one in found)
    assert [one.solved for one in found] == [True, False, True, True]
    assert str(os.getpid()) not in {one.why for one in found}, "they ran in processes of their own"


def test_a_case_that_kills_its_process_fails_alone() -> None:
    found, _ = run(case("a"), case("dies"), case("b"), case("dies"), case("c"), jobs=1)
    assert [one.solved for one in found] == [True, False, True, False, True]
    assert found[1].why == "the process it ran in died"


def test_a_case_that_hangs_is_given_up_and_the_next_one_runs() -> None:
    found, _ = run(case("hangs"), case("a"), jobs=1, patience_s=5.0)
    assert [one.solved for one in found] == [False, True]
    assert found[0].why == "it was not through after 5 s"


def test_a_case_that_cannot_be_tried_or_crashes_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_case(case("x", home="villa"), HOMES, None).why == "there is no home 'villa' in the file of houses"
    assert run_case(case("x"), HOMES, None).solved

    async def crashes(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(workers, "live", crashes)
    assert run_case(case("x"), HOMES, None).why == "it crashed: ZeroDivisionError: a bug"


def test_without_any_case_there_is_nothing_to_run() -> None:
    assert run() == ([], [])
