import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Broken
from claw.mind.language import SHIPPED, load
from claw.mind.memos_templates import Templates, compiled


@pytest.mark.parametrize(
    ("template", "text", "slots"),
    [
        ("remember [that] {what}", "Remember that Sam sings", {"what": "Sam sings"}),
        ("remember [that] {what}", "remember Sam sings", {"what": "Sam sings"}),
        ("no[,] it's {value}", "No, it's Friday", {"value": "Friday"}),
        ("(we|I) saw {what} [on {day}]", "we saw a fox on Monday", {"what": "a fox", "day": "Monday"}),
        ("(we|I) saw {what} [on {day}]", "I saw a fox", {"what": "a fox", "day": ""}),
        ("[please] remember {what+} for me", "remember tea for me for me", {"what": "tea for me"}),
        ("记住{what}", "记住小明喜欢茶", {"what": "小明喜欢茶"}),
    ],
)
def test_a_template_covers_what_it_shows(template: str, text: str, slots: dict[str, str]) -> None:
    found = Templates({"it": [template]}).match(text)
    assert found is not None
    assert found.slots == slots


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("remember that {what}", "rememberthat Sam sings"),
        ("remember that {what}", "I remember that Sam sings"),
        ("remember that {what}", "remember that"),
        ("forget that", "forget that lamp"),
        ("a [b] c", "ac"),
    ],
)
def test_a_template_is_the_whole_sentence_with_its_gaps(template: str, text: str) -> None:
    assert Templates({"it": [template]}).match(text) is None


def test_the_first_template_wins() -> None:
    both = Templates({"that": ["forget that"], "any": ["forget {what}"]})
    assert [one.means for one in both.matches("forget that")] == ["that", "any"]


@pytest.mark.parametrize("template", ["a (b", "a {B}", "a {", "a ]", "{x} {x}"])
def test_a_template_that_cannot_be_read_is_named(template: str) -> None:
    with pytest.raises(Broken, match="cannot be read"):
        compiled(template)


@pytest.mark.parametrize("code", SHIPPED)
@pytest.mark.parametrize("section", ["asks", "facts", "parts"])
def test_every_template_that_ships_can_be_read(code: str, section: str) -> None:
    written = load(code).raw["memos"][section]
    assert written
    for templates in written.values():
        for template in templates:
            assert isinstance(template, str), template
            compiled(template)


def test_a_template_is_not_read_before_a_sentence_has_its_words() -> None:
    templates = Templates({"it": ["remember {"]})
    assert templates.match("turn on the light") is None
    with pytest.raises(Broken):
        templates.match("remember that")


@given(st.text(max_size=200))
def test_any_text_can_be_tried(text: str) -> None:
    list(Templates({"it": ["[a] (b|c) {x} [d] {y+}"]}).matches(text))
