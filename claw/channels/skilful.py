"""What a channel may ask about skills: which there are, what each may do in plain words, and to decide about them.

Whoever asks is turned into an audience first.  A skill that was made of somebody's requests is shown to them and to
the owners, who decide about it, until an owner takes it for everybody; what may not be known of is as if it were not
there.  What changes a skill goes through the gate and is bound to the bytes that were shown; nothing is decided here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from claw.base.action import Json, Origin, ReplyStatus
from claw.base.documents import parse_document
from claw.base.errors import ClawError, Invalid, Refused
from claw.channels.shown import shown
from claw.channels.skill_shown import (
    LONGEST,
    OF_PEOPLE,
    Known,
    change_json,
    difference,
    event_json,
    own,
    report_json,
    row_json,
    run_json,
    title,
    version_json,
    whole_json,
)
from claw.gate.answering import ADULTS
from claw.gate.perform import Performed
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.memory.model import Audience
from claw.mind.statuses import status
from claw.policy.people import People
from claw.skills.deciding import Decided, Deed
from claw.skills.folder import check_files
from claw.skills.manifest import Made, Manifest
from claw.skills.model import MANIFEST, RUNS, Files, Report, Skill, Standing
from claw.skills.plain import compared
from claw.skills.runs import SkillRun
from claw.skills.standings import Event, Version

MOST_LISTED = 500
Asked = Deed | Literal["prove"]
"""What may be asked to be done with a skill."""
_STOPPED = "I am stopped. Nothing about skills is changed until somebody resets me."
_WAITS = frozenset({"tested", "shadow"})


class Shelf(Protocol):
    """The library (``claw/skills/library.py``), as far as it is shown."""

    def all(self) -> Sequence[Skill]:
        """Return every skill that can be read."""
        ...

    def get(self, name: str) -> Skill | None:
        """Return one skill, None where there is none of that name."""
        ...

    def broken(self) -> Mapping[str, str]:
        """Return, by name, why a folder cannot be read as a skill."""
        ...

    def files(self, name: str, hash: str = "") -> Files:  # noqa: A002  the noun of the room of skills (Skill.hash)
        """Return the files of one kept version, of the present one by default; raises Refused."""
        ...


class Past(Protocol):
    """How far each skill is trusted, and how it came there (``claw/skills/standings.py``)."""

    def of(self, name: str) -> Standing | None:
        """Return how far one is trusted, None for one that nobody knows."""
        ...

    def versions(self, name: str) -> Sequence[Version]:
        """Return the kept versions, the newest first."""
        ...

    def events(self, name: str, limit: int = 100) -> Sequence[Event]:
        """Return the steps of its life, the newest first."""
        ...

    def report(self, name: str, hash: str) -> Report | None:  # noqa: A002  as above
        """Return the last proof of these bytes."""
        ...


class RunsKept(Protocol):
    """The runs (``claw/skills/runs.py``)."""

    def of(self, name: str, limit: int = 100) -> Sequence[SkillRun]:
        """Return the runs of a skill, the newest first."""
        ...


class Decides(Protocol):
    """Who carries a decision through the gate (``claw/skills/deciding.py``)."""

    async def do(self, deed: Deed, name: str, origin: Origin, *, hash: str = "", said: str = "") -> Decided:  # noqa: A002  as above
        """Do it for ``origin``; ``hash`` is that of the version that was shown or is meant."""
        ...

    async def take(self, name: str, files: Files, origin: Origin) -> Decided:
        """Import the files of a folder as a draft."""
        ...


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``audience`` says who hears what is told to an origin, ``prove`` proves a skill and keeps the report.
    """

    shelf: Shelf
    past: Past
    runs: RunsKept
    deciding: Decides
    audience: Callable[[Origin], Audience]
    people: People
    mirror: Mirror
    prove: Callable[[str, Origin], Awaitable[Report]]


@dataclass(frozen=True, slots=True)
class _Viewer:
    """Who looks: what they may hear, and whether they are a grown-up of the household."""

    audience: Audience
    grown_up: bool


