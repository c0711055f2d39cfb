"""What talk about memory needs from the rooms that keep it: one port for each, filled where the daemon is put together.

Each port is as narrow as what is asked here, so that a test can stand in for a room with ten lines.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from claw.base.action import Origin
from claw.gate.perform import Performed
from claw.house.model import House
from claw.memory.erasing import Scope
from claw.memory.model import Audience, Evidence, Fact, Memory, Status


class Known(Protocol):
    """What is remembered (``Facts``): everything is asked for an audience, and what it may not hear is not there."""

    def shown(
        self, audience: Audience, about: str | None = None, statuses: Sequence[Status] = ("active",), limit: int = 200
    ) -> Sequence[Memory]:
        """Return what this audience may hear of, newest first."""
        ...

    def visible(self, number: int, audience: Audience) -> Memory | None:
        """Return one memory, None where there is none or this audience may not hear of it."""
        ...

    def evidence(self, number: int) -> Sequence[Evidence]:
        """Return what one memory rests on."""
        ...

    def seen(self, ids: Sequence[int], audience: Audience, conversation: str) -> None:
        """Write down that these were told."""
        ...


class KeptLike(Protocol):
    """What was kept, and what it took the place of."""

    @property
    def memory(self) -> Memory: ...  # noqa: D102  a field

    @property
    def before(self) -> Memory | None: ...  # noqa: D102  a field

    @property
    def new(self) -> bool: ...  # noqa: D102  a field


class AnswerLike(Protocol):
    """What the gate said to something that was to be kept, and what was kept."""

    @property
    def performed(self) -> Performed: ...  # noqa: D102  a field

    @property
    def kept(self) -> KeptLike | None: ...  # noqa: D102  a field


class Keeping(Protocol):
    """What writes (``Memories``): every call goes through the gate and raises Refused, with a sentence."""

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: str = "words") -> AnswerLike:
        """Keep ``fact``."""
        ...

    async def correct(self, number: int, fact: Fact, origin: Origin, *, said: str = "") -> AnswerLike:
        """Put ``fact`` in the place of a memory."""
        ...

    async def consent(
        self, person: str, origin: Origin, *, habits: bool | None = None, talks: bool | None = None
    ) -> AnswerLike:
        """Write down what somebody agrees to."""
        ...


class ForgottenLike(Protocol):
    """What came of a forgetting, told in whole sentences."""

    @property
    def told(self) -> str: ...  # noqa: D102  a field

    @property
    def performed(self) -> Performed | None: ...  # noqa: D102  a field


class Forgets(Protocol):
    """What forgets (``Forgetting``)."""

    async def forget(self, scope: Scope, origin: Origin, said: str = "") -> ForgottenLike:
        """Forget what ``scope`` means; raises Refused, with a sentence, for what is not there or not this person's."""
        ...


class Lived(Protocol):
    """One span in which somebody belongs to the household (UTC; ``until`` is None while it lasts)."""

    @property
    def person(self) -> str: ...  # noqa: D102  a field

    @property
    def name(self) -> str: ...  # noqa: D102  a field

    @property
    def since(self) -> datetime: ...  # noqa: D102  a field

    @property
    def until(self) -> datetime | None: ...  # noqa: D102  a field


class Living(Protocol):
    """Who belonged to the household when (``Residents``)."""

    def spans(self) -> Iterable[Lived]:
        """Return every span that is known, the oldest first."""
        ...


class Names(Protocol):
    """What gives things names (``Aliases``)."""

    def fact(self, entity_id: str, name: str, origin: Origin) -> Fact:
        """Return the fact that a thing is called ``name``; raises Refused, with a sentence."""
        ...


class Nightly(Protocol):
    """What is done at night (``Sleep``)."""

    def summary(self, audience: Audience) -> str:
        """Return what was learned last night."""
        ...


class Asked(Protocol):
    """Something that somebody was offered and may answer by a bare yes or no."""

    @property
    def id(self) -> int: ...  # noqa: D102  a field


class Settled(Protocol):
    """What came of a yes or no."""

    @property
    def text(self) -> str: ...  # noqa: D102  a field

    @property
    def memory(self) -> int | None: ...  # noqa: D102  a field


class Offering(Protocol):
    """What puts habits to people (``Offers``)."""

    def waiting(self, person: str | None) -> Asked | None:
        """Return what ``person`` was asked lately and may answer."""
        ...

    async def answer(self, habit: int, origin: Origin, *, yes: bool) -> Settled:
        """Take an answer; raises Refused, with a sentence."""
        ...


class Preferred(Protocol):
    """What reads what people like (``Preferring``)."""

    async def from_now_on(self, rest: str, house: House, origin: Origin) -> Fact:
        """Return the fact that "from now on ``rest``" states; raises Refused, with a sentence."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from; ``audience`` says who hears what is told to an origin."""

    facts: Known
    memories: Keeping
    forgetting: Forgets
    residents: Living
    aliases: Names
    preferring: Preferred
    offers: Offering
    sleep: Nightly
    audience: Callable[[Origin], Audience]
