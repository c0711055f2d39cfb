"""The times and events that stand in skills' manifests, as routines: never a copy, always what the library says now.

They are there only while the skill runs and an owner accepted it, and act for that owner.  Nothing of them is stored
but what befalls them: a day that is skipped, a pause.  What a manifest says of kinds of things (each window of the
house) is held against the house each time that it changes.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence

from pydantic import ValidationError

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.routines.cron import fields_of
from claw.routines.model import OF_SKILL, Routine
from claw.routines.spec import MOST_TRIGGERS, Becomes, Cron, Passes, Spec, Trigger
from claw.skills.ground import called
from claw.skills.library import Library
from claw.skills.manifest import Event, Manifest
from claw.skills.model import RUNS, Arguments, Skill, Standing
from claw.skills.standings import SOMEBODY, Standings
from claw.skills.within import meant

logger = logging.getLogger(__name__)

_LANGUAGE = "language"
"""The parameter by which a skill that tells something is told in what language."""
_NAME = 60


class OfSkills:
    """Gives the routines of skills; used from the event loop only.

    ``changed`` are called with the name of a skill, or nothing, where one of them may be another than before.
    """

    def __init__(self, library: Library, standings: Standings, mirror: Mirror) -> None:
        self.changed: list[Callable[[str], None]] = []
        self._library = library
        self._standings = standings
        self._mirror = mirror
        library.changed.append(self._tell)
        standings.changed.append(self._tell)
        mirror.on_registry(self._soon)
        mirror.on_link(self._soon)

    def all(self) -> tuple[Routine, ...]:
        """Return them all, ids ``skill-<name>-<n>``, in order."""
        return tuple(routine for skill in self._library.all() for routine in self._of(skill))

    def get(self, routine: str) -> Routine | None:
        """Return the one with this id, None where there is none."""
        return next((one for one in self.all() if one.id == routine), None)

    def _of(self, skill: Skill) -> Iterator[Routine]:
        standing = self._standings.of(skill.name)
        if standing is None or not _runs(skill, standing) or skill.manifest.triggers is None:
            return
        arguments = self._arguments(skill.manifest)
        written = {"name": called(skill.name)[:_NAME], "do": {"skill": skill.name, "arguments": arguments}}
        if skill.manifest.limits.cooldown:
            written["cooldown"] = skill.manifest.limits.cooldown
        owner = Origin("web", person=standing.accepted_by, authenticated=True, source="", strength="session")
        created = standing.accepted_at or standing.changed
        for number, when in enumerate(self._triggers(skill, arguments), 1):
            spec = Spec.model_validate({**written, "when": when})
            if created is not None:
                ident, language = f"{OF_SKILL}{skill.name}-{number}", self._mirror.registry.language
                yield Routine(ident, spec, owner, created, language=language)

    def _triggers(self, skill: Skill, arguments: Arguments) -> Iterator[tuple[Trigger, ...]]:
        """Give what sets a skill off, as many triggers together as one routine may have."""
        triggers = skill.manifest.triggers
        if triggers is None:
            return
        for line in triggers.schedule or ():
            try:
                fields_of(line)
                yield (Cron(cron=line),)
            except ValueError as error:
                logger.warning("The skill %s is not run by the time %r: %s", skill.name, line, error)
        for event in triggers.events or ():
            found = [one for entity in self._meant(skill, event, arguments) for one in _trigger(event, entity)]
            for start in range(0, len(found), MOST_TRIGGERS):
                yield tuple(found[start : start + MOST_TRIGGERS])

    def _meant(self, skill: Skill, event: Event, arguments: Arguments) -> Sequence[str]:
        return meant(event.of, self._mirror.house(), arguments, skill.manifest)

    def _arguments(self, manifest: Manifest) -> dict[str, str | int | float | bool]:
        """Return the values that a run is given: what is left out is the default, and the language is the house's."""
        given: dict[str, str | int | float | bool] = {}
        language = manifest.parameters.get(_LANGUAGE)
        if language is not None and self._mirror.registry.language in (language.values or ()):
            given[_LANGUAGE] = self._mirror.registry.language
        return given

    def _soon(self, *_: object) -> None:
        """Look again once the states of a house that has changed are there: they come after its registry."""
        if self._mirror.told is None or self._mirror.link.status == "closed":
            return
        asyncio.get_running_loop().call_soon(self._tell, "")

    def _tell(self, name: str) -> None:
        for tell in tuple(self.changed):
            tell(name)


def _runs(skill: Skill, standing: Standing) -> bool:
    """Return whether a skill is started by times and events: it runs, and an owner has accepted just these bytes."""
    accepted = standing.accepted_by not in {"", SOMEBODY}
    same = standing.hash == skill.hash and not skill.problems and skill.manifest.kind == "program"
    return accepted and same and standing.enabled and standing.state in RUNS


def _trigger(event: Event, entity: str) -> Iterator[Trigger]:
    """Give what an event of a manifest means for one thing."""
    sides = [(side, value) for side, value in (("above", event.above), ("below", event.below)) if value is not None]
    lasting = {"for": event.lasting} if event.lasting else {}
    try:
        if event.to is not None or not sides:
            yield Becomes.model_validate({"state": entity, **({"to": event.to} if event.to else {}), **lasting})
        for side, value in sides:
            yield Passes.model_validate({"number": entity, side: value, **lasting})
    except ValidationError as error:
        logger.warning("Nothing is set off by %s: %s", entity, error)