class Skilful:
    """Answers about skills; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def listed(self, origin: Origin) -> list[dict[str, Json]]:
        """Return the skills that this origin may know of, by name, each in one line; owners see broken folders too."""
        viewer, known = self._viewer(origin), self._known()
        found = [(skill, self._standing(skill)) for skill in self._in.shelf.all()]
        rows = [
            row_json(skill, standing, known, self._can(skill, standing, viewer))
            for skill, standing in found
            if _visible(skill, standing, viewer)
        ]
        broken = self._in.shelf.broken() if viewer.audience.owner else {}
        return sorted([*rows, *(_broken_json(name, why) for name, why in broken.items())], key=lambda row: row["name"])

    def one(self, name: str, origin: Origin) -> dict[str, Json]:
        """Return one skill with all it may do in plain words, its versions and proof; raises Refused."""
        viewer, known = self._viewer(origin), self._known()
        skill, standing = self._found(name, viewer)
        report = self._in.past.report(name, skill.hash)
        return {
            **row_json(skill, standing, known, self._can(skill, standing, viewer)),
            **whole_json(skill, known),
            "versions": [version_json(one, skill.hash) for one in self._in.past.versions(name)],
            "report": report_json(report, words=own(standing, viewer.audience)),
        }

    def history(self, name: str, origin: Origin, *, limit: int = 100) -> dict[str, Json]:
        """Return the steps of a skill's life and its runs, newest first; raises Refused."""
        viewer, known = self._viewer(origin), self._known()
        self._found(name, viewer)
        most = max(1, min(limit, MOST_LISTED))
        runs = self._in.runs.of(name, most) if viewer.audience.resident else []
        return {
            "name": plain(name),
            "events": [event_json(one, known) for one in self._in.past.events(name, most)],
            "runs": [run_json(one, known, viewer.audience) for one in runs],
        }

    def compared(self, name: str, origin: Origin, *, old: str = "", new: str = "") -> dict[str, Json]:
        """Return how two versions differ, each named by number or hash; raises Refused.

        Where none is named, it is the present version and the one before it.
        """
        viewer, known = self._viewer(origin), self._known()
        skill, standing = self._found(name, viewer)
        versions = list(self._in.past.versions(name))
        to = _version(versions, new or skill.hash)
        since = versions[versions.index(to) + 1 :]
        if not old and not since:
            raise Refused(f"{title(name)} has no version before {plain(to.version)}")
        by = _version(versions, old) if old else since[0]
        before, after = (self._in.shelf.files(name, one.hash) for one in (by, to))
        manifests = [parse_document(files[MANIFEST].decode(), MANIFEST, Manifest) for files in (before, after)]
        return {
            "name": plain(name),
            "old": version_json(by, skill.hash),
            "new": version_json(to, skill.hash),
            **change_json(compared(manifests[0], manifests[1], known.registry)),
            "files": difference(before, after, words=own(standing, viewer.audience)),
        }

    async def decide(self, deed: Deed, name: str, origin: Origin, *, content: str = "") -> dict[str, Json]:
        """Accept, enable, disable, roll back or retire; return status, text and how the skill stands.

        ``content`` is the hash that was shown to whoever decides, of the version to go back to for a rollback (or its
        number); the present one is meant by default, except for a rollback.
        """
        try:
            skill, _ = self._found(name, self._viewer(origin))
            meant = content or ("" if deed == "rollback" else skill.hash)
            if deed == "rollback" and content:
                meant = _version(list(self._in.past.versions(name)), content).hash
        except Refused as error:
            return _refused(error)
        if deed == "accept" and len(meant) != len(skill.hash):
            return _refused(Refused("a yes is for exactly the bytes that were shown: name their whole hash"))
        return self._said(await self._in.deciding.do(deed, name, origin, hash=meant), name, origin)

    async def take(self, name: str, files: Files, origin: Origin) -> dict[str, Json]:
        """Import the files of a folder, always as a draft; return status, text and how the skill stands."""
        try:
            check_files(files)
        except Invalid as error:
            return _refused(error)
        return self._said(await self._in.deciding.take(name, files, origin), name, origin)

    async def prove(self, name: str, origin: Origin) -> dict[str, Json]:
        """Have a skill proved on the simulated house and keep the report; return status, text and how it stands.

        For owners: it takes seconds of a whole core.  It trusts nothing, but a draft has to pass it before anybody can.
        """
        viewer = self._viewer(origin)
        try:
            self._found(name, viewer)
            if not viewer.audience.owner:
                raise Refused("only an owner has a skill proved")
            report = await self._in.prove(name, origin)
        except ClawError as error:
            return _refused(error)
        text = f"All of {len(report.cases)} tries held." if report.green else _unproved(report)
        return shown({"status": "done" if report.green else "failed", "text": text, "skill": self.one(name, origin)})

    def export(self, name: str, origin: Origin) -> dict[str, str]:
        """Return the files of a skill as text by path, for whoever asks to write down; raises Refused."""
        viewer = self._viewer(origin)
        _, standing = self._found(name, viewer)
        if not viewer.audience.resident:
            raise Refused("only somebody who lives here may take a skill along")
        if not own(standing, viewer.audience):
            raise Refused(f"the tests of {title(name)} hold what somebody else said; only they can take it along")
        return {path: data.decode() for path, data in self._in.shelf.files(name).items()}

    def _viewer(self, origin: Origin) -> _Viewer:
        audience = self._in.audience(origin)
        return _Viewer(audience, audience.owner or self._in.people.role(audience.person) in ADULTS)

    def _known(self) -> Known:
        return Known(self._in.people, self._in.mirror.registry)

    def _standing(self, skill: Skill) -> Standing:
        """Return how far a skill is trusted; of one that nobody looked at yet, not at all."""
        made: Made = skill.manifest.provenance.made
        found = self._in.past.of(skill.name)
        return found or Standing(skill.name, skill.version, skill.hash, "draft", made, why="not looked at yet")

    def _found(self, name: str, viewer: _Viewer) -> tuple[Skill, Standing]:
        skill = self._in.shelf.get(name)
        if skill is not None and _visible(skill, standing := self._standing(skill), viewer):
            return skill, standing
        why = self._in.shelf.broken().get(name) if viewer.audience.owner else None
        if why is not None:
            raise Refused(f"{title(name)} cannot be read as a skill: {plain(why, LONGEST)}")
        raise Refused(f"there is no skill called {plain(name, LONGEST)}")

    def _can(self, skill: Skill, standing: Standing, viewer: _Viewer) -> list[Asked]:
        """Return what a page offers this viewer; whether it may be done is the rules' to say."""
        owner, aside = viewer.audience.owner, standing.state == "retired"
        waits = standing.state in _WAITS or (bool(standing.people) and not standing.accepted_by and not aside)
        offered: dict[Asked, bool] = {
            "prove": owner and standing.state == "draft" and not skill.problems,
            "accept": owner and waits and standing.state != "draft" and not skill.problems,
            "disable": viewer.grown_up and standing.enabled and not aside,
            "enable": owner and (aside or not standing.enabled),
            "rollback": owner
            and any(one.proved and one.hash != skill.hash for one in self._in.past.versions(skill.name)),
            "retire": owner and not aside and (standing.enabled or standing.state != "draft"),
        }
        return [deed for deed, is_offered in offered.items() if is_offered]

    def _said(self, decided: Decided, name: str, origin: Origin) -> dict[str, Json]:
        outcome = _came_of(decided.performed)
        try:
            row = self.one(name, origin)
        except Refused:
            row = None
        asks = decided.performed.pending
        return shown(
            {
                "status": outcome,
                "text": _STOPPED if outcome == "stopped" else decided.text,
                "skill": row,
                **({"ask": asks.id} if asks is not None else {}),
            }
        )


