"""A routine, a reminder or a timer out of one sentence: when, under what conditions, what; and what is said of it.

A sentence that says when and not what, or what and not when, is asked about where that can be asked; where a model is
named, the rest goes on to it.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from claw.base.action import Origin, Reply, ReplyStatus
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.attempt import NOT_UNDERSTOOD
from claw.mind.intents import Intents
from claw.mind.phrases import phrases
from claw.mind.statuses import status
from claw.mind.turn_replies import performed_reply, plain_reply, unclear_reply
from claw.mind.understood import Unclear
from claw.policy.rules import When
from claw.routines.model import Routine
from claw.routines.routines import Told
from claw.routines.spec import At, Once, Says, Spec
from claw.routines.talk_due import Due, due, written
from claw.routines.talk_events import Event, Events
from claw.routines.talk_orders import LONGEST_NAME, Order, Orders, Unknown, flipped, woken
from claw.routines.talk_ports import TalkRooms
from claw.routines.talk_recent import Recents
from claw.routines.talk_splits import Split, conditions, splits
from claw.routines.talk_times import Reader
from claw.routines.talk_tongue import Tongue, tidy
from claw.routines.talk_words import TalkWords, soon

LONGEST_TIMER_S = 7 * 86_400
_GRACE = {"timer": "1 h", "reminder": "1 d"}
_MOST_WAYS = 24
"""Ways of cutting one sentence that are looked at."""
_NOON = 12 * 60


@dataclass(frozen=True, slots=True)
class _Wish:
    """What must be so besides, and how that was said."""

    clause: str = ""
    when: When | None = None


@dataclass(frozen=True, slots=True)
class How:
    """How something was said: the clause of its event, that of its condition, the other half of the day, a remark."""

    clause: str = ""
    only: str = ""
    other: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of one person in one language."""

    text: str
    origin: Origin
    tongue: Tongue
    reader: Reader
    words: TalkWords


