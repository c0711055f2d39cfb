import pytest

from claw.house.services import CATALOGUE
from claw.policy.forbidden import commands_a_phone, forbidden, indirect, may_be_indirect, speaks_of_forbidden


def test_nothing_of_the_catalogue_is_forbidden() -> None:
    assert [name for name in CATALOGUE if forbidden(name)] == []


@pytest.mark.parametrize("name", ["shell_command.x", "light.reload", "zwave_js.set_value", "lock.clear_usercode"])
def test_what_is_forbidden_says_so(name: str) -> None:
    assert name in (forbidden(name) or "")


@pytest.mark.parametrize(
    ("name", "entity", "refused"),
    [
        ("homeassistant.turn_off", "lock.front", True),
        ("homeassistant.toggle", "cover.garage", True),
        ("group.set", "valve.main", True),
        ("homeassistant.turn_off", "light.hall", False),
        ("lock.unlock", "lock.front", False),
    ],
)
def test_what_protects_the_house_is_moved_by_its_own_actions_only(name: str, entity: str, *, refused: bool) -> None:
    assert bool(forbidden(name, entity)) is refused


def test_indirect_actions_are_known_by_their_domain() -> None:
    assert indirect("script.turn_on")
    assert not indirect("light.turn_on")
    assert [may_be_indirect(glob) for glob in ("script.*", "*.turn_on", "s*.x", "*", "light.*")] == [True] * 4 + [False]


def test_a_denial_may_name_what_is_forbidden() -> None:
    assert speaks_of_forbidden("shell_command.*")
    assert not speaks_of_forbidden("lihgt.*")


OWN = {"message": "clear_notification", "data": {"tag": "claw-1f2e3d4c"}}


def test_taking_back_a_notification_of_claws_own_is_no_command() -> None:
    assert not commands_a_phone(OWN)


@pytest.mark.parametrize(
    "data",
    [
        {"message": "clear_notification"},
        OWN | {"data": {}},
        OWN | {"data": {"tag": "claw-1f2e3d4c", "command": "x"}},
        OWN | {"data": {"tag": "doorbell"}},
        OWN | {"data": {"tag": "claw-1f2e3d4c\n"}},
        OWN | {"data": ["claw-1f2e3d4c"]},
        OWN | {"title": "Claw"},
        OWN | {"message": "command_bluetooth"},
        OWN | {"message": " clear_notification"},
    ],
)
def test_anything_besides_is_a_command_still(data: dict[str, object]) -> None:
    assert commands_a_phone(data)
