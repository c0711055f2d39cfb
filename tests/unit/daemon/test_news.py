"""What does not work is told once, what works again once, and what comes and goes no more than once an hour."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from claw.base.action import Message
from claw.base.degraded import Degraded
from claw.base.errors import Broken
from claw.base.supervised import Supervised
from claw.daemon import daily_backup, installed, traces
from claw.daemon.news import FIRST_AGAIN_S, HOUR_S, SETTLE_S, TOGETHER_S, WELL_S, News
from claw.mind.replies import reply_text
from tests.held_clock import HeldClock


class Room:
    def __init__(self, language: str = "en") -> None:
        self.clock = HeldClock()
        self.degraded = Degraded(self.clock)
        self.told: list[tuple[float, Message]] = []
        self.goes: bool | Exception = True
        self.tries = 0
        self.news = News(self.degraded, self.tell, self.clock, self.clock, language)
        self.kept = Supervised("news", self.news.run, self.clock, self.clock)

    async def tell(self, message: Message) -> bool:
        self.tries += 1
        if isinstance(self.goes, Exception):
            raise self.goes
        if self.goes:
            self.told.append((self.clock.monotonic(), message))
        return self.goes

    def texts(self) -> list[str]:
        return [message.text for _, message in self.told]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    made.kept.start()
    yield made
    assert made.kept.failures == 0
    await made.kept.close()


async def test_each_is_told_once_when_it_stays_so(room: Room) -> None:
    room.degraded.fails("telegram", "no network")
    await room.clock.advance(SETTLE_S - 1)
    assert room.texts() == []
    await room.clock.advance(1 + TOGETHER_S)
    assert room.texts() == ["This does not work at the moment: Telegram. The rest does."]
    for _ in range(100):
        room.degraded.fails("telegram", "no network still")
        await room.clock.advance(100)
    assert len(room.told) == 1
    room.degraded.works("telegram")
    await room.clock.advance(WELL_S + TOGETHER_S)
    assert room.texts()[1:] == ["This works again: Telegram."]
    await room.clock.advance(10 * HOUR_S)
    assert len(room.told) == 2
    assert {(message.to, message.kind, message.urgency) for _, message in room.told} == {("everyone", "note", "normal")}


async def test_what_is_over_within_moments_is_not_told(room: Room) -> None:
    room.degraded.fails("model", "500")
    await room.clock.advance(SETTLE_S - 1)
    room.degraded.works("model")
    await room.clock.advance(HOUR_S)
    assert room.told == []


async def test_what_begins_together_is_told_together(room: Room) -> None:
    room.degraded.fails("house", "away")
    room.degraded.fails("model", "away")
    await room.clock.advance(TOGETHER_S / 2)
    room.degraded.fails("microphone hall", "away")
    room.degraded.fails("memory", "failed")
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    (text,) = room.texts()
    assert text.startswith("This does not work at the moment: the link to the house, something inside me, a micro")


@pytest.mark.parametrize("language", ["en", "de", "nl", "fr", "zh"])
@pytest.mark.parametrize("part", [daily_backup.PART, installed.PART, installed.LOOK, traces.PART])
async def test_what_an_owner_can_mend_has_a_word_of_its_own(language: str, part: str) -> None:
    room = Room(language)
    room.kept.start()
    for each in (part, "memory"):
        room.degraded.fails(each, "failed")
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    await room.kept.close()
    (text,) = room.texts()
    inside = reply_text("part_inside", language)
    own = text.replace(f", {inside}", "").replace(f"{inside}, ", "")
    assert inside in text
    assert inside not in own
    others = {daily_backup.PART, installed.PART, installed.LOOK, traces.PART} - {part}
    assert own not in {
        reply_text("parts_fail", language, parts=room.news._name(other)) for other in (*others, "memory")
    }, "two of them are told by one word"


async def test_looking_again_at_the_installed_files_does_not_say_that_they_are_well(room: Room) -> None:
    """What is kept going is looked at every few seconds, and works; what it found stays so."""
    assert installed.LOOK != installed.PART
    room.degraded.fails(installed.PART, "not as they were installed: claw/base/action.py")
    room.degraded.works(installed.LOOK)
    assert [fault.part for fault in room.degraded.now()] == [installed.PART]
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    assert room.texts() == ["This does not work at the moment: my installed files. The rest does."]


async def test_what_comes_and_goes_is_told_once_an_hour_at_most(room: Room) -> None:
    while room.clock.monotonic() < 5 * HOUR_S:
        room.degraded.fails("mqtt", "away")
        await room.clock.advance(30)
        room.degraded.works("mqtt")
        await room.clock.advance(WELL_S + 30)
    fails = [at for at, message in room.told if "not" in message.text]
    works = [at for at, message in room.told if "again" in message.text]
    assert 4 <= len(fails) <= 6
    assert all(later - sooner >= HOUR_S for sooner, later in pairwise(fails))
    assert len(works) <= len(fails)


async def test_what_never_works_for_long_does_not_work_again(room: Room) -> None:
    for _ in range(50):
        room.degraded.fails("mqtt", "away")
        await room.clock.advance(60)
        room.degraded.works("mqtt")
        await room.clock.advance(WELL_S - 1)
    assert [text for text in room.texts() if "again" in text] == []


@pytest.mark.parametrize("part", ["log", "disk", "heartbeat", "latch"])
async def test_while_nothing_moves_it_is_urgent_and_told_at_once(room: Room, part: str) -> None:
    room.degraded.fails(part, "broken")
    await room.clock.advance(TOGETHER_S)
    ((_, message),) = room.told
    assert message.urgency == "high"


async def test_what_could_not_be_told_is_tried_ever_more_rarely_while_it_is_so(room: Room) -> None:
    room.goes = False
    room.degraded.fails("model", "away")
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    assert room.tries == 1
    await room.clock.advance(FIRST_AGAIN_S + TOGETHER_S)
    assert room.tries == 2
    room.goes = Broken("the log cannot be written")
    await room.clock.advance(24 * HOUR_S)
    assert 20 < room.tries < 40
    room.goes = True
    await room.clock.advance(2 * HOUR_S)
    assert len(room.told) == 1


async def test_what_was_never_told_does_not_work_again_either(room: Room) -> None:
    room.goes = False
    room.degraded.fails("model", "away")
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    room.degraded.works("model")
    room.goes = True
    await room.clock.advance(HOUR_S)
    assert room.told == []


async def test_what_did_not_work_before_it_began_is_told_too() -> None:
    room = Room("de")
    room.degraded.fails("page", "taken")
    other = News(room.degraded, room.tell, room.clock, room.clock, "de")
    kept = Supervised("news", other.run, room.clock, room.clock)
    kept.start()
    await room.clock.advance(SETTLE_S + TOGETHER_S)
    assert room.texts() == ["Das geht gerade nicht: die Seite. Alles andere geht."]
    await kept.close()
