"""The figures of an evaluation: what others rely on when they read its JSON."""

import json

from claw.base.action import Path
from claw.evaluation.report import report
from claw.evaluation.score import Verdict


def verdict(
    name: str,
    *category: str,
    solved: bool = True,
    wrong: bool = False,
    path: Path = "intent",
    not_scored: tuple[str, ...] = (),
) -> Verdict:
    return Verdict(
        name,
        category,
        solved=solved,
        wrong_action=wrong,
        path=path,
        why="" if solved else "why",
        tokens_in=10,
        tokens_out=2,
        not_scored=not_scored,
    )


FOUND = report(
    [
        verdict("a", "single"),
        verdict("b", "single", "risky", solved=False, wrong=True, path="program"),
        verdict("c", not_scored=("schedule", "memory")),
        verdict("d", "risky", "risky", solved=False, path="none", not_scored=("memory",)),
    ],
    12.34,
)


def test_the_summary_counts_by_category_and_by_path() -> None:
    summary = FOUND["summary"]
    assert {key: summary[key] for key in ("total", "solved", "wrong_actions", "tokens")} == {
        "total": 4,
        "solved": 2,
        "wrong_actions": 1,
        "tokens": 48,
    }
    assert summary["by_category"] == {
        "risky": {"total": 2, "solved": 0, "wrong_actions": 1},
        "single": {"total": 2, "solved": 1, "wrong_actions": 1},
        "unsorted": {"total": 1, "solved": 1, "wrong_actions": 0},
    }
    assert summary["by_path"]["program"] == {"total": 1, "solved": 0, "wrong_actions": 1}
    assert (summary["tokens_in"], summary["tokens_out"], summary["seconds"]) == (40, 8, 12.3)


def test_what_was_not_scored_is_counted_by_cases_and_by_fields() -> None:
    assert FOUND["summary"]["not_scored"] == {"cases": 2, "by_field": {"memory": 2, "schedule": 1}}


def test_each_case_has_what_others_rely_on_and_all_of_it_is_json() -> None:
    for case, name in zip(FOUND["cases"], "abcd", strict=True):
        assert {"id", "solved", "wrong_action", "path", "why"} <= case.keys()
        assert case["id"] == name
    assert json.loads(json.dumps(FOUND)) == FOUND


def test_nothing_at_all_comes_to_nothing() -> None:
    assert report([])["summary"]["total"] == 0
