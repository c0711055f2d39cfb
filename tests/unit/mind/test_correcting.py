"""Corrections that are kept."""

import pytest

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.memory.model import Fact, private_to
from claw.mind.correcting import Correcting, correction_of
from claw.mind.thread import Correction
from claw.mind.understood import Command
from tests.talked_house import house

ANNA = Origin(channel="web", person="anna", authenticated=True)
LAMP = Action("light.turn_on", ("light.living",), {"brightness_pct": 80})
LESS = Action("light.turn_on", ("light.living",), {"brightness_pct": 60})


class Kept:
    def __init__(self, why: str = "") -> None:
        self.why = why
        self.facts: list[Fact] = []

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "") -> object:
        assert origin.person
        assert said
        if self.why:
            raise Refused(self.why)
        self.facts.append(fact)
        return None


def corrected(*did: Action) -> Correction:
    return Correction("too bright", Command(did or (LAMP,), "en", "lamp on"), Command((LESS,), "en", "too bright"))


async def test_a_correction_is_kept_for_the_person_alone() -> None:
    kept = Kept()
    await Correcting(kept, lambda _origin: True).note(corrected(), house(), ANNA)
    (fact,) = kept.facts
    assert (fact.kind, fact.subject, fact.visibility) == ("correction", "entity:light.living", private_to("anna"))
    assert fact.value == {
        "said": "too bright",
        "did": [{"turn_on": {"brightness_pct": 80}}],
        "mend": [{"turn_on": {"brightness_pct": 60}}],
    }
    assert "too bright" in fact.sentence
    assert "80" in fact.sentence
    assert "60" in fact.sentence


async def test_of_somebody_who_does_not_live_here_nothing_is_kept() -> None:
    kept = Kept()
    await Correcting(kept, lambda _origin: False).note(corrected(), house(), ANNA)
    await Correcting(kept, lambda _origin: True).note(corrected(), house(), Origin(channel="voice:hall"))
    assert kept.facts == []


async def test_what_may_not_be_kept_is_mended_all_the_same() -> None:
    await Correcting(Kept("That is too much."), lambda _origin: True).note(corrected(), house(), ANNA)


@pytest.mark.parametrize(
    ("entities", "subject"),
    [
        (("light.kitchen_ceiling", "light.worktop"), "area:kitchen"),
        (("light.living", "light.worktop"), "house"),
        (("light.gone",), "house"),
        ((), "house"),
    ],
)
def test_a_correction_is_about_what_was_moved(entities: tuple[str, ...], subject: str) -> None:
    found = correction_of(corrected(Action("light.turn_on", entities)), house(), "anna")
    assert found.subject == subject
    assert len(found.sentence) < 500


def test_a_correction_of_very_much_is_short() -> None:
    many = tuple(Action("light.turn_on", ("light.living",), {"effect": "x" * 500}) for _ in range(50))
    assert len(correction_of(corrected(*many), house(), "anna").sentence) < 500
