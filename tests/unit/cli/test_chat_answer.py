"""Under a card only plain words are a yes."""

from typing import Any

import pytest

from claw.cli.chat_answer import Answer, Unreadable, prompt, read_answer
from tests.cli_room import CARD

PLAIN: dict[str, Any] = CARD | {"choices": []}
ONE: dict[str, Any] = PLAIN | {"lines": CARD["lines"][:1], "grant_s": 0.0}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("y", {"yes": True}),
        (" YES ", {"yes": True}),
        ("n", {"yes": False}),
        ("No", {"yes": False}),
        ("y without 2", {"yes": True, "without": [1]}),
        ("yes, without 1, 2", {"yes": True, "without": [0, 1]}),
        ("y without 1 2", {"yes": True, "without": [0, 1]}),
        ("y for 30m", {"yes": True, "grant_s": 1800}),
        ("y without 1 for 2h", {"yes": True, "without": [0], "grant_s": 7200}),
    ],
)
def test_an_answer_is_what_the_socket_takes(said: str, sent: dict[str, object]) -> None:
    answer = read_answer(said, PLAIN)
    assert answer is not None
    assert answer.as_call() == sent


@pytest.mark.parametrize("said", ["", "   "])
def test_nothing_leaves_it_waiting(said: str) -> None:
    assert read_answer(said, PLAIN) is None


@pytest.mark.parametrize(
    "said",
    ["maybe", "yy", "yesterday I did", "y n", "n y", "no way", "1", "y without", "y without x", "y without 3", "y 2",
     "y without 0", "turn on the lights", "y for ever", "y for 0m", "y\nn", "\uff11"],
)  # fmt: skip
def test_anything_else_is_no_answer(said: str) -> None:
    with pytest.raises(Unreadable):
        read_answer(said, PLAIN)


def test_where_a_number_was_told_nothing_but_that_is_a_yes() -> None:
    assert read_answer("47", CARD) == Answer(yes=True, number="47")
    assert read_answer("n", CARD) == Answer(yes=False)
    for said in ("y", "13", "4"):
        with pytest.raises(Unreadable, match="12, 47, 80"):
            read_answer(said, CARD)


def test_what_may_be_answered_is_offered_and_nothing_else() -> None:
    assert prompt(ONE) == "y, n, or Enter to leave it waiting: "
    assert prompt(PLAIN) == "y, y without 2, y for 30m, n, or Enter to leave it waiting: "
    assert prompt(CARD) == "the number that was told, n, or Enter to leave it waiting: "
