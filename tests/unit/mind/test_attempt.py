"""One attempt at one sentence: whole, without its exception, in parts."""

from pathlib import Path

import pytest

from claw.house.file import load_house
from claw.house.model import House
from claw.mind.attempt import Attempt
from claw.mind.grammar import Grammar
from claw.mind.language import load
from claw.mind.names import name_book
from claw.mind.reading import Reading
from claw.mind.understood import Command, Unclear, Understood

ROOT = Path(__file__).parents[3]


class Bench:
    """A grammar and what was read of it."""

    def __init__(self) -> None:
        self.house: House = load_house(ROOT / "claw" / "daemon" / "demo" / "house.yaml")
        self.grammar = Grammar(load("en"), name_book(self.house.registry, load("en")))
        self.read: list[str] = []

    def readings(self, text: str, code: str) -> tuple[Reading, ...]:
        assert code == "en"
        self.read.append(text)
        return self.grammar.readings(text)

    def attempt(self, text: str) -> tuple[Understood, bool]:
        self.read = []
        attempt = Attempt(self.grammar, self.readings, self.house, None, text)
        return attempt.understand(text), attempt.looked


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def test_a_whole_sentence_is_read_once(bench: Bench) -> None:
    understood, looked = bench.attempt("turn on the desk lamp")
    assert isinstance(understood, Command)
    assert bench.read == ["turn on the desk lamp"]
    assert not looked


def test_looking_at_a_state_is_told(bench: Bench) -> None:
    assert bench.attempt("dim the living room lamp")[1]
    assert bench.attempt("toggle the hall light")[1]
    assert not bench.attempt("lock the front door")[1]


def test_acts_keep_the_order_they_were_said_in_and_neighbours_join(bench: Bench) -> None:
    understood, _ = bench.attempt(
        "turn on the desk lamp and the porch light, then lock the front door and turn on the hall light"
    )
    assert isinstance(understood, Command)
    assert [(action.name, action.entities) for action in understood.actions] == [
        ("light.turn_on", ("light.office_desk", "light.porch")),
        ("lock.lock", ("lock.front_door",)),
        ("light.turn_on", ("light.hall_ceiling",)),
    ]


def test_one_unclear_part_makes_the_whole_unclear(bench: Bench) -> None:
    understood, _ = bench.attempt("turn on the desk lamp and sing")
    assert isinstance(understood, Unclear)
    assert "sing" in understood.reason


def test_a_place_of_the_same_noun_never_becomes_everything_there(bench: Bench) -> None:
    understood, _ = bench.attempt("turn off the tv in the living room and the kitchen")
    assert isinstance(understood, Unclear)


def test_a_long_chain_is_not_followed_for_ever(bench: Bench) -> None:
    understood, _ = bench.attempt(" and ".join(["turn on the desk lamp"] * 9))
    assert isinstance(understood, Unclear)
    bench.attempt(" and ".join(["blah the kitchen off"] * 8))
    assert len(bench.read) <= 41


@pytest.mark.parametrize(
    ("said", "on", "off"),
    [
        (
            "hall ceiling and kitchen sink on, kitchen counter off",
            {"hall_ceiling", "kitchen_sink"},
            {"kitchen_counter"},
        ),
        ("porch, hall ceiling on and kitchen sink off", {"porch", "hall_ceiling"}, {"kitchen_sink"}),
        ("turn porch on, hall ceiling and kitchen sink off", {"porch"}, {"hall_ceiling", "kitchen_sink"}),
    ],
)
def test_a_thing_without_an_ending_goes_the_way_of_the_next_that_has_one(
    bench: Bench, said: str, on: set[str], off: set[str]
) -> None:
    understood, _ = bench.attempt(said)
    assert isinstance(understood, Command)
    found = {action.name: {one.removeprefix("light.") for one in action.entities} for action in understood.actions}
    assert found == {"light.turn_on": on, "light.turn_off": off}
