import pytest

from claw.base.action import Acknowledgement, Action, Message
from claw.base.errors import Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.gate.messages import Messages, notify
from tests.held_clock import HeldClock

DINNER = Message("place:kitchen", "dinner", "note", "high")


@pytest.fixture
def desk() -> PermitDesk:
    return PermitDesk(HeldClock())


async def test_a_message_reaches_every_listener_as_it_was(desk: PermitDesk) -> None:
    messages = Messages(desk)
    heard: list[Message] = []
    messages.listeners += [heard.append, heard.append]
    action = notify(DINNER)
    assert await messages.perform(desk.issue(action, 1), action) == Acknowledgement()
    assert heard == [DINNER, DINNER]


async def test_it_takes_a_permit_for_exactly_this_message(desk: PermitDesk) -> None:
    messages = Messages(desk)
    heard: list[Message] = []
    messages.listeners.append(heard.append)
    with pytest.raises(Refused, match="another action"):
        await messages.perform(desk.issue(notify(DINNER), 1), notify(Message("everyone", "the code is")))
    assert heard == []


async def test_nobody_listening_is_said(desk: PermitDesk) -> None:
    action = notify(DINNER)
    with pytest.raises(Unavailable, match="listening"):
        await Messages(desk).perform(desk.issue(action, 1), action)


async def test_only_known_actions_of_its_own_are_done(desk: PermitDesk) -> None:
    action = Action("claw.forget")
    with pytest.raises(Refused, match="not something"):
        await Messages(desk).perform(desk.issue(action, 1), action)
