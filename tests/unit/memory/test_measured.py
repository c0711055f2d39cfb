"""The figure of a search is counted as it is meant: the share of a question's evidence among the first k."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.memory.measured import measure
from claw.memory.talks import Question, Talk, Turn, read_talks

TALKS = Path(__file__).parents[2] / "talks" / "two_households.json"
DAY = datetime(2026, 5, 8, tzinfo=UTC)


def turn(session: int, number: int, text: str, speaker: str = "Anna") -> Turn:
    return Turn(f"D{session}:{number}", session, DAY, speaker, text)


def test_half_of_two_answers_found_is_a_half() -> None:
    turns = (turn(1, 1, "the marmalade is sweet"), turn(2, 1, "nothing of it"), turn(3, 1, "some more talk"))
    talk = Talk("t", turns, (Question("marmalade", "one", frozenset({"D1:1", "D2:1"})),), 0)
    assert measure([talk], (1, 5))["overall"] == {"questions": 1, "recall@1": 0.5, "recall@5": 0.5}


def test_the_mean_is_over_questions_and_each_category_has_its_own() -> None:
    turns = (turn(1, 1, "the marmalade is sweet"), turn(2, 1, "the trumpet is loud"), turn(3, 1, "bread"))
    asked = (
        Question("marmalade", "one", frozenset({"D1:1"})),
        Question("submarine", "one", frozenset({"D2:1"})),
        Question("trumpet", "two", frozenset({"D2:1"})),
    )
    found = measure([Talk("t", turns, asked, 4)], (1,))
    assert found["by_category"] == {
        "one": {"questions": 2, "recall@1": 0.5},
        "two": {"questions": 1, "recall@1": 1.0},
    }
    assert found["overall"]["recall@1"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["skipped"] == 4


def test_a_session_counts_once_however_many_of_its_turns_answer() -> None:
    turns = (
        *(turn(1, at, f"trumpet practice number {at}") for at in range(1, 9)),
        turn(2, 1, "we sold the old trumpet in a long sentence about many other things of that day"),
    )
    talk = Talk("t", turns, (Question("trumpet", "one", frozenset({"D2:1"})),), 0)
    assert measure([talk], (2,))["overall"]["recall@2"] == 0
    assert measure([talk], (2,), unit="session")["overall"]["recall@2"] == 1


def test_turns_with_one_id_in_two_talks_are_two_turns_in_one_store() -> None:
    right = Talk("a", (turn(1, 1, "hello"),), (Question("trumpet", "one", frozenset({"D1:1"})),), 0)
    other = Talk("b", (turn(1, 1, "the trumpet is loud"),), (), 0)
    found = measure([right, other], (5,), pooled=True)
    assert found["overall"]["recall@5"] == 0
    assert found["turns"] == 2


def test_paraphrased_questions_about_two_households_find_what_they_found_when_they_were_written() -> None:
    talks, asked = read_talks(TALKS), []
    found = measure(talks, told=lambda: asked.append(1))
    assert found["overall"]["questions"] == len(asked) == 91
    assert found["overall"]["recall@5"] >= 0.66
    assert found["overall"]["recall@10"] >= 0.71
    assert measure(talks, pooled=True)["overall"]["recall@10"] >= 0.70
    assert set(found["search_ms"]) == {"p50", "p99"}
