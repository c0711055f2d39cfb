"""``claw eval``: what is picked, what is printed for whom, and how far it is; the running itself is in a story."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from claw.base.config import ModelConfig
from claw.cli.commands import build
from claw.evaluation import workers
from claw.evaluation.cases import Case, Unreadable
from claw.evaluation.score import Verdict

CASES = [
    {"id": "one", "category": "single", "set": "mine"},
    {"id": "two", "category": ["risky", "single"], "set": "yours"},
    {"id": "three", "category": "attack"},
]


class Ran:
    """What was given to the workers."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.jobs = 0
        self.model: ModelConfig | None = None
        self.verdict: dict[str, Any] = {}

    def run_cases(
        self,
        cases: Sequence[Case | Unreadable],
        homes: object,
        model: ModelConfig | None,
        *,
        jobs: int,
        told: Callable[[Verdict], None],
    ) -> list[Verdict]:
        assert homes == {"flat": {}}
        self.ids, self.jobs, self.model = [case.id for case in cases], jobs, model
        found = [
            Verdict(
                **{
                    "id": case.id,
                    "category": case.category,
                    "solved": True,
                    "wrong_action": False,
                    "path": "intent",
                    "why": "",
                    **self.verdict,
                }
            )
            for case in cases
        ]
        for one in found:
            told(one)
        return found


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    for name in ("CLAW_MODEL", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    ran = Ran()
    monkeypatch.setattr(workers, "run_cases", ran.run_cases)
    return ran


def evaluate(folder: Path, *words: str, count: int = 1) -> Result:
    """Run ``claw eval`` on three cases, ``count`` times each."""
    more = {"home": "flat", "utterance": "u", "expect": {"kind": "no_change"}}
    lines = [json.dumps({**case, **more}) for case in CASES * count]
    (folder / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "homes.json").write_text('{"flat": {}}', encoding="utf-8")
    command = ["eval", str(folder / "cases.jsonl"), "--house", str(folder / "homes.json"), *words]
    return CliRunner().invoke(build(), command)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ((), ["one", "two", "three"]),
        (("--limit", "2"), ["one", "two"]),
        (("--only", "single"), ["one", "two"]),
        (("--only", "t*"), ["two", "three"]),
        (("--only", "yours"), ["two"]),
        (("--only", "single", "--limit", "1"), ["one"]),
    ],
)
def test_cases_are_picked_by_id_category_or_set(
    tmp_path: Path, ran: Ran, words: tuple[str, ...], ids: list[str]
) -> None:
    done = evaluate(tmp_path, *words)
    assert (done.exit_code, ran.ids) == (0, ids), done.output


def test_a_program_gets_the_whole_report_and_nothing_else_on_stdout(tmp_path: Path, ran: Ran) -> None:
    ran.verdict = {"solved": False, "wrong_action": True, "why": "light.a went from on to off"}
    done = evaluate(tmp_path, "--json", "--jobs", "3")
    assert done.exit_code == 0, "it ran; what came of it is in the figures"
    found = json.loads(done.stdout)
    assert found["summary"]["wrong_actions"] == 3
    assert found["cases"][0]["why"] == "light.a went from on to off"
    assert ran.jobs == 3


def test_a_person_gets_the_score_by_category_with_the_failures(tmp_path: Path, ran: Ran) -> None:
    ran.verdict = {
        "solved": False,
        "wrong_action": True,
        "why": "the answer says [bold]42[/]\x1b[31m",
        "not_scored": ("schedule",),
    }
    done = evaluate(tmp_path)
    assert "0 (0 %)" in done.stdout
    assert "wrong action two: the answer says [bold]42[/]" in done.stdout
    assert "\x1b[31m" not in done.stdout
    assert "Of 3 cases a part was not scored: schedule in 3" in done.stdout


def test_hundreds_of_failures_do_not_fill_the_screen(tmp_path: Path, ran: Ran) -> None:
    ran.verdict = {"solved": False, "why": "no"}
    done = evaluate(tmp_path, count=50)
    assert done.stdout.count("not solved") == 100
    assert "and 50 more" in done.stdout


def test_how_far_it_is_goes_to_stderr_a_tenth_at_a_time(tmp_path: Path, ran: Ran) -> None:
    done = evaluate(tmp_path, "--json", count=20)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 10
    assert lines[-1] == "60/60 cases, 60 solved"
    assert len(ran.ids) == 60


def test_the_model_is_the_one_of_the_usual_variables(tmp_path: Path, ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate(tmp_path)
    assert ran.model is None
    monkeypatch.setenv("CLAW_MODEL", "small")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    evaluate(tmp_path)
    assert ran.model is not None
    assert (ran.model.name, ran.model.base_url) == ("small", "http://127.0.0.1:9/v1")


def test_misuse_is_told(tmp_path: Path, ran: Ran) -> None:
    assert evaluate(tmp_path, "--jobs", "0").exit_code == 2
    assert evaluate(tmp_path, "--limit", "0").exit_code == 2
    assert ran.ids == []
