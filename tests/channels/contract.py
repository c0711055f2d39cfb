"""What every channel owes to a household, as one class of tests: a new channel is one file with an adapter.

The promises are those of ``claw/channels/contract.py``.  An adapter says how somebody meets Claw there, and of each
promise that it cannot be asked for, why (``without``): ``test_table.py`` holds that list.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Literal, get_args

import pytest
import pytest_asyncio

from claw.audit.log import AuditLog
from claw.base.errors import Broken
from claw.daemon.build import Daemon
from tests.living import OWNER
from tests.talking import until

Row = Literal["identity", "rights", "confirmation", "stop", "long and empty", "reconnection", "duplicates"]
ROWS: tuple[Row, ...] = get_args(Row)

LAMP, FAN, DOOR, TV = "light.kitchen_ceiling", "fan.bathroom", "lock.front_door", "media_player.living_room_tv"
TOGGLE = "toggle the kitchen ceiling light"
POLITE = 600
"""Characters of the longest polite sentence."""

POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", fan.turn_off, lock.lock]}
  - {id: messages, allow: claw.notify}
  - {id: phones, allow: "notify.*", who: {channel: system}}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], same_chat: true}}
  - {id: fans, confirm: fan.turn_on, ask: {roles: [owner, adult], same_chat: true}}
  - {id: never, deny: "media_player.*"}
"""


class Adapter(ABC):
    """How Anna, who owns the house, meets Claw by one channel, and how somebody does who is nobody.

    ``kind`` is what the policy calls the channel, ``person`` whom it proves (None where it proves nobody), ``risky``
    whether a yes to what is risky counts there, ``answers`` whether any yes does, ``speaks`` whether sentences can be
    said there at all.
    """

    kind: ClassVar[str]
    person: ClassVar[str | None] = "anna"
    answers: ClassVar[bool] = True
    risky: ClassVar[bool] = False
    speaks: ClassVar[bool] = True
    without: ClassVar[Mapping[Row, str]] = {}

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon

    async def say(self, text: str) -> str:
        """Have Anna say ``text``, and return the answer, or the sentence of a refusal."""
        raise NotImplementedError(text)

    async def ask(self, text: str, entity: str, service: str) -> None:
        """Have Anna ask for something that waits for a yes; where she cannot speak here, she does it elsewhere."""
        del entity, service
        await self.say(text)

    async def yes(self, question: str) -> None:
        """Have Anna say yes to a question in this channel's own way, as often as she is asked to."""
        raise NotImplementedError(question)

    @abstractmethod
    async def strangers(self, text: str, question: str = "") -> None:
        """Have everybody who is nobody here say ``text``, say yes, and say that they are Anna."""

    async def lively(self, state: str) -> None:
        """Have something happen by this channel that everybody can see, another thing for each ``state``."""
        await self.say(f"turn {state} the kitchen ceiling light")
        await self.becomes(LAMP, state)

    async def stop(self) -> None:
        """Have Anna stop everything, in this channel's own way."""
        await self.say("stop everything")

    @abstractmethod
    async def reconnect(self) -> None:
        """Break the line and have it come back."""

    async def twice(self, text: str) -> None:
        """Have one message of Anna's delivered twice, as this channel delivers one twice."""
        raise NotImplementedError(text)

    # What every one of them can see.

    def state(self, entity: str) -> str:
        return self.daemon.mirror.states[entity].value

    def waiting(self) -> list[str]:
        return [one.id for one in self.daemon.gate.questions.waiting()]

    def acts(self) -> int:
        """Return how often anything was done to the house; what a channel sends to a phone is none of it."""
        acts = [one for one in self.daemon.audit.entries(0, 100_000) if one.kind == "intent"]
        return sum("notify." not in str(one.payload) for one in acts)

    async def asked(self, text: str, entity: str, service: str) -> str:
        """Ask for what waits for a yes, and return the question's id."""
        before = set(self.waiting())
        await self.ask(text, entity, service)
        return await until(lambda: made_of(next((one for one in self.waiting() if one not in before), "")))

    async def becomes(self, entity: str, state: str) -> None:
        await until(lambda: made_of(self.state(entity) == state))


PROMISES: dict[str, Row] = {}
"""Which promise each test is about, by its name."""


SPOKEN = {"test_who_speaks_is_proved_or_is_nobody"}
"""Tests of which sentences are the point: there are none of them where nothing can be said."""


def promises(row: Row) -> Callable[[Any], Any]:
    """Note which promise a test is about."""

    def noted(test: Any) -> Any:
        PROMISES[test.__name__] = row
        return test

    return noted


async def made_of(found: Any) -> Any:
    """Return what was found already, as ``until`` asks for it."""
    return found


async def settle(channel: Adapter) -> None:
    """Wait until nothing has happened for a while: what must not happen would have."""
    quiet, acts = 0, -1
    while quiet < 5:
        await asyncio.sleep(0.02)
        quiet, acts = (quiet + 1, acts) if channel.acts() == acts else (0, channel.acts())


