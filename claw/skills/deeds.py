"""What people decide about skills, done: each is already judged and in the log, and its conditions are looked at here.

An owner's yes falls on bytes: those that were shown, if they are still there and their proof is green.  Nothing here
gives more than the state it names, and whatever an earlier version was trusted with says nothing about a new one.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.gate.answering import ADULTS
from claw.skills.ground import Ground, called
from claw.skills.model import Draft, Skill, Standing
from claw.skills.proofs import check_green


class Deeds:
    """The acts on skills; ``entry`` is each one's intent in the log."""

    def __init__(self, ground: Ground) -> None:
        self._in = ground
        self.writing: set[str] = set()
        """Skills that are being written now: that their bytes change is no surprise."""

    async def learn(self, draft: Draft, origin: Origin, entry: int) -> Standing:
        """Take ``draft`` into the library; raises Refused where that name, or those people, are not theirs to use."""
        standing = self._in.standings.of(draft.name)
        owner = self._in.role(origin.person) == "owner"
        if standing is not None and standing.made == "shipped":
            raise Refused(
                f'There is a skill "{called(draft.name)}" already, which came with Claw: give it another name'
            )
        if standing is not None and not owner and (standing.accepted_by or origin.person not in standing.people):
            raise Refused(
                f'There is a skill "{called(draft.name)}" already: only an owner can put another in its place'
            )
        if draft.made == "imported":
            # Whose words an earlier version was made of stays known: its files are kept, and theirs to have forgotten.
            draft = replace(draft, people=standing.people if standing is not None else ())
        elif origin.person not in draft.people or any(self._in.role(one) not in ADULTS for one in draft.people):
            raise Refused("A skill is made of what the one who wants it asked for, or showed")
        with self._writing(draft.name):
            skill = await self._in.library.write(draft)
        what, why = (
            ("imported", "it was copied from a folder") if draft.made == "imported" else (draft.made, draft.told)
        )
        why = skill.problems[0] if skill.problems else why
        new = Standing(skill.name, skill.version, skill.hash, "draft", draft.made, people=draft.people)
        return self._in.standings.put(new, what, why, origin=origin, entry=entry)

    async def accept(self, name: str, shown: str, origin: Origin, entry: int) -> Standing:
        """Trust these bytes, for everybody whom the rules let: an owner's yes to what the manifest says."""
        standing, skill = self._known(name, shown)
        check_green(self._in, standing)
        why = await self._in.rules.denied(skill, ()) or self._in.rules.gone(skill)
        if why is not None:
            raise Refused(f'"{called(name)}" could not do what it is for: {why}')
        return self._trusted(replace(standing, enabled=True), "accepted", "an owner said yes", origin, entry)

    async def enable(self, name: str, origin: Origin, entry: int) -> Standing:
        """Let a skill run again that was turned off or retired; what was never accepted runs dry at first.

        Raises Refused for a draft.
        """
        standing, skill = self._known(name)
        if standing.state == "draft":
            raise Refused(f'"{called(name)}" is a draft ({standing.why}): have it proved first')
        on = replace(standing, enabled=True)
        if standing.state in {"tested", "retired"}:
            check_green(self._in, standing)
            known = standing.made == "shipped" and await self._in.rules.denied(skill, ()) is None
            on = replace(on, state="trusted" if known else "shadow", agreed=0)
        elif standing.enabled:
            return standing
        return self._in.standings.put(on, "enabled", "it was turned on", origin=origin, entry=entry)

    async def disable(self, name: str, origin: Origin, entry: int) -> Standing:
        """Have a skill not run, and keep it."""
        standing = self._in.standings.of(name)
        if standing is None:
            raise Refused(f'There is no skill "{called(name)}"')
        off = replace(standing, enabled=False)
        return self._in.standings.put(off, "disabled", "it was turned off", origin=origin, entry=entry)

    async def rollback(self, name: str, wanted: str, origin: Origin, entry: int) -> Standing:
        """Go back to a version whose proof is green: that with the hash ``wanted``, else the last such one."""
        standing = self._in.standings.of(name)
        if standing is None:
            raise Refused(f'There is no skill "{called(name)}"')
        proved = [one for one in self._in.standings.versions(name) if one.proved and one.hash != standing.hash]
        found = next((one for one in proved if wanted in {"", one.hash}), None)
        if found is None:
            raise Refused(f'"{called(name)}" has no such version that passed its proof')
        with self._writing(name):
            skill = await self._in.library.restore(name, found.hash)
        if skill.problems:
            raise Refused(f'Version {found.version} of "{called(name)}" is a draft: {skill.problems[0]}')
        back = replace(standing, version=skill.version, hash=skill.hash, enabled=True)
        why = f"an owner went back from version {standing.version}"
        return self._trusted(back, "rolled back", why, origin, entry)

    async def retire(self, name: str, origin: Origin, entry: int) -> Standing:
        """Lay a skill aside for good; it is kept, and can be enabled again."""
        standing = self._in.standings.of(name)
        if standing is None:
            raise Refused(f'There is no skill "{called(name)}"')
        laid = replace(standing, state="draft" if standing.state == "draft" else "retired", enabled=False)
        return self._in.standings.put(laid, "retired", "an owner laid it aside", origin=origin, entry=entry)

    def _trusted(self, standing: Standing, what: str, why: str, origin: Origin, entry: int) -> Standing:
        now = self._in.clock.now()
        new = replace(standing, state="trusted", agreed=0, accepted_by=origin.person or "", accepted_at=now)
        return self._in.standings.put(new, what, why, origin=origin, entry=entry)

    def _known(self, name: str, shown: str | None = None) -> tuple[Standing, Skill]:
        """Return a skill whose bytes are what stands, and what was shown; raises Refused with why they are not."""
        standing = self._in.standings.of(name)
        if standing is None:
            raise Refused(f'There is no skill "{called(name)}"')
        skill = self._in.library.whole(name)  # raises Refused for problems, and for other bytes than those that stand
        if shown is not None and skill.hash != shown:
            raise Refused(f'"{called(name)}" is not what you were shown any more: look at it again')
        return standing, skill

    @contextmanager
    def _writing(self, name: str) -> Generator[None]:
        self.writing.add(name)
        try:
            yield
        finally:
            self.writing.discard(name)
