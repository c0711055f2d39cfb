"""The language files: every word that must be there, and templates that can be read."""

import pytest

from claw.base.errors import Broken
from claw.mind.kinds import REACH
from claw.mind.language import SHIPPED, load, written

CONTROLS = {"stop", "undo", "yes", "no", "nevermind", "help", "hello", "thanks", "did", "reset"}


@pytest.mark.parametrize("code", SHIPPED)
def test_every_language_has_every_word_to_claw_itself(code: str) -> None:
    assert set(load(code).controls.values()) == CONTROLS


@pytest.mark.parametrize("code", SHIPPED)
def test_every_language_can_join_and_except(code: str) -> None:
    language = load(code)
    assert language.joiners["and"]
    assert language.joiners["except"]
    assert language.verbs == tuple(sorted(language.verbs, key=len, reverse=True))


@pytest.mark.parametrize("code", SHIPPED)
def test_every_template_is_one_readable_sentence_with_a_known_verb(code: str) -> None:
    compiled = load(code).compiled
    lists = set(compiled.hassil.slot_lists) | {"thing", "name", "area", "floor"}
    for template in compiled.templates:
        assert len(template.data.sentences) == 1
        assert template.does in REACH or template.does in {"q_time", "q_date"}
        used = set(template.data.sentences[0].list_names(compiled.hassil.expansion_rules))
        assert used <= lists, template.data.sentence_texts


@pytest.mark.parametrize("code", SHIPPED)
def test_no_word_to_claw_is_also_the_opposite_one(code: str) -> None:
    controls = written(code)["controls"]
    words = [phrase for phrases in controls.values() for phrase in phrases]
    assert len(words) == len(set(words))


def test_a_language_that_does_not_ship_is_named() -> None:
    with pytest.raises(Broken, match="xx"):
        load("xx")


def test_of_a_language_that_sleeps_only_what_others_read_is_held() -> None:
    assert set(load("de").raw) == {"examples", "memos", "skills"}
    assert "intents" in written("de")
