"""Phones with Home Assistant's companion app: questions come with buttons, and messages come at all.

What is sent is an act of the house like any other (``notify.mobile_app_…``), in Claw's own name, by the gate.  What
comes back is an event that any program with an account over there could fire; so an answer counts only where a user
sent it with their own hand, who is the one that the phone's configuration names and not Claw itself, and where it
carries the word that was put on that very phone.  Everything else is somebody else's notification.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import SYSTEM, Action, Json, Message, Origin, Outcome
from claw.base.clock import Clock, Timer
from claw.base.config_channels import PhoneConfig, Urgency
from claw.base.errors import ClawError, Refused, Unavailable, UnknownOutcome
from claw.channels.phone_note import cleared, nonce_of, note, question
from claw.channels.posting import MOST_POSTS, Asked, Post, Posting, Reader, Settled
from claw.house.mirror import Mirror
from claw.house.telling import Tells
from claw.house.text import plain

logger = logging.getLogger(__name__)

EVENT = "mobile_app_notification_action"
MOST_ANSWERS = 8
"""Answers that are at work at one time; a household has fewer thumbs."""

LATE_S = 30.0
"""How rarely somebody is told that what they tapped is over."""

SENT = frozenset({"done", "sent", "started", "unchanged"})
_URGENCIES: tuple[Urgency, ...] = ("low", "normal", "high")


class Performed(Protocol):
    """What came of actions (``claw/gate/perform.py``)."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """One for each action; none where a person is asked first."""
        ...


class Perform(Protocol):
    """The gate's door."""

    async def __call__(self, actions: Sequence[Action], origin: Origin) -> Performed:
        """Do ``actions`` for ``origin``, one plan; every refusal is an outcome."""
        ...


class Events(Protocol):
    """The house, as far as it is asked for events (``claw/house/backend.py``)."""

    async def events(self, types: Sequence[str]) -> None:
        """Also tell about these event types; raises Refused when not permitted to."""
        ...


@dataclass(frozen=True)
class Around:
    """What the phones rest on.

    ``barred`` returns why the policy would not simply let Claw do an act, empty where it would; ``stopped`` whether
    Claw is; ``admitted`` whether a person counts now; ``refused`` notes answers that did not count, for the log.
    """

    perform: Perform
    mirror: Mirror
    house: Events
    barred: Callable[[Action], str]
    stopped: Callable[[], bool]
    admitted: Callable[[str], bool]
    refused: Callable[[str, str, int], Awaitable[None]]


