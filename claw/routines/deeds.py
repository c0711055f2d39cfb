"""What is done to routines, one method for each act: who may, what changes, and nothing by halves.

It is called by the effector once the gate has let the act through, and it alone writes what people decide about
routines.  Everything is looked at again here, because between a question and its yes the house and its people go on.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Protocol

from claw.base.errors import Refused
from claw.policy.people import Role
from claw.routines.asked import Asked
from claw.routines.making import ENDED, Making, Shelf, parsed
from claw.routines.model import FIRES, Routine, State
from claw.routines.spec import Says, Spec
from claw.routines.whose import UNHEARD, Deed, owned, restored, says_unheard, why_not

MOST_SKIPS = 40
FARTHEST_SKIP = timedelta(days=400)

PAUSED = "paused by hand"
REMOVED = "removed by hand"

Roles = Callable[[str | None], Role | None]
"""Gives the role that somebody has at this moment, None for nobody."""


class Book(Shelf, Protocol):
    """Where routines are kept (``claw/routines/book.py``); what writes raises Broken where it cannot."""

    def add(self, routine: Routine) -> None:
        """Take a new routine; raises Refused where there is or was one with its id."""
        ...

    def put(self, routine: Routine) -> None:
        """Put ``routine`` in the place of what has its id."""
        ...

    def change(self, routine: str, **fields: Any) -> Routine:
        """Put other values into some fields of a routine; raises Refused where there is none."""
        ...

    def remove(self, routine: str, why: str) -> None:
        """Take a routine away; its history stays."""
        ...


class Deeds:
    """Carries out what was decided; refusals are Refused with a sentence.

    ``made`` are called with each routine that is new or does something else than before.
    """

    def __init__(self, book: Book, making: Making, role: Roles, today: Callable[[], date]) -> None:
        """``today`` is the local day in the house."""
        self.made: list[Callable[[Routine], None]] = []
        self._book = book
        self._making = making
        self._role = role
        self._today = today

    def schedule(self, written: str, asked: Asked) -> Routine:
        """Make a new routine."""
        if asked.in_background:
            raise Refused("a routine makes no routines")
        spec = parsed(written)
        self._checked(spec, asked)
        routine = self._making.made(f"r{asked.entry}", spec, asked.origin, asked.entry, accepted=asked.accepted)
        self._book.add(routine)
        self._tell(routine)
        return routine

    def change(self, ident: str, written: str, asked: Asked) -> Routine:
        """Put something else in the place of what a routine is; from then on it acts for whoever changed it."""
        old, origin = self._known("change", ident, asked), asked.origin
        spec = restored(parsed(written), old, asked.asker)
        self._checked(spec, asked, besides=old.id)
        stays = says_unheard(old, asked.asker)
        if stays and spec.do != old.spec.do:
            raise Refused(UNHEARD)
        maker = old.made_by if stays else origin  # who moves another's reminder does not come to read it by that
        new = self._making.made(old.id, addressed(spec, old, asked), origin, asked.entry, accepted=asked.accepted)
        taint = tuple(dict.fromkeys((*old.made_by.taint, *origin.taint)))
        state, why = _after_change(old, new)
        routine = replace(
            new,
            spec=spec if stays else new.spec,
            made_by=replace(maker if stays else new.made_by, taint=taint),
            created=old.created,
            state=state,
            why=why,
            runs=old.runs if old.state != "over" else 0,
            shadow_left=new.shadow_left if spec.shadow != old.spec.shadow else old.shadow_left,
            expires=old.expires if new.expires is not None and old.expires is not None else new.expires,
            adopted_by=old.adopted_by if stays or owned(old, asked.asker) else "",
            skips=old.skips,
            language=old.language,
            last=old.last,
        )
        self._book.put(routine)
        self._tell(routine)
        return routine

    def pause(self, ident: str, asked: Asked) -> Routine:
        """Let it rest until somebody resumes it."""
        routine = self._known("pause", ident, asked)
        if routine.state == "paused":
            return routine
        if routine.state not in FIRES:
            raise Refused(f"it does not fire anyway: it is {_standing(routine)}")
        return self._book.change(routine.id, state="paused", why=PAUSED)

    def resume(self, ident: str, asked: Asked) -> Routine:
        """Let it fire again."""
        routine = self._known("resume", ident, asked)
        if routine.fires:
            return routine
        unread = routine.state == "suspended" and bool(routine.made_by.taint) and not routine.adopted_by
        if routine.state == "waiting" or unread:  # it may have waited when its person left
            raise Refused("it waits for an owner to take it over, which is more than resuming it")
        if routine.state == "over":
            raise Refused("it is over; change when it is due, or make a new one")
        return self._book.change(routine.id, state="shadow" if routine.shadow_left else "on", why="")

    def skip(self, ident: str, days: str, asked: Asked) -> Routine:
        """Let it not fire on these local days."""
        routine = self._known("skip", ident, asked)
        if routine.state in ENDED:
            raise Refused("it is over")
        today = self._today()
        kept = {day for day in (*routine.skips, *_days(days, today)) if day >= today}
        if len(kept) > MOST_SKIPS:
            raise Refused(f"more than {MOST_SKIPS} days are a pause: pause it instead")
        return self._book.change(routine.id, skips=frozenset(kept))

    def remove(self, ident: str, asked: Asked) -> Routine:
        """Take it away; its history stays."""
        routine = self._known("remove", ident, asked)
        self._book.remove(routine.id, REMOVED)
        return replace(routine, state="removed", why=REMOVED)

    def adopt(self, ident: str, asked: Asked) -> Routine:
        """Make it the asker's own."""
        routine = self._known("adopt", ident, asked)
        if asked.program:
            raise Refused("only a person takes a routine over, no program")
        if routine.state in ENDED:
            raise Refused("it is over")
        if says_unheard(routine, asked.asker):  # it waits, and an owner's yes makes nobody's words theirs
            released: State = "shadow" if routine.shadow_left else "on"
            return self._book.change(routine.id, state=released, why="", expires=None)
        # What it says to "me" goes on being said to whom it was said before: nobody's words change their hearer.
        spec = addressed(routine.spec, routine, asked)
        self._checked(spec, asked, besides=routine.id)
        new = self._making.made(routine.id, spec, asked.origin, asked.entry, accepted=True)
        waited = routine.state in {"waiting", "suspended"}
        adopted = replace(
            routine,
            spec=spec,
            made_by=replace(new.made_by, taint=routine.made_by.taint),
            state=("shadow" if routine.shadow_left else "on") if waited else routine.state,
            why="" if waited else routine.why,
            expires=None,
            adopted_by=asked.origin.person or "",
        )
        self._book.put(adopted)
        self._tell(adopted)
        return adopted

    def runs(self, ident: str, asked: Asked) -> Routine:
        """Return the routine that somebody wants to have run now; raises Refused where they may not."""
        routine = self._known("run", ident, asked)
        if asked.in_background:
            raise Refused("a routine runs no routine")
        if routine.state in {"waiting", "suspended"}:
            raise Refused(f"it is {_standing(routine)}")
        return routine

    def _known(self, deed: Deed, ident: str, asked: Asked) -> Routine:
        found = self._book.get(ident)
        if found is None:
            raise Refused("there is no such routine")
        why = why_not(deed, found, asked.asker, self._role(found.made_by.person))
        if why:
            raise Refused(why)
        return found

    def _checked(self, spec: Spec, asked: Asked, *, besides: str = "") -> None:
        if asked.origin.skill and not all(isinstance(step, Says) for step in spec.do):
            # What is done later is done in a person's name and not in the skill's, so its rights would not hold it.
            raise Refused("a skill sets up nothing for later but what is to be said")
        found = self._making.check(spec, asked.origin, besides=besides)
        if found:
            raise Refused(" ".join(found).rstrip("."))

    def _tell(self, routine: Routine) -> None:
        for listener in self.made:
            listener(routine)