class Setting:
    """Sets up what a sentence asks for."""

    def __init__(self, rooms: TalkRooms, intents: Intents, mirror: Mirror, clock: Clock, recents: Recents) -> None:
        self._in = rooms
        self._mirror = mirror
        self._clock = clock
        self._recents = recents
        self.events = Events(intents, mirror, rooms.people)
        self._orders = Orders(intents, mirror, rooms.people, rooms.skills)

    def said(self, text: str, origin: Origin, tongue: Tongue, reader: Reader) -> Said:
        """Return a sentence with the words of this moment."""
        words = TalkWords(tongue, self._mirror.house(), self._clock.now())
        return Said(text, replace(origin, language=tongue.code), tongue, reader, words)

    def starts_timer(self, said: Said) -> bool:
        """Return whether a sentence sets a timer."""
        return next(self._timers(said), None) is not None

    async def answer(self, said: Said) -> Reply | None:
        """Return the reply to a sentence that sets something up, None where it is none."""
        try:
            event = await self._timer(said) or await self._event(said)
            if event is not None and event.status != "unclear":
                return event
            return await self._timed(said) or event or await self._bare(said)
        except Refused as error:
            return Reply(str(error), "unclear", path="intent", language=said.tongue.code)

    async def made(self, spec: Spec, said: Said, how: How) -> Reply:
        """Have a routine made, and return what is told of it."""
        if not self._mirror.ready:
            return plain_reply("failed", "unreachable", said.tongue.code)
        told = await self._in.routines.add(spec, said.origin, said=said.text)
        if told.routine is None:
            return refused(told, said, self._mirror)
        self._recents.spoke(said.origin, told.routine.id)
        if not told.routine.fires:
            return Reply(told.text, "done", told.performed.outcomes, path="intent", language=said.tongue.code)
        parts = [self.back(told.routine, said, how.clause, only=how.only, fresh=True), *told.warnings]
        if how.other is not None:
            key = "evening_note" if how.other >= _NOON else "morning_note"
            parts.append(said.words.say(key, time=written(how.other)))
        if told.routine.expires is not None:
            parts.append(said.words.say("expires", day=said.words.moment(told.routine.expires)))
        text = " ".join(part for part in (*parts, how.note) if part)
        return Reply(text, "done", told.performed.outcomes, path="intent", language=said.tongue.code)

    def back(self, routine: Routine, said: Said, clause: str = "", *, only: str = "", fresh: bool = False) -> str:
        """Return what a routine does and its next three firings, as it stands."""
        spec, words = routine.spec, said.words
        when = words.when(spec, flipped(clause, said.tongue))
        first = spec.when[0]
        if fresh and soon(spec, words.now) and isinstance(first, Once):
            when = words.say("after", span=words.left(first.once), time=words.time(first.once))
        if only:
            when = words.say("only_if", when=when, clause=plain(flipped(only, said.tongue), 120))
        text = words.say("made", when=when, what=words.what(spec))
        coming = self._in.routines.next(routine, 1 if spec.max_runs == 1 else 3)
        single = all(isinstance(one, Once) for one in spec.when) and len(spec.when) == 1
        if coming and not single:
            listed = phrases(said.tongue.code).marks["comma"].join(map(words.moment, coming))
            text = f"{text} {words.say('next', list=listed)}"
        return text

    def _timers(self, said: Said) -> Iterator[tuple[float, str]]:
        """Yield the seconds and the name of the timer that a sentence may set."""
        for match in said.tongue.timers.matches(said.text):
            if match.means != "set":
                continue
            seconds, name = said.reader.span(match.get("span")) or 0.0, match.get("name")
            if match.get("timed"):
                seconds, name = said.reader.leading_span(match.get("timed"))
            if seconds:
                yield seconds, said.tongue.bare_name(name)

    async def _timer(self, said: Said) -> Reply | None:
        found = next(self._timers(said), None)
        if found is None:
            return None
        return self._ask(said, "too_long") if found[0] > LONGEST_TIMER_S else await self._timer_of(said, *found)

    async def _timer_of(self, said: Said, seconds: float, name: str) -> Reply:
        words, named = said.words, plain(name, LONGEST_NAME - 10)
        spoken = words.span(seconds)
        key = "timer_text_named" if named else "timer_text"
        text = words.say(key, name=named, span=spoken)
        moment = self._clock.now().replace(microsecond=0)
        spec = Spec.model_validate(
            {
                "name": words.say("timer_name", name=named) if named else words.say("timer_bare", span=spoken),
                "kind": "timer",
                "when": [{"once": moment + _seconds(seconds)}],
                "do": [{"say": text, "to": "me", "urgency": "high"}],
                "grace": _GRACE["timer"],
            }
        )
        reply = await self.made(spec, said, How())
        if reply.status != "done":
            return reply
        until = words.time(moment + _seconds(seconds))
        told = words.say("timer_set_named" if named else "timer_set", name=named, span=spoken, time=until)
        return replace(reply, text=told)

    async def _event(self, said: Said) -> Reply | None:
        half: Reply | None = None
        for split in islice(splits(said.text, said.tongue), _MOST_WAYS):
            await asyncio.sleep(0)  # each way costs some milliseconds: others go on in between
            event = await self.events.event(split.clause, said.origin, said.tongue, said.reader)
            if event == "me_who":
                half = half or self._ask(said, "me_who")
            if not isinstance(event, Event):
                continue
            order = await self._orders.order(split.command, said.origin, said.tongue, clause=split.clause)
            if isinstance(order, Order):
                return await self._of_event(said, split, event, order)
            half = half or self._half(
                said, said.words.say("event", clause=plain(split.clause, 200)), split.command, order
            )
        return half

    async def _of_event(self, said: Said, split: Split, event: Event, order: Order) -> Reply:
        """Have made what waits for something to happen: a message once, where it was not said otherwise."""
        once = split.once if split.once is not None else order.message
        spec = _spec(order, event.triggers, event.only_if, name=said.text, once=once)
        note = said.words.say("once_note") if once and split.once is None else ""
        return await self.made(spec, said, How(event.clause, note=note))

    async def _timed(self, said: Said) -> Reply | None:
        text, wish = await self._conditioned(said)
        half: Reply | None = None
        for times in islice(said.reader.read(text, said.words.now.date()), _MOST_WAYS):
            await asyncio.sleep(0)
            rest = tidy(times.rest, said.tongue)
            if not times.any or not rest:
                continue
            order = await self._orders.order(rest, said.origin, said.tongue)
            if not isinstance(order, Order):
                if any(match.means == "remind" for match in said.tongue.bare.matches(rest)):
                    return self._ask(said, "remind_what", "what")
                if order == "question" and not (times.clocks or times.after or times.again):
                    continue  # "tell me about the weather tomorrow" is asked now
                half = half or self._half(said, self._when_words(times.rest, said), rest, order)
                continue
            early = order.wakes and times.part is None and times.day is None and not times.again
            meant = replace(times, part="morning") if early else times
            found = due(meant, said.words.now, reminder=order.message)
            if isinstance(found, Due):
                return await self._of_time(said, found, order, wish)
            return self._ask(said, found, "when", self._when_words(times.rest, said))
        return half

    async def _of_time(self, said: Said, found: Due, order: Order, wish: _Wish) -> Reply:
        first = found.triggers[0]
        if order.wakes:
            time = first.at if isinstance(first, At) else f"{first.once:%H:%M}" if isinstance(first, Once) else ""
            order = woken(order, time, said.tongue) if time else order
        once = found.once and not all(isinstance(one, Once) for one in found.triggers)
        spec = _spec(order, found.triggers, wish.when, name=order.name, once=once)
        return await self.made(spec, said, How(only=wish.clause, other=found.other))

    async def _conditioned(self, said: Said) -> tuple[str, _Wish]:
        """Return the sentence without the condition at its end or its beginning, and that."""
        for head, clause, tail in islice(conditions(said.text, said.tongue), _MOST_WAYS):
            await asyncio.sleep(0)
            wish = await self.events.condition(clause, said.origin, said.tongue)
            if wish is not None:
                return f"{head} {tail}".strip(), _Wish(clause, wish)
        return said.text, _Wish()

    async def _bare(self, said: Said) -> Reply | None:
        """Ask for the other half of what names none: "remind me to water the plants", "set a timer"."""
        for match in said.tongue.bare.matches(said.text):
            if match.means == "timer":
                return self._ask(said, "when_for", "for")
            return self._ask(said, "remind_what", "what")
        order = await self._orders.order(said.text, said.origin, said.tongue)
        if isinstance(order, Order) and (order.kind == "reminder" or order.wakes):
            return self._ask(said, "when_remind", "when")
        return None

    def _half(self, said: Said, when: str, rest: str, order: Unclear | Unknown) -> Reply | None:
        """Return what is told where it is known when and not what, None where it may go on."""
        if isinstance(order, Unclear) and order.reason != NOT_UNDERSTOOD:
            if not order.choices:
                self._recents.waits(said.origin, said.text, "room")
            return unclear_reply(replace(order, nearest=None), self._mirror.house())
        if order == "none" or self._in.model:
            return None
        if order == "question":
            return self._ask(said, "no_question")
        quoted = phrases(said.tongue.code).quote(rest, 120)
        return Reply(said.words.say("no_command", when=when, what=quoted), "unclear", language=said.tongue.code)

    def _when_words(self, rest: str, said: Said) -> str:
        """Return the words that said when: what is there and not left over."""
        left = set(rest.lower().split())
        return " ".join(word for word in said.text.split() if word.lower().strip(",") not in left).strip(" ,")

    def _ask(self, said: Said, key: str, waits: str = "", when: str = "") -> Reply:
        """Return a question or a refusal; ``waits`` is which half of the sentence is waited for."""
        if waits in {"when", "for", "what"} and key not in {"past", "too_short", "too_long"}:
            self._recents.waits(said.origin, said.text, waits)  # pyright: ignore[reportArgumentType]  one of those
        text = said.words.say(
            key, when=plain(when or said.text, 120), span=said.words.span(10), clause=plain(said.text, 120)
        )
        return Reply(text, "unclear", path="intent", language=said.tongue.code)


def refused(told: Told, said: Said, mirror: Mirror) -> Reply:
    """Return what is told where something was not done: the gate's question, or why not."""
    if told.performed.pending is not None:
        return performed_reply(told.performed, mirror.house(), said.tongue.code)
    outcomes = told.performed.outcomes
    how: ReplyStatus = status(outcomes) if outcomes else "refused"
    return Reply(told.text, how, outcomes, path="intent", language=said.tongue.code)


def _spec(order: Order, triggers: tuple[object, ...], wish: When | None, *, name: str, once: bool) -> Spec:
    raw = {
        "name": name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…",
        "kind": order.kind,
        "when": list(triggers),
        "do": list(order.steps),
        **({"only_if": wish} if wish is not None else {}),
        **({"max_runs": 1} if once else {}),
    }
    if order.kind in _GRACE or any(isinstance(step, Says) for step in order.steps):
        raw["grace"] = _GRACE.get(order.kind, "1 h")
    return Spec.model_validate(raw)


def _seconds(count: float) -> timedelta:
    return timedelta(seconds=round(count))
