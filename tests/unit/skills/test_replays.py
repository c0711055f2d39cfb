"""The tests that a learned skill brings."""

import yaml

from claw.base.action import Action
from claw.skills.cases import read_cases
from claw.skills.generalise import generalise
from claw.skills.replays import MOST_REPLAYS, replays
from tests.learning_room import HOUSE, on, trace

LAMP = "light.living_room_lamp"


def test_a_request_is_a_case_with_its_house_its_words_and_its_calls() -> None:
    asked = trace("lamp at 40", [on(LAMP, brightness_pct=40)], place="hall")
    (told,) = read_cases(
        yaml.safe_dump(replays(generalise([asked], HOUSE), [asked], HOUSE, heard=[True] * 9)), "tests/a.yaml"
    )
    case = told.case
    assert (case.said, case.with_, case.by, case.in_, case.now) == (
        "lamp at 40",
        None,
        "anna",
        "hall",
        "2026-05-01T20:30",
    )
    assert case.answer is True
    assert case.given is not None
    assert case.given[LAMP]["brightness"] == 128
    assert case.expect.calls is not None
    assert (case.expect.calls[0].call, case.expect.calls[0].on) == ("light.turn_on", (LAMP,))
    assert dict(case.expect.calls[0].data) == {"brightness_pct": 40}


def test_where_its_words_do_not_give_the_values_the_values_are_given() -> None:
    asked = trace("lamp at 40", [on(LAMP, brightness_pct=40)], language="de")
    (told,) = read_cases(yaml.safe_dump(replays(generalise([asked], HOUSE), [asked], HOUSE, heard=[False])), "t")
    assert (told.case.said, told.case.with_, told.case.language) == (None, {"brightness": 40}, "de")


def test_the_last_of_many_requests_are_kept_and_a_message_is_expected_to_anybody() -> None:
    calls = [Action("claw.notify", (), {"to": "conversation:c", "text": "Hello"})]
    asked = [trace("say hello now", calls, number=at) for at in range(9)]
    found = replays(generalise(asked, HOUSE), asked, HOUSE, heard=[True] * 9)
    assert len(found["cases"]) == MOST_REPLAYS
    assert found["cases"][-1]["expect"]["calls"] == [
        {"call": "claw.notify", "data": {"to": "conversation:proof", "text": "Hello"}}
    ]


def test_what_was_so_already_is_not_expected_and_asked_for_once_more_where_it_is_not() -> None:
    asked = trace("lamps on now", [on(LAMP), on("light.hall_ceiling", "light.kitchen_sink")])
    found = replays(generalise([asked], HOUSE), [asked], HOUSE, heard=[True])["cases"]
    assert [one["name"] for one in found] == ["request 1", "request 1, all of it"]
    assert found[0]["expect"]["calls"] == [{"call": "light.turn_on", "on": ["light.kitchen_sink"]}]
    assert found[1]["given"][LAMP]["state"] == "off"
    assert found[1]["expect"]["calls"] == [
        {"call": "light.turn_on", "on": [LAMP, "light.hall_ceiling", "light.kitchen_sink"]}
    ]