def addressed(spec: Spec, old: Routine, asked: Asked) -> Spec:
    """Return ``spec`` for a new hand: what ``old`` said to "me" is said to whoever that was."""
    if owned(old, asked.asker) and old.made_by.person == asked.origin.person:
        return spec
    maker = old.made_by
    known = maker.authenticated and maker.person is not None
    to = f"person:{maker.person}" if known else f"place:{maker.place}" if maker.place else "me"
    steps = tuple(
        step.model_copy(update={"to": to}) if isinstance(step, Says) and step.to == "me" else step for step in spec.do
    )
    return spec.model_copy(update={"do": steps})


def _after_change(old: Routine, new: Routine) -> tuple[State, str]:
    """Return how a routine stands once it is another: as before, unless it waits now, or had nothing more to do."""
    if new.state == "waiting" or old.state == "over":
        return new.state, new.why
    if old.fires:
        return ("shadow" if new.shadow_left and new.spec.shadow != old.spec.shadow else old.state), old.why
    return old.state, old.why


def _standing(routine: Routine) -> str:
    return f"{routine.state}: {routine.why}" if routine.why else routine.state


def _days(written: str, today: date) -> Sequence[date]:
    """Return the days in ``written``; raises Refused for what is none, has passed or is too far away."""
    found: list[date] = []
    for part in written.split(","):
        try:
            day = date.fromisoformat(part.strip())
        except ValueError:
            raise Refused("expected local days such as 2026-11-27, with commas between") from None
        if not today <= day <= today + FARTHEST_SKIP:
            raise Refused(f"{day} has passed, or is more than {FARTHEST_SKIP.days} days away")
        found.append(day)
    return found
