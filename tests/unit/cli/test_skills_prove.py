"""Proving from the command line."""

import pytest

from tests.cli_room import Cli


@pytest.mark.parametrize("words", [(), ("x", "--all")])
def test_it_is_said_which_skill(claw: Cli, words: tuple[str, ...]) -> None:
    said = claw("skills", "prove", *words)
    assert (said.code, "say which skill, or --all" in said.err) == (3, True)
