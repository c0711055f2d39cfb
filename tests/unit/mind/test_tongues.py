import re

import pytest

from claw.mind.levels import LEVELS
from claw.mind.tongues import BACKWARD, ONWARD, TONGUES
from claw.mind.verbs import VERBS


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_every_pattern_is_a_regular_expression_with_the_groups_that_are_read(language: str) -> None:
    tongue = TONGUES[language]
    assert {"word", "bit"} <= set(re.compile(tongue.step.replace("{words}", "x")).groupindex)
    assert "value" in re.compile(tongue.set_to).groupindex
    for pattern in tongue.also:
        assert "name" in re.compile(pattern).groupindex
    for pattern in (tongue.again, tongue.undo, tongue.other, tongue.every, tongue.instead, *tongue.verbs):
        assert re.compile(pattern.replace("{kinds}", "x")).fullmatch("") is None


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_every_language_can_say_more_less_and_off(language: str) -> None:
    tongue = TONGUES[language]
    assert {direction for direction, _ in tongue.steps.values()} == {1, -1, ONWARD, BACKWARD}
    assert {"on", "off"} <= set(tongue.verbs.values()) <= set(VERBS)


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_words_move_only_what_has_a_level(language: str) -> None:
    for _, domains in TONGUES[language].steps.values():
        assert domains <= set(LEVELS)
