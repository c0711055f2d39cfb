"""What of the house sets routines off: states, figures, events, presence and conditions, each counted once.

The mirror tells of every change; only what a trigger looks at comes here.  What a trigger last knew (which value, on
which side of a threshold, who was at home) is kept, so that a restart neither forgets a door that was left open nor
takes a house that comes into view for one that changed.  ``docs/routines.md`` has the rules.
"""

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, cast

from claw.base.action import Json
from claw.base.clock import Clock, Timer
from claw.base.errors import Broken
from claw.base.supervised import Supervised
from claw.house.mirror import Mirror, Unwatch
from claw.house.model import Change
from claw.policy.people import People
from claw.routines.conditions import Conditions
from claw.routines.events import Events, Listens
from claw.routines.eyes import Began, HoldsEye, Over, Seen
from claw.routines.looks import Looks, lasting, mark
from claw.routines.missing import Missing, Tell
from claw.routines.model import Firing, Routine
from claw.routines.posts import Post, Span
from claw.routines.spans import Spans
from claw.routines.things import Keeps, Things

_logger = logging.getLogger(__name__)

KEPT = "watch"
"""The key of what is kept: by trigger, what its eye must not forget, and since when its spans run."""
KEEP_S = 30.0
"""So much newer what was seen may be than what is kept; what was counted is kept sooner."""
_ROW_S = 1.0
"""Within this a firing has its row."""
_SAID, _AGAIN = "said", "again"
_AT_ONCE, _BREATH_S = 4, 0.05
"""So many are written in a row, and so long others come between."""


class Known(Keeps, Protocol):
    """The book, as far as watching needs it; ``changed`` are called with the id of a routine that changed."""

    changed: list[Callable[[str], None]]

    def all(self) -> Sequence[Routine]:
        """Return every routine that is not removed."""
        ...

    def get(self, routine: str) -> Routine | None:
        """Return the routine with this id."""
        ...


Fire = Callable[[Firing], object]
"""Takes one firing (``Keeper.fire``); ``due`` lies before now where it was seen late, after a time out of sight."""


