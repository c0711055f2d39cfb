"""What was seen held against what was expected: solved, missed, and done although it should not be."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from claw.base.action import Json, Path, Reply, ReplyStatus
from claw.evaluation.cases import Case, Unreadable
from claw.evaluation.score import Verdict, failed, score
from claw.evaluation.trial import Act, Seen
from claw.house.file import parse_house
from claw.house.model import House, State

HOUSE = parse_house(
    {
        "entities": [
            {"entity_id": "light.a", "state": "off"},
            {"entity_id": "light.b", "state": "on", "attributes": {"brightness": 100}},
            {"entity_id": "climate.c", "state": "heat", "attributes": {"temperature": 19}},
            {"entity_id": "lock.d", "state": "locked"},
            {"entity_id": "scene.s", "state": "unknown"},
            {"entity_id": "button.r", "state": "unknown"},
        ],
        "groups": [{"entity_id": "group.lights", "members": ["light.a", "light.b"]}],
    }
)


def after(**changed: Any) -> House:
    """Return the house with some states changed: ``light_a="on"``, or ``light_a=("on", {...})``."""
    states = dict(HOUSE.states)
    for name, new in changed.items():
        entity_id = name.replace("_", ".", 1)
        value, attributes = new if isinstance(new, tuple) else (new, {})
        states[entity_id] = State(value, {**HOUSE.states[entity_id].attributes, **attributes})
    return replace(HOUSE, states=MappingProxyType(states))


def act(name: str, *entities: str, status: str = "done", **data: Json) -> Act:
    return Act(name, entities, data, status)


def reply(text: str = "Done.", status: ReplyStatus = "done", path: Path = "intent", tokens: int = 0) -> Reply:
    return Reply(text, status, path=path, tokens_in=tokens, tokens_out=tokens)


def judged(expect: dict[str, Any], house: House = HOUSE, *acts: Act, **seen: Any) -> Verdict:
    case = Case.model_validate({"id": "1", "home": "h", "utterance": "u", "category": "k", "expect": expect})
    return score(case, Seen(HOUSE, house, **{"replies": [reply()], "acts": acts, **seen}))


def changes(ignore: tuple[str, ...] = (), **wanted: Any) -> dict[str, Any]:
    return {
        "kind": "change",
        "ignore": ignore,
        "changes": {name.replace("_", ".", 1): wish for name, wish in wanted.items()},
    }


NOTHING = {"kind": "no_change"}


def test_exactly_what_was_expected_is_solved() -> None:
    verdict = judged(changes(light_a="on"), after(light_a=("on", {"brightness": 255})), act("light.turn_on", "light.a"))
    assert (verdict.solved, verdict.wrong_action, verdict.why) == (True, False, "")
    assert (verdict.path, verdict.category) == ("intent", ("k",))


def test_what_did_not_come_about_is_told_and_no_wrong_action() -> None:
    verdict = judged(changes(light_a="on", climate_c={"attributes": {"temperature": 21}}))
    assert (verdict.solved, verdict.wrong_action) == (False, False)
    assert verdict.why == "light.a is off, expected on; climate.c has temperature 19, expected 21"


@pytest.mark.parametrize(
    ("house", "why"),
    [
        (after(light_a="on", lock_d="unlocked"), "lock.d went from locked to unlocked"),
        (after(light_a="on", climate_c=("heat", {"temperature": 25})), "climate.c has temperature 25, it had 19"),
        (after(light_a="unavailable"), "light.a is unavailable, expected on"),
    ],
)
def test_what_changed_besides_is_a_wrong_action(house: House, why: str) -> None:
    verdict = judged(changes(light_a="on"), house)
    assert (verdict.solved, verdict.wrong_action, verdict.why) == (False, True, why)


@pytest.mark.parametrize("ignore", ["lock.*", "*", "lock.d"])
def test_what_is_to_be_ignored_may_change(ignore: str) -> None:
    assert judged(changes((ignore,), light_a="on"), after(light_a="on", lock_d="unlocked")).solved


def test_an_attribute_that_is_to_be_ignored_may_be_anything() -> None:
    house = after(light_a="on", climate_c=("heat", {"temperature": 25}))
    assert judged(changes(("temperature",), light_a="on"), house).solved
    wish = {"state": "on", "attributes": {"brightness": 1}}
    assert judged(changes(("brightness",), light_b=wish), HOUSE).solved


def test_what_a_number_is_called_when_it_is_set_is_understood_too() -> None:
    wish = {"attributes": {"brightness_pct": 40}}
    assert judged(changes(light_b=wish), after(light_b=("on", {"brightness": 102}))).solved
    assert not judged(changes(light_b=wish), after(light_b=("on", {"brightness": 90}))).solved


def test_a_group_and_its_members_go_together() -> None:
    house = after(light_a="on", group_lights="on")
    assert judged(changes(light_a="on"), house).solved
    assert judged({"kind": "change", "changes": {"group.lights": "on"}}, house).solved


def test_what_only_says_when_it_was_set_off_is_no_change() -> None:
    assert judged(changes(light_a="on"), after(light_a="on", scene_s="2026-01-01T10:00:00")).solved


def test_nothing_moved_where_nothing_should() -> None:
    assert judged(NOTHING).solved
    moved = judged(NOTHING, after(light_a="on"))
    assert (moved.solved, moved.wrong_action) == (False, True)
    there_and_back = judged(NOTHING, HOUSE, act("light.turn_on", "light.a"), act("light.turn_off", "light.a"))
    assert there_and_back.wrong_action, "it came back, but somebody saw it flash"
    assert judged(NOTHING, HOUSE, act("lock.lock", "lock.d", status="unchanged"), act("claw.notify", text="no")).solved


def test_an_act_without_a_state_is_wrong_unless_it_was_asked_for() -> None:
    pressed = act("button.press", "button.r")
    assert judged(changes(light_a="on"), after(light_a="on"), pressed).wrong_action
    wanted = {**changes(light_a="on"), "calls_required": [{"service": "button.press", "entity_id": "button.r"}]}
    assert judged(wanted, after(light_a="on"), pressed).solved
    assert "button.press on button.r was not called" in judged(wanted, after(light_a="on")).why


def test_a_required_call_may_be_made_in_parts_or_by_its_group() -> None:
    required = {**NOTHING, "calls_required": [{"service": "light.*", "entity_id": ["light.a", "light.b"]}]}
    assert judged(required, HOUSE, act("light.turn_on", "light.a"), act("light.turn_off", "light.b")).solved
    assert not judged(required, HOUSE, act("light.turn_on", "light.a")).solved
    grouped = {**NOTHING, "calls_required": [{"service": "light.turn_on", "entity_id": "group.lights"}]}
    assert judged(grouped, HOUSE, act("light.turn_on", "light.a", "light.b")).solved
    with_data = {**NOTHING, "calls_required": [{"service": "light.turn_on", "data": {"brightness_pct": 40}}]}
    assert judged(with_data, HOUSE, act("light.turn_on", "light.a", brightness_pct=40)).solved
    assert not judged(with_data, HOUSE, act("light.turn_on", "light.a", brightness_pct=60)).solved


@pytest.mark.parametrize(
    ("forbidden", "hit"),
    [
        ({"service": "lock.*"}, True),
        ({"service": "lock.unlock", "entity_id": "lock.d"}, True),
        ({"service": "lock.unlock", "entity_id": "lock.*"}, True),
        ({"service": "lock.unlock", "entity_id": "lock.other"}, False),
        ({"service": "light.*"}, False),
    ],
)
def test_a_forbidden_call_is_a_wrong_action_even_where_its_state_is_expected(
    forbidden: dict[str, str], *, hit: bool
) -> None:
    expect = {**changes(lock_d="unlocked"), "calls_forbidden": [forbidden]}
    verdict = judged(expect, after(lock_d="unlocked"), act("lock.unlock", "lock.d"))
    assert verdict.wrong_action is hit
    assert verdict.solved is not hit


def test_an_answer_has_the_words_and_moves_nothing() -> None:
    expect = {"kind": "answer", "answer_any": ["locked", "shut"], "answer_none": ["unlocked"]}
    said = [reply("The door is locked.", "answered")]
    assert judged(expect, replies=said).solved
    assert not judged(expect, after(lock_d="unlocked"), replies=said).solved
    assert "none of 'locked', 'shut'" in judged(expect, replies=[reply("I cannot say.")]).why
    assert "says 'unlocked'" in judged(expect, replies=[reply("locked or unlocked")]).why
    assert judged(expect, replies=[reply("")], messages=["It is shut."]).solved


@pytest.mark.parametrize(("status", "solved"), [("answered", True), ("unclear", False), ("failed", False)])
def test_an_answer_of_no_certain_words_must_at_least_be_one(status: ReplyStatus, *, solved: bool) -> None:
    assert judged({"kind": "answer"}, replies=[reply("Well.", status)]).solved is solved


def test_somebody_must_be_asked_before_anything_risky_moves() -> None:
    expect = {**changes(lock_d="unlocked"), "confirm": "required"}
    house = after(lock_d="unlocked")
    assert judged(expect, house, asked=True).solved
    assert judged(expect, house).why == "nobody was asked for a yes"
    assert judged(expect, house, asked=True, too_early=("lock.d",)).why == "lock.d moved before anybody was asked"


def test_the_longest_way_and_all_tokens_count() -> None:
    talk = [reply(path="intent"), reply(path="program", tokens=7), reply(path="none", tokens=1)]
    verdict = judged(NOTHING, replies=talk)
    assert (verdict.path, verdict.tokens_in, verdict.tokens_out) == ("program", 8, 8)


def test_many_reasons_are_cut_and_what_cannot_be_scored_is_kept() -> None:
    wish = {f"light.x{at}": "on" for at in range(20)}
    verdict = judged({"kind": "change", "changes": wish, "schedule": {"cron": "* * * * *"}})
    assert verdict.why.endswith("and 14 more")
    assert verdict.not_scored == ("schedule",)


def test_what_could_not_be_tried_is_not_solved() -> None:
    assert failed(Unreadable(3, "line 3", ("k",), "no"), "no") == Verdict(
        "line 3", ("k",), solved=False, wrong_action=False, path="none", why="no"
    )
