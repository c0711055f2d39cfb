"""How people say which values they mean, in every language; what is not understood is never guessed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.house.services import CATALOGUE
from claw.mind.language import SHIPPED, load
from claw.mind.memos_templates import compiled
from claw.mind.skill_talk_tongue import KINDS, Tongue, Which, folded, tongue_of

TONGUES: dict[str, Tongue] = {code: tongue_of(load(code)) for code in SHIPPED}
ENGLISH = TONGUES["en"]
NAMES = {"floor lamp": 0, "living room curtain": 2}


def which(said: str, code: str = "en") -> list[tuple[set[int], set[str]]] | None:
    found = TONGUES[code].which(said, NAMES)
    return None if found is None else [(set(one.lines), set(one.keys)) for one in found]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("1", [{0}]),
        ("1 and 3", [{0}, {2}]),
        ("1, 2 and 3", [{0}, {1}, {2}]),
        ("1,3", [{0}, {2}]),
        ("number 2", [{1}]),
        ("numbers one and three", [{0}, {2}]),
        ("one and three", [{0}, {2}]),
        ("the first one", [{0}]),
        ("the first and the third", [{0}, {2}]),
        ("line 10", [{9}]),
        ("the floor lamp", [{0}]),
        ("the living room curtain and 2", [{2}, {1}]),
    ],
)
def test_lines_are_said_by_number_and_by_name(said: str, lines: list[set[int]] | None) -> None:
    found = which(said)
    assert (found and [one for one, _ in found]) == lines


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("the brightness", {"brightness", "brightness_pct"}),
        ("colour temperature", {"color_temp_kelvin"}),
        ("the temperature", {"temperature", "target_temp_low", "target_temp_high"}),
        ("volume", {"volume_level"}),
        ("the room", {""}),
    ],
)
def test_values_are_said_by_their_kind(said: str, keys: set[str]) -> None:
    assert which(said) == [(set(), keys)]


def test_a_kind_of_some_lines_is_those_values_and_no_others() -> None:
    brightness = {"brightness", "brightness_pct"}
    assert which("the brightness of 2") == [({1}, brightness)]
    assert which("the brightness of 1 and 3") == [({0}, brightness), ({2}, brightness)]
    assert which("the brightness and the volume") == [(set(), brightness), (set(), {"volume_level"})]
    assert which("the values") == [(set(), set())]


@pytest.mark.parametrize("said", ["", "the", "and", "the kettle", "1 and the kettle", "brightnes", "-1", "½"])
def test_what_is_not_known_is_not_guessed(said: str) -> None:
    assert which(said) in (None, [({0}, set())] if said == "-1" else None)


@pytest.mark.parametrize(
    ("code", "said", "lines"),
    [
        ("de", "1 und 3", [{0}, {2}]),
        ("de", "die erste und die dritte", [{0}, {2}]),
        ("fr", "le premier et 3", [{0}, {2}]),
        ("nl", "1 en de derde", [{0}, {2}]),
        ("zh", "1和3", [{0}, {2}]),
        ("zh", "第一个", [{0}]),
        ("zh", "12", [{11}]),
    ],
)
def test_every_language_counts(code: str, said: str, lines: list[set[int]]) -> None:
    found = which(said, code)
    assert found is not None
    assert [one for one, _ in found] == lines


@pytest.mark.parametrize(
    ("code", "said"), [("de", "die Helligkeit"), ("fr", "la luminosité"), ("nl", "de helderheid"), ("zh", "亮度")]
)
def test_every_language_names_the_brightness(code: str, said: str) -> None:
    assert which(said, code) == [(set(), {"brightness", "brightness_pct"})]


@pytest.mark.parametrize("code", SHIPPED)
def test_each_language_brings_all_that_is_asked_of_it(code: str) -> None:
    spoken = TONGUES[code]
    assert spoken.asks.means == ENGLISH.asks.means
    assert spoken.shown.means == ENGLISH.shown.means
    assert set(spoken.values.values()) == set(KINDS)
    raw = load(code).raw["skills"]
    for section in ("asks", "shown"):
        for templates in raw[section].values():
            for template in templates:
                assert isinstance(compiled(template), re.Pattern)


def test_the_kinds_are_keys_that_acts_have() -> None:
    known = {key for service in CATALOGUE.values() for key in service.fields}
    assert set().union(*KINDS.values()) - {""} <= known


@pytest.mark.parametrize(
    ("said", "bare"),
    [("the movie time", "movie time"), ("“reading time”", "reading time"), ("the", "the"), (" a b ", "b")],
)
def test_a_name_has_no_article(said: str, bare: str) -> None:
    assert ENGLISH.bare(said) == bare
    assert folded(bare) == bare


@given(st.text(max_size=300), st.sampled_from(SHIPPED))
def test_anything_may_be_said(said: str, code: str) -> None:
    found = TONGUES[code].which(said, NAMES)
    assert found is None or all(isinstance(one, Which) for one in found)
