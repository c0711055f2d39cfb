"""What a text may begin with is found as hassil finds it, in less memory."""

import tracemalloc
from collections.abc import Callable

from hassil.expression import Expression, TextChunk
from hassil.intents import RangeSlotList, TextSlotList, TextSlotValue
from hassil.parse_expression import parse_sentence
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.listed import Listed, listed

WORDS = st.text(alphabet="abAB -_ßİ灯厨", max_size=5)


def value(text: Expression | str, out: str = "") -> TextSlotValue:
    return TextSlotValue(TextChunk(text) if isinstance(text, str) else text, out)


@given(st.lists(WORDS), WORDS)
def test_the_same_is_found_in_the_same_order_as_by_hassil(words: list[str], text: str) -> None:
    values = [value(word, str(place)) for place, word in enumerate(words)]
    assert Listed("thing", values).get_candidates(text) == TextSlotList("thing", values).get_candidates(text)


def test_what_is_written_as_a_template_is_always_offered() -> None:
    template = value(parse_sentence("[the] lamp").expression)
    assert Listed("thing", [value("sofa"), template]).get_candidates("lamp") == [template]


def test_a_list_that_holds_no_texts_stays_as_it_is() -> None:
    numbers = RangeSlotList("number", 1, 9)
    assert listed(numbers) is numbers


def test_it_needs_less_memory_than_hassils() -> None:
    values = [value(f"{number:x} lamp {number}") for number in range(0, 1_000_000, 2_003)]

    def cost(make: Callable[[], TextSlotList]) -> int:
        tracemalloc.start()
        try:
            made = make()
            made.get_candidates("?")
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert cost(lambda: Listed("thing", values)) < cost(lambda: TextSlotList("thing", values)) / 4
