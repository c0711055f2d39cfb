import pytest

from claw.house.model import Entity
from claw.house.services import CATALOGUE
from claw.policy.risky import RISKY, risky_actions


@pytest.mark.parametrize(
    ("device_class", "risky"), [("garage", True), ("gate", True), (None, True), ("blind", False), ("awning", False)]
)
def test_a_cover_that_may_let_somebody_in_is_risky_to_open(device_class: str | None, risky: bool) -> None:
    assert ("cover.open_cover" in risky_actions(Entity("cover.x", "X", device_class=device_class))) is risky


def test_unlocking_is_risky_and_locking_is_not() -> None:
    assert risky_actions(Entity("lock.x", "X")) == ("lock.unlock", "lock.open")
    assert risky_actions(Entity("light.x", "X")) == ()


@pytest.mark.parametrize(
    ("domain", "device_class"), [("valve", "water"), ("valve", "gas"), ("siren", "x"), ("lock", "x")]
)
def test_only_of_a_cover_the_class_says_that_it_guards_nothing(domain: str, device_class: str) -> None:
    assert risky_actions(Entity(f"{domain}.x", "X", device_class=device_class)) == RISKY[domain]


def test_every_risky_action_exists() -> None:
    named = {name for names in RISKY.values() for name in names if not name.endswith(".toggle")}
    assert named <= CATALOGUE.keys()