def _visible(skill: Skill, standing: Standing, viewer: _Viewer) -> bool:
    """Return whether somebody may know of a skill."""
    audience = viewer.audience
    if audience.owner or (audience.person is not None and audience.person in standing.people):
        return True
    to = skill.manifest.visibility
    if to == "owner" or (to == "adults" and not viewer.grown_up):
        return False
    if standing.made in OF_PEOPLE or standing.people:
        return audience.resident and bool(standing.accepted_by)
    return viewer.grown_up or standing.state in RUNS


def _version(versions: list[Version], named: str) -> Version:
    """Return the version that is named by number or by the beginning of its hash; raises Refused."""
    for one in versions:
        if named in {one.version, one.hash} or (len(named) >= 8 and one.hash.startswith(named)):  # noqa: PLR2004  as git has it
            return one
    raise Refused(f"there is no version {plain(named)}")


def _came_of(performed: Performed) -> ReplyStatus:
    """Return what came of a decision: no device could still be on its way."""
    if performed.pending is not None:
        return "pending"
    if not performed.outcomes:
        return "refused"  # what cannot be decided about at all is not put to the gate
    outcome = status(performed.outcomes)
    return "done" if outcome == "started" else outcome


def _broken_json(name: str, why: str) -> dict[str, Json]:
    return {"name": plain(name), "title": title(name), "state": "broken", "why": plain(why, LONGEST), "can": []}


def _unproved(report: Report) -> str:
    failed = report.failed()
    if not failed:
        return "There is nothing of it to try, so it is not proved."
    return f"{len(failed)} of {len(report.cases)} tries did not hold; the first is {failed[0].name}: {failed[0].why}"


def _refused(error: ClawError) -> dict[str, Json]:
    return {"status": "refused", "text": shown(str(error)), "skill": None}
