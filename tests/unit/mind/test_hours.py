"""The hours in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json
from claw.memory.conditions import readable
from claw.mind.hours import TONGUES, cut

WORDS = ("after", "before", "from", "to", "10", "25", "ten", "7", ":30", "pm", "at")


@pytest.mark.parametrize(
    ("text", "rest", "condition"),
    [
        ("lights at 30 % after ten", "lights at 30 %", {"after": "22:00"}),
        ("lights at 30% after 10 pm", "lights at 30%", {"after": "22:00"}),
        ("lights at 30% after 10:30", "lights at 30%", {"after": "22:30"}),
        ("lights at 30% after 07:00", "lights at 30%", {"after": "07:00"}),
        ("after half past nine lights at 30 %", "lights at 30 %", {"after": "21:30"}),
        ("lights at 30 after midnight", "lights at 30", {"after": "00:00"}),
        ("lights at 30 after 1 at night", "lights at 30", {"after": "01:00"}),
        ("lights at 30% before seven", "lights at 30%", {"before": "07:00"}),
        ("lights at 30% until 12 pm", "lights at 30%", {"before": "12:00"}),
        ("lights between nine and six at 20%", "lights at 20%", {"after": "21:00", "before": "06:00"}),
        ("lights from 6 to 10 at 40%", "lights at 40%", {"after": "18:00", "before": "22:00"}),
        ("lights from 9 am to 5 pm at 40%", "lights at 40%", {"after": "09:00", "before": "17:00"}),
        ("from 22:30 to 06:00 lights at 1%", "lights at 1%", {"after": "22:30", "before": "06:00"}),
        ("lights at 30% at night", "lights at 30%", {"after": "22:00", "before": "05:00"}),
        ("lights at 30% on weekends after nine", "lights at 30%", {"after": "21:00", "weekdays": ["sat", "sun"]}),
        ("every Sunday before 10 in the morning lights on", "lights on", {"before": "10:00", "weekdays": ["sun"]}),
        ("lights at 30 %", "lights at 30 %", {}),
        ("at 10 lights at 30", "at 10 lights at 30", {}),
        ("lights at 30 after 25", "lights at 30 after 25", {}),
        ("lights at 30 after 22:75", "lights at 30 after 22:75", {}),
        ("look after one", "look", {"after": "01:00"}),
    ],
)
def test_english(text: str, rest: str, condition: dict[str, Json]) -> None:
    assert cut(text, "en") == (rest, condition)


@pytest.mark.parametrize(
    ("language", "text", "rest", "condition"),
    [
        ("de", "Licht nach zehn auf 30 %", "Licht auf 30 %", {"after": "22:00"}),
        ("de", "ab 22 Uhr Licht auf 30 %", "Licht auf 30 %", {"after": "22:00"}),
        ("de", "abends Licht auf 30%", "Licht auf 30%", {"after": "18:00", "before": "23:00"}),
        (
            "de",
            "am Wochenende vor acht Licht auf 30%",
            "Licht auf 30%",
            {"before": "08:00", "weekdays": ["sat", "sun"]},
        ),
        ("fr", "la lumière à 30 % après 22 h", "la lumière à 30 %", {"after": "22:00"}),
        ("fr", "après dix heures du soir à 30 %", "à 30 %", {"after": "22:00"}),
        ("nl", "lampen op 30 % na tien uur", "lampen op 30 %", {"after": "22:00"}),
        ("nl", "'s avonds lampen op 30 %", "lampen op 30 %", {"after": "18:00", "before": "23:00"}),
        ("zh", "晚上十点以后卧室灯30%", "卧室灯30%", {"after": "22:00"}),
        ("zh", "卧室灯22点后调到30%", "卧室灯 调到30%", {"after": "22:00"}),
        ("xx", "lights after ten", "lights", {"after": "22:00"}),
    ],
)
def test_other_languages(language: str, text: str, rest: str, condition: dict[str, Json]) -> None:
    assert cut(text, language) == (rest, condition)


@given(st.sampled_from(sorted(TONGUES)), st.lists(st.sampled_from(WORDS)))
def test_whatever_is_found_can_be_kept(language: str, words: list[str]) -> None:
    assert readable(cut(" ".join(words), language)[1])


@given(st.sampled_from(sorted(TONGUES)), st.text(max_size=60))
def test_any_text_is_taken(language: str, text: str) -> None:
    assert readable(cut(text, language)[1])
