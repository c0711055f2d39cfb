"""What a model is told."""

from datetime import UTC, datetime

from claw.house.model import Area, Entity, House, Registry
from claw.mind.prompt import Asker, again, messages, rules, sight

NOW = datetime(2026, 5, 1, 21, 5, tzinfo=UTC)
HOUSE = House(
    Registry(
        areas={one: Area(one, one.title()) for one in ("hall", "attic")},
        entities={f"light.{one}": Entity(f"light.{one}", "x", hidden=one == "c") for one in "abc"},
    ),
    {},
)


def test_the_first_part_is_the_same_for_every_request() -> None:
    assert rules("def f(): ...") == rules("def f(): ...")
    assert "def f(): ..." in rules("def f(): ...")


def test_the_house_is_told_with_time_place_rooms_and_what_is_in_it() -> None:
    told = sight(HOUSE, Asker("hall", "de", NOW), ["call for light: turn_on"], ["light.a hall on"], 5000)
    assert "Friday 2026-05-01 21:05" in told
    assert "in: hall" in told
    assert "attic, hall" in told
    assert "2 light" in told
    assert told.index("call for light") < told.index("light.a hall on")


def test_what_does_not_fit_is_left_out_from_the_end() -> None:
    lines = [f"light.number_{at} hall on" for at in range(200)]
    told = sight(HOUSE, Asker(None, "en", NOW), [], lines, 1500)
    assert len(told.encode()) <= 1500
    assert lines[0] in told
    assert lines[-1] not in told


def test_the_request_stands_alone_and_last() -> None:
    told = messages("first", "second", ['said "before"'], "now")
    assert [one["role"] for one in told] == ["system", "user"]
    assert told[0]["content"] == 'first\n\nsecond\n\nBefore:\nsaid "before"'
    assert told[1]["content"] == "now"


def test_a_program_that_was_of_no_use_is_shown_with_the_reason() -> None:
    assert again("x = 1", "why")[0]["content"] == "```python\nx = 1\n```"
    assert again("", "why") == ({"role": "assistant", "content": "(nothing)"}, {"role": "user", "content": "why"})