class Watching:
    """Watches the house for all routines; used from the event loop only."""

    def __init__(
        self,
        mirror: Mirror,
        backend: Listens,
        known: Known,
        fire: Fire,
        times: tuple[Clock, Timer],
        around: tuple[People, Conditions, Things],
        tell: Tell,
    ) -> None:
        people, conditions, things = around
        self._mirror = mirror
        self._known = known
        self._fire = fire
        self._clock = times[0]
        self._things = things
        self._looks = Looks(mirror, people, conditions, things)
        self._events = Events(mirror, backend, fire, times[0])
        self._spans = Spans(*times, self._up, self._minute)
        self._missing = Missing(self._spans, self._looks.problem, tell)
        self._routines: dict[str, Routine] = {}
        self._posts: dict[str, list[Post]] = {}
        self._written: dict[str, Mapping[str, Json]] = {}
        self._dirty: set[str] = set()
        self._overdue: set[tuple[Post, str]] = set()
        """Spans whose time was up while the house was out of sight."""
        self._by_clock = 0
        """How many triggers are looked at each minute."""
        self._sighted = False
        self._leave: list[Unwatch] = []
        self.kept = Supervised("routines", self._spans.run, *times)

    def start(self) -> None:
        """Begin to watch for all routines that stand now, and follow the book from here on; needs a running loop."""
        for routine in self._known.all():
            self._refresh(routine.id)
        self._known.changed.append(self._refresh)
        self._leave = [self._mirror.on_link(lambda _: self._linked()), self._mirror.on_registry(self._renamed)]
        self.kept.start()
        self._linked()

    async def close(self) -> None:
        """Stop watching, and keep what was last known."""
        with suppress(ValueError):
            self._known.changed.remove(self._refresh)
        for leave in self._leave:
            leave()
        await self._events.close()
        await self.kept.close()
        for routine in tuple(self._posts):
            self._keep(routine)
            self._drop(routine)

    def problem(self, routine_id: str) -> str:
        """Return why a trigger of a routine cannot fire as things are, in a sentence; empty where all can."""
        routine = self._routines.get(routine_id)
        if routine is None or self._mirror.told is None:
            return ""
        return self._events.refused().get(routine_id, "") or self._looks.problem(routine)

    def problems(self) -> Mapping[str, str]:
        """Return the same of all routines of which there is something to say."""
        found = {one: self.problem(one) for one in self._routines}
        return {one: why for one, why in found.items() if why}

    # Which routines there are.

    def _refresh(self, routine_id: str) -> None:
        """Take a routine as it stands now."""
        routine, before = self._known.get(routine_id), self._routines.get(routine_id)
        if routine is None or not routine.fires:
            if before is not None:
                self._forget(routine_id)
            return
        self._routines[routine_id] = routine
        if before is not None and (before.spec is routine.spec or before.spec == routine.spec):
            return
        self._learn(routine)
        self._open(routine)
        self._look(routine_id, late=False)

    def _forget(self, routine_id: str) -> None:
        """Leave a routine that fires no more; where it does again, it begins with the house as it is then."""
        self._drop(routine_id)
        del self._routines[routine_id]
        self._missing.forget(routine_id)
        self._things.forget(routine_id)
        if self._written.pop(routine_id, None):
            self._write(routine_id, None)

    def _open(self, routine: Routine) -> None:
        """Put an eye to each of its triggers, with what was known of the same trigger before."""
        if routine.id in self._posts:
            self._keep(routine.id)
            self._drop(routine.id)
        kept = self._known.kept(routine.id).get(KEPT)
        known = cast("Mapping[str, Json]", kept) if isinstance(kept, Mapping) else {}
        self._written[routine.id] = known
        if known.get(_SAID) is True:
            self._missing.known(routine.id)
        posts = self._posts[routine.id] = []
        for number, trigger in enumerate(routine.spec.when):
            self._events.listen(routine.id, number, trigger)
            eye = self._looks.eye(routine, trigger)
            if eye is not None:
                name, by_clock = mark(number, trigger), self._looks.by_clock(trigger)
                post = Post(routine.id, number, name, eye, lasting(trigger), by_clock)
                post.restore(known.get(name))
                post.unwatch = self._mirror.watch(partial(self._take, post), eye.entities)
                posts.append(post)
                self._by_clock += by_clock
        self._set_minute()

    def _drop(self, routine_id: str) -> None:
        for post in self._posts.pop(routine_id, ()):
            post.unwatch()
            self._by_clock -= post.by_clock
            for subject in post.spans:
                self._spans.end((post, subject))
                self._overdue.discard((post, subject))
        self._events.leave(routine_id)
        self._set_minute()

    def _set_minute(self) -> None:
        self._spans.every_minute = self._by_clock > 0
        self._spans.wake()

    # What is seen.

    def _linked(self) -> None:
        """Look at everything anew where the house has come into view."""
        sighted, self._sighted = self._sighted, self._mirror.ready
        if self._sighted and not sighted:
            for routine_id in tuple(self._posts):
                self._learn(self._routines[routine_id])
                self._look(routine_id, late=True)

    def _take(self, post: Post, change: Change) -> None:
        """Take one change of the house; while it is out of sight, what it is told to be is looked at later."""
        if not self._sighted:
            return
        seen = post.eye.see(change.entity_id, change.state)
        self._dirty.add(post.routine)
        if seen:
            self._saw(post, seen, late=False)
        if change.state is None:
            self._missing.look(self._routines[post.routine])
        self._keep_soon()

    def _look(self, routine_id: str, *, late: bool) -> None:
        """Hold every eye of a routine against the house as it is."""
        if not self._sighted:
            return
        for post in tuple(self._posts.get(routine_id, ())):
            self._look_from(post, late=late)
        self._dirty.add(routine_id)
        self._missing.look(self._routines[routine_id])
        self._keep_soon()

    def _look_from(self, post: Post, *, late: bool) -> None:
        if isinstance(post.eye, HoldsEye):
            self._saw(post, post.eye.look(), late=late)
        else:
            for entity in sorted(post.eye.entities):
                self._saw(post, post.eye.see(entity, self._mirror.states.get(entity)), late=late)
        for subject, span in tuple(post.spans.items()):
            if span.began is None:
                del post.spans[subject]  # it ran before the restart, and is not so any more
            elif (post, subject) in self._overdue:
                self._overdue.discard((post, subject))
                self._up((post, subject))

    def _saw(self, post: Post, seen: Seen, *, late: bool) -> None:
        for one in seen:
            if isinstance(one, Over):
                post.spans.pop(one.subject, None)
                self._overdue.discard((post, one.subject))
                self._spans.end((post, one.subject))
                continue
            now = self._clock.now()
            since = post.since(one, now, late=late)
            if post.lasts_s:
                post.spans[one.subject] = Span(one, since)
                self._spans.begin((post, one.subject), post.lasts_s - (now - since).total_seconds())
            else:
                self._count(post, one, since)

    def _up(self, key: Hashable) -> None:
        """Take what is due: a span that has run out, a thing that is gone for long, what is to be kept."""
        if key == KEPT:
            self._keep_some()
            return
        post, subject = cast("tuple[Post | str, str]", key)
        if post == _AGAIN:
            self._look(subject, late=False)
        elif isinstance(post, str):
            self._missing.up(self._routines.get(subject), sighted=self._sighted)
            self._dirty.add(subject)
        elif not self._sighted:
            self._overdue.add((post, subject))
        elif (span := post.spans.pop(subject, None)) is not None and span.began is not None:
            self._count(post, span.began, span.since + timedelta(seconds=post.lasts_s))

    def _count(self, post: Post, began: Began, due: datetime) -> None:
        """Give the firing on, and keep at once that it was counted."""
        now, state = self._clock.now(), began.state
        post.eye.counted(began.subject)
        # Where the house does not say when it came about, only this moment tells one firing from the next; so that it
        # was counted is kept before it is given on.  Else the same change has the same name after a crash, and it is
        # kept once the firing has its row.
        unnamed = began.stamp.endswith(":")
        stamp = f"{began.stamp}@{now.isoformat()}" if unnamed else began.stamp
        if unnamed:
            self._keep(post.routine)
        else:
            self._dirty.add(post.routine)
            self._spans.begin(KEPT, _ROW_S)
        cause = f"{began.cause} for {_long(post.lasts_s)}" if post.lasts_s else began.cause
        context = state.context if state is not None else None
        self._fire(Firing(post.routine, post.number, min(due, now), f"{post.number}:{stamp}", cause, context))

    def _minute(self) -> None:
        """Look at the conditions that depend on the clock or the sun."""
        for posts in tuple(self._posts.values()):
            for post in posts:
                if post.by_clock and isinstance(post.eye, HoldsEye):
                    self._saw(post, post.eye.look(), late=False)

    # What is kept.

    def _keep_soon(self) -> None:
        if self._dirty and not self._spans.runs(KEPT):
            self._spans.begin(KEPT, KEEP_S)

    def _keep_some(self) -> None:
        for routine_id in tuple(self._dirty)[:_AT_ONCE]:
            self._keep(routine_id)
        if self._dirty:
            self._spans.begin(KEPT, _BREATH_S)

    def _keep(self, routine_id: str) -> None:
        """Keep what the eyes of a routine must not forget, where it is another than what is kept."""
        self._dirty.discard(routine_id)
        kept: dict[str, Json] = {_SAID: True} if self._missing.said(routine_id) else {}
        for post in self._posts.get(routine_id, ()):
            if known := post.kept():
                kept[post.mark] = known
        if kept != self._written.get(routine_id, {}):
            self._written[routine_id] = kept
            self._write(routine_id, kept)

    def _write(self, routine_id: str, kept: Mapping[str, Json] | None) -> None:
        try:
            self._known.keep(routine_id, {KEPT: kept})
        except Broken:
            _logger.exception("What %s last saw cannot be kept; a restart begins with the house as it is", routine_id)

    # What is called otherwise now, or gone.

    def _renamed(self, *_: object) -> None:
        for routine_id, routine in tuple(self._routines.items()):
            self._learn(routine)
            if any(self._elsewhere(routine, post) for post in self._posts.get(routine_id, ())):
                self._open(routine)
            self._spans.begin((_AGAIN, routine_id), 0)  # the states of a new registry come after it

    def _elsewhere(self, routine: Routine, post: Post) -> bool:
        eye = self._looks.eye(routine, routine.spec.when[post.number])
        return eye is not None and eye.entities != post.eye.entities

    def _learn(self, routine: Routine) -> None:
        try:
            self._things.learn(routine)
        except Broken:
            _logger.exception("What %s means by its names cannot be kept", routine.id)


def _long(seconds: float) -> str:
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
