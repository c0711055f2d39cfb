"""Which languages the house of a case speaks."""

import pytest

from claw.evaluation.cases import Case, read_cases
from claw.evaluation.languages import spoken_in
from tests.stories.test_eval import CASES


@pytest.mark.parametrize(
    ("sentence", "own", "spoken"),
    [
        ("turn on the lamp in the den", "en", ("en",)),
        ("turn on the lamp", "de", ("de", "en")),
        ("turn on the lamp", "xx", ("en",)),
        ("Schalte das Licht in der Küche ein", "en", ("de", "nl", "en")),
        ("Allume la lampe du salon", "en", ("fr", "en")),
        ("Zet de lamp aan", "en", ("nl", "en")),
        ("打开客厅的灯", "en", ("zh", "en")),
        ("", "en", ("en",)),
    ],
)
def test_a_house_speaks_its_own_language_and_that_of_its_case(sentence: str, own: str, spoken: tuple[str, ...]) -> None:
    found = spoken_in([sentence], own)
    assert found[0] == spoken[0] or own == "en"
    assert set(found) == set(spoken)


def test_english_sentences_need_english_alone() -> None:
    cases = [one for one in read_cases(CASES) if isinstance(one, Case)]
    more = [one.id for one in cases if spoken_in((one.utterance, *one.turns), "en") != ("en",)]
    assert more == []
