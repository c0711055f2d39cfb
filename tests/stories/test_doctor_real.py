"""A real Home Assistant, examined: it says whose token it is, what time it is, and nothing of it moves."""

from typing import Any

from claw.base.clock import SystemClock
from claw.base.errors import Broken
from claw.care.house_asked import Seen, ask_house
from tests.peers.real_hass import RealHomeAssistant, apart


def asked(house: RealHomeAssistant, token: str) -> Seen | Broken:
    try:
        return ask_house(house.url, token, SystemClock(), 20.0)
    except Broken as error:
        return error


def test_a_real_house_says_whose_token_it_is_and_what_time_it_is(home_assistant: RealHomeAssistant) -> None:
    house = home_assistant

    async def states() -> Any:
        async with house.talk() as talk:
            return {name: row["state"] for name, row in (await talk.states()).items()}

    before = apart(states())
    owner = asked(house, house.token)
    user = asked(house, apart(house.token_of_a_user("examined")))
    nobody = asked(house, "no token of yours")
    assert isinstance(owner, Seen)
    assert isinstance(user, Seen)
    assert (owner.admin, owner.owner) == (True, True)
    assert (user.admin, user.owner, user.user) == (False, False, "examined")
    assert isinstance(nobody, Broken)
    assert owner.version == house.version
    assert owner.running
    assert owner.entities > 20
    assert owner.ahead_s is not None
    assert abs(owner.ahead_s) < 60
    after = apart(states())
    moved = {
        name
        for name in before
        if name.startswith(("light.", "lock.", "switch.", "cover.")) and before[name] != after[name]
    }
    assert moved == set()
