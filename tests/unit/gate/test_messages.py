import asyncio

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


class Mouth:
    """Says what it would say, or fails at it."""

    def __init__(self, *, would: bool = True, works: bool = True, why: str = "") -> None:
        self.would = would
        self.why = why
        self.works = works
        self.said: list[Message] = []

    def reaches(self, message: Message) -> bool:
        del message
        return self.would

    def why_not(self, message: Message) -> str:
        del message
        return self.why

    async def tell(self, message: Message) -> bool:
        self.said.append(message)
        return self.works


async def test_a_message_is_shown_and_said(desk: PermitDesk) -> None:
    messages, mouth, shown = Messages(desk), Mouth(), list[Message]()
    messages.mouths.append(mouth)
    messages.listeners.append(shown.append)
    action = notify(DINNER)
    await messages.perform(desk.issue(action, 1), action)
    assert mouth.said == shown == [DINNER]


async def test_said_aloud_is_enough(desk: PermitDesk) -> None:
    messages = Messages(desk)
    messages.mouths += [Mouth(works=False), Mouth()]
    assert messages.reaches(DINNER)
    action = notify(DINNER)
    assert await messages.perform(desk.issue(action, 1), action) == Acknowledgement()


@pytest.mark.parametrize(("would", "works", "tried"), [(False, True, 0), (True, False, 1)])
async def test_what_was_neither_shown_nor_said_did_not_go(
    desk: PermitDesk, tried: int, *, would: bool, works: bool
) -> None:
    messages, mouth = Messages(desk), Mouth(would=would, works=works)
    messages.mouths.append(mouth)
    assert messages.reaches(DINNER) is would
    action = notify(DINNER)
    with pytest.raises(Unavailable, match="listening"):
        await messages.perform(desk.issue(action, 1), action)
    assert len(mouth.said) == tried


async def test_a_timer_that_is_done_is_told_as_one(desk: PermitDesk) -> None:
    messages, mouth = Messages(desk), Mouth()
    messages.mouths.append(mouth)
    eggs = Message("place:kitchen", "The eggs are done.", "timer")
    await messages.perform(desk.issue(notify(eggs), 1), notify(eggs))
    assert mouth.said == [eggs]


async def test_why_nothing_was_said_is_told(desk: PermitDesk) -> None:
    messages, action = Messages(desk), notify(DINNER)
    messages.mouths += [Mouth(would=False), Mouth(would=False, why="it is quiet there until 07:00")]
    with pytest.raises(Unavailable, match=r"^it is quiet there until 07:00$"):
        await messages.perform(desk.issue(action, 1), action)
    messages.mouths.append(Mouth(works=False))
    with pytest.raises(Unavailable, match="did not say it"):
        await messages.perform(desk.issue(action, 1), action)


async def test_a_listener_whose_viewer_it_is_not_for_reached_nobody(desk: PermitDesk) -> None:
    messages, action = Messages(desk), notify(DINNER)
    messages.listeners.append(lambda _message: False)
    with pytest.raises(Unavailable, match="listening"):
        await messages.perform(desk.issue(action, 1), action)
    messages.listeners.append(lambda _message: True)
    assert await messages.perform(desk.issue(action, 1), action) == Acknowledgement()


async def test_a_slow_mouth_keeps_no_other_waiting(desk: PermitDesk) -> None:
    messages, quick, open_ = Messages(desk), Mouth(), asyncio.Event()

    class Slow(Mouth):
        async def tell(self, message: Message) -> bool:
            await open_.wait()
            return await super().tell(message)

    messages.mouths += [Slow(), quick]
    telling = asyncio.ensure_future(messages.perform(desk.issue(notify(DINNER), 1), notify(DINNER)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert (quick.said, telling.done()) == ([DINNER], False)
    open_.set()
    await telling
