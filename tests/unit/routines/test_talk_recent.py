"""What a talk about routines just spoke of."""

from dataclasses import replace

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.routines.talk_recent import MOST_TALKS, REMEMBERED_S, Recent, Recents
from tests.held_clock import HeldClock

ANNA = Origin("web", person="anna", conversation="c1")


async def test_it_is_known_for_a_while_to_the_same_person_in_the_same_talk() -> None:
    clock = HeldClock()
    recents = Recents(clock)
    recents.listed(ANNA, ["a", "b"])
    assert recents.of(ANNA).listed == ("a", "b")
    assert recents.of(replace(ANNA, person="ben")) == Recent()
    assert recents.of(replace(ANNA, conversation="c2")) == Recent()
    await clock.advance(REMEMBERED_S + 1)
    assert recents.of(ANNA) == Recent()


def test_one_that_is_listed_alone_is_the_one_spoken_of() -> None:
    recents = Recents(HeldClock())
    recents.listed(ANNA, ["a"])
    assert recents.of(ANNA).last == "a"
    recents.listed(ANNA, ["a", "b"])
    assert recents.of(ANNA).last == ""


def test_without_a_talk_nothing_is_kept_and_of_many_talks_the_oldest_goes() -> None:
    recents = Recents(HeldClock())
    recents.spoke(replace(ANNA, conversation=""), "a")
    assert recents.of(replace(ANNA, conversation="")) == Recent()
    for at in range(MOST_TALKS + 1):
        recents.spoke(replace(ANNA, conversation=f"c{at}"), "a")
    assert recents.of(replace(ANNA, conversation="c0")) == Recent()
    assert recents.of(replace(ANNA, conversation=f"c{MOST_TALKS}")).last == "a"


def test_half_a_sentence_goes_with_the_words_the_person_or_the_talk_that_are_forgotten() -> None:
    for erasure in (
        Erasure(words=("grandmother",)),
        Erasure(person="anna"),
        Erasure(conversations=frozenset({"c1"})),
        Erasure(everything=True),
    ):
        recents = Recents(HeldClock())
        recents.waits(ANNA, "remind me to call Grandmother", "when")
        assert recents.erase(Erasure(words=("something else",))) == 0
        assert recents.erase(erasure) == 1
        assert recents.of(ANNA).said == ""
        assert recents.erase(erasure) == 0


def test_an_answer_lets_go_of_what_waited() -> None:
    recents = Recents(HeldClock())
    recents.waits(ANNA, "remind me to call", "when")
    recents.answered(ANNA)
    assert recents.of(ANNA).said == ""
