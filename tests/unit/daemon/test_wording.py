"""The gate's sentences come in the asker's language, and in the household's where none is known."""

from pathlib import Path

import pytest

from claw.base.action import Action, Outcome
from claw.daemon.demo import FOLDER
from claw.daemon.wording import Wording
from claw.house.file import load_house

HOUSE = load_house(Path(FOLDER) / "house.yaml")
UNLOCK = Action("lock.unlock", ("lock.front_door",))


@pytest.mark.parametrize("language", [None, "en", "de"])
def test_a_question_is_in_the_askers_language(language: str | None) -> None:
    asked = Wording("en").question((UNLOCK,), HOUSE, language)
    assert asked.endswith("?")
    assert asked != Wording("en").question((UNLOCK,), HOUSE, "de") or language == "de"


def test_what_came_late_is_told_in_the_households_language_where_none_is_known() -> None:
    late = Outcome(UNLOCK, "failed", "it jams")
    assert Wording("de").late(late, HOUSE, None) == Wording("en").late(late, HOUSE, "de")
    assert Wording("de").late(late, HOUSE, None) != Wording("en").late(late, HOUSE, None)
