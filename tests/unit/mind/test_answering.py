import pytest

from claw.mind.answering import answer_to


@pytest.mark.parametrize(
    ("said", "options", "answer"),
    [
        ("anything at all", (), "anything at all"),
        ("the kitchen sink", ("light.kitchen_sink", "light.porch"), "light.kitchen_sink"),
        ("light", ("light.kitchen_sink", "light.porch"), None),
        ("the garage", ("light.kitchen_sink", "light.porch"), None),
        ("", ("a lamp", "b lamp"), None),
    ],
)
def test_of_some_options_the_one_whose_words_were_said_is_meant(
    said: str, options: tuple[str, ...], answer: str | None
) -> None:
    assert answer_to(said, options) == answer
