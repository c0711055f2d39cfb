import re
import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.mind.phrases import LANGUAGES, capital, figure, phrases, read

OTHERS = [language for language in LANGUAGES if language != "en"]
ENGLISH_ONLY = {"things", "plurals", "qualifiers", "alone"}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def forms(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("language", OTHERS)
def test_no_language_lacks_a_phrase_or_has_one_that_english_has_not(language: str) -> None:
    english, own = read("en"), read(language)
    assert set(english) - set(own) == ENGLISH_ONLY
    for section in set(own):
        assert set(own[section]) == set(english[section]), section


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    "section", ["sentences", "fixed", "answers", "memos", "skills", "acts", "figures", "groups", "verbs"]
)
def test_every_language_puts_only_known_values_into_a_phrase(language: str, section: str) -> None:
    english, own = read("en")[section], read(language)[section]
    for key, template in own.items():
        allowed = set[str]().union(*(placeholders(form) for form in forms(english[key])))
        if section == "sentences":
            allowed |= {"names", "verb", "target"} if "verb" in allowed else set()
        for form in forms(template):
            assert placeholders(form) <= allowed, (key, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_says_what_could_not_be_done_and_with_what(language: str) -> None:
    for key in ("failed", "refused", "forbidden", "unknown", "late", "started", "line"):
        assert {"names", "verb"} <= placeholders(phrases(language).sentences[key])


@pytest.mark.parametrize(
    ("tag", "hello"), [("de-CH", "Hallo"), ("zh_CN", "你好"), ("xx", "Hello"), (None, "Hello"), ("", "Hello")]
)
def test_a_language_tag_finds_its_language_and_an_unknown_one_english(tag: str | None, hello: str) -> None:
    assert str(phrases(tag).fixed["hello"]).startswith(hello)


@given(st.text())
def test_any_language_tag_has_phrases(tag: str) -> None:
    assert phrases(tag).fixed["hello"]


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [(21.25, "21.2", "21,2"), (22.0, "22", "22"), (-0.01, "0", "0"), (100, "100", "100")],
)
def test_numbers_are_written_as_the_language_writes_them(value: float, english: str, german: str) -> None:
    assert phrases("en").number(value) == english
    assert phrases("de").number(value) == german


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1.0), ("2.5", 2.5), (True, None), ("nan", None), ("inf", None), (None, None), ("on", None), ([1], None)],
)
def test_a_figure_is_a_finite_number_or_none(value: object, number: float | None) -> None:
    assert figure(value) == number


def test_a_list_is_joined_as_it_is_spoken() -> None:
    assert phrases("en").join(["a", "b", "c"]) == "a, b and c"
    assert phrases("de").join(["a", "b"]) == "a und b"
    assert phrases("en").join([]) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [("the door is open.", "The door is open."), ("iPhone is on.", "iPhone is on."), ("light.x is on.",) * 2],
)
def test_a_sentence_begins_with_a_capital_unless_it_begins_with_a_name(text: str, said: str) -> None:
    assert capital(text) == said


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_quoted_text_cannot_close_its_own_quotation(text: str, language: str) -> None:
    words = phrases(language)
    shown = words.quote(text)
    left, right = words.marks["left"], words.marks["right"]
    inner = shown.removeprefix(left).removesuffix(right)
    assert left.strip() not in inner
    assert right.strip() not in inner
    assert not re.search(r"[\n\r\u202a-\u202e\u2066-\u2069]", shown)


def test_a_date_is_told_in_words() -> None:
    day = date(2026, 3, 1)
    assert phrases("en").day(day) == "Sunday, 1 March 2026"
    assert phrases("de").day(day) == "Sonntag, 1. März 2026"
    assert phrases("zh").day(day) == "2026年3月1日星期日"
