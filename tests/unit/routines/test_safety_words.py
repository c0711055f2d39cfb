"""What is said in danger is there in every language, and shows what a detector is called, whatever that is."""

import pytest

from claw.policy.safety import KINDS
from claw.routines.safety_words import NAMES, alarm, languages


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", KINDS)
def test_every_danger_has_its_words(kind: str, language: str) -> None:
    danger = next(one for one in KINDS if one == kind)
    text = alarm(danger, ["Kitchen {Smoke}"], language)
    assert "Kitchen {Smoke}" in text
    assert NAMES[danger]
    assert alarm(danger, ["Kitchen"], language, tried=True) != alarm(danger, ["Kitchen"], language)


def test_an_unknown_language_is_english_and_many_detectors_are_counted() -> None:
    assert alarm("leak", [f"D{n}" for n in range(9)], "tlh") == "WATER! Reported by D0, D1, D2, D3, D4, D5 (+3)."
    assert alarm("leak", ["Sink"], "de-AT") == "WASSER! Gemeldet von Sink."
    assert alarm("leak", ["Sink"], None) == "WATER! Reported by Sink."
