"""``claw memory bench``: figures for a person and for a program, and what is wrong with a file in one line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from claw.base.errors import Broken, Invalid, Refused
from claw.cli.memory import commands

TALKS = Path(__file__).parents[2] / "talks" / "two_households.json"


def run(*words: str) -> Result:
    return CliRunner().invoke(commands, ["bench", *words], env={"COLUMNS": "200"})


def test_a_person_reads_a_table_with_a_row_for_each_category() -> None:
    result = run(str(TALKS))
    assert result.exit_code == 0, result.output
    for word in ("multi-hop", "single-hop", "temporal", "all", "recall@5", "recall@20", "145 turns", "a store each"):
        assert word in result.output


def test_a_program_reads_the_same_figures_as_json() -> None:
    result = run(str(TALKS), "--json", "--k", "3", "--k", "1", "--pooled")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["pooled"]
    assert list(found["overall"]) == ["questions", "recall@1", "recall@3"]
    assert sum(row["questions"] for row in found["by_category"].values()) == found["overall"]["questions"] == 91
    assert 0 < found["overall"]["recall@1"] < found["overall"]["recall@3"] < 1


@pytest.mark.parametrize(
    ("text", "error", "why"),
    [
        ("{", Invalid, "JSON"),
        ('{"a": 1}', Invalid, "list"),
        ('[{"conversation": {"session_1": [{"dia_id": "D1:1", "text": "x"}]}}]', Refused, "no question"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_reason(
    text: str, error: type[Exception], why: str, tmp_path: Path
) -> None:
    file = tmp_path / "talks.json"
    file.write_text(text)
    result = run(str(file))
    assert isinstance(result.exception, error)
    assert why in str(result.exception)


def test_no_file_and_no_sensible_k_are_told() -> None:
    assert isinstance(run("/nowhere.json").exception, Broken)
    assert isinstance(run(str(TALKS), "--k", "0").exception, Refused)
