"""Whose hand a change was, told from its context, and what a device goes on reporting by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Origin
from claw.gate.cause import Causes
from claw.house.chronicle import Chronicle
from claw.house.model import Cause, State
from claw.skills.demonstration_lines import Snapshot
from claw.skills.demonstration_steps import Hand, Hands, Step, of_hand, step_of
from tests.shown_room import ANNA, LAMP, PEOPLE, Acts, ShownRoom

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def step(seconds: float, value: str, entity: str = LAMP, **attributes: int) -> Step:
    return Step(START + timedelta(seconds=seconds), entity, Snapshot(value, attributes))


@pytest.fixture
def hands(tmp_path: Path) -> tuple[Hands, ShownRoom, Acts]:
    room = ShownRoom(tmp_path)
    chronicle = Chronicle(room.mirror, room.clock)
    return Hands(Causes(chronicle, room.mirror, room.acts, PEOPLE), room.name), room, room.acts  # type: ignore[arg-type]


def whose(hands: Hands, context: str, cause: Cause | None = None, *, machine: bool = False) -> Hand:
    state = State("on", {}, START, context, cause)
    return hands.of(step_of(LAMP, state, START, machine=machine), "anna")


def test_a_hand_is_told_from_its_context(hands: tuple[Hands, ShownRoom, Acts]) -> None:
    of, room, acts = hands
    assert whose(of, "c") == "hand"
    assert whose(of, "c", Cause(user="u-anna")) == "own"
    assert whose(of, "c", Cause(user="u-ben")) == "other"
    assert whose(of, "c", Cause(user="u-of-nobody")) == "other"
    assert whose(of, "c", Cause(parent="p")) == "none"
    assert whose(of, "c", machine=True) == "none"
    room.ran("automation.evening", "a")
    assert whose(of, "a") == "none"
    assert of.is_machine("a", None)
    assert whose(of, "a", Cause(user="u-anna")) == "none", "it runs by itself, whoever set it off"
    assert not of.is_machine("c", None)
    acts.add("mine", ANNA, LAMP)
    assert whose(of, "mine") == "own"
    acts.add("system", Origin(channel="system"), LAMP)
    assert whose(of, "system") == "none"
    acts.add("nobody", Origin("web", authenticated=True), LAMP)
    assert whose(of, "nobody") == "none"


def test_a_script_that_its_person_started_is_their_hand(hands: tuple[Hands, ShownRoom, Acts]) -> None:
    of, room, _ = hands
    room.ran("script.cosy", "s")
    assert whose(of, "s", Cause(user="u-anna")) == "own"
    assert whose(of, "s", Cause(user="u-ben")) == "other"
    assert whose(of, "s") == "none"
    assert of.is_machine("s", None)
    assert not of.is_machine("s", Cause(user="u-anna"))
    room.ran("automation.evening", "a")
    assert whose(of, "s", Cause(user="u-anna", parent="a")) == "none"


def judged(steps: list[Step], by: list[Hand], began: dict[str, Snapshot] | None = None) -> dict[str, Snapshot]:
    whose_by = dict(zip(map(id, steps), by, strict=True))
    return of_hand(steps, began or {LAMP: Snapshot("off")}, lambda one: whose_by[id(one)])[0]


def test_the_last_value_of_the_own_hand_counts() -> None:
    steps = [step(0, "on", brightness=10), step(1, "on", brightness=90), step(30, "off")]
    assert judged(steps, ["own", "own", "none"]) == {LAMP: Snapshot("on", {"brightness": 90})}


def test_things_come_in_the_order_in_which_they_last_turned() -> None:
    steps = [
        step(0, "on", "light.a"),
        step(1, "on", "light.b"),
        step(2, "on", "light.a", brightness=3),
        step(3, "off", "light.c"),
        step(4, "off", "light.b"),
        step(5, "on", "light.b"),
    ]
    began = {f"light.{one}": Snapshot("off") for one in "ab"} | {"light.c": Snapshot("on")}
    assert list(judged(steps, ["hand"] * 6, began)) == ["light.a", "light.c", "light.b"]


@pytest.mark.parametrize(("later", "counts"), [(3, False), (9.9, False), (10, True), (300, True)])
def test_a_report_soon_after_somebody_elses_act_is_an_echo_of_it(later: float, counts: bool) -> None:
    steps = [step(0, "on", brightness=10), step(later, "on", brightness=200)]
    assert (LAMP in judged(steps, ["none", "hand"])) == counts


def test_another_value_soon_after_somebody_elses_act_is_a_hand() -> None:
    assert judged([step(0, "on"), step(3, "off")], ["other", "hand"]) == {LAMP: Snapshot("off")}


def test_what_they_asked_for_soon_after_somebody_elses_act_is_theirs() -> None:
    steps = [step(0, "on", brightness=10), step(3, "on", brightness=30)]
    assert judged(steps, ["none", "own"]) == {LAMP: Snapshot("on", {"brightness": 30})}


@pytest.mark.parametrize("moving", ["opening", "closing"])
def test_what_is_on_its_way_arrives_for_whoever_sent_it(moving: str) -> None:
    steps = [step(0, moving, "cover.a"), step(60, "open", "cover.a")]
    began = {"cover.a": Snapshot("closed")}
    assert judged(steps, ["none", "hand"], began) == {}
    assert judged(steps, ["own", "hand"], began) == {"cover.a": Snapshot("open")}
    assert judged(steps[1:], ["hand"], {"cover.a": Snapshot(moving)}) == {}


def test_what_only_others_moved_is_named() -> None:
    steps = [step(0, "on"), step(1, "on", "light.b"), step(20, "off", "light.b")]
    hands: list[Hand] = ["other", "other", "own"]
    by = dict(zip(map(id, steps), hands, strict=True))
    _, others = of_hand(steps, {}, lambda one: by[id(one)])
    assert others == (LAMP,)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 600),
            st.sampled_from(["light.a", "light.b", "cover.c"]),
            st.sampled_from(["on", "off", "opening"]),
            st.sampled_from(["other", "none"]),
        ),
        max_size=30,
    )
)
def test_without_a_hand_of_their_own_nothing_was_shown(seen: list[tuple[float, str, str, Hand]]) -> None:
    steps = [step(at, value, entity) for at, entity, value, _ in sorted(seen, key=lambda one: one[0])]
    by = dict(zip(map(id, steps), [hand for *_, hand in sorted(seen, key=lambda one: one[0])], strict=True))
    assert of_hand(steps, {}, lambda one: by[id(one)])[0] == {}
