"""Talk about routines that exist: what is scheduled, how much is left, cancel, skip, pause, move.

Which one is meant comes from its name and kind, from a list that was told a moment ago, or from what was just spoken
of.  A sentence that means none of them goes on as if nothing had been.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from claw.base.action import Reply
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind import memos_days
from claw.mind.memos_templates import Match
from claw.mind.phrases import phrases
from claw.routines.model import Routine
from claw.routines.routines import Told
from claw.routines.talk_moving import Mover
from claw.routines.talk_ports import TalkRooms
from claw.routines.talk_recent import GAP, Recents
from claw.routines.talk_setting import Said, refused

MOST_LISTED = 10
_MOST_NAMED = 4
_MOST_DAYS = 31
_LOOKED_AHEAD = 20
_UNNAMED = frozenset({"later", "earlier", "snooze", "skip", "adopt", "add", "move"})
"""What may be said without naming anything, of what was just spoken of."""

Which = tuple[Routine, ...] | None
"""The routines that words mean; None where the words are about none."""


class Managing:
    """Answers what is asked of routines that exist."""

    def __init__(self, rooms: TalkRooms, mirror: Mirror, recents: Recents, mover: Mover) -> None:
        self._in = rooms
        self._mirror = mirror
        self._recents = recents
        self._mover = mover

    async def answer(self, said: Said) -> Reply | None:
        """Return the reply to a sentence about routines that exist, None where it is none."""
        do: Mapping[str, Callable[[Match, Said], Awaitable[Reply | None]]] = {
            **dict.fromkeys(("list", "list_timers", "list_reminders", "list_day"), self._list),
            **dict.fromkeys(("left", "next"), self._next),
            **dict.fromkeys(("pause", "resume", "run", "adopt", "about", "last"), self._one),
            **dict.fromkeys(("skip", "skip_not"), self._skip),
            **dict.fromkeys(("move", "later", "earlier", "snooze", "add", "less"), self._move),
            "cancel": self._cancel,
            "cancel_all": self._cancel_all,
        }
        for templates in (said.tongue.timers, said.tongue.manage):
            for match in templates.matches(said.text):
                answering = do.get(match.means)
                reply = await answering(match, said) if answering is not None else None
                if reply is not None:
                    return reply
        return None

    def all(self, said: Said, kind: str = "") -> list[Routine]:
        """Return those of a kind that whoever asks may know of and that still have something to do, next first."""
        found = [
            one for one in self._in.routines.list(said.origin) if one.spec.kind == kind or (not kind and not one.safety)
        ]
        far = said.words.now + timedelta(days=10_000)
        return sorted(found, key=lambda one: (next(iter(self._in.routines.next(one, 1)), far), one.created))

    def which(self, match: Match, said: Said) -> Which:
        """Return what is meant, none where the words name one that is not there, None where they are about none."""
        words, recent = match.get("which"), self._recents.of(said.origin)
        named = match.get("reminder") or match.get("about")
        if named:
            return self._about(named, said)
        place, ids = said.tongue.number(words) if words else None, recent.listed
        if place is not None and ids:
            inside = place <= len(ids)
            return self._known([ids[place - 1 if place > 0 else -1]], said) if inside else None
        if not words or (said.tongue.is_it(words) and not said.tongue.of_devices(said.text)):
            spoken = bool(recent.last) and (bool(words) or match.means in _UNNAMED)
            return self._known([recent.last], said) if spoken else None
        return None if place is not None or said.tongue.is_it(words) else self._named(words, said)

    def _named(self, words: str, said: Said) -> Which:
        kind, name = said.tongue.kind_of(words)
        if not kind:
            exact = [one for one in self.all(said) if said.tongue.plain(one.spec.name) == said.tongue.plain(name)]
            return tuple(exact) or None
        if not name:
            found = tuple(self.all(said, kind))
            recent = self._known([self._recents.of(said.origin).last], said)
            return recent if len(found) > 1 and recent and recent[0].spec.kind == kind else found
        return self._about(name, said, kind)

    def _about(self, name: str, said: Said, kind: str = "reminder") -> tuple[Routine, ...]:
        """Return those of a kind whose name or words hold all of ``name``."""
        wanted = set(said.tongue.plain(name).split()) - set(said.tongue.texts("articles"))
        found = [one for one in self.all(said, kind) if wanted and wanted <= self._words(one, said)]
        exact = [one for one in found if said.tongue.plain(one.spec.name) == said.tongue.plain(name)]
        if said.tongue.spaceless and not found:
            found = [one for one in self.all(said, kind) if name in one.spec.name]
        return tuple(exact or found)

    def _words(self, routine: Routine, said: Said) -> set[str]:
        return set(said.tongue.plain(f"{routine.spec.name} {said.words.what(routine.spec)}").split())

    def _known(self, ids: Sequence[str], said: Said) -> tuple[Routine, ...]:
        found = (self._in.routines.get(one, said.origin) for one in ids if one)
        return tuple(one for one in found if one is not None and one.state not in {"removed", "over"})

    def _single(self, found: Which, match: Match, said: Said) -> Routine | Reply | None:
        """Return the one that is meant; a question where it may be several, None where the words are about none."""
        if found is None:
            return None
        if len(found) == 1:
            return found[0]
        if not found:
            if said.tongue.of_devices(said.text):
                return None  # "turn off the alarm" is about one that hangs on the wall
            kind, name = said.tongue.kind_of(match.get("which"))
            key = f"no_{kind}s" if kind in {"timer", "reminder"} and not name else "no_which"
            return replace(self._say(key, said, "unclear"), path="none")  # somebody else may know what is meant
        self._recents.listed(said.origin, [one.id for one in found])
        if match.get("which"):
            self._recents.waits(said.origin, said.text.replace(match.get("which"), GAP), "which")
        names = phrases(said.tongue.code).join([said.words.row(one) for one in found[:_MOST_NAMED]])
        return self._say("which", said, "unclear", names=names)

    async def _list(self, match: Match, said: Said) -> Reply | None:
        kind = {"list_timers": "timer", "list_reminders": "reminder"}.get(match.means, "")
        found, day = self.all(said, kind), None
        if match.get("day"):
            days = self.days(match.get("day"), said)
            if not days:
                return None
            day = days[0]
            found = [one for one in found if self._due_on(one, day, said)]
        key = f"listed_{kind}s" if kind else "listed_day" if day is not None else "listed"
        if not found:
            empty = f"no_{kind}s" if kind else "nothing_day" if day is not None else "nothing"
            return self._say(empty, said, day=said.words.day(day) if day is not None else "")
        shown = found[:MOST_LISTED]
        self._recents.listed(said.origin, [one.id for one in shown])
        rows = [said.words.say("numbered", number=str(at), row=self._row(one, said)) for at, one in enumerate(shown, 1)]
        if len(found) > len(shown):
            rows.append(said.words.say("more", count=str(len(found) - len(shown))))
        head = said.words.say(key, day=said.words.day(day) if day is not None else "")
        return Reply("\n".join((head, *rows)), "answered", path="intent", language=said.tongue.code)

    def _row(self, routine: Routine, said: Said) -> str:
        row = said.words.row(routine)
        if routine.spec.kind == "timer":
            row = f"{said.words.name(routine.spec)}: {self._left(routine, said)}"
        if routine.state in {"paused", "waiting", "suspended", "shadow"}:
            row = said.words.say("row_state", row=row, state=said.words.say(routine.state))
        return row

    def _left(self, routine: Routine, said: Said) -> str:
        coming = self._in.routines.next(routine, 1)
        if not coming:
            return said.words.say("done_already")
        return said.words.say("left_bare", span=said.words.left(coming[0]), time=said.words.time(coming[0]))

    def _due_on(self, routine: Routine, day: date, said: Said) -> bool:
        coming = self._in.routines.next(routine, _LOOKED_AHEAD)
        return any(said.words.place.wall(moment).date() == day for moment in coming)

    async def _next(self, match: Match, said: Said) -> Reply | None:
        """Tell when one is due next; of a timer how much is left."""
        found = self.which(match, said)
        if found is None and match.means == "left" and not match.get("which"):
            found = tuple(self.all(said, "timer")) or None
        if found and len(found) > 1 and all(one.spec.kind == "timer" for one in found):
            return await self._list(Match("list_timers", {}), said)
        one = self._single(found, match, said)
        if not isinstance(one, Routine):
            return one
        self._recents.spoke(said.origin, one.id)
        coming = self._in.routines.next(one, 3)
        name = said.words.name(one.spec)
        if not coming:
            return self._say("next_event", said, name=name)
        if one.spec.kind == "timer" or match.means == "left":
            left, until = said.words.left(coming[0]), said.words.time(coming[0])
            return self._say("left", said, span=left, name=name, time=until)
        moments = phrases(said.tongue.code).marks["comma"].join(map(said.words.moment, coming))
        return self._say("next_of", said, name=name, list=moments)

    async def _one(self, match: Match, said: Said) -> Reply | None:
        one = self._single(self.which(match, said), match, said)
        if not isinstance(one, Routine):
            return one
        self._recents.spoke(said.origin, one.id)
        name = said.words.name(one.spec)
        if match.means == "about":
            return Reply(self._mover.back(one, said), "answered", path="intent", language=said.tongue.code)
        if match.means == "last":
            return self._last(one, said)
        if match.means == "pause" and one.spec.kind == "timer":
            return self._say("not_timer_pause", said, "unclear")
        asking = self._in.routines
        do = {"pause": asking.pause, "resume": asking.resume, "run": asking.run, "adopt": asking.adopt}[match.means]
        told = await do(one.id, said.origin, said=said.text)
        coming = self._in.routines.next(one, 1)
        following = said.words.say("next", list=said.words.moment(coming[0])) if coming else ""
        key = {"pause": "paused_now", "resume": "resumed_now", "run": "ran", "adopt": "adopted"}[match.means]
        if match.means == "run":
            return (
                Reply(told.text, "done", path="intent", language=said.tongue.code) if told.ok else self._no(told, said)
            )
        return self._told(told, said, said.words.say(key, name=name, next=following))

    def _last(self, one: Routine, said: Said) -> Reply:
        rows = self._in.routines.history(said.origin, one.id, limit=1)
        name = said.words.name(one.spec)
        if not rows:
            return self._say("never_ran", said, name=name)
        why = f" ({plain(rows[0].reason, 200)})" if rows[0].reason else ""
        status = said.words.say(f"status_{rows[0].status}") + why
        return self._say("last_of", said, name=name, when=said.words.moment(rows[0].firing.due), status=status)

    async def _cancel(self, match: Match, said: Said) -> Reply | None:
        one = self._single(self.which(match, said), match, said)
        if not isinstance(one, Routine):
            return one
        told = await self._in.routines.remove(one.id, said.origin, said=said.text)
        return self._told(told, said, said.words.say("cancelled", name=said.words.row(one)))

    async def _cancel_all(self, match: Match, said: Said) -> Reply | None:
        kind, name = said.tongue.kind_of(match.get("plural"))
        plurals = said.tongue.texts("plurals")
        if not kind or name or (plurals and match.get("plural").lower() not in plurals):
            return None
        found = [one for one in self.all(said, kind) if self._in.routines.own(one, said.origin)]
        if not found:
            return self._say(f"no_{kind}s" if kind != "routine" else "nothing", said)
        gone: list[str] = []
        for one in found:
            told = await self._in.routines.remove(one.id, said.origin, said=said.text)
            if not told.ok:
                return self._no(told, said)
            gone.append(said.words.name(one.spec))
        return self._say("cancelled_many", said, "done", names=phrases(said.tongue.code).join(gone))

    async def _skip(self, match: Match, said: Said) -> Reply | None:
        days, words = self.days(match.get("day"), said), match.get("which")
        if match.get("day") and not days:
            return None
        if (
            words and not days
        ):  # "skip tomorrow", "skip the blinds routine on Monday": the day stands where a name might
            rest, days = self._without_days(words, said)
            match = Match(match.means, {**match.slots, "which": rest})
        found = self.which(match, said)
        if found is None and days and not match.get("which"):
            last = self._known([self._recents.of(said.origin).last], said)
            due = tuple(one for one in self.all(said, "routine") if self._due_on(one, days[0], said))
            found = last or (due if match.means == "skip" and due else None)
            if found is None and match.means == "skip":
                return self._say("nothing_day", said, "unclear", day=said.words.day(days[0]))
        one = self._single(found, match, said)
        if not isinstance(one, Routine):
            return one
        told = await self._in.routines.skip(one.id, said.origin, days=days, said=said.text)
        if told.routine is None:
            return self._no(told, said)
        self._recents.spoke(said.origin, one.id)
        shown = sorted(days) or sorted(told.routine.skips)[-1:]
        listed = phrases(said.tongue.code).join([said.words.full_day(day) for day in shown])
        text = said.words.say("skipped", name=said.words.name(one.spec), day=listed)
        coming = self._in.routines.next(told.routine, 1)
        following = said.words.say("next", list=said.words.moment(coming[0])) if coming else ""
        return self._told(told, said, f"{text} {following}".strip())

    async def _move(self, match: Match, said: Said) -> Reply | None:
        one = self._single(self.which(match, said), match, said)
        if not isinstance(one, Routine):
            return one
        return await self._mover.move(one, match, said)

    def days(self, words: str, said: Said) -> tuple[date, ...]:
        """Return the days that ``words`` name and nothing else, from today on; () where they name none."""
        on = said.tongue.days.lists["on"][0]
        for text in (words, f"{on} {words}") if words else ():
            rest, days = self._without_days(text, said)
            if days and not rest:
                return days
        return ()

    def _without_days(self, words: str, said: Said) -> tuple[str, tuple[date, ...]]:
        """Return ``words`` without the days that they name, and those from today on."""
        today = said.words.now.date()
        try:
            when = memos_days.find(words, said.tongue.days, today, past=False)
        except Refused:
            return words, ()
        if when is None or when.start is None or when.end is None or (when.end - when.start).days > _MOST_DAYS:
            return words, ()
        found = (when.start + timedelta(days=at) for at in range((when.end - when.start).days))
        days = tuple(day for day in found if day >= today)
        return (when.cut(words), days) if days else (words, ())

    def _told(self, told: Told, said: Said, text: str) -> Reply:
        if not told.ok:
            return self._no(told, said)
        return Reply(text, "done", told.performed.outcomes, path="intent", language=said.tongue.code)

    def _no(self, told: Told, said: Said) -> Reply:
        return refused(told, said, self._mirror)

    def _say(self, key: str, said: Said, how: str = "answered", **values: str) -> Reply:
        text = said.words.say(key, **values)
        return Reply(text, how, path="intent", language=said.tongue.code)  # pyright: ignore[reportArgumentType]  one of its words