class Phones:
    """The channel ``phone``: all phones that are configured."""

    kind = "phone"

    def __init__(
        self, phones: Sequence[PhoneConfig], page: str, around: Around, asked: Asked, clock: Clock, timer: Timer
    ) -> None:
        """``page`` is where Claw's page is for a phone, empty where nobody said."""
        self._phones = {phone.service: phone for phone in phones}
        self._page = page
        self._in = around
        self._clock = clock
        self._posting = Posting(self, asked, clock, timer)
        self._leave: list[Callable[[], None]] = []
        self._answering: set[asyncio.Task[None]] = set()
        self._problems: dict[str, str] = {}
        self._tried: set[str] = set()
        self._told_late: dict[str, float] = {}
        self._untold = ""

    async def start(self) -> None:
        """Put what waits and listen for answers; what is not permitted is said in the status."""
        self._leave.append(self._in.mirror.on_hand(self._happened))
        self._leave.append(self._in.mirror.on_link(lambda _link: self._posting.renew()))
        try:
            await self._in.house.events((EVENT,))
        except Refused as refused:
            self._untold = str(refused)
            logger.warning("Answers from phones cannot be heard: %s", refused)
        self._posting.start()

    async def close(self) -> None:
        """Listen no more; what is under way ends."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        await self._posting.close()
        for task in tuple(self._answering):
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def end(self, person: str) -> int:
        """Take every question from the phones of somebody who is shut out; return how many there were."""
        return self._posting.withdraw(person)

    def status(self) -> dict[str, Json]:
        """Return how it is: which rights are missing, which phone did not take what was sent."""
        said = [self._deaf(), *(self._amiss(phone) for phone in self._phones.values()), self._posting.problem]
        detail = ". ".join(dict.fromkeys(filter(None, said)))
        return {"kind": self.kind, "ready": not detail, "detail": plain(detail, 600), "phones": len(self._phones)}

    # What is put on them (claw/channels/posting.py, Board).

    def readers(self) -> Sequence[Reader]:
        """Return the phones of everybody who counts now."""
        return tuple(
            Reader(phone.service, _origin(phone)) for phone in self._phones.values() if self._in.admitted(phone.person)
        )

    async def put(self, post: Post) -> str:
        """Send a question to a phone; raises Unavailable, Refused, UnknownOutcome."""
        phone = self._phones[post.reader.id]
        left_s = (post.expires - self._clock.now()).total_seconds()
        heard = not self._deaf() and not self._own(phone)
        await self._send(question(phone.service, post, self._page, left_s, heard=heard))
        return post.question

    async def clear(self, post: Post, reference: str, how: Settled) -> None:
        """Take a question from a phone; raises Unavailable, Refused."""
        del reference, how
        await self._send(cleared(post.reader.id, post))

    # What is said by them (claw/gate/messages.py, Mouth).

    def reaches(self, message: Message) -> bool:
        """Return whether some phone would be sent this."""
        return bool(self._for(message))

    def why_not(self, message: Message) -> str:
        """Return why a phone that this is for would not be sent it; empty where there is none, or it would."""
        del message
        return ""

    async def tell(self, message: Message) -> bool:
        """Send a message to all phones it is for at once; return whether any took it.  Raises nothing."""
        return any(await asyncio.gather(*(self._told(phone, message) for phone in self._for(message))))

    def _for(self, message: Message) -> list[PhoneConfig]:
        to, _, name = message.to.partition(":")
        alarm = message.kind == "alarm"
        if to not in {"person", "everyone"} and not alarm:
            return []  # what is for a room or a talk is said there
        return [
            phone
            for phone in self._phones.values()
            if (to != "person" or phone.person == name)
            and (alarm or _URGENCIES.index(message.urgency) >= _URGENCIES.index(phone.least))
            and self._in.admitted(phone.person)
        ]

    async def _told(self, phone: PhoneConfig, message: Message) -> bool:
        try:
            await self._send(note(phone.service, message, self._page))
        except ClawError as error:
            # What a phone is called is whose it is.
            logger.warning("A phone was not sent a message; `claw status` says which")
            logger.info("%s was not sent a message: %s", phone.service, error)
            return False
        return True

    async def _send(self, action: Action) -> None:
        if self._in.stopped():
            raise Unavailable("Claw is stopped")
        # Asked before: a rule that wants a person's yes to this would have the question itself asked about, and so on.
        if why := self._in.barred(action):
            self._problems[action.name] = (
                f"the policy does not let Claw write to {action.name} ({why}): "
                "allow it for the channel system (docs/phone.md)"
            )
            raise Refused(self._problems[action.name])
        outcomes = (await self._in.perform((action,), SYSTEM)).outcomes
        if outcomes and outcomes[0].status in SENT:
            self._problems.pop(action.name, None)
            return
        detail = (outcomes[0].detail if outcomes else "") or "it was not sent"
        self._problems[action.name] = f"{action.name}: {plain(detail, 200)}"
        if outcomes and outcomes[0].status == "unknown":
            raise UnknownOutcome(detail)
        raise Unavailable(detail)

    # What comes back.

    def _happened(self, event: str, data: Mapping[str, Json], user: str) -> None:
        nonce = nonce_of(data) if event == EVENT else None
        if nonce is None:
            return
        if len(self._answering) >= MOST_ANSWERS:
            logger.warning("An answer from a phone was left out: %d are at work already", MOST_ANSWERS)
            return
        task = asyncio.get_running_loop().create_task(self._answered(nonce, user))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answered(self, nonce: str, user: str) -> None:
        reader = self._posting.reader_of(nonce)
        phone = self._phones.get(reader) if reader is not None else None
        if phone is None:
            await self._late(user)
            return
        if phone.user != user:
            logger.warning("An answer of a phone came from another user of the house; it does not count")
            await self._note(phone, nonce)
            return
        try:
            text = (await self._posting.answer(nonce, phone.service)).text
        except Refused as refused:
            text = f"Your answer did not count: {refused}"
        except ClawError as error:
            logger.warning("An answer from a phone was not carried out")
            logger.info("An answer from %s was not carried out: %s", phone.service, error)
            text = f"That was not done: {error}"
        await self._told(phone, Message(f"person:{phone.person}", text, "late", "low"))

    async def _late(self, user: str) -> None:
        """Tell somebody whose tap found no open question, now and then: an old notification may lie there for days."""
        phone = next((one for one in self._phones.values() if one.user == user), None)
        now = self._clock.monotonic()
        if phone is None or now - self._told_late.get(user, -LATE_S) < LATE_S:
            return
        self._told_late[user] = now
        await self._told(phone, Message(f"person:{phone.person}", "That question is not open any more.", "late", "low"))

    async def _note(self, phone: PhoneConfig, nonce: str) -> None:
        """Have it in the log that another user tried a button, once for each: whoever knows one may try it for ever."""
        if nonce in self._tried:
            return
        if len(self._tried) >= MOST_POSTS:
            self._tried.clear()
        self._tried.add(nonce)
        await self._in.refused(f"phone {phone.service}", "an answer by another user", 1)

    # What is missing.

    def _deaf(self) -> str:
        """Return why no answer can be heard; empty where it can."""
        house = self._in.house
        if not isinstance(house, Tells):
            return self._untold
        if EVENT in house.withheld:
            return (
                f"answers cannot be heard, questions come without buttons: {house.withheld[EVENT]}; "
                "Claw's user in Home Assistant has to be an administrator (docs/phone.md)"
            )
        if self._in.mirror.ready and house.user is None:
            return "answers cannot be heard: Home Assistant does not say which user Claw is"
        return ""

    def _own(self, phone: PhoneConfig) -> bool:
        """Return whether a phone's user is Claw's own: then a tap cannot be told from what Claw set off."""
        return isinstance(self._in.house, Tells) and self._in.house.user == phone.user

    def _amiss(self, phone: PhoneConfig) -> str:
        if self._own(phone):
            return (
                f"{phone.service} belongs to the user whose token Claw has, so its answers cannot count: "
                "make Claw a user of its own in Home Assistant (docs/phone.md)"
            )
        if not self._in.admitted(phone.person):
            return f"{phone.service}: {phone.person} is nobody of the household now"
        return self._problems.get(phone.service, "")


def _origin(phone: PhoneConfig) -> Origin:
    return Origin(
        "phone",
        person=phone.person,
        authenticated=True,
        source=f"phone {phone.service}",
        strength="session" if phone.proves == "session" else "tap",
    )