class ChannelContract:
    """Every promise; a file of a channel has a class of its own with this one as its base, and a fixture ``made``."""

    def __init_subclass__(cls, adapter: type[Adapter]) -> None:
        """Leave out what cannot be asked of this channel, where its class has no test of its own for it."""
        super().__init_subclass__()
        for name, row in PROMISES.items():
            mute = name in SPOKEN and not adapter.speaks
            if (row in adapter.without or mute) and name not in vars(cls):
                setattr(cls, name, None)

    @pytest_asyncio.fixture(loop_scope="module", autouse=True)
    async def channel(self, made: Adapter) -> AsyncIterator[Adapter]:
        """The channel, with the house as it was afterwards."""
        yield made
        desk, stop = made.daemon.desk, made.daemon.stop
        if stop.engaged:
            stop.reset("a test", console=True, adult=True)
        await settle(made)
        for question in made.waiting():
            await desk.answer(question, OWNER, yes=False)
        for text in ("turn off the kitchen ceiling light", "turn off the bathroom fan", "lock the front door"):
            await desk.say(text, OWNER)

    @promises("identity")
    async def test_who_speaks_is_proved_or_is_nobody(self, channel: Adapter) -> None:
        await channel.say("turn on the kitchen ceiling light")
        await channel.becomes(LAMP, "on")
        row = next(one for one in channel.daemon.audit.entries(0, 100, newest_first=True) if one.kind == "intent")
        assert row.origin is not None
        assert (row.origin.channel.partition(":")[0], row.origin.person) == (channel.kind, channel.person)
        assert row.origin.authenticated is (channel.person is not None)

    @promises("identity")
    async def test_whoever_is_nobody_moves_nothing_whatever_they_say_of_themselves(self, channel: Adapter) -> None:
        question = await channel.asked("turn on the bathroom fan", FAN, "turn_on")
        acts = channel.acts()
        await channel.strangers("unlock the front door", question)
        await settle(channel)
        assert (channel.acts(), channel.state(FAN), channel.state(DOOR)) == (acts, "off", "locked")
        assert question in channel.waiting()

    @promises("rights")
    async def test_what_the_policy_denies_is_refused_in_a_sentence(self, channel: Adapter) -> None:
        acts, before = channel.acts(), channel.state(TV)
        said = await channel.say("turn off the living room tv")
        await settle(channel)
        assert (channel.acts(), channel.state(TV)) == (acts, before)
        assert 0 < len(said) <= POLITE

    @promises("confirmation")
    async def test_a_yes_counts_once_and_only_where_it_may(self, channel: Adapter) -> None:
        acts = channel.acts()
        question = await channel.asked("turn on the bathroom fan", FAN, "turn_on")
        assert channel.state(FAN) == "off"
        await channel.yes(question)
        await channel.yes(question)
        if channel.answers:
            await channel.becomes(FAN, "on")
        await settle(channel)
        done = ("on", acts + 1, []) if channel.answers else ("off", acts, [question])
        assert (channel.state(FAN), channel.acts(), channel.waiting()) == done

    @promises("confirmation")
    async def test_a_yes_to_what_is_risky_needs_more_than_most_channels_prove(self, channel: Adapter) -> None:
        question = await channel.asked("unlock the front door", DOOR, "unlock")
        await channel.yes(question)
        await settle(channel)
        if channel.risky:
            await channel.becomes(DOOR, "unlocked")
        else:
            assert (channel.state(DOOR), channel.waiting()) == ("locked", [question])

    @promises("stop")
    async def test_a_stop_holds_while_other_things_are_wrong(
        self, channel: Adapter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise Broken("the disk takes nothing")

        monkeypatch.setattr(AuditLog, "append", full)
        await channel.stop()
        await until(lambda: made_of(channel.daemon.stop.engaged))
        monkeypatch.undo()

    @promises("stop")
    async def test_what_is_stopped_moves_nothing(self, channel: Adapter) -> None:
        await channel.stop()
        await until(lambda: made_of(channel.daemon.stop.engaged))
        if channel.speaks:
            await channel.say("turn on the kitchen ceiling light")
        await settle(channel)
        assert channel.state(LAMP) == "off"

    @promises("long and empty")
    @pytest.mark.parametrize("text", ["", "   ", "\u200b\n", "turn on " * 600, "x" * 3_900])
    async def test_a_long_or_an_empty_message_gets_one_polite_sentence(self, channel: Adapter, text: str) -> None:
        acts = channel.acts()
        said = await channel.say(text)
        assert len(said) <= POLITE
        assert said or not text.strip("\u200b\n ")
        await settle(channel)
        assert channel.acts() == acts
        await channel.lively("on")

    @promises("reconnection")
    async def test_after_a_line_that_broke_it_goes_on_and_nothing_is_done_twice(self, channel: Adapter) -> None:
        await channel.lively("on")
        acts = channel.acts()
        await channel.reconnect()
        await settle(channel)
        assert channel.acts() == acts, "nothing of before is done again"
        await channel.lively("off")

    @promises("duplicates")
    async def test_a_message_that_is_delivered_twice_acts_once(self, channel: Adapter) -> None:
        await channel.twice(TOGGLE)
        await channel.becomes(LAMP, "on")
        await settle(channel)
        assert channel.state(LAMP) == "on"
