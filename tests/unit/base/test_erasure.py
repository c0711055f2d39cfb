"""What is to be forgotten is one frozen value that every room understands, and that the journal can hold."""

from datetime import UTC, datetime

import pytest

from claw.base.action import to_json
from claw.base.erasure import Eraser, Erasure


class Cupboard:
    def __init__(self) -> None:
        self.kept = ["nuts"]

    def erase(self, erasure: Erasure) -> int:
        gone = [one for one in self.kept if one in erasure.words]
        self.kept = [one for one in self.kept if one not in gone]
        return len(gone)


def test_whatever_has_words_can_erase_and_does_no_harm_a_second_time() -> None:
    cupboard = Cupboard()
    eraser: Eraser = cupboard
    erasure = Erasure(words=("nuts",))
    assert [eraser.erase(erasure), eraser.erase(erasure), len(cupboard.kept)] == [1, 0, 0]


def test_an_erasure_means_nothing_by_itself_and_has_a_json_form() -> None:
    assert to_json(Erasure(memories=frozenset({2, 1}), since=datetime(2026, 5, 8, tzinfo=UTC))) == {
        "memories": [1, 2],
        "episodes": [],
        "entries": [],
        "conversations": [],
        "person": None,
        "since": "2026-05-08T00:00:00+00:00",
        "everything": False,
        "words": [],
        "speakers": None,
    }
    with pytest.raises(AttributeError):
        Erasure().person = "anna"  # type: ignore[misc]  that it cannot be is what is tried


@pytest.mark.parametrize(
    ("erasure", "means"),
    [
        (Erasure(), False),
        (Erasure(everything=True), True),
        (Erasure(person="anna"), True),
        (Erasure(person="ben"), False),
        (Erasure(conversations=frozenset({"talk"})), True),
        (Erasure(conversations=frozenset({"other"})), False),
        (Erasure(words=("HAZELnuts",)), True),
        (Erasure(words=("walnuts",)), False),
        (Erasure(words=("are",)), False),
    ],
)
def test_what_falls_under_it_is_told_by_words_talk_or_person(erasure: Erasure, means: bool) -> None:
    assert erasure.means("There are hazelNUTS in it", conversation="talk", person="anna") is means


def test_what_nobody_said_in_no_talk_falls_under_nothing_of_somebody() -> None:
    assert not Erasure(person="anna", conversations=frozenset({"talk"})).means()


def test_words_are_meant_in_what_the_speakers_said_and_where_nobody_can_tell() -> None:
    erasure = Erasure(words=("entities",), speakers=frozenset({"anna"}))
    assert [erasure.means("entities", person=one) for one in ("anna", "ben", "", None)] == [True, False, False, True]
